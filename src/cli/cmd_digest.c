/* digest list|show|send, desk-policy list|set: what goes out once a day, and what decides it. */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "desk/desk_digest.h"

enum { DIGESTS = 1000 };

static const char *fate_of(const struct desk_digest *d)
{
	static const char *const fates[] = {
		[DIGEST_OPEN] = "made", [DIGEST_SENT] = "sent", [DIGEST_REFUSED] = "refused"
	};
	return d->made_at ? fates[d->fate] : "waits";
}

static void digest_json(struct jw *w, const struct desk_digest *d)
{
	j_int(w, "digest", d->id);
	j_str(w, "email", d->email);
	j_str(w, "state", fate_of(d));
	j_int(w, "notices", d->notices);
	j_time(w, "due_at", d->due_at);
	j_time(w, "made_at", d->made_at);
	j_time(w, "sent_at", d->sent_at);
}

static int run_list(struct cli *c)
{
	static const char *const heads[] = { "DIGEST", "ADDRESS", "STATE", "NOTICES", "DUE", "SENT" };
	struct desk_digest *d = arena_array(c->mem, struct desk_digest, DIGESTS);
	int n = 0;
	if (act_as(c))
		return FAILED;
	if (desk_digest_list(cli_fresh(c), d, DIGESTS, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 6);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ arena_printf(c->mem, "%lld", (long long)d[i].id),
					       *d[i].email ? d[i].email : "-", fate_of(&d[i]),
					       arena_printf(c->mem, "%lld", (long long)d[i].notices),
					       cli_when(c, d[i].due_at), cli_when(c, d[i].sent_at) });
		j_obj(&w, NULL);
		digest_json(&w, &d[i]);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static void row_json(struct jw *w, const struct digest_row *r)
{
	j_obj(w, NULL);
	j_str(w, "case", r->number);
	j_int(w, "notice", r->notice);
	j_str(w, "tlp", tlp_name(r->tlp));
	j_str(w, "class", r->class_id);
	j_str(w, "kind", r->obs.kind);
	j_str(w, "value", r->obs.value);
	j_time(w, "first_seen", r->seen_at);
	j_time(w, "answer_by", r->answer_by);
	j_bool(w, "reminder", r->again);
	j_end(w);
}

static int run_show(struct cli *c)
{
	static const char *const heads[] = { "CASE", "TLP", "CLASS", "OBSERVABLE", "FIRST SEEN", "ANSWER BY" };
	struct desk_digest d;
	struct digest_row *row = NULL;
	int n = 0;
	if (act_as(c))
		return FAILED;
	if (desk_digest_show(cli_fresh(c), c->arg[0], &d, &row, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 6);
	BUF_SCOPE b = { .max = (size_t)16 << 20 };
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	digest_json(&w, &d);
	j_arr(&w, "findings");
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ row[i].number, tlp_name(row[i].tlp), row[i].class_id, row[i].obs.value,
					       cli_when(c, row[i].seen_at), cli_when(c, row[i].answer_by) });
		row_json(&w, &row[i]);
	}
	j_end(&w);
	j_end(&w);
	if (!c->json)
		printf("To %s at %s\n", d.email, cli_when(c, d.due_at));
	return list_end(c, &b, t);
}

static int run_send(struct cli *c)
{
	if (act_as(c))
		return FAILED;
	if (store_write(c->store, &c->rq, desk_digest_send, (char *)(uintptr_t)c->arg[0]))
		return cli_fail_rq(c);
	if (c->json) {
		BUF_SCOPE b = BUF_INIT;
		struct jw w = jw_of(&b);
		j_obj(&w, NULL);
		j_str(&w, "email", c->arg[0]);
		j_str(&w, "state", "made");
		j_end(&w);
		puts(buf_cstr(&b));
	} else {
		printf("The digest for %s goes out while `nicert serve` runs.\n", c->arg[0]);
	}
	return DONE;
}

/* ── policy ── */

static int run_policies(struct cli *c)
{
	static const char *const heads[] = { "CLASS", "SOURCE", "CONFIDENCE", "NOTICES", "WHY" };
	struct desk_policy_row *p = arena_array(c->mem, struct desk_policy_row, POLICIES_MAX);
	int n = 0;
	if (desk_policies(cli_fresh(c), p, POLICIES_MAX, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 5);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ p[i].class_id, p[i].source, p[i].confidence, notice_way_name(p[i].way),
					       p[i].sentence });
		j_obj(&w, NULL);
		j_str(&w, "class", p[i].class_id);
		j_str(&w, "source", p[i].source);
		j_str(&w, "confidence", p[i].confidence);
		j_str(&w, "notices", notice_way_name(p[i].way));
		j_str(&w, "why", p[i].sentence);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int run_policy_list(struct cli *c)
{
	return act_as(c) ? FAILED : run_policies(c);
}

static int run_policy_set(struct cli *c)
{
	struct desk_policy_row p = { .class_id = c->arg[0], .source = c->arg[1], .confidence = c->arg[2] };
	if (!notice_way_parse(c->arg[3], &p.way))
		return cli_usage(c, "%s: expected click, at-once or digest", c->arg[3]);
	if (act_as(c))
		return FAILED;
	return store_write(c->store, &c->rq, desk_policy_set, &p) ? cli_fail_rq(c) : run_policies(c);
}

static const struct option_row as_options[] = { AS_USER, { 0 } };

const struct command digest_commands[] = {
	{ "digest", "list", NULL,
	  "Lists digests of findings of little weight: those that wait, then those that went out", 0, 0, NEED_STORE,
	  as_options, run_list },
	{ "digest", "show", "ADDRESS", "Shows what the next digest to an address holds", 1, 1, NEED_STORE, as_options,
	  run_show },
	{ "digest", "send", "ADDRESS", "Sends it now", 1, 1, NEED_STORE, as_options, run_send },
	{ "desk-policy", "list", NULL, "Shows which notices wait for a click, go at once or in the day's digest", 0, 0,
	  NEED_STORE, as_options, run_policy_list },
	{ "desk-policy", "set", "CLASS SOURCE CONFIDENCE click|at-once|digest", "Changes what a row says", 4, 4,
	  NEED_STORE, as_options, run_policy_set },
	{ 0 },
};

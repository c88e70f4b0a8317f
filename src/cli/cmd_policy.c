/* policy notices, policy withdraw: what holders were told of new rules, and taking back rules that are not in force
 * yet. */
#include <stdio.h>
#include "base/idn.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "names/registrant.h"

enum { VERSIONS = 500, PAGE = 1000 };

static void time_if(struct jw *w, const char *key, int64_t t)
{
	if (t)
		j_time(w, key, t);
}

/* One a line as they are read: a large zone has a million holders. */
static int each(struct cli *c, const char *zone, int version)
{
	struct policy_notice *v = arena_array(c->mem, struct policy_notice, PAGE);
	struct arena *keep = c->rq.mem, *mem = arena_new((size_t)4 << 20);
	int64_t after = 0;
	int n = 0;
	bool first = true;
	enum st st;
	c->rq.mem = mem;
	if (c->json)
		fputs("[", stdout);
	do {
		st = registrant_policy_each(&c->rq, zone, version, after, v, PAGE, &n, &after);
		for (int i = 0; !st && i < n; i++, first = false) {
			BUF_SCOPE b = BUF_INIT;
			struct jw w = jw_of(&b);
			if (!c->json) {
				printf("%s\tsent %s\tread %s\tbounced %s\n", v[i].email, cli_when(c, v[i].sent_at),
				       cli_when(c, v[i].read_at), cli_when(c, v[i].failed_at));
				continue;
			}
			j_obj(&w, NULL);
			j_str(&w, "email", v[i].email);
			time_if(&w, "sent_at", v[i].sent_at);
			time_if(&w, "read_at", v[i].read_at);
			time_if(&w, "bounced_at", v[i].failed_at);
			j_end(&w);
			printf("%s%s", first ? "" : ",\n", buf_cstr(&b));
		}
		arena_reset(mem);
	} while (!st && n == PAGE);
	if (c->json)
		puts("]");
	c->rq.mem = keep;
	arena_free(mem);
	return st ? cli_fail_rq(c) : DONE;
}

static int run_notices(struct cli *c)
{
	static const char *const heads[] = { "VERSION", "EFFECTIVE", "HOLDERS", "SENT", "READ", "BOUNCED", "STATE" };
	struct policy_notices *v = arena_array(c->mem, struct policy_notices, VERSIONS);
	const char *zone = name_ascii(c->mem, c->arg[0], true, &c->err);
	int64_t version = 0;
	int n;
	if (!zone)
		return cli_fail(c, "%s", c->err.msg);
	if (opt(c, "--version") && !text_int(opt(c, "--version"), 1, 1000000, &version))
		return cli_usage(c, "--version %s: expected a number", opt(c, "--version"));
	if (version)
		return each(c, zone, (int)version);
	if (registrant_policy_notices(&c->rq, zone, v, VERSIONS, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 7);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		const struct policy_notices *p = &v[i];
		const char *state = p->withdrawn_at ? "withdrawn" : p->under_way ? "under way" : "told";
		const char *count[4];
		const int64_t number[4] = { p->made, p->sent, p->read, p->failed };
		for (int k = 0; k < 4; k++)
			count[k] = arena_printf(c->mem, "%lld", (long long)number[k]);
		table_row(t, (const char *[]){ arena_printf(c->mem, "%d", p->version), cli_when(c, p->effective_at),
					       count[0], count[1], count[2], count[3], state });
		j_obj(&w, NULL);
		j_int(&w, "policy_version", p->version);
		j_time(&w, "effective_at", p->effective_at);
		j_int(&w, "made", p->made);
		j_int(&w, "sent", p->sent);
		j_int(&w, "read", p->read);
		j_int(&w, "bounced", p->failed);
		j_bool(&w, "under_way", p->under_way);
		time_if(&w, "withdrawn_at", p->withdrawn_at);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

struct withdrawal {
	const char *zone;
	int version;
};

static enum st do_withdraw(struct req *rq, void *arg)
{
	const struct withdrawal *w = arg;
	return policy_withdraw(rq, w->zone, w->version);
}

static int run_withdraw(struct cli *c)
{
	int64_t version;
	struct withdrawal w = { .zone = name_ascii(c->mem, c->arg[0], true, &c->err) };
	if (!w.zone)
		return cli_fail(c, "%s", c->err.msg);
	if (!text_int(c->arg[1], 1, 1000000, &version))
		return cli_usage(c, "%s: expected the number of a version", c->arg[1]);
	w.version = (int)version;
	if (store_write(c->store, &c->rq, do_withdraw, &w))
		return cli_fail_rq(c);
	if (c->json)
		printf("{\"zone\":\"%s\",\"policy_version\":%d,\"withdrawn\":true}\n", w.zone, w.version);
	else
		printf("Version %d of the policy of %s is withdrawn.\n", w.version, w.zone);
	return DONE;
}

static const struct option_row notices_options[] = { { "--version", "N", "one version: each holder's letter" }, { 0 } };

const struct command policy_commands[] = {
	{ "policy", "notices", "ZONE", "What holders were told of new rules: sent, read, bounced", 1, 1, NEED_STORE,
	  notices_options, run_notices },
	{ "policy", "withdraw", "ZONE VERSION", "Takes back rules that are not in force yet", 2, 2, NEED_STORE, NULL,
	  run_withdraw },
	{ 0 },
};

/* zone add|list|show, policy set|show|history|reference, why, lifecycle preview, history domain|host|contact. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "names/find.h"
#include "names/names.h"
#include "names/registry.h"

enum { ZONES = 500, VERSIONS = 500, STEPS = 2000, FORMER = 1000, POLICY_BYTES = 4 << 20 };

/* ── what is given ── */

/* Of an option that holds a time; `otherwise` when it is not given; false after saying what was wrong. */
static bool time_of(struct cli *c, const char *option, int64_t otherwise, int64_t *out)
{
	const char *s = opt(c, option);
	*out = s ? time_parse(s) : otherwise;
	if (s && *out == TIME_NONE)
		cli_usage(c, "%s %s: expected a date (2027-01-01) or a time (2027-01-01T00:00:00Z)", option, s);
	return *out != TIME_NONE;
}

/* A zone's name as the tables have it; NULL after saying what was wrong. */
static const char *zone_of(struct cli *c, const char *given)
{
	const char *s = name_ascii(c->mem, given, true, &c->err);
	if (!s)
		cli_fail(c, "%s", c->err.msg);
	return s;
}

static char *read_text(struct cli *c, const char *path)
{
	BUF_SCOPE b = { .max = POLICY_BYTES };
	if (!cli_file(c, path, &b))
		return NULL;
	if (!utf8_valid(buf_cstr(&b), b.n))
		return cli_fail(c, "%s: not a text in UTF-8", path), NULL;
	return arena_strdup(c->mem, buf_cstr(&b));
}

/* Where a policy's tables are: --tables, else beside its file, else DIR/idn if there is such a folder. */
static const char *tables_of(struct cli *c, const char *file)
{
	const char *slash = file ? strrchr(file, '/') : NULL;
	if (opt(c, "--tables"))
		return opt(c, "--tables");
	if (file)
		return slash ? arena_printf(c->mem, "%.*s", (int)(slash - file), file) : ".";
	const char *own = arena_printf(c->mem, "%s/idn", c->cfg.dir);
	return access(own, R_OK | X_OK) ? NULL : own;
}

/* ── zones ── */

struct zone_add {
	const char *zone, *text, *dir;
	char *kept; /* the text as it is kept */
	int64_t imported;
};

static enum st do_zone(struct req *rq, void *arg)
{
	struct zone_add *z = arg;
	int version;
	if (zone_authoritative_add(rq, z->zone, z->text, z->dir))
		return rq->err.code;
	return policy_text(rq, z->zone, 0, &version, &z->kept) || names_imported(rq, z->zone, &z->imported)
		       ? rq->err.code
		       : ST_OK;
}

/* A built-in policy does without the tables that are not there: said, or Chinese names are missed only by whom they
 * are refused. */
static void say_tables(const struct zone_add *z)
{
	static const char gone[] = "# its file was not there: ";
	for (const char *s = z->kept; s && (s = strstr(s, gone)); s += sizeof gone - 1) {
		const char *spec = s + sizeof gone - 1;
		fprintf(stderr,
			"nicert: %s does without `%.*s`: the file was not there. `nicert policy show %s > FILE`, take "
			"the note "
			"before that line away, then `nicert policy set %s FILE --tables FOLDER`.\n",
			z->zone, (int)strcspn(spec, "\n"), spec, z->zone, z->zone);
	}
}

/* Else the CERT would miss their holders without a word, and the first that asks for one of them would have it. */
static void say_imported(const struct zone_add *z)
{
	if (z->imported)
		fprintf(stderr,
			"nicert: %lld names that were imported under %s count no more: nobody answers for them, and "
			"anybody may register them. Take them over with `nicert load names` before registrars log "
			"in.\n",
			(long long)z->imported, z->zone);
}

static int run_zone_add(struct cli *c)
{
	const char *file = opt(c, "--policy");
	struct zone_add z = { .zone = zone_of(c, c->arg[0]), .dir = tables_of(c, file) };
	if (!z.zone || (file && !(z.text = read_text(c, file))))
		return FAILED;
	if (store_write(c->store, &c->rq, do_zone, &z))
		return cli_fail(c, "%s%s%s", file ? file : "", file ? ": " : "", c->rq.err.msg);
	if (z.imported && names_servers_leave(c->store, &c->rq, z.zone))
		return cli_fail_rq(c);
	if (c->json)
		printf("{\"zone\":\"%s\",\"policy_version\":1,\"imported_names\":%lld}\n", z.zone,
		       (long long)z.imported);
	else
		printf("%s is ours: names in it are registered by EPP and by staff. `nicert policy show %s` prints its "
		       "rules.\n",
		       name_unicode(c->mem, z.zone), z.zone);
	say_tables(&z);
	say_imported(&z);
	return DONE;
}

static int run_zone_list(struct cli *c)
{
	static const char *const heads[] = { "ZONE", "NAME", "KIND", "SINCE", "POLICY" };
	struct zone_row *z = arena_array(c->mem, struct zone_row, ZONES);
	int n;
	if (zones_list(&c->rq, z, ZONES, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 5);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		const char *kind = z[i].authoritative ? "authoritative" : "imported";
		table_row(t, (const char *[]){
				     z[i].name, name_unicode(c->mem, z[i].name), kind, time_iso(c->mem, z[i].added_at),
				     z[i].versions ? arena_printf(c->mem, "version %d", z[i].versions) : "-" });
		j_obj(&w, NULL);
		j_str(&w, "zone", z[i].name);
		j_str(&w, "kind", kind);
		j_time(&w, "added_at", z[i].added_at);
		j_int(&w, "policy_version", z[i].versions);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

/* ── policies ── */

struct policy_new {
	const char *zone, *text, *dir;
	int64_t from;
	int version;
};

static enum st do_policy(struct req *rq, void *arg)
{
	struct policy_new *p = arg;
	return policy_set(rq, p->zone, p->text, p->from, p->dir, &p->version);
}

static int run_policy_set(struct cli *c)
{
	struct policy_new p = { .zone = zone_of(c, c->arg[0]), .dir = tables_of(c, c->arg[1]) };
	if (!time_of(c, "--from", clock_now(), &p.from))
		return USAGE;
	if (!p.zone || !(p.text = read_text(c, c->arg[1])))
		return FAILED;
	if (store_write(c->store, &c->rq, do_policy, &p))
		return cli_fail(c, "%s: %s", c->arg[1], c->rq.err.msg);
	if (c->json)
		printf("{\"zone\":\"%s\",\"policy_version\":%d,\"effective_at\":\"%s\"}\n", p.zone, p.version,
		       time_iso(c->mem, p.from));
	else
		printf("Version %d of the policy of %s takes effect at %s.\n", p.version, p.zone,
		       time_iso(c->mem, p.from));
	return DONE;
}

static int run_policy_show(struct cli *c)
{
	char *text;
	int version;
	int64_t at;
	const char *zone = zone_of(c, c->arg[0]);
	if (!time_of(c, "--at", clock_now(), &at))
		return USAGE;
	if (!zone)
		return FAILED;
	if (policy_text(&c->rq, zone, at, &version, &text))
		return cli_fail_rq(c);
	if (c->json) {
		BUF_SCOPE b = BUF_INIT;
		struct jw w = jw_of(&b);
		j_obj(&w, NULL);
		j_str(&w, "zone", zone);
		j_int(&w, "policy_version", version);
		j_str(&w, "text", text);
		j_end(&w);
		puts(buf_cstr(&b));
	} else {
		printf("# %s, version %d\n%s", zone, version, text);
	}
	return DONE;
}

static int run_policy_history(struct cli *c)
{
	static const char *const heads[] = { "VERSION", "EFFECTIVE", "SET", "BY", "DIGEST" };
	struct policy_version *v = arena_array(c->mem, struct policy_version, VERSIONS);
	const char *zone = zone_of(c, c->arg[0]);
	int n;
	if (!zone)
		return FAILED;
	if (policy_versions(&c->rq, zone, v, VERSIONS, &n))
		return cli_fail_rq(c);
	if (!n)
		return cli_fail(c, "%s is not a zone with a policy; `nicert zone list` says which are", zone);
	struct table *t = table_new(c->mem, heads, 5);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ arena_printf(c->mem, "%d", v[i].version),
					       time_iso(c->mem, v[i].effective_at), time_iso(c->mem, v[i].set_at),
					       v[i].set_by, arena_printf(c->mem, "%.16s", v[i].digest) });
		j_obj(&w, NULL);
		j_int(&w, "version", v[i].version);
		j_time(&w, "effective_at", v[i].effective_at);
		j_time(&w, "set_at", v[i].set_at);
		j_str(&w, "set_by", v[i].set_by);
		j_str(&w, "digest", v[i].digest);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

/* docs/policy.md. */
static int run_policy_reference(struct cli *c)
{
	BUF_SCOPE b = BUF_INIT;
	(void)c;
	buf_str(&b,
		"# A zone's policy\n\n<!-- Generated by `nicert policy reference`. -->\n\n"
		"The rules of a zone are a text of `key value` lines; `#` begins a comment line. `nicert policy set "
		"ZONE FILE\n--from TIME` adds a version, `nicert policy show ZONE` prints the one in force, `nicert "
		"policy history ZONE`\nlists all, and `nicert why NAME` says which rules decide about a name. An "
		"unknown or contradictory line is refused\nwith its number. A version never changes once it is set."
		"\n\n");
	policy_reference(&b);
	return fputs(buf_cstr(&b), stdout), DONE;
}

/* ── why ── */

static void price_json(struct jw *w, const char *key, const struct price *p)
{
	if (!*p->currency)
		return;
	j_obj(w, key);
	j_int(w, "amount", p->amount);
	j_str(w, "currency", p->currency);
	j_bool(w, "per_year", p->per_year);
	j_end(w);
}

static void why_json(const struct why *y)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "name", y->name);
	j_str(&w, "unicode", y->uname);
	j_bool(&w, "may", y->may);
	j_str(&w, "by", why_by_name(y->by));
	j_arr(&w, "rules");
	for (int i = 0; i < y->n; i++) {
		j_obj(&w, NULL);
		j_str(&w, "rule", y->row[i].rule);
		j_bool(&w, "ok", y->row[i].ok);
		j_str(&w, "text", y->row[i].text);
		if (y->row[i].line)
			j_int(&w, "line", y->row[i].line);
		j_end(&w);
	}
	j_end(&w);
	price_json(&w, "create", &y->create);
	price_json(&w, "renew", &y->renew);
	price_json(&w, "transfer", &y->transfer);
	price_json(&w, "restore", &y->restore);
	j_arr(&w, "variants");
	for (int i = 0; i < y->nmembers; i++)
		j_str(&w, NULL, y->members[i]);
	j_end(&w);
	j_end(&w);
	puts(buf_cstr(&b));
}

static char *price_text(struct cli *c, const struct price *p)
{
	return arena_printf(c->mem, "%s%s", money_text(c->mem, p->amount, p->currency), p->per_year ? " a year" : "");
}

static void why_print(struct cli *c, const struct why *y)
{
	bool same = !strcmp(y->name, y->uname);
	const char *by = why_by_text(y->by);
	printf("%s%s%s%s: %s%s%s\n", y->uname, same ? "" : " (", same ? "" : y->name, same ? "" : ")",
	       y->may ? "may be registered now" : "can't be registered now", by ? ", " : "", by ? by : "");
	for (int i = 0; i < y->n; i++)
		printf("  %s %-14s %s%s\n", y->row[i].ok ? "✓" : "✗", y->row[i].rule, y->row[i].text,
		       y->row[i].line ? arena_printf(c->mem, "  (line %d of the policy)", y->row[i].line) : "");
	if (*y->create.currency) {
		printf("  price: %s, renewal %s", price_text(c, &y->create), price_text(c, &y->renew));
		if (*y->transfer.currency)
			printf(", transfer %s", price_text(c, &y->transfer));
		if (*y->restore.currency)
			printf(", restore %s", price_text(c, &y->restore));
		putchar('\n');
	}
	for (int i = 0; y->nmembers > 1 && i < y->nmembers; i++)
		printf("%s%s%s", i ? ", " : "  variants: ", name_unicode(c->mem, y->members[i]),
		       i + 1 == y->nmembers ? "\n" : "");
}

static int run_why(struct cli *c)
{
	struct why *y = arena_new_of(c->mem, struct why);
	if (policy_why(&c->rq, c->arg[0], opt(c, "--registrar"), y))
		return cli_fail_rq(c);
	if (c->json)
		why_json(y);
	else
		why_print(c, y);
	return DONE;
}

/* ── what time will bring ── */

static int run_preview(struct cli *c)
{
	static const char *const heads[] = { "TIME", "NAME", "WHAT", "FROM", "TO" };
	struct life_step *s = arena_array(c->mem, struct life_step, STEPS);
	const char *zone = opt(c, "--zone");
	int64_t until, total = 0;
	int n = 0;
	if (!opt(c, "--until"))
		return cli_usage(c, "--until DATE is needed");
	if (!time_of(c, "--until", 0, &until))
		return USAGE;
	if (zone && !(zone = zone_of(c, zone)))
		return FAILED;
	if (lifecycle_preview(&c->rq, zone, until, s, STEPS, &n, &total))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 5);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_int(&w, "total", total);
	j_arr(&w, "steps");
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ time_iso(c->mem, s[i].at), name_unicode(c->mem, s[i].name), s[i].event,
					       s[i].from, s[i].to });
		j_obj(&w, NULL);
		j_time(&w, "at", s[i].at);
		j_str(&w, "name", s[i].name);
		j_str(&w, "event", s[i].event);
		j_str(&w, "from", s[i].from);
		j_str(&w, "to", s[i].to);
		j_end(&w);
	}
	j_end(&w);
	j_end(&w);
	if (c->json)
		return puts(buf_cstr(&b)), DONE;
	table_print(t);
	if (total > n)
		printf("… and %lld more\n", (long long)(total - n));
	return DONE;
}

/* ── history ── */

static bool json_same(const struct json *a, const struct json *b)
{
	int64_t x = 0, y = 0;
	const char *s = json_str(a), *t = json_str(b);
	if (!a || !b || json_count(a) != json_count(b) || json_is_array(a) != json_is_array(b) ||
	    json_is_object(a) != json_is_object(b) || json_is_null(a) != json_is_null(b) ||
	    json_true(a) != json_true(b))
		return false;
	if (!s != !t || (s && strcmp(s, t) != 0) || json_int(a, &x) != json_int(b, &y) || x != y)
		return false;
	for (int i = 0; i < json_count(a); i++) {
		const char *k = json_key(json_at(a, i)), *l = json_key(json_at(b, i));
		if (!k != !l || (k && strcmp(k, l) != 0) || !json_same(json_at(a, i), json_at(b, i)))
			return false;
	}
	return true;
}

static const struct json *snapshot(struct cli *c, const char *text)
{
	return text ? json_parse(c->mem, text, strlen(text), &c->err) : NULL;
}

static void member_note(struct buf *b, const char *key)
{
	static const char *const quiet[] = { "updater", "updated_at", "reason" };
	for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++)
		if (!strcmp(key, quiet[i]))
			return;
	buf_printf(b, "%s%s", b->n ? ", " : "", key);
}

/* The members of the object that became another from one version to the next. */
static char *changed_of(struct cli *c, const struct former *was, const struct former *now)
{
	BUF_SCOPE b = BUF_INIT;
	const struct json *o = was ? snapshot(c, was->object) : NULL, *p = snapshot(c, now->object);
	for (int i = 0; o && p && i < json_count(p); i++) {
		const char *key = json_key(json_at(p, i));
		if (!json_same(json_get(o, key), json_at(p, i)))
			member_note(&b, key);
	}
	for (int i = 0; o && p && i < json_count(o); i++) {
		const char *key = json_key(json_at(o, i));
		if (!json_get(p, key))
			member_note(&b, key);
	}
	return arena_strdup(c->mem, buf_cstr(&b));
}

/* Why, where who did it said so. */
static const char *reason_of(struct cli *c, const struct former *f)
{
	const char *s = json_str(json_get(snapshot(c, f->object), "reason"));
	return s ? s : "-";
}

static void history_json(const struct former *f, int n)
{
	BUF_SCOPE b = { .max = (size_t)256 << 20 };
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		j_obj(&w, NULL);
		j_time(&w, "at", f[i].at);
		j_str(&w, "actor", f[i].actor);
		j_str(&w, "verb", f[i].verb);
		j_str(&w, "frame", f[i].frame);
		j_raw(&w, "object", f[i].object ? f[i].object : "null");
		j_end(&w);
	}
	j_end(&w);
	puts(buf_cstr(&b));
}

static void history_print(struct cli *c, const struct former *f, int n)
{
	static const char *const heads[] = { "TIME", "WHO", "WHAT", "CHANGED", "FRAME", "WHY" };
	struct table *t = table_new(c->mem, heads, 6);
	for (int i = 0; i < n; i++)
		table_row(t, (const char *[]){ time_iso(c->mem, f[i].at), f[i].actor, f[i].verb,
					       changed_of(c, i ? &f[i - 1] : NULL, &f[i]),
					       f[i].frame ? f[i].frame : "-", reason_of(c, &f[i]) });
	table_print(t);
}

/* One version: who made it so, and the object. */
static int version_print(struct cli *c, const struct former *f)
{
	if (!f->object)
		return cli_fail(c, "%s was deleted at %s by %s", c->arg[0], time_iso(c->mem, f->at), f->actor);
	if (c->json)
		return printf("%s\n", f->object), DONE;
	printf("# %s at %s by %s%s%s\n%s\n", f->verb, time_iso(c->mem, f->at), f->actor, f->frame ? ", frame " : "",
	       f->frame ? f->frame : "", f->object);
	return DONE;
}

/* The version in force at `at`; of what was gone by then, its deletion. */
static enum st version_at(struct cli *c, const char *kind, const char *handle, int64_t at, struct former *out)
{
	struct former *all = arena_array(c->mem, struct former, FORMER);
	int n = 0;
	enum st st = registry_history(&c->rq, kind, handle, at, out, 1, &n);
	if (st == ST_NOTFOUND) {
		struct err none = c->rq.err;
		if (registry_history(&c->rq, kind, handle, 0, all, FORMER, &n) == ST_OK)
			while (n && all[n - 1].at > at)
				n--;
		if (!n || all[n - 1].object)
			return c->rq.err = none, st;
		err_clear(&c->rq.err);
		*out = all[n - 1];
		return ST_OK;
	}
	return !st && !strcmp(kind, "domain") ? registry_hosts_then(&c->rq, out, at) : st;
}

static int history(struct cli *c, const char *kind)
{
	struct former *f = arena_array(c->mem, struct former, FORMER);
	const char *handle = c->arg[0];
	int64_t at;
	int n;
	if (!time_of(c, "--at", 0, &at))
		return USAGE;
	if ((!strcmp(kind, "domain") || !strcmp(kind, "host")) && !(handle = zone_of(c, handle)))
		return FAILED;
	if (at ? version_at(c, kind, handle, at, f) : registry_history(&c->rq, kind, handle, 0, f, FORMER, &n))
		return cli_fail_rq(c);
	if (at)
		return version_print(c, &f[0]);
	if (c->json)
		history_json(f, n);
	else
		history_print(c, f, n);
	return DONE;
}

static int run_domain_history(struct cli *c)
{
	return history(c, "domain");
}

static int run_host_history(struct cli *c)
{
	return history(c, "host");
}

static int run_contact_history(struct cli *c)
{
	return history(c, "contact");
}

static int run_registrar_history(struct cli *c)
{
	return history(c, "registrar");
}

static const struct option_row zone_options[] = {
	{ "--policy", "FILE", "its rules (the built-in ones of this zone)" },
	{ "--tables", "FOLDER", "where the rules' IDN tables are (beside FILE, or DIR/idn)" },
	{ 0 },
};
static const struct option_row set_options[] = {
	{ "--from", "TIME", "when it takes effect (now)" },
	{ "--tables", "FOLDER", "where its IDN tables are (beside FILE)" },
	{ 0 },
};
static const struct option_row at_options[] = { { "--at", "TIME", "as it was then" }, { 0 } };
static const struct option_row why_options[] = { { "--registrar", "ID", "asked by this registrar" }, { 0 } };
static const struct option_row preview_options[] = {
	{ "--until", "DATE", "how far to look ahead" },
	{ "--zone", "ZONE", "names of this zone only" },
	{ 0 },
};

const struct command registry_commands[] = {
	{ "zone", "add", "NAME", "A zone whose names are registered here", 1, 1, NEED_STORE, zone_options,
	  run_zone_add },
	{ "zone", "list", NULL, "Lists zones", 0, 0, NEED_STORE, NULL, run_zone_list },
	{ "zone", "show", "NAME", "Prints a zone's rules", 1, 1, NEED_STORE, at_options, run_policy_show },
	{ "policy", "set", "NAME FILE", "New rules for a zone, from a given time on", 2, 2, NEED_STORE, set_options,
	  run_policy_set },
	{ "policy", "show", "NAME", "Prints a zone's rules", 1, 1, NEED_STORE, at_options, run_policy_show },
	{ "policy", "reference", NULL, "Every rule a policy can have, as Markdown", 0, 0, 0, NULL,
	  run_policy_reference },
	{ "policy", "history", "NAME", "Every version of a zone's rules", 1, 1, NEED_STORE, NULL, run_policy_history },
	{ "why", NULL, "NAME", "May it be registered? Every rule that was asked, and its answer", 1, 1, NEED_STORE,
	  why_options, run_why },
	{ "lifecycle", "preview", NULL, "What time will do to names until a date", 0, 0, NEED_STORE, preview_options,
	  run_preview },
	{ "history", "domain", "NAME", "Who changed a domain, what and when", 1, 1, NEED_STORE, at_options,
	  run_domain_history },
	{ "history", "host", "NAME", "Who changed a host, what and when", 1, 1, NEED_STORE, at_options,
	  run_host_history },
	{ "history", "contact", "ID", "Who changed a contact, what and when", 1, 1, NEED_STORE, at_options,
	  run_contact_history },
	{ "history", "registrar", "ID", "Who changed a registrar, what and when", 1, 1, NEED_STORE, at_options,
	  run_registrar_history },
	{ 0 },
};

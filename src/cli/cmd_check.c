/* `nicert check`: does this installation hold together? Each row is one question with its answer and what to do.
 * `check names`: is every registered name found where it is kept? */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "names/find.h"
#include "names/policy.h"
#include "net/sandbox.h"
#include "store/seal.h"

enum mark { GOOD, WARN, BAD };
struct finding {
	enum mark mark;
	const char *what, *text;
};
struct check {
	struct cli *c;
	struct finding f[24];
	int n;
};

static void say(struct check *k, enum mark m, const char *what, const char *text)
{
	if (k->n < 24)
		k->f[k->n++] = (struct finding){ m, what, text };
}

static void check_config(struct check *k)
{
	struct config *g = &k->c->cfg;
	say(k, *g->site_country ? GOOD : WARN, "site.country",
	    *g->site_country ? g->site_country : "not set: nobody is ever \"responsible here\"; set it in nicert.conf");
	say(k, *g->public_url ? GOOD : WARN, "public.url",
	    *g->public_url ? g->public_url
			   : "not set: links in mail lead to the listening address; set it to what people can reach");
	say(k, *g->site_contact ? GOOD : WARN, "site.contact",
	    *g->site_contact ? g->site_contact : "not set: security.txt and letters have no address");
	say(k, g->test_clock ? WARN : GOOD, "test.clock",
	    g->test_clock ? "on: time can be moved; never in service" : "off");
	say(k, g->test_rehearse ? WARN : GOOD, "test.rehearse",
	    g->test_rehearse ? "on: each write runs twice; never in service" : "off");
}

static void check_files(struct check *k)
{
	struct stat s;
	struct statvfs v;
	const char *keys = arena_printf(k->c->mem, "%s/keys", k->c->cfg.dir);
	bool shut = stat(keys, &s) == 0 && (s.st_mode & 077) == 0;
	say(k, shut ? GOOD : BAD, "keys", shut ? "closed to others" : "others may read them: chmod -R go= keys");
	if (statvfs(k->c->cfg.dir, &v) == 0) {
		double gb = (double)v.f_bavail * (double)v.f_frsize / 1e9;
		say(k, gb < 1 ? BAD : gb < 5 ? WARN : GOOD, "disk", arena_printf(k->c->mem, "%.1f GB free", gb));
	}
	say(k, sandbox_landlock_version() ? GOOD : WARN, "landlock",
	    sandbox_landlock_version() ? "the kernel has it"
				       : "this kernel has none: core and signer are held apart by file modes alone");
}

/* What should leave the house and can't, for now or at all. */
static void check_followers(struct check *k)
{
	enum { MOST = 16 };
	struct cli *c = k->c;
	struct waiting late[MOST];
	struct parked p[1];
	int nlate = 0, n = 0;
	if (follower_waiting(cli_fresh(c), MOST, late, &nlate) || follower_parked(&c->rq, 1, p, &n)) {
		say(k, BAD, "followers", arena_strdup(c->mem, c->rq.err.msg));
		return;
	}
	for (int i = 0; i < nlate; i++)
		say(k, WARN, "followers",
		    arena_printf(c->mem, "%s waits with %lld entries, %lld tries so far: %s", late[i].follower,
				 (long long)late[i].behind, (long long)late[i].tries, late[i].why));
	if (n || !nlate)
		say(k, n ? WARN : GOOD, "followers",
		    n ? arena_printf(c->mem, "entry %lld is parked: %s", (long long)p[0].seq, p[0].why)
		      : "nothing waits or is parked");
}

static void check_store(struct check *k)
{
	struct cli *c = k->c;
	int64_t size = 0;
	if (cli_store(c)) {
		say(k, BAD, "store", arena_strdup(c->mem, c->err.msg));
		return;
	}
	say(k, GOOD, "store", arena_printf(c->mem, "open, schema %d", store_version_newest()));
	enum st st = journal_head(&c->rq, &size);
	say(k, st ? BAD : GOOD, "journal",
	    st ? arena_strdup(c->mem, c->rq.err.msg)
	       : arena_printf(c->mem, "%lld entries (`nicert journal verify` reads them all)", (long long)size));
	if (cli_signer(c)) {
		say(k, BAD, "signer", arena_strdup(c->mem, c->err.msg));
		return;
	}
	st = cli_seal(c);
	say(k, st ? BAD : GOOD, "signed head", st ? arena_strdup(c->mem, c->rq.err.msg) : "the journal continues it");
	check_followers(k);
}

static int run_check(struct cli *c)
{
	static const char *const names[] = { "ok", "warn", "FAIL" };
	struct check k = { .c = c };
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	int worst = GOOD;
	check_config(&k);
	check_files(&k);
	check_store(&k);
	j_arr(&w, NULL);
	for (int i = 0; i < k.n; i++) {
		worst = (int)k.f[i].mark > worst ? (int)k.f[i].mark : worst;
		if (!c->json)
			printf("%-5s %-13s %s\n", names[k.f[i].mark], k.f[i].what, k.f[i].text);
		j_obj(&w, NULL);
		j_str(&w, "check", k.f[i].what);
		j_str(&w, "result", k.f[i].mark == BAD ? "fail" : names[k.f[i].mark]);
		j_str(&w, "text", k.f[i].text);
		j_end(&w);
	}
	j_end(&w);
	if (c->json)
		puts(buf_cstr(&b));
	return worst == BAD ? FAILED : DONE;
}

/* ── names ── */

enum { PAGE = 500 };

struct name_check {
	struct cli *c;
	struct jw *w;
	int64_t seen, all, wrong;
};

static void say_name(struct name_check *k, const struct misplaced *m)
{
	char *from = m->from ? time_iso(k->c->mem, m->from) : NULL;
	k->wrong++;
	if (k->c->json) {
		j_obj(k->w, NULL);
		j_str(k->w, "name", m->name);
		j_str(k->w, "kept_as", m->key);
		j_str(k->w, "made", m->made);
		if (from)
			j_str(k->w, "lost_from", from);
		j_end(k->w);
	} else if (from)
		printf("%s  kept as %s, which rules take away from %s on: withdraw them (`nicert policy withdraw`)\n",
		       m->name, m->key, from);
	else
		printf("%s  kept as %s, but the rules make %s: set rules again that keep it (`nicert policy set`)\n",
		       m->name, m->key, m->made ? m->made : "no name of it");
}

static enum st check_names(struct name_check *k)
{
	struct misplaced found[PAGE];
	int64_t after = 0;
	for (int n, seen = PAGE; seen == PAGE; k->seen += seen) {
		struct req rq = { .mem = arena_new((size_t)4 << 20), .db = cli_fresh(k->c)->db, .who = k->c->rq.who };
		enum st st = names_misplaced(&rq, &after, found, PAGE, &n, &seen);
		for (int i = 0; !st && i < n; i++)
			say_name(k, &found[i]);
		if (st)
			err_set(&k->c->rq.err, st, "%s", rq.err.msg);
		arena_free(rq.mem);
		if (st)
			return st;
		cli_progress(k->c, "names", k->all ? (double)k->seen / (double)k->all : 1);
	}
	return ST_OK;
}

static int run_names(struct cli *c)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	struct name_check k = { .c = c, .w = &w };
	if (find_count(&c->rq, FIND_DOMAINS, &k.all))
		return cli_fail_rq(c);
	j_obj(&w, NULL);
	j_arr(&w, "names");
	if (check_names(&k))
		return cli_fail_rq(c);
	cli_progress_end();
	j_end(&w);
	j_int(&w, "checked", k.seen);
	j_int(&w, "different", k.wrong);
	j_end(&w);
	if (c->json)
		puts(buf_cstr(&b));
	else
		printf("%10lld checked, %lld differ\n", (long long)k.seen, (long long)k.wrong);
	return k.wrong ? FAILED : DONE;
}

const struct command check_commands[] = {
	{ "check", NULL, NULL, "Looks whether this installation holds together", 0, 0, NEED_DIR, NULL, run_check },
	{ "check", "names", "", "Looks whether every registered name is found where it is kept", 0, 0, NEED_STORE, NULL,
	  run_names },
	{ 0 },
};

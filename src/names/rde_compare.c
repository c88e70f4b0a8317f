/* A deposit beside the registry. Both are read by the same reader, the registry's as the deposit that it would make now
 * of the state it had at the watermark, and staged under their keys; equal digests are equal objects. Only what differs
 * is read a second time, to say how. What was changed after the watermark (by its own dates) is no fault. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/text.h"
#include "names/rde_int.h"
#include "store/snapshot.h"
#include "store/stage.h"

enum { IN_DEPOSIT = 1, IN_REGISTRY = 2, WRITE_BYTES = 64 << 10 };

/* ── the registry as a deposit, through a pipe ── */

struct producer {
	struct req rq;
	const char *zone;
	int64_t at;
	int fd;
	struct buf out;
	struct err err;
};

static enum st pour(struct producer *p, bool all)
{
	size_t at = 0;
	if (!all && p->out.n < WRITE_BYTES)
		return ST_OK;
	while (at < p->out.n) {
		ssize_t n = write(p->fd, p->out.p + at, p->out.n - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(&p->err, ST_INTERNAL, "the comparison's reader went away");
		at += (size_t)n;
	}
	buf_reset(&p->out);
	return ST_OK;
}

static enum st produce_one(void *ctx, enum rde_kind k, const char *key, int64_t changed_at, const char *xml, size_t n,
			   struct err *e)
{
	struct producer *p = ctx;
	buf_add(&p->out, xml, n);
	return pour(p, false) ? (*e = p->err, e->code) : ST_OK;
}

static void *produce(void *arg)
{
	struct producer *p = arg;
	struct rde_deposit d = { .zone = p->zone, .id = "registry", .watermark = p->at };
	d.counts.n[RDE_POLICY] = RDE_UNCOUNTED;
	rde_begin(&d, &p->out);
	if (rde_objects(&p->rq, p->zone, p->at, produce_one, p)) {
		if (!p->err.code)
			p->err = p->rq.err;
	} else {
		rde_end(&p->out);
		pour(p, true);
	}
	close(p->fd);
	return NULL;
}

static long fd_read(void *ctx, char *to, size_t room, struct err *e)
{
	ssize_t n;
	do
		n = read(*(int *)ctx, to, room);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		err_set(e, ST_INTERNAL, "the comparison's pipe: %s", strerror(errno));
	return (long)n;
}

/* rde_read over what the registry would deposit. */
static enum st registry_read(struct store *s, const char *zone, int64_t at, rde_found found, void *ctx, struct err *e)
{
	int fd[2];
	pthread_t thread;
	struct db *db = store_snapshot(s, e);
	if (!db)
		return e->code;
	struct arena *mem = arena_new(4 << 20);
	struct producer p = { .rq = { .mem = mem, .db = db }, .zone = zone, .at = at, .out = { .max = 1 << 20 } };
	struct rde_deposit told = { 0 };
	told.counts.n[RDE_POLICY] = RDE_UNCOUNTED;
	if (pipe(fd)) {
		err_set(e, ST_INTERNAL, "a pipe can't be made: %s", strerror(errno));
	} else {
		p.fd = fd[1];
		if (pthread_create(&thread, NULL, produce, &p)) {
			err_set(e, ST_INTERNAL, "a thread could not be started");
			close(fd[1]);
			close(fd[0]);
		} else {
			rde_read(fd_read, &fd[0], found, ctx, &told, mem, e);
			close(fd[0]);
			pthread_join(thread, NULL);
			if (p.rq.err.code) /* why the reader found half a deposit */
				*e = p.rq.err;
		}
	}
	buf_free(&p.out);
	arena_free(mem);
	store_snapshot_end(db);
	return e->code;
}

/* ── staging ── */

struct comparing {
	struct store *store;
	struct req *rq;
	struct stage *stage;
	int side;
	int64_t since; /* seconds of the watermark */
	struct rde_compared *out;
	/* the second reading */
	char *text[RDE_DIFFERENCES][2];
};

/* The newest date that the object says of itself; lines are "1 upDate: 2026-…". */
static int64_t newest(const struct rde_object *o)
{
	static const char *const date[] = { "\n1 crDate: ", "\n1 upDate: ", "\n1 trDate: " };
	int64_t most = 0;
	for (size_t i = 0; i < sizeof date / sizeof *date; i++) {
		const char *p = strstr(o->text, date[i]);
		char when[40];
		if (!p)
			continue;
		p += strlen(date[i]);
		snprintf(when, sizeof when, "%.*s", (int)strcspn(p, "\n"), p);
		int64_t t = time_parse(when);
		most = t > most ? t : most;
	}
	return most;
}

static void stage_key(const struct rde_object *o, char out[600])
{
	snprintf(out, 600, "%d %.480s", (int)o->kind, o->key);
}

static enum st stage_one(void *ctx, const struct rde_object *o, struct err *e)
{
	struct comparing *c = ctx;
	char key[600];
	struct hash h = hash_of(o->text, o->n);
	stage_key(o, key);
	return stage_add(c->stage, c->side,
			 &(struct record){ .key = key,
					   .valid_from = TIME_NONE,
					   .v = { V_BLOB(h.b, HASH_LEN), V(newest(o)), V((int)o->kind), V(o->key) } },
			 e);
}

/* ── judging ── */

static const char *history_kind(enum rde_kind k)
{
	return k == RDE_DOMAIN ? "domain" : k == RDE_CONTACT ? "contact" : k == RDE_HOST ? "host" : NULL;
}

static bool gone_since(struct comparing *c, enum rde_kind k, const char *key)
{
	int64_t n = 0;
	const char *kind = history_kind(k);
	struct req rq = { .mem = c->rq->mem, .who = c->rq->who };
	rq.db = store_reader(c->store, &rq.err);
	if (kind && rq.db)
		sql_number(&rq, &n,
			   "SELECT count(*) FROM registry_gone WHERE kind = $1 AND handle = $2 AND gone_at >= $3",
			   V(kind), V(key), V(c->since));
	store_reader_done(c->store);
	return n > 0;
}

static void difference_add(struct comparing *c, enum rde_kind k, const char *key)
{
	if (c->out->n < RDE_DIFFERENCES)
		c->out->difference[c->out->n++] =
			(struct rde_difference){ .kind = k, .key = arena_strdup(c->rq->mem, key) };
}

/* What is staged under one key: at most one of each side. */
struct pair {
	char key[600], shown[512];
	enum rde_kind kind;
	int64_t newest[3];
	uint8_t digest[3][HASH_LEN];
	int n[3];
};

static void judge(struct comparing *c, const struct pair *p)
{
	struct rde_compared *o = c->out;
	bool late = p->newest[IN_REGISTRY] >= c->since;
	if (p->n[IN_DEPOSIT] && p->n[IN_REGISTRY]) {
		if (p->n[IN_DEPOSIT] == 1 && !memcmp(p->digest[IN_DEPOSIT], p->digest[IN_REGISTRY], HASH_LEN))
			o->same++;
		else if (late && p->n[IN_DEPOSIT] == 1)
			o->changed_since++;
		else
			o->differ++, difference_add(c, p->kind, p->shown);
	} else if (p->n[IN_REGISTRY]) {
		if (late)
			o->new_since++;
		else
			o->extra++, difference_add(c, p->kind, p->shown);
	} else if (p->n[IN_DEPOSIT]) {
		if (gone_since(c, p->kind, p->shown))
			o->gone_since++;
		else
			o->missing++, difference_add(c, p->kind, p->shown);
	}
}

static enum st judge_all(struct comparing *c, struct err *e)
{
	struct staged s;
	struct pair p = { .n = { 0 } };
	if (stage_rewind(c->stage, true, e))
		return e->code;
	while (stage_next(c->stage, &s, e)) {
		if (strcmp(p.key, s.key) != 0) {
			judge(c, &p);
			p = (struct pair){ .kind = (enum rde_kind)s.v[2].i };
			snprintf(p.key, sizeof p.key, "%s", s.key);
			snprintf(p.shown, sizeof p.shown, "%.*s", (int)s.v[3].n, (const char *)s.v[3].p);
		}
		int side = s.line == IN_DEPOSIT ? IN_DEPOSIT : IN_REGISTRY;
		p.n[side]++;
		p.newest[side] = s.v[1].i;
		if (s.v[0].n == HASH_LEN)
			memcpy(p.digest[side], s.v[0].p, HASH_LEN);
	}
	judge(c, &p);
	return e->code;
}

/* ── how they differ ── */

static enum st text_take(void *ctx, const struct rde_object *o, struct err *e)
{
	struct comparing *c = ctx;
	for (int i = 0; i < c->out->n; i++)
		if (c->out->difference[i].kind == o->kind && !strcmp(c->out->difference[i].key, o->key))
			c->text[i][c->side - 1] = arena_dup(c->rq->mem, o->text, o->n);
	return ST_OK;
}

static bool has_line(const char *text, const char *line, size_t n)
{
	for (const char *p = text; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
		if (strcspn(p, "\n") == n && !memcmp(p, line, n))
			return true;
	return false;
}

static void lines_only_in(struct buf *b, const char *a, const char *other, const char *mark)
{
	for (const char *p = a; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL) {
		size_t n = strcspn(p, "\n");
		const char *shown = p[0] >= '0' && p[0] <= '9' ? p + 2 : p;
		if (!has_line(other ? other : "", p, n))
			buf_printf(b, "%s%s%.*s", b->n ? "\n" : "", mark, (int)(n - (size_t)(shown - p)), shown);
	}
}

static void say_differences(struct comparing *c)
{
	for (int i = 0; i < c->out->n; i++) {
		BUF_SCOPE b = BUF_INIT;
		const char *was = c->text[i][0], *is = c->text[i][1];
		if (was && is) {
			lines_only_in(&b, was, is, "- ");
			lines_only_in(&b, is, was, "+ ");
		}
		c->out->difference[i].text =
			arena_strdup(c->rq->mem, !is	? "- only in the deposit"
						 : !was ? "+ only in the registry"
						 : b.n	? buf_cstr(&b)
							: "- twice in the deposit, or in another order");
	}
}

enum st rde_compare(struct store *s, struct req *rq, rde_again again, void *ctx, struct rde_deposit *deposit,
		    struct rde_compared *out)
{
	struct err *e = &rq->err;
	struct comparing c = { .store = s, .rq = rq, .out = out };
	*out = (struct rde_compared){ 0 };
	if (!(c.stage = stage_new(4, e)))
		return e->code;
	c.side = IN_DEPOSIT;
	if (!again(ctx, stage_one, &c, deposit, rq->mem, e)) {
		c.since = deposit->watermark;
		c.side = IN_REGISTRY;
		if (!registry_read(s, deposit->zone, deposit->watermark, stage_one, &c, e))
			judge_all(&c, e);
	}
	if (!e->code && out->n) {
		struct rde_deposit same;
		c.side = IN_DEPOSIT;
		if (!again(ctx, text_take, &c, &same, rq->mem, e)) {
			c.side = IN_REGISTRY;
			registry_read(s, deposit->zone, deposit->watermark, text_take, &c, e);
		}
		say_differences(&c);
	}
	stage_free(c.stage);
	return e->code;
}

/* frame.c — whom to ask: groups by rule or list, made disjoint by their order, and a sample that can be drawn again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "voice/voice_int.h"

#define DAY (86400 * USEC)

/* Each adds candidates: an address once. The registry's tables are only read. Members, with no statement, are counted
 * together (members.c). */
#define INTO "INSERT INTO voice_candidate(study, position, email, lang, segment) "
#define ONCE " ON CONFLICT(study, email, position) DO NOTHING"
#define NAMES(when)                                                                                                    \
	INTO "SELECT $1, $2, lower(c.email), coalesce(min(c.lang), ''), '' FROM registry_domain d JOIN"                \
	     " registry_domain_contact l ON l.domain = d.id AND l.type = 'r' JOIN registry_contact c ON c.id ="        \
	     " l.contact WHERE c.email <> '' AND " when " GROUP BY lower(c.email)" ONCE

static const char list_rule[] = "list "; /* then the digest: no rule, whom it has stays */

const struct voice_rule voice_rules[] = {
	{ "names-registered", N_("holders of names registered in these days"), "DAYS", NULL,
	  NAMES("d.created_at > $3") },
	{ "names-transferred", N_("holders of names transferred in these days"), "DAYS", NULL,
	  NAMES("d.transferred_at > $3") },
	{ "names-renewed", N_("holders of names renewed in these days"), "DAYS", NULL,
	  NAMES("EXISTS (SELECT 1 FROM registry_history h WHERE h.kind = 'domain' AND h.object = d.id AND h.verb IN"
		" ('domain-renewed', 'domain-auto-renewed') AND h.at > $3)") },
	{ "names", N_("holders of all names, however old"), NULL, NULL, NAMES("CAST($3 AS BIGINT) <> 0") },
	{ "registrars", N_("registrars that may work here"), NULL, NULL,
	  INTO
	  "SELECT $1, $2, lower(email), min(lang), '' FROM registry_registrar WHERE email <> '' AND disabled_at = 0"
	  " AND CAST($3 AS BIGINT) <> 0 GROUP BY lower(email)" ONCE },
	{ "members", N_("who answers for IP addresses and AS numbers, by the class of what they hold"), "CLASS",
	  voice_classes, NULL },
	{ "asked-desk",
	  N_("people who asked the desk in these days from a confirmed address, never about personal data"), "DAYS",
	  NULL,
	  INTO
	  "SELECT $1, $2, lower(p.email), min(p.lang), '' FROM who_person p JOIN desk_report r ON r.person = p.id AND "
	  "r.person <> 0"
	  " WHERE p.email <> '' AND p.erased_at = 0 AND p.confirmed_at > 0 AND r.filed_at > $3 AND NOT EXISTS (SELECT"
	  " 1 FROM desk_report x JOIN desk_case c ON c.id = x.case_id JOIN desk_class k ON k.id = c.class WHERE"
	  " x.person = p.id AND k.personal = 1) GROUP BY lower(p.email)" ONCE },
	{ "newsletter", N_("readers of the newsletter who confirmed their address, and whom mail reaches"), NULL, NULL,
	  INTO "SELECT $1, $2, email, lang, '' FROM voice_reader WHERE confirmed_at > 0 AND failing = 0 AND CAST($3 AS"
	       " BIGINT) <> 0" ONCE },
	{ 0 },
};

const struct voice_rule *voice_rule_of(const char *rule)
{
	size_t n = strcspn(rule, " ");
	for (const struct voice_rule *k = voice_rules; k->name; k++)
		if (strlen(k->name) == n && !memcmp(k->name, rule, n))
			return k;
	return NULL;
}

bool voice_is_segment(const char *s)
{
	size_t n = strlen(s), letters = 0;
	for (size_t i = 0; i < n; i++)
		letters += ((unsigned char)s[i] & 0xc0) != 0x80;
	return letters <= VOICE_SEGMENT_MAX && text_clean(s, n) && !strpbrk(s, "\r\n\t");
}

/* ── groups ── */

static enum st choice_ok(struct req *rq, const struct voice_rule *k, const char *arg)
{
	BUF_SCOPE names = BUF_INIT;
	for (int i = 0; k->choice[i]; i++) {
		if (!strcmp(arg, k->choice[i]))
			return ST_OK;
		buf_printf(&names, "%s%s", i ? ", " : "", k->choice[i]);
	}
	return err_set(&rq->err, ST_INVALID, N_("%s %.40s: expected nothing after the rule, or one of %s"), k->name,
		       arg, buf_cstr(&names));
}

/* What stands after the rule's name; nothing may. */
static enum st rule_arg(struct req *rq, const struct voice_rule *k, const char *arg, int64_t *days)
{
	*days = VOICE_RULE_DAYS;
	if (!*arg)
		return ST_OK;
	if (!k->arg)
		return err_set(&rq->err, ST_INVALID, N_("%s %.40s: expected nothing after this rule"), k->name, arg);
	if (k->choice)
		return choice_ok(rq, k, arg);
	return text_int(arg, 1, VOICE_RULE_DAYS_MAX, days)
		       ? ST_OK
		       : err_set(&rq->err, ST_INVALID,
				 N_("%s %.40s: expected a number of days after the rule, 1 to %d"), k->name, arg,
				 VOICE_RULE_DAYS_MAX);
}

struct ruled {
	const struct voice_rule *k;
	const char *arg;
	int64_t days;
};

static enum st rule_read(struct req *rq, const char *rule, struct ruled *out)
{
	const char *arg = strchr(rule, ' ');
	*out = (struct ruled){ voice_rule_of(rule), arg ? arg + 1 : "", 0 };
	if (!out->k)
		return err_set(&rq->err, ST_INVALID, N_("%.40s is no rule; `nicert survey rules` lists them"), rule);
	return rule_arg(rq, out->k, out->arg, &out->days);
}

/* Whom the rule finds now, in the place of whom it found before. */
static enum st rule_run(struct req *rq, const struct voice_study *s, int position, const char *rule)
{
	struct ruled r;
	if (rule_read(rq, rule, &r) ||
	    sql_run(rq, "DELETE FROM voice_candidate WHERE study = $1 AND position = $2", V(s->id), V(position)))
		return rq->err.code;
	return r.k->sql ? sql_run_vals(rq, NULL, r.k->sql, VALS(V(s->id), V(position), V(clock_now() - r.days * DAY)))
			: voice_members(rq, s->id, position, r.arg);
}

static int by_address(const void *a, const void *b)
{
	const struct voice_frame_row *x = *(const struct voice_frame_row *const *)a,
				     *y = *(const struct voice_frame_row *const *)b;
	int c = strcmp(x->email, y->email);
	return c ? c : x < y ? -1 : x > y;
}

/* In key order; who stands twice is there once, as in the first line. */
static enum st list_run(struct req *rq, const struct voice_study *s, int position, const struct voice_group_add *a)
{
	const struct voice_frame_row **row = arena_array(rq->mem, const struct voice_frame_row *, a->n + 1);
	for (int64_t i = 0; i < a->n; i++) {
		if (!voice_is_segment(a->row[i].segment))
			return err_set(&rq->err, ST_INVALID, "a segment has at most %d characters, on one line",
				       VOICE_SEGMENT_MAX);
		row[i] = &a->row[i];
	}
	qsort(row, (size_t)a->n, sizeof *row, by_address);
	struct bulk *b = bulk_open(rq, "voice_candidate", "study, position, email, lang, segment", 5);
	if (!b)
		return rq->err.code;
	enum st st = ST_OK;
	for (int64_t i = 0; i < a->n && !st; i++)
		if (!i || strcmp(row[i - 1]->email, row[i]->email) != 0)
			st = bulk_row(b, (const struct val[]){ V(s->id), V(position), V(row[i]->email), V(row[i]->lang),
							       V(row[i]->segment) });
	return bulk_close(b) || st ? rq->err.code : ST_OK;
}

enum st voice_group_add(struct req *rq, void *group_add)
{
	const struct voice_group_add *a = group_add;
	struct voice_study s;
	struct ruled rule;
	int64_t position = 0, same = 0;
	if (voice_study_in(rq, a->study, 1u << STUDY_DRAFT, &s) ||
	    sql_number(rq, &position, "SELECT count(*) FROM voice_group WHERE study = $1", V(s.id)) ||
	    sql_number(rq, &same, "SELECT count(*) FROM voice_group WHERE study = $1 AND name = $2", V(s.id),
		       V(a->name)))
		return rq->err.code;
	if (same)
		return err_set(&rq->err, ST_CONFLICT, N_("group %.40s is there already"), a->name);
	if (!q_name_ok(a->name))
		return err_set(&rq->err, ST_INVALID, N_("group %.40s: named with a-z, 0-9 and hyphen"), a->name);
	if (position == VOICE_GROUPS_MAX)
		return err_set(&rq->err, ST_LIMIT, N_("no more than %d groups"), VOICE_GROUPS_MAX);
	if (sql_run(rq,
		    "INSERT INTO voice_group(study, position, name, title_en, title_zh, rule, sample, found,"
		    " earlier, excluded, drawn) VALUES($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0)",
		    V(s.id), V(position), V(a->name), V(a->en), V(a->zh), V(a->rule), V(a->sample)) ||
	    (a->row ? list_run(rq, &s, (int)position, a) : rule_read(rq, a->rule, &rule)))
		return rq->err.code;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "group", a->name);
	j_str(&w, "rule", a->rule);
	j_end(&w);
	return voice_fact(rq, s.name, "group-added", buf_cstr(&b));
}

enum st voice_groups(struct req *rq, const struct voice_study *s, struct voice_group *out, int *n)
{
	struct rows r;
	*n = 0;
	if (voice_may_see(rq, s) ||
	    sql_query(rq, &r,
		      "SELECT position, name, title_en, title_zh, rule, sample, found, earlier, excluded, drawn FROM"
		      " voice_group WHERE study = $1 ORDER BY position",
		      V(s->id)))
		return rq->err.code;
	while (*n < VOICE_GROUPS_MAX && rows_next(&r)) {
		struct voice_group *g = &out[(*n)++];
		*g = (struct voice_group){ .position = (int)rows_int(&r, 0),
					   .name = rows_dup(&r, 1),
					   .rule = rows_dup(&r, 4),
					   .sample = rows_int(&r, 5),
					   .found = rows_int(&r, 6),
					   .earlier = rows_int(&r, 7),
					   .excluded = rows_int(&r, 8),
					   .drawn = rows_int(&r, 9) };
		g->title[LANG_EN] = rows_dup(&r, 2);
		g->title[LANG_ZH_TW] = rows_dup(&r, 3);
	}
	return rows_end(&r);
}

/* ── drawing ── */

struct person_row {
	char *email, *lang, *segment;
	uint64_t order; /* by which a sample is taken */
};
struct drawing {
	struct req *rq;
	struct arena *mem; /* of its own: a frame may be large */
	struct voice_study s;
	struct voice_segment segment[CROSS_SEGMENTS_MAX];
	int nsegments;
	struct bulk *bulk;
	struct person_row *row;
	int64_t n;
};

/* Of the seed and the address, so that a row more or less moves nobody else. */
static uint64_t order_of(int64_t seed, const char *email)
{
	struct hash h = hash_of2(&seed, sizeof seed, email, strlen(email));
	uint64_t v;
	memcpy(&v, h.b, sizeof v);
	return v;
}

static int by_order(const void *a, const void *b)
{
	const struct person_row *x = a, *y = b;
	return x->order < y->order ? -1 : x->order > y->order ? 1 : strcmp(x->email, y->email);
}

static int by_email(const void *a, const void *b)
{
	return strcmp(((const struct person_row *)a)->email, ((const struct person_row *)b)->email);
}

static enum st segment_bit(struct drawing *d, const char *kind, const char *name, int *bit)
{
	for (*bit = 0; *bit < d->nsegments; ++*bit)
		if (!strcmp(d->segment[*bit].kind, kind) && !strcmp(d->segment[*bit].name, name))
			return ST_OK;
	if (d->nsegments == CROSS_SEGMENTS_MAX - 1)
		return err_set(&d->rq->err, ST_LIMIT, "no more than %d segments and groups", CROSS_SEGMENTS_MAX - 1);
	d->segment[d->nsegments++] =
		(struct voice_segment){ *bit, (char *)(uintptr_t)kind, arena_strdup(d->mem, name) };
	return sql_run(d->rq, "INSERT INTO voice_segment(study, bit, kind, name) VALUES($1, $2, $3, $4)", V(d->s.id),
		       V(*bit), V(kind), V(name));
}

/* Found, but not asked: why. */
static enum st group_read(struct drawing *d, struct voice_group *g)
{
	struct rows r;
	struct req *rq = d->rq;
	d->n = 0;
	if (sql_query(
		    rq, &r,
		    "SELECT c.email, c.lang, c.segment, (SELECT count(*) FROM voice_candidate e WHERE e.study = c.study"
		    " AND e.email = c.email AND e.position < c.position), (SELECT count(*) FROM voice_exclude x WHERE"
		    " x.study = c.study AND x.email = c.email) FROM voice_candidate c WHERE c.study = $1 AND "
		    "c.position ="
		    " $2",
		    V(d->s.id), V(g->position)))
		return rq->err.code;
	while (rows_next(&r) && d->n < VOICE_CANDIDATES_MAX) {
		const char *email = rows_text(&r, 0);
		g->found++;
		if (rows_int(&r, 3))
			g->earlier++;
		else if (rows_int(&r, 4) || !text_email_ok(email))
			g->excluded++;
		else
			d->row[d->n++] = (struct person_row){ arena_strdup(d->mem, email),
							      arena_strdup(d->mem, rows_text(&r, 1)),
							      arena_strdup(d->mem, rows_text(&r, 2)),
							      order_of(d->s.seed, email) };
	}
	return rows_end(&r);
}

/* Those who want no more letters, and those who had one lately, by the hash of their address. */
static enum st stopped_out(struct drawing *d, struct voice_group *g)
{
	int64_t any = 0, kept = 0, quiet = 0, day = clock_now() / (86400 * USEC);
	if (sql_number(d->rq, &quiet, "SELECT quiet_days FROM voice_study WHERE id = $1", V(d->s.id)) ||
	    sql_number(d->rq, &any,
		       "SELECT (SELECT count(*) FROM voice_stop) + (SELECT count(*) FROM voice_asked WHERE day > $1)",
		       V(day - quiet)))
		return d->rq->err.code;
	for (int64_t i = 0; i < d->n && any; i++) {
		int64_t out = 0;
		struct hash h = voice_address(d->mem, d->row[i].email);
		if (sql_number(d->rq, &out,
			       "SELECT (SELECT count(*) FROM voice_stop WHERE address = $1) + (SELECT count(*) FROM"
			       " voice_asked WHERE address = $1 AND day > $2)",
			       V_BLOB(h.b, HASH_LEN), V(day - quiet)))
			return d->rq->err.code;
		g->excluded += out > 0;
		if (!out)
			d->row[kept++] = d->row[i];
	}
	d->n = any ? kept : d->n;
	return ST_OK;
}

static enum st invite(struct drawing *d, const struct voice_group *g, const struct person_row *p, int group_bit)
{
	uint8_t seed[LINK_SEED];
	char token[LINK_TOKEN];
	int bit;
	uint64_t segments = 1ULL << group_bit;
	if (*p->segment) {
		if (segment_bit(d, "list", p->segment, &bit))
			return d->rq->err.code;
		segments |= 1ULL << bit;
	}
	random_bytes(seed, sizeof seed);
	voice_token(seed, token);
	struct hash h = hash_of(token, LINK_TOKEN - 1);
	const struct val v[] = { V(d->s.id),	       V(g->position),
				 V(p->email),	       V(lang_tag(lang_of(p->lang))),
				 V((int64_t)segments), V_BLOB(seed, LINK_SEED),
				 V_BLOB(h.b, HASH_LEN) };
	return bulk_row(d->bulk, v);
}

static enum st segments_first(struct drawing *d, struct voice_group *g, int ngroups)
{
	struct rows r;
	char *names[CROSS_SEGMENTS_MAX];
	int n = 0, bit;
	for (int i = 0; i < ngroups; i++)
		if (segment_bit(d, "group", g[i].name, &bit))
			return d->rq->err.code;
	if (sql_query(d->rq, &r,
		      "SELECT DISTINCT segment FROM voice_candidate WHERE study = $1 AND segment <> '' ORDER BY "
		      "segment LIMIT 64",
		      V(d->s.id)))
		return d->rq->err.code;
	while (n < CROSS_SEGMENTS_MAX && rows_next(&r))
		names[n++] = arena_strdup(d->mem, rows_text(&r, 0));
	if (rows_end(&r))
		return d->rq->err.code;
	for (int i = 0; i < n; i++)
		if (segment_bit(d, "list", names[i], &bit))
			return d->rq->err.code;
	return ST_OK;
}

static enum st group_draw(struct drawing *d, struct voice_group *g, int bit)
{
	g->found = g->earlier = g->excluded = 0;
	if (group_read(d, g) || stopped_out(d, g))
		return d->rq->err.code;
	g->drawn = g->sample && g->sample < d->n ? g->sample : d->n;
	qsort(d->row, (size_t)d->n, sizeof *d->row, by_order);
	qsort(d->row, (size_t)g->drawn, sizeof *d->row, by_email);
	d->bulk = bulk_open(d->rq, "voice_invite", "study, position, email, lang, segments, seed, token", 7);
	if (!d->bulk)
		return d->rq->err.code;
	enum st st = ST_OK;
	for (int64_t i = 0; i < g->drawn && !st; i++)
		st = invite(d, g, &d->row[i], bit);
	if (bulk_close(d->bulk) || st)
		return d->rq->err.code;
	return sql_run(d->rq,
		       "UPDATE voice_group SET found = $3, earlier = $4, excluded = $5, drawn = $6 WHERE study = $1 AND"
		       " position = $2",
		       V(d->s.id), V(g->position), V(g->found), V(g->earlier), V(g->excluded), V(g->drawn));
}

static enum st draw_all(struct drawing *d, struct voice_draw *a)
{
	struct voice_group g[VOICE_GROUPS_MAX];
	int n;
	if (voice_groups(d->rq, &d->s, g, &n))
		return d->rq->err.code;
	if (!n)
		return err_set(&d->rq->err, ST_CONFLICT, "study %s has no group: add one with `nicert survey group`",
			       d->s.name);
	for (int i = 0; i < n; i++)
		if (strncmp(g[i].rule, list_rule, sizeof list_rule - 1) != 0 &&
		    rule_run(d->rq, &d->s, g[i].position, g[i].rule))
			return d->rq->err.code;
	if (segments_first(d, g, n))
		return d->rq->err.code;
	a->drawn = 0;
	for (int i = 0; i < n; i++) {
		if (group_draw(d, &g[i], i))
			return d->rq->err.code;
		a->drawn += g[i].drawn;
	}
	return ST_OK;
}

enum st voice_draw(struct req *rq, void *draw)
{
	struct voice_draw *a = draw;
	struct drawing d = { .rq = rq };
	if (voice_study_in(rq, a->study, 1u << STUDY_DRAFT | 1u << STUDY_DRAWN, &d.s))
		return rq->err.code;
	d.s.seed = a->seed;
	while (d.s.seed <= 0) {
		random_bytes(&d.s.seed, sizeof d.s.seed);
		d.s.seed &= INT64_MAX;
	}
	a->seed = d.s.seed;
	if (sql_run(rq, "DELETE FROM voice_invite WHERE study = $1", V(d.s.id)) ||
	    sql_run(rq, "DELETE FROM voice_segment WHERE study = $1", V(d.s.id)))
		return rq->err.code;
	d.mem = arena_new((size_t)1 << 30);
	d.row = calloc(VOICE_CANDIDATES_MAX, sizeof *d.row);
	enum st st = d.row ? draw_all(&d, a) : err_set(&rq->err, ST_BUSY, "out of memory");
	free(d.row);
	arena_free(d.mem);
	if (st || sql_run(rq, "UPDATE voice_study SET state = 1, seed = $2 WHERE id = $1", V(d.s.id), V(d.s.seed)))
		return rq->err.code;
	return voice_fact(
		rq, d.s.name, "sample-drawn",
		arena_printf(rq->mem, "{\"seed\":%lld,\"drawn\":%lld}", (long long)d.s.seed, (long long)a->drawn));
}

enum st voice_segments(struct req *rq, int64_t study, struct voice_segment *out, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r, "SELECT bit, kind, name FROM voice_segment WHERE study = $1 ORDER BY bit", V(study)))
		return rq->err.code;
	while (*n < CROSS_SEGMENTS_MAX && rows_next(&r))
		out[(*n)++] = (struct voice_segment){ (int)rows_int(&r, 0), rows_dup(&r, 1), rows_dup(&r, 2) };
	return rows_end(&r);
}

/* The label of a case (intel/tlp.h): where it comes from, who may change it, what it holds back.
 *
 * A case begins with the label of its first report, else with the row of desk_tlp that fits its class and source best. A report that joins
 * with a stricter label raises it. Anybody who works on cases may raise it; lowering it takes the consent of whoever
 * set it, and the act says who consented, how and when. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "who/permit.h"

enum { CONSENT_MAX = 500 };

const char desk_held_sentence[] =
	N_("Its TLP label does not let it go to this party: ask the source, then lower the label.");
const char desk_lowered_sentence[] =
	N_("Its TLP label was lowered with the source's consent: look again, then approve.");

/* How a source can have consented: what the act takes, what the page shows. */
const struct consent_way consent_ways[] = {
	{ "mail", N_("by mail") },     { "phone", N_("by telephone") },	       { "letter", N_("by letter") },
	{ "person", N_("in person") }, { "agreement", N_("by an agreement") }, { NULL, NULL },
};

static bool any(const char *s)
{
	return strcmp(s, "*") == 0;
}

enum st desk_tlp_default(struct req *rq, const char *class_id, const char *source, enum tlp *out)
{
	struct rows r;
	int64_t label = TLP_AMBER;
	int best = 4; /* for every class counts 2, for every source 1: the least is the closest */
	if (sql_query(rq, &r,
		      "SELECT class, source, label FROM desk_tlp WHERE class IN ($1, '*') AND source IN ($2, '*')",
		      V(class_id), V(source)))
		return rq->err.code;
	while (rows_next(&r)) {
		int far = 2 * any(rows_text(&r, 0)) + any(rows_text(&r, 1));
		if (far < best)
			label = rows_int(&r, 2);
		best = far < best ? far : best;
	}
	*out = label >= TLP_CLEAR && label < TLP_LABELS ? (enum tlp)label : TLP_RED;
	return rows_end(&r);
}

enum st desk_tlp_check(struct req *rq, int64_t case_id, enum tlp_to to)
{
	int64_t label = 0;
	if (sql_number(rq, &label, "SELECT tlp FROM desk_case WHERE id = $1", V(case_id)))
		return rq->err.code;
	if (tlp_allows((enum tlp)label, to))
		return ST_OK;
	return err_set(&rq->err, ST_CONFLICT,
		       N_("tlp: the case is %s, which may not go to this recipient (%s); ask its source, then lower "
			  "the label"),
		       tlp_name((enum tlp)label), tlp_to_name(to));
}

/* Notices that were approved and have not gone out wait again; those that waited for the label only for a click. */
static enum st hold_notices(struct req *rq, int64_t case_id)
{
	return sql_run(rq,
		       "UPDATE desk_notice SET state = $2, why = $3 WHERE case_id = $1 AND (state = $4 OR state = $2)",
		       V(case_id), V(NOTICE_WAITING), V(desk_held_sentence), V(NOTICE_APPROVED));
}

static enum st free_notices(struct req *rq, int64_t case_id)
{
	return sql_run(rq, "UPDATE desk_notice SET why = $3 WHERE case_id = $1 AND state = $2 AND why = $4", V(case_id),
		       V(NOTICE_WAITING), V(desk_lowered_sentence), V(desk_held_sentence));
}

static enum st put_label(struct req *rq, int64_t case_id, enum tlp to)
{
	if (sql_run(rq, "UPDATE desk_case SET tlp = $2, changed_at = $3 WHERE id = $1", V(case_id), V(to),
		    V(clock_now())) ||
	    desk_shares_hold(rq, case_id, to))
		return rq->err.code;
	return tlp_allows(to, TLP_TO_HOLDER) ? free_notices(rq, case_id) : hold_notices(rq, case_id);
}

enum st desk_tlp_keep(struct req *rq, int64_t case_id, enum tlp label)
{
	if (desk_shares_hold(rq, case_id, label))
		return rq->err.code;
	return tlp_allows(label, TLP_TO_HOLDER) ? ST_OK : hold_notices(rq, case_id);
}

enum st desk_tlp_raise(struct req *rq, int64_t case_id, const char *number, enum tlp from, enum tlp to)
{
	if (to <= from)
		return ST_OK;
	char *payload = arena_printf(rq->mem, "{\"from\":\"%s\",\"to\":\"%s\"}", tlp_name(from), tlp_name(to));
	return put_label(rq, case_id, to) ? rq->err.code : desk_fact(rq, number, "tlp-raised", payload, 0);
}

/* ── by staff ── */

const char *desk_consent_title(const char *how)
{
	for (const struct consent_way *w = consent_ways; w->id; w++)
		if (how && strcmp(w->id, how) == 0)
			return w->title;
	return "";
}

static enum st check_consent(struct req *rq, const struct desk_act *a)
{
	size_t n = a->text ? strlen(a->text) : 0;
	if (!n || n > CONSENT_MAX || !text_clean(a->text, n))
		return err_set(&rq->err, ST_INVALID,
			       N_("consent: lowering a label needs the source's consent; say who consented, in at most "
				  "%d bytes"),
			       CONSENT_MAX);
	if (!*desk_consent_title(a->how))
		return err_set(&rq->err, ST_INVALID,
			       N_("consent: say how it was given: mail, phone, letter, person or agreement"));
	if (a->at <= 0 || a->at > clock_now())
		return err_set(&rq->err, ST_INVALID, N_("consent: say when it was given, a time that has passed"));
	return ST_OK;
}

/* Who consented stands in the row, from which retention takes it; that somebody did, how and when, stays in the
 * journal. */
static enum st lower(struct req *rq, const struct desk_act *a, const struct case_row *c, enum tlp to)
{
	int64_t id = 0;
	if (check_consent(rq, a) ||
	    sql_number(rq, &id,
		       "INSERT INTO desk_consent(case_id, label, who, how, given_at, actor, at) VALUES($1, $2, $3, $4, "
		       "$5, "
		       "$6, $7) RETURNING id",
		       V(c->id), V(to), V(a->text), V(a->how), V(a->at), V(rq->who ? rq->who->id : ""), V(clock_now())))
		return rq->err.code;
	char *payload = arena_printf(
		rq->mem, "{\"from\":\"%s\",\"to\":\"%s\",\"consent\":%lld,\"how\":\"%s\",\"given_at\":\"%s\"}",
		tlp_name(c->tlp), tlp_name(to), (long long)id, a->how, time_iso(rq->mem, a->at));
	return put_label(rq, c->id, to) ? rq->err.code : desk_fact(rq, c->number, "tlp-lowered", payload, 0);
}

enum st desk_case_label(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct case_row c;
	enum tlp to;
	if (desk_case_take(rq, MAY_LABEL_CASE, a->number, &c))
		return rq->err.code;
	if (!tlp_parse(a->reason, &to))
		return err_set(&rq->err, ST_INVALID, N_("label: one of clear, green, amber, amber+strict, red"));
	if (to == c.tlp)
		return ST_OK;
	if (to > c.tlp ? desk_tlp_raise(rq, c.id, c.number, c.tlp, to) : lower(rq, a, &c, to))
		return rq->err.code;
	return desk_case_settle(rq, c.id);
}

/* ── the defaults ── */

enum st desk_tlp_defaults(struct req *rq, struct tlp_default *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query0(rq, &r, "SELECT class, source, label FROM desk_tlp ORDER BY class DESC, source DESC"))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct tlp_default){ rows_dup(&r, 0), rows_dup(&r, 1), (enum tlp)rows_int(&r, 2) };
	return rows_end(&r);
}

enum st desk_tlp_default_set(struct req *rq, void *tlp_default)
{
	struct tlp_default *d = tlp_default;
	bool known = any(d->class_id);
	if (permit(rq, MAY_SET_LABEL_DEFAULT) || (!known && desk_class_known(rq, d->class_id, &known)))
		return rq->err.code;
	if (!known)
		return err_set(&rq->err, ST_INVALID, "class: \"%.40s\" is not one of ours; \"*\" stands for all",
			       d->class_id);
	if (!any(d->source) && !report_source_known(d->source))
		return err_set(&rq->err, ST_INVALID, "source: one of web, api, cli, mail, or \"*\" for all");
	if (sql_run(rq,
		    "INSERT INTO desk_tlp(class, source, label) VALUES($1, $2, $3) ON CONFLICT(class, source) DO "
		    "UPDATE SET "
		    "label = $3",
		    V(d->class_id), V(d->source), V(d->label)))
		return rq->err.code;
	char *payload = arena_printf(rq->mem, "{\"class\":\"%s\",\"source\":\"%s\",\"label\":\"%s\"}", d->class_id,
				     d->source, tlp_name(d->label));
	return desk_fact(rq, "tlp-defaults", "tlp-default-set", payload, 0);
}

const struct migration desk_tlp_migrations[] = {
	{ 260, "desk tlp",
	  /* '*' fits all; the row that says more decides. Cases of before were AMBER in all but name. */
	  "CREATE TABLE desk_tlp(class TEXT NOT NULL, source TEXT NOT NULL, label BIGINT NOT NULL, PRIMARY KEY(class, "
	  "source));"
	  "INSERT INTO desk_tlp(class, source, label) VALUES('*', '*', 2);"
	  "ALTER TABLE desk_case ADD COLUMN tlp BIGINT NOT NULL DEFAULT 2;"
	  "ALTER TABLE desk_report ADD COLUMN tlp BIGINT NOT NULL DEFAULT -1;"
	  "CREATE TABLE desk_consent(id SERIAL_ID, case_id BIGINT NOT NULL, label BIGINT NOT NULL, who TEXT NOT NULL,"
	  " how TEXT NOT NULL, given_at BIGINT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL);"
	  "CREATE INDEX desk_consent_case ON desk_consent(case_id)" },
	{ 0 },
};

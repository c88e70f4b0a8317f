/* Vocabularies: what the API says, what people read, and the rows that say what happens. */
#include <string.h>
#include "base/idn.h"
#include "desk/desk_int.h"

static const char *const case_states[CASE_STATES] = { "received", "triaged", "notified",
						      "answered", "closed",  "verified" };
static const char *const notice_states[NOTICE_STATES] = { "waiting",  "approved", "sent",
							  "answered", "silent",	  "cancelled" };
static const char *const answers[ANSWER_KINDS] = { "fixed", "false-alarm", "need-until", "not-ours" };
static const char *const sources[REPORT_SOURCES] = { "web", "api", "cli", "mail", "partner" };

const char *case_state_name(enum case_state s)
{
	return (unsigned)s < CASE_STATES ? case_states[s] : "";
}
const char *notice_state_name(enum notice_state s)
{
	return (unsigned)s < NOTICE_STATES ? notice_states[s] : "";
}
const char *answer_kind_name(enum answer_kind k)
{
	return (unsigned)k < ANSWER_KINDS ? answers[k] : "";
}
const char *report_source_name(enum report_source s)
{
	return (unsigned)s < REPORT_SOURCES ? sources[s] : "";
}

bool report_source_known(const char *name)
{
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		if (strcmp(sources[i], name) == 0)
			return true;
	return false;
}

const char *tie_kind_name(enum tie_kind k)
{
	static const char *const names[] = { "related", "merged-from", "merged-into", "split-from", "split-into" };
	return (unsigned)k < sizeof names / sizeof *names ? names[k] : "";
}

bool answer_kind_parse(const char *s, enum answer_kind *out)
{
	for (int i = 0; s && i < ANSWER_KINDS; i++)
		if (strcmp(s, answers[i]) == 0) {
			*out = (enum answer_kind)i;
			return true;
		}
	return false;
}

const char *const desk_link_nouns[] = {
	[LINK_HOLDER] = N_("the holder"),
	[LINK_SPONSOR] = N_("the sponsor"),
	[LINK_UPSTREAM] = N_("the upstream network"),
	[LINK_AUTHORITY] = N_("the national authority"),
};

const char *const desk_state_titles[] = {
	[CASE_RECEIVED] = N_("Received"), [CASE_TRIAGED] = N_("Checked"), [CASE_NOTIFIED] = N_("Party told"),
	[CASE_ANSWERED] = N_("Answered"), [CASE_CLOSED] = N_("Closed"),	  [CASE_VERIFIED] = N_("Checked: it is gone"),
};

/* What staff may give. */
const char *const close_reasons[] = { "fixed",	   "false-alarm", "not-reproducible", "referred", "record-only",
				      "duplicate", NULL };

const char *desk_reason_title(const char *reason)
{
	static const struct {
		const char *name, *title;
	} titles[] = {
		{ "fixed", N_("the trouble is gone") },
		{ "false-alarm", N_("it was a false alarm") },
		{ "not-reproducible", N_("we could not see it ourselves") },
		{ "referred", N_("somebody else deals with it") },
		{ "record-only", N_("kept for the record only") },
		{ "duplicate", N_("another case deals with it") },
		{ "withdrawn", N_("the report was withdrawn") },
	};
	for (size_t i = 0; reason && i < sizeof titles / sizeof *titles; i++)
		if (strcmp(reason, titles[i].name) == 0)
			return titles[i].title;
	return "";
}

const char desk_mention_sentence[] = N_("Only mentioned in the reporter's words: check that it is meant.");
const char desk_next_sentence[] = N_("The party before did not act.");

char *desk_party(struct arena *mem, enum lang l, enum link_role role, const char *name)
{
	const char *noun = tr(l, desk_link_nouns[role]);
	return name && *name ? arena_printf(mem, tr(l, N_("%s (%s)")), noun, name) : arena_strdup(mem, noun);
}

static char *shown_url(struct arena *mem, const char *value)
{
	const char *host = strstr(value, "://");
	size_t n = host ? strcspn(host + 3, "/:") : 0;
	if (!host || host[3] == '[')
		return arena_strdup(mem, value);
	host += 3;
	char *name = name_unicode(mem, arena_dup(mem, host, n));
	return arena_printf(mem, "%.*s%s%s", (int)(host - value), value, name, host + n);
}

char *desk_shown(struct arena *mem, const char *kind, const char *value)
{
	if (!strstr(value, "xn--"))
		return arena_strdup(mem, value);
	if (strcmp(kind, "url") == 0)
		return shown_url(mem, value);
	const char *at = strrchr(value, '@');
	if (strcmp(kind, "email") == 0 && at)
		return arena_printf(mem, "%.*s%s", (int)(at + 1 - value), value, name_unicode(mem, at + 1));
	return strcmp(kind, "name") == 0 ? name_unicode(mem, value) : arena_strdup(mem, value);
}

/* ── rows ── */

#define CLASS_SELECT                                                                                                   \
	"SELECT k.id, k.rsit, k.title, k.first_link, k.deadline, k.personal, g.title, k.severity, k.lane FROM "        \
	"desk_class k LEFT JOIN desk_rsit g ON "                                                                       \
	"k.rsit LIKE g.id || ':%'"
static struct desk_class class_of(struct rows *r)
{
	return (struct desk_class){ rows_dup(r, 0), rows_dup(r, 1),	 rows_dup(r, 2), (enum link_role)rows_int(r, 3),
				    rows_int(r, 4), rows_int(r, 5) != 0, rows_dup(r, 6), rows_dup(r, 7),
				    rows_dup(r, 8) };
}

static enum st read_classes(struct req *rq, const char *sql, struct desk_class *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query0(rq, &r, sql))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = class_of(&r);
	return rows_end(&r);
}

enum st desk_classes(struct req *rq, struct desk_class *out, int max, int *n)
{
	return read_classes(rq, CLASS_SELECT " WHERE k.citizen = 1 ORDER BY k.position", out, max, n);
}

enum st desk_classes_all(struct req *rq, struct desk_class *out, int max, int *n)
{
	return read_classes(rq, CLASS_SELECT " ORDER BY g.position, k.position", out, max, n);
}

enum st desk_class_get(struct req *rq, const char *id, struct desk_class *out)
{
	struct rows r;
	if (sql_query(rq, &r, CLASS_SELECT " WHERE k.id = $1", V(id)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		*out = class_of(&r);
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "no class of cases is called \"%.40s\"", id);
}

enum st desk_class_known(struct req *rq, const char *id, bool *known)
{
	int64_t n = 0;
	enum st st = sql_number(rq, &n, "SELECT count(*) FROM desk_class WHERE id = $1", V(id));
	*known = n > 0;
	return st;
}

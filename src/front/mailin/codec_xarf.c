/* XARF 4 (category and type, snake case; also an array of such reports), XARF 3 (Report, ReportType) and X-ARF 0.1/0.2
 * (YAML or JSON with ARF-like names). Evidence inside the JSON is not read: the whole is kept as a file. */
#include "base/json.h"
#include "front/mailin/mailin_int.h"
#include "intel/tlp.h"

enum { DETAILS_MAX = 4000, DETAILS_ALL = 12000, VALUE_MAX = 400, LINES_MAX = 200 };

/* Members whose value is a thing to act upon. What it was aimed at (destination_ip, target_url) is the victim's. */
static const char *const things[] = {
	"source_identifier", "url",	  "infringing_url", "domain", "c2_server", "smtp_from", "Source",
	"SourceIp",	     "SourceUrl", "SourceUri",	    "Url",    "Domain",	   "file_hash", NULL
};
/* Not for people's reading: who reports, proofs, bookkeeping. */
static const char *const hidden[] = { "reporter",	"sender",      "evidence",   "xarf_version", "report_id",
				      "ReporterInfo",	"Attachments", "Schema-URL", "Report-ID",    "Reported-From",
				      "Version",	"User-Agent",  "Disclosure", "Attachment",   "Samples",
				      "legacy_version", "_internal",   NULL };

static bool in_list(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (text_eq_nocase(s, *list))
			return true;
	return false;
}

static void thing(struct arena *mem, struct mailin *m, const char *value)
{
	const char *colon = strchr(value, ':');
	if (text_begins(value, "sha256:") || text_begins(value, "sha1:") || text_begins(value, "md5:"))
		value = colon + 1;
	obs_take(mem, m, NULL, value);
}

static void say(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "%.60s: %.*s\n", key, (int)utf8_cut(value, strlen(value), VALUE_MAX), value);
}

static void members(struct arena *mem, const struct json *o, struct mailin *m, struct buf *out)
{
	for (int i = 0, n = json_count(o); i < n && i < LINES_MAX; i++) {
		const struct json *v = json_at(o, i);
		const char *key = json_key(v), *s = json_str(v);
		int64_t number;
		if (!key || in_list(key, hidden))
			continue;
		if (s && in_list(key, things))
			thing(mem, m, s);
		if (s)
			say(out, key, s);
		else if (json_int(v, &number))
			say(out, key, arena_printf(mem, "%lld", (long long)number));
		else if (json_is_bool(v))
			say(out, key, json_true(v) ? "true" : "false");
	}
}

/* "tlp:amber" among the tags; of several the strictest. */
static const char *label_of(const struct json *tags)
{
	enum tlp best = TLP_CLEAR, one;
	bool found = false;
	for (int i = 0, n = json_is_array(tags) ? json_count(tags) : 0; i < n && i < LINES_MAX; i++) {
		const char *s = json_str(json_at(tags, i));
		if (!s || !text_begins(s, "tlp:") || !tlp_parse(s, &one))
			continue;
		best = !found || one > best ? one : best;
		found = true;
	}
	return found ? tlp_name(best) : NULL;
}

static char *lower_dash(struct arena *mem, const char *s)
{
	char *out = text_lower(mem, s);
	out[utf8_cut(out, strlen(out), 60)] = 0;
	for (char *c = out; *c; c++)
		if (*c == ' ' || *c == '-')
			*c = '_';
	return out;
}

/* Of several in one message the first says what all are called; the words of each are kept. */
static void found(struct arena *mem, struct mailin *m, const char *scheme, const char *category, const struct buf *out)
{
	char *said = text_cleaned(mem, buf_cstr(out), out->n);
	bool first = m->kind != MAIL_XARF;
	m->mixed |= !first && (strcmp(m->scheme, scheme) != 0 || strcmp(m->category, category) != 0);
	m->kind = MAIL_XARF;
	m->scheme = first ? scheme : m->scheme;
	m->category = first ? category : m->category;
	if (first)
		m->details = said;
	else if (strlen(m->details) + out->n < DETAILS_ALL)
		m->details = arena_printf(mem, "%s\n%s", m->details, said);
}

/* Of several labels the strictest. */
static void labelled(struct mailin *m, const char *label)
{
	enum tlp before, now;
	if (!label || !tlp_parse(label, &now))
		return;
	if (!m->label || !tlp_parse(m->label, &before) || now > before)
		m->label = label;
}

static bool one_report(struct arena *mem, const struct json *o, struct mailin *m)
{
	const char *category = json_str(json_get(o, "category")), *type = json_str(json_get(o, "type"));
	const struct json *v3 = json_get(o, "Report");
	const char *old =
		json_str(json_get(json_is_object(v3) ? v3 : o, json_is_object(v3) ? "ReportType" : "Report-Type"));
	BUF_SCOPE out = { .max = DETAILS_MAX };
	if (json_str(json_get(o, "xarf_version")) && category && type) {
		labelled(m, label_of(json_get(o, "tags")));
		members(mem, o, m, &out);
		found(mem, m, "xarf", arena_printf(mem, "%s/%s", lower_dash(mem, category), lower_dash(mem, type)),
		      &out);
		return true;
	}
	if (!old)
		return false;
	members(mem, json_is_object(v3) ? v3 : o, m, &out);
	found(mem, m, "x-arf", lower_dash(mem, old), &out);
	return true;
}

bool xarf_json(struct arena *mem, const char *text, struct mailin *m)
{
	struct json *o = json_parse(mem, text, strlen(text), NULL);
	bool any = false;
	if (!json_is_array(o))
		return o && one_report(mem, o, m);
	int n = json_count(o);
	m->more |= n > OBS_MAX;
	for (int i = 0; i < n && i < OBS_MAX; i++)
		if (json_is_object(json_at(o, i)))
			any |= one_report(mem, json_at(o, i), m);
	return any;
}

/* "Key: value" lines, with the quotation marks YAML allows. */
bool xarf_yaml(struct arena *mem, const char *text, struct mailin *m)
{
	BUF_SCOPE out = { .max = DETAILS_MAX };
	const char *type = NULL, *source = NULL;
	int lines = 0;
	char *save = NULL, *copy = arena_strdup(mem, text);
	for (char *l = strtok_r(copy, "\n", &save); l && lines++ < LINES_MAX; l = strtok_r(NULL, "\n", &save)) {
		char *colon = strstr(l, ": ");
		if (!colon || *l == ' ' || *l == '#')
			continue;
		*colon = 0;
		char *value = text_trim(mem, colon + 2);
		size_t n = strlen(value);
		if (n > 1 && (*value == '\'' || *value == '"') && value[n - 1] == *value)
			value = arena_dup(mem, value + 1, n - 2);
		if (text_eq_nocase(l, "Report-Type"))
			type = lower_dash(mem, value);
		if (text_eq_nocase(l, "Source"))
			source = value;
		if (!in_list(l, hidden))
			say(&out, l, value);
	}
	if (!type || !source)
		return false;
	thing(mem, m, source);
	found(mem, m, "x-arf", type, &out);
	return true;
}

/* api.c — routes, problem documents, and the small endpoints for machines. */
#include "front/api/api.h"
#include <stdio.h>
#include <string.h>
#include "desk/desk.h"
#include "store/journal.h"

const struct route api_routes[] = {
	{ "POST", "/api/v1/reports", api_post_report, HTTP_JSON, 1 << 20, "File a report" },
	{ "GET", "/api/v1/cases/*", api_get_case, 0, 0, "State, steps and next step of a case" },
	{ "GET", "/api/v1/cases/*/receipt", api_get_receipt, 0, 0, "The receipt of a report" },
	{ "GET", "/api/v1/holder", api_get_holder, 0, 0,
	  "Who is responsible for a name, address, route, AS number or URL" },
	{ "GET", "/api/v1/notices", api_get_notices, 0, 0, "A party's open notices" },
	{ "GET", "/api/v1/notices/*", api_get_notice, 0, 0, "One of them" },
	{ "POST", "/api/v1/notices/*/answer", api_post_notice_answer, HTTP_JSON, 64 << 10, "Answers it" },
	{ "GET", "/api/v1/shares", api_get_shares, 0, 0, "What was shared with a partner" },
	{ "GET", "/api/v1/shares/*", api_get_share, 0, 0, "One of them, with what it is about" },
	{ "GET", "/api/v1/shares/*/observables.csv", api_get_share_csv, 0, 0, "What it is about, as a table" },
	{ "GET", "/api/v1/shares/*/xarf.json", api_get_share_xarf, 0, 0, "What it is about, as XARF 4" },
	{ "POST", "/api/v1/shares/*/answer", api_post_share_answer, HTTP_JSON, 64 << 10,
	  "Says that it was received, handled or refused" },
	{ "GET", "/api/openapi.json", api_get_openapi, 0, 0, "This description (OpenAPI 3.1)" },
	{ "GET", "/healthz", api_get_health, 0, 0, "200 when the program and its database work" },
	{ "GET", "/metrics", api_get_metrics, 0, 0, "Counters (Prometheus text format)" },
	{ 0 },
};

/* ── problems (RFC 9457) ── */

static const char *title_of(int code)
{
	static const struct {
		int code;
		const char *title;
	} rows[] = {
		{ 400, N_("Bad request") },
		{ 401, N_("Token needed") },
		{ 403, N_("Not allowed") },
		{ 404, N_("Not found") },
		{ 405, N_("Method not allowed") },
		{ 406, N_("Not acceptable") },
		{ 408, N_("Request timeout") },
		{ 409, N_("Conflict") },
		{ 411, N_("Length required") },
		{ 413, N_("Content too large") },
		{ 415, N_("Unsupported media type") },
		{ 422, N_("Invalid content") },
		{ 429, N_("Too many requests") },
		{ 431, N_("Header fields too large") },
		{ 500, N_("Internal error") },
		{ 501, N_("Not implemented") },
		{ 503, N_("Try again later") },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].code == code)
			return rows[i].title;
	return code >= 500 ? N_("Internal error") : N_("Bad request");
}

void api_fault(struct api_faults *f, const char *pointer, const char *detail)
{
	if (f->n < (int)(sizeof f->f / sizeof *f->f))
		f->f[f->n++] = (struct api_fault){ pointer, detail };
}

/* As a URI fragment, like RFC 9457's own example; the name of a query's parameter stays as it is. */
static const char *pointer_text(struct arena *mem, const char *pointer)
{
	return *pointer == '/' || !*pointer ? arena_printf(mem, "#%s", pointer) : pointer;
}

/* Texts in the reader's language: what is said already stays, the others are looked up. */
void api_problem(struct http *h, int code, const char *detail, const struct api_faults *faults)
{
	enum lang l = http_lang(h);
	buf_reset(http_out(h));
	struct jw w = jw_of(http_out(h));
	j_obj(&w, NULL);
	j_str(&w, "type", "about:blank");
	j_str(&w, "title", tr(l, title_of(code)));
	j_int(&w, "status", code);
	if (detail && *detail)
		j_str(&w, "detail", tr(l, detail));
	if (faults && faults->n > 0) {
		j_arr(&w, "errors");
		for (int i = 0; i < faults->n; i++) {
			j_obj(&w, NULL);
			j_str(&w, "pointer", pointer_text(http_req(h)->mem, faults->f[i].pointer));
			j_str(&w, "detail", tr(l, faults->f[i].detail));
			j_end(&w);
		}
		j_end(&w);
	}
	j_end(&w);
	http_status(h, code);
	http_type(h, "application/problem+json");
	http_set_header(h, "Content-Language", lang_tag(l));
	http_set_header(h, "Vary", "Accept-Language, Cookie");
	http_set_header(h, "Cache-Control", "no-store");
	http_set_header(h, "X-Content-Type-Options", "nosniff");
}

void api_error(struct http *h, int code)
{
	api_problem(h, code, code == 500 ? NULL : http_why(h), NULL);
}

/* ── the description ── */

/* What the one star of a pattern stands for, by the segment before it. */
static const char *star_of(const char *pattern)
{
	static const struct {
		const char *begins, *name;
	} rows[] = { { "/api/v1/notices/", "{notice}" }, { "/api/v1/shares/", "{share}" } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strncmp(pattern, rows[i].begins, strlen(rows[i].begins)) == 0)
			return rows[i].name;
	return "{number}";
}

static void openapi_path(struct buf *out, const char *pattern)
{
	for (const char *s = pattern; *s; s++) {
		if (*s == '*')
			buf_str(out, star_of(pattern));
		else
			buf_char(out, *s);
	}
}

static const struct api_doc *doc_of(const struct route *r)
{
	for (const struct api_doc *d = api_docs; d->method; d++)
		if (strcmp(d->method, r->method) == 0 && strcmp(d->pattern, r->pattern) == 0)
			return d;
	return NULL;
}

static void openapi_operation(struct jw *w, const struct route *r, struct arena *mem)
{
	const struct api_doc *d = doc_of(r);
	char *method = arena_strdup(mem, r->method);
	for (char *c = method; *c; c++)
		*c = (char)(*c | 32);
	BUF_SCOPE path = BUF_INIT;
	openapi_path(&path, r->pattern);
	j_obj(w, buf_cstr(&path));
	j_raw(w, method, arena_printf(mem, "{\"summary\":\"%s\",%s}", r->doc, d ? d->json : "\"responses\":{}"));
	j_end(w);
}

/* The rows of one schema; the first of the next. */
static const struct api_schema *openapi_schema(struct buf *out, const struct api_schema *s)
{
	const struct api_schema *end = s;
	const char *name = s->object ? s->object : "";
	struct jw w = jw_of(out);
	while (end->object && strcmp(end->object, name) == 0)
		end++;
	buf_str(out, ",\"");
	buf_str(out, name);
	buf_str(out, "\":");
	j_obj(&w, NULL);
	j_str(&w, "type", "object");
	j_bool(&w, "additionalProperties", false);
	j_arr(&w, "required");
	for (const struct api_schema *p = s; p < end; p++)
		if (*p->property != '?')
			j_str(&w, NULL, p->property);
	j_end(&w);
	j_obj(&w, "properties");
	for (const struct api_schema *p = s; p < end; p++)
		j_raw(&w, p->property + (*p->property == '?'), p->json);
	j_end(&w);
	j_end(&w);
	return end;
}

static const char *openapi_components(struct arena *mem)
{
	BUF_SCOPE b = BUF_INIT;
	buf_printf(
		&b,
		"{\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"A token "
		"that a "
		"contact made on the page of its notices, or that we gave to a "
		"partner.\"}},\"responses\":{\"Problem\":{"
		"\"description\":\"What was wrong (RFC 9457), in the language of Accept-Language: en, "
		"zh-TW\",\"headers\":{\"Content-Language\":{\"schema\":{\"type\":\"string\",\"enum\":[\"en\",\"zh-TW\"]"
		"}}},\"content\":{\"application/problem+json\":{\"schema\":{"
		"\"$ref\":\"#/components/schemas/Problem\"}}}}},\"schemas\":{%s",
		api_schemas);
	for (const struct api_schema *s = api_party_schemas; s->object;)
		s = openapi_schema(&b, s);
	buf_str(&b, "}}");
	return arena_strdup(mem, buf_cstr(&b));
}

void api_get_openapi(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct jw w = jw_of(http_out(h));
	j_obj(&w, NULL);
	j_str(&w, "openapi", "3.1.0");
	j_raw(&w, "info",
	      "{\"title\":\"nicert\",\"version\":\"" NICERT_VERSION
	      "\",\"description\":\"Report trouble on the network, follow a case, and ask who "
	      "is responsible.\"}");
	j_arr(&w, "servers");
	j_obj(&w, NULL);
	j_str(&w, "url", front_base(front_app(h)->cfg, mem));
	j_end(&w);
	j_end(&w);
	j_obj(&w, "paths");
	for (const struct route *r = api_routes; r->method; r++)
		openapi_operation(&w, r, mem);
	j_end(&w);
	j_raw(&w, "components", openapi_components(mem));
	j_end(&w);
	http_type(h, "application/json");
	http_set_header(h, "Cache-Control", "public, max-age=300");
	http_set_header(h, "Access-Control-Allow-Origin", "*");
}

/* ── health and counters ── */

void api_get_health(struct http *h)
{
	int64_t size;
	bool well = journal_head(http_req(h), &size) == ST_OK;
	http_status(h, well ? 200 : 503);
	http_type(h, "text/plain; charset=utf-8");
	http_set_header(h, "Cache-Control", "no-store");
	buf_str(http_out(h), well ? "ok\n" : "the database does not answer\n");
}

static void metric(struct buf *out, const char *name, const char *type, const char *help, int64_t value)
{
	buf_printf(out, "# HELP nicert_%s %s\n# TYPE nicert_%s %s\nnicert_%s %lld\n", name, help, name, type, name,
		   (long long)value);
}

void api_get_metrics(struct http *h)
{
	struct front_app *app = front_app(h);
	struct buf *out = http_out(h);
	struct queue_counts q = { 0 };
	http_type(h, "text/plain; version=0.0.4; charset=utf-8");
	http_set_header(h, "Cache-Control", "no-store");
	buf_str(out, "# HELP nicert_build_info The program's version.\n# TYPE nicert_build_info gauge\n"
		     "nicert_build_info{version=\"" NICERT_VERSION "\"} 1\n");
	http_act_as(h, &actor_clock); /* counts alone: nobody can be told from them */
	if (desk_queue_counts(http_req(h), &q) == ST_OK) {
		metric(out, "cases_open", "gauge", "Open cases.", q.open);
		metric(out, "cases_waiting_us", "gauge", "Open cases in which it is our turn.", q.waiting_us);
		metric(out, "notices_waiting", "gauge", "Notices that wait for approval.", q.notices);
	}
	if (app->metrics)
		app->metrics(app, http_req(h), out);
}

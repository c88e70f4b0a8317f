/* api_report.c — POST /api/v1/reports. */
#include <string.h>
#include "base/phrase.h"
#include "base/text.h"
#include "desk/desk_peer.h"
#include "front/api/api.h"

struct filing {
	struct report report;
	struct desk_file_arg arg;
	struct api_faults faults;
};

/* ── reading the body: one function a member ── */

static void read_description(struct http *h, struct filing *f, const struct json *v)
{
	const char *s = json_str(v);
	if (s)
		f->report.description = arena_strdup(http_req(h)->mem, s);
	else
		api_fault(&f->faults, "/description", N_("must be a string"));
}

static void read_observables(struct http *h, struct filing *f, const struct json *v)
{
	struct report *r = &f->report;
	struct arena *mem = http_req(h)->mem;
	if (!json_is_array(v) || json_count(v) > OBS_MAX) {
		api_fault(&f->faults, "/observables", N_("must be an array of at most 200 strings"));
		return;
	}
	for (int i = 0; i < json_count(v); i++) {
		const char *s = json_str(json_at(v, i));
		struct err e = { 0 };
		if (!s)
			api_fault(&f->faults, arena_printf(mem, "/observables/%d", i), N_("must be a string"));
		else if (obs_parse(mem, s, &r->obs[r->nobs], &e))
			api_fault(&f->faults, arena_printf(mem, "/observables/%d", i), err_say(mem, http_lang(h), &e));
		else
			r->nobs++;
	}
}

static void read_email(struct http *h, struct filing *f, const struct json *v)
{
	const char *s = json_str(v);
	if (s && text_email_ok(s))
		f->report.email = arena_strdup(http_req(h)->mem, s);
	else if (!json_is_null(v))
		api_fault(&f->faults, "/email", N_("must be an e-mail address"));
}

/* Any language: who reads none of ours gets English. */
static void read_language(struct http *h, struct filing *f, const struct json *v)
{
	const char *tag = json_str(v);
	if (tag && lang_tag_ok(tag))
		f->report.lang = lang_of(tag);
	else if (!json_is_null(v))
		api_fault(&f->faults, "/language", N_("must be a language tag, for example \"en\" or \"zh-TW\""));
}

/* One look-up; the list of all only for the message. */
static void read_class(struct http *h, struct filing *f, const struct json *v)
{
	struct req *rq = http_req(h);
	bool known = false;
	const char *id = json_str(v);
	if (json_is_null(v) || (id && desk_class_known(rq, id, &known)))
		return;
	if (known) {
		f->report.class_id = arena_strdup(rq->mem, id);
		return;
	}
	struct desk_class *list = arena_array(rq->mem, struct desk_class, CLASSES_MAX);
	int n = 0;
	BUF_SCOPE all = BUF_INIT;
	if (desk_classes_all(rq, list, CLASSES_MAX, &n))
		return;
	for (int i = 0; i < n; i++)
		buf_printf(&all, "%s%s", i ? ", " : "", list[i].id);
	api_fault(&f->faults, "/class",
		  arena_printf(rq->mem, tr(http_lang(h), N_("must be one of %s")), buf_cstr(&all)));
}

static void read_switch(struct filing *f, const char *pointer, const struct json *v, bool *out)
{
	if (json_is_bool(v))
		*out = json_true(v);
	else
		api_fault(&f->faults, pointer, N_("must be true or false"));
}

static void read_tlp(struct http *h, struct filing *f, const struct json *v)
{
	enum tlp label;
	const char *s = json_str(v);
	if (s && tlp_parse(s, &label))
		f->report.tlp = arena_strdup(http_req(h)->mem, s);
	else if (!json_is_null(v))
		api_fault(&f->faults, "/tlp",
			  N_("must be one of TLP:CLEAR, TLP:GREEN, TLP:AMBER, TLP:AMBER+STRICT, TLP:RED"));
}

static void read_record_only(struct http *h, struct filing *f, const struct json *v)
{
	(void)h;
	read_switch(f, "/record_only", v, &f->report.record_only);
}

static void read_share_words(struct http *h, struct filing *f, const struct json *v)
{
	(void)h;
	read_switch(f, "/share_words", v, &f->report.share_words);
}

static const struct member {
	const char *name;
	void (*read)(struct http *h, struct filing *f, const struct json *v);
} members[] = {
	{ "description", read_description },
	{ "observables", read_observables },
	{ "email", read_email },
	{ "language", read_language },
	{ "class", read_class },
	{ "tlp", read_tlp },
	{ "record_only", read_record_only },
	{ "share_words", read_share_words },
};

static const struct member *member_of(const char *name)
{
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (strcmp(members[i].name, name) == 0)
			return &members[i];
	return NULL;
}

static void read_body(struct http *h, struct filing *f, const struct json *body)
{
	for (int i = 0; i < json_count(body); i++) {
		const struct json *v = json_at(body, i);
		const struct member *m = member_of(json_key(v));
		if (m)
			m->read(h, f, v);
		else
			api_fault(&f->faults, api_pointer(http_req(h)->mem, json_key(v)),
				  N_("is not a member of a report"));
	}
	if ((!f->report.description || !*f->report.description) && f->report.nobs == 0 && f->faults.n == 0)
		api_fault(&f->faults, "", N_("needs a description or observables"));
}

/* A retry is told by its key; the same key from another address, or another partner, is another client's. */
static bool read_key(struct http *h, struct filing *f)
{
	struct arena *mem = http_req(h)->mem;
	const char *key;
	char client[ADDR_TEXT], hex[65];
	if (!api_key(h, &key))
		return false;
	if (!key)
		return true;
	char *scoped = f->report.partner ? arena_printf(mem, "partner %lld %s", (long long)f->report.partner, key)
					 : arena_printf(mem, "%s %s", addr_text(http_client(h), client), key);
	struct hash digest = hash_of(scoped, strlen(scoped));
	f->report.idempotency = arena_printf(mem, "api:%s", hash_hex(&digest, hex));
	return true;
}

/* ── answering ── */

static void answer(struct http *h, const struct filing *f)
{
	struct arena *mem = http_req(h)->mem;
	const struct filed *out = &f->arg.out;
	const struct report *r = &f->report;
	const char *base = front_base(front_app(h)->cfg, mem);
	struct jw w = jw_of(http_out(h));
	j_obj(&w, NULL);
	j_str(&w, "case", out->number);
	j_str(&w, "url", arena_printf(mem, "%s/case/%s", base, out->token));
	j_str(&w, "token", out->token);
	j_str(&w, "receipt_url",
	      arena_printf(mem, "%s/api/v1/cases/%s/receipt?token=%s", base, out->number, out->token));
	j_arr(&w, "observables");
	for (int i = 0; i < r->nobs; i++) {
		j_obj(&w, NULL);
		j_str(&w, "value", r->obs[i].value);
		j_str(&w, "kind", obs_kind_name(r->obs[i].kind));
		j_bool(&w, "attributed", r->attributed[i].responsible);
		j_end(&w);
	}
	j_end(&w);
	j_end(&w);
	http_status(h, 201);
	http_type(h, "application/json");
	http_set_header(h, "Cache-Control", "no-store");
	http_set_header(h, "Location", arena_printf(mem, "%s/api/v1/cases/%s?token=%s", base, out->number, out->token));
}

static bool is_member(const char *name)
{
	return member_of(name) != NULL;
}

static void filed(struct http *h, void *arg, const struct err *outcome)
{
	struct filing *f = arg;
	if (outcome->code == ST_OK)
		answer(h, f);
	else if (outcome->code == ST_INVALID)
		api_explain(h, outcome, is_member, N_("the report has a mistake"));
	else
		http_fail_err(h, outcome);
}

static enum st file_write(struct req *rq, void *arg)
{
	struct filing *f = arg;
	return desk_report_write(rq, &f->arg);
}

/* Whose report it is: a partner's by its token, anybody's without one. A token that opens nothing is no anonymous
 * report. */
static bool come_in(struct http *h, struct filing *f)
{
	struct req *rq = http_req(h);
	const char *token = api_bearer(h);
	struct peer p;
	if (!token)
		return api_may_send(h);
	if (desk_peer_open(rq, token, &p)) {
		if (rq->err.code == ST_NOTFOUND)
			api_unknown(h);
		else
			http_fail_err(h, &rq->err);
		return false;
	}
	f->report.source = SOURCE_PARTNER;
	f->report.partner = p.p.id;
	return api_come_in(h,
			   &(struct api_program){ p.token, p.used_at, arena_printf(rq->mem, "peer:%s", p.p.handle) });
}

void api_post_report(struct http *h)
{
	struct req *rq = http_req(h);
	struct filing *f = arena_new_of(rq->mem, struct filing);
	struct blob raw = http_body(h);
	struct err e = { 0 };
	f->report = (struct report){ .lang = http_lang(h), .source = SOURCE_API };
	f->arg.report = &f->report;
	if (!come_in(h, f))
		return;
	const struct json *body = json_parse(rq->mem, raw.p ? raw.p : "", raw.n, &e);
	if (!body || !json_is_object(body)) {
		api_problem(h, 400, body ? N_("the body must be a JSON object") : err_say(rq->mem, http_lang(h), &e),
			    NULL);
		return;
	}
	if (!read_key(h, f))
		return;
	read_body(h, f, body);
	if (f->faults.n > 0)
		api_problem(h, 422, N_("the report has mistakes"), &f->faults);
	else if (desk_report_prepare(rq, &f->report))
		filed(h, f, &rq->err);
	else
		http_write(h, file_write, f, filed);
}

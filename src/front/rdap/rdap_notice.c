/* What is said around the objects: conformance, notices, help, errors, results of searches. */
#include <string.h>
#include "front/rdap/rdap_int.h"

void rdap_link(struct jw *w, const char *value, const char *rel, const char *href, const char *type)
{
	j_obj(w, NULL);
	j_str(w, "value", value);
	j_str(w, "rel", rel);
	j_str(w, "href", href);
	j_str(w, "type", type);
	j_end(w);
}

void rdap_conformance(struct jw *w, unsigned what)
{
	static const struct {
		unsigned bit;
		const char *name;
	} rows[] = {
		{ CONFORMS_REDACTED, "redacted" },	{ CONFORMS_CIDR, "cidr0" },
		{ CONFORMS_ORIGIN, "arin_originas0" },	{ CONFORMS_PAGING, "paging" },
		{ CONFORMS_SORTING, "sorting" },	{ CONFORMS_SUBSET, "subsetting" },
		{ CONFORMS_REVERSE, "reverse_search" },
	};
	j_arr(w, "rdapConformance");
	j_str(w, NULL, "rdap_level_0");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (what & rows[i].bit)
			j_str(w, NULL, rows[i].name);
	j_end(w);
}

unsigned rdap_conforms(const struct look *l)
{
	const struct look_ip *ip = l->kind == LOOK_IP ? &l->ip : l->kind == LOOK_DOMAIN ? l->domain.network : NULL;
	return (look_hidden(l) ? CONFORMS_REDACTED : 0) | (ip ? CONFORMS_CIDR : 0) |
	       (ip && ip->origin_name ? CONFORMS_ORIGIN : 0);
}

/* ── notices ── */

/* Said where `nicert lookup notice` has set none of that kind. */
static const struct {
	const char *kind, *title[LANG_COUNT], *body[LANG_COUNT], *path;
} built_in[] = {
	{ "terms",
	  { "Terms of Use", "使用條款" },
	  { "These data are for finding out who is responsible for a name, an address or an AS number. They may not be "
	    "collected in bulk or used for advertising.",
	    "本資料供查詢網域名稱、位址或自治系統號碼之負責單位，不得大量蒐集或用於廣告。" },
	  "/" },
	{ "status",
	  { "Status Codes", "狀態碼" },
	  { "For more information on domain status codes, please visit https://icann.org/epp",
	    "網域狀態碼之說明請見 https://icann.org/epp" },
	  NULL },
	{ "report",
	  { "Report a problem with this object", "回報問題" },
	  { "Abuse, or data that are wrong: tell us, and we find who is responsible.",
	    "濫用情事或資料有誤，請告知我們，我們會找到負責單位。" },
	  "/report" },
};

static bool is_set(const struct rdap_view *v, const char *kind)
{
	for (int i = 0; i < v->nnotices; i++)
		if (!strcmp(v->notice[i].kind, kind))
			return true;
	return false;
}

static void notice(struct jw *w, const struct rdap_view *v, const char *title, const char *text, const char *href)
{
	j_obj(w, NULL);
	j_str(w, "title", title);
	j_arr(w, "description");
	j_str(w, NULL, text);
	j_end(w);
	if (href && *href) {
		j_arr(w, "links");
		rdap_link(w, arena_printf(v->mem, "%s/rdap/help", v->base), "related", href, "text/html");
		j_end(w);
	}
	j_end(w);
}

static void all_notices(struct jw *w, const struct rdap_view *v)
{
	for (int i = 0; i < v->nnotices; i++)
		notice(w, v, v->notice[i].title, v->notice[i].body, v->notice[i].link);
	for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++)
		if (!is_set(v, built_in[i].kind))
			notice(w, v, built_in[i].title[v->lang], built_in[i].body[v->lang],
			       built_in[i].path ? arena_printf(v->mem, "%s%s", v->base, built_in[i].path)
						: "https://icann.org/epp");
}

void rdap_notices_text(struct buf *out, const struct rdap_view *v)
{
	struct jw w = jw_of(out);
	j_arr(&w, NULL);
	all_notices(&w, v);
	j_end(&w);
}

/* RFC 9083 §10.2.1: what a result lacks. */
static const char *search_policy(const struct rdap_view *v, const char *const *lacks)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "title", tr(v->lang, N_("Search Policy")));
	j_str(&w, "type", "result set truncated due to unexplainable reasons");
	j_arr(&w, "description");
	for (; *lacks; lacks++)
		j_str(&w, NULL, *lacks);
	j_end(&w);
	j_end(&w);
	return arena_strdup(v->mem, buf_cstr(&b));
}

void rdap_notices(struct jw *w, const struct rdap_view *v, const char *const *lacks)
{
	BUF_SCOPE text = BUF_INIT;
	if (!v->notices)
		rdap_notices_text(&text, v);
	const char *all = v->notices ? v->notices : buf_cstr(&text);
	if (lacks && *lacks) /* into the list, before its end */
		all = arena_printf(v->mem, "%.*s,%s]", (int)strlen(all) - 1, all, search_policy(v, lacks));
	j_raw(w, "notices", all);
}

void rdap_render_error(struct buf *out, const struct rdap_view *v, int code, const char *title, const char *why)
{
	struct jw w = jw_of(out);
	j_obj(&w, NULL);
	rdap_conformance(&w, 0);
	j_str(&w, "lang", lang_tag(v->lang));
	j_int(&w, "errorCode", code);
	j_str(&w, "title", tr(v->lang, title));
	j_arr(&w, "description");
	if (why && *why)
		j_str(&w, NULL, why);
	j_end(&w);
	rdap_notices(&w, v, NULL);
	j_end(&w);
}

/* ── results of a search ── */

static const char *const result_names[] = { "domainSearchResults", "nameserverSearchResults", "entitySearchResults" };

static void paging(struct jw *w, const struct rdap_results *r)
{
	j_obj(w, "paging_metadata");
	if (r->total >= 0)
		j_int(w, "totalCount", r->total);
	j_int(w, "pageSize", r->n);
	if (r->next) {
		j_arr(w, "links");
		rdap_link(w, r->self, "next", r->next, RDAP_TYPE);
		j_end(w);
	}
	j_end(w);
}

static void sorting(struct jw *w, const struct rdap_view *v, const struct rdap_results *r)
{
	bool first = true;
	j_obj(w, "sorting_metadata");
	if (r->sort)
		j_str(w, "currentSort", r->sort);
	j_arr(w, "availableSorts");
	for (int i = 0; i < look_sorts_count; i++) {
		const struct look_sort *s = &look_sorts[i];
		if (s->kind != r->kind || s->least > r->level)
			continue;
		j_obj(w, NULL);
		j_str(w, "property", s->name);
		j_str(w, "jsonPath", arena_printf(v->mem, "$.%s[*].%s", result_names[r->kind], s->path));
		j_bool(w, "default", first);
		j_end(w);
		first = false;
	}
	j_end(w);
	j_end(w);
}

/* RFC 9536 §5: where a result shows what was asked for. */
static const struct {
	const char *property, *path;
} reverse_rows[] = {
	{ "fn", "entities[*].vcardArray[1][?(@[0]=='fn')][3]" },
	{ "handle", "entities[*].handle" },
	{ "email", "entities[*].vcardArray[1][?(@[0]=='email')][3]" },
	{ "role", "entities[*].roles" },
};

static void mapping(struct jw *w, const struct rdap_view *v, const struct rdap_results *r)
{
	j_arr(w, "reverse_search_properties_mapping");
	for (size_t i = 0; i < sizeof reverse_rows / sizeof *reverse_rows; i++) {
		const char *name = reverse_rows[i].property;
		if (strcmp(name, r->property) != 0 && !(r->role && !strcmp(name, "role")))
			continue;
		j_obj(w, NULL);
		j_str(w, "property", name);
		j_str(w, "propertyPath",
		      arena_printf(v->mem, "$.%s[*].%s", result_names[r->kind], reverse_rows[i].path));
		j_end(w);
	}
	j_end(w);
}

/* RFC 9536 §4: what there is. */
static void reverse_properties(struct jw *w)
{
	static const struct {
		const char *kind, *property;
	} rows[] = {
		{ "domains", "fn" },   { "domains", "handle" },	    { "domains", "email" },
		{ "domains", "role" }, { "nameservers", "handle" },
	};
	j_arr(w, "reverse_search_properties");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		j_obj(w, NULL);
		j_str(w, "searchableResourceType", rows[i].kind);
		j_str(w, "relatedResourceType", "entity");
		j_str(w, "property", rows[i].property);
		j_end(w);
	}
	j_end(w);
}

static void subsetting(struct jw *w, const struct rdap_view *v)
{
	static const char *const names[] = { "full", "brief", "id" };
	j_obj(w, "subsetting_metadata");
	j_str(w, "currentFieldSet", names[v->set]);
	j_arr(w, "availableFieldSets");
	for (int i = 0; i < 3; i++) {
		j_obj(w, NULL);
		j_str(w, "name", names[i]);
		j_bool(w, "default", i == 0);
		j_end(w);
	}
	j_end(w);
	j_end(w);
}

void rdap_render_results(struct buf *out, const struct rdap_view *v, const struct rdap_results *r)
{
	struct jw w = jw_of(out);
	unsigned conforms = CONFORMS_PAGING | CONFORMS_SORTING | CONFORMS_SUBSET | (r->property ? CONFORMS_REVERSE : 0);
	for (int i = 0; i < r->n; i++)
		conforms |= v->set == SET_ID ? 0 : rdap_conforms(r->found[i]);
	j_obj(&w, NULL);
	rdap_conformance(&w, conforms);
	j_arr(&w, result_names[r->kind]);
	for (int i = 0; i < r->n; i++)
		rdap_object(&w, v, r->found[i], NULL, arena_printf(v->mem, "$.%s[%d]", result_names[r->kind], i));
	j_end(&w);
	if (r->property)
		mapping(&w, v, r);
	paging(&w, r);
	sorting(&w, v, r);
	subsetting(&w, v);
	j_str(&w, "lang", lang_tag(v->lang));
	rdap_notices(&w, v, r->lacks);
	j_end(&w);
}

void rdap_render_help(struct buf *out, const struct rdap_view *v)
{
	struct jw w = jw_of(out);
	j_obj(&w, NULL);
	rdap_conformance(&w, CONFORMS_ALL);
	reverse_properties(&w);
	j_str(&w, "lang", lang_tag(v->lang));
	rdap_notices(&w, v, NULL);
	j_end(&w);
}

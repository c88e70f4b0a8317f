/* Machine forms of a share: CSV (RFC 4180) and XARF 4. Nothing is made up: a type of XARF whose required members we don't
 * know is not used; what is left is a line of threat intelligence with our own class in it. */
#include <string.h>
#include "base/csv.h"
#include "desk/desk_share_int.h"
#include "intel/observable.h"

void share_csv_head(const char *const *more, int nmore, struct buf *out)
{
	buf_str(out, "case,tlp,class,rsit,time,kind,value,within,country");
	for (int i = 0; i < nmore; i++)
		buf_printf(out, ",%s", more[i]);
	buf_str(out, "\r\n");
}

void share_csv_line(struct arena *mem, const struct share_matter *m, const struct case_obs *o, const char *const *more,
		    int nmore, struct buf *out)
{
	const char *cell[] = { m->number, tlp_name(m->tlp), m->class_id, m->rsit,   time_iso(mem, m->at),
			       o->kind,	  o->value,	    o->matched,	 o->country };
	int cells = sizeof cell / sizeof *cell;
	for (int k = 0; k < cells; k++)
		csv_cell(out, cell[k], !nmore && k == cells - 1);
	for (int k = 0; k < nmore; k++)
		csv_cell(out, more[k], k == nmore - 1);
}

void share_csv(struct arena *mem, const struct share_matter *m, const struct case_obs *obs, int n, struct buf *out)
{
	share_csv_head(NULL, 0, out);
	for (int i = 0; i < n; i++)
		share_csv_line(mem, m, &obs[i], NULL, 0, out);
}

/* ── XARF 4 ── */

/* Class of ours and kind of observable ("" any) → category and type, and the one member beyond the common ones that it
 * requires. The first row that fits. */
static const struct {
	const char *class_id, *kind, *category, *type, *member, *value; /* value NULL: the observable */
} forms[] = {
	{ "phishing", "url", "content", "phishing", "url", NULL },
	{ "phishing-domain", "url", "content", "phishing", "url", NULL },
	{ "registered-abuse", "url", "content", "phishing", "url", NULL },
	{ "malware", "url", "content", "malware", "url", NULL },
	{ "compromised", "", "infrastructure", "compromised_server", "compromise_method", "unknown" },
	{ "c2", "", "infrastructure", "botnet", "compromise_evidence", "reported as a control server" },
};

static void put_contact(struct arena *mem, struct jw *w, const char *key)
{
	const struct desk_site *site = desk_the_site();
	const char *mail = NULL, *host = site->own_host ? site->own_host : "localhost";
	for (int i = 0; i < 3 && !mail; i++)
		mail = site->own_mail[i] && text_email_ok(site->own_mail[i]) ? site->own_mail[i] : NULL;
	j_obj(w, key);
	j_str(w, "org", site->name && *site->name ? site->name : host);
	j_str(w, "contact", mail ? mail : arena_printf(mem, "cert@%s", host));
	j_str(w, "domain", host);
	j_end(w);
}

/* RFC 9562 version 4 in form; the same report has the same name each time it is written. */
static char *report_id(struct arena *mem, const struct share_matter *m, const struct case_obs *o)
{
	char hex[65], *text = arena_printf(mem, "xarf %lld %lld", (long long)m->share, (long long)o->id);
	struct hash h = hash_mac(desk_the_site()->token_key, HASH_LEN, text, strlen(text));
	h.b[6] = (uint8_t)((h.b[6] & 0x0f) | 0x40);
	h.b[8] = (uint8_t)((h.b[8] & 0x3f) | 0x80);
	hash_hex(&h, hex);
	return arena_printf(mem, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

static void put_kind(struct jw *w, const struct share_matter *m, const struct case_obs *o)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (strcmp(forms[i].class_id, m->class_id) != 0 ||
		    (*forms[i].kind && strcmp(forms[i].kind, o->kind) != 0))
			continue;
		j_str(w, "category", forms[i].category);
		j_str(w, "type", forms[i].type);
		j_str(w, forms[i].member, forms[i].value ? forms[i].value : o->value);
		return;
	}
	j_str(w, "category", "reputation");
	j_str(w, "type", "threat_intelligence");
	j_str(w, "threat_type", m->rsit);
}

/* A page's source is its host; everything else is its own. */
static const char *source_of(struct arena *mem, const struct case_obs *o)
{
	struct observable x;
	struct err quiet = { 0 };
	if (strcmp(o->kind, "url") == 0 && obs_parse(mem, o->value, &x, &quiet) == ST_OK && x.host)
		return x.host;
	return o->value;
}

void share_xarf_put(struct arena *mem, struct jw *w, const struct share_matter *m, const struct case_obs *o)
{
	j_obj(w, NULL);
	j_str(w, "xarf_version", "4.0.0");
	j_str(w, "report_id", report_id(mem, m, o));
	j_time(w, "timestamp", m->at);
	put_contact(mem, w, "reporter");
	put_contact(mem, w, "sender");
	j_str(w, "source_identifier", source_of(mem, o));
	put_kind(w, m, o);
	j_str(w, "evidence_source", "user_report");
	j_str(w, "description",
	      m->text && *m->text
		      ? arena_printf(mem, "%s: %.*s", m->number, (int)utf8_cut(m->text, strlen(m->text), 900), m->text)
		      : m->number);
	j_arr(w, "tags");
	j_str(w, NULL, arena_printf(mem, "tlp:%s", tlp_id(m->tlp)));
	j_str(w, NULL, arena_printf(mem, "case:%s", text_lower(mem, m->number)));
	j_end(w);
	j_end(w);
}

void share_xarf(struct arena *mem, const struct share_matter *m, const struct case_obs *o, struct buf *out)
{
	struct jw w = jw_of(out);
	share_xarf_put(mem, &w, m, o);
}

void share_xarf_all(struct arena *mem, const struct share_matter *m, const struct case_obs *obs, int n, struct buf *out)
{
	struct jw w = jw_of(out);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++)
		share_xarf_put(mem, &w, m, &obs[i]);
	j_end(&w);
}

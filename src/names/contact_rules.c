/* What RFC 5733 asks of a contact's values (§4, its schema) and what the registry asks beside it. Pure but for the
 * outcome: which element and value were wrong. */
#include <string.h>
#include "base/text.h"
#include "names/contact_int.h"

/* One line of text, min–max characters (XML Schema counts characters, not bytes). */
static bool line_ok(const char *s, size_t min, size_t max)
{
	size_t chars = 0, n = strlen(s);
	for (size_t i = 0; i < n; i++)
		chars += ((unsigned char)s[i] & 0xc0) != 0x80;
	return chars >= min && chars <= max && text_clean(s, n) && !strpbrk(s, "\r\n\t");
}

/* clIDType: a token of 3 to 16 characters; of these we take visible ASCII, so that a handle can be typed and shown. */
bool contact_handle_ok(const char *s)
{
	size_t n = strlen(s);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= 0x20 || (unsigned char)s[i] >= 0x7f)
			return false;
	return n >= 3 && n <= 16;
}

/* e164StringType: (\+[0-9]{1,3}\.[0-9]{1,14})?, at most 17 characters. */
static bool phone_ok(const char *s)
{
	size_t country = s[0] == '+' ? strspn(s + 1, "0123456789") : 0;
	if (country < 1 || country > 3 || s[1 + country] != '.' || strlen(s) > 17)
		return false;
	const char *rest = s + 2 + country;
	size_t n = strspn(rest, "0123456789");
	return n >= 1 && n <= 14 && !rest[n];
}

/* The codes that ISO 3166-1 assigns. */
static const char countries[] =
	"AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR "
	"BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ "
	"EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW "
	"GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY "
	"KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV "
	"MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY "
	"QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG "
	"TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM "
	"ZW ";

static bool country_ok(const char *s)
{
	for (const char *p = countries; *p; p += 3)
		if (p[0] == s[0] && p[1] == s[1])
			return !s[2];
	return false;
}

/* One row a text of the postal form. */
static const struct {
	const char *element;
	size_t offset, min, max;
} lines[] = {
	{ "name", offsetof(struct postal_info, name), 1, 255 },
	{ "org", offsetof(struct postal_info, org), 0, 255 },
	{ "street", offsetof(struct postal_info, street[0]), 0, 255 },
	{ "street", offsetof(struct postal_info, street[1]), 0, 255 },
	{ "street", offsetof(struct postal_info, street[2]), 0, 255 },
	{ "city", offsetof(struct postal_info, city), 1, 255 },
	{ "sp", offsetof(struct postal_info, sp), 0, 255 },
	{ "pc", offsetof(struct postal_info, pc), 0, 16 },
};

static enum st postal_ok(struct req *rq, const struct postal_info *p, enum postal type, struct outcome *why)
{
	const char *kind = type == POSTAL_INT ? "int" : "loc";
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const char *s = *(char *const *)((const char *)p + lines[i].offset), *el = lines[i].element;
		if (!s && lines[i].min)
			return refuse(rq, why, R_PARAM_MISSING, el, "", N_("the %s postal form needs a %s"), kind, el);
		if (s && !line_ok(s, lines[i].min, lines[i].max))
			return refuse(rq, why, R_PARAM_SYNTAX, el, s, N_("%s: %d to %d characters on one line"), el,
				      (int)lines[i].min, (int)lines[i].max);
		/* RFC 5733 §2.4: the internationalised form is for everybody to read. */
		if (s && type == POSTAL_INT && !text_ascii(s, strlen(s)))
			return refuse(rq, why, R_PARAM_SYNTAX, el, s, N_("%s: the int form is written in ASCII"), el);
	}
	if (!p->cc || !*p->cc)
		return refuse(rq, why, R_PARAM_MISSING, "cc", "", N_("the %s postal form needs a country code"), kind);
	if (!country_ok(p->cc))
		return refuse(rq, why, R_PARAM_SYNTAX, "cc", p->cc,
			      N_("cc: the two capital letters of a country (ISO 3166-1)"));
	return ST_OK;
}

static enum st phones_ok(struct req *rq, const struct contact_object *c, struct outcome *why)
{
	const struct {
		const char *element, *number, *x;
	} phone[] = { { "voice", c->voice, c->voice_x }, { "fax", c->fax, c->fax_x } };
	for (int i = 0; i < 2; i++) {
		if (phone[i].number && !phone_ok(phone[i].number))
			return refuse(rq, why, R_PARAM_SYNTAX, phone[i].element, phone[i].number,
				      N_("%s: +country.number (RFC 5733 e164)"), phone[i].element);
		if (phone[i].x && (!line_ok(phone[i].x, 1, 32) || !phone[i].number))
			return refuse(rq, why, R_PARAM_SYNTAX, phone[i].element, phone[i].x,
				      N_("%s: an extension goes with a number"), phone[i].element);
	}
	return ST_OK;
}

enum st contact_ok(struct req *rq, const struct contact_object *c, struct outcome *why)
{
	if (!c->handle || !contact_handle_ok(c->handle))
		return refuse(rq, why, R_PARAM_SYNTAX, "id", c->handle, N_("id: 3 to 16 visible ASCII characters"));
	if (!c->postal[POSTAL_INT].there && !c->postal[POSTAL_LOC].there)
		return refuse(rq, why, R_PARAM_MISSING, "postalInfo", "",
			      N_("a contact needs one postal form at least"));
	for (int p = 0; p < POSTALS; p++)
		if (c->postal[p].there && postal_ok(rq, &c->postal[p], (enum postal)p, why))
			return rq->err.code;
	if (phones_ok(rq, c, why))
		return rq->err.code;
	if (!c->email || !*c->email)
		return refuse(rq, why, R_PARAM_MISSING, "email", "", N_("a contact needs an e-mail address"));
	if (!text_email_ok(c->email))
		return refuse(rq, why, R_PARAM_SYNTAX, "email", c->email, N_("email: not an address (RFC 5321)"));
	return ST_OK;
}

enum st authinfo_ok(struct req *rq, const char *given, struct outcome *why)
{
	if (given && !line_ok(given, 0, 255))
		return refuse(rq, why, R_PARAM_SYNTAX, "authInfo", "", "authInfo: at most 255 characters on one line");
	return ST_OK;
}

/* ── as JSON ── */

void common_json(struct jw *w, const struct common *c)
{
	j_str(w, "roid", c->roid);
	j_str(w, "sponsor", c->sponsor);
	j_str(w, "creator", c->creator);
	j_time(w, "created_at", c->created_at);
	if (c->updated_at) {
		j_str(w, "updater", c->updater);
		j_time(w, "updated_at", c->updated_at);
	}
	if (c->transferred_at)
		j_time(w, "transferred_at", c->transferred_at);
	statuses_json(w, "status", c->status);
}

static void text_member(struct jw *w, const char *key, const char *s)
{
	if (s)
		j_str(w, key, s);
}

static void postal_json(struct jw *w, const char *key, const struct postal_info *p)
{
	j_obj(w, key);
	j_str(w, "name", p->name);
	text_member(w, "org", p->org);
	j_arr(w, "street");
	for (int i = 0; i < 3; i++)
		if (p->street[i])
			j_str(w, NULL, p->street[i]);
	j_end(w);
	text_member(w, "city", p->city);
	text_member(w, "sp", p->sp);
	text_member(w, "pc", p->pc);
	text_member(w, "cc", p->cc);
	j_end(w);
}

static void disclose_json(struct jw *w, const struct contact_object *c)
{
	static const char *const bit[DISCLOSE_BITS] = { "name int", "name loc", "org int", "org loc", "addr int",
							"addr loc", "voice",	"fax",	   "email" };
	j_obj(w, "disclose");
	j_bool(w, "flag", c->disclose_flag);
	j_arr(w, "elements");
	for (int i = 0; i < DISCLOSE_BITS; i++)
		if (c->disclose & 1u << i)
			j_str(w, NULL, bit[i]);
	j_end(w);
	j_end(w);
}

char *contact_json(struct arena *mem, const struct contact_object *c)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "id", c->handle);
	common_json(&w, &c->c);
	if (c->postal[POSTAL_INT].there)
		postal_json(&w, "int", &c->postal[POSTAL_INT]);
	if (c->postal[POSTAL_LOC].there)
		postal_json(&w, "loc", &c->postal[POSTAL_LOC]);
	text_member(&w, "voice", c->voice);
	text_member(&w, "voice_x", c->voice_x);
	text_member(&w, "fax", c->fax);
	text_member(&w, "fax_x", c->fax_x);
	j_str(&w, "email", c->email);
	j_bool(&w, "person", c->person);
	text_member(&w, "lang", c->lang);
	if (c->verified_at)
		j_time(&w, "verified_at", c->verified_at);
	if (c->disclose_set)
		disclose_json(&w, c);
	j_bool(&w, "authinfo", c->authinfo != NULL);
	j_end(&w);
	return arena_strdup(mem, buf_cstr(&b));
}

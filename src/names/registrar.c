/* Registrars: who may open a session, and on which certificates. Their prepaid credit is the ledger's account
 * "registrar:ID". A registrar is never removed, only disabled: objects and accounts keep naming it. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/lang.h"
#include "base/text.h"
#include "names/registry_int.h"
#include "store/memo.h"

#define COLUMNS "id, handle, name, email, lang, password, password_set_at, session_max, rate, disabled_at"

static struct registrar registrar_row(struct rows *r)
{
	return (struct registrar){ .id = rows_int(r, 0),
				   .handle = rows_dup(r, 1),
				   .name = rows_dup(r, 2),
				   .email = rows_dup(r, 3),
				   .lang = rows_dup(r, 4),
				   .password = rows_dup(r, 5),
				   .password_set_at = rows_int(r, 6),
				   .session_max = rows_int(r, 7),
				   .rate = rows_int(r, 8),
				   .disabled_at = rows_int(r, 9) };
}

enum st registrar_get(struct req *rq, const char *handle, struct registrar *out)
{
	static const char room[] = "registrar"; /* those of imported names are none of ours */
	struct rows r;
	bool found = true;
	if (!memo_get(rq, room, handle, &found, sizeof found)) {
		if (sql_query(rq, &r, "SELECT " COLUMNS " FROM registry_registrar WHERE handle = $1", V(handle)))
			return rq->err.code;
		if ((found = rows_next(&r)))
			*out = registrar_row(&r);
		if (rows_end(&r))
			return rq->err.code;
		if (!found)
			memo_put(rq, room, handle, &found, sizeof found);
	}
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("there is no registrar %.40s"), handle);
}

enum st registrar_list(struct req *rq, struct registrar *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r, "SELECT " COLUMNS " FROM registry_registrar ORDER BY handle LIMIT $1", V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = registrar_row(&r);
	return rows_end(&r);
}

/* ── changes: by the registry alone ── */

static enum st by_registry(struct req *rq)
{
	return registry_actor(rq) ? err_set(&rq->err, ST_DENIED, N_("only the registry changes registrars")) : ST_OK;
}

/* The password is not in it: when it was set is. */
static enum st keep(struct req *rq, const char *handle, const char *verb)
{
	struct registrar r;
	struct registrar_cert *cert = arena_array(rq->mem, struct registrar_cert, REGISTRAR_CERTS);
	int n = 0;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	if (registrar_get(rq, handle, &r))
		return rq->err.code;
	j_obj(&w, NULL);
	j_str(&w, "id", r.handle);
	j_str(&w, "name", r.name);
	j_str(&w, "email", r.email);
	j_str(&w, "lang", r.lang);
	j_time(&w, "password_set_at", r.password_set_at);
	j_int(&w, "session_max", r.session_max);
	j_int(&w, "rate", r.rate);
	j_time(&w, "disabled_at", r.disabled_at);
	if (registrar_certs(rq, handle, cert, REGISTRAR_CERTS, &n))
		return rq->err.code;
	j_arr(&w, "certificates");
	for (int i = 0; i < n; i++)
		j_str(&w, NULL, cert[i].fingerprint);
	j_end(&w);
	j_end(&w);
	return history_add(rq, "registrar", r.id, r.handle, verb, buf_cstr(&b));
}

/* The actor's id has room for it, and the command line and e-mail take it without quoting. */
static bool handle_ok(const char *s)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t n = strlen(s);
	return n >= 3 && n <= 16 && strspn(s, ok) == n && s[0] != '-';
}

static enum st registrar_ok(struct req *rq, const struct registrar *r)
{
	if (!handle_ok(r->handle))
		return err_set(&rq->err, ST_INVALID,
			       "registrar %.40s: 3 to 16 of a–z, A–Z, 0–9, '.', '_' and '-' (RFC 5730 clIDType)",
			       r->handle);
	size_t n = r->name ? strlen(r->name) : 0;
	if (!n || n > 255 || !text_clean(r->name, n) || strpbrk(r->name, "\r\n\t"))
		return err_set(&rq->err, ST_INVALID, "registrar %s: a name of 1 to 255 bytes on one line", r->handle);
	if (r->email && *r->email && !text_email_ok(r->email))
		return err_set(&rq->err, ST_INVALID, "registrar %s: %.100s is no e-mail address", r->handle, r->email);
	if (r->lang && !lang_tag_ok(r->lang))
		return err_set(&rq->err, ST_INVALID, "registrar %s: %.40s is no language tag, such as en or zh-TW",
			       r->handle, r->lang);
	if (r->session_max < 0 || r->rate < 0)
		return err_set(&rq->err, ST_INVALID, "registrar %s: limits are not negative", r->handle);
	return ST_OK;
}

enum st registrar_deposit(struct req *rq, const char *handle, int64_t amount, const char *note)
{
	int64_t tx;
	if (by_registry(rq))
		return rq->err.code;
	if (amount <= 0)
		return err_set(&rq->err, ST_INVALID, "registrar %.40s: a deposit is more than nothing", handle);
	return ledger_deposit(rq, arena_printf(rq->mem, "registrar:%s", handle), amount, note, &tx);
}

enum st registrar_add(struct req *rq, const struct registrar *r, int64_t credit, const char *currency)
{
	int64_t id, now = clock_now();
	if (by_registry(rq) || registrar_ok(rq, r))
		return rq->err.code;
	enum st st =
		sql_number(rq, &id,
			   "INSERT INTO registry_registrar(handle, name, email, lang, password, password_set_at,"
			   " session_max, rate, disabled_at, added_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)"
			   " ON CONFLICT(handle) DO NOTHING RETURNING id",
			   V(r->handle), V(r->name), V(r->email ? r->email : ""), V(r->lang ? r->lang : "en"),
			   V(r->password), V(r->password ? now : 0), V(r->session_max), V(r->rate), V(now));
	if (st == ST_NOTFOUND)
		return err_set(&rq->err, ST_CONFLICT, "there is already a registrar %s", r->handle);
	if (st || keep(rq, r->handle, "registrar-added") ||
	    ledger_account_add(rq, arena_printf(rq->mem, "registrar:%s", r->handle), currency, 0))
		return rq->err.code;
	return credit ? registrar_deposit(rq, r->handle, credit, "first deposit") : ST_OK;
}

enum st registrar_set(struct req *rq, const char *handle, const struct registrar_change *to)
{
	struct registrar r;
	if (by_registry(rq) || registrar_get(rq, handle, &r))
		return rq->err.code;
	if (to->low_balance != REGISTRAR_KEEP && registrar_low_balance_set(rq, handle, to->low_balance))
		return rq->err.code;
	if (!to->name && !to->email && !to->lang && to->session_max == REGISTRAR_KEEP && to->rate == REGISTRAR_KEEP)
		return ST_OK; /* the low balance has a fact of its own */
	r.name = arena_strdup(rq->mem, to->name ? to->name : r.name);
	r.email = arena_strdup(rq->mem, to->email ? to->email : r.email);
	r.lang = arena_strdup(rq->mem, to->lang ? to->lang : r.lang);
	r.session_max = to->session_max == REGISTRAR_KEEP ? r.session_max : to->session_max;
	r.rate = to->rate == REGISTRAR_KEEP ? r.rate : to->rate;
	if (registrar_ok(rq, &r) ||
	    sql_run(rq,
		    "UPDATE registry_registrar SET name = $2, email = $3, lang = $4, session_max = $5, rate = $6"
		    " WHERE handle = $1",
		    V(handle), V(r.name), V(r.email), V(r.lang), V(r.session_max), V(r.rate)))
		return rq->err.code;
	return keep(rq, handle, "registrar-changed");
}

enum st registrar_disable(struct req *rq, const char *handle, bool disabled)
{
	int64_t n = 0;
	if (by_registry(rq) || sql_run_count(rq, &n, "UPDATE registry_registrar SET disabled_at = $2 WHERE handle = $1",
					     V(handle), V(disabled ? clock_now() : 0)))
		return rq->err.code;
	if (!n)
		return err_set(&rq->err, ST_NOTFOUND, N_("there is no registrar %.40s"), handle);
	return keep(rq, handle, disabled ? "registrar-disabled" : "registrar-enabled");
}

enum st registrar_password_set(struct req *rq, const char *handle, const char *argon2)
{
	int64_t n = 0;
	const char *me = registry_actor(rq);
	if (me && strcmp(me, handle) != 0)
		return err_set(&rq->err, ST_DENIED, N_("a registrar sets its own password only"));
	if (sql_run_count(rq, &n, "UPDATE registry_registrar SET password = $2, password_set_at = $3 WHERE handle = $1",
			  V(handle), V(argon2), V(clock_now())))
		return rq->err.code;
	return n ? keep(rq, handle, "registrar-password-set")
		 : err_set(&rq->err, ST_NOTFOUND, N_("there is no registrar %.40s"), handle);
}

/* Unlike letters only (no 0 O 1 l I), since people read it out once: 16 of 57 signs are 93 bits. */
void registrar_password_make(char out[17])
{
	static const char sign[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
	enum { SIGNS = sizeof sign - 1, FAIR = 256 - 256 % SIGNS };
	for (int i = 0; i < 16;) {
		uint8_t b;
		random_bytes(&b, 1);
		if (b < FAIR)
			out[i++] = sign[b % SIGNS];
	}
	out[16] = 0;
}

/* ── certificates: the registry's doing, or the registrar's own ── */

static enum st by_owner(struct req *rq, const char *handle)
{
	const char *me = registry_actor(rq);
	return me && strcmp(me, handle) != 0
		       ? err_set(&rq->err, ST_DENIED, N_("a registrar sets its own certificates only"))
		       : ST_OK;
}

static bool fingerprint_ok(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

/* Whoever has its key would be let in as either. */
static enum st cert_free(struct req *rq, const char *handle, const char *fingerprint)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT registrar FROM registry_cert WHERE fingerprint = $1 AND registrar <> $2",
		      V(fingerprint), V(handle)))
		return rq->err.code;
	char *other = rows_next(&r) ? rows_dup(&r, 0) : NULL;
	if (rows_end(&r) || !other)
		return rq->err.code;
	if (registry_actor(rq))
		return err_set(&rq->err, ST_CONFLICT,
			       N_("This certificate is another registrar's: make one with a key that is yours alone."));
	return err_set(&rq->err, ST_CONFLICT,
		       N_("This certificate is that of registrar %.40s: use another, or take it from them first "
			  "(`nicert registrar cert %.40s FILE --remove`)"),
		       other, other);
}

enum st registrar_cert_add(struct req *rq, const char *handle, const struct certificate *c)
{
	struct registrar r;
	int64_t n = 0;
	const char *fingerprint = c->fingerprint;
	if (by_owner(rq, handle) || registrar_get(rq, handle, &r) || certificate_fits(c, &rq->err))
		return rq->err.code;
	if (!fingerprint_ok(fingerprint))
		return err_set(&rq->err, ST_INVALID, N_("certificate: 64 lower-case hex digits of SHA-256 expected"));
	if (cert_free(rq, handle, fingerprint))
		return rq->err.code;
	if (sql_run(rq,
		    "INSERT INTO registry_cert(registrar, fingerprint, added_at) VALUES($1, $2, $3)"
		    " ON CONFLICT(registrar, fingerprint) DO NOTHING",
		    V(handle), V(fingerprint), V(clock_now())) ||
	    sql_number(rq, &n, "SELECT count(*) FROM registry_cert WHERE registrar = $1", V(handle)))
		return rq->err.code;
	if (n > REGISTRAR_CERTS)
		return err_set(&rq->err, ST_LIMIT,
			       N_("registrar %.40s has %d certificates already: remove one that is no longer used"),
			       handle, REGISTRAR_CERTS);
	return keep(rq, handle, "registrar-certificate-added");
}

enum st registrar_cert_remove(struct req *rq, const char *handle, const char *fingerprint)
{
	int64_t n = 0;
	if (by_owner(rq, handle) ||
	    sql_run_count(rq, &n, "DELETE FROM registry_cert WHERE registrar = $1 AND fingerprint = $2", V(handle),
			  V(fingerprint)))
		return rq->err.code;
	if (!n)
		return err_set(&rq->err, ST_NOTFOUND, "registrar %.40s has no certificate %.64s", handle, fingerprint);
	return keep(rq, handle, "registrar-certificate-removed");
}

enum st registrar_cert_ok(struct req *rq, const char *handle, const char *fingerprint)
{
	int64_t n = 0;
	if (sql_number(rq, &n, "SELECT count(*) FROM registry_cert WHERE registrar = $1 AND fingerprint = $2",
		       V(handle), V(fingerprint)))
		return rq->err.code;
	return n ? ST_OK
		 : err_set(&rq->err, ST_DENIED, "this certificate is not registered for registrar %.40s", handle);
}

enum st registrar_certs(struct req *rq, const char *handle, struct registrar_cert *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT fingerprint, added_at FROM registry_cert WHERE registrar = $1 ORDER BY added_at LIMIT $2",
		      V(handle), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		struct registrar_cert *c = &out[(*n)++];
		snprintf(c->fingerprint, sizeof c->fingerprint, "%s", rows_text(&r, 0));
		c->added_at = rows_int(&r, 1);
	}
	return rows_end(&r);
}

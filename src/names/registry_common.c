/* What all objects of the registry share: who acts, how a refusal is said, authorisation information. */
#include <stdio.h>
#include <string.h>
#include "base/hash.h"
#include "base/text.h"
#include "names/registry_int.h"

#define REPOSITORY "NIC"

const char *registry_actor(const struct req *rq)
{
	return rq->who && !strncmp(rq->who->id, "registrar:", 10) ? rq->who->id + 10 : NULL;
}

static enum st status_of(enum result code)
{
	switch (code) {
	case R_DONE:
	case R_PENDING:
	case R_NO_MESSAGES:
	case R_MESSAGE:
		return ST_OK;
	case R_PARAM_MISSING:
	case R_PARAM_RANGE:
	case R_PARAM_SYNTAX:
	case R_POLICY_VALUE:
	case R_UNIMPLEMENTED:
		return ST_INVALID;
	case R_AUTHORIZATION:
	case R_BAD_AUTHINFO:
	case R_POLICY:
		return ST_DENIED;
	case R_NOT_THERE:
		return ST_NOTFOUND;
	case R_BILLING:
		return ST_LIMIT;
	case R_FAILED:
		return ST_INTERNAL;
	case R_NOT_RENEWABLE:
	case R_NOT_TRANSFERABLE:
	case R_PENDING_TRANSFER:
	case R_NOT_PENDING_TRANSFER:
	case R_EXISTS:
	case R_STATUS:
	case R_ASSOCIATION:
		return ST_CONFLICT;
	}
	return ST_INTERNAL;
}

static void text_put(char *to, size_t room, const char *s)
{
	size_t n = utf8_cut(s, strlen(s), room - 1);
	memcpy(to, s, n);
	to[n] = 0;
}

enum st refuse(struct req *rq, struct outcome *why, enum result code, const char *element, const char *value,
	       const char *fmt, ...)
{
	char said[sizeof rq->err.msg];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(said, sizeof said, fmt, ap);
	va_end(ap);
	if (why) {
		why->code = code;
		text_put(why->element, sizeof why->element, element ? element : "");
		text_put(why->value, sizeof why->value, value ? value : "");
		text_put(why->reason, sizeof why->reason, said);
		why->brief[0] = 0;
	}
	enum st st = err_set(&rq->err, status_of(code), "%s", said);
	rq->err.fmt = fmt;
	return st;
}

char *registry_roid(struct arena *mem, char kind, int64_t id)
{
	return arena_printf(mem, "%c%lld-" REPOSITORY, kind, (long long)id);
}

void common_take(struct req *rq, struct rows *r, int at, char kind, struct common *out)
{
	*out = (struct common){ .id = rows_int(r, at),
				.roid = registry_roid(rq->mem, kind, rows_int(r, at)),
				.sponsor = rows_dup(r, at + 1),
				.creator = rows_dup(r, at + 2),
				.updater = rows_dup(r, at + 3),
				.created_at = rows_int(r, at + 4),
				.updated_at = rows_int(r, at + 5),
				.transferred_at = rows_int(r, at + 6),
				.status = (statuses)rows_int(r, at + 7) };
}

enum st registry_may(struct req *rq, const struct common *c, struct outcome *why)
{
	const char *me = registry_actor(rq);
	if (!me || (c->sponsor && !strcmp(me, c->sponsor)))
		return ST_OK;
	return refuse(rq, why, R_AUTHORIZATION, "", "", N_("another registrar sponsors this object"));
}

/* ── authorisation information ── */

/* Random and long by the rules, so a salted hash without stretching does (RFC 9154 §4.3). */
static void auth_hash(const char *salt, const char *given, char out[65])
{
	struct hash h = hash_of2(salt, strlen(salt), given, strlen(given));
	hash_hex(&h, out);
}

char *authinfo_keep(struct arena *mem, const char *given)
{
	uint8_t salt[16];
	char hex[65];
	if (!given || !*given)
		return NULL;
	random_bytes(salt, sizeof salt);
	char *s = hex_encode(mem, salt, sizeof salt);
	auth_hash(s, given, hex);
	return arena_printf(mem, "%s$%s", s, hex);
}

bool authinfo_fits(const char *stored, const char *given)
{
	char salt[33], hex[65];
	if (!stored || !given || !*given || strlen(stored) != 32 + 1 + 64 || stored[32] != '$')
		return false;
	memcpy(salt, stored, 32);
	salt[32] = 0;
	auth_hash(salt, given, hex);
	return bytes_equal_ct(hex, stored + 33, 64);
}

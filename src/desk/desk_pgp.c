#include "desk/desk_pgp.h"
#include <string.h>
#include "base/lang.h"
#include "desk/desk_int.h"
#include "who/pgp_key.h"

const struct migration desk_pgp_migrations[] = {
	{ 289, "pgp of mail",
	  "CREATE TABLE desk_mail_pgp(mail BIGINT PRIMARY KEY, encrypted BIGINT NOT NULL, signature TEXT NOT NULL,"
	  " doubt TEXT NOT NULL, fingerprint TEXT NOT NULL, bound TEXT NOT NULL)" },
	{ 0 },
};

static const struct {
	const char *name, *sentence;
} doubts[DOUBT_COUNT] = {
	[DOUBT_NONE] = { "", NULL },
	[DOUBT_WRONG_KEY] = { "wrong-key",
			      N_("Check this message: it is signed with a key that is not bound to its author's "
				 "address") },
	[DOUBT_UNKNOWN_KEY] = { "unknown-key", N_("Check this message: it is signed with a key that we don't know") },
	[DOUBT_EXPIRED_KEY] = { "expired-key", N_("Check this message: the key that signed it has expired") },
	[DOUBT_EXPIRED_SIGNATURE] = { "expired-signature", N_("Check this message: its signature has expired") },
	[DOUBT_REVOKED_KEY] = { "revoked-key", N_("Check this message: the key that signed it was revoked") },
	[DOUBT_CHANGED] = { "changed", N_("Check this message: it was changed after it was signed") },
	[DOUBT_UNSIGNED] = { "unsigned", N_("Check this message: it is not signed, but this party always signs") },
	[DOUBT_PARTLY] = { "partly",
			   N_("Check this message: its signature covers only the text, not what is attached to it") },
	[DOUBT_OTHER_KEY] = { "other-key",
			      N_("A message can't be read: it was encrypted for another key. Ask for it again") },
	[DOUBT_DAMAGED] = { "damaged", N_("A message can't be read: it was damaged on the way. Ask for it again") },
	[DOUBT_TOO_LARGE] = { "too-large", N_("A message can't be read: what is encrypted in it is too large") },
	[DOUBT_TOO_SLOW] = { "too-slow", N_("A message can't be read: decrypting it takes too long") },
	[DOUBT_NO_KEY_HERE] = { "no-key-here",
				N_("Check this message: it is encrypted or signed, and without a PGP key of ours that "
				   "can't be looked at here") },
};

static const enum pgp_doubt of_signature[PGP_SIGNED_COUNT] = {
	[PGP_UNSIGNED] = DOUBT_NONE,
	[PGP_GOOD] = DOUBT_NONE,
	[PGP_BAD] = DOUBT_CHANGED,
	[PGP_UNKNOWN_KEY] = DOUBT_UNKNOWN_KEY,
	[PGP_EXPIRED_KEY] = DOUBT_EXPIRED_KEY,
	[PGP_EXPIRED_SIGNATURE] = DOUBT_EXPIRED_SIGNATURE,
	[PGP_REVOKED_KEY] = DOUBT_REVOKED_KEY,
};
static const enum pgp_doubt of_opening[PGP_OPENED_COUNT] = {
	[PGP_OPENED] = DOUBT_NONE,	   [PGP_OTHER_KEY] = DOUBT_OTHER_KEY, [PGP_DAMAGED] = DOUBT_DAMAGED,
	[PGP_TOO_LARGE] = DOUBT_TOO_LARGE, [PGP_TOO_SLOW] = DOUBT_TOO_SLOW,   [PGP_NO_KEY_HERE] = DOUBT_NO_KEY_HERE,
};

const char *desk_pgp_sentence(enum pgp_doubt d)
{
	return (unsigned)d < DOUBT_COUNT ? doubts[d].sentence : NULL;
}

const char *desk_pgp_doubt_name(enum pgp_doubt d)
{
	return (unsigned)d < DOUBT_COUNT ? doubts[d].name : "";
}

/* A good or expired signature by a stranger's key says nothing of this author: the wrong key comes first. */
static enum pgp_doubt doubt_of(const struct pgp_verdict *v, const struct pgp_key *key, bool bound)
{
	bool theirs = key && !strcmp(key->fingerprint, v->fingerprint);
	if (v->opened != PGP_OPENED)
		return of_opening[v->opened];
	if (v->is == PGP_UNSIGNED)
		return key && pgp_key_always(key) ? DOUBT_UNSIGNED : DOUBT_NONE;
	if (v->is != PGP_BAD && !theirs && (bound || key || v->is == PGP_GOOD))
		return DOUBT_WRONG_KEY;
	return of_signature[v->is];
}

void desk_pgp_judge(struct desk_pgp *out, const struct pgp_verdict *v, const struct pgp_key *key)
{
	out->encrypted = v->encrypted;
	out->is = v->is;
	memcpy(out->fingerprint, v->fingerprint, sizeof out->fingerprint);
	out->author = key ? key->address : NULL;
	out->doubt = doubt_of(v, key, out->bound != NULL);
	if (!out->doubt && v->is && out->partly)
		out->doubt = DOUBT_PARTLY;
	out->used = v->encrypted || v->is || out->doubt;
}

/* ── rows ── */

enum st desk_pgp_write(struct req *rq, int64_t mail, const struct desk_pgp *p)
{
	bool good = p->is == PGP_GOOD && !p->doubt;
	if (p->author && (good || p->is == PGP_UNSIGNED) && !desk_pgp_unread(p) && pgp_key_seen(rq, p->author, good))
		return rq->err.code;
	if (!p->used)
		return ST_OK;
	return sql_run(rq,
		       "INSERT INTO desk_mail_pgp(mail, encrypted, signature, doubt, fingerprint, bound)"
		       " VALUES($1, $2, $3, $4, $5, $6)",
		       V(mail), V(p->encrypted), V(pgp_signed_name(p->is)), V(desk_pgp_doubt_name(p->doubt)),
		       V((const char *)p->fingerprint), V(p->bound ? p->bound : ""));
}

enum st desk_pgp_unread_report(struct req *rq, int64_t report, bool *yes)
{
	int64_t n = 0;
	enum st st = sql_number(rq, &n,
				"SELECT count(*) FROM desk_mail m JOIN desk_mail_pgp p ON p.mail = m.id WHERE"
				" m.report_id = $1 AND m.report_id <> 0 AND m.fate = 'filed' AND p.doubt IN"
				" ('other-key', 'damaged', 'too-large', 'too-slow')",
				V(report));
	*yes = n > 0;
	return st;
}

static enum pgp_doubt doubt_named(const char *name)
{
	for (int d = 1; d < DOUBT_COUNT; d++)
		if (!strcmp(doubts[d].name, name))
			return (enum pgp_doubt)d;
	return DOUBT_NONE;
}

enum st desk_pgp_of_case(struct req *rq, int64_t case_id, struct case_mail *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT m.at, p.encrypted, p.signature, p.doubt, p.fingerprint, p.bound FROM desk_mail m"
		      " JOIN desk_mail_pgp p ON p.mail = m.id WHERE m.case_id = $1 AND m.case_id <> 0"
		      " ORDER BY m.id DESC LIMIT $2",
		      V(case_id), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		enum pgp_doubt d = doubt_named(rows_text(&r, 3));
		out[(*n)++] = (struct case_mail){ .at = rows_int(&r, 0),
						  .encrypted = rows_int(&r, 1) != 0,
						  .is = rows_dup(&r, 2),
						  .is_good = !strcmp(rows_text(&r, 2), "good") && !d,
						  .doubt = doubts[d].name,
						  .sentence = doubts[d].sentence,
						  .fingerprint = rows_dup(&r, 4),
						  .bound = rows_dup(&r, 5) };
	}
	return rows_end(&r);
}

void desk_pgp_json(struct jw *w, const struct case_mail *m, int n)
{
	j_arr(w, "pgp");
	for (int i = 0; i < n; i++) {
		j_obj(w, NULL);
		j_time(w, "at", m[i].at);
		j_bool(w, "encrypted", m[i].encrypted);
		j_str(w, "signature", m[i].is);
		j_str(w, "doubt", *m[i].doubt ? m[i].doubt : NULL);
		j_str(w, "fingerprint", *m[i].fingerprint ? m[i].fingerprint : NULL);
		j_str(w, "bound_to", *m[i].bound ? m[i].bound : NULL);
		j_end(w);
	}
	j_end(w);
}

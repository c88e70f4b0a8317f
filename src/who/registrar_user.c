/* A registrar's people: accounts like those of staff, of one registrar, with its three roles. */
#include "who/account.h"
#include "who/who_int.h"
#include <string.h>

/* The registry for every registrar, a registrar's keeper of accounts for its own. */
static enum st may(struct req *rq, const char *registrar)
{
	if (permit(rq, MAY_CONSOLE_USERS))
		return rq->err.code;
	if (!*registrar)
		return err_set(&rq->err, ST_INVALID, N_("registrar: which one?"));
	if (rq->who->role & ROLE_SYSTEM)
		return ST_OK;
	bool own = !strncmp(rq->who->id, "registrar:", 10) && !strcmp(rq->who->id + 10, registrar);
	return own ? ST_OK : err_set(&rq->err, ST_DENIED, N_("console-users: these are another registrar's people"));
}

/* An account of another side is as little there as none. */
static enum st one_of(struct req *rq, const char *registrar, const char *login, struct account *out)
{
	enum st st = account_by_login(rq, login, out);
	if (st == ST_NOTFOUND || (!st && strcmp(out->registrar, registrar) != 0))
		return err_set(&rq->err, ST_NOTFOUND, "%.40s has no account %.64s", registrar, login);
	return st;
}

enum st registrar_user_add(struct req *rq, const char *registrar, const char *login, const char *name, unsigned role,
			   char invite[27])
{
	if (may(rq, registrar))
		return rq->err.code;
	if (!role_registrar_ok(role))
		return err_set(&rq->err, ST_INVALID, N_("role: read, write or users"));
	return account_make(rq, login, name, role, registrar, invite);
}

enum st registrar_user_invite(struct req *rq, const char *registrar, const char *login, char invite[27])
{
	struct account a;
	if (may(rq, registrar) || one_of(rq, registrar, login, &a))
		return rq->err.code;
	return account_invite_again(rq, &a, invite);
}

enum st registrar_user_disable(struct req *rq, const char *registrar, const char *login)
{
	struct account a;
	if (may(rq, registrar) || one_of(rq, registrar, login, &a))
		return rq->err.code;
	if (a.id == rq->who->account)
		return err_set(&rq->err, ST_CONFLICT, N_("an account can't disable itself: ask a colleague"));
	return account_end(rq, &a);
}

enum st registrar_user_list(struct req *rq, const char *registrar, struct account *out, int max, int *n)
{
	return may(rq, registrar) ? rq->err.code : account_list_of(rq, registrar, out, max, n);
}

/* Statuses and the registry's outcomes as EPP results: the one table of RFC 5730 §3, with its texts. */
#include <string.h>
#include "front/epp/render.h"

static const struct {
	int code;
	const char *text;
} results[] = {
	{ R_DONE, N_("Command completed successfully") },
	{ R_PENDING, N_("Command completed successfully; action pending") },
	{ R_NO_MESSAGES, N_("Command completed successfully; no messages") },
	{ R_MESSAGE, N_("Command completed successfully; ack to dequeue") },
	{ E_LOGOUT, N_("Command completed successfully; ending session") },
	{ E_UNKNOWN_COMMAND, N_("Unknown command") },
	{ E_SYNTAX, N_("Command syntax error") },
	{ E_USE, N_("Command use error") },
	{ R_PARAM_MISSING, N_("Required parameter missing") },
	{ R_PARAM_RANGE, N_("Parameter value range error") },
	{ R_PARAM_SYNTAX, N_("Parameter value syntax error") },
	{ E_VERSION, N_("Unimplemented protocol version") },
	{ E_COMMAND, N_("Unimplemented command") },
	{ E_OPTION, N_("Unimplemented option") },
	{ E_EXTENSION, N_("Unimplemented extension") },
	{ R_BILLING, N_("Billing failure") },
	{ R_NOT_RENEWABLE, N_("Object is not eligible for renewal") },
	{ R_NOT_TRANSFERABLE, N_("Object is not eligible for transfer") },
	{ E_AUTHENTICATION, N_("Authentication error") },
	{ R_AUTHORIZATION, N_("Authorization error") },
	{ R_BAD_AUTHINFO, N_("Invalid authorization information") },
	{ R_PENDING_TRANSFER, N_("Object pending transfer") },
	{ R_NOT_PENDING_TRANSFER, N_("Object not pending transfer") },
	{ R_EXISTS, N_("Object exists") },
	{ R_NOT_THERE, N_("Object does not exist") },
	{ R_STATUS, N_("Object status prohibits operation") },
	{ R_ASSOCIATION, N_("Object association prohibits operation") },
	{ R_POLICY_VALUE, N_("Parameter value policy error") },
	{ R_UNIMPLEMENTED, N_("Unimplemented object service") },
	{ R_POLICY, N_("Data management policy violation") },
	{ R_FAILED, N_("Command failed") },
	{ E_FAILED_CLOSING, N_("Command failed; server closing connection") },
	{ E_AUTHENTICATION_CLOSING, N_("Authentication error; server closing connection") },
	{ E_SESSIONS_CLOSING, N_("Session limit exceeded; server closing connection") },
};

/* For what was refused without an outcome: by the store, or by a room that knows no EPP. */
static int of_status(enum st st)
{
	switch (st) {
	case ST_OK:
		return R_DONE;
	case ST_NOTFOUND:
		return R_NOT_THERE;
	case ST_INVALID:
		return R_POLICY_VALUE;
	case ST_DENIED:
		return R_AUTHORIZATION;
	case ST_CONFLICT:
		return R_STATUS;
	case ST_LIMIT:
		return R_POLICY;
	case ST_BUSY:
	case ST_INTERNAL:
		break;
	}
	return R_FAILED;
}

const char *result_text(int code)
{
	for (size_t i = 0; i < sizeof results / sizeof *results; i++)
		if (results[i].code == code)
			return results[i].text;
	return NULL;
}

int result_code(const struct command *c, enum st st)
{
	int code = c->why.code;
	bool refused = code >= 2000, known = result_text(code);
	/* The store's own troubles come after an outcome was written, and undo it. */
	if (st == ST_BUSY || st == ST_INTERNAL)
		return refused && known && code == R_FAILED ? code : R_FAILED;
	if (st == ST_OK)
		return known ? code : R_DONE;
	return refused && known ? code : of_status(st);
}

bool result_closes(int code)
{
	return code >= 2500 || code == E_LOGOUT;
}

/* Messages to a registrar (RFC 5730 §2.9.2.3): a queue in order of their ids; one is shown until it is acknowledged. */
#include <string.h>
#include "base/clock.h"
#include "names/registry_int.h"

enum st poll_add(struct req *rq, const char *registrar, const char *kind, const char *object, const char *text,
		 const char *payload)
{
	return sql_run(rq,
		       "INSERT INTO registry_poll(registrar, at, kind, object, text, payload)"
		       " VALUES($1, $2, $3, $4, $5, $6)",
		       V(registrar), V(clock_now()), V(kind), V(object ? object : ""), V(text),
		       V(payload ? payload : "{}"));
}

/* RFC 8590: what a sponsor's object became without the sponsor's own doing. */
enum st poll_changed(struct req *rq, const struct common *c, const char *object, const char *handle,
		     const char *operation)
{
	const char *me = registry_actor(rq), *frame = rq->who ? rq->who->frame : NULL;
	if (me && !strcmp(me, c->sponsor))
		return ST_OK;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "object", object);
	j_str(&w, "roid", c->roid);
	j_str(&w, "operation", operation);
	j_str(&w, "state", "after");
	j_time(&w, "at", clock_now());
	j_str(&w, "who", me ? me : "registry");
	if (frame && strchr(frame, '/'))
		j_str(&w, "svtrid", strrchr(frame, '/') + 1);
	j_end(&w);
	return poll_add(rq, c->sponsor, arena_printf(rq->mem, "%s-changed", object), handle,
			arena_printf(rq->mem, "The registry changed %s %s (%s).", object, handle, operation),
			buf_cstr(&b));
}

static enum st waiting(struct req *rq, const char *registrar, int64_t *n)
{
	return sql_number(rq, n, "SELECT count(*) FROM registry_poll WHERE registrar = $1", V(registrar));
}

enum st poll_first(struct req *rq, const char *registrar, struct poll_message *out, int64_t *count)
{
	struct rows r;
	bool found;
	*count = 0;
	if (sql_query(rq, &r,
		      "SELECT id, at, kind, object, payload, text FROM registry_poll WHERE registrar = $1"
		      " ORDER BY id LIMIT 1",
		      V(registrar)))
		return rq->err.code;
	if ((found = rows_next(&r)))
		*out = (struct poll_message){ .id = rows_int(&r, 0),
					      .at = rows_int(&r, 1),
					      .kind = rows_dup(&r, 2),
					      .object = rows_dup(&r, 3),
					      .payload = rows_dup(&r, 4),
					      .text = rows_dup(&r, 5) };
	if (rows_end(&r))
		return rq->err.code;
	return found ? waiting(rq, registrar, count) : err_set(&rq->err, ST_NOTFOUND, "no messages");
}

enum st poll_ack(struct req *rq, const char *registrar, int64_t id, int64_t *left)
{
	int64_t n = 0;
	if (sql_run_count(rq, &n, "DELETE FROM registry_poll WHERE registrar = $1 AND id = $2", V(registrar), V(id)))
		return rq->err.code;
	if (!n)
		return err_set(&rq->err, ST_NOTFOUND, "there is no message %lld for %.16s", (long long)id, registrar);
	const char *payload = arena_printf(rq->mem, "{\"message\":%lld}", (long long)id);
	if (journal_append(rq, &(struct fact){ "names", registrar, "message-acknowledged", payload, 0 }))
		return rq->err.code;
	return waiting(rq, registrar, left);
}

/* Are names found where they are kept? A name's row is looked up by the key that its zone's rules make of it. */
#include <string.h>
#include "names/registry_int.h"

static enum st look_at(struct req *rq, char *name, char *key, struct misplaced *out, bool *stays)
{
	struct placed at;
	*out = (struct misplaced){ .name = name, .key = key };
	*stays = false;
	enum st st = policy_place(rq, name, 0, &at);
	if (st == ST_INVALID || st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st || place_lost(rq, &at, &out->from))
		return rq->err.code;
	out->made = arena_strdup(rq->mem, at.key);
	*stays = !out->from && !strcmp(at.key, key);
	return ST_OK;
}

enum st names_misplaced(struct req *rq, int64_t *after, struct misplaced *out, int max, int *n, int *seen)
{
	struct rows r;
	char **name = arena_array(rq->mem, char *, max), **key = arena_array(rq->mem, char *, max);
	*n = *seen = 0;
	if (sql_query(rq, &r, "SELECT id, name, key FROM registry_domain WHERE id > $1 ORDER BY id LIMIT $2", V(*after),
		      V(max)))
		return rq->err.code;
	while (*seen < max && rows_next(&r)) {
		*after = rows_int(&r, 0);
		name[*seen] = rows_dup(&r, 1);
		key[(*seen)++] = rows_dup(&r, 2);
	}
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < *seen; i++) {
		bool stays;
		if (look_at(rq, name[i], key[i], &out[*n], &stays))
			return rq->err.code;
		*n += !stays;
	}
	return ST_OK;
}

/* version.c — questionnaires kept as versions that never change. */
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "voice/voice_int.h"
#include "who/permit.h"

#define COLUMNS                                                                                                        \
	"v.name, v.version, v.text, v.digest, v.made_at, v.made_by, (SELECT min(s.name) FROM voice_study s WHERE"      \
	" s.questionnaire = v.name AND s.version = v.version AND s.state = 2)"

static void take(struct rows *r, struct voice_version *out)
{
	*out = (struct voice_version){ .name = rows_dup(r, 0),
				       .version = (int)rows_int(r, 1),
				       .text = rows_dup(r, 2),
				       .digest = rows_dup(r, 3),
				       .made_at = rows_int(r, 4),
				       .made_by = rows_dup(r, 5),
				       .field = rows_dup(r, 6) };
}

enum st voice_version_get(struct req *rq, const char *name, int version, struct voice_version *out)
{
	struct rows r;
	bool found;
	if (version ? sql_query(rq, &r, "SELECT " COLUMNS " FROM voice_version v WHERE v.name = $1 AND v.version = $2",
				V(name), V(version))
		    : sql_query(rq, &r,
				"SELECT " COLUMNS
				" FROM voice_version v WHERE v.name = $1 ORDER BY v.version DESC LIMIT 1",
				V(name)))
		return rq->err.code;
	if ((found = rows_next(&r)))
		take(&r, out);
	if (rows_end(&r))
		return rq->err.code;
	if (found)
		return ST_OK;
	return version ? err_set(&rq->err, ST_NOTFOUND, "questionnaire %.40s has no version %d", name, version)
		       : err_set(&rq->err, ST_NOTFOUND,
				 "there is no questionnaire %.40s; `nicert survey list` shows those there are", name);
}

enum st voice_questionnaire(struct req *rq, const char *name, int version, struct questionnaire *out)
{
	struct voice_version v;
	if (voice_version_get(rq, name, version, &v))
		return rq->err.code;
	return questionnaire_parse(rq->mem, v.text, strlen(v.text), out, &rq->err);
}

enum st voice_versions(struct req *rq, const char *name, struct voice_version *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (name ? sql_query(rq, &r,
			     "SELECT " COLUMNS " FROM voice_version v WHERE v.name = $1 ORDER BY v.version LIMIT $2",
			     V(name), V(max))
		 : sql_query(rq, &r,
			     "SELECT " COLUMNS " FROM voice_version v WHERE v.version = (SELECT max(w.version) FROM"
			     " voice_version w WHERE w.name = v.name) ORDER BY v.name LIMIT $1",
			     V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		take(&r, &out[(*n)++]);
	return rows_end(&r);
}

static enum st version_add(struct req *rq, const struct voice_import *i, const char *digest)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_int(&w, "version", i->version);
	j_str(&w, "digest", digest);
	j_end(&w);
	if (sql_run(rq,
		    "INSERT INTO voice_version(name, version, text, digest, made_at, made_by) VALUES($1, $2, $3, $4, "
		    "$5,"
		    " $6)",
		    V(i->name), V(i->version), V((char *)arena_dup(rq->mem, i->text, i->n)), V(digest), V(clock_now()),
		    V(rq->who->id)))
		return rq->err.code;
	return voice_fact(rq, i->name, "questionnaire-imported", buf_cstr(&b));
}

enum st voice_import(struct req *rq, void *import)
{
	struct voice_import *i = import;
	struct questionnaire q;
	struct voice_version last = { 0 };
	char hex[65];
	struct hash h = hash_of(i->text, i->n);
	hash_hex(&h, hex);
	if (permit(rq, MAY_RUN_SURVEY) || questionnaire_parse_in(rq->mem, i->lang, false, i->text, i->n, &q, &rq->err))
		return rq->err.code;
	enum st st = voice_version_get(rq, q.name, 0, &last);
	if (st && st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	i->name = q.name;
	i->same = last.version && !strcmp(last.digest, hex);
	i->version = last.version + !i->same;
	if (i->same)
		return ST_OK;
	if (last.field && !i->new_version)
		return err_set(
			&rq->err, ST_CONFLICT,
			tr(i->lang,
			   N_("%s version %d is in the field (study %s) and stays as it is; to make version %d beside "
			      "it, say --new-version")),
			q.name, last.version, last.field, last.version + 1);
	return version_add(rq, i, hex);
}

/* voice.h — asking the people we serve: questionnaires, whom to ask, the field, the answers, the report.
 *
 * A questionnaire (questionnaire.h) has versions, which never change. A study asks one version of one: its groups say
 * who is asked, `voice_draw` freezes that into invitations, `voice_open` begins the field, `voice_close` ends it,
 * `voice_publish` makes the report public. Counting is count.h.
 *
 * APART. Who was asked (voice_invite: address, group, what became of the letter) and what was answered (voice_response)
 * are two tables without a common column. A link's token leads to both, through two different keyed hashes, with a key
 * that is not in the database: the invitation by the hash of the token, the answers by HMAC(key, "survey-answer" ‖
 * token). What goes with the answers is the segments that were fixed when the study was drawn. When the study closes
 * the answers' hashes are deleted, so nobody can put the two together again. Numbers of responses are random and no
 * time of day is kept with them. So a person can change or withdraw answers until the study closes, not after.
 *
 * Every function that changes something runs inside a write and appends to the journal. Facts about a single answer
 * name the study only.
 */
#ifndef VOICE_VOICE_H
#define VOICE_VOICE_H
#include "base/json.h"
#include "store/journal.h"
#include "store/store.h"
#include "voice/count.h"
#include "voice/questionnaire.h"
#include "who/person.h"
#include "work/due.h"

/* Once, before anything else: the key of links (base/hash.h, link_token) is copied. rate: letters a minute, 0: as fast
 * as they are taken. */
void voice_setup(const uint8_t *token_key, int64_t rate);

/* ── questionnaires and their versions ── */

struct voice_version {
	char *name;
	int version;
	char *text, *digest; /* SHA-256 of the text, hex */
	int64_t made_at;
	char *made_by;
	char *field; /* the study that is in the field with it; NULL none */
};
struct voice_import {
	const char *text;
	size_t n;
	bool new_version; /* also while the last version is in the field */
	/* out */
	char *name;
	int version;
	bool same; /* it is what was there already */
};
/* ST_CONFLICT while the last version is in the field, unless new_version. The field keeps asking what it began with. */
enum st voice_import(struct req *rq, void *import);
enum st voice_version_get(struct req *rq, const char *name, int version, struct voice_version *out); /* 0: the last */
enum st voice_questionnaire(struct req *rq, const char *name, int version, struct questionnaire *out);
enum st voice_versions(struct req *rq, const char *name, struct voice_version *out, int max, int *n); /* NULL: the last
	of each */

extern const struct migration voice_migrations[];
#endif

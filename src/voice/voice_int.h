/* voice_int.h — what the files of voice/ share. */
#ifndef VOICE_VOICE_INT_H
#define VOICE_VOICE_INT_H
#include "base/hash.h"
#include "voice/voice.h"

/* What was written beside an item; "" or NULL deletes it. */
enum st voice_word_put(struct req *rq, int64_t study, int64_t response, const struct questionnaire *q, int item,
		       const char *word);

/* One fact of the room: subject a questionnaire or study. `payload` NULL: none. */
enum st voice_fact(struct req *rq, const char *subject, const char *verb, const char *payload);

/* The study, when it is in one of these states (a bit each); else ST_CONFLICT. */
enum st voice_study_in(struct req *rq, const char *name, unsigned states, struct voice_study *out);
enum st voice_study_by_id(struct req *rq, int64_t id, struct voice_study *out);
enum st voice_may_see_id(struct req *rq, int64_t study); /* voice_may_see */

void voice_token(const uint8_t seed[LINK_SEED], char token[LINK_TOKEN]);
struct hash voice_answer_key(const char *token); /* finds the answers of a link; the invitation has another hash */
enum st voice_forget(struct req *rq, const char *token); /* the answers, as long as the link leads to them */
struct hash voice_address(struct arena *mem, const char *email);
bool voice_is_segment(const char *s); /* "" or a short clean text */

#endif

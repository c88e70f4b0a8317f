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
/* The same in a write of an answer: the study keeps its state until that ends, while others answer, too. */
enum st voice_study_answered(struct req *rq, int64_t id, struct voice_study *out);
enum st voice_study_by_id(struct req *rq, int64_t id, struct voice_study *out);
/* Others of its questionnaire that have come so far, newest first. */
enum st voice_studies_like(struct req *rq, const struct voice_study *s, enum study_state from, struct voice_study *out,
			   int max, int *n);

void voice_token(const uint8_t seed[LINK_SEED], char token[LINK_TOKEN]);
void voice_reader_token(const uint8_t seed[LINK_SEED], char token[LINK_TOKEN]);
void voice_interview_token(const uint8_t seed[LINK_SEED], char token[LINK_TOKEN]);
struct hash voice_answer_key(const char *token); /* finds the answers of a link; the invitation has another hash */
enum st voice_forget(struct req *rq, const char *token); /* the answers, as long as the link leads to them */

/* ── the end of the field (closing.c) ── */
/* What goes through all answers or invitations does so in steps. Nobody waits longer than for one, which is 0.1 to 0.3 s on a
 * busy machine (bench surveys). */
enum { VOICE_STEP = 2000 };
/* `next`: VOICE_NEXT of a table. Of the rows of a study behind `after`, at most `max`: how many, and the last one's number. */
#define VOICE_NEXT(table)                                                                                              \
	"SELECT count(*), coalesce(max(id), 0) FROM (SELECT id FROM " table                                            \
	" WHERE study = $1 AND id > $2 ORDER BY id LIMIT $3) x"
#define VOICE_RANGE "study = $1 AND id > $2 AND id <= $3" /* those */
enum st voice_next(struct req *rq, const char *next, int64_t study, int64_t after, int64_t max, int64_t *n,
		   int64_t *to);
extern const char voice_close_due[], voice_cut_due[];	   /* kinds of due rows */
extern const char voice_forget_due[], voice_answers_due[]; /* of what closing begins to keep (forget.c) */
enum st voice_forget_addresses(struct req *rq, const char *subject);
enum st voice_forget_answers(struct req *rq, const char *subject);
enum st voice_close_at_its_time(struct req *rq, const char *subject);
enum st voice_cut(struct req *rq, const char *subject); /* a step of one that is closing */

struct hash voice_address(struct arena *mem, const char *email);

/* ── letters go out in batches, of which one follows each voice_batch_step (study.c) ── */
int voice_batch(void);		/* how many */
int64_t voice_batch_step(void); /* microseconds; 0: as fast as they are taken */

/* ── reminders (remind.c) ── */
extern const char voice_remind_due[], voice_reminders_due[];		   /* kinds of due rows */
enum st voice_remind_now(struct req *rq, const char *subject);		   /* a reminder's time has come */
enum st voice_reminders_of(struct req *rq, const char *subject);	   /* a batch's */
enum st voice_reminders_open(struct req *rq, const struct voice_study *s); /* its field begins now */
/* id, email, lang, seed of those in a batch who still need this reminder. */
enum st voice_reminder_rows(struct req *rq, struct rows *r, int64_t study, int number, int64_t from, int64_t to,
			    int max);
int64_t voice_reminder_bit(int number); /* of voice_invite.reminded */

/* ── counts that outlive the answers of a published study (counts.c) ── */
enum st voice_counts_keep(struct req *rq, const char *study);
/* When the answers are forgotten, t->cross, t->kept and t->forgotten; else nothing. */
enum st voice_counts_read(struct req *rq, struct voice_tally *t);
/* Figures of an item whose kind is `from` to `to`, as they were; their marks and shares are for the caller. */
enum st voice_counts_figures(struct req *rq, const struct voice_tally *t, int question, int item, int segment,
			     enum figure_kind from, enum figure_kind to, struct voice_figure *out, int max, int *n);

/* Candidates: members of this one of voice_classes, "": of any; their segment is the class (members.c). */
enum st voice_members(struct req *rq, int64_t study, int position, const char *tier);
/* Must a figure of t->segment[which] be left out, for its own base or for what the others would tell (segments.c)? */
bool voice_hidden(const struct voice_tally *t, const struct voice_figure *f, int which);

bool voice_is_segment(const char *s);		  /* "" or a short clean text */
const char *voice_state_text(enum study_state s); /* a msgid, for "study S is …" */

#endif

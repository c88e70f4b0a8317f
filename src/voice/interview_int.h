/* interview_int.h — what the files of interviews share. */
#ifndef VOICE_INTERVIEW_INT_H
#define VOICE_INTERVIEW_INT_H
#include "voice/interview.h"
#include "voice/voice_int.h"
#include "who/permit.h"

/* The study, while its report is not published; else ST_CONFLICT. */
enum st interview_study(struct req *rq, enum permission may, const char *name, struct voice_study *out);

/* voice_interview without the question of permission. In a write it holds the row: consent is not taken back under a note that
 * is written or a quote that is proposed. */
enum st interview_by_no(struct req *rq, const struct voice_study *s, int64_t no, struct interview *out);
enum st interview_by_token(struct req *rq, const char *token, struct interview *out);
enum st interview_by_id(struct req *rq, int64_t id, struct interview *out);

/* A fact about an interview names its number: no person, no words. `more`: members of its payload, or NULL. */
enum st interview_fact(struct req *rq, const char *study, const char *verb, int64_t no, const char *more);

/* What was decided becomes this; what is no longer agreed to is gone. `how` "" and by "": the person, on the page. */
enum st interview_decide(struct req *rq, const struct interview *i, unsigned consent, const char *how, const char *by);
enum st interview_letters_stop(struct req *rq, const char *email);

/* What a published report quotes stays in it when the notes go by time; not when consent does. Of one, or (0) all. */
enum st interview_quotes_keep(struct req *rq, int64_t study, int64_t interview);

enum st interview_kept_drop(struct req *rq, const struct interview *i);

/* Deletes, of one interview or (0) of a study's all. */
enum st interview_quotes_drop(struct req *rq, int64_t study, int64_t interview);
enum st interview_words_drop(struct req *rq, int64_t study, int64_t interview); /* notes, with quotes */
enum st interview_names_drop(struct req *rq, int64_t study, int64_t interview); /* who it is, with the link */
enum st interview_was_drop(struct req *rq, int64_t study);			/* earlier words of notes */

/* meets, in voice_interview. */
enum meets { MEETS_NOT, MEETS_SET, MEETS_OFF };
/* Inside a write: nobody is reminded of it any more. */
enum st interview_meeting_drop(struct req *rq, const struct interview *i);
/* Does the address want no letters about surveys? */
enum st interview_stopped(struct req *rq, const char *email, bool *yes);

/* A note, with its interview held in a write. */
struct note_row {
	struct interview i;
	int64_t id, changed_at;
	char *text, *by;
};
enum st note_by_id(struct req *rq, const struct voice_study *s, int64_t id, struct note_row *out);
/* Do all quotes of the note, but refused ones, stand in such a text? */
enum st said_fits(struct req *rq, int64_t note, const char *text);

bool interview_line_ok(const char *s, size_t max, bool needed); /* one line of clean text */
#endif

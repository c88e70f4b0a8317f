/* edit.h — changes to a questionnaire, a part at a time. Its text is taken apart into parts (what stands before the first
 * section, each section's own lines, each question's), one of them is changed, moved, added or left out, and what comes
 * of it goes through the parser again: so a change can make nothing that a file could not say, and the parser's reason is
 * the editor's. Pure; remarks are not kept.
 */
#ifndef VOICE_EDIT_H
#define VOICE_EDIT_H
#include "voice/voice.h"

enum q_change {
	QC_TEXT,   /* all of it */
	QC_HEAD,   /* what stands before the first section */
	QC_ADD,	   /* a question at the end of section `id`; a section, at the end, where `id` is NULL */
	QC_PUT,	   /* question or section `id` becomes this */
	QC_REMOVE, /* a section only when it has no question */
	QC_UP, /* a question before the one above it, or to the end of the section above; a section with all of its own */
	QC_DOWN
};
struct q_edit {
	enum q_change change;
	bool section; /* `id` is a section's */
	const char *id;
	const char *text; /* of the part, or of all */
	enum lang lang;	  /* of what is said when it is refused */
};
/* ST_INVALID: the parser's reason, without a line where the change was of a part; ST_NOTFOUND: no such part; ST_CONFLICT:
 * it can't move or go. */
enum st questionnaire_edit(struct arena *mem, const struct questionnaire *q, const struct q_edit *e, struct buf *out,
			   struct err *err);

/* In a write: the change of version `base` becomes the next version of it. ST_CONFLICT: it is not the last any more.
 * A version that is in the field stays as it is (voice_import). */
struct voice_edit {
	const char *name;
	int base; /* 0: there is none of this name yet, and the text makes it */
	struct q_edit edit;
	int version; /* out: the same as base when nothing was changed */
};
enum st voice_edit(struct req *rq, void *edit);

/* ── parts as the codec prints them ── */
void questionnaire_print_head(const struct questionnaire *q, struct buf *out);
void questionnaire_print_section(const struct q_section *s, struct buf *out);
void questionnaire_print_question(const struct questionnaire *q, const struct q_question *k, struct buf *out);
#endif

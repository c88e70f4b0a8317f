/* desk_text.h — the texts of a case, one by one; a header of desk/ for its search. */
#ifndef DESK_DESK_TEXT_H
#define DESK_DESK_TEXT_H
#include "store/store.h"

enum text_from {
	TEXT_NUMBER,
	TEXT_CLASS,
	TEXT_RSIT,
	TEXT_HOLDER,
	TEXT_OBSERVABLE,
	TEXT_PARTY,
	TEXT_ANSWER,
	TEXT_NOTE,
	TEXT_MESSAGE,
	TEXT_TAGS,
	/* from here on for MAY_SEE_REPORTER only */
	TEXT_REPORT,
	TEXT_ADDITION,
	TEXT_FILE,
	TEXT_MAIL,
};
typedef bool text_fn(void *ctx, enum text_from from, const char *text); /* false: enough */
enum st desk_texts(struct req *rq, int64_t case_id, bool reporters_too, text_fn *fn, void *ctx);

#endif

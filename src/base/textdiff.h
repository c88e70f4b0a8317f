/* textdiff.h — what became another between two texts, line by line: the longest common lines stay, the rest is gone or
 * new. Pure. Texts of which more than TEXTDIFF_MAX lines differ in one stretch count as wholly replaced there. */
#ifndef BASE_TEXTDIFF_H
#define BASE_TEXTDIFF_H
#include "base/arena.h"

enum { TEXTDIFF_MAX = 2000 };
struct diff_line {
	char kind;   /* ' ' in both, '-' gone, '+' new */
	int was, is; /* line numbers from 1; 0: not in it */
	const char *text;
};
/* The lines in order, gone before new; in the arena, as are their texts. Returns how many. */
int text_diff(struct arena *mem, const char *was, const char *is, struct diff_line **out);
#endif

/* script.h — the facts that are written while something fails, one stage after the other, and what must hold of a store
 * whatever failed. A stage begins on a copy of what the stages before it left. */
#ifndef TORTURE_SCRIPT_H
#define TORTURE_SCRIPT_H
#include "fault.h"
#include <stdint.h>

enum { STAGE_OPEN, STAGE_COUNTRY, STAGE_FILE, STAGE_IMPORT = 10, STAGE_FOLLOW, STAGE_PAPERS, STAGES };
extern const char *const stage_names[STAGES];
enum { ACKS = 64, HANDLED = 512, IMPORTED_NAMES = 300 };

/* Shared between the processes: what the child was told, and what the stages hand on. */
struct shared {
	struct fault_seen seen;
	char dir[64];
	/* acknowledged writes: entries [first, first + count), one of them with this verb */
	struct {
		int64_t first, count;
		char verb[24];
	} ack[ACKS];
	int nacks, refused, nothing; /* nothing: acknowledged, and there was nothing to journal */
	bool finished, served;	     /* the stage came to its end; and the store was of use afterwards */
	bool import_ok, letter_ok, file_ok;
	atomic_bool handled[HANDLED]; /* by the follower */
	char why[300];		      /* what is wrong; "" */
	/* handed on */
	int64_t entries; /* in the journal when the stage began */
	char answer_token[32], number[24];
	int64_t notice;
};

/* In the child: opens the store, arms, runs, disarms, asks the store for one more fact, closes. `n` 0: nothing fails.
 */
void stage_run(struct shared *x, int stage, enum fault f, long n);
/* In another child, afterwards: x->why. */
void stage_check(struct shared *x, int stage, enum fault f);

#endif

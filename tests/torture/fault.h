/* fault.h — makes the n-th allocation, statement, write or fsync of this process fail, once.
 *
 * Allocations of our own code come here through the linker (--wrap), SQLite's through its own hook; statements through
 * --wrap of what runs them; the database's files through a VFS over the one of the system, other files through --wrap
 * of write and fsync. Nothing is really synced: what a power cut would lose is known here and taken back.
 */
#ifndef TORTURE_FAULT_H
#define TORTURE_FAULT_H
#include <stdatomic.h>
#include <stdbool.h>

enum fault {
	FAULT_NONE,
	FAULT_ALLOC,	  /* one of ours gives NULL */
	FAULT_LITE_ALLOC, /* one of SQLite's */
	FAULT_STATEMENT,  /* is refused before it begins */
	FAULT_ROLLBACK,	  /* the same, and the whole transaction is undone, as SQLite may do by itself */
	FAULT_INTERRUPT,  /* ends half-way */
	FAULT_WRITE,	  /* half of it is written, then EIO */
	FAULT_FULL,	  /* this and all further ones: no space left, until fault_disarm */
	FAULT_SYNC,	  /* EIO */
	FAULT_KILL,	  /* the process ends in the middle of a write */
	FAULT_POWER,	  /* the same, and of what was not synced nothing, or only the older half, is there */
	FAULTS
};
extern const char *const fault_names[];
enum { FAULT_KILLED = 99 }; /* exit status of the last two */

/* Counters the parent sees. */
struct fault_seen {
	atomic_long events; /* of the armed kind */
	atomic_bool fired;
};

void fault_setup(struct fault_seen *seen); /* once in the child, before SQLite is used */
void fault_arm(enum fault f, long n);
void fault_disarm(void);

#endif

/* clock.h — the one source of time. Rows, deadlines and messages use clock_now(); only time-outs of sockets and pauses
 * use the monotonic clock. With `test.clock=on` every role maps DIR/clock (8 bytes: the offset in microseconds), so
 * that `nicert clock advance` moves time for all of them at once. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

int64_t clock_now(void);				 /* microseconds since 1970 UTC, plus the offset */
int64_t clock_mono(void);				 /* microseconds, CLOCK_MONOTONIC */
enum st clock_use_file(const char *path, struct err *e); /* maps it (made when missing) */
bool clock_may_move(void);				 /* a file is mapped: an installation for trying things out */
enum st clock_advance(const char *path, int64_t by, struct err *e); /* moves the offset in the file */
void clock_set_for_test(int64_t now);				    /* unit tests: freezes; 0 thaws */

#endif

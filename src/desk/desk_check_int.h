/* desk_check_int.h — what the files of the contact check share. */
#ifndef DESK_DESK_CHECK_INT_H
#define DESK_DESK_CHECK_INT_H
#include "desk/desk_check.h"

int64_t desk_check_every(void); /* the half-year, in microseconds */
/* A number below `range` that an address has for ever: turns are spread by it. */
int64_t desk_check_spread(struct arena *mem, const char *email, int64_t range);
/* Is the address a contact of the resource now, and is that registered or held? */
enum st desk_check_stands_for(struct req *rq, const char *resource, const char *email, bool *yes);
enum st desk_check_enrol(struct req *rq, const char *which); /* a page of the weekly walk, "files" or "registry" */
#endif

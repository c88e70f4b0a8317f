/* desk_digest_int.h — what the files about digests share among themselves. */
#ifndef DESK_DESK_DIGEST_INT_H
#define DESK_DESK_DIGEST_INT_H
#include "desk/desk_digest.h"
#include "desk/desk_int.h"

enum st digest_get(struct req *rq, int64_t id, struct desk_digest *out);
enum st digest_open_of(struct req *rq, const char *email, struct desk_digest *out);
/* Its lines as they stand now; `from`: when deadlines begin to count. */
enum st digest_rows(struct req *rq, const struct desk_digest *d, int64_t from, struct digest_row **out, int *n);
#endif

/* parts.h — pieces of answers that several commands and the poll messages render. */
#ifndef EPP_PARTS_H
#define EPP_PARTS_H
#include "front/epp/render.h"

void transfer_data(struct buf *b, enum space s, const char *said, const char *state, const struct transfer *t,
		   int64_t expiry);
void statuses_write(struct buf *b, enum space s, statuses set);
void client_id(struct buf *b, const char *tag, const char *handle);
void domain_inf(struct buf *b, const struct domain *d, const char *said, bool full, char hosts);

#endif

/* lookup_check.h — do RDAP, WHOIS and the rows say the same? For `nicert check lookup` and the tests. */
#ifndef CLI_LOOKUP_CHECK_H
#define CLI_LOOKUP_CHECK_H
#include "cli/cli.h"
#include "lookup/lookup.h"

/* Of one object, as the public sees it; ST_CONFLICT and why when they differ. served: what the server that listens where
 * this says answers, else NULL: what is rendered here. ST_BUSY, ST_LIMIT: that does not answer, or no more. */
enum st lookup_check(struct req *rq, const struct config *served, enum look_kind kind, const char *what, char why[200]);
enum st lookup_served(struct req *rq, const struct config *cfg, enum look_kind kind, const char *what, struct buf *rdap,
		      struct buf *whois);

void lookup_site_set(struct cli *c);
extern const struct option_row lookup_check_options[];
int lookup_check_run(struct cli *c);
#endif

/* lookup_check.h — do RDAP, WHOIS and the rows say the same? For `nicert check lookup` and the tests. */
#ifndef CLI_LOOKUP_CHECK_H
#define CLI_LOOKUP_CHECK_H
#include "cli/cli.h"
#include "lookup/lookup.h"

/* Of one object, as the public sees it; ST_CONFLICT and why when they differ. */
enum st lookup_check(struct req *rq, enum look_kind kind, const char *what, char why[200]);

void lookup_site_set(struct cli *c);
extern const struct option_row lookup_check_options[];
int lookup_check_run(struct cli *c);
#endif

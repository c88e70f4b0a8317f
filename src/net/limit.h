/* limit.h — budgets by client network: token buckets per /24 (IPv4) and /48 (IPv6) in a fixed-size table. Thread-safe.
 */
#ifndef NET_LIMIT_H
#define NET_LIMIT_H
#include <stdbool.h>
#include <stdint.h>
#include "base/addr.h"

struct limit;
/* `per_hour` tokens refill evenly, at most `burst` saved. The table holds `slots` networks; when full the emptiest-used
 * slot is taken over, so memory is bounded and a flood of networks can only forget, never grow. */
struct limit *limit_new(int slots, int64_t per_hour, int64_t burst);
void limit_free(struct limit *l);
bool limit_take(struct limit *l, const struct addr *client, int64_t now, int64_t *retry_after_seconds);

#endif

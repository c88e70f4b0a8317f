/* disclose.h — what the fronts that answer look-ups (RDAP, the page, the API) have in common: one budget for the public,
 * and the record of what somebody is told beyond it. */
#ifndef FRONT_DISCLOSE_H
#define FRONT_DISCLOSE_H
#include "base/lang.h"
#include "lookup/partner.h"
#include "lookup/service.h"
#include "net/http.h"

/* false: the network's budget is used up; the answer says when to come again, *why is for its 429. */
static inline bool front_lookup_allowed(struct http *h, const char **why)
{
	int64_t wait;
	if (lookup_allows(http_client(h), &wait))
		return true;
	http_set_header(h, "Retry-After", arena_printf(http_req(h)->mem, "%lld", (long long)wait));
	*why = N_("your network has used up its budget: ask more slowly");
	return false;
}

/* What the write and what comes after it share. */
struct front_told {
	struct look_disclosure d;
	http_then render;
	void *arg;
};

static inline enum st front_told_write(struct req *rq, void *told)
{
	return look_disclosed_write(rq, &((struct front_told *)told)->d);
}

static inline void front_told_then(struct http *h, void *told, const struct err *outcome)
{
	struct front_told *t = told;
	t->render(h, t->arg, outcome);
}

/* Journals what goes beyond public (of `what` the asker is filled in), then `render` runs: parts that the public does not
 * see, former versions, what a search that is not for everybody found. Nothing of these: it runs at once. */
static inline void front_disclose(struct http *h, const struct look_asker *a, const struct look_disclosure *what,
				  http_then render, void *arg)
{
	if (a->level == LEVEL_PUBLIC || (!what->parts && !what->at && !what->found && !what->history)) {
		render(h, arg, NULL);
		return;
	}
	struct front_told *t = arena_new_of(http_req(h)->mem, struct front_told);
	*t = (struct front_told){ .d = *what, .render = render, .arg = arg };
	t->d.purpose = a->purpose;
	t->d.partner = a->partner;
	t->d.level = a->level;
	lookup_count_disclosure();
	http_act_as(h, &a->who);
	http_write(h, front_told_write, t, front_told_then);
}
#endif

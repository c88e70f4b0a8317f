/* web_process.c — how a report is handled, from the rows that the desk itself follows. */
#include "front/web/web.h"
#include "front/web/pages.h"

enum { CLOCKS_MAX = 40 };

/* Whole days when it is two or more, else hours: as a notice's deadline is spoken of. */
const char *deadline_text(const struct page *p, int64_t seconds)
{
	long long hours = (seconds + 3599) / 3600;
	if (hours >= 48 && hours % 24 == 0)
		return arena_printf(p->mem, tr(p->lang, N_("%lld days")), hours / 24);
	return arena_printf(p->mem, tr(p->lang, N_("%lld hours")), hours);
}

const char *answer_time_text(const struct page *p, const struct answer_time *t)
{
	if (t->working)
		return arena_printf(p->mem, tr(p->lang, N_("%lld working hours")), (long long)t->hours);
	return deadline_text(p, t->hours * 3600);
}

void web_get_process(struct http *h)
{
	struct req *rq = http_req(h);
	struct process_view v = { .class_ = arena_array(rq->mem, struct desk_class, CLASSES_MAX),
				  .time = arena_array(rq->mem, struct answer_time, CLASSES_MAX),
				  .clock = arena_array(rq->mem, struct desk_clock, CLOCKS_MAX) };
	if (desk_classes(rq, v.class_, CLASSES_MAX, &v.n) || desk_answer_times(rq, v.class_, v.n, v.time) ||
	    desk_clocks(rq, NULL, v.clock, CLOCKS_MAX, &v.clocks)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = page_of(h, N_("How we handle a report"), NAV_NONE);
	web_process(&p, &v);
}

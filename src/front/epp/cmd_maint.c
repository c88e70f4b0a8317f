/* maintenance (RFC 9167): what is planned, one and all, and as a poll message. */
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "front/epp/commands.h"
#include "front/epp/parts.h"

enum { SHOWN = 200 };

bool maint_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	c->list = walk_opt(&w, "list");
	if (!c->list)
		c->name = c->said = value_token(c, walk_need(&w, "id"), 1, 255);
	return walk_end(&w);
}

enum st maint_act(struct req *rq, struct command *c)
{
	int64_t id = 0;
	enum st st = ST_NOTFOUND;
	c->maintenance = arena_array(rq->mem, struct maintenance, c->list ? SHOWN : 1);
	if (c->list)
		return maintenance_list(rq, false, c->maintenance, SHOWN, &c->nmaintenances);
	if (text_int(c->name, 1, INT64_MAX, &id))
		st = maintenance_get(rq, id, c->maintenance);
	if (st == ST_NOTFOUND || (!st && c->maintenance->cancelled_at)) {
		err_clear(&rq->err);
		return act_refuse(rq, c, ST_NOTFOUND, R_NOT_THERE, "id", c->said, "no maintenance of this id");
	}
	return st;
}

static void dates_write(struct buf *b, const struct maintenance *m)
{
	x_time(b, "maint:crDate", m->added_at);
	x_time(b, "maint:upDate", m->changed_at);
}

static void systems_write(struct buf *b, const struct maintenance *m)
{
	X(b, "<maint:systems>");
	for (int i = 0; i < m->nsystems; i++) {
		X(b, "<maint:system>");
		x_el(b, "maint:name", m->system[i].name);
		x_el(b, "maint:impact", impact_name(m->system[i].impact));
		X(b, "</maint:system>");
	}
	X(b, "</maint:systems>");
}

static void item_write(struct buf *b, const struct maintenance *m, const char *step)
{
	X(b, "<maint:item>");
	x_int(b, "maint:id", m->id);
	x_el(b, "maint:pollType", step);
	systems_write(b, m);
	buf_printf(b, "<maint:environment type=\"%s\"/>", clock_may_move() ? "ote" : "production");
	x_time(b, "maint:start", m->start_at);
	x_time(b, "maint:end", m->end_at);
	x_el(b, "maint:reason", m->emergency ? "emergency" : "planned");
	x_el_some(b, "maint:detail", m->link);
	x_el_some(b, "maint:description", m->reason);
	if (m->reason_zh && *m->reason_zh) {
		X(b, "<maint:description lang=\"zh-TW\">");
		x_text(b, m->reason_zh);
		X(b, "</maint:description>");
	}
	buf_printf(b,
		   "<maint:intervention><maint:connection>%d</maint:connection><maint:implementation>%d</"
		   "maint:implementation></maint:intervention>",
		   m->connection, m->implementation);
	dates_write(b, m);
	X(b, "</maint:item>");
}

static void list_write(struct buf *b, const struct command *c)
{
	X(b, "<maint:list>");
	for (int i = 0; i < c->nmaintenances; i++) {
		const struct maintenance *m = &c->maintenance[i];
		X(b, "<maint:listItem>");
		x_int(b, "maint:id", m->id);
		x_time(b, "maint:start", m->start_at);
		x_time(b, "maint:end", m->end_at);
		dates_write(b, m);
		X(b, "</maint:listItem>");
	}
	X(b, "</maint:list>");
}

#define INF_DATA "<maint:infData xmlns:maint=\"urn:ietf:params:xml:ns:epp:maintenance-1.0\">"

void maint_write(struct out *o, struct command *c)
{
	struct buf *b = &o->res;
	X(b, INF_DATA);
	if (c->list)
		list_write(b, c);
	else
		item_write(b, c->maintenance, NULL);
	X(b, "</maint:infData>");
}

/* RFC 9167 §3.4. */
void maint_poll_write(struct out *o, const struct maintenance *m, const char *step)
{
	struct buf *b = out_begin(o, SPACE_MAINT);
	if (!b)
		return;
	X(b, INF_DATA);
	item_write(b, m, step);
	X(b, "</maint:infData>");
	out_end(o, SPACE_MAINT);
}

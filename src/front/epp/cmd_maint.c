/* maintenance (RFC 9167): what is planned, from the setting "epp.maintenance": a JSON array of
 * {"id","start","end","created","updated","system","impact","emergency":bool,"text","connection":bool,"implementation":bool},
 * times as RFC 3339, impact none, partial or full. */
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "front/epp/commands.h"
#include "front/epp/parts.h"

#define SETTING "epp.maintenance"

bool maint_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	c->list = walk_opt(&w, "list");
	if (!c->list)
		c->name = c->said = value_token(c, walk_need(&w, "id"), 1, 255);
	return walk_end(&w);
}

static const char *text_of(const struct json *o, const char *key, const char *otherwise)
{
	const char *s = json_str(json_get(o, key));
	return s && *s ? s : otherwise;
}

static int64_t time_of(const struct json *o, const char *key)
{
	const char *s = json_str(json_get(o, key));
	int64_t t = s ? time_parse(s) : TIME_NONE;
	return t == TIME_NONE ? 0 : t;
}

static bool is_item(const struct json *o)
{
	return json_str(json_get(o, "id")) && time_of(o, "start") && time_of(o, "end");
}

static const struct json *find(const struct json *all, const char *id)
{
	for (int i = 0; all && i < json_count(all); i++)
		if (is_item(json_at(all, i)) && !strcmp(json_str(json_get(json_at(all, i), "id")), id))
			return json_at(all, i);
	return NULL;
}

enum st maint_act(struct req *rq, struct command *c)
{
	struct err e;
	char *text = setting_get(rq, SETTING);
	const struct json *all = text ? json_parse(rq->mem, text, strlen(text), &e) : NULL;
	c->poll.payload = text; /* for maint_write */
	if (!c->list && !find(json_is_array(all) ? all : NULL, c->name))
		return act_refuse(rq, c, ST_NOTFOUND, R_NOT_THERE, "id", c->said, "no maintenance of this id");
	return ST_OK;
}

static void times_write(struct buf *b, const struct json *o, bool item)
{
	int64_t created = time_of(o, "created"), start = time_of(o, "start");
	if (item) {
		x_time(b, "maint:crDate", created ? created : start);
		x_time(b, "maint:upDate", time_of(o, "updated"));
		return;
	}
	x_time(b, "maint:start", start);
	x_time(b, "maint:end", time_of(o, "end"));
}

static void item_write(struct buf *b, const struct json *o)
{
	const char *impact = text_of(o, "impact", "full");
	bool known = !strcmp(impact, "none") || !strcmp(impact, "partial");
	X(b, "<maint:item>");
	x_el(b, "maint:id", text_of(o, "id", ""));
	X(b, "<maint:systems><maint:system>");
	x_el(b, "maint:name", text_of(o, "system", "EPP"));
	x_el(b, "maint:impact", known ? impact : "full");
	X(b, "</maint:system></maint:systems><maint:environment type=\"production\"/>");
	times_write(b, o, false);
	x_el(b, "maint:reason", json_true(json_get(o, "emergency")) ? "emergency" : "planned");
	x_el(b, "maint:description", text_of(o, "text", NULL));
	buf_printf(b,
		   "<maint:intervention><maint:connection>%d</maint:connection><maint:implementation>%d</"
		   "maint:implementation></maint:intervention>",
		   json_true(json_get(o, "connection")), json_true(json_get(o, "implementation")));
	times_write(b, o, true);
	X(b, "</maint:item>");
}

void maint_write(struct out *o, struct command *c)
{
	struct err e;
	struct buf *b = &o->res;
	const char *text = c->poll.payload;
	const struct json *all = text ? json_parse(c->mem, text, strlen(text), &e) : NULL;
	X(b, "<maint:infData xmlns:maint=\"urn:ietf:params:xml:ns:epp:maintenance-1.0\">");
	if (!c->list) {
		item_write(b, find(all, c->name));
	} else {
		X(b, "<maint:list>");
		for (int i = 0; json_is_array(all) && i < json_count(all); i++) {
			const struct json *it = json_at(all, i);
			if (!is_item(it))
				continue;
			X(b, "<maint:listItem>");
			x_el(b, "maint:id", text_of(it, "id", ""));
			times_write(b, it, false);
			times_write(b, it, true);
			X(b, "</maint:listItem>");
		}
		X(b, "</maint:list>");
	}
	X(b, "</maint:infData>");
}

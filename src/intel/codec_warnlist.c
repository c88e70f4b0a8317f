/* MISP's warning lists: JSON to items that can be looked up. */
#include <stdlib.h>
#include <string.h>
#include "base/addr.h"
#include "base/idn.h"
#include "base/json.h"
#include "base/text.h"
#include "intel/warnlist.h"

enum { NAME_MAX_LIST = 200, ITEM_MAX = 300 };

static char *item_of(struct arena *mem, const char *type, const char *s)
{
	struct prefix p;
	struct addr a;
	char text[PREFIX_TEXT];
	if (!*s || strlen(s) > ITEM_MAX || !text_clean(s, strlen(s)))
		return NULL;
	if (!strcmp(type, "cidr")) {
		bool ok = strchr(s, '/') ? prefix_parse(s, &p) : addr_parse(s, &a);
		if (ok && !strchr(s, '/'))
			p = prefix_of(&a, a.family == 4 ? 32 : 128);
		return ok ? arena_printf(mem, "c%s", prefix_text(&p, text)) : NULL;
	}
	struct observable o;
	bool host = !strcmp(type, "hostname");
	s += host && *s == '.';
	if (obs_parse(mem, s, &o, NULL))
		return host ? NULL : arena_printf(mem, "s%s", s);
	return arena_printf(mem, "%c%s", host && o.kind == OBS_NAME ? 'h' : 's', o.value);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

enum st warnlist_parse(struct arena *mem, const char *json, size_t n, struct warnlist *out, struct err *e)
{
	const struct json *o = n > WARN_BYTES ? NULL : json_parse(mem, json, n, e);
	const char *name = json_str(json_get(o, "name")), *type = json_str(json_get(o, "type"));
	const struct json *list = json_get(o, "list");
	*out = (struct warnlist){ 0 };
	if (!o)
		return err_set(e, ST_INVALID, "no JSON of at most %d MB", WARN_BYTES >> 20);
	if (!name || !*name || strlen(name) > NAME_MAX_LIST || !text_clean(name, strlen(name)) || !json_is_array(list))
		return err_set(e, ST_INVALID, "a warning list has a name and a list");
	if (!type || (strcmp(type, "cidr") && strcmp(type, "hostname") && strcmp(type, "string")))
		return err_set(e, ST_INVALID, "its type is \"%.40s\"; cidr, hostname and string can be used",
			       type ? type : "");
	int count = json_count(list);
	if (count > WARN_ITEMS)
		return err_set(e, ST_LIMIT, "more than %d items", WARN_ITEMS);
	out->name = arena_strdup(mem, name);
	out->type = arena_strdup(mem, type);
	out->digest = hash_of(json, n);
	out->item = arena_array(mem, char *, count + 1);
	for (int i = 0; i < count; i++) {
		const char *s = json_str(json_at(list, i));
		char *item = s ? item_of(mem, type, s) : NULL;
		if (item)
			out->item[out->n++] = item;
		else
			out->passed_over++;
	}
	qsort(out->item, (size_t)out->n, sizeof *out->item, by_text);
	int kept = 0;
	for (int i = 0; i < out->n; i++)
		if (!kept || strcmp(out->item[kept - 1], out->item[i]) != 0)
			out->item[kept++] = out->item[i];
	out->n = kept;
	return ST_OK;
}

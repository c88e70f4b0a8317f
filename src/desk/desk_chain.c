/* A chain of parties as it was when the report came, kept as one text in the observable's row: it is read as a whole or
 * not at all. */
#include <string.h>
#include "base/bytes.h"
#include "desk/desk_int.h"

static void write_contact(struct jw *w, const struct holder_contact *c)
{
	j_obj(w, NULL);
	j_str(w, "role", c->role);
	j_str(w, "email", c->email);
	j_str(w, "lang", c->lang);
	j_bool(w, "verified", c->verified);
	j_end(w);
}

char *desk_chain_write(struct arena *mem, const struct chain_link *chain, int n)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		j_obj(&w, NULL);
		j_int(&w, "role", chain[i].role);
		j_str(&w, "name", chain[i].name);
		j_str(&w, "handle", chain[i].handle);
		j_bool(&w, "person", chain[i].person);
		j_arr(&w, "contacts");
		for (int c = 0; c < chain[i].contacts && c < 4; c++)
			write_contact(&w, &chain[i].contact[c]);
		j_end(&w);
		j_end(&w);
	}
	j_end(&w);
	return arena_strdup(mem, buf_cstr(&b));
}

static char *text_of(struct arena *mem, const struct json *o, const char *key)
{
	return arena_strdup(mem, json_str(json_get(o, key)));
}

static void read_link(struct arena *mem, const struct json *o, struct chain_link *out)
{
	int64_t role = 0;
	json_int(json_get(o, "role"), &role);
	const struct json *contacts = json_get(o, "contacts");
	*out = (struct chain_link){ .role = (enum link_role)(role & 3),
				    .name = text_of(mem, o, "name"),
				    .handle = text_of(mem, o, "handle"),
				    .person = json_true(json_get(o, "person")) };
	for (int i = 0; i < json_count(contacts) && i < 4; i++) {
		const struct json *c = json_at(contacts, i);
		out->contact[out->contacts++] =
			(struct holder_contact){ text_of(mem, c, "role"), text_of(mem, c, "email"),
						 text_of(mem, c, "lang"), json_true(json_get(c, "verified")) };
	}
}

int desk_chain_read(struct arena *mem, const char *text, struct chain_link *out, int max)
{
	const struct json *a = json_parse(mem, text, strlen(text), NULL);
	int n = a && json_is_array(a) ? json_count(a) : 0;
	n = n > max ? max : n;
	for (int i = 0; i < n; i++)
		read_link(mem, json_at(a, i), &out[i]);
	return n;
}

int64_t desk_value_key(const char *value)
{
	struct hash h = hash_of(value, strlen(value));
	struct rd r = rd_of(h.b, sizeof h.b);
	return (int64_t)(rd_u64(&r) >> 1);
}

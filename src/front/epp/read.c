/* Elements in the order of a schema, and their values. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/idn.h"
#include "base/text.h"
#include "front/epp/command.h"

/* ── refusing ── */

static void copy_cut(char *out, size_t size, const char *s)
{
	size_t n = utf8_cut(s, strlen(s), size - 1);
	memcpy(out, s, n);
	out[n] = 0;
}

bool command_refuse(struct command *c, int code, const struct node *n, const char *fmt, ...)
{
	va_list ap;
	char text[400];
	if (c->why.code)
		return false;
	c->why.code = (enum result)code;
	c->why.element[0] = c->why.value[0] = 0;
	if (n && n->space)
		snprintf(c->why.element, sizeof c->why.element, "%s:%.36s", spaces[n->space].prefix, n->name);
	if (n && !n->child)
		copy_cut(c->why.value, sizeof c->why.value, token_of(c->mem, n->text));
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	copy_cut(c->why.reason, sizeof c->why.reason, text);
	return false;
}

enum st act_refuse(struct req *rq, struct command *c, enum st st, int code, const char *element, const char *value,
		   const char *fmt, ...)
{
	va_list ap;
	c->why = (struct outcome){ .code = (enum result)code };
	snprintf(c->why.element, sizeof c->why.element, "%s", element);
	copy_cut(c->why.value, sizeof c->why.value, value ? value : "");
	va_start(ap, fmt);
	vsnprintf(c->why.reason, sizeof c->why.reason, fmt, ap);
	va_end(ap);
	return err_set(&rq->err, st, "%s", c->why.reason);
}

/* ── walking ── */

struct walk walk_in(struct command *c, struct node *of)
{
	return (struct walk){ c, of, of->child };
}

struct node *walk_opt(struct walk *w, const char *name)
{
	struct node *n = w->at;
	if (w->c->why.code || !node_is(n, w->of->space, name))
		return NULL;
	w->at = n->next;
	return n;
}

struct node *walk_need(struct walk *w, const char *name)
{
	struct node *n = walk_opt(w, name);
	if (n || w->c->why.code)
		return n;
	struct node missing = { .space = w->of->space, .name = name, .text = "" };
	for (struct node *k = w->of->child; k; k = k->next)
		if (node_is(k, missing.space, name)) {
			command_refuse(w->c, E_SYNTAX, k, "%s is not in its place", name);
			return NULL;
		}
	command_refuse(w->c, R_PARAM_MISSING, &missing, "%s is missing in %s", name, w->of->name);
	return NULL;
}

bool walk_end(struct walk *w)
{
	if (w->c->why.code)
		return false;
	return !w->at || command_refuse(w->c, E_SYNTAX, w->at, "%.60s is not expected here", w->at->name);
}

/* ── values ── */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

char *token_of(struct arena *mem, const char *s)
{
	char *out = arena_alloc(mem, strlen(s) + 1), *o = out;
	for (; *s; s++) {
		if (!is_blank(*s))
			*o++ = *s;
		else if (o > out && o[-1] != ' ')
			*o++ = ' ';
	}
	if (o > out && o[-1] == ' ')
		o--;
	*o = 0;
	return out;
}

static size_t chars(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static bool length_ok(struct command *c, struct node *n, const char *s, size_t min, size_t max)
{
	size_t len = chars(s);
	if (n->child)
		return command_refuse(c, E_SYNTAX, n->child, "%.60s is not expected in %.60s", n->child->name, n->name);
	if (len < min && !len)
		return command_refuse(c, R_PARAM_SYNTAX, n, "%s must not be empty", n->name);
	if (len < min)
		return command_refuse(c, R_PARAM_SYNTAX, n, "%s has at least %zu characters", n->name, min);
	return len <= max || command_refuse(c, R_PARAM_SYNTAX, n, "%s has at most %zu characters", n->name, max);
}

char *value_token(struct command *c, struct node *n, size_t min, size_t max)
{
	if (!n || c->why.code)
		return NULL;
	char *s = token_of(c->mem, n->text);
	return length_ok(c, n, s, min, max) ? s : NULL;
}

char *value_line(struct command *c, struct node *n, size_t min, size_t max)
{
	if (!n || c->why.code)
		return NULL;
	char *s = arena_strdup(c->mem, n->text);
	for (char *p = s; *p; p++)
		if (is_blank(*p))
			*p = ' ';
	if (min && !*token_of(c->mem, s))
		return command_refuse(c, R_PARAM_SYNTAX, n, "%s must not be empty", n->name), NULL;
	return length_ok(c, n, s, min, max) ? s : NULL;
}

/* Letters, digits, hyphens (not first or last), 1–63 a label, two labels at least, 253 in all (RFC 1123 §2.1). */
static bool is_hostname(const char *s)
{
	size_t label = 0, all = 0, labels = 1;
	for (; s[all]; all++) {
		char ch = s[all];
		if (ch == '.') {
			if (!label || s[all - 1] == '-')
				return false;
			label = 0;
			labels++;
			continue;
		}
		bool ok = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || (ch == '-' && label);
		if (!ok || ++label > 63)
			return false;
	}
	return label && s[all - 1] != '-' && labels > 1 && all <= 253;
}

/* Most names are plain ASCII and need no IDNA. */
static bool needs_idna(const char *s)
{
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p >= 0x80 || !strncmp(p, "xn--", 4))
			return true;
	return false;
}

char *name_plain(struct arena *mem, const char *s)
{
	char *low = text_lower(mem, s);
	if (needs_idna(low))
		low = name_ascii(mem, low, false, NULL);
	return low && is_hostname(low) ? low : NULL;
}

char *value_name(struct command *c, struct node *n, char **said)
{
	char *s = value_token(c, n, 1, 255), *name = s ? name_plain(c->mem, s) : NULL;
	if (s && !name)
		command_refuse(c, R_PARAM_SYNTAX, n, "not a domain name");
	if (said)
		*said = s;
	return name;
}

bool value_int(struct command *c, struct node *n, int64_t min, int64_t max, int64_t *out)
{
	if (!n || c->why.code)
		return false;
	char *s = token_of(c->mem, n->text);
	if (n->child || !text_int(s + (*s == '+'), INT64_MIN, INT64_MAX, out))
		return command_refuse(c, R_PARAM_SYNTAX, n, "%s must be a number", n->name);
	return (*out >= min && *out <= max) || command_refuse(c, R_PARAM_RANGE, n, "%s must be from %lld to %lld",
							      n->name, (long long)min, (long long)max);
}

bool value_bool(struct command *c, struct node *n, const char *text, bool *out)
{
	char *s = token_of(c->mem, text);
	*out = !strcmp(s, "1") || !strcmp(s, "true");
	return *out || !strcmp(s, "0") || !strcmp(s, "false") ||
	       command_refuse(c, R_PARAM_SYNTAX, n, "true or false is needed in %s", n->name);
}

/* RFC 5731 §2.6. Terms are years here; months are taken where they make whole years. */
bool value_period(struct command *c, struct node *n, int *years)
{
	int64_t v = 0;
	const char *unit = node_attr(n, "unit");
	if (!unit)
		return command_refuse(c, R_PARAM_MISSING, n, "the unit of the period is missing");
	bool months = !strcmp(unit, "m");
	if (!months && strcmp(unit, "y") != 0)
		return command_refuse(c, R_PARAM_SYNTAX, n, "the unit of the period is y or m");
	if (!value_int(c, n, 1, 99, &v))
		return false;
	if (months && v % 12)
		return command_refuse(c, R_POLICY_VALUE, n, "names are registered for whole years");
	*years = (int)(months ? v / 12 : v);
	return true;
}

bool value_status(struct command *c, struct node *n, statuses *out)
{
	enum status_bit bit;
	const char *s = node_attr(n, "s");
	if (!s)
		return command_refuse(c, R_PARAM_MISSING, n, "the status has no s");
	struct node shown = { .space = n->space, .name = n->name, .text = token_of(c->mem, s) };
	if (!status_parse(shown.text, &bit))
		return command_refuse(c, R_PARAM_SYNTAX, &shown, "not a status that a client can set");
	*out |= BIT(bit);
	return true;
}

bool value_addr(struct command *c, struct node *n, struct addr *out)
{
	const char *ip = node_attr(n, "ip");
	uint8_t family = !ip || !strcmp(ip, "v4") ? 4 : 6;
	if (ip && family == 6 && strcmp(ip, "v6") != 0)
		return command_refuse(c, R_PARAM_SYNTAX, n, "ip is v4 or v6");
	char *s = value_token(c, n, 3, 45);
	if (!s)
		return false;
	return (addr_parse(s, out) && out->family == family) ||
	       command_refuse(c, R_PARAM_SYNTAX, n, "not an IPv%d address", family);
}

/* RFC 5731 §3.2.1: a password; nothing else is defined. */
bool value_authinfo(struct command *c, struct node *n, char **out)
{
	struct walk w = walk_in(c, n);
	struct node *ext = walk_opt(&w, "ext");
	if (ext)
		return command_refuse(c, E_OPTION, ext, "authorisation information is a password");
	*out = value_line(c, walk_need(&w, "pw"), 0, PASSWORD_MAX);
	return walk_end(&w);
}

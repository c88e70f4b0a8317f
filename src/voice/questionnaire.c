/* questionnaire.c — its items, who is asked what, and answers packed into few bytes. */
#include "voice/questionnaire.h"
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "voice/count.h"

const char *q_kind_name(enum q_kind k)
{
	static const char *const names[Q_KINDS] = { "single", "multiple", "grid", "number", "open" };
	return names[k];
}

bool q_name_ok(const char *s)
{
	size_t n = strlen(s);
	return n > 0 && n <= Q_ID_MAX && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == n && *s != '-' &&
	       *s != '_';
}

const char *q_words_in(const struct q_words *w, enum lang l)
{
	for (int i = 0; i < LANG_COUNT; i++) {
		const char *s = w->in[(l + i) % LANG_COUNT];
		if (s)
			return s;
	}
	return "";
}

/* ── items and options by name ── */

static const char *const points[] = { "1", "2", "3", "4", "5", "unknown" };

int questionnaire_item(const struct questionnaire *q, const char *id, size_t n)
{
	const char *dot = memchr(id, '.', n);
	size_t head = dot ? (size_t)(dot - id) : n;
	for (int i = 0; i < q->nquestions; i++) {
		const struct q_question *k = &q->question[i];
		if (strlen(k->id) != head || memcmp(k->id, id, head) != 0)
			continue;
		if (k->kind != Q_GRID)
			return dot ? -1 : k->item;
		for (int r = 0; dot && r < k->nrows; r++)
			if (strlen(k->row[r].id) == n - head - 1 && !memcmp(k->row[r].id, dot + 1, n - head - 1))
				return k->item + r;
		return -1;
	}
	return -1;
}

char *questionnaire_item_id(struct arena *mem, const struct questionnaire *q, int item)
{
	const struct q_item *i = &q->item[item];
	const struct q_question *k = &q->question[i->question];
	return i->row < 0 ? k->id : arena_printf(mem, "%s.%s", k->id, k->row[i->row].id);
}

const char *questionnaire_option_id(const struct questionnaire *q, int item, int option)
{
	const struct q_item *i = &q->item[item];
	const struct q_question *k = &q->question[i->question];
	if (option < 0 || option >= i->options)
		return "";
	if (k->kind == Q_GRID)
		return points[option];
	return k->noptions ? k->option[option].id : "answered";
}

int questionnaire_option(const struct questionnaire *q, int item, const char *id)
{
	for (int o = 0; o < q->item[item].options; o++)
		if (strcmp(questionnaire_option_id(q, item, o), id) == 0)
			return o;
	return -1;
}

/* ── who is asked what ── */

static bool holds(const struct q_condition *c, const uint64_t *answer)
{
	uint64_t a = answer[c->item];
	if (a == CROSS_NOT_ASKED || !a)
		return false;
	return c->negated ? !(a & c->options) : (a & c->options) != 0;
}

bool questionnaire_asked(const struct questionnaire *q, int question, const uint64_t *answer)
{
	const struct q_question *k = &q->question[question];
	for (int i = 0; i < k->nconditions; i++)
		if (!holds(&k->condition[i], answer))
			return false;
	return true;
}

static bool ends_here(const struct q_question *k, uint64_t bits)
{
	for (int o = 0; o < k->noptions && bits != CROSS_NOT_ASKED; o++)
		if (k->option[o].ends && bits & 1ULL << o)
			return true;
	return false;
}

bool questionnaire_ended(const struct questionnaire *q, int question, const uint64_t *answer)
{
	for (int i = 0; i < question; i++)
		if (ends_here(&q->question[i], answer[q->question[i].item]))
			return true;
	return false;
}

void questionnaire_route(const struct questionnaire *q, uint64_t *answer)
{
	bool ended = false;
	for (int i = 0; i < q->nquestions; i++) {
		const struct q_question *k = &q->question[i];
		int n = k->kind == Q_GRID ? k->nrows : 1;
		bool asked = !ended && questionnaire_asked(q, i, answer);
		for (int r = 0; r < n; r++)
			if (!asked)
				answer[k->item + r] = CROSS_NOT_ASKED;
			else if (answer[k->item + r] == CROSS_NOT_ASKED)
				answer[k->item + r] = 0;
		ended = ended || ends_here(k, answer[k->item]);
	}
}

bool questionnaire_bits_ok(const struct questionnaire *q, int item, uint64_t bits)
{
	const struct q_item *i = &q->item[item];
	const struct q_question *k = &q->question[i->question];
	if (bits >> i->options)
		return false;
	bool several = (bits & (bits - 1)) != 0;
	if (k->kind != Q_MULTIPLE)
		return !several;
	for (int o = 0; o < k->noptions; o++)
		if (several && k->option[o].exclusive && bits & 1ULL << o)
			return false;
	return true;
}

/* ── packed ── */

size_t questionnaire_pack(const uint64_t *answer, int n, uint8_t *out)
{
	size_t size = 0;
	for (int i = 0; i < n; i++) {
		uint64_t v = answer[i] == CROSS_NOT_ASKED ? 0 : answer[i] + 1;
		for (; v >= 0x80; v >>= 7)
			out[size++] = (uint8_t)(v | 0x80);
		out[size++] = (uint8_t)v;
	}
	return size;
}

bool questionnaire_unpack(const uint8_t *p, size_t size, int n, uint64_t *answer)
{
	const uint8_t *end = p + size;
	for (int i = 0; i < n; i++) {
		uint64_t v = 0;
		int shift = 0;
		do {
			if (p == end || shift > 63)
				return false;
			v |= (uint64_t)(*p & 0x7f) << shift;
			shift += 7;
		} while (*p++ & 0x80);
		answer[i] = v ? v - 1 : CROSS_NOT_ASKED;
	}
	return p == end;
}

/* delivered.c — the letters as delivered, in a language: letters/NAME.txt with each {_Sentence with %s|variable}
 * translated, the variables in its places. */
#include <string.h>
#include "base/embed.h"
#include "letter/letter_int.h"

enum { ARGS_MAX = 4, DELIVERED_MAX = 64 << 10 };

/* A brace of a translation is a brace. */
static void put_char(struct buf *out, char c)
{
	buf_char(out, c);
	if (c == '{')
		buf_char(out, c);
}

/* %s, %1$s, %%. */
static void put_sentence(struct buf *out, const char *s, char *const *arg, int n)
{
	int next = 0;
	for (; *s; s++) {
		int i = next;
		if (*s != '%') {
			put_char(out, *s);
			continue;
		}
		if (s[1] >= '1' && s[1] <= '9' && s[2] == '$') {
			i = s[1] - '1';
			s += 2;
		}
		s++;
		if (*s == 's' && i < n) {
			buf_printf(out, "{%s}", arg[i]);
			next = i + 1;
		} else if (*s) {
			put_char(out, *s);
		} else {
			return;
		}
	}
}

static void put_translated(struct arena *mem, enum lang lang, struct buf *out, const char *s, size_t n)
{
	char *msgid = arena_dup(mem, s, n), *rest = strchr(msgid, '|'), *arg[ARGS_MAX];
	int args = 0;
	while (rest && args < ARGS_MAX) {
		*rest = 0;
		arg[args++] = rest + 1;
		rest = strchr(rest + 1, '|');
	}
	put_sentence(out, tr(lang, msgid), arg, args);
}

/* letters/NAME.txt, generated */
extern const struct embedded letters_delivered[];

static const char *text_of(struct arena *mem, enum purpose purpose, enum lang lang)
{
	BUF_SCOPE out = { .max = DELIVERED_MAX };
	const struct embedded *letter = embedded_find(letters_delivered, letter_purposes[purpose].name);
	const char *s = letter ? letter->data : "";
	for (const char *at, *end; (at = strstr(s, "{_")) && (end = strchr(at, '}')); s = end + 1) {
		buf_add(&out, s, (size_t)(at - s));
		put_translated(mem, lang, &out, at + 2, (size_t)(end - at - 2));
	}
	buf_str(&out, s);
	return arena_strdup(mem, buf_cstr(&out));
}

/* "[%s] %s: your answer is needed" without what is always put before a subject. */
static const char *subject_of(struct arena *mem, enum purpose purpose, enum lang lang)
{
	BUF_SCOPE out = BUF_INIT;
	const char *msgid = letter_purposes[purpose].subject, *s = msgid ? tr(lang, msgid) : NULL;
	if (!s)
		return "{subject}";
	s = strstr(s, "] ") ? strstr(s, "] ") + 2 : s;
	put_sentence(&out, s, (char *[]){ (char *)"class" }, 1);
	return arena_strdup(mem, buf_cstr(&out));
}

void letter_delivered(struct arena *mem, enum purpose purpose, enum lang lang, struct wording *out)
{
	*out = (struct wording){ 0, subject_of(mem, purpose, lang), text_of(mem, purpose, lang), "" };
}

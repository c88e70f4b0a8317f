/* What a party's first words say clearly. */
#include <string.h>
#include <strings.h>
#include "desk/desk_mail.h"

static const struct {
	const char *words;
	enum answer_kind is;
} said[] = {
	{ "fixed", ANSWER_FIXED },
	{ "it is fixed", ANSWER_FIXED },
	{ "resolved", ANSWER_FIXED },
	{ "it has been fixed", ANSWER_FIXED },
	{ "已修復", ANSWER_FIXED },
	{ "已修正", ANSWER_FIXED },
	{ "已處理完成", ANSWER_FIXED },
	{ "已移除", ANSWER_FIXED },
	{ "已下架", ANSWER_FIXED },
	{ "已排除", ANSWER_FIXED },
	{ "false alarm", ANSWER_FALSE_ALARM },
	{ "誤報", ANSWER_FALSE_ALARM },
	{ "false positive", ANSWER_FALSE_ALARM },
	{ "not ours", ANSWER_NOT_OURS },
	{ "不是我們的", ANSWER_NOT_OURS },
	{ "非我們", ANSWER_NOT_OURS },
	{ "非我們的", ANSWER_NOT_OURS },
	{ "非本公司", ANSWER_NOT_OURS },
};

/* "Fixed (NC-2026-000017)" is about one of several cases. */
static const char *past_number(const char *s)
{
	static const char digits[] = "0123456789";
	const char *p = s + strspn(s, " \t(");
	size_t series = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	if (!series || p[series] != '-' || strspn(p + series + 1, digits) != 4)
		return s;
	p += series + 5;
	size_t n = *p == '-' ? strspn(p + 1, digits) : 0;
	if (!n)
		return s;
	p += 1 + n;
	return p + strspn(p, ")");
}

/* "Fixed." and "Fixed" alone on its line; "Fixed by Friday", "Fixed?" and "fixed.example" say something else. */
static bool ends_sentence(const char *s)
{
	static const char *const stops[] = { "。", "．", "！" };
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
		if (!strncmp(s, stops[i], strlen(stops[i])))
			return true;
	size_t n = strspn(s, ".!");
	return strchr(" \t\n", s[n]) && (n || !s[strspn(s, " \t")] || s[strspn(s, " \t")] == '\n');
}

bool desk_mail_says(const char *text, enum answer_kind *out)
{
	text += strspn(text, " \t\n");
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		size_t n = strlen(said[i].words);
		if (strncasecmp(text, said[i].words, n) || !ends_sentence(past_number(text + n)))
			continue;
		*out = said[i].is;
		return true;
	}
	return false;
}

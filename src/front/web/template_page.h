/* template_page.h — views and handlers of the words of letters. Included by page.h, so that templates know them. */
#ifndef WEB_TEMPLATE_PAGE_H
#define WEB_TEMPLATE_PAGE_H
#include "letter/letter.h"

enum { TEMPLATE_VERSIONS = 200 };
struct template_view {
	struct letter_template now, *old; /* old: its versions, newest first */
	int nold;
	const char *subject, *text, *html, *note, *number; /* of the form */
	int base;					   /* version that the form was made from */
	struct template_sample *look;			   /* NULL: not asked for */
	struct form_errors bad;
};
struct template_diff {
	enum purpose purpose;
	enum lang lang;
	int a, b;
	struct diff_row *row;
	int n;
};
const char *template_path(const struct page *p, enum purpose purpose, enum lang lang, const char *rest);
const char *template_title(const struct page *p, enum purpose purpose);
const char *lang_word(enum lang l);						 /* in itself */
const char *version_word(const struct page *p, const struct letter_template *t); /* "Version 3", "As delivered" */
const char *var_form(const struct page *p, const struct letter_var *v);		 /* "{#things} … {/things}" */

void web_get_templates(struct http *h), web_get_template(struct http *h), web_post_template(struct http *h),
	web_post_template_restore(struct http *h), web_get_template_diff(struct http *h);
#endif

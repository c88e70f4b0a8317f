/* lang.h — languages by the request, not by the process. Texts in the code are English; `po/LANG.po` holds the others,
 * compiled into the binary by tools/po2c.py. `tr` returns the English text itself where there is no translation. */
#ifndef BASE_LANG_H
#define BASE_LANG_H
#include <stdbool.h>

/* Marks a text for translation where it is not looked up at once (tables). */
#define N_(s) (s)

enum lang { LANG_EN, LANG_ZH_TW, LANG_COUNT };

bool lang_tag_ok(const char *tag);  /* formed as a tag (RFC 5646, section 2.1), of any language; "zh_TW" is, too */
enum lang lang_of(const char *tag); /* "zh-TW", "zh", "en-GB", …; anything else is LANG_EN */
const char *lang_tag(enum lang l);  /* "en", "zh-TW" */
enum lang lang_accept(const char *accept_language, enum lang fallback); /* RFC 9110 §12.5.4, q values */
const char *tr(enum lang l, const char *msgid);

#endif

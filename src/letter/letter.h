/* letter.h — the words of letters about cases: what they may say, and in which words staff want it said.
 *
 * A PURPOSE is a letter that staff may word: a row of letter_purposes. Letters that carry a code or let somebody in
 * (links to names, checks of an address, messages passed on, invitations) stay as they are compiled into out/mail: a
 * wrong word there costs somebody their name. A TEMPLATE is the wording of one purpose in one language: a subject, a
 * plain text, and an HTML part, which is made from the text where it is empty. Version 0 is the one that nicert is
 * delivered with (letters/NAME.txt, translated through po/); staff add versions, and the newest counts. A version whose
 * text is empty means "as delivered" again. Around every letter stand what no template can take away: the TLP label
 * and the case number in the subject, the label above the text, our name and the case below it.
 *
 *	{name}                a variable; {{ is a brace
 *	{?name} … {/name}     only when it is not empty; {!name} … {/name} only when it is
 *	{#things} … {/things} once for each of a list
 *
 * Such a tag alone on its line takes the line with it. In the text "# " begins a title, "## " a heading, "- " and "1. "
 * items of lists, "> " a quotation; this is what the HTML is made from. HTML of its own may have the elements of
 * letter_elements, written out and closed.
 *
 * A variable's value is never read again as template, markup or HTML: it is put in last, escaped.
 */
#ifndef LETTER_LETTER_H
#define LETTER_LETTER_H
#include "base/buf.h"
#include "base/config.h"
#include "desk/desk.h"
#include "who/view.h"

/* Who writes: the installation, as letters show it. */
struct face {
	const struct config *cfg;
	const char *public_url;
};

/* ── words (words.c): what templates are given and call ── */
struct sheet {
	struct buf *out;
	enum lang lang;
	struct arena *mem;
	const struct face *face;
	int64_t date;		    /* of the journal entry */
	const char *tlp, *tlp_note; /* stand first; NULL: none */
};
struct obs_line {
	const char *shown, *part; /* " (part of example.tw)", "" when it is the thing itself */
};

const char *letter_site(const struct sheet *p);	 /* our name in the letter's language */
const char *letter_host(const struct sheet *p);	 /* host of public.url */
const char *letter_typed(const struct sheet *p); /* public.url as somebody would type it */
const char *letter_home(const struct sheet *p, const char *path);
const char *letter_number(const struct letter *l); /* "" when there is no case */
const char *letter_class(const struct sheet *p, const struct letter *l);
const char *letter_time(const struct sheet *p, int64_t t); /* "24 Nov 2026, 14:05 (UTC+8)" */
int64_t letter_seen(const struct sheet *p, const struct letter *l);
/* The i-th observable, at most LETTER_OBS_MAX of them; addresses of pages are written hxxp so that no mail program
 * opens one. */
enum { LETTER_OBS_MAX = 50 };
int letter_obs(const struct letter *l);
int letter_obs_more(const struct letter *l); /* how many are not listed */
struct obs_line letter_obs_line(const struct sheet *p, const struct case_obs *o);
struct obs_line letter_obs_at(const struct sheet *p, const struct letter *l, int i);
const char *letter_calm(const struct sheet *p, const struct letter *l); /* that nobody is blamed */
const char *letter_why(const struct sheet *p, const struct letter *l);	/* why this party: its role in the chain */
int letter_told(const struct letter *l); /* how many sentences there are about those who are nearer */
const char *letter_told_at(const struct sheet *p, const struct letter *l, int i);
const char *letter_before(const struct sheet *p, const struct letter *l); /* the last of them; NULL */
const char *letter_then(const struct sheet *p, const struct letter *l);	  /* what follows if nobody answers */
const char *const *letter_steps(const struct letter *l);		  /* msgids of what to do, NULL-terminated */
const char *letter_next(const struct sheet *p, const struct letter *l);	  /* what happens next, for a reporter */
const char *letter_reason(const struct sheet *p, const struct letter *l); /* why the case was closed */
void letter_heading(struct sheet *p, const char *title);		  /* in a text: the line under it too */

/* What stands around every letter (frame/, compiled). */
void letter_begin_html(struct sheet *p, const char *title);
void letter_end_html(struct sheet *p, const struct letter *l);
void letter_end_text(struct sheet *p, const struct letter *l);

/* ── purposes and variables (vars.c) ── */
enum purpose {
	FOR_NOTICE, /* to the holder; the next three to those who are told after it, or first */
	FOR_SPONSOR,
	FOR_UPSTREAM,
	FOR_AUTHORITY,
	FOR_REMINDER,
	FOR_REFERRAL,
	FOR_MEASURE,
	FOR_RECEIPT,
	FOR_PROGRESS,
	FOR_CLOSED,
	FOR_MESSAGE,
	FOR_SHARE,
	FOR_SHARE_REMINDER,
	PURPOSES
};
extern const struct letter_purpose {
	const char *name;    /* as in commands, addresses and the journal */
	const char *title;   /* msgid: which letter it is */
	const char *subject; /* msgid as delivered: "[%s] …%s", number and class; NULL: what the letter itself says */
} letter_purposes[PURPOSES];
bool purpose_parse(const char *name, enum purpose *out);
bool letter_purpose(const struct letter *l, enum purpose *out); /* false: its words are fixed */
bool purpose_role(enum purpose p, enum link_role *role);	/* does it tell the party in a role what was seen? */

enum var_kind {
	VAR_WORDS, /* one line */
	VAR_PROSE, /* somebody's words, with their lines */
	VAR_LINK,
	VAR_CODE, /* a name, an address: never translated by a mail program */
	VAR_LIST
};
struct letter_var {
	const char *name;
	enum var_kind kind;
	unsigned in, must; /* bits 1 << purpose: where there is one, where a template can't do without */
	const char *list;  /* it stands inside {#list}; NULL */
	const char *doc;   /* msgid */
	const char *(*fill)(const struct sheet *p, const struct letter *l, int i); /* NULL is "" */
	int (*count)(const struct letter *l);					   /* of a list */
};
extern const struct letter_var letter_vars[];
extern const int letter_nvars;
extern const char *const letter_elements[]; /* NULL-terminated */

/* ── templates (template.c, check.c) ── */
enum { SUBJECT_BYTES = 200, TEMPLATE_BYTES = 32 << 10, TEMPLATE_NOTE = 500 };
struct wording {
	int version;			   /* 0: as delivered */
	const char *subject, *text, *html; /* html "": made from the text */
};
struct letter_template {
	enum purpose purpose;
	enum lang lang;
	struct wording w;
	char *actor, *note; /* account that set it, why; "" for version 0 */
	int64_t at;
	bool delivered; /* its words are those delivered */
};
/* As delivered, in the arena. */
void letter_delivered(struct arena *mem, enum purpose purpose, enum lang lang, struct wording *out);
/* ST_INVALID begins with the field and names the line and what to do: "text: line 7: …". */
enum st letter_check(enum purpose purpose, const struct wording *w, struct err *e);

/* The words of letters of that moment: a letter is worded as its template stood when its fact was written down, however
 * late it goes out. Asks for nothing. */
enum st letter_wording(struct req *rq, enum purpose purpose, enum lang lang, int64_t at, struct wording *out);
/* The newest version of each purpose and language, in their order; PURPOSES × LANG_COUNT of them. MAY_SEE_CASE, as the
 * next two. */
enum st letter_template_list(struct req *rq, struct letter_template *out, int *n);
enum st letter_template_get(struct req *rq, enum purpose purpose, enum lang lang, int version,
			    struct letter_template *out); /* version −1: the newest. ST_NOTFOUND */
enum st letter_template_history(struct req *rq, enum purpose purpose, enum lang lang, struct letter_template *out,
				int max, int *n); /* newest first, version 0 last */
struct template_arg {
	enum purpose purpose;
	enum lang lang;
	struct wording w; /* version: the one it was made from, ST_CONFLICT when that is not the newest; −1: any */
	const char *note;
	int back;    /* letter_template_restore: the version whose words come back, 0 as delivered */
	int version; /* out */
};
enum st letter_template_set(struct req *rq, void *template_arg);     /* inside a write; MAY_SET_TEMPLATE */
enum st letter_template_restore(struct req *rq, void *template_arg); /* the same */

/* ── writing (run.c) ── */
/* Subject, text and HTML of a letter with a purpose; *subject in p->mem. w NULL: as delivered. */
enum st letter_write(struct sheet *p, const struct letter *l, const struct wording *w, const char **subject,
		     struct buf *text, struct buf *html, struct err *e);

/* ── a look at it (sample.c) ── */
/* The letter that would go out about this case, with links that open nothing; nothing is kept. For one that may set
 * templates and see the case and who reported it. */
struct template_sample {
	const char *subject, *text, *html;
	struct viewed viewed; /* whose words may stand in it: to be written down before it is shown (who/view.h) */
};
enum st letter_template_sample(struct req *rq, const struct face *face, enum purpose purpose, enum lang lang,
			       const struct wording *w, const char *number, struct template_sample *out);

extern const struct migration letter_migrations[];
#endif

/* web.h — the portal, the reporter's and the holder's pages, and the staff's: handlers of HTML.
 *
 * Public pages need no account. A private link (/case/TOKEN, /answer/TOKEN, /confirm/TOKEN) is its own proof; the one
 * anonymous form that makes something (/report) carries a signed token instead (form.c). Staff pages are routes with
 * HTTP_STAFF: web_guard lets them through with a session and, for POST, with its csrf value.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H
#include "front/app.h"
#include "front/web/page.h"
#include "work/published.h"

/* ── what main wires ── */
extern const struct route web_routes[];
bool web_guard(struct http *h, const struct route *r);
/* What a browser may load for the page: this site's own; `styles`: more sources of styles, each after a blank. */
void page_policy(struct http *h, const char *styles);
void web_error(struct http *h, int code, const char *why);

/* ── a page's beginning and end (web_page.c) ── */
struct page page_of(struct http *h, const char *title, enum nav nav);	 /* title: a msgid */
struct page staff_page(struct http *h, const char *title, enum nav nav); /* after the guard */
/* Answers with one sentence and its way out. All texts are msgids. */
void web_say(struct http *h, int status, const char *head, const char *text);
bool staff_session(struct http *h, struct session *out);
char *web_picks(struct http *h);			 /* values of the boxes "pick", with spaces between */
const char *form_text(struct http *h, const char *name); /* trimmed, "" when absent */
/* The same of words in free text: what programs leave in a text that is pasted (form feeds, vertical tabs) is no mistake
 * of who pastes it. */
const char *form_words(struct http *h, const char *name);

/* ── signed form tokens (form.c) ── */
enum form_state { FORM_OK, FORM_FRESH, FORM_STALE };
const char *form_token(struct http *h, const char *purpose);
/* *nonce (into the arena) names this one form: the idempotency key of what it makes. */
enum form_state form_check(struct http *h, const char *purpose, const char *token, const char **nonce);
/* The idempotency key of what a form makes: the page sent twice makes one, the page gone back to and changed another. */
char *form_key(struct http *h, const char *nonce, const char *typed);
const char *form_sign(struct http *h, const char *text);     /* text with its seal; */
const char *form_unseal(struct http *h, const char *sealed); /* NULL when it was not us */
/* Takes one from the budget; false: too many, *retry seconds. */
bool budget_take(struct http *h, struct limit *l, int64_t *retry);
/* The same for words that are sent and for what is asked; false: the field says so, and the page goes out with 429. */
bool may_send(struct http *h, struct form_errors *bad, const char *field);
bool may_ask(struct http *h, struct form_errors *bad, const char *field);
/* What was sent could not be stored: says so at the field. The status of the page. */
int form_stored(struct http *h, struct form_errors *bad, const char *field, const struct err *outcome);
/* false: something of the form did not arrive as it was sent, which is an error at `field`, or at `files` if it was a
 * file. */
bool form_whole(struct http *h, struct form_errors *bad, const char *field, const char *files);
/* The same; and a field that the page does not have, or a second one of a kind, is an error at `field`: something on the
 * way lost or added words. `once` and `many` name the page's fields, with blanks between. */
void form_only(struct http *h, struct form_errors *bad, const char *field, const char *once, const char *many);
/* What a datetime-local field sent, in the site's time; 0: nothing of use. */
int64_t form_minute(struct http *h, const char *name);
void form_email(struct http *h, struct form_errors *bad, const char *email); /* of field "email": can it be one? */

/* ── uploads (upload.c) ── */
enum { FILES_MAX = 5, FILE_BYTES_MAX = 10 << 20 };
/* Keeps the request's files and those that an earlier try kept (field "kept"); what cannot be taken goes to `bad`. */
int upload_keep(struct http *h, struct report_file *out, const char **kept, struct form_errors *bad);

/* ── handlers, by subject ── */
void web_get_home(struct http *h), web_get_lookup(struct http *h), web_get_privacy(struct http *h),
	web_get_accessibility(struct http *h);
void web_get_contact(struct http *h), web_post_contact(struct http *h), web_get_contact_confirm(struct http *h),
	web_post_contact_confirm(struct http *h), web_get_contact_stop(struct http *h),
	web_post_contact_stop(struct http *h), web_get_verify(struct http *h), web_post_verify(struct http *h);
void web_get_report(struct http *h), web_post_report(struct http *h);
void web_get_case(struct http *h), web_post_case_add(struct http *h), web_post_case_ask(struct http *h),
	web_get_withdraw(struct http *h), web_post_withdraw(struct http *h);
void web_get_receipt(struct http *h), web_get_receipt_json(struct http *h);
void web_get_find(struct http *h), web_post_find(struct http *h), web_get_confirm(struct http *h),
	web_post_confirm(struct http *h);
void web_get_answer(struct http *h), web_post_answer(struct http *h);
void web_get_survey(struct http *h), web_post_survey(struct http *h), web_get_survey_page(struct http *h),
	web_post_survey_page(struct http *h), web_post_survey_send(struct http *h),
	web_post_survey_withdraw(struct http *h), web_get_survey_stop(struct http *h),
	web_post_survey_stop(struct http *h);
void web_get_newsletter(struct http *h), web_post_newsletter(struct http *h), web_get_newsletter_link(struct http *h),
	web_post_newsletter_link(struct http *h), web_get_newsletter_stop(struct http *h),
	web_post_newsletter_stop(struct http *h);
void web_get_notices(struct http *h), web_post_notices(struct http *h), web_get_open(struct http *h),
	web_post_open(struct http *h);
void web_get_programs(struct http *h), web_post_program(struct http *h), web_post_program_end(struct http *h);
void web_get_sign_in(struct http *h), web_post_sign_in(struct http *h), web_post_sign_out(struct http *h);
void web_get_invite(struct http *h), web_post_invite(struct http *h);
/* Shows a page with personal data once it is written down that somebody looks (who/view.h); `view` and what it points
 * to lives in the request's arena. */
typedef void (*view_then)(struct http *h, void *arg);
void view_first(struct http *h, const struct viewed *view, view_then show, void *arg);
void web_get_process(struct http *h);
void web_get_figures(struct http *h), web_get_figures_csv(struct http *h), web_get_figures_json(struct http *h),
	web_get_public_figures(struct http *h);
void web_get_views(struct http *h);
void web_get_account(struct http *h), web_post_account_end(struct http *h);
void web_get_queue(struct http *h), web_get_staff_case(struct http *h), web_get_file(struct http *h),
	web_get_tasks(struct http *h), web_get_health(struct http *h), web_post_act(struct http *h);
/* Texts that out/publish keeps: security.txt (RFC 9116) and the description of the team (RFC 2350), in two languages.
 * Each is a function of settings, rows and what its row says (version, dates). */
extern const struct published_text web_texts[]; /* ended by name NULL */
void web_get_charter(struct http *h), web_get_charter_txt(struct http *h), web_get_charter_asc(struct http *h);
void web_post_sort(struct http *h), web_post_bulk(struct http *h), web_post_bulk_approve(struct http *h),
	web_post_bulk_close(struct http *h), web_post_view(struct http *h), web_post_view_drop(struct http *h);
/* Of a list's query (web_sort.c). */
struct queue_filter filter_of(struct http *h);
enum st choices_load(struct req *rq, struct choices *out);
void web_get_asset(struct http *h), web_get_security(struct http *h), web_get_pgp(struct http *h),
	web_get_favicon(struct http *h), web_get_robots(struct http *h);

#endif

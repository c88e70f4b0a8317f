/* desk_share_int.h — what the files about shares share among themselves. */
#ifndef DESK_DESK_SHARE_INT_H
#define DESK_DESK_SHARE_INT_H
#include "desk/desk_int.h"
#include "desk/desk_share.h"

enum { SHARE_OBS_MAX = 500, SHARE_TEXT_MAX = 10000, SHARE_XARF_FILES = 20 };

enum st share_get(struct req *rq, int64_t id, struct desk_share *out);
enum st share_by_token(struct req *rq, const char *token, struct desk_share *out);
/* In order, behind `after`, but what never went out. */
enum st share_list_of(struct req *rq, int64_t partner, int64_t after, struct desk_share *out, int max, int *n);
enum st share_fact(struct req *rq, const struct desk_share *s, const char *verb);
/* What of a case is shared: no mentions, nothing harmless. share 0: of the case as it is. */
enum st share_obs(struct req *rq, int64_t case_id, int64_t share, struct case_obs **out, int *n);
/* NULL, or msgid of why this may not go to this partner. */
const char *share_why_not(const struct desk_partner *p, enum tlp label, bool named);
enum lang share_lang(const struct desk_partner *p);

/* ── machine forms (desk_share_form.c) ── */
struct share_matter {
	const char *number, *class_id, *rsit;
	enum tlp tlp;
	int64_t at;	  /* when the case was opened */
	int64_t share;	  /* makes report ids; 0 in a preview */
	const char *text; /* our words */
};
/* The columns of a line, and `more` behind them. */
void share_csv_head(const char *const *more, int nmore, struct buf *out);
void share_csv_line(struct arena *mem, const struct share_matter *m, const struct case_obs *o, const char *const *more,
		    int nmore, struct buf *out);
void share_csv(struct arena *mem, const struct share_matter *m, const struct case_obs *obs, int n, struct buf *out);
void share_xarf_put(struct arena *mem, struct jw *w, const struct share_matter *m, const struct case_obs *o);
struct letter_file share_letter_file(struct req *rq, const char *name, const char *type, const struct buf *b);
void share_xarf(struct arena *mem, const struct share_matter *m, const struct case_obs *o, struct buf *out);
void share_xarf_all(struct arena *mem, const struct share_matter *m, const struct case_obs *obs, int n,
		    struct buf *out);
char *share_subject(struct arena *mem, enum lang l, const char *number, enum tlp label, const char *title);
#endif

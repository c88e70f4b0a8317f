/* ledger_int.h — what the files of ledger/ share among themselves. */
#ifndef LEDGER_LEDGER_INT_H
#define LEDGER_LEDGER_INT_H
#include "ledger/ledger.h"

enum { ACCOUNT_MAX = 120, KIND_MAX = 64, SUBJECT_MAX = 300, NOTE_MAX = 500 };
#define LINES_MAX ((int)(sizeof((struct ledger_tx *)0)->line / sizeof(struct ledger_line)))

struct account {
	int64_t num;
	char id[ACCOUNT_MAX + 1], currency[4];
	bool kept;	 /* made with a floor: its row holds the balance, whatever the floor is now */
	int64_t floor;	 /* LEDGER_NO_FLOOR: none */
	int64_t balance; /* now (kept), or after transaction `closed_tx` */
	int64_t closed_tx;
};
enum st account_read(struct req *rq, const char *id, struct account *a);
enum st account_missing(struct req *rq, const char *id); /* ST_NOTFOUND with its sentence */
/* Accounts of a post, by id, which waits here for its turn and keeps it until the commit: what the next statements see
 * was committed before, but these rows' balances may be older. */
enum st accounts_read(struct req *rq, const char *const *id, int n, struct account *out);
/* As a source of rows in a FROM: waiting for the turn. SQLite has one writer and needs none. PostgreSQL's comments nest
 * and SQLite's don't: the first line is for SQLite, the second for PostgreSQL. */
#define TURN "/* /* */ (SELECT 0) --*/ (SELECT pg_advisory_xact_lock(7307010070))\n AS turn"
bool ledger_text_ok(const char *s, size_t max); /* not empty, clean, ≤ max bytes */
bool currency_ok(const char *s);

/* What a transaction's journal entry says: written by a post, built again by ledger_reconcile. */
char *posted_payload(struct arena *a, int64_t tx, const char *kind, int64_t reverses, const char *const *id,
		     const int64_t *amount, int n);
#define POSTED_VERB "ledger-posted"
#endif

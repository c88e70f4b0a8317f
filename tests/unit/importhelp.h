/* importhelp.h — imports of texts written in the test itself. */
#ifndef TESTS_IMPORTHELP_H
#define TESTS_IMPORTHELP_H
#include "inwrite.h"
#include "names/names.h"
#include "numbers/numbers.h"
#include "routes/origin.h"
#include "who/contact.h"

#define DAY_OF(y, m, d) time_from_civil(y, m, d, 0, 0, 0)

struct took {
	enum st st;
	struct import_result r;
	int errors, notes;
	int64_t error_line[8], note_line[8];
	char error[8][240], why[256];
};

static inline const char *file_of(const char *text)
{
	static char path[100];
	snprintf(path, sizeof path, "%s/file.txt", teststore_dir());
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return path;
}

static inline void keep_log(struct took *t, struct import *log, const struct req *rq)
{
	const struct import_error *list;
	t->errors = import_errors(log, &list);
	for (int i = 0; i < t->errors && i < 8; i++) {
		t->error_line[i] = list[i].line;
		snprintf(t->error[i], sizeof t->error[i], "%s", list[i].msg);
		assert_non_null(strstr(list[i].file, "file.txt"));
	}
	t->notes = import_notes(log, &list);
	for (int i = 0; i < t->notes && i < 8; i++)
		t->note_line[i] = list[i].line;
	snprintf(t->why, sizeof t->why, "%s", t->st ? rq->err.msg : "");
	import_free(log);
}

enum import_what { HOLDINGS, ORIGINS, NAMES, CONTACTS };

/* `complete`: the country of --complete, or NULL. */
static inline struct took import_text(struct place *p, enum import_what what, const char *text, const char *complete,
				      bool keep_going)
{
	struct took t = { 0 };
	struct req rq = place_req(p);
	struct import *log = NULL;
	struct import_opts o = {
		.as_of = TIME_NONE, .keep_going = keep_going, .closes = complete != NULL, .closes_val = V(complete)
	};
	const char *path = file_of(text);
	switch (what) {
	case HOLDINGS:
		t.st = holding_import(p->s, &rq, path, complete, &o, &t.r, &log);
		break;
	case ORIGINS:
		t.st = origin_import(p->s, &rq, path, &o, &t.r, &log);
		break;
	case NAMES:
		t.st = names_import(p->s, &rq, path, &o, &t.r, &log);
		break;
	case CONTACTS:
		t.st = contact_import(p->s, &rq, path, &o, &t.r, &log);
		break;
	}
	keep_log(&t, log, &rq);
	return t;
}

static inline struct took import_ok(struct place *p, enum import_what what, const char *text)
{
	struct took t = import_text(p, what, text, NULL, false);
	if (t.st)
		fail_msg("%s", t.why);
	return t;
}

#define COUNTS(t, a, ch, cl, sa)                                                                                       \
	do {                                                                                                           \
		assert_int_equal((t).r.added, a);                                                                      \
		assert_int_equal((t).r.changed, ch);                                                                   \
		assert_int_equal((t).r.closed, cl);                                                                    \
		assert_int_equal((t).r.same, sa);                                                                      \
	} while (0)
#endif

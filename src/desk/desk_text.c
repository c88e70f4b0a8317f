/* All that a case says in words, in one statement: for the index, and for showing where a word was found. */
#include "desk/desk_int.h"
#include "desk/desk_text.h"

/* Newest first where there may be more than is read. */
#define ONE(columns, from) "SELECT " columns " FROM " from
#define SOME(columns, from, limit) " UNION ALL SELECT * FROM (SELECT " columns " FROM " from " LIMIT " limit ") s"
#define OF_REPORTS "(SELECT id FROM desk_report WHERE case_id = $1)"
#define CLASSED "desk_case c JOIN desk_class k ON k.id = c.class WHERE c.id = $1"

#define OPEN_NAMES                                                                                                     \
	ONE("0, number", "desk_case WHERE id = $1")                                                                    \
	" UNION ALL " ONE("1, k.title", CLASSED) " UNION ALL " ONE("2, k.rsit", CLASSED) " UNION ALL " ONE(            \
		"3, holder", "desk_case WHERE id = $1") " UNION ALL " ONE("9, tags", "desk_case WHERE id = $1")        \
		SOME("4, value", "desk_observable WHERE case_id = $1 AND value <> '' ORDER BY id DESC", "2000") SOME(  \
			"5, party", "desk_notice WHERE case_id = $1 AND party IS NOT NULL ORDER BY id DESC", "200")
#define OPEN_WORDS                                                                                                     \
	SOME("6, a.text",                                                                                              \
	     "desk_notice n JOIN desk_answer a ON a.notice_id = n.id WHERE n.case_id = $1 AND a.text <> ''"            \
	     " ORDER BY a.id DESC",                                                                                    \
	     "200")                                                                                                    \
	SOME("7, text", "desk_note WHERE case_id = $1 ORDER BY id DESC", "200")                                        \
	SOME("8, text", "desk_message WHERE case_id = $1 ORDER BY id DESC", "200")
#define REPORTERS_WORDS                                                                                                \
	SOME("10, words", "desk_report WHERE case_id = $1 AND words <> '' ORDER BY id DESC", "200")                    \
	SOME("11, text", "desk_addition WHERE text <> '' AND report_id IN " OF_REPORTS " ORDER BY id DESC", "200")     \
	SOME("11, text", "desk_question WHERE report_id IN " OF_REPORTS " ORDER BY id DESC", "200")                    \
	SOME("11, answer", "desk_question WHERE answer <> '' AND report_id IN " OF_REPORTS " ORDER BY id DESC", "200") \
	SOME("12, name", "desk_file WHERE report_id IN " OF_REPORTS " ORDER BY id DESC", "200")                        \
	SOME("13, text", "desk_mail WHERE case_id = $1 AND case_id <> 0 AND text <> '' ORDER BY id DESC", "200")

/* clang-format off */
static const char open_texts[] = OPEN_NAMES OPEN_WORDS;
static const char all_texts[] = OPEN_NAMES OPEN_WORDS REPORTERS_WORDS;
/* clang-format on */

enum st desk_texts(struct req *rq, int64_t case_id, bool reporters_too, text_fn *fn, void *ctx)
{
	struct rows r;
	if (sql_query(rq, &r, reporters_too ? all_texts : open_texts, V(case_id)))
		return rq->err.code;
	for (bool go = true; go && rows_next(&r);)
		go = fn(ctx, (enum text_from)rows_int(&r, 0), rows_text(&r, 1));
	return rows_end(&r);
}

/* Statements: how many parameters one may have, and that one that has more harms nothing. */
#include "inwrite.h"
#include "base/buf.h"

static const char most[] =
	"SELECT CAST($1 AS BIGINT) + $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 + $10 + $11 + $12 + $13 + $14 + $15 + $16 + "
	"$17 + $18 + $19 + $20 + $21 + $22 + $23 + $24 + $25 + $26 + $27 + $28 + $29 + $30 + $31 + $32 + "
	"$33 + $34 + $35 + $36 + $37 + $38 + $39 + $40 + $41 + $42 + $43 + $44 + $45 + $46 + $47 + $48 + "
	"$49 + $50 + $51 + $52 + $53 + $54 + $55 + $56 + $57 + $58 + $59 + $60 + $61 + $62 + $63 + "
	"$64";

static void parameters(struct place *p)
{
	struct val v[PARAMS_MAX + 1];
	struct req rq = on_reader(p);
	struct rows r;
	int64_t sum = 0;
	for (int i = 0; i <= PARAMS_MAX; i++)
		v[i] = V(i + 1);
	assert_ok(sql_number_vals(&rq, &sum, most, v, PARAMS_MAX));
	assert_int_equal(sum, PARAMS_MAX * (PARAMS_MAX + 1) / 2);
	assert_st(sql_query_vals(&rq, &r, most, v, PARAMS_MAX + 1), ST_INTERNAL);
	assert_false(rows_next(&r));
	err_clear(&rq.err);
	assert_st(sql_run_vals(&rq, NULL, most, v, PARAMS_MAX + 1), ST_INTERNAL);
	err_clear(&rq.err);
	assert_ok(sql_number_vals(&rq, &sum, most, v, PARAMS_MAX)); /* the connection is as it was */
	store_reader_done(p->s);
}
ON_EACH_DRIVER(as_many_as_there_is_room_for, parameters)

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_many_as_there_is_room_for) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

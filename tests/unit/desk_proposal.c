/* What needs two people, replayed on both stores: who may sign, what is carried out, and that it ends by itself without
 * touching what somebody else did. */
#include "deskworld.h"
#include "desk/desk_proposal.h"
#include "names/registry.h"

static const struct actor hana = { "staff:11", ROLE_HANDLER, 11, NULL }, olga = { "staff:12", ROLE_OFFICER, 12, NULL },
			  lou = { "staff:17", ROLE_LEGAL, 17, NULL }, otto = { "staff:13", ROLE_OFFICER, 13, NULL };

static const char rules[] = "price create 10 TWD per-year\nprice transfer 10 TWD per-year\n";

static struct contact_object contact(void)
{
	return (struct contact_object){ .handle = (char *)"CON1",
					.postal = { [POSTAL_INT] = { true,
								     (char *)"Chen Mei",
								     (char *)"Acme Ltd",
								     { (char *)"1 Road" },
								     (char *)"Taipei",
								     NULL,
								     (char *)"100",
								     (char *)"TW" } },
					.email = (char *)"chen@acme.example",
					.authinfo = (char *)"0123456789abcdef" };
}

static enum st as_alpha(struct req *rq)
{
	struct contact_object c = contact();
	struct host_object h = { .name = (char *)"ns1.example.net" }, h2 = { .name = (char *)"ns2.example.net" };
	struct domain_create d = { .d = { .name = (char *)"bad.shop",
					  .registrant = (char *)"CON1",
					  .contact = { { 'a', (char *)"CON1" }, { 't', (char *)"CON1" } },
					  .ncontacts = 2,
					  .ns = { (char *)"ns1.example.net", (char *)"ns2.example.net" },
					  .nns = 2 },
				   .years = 1,
				   .fee_said = -1,
				   .password = (char *)"secret-of-this-domain" };
	struct outcome why;
	if (contact_create(rq, &c, &why) || host_create(rq, &h, &why) || host_create(rq, &h2, &why))
		return rq->err.code;
	return domain_create(rq, &d);
}

static enum st registry(struct req *rq, void *arg)
{
	static const struct actor alpha = { .id = "registrar:alpha" };
	struct req as = *rq;
	struct registrar one = { .handle = (char *)"alpha",
				 .name = (char *)"Alpha Ltd",
				 .email = (char *)"abuse@alpha.example",
				 .lang = (char *)"en" };
	struct registrar two = { .handle = (char *)"beta",
				 .name = (char *)"Beta Ltd",
				 .email = (char *)"abuse@beta.example",
				 .lang = (char *)"en" };
	(void)arg;
	if (zone_authoritative_add(rq, "shop", rules, NULL) || registrar_add(rq, &one, 1000000, "TWD") ||
	    registrar_add(rq, &two, 1000000, "TWD"))
		return rq->err.code;
	as.who = &alpha;
	enum st st = as_alpha(&as);
	rq->err = as.err;
	return st;
}

static bool held(struct world *w)
{
	struct domain d;
	struct req rq = on_reader(w->p);
	assert_ok(domain_get(&rq, "bad.shop", &d));
	store_reader_done(w->p->s);
	return (d.c.status & BIT(STATUS_SERVER_HOLD)) != 0;
}

static enum st do_as(struct world *w, const struct actor *who, write_fn fn, void *arg, char why[256])
{
	struct actor before = w->p->who;
	w->p->who = *who;
	struct req rq = place_req(w->p);
	enum st st = store_write(w->p->s, &rq, fn, arg);
	snprintf(why, 256, "%s", rq.err.msg);
	w->p->who = before;
	follow(w);
	return st;
}

static struct world *begin_shop(struct place *p, struct filed *f)
{
	struct world *w = begin(p);
	assert_ok(in_write(p, registry, NULL));
	*f = file_it(w, (struct what){ .obs = "https://bad.shop/login", .class_id = "phishing", .who = &handler });
	return w;
}

static struct proposal about(const struct filed *f, const char *basis, int days)
{
	return (struct proposal){ .number = (char *)f->number,
				  .kind = PROPOSAL_SUSPEND,
				  .target = (char *)"Bad.Shop",
				  .basis = (char *)basis,
				  .basis_ref = (char *)"2026-17",
				  .reason = (char *)"It steals from people.",
				  .expires_at = clock_now() + days * DAY };
}

static int64_t propose(struct world *w, const struct actor *who, struct proposal p)
{
	char why[256];
	if (do_as(w, who, desk_proposal_add, &p, why))
		fail_msg("%s", why);
	return p.id;
}

static enum st act_on(struct world *w, const struct actor *who, write_fn fn, int64_t id, const char *text)
{
	char why[256];
	struct proposal_act a = { id, (char *)text };
	return do_as(w, who, fn, &a, why);
}

static enum proposal_state state_of(struct world *w, int64_t id)
{
	struct proposal p;
	struct req rq = on_reader(w->p);
	assert_ok(desk_proposal_get(&rq, id, &p));
	store_reader_done(w->p->s);
	return p.state;
}

static void two_people(struct place *p)
{
	struct filed f;
	struct world *w = begin_shop(p, &f);
	char why[256];
	struct proposal x = about(&f, "court-order", 30);
	assert_st(do_as(w, &nobody, desk_proposal_add, &x, why), ST_DENIED);
	assert_st(do_as(w, &actor_cli, desk_proposal_add, &x, why), ST_DENIED); /* a shell is nobody */
	assert_non_null(strstr(why, "--as"));
	int64_t id = propose(w, &olga, about(&f, "court-order", 30));
	assert_false(held(w));
	assert_st(act_on(w, &olga, desk_proposal_second, id, NULL), ST_CONFLICT); /* the same person */
	assert_st(act_on(w, &hana, desk_proposal_second, id, NULL), ST_DENIED);
	assert_st(act_on(w, &actor_cli, desk_proposal_second, id, NULL), ST_DENIED);
	assert_false(held(w));
	assert_ok(act_on(w, &otto, desk_proposal_second, id, NULL));
	assert_true(held(w));
	assert_int_equal(state_of(w, id), PROPOSAL_DONE);
	assert_st(act_on(w, &otto, desk_proposal_second, id, NULL), ST_CONFLICT);
	struct case_view s = staff_view(w, f.number), r = reporter_view(w, f.token);
	SEES(&s, "Proposed: suspend bad.shop");
	SEES(&s, "Signed by a second person: suspend bad.shop");
	SEES(&s, "Carried out: suspend bad.shop");
	SEES(&r, "A measure that needs two signatures is in force");
	assert_false(has_step(&r, "bad.shop"));
	/* The holder is told at once, with the basis and until when. */
	const struct mail *m = last_to(w, "chen@acme.example");
	assert_string_equal(m->kind, "measure");
	assert_non_null(strstr(m->body, "Legal basis: Court order, 2026-17."));
	assert_int_equal(number_of(p, "SELECT count(*) FROM registry_poll WHERE registrar = 'alpha'"), 1);
	advance(w, 30 * DAY - HOUR);
	assert_true(held(w));
	advance(w, 2 * HOUR);
	assert_false(held(w));
	assert_int_equal(state_of(w, id), PROPOSAL_UNDONE);
	assert_non_null(strstr(last_to(w, "chen@acme.example")->subject, "A measure is over"));
	s = staff_view(w, f.number);
	SEES(&s, "Undone: suspend bad.shop");
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb LIKE 'proposal-%'"), 4);
	assert_int_equal(number_of(p, "SELECT count(*) FROM registry_hold"), 0);
	finish(w);
}

static void refusals(struct place *p)
{
	struct filed f;
	struct world *w = begin_shop(p, &f);
	char why[256];
	struct proposal x = about(&f, "emergency", 4);
	assert_st(do_as(w, &hana, desk_proposal_add, &x, why), ST_INVALID); /* three days on this basis */
	assert_non_null(strstr(why, "3 days"));
	x = about(&f, "because", 1);
	assert_st(do_as(w, &hana, desk_proposal_add, &x, why), ST_INVALID);
	x = about(&f, "court-order", 1);
	x.target = (char *)"maple.com.tw"; /* looked up here, registered elsewhere */
	assert_st(do_as(w, &hana, desk_proposal_add, &x, why), ST_INVALID);
	assert_non_null(strstr(why, "no zone of ours"));
	assert_non_null(strstr(why, "sponsor"));
	x = about(&f, "court-order", 1);
	x.reason = (char *)" ";
	assert_st(do_as(w, &hana, desk_proposal_add, &x, why), ST_INVALID);
	x = about(&f, "court-order", 1);
	x.kind = PROPOSAL_NULL;
	assert_st(do_as(w, &hana, desk_proposal_add, &x, why), ST_INVALID);
	x.target = (char *)"1.34.9.9"; /* an address, but not of this case */
	assert_st(do_as(w, &hana, desk_proposal_add, &x, why), ST_INVALID);
	assert_non_null(strstr(why, "not what case"));
	/* Withdrawn by who made it, refused with a reason, expired unsigned: nothing is done. */
	int64_t a = propose(w, &hana, about(&f, "court-order", 2)), b = propose(w, &hana, about(&f, "statute", 2)),
		c = propose(w, &hana, about(&f, "emergency", 2));
	assert_st(act_on(w, &olga, desk_proposal_withdraw, a, NULL), ST_DENIED);
	assert_ok(act_on(w, &hana, desk_proposal_withdraw, a, "a mistake"));
	assert_st(act_on(w, &olga, desk_proposal_second, a, NULL), ST_CONFLICT);
	assert_st(act_on(w, &lou, desk_proposal_refuse, b, ""), ST_INVALID);
	assert_st(act_on(w, &olga, desk_proposal_refuse, b, "not this article"), ST_DENIED); /* the law is another's */
	assert_ok(act_on(w, &lou, desk_proposal_refuse, b, "not this article"));
	assert_st(act_on(w, &olga, desk_proposal_lift, c, "why"), ST_CONFLICT);
	advance(w, 3 * DAY);
	assert_int_equal(state_of(w, a), PROPOSAL_WITHDRAWN);
	assert_int_equal(state_of(w, b), PROPOSAL_REFUSED);
	assert_int_equal(state_of(w, c), PROPOSAL_EXPIRED);
	assert_st(act_on(w, &olga, desk_proposal_second, c, NULL), ST_CONFLICT);
	assert_st(act_on(w, &olga, desk_proposal_second, 999, NULL), ST_NOTFOUND);
	assert_false(held(w));
	struct case_view s = staff_view(w, f.number);
	SEES(&s, "Expired without a second signature");
	finish(w);
}

static void label_between(struct place *p)
{
	struct filed f;
	struct world *w = begin_shop(p, &f);
	int before = mails_to(w, "chen@acme.example");
	int64_t id = propose(w, &hana, about(&f, "court-order", 5));
	assert_ok(
		act_as(w, &handler, desk_case_label, (struct desk_act){ .number = f.number, .reason = (char *)"red" }));
	assert_st(act_on(w, &olga, desk_proposal_second, id, NULL), ST_CONFLICT);
	assert_false(held(w));
	assert_int_equal(state_of(w, id), PROPOSAL_PROPOSED);
	assert_int_equal(mails_to(w, "chen@acme.example"), before);
	finish(w);
}
ON_EACH_DRIVER(a_label_in_between_holds_it, label_between)

static enum st set_status(struct req *rq, void *arg)
{
	struct domain_change c = { .name = (char *)"bad.shop", .ttl_ns = -1, .ttl_ds = -1 };
	*(const char *)arg == '+' ? (c.add = BIT(STATUS_SERVER_HOLD)) : (c.rem = BIT(STATUS_SERVER_HOLD));
	return domain_update(rq, &c);
}

static void another_set_it(struct place *p)
{
	struct filed f;
	struct world *w = begin_shop(p, &f);
	assert_ok(in_write(p, set_status, (void *)"+"));
	int64_t id = propose(w, &hana, about(&f, "court-order", 5));
	assert_ok(act_on(w, &olga, desk_proposal_second, id, NULL));
	advance(w, 6 * DAY);
	assert_int_equal(state_of(w, id), PROPOSAL_UNDONE);
	assert_true(held(w)); /* theirs */
	assert_ok(in_write(p, set_status, (void *)"-"));
	/* Ours, taken away by hand and set again by hand: theirs from then on. */
	id = propose(w, &hana, about(&f, "court-order", 5));
	assert_ok(act_on(w, &olga, desk_proposal_second, id, NULL));
	assert_ok(in_write(p, set_status, (void *)"-"));
	assert_ok(in_write(p, set_status, (void *)"+"));
	advance(w, 6 * DAY);
	assert_int_equal(state_of(w, id), PROPOSAL_UNDONE);
	assert_true(held(w));
	finish(w);
}

static void extended(struct place *p)
{
	struct filed f;
	struct world *w = begin_shop(p, &f);
	int64_t a = propose(w, &hana, about(&f, "court-order", 5));
	assert_ok(act_on(w, &olga, desk_proposal_second, a, NULL));
	int64_t b = propose(w, &hana, about(&f, "court-order", 10));
	assert_ok(act_on(w, &olga, desk_proposal_second, b, NULL));
	int letters = mails_to(w, "chen@acme.example");
	advance(w, 6 * DAY);
	assert_int_equal(state_of(w, a), PROPOSAL_UNDONE);
	assert_true(held(w));
	assert_int_equal(mails_to(w, "chen@acme.example"), letters); /* nothing is over for them */
	assert_st(act_on(w, &olga, desk_proposal_lift, b, ""), ST_INVALID);
	assert_ok(act_on(w, &otto, desk_proposal_lift, b, "The page is clean."));
	assert_false(held(w));
	advance(w, 10 * DAY);
	assert_int_equal(state_of(w, b), PROPOSAL_UNDONE);
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due WHERE kind = 'proposal-end'"), 0);
	finish(w);
}

static enum st move(struct req *rq, void *arg)
{
	static const struct actor beta = { .id = "registrar:beta" }, alpha = { .id = "registrar:alpha" };
	struct req as = *rq;
	struct domain got;
	struct outcome why;
	(void)arg;
	as.who = &beta;
	enum st st = domain_transfer(&as, OP_REQUEST, "bad.shop", "secret-of-this-domain", 1, &got, &why);
	as.who = &alpha;
	st = st ? st : domain_transfer(&as, OP_APPROVE, "bad.shop", NULL, 0, &got, &why);
	rq->err = as.err;
	return st;
}

static enum st drop(struct req *rq, void *arg)
{
	static const struct actor alpha = { .id = "registrar:alpha" };
	struct req as = *rq;
	struct outcome why;
	int64_t credit;
	(void)arg;
	as.who = &alpha;
	enum st st = domain_delete(&as, "bad.shop", &credit, &why);
	rq->err = as.err;
	return st;
}

static enum st again(struct req *rq, void *arg)
{
	static const struct actor alpha = { .id = "registrar:alpha" };
	struct req as = *rq;
	struct domain_create d = { .d = { .name = (char *)"bad.shop", .registrant = (char *)"CON1" },
				   .years = 1,
				   .fee_said = -1,
				   .password = (char *)"secret-of-this-domain" };
	(void)arg;
	as.who = &alpha;
	enum st st = domain_create(&as, &d);
	rq->err = as.err;
	return st;
}

static void moved(struct place *p)
{
	struct filed f;
	struct world *w = begin_shop(p, &f);
	int64_t id = propose(w, &hana, about(&f, "court-order", 5));
	assert_ok(act_on(w, &olga, desk_proposal_second, id, NULL));
	assert_ok(in_write(p, move, NULL));
	assert_true(held(w)); /* goes with the name */
	advance(w, 6 * DAY);
	assert_false(held(w));
	assert_int_equal(
		number_of(p,
			  "SELECT count(*) FROM registry_poll WHERE registrar = 'beta' AND kind = 'domain-changed'") >
			0,
		1);
	finish(w);
}

static void gone_meanwhile(struct place *p)
{
	struct filed f;
	struct world *w = begin_shop(p, &f);
	int64_t a = propose(w, &hana, about(&f, "court-order", 5));
	assert_ok(in_write(p, drop, NULL)); /* within the add grace period: gone at once */
	assert_st(act_on(w, &olga, desk_proposal_second, a, NULL), ST_CONFLICT);
	assert_int_equal(state_of(w, a), PROPOSAL_PROPOSED);
	assert_ok(in_write(p, again, NULL));
	assert_ok(act_on(w, &olga, desk_proposal_second, a, NULL));
	assert_true(held(w));
	assert_ok(in_write(p, drop, NULL));
	assert_ok(in_write(p, again, NULL)); /* another's name now */
	assert_false(held(w));
	assert_ok(in_write(p, set_status, (void *)"+"));
	advance(w, 6 * DAY);
	assert_int_equal(state_of(w, a), PROPOSAL_UNDONE);
	assert_true(held(w));
	finish(w);
}

static void addresses(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(w, (struct what){ .obs = "1.34.1.1", .class_id = "c2", .who = &handler });
	struct proposal x = about(&f, "court-order", 5);
	x.kind = PROPOSAL_NULL;
	x.target = (char *)"1.34.1.1";
	int64_t id = propose(w, &hana, x);
	assert_ok(act_on(w, &olga, desk_proposal_second, id, NULL));
	struct case_view s = staff_view(w, f.number);
	assert_true(has_task(&s, "null-address"));
	assert_string_equal(last_to(w, "noc@telecom.example")->kind, "measure");
	assert_string_equal(last_to(w, "noc@telecom.example")->lang, "zh-TW");
	advance(w, 6 * DAY);
	assert_int_equal(state_of(w, id), PROPOSAL_UNDONE);
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_task WHERE kind = 'null-address'"), 2);
	finish(w);
}

ON_EACH_DRIVER(it_takes_two, two_people)
ON_EACH_DRIVER(what_is_refused, refusals)
ON_EACH_DRIVER(holds_of_others, another_set_it)
ON_EACH_DRIVER(extensions, extended)
ON_EACH_DRIVER(transferred_meanwhile, moved)
ON_EACH_DRIVER(dropped_meanwhile, gone_meanwhile)
ON_EACH_DRIVER(nulled_addresses, addresses)

/* One that is there is changed on purpose only. */
static void bases(struct place *p)
{
	struct world *w = begin(p);
	struct basis b = { (char *)"decree", (char *)"Decree", true, 30 }, list[10],
		     other = { (char *)"decree", (char *)"Another", false, 3000 };
	int n = 0;
	p->who = handler;
	assert_st(in_write(p, desk_basis_add, &b), ST_DENIED);
	p->who = (struct actor){ "staff:3", ROLE_OFFICER, 3 };
	assert_st(in_write(p, desk_basis_change, &b), ST_NOTFOUND);
	assert_ok(in_write(p, desk_basis_add, &b));
	assert_st(in_write(p, desk_basis_add, &other), ST_CONFLICT);
	struct req rq = on_reader(p);
	assert_ok(desk_bases(&rq, list, 10, &n));
	assert_string_equal(list[n - 1].title, "Decree");
	assert_int_equal(list[n - 1].max_days, 30);
	store_reader_done(p->s);
	assert_ok(in_write(p, desk_basis_change, &other));
	assert_int_equal(number_of(p, "SELECT max_days FROM desk_basis WHERE id = 'decree' AND legal = 0"), 3000);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'basis-set'"), 2);
	other = (struct basis){ (char *)"No", (char *)"a\nb", false, BASIS_DAYS + 1 };
	assert_int_equal(desk_basis_bad(&other), BASIS_BAD_ID | BASIS_BAD_TITLE | BASIS_BAD_DAYS);
	assert_st(in_write(p, desk_basis_add, &other), ST_INVALID);
	finish(w);
}
ON_EACH_DRIVER(bases_are_rows, bases)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_label_in_between_holds_it),
		cmocka_unit_test(it_takes_two),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(holds_of_others),
		cmocka_unit_test(extensions),
		cmocka_unit_test(transferred_meanwhile),
		cmocka_unit_test(dropped_meanwhile),
		cmocka_unit_test(bases_are_rows),
		cmocka_unit_test(nulled_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

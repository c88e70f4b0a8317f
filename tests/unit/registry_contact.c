#include "registryhelp.h"

/* ── calls ── */

static enum st do_update(struct req *rq, void *arg)
{
	return contact_update(rq, arg);
}

static struct said change(struct place *p, const char *registrar, struct contact_change c)
{
	p->who = as(registrar);
	return said_of(in_write(p, do_update, &c), &c.why);
}

struct by_handle {
	const char *handle, *authinfo;
	enum transfer_op op;
	struct transfer t;
	struct outcome why;
};

static enum st do_delete(struct req *rq, void *arg)
{
	struct by_handle *b = arg;
	return contact_delete(rq, b->handle, &b->why);
}

static struct said drop(struct place *p, const char *registrar, const char *handle)
{
	struct by_handle b = { .handle = handle };
	p->who = as(registrar);
	return said_of(in_write(p, do_delete, &b), &b.why);
}

static enum st do_transfer(struct req *rq, void *arg)
{
	struct by_handle *b = arg;
	return contact_transfer(rq, b->op, b->handle, b->authinfo, &b->t, &b->why);
}

static struct said transfer(struct place *p, const char *registrar, enum transfer_op op, const char *authinfo,
			    struct transfer *out)
{
	struct by_handle b = { .handle = "wang-1", .authinfo = authinfo, .op = op };
	p->who = as(registrar);
	enum st st = in_write(p, do_transfer, &b);
	if (out)
		*out = b.t;
	return said_of(st, &b.why);
}

static struct contact_object get(struct place *p, const char *handle)
{
	struct contact_object c;
	struct req rq = on_reader(p);
	assert_ok(contact_object_get(&rq, handle, &c));
	store_reader_done(p->s);
	return c;
}

/* The text of the first message, and how many wait. */
static int64_t messages(struct place *p, const char *registrar, struct poll_message *first)
{
	int64_t n = 0;
	struct req rq = on_reader(p);
	enum st st = poll_first(&rq, registrar, first, &n);
	assert_true(st == ST_OK || st == ST_NOTFOUND);
	store_reader_done(p->s);
	return n;
}

static const char auth[] = "a-secret-of-16-chars";

/* ── tests ── */

/* RFC5733-3.2.1, RFC5733-3.1.2 */
static void create_body(struct place *p)
{
	world(p);
	assert_said(make_contact(p, "alpha", "wang-1"), R_DONE);
	assert_said(make_contact(p, "bravo", "wang-1"), R_EXISTS);
	struct contact_object c = get(p, "wang-1");
	assert_string_equal(c.c.sponsor, "alpha");
	assert_string_equal(c.c.creator, "alpha");
	assert_int_equal(c.c.created_at, T0);
	assert_int_equal(c.c.status, 0);
	assert_non_null(strchr(c.c.roid, '-'));
	assert_string_equal(c.postal[POSTAL_INT].street[1], "Floor 2");
	assert_null(c.postal[POSTAL_INT].street[2]);
	assert_string_equal(c.postal[POSTAL_LOC].name, "王小明");
	assert_null(c.postal[POSTAL_LOC].org);
	assert_true(c.person);
	assert_int_equal(c.verified_at, 0);
	/* RFC9154-4.3: what is kept is no password */
	assert_null(strstr(c.authinfo, auth));
	assert_true(authinfo_fits(c.authinfo, auth));
	assert_false(authinfo_fits(c.authinfo, "another"));
	struct req rq = on_reader(p);
	assert_st(contact_object_get(&rq, "nobody", &c), ST_NOTFOUND);
	store_reader_done(p->s);
}
ON_EACH_DRIVER(create, create_body)

static struct said make(struct place *p, struct contact_object c)
{
	struct contact_call k = { c, { 0 } };
	p->who = as("alpha");
	return said_of(in_write(p, do_contact_create, &k), &k.why);
}

/* RFC5733-4: the bounds of its schema */
static void syntax_body(struct place *p)
{
	struct contact_object c = somebody("wang-1");
	world(p);
#define WITH(set, code)                                                                                                \
	do {                                                                                                           \
		c = somebody("wang-1");                                                                                \
		set;                                                                                                   \
		assert_said(make(p, c), code);                                                                         \
	} while (0)
	WITH(c.handle = "ab", R_PARAM_SYNTAX);
	WITH(c.handle = "seventeen-letters", R_PARAM_SYNTAX);
	WITH(c.handle = "has blank", R_PARAM_SYNTAX);
	WITH(c.postal[POSTAL_INT].name = "王小明", R_PARAM_SYNTAX);
	WITH(c.postal[POSTAL_INT].name = NULL, R_PARAM_MISSING);
	WITH(c.postal[POSTAL_INT].city = "", R_PARAM_SYNTAX);
	WITH(c.postal[POSTAL_LOC].cc = "tw", R_PARAM_SYNTAX);
	WITH(c.postal[POSTAL_LOC].cc = NULL, R_PARAM_MISSING);
	WITH(c.postal[POSTAL_INT].pc = "12345678901234567", R_PARAM_SYNTAX);
	WITH(c.voice = "+886 2 1234", R_PARAM_SYNTAX);
	WITH(c.voice = "+8862.12345678901234", R_PARAM_SYNTAX);
	WITH(c.voice = "+886.", R_PARAM_SYNTAX);
	WITH(c.fax_x = "12", R_PARAM_SYNTAX);
	WITH(c.email = "wang", R_PARAM_SYNTAX);
	WITH(c.email = NULL, R_PARAM_MISSING);
	WITH(c.authinfo = "two\nlines", R_PARAM_SYNTAX);
	WITH((c.postal[POSTAL_INT].there = false, c.postal[POSTAL_LOC].there = false), R_PARAM_MISSING);
	WITH(c.postal[POSTAL_INT].there = false, R_DONE);
	assert_false(get(p, "wang-1").postal[POSTAL_INT].there);
#undef WITH
}
ON_EACH_DRIVER(syntax, syntax_body)

/* RFC5733-3.2.5 */
static void update_body(struct place *p)
{
	world(p);
	assert_said(make_contact(p, "alpha", "wang-1"), R_DONE);
	struct contact_change c = { .handle = "wang-1", .voice_set = true, .email_set = true };
	c.to.voice = "";
	c.to.email = "new@example.com";
	assert_said(change(p, "bravo", c), R_AUTHORIZATION);
	clock_set_for_test(T0 + DAY);
	assert_said(change(p, "alpha", c), R_DONE);
	struct contact_object o = get(p, "wang-1");
	assert_null(o.voice);
	assert_string_equal(o.email, "new@example.com");
	assert_string_equal(o.c.updater, "alpha");
	assert_int_equal(o.c.updated_at, T0 + DAY);

	c = (struct contact_change){ .handle = "wang-1", .postal_set[POSTAL_INT] = true };
	c.to.postal[POSTAL_INT] = (struct postal_info){ .org = "" };
	assert_said(change(p, "alpha", c), R_DONE);
	o = get(p, "wang-1");
	assert_null(o.postal[POSTAL_INT].org);
	assert_string_equal(o.postal[POSTAL_INT].street[0], "1 Test Road");
	c.to.postal[POSTAL_INT] = (struct postal_info){ .city = "Kaohsiung", .cc = "TW" };
	assert_said(change(p, "alpha", c), R_DONE);
	o = get(p, "wang-1");
	assert_string_equal(o.postal[POSTAL_INT].name, "Wang Xiaoming");
	assert_string_equal(o.postal[POSTAL_INT].city, "Kaohsiung");
	assert_null(o.postal[POSTAL_INT].street[0]);
	assert_null(o.postal[POSTAL_INT].pc);
	assert_string_equal(o.postal[POSTAL_LOC].city, "臺北市");

	c = (struct contact_change){ .handle = "wang-1", .disclose_changed = true, .authinfo_set = true };
	c.to.disclose_set = true;
	c.to.disclose = 1u << 6 | 1u << 8;
	assert_said(change(p, "alpha", c), R_DONE);
	o = get(p, "wang-1");
	assert_true(o.disclose_set);
	assert_false(o.disclose_flag);
	assert_int_equal(o.disclose, 1u << 6 | 1u << 8);
	assert_null(o.authinfo);
	c = (struct contact_change){ .handle = "missing" };
	assert_said(change(p, "alpha", c), R_NOT_THERE);
}
ON_EACH_DRIVER(update, update_body)

/* RFC5733-2.2 */
static void status_body(struct place *p)
{
	world(p);
	assert_said(make_contact(p, "alpha", "wang-1"), R_DONE);
	struct contact_change c = { .handle = "wang-1" };
#define SET(a, r, who, code)                                                                                           \
	do {                                                                                                           \
		c.add = (a);                                                                                           \
		c.rem = (r);                                                                                           \
		assert_said(change(p, who, c), code);                                                                  \
	} while (0)
	SET(BIT(STATUS_CLIENT_HOLD), 0, "alpha", R_PARAM_RANGE);
	SET(BIT(STATUS_SERVER_DELETE), 0, "alpha", R_POLICY_VALUE);
	SET(BIT(STATUS_LINKED), 0, "alpha", R_POLICY_VALUE);
	SET(0, BIT(STATUS_CLIENT_DELETE), "alpha", R_POLICY_VALUE);
	SET(BIT(STATUS_CLIENT_DELETE) | BIT(STATUS_CLIENT_UPDATE), 0, "alpha", R_DONE);
	assert_said(drop(p, "alpha", "wang-1"), R_STATUS);
	SET(0, BIT(STATUS_CLIENT_DELETE), "alpha", R_STATUS);
	SET(BIT(STATUS_CLIENT_TRANSFER), BIT(STATUS_CLIENT_UPDATE), "alpha", R_DONE);
	SET(0, BIT(STATUS_CLIENT_DELETE) | BIT(STATUS_CLIENT_TRANSFER), "alpha", R_DONE);
	p->who = actor_cli;
	c.rem = 0;
	c.add = BIT(STATUS_SERVER_DELETE);
	assert_ok(in_write(p, do_update, &c));
	assert_said(drop(p, "alpha", "wang-1"), R_STATUS);
	SET(0, BIT(STATUS_SERVER_DELETE), "alpha", R_POLICY_VALUE);
#undef SET
}
ON_EACH_DRIVER(statuses_kept, status_body)

/* RFC5733-3.2.2: linked objects stay, and say by how many */
static void delete_body(struct place *p)
{
	world(p);
	assert_said(make_contact(p, "alpha", "wang-1"), R_DONE);
	int64_t one = bare_domain(p, "one.tw", "alpha"), two = bare_domain(p, "two.tw", "bravo");
	uses_contact(p, one, "r", "wang-1");
	uses_contact(p, one, "a", "wang-1");
	uses_contact(p, two, "t", "wang-1");
	assert_true(get(p, "wang-1").c.status & BIT(STATUS_LINKED));
	struct said s = drop(p, "alpha", "wang-1");
	assert_int_equal(s.code, R_ASSOCIATION);
	assert_string_equal(s.reason, "2 domains use this contact");
	assert_said(make_contact(p, "alpha", "free-1"), R_DONE);
	assert_said(drop(p, "bravo", "free-1"), R_AUTHORIZATION);
	assert_said(drop(p, "alpha", "free-1"), R_DONE);
	assert_said(drop(p, "alpha", "free-1"), R_NOT_THERE);
	/* The handle is free again, the history of both is one. */
	clock_set_for_test(T0 + DAY);
	assert_said(make_contact(p, "bravo", "free-1"), R_DONE);
	struct former f[10];
	int n;
	struct req rq = on_reader(p);
	assert_ok(registry_history(&rq, "contact", "free-1", 0, f, 10, &n));
	assert_int_equal(n, 3);
	assert_string_equal(f[0].verb, "contact-created");
	assert_string_equal(f[1].verb, "contact-deleted");
	assert_null(f[1].object);
	assert_string_equal(f[2].actor, "registrar:bravo");
	store_reader_done(p->s);
}
ON_EACH_DRIVER(delete, delete_body)

/* RFC5733-3.2.4, RFC5730-2.9.3.4 */
static void transfer_body(struct place *p)
{
	struct transfer t;
	struct poll_message m = { 0 };
	world(p);
	assert_said(make_contact(p, "alpha", "wang-1"), R_DONE);
	assert_said(transfer(p, "alpha", OP_REQUEST, auth, NULL), R_NOT_TRANSFERABLE);
	assert_said(transfer(p, "bravo", OP_REQUEST, "guessed", NULL), R_BAD_AUTHINFO);
	assert_said(transfer(p, "bravo", OP_REQUEST, NULL, NULL), R_BAD_AUTHINFO);
	assert_said(transfer(p, "bravo", OP_QUERY, auth, NULL), R_NOT_PENDING_TRANSFER);
	assert_said(transfer(p, "alpha", OP_APPROVE, NULL, NULL), R_NOT_PENDING_TRANSFER);
	assert_said(transfer(p, "bravo", OP_REQUEST, auth, &t), R_DONE);
	assert_int_equal(t.state, TRANSFER_PENDING);
	assert_string_equal(t.requester, "bravo");
	assert_string_equal(t.actor, "alpha");
	assert_int_equal(t.acted_at, T0 + 5 * DAY);
	assert_true(get(p, "wang-1").c.status & BIT(STATUS_PENDING_TRANSFER));
	assert_int_equal(messages(p, "alpha", &m), 1);
	assert_string_equal(m.kind, "contact-transfer");
	assert_string_equal(m.object, "wang-1");
	assert_int_equal(messages(p, "bravo", &m), 0);

	assert_said(transfer(p, "bravo", OP_REQUEST, auth, NULL), R_PENDING_TRANSFER);
	assert_said(drop(p, "alpha", "wang-1"), R_STATUS);
	assert_said(transfer(p, "bravo", OP_APPROVE, NULL, NULL), R_AUTHORIZATION);
	assert_said(transfer(p, "alpha", OP_CANCEL, NULL, NULL), R_AUTHORIZATION);
	assert_said(transfer(p, "alpha", OP_REJECT, NULL, &t), R_DONE);
	assert_int_equal(t.state, TRANSFER_CLIENT_REJECTED);
	assert_int_equal(get(p, "wang-1").c.status, 0);
	assert_int_equal(messages(p, "bravo", &m), 1);

	assert_said(transfer(p, "bravo", OP_REQUEST, auth, NULL), R_DONE);
	assert_said(transfer(p, "bravo", OP_CANCEL, NULL, &t), R_DONE);
	assert_int_equal(t.state, TRANSFER_CLIENT_CANCELLED);
	assert_said(transfer(p, "bravo", OP_REQUEST, auth, NULL), R_DONE);
	assert_said(transfer(p, "alpha", OP_APPROVE, NULL, &t), R_DONE);
	struct contact_object c = get(p, "wang-1");
	assert_string_equal(c.c.sponsor, "bravo");
	assert_int_equal(c.c.transferred_at, T0);
	assert_null(c.authinfo); /* RFC9154-4.1 */
	assert_said(transfer(p, "alpha", OP_QUERY, NULL, &t), R_DONE);
	assert_int_equal(t.state, TRANSFER_CLIENT_APPROVED);
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due WHERE kind = 'contact-transfer'"), 0);
}
ON_EACH_DRIVER(transfers, transfer_body)

static enum st contact_due(struct req *rq, const char *handle)
{
	struct by_handle b = { .handle = handle, .op = OP_APPROVE };
	return do_transfer(rq, &b);
}

/* Silence is consent, by the clock. */
static void silence_body(struct place *p)
{
	static const struct due_kind kinds[] = { { "contact-transfer", contact_due } };
	struct poll_message m;
	int n;
	world(p);
	assert_said(make_contact(p, "alpha", "wang-1"), R_DONE);
	assert_said(transfer(p, "bravo", OP_REQUEST, auth, NULL), R_DONE);
	clock_set_for_test(T0 + 5 * DAY);
	struct req rq = on_reader(p);
	rq.who = &actor_clock;
	assert_ok(due_run(p->s, &rq, kinds, 1, &n));
	store_reader_done(p->s);
	assert_int_equal(n, 1);
	assert_string_equal(get(p, "wang-1").c.sponsor, "bravo");
	assert_int_equal(messages(p, "alpha", &m), 2);
	assert_int_equal(messages(p, "bravo", &m), 1);
	assert_non_null(strstr(m.payload, "serverApproved"));
}
ON_EACH_DRIVER(silence, silence_body)

static enum st do_verified(struct req *rq, void *arg)
{
	struct outcome why;
	return contact_verified(rq, arg, &why);
}

/* Verified is the address that answered: a new one is not. */
static void verified_body(struct place *p)
{
	char handle[] = "wang-1";
	world(p);
	assert_said(make_contact(p, "alpha", handle), R_DONE);
	assert_st(in_write(p, do_verified, handle), ST_DENIED);
	p->who = actor_cli;
	assert_ok(in_write(p, do_verified, handle));
	assert_int_equal(get(p, handle).verified_at, T0);
	struct contact_change c = { .handle = handle, .email_set = true };
	c.to.email = "wang@example.com";
	assert_said(change(p, "alpha", c), R_DONE);
	assert_int_equal(get(p, handle).verified_at, T0);
	c.to.email = "other@example.com";
	assert_said(change(p, "alpha", c), R_DONE);
	assert_int_equal(get(p, handle).verified_at, 0);
}
ON_EACH_DRIVER(verified, verified_body)

static enum st do_unreachable(struct req *rq, void *arg)
{
	return contact_unreachable(rq, arg);
}

/* A letter that came back takes it away again, however the address is written; others keep theirs. */
static void unreachable_body(struct place *p)
{
	char handle[] = "wang-1", email[] = "WANG@example.com", other[] = "nobody@example.com";
	world(p);
	assert_said(make_contact(p, "alpha", handle), R_DONE);
	struct contact_change c = { .handle = handle, .email_set = true };
	c.to.email = "wang@example.com";
	assert_said(change(p, "alpha", c), R_DONE);
	p->who = actor_cli;
	assert_ok(in_write(p, do_verified, handle));
	assert_ok(in_write(p, do_unreachable, other));
	assert_int_equal(get(p, handle).verified_at, T0);
	assert_ok(in_write(p, do_unreachable, email));
	assert_int_equal(get(p, handle).verified_at, 0);
	assert_ok(in_write(p, do_unreachable, email));
}
ON_EACH_DRIVER(unreachable, unreachable_body)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create),	 cmocka_unit_test(syntax),   cmocka_unit_test(update),
		cmocka_unit_test(statuses_kept), cmocka_unit_test(delete),   cmocka_unit_test(transfers),
		cmocka_unit_test(silence),	 cmocka_unit_test(verified), cmocka_unit_test(unreachable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

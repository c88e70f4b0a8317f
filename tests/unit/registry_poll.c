#include "registryhelp.h"

struct msg {
	const char *registrar, *text;
};

static enum st do_add(struct req *rq, void *arg)
{
	struct msg *m = arg;
	return poll_add(rq, m->registrar, "note", "example.tw", m->text, "{\"a\":1}");
}

static void add(struct place *p, const char *registrar, const char *text)
{
	assert_ok(in_write(p, do_add, &(struct msg){ registrar, text }));
}

struct ack {
	const char *registrar;
	int64_t id, left;
};

static enum st do_ack(struct req *rq, void *arg)
{
	struct ack *a = arg;
	return poll_ack(rq, a->registrar, a->id, &a->left);
}

static enum st first(struct place *p, const char *registrar, struct poll_message *m, int64_t *count)
{
	struct req rq = on_reader(p);
	enum st st = poll_first(&rq, registrar, m, count);
	store_reader_done(p->s);
	return st;
}

/* RFC5730-2.9.2.3: first in, first out; a message stays until it is acknowledged; each sees its own */
static void queue_body(struct place *p)
{
	struct poll_message m;
	int64_t count;
	assert_st(first(p, "alpha", &m, &count), ST_NOTFOUND);
	assert_int_equal(count, 0);
	add(p, "alpha", "one");
	clock_set_for_test(T0 + DAY);
	add(p, "bravo", "theirs");
	add(p, "alpha", "two");
	assert_ok(first(p, "alpha", &m, &count));
	assert_int_equal(count, 2);
	assert_string_equal(m.text, "one");
	assert_string_equal(m.kind, "note");
	assert_string_equal(m.object, "example.tw");
	assert_string_equal(m.payload, "{\"a\":1}");
	assert_int_equal(m.at, T0);
	int64_t id = m.id;
	assert_ok(first(p, "alpha", &m, &count));
	assert_int_equal(m.id, id);
	struct ack a = { "bravo", id, 0 };
	assert_st(in_write(p, do_ack, &a), ST_NOTFOUND);
	a.registrar = "alpha";
	assert_ok(in_write(p, do_ack, &a));
	assert_int_equal(a.left, 1);
	assert_st(in_write(p, do_ack, &a), ST_NOTFOUND);
	assert_ok(first(p, "alpha", &m, &count));
	assert_string_equal(m.text, "two");
	assert_int_equal(count, 1);
}
ON_EACH_DRIVER(queue, queue_body)

static enum st do_update(struct req *rq, void *arg)
{
	return contact_update(rq, arg);
}

/* RFC8590: a sponsor hears of what the registry did to its objects, and not of its own doing */
static void changed_body(struct place *p)
{
	struct poll_message m;
	int64_t count;
	world(p);
	assert_said(make_contact(p, "alpha", "wang-1"), R_DONE);
	struct contact_change c = { .handle = "wang-1", .voice_set = true };
	p->who = as("alpha");
	assert_ok(in_write(p, do_update, &c));
	assert_st(first(p, "alpha", &m, &count), ST_NOTFOUND);
	p->who = actor_cli;
	c.add = BIT(STATUS_SERVER_DELETE);
	assert_ok(in_write(p, do_update, &c));
	assert_ok(first(p, "alpha", &m, &count));
	assert_string_equal(m.kind, "contact-changed");
	assert_non_null(strstr(m.payload, "\"operation\":\"update\""));
	assert_non_null(strstr(m.payload, "\"who\":\"registry\""));
}
ON_EACH_DRIVER(changed, changed_body)

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(queue), cmocka_unit_test(changed) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

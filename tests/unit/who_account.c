#include "inwrite.h"
#include <argon2.h>
#include <liboath/oath.h>
#include "store/journal.h"
#include "who/account.h"
#include "who/who_int.h"

#define SECOND USEC
#define MINUTE (60 * USEC)
#define HOUR (3600 * USEC)
static const char good_password[] = "correct horse battery";

struct staff {
	const char *login, *password, *code;
	unsigned role;
	char invite[27], token[27], csrf[27];
	char secret[40];
	int64_t id;
};

static void code_at(const struct staff *a, int64_t when, char code[8])
{
	char *raw = NULL;
	size_t n = 0;
	assert_int_equal(oath_base32_decode(a->secret, strlen(a->secret), &raw, &n), OATH_OK);
	assert_int_equal(n, 20);
	assert_int_equal(oath_totp_generate(raw, n, (time_t)(when / USEC), 30, 0, 6, code), OATH_OK);
	free(raw);
}

static enum st add(struct req *rq, void *arg)
{
	struct staff *a = arg;
	return account_add(rq, a->login, "Ann Handler", a->role, a->invite);
}

static enum st invite(struct req *rq, void *arg)
{
	struct staff *a = arg;
	return account_invite(rq, a->login, a->invite);
}

static enum st offer(struct req *rq, void *arg)
{
	struct staff *a = arg;
	char *secret, *uri;
	if (account_totp_offer(rq, a->invite, "Centre: 中心", &secret, &uri))
		return rq->err.code;
	snprintf(a->secret, sizeof a->secret, "%s", secret);
	assert_int_equal(strlen(secret), 32);
	assert_non_null(strstr(uri, "otpauth://totp/Centre%3A%20%E4%B8%AD%E5%BF%83:"));
	assert_non_null(strstr(uri, secret));
	assert_non_null(strstr(uri, "&issuer=Centre%3A%20%E4%B8%AD%E5%BF%83&algorithm=SHA1&digits=6&period=30"));
	return ST_OK;
}

static enum st accept(struct req *rq, void *arg)
{
	struct staff *a = arg;
	return account_accept(rq, a->invite, a->password, a->code, &a->id);
}

static enum st attempt(struct req *rq, void *arg)
{
	return account_attempt(rq, ((struct staff *)arg)->login);
}
static enum st open_session(struct req *rq, void *arg)
{
	struct staff *a = arg;
	return session_open(rq, a->id, a->code, a->token, a->csrf);
}
static enum st touch(struct req *rq, void *arg)
{
	return session_touch(rq, ((struct staff *)arg)->token);
}
static enum st close_session(struct req *rq, void *arg)
{
	return session_close(rq, ((struct staff *)arg)->token);
}
static enum st disable(struct req *rq, void *arg)
{
	return account_disable(rq, ((struct staff *)arg)->login);
}

static enum st check(struct place *p, const char *login, const char *password, int64_t *id)
{
	struct req rq = on_reader(p);
	return account_check(&rq, login, password, id);
}

static enum st is_in(struct place *p, const struct staff *a, struct session *s)
{
	struct req rq = on_reader(p);
	return session_get(&rq, a->token, s);
}

/* An account that has accepted its invitation. */
static void ready(struct place *p, struct staff *a)
{
	char code[8];
	struct err e = { 0 };
	assert_ok(in_write(p, add, a));
	assert_ok(in_write(p, offer, a));
	code_at(a, clock_now(), code);
	a->code = code;
	a->password = password_hash(p->mem, good_password, &e);
	assert_non_null(a->password);
	assert_ok(in_write(p, accept, a));
}

/* Signs in with the code of the present step, which must be a fresh one. */
static enum st sign_in(struct place *p, struct staff *a)
{
	char code[8];
	enum st st = in_write(p, attempt, a);
	if (st || (st = check(p, a->login, good_password, &a->id)))
		return st;
	code_at(a, clock_now(), code);
	a->code = code;
	return in_write(p, open_session, a);
}

/* ── adding ── */

static enum st add_wrong(struct req *rq, void *arg)
{
	char t[27];
	static const char *const wrong[] = { "", "a", "ann smith", "ann@example.org", "änn", "ann/..", "ann\n" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_st(account_add(rq, wrong[i], "Ann", ROLE_HANDLER, t), ST_INVALID);
	assert_st(account_add(rq, "ann", "", ROLE_HANDLER, t), ST_INVALID);
	assert_st(account_add(rq, "ann", "Ann\nAdmin", ROLE_HANDLER, t), ST_INVALID);
	assert_st(account_add(rq, "ann", "Ann", ROLE_ANYONE, t), ST_INVALID);
	assert_st(account_add(rq, "ann", "Ann", ROLE_SYSTEM, t), ST_INVALID);
	assert_st(account_add(rq, "ann", "Ann", ROLE_HANDLER | ROLE_SYSTEM, t), ST_INVALID);
	return ST_OK;
}

static enum st change_role(struct req *rq, void *arg)
{
	struct staff *a = arg;
	return account_role(rq, a->login, a->role);
}

static void added_by_admins_only(struct place *p)
{
	struct staff ann = { .login = "Ann", .role = ROLE_HANDLER };
	struct account list[4];
	int n;
	static const unsigned others[] = { ROLE_ANYONE, ROLE_HANDLER, ROLE_OFFICER, ROLE_HANDLER | ROLE_OFFICER };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		p->who.role = others[i];
		assert_st(in_write(p, add, &ann), ST_DENIED);
		assert_st(in_write(p, invite, &ann), ST_DENIED);
		assert_st(in_write(p, disable, &ann), ST_DENIED);
	}
	p->who.role = ROLE_ADMIN;
	assert_ok(in_write(p, add_wrong, NULL));
	assert_ok(in_write(p, add, &ann));
	ann.login = "ANN";
	assert_st(in_write(p, add, &ann), ST_CONFLICT);
	struct req rq = on_reader(p);
	assert_ok(account_list(&rq, list, 4, &n));
	assert_int_equal(n, 1);
	assert_string_equal(list[0].login, "ann");
	assert_false(list[0].ready);
	struct entry e;
	assert_ok(journal_entry(&rq, 0, &e));
	assert_string_equal(e.verb, "account-added");
	assert_string_equal(e.payload, "{\"role\":\"handler\"}");
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry"), 1);
}

/* ── passwords ── */

static void password_rules(void **state)
{
	struct arena *mem = arena_new(1 << 16);
	struct err e = { 0 };
	char longest[258];
	memset(longest, 'x', sizeof longest);
	longest[257] = 0;
	assert_st(password_check(longest, NULL, &e), ST_INVALID);
	longest[256] = 0;
	assert_ok(password_check(longest, NULL, &e));
	assert_st(password_check("", NULL, &e), ST_INVALID);
	assert_st(password_check("elevenchars", NULL, &e), ST_INVALID);
	assert_ok(password_check("twelve chars", NULL, &e));
	assert_st(password_check("密碼密碼密碼", NULL, &e), ST_INVALID); /* 18 bytes, 6 characters */
	assert_ok(password_check("密碼密碼密碼密碼密碼密碼", NULL, &e));
	assert_st(password_check("\xff twelve bytes", NULL, &e), ST_INVALID);
	assert_st(password_check("Ann.Of.Green.Gables", "ann.of.green.gables", &e), ST_INVALID);
	assert_null(password_hash(mem, "short", &e));
	arena_free(mem);
}

static void password_hashes(void **state)
{
	struct arena *mem = arena_new(1 << 16);
	struct err e = { 0 };
	char *a = password_hash(mem, good_password, &e), *b = password_hash(mem, good_password, &e);
	assert_string_not_equal(a, b);
	assert_memory_equal(a, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
	assert_true(password_matches(a, good_password));
	assert_false(password_matches(a, "correct horse batterz"));
	assert_false(password_matches(a, ""));
	assert_false(password_matches(NULL, ""));
	assert_false(password_matches("", ""));
	assert_false(password_matches("$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA", ""));
	a[strlen(a) - 1] = 0;
	assert_false(password_matches(a, good_password));
	/* The reference library reads ours, and we read its own, also at another cost. */
	char theirs[200];
	assert_int_equal(argon2id_verify(b, good_password, strlen(good_password)), ARGON2_OK);
	assert_int_equal(argon2id_hash_encoded(3, 1024, 2, good_password, strlen(good_password), "sixteen bytes of", 16,
					       32, theirs, sizeof theirs),
			 ARGON2_OK);
	assert_true(password_matches(theirs, good_password));
	arena_free(mem);
}

/* ── one-time codes ── */

static void rfc6238_codes(void **state)
{
	static const uint8_t secret[] = "12345678901234567890"; /* RFC 6238 appendix B, the last six digits */
	static const struct {
		int64_t at;
		const char *code;
	} v[] = {
		{ 59, "287082" },	  { 1111111109, "081804" }, { 1111111111, "050471" },
		{ 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" },
	};
	int64_t step = 0;
	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		assert_true(totp_check(secret, 20, v[i].code, v[i].at * USEC, 0, &step));
		assert_int_equal(step, v[i].at / 30);
		assert_true(totp_check(secret, 20, v[i].code, (v[i].at + 30) * USEC, 0, &step));
		assert_int_equal(step, v[i].at / 30);
		assert_false(totp_check(secret, 20, v[i].code, (v[i].at + 60) * USEC, 0, &step));
		assert_false(totp_check(secret, 20, v[i].code, v[i].at * USEC, v[i].at / 30, &step));
	}
	assert_true(totp_check(secret, 20, "081804", (1111111109 - 30) * USEC, 0, &step));
	assert_int_equal(step, 1111111109 / 30);
	static const char *const wrong[] = { "", "28708", "2870820", "94287082", "28708x", " 287082", "２８７" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(totp_check(secret, 20, wrong[i], 59 * USEC, 0, &step));
	assert_false(totp_check(secret, 20, NULL, 59 * USEC, 0, &step));
}

static void rfc4648_base32(void **state)
{
	struct arena *mem = arena_new(1 << 16);
	static const char *const v[][2] = { { "", "" },
					    { "f", "MY" },
					    { "fo", "MZXQ" },
					    { "foo", "MZXW6" },
					    { "foob", "MZXW6YQ" },
					    { "fooba", "MZXW6YTB" },
					    { "foobar", "MZXW6YTBOI" } };
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		assert_string_equal(totp_base32(mem, (const uint8_t *)v[i][0], strlen(v[i][0])), v[i][1]);
	arena_free(mem);
}

/* ── invitations ── */

static void invitations(struct place *p)
{
	struct staff ann = { .login = "ann", .role = ROLE_HANDLER }, old;
	struct account a;
	struct err e = { 0 };
	char code[8], first[40];
	assert_ok(in_write(p, add, &ann));
	struct req rq = on_reader(p);
	assert_ok(account_by_invite(&rq, ann.invite, &a));
	assert_string_equal(a.login, "ann");
	assert_st(account_by_invite(&rq, "aaaaaaaaaaaaaaaaaaaaaaaaaa", &a), ST_NOTFOUND);
	assert_st(account_by_invite(&rq, "", &a), ST_NOTFOUND);

	ann.password = password_hash(p->mem, good_password, &e);
	ann.code = "000000";
	assert_st(in_write(p, accept, &ann), ST_INVALID); /* not the code of the device */
	assert_ok(in_write(p, offer, &ann));
	snprintf(first, sizeof first, "%s", ann.secret);
	assert_ok(in_write(p, offer, &ann));
	assert_string_equal(first, ann.secret); /* the same at each look */

	/* A new link voids the old one and its secret. */
	old = ann;
	assert_ok(in_write(p, invite, &ann));
	rq = on_reader(p);
	assert_st(account_by_invite(&rq, old.invite, &a), ST_NOTFOUND);
	assert_ok(in_write(p, offer, &ann));
	assert_string_not_equal(first, ann.secret);
	code_at(&old, T0, code);
	ann.code = code;
	assert_st(in_write(p, accept, &ann), ST_INVALID);

	code_at(&ann, T0, code);
	ann.password = "plain text is no hash";
	assert_st(in_write(p, accept, &ann), ST_INTERNAL);
	ann.password = password_hash(p->mem, good_password, &e);
	clock_set_for_test(T0 + 72 * HOUR);
	assert_st(in_write(p, accept, &ann), ST_NOTFOUND);
	clock_set_for_test(T0 + 72 * HOUR - 1);
	code_at(&ann, clock_now(), code);
	assert_ok(in_write(p, accept, &ann));
	assert_st(in_write(p, accept, &ann), ST_NOTFOUND); /* once */
	/* The code of the invitation is used too. */
	assert_st(in_write(p, open_session, &ann), ST_DENIED);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'account-accepted'"), 1);
}

static void login_is_no_password(struct place *p)
{
	struct staff ann = { .login = "ann.of.green.gables", .role = ROLE_HANDLER };
	struct err e = { 0 };
	char code[8];
	assert_ok(in_write(p, add, &ann));
	assert_ok(in_write(p, offer, &ann));
	code_at(&ann, T0, code);
	ann.code = code;
	ann.password = password_hash(p->mem, "ann.of.green.gables", &e);
	assert_st(in_write(p, accept, &ann), ST_INVALID);
	ann.password = password_hash(p->mem, good_password, &e);
	assert_ok(in_write(p, accept, &ann));
}

/* ── signing in ── */

static void signing_in(struct place *p)
{
	struct staff ann = { .login = "ann", .role = ROLE_HANDLER };
	struct staff nobody = { .login = "nobody" };
	struct session s;
	int64_t id = -1;
	char code[8];
	ready(p, &ann);
	clock_set_for_test(T0 + MINUTE);
	assert_st(check(p, "ann", good_password, &id), ST_INTERNAL); /* not counted */
	assert_ok(in_write(p, attempt, &ann));
	assert_ok(in_write(p, attempt, &nobody));
	assert_st(check(p, "ann", "wrong horse battery", &id), ST_DENIED);
	assert_st(check(p, "ann", "", &id), ST_DENIED);
	assert_st(check(p, "nobody", good_password, &id), ST_DENIED);
	assert_int_equal(id, -1);
	assert_ok(check(p, "ANN", good_password, &id));
	assert_int_equal(id, ann.id);

	ann.code = "12345";
	assert_st(in_write(p, open_session, &ann), ST_DENIED);
	code_at(&ann, clock_now() - 2 * MINUTE, code);
	ann.code = code;
	assert_st(in_write(p, open_session, &ann), ST_DENIED);
	code_at(&ann, clock_now(), code);
	assert_ok(in_write(p, open_session, &ann));
	assert_ok(is_in(p, &ann, &s));
	assert_string_equal(s.login, "ann");
	assert_string_equal(s.csrf, ann.csrf);
	assert_int_equal(s.role, ROLE_HANDLER);
	struct staff twin = ann;
	assert_st(in_write(p, open_session, &twin), ST_DENIED); /* each code once */
	clock_set_for_test(T0 + MINUTE + 30 * SECOND);
	assert_st(in_write(p, open_session, &twin), ST_DENIED);
	code_at(&ann, clock_now() + 30 * SECOND, code); /* a device that is fast */
	assert_ok(in_write(p, open_session, &twin));
	code_at(&ann, clock_now(), code); /* older than the newest used */
	assert_st(in_write(p, open_session, &twin), ST_DENIED);
	assert_int_equal(
		number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'signed-in' AND actor LIKE 'staff:%'"),
		2);

	assert_st(is_in(p, &(struct staff){ .token = "aaaaaaaaaaaaaaaaaaaaaaaaaa" }, &s), ST_NOTFOUND);
	assert_ok(in_write(p, close_session, &ann));
	assert_st(is_in(p, &ann, &s), ST_NOTFOUND);
	assert_st(in_write(p, close_session, &ann), ST_NOTFOUND);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'signed-out'"), 1);
}

/* Tokens are in the database only as hashes. */
static void tokens_are_hashed(struct place *p)
{
	struct staff ann = { .login = "ann", .role = ROLE_HANDLER };
	int64_t n = 0;
	ready(p, &ann);
	clock_set_for_test(T0 + MINUTE);
	assert_ok(sign_in(p, &ann));
	struct hash h = hash_of(ann.token, strlen(ann.token));
	struct req rq = on_reader(p);
	assert_ok(sql_number(&rq, &n, "SELECT count(*) FROM who_session WHERE token_hash = $1", V_BLOB(h.b, HASH_LEN)));
	assert_int_equal(n, 1);
	assert_ok(sql_number(&rq, &n, "SELECT count(*) FROM who_session WHERE token_hash = $1", V_BLOB(ann.token, 26)));
	assert_int_equal(n, 0);
}

static void sessions_end(struct place *p)
{
	struct staff ann = { .login = "ann", .role = ROLE_HANDLER };
	struct session s;
	ready(p, &ann);
	int64_t begin = T0 + MINUTE;
	clock_set_for_test(begin);
	assert_ok(sign_in(p, &ann));
	clock_set_for_test(begin + 2 * HOUR - 1);
	assert_ok(is_in(p, &ann, &s));
	clock_set_for_test(begin + 2 * HOUR);
	assert_st(is_in(p, &ann, &s), ST_NOTFOUND); /* idle */
	assert_st(in_write(p, touch, &ann), ST_NOTFOUND);

	assert_ok(sign_in(p, &ann));
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_session"), 1); /* the old one was swept */
	begin = clock_now();
	for (int64_t t = begin; t < begin + 12 * HOUR; t += HOUR) {
		clock_set_for_test(t);
		assert_ok(in_write(p, touch, &ann));
	}
	clock_set_for_test(begin + 12 * HOUR - 1);
	assert_ok(is_in(p, &ann, &s));
	clock_set_for_test(begin + 12 * HOUR);
	assert_st(is_in(p, &ann, &s), ST_NOTFOUND); /* absolute */
}

static void a_new_password_ends_the_old(struct place *p)
{
	struct staff ann = { .login = "ann", .role = ROLE_HANDLER };
	struct session s;
	struct err e = { 0 };
	char code[8], before[8];
	ready(p, &ann);
	clock_set_for_test(T0 + MINUTE);
	assert_ok(sign_in(p, &ann));
	struct staff old = ann;
	assert_ok(in_write(p, invite, &ann));
	assert_ok(is_in(p, &ann, &s)); /* until the link is used */
	assert_ok(in_write(p, offer, &ann));
	clock_set_for_test(T0 + 5 * MINUTE);
	code_at(&ann, clock_now(), code);
	ann.code = code;
	ann.password = password_hash(p->mem, "another horse battery", &e);
	assert_ok(in_write(p, accept, &ann));
	assert_st(is_in(p, &old, &s), ST_NOTFOUND);
	assert_ok(in_write(p, attempt, &ann));
	assert_st(check(p, "ann", good_password, &ann.id), ST_DENIED);
	assert_ok(check(p, "ann", "another horse battery", &ann.id));
	clock_set_for_test(T0 + 10 * MINUTE);
	code_at(&old, clock_now(), before);
	ann.code = before;
	assert_st(in_write(p, open_session, &ann), ST_DENIED); /* the old device */
}

static void disabling(struct place *p)
{
	struct staff ann = { .login = "ann", .role = ROLE_HANDLER }, bob = { .login = "bob", .role = ROLE_ADMIN };
	struct session s;
	struct account a;
	int64_t id;
	ready(p, &ann);
	ready(p, &bob);
	clock_set_for_test(T0 + MINUTE);
	assert_ok(sign_in(p, &ann));
	assert_ok(in_write(p, disable, &ann));
	assert_st(is_in(p, &ann, &s), ST_NOTFOUND);
	assert_ok(in_write(p, attempt, &ann));
	assert_st(check(p, "ann", good_password, &id), ST_DENIED);
	assert_st(in_write(p, invite, &ann), ST_CONFLICT);
	struct req rq = on_reader(p);
	assert_st(account_by_invite(&rq, ann.invite, &a), ST_NOTFOUND);
	assert_ok(in_write(p, disable, &ann));
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'account-disabled'"), 1);
	assert_st(in_write(p, disable, &bob), ST_CONFLICT); /* the last administrator */
	struct staff eve = { .login = "eve", .role = ROLE_ADMIN | ROLE_HANDLER };
	ready(p, &eve);
	assert_ok(in_write(p, disable, &bob));
	ann.login = "nobody";
	assert_st(in_write(p, disable, &ann), ST_NOTFOUND);
}

/* ── the brake ── */

static int64_t seconds_to_wait(struct place *p, struct staff *a)
{
	struct req rq = place_req(p);
	if (store_write(p->s, &rq, attempt, a) != ST_LIMIT)
		return 0;
	const char *colon = strrchr(rq.err.msg, ':');
	assert_non_null(colon);
	return strtoll(strpbrk(colon, "0123456789"), NULL, 10);
}

static void slower_but_never_shut(struct place *p, struct staff *a)
{
	static const int64_t wait[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900 };
	int64_t now = clock_now();
	for (int i = 0; i < 5; i++)
		assert_ok(in_write(p, attempt, a));
	for (size_t i = 0; i < sizeof wait / sizeof *wait; i++) {
		assert_int_equal(seconds_to_wait(p, a), wait[i]);
		clock_set_for_test(now += wait[i] * SECOND - 1);
		assert_int_equal(seconds_to_wait(p, a), 1); /* asking does not make it longer */
		clock_set_for_test(now += 1);
		assert_ok(in_write(p, attempt, a));
	}
	clock_set_for_test(now += 24 * HOUR);
	for (int i = 0; i < 5; i++)
		assert_ok(in_write(p, attempt, a));
	assert_st(in_write(p, attempt, a), ST_LIMIT);
}

static void the_brake(struct place *p)
{
	struct staff ann = { .login = "ann", .role = ROLE_HANDLER }, bob = { .login = "bob", .role = ROLE_HANDLER };
	struct staff nobody = { .login = "nobody" };
	ready(p, &ann);
	ready(p, &bob);
	slower_but_never_shut(p, &ann);
	clock_set_for_test(T0 + 240 * HOUR);
	slower_but_never_shut(p, &nobody); /* nobody can tell who has an account */
	assert_ok(in_write(p, attempt, &bob));
}

static void a_sign_in_resets_it(struct place *p)
{
	struct staff ann = { .login = "ann", .role = ROLE_HANDLER };
	ready(p, &ann);
	clock_set_for_test(T0 + MINUTE);
	for (int i = 0; i < 4; i++)
		assert_ok(in_write(p, attempt, &ann));
	assert_ok(sign_in(p, &ann));
	for (int i = 0; i < 5; i++)
		assert_ok(in_write(p, attempt, &ann));
	assert_st(in_write(p, attempt, &ann), ST_LIMIT);
	/* Four now and then are no attack. */
	clock_set_for_test(T0 + 48 * HOUR);
	for (int i = 0; i < 20; i++) {
		clock_set_for_test(clock_now() + 4 * MINUTE);
		assert_ok(in_write(p, attempt, &ann));
	}
}

/* Guesses sent at the same time are counted one after another. */
enum { AT_ONCE = 16 };

static void *guess(void *arg)
{
	struct place *p = arg, mine = { .s = p->s, .mem = arena_new(1 << 16), .who = actor_anonymous };
	struct staff ann = { .login = "ann" };
	enum st st = in_write(&mine, attempt, &ann);
	arena_free(mine.mem);
	return st == ST_OK ? p : NULL;
}

static void many_guesses_at_once(void **state)
{
	for (int driver = 0; driver < teststore_drivers(); driver++) {
		struct place p = { .s = teststore_open_with(driver, 4), .mem = arena_new(1 << 16), .who = actor_cli };
		struct staff ann = { .login = "ann", .role = ROLE_HANDLER };
		pthread_t t[AT_ONCE];
		int let = 0;
		assert_non_null(p.s);
		clock_set_for_test(T0);
		assert_ok(in_write(&p, add, &ann));
		for (int i = 0; i < AT_ONCE; i++)
			assert_int_equal(pthread_create(&t[i], NULL, guess, &p), 0);
		for (int i = 0; i < AT_ONCE; i++) {
			void *ok;
			pthread_join(t[i], &ok);
			let += ok != NULL;
		}
		assert_int_equal(let, 5);
		place_close(&p);
	}
}

/* A code that was looked over somebody's shoulder and sent at the same instant lets one of the two in. */
struct shoulder {
	struct store *s;
	struct staff ann;
	bool in;
};

static void *same_code(void *arg)
{
	struct shoulder *x = arg;
	struct place mine = { .s = x->s, .mem = arena_new(1 << 16), .who = actor_anonymous };
	x->in = in_write(&mine, open_session, &x->ann) == ST_OK;
	arena_free(mine.mem);
	return NULL;
}

static void one_code_many_times_at_once(void **state)
{
	for (int driver = 0; driver < teststore_drivers(); driver++) {
		struct place p = { .s = teststore_open_with(driver, 4), .mem = arena_new(1 << 20), .who = actor_cli };
		struct staff ann = { .login = "ann", .role = ROLE_HANDLER };
		struct shoulder x[AT_ONCE];
		pthread_t t[AT_ONCE];
		char code[8];
		int in = 0;
		assert_non_null(p.s);
		clock_set_for_test(T0);
		ready(&p, &ann);
		clock_set_for_test(T0 + MINUTE);
		code_at(&ann, clock_now(), code);
		ann.code = code;
		for (int i = 0; i < AT_ONCE; i++) {
			x[i] = (struct shoulder){ p.s, ann, false };
			assert_int_equal(pthread_create(&t[i], NULL, same_code, &x[i]), 0);
		}
		for (int i = 0; i < AT_ONCE; i++) {
			pthread_join(t[i], NULL);
			in += x[i].in;
		}
		assert_int_equal(in, 1);
		place_close(&p);
	}
}

static void strangers_fill_nothing(struct place *p)
{
	struct staff a = { 0 };
	for (int i = 0; i < 300; i++) {
		a.login = arena_printf(p->mem, "stranger-%d", i % 3);
		in_write(p, attempt, &a);
	}
	assert_true(number_of(p, "SELECT count(*) FROM who_attempt") <= 3);
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_attempt WHERE subject LIKE '%stranger-%'"), 0);
}

ON_EACH_DRIVER(test_added_by_admins_only, added_by_admins_only)
ON_EACH_DRIVER(test_invitations, invitations)
ON_EACH_DRIVER(test_login_is_no_password, login_is_no_password)
ON_EACH_DRIVER(test_signing_in, signing_in)
ON_EACH_DRIVER(test_tokens_are_hashed, tokens_are_hashed)
ON_EACH_DRIVER(test_sessions_end, sessions_end)
ON_EACH_DRIVER(test_a_new_password_ends_the_old, a_new_password_ends_the_old)
ON_EACH_DRIVER(test_disabling, disabling)
ON_EACH_DRIVER(test_the_brake, the_brake)
ON_EACH_DRIVER(test_a_sign_in_resets_it, a_sign_in_resets_it)
ON_EACH_DRIVER(test_strangers_fill_nothing, strangers_fill_nothing)

/* ── other roles, sessions ── */

static void roles_change(struct place *p)
{
	struct staff ann = { .login = "ann", .role = ROLE_ADMIN | ROLE_HANDLER },
		     ben = { .login = "ben", .role = ROLE_HANDLER };
	struct session s;
	ready(p, &ann);
	ready(p, &ben);
	clock_set_for_test(clock_now() + MINUTE);
	assert_ok(sign_in(p, &ben));
	assert_ok(is_in(p, &ben, &s));
	/* Nobody but an administrator; no mixture with an auditor; not the last administrator. */
	p->who.role = ROLE_LEAD;
	ben.role = ROLE_LEAD;
	assert_st(in_write(p, change_role, &ben), ST_DENIED);
	p->who.role = ROLE_ADMIN;
	ben.role = ROLE_AUDITOR | ROLE_HANDLER;
	assert_st(in_write(p, change_role, &ben), ST_INVALID);
	ben.role = ROLE_SYSTEM;
	assert_st(in_write(p, change_role, &ben), ST_INVALID);
	ann.role = ROLE_HANDLER;
	assert_st(in_write(p, change_role, &ann), ST_CONFLICT);
	assert_st(in_write(p, disable, &ann), ST_CONFLICT);
	assert_ok(is_in(p, &ben, &s));
	/* A change ends the sessions at once; no change ends nothing. */
	ben.role = ROLE_HANDLER;
	assert_ok(in_write(p, change_role, &ben));
	assert_ok(is_in(p, &ben, &s));
	ben.role = ROLE_DPO | ROLE_ADMIN;
	assert_ok(in_write(p, change_role, &ben));
	assert_st(is_in(p, &ben, &s), ST_NOTFOUND);
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'role-changed' AND payload = "
				      "'{\"from\":\"handler\",\"to\":\"dpo+admin\"}'"),
			 1);
	/* Now there is another administrator. */
	ann.role = ROLE_HANDLER;
	assert_ok(in_write(p, change_role, &ann));
	ben.role = ROLE_DPO;
	assert_st(in_write(p, change_role, &ben), ST_CONFLICT);
	assert_st(in_write(p, change_role, &(struct staff){ .login = "nobody", .role = ROLE_DPO }), ST_NOTFOUND);
}

struct end {
	int64_t account, n;
	const char *id;
};
static enum st end_sessions(struct req *rq, void *arg)
{
	struct end *e = arg;
	return session_end(rq, e->account, e->id, &e->n);
}
static enum st from(struct req *rq, void *arg)
{
	return session_from(rq, ((struct staff *)arg)->token, "192.0.2.7",
			    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
}

static void sessions_are_listed_and_ended(struct place *p)
{
	struct staff ann = { .login = "ann", .role = ROLE_HANDLER }, ben = { .login = "ben", .role = ROLE_HANDLER },
		     second;
	struct session_row row[8];
	struct session s;
	int n;
	ready(p, &ann);
	ready(p, &ben);
	clock_set_for_test(clock_now() + MINUTE);
	assert_ok(sign_in(p, &ann));
	assert_ok(in_write(p, from, &ann));
	assert_ok(sign_in(p, &ben));
	second = ann;
	clock_set_for_test(clock_now() + MINUTE);
	assert_ok(sign_in(p, &second));
	struct req rq = on_reader(p);
	struct actor self = { "staff:1", ROLE_HANDLER, ann.id };
	rq.who = &self;
	assert_ok(session_list(&rq, ann.id, row, 8, &n));
	assert_int_equal(n, 2);
	assert_true(session_is(&row[0], second.token)); /* newest first */
	assert_string_equal(row[1].address, "192.0.2.7");
	assert_string_equal(row[1].browser, "Firefox");
	assert_st(session_list(&rq, ben.id, row, 8, &n), ST_DENIED);
	assert_st(session_list(&rq, 0, row, 8, &n), ST_DENIED);
	store_reader_done(p->s);
	/* One's own, not others'; somebody else's id under one's own name is none. */
	p->who = self;
	assert_st(in_write(p, end_sessions, &(struct end){ ben.id }), ST_DENIED);
	assert_ok(is_in(p, &ben, &s));
	rq = on_reader(p);
	struct actor admin = { "staff:9", ROLE_ADMIN, 9 };
	rq.who = &admin;
	assert_ok(session_list(&rq, 0, row, 8, &n));
	assert_int_equal(n, 3);
	assert_ok(session_list(&rq, ben.id, row, 8, &n));
	char bens[17];
	memcpy(bens, row[0].id, sizeof bens);
	store_reader_done(p->s);
	assert_st(in_write(p, end_sessions, &(struct end){ .account = ann.id, .id = bens }), ST_NOTFOUND);
	rq = on_reader(p);
	rq.who = &self;
	assert_ok(session_list(&rq, ann.id, row, 8, &n));
	struct end one = { .account = ann.id, .id = row[1].id };
	store_reader_done(p->s);
	assert_ok(in_write(p, end_sessions, &one));
	assert_int_equal(one.n, 1);
	assert_st(is_in(p, &ann, &s), ST_NOTFOUND);
	assert_ok(is_in(p, &second, &s));
	/* An administrator ends anybody's, all at once. */
	p->who = admin;
	struct end all = { .account = ann.id };
	assert_ok(in_write(p, end_sessions, &all));
	assert_int_equal(all.n, 1);
	assert_st(is_in(p, &second, &s), ST_NOTFOUND);
	assert_ok(is_in(p, &ben, &s));
	assert_int_equal(number_of(p, "SELECT count(*) FROM journal_entry WHERE verb = 'sessions-ended'"), 2);
	/* One of anybody's is still told of whose it was. */
	struct end any = { .id = bens };
	assert_ok(in_write(p, end_sessions, &any));
	assert_int_equal(any.n, 1);
	assert_st(is_in(p, &ben, &s), ST_NOTFOUND);
	assert_int_equal(number_of(p, "SELECT count(DISTINCT subject) FROM journal_entry WHERE verb = 'sessions-ended'"
				      " AND subject <> 'account:0'"),
			 2);
	assert_string_equal(browser_family("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) "
					   "Chrome/140.0 Safari/537.36 Edg/140.0"),
			    "Edge");
	assert_string_equal(browser_family(NULL), "other");
	assert_string_equal(browser_family("\xff\xfe"), "other");
}

ON_EACH_DRIVER(roles_and_the_last_administrator, roles_change)
ON_EACH_DRIVER(sessions_by_person, sessions_are_listed_and_ended)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(password_rules),
		cmocka_unit_test(password_hashes),
		cmocka_unit_test(rfc6238_codes),
		cmocka_unit_test(rfc4648_base32),
		cmocka_unit_test(test_added_by_admins_only),
		cmocka_unit_test(test_invitations),
		cmocka_unit_test(test_login_is_no_password),
		cmocka_unit_test(test_signing_in),
		cmocka_unit_test(test_tokens_are_hashed),
		cmocka_unit_test(test_sessions_end),
		cmocka_unit_test(test_a_new_password_ends_the_old),
		cmocka_unit_test(test_disabling),
		cmocka_unit_test(test_the_brake),
		cmocka_unit_test(test_a_sign_in_resets_it),
		cmocka_unit_test(many_guesses_at_once),
		cmocka_unit_test(one_code_many_times_at_once),
		cmocka_unit_test(test_strangers_fill_nothing),
		cmocka_unit_test(roles_and_the_last_administrator),
		cmocka_unit_test(sessions_by_person),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

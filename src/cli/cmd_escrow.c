/* `nicert escrow deposit|verify|list|key`: deposits of the registry's data with an escrow agent.
 *
 * A deposit is NAME.ryde, a tar file with NAME.xml, compressed and encrypted by gpg to the agent's key, and NAME.sig, a
 * detached signature over it. NAME is ZONE_DATE_full_S1_RN, N counting how often the day's deposit was made again. The
 * XML goes from the store through gpg's pipe; it never lies on the disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/idn.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/gpg.h"
#include "names/rde.h"
#include "store/snapshot.h"

enum { BLOCK = 512, POUR_BYTES = 256 << 10, DEPOSITS = 1000, RECIPIENTS = 8, STATUS_BYTES = 16384 };

static struct gpg keys_of(struct cli *c)
{
	const char *given = opt(c, "--keys");
	return (struct gpg){ given ? given : arena_printf(c->mem, "%s/gnupg", c->cfg.dir) };
}

/* ── making one ── */

struct making {
	struct cli *c;
	struct rde_deposit d;
	int64_t bytes; /* of all objects */
	int64_t objects, done;
	int fd; /* gpg's input; −1: only counting */
	struct buf out;
	int64_t poured;
};

static enum st pour(struct making *m, struct err *e)
{
	size_t at = 0;
	while (at < m->out.n) {
		ssize_t n = write(m->fd, m->out.p + at, m->out.n - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ST_INTERNAL, "gpg stopped reading");
		at += (size_t)n;
	}
	m->poured += (int64_t)m->out.n;
	buf_reset(&m->out);
	return ST_OK;
}

static enum st each(void *ctx, enum rde_kind k, const char *key, int64_t changed_at, const char *xml, size_t n,
		    struct err *e)
{
	struct making *m = ctx;
	if (m->fd < 0) {
		m->d.counts.n[k]++;
		m->objects++;
		m->bytes += (int64_t)n;
		if (m->objects % 5000 == 0)
			cli_progress(m->c, "counting", 0.5 * (1 - 5000.0 / (double)m->objects));
		return ST_OK;
	}
	buf_add(&m->out, xml, n);
	if (++m->done % 5000 == 0)
		cli_progress(m->c, "writing", 0.5 + 0.5 * (double)m->done / (double)m->objects);
	return m->out.n >= POUR_BYTES ? pour(m, e) : ST_OK;
}

/* One member of a ustar file (POSIX.1-1988); a size that octal digits don't hold is written in base 256. */
static void tar_header(char h[BLOCK], const char *name, int64_t size, int64_t at)
{
	unsigned sum = 0;
	memset(h, 0, BLOCK);
	snprintf(h, 100, "%s", name);
	memcpy(h + 100, "0000600", 7);
	memcpy(h + 108, "0000000", 7);
	memcpy(h + 116, "0000000", 7);
	if (size < (int64_t)1 << 33) {
		snprintf(h + 124, 12, "%011llo", (unsigned long long)size);
	} else {
		h[124] = (char)0x80;
		for (int i = 0; i < 8; i++)
			h[135 - i] = (char)(size >> (8 * i) & 0xff);
	}
	snprintf(h + 136, 12, "%011llo", (unsigned long long)(at / USEC));
	h[156] = '0';
	memcpy(h + 257, "ustar\00000", 8);
	memset(h + 148, ' ', 8);
	for (int i = 0; i < BLOCK; i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 7, "%06o", sum);
	h[155] = ' ';
}

static enum st write_tar(struct making *m, struct req *rq, const char *name)
{
	char block[BLOCK] = { 0 };
	struct buf begin = BUF_INIT, end = BUF_INIT;
	rde_begin(&m->d, &begin);
	rde_end(&end);
	int64_t size = (int64_t)begin.n + m->bytes + (int64_t)end.n;
	tar_header(block, arena_printf(m->c->mem, "%s.xml", name), size, m->d.watermark);
	buf_add(&m->out, block, BLOCK);
	buf_add(&m->out, begin.p, begin.n);
	enum st st = rde_objects(rq, m->d.zone, m->d.watermark, each, m);
	buf_add(&m->out, end.p, end.n);
	memset(block, 0, BLOCK);
	if (size % BLOCK)
		buf_add(&m->out, block, (size_t)(BLOCK - size % BLOCK));
	buf_add(&m->out, block, BLOCK);
	buf_add(&m->out, block, BLOCK);
	buf_free(&begin);
	buf_free(&end);
	if (st || (st = pour(m, &rq->err)))
		return st;
	int64_t all = BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK + 2 * BLOCK;
	return m->poured == all ? ST_OK
				: err_set(&rq->err, ST_INTERNAL, "the deposit has %lld bytes, not %lld as was counted",
					  (long long)m->poured, (long long)all);
}

static enum st encrypt(struct making *m, struct req *rq, const struct gpg *g, const char *name, const char *path)
{
	const char *to[RECIPIENTS], *words[GPG_WORDS] = { "--yes", "--compress-algo", "zip", "--output", path };
	int n = 5, k = opt_all(m->c, "--recipient", to, RECIPIENTS);
	struct gpg_run run;
	struct err why = { 0 };
	for (int i = 0; i < k; i++) {
		words[n++] = "--recipient";
		words[n++] = to[i];
	}
	words[n] = "--encrypt";
	if (gpg_start(g, words, true, false, &run, &rq->err))
		return rq->err.code;
	m->fd = run.in;
	enum st st = write_tar(m, rq, name);
	/* What gpg says explains why it stopped reading. */
	if (gpg_end(&run, NULL, 0, &why) && (!st || rq->err.code == ST_INTERNAL)) {
		rq->err = why;
		st = why.code;
	}
	return st;
}

/* The word of a status line that begins with `what`, its place counted from 1. */
static char *status_word(struct arena *mem, const char *status, const char *what, int place)
{
	const char *p = strstr(status, what);
	if (!p)
		return NULL;
	for (p += strlen(what); place > 0 && *p && *p != '\n'; place--) {
		p += strspn(p, " ");
		size_t n = strcspn(p, " \n");
		if (place == 1)
			return arena_dup(mem, p, n);
		p += n;
	}
	return NULL;
}

static enum st sign(struct cli *c, const struct gpg *g, const char *path, const char *out, char **signer, struct err *e)
{
	struct gpg_run run;
	char status[STATUS_BYTES];
	const char *words[] = {
		"--yes", "--local-user", opt(c, "--sign"), "--output", out, "--detach-sign", path, NULL
	};
	if (gpg_start(g, words, false, false, &run, e) || gpg_end(&run, status, sizeof status, e))
		return e->code;
	*signer = status_word(c->mem, status, "SIG_CREATED", 6);
	return *signer ? ST_OK : err_set(e, ST_INTERNAL, "gpg did not say which key signed");
}

static enum st file_look(struct arena *mem, const char *path, char **sha256, int64_t *bytes, struct err *e)
{
	char part[65536], hex[65];
	struct hasher *h = hasher_new();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;
	*bytes = 0;
	while (fd >= 0 && (n = read(fd, part, sizeof part)) > 0) {
		hasher_add(h, part, (size_t)n);
		*bytes += n;
	}
	struct hash all = hasher_end(h);
	*sha256 = arena_strdup(mem, hash_hex(&all, hex));
	bool ok = fd >= 0 && n == 0 && fsync(fd) == 0;
	if (!ok)
		err_set(e, ST_INVALID, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok ? ST_OK : e->code;
}

struct keeping {
	const struct rde_deposit *d;
	const struct rde_row *row;
};

static enum st do_keep(struct req *rq, void *arg)
{
	struct keeping *k = arg;
	return rde_keep(rq, k->d, k->row);
}

static char *joined(struct cli *c, const char *option)
{
	const char *list[RECIPIENTS];
	int n = opt_all(c, option, list, RECIPIENTS);
	char *s = arena_strdup(c->mem, n ? list[0] : "");
	for (int i = 1; i < n; i++)
		s = arena_printf(c->mem, "%s %s", s, list[i]);
	return s;
}

/* Under their final names only when all is well; the signature first, so that no deposit is ever without one. */
static enum st finish(struct making *m, const struct gpg *g, const char *base, const char *part, struct rde_row *row,
		      struct err *e)
{
	struct cli *c = m->c;
	const char *sig = arena_printf(c->mem, "%s.sig", base), *ryde = arena_printf(c->mem, "%s.ryde", base);
	const char *sig_part = arena_printf(c->mem, "%s.part", sig);
	if (sign(c, g, part, sig_part, &row->signer, e) || file_look(c->mem, part, &row->sha256, &row->bytes, e))
		return e->code;
	if (rename(sig_part, sig) || rename(part, ryde))
		return err_set(e, ST_INVALID, "%s: %s", ryde, strerror(errno));
	row->file = arena_strdup(c->mem, strrchr(ryde, '/') + 1);
	row->recipients = joined(c, "--recipient");
	if (store_write(c->store, &c->rq, do_keep, &(struct keeping){ &m->d, row }))
		return *e = c->rq.err, e->code;
	return ST_OK;
}

static enum st deposit(struct making *m, struct req *rq, const char *out, struct rde_row *row)
{
	struct cli *c = m->c;
	struct gpg g = keys_of(c);
	m->d.watermark = clock_now() / USEC * USEC;
	if (gpg_home(&g, &rq->err) || rde_next(rq, &m->d))
		return rq->err.code;
	m->fd = -1;
	if (rde_objects(rq, m->d.zone, m->d.watermark, each, m))
		return rq->err.code;
	char *name =
		arena_printf(c->mem, "%s_%.10s_full_S1_R%d", m->d.zone, time_iso(c->mem, m->d.watermark), m->d.resend);
	char *base = arena_printf(c->mem, "%s/%s", out, name), *part = arena_printf(c->mem, "%s.ryde.part", base);
	enum st st = encrypt(m, rq, &g, name, part);
	if (!st)
		st = finish(m, &g, base, part, row, &rq->err);
	if (st) {
		unlink(part);
		unlink(arena_printf(c->mem, "%s.sig.part", base));
	}
	return st;
}

static void counts_json(struct jw *w, const struct rde_counts *n)
{
	j_obj(w, "objects");
	for (int k = RDE_REGISTRAR; k < RDE_KINDS; k++)
		j_int(w, rde_kind_name((enum rde_kind)k), n->n[k]);
	j_end(w);
}

static int run_deposit(struct cli *c)
{
	const char *zone = opt(c, "--zone"), *out = opt(c, "--out"), *type = opt(c, "--type");
	struct rde_row row = { 0 };
	if (!zone || !out || !opt(c, "--recipient") || !opt(c, "--sign"))
		return cli_usage(c, "--zone, --out, --recipient and --sign are needed");
	if (type && strcmp(type, "FULL") != 0)
		return cli_usage(c, "--type %s: only FULL is made", type);
	struct making m = { .c = c,
			    .d = { .zone = name_ascii(c->mem, zone, true, &c->err) },
			    .out = { .max = 4 << 20 } };
	if (!m.d.zone)
		return cli_fail(c, "--zone: %s", c->err.msg);
	struct db *db = store_snapshot(c->store, &c->err);
	if (!db)
		return cli_fail(c, "%s", c->err.msg);
	struct req rq = { .mem = c->mem, .db = db, .who = c->rq.who };
	enum st st = deposit(&m, &rq, out, &row);
	store_snapshot_end(db);
	buf_free(&m.out);
	cli_progress_end();
	if (st)
		return cli_fail(c, "%s", rq.err.msg);
	if (!c->json) {
		printf("%s/%s and its .sig: %lld domains, %lld contacts, %lld hosts as of %s\n", out, row.file,
		       (long long)m.d.counts.n[RDE_DOMAIN], (long long)m.d.counts.n[RDE_CONTACT],
		       (long long)m.d.counts.n[RDE_HOST], time_iso(c->mem, m.d.watermark));
		return DONE;
	}
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "file", row.file);
	j_str(&w, "deposit", m.d.id);
	j_int(&w, "resend", m.d.resend);
	j_time(&w, "watermark", m.d.watermark);
	j_int(&w, "bytes", row.bytes);
	j_str(&w, "sha256", row.sha256);
	j_str(&w, "signer", row.signer);
	counts_json(&w, &m.d.counts);
	j_end(&w);
	puts(buf_cstr(&b));
	return DONE;
}

/* ── verifying one ── */

struct verifying {
	struct cli *c;
	struct gpg g;
	const char *path;
	bool plain;
	char *signer;
};

/* What rde_read reads from: the member of the tar file, or a file as it is. */
struct input {
	int fd;
	bool tar, begun;
	int64_t left;
};

static bool fill(int fd, char *to, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = read(fd, to + at, n - at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

static enum st tar_begin(struct input *in, struct err *e)
{
	char h[BLOCK];
	unsigned sum = 8 * ' ';
	if (!fill(in->fd, h, BLOCK))
		return err_set(e, ST_INVALID, "the decrypted file ends before its tar header");
	for (int i = 0; i < BLOCK; i++)
		sum += i >= 148 && i < 156 ? 0 : (unsigned char)h[i];
	if (memcmp(h + 257, "ustar", 5) != 0)
		return err_set(e, ST_INVALID, "the decrypted file is no tar file");
	if (strtoul(h + 148, NULL, 8) != sum)
		return err_set(e, ST_INVALID, "the tar header's checksum is wrong");
	in->left = 0;
	if ((unsigned char)h[124] == 0x80)
		for (int i = 128; i < 136; i++)
			in->left = in->left << 8 | (unsigned char)h[i];
	else
		in->left = (int64_t)strtoull(h + 124, NULL, 8);
	return in->left > 0 ? ST_OK : err_set(e, ST_INVALID, "the deposit in the tar file is empty");
}

static long input_read(void *ctx, char *to, size_t room, struct err *e)
{
	struct input *in = ctx;
	if (in->tar && !in->begun && tar_begin(in, e))
		return -1;
	in->begun = true;
	if (in->tar && !in->left)
		return 0;
	if (in->tar && (int64_t)room > in->left)
		room = (size_t)in->left;
	ssize_t n;
	do
		n = read(in->fd, to, room);
	while (n < 0 && errno == EINTR);
	if (n < 0 || (in->tar && n == 0))
		return err_set(e, ST_INVALID, "the deposit ends early"), -1;
	in->left -= n;
	return (long)n;
}

/* The rest is read too, or gpg would not come to its end (and say whether all was well). */
static void drain(int fd)
{
	char rest[65536];
	while (read(fd, rest, sizeof rest) > 0)
		;
}

static enum st read_plain(struct verifying *v, rde_found found, void *ctx, struct rde_deposit *out, struct arena *mem,
			  struct err *e)
{
	struct input in = { .fd = open(v->path, O_RDONLY | O_CLOEXEC) };
	if (in.fd < 0)
		return err_set(e, ST_NOTFOUND, "%s: %s", v->path, strerror(errno));
	rde_read(input_read, &in, found, ctx, out, mem, e);
	close(in.fd);
	return e->code;
}

static enum st read_again(void *arg, rde_found found, void *ctx, struct rde_deposit *out, struct arena *mem,
			  struct err *e)
{
	struct verifying *v = arg;
	struct gpg_run run;
	struct err why = { 0 };
	*out = (struct rde_deposit){ 0 };
	cli_progress(v->c, "reading", 0);
	if (v->plain)
		return read_plain(v, found, ctx, out, mem, e);
	const char *words[] = { "--decrypt", v->path, NULL };
	if (gpg_start(&v->g, words, false, true, &run, e))
		return e->code;
	struct input in = { .fd = run.out, .tar = true };
	rde_read(input_read, &in, found, ctx, out, mem, e);
	drain(run.out);
	/* That it could not be decrypted says more than that half of it is no XML. */
	if (gpg_end(&run, NULL, 0, &why))
		err_set(e, ST_INVALID, "%s: can't be decrypted: %.180s", v->path, why.msg);
	return e->code;
}

static enum st signature(struct verifying *v, struct err *e)
{
	struct gpg_run run;
	char status[STATUS_BYTES];
	struct err why = { 0 };
	size_t n = strlen(v->path);
	const char *sig = n > 5 && !strcmp(v->path + n - 5, ".ryde")
				  ? arena_printf(v->c->mem, "%.*s.sig", (int)(n - 5), v->path)
				  : arena_printf(v->c->mem, "%s.sig", v->path);
	if (access(sig, R_OK) || access(v->path, R_OK))
		return err_set(e, ST_NOTFOUND, "%s: %s", access(v->path, R_OK) ? v->path : sig, strerror(errno));
	const char *words[] = { "--verify", sig, v->path, NULL };
	if (gpg_start(&v->g, words, false, false, &run, e))
		return e->code;
	if (gpg_end(&run, status, sizeof status, &why))
		return err_set(e, ST_INVALID, "%s: the signature is not good: %.160s", sig, why.msg);
	v->signer = status_word(v->c->mem, status, "VALIDSIG", 1);
	return v->signer ? ST_OK : err_set(e, ST_INVALID, "%s: gpg names no valid signature", sig);
}

static void difference_json(struct jw *w, const struct rde_difference *d)
{
	j_obj(w, NULL);
	j_str(w, "kind", rde_kind_name(d->kind));
	j_str(w, "key", d->key);
	j_str(w, "text", d->text);
	j_end(w);
}

static void verified_json(const struct verifying *v, const struct rde_deposit *d, const struct rde_compared *o,
			  bool compared)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "file", v->path);
	j_str(&w, "zone", d->zone);
	j_str(&w, "deposit", d->id);
	j_int(&w, "resend", d->resend);
	j_time(&w, "watermark", d->watermark);
	j_str(&w, "signer", v->signer);
	counts_json(&w, &d->counts);
	if (compared) {
		j_obj(&w, "compared");
		j_int(&w, "same", o->same);
		j_int(&w, "different", o->differ);
		j_int(&w, "only_in_deposit", o->missing);
		j_int(&w, "only_in_registry", o->extra);
		j_int(&w, "changed_since", o->changed_since);
		j_int(&w, "new_since", o->new_since);
		j_int(&w, "gone_since", o->gone_since);
		j_arr(&w, "differences");
		for (int i = 0; i < o->n; i++)
			difference_json(&w, &o->difference[i]);
		j_end(&w);
		j_end(&w);
	}
	j_end(&w);
	puts(buf_cstr(&b));
}

static void verified_print(const struct verifying *v, const struct rde_deposit *d, const struct rde_compared *o,
			   bool compared, struct arena *mem)
{
	printf("%s: deposit %s of %s, sent again %d times, as of %s\n", v->path, d->id, d->zone, d->resend,
	       time_iso(mem, d->watermark));
	printf(v->signer ? "signed by %s\n" : "not signed\n", v->signer);
	for (int k = RDE_REGISTRAR; k < RDE_KINDS; k++)
		printf("  %-10s %lld\n", rde_kind_name((enum rde_kind)k), (long long)d->counts.n[k]);
	if (!compared)
		return;
	printf("beside the registry: %lld the same, %lld different, %lld only in the deposit, %lld only in the "
	       "registry\n"
	       "since then: %lld changed, %lld new, %lld gone\n",
	       (long long)o->same, (long long)o->differ, (long long)o->missing, (long long)o->extra,
	       (long long)o->changed_since, (long long)o->new_since, (long long)o->gone_since);
	for (int i = 0; i < o->n; i++)
		printf("%s %s\n%s\n", rde_kind_name(o->difference[i].kind), o->difference[i].key,
		       o->difference[i].text);
}

static int run_verify(struct cli *c)
{
	size_t n = strlen(c->arg[0]);
	struct verifying v = { .c = c, .g = keys_of(c), .path = c->arg[0] };
	v.plain = n > 4 && !strcmp(v.path + n - 4, ".xml");
	struct rde_deposit d = { 0 };
	struct rde_compared o = { 0 };
	struct req *rq = cli_fresh(c);
	bool compare = opt_on(c, "--compare");
	enum st st = v.plain ? ST_OK : signature(&v, &rq->err);
	if (!st)
		st = compare ? rde_compare(c->store, rq, read_again, &v, &d, &o)
			     : read_again(&v, NULL, NULL, &d, c->mem, &rq->err);
	cli_progress_end();
	if (st)
		return cli_fail(c, "%s", rq->err.msg);
	if (c->json)
		verified_json(&v, &d, &o, compare);
	else
		verified_print(&v, &d, &o, compare, c->mem);
	return o.differ || o.missing || o.extra ? cli_fail(c, "the deposit and the registry differ") : DONE;
}

/* ── list and keys ── */

static int run_list(struct cli *c)
{
	static const char *const heads[] = { "ZONE",	  "TYPE",    "DEPOSIT", "RESEND",
					     "WATERMARK", "DOMAINS", "BYTES",	"FILE" };
	struct rde_row *r = arena_array(c->mem, struct rde_row, DEPOSITS);
	int n;
	if (rde_list(&c->rq, opt(c, "--zone"), r, DEPOSITS, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 8);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t,
			  (const char *[]){ r[i].zone, r[i].type, r[i].deposit, arena_printf(c->mem, "%d", r[i].resend),
					    time_iso(c->mem, r[i].watermark),
					    arena_printf(c->mem, "%lld", (long long)r[i].counts.n[RDE_DOMAIN]),
					    arena_printf(c->mem, "%lld", (long long)r[i].bytes), r[i].file });
		j_obj(&w, NULL);
		j_str(&w, "zone", r[i].zone);
		j_str(&w, "type", r[i].type);
		j_str(&w, "deposit", r[i].deposit);
		j_int(&w, "resend", r[i].resend);
		j_time(&w, "watermark", r[i].watermark);
		j_time(&w, "made_at", r[i].made_at);
		j_str(&w, "file", r[i].file);
		j_int(&w, "bytes", r[i].bytes);
		j_str(&w, "sha256", r[i].sha256);
		j_str(&w, "signer", r[i].signer);
		j_str(&w, "recipients", r[i].recipients);
		counts_json(&w, &r[i].counts);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int run_key(struct cli *c)
{
	struct gpg g = keys_of(c);
	struct gpg_run run;
	char status[STATUS_BYTES];
	const char *words[] = { "--import", c->arg[0], NULL };
	if (access(c->arg[0], R_OK))
		return cli_fail(c, "%s: %s", c->arg[0], strerror(errno));
	if (gpg_home(&g, &c->err) || gpg_start(&g, words, false, false, &run, &c->err) ||
	    gpg_end(&run, status, sizeof status, &c->err))
		return cli_fail(c, "%s", c->err.msg);
	char *fingerprint = status_word(c->mem, status, "IMPORT_OK", 2);
	if (!fingerprint)
		return cli_fail(c, "%s: no key in it", c->arg[0]);
	if (c->json)
		printf("{\"fingerprint\":\"%s\"}\n", fingerprint);
	else
		printf("Key %s is in %s now.\n", fingerprint, g.home);
	return DONE;
}

static const struct option_row deposit_options[] = {
	{ "--zone", "ZONE", "an authoritative zone" },
	{ "--out", "FOLDER", "where the two files go" },
	{ "--recipient", "KEY", "fingerprint or address of the agent's key; several may be given" },
	{ "--sign", "KEY", "our own key" },
	{ "--type", "FULL", "the whole of the registry (the only one)" },
	{ "--keys", "FOLDER", "GnuPG's folder (DIR/gnupg)" },
	{ 0 },
};
static const struct option_row verify_options[] = {
	{ "--compare", NULL, "compare every object with the registry" },
	{ "--keys", "FOLDER", "GnuPG's folder (DIR/gnupg)" },
	{ 0 },
};
static const struct option_row list_options[] = { { "--zone", "ZONE", "of this zone only" }, { 0 } };
static const struct option_row key_options[] = { { "--keys", "FOLDER", "GnuPG's folder (DIR/gnupg)" }, { 0 } };

const struct command escrow_commands[] = {
	{ "escrow", "deposit", NULL, "Deposits the registry's data: RFC 8909, encrypted and signed", 0, 0, NEED_STORE,
	  deposit_options, run_deposit },
	{ "escrow", "verify", "FILE", "Checks a deposit: signature, structure, counts, contents", 1, 1, NEED_STORE,
	  verify_options, run_verify },
	{ "escrow", "list", NULL, "Deposits that were made", 0, 0, NEED_STORE, list_options, run_list },
	{ "escrow", "key", "FILE", "Takes an OpenPGP key into the keyring of deposits", 1, 1, NEED_STORE, key_options,
	  run_key },
	{ 0 },
};

/* From a parsed message to what the desk does with it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "front/mailin/mailin_int.h"
#include "intel/warnlist.h"
#include "voice/interview.h"
#include "voice/newsletter.h"
#include "work/file.h"

enum { WORDS = 20000, REPORTED_WORDS = 6000, FILE_BYTES_MAX = 10 << 20 };

/* ── the site ── */

void mailin_site_of(struct arena *mem, const struct config *cfg, struct mailin_site *out)
{
	const char *all[] = { cfg->mailin_address, cfg->mail_from, cfg->site_contact, cfg->imap_user };
	const char *host = strstr(cfg->public_url, "://");
	*out = (struct mailin_site){ .cfg = cfg };
	if (!host)
		host = arena_printf(mem, "://%s", cfg->http_listen);
	out->own.host = arena_dup(mem, host + 3, strcspn(host + 3, ":/"));
	for (size_t i = 0, n = 0; i < sizeof all / sizeof *all; i++)
		if (all[i] && text_email_ok(all[i]))
			out->own.address[n++] = text_lower(mem, all[i]);
	/* Letters come from here when nothing else is said. */
	for (size_t i = 0; i < 4 && !*cfg->mail_from; i++)
		if (!out->own.address[i]) {
			out->own.address[i] = arena_printf(mem, "cert@%s", out->own.host);
			break;
		}
}

/* ── files ── */

struct sink {
	int fd;
	struct hasher *hash;
	int64_t size;
	bool bad;
};

static void sink_take(void *to, const char *p, size_t n)
{
	struct sink *s = to;
	s->size += (int64_t)n;
	if (s->bad || s->size > FILE_BYTES_MAX)
		return;
	hasher_add(s->hash, p, n);
	while (n && !s->bad) {
		ssize_t k = write(s->fd, p, n);
		s->bad = k <= 0;
		p += k > 0 ? k : 0;
		n -= k > 0 ? (size_t)k : 0;
	}
}

static enum st keep_file(struct req *rq, const struct config *cfg, const struct mail_file *f, struct desk_mail *in)
{
	struct report *r = &in->report;
	char hex[65], *dir = arena_printf(rq->mem, "%s/tmp", cfg->dir),
		      *path = arena_printf(rq->mem, "%s/mail-XXXXXX", dir);
	if (mkdir(dir, 0700) && access(dir, W_OK))
		return err_set(&rq->err, ST_BUSY, "%s can't be made", dir);
	struct sink s = { .fd = mkostemp(path, O_CLOEXEC), .hash = hasher_new() };
	s.bad = s.fd < 0;
	mailin_decode(f, sink_take, &s);
	struct hash h = hasher_end(s.hash);
	if (s.fd >= 0)
		close(s.fd);
	bool too_large = s.size > FILE_BYTES_MAX, keep = !s.bad && !too_large && s.size > 0;
	enum st st = keep ? file_keep(cfg->dir, path, &h, &rq->err) : ST_OK;
	if (s.fd >= 0 && (!keep || st))
		unlink(path);
	if (s.bad || st)
		return err_set(&rq->err, ST_BUSY, "a file of the message can't be kept in %s", cfg->dir);
	if (too_large)
		in->left = files_left(rq->mem, in->left, f->name);
	if (keep)
		r->file[r->nfiles++] = (struct report_file){ .name = f->name,
							     .type = f->type,
							     .sha256 = arena_strdup(rq->mem, hash_hex(&h, hex)),
							     .size = s.size };
	return ST_OK;
}

/* ── words ── */

static char *cut(struct arena *mem, const char *s, size_t max)
{
	return arena_dup(mem, s, utf8_cut(s, strlen(s), max));
}

/* Of a link that leads elsewhere than it says, once each. */
static void say_disguised(struct buf *out, const struct mailin *m)
{
	for (int i = 0, n = 0; i < m->nlinks && n < 20; i++)
		if (m->link[i].differs && ++n)
			buf_printf(out, "[disguised link: shown as %s, leads to %s]\n", m->link[i].shown,
				   m->link[i].target);
}

static void say_reported(struct buf *out, struct arena *mem, const struct mail_reported *r)
{
	buf_str(out, "\n----\n");
	if (r->source)
		buf_printf(out, "Received from: %s\n", r->source);
	if (r->from)
		buf_printf(out, "From: %s\n", r->from);
	if (r->subject && *r->subject)
		buf_printf(out, "Subject: %s\n", r->subject);
	if (r->text && *r->text)
		buf_printf(out, "\n%s\n", cut(mem, r->text, REPORTED_WORDS));
}

static char *description(struct arena *mem, const struct mailin *m)
{
	BUF_SCOPE out = { .max = 4 * WORDS };
	const char *words = m->details ? m->details : m->whole;
	if (*m->subject)
		buf_printf(&out, "%s\n\n", m->subject);
	buf_str(&out, cut(mem, words, WORDS - REPORTED_WORDS - 3000));
	buf_char(&out, '\n');
	say_disguised(&out, m);
	for (const struct mail_reported *r = &m->reported; r && r->there; r = r->next)
		say_reported(&out, mem, r);
	char *text = text_trim(mem, text_cleaned(mem, buf_cstr(&out), out.n));
	return *text ? cut(mem, text, WORDS) : arena_strdup(mem, tr(m->lang, N_("(an empty message)")));
}

/* ── the desk's view of it ── */

/* Of what the subject and the report in it say, the stricter. */
static char *label_of(struct arena *mem, const struct mailin *m)
{
	enum tlp subject = TLP_CLEAR, inside = TLP_CLEAR;
	bool said = tlp_find(m->subject, &subject), held = m->label && tlp_parse(m->label, &inside);
	return said || held ? arena_strdup(mem, tlp_name(subject > inside ? subject : inside)) : NULL;
}

/* A letter of a survey or interview, or a newsletter, came back: its List-Unsubscribe, which only its recipient had, ends
 * in /survey/TOKEN/stop, /interview/TOKEN/stop or /newsletter/TOKEN/stop. */
static enum st voice_returned(struct req *rq, const struct desk_mail *m, const char *why, bool *known)
{
	static const struct {
		const char *path;
		enum st (*fn)(struct req *rq, const char *token, const char *why, bool *known);
		bool again; /* others follow, which a server that gave up after trying (status 4) may take */
	} rows[] = { { "/survey/", voice_letter_returned, false },
		     { "/interview/", interview_letter_returned, false },
		     { "/newsletter/", newsletter_letter_returned, true } };
	const char *stop = m->bounce.stop ? m->bounce.stop : "", *at = NULL;
	size_t i = 0;
	while (i < sizeof rows / sizeof *rows && !(at = strstr(stop, rows[i].path)))
		i++;
	*known = false;
	if (!at || (rows[i].again && m->bounce.status && *m->bounce.status != '5'))
		return ST_OK;
	at += strlen(rows[i].path);
	return rows[i].fn(rq, arena_dup(rq->mem, at, strcspn(at, "/>")), why, known);
}

static void fill(struct arena *mem, const struct mailin *m, struct desk_mail *out)
{
	struct report *r = &out->report;
	*out = (struct desk_mail){ .kind = m->kind,
				   .digest = m->digest,
				   .origin = m->origin,
				   .has_origin = m->has_origin,
				   .from = m->from,
				   .message_id = m->message_id,
				   .answerable = m->answerable,
				   .nrefs = m->nrefs,
				   .token = m->token,
				   .number = m->number,
				   .subject = m->subject,
				   .left = m->left,
				   .unread = m->unread,
				   .mixed = m->mixed,
				   .text = cut(mem, m->text, WORDS),
				   .scheme = m->scheme,
				   .category = m->category };
	memcpy(out->ref, m->ref, sizeof m->ref);
	out->bounce.recipient = m->bounce.recipient;
	out->bounce.original = m->bounce.original;
	out->bounce.token = m->bounce.token;
	out->bounce.status = m->bounce.status;
	out->bounce.diagnostic = m->bounce.diagnostic;
	out->bounce.final = m->bounce.final;
	out->bounce.stop = m->bounce.stop;
	out->bounce.returned = voice_returned;
	/* What was passed on is meant; of a letter without anything in it all is. */
	bool words_too = m->reported.there && m->nmeant && m->kind == MAIL_PLAIN;
	r->email = m->from;
	r->tlp = label_of(mem, m);
	r->lang = m->lang;
	r->description = description(mem, m);
	r->as_listed = !words_too;
	r->more = m->more;
	r->nobs = words_too ? m->nmeant : m->nobs;
	memcpy(r->obs, m->obs, sizeof *r->obs * (size_t)r->nobs);
}

/* Machines and forwarded letters mention much that everybody uses. */
static enum st drop_warned(struct req *rq, struct mailin *m)
{
	int kept = 0, meant = m->nmeant;
	for (int i = 0; i < m->nobs; i++) {
		bool yes = false;
		if (warned_of(rq, &m->obs[i], &yes))
			return rq->err.code;
		if (!yes)
			m->obs[kept++] = m->obs[i];
		else if (i < meant)
			m->nmeant--;
	}
	m->nobs = kept;
	return ST_OK;
}

enum st mailin_read_begin(struct req *rq, const struct mailin_site *site)
{
	if (!site->store)
		return ST_OK;
	rq->db = store_reader(site->store, &rq->err);
	return rq->db ? ST_OK : rq->err.code ? rq->err.code : err_set(&rq->err, ST_BUSY, "no database");
}

void mailin_read_end(struct req *rq, const struct mailin_site *site)
{
	if (!site->store)
		return;
	store_reader_done(site->store);
	rq->db = NULL;
}

static enum st understand(struct req *rq, const struct mailin_site *site, struct mailin *m, const struct desk_pgp *pgp,
			  struct desk_mail_arg *arg)
{
	struct desk_mail *in = arena_new_of(rq->mem, struct desk_mail);
	if (drop_warned(rq, m))
		return rq->err.code;
	*arg = (struct desk_mail_arg){ .in = in };
	fill(rq->mem, m, in);
	in->pgp = *pgp;
	bool wanted = m->kind == MAIL_PLAIN || m->kind == MAIL_ARF || m->kind == MAIL_XARF;
	for (int i = 0; wanted && i < m->nfiles && in->report.nfiles < 5; i++)
		if (keep_file(rq, site->cfg, &m->file[i], in))
			return rq->err.code;
	return desk_mail_prepare(rq, arg);
}

enum st mailin_open(struct req *rq, const struct mailin_site *site, const char *p, size_t n, const char *sender,
		    const char *const *envelope, struct desk_mail_arg *arg)
{
	struct mailin *m = arena_new_of(rq->mem, struct mailin);
	struct desk_pgp pgp = { 0 };
	BUF_SCOPE inner = { .max = MAIL_MAX + (1 << 20) };
	if (pgp_unwrap(rq, site, &p, &n, &inner, &pgp))
		return rq->err.code;
	if (mailin_parse(rq->mem, p, n, &site->own, sender, envelope, m, &rq->err))
		return rq->err.code;
	if (mailin_read_begin(rq, site))
		return rq->err.code;
	enum st st = understand(rq, site, m, &pgp, arg);
	mailin_read_end(rq, site);
	return st;
}

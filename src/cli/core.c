/* The role `core`: network and database. Everything that runs in it is started here, in order, and stopped in the
 * reverse. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/commands.h"
#include "desk/desk_share.h"
#include "desk/desk_search.h"
#include "desk/desk_check.h"
#include "desk/desk_find.h"
#include "desk/desk_digest.h"
#include "desk/desk_open.h"
#include "front/api/api.h"
#include "front/app.h"
#include "front/epp/epp.h"
#include "front/mailin/mailin.h"
#include "front/rdap/rdap.h"
#include "front/tlog/tlog.h"
#include "front/web/web.h"
#include "front/whois/whois.h"
#include "lookup/relay.h"
#include "lookup/service.h"
#include "names/registrant.h"
#include "names/bulk.h"
#include "names/registry.h"
#include "net/sandbox.h"
#include "out/mail/mail.h"
#include "out/publish/publish.h"
#include "pgp/pgp.h"
#include "out/witness/witness.h"
#include "store/seal.h"
#include "voice/voice.h"
#include "work/due.h"

struct core {
	struct cli *c;
	struct signer *signer;
	struct pgp *pgp; /* NULL: there is no key */
	struct sealer *sealer;
	struct scheduler *scheduler;
	struct bulk_runner *bulk;
	struct mail *mail;
	struct publish *publish;
	struct desk_indexer *index;
	struct witness *witness;
	struct epp *epp;
	struct lmtp *lmtp;
	struct imap *imap;
	struct http_server *http;
	struct front_app app;
	struct due_kind due[64];
	int ndue;
	int64_t started;
};

/* ── what the fronts ask of the program ── */

static enum st core_vkey(const struct front_app *app, struct buf *out, struct err *e)
{
	return signer_vkey(((struct core *)app->owner)->signer, out, e);
}

static void metric(struct buf *out, const char *name, const char *type, const char *help, int64_t v)
{
	buf_printf(out, "# HELP nicert_%s %s\n# TYPE nicert_%s %s\nnicert_%s %lld\n", name, help, name, type, name,
		   (long long)v);
}

static void core_metrics(const struct front_app *app, struct req *rq, struct buf *out)
{
	struct core *k = app->owner;
	struct store_stats st;
	struct sealer_state seal;
	struct http_stats http = { 0 };
	struct mail_stats mail;
	struct witness_stats seen;
	struct epp_stats epp = { 0 };
	struct lmtp_stats lmtp;
	struct imap_stats imap;
	int64_t head = 0;
	store_stats(app->store, &st);
	sealer_state(k->sealer, &seal);
	/* The first request may come while it is being started. */
	struct http_server *server = __atomic_load_n(&k->http, __ATOMIC_ACQUIRE);
	if (server)
		http_stats(server, &http);
	mail_stats(k->mail, &mail);
	witness_stats(k->witness, &seen);
	metric(out, "uptime_seconds", "gauge", "Since this core started.", (clock_mono() - k->started) / USEC);
	metric(out, "http_requests_total", "counter", "Requests answered.", http.requests);
	metric(out, "http_refused_total", "counter", "Requests refused before a handler.", http.refused);
	metric(out, "http_open_connections", "gauge", "Open connections.", http.open);
	for (int i = 2; i < 6; i++) {
		char name[40];
		snprintf(name, sizeof name, "http_responses_%dxx_total", i);
		metric(out, name, "counter", "Answers of this class.", http.by_class[i]);
	}
	metric(out, "store_writes_total", "counter", "Writes committed.", st.writes);
	metric(out, "store_groups_total", "counter", "Transactions that carried them.", st.groups);
	metric(out, "store_refused_total", "counter", "Writes refused.", st.refused);
	metric(out, "store_retried_total", "counter", "Writes tried again alone.", st.retried);
	metric(out, "store_queue", "gauge", "Writes waiting.", st.queue);
	metric(out, "store_commit_microseconds_total", "counter", "Time spent in commits.", st.commit_usec_total);
	metric(out, "journal_entries", "gauge", "Entries in the journal.", seal.head);
	metric(out, "journal_signed_entries", "gauge", "Entries under the last signed head.", seal.signed_size);
	metric(out, "journal_sign_failures_total", "counter", "Heads that could not be signed.", seal.failures);
	lookup_metrics(out);
	whois_metrics(out);
	if (journal_head(rq, &head) == ST_OK)
		metric(out, "mail_behind", "gauge", "Journal entries whose letters are not out yet.",
		       head > mail.next ? head - mail.next : 0);
	if (desk_index_behind(rq, &head) == ST_OK)
		metric(out, "search_behind", "gauge", "Changes whose words are not found yet.", head);
	metric(out, "mail_sent_total", "counter", "Letters delivered.", mail.sent);
	metric(out, "mail_repeated_total", "counter", "Letters that may have been delivered twice (same Message-ID).",
	       mail.repeated);
	metric(out, "mail_retries_total", "counter", "Deliveries tried again.", mail.retries);
	lmtp_stats(k->lmtp, &lmtp);
	imap_stats(k->imap, &imap);
	metric(out, "mailin_fetched_total", "counter", "Messages fetched from a mailbox.", imap.messages);
	metric(out, "mailin_fetch_failures_total", "counter", "Times that the mailbox could not be read.",
	       imap.failures);
	metric(out, "mailin_messages_total", "counter", "Messages taken over LMTP.", lmtp.messages);
	metric(out, "mailin_refused_total", "counter", "Messages refused over LMTP.", lmtp.refused);
	metric(out, "mailin_later_total", "counter", "Messages that were put off over LMTP.", lmtp.later);
	metric(out, "mail_bounced_total", "counter", "Letters given up.", mail.bounced);
	if (k->epp)
		epp_stats(k->epp, &epp);
	metric(out, "epp_sessions", "gauge", "Registrars' sessions.", epp.sessions);
	metric(out, "epp_connections", "gauge", "Open EPP connections.", epp.open);
	metric(out, "epp_commands_total", "counter", "EPP commands answered.", epp.commands);
	metric(out, "epp_failed_total", "counter", "EPP commands answered with 2xxx.", epp.failed);
	metric(out, "epp_login_failures_total", "counter", "EPP logins refused.", epp.login_failures);
	metric(out, "witness_tokens_total", "counter", "Heads that the witness has stamped.", seen.tokens);
	metric(out, "witness_failures_total", "counter", "Time stamps that could not be had.", seen.failures);
}

static void on_error(struct http *h, int code, const char *why)
{
	if (http_begins(h, "/rdap/"))
		rdap_unrouted(h, code);
	else if (http_begins(h, "/api/") || http_wants_json(h))
		api_error(h, code);
	else
		web_error(h, code, why);
}

/* ── start and stop ── */

static enum st open_files(struct core *k, const char *tmp, struct err *e)
{
	struct config *cfg = &k->c->cfg;
	const char *const dirs[] = { arena_printf(k->c->mem, "%s/files", cfg->dir),
				     arena_printf(k->c->mem, "%s/outbox", cfg->dir), tmp };
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		if (mkdir(dirs[i], 0700) && access(dirs[i], W_OK))
			return err_set(e, ST_INTERNAL, "%s can't be made or written", dirs[i]);
	return ST_OK;
}

/* A store or an outbox outside the data folder is named to the sandbox. */
static enum st close_in(struct core *k, struct err *e)
{
	struct config *cfg = &k->c->cfg;
	const char *also[6] = { NULL };
	int n = 0;
	size_t len = strlen(cfg->dir);
	if (!strncmp(cfg->mail_url, "file:", 5) && strncmp(cfg->mail_url + 5, cfg->dir, len) != 0)
		also[n++] = cfg->mail_url + 5;
	if (!strncmp(cfg->store_url, "sqlite:", 7) && strncmp(cfg->store_url + 7, cfg->dir, len) != 0) {
		static const char *const parts[] = { "", "-wal", "-shm", "-lead" };
		for (int i = 0; i < 4; i++)
			also[n++] = arena_printf(k->c->mem, "%s%s", cfg->store_url + 7, parts[i]);
	}
	return sandbox_core_also(cfg->dir, also, e);
}

static enum st start_epp(struct core *k, struct err *e)
{
	const struct config *cfg = &k->c->cfg;
	if (!*cfg->epp_listen)
		return ST_OK;
	k->epp = epp_start(&(struct epp_opts){ .cfg = cfg,
					       .store = k->c->store,
					       .connections = (int)cfg->epp_connections,
					       .fresh = (int)cfg->epp_unauthenticated,
					       .frame_max = (size_t)cfg->epp_frame_max,
					       .idle = cfg->epp_idle_timeout,
					       .absolute = cfg->epp_session_max_age,
					       .login_time = cfg->epp_login_timeout },
			   e);
	return k->epp ? ST_OK : e->code;
}

static enum st start_mailin(struct core *k, struct err *e)
{
	const struct mailin_opts o = { .cfg = &k->c->cfg, .store = k->c->store, .pgp = k->pgp };
	if (*o.cfg->mailin_listen && !(k->lmtp = lmtp_start(&o, e)))
		return e->code;
	return !(k->imap = imap_start(&o, e)) && e->code ? e->code : ST_OK;
}

static void gather_due(struct core *k)
{
	static const struct {
		const struct due_kind *kind;
		const int *count;
	} rooms[] = {
		{ desk_due_kinds, &desk_due_count },
		{ share_due_kinds, &share_due_count },
		{ desk_check_due_kinds, &desk_check_due_count },
		{ desk_open_due_kinds, &desk_open_due_count },
		{ desk_find_due_kinds, &desk_find_due_count },
		{ desk_digest_due_kinds, &desk_digest_due_count },
		{ mail_due_kinds, &mail_due_count },
		{ publish_due_kinds, &publish_due_count },
		{ relay_due_kinds, &relay_due_count },
		{ registry_due_kinds, &registry_due_count },
		{ ledger_due_kinds, &ledger_due_count },
		{ registrant_due_kinds, &registrant_due_count },
		{ voice_due_kinds, &voice_due_count },
	};
	for (size_t r = 0; r < sizeof rooms / sizeof *rooms; r++)
		for (int i = 0; i < *rooms[r].count; i++) {
			if (k->ndue == (int)(sizeof k->due / sizeof *k->due))
				abort();
			k->due[k->ndue++] = rooms[r].kind[i];
		}
}

static enum st start(struct core *k, const char *tmp, struct err *e)
{
	struct cli *c = k->c;
	struct config *cfg = &c->cfg;
	static const struct route *const tables[] = { web_routes, api_routes, tlog_routes, rdap_routes, NULL };
	struct core_key key;
	if (core_key_load(cfg->dir, &key, e))
		return e->code;
	memcpy(k->app.form_key, key.form, sizeof k->app.form_key);
	c->store = store_open(&(struct store_opts){ .url = cfg->store_url,
						    .writers = (int)cfg->store_writers,
						    .queue = (int)cfg->store_queue,
						    .group = (int)cfg->store_group,
						    .rehearse = cfg->test_rehearse },
			      e);
	if (!c->store)
		return e->code;
	k->app.store = c->store;
	k->app.cfg = cfg;
	k->app.report_limit = limit_new(65536, cfg->report_per_net_hour, cfg->report_per_net_hour);
	k->app.login_limit = limit_new(16384, 60, 30);
	k->app.token_limit = limit_new(4096, cfg->api_per_token_hour, cfg->api_per_token_hour);
	k->app.vkey = core_vkey;
	k->app.metrics = core_metrics;
	k->app.owner = k;
	gather_due(k);
	if (!(k->sealer = sealer_start(c->store, k->signer)) ||
	    !(k->scheduler = scheduler_start(c->store, k->due, k->ndue)) || !(k->bulk = bulk_start(c->store)))
		return err_set(e, ST_INTERNAL, "a thread could not be started");
	k->mail = mail_start(
		&(struct mail_opts){
			.cfg = cfg, .store = c->store, .public_url = public_url(c->mem, cfg), .pgp = k->pgp },
		e);
	if (!k->mail)
		return e->code;
	k->publish = publish_start(
		&(struct publish_opts){ .cfg = cfg, .store = c->store, .pgp = k->pgp, .text = web_texts }, e);
	if (!k->publish)
		return e->code;
	if (!(k->index = desk_index_start(c->store)))
		return err_set(e, ST_INTERNAL, "a thread could not be started");
	if (!(k->witness = witness_start(c->store, cfg, e)) && e->code)
		return e->code;
	look_setup(&(struct look_site){ cfg->site_country, cfg->site_name, cfg->site_name_zh, cfg->site_contact,
					public_url(c->mem, cfg) });
	if (lookup_start(&(struct lookup_opts){ .store = c->store,
						.cache_bytes = (size_t)cfg->lookup_cache,
						.whois_per_net_hour = cfg->whois_per_net_hour,
						.rdap_per_net_hour = cfg->rdap_per_net_hour,
						.contact_per_net_hour = cfg->contact_per_net_hour },
			 e) ||
	    whois_start(&(struct whois_opts){ .listen = cfg->whois_listen,
					      .store = c->store,
					      .base = public_url(c->mem, cfg),
					      .loops = 2 },
			e))
		return e->code;
	/* Before HTTP, and stopped after it: the page of figures asks it. */
	if (start_epp(k, e))
		return e->code;
	struct http_server *server = http_start(&(struct http_opts){ .cfg = cfg,
								     .store = c->store,
								     .tables = tables,
								     .guard = web_guard,
								     .error = on_error,
								     .app = &k->app,
								     .tmp_dir = tmp },
						e);
	__atomic_store_n(&k->http, server, __ATOMIC_RELEASE);
	if (!k->http)
		return e->code;
	return start_mailin(k, e);
}

static void stop(struct core *k)
{
	if (k->http)
		http_stop(k->http);
	lmtp_stop(k->lmtp);
	imap_stop(k->imap);
	if (k->epp)
		epp_stop(k->epp);
	whois_stop();
	lookup_stop();
	bulk_stop(k->bulk);
	if (k->scheduler)
		scheduler_stop(k->scheduler);
	if (k->mail)
		mail_stop(k->mail);
	publish_stop(k->publish);
	desk_index_stop(k->index);
	witness_stop(k->witness);
	sealer_stop(k->sealer);
	limit_free(k->app.report_limit);
	limit_free(k->app.login_limit);
	limit_free(k->app.token_limit);
}

int serve_core(struct cli *c, int signer_fd, int pgp_fd)
{
	struct core *k = calloc(1, sizeof *k);
	struct err e = { 0 };
	sigset_t set;
	int sig;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	k->c = c;
	k->started = clock_mono();
	k->signer = signer_attach(signer_fd);
	k->pgp = pgp_fd >= 0 ? pgp_attach(pgp_fd) : NULL;
	char *tmp = arena_printf(c->mem, "%s/tmp", c->cfg.dir);
	enum st st = open_files(k, tmp, &e) || close_in(k, &e) || start(k, tmp, &e) ? e.code : ST_OK;
	if (st) {
		log_error("core could not start", LOG_T("why", e.msg));
	} else {
		log_info("ready", LOG_T("http", c->cfg.http_listen), LOG_N("port", http_port(k->http)),
			 LOG_N("ms", (clock_mono() - k->started) / 1000));
		sigwait(&set, &sig);
	}
	stop(k);
	store_close(c->store);
	c->store = NULL;
	signer_free(k->signer);
	pgp_free(k->pgp);
	free(k);
	return st ? CAN_T_START : DONE;
}

/* What ties the rooms to an installation: its own key, the site's identity, personal data's parts. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/hash.h"
#include "base/idn.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/migrations.h"
#include "desk/desk_partner.h"
#include "desk/desk_find.h"
#include "desk/desk_digest.h"
#include "desk/desk_open.h"
#include "holder/holder.h"
#include "lookup/relay.h"
#include "names/registrant.h"
#include "voice/interview.h"
#include "voice/newsletter.h"
#include "voice/voice.h"
#include "who/api_token.h"
#include "who/contact_check.h"
#include "who/pgp_key.h"
#include "who/privacy.h"

enum st core_key_make(const char *dir, struct err *e)
{
	char path[600];
	struct core_key k;
	snprintf(path, sizeof path, "%s/core.key", dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	random_bytes(&k, sizeof k);
	bool ok = fd >= 0 && write(fd, &k, sizeof k) == (ssize_t)sizeof k && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return ok ? ST_OK : err_set(e, ST_INTERNAL, "%s: %s", path, strerror(errno));
}

enum st core_key_load(const char *dir, struct core_key *out, struct err *e)
{
	char path[600];
	snprintf(path, sizeof path, "%s/core.key", dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && read(fd, out, sizeof *out) == (ssize_t)sizeof *out;
	if (fd >= 0)
		close(fd);
	return ok ? ST_OK
		  : err_set(e, ST_NOTFOUND, "%s can't be read; is %s a data folder that `nicert init` made?", path,
			    dir);
}

char *public_url(struct arena *mem, const struct config *cfg)
{
	if (*cfg->public_url) {
		size_t n = strlen(cfg->public_url);
		return arena_printf(mem, "%.*s", (int)(cfg->public_url[n - 1] == '/' ? n - 1 : n), cfg->public_url);
	}
	return arena_printf(mem, "http://%s", cfg->http_listen);
}

static const struct privacy_part parts[] = {
	{ "reports", desk_person_export, desk_person_erase, NULL },
	{ "names", registrant_person_export, registrant_person_erase, registrant_person_knows },
	{ "partners", desk_partner_person_export, desk_partner_person_erase, desk_partner_person_knows },
	{ "pgp", pgp_key_export, pgp_key_erase, pgp_key_knows },
	{ "address", contact_check_export, contact_check_erase, contact_check_knows },
	{ "notices", desk_open_export, desk_open_erase, desk_open_knows },
	{ "api tokens", api_token_export, api_token_erase, api_token_knows },
	{ "case links", desk_find_export, desk_find_erase, desk_find_knows },
	{ "digests", desk_digest_export, desk_digest_erase, desk_digest_knows },
	{ "relay", relay_person_export, relay_person_erase, relay_person_knows },
	{ "newsletter", newsletter_person_export, newsletter_person_erase, newsletter_person_knows },
	{ "interviews", interview_person_export, interview_person_erase, interview_person_knows },
	{ "surveys", voice_person_export, voice_person_erase, voice_person_knows },
};

enum st rooms_setup(const struct config *cfg, struct err *e)
{
	struct core_key k;
	static struct holder_site site;
	if (core_key_load(cfg->dir, &k, e))
		return e->code;
	store_migrations(migrations_all());
	idn_setup();
	site = (struct holder_site){ cfg->site_country, cfg->site_name, cfg->site_contact, cfg->site_lang };
	holder_setup(&site);
	privacy_parts(parts, sizeof parts / sizeof *parts);
	static char own_host[256];
	struct arena *mem = arena_new(4096);
	snprintf(own_host, sizeof own_host, "%s", url_host(mem, cfg->public_url));
	arena_free(mem);
	registrant_setup(k.token, cfg->site_lang);
	relay_setup(k.token, cfg->site_lang);
	voice_setup(k.token, cfg->survey_rate);
	desk_setup(&(struct desk_site){
		.token_key = k.token,
		.dir = cfg->dir,
		.zone = (int)cfg->site_zone,
		.own_host = *own_host ? own_host : NULL,
		.name = cfg->site_name,
		.lang = cfg->site_lang,
		.reply = cfg->mailin_address,
		.own_mail = { cfg->mailin_address, cfg->mail_from, cfg->site_contact, cfg->imap_user },
		.check = { cfg->contact_verify, (int)cfg->contact_verify_days, (int)cfg->contact_verify_wait,
			   (int)cfg->contact_verify_per_day },
		.digest = { config_minute(cfg->digest_at), cfg->digest_severity } });
	return ST_OK;
}

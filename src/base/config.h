/* config.h — every setting is one row of one table (config.c), which gives parser, default, bounds, `nicert config
 * --help` and the reference page. A file `DIR/nicert.conf` holds `key = value` lines, `#` begins a comment; `--set
 * key=value` overrides. Immutable once loaded. */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"

enum cfg_type { CFG_TEXT, CFG_INT, CFG_SECONDS, CFG_BYTES, CFG_SWITCH, CFG_LISTEN, CFG_LIST };

struct config {
	char dir[512]; /* the data folder, absolute; not a key */
	char *http_listen, *http_trusted_proxies;
	int64_t http_threads, http_connections, http_body_max, http_timeout;
	int64_t report_per_net_hour; /* budget per /24 or /48 */
	int64_t api_per_token_hour;
	int64_t form_min_fill; /* seconds */
	char *mailin_address, *imap_url, *imap_user, *imap_password_file;
	int64_t imap_poll; /* seconds */
	char *epp_listen, *epp_cert, *epp_key, *whois_listen, *mailin_listen;
	int64_t epp_idle_timeout, epp_session_max_age, epp_login_timeout; /* seconds */
	int64_t epp_connections, epp_unauthenticated, epp_frame_max;
	char *rdap_search_level, *rdap_reverse_level; /* public, partner, staff */
	int64_t rdap_per_net_hour, whois_per_net_hour, lookup_cache, contact_per_net_hour;
	bool contact_verify;
	int64_t contact_verify_days, contact_verify_wait, contact_verify_per_day;
	char *digest_at, *digest_severity;
	char *store_url;
	int64_t store_writers, store_queue, store_group;
	char *mail_url, *mail_from;
	int64_t mail_connections;
	int64_t survey_rate;
	char *pgp_key;
	bool pgp_sign;
	char *pgp_expired; /* hold, clear */
	char *public_url, *site_country, *site_lang, *site_name, *site_name_zh, *site_contact, *site_key;
	char *cert_address, *cert_address_zh, *cert_phone, *cert_mission, *cert_mission_zh; /* of /rfc2350 */
	char *cert_constituency, *cert_constituency_zh, *cert_sponsor, *cert_sponsor_zh, *cert_authority,
		*cert_authority_zh;
	int64_t site_zone; /* minutes east of UTC for people's times */
	char *journal_origin, *journal_witness;
	bool test_clock, test_rehearse;
	char *log_level;
};

struct cfg_row {
	const char *key;
	enum cfg_type type;
	size_t offset;
	const char *def;
	int64_t min, max; /* of numbers */
	const char *doc;
};
extern const struct cfg_row config_rows[];
extern const int config_count;

/* Reads DIR/nicert.conf (none is fine when `must` is false) and then `sets[]` ("key=value"). Errors name file and line.
 */
enum st config_load(struct config *c, const char *dir, const char *const *sets, int nsets, bool must, struct err *e);
void config_free(struct config *c);
int config_minute(const char *s); /* "08:30": minutes of the day; -1: it is none */
enum st config_set(struct config *c, const char *key, const char *value, struct err *e);
void config_help(struct buf *out);	/* the table for a terminal */
void config_json(struct buf *out);	/* [{key, kind, default, min, max, doc}] */
void config_reference(struct buf *out); /* the same as Markdown */

#endif

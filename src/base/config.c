#include "base/config.h"
#include "base/json.h"
#include "base/text.h"
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(field) offsetof(struct config, field)
#define KB INT64_C(1024)
#define MB (1024 * KB)
#define GB (1024 * MB)

const struct cfg_row config_rows[] = {
	{ "http.listen", CFG_LISTEN, AT(http_listen), "127.0.0.1:8080", 0, 0,
	  "Portal, API, RDAP and feeds. Empty: off." },
	{ "http.trusted_proxies", CFG_LIST, AT(http_trusted_proxies), "", 0, 0,
	  "Addresses or prefixes, separated by commas, whose X-Forwarded-For is believed." },
	{ "http.threads", CFG_INT, AT(http_threads), "2", 1, 64, "Event loops; one a core is right." },
	{ "http.connections", CFG_INT, AT(http_connections), "10000", 1, 1000000, "Open HTTP connections." },
	{ "http.body_max", CFG_BYTES, AT(http_body_max), "52m", 64 * KB, GB, "Largest request body." },
	{ "http.timeout", CFG_SECONDS, AT(http_timeout), "30", 1, 3600,
	  "Close an HTTP connection that is silent this long." },
	{ "epp.listen", CFG_LISTEN, AT(epp_listen), "127.0.0.1:7700", 0, 0, "EPP over TLS (RFC 5734). Empty: off." },
	{ "epp.cert", CFG_TEXT, AT(epp_cert), "", 0, 0, "PEM file with EPP's certificate chain." },
	{ "epp.key", CFG_TEXT, AT(epp_key), "", 0, 0, "PEM file with its private key." },
	{ "epp.idle_timeout", CFG_SECONDS, AT(epp_idle_timeout), "600", 10, 86400,
	  "An EPP session that is silent for so long is closed." },
	{ "epp.session_max_age", CFG_SECONDS, AT(epp_session_max_age), "86400", 60, 604800,
	  "An EPP session is closed after so long, busy or not." },
	{ "epp.login_timeout", CFG_SECONDS, AT(epp_login_timeout), "60", 5, 600,
	  "Who has not logged in to EPP after so long is disconnected." },
	{ "epp.connections", CFG_INT, AT(epp_connections), "10000", 10, 100000, "Open EPP connections." },
	{ "epp.unauthenticated", CFG_INT, AT(epp_unauthenticated), "512", 1, 100000,
	  "Of these, how many may be not logged in; the oldest gives way." },
	{ "epp.frame_max", CFG_BYTES, AT(epp_frame_max), "65536", 4096, 1048576,
	  "The largest EPP command that is read." },
	{ "whois.listen", CFG_LISTEN, AT(whois_listen), "127.0.0.1:4343", 0, 0, "WHOIS (RFC 3912). Empty: off." },
	{ "whois.per_net_hour", CFG_INT, AT(whois_per_net_hour), "3600", 0, 100000000,
	  "WHOIS queries an hour that one /24 or /48 may ask; a tenth at once. 0: no limit." },
	{ "rdap.per_net_hour", CFG_INT, AT(rdap_per_net_hour), "36000", 0, 100000000,
	  "The same of RDAP, the look-up page and /api/v1/holder together." },
	{ "rdap.entity_search", CFG_TEXT, AT(rdap_search_level), "partner", 0, 0,
	  "Who may search for entities: public, partner or staff. By contacts' names never the public." },
	{ "rdap.reverse_search", CFG_TEXT, AT(rdap_reverse_level), "partner", 0, 0,
	  "Who may search for what an entity has: public, partner or staff. By name or address never the public." },
	{ "lookup.cache", CFG_BYTES, AT(lookup_cache), "128m", 0, 16 * GB,
	  "Memory for rendered RDAP and WHOIS answers. 0: keep none." },
	{ "contact.per_net_hour", CFG_INT, AT(contact_per_net_hour), "6", 1, 1000000,
	  "Messages to holders an hour that one /24 or /48 may send." },
	{ "contact.verify", CFG_SWITCH, AT(contact_verify), "on", 0, 0,
	  "Ask contacts by a letter whether their mail is read. Off: a pause; turns that come are put off." },
	{ "contact.verify_days", CFG_INT, AT(contact_verify_days), "182", 12, 1000,
	  "Days between two such letters to an address." },
	{ "contact.verify_wait", CFG_INT, AT(contact_verify_wait), "14", 1, 90,
	  "Days of silence before the one reminder, and again before the contact counts as failing." },
	{ "contact.verify_per_day", CFG_INT, AT(contact_verify_per_day), "1000", 1, 1000000,
	  "At most so many addresses are asked in 24 hours; the others wait for another day." },
	{ "digest.at", CFG_TEXT, AT(digest_at), "08:00", 0, 0,
	  "When the day's digests of findings of little weight go out, in the site's zone (HH:MM)." },
	{ "digest.severity", CFG_TEXT, AT(digest_severity), "3", 0, 0,
	  "From this level of severity on no notice waits for a digest." },
	{ "mailin.listen", CFG_LISTEN, AT(mailin_listen), "", 0, 0,
	  "Reports by mail over LMTP (RFC 2033). Empty: off." },
	{ "mailin.address", CFG_TEXT, AT(mailin_address), "", 0, 0,
	  "Address whose mail reaches us, for replies to letters. Empty: none." },
	{ "imap.url", CFG_TEXT, AT(imap_url), "", 0, 0,
	  "Mailbox to fetch reports from: imaps://HOST/INBOX. Empty: off." },
	{ "imap.user", CFG_TEXT, AT(imap_user), "", 0, 0, "Who logs in there." },
	{ "imap.password_file", CFG_TEXT, AT(imap_password_file), "", 0, 0, "File with the password, one line." },
	{ "imap.poll", CFG_SECONDS, AT(imap_poll), "30", 1, 3600, "How often to look for new mail." },
	{ "store.url", CFG_TEXT, AT(store_url), "sqlite:DIR/nicert.db", 0, 0, "sqlite:FILE or postgresql://…" },
	{ "store.writers", CFG_INT, AT(store_writers), "2", 1, 64,
	  "Writing connections on PostgreSQL; SQLite has one." },
	{ "store.queue", CFG_INT, AT(store_queue), "4096", 16, 1000000,
	  "Changes that may wait; beyond, requests get 503." },
	{ "store.group", CFG_INT, AT(store_group), "256", 1, 256,
	  "Changes that may share one commit. 1: each its own, slower." },
	{ "mail.url", CFG_TEXT, AT(mail_url), "file:DIR/outbox", 0, 0, "file:FOLDER (an .eml a message) or smtp://…" },
	{ "mail.from", CFG_TEXT, AT(mail_from), "", 0, 0, "Address that our messages come from." },
	{ "mail.connections", CFG_INT, AT(mail_connections), "4", 1, 32,
	  "To a relay: so many at once for letters to many (surveys)." },
	{ "survey.rate", CFG_INT, AT(survey_rate), "600", 0, 1000000,
	  "Invitations to surveys a minute, in batches of 200. 0: as fast as they are taken." },
	{ "pgp.key", CFG_TEXT, AT(pgp_key), "", 0, 0,
	  "Fingerprint of the CERT's key where keys/pgp holds several. Empty: the only one." },
	{ "pgp.sign", CFG_SWITCH, AT(pgp_sign), "off", 0, 0, "Signs letters to those whose key is not known." },
	{ "pgp.expired", CFG_TEXT, AT(pgp_expired), "hold", 0, 0,
	  "A letter to a party whose key can't be used: hold (with a task for staff) or clear." },
	{ "public.url", CFG_TEXT, AT(public_url), "", 0, 0,
	  "How people reach http.listen, for links. Empty: http://…" },
	{ "site.country", CFG_TEXT, AT(site_country), "", 0, 0, "Country that this registry answers for (ISO 3166)." },
	{ "site.lang", CFG_TEXT, AT(site_lang), "en", 0, 0, "Language when nobody says which (BCP 47)." },
	{ "site.name", CFG_TEXT, AT(site_name), "", 0, 0, "Name of the organisation." },
	{ "site.name_zh", CFG_TEXT, AT(site_name_zh), "", 0, 0, "Its name in Chinese." },
	{ "site.contact", CFG_TEXT, AT(site_contact), "", 0, 0, "Address or page for questions." },
	{ "site.key", CFG_TEXT, AT(site_key), "", 0, 0,
	  "Where our public key for encrypted mail is: https:… or openpgp4fpr:… Empty: none." },
	{ "site.zone", CFG_INT, AT(site_zone), "0", -720, 840, "Minutes east of UTC of times shown to people." },
	{ "cert.address", CFG_TEXT, AT(cert_address), "", 0, 0, "Postal address of the team, on /rfc2350." },
	{ "cert.address_zh", CFG_TEXT, AT(cert_address_zh), "", 0, 0, "The same in Chinese." },
	{ "cert.phone", CFG_TEXT, AT(cert_phone), "", 0, 0, "Its telephone number, as dialled from abroad." },
	{ "cert.mission", CFG_TEXT, AT(cert_mission), "", 0, 0, "What it is for, in a sentence." },
	{ "cert.mission_zh", CFG_TEXT, AT(cert_mission_zh), "", 0, 0, "The same in Chinese." },
	{ "cert.constituency", CFG_TEXT, AT(cert_constituency), "", 0, 0, "Whom it serves." },
	{ "cert.constituency_zh", CFG_TEXT, AT(cert_constituency_zh), "", 0, 0, "The same in Chinese." },
	{ "cert.sponsor", CFG_TEXT, AT(cert_sponsor), "", 0, 0, "Organisations that run or pay it." },
	{ "cert.sponsor_zh", CFG_TEXT, AT(cert_sponsor_zh), "", 0, 0, "The same in Chinese." },
	{ "cert.authority", CFG_TEXT, AT(cert_authority), "", 0, 0,
	  "On what its authority rests, and how far it goes." },
	{ "cert.authority_zh", CFG_TEXT, AT(cert_authority_zh), "", 0, 0, "The same in Chinese." },
	{ "journal.origin", CFG_TEXT, AT(journal_origin), "", 0, 0, "Name of the log in its checkpoints (C2SP)." },
	{ "journal.witness", CFG_TEXT, AT(journal_witness), "", 0, 0,
	  "Time stamping authority for checkpoints: rfc3161:URL." },
	{ "report.per_net_hour", CFG_INT, AT(report_per_net_hour), "120", 1, 1000000,
	  "Reports an hour that one /24 or /48 may file." },
	{ "api.per_token_hour", CFG_INT, AT(api_per_token_hour), "3600", 1, 100000000,
	  "Requests an hour that a program may send by a token of a partner or of a contact; as many at once." },
	{ "form.min_fill", CFG_SECONDS, AT(form_min_fill), "2", 0, 600,
	  "A form sent sooner than this came from a robot." },
	{ "log.level", CFG_TEXT, AT(log_level), "info", 0, 0, "debug, info, warn or error." },
	{ "test.clock", CFG_SWITCH, AT(test_clock), "off", 0, 0,
	  "Lets `nicert clock advance` move time. Never in service." },
	{ "test.rehearse", CFG_SWITCH, AT(test_rehearse), "off", 0, 0,
	  "Runs each write twice, the first time in vain, to see that it may be. Never in service." },
};
const int config_count = (int)(sizeof config_rows / sizeof *config_rows);

enum { LINE_MAX_CONF = 4096, TEXT_MAX = 2048 };

/* --- what a text may say ---------------------------------------------------------------------------------------- */

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}
static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
static bool is_country(const char *s)
{
	return is_letter(s[0]) && is_letter(s[1]) && !s[2];
}
static bool is_store(const char *s)
{
	return begins(s, "sqlite:") || begins(s, "postgresql://");
}
static bool is_mail(const char *s)
{
	return begins(s, "file:") || begins(s, "smtp://") || begins(s, "smtps://");
}
static bool is_imap(const char *s)
{
	return begins(s, "imap://") || begins(s, "imaps://");
}
static bool is_web(const char *s)
{
	return begins(s, "http://") || begins(s, "https://");
}
static bool is_origin(const char *s)
{
	return !strpbrk(s, " \t+");
}

static bool is_lang(const char *s)
{
	return is_letter(s[0]) && is_letter(s[1]) &&
	       s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-0123456789")] == 0;
}

static bool is_fingerprint(const char *s)
{
	return strlen(s) == 40 && strspn(s, "0123456789ABCDEF") == 40;
}

static bool is_expired(const char *s)
{
	return !strcmp(s, "hold") || !strcmp(s, "clear");
}

static bool is_audience(const char *s)
{
	return !strcmp(s, "public") || !strcmp(s, "partner") || !strcmp(s, "staff");
}

/* RFC 9116 §2.5.4: where the key is, never the key itself. */
static bool is_key(const char *s)
{
	return (begins(s, "https://") || begins(s, "openpgp4fpr:") || begins(s, "dns:")) && !strpbrk(s, " \t");
}

static bool is_level(const char *s)
{
	return !strcmp(s, "debug") || !strcmp(s, "info") || !strcmp(s, "warn") || !strcmp(s, "error");
}

int config_minute(const char *s)
{
	int64_t hour, minute;
	char part[3] = { 0 };
	if (strlen(s) != 5 || s[2] != ':')
		return -1;
	memcpy(part, s, 2);
	if (!text_int(part, 0, 23, &hour) || !text_int(s + 3, 0, 59, &minute))
		return -1;
	return (int)(hour * 60 + minute);
}

static bool is_time_of_day(const char *s)
{
	return config_minute(s) >= 0;
}

/* Empty is always allowed here, but for `log.level` and `site.lang`, which have no meaning without. */
static const struct text_rule {
	const char *key;
	bool (*ok)(const char *);
	bool needed;
	const char *want;
} text_rules[] = {
	{ "site.country", is_country, false, "two letters, as in ISO 3166" },
	{ "site.lang", is_lang, true, "a language tag like en or zh-Hant" },
	{ "store.url", is_store, false, "sqlite:FILE or postgresql://…" },
	{ "mail.url", is_mail, true, "file:FOLDER or smtp://…" },
	{ "mail.from", text_email_ok, false, "an e-mail address" },
	{ "mailin.address", text_email_ok, false, "an e-mail address" },
	{ "imap.url", is_imap, false, "imap://… or imaps://…" },
	{ "pgp.key", is_fingerprint, false, "40 hexadecimal digits" },
	{ "pgp.expired", is_expired, true, "hold or clear" },
	{ "public.url", is_web, false, "http://… or https://…" },
	{ "journal.origin", is_origin, false, "a name without blanks and +" },
	{ "rdap.entity_search", is_audience, true, "public, partner or staff" },
	{ "rdap.reverse_search", is_audience, true, "public, partner or staff" },
	{ "site.key", is_key, false, "https://…, openpgp4fpr:… or dns:…" },
	{ "digest.at", is_time_of_day, true, "HH:MM, such as 08:00" },
	{ "log.level", is_level, true, "debug, info, warn or error" },
};

static bool is_host(const char *s, size_t n)
{
	char v6[INET6_ADDRSTRLEN];
	struct in6_addr bin;
	if (n > 2 && s[0] == '[' && s[n - 1] == ']' && n - 2 < sizeof v6) {
		snprintf(v6, sizeof v6, "%.*s", (int)(n - 2), s + 1);
		return inet_pton(AF_INET6, v6, &bin) == 1;
	}
	for (size_t i = 0; i < n; i++)
		if (!is_letter(s[i]) && !(s[i] >= '0' && s[i] <= '9') && s[i] != '.' && s[i] != '-')
			return false;
	return n > 0 && n < 254;
}

static bool is_listen(const char *s)
{
	const char *colon = strrchr(s, ':');
	int64_t port;
	return !*s || (colon && is_host(s, (size_t)(colon - s)) && text_int(colon + 1, 0, 65535, &port));
}

static bool is_prefix(const char *s, size_t n)
{
	char addr[INET6_ADDRSTRLEN + 4];
	uint8_t bin[16];
	int64_t len = 0;
	if (n >= sizeof addr)
		return false;
	snprintf(addr, sizeof addr, "%.*s", (int)n, s);
	char *slash = strchr(addr, '/');
	if (slash)
		*slash = 0;
	bool v6 = strchr(addr, ':');
	return inet_pton(v6 ? AF_INET6 : AF_INET, addr, bin) == 1 &&
	       (!slash || text_int(slash + 1, 0, v6 ? 128 : 32, &len));
}

static bool is_list(const char *s)
{
	for (s += strspn(s, ", \t"); *s; s += strspn(s, ", \t")) {
		size_t n = strcspn(s, ", \t");
		if (!is_prefix(s, n))
			return false;
		s += n;
	}
	return true;
}

/* --- setting one value ------------------------------------------------------------------------------------------ */

static void *field(struct config *c, const struct cfg_row *row)
{
	return (char *)c + row->offset;
}

/* "file:DIR/outbox" with the data folder for DIR; malloc'd. */
static char *with_dir(const char *value, const char *dir)
{
	const char *at = strstr(value, "DIR/");
	char *out;
	if (!at || (at > value && at[-1] != ':' && at[-1] != '/'))
		return strdup(value);
	return asprintf(&out, "%.*s%s%s", (int)(at - value), value, dir, at + 3) < 0 ? NULL : out;
}

static enum st set_text(struct config *c, const struct cfg_row *row, const char *value, struct err *e)
{
	if (!text_one_line(value, TEXT_MAX))
		return err_set(e, ST_INVALID, "%s: not one line of UTF-8 text", row->key);
	if (row->type == CFG_LISTEN && !is_listen(value))
		return err_set(e, ST_INVALID, "%s: %s is not host:port, [v6]:port or empty", row->key, value);
	if (row->type == CFG_LIST && !is_list(value))
		return err_set(e, ST_INVALID, "%s: %s is not a list of addresses and prefixes", row->key, value);
	for (size_t i = 0; i < sizeof text_rules / sizeof *text_rules; i++) {
		const struct text_rule *rule = &text_rules[i];
		if (strcmp(rule->key, row->key) == 0 && (*value ? !rule->ok(value) : rule->needed))
			return err_set(e, ST_INVALID, "%s: \"%s\" is not %s", row->key, value, rule->want);
	}
	char *copy = with_dir(*value || row->offset != AT(store_url) ? value : row->def, c->dir);
	if (!copy)
		return err_set(e, ST_BUSY, "out of memory");
	if (row->offset == AT(site_country))
		for (char *p = copy; *p; p++)
			*p &= ~0x20;
	char **to = field(c, row);
	free(*to);
	*to = copy;
	return ST_OK;
}

/* As people write it: 65536 bytes are 64k. */
static void number_text(const struct cfg_row *row, int64_t v, char out[24])
{
	static const char *const units[] = { "", "k", "m", "g" };
	int u = 0;
	while (row->type == CFG_BYTES && u < 3 && v && v % KB == 0)
		v /= KB, u++;
	snprintf(out, 24, "%lld%s", (long long)v, units[u]);
}

static bool read_bytes(const char *value, int64_t *out)
{
	char digits[24];
	size_t n = strlen(value);
	char unit = n ? (char)(value[n - 1] | 0x20) : 0;
	int64_t by = unit == 'k' ? KB : unit == 'm' ? MB : unit == 'g' ? GB : 1;
	if (n >= sizeof digits)
		return false;
	snprintf(digits, sizeof digits, "%.*s", (int)(n - (by > 1)), value);
	return text_int(digits, 0, INT64_MAX, out) && !__builtin_mul_overflow(*out, by, out);
}

static bool read_seconds(const char *value, int64_t *out)
{
	if (text_int(value, INT64_MIN, INT64_MAX, out))
		return true;
	bool ok = time_span_parse(value, out);
	*out /= ok ? USEC : 1;
	return ok;
}

static enum st set_number(struct config *c, const struct cfg_row *row, const char *value, struct err *e)
{
	static const char *const kinds[] = { [CFG_INT] = "a whole number",
					     [CFG_SECONDS] = "a time like 30, 30s or 5m",
					     [CFG_BYTES] = "a size like 4096, 64k or 52m" };
	char bound[24];
	int64_t v = 0;
	bool ok = row->type == CFG_BYTES     ? read_bytes(value, &v)
		  : row->type == CFG_SECONDS ? read_seconds(value, &v)
					     : text_int(value, INT64_MIN, INT64_MAX, &v);
	if (!ok)
		return err_set(e, ST_INVALID, "%s: \"%s\" is not %s", row->key, value, kinds[row->type]);
	if (v < row->min || v > row->max) {
		number_text(row, v < row->min ? row->min : row->max, bound);
		return err_set(e, ST_INVALID, "%s: %s is %s than %s", row->key, value, v < row->min ? "less" : "more",
			       bound);
	}
	*(int64_t *)field(c, row) = v;
	return ST_OK;
}

static enum st set_switch(struct config *c, const struct cfg_row *row, const char *value, struct err *e)
{
	bool on = strcmp(value, "on") == 0;
	if (!on && strcmp(value, "off") != 0)
		return err_set(e, ST_INVALID, "%s: \"%s\" is neither on nor off", row->key, value);
	*(bool *)field(c, row) = on;
	return ST_OK;
}

static bool is_number(const struct cfg_row *row)
{
	return row->type == CFG_INT || row->type == CFG_SECONDS || row->type == CFG_BYTES;
}

static enum st set_row(struct config *c, const struct cfg_row *row, const char *value, struct err *e)
{
	if (is_number(row))
		return set_number(c, row, value, e);
	return row->type == CFG_SWITCH ? set_switch(c, row, value, e) : set_text(c, row, value, e);
}

/* Levenshtein's distance, of keys short enough for one row on the stack. */
static int distance(const char *a, const char *b)
{
	int row[64], n = (int)strlen(b);
	for (int j = 0; j <= n; j++)
		row[j] = j;
	for (int i = 1; a[i - 1]; i++) {
		int diagonal = row[0];
		row[0] = i;
		for (int j = 1; j <= n; j++) {
			int change = diagonal + (a[i - 1] != b[j - 1]),
			    shift = 1 + (row[j] < row[j - 1] ? row[j] : row[j - 1]);
			diagonal = row[j];
			row[j] = change < shift ? change : shift;
		}
	}
	return row[n];
}

static enum st unknown_key(const char *key, struct err *e)
{
	const char *nearest = NULL;
	int best = INT_MAX;
	for (int i = 0; strlen(key) < 64 && i < config_count; i++) {
		int d = distance(key, config_rows[i].key);
		if (d < best)
			best = d, nearest = config_rows[i].key;
	}
	if (!nearest)
		return err_set(e, ST_INVALID, "%.40s…: unknown key", key);
	return err_set(e, ST_INVALID, "%s: unknown key; the nearest is %s", key, nearest);
}

enum st config_set(struct config *c, const char *key, const char *value, struct err *e)
{
	for (int i = 0; i < config_count; i++)
		if (strcmp(config_rows[i].key, key) == 0)
			return set_row(c, &config_rows[i], value, e);
	return unknown_key(key, e);
}

/* --- loading ---------------------------------------------------------------------------------------------------- */

static char *trim(char *s)
{
	s += strspn(s, " \t\r\n");
	size_t n = strlen(s);
	while (n && strchr(" \t\r\n", s[n - 1]))
		s[--n] = 0;
	return s;
}

/* "key = value"; `text` is taken apart. */
static enum st set_pair(struct config *c, char *text, struct err *e)
{
	char *equals = strchr(text, '=');
	if (!equals)
		return err_set(e, ST_INVALID, "\"%s\" is not key = value", trim(text));
	*equals = 0;
	return config_set(c, trim(text), trim(equals + 1), e);
}

/* A comment begins at a # that stands first or behind a blank, so that a URL may hold one. */
static void drop_comment(char *line)
{
	for (char *p = strchr(line, '#'); p; p = strchr(p + 1, '#'))
		if (p == line || p[-1] == ' ' || p[-1] == '\t') {
			*p = 0;
			return;
		}
}

static enum st read_lines(struct config *c, FILE *f, struct err *e)
{
	char line[LINE_MAX_CONF];
	struct err why = { 0 };
	for (int n = 1; fgets(line, sizeof line, f); n++) {
		if (!strchr(line, '\n') && !feof(f))
			return err_set(e, ST_INVALID, "nicert.conf:%d: longer than %d bytes", n, LINE_MAX_CONF - 2);
		drop_comment(line);
		char *text = trim(line);
		if (*text && set_pair(c, text, &why))
			return err_set(e, why.code, "nicert.conf:%d: %s", n, why.msg);
	}
	return ferror(f) ? err_set(e, ST_INTERNAL, "nicert.conf: cannot be read: %s", strerror(errno)) : ST_OK;
}

static enum st read_file(struct config *c, bool must, struct err *e)
{
	char path[sizeof c->dir + 16];
	snprintf(path, sizeof path, "%s/nicert.conf", c->dir);
	FILE *f = fopen(path, "re");
	if (!f && errno == ENOENT)
		return must ? err_set(e, ST_NOTFOUND, "%s: not there; nicert init %s makes a data folder", path, c->dir)
			    : ST_OK;
	if (!f)
		return err_set(e, ST_INTERNAL, "%s: %s", path, strerror(errno));
	enum st st = read_lines(c, f, e);
	fclose(f);
	return st;
}

static enum st set_dir(struct config *c, const char *dir, struct err *e)
{
	char real[PATH_MAX], here[PATH_MAX] = "";
	int n = -1;
	if (realpath(dir, real))
		n = snprintf(c->dir, sizeof c->dir, "%s", real);
	else if (dir[0] == '/' || getcwd(here, sizeof here))
		n = snprintf(c->dir, sizeof c->dir, "%s%s%s", here, *here ? "/" : "", dir);
	if (n < 0 || (size_t)n >= sizeof c->dir)
		return err_set(e, ST_LIMIT, "%s: the data folder's path is longer than %zu bytes", dir,
			       sizeof c->dir - 1);
	return ST_OK;
}

static enum st set_override(struct config *c, const char *pair, struct err *e)
{
	char text[LINE_MAX_CONF];
	struct err why = { 0 };
	if (strlen(pair) >= sizeof text)
		return err_set(e, ST_LIMIT, "--set %.40s…: longer than %d bytes", pair, LINE_MAX_CONF - 1);
	snprintf(text, sizeof text, "%s", pair);
	return set_pair(c, text, &why) ? err_set(e, why.code, "--set %s", why.msg) : ST_OK;
}

enum st config_load(struct config *c, const char *dir, const char *const *sets, int nsets, bool must, struct err *e)
{
	memset(c, 0, sizeof *c);
	enum st st = set_dir(c, dir, e);
	for (int i = 0; !st && i < config_count; i++)
		st = set_row(c, &config_rows[i], config_rows[i].def, e);
	if (!st)
		st = read_file(c, must, e);
	for (int i = 0; !st && i < nsets; i++)
		st = set_override(c, sets[i], e);
	if (st)
		config_free(c);
	return st;
}

void config_free(struct config *c)
{
	for (int i = 0; i < config_count; i++)
		if (!is_number(&config_rows[i]) && config_rows[i].type != CFG_SWITCH)
			free(*(char **)field(c, &config_rows[i]));
	memset(c, 0, sizeof *c);
}

/* --- the table as documentation --------------------------------------------------------------------------------- */

void config_help(struct buf *out)
{
	for (int i = 0; i < config_count; i++) {
		const struct cfg_row *row = &config_rows[i];
		buf_printf(out, "%-22s %-22s %s\n", row->key, *row->def ? row->def : "-", row->doc);
	}
}

static const char *const kinds[] = { "text", "number", "seconds", "bytes", "on/off", "host:port", "list" };

void config_json(struct buf *out)
{
	struct jw w = jw_of(out);
	j_arr(&w, NULL);
	for (int i = 0; i < config_count; i++) {
		const struct cfg_row *row = &config_rows[i];
		j_obj(&w, NULL);
		j_str(&w, "key", row->key);
		j_str(&w, "kind", kinds[row->type]);
		j_str(&w, "default", row->def);
		if (is_number(row)) {
			j_int(&w, "min", row->min);
			j_int(&w, "max", row->max);
		}
		j_str(&w, "doc", row->doc);
		j_end(&w);
	}
	j_end(&w);
}

void config_reference(struct buf *out)
{
	char least[24], most[24];
	buf_str(out, "| key | kind | default | bounds | meaning |\n|---|---|---|---|---|\n");
	for (int i = 0; i < config_count; i++) {
		const struct cfg_row *row = &config_rows[i];
		buf_printf(out, "| `%s` | %s | ", row->key, kinds[row->type]);
		if (*row->def)
			buf_printf(out, "`%s` ", row->def);
		buf_str(out, "| ");
		if (is_number(row)) {
			number_text(row, row->min, least);
			number_text(row, row->max, most);
			buf_printf(out, "%s to %s ", least, most);
		}
		buf_printf(out, "| %s |\n", row->doc);
	}
}

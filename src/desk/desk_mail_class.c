/* Tables of mail, and which class of trouble a complaint's own words for it mean. */
#include <string.h>
#include "desk/desk_int.h"
#include "desk/desk_mail.h"

static const char tables[] =
	"CREATE TABLE desk_mail(id SERIAL_ID, digest BYTEA NOT NULL UNIQUE, message_id TEXT NOT NULL, kind TEXT NOT "
	"NULL,"
	" fate TEXT NOT NULL, case_id BIGINT NOT NULL, report_id BIGINT NOT NULL, notice_id BIGINT NOT NULL,"
	" answer BIGINT NOT NULL, text TEXT NOT NULL, at BIGINT NOT NULL);"
	"CREATE INDEX desk_mail_report ON desk_mail(report_id) WHERE report_id <> 0;"
	"CREATE INDEX desk_mail_case ON desk_mail(case_id) WHERE case_id <> 0;"
	"CREATE TABLE desk_mail_class(position BIGINT PRIMARY KEY, scheme TEXT NOT NULL, category TEXT NOT NULL,"
	" class TEXT NOT NULL, record_only BIGINT NOT NULL)";

/* ARF: RFC 5965 §7.3, 6591, 6430. XARF: its schema's categories and types. The first row that fits decides. */
static const char classes[] =
	"INSERT INTO desk_mail_class(position, scheme, category, class, record_only) VALUES"
	"(10, 'arf', 'abuse', 'spam', 0), (11, 'arf', 'fraud', 'phishing', 0), (12, 'arf', 'virus', 'malware', 0),"
	"(13, 'arf', 'not-spam', 'spam', 1), (14, 'arf', 'opt-out', 'spam', 1), (15, 'arf', 'opt-out-list', 'spam', 1),"
	"(16, 'arf', 'auth-failure', 'spam', 0), (17, 'arf', 'other', 'other', 0), (19, 'arf', '*', 'spam', 0),"
	"(30, 'xarf', 'content/phishing', 'phishing', 0), (31, 'xarf', 'content/fraud', 'phishing', 0),"
	"(32, 'xarf', 'content/malware', 'malware', 0), (33, 'xarf', 'content/brand_infringement', 'registered-abuse', "
	"0),"
	"(34, 'xarf', 'content/suspicious_registration', 'phishing-domain', 0),"
	"(35, 'xarf', 'content/remote_compromise', 'compromised', 0), (36, 'xarf', 'content/exposed_data', 'leak', 0),"
	"(40, 'xarf', 'connection/ddos', 'ddos', 0), (41, 'xarf', 'connection/infected_host', 'compromised', 0),"
	"(42, 'xarf', 'connection/login_attack', 'brute-force', 0), (43, 'xarf', 'connection/port_scan', 'scanner', 0),"
	"(44, 'xarf', 'connection/reconnaissance', 'scanner', 0),"
	"(45, 'xarf', 'connection/vulnerability_scan', 'scanner', 0), (46, 'xarf', 'connection/scraping', 'scanner', "
	"0),"
	"(47, 'xarf', 'connection/sql_injection', 'scanner', 0), (50, 'xarf', 'infrastructure/botnet', 'c2', 0),"
	"(51, 'xarf', 'infrastructure/compromised_server', 'compromised', 0),"
	"(55, 'xarf', 'messaging/spam', 'spam', 0), (56, 'xarf', 'messaging/bulk_messaging', 'spam', 0),"
	"(60, 'xarf', 'vulnerability/cve', 'vulnerable', 0), (61, 'xarf', 'vulnerability/misconfiguration', "
	"'vulnerable', 0),"
	"(62, 'xarf', 'vulnerability/open_service', 'vulnerable', 0), (79, 'xarf', '*', 'other', 0),"
	"(80, 'x-arf', 'login_attack', 'brute-force', 0), (81, 'x-arf', 'loginattack', 'brute-force', 0),"
	"(82, 'x-arf', 'portscan', 'scanner', 0), (83, 'x-arf', 'port_scan', 'scanner', 0),"
	"(84, 'x-arf', 'ddos', 'ddos', 0), (85, 'x-arf', 'phishing', 'phishing', 0), (86, 'x-arf', 'fraud', "
	"'phishing', 0),"
	"(87, 'x-arf', 'malware', 'malware', 0), (88, 'x-arf', 'malware_attack', 'malware', 0),"
	"(89, 'x-arf', 'botnet_infection', 'compromised', 0), (90, 'x-arf', 'bot', 'compromised', 0),"
	"(91, 'x-arf', 'spam', 'spam', 0), (92, 'x-arf', 'harvesting', 'scanner', 0),"
	"(93, 'x-arf', 'openservice', 'vulnerable', 0), (119, 'x-arf', '*', 'other', 0),"
	"(120, 'word', 'phishing', 'phishing', 0), (121, 'word', '釣魚', 'phishing', 0), (122, 'word', '假網站', "
	"'phishing', 0),"
	"(123, 'word', '假冒', 'phishing', 0), (124, 'word', '詐騙', 'phishing', 0), (130, 'word', 'malware', "
	"'malware', 0),"
	"(131, 'word', '惡意程式', 'malware', 0), (132, 'word', '病毒', 'malware', 0), (133, 'word', '木馬', "
	"'malware', 0),"
	"(140, 'word', 'ddos', 'ddos', 0), (150, 'word', '個資外洩', 'leak', 0), (151, 'word', '資料外洩', 'leak', 0),"
	"(160, 'word', 'brute force', 'brute-force', 0), (170, 'word', 'port scan', 'scanner', 0),"
	"(180, 'word', 'spam', 'spam', 0), (181, 'word', '垃圾郵件', 'spam', 0), (182, 'word', '垃圾信', 'spam', 0)";

const struct migration desk_mail_migrations[] = {
	{ 240, "mail", tables },
	{ 241, "mail classes", classes },
	{ 348, "mail that came before",
	  "ALTER TABLE desk_mail ADD COLUMN origin BYTEA;"
	  "CREATE UNIQUE INDEX desk_mail_origin ON desk_mail(origin) WHERE origin IS NOT NULL" },
	{ 0 },
};

enum st desk_mail_class(struct req *rq, const char *scheme, const char *category, const char *text, char **class_id,
			bool *record_only)
{
	struct rows r;
	*class_id = NULL;
	*record_only = false;
	if (sql_query(rq, &r,
		      "SELECT category, class, record_only FROM desk_mail_class WHERE scheme = $1 ORDER BY position "
		      "LIMIT 500",
		      V(scheme ? scheme : "word")))
		return rq->err.code;
	while (!*class_id && rows_next(&r)) {
		const char *want = rows_text(&r, 0);
		bool fits = scheme ? !strcmp(want, "*") || (category && !strcmp(want, category))
				   : text && strcasestr(text, want) != NULL;
		if (!fits)
			continue;
		*class_id = rows_dup(&r, 1);
		*record_only = rows_int(&r, 2) != 0;
	}
	return rows_end(&r);
}

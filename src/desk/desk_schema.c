/* Tables of the desk. What lists and filters show is kept in desk_case itself (desk_case_settle), so that a page of the
 * queue is one walk along an index. */
#include "desk/desk_int.h"

/* Titles as they are looked up in po/; the rows below hold the same texts. */
const char *const desk_class_titles[] = {
	N_("False site (phishing)"),
	N_("A name registered only to deceive"),
	N_("Malware spread from here"),
	N_("Control server of malware"),
	N_("Broken into"),
	N_("Scanning other people's networks"),
	N_("Guessing passwords"),
	N_("Spam"),
	N_("Attack that overloads a service"),
	N_("Open weakness"),
	N_("Data published without right"),
	N_("Name registered for abuse"),
	N_("Something else"),
	N_("Complaint about a name"),
	N_("Complaint about a registrar"),
	N_("Personal data has leaked"),
	NULL,
};

const char *const desk_policy_sentences[] = {
	N_("Filed by staff."),
	N_("Nobody stands behind this report: check it before the notice goes out."),
	N_("The reporter's address is not confirmed: check the report before the notice goes out."),
	N_("A confirmed reporter, and every hour counts."),
	N_("A false notice of this kind does harm: check the report first."),
	N_("It is about personal data: the data-protection officer decides first."),
	NULL,
};

static const char tables[] =
	"CREATE TABLE desk_class(id TEXT PRIMARY KEY, rsit TEXT NOT NULL, title TEXT NOT NULL, first_link BIGINT NOT "
	"NULL,"
	" deadline BIGINT NOT NULL, position BIGINT NOT NULL);"
	"CREATE TABLE desk_policy(position BIGINT PRIMARY KEY, class TEXT NOT NULL, source TEXT NOT NULL, confidence "
	"TEXT NOT NULL,"
	" at_once BIGINT NOT NULL, sentence TEXT NOT NULL);"
	"CREATE TABLE desk_case(id SERIAL_ID, number TEXT NOT NULL UNIQUE, class TEXT NOT NULL, state BIGINT NOT NULL,"
	" queue BIGINT NOT NULL, sort_at BIGINT NOT NULL, record_only BIGINT NOT NULL, opened_at BIGINT NOT NULL,"
	" changed_at BIGINT NOT NULL, closed_at BIGINT NOT NULL, due_at BIGINT NOT NULL, close_reason TEXT NOT NULL,"
	" assignee TEXT NOT NULL, nobs BIGINT NOT NULL, nreports BIGINT NOT NULL, first_obs TEXT NOT NULL, holder TEXT "
	"NOT NULL,"
	" waiting BIGINT NOT NULL, tasks BIGINT NOT NULL, told BIGINT NOT NULL);"
	"CREATE INDEX desk_case_sort ON desk_case(sort_at, id);"
	"CREATE INDEX desk_case_queue ON desk_case(queue, sort_at, id);"
	"CREATE INDEX desk_case_tasks ON desk_case(tasks) WHERE tasks > 0;"
	"CREATE INDEX desk_case_waiting ON desk_case(waiting) WHERE waiting > 0;"
	"CREATE TABLE desk_report(id SERIAL_ID, case_id BIGINT NOT NULL, person BIGINT NOT NULL, source TEXT NOT NULL,"
	" lang TEXT NOT NULL, class TEXT NOT NULL, confidence TEXT NOT NULL, words TEXT NOT NULL, share_words BIGINT "
	"NOT NULL,"
	" token_hash BYTEA UNIQUE, seed BYTEA, confirm BYTEA, digest TEXT NOT NULL, idem BYTEA UNIQUE, filed_at BIGINT "
	"NOT NULL,"
	" joined BIGINT NOT NULL, withdrawn_at BIGINT NOT NULL, erased_at BIGINT NOT NULL);"
	"CREATE INDEX desk_report_case ON desk_report(case_id, id);"
	"CREATE INDEX desk_report_person ON desk_report(person, id) WHERE person <> 0;"
	"CREATE TABLE desk_file(id SERIAL_ID, report_id BIGINT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, "
	"sha256 TEXT NOT NULL,"
	" size BIGINT NOT NULL, at BIGINT NOT NULL);"
	"CREATE INDEX desk_file_report ON desk_file(report_id);"
	"CREATE INDEX desk_file_sha256 ON desk_file(sha256);"
	"CREATE TABLE desk_addition(id SERIAL_ID, report_id BIGINT NOT NULL, text TEXT NOT NULL, at BIGINT NOT NULL);"
	"CREATE INDEX desk_addition_report ON desk_addition(report_id);"
	"CREATE TABLE desk_observable(id SERIAL_ID, case_id BIGINT NOT NULL, report_id BIGINT NOT NULL, kind TEXT NOT "
	"NULL,"
	" value TEXT NOT NULL, vkey BIGINT NOT NULL, open BIGINT NOT NULL, mention BIGINT NOT NULL, harmless BIGINT "
	"NOT NULL,"
	" attributed BIGINT NOT NULL, responsible BIGINT NOT NULL, no_contact BIGINT NOT NULL, turn BIGINT NOT NULL,"
	" matched TEXT, country TEXT, elsewhere TEXT, source TEXT, valid_from BIGINT NOT NULL, chain TEXT NOT NULL,"
	" other_case TEXT);"
	"CREATE INDEX desk_observable_case ON desk_observable(case_id, id);"
	"CREATE INDEX desk_observable_key ON desk_observable(vkey, open);"
	"CREATE TABLE desk_report_obs(report_id BIGINT NOT NULL, obs_id BIGINT NOT NULL, PRIMARY KEY(report_id, "
	"obs_id));"
	"CREATE TABLE desk_notice(id SERIAL_ID, case_id BIGINT NOT NULL, role BIGINT NOT NULL, party TEXT, person "
	"BIGINT NOT NULL,"
	" email TEXT NOT NULL, lang TEXT NOT NULL, state BIGINT NOT NULL, token_hash BYTEA UNIQUE, seed BYTEA NOT NULL,"
	" created_at BIGINT NOT NULL, approved_at BIGINT NOT NULL, sent_at BIGINT NOT NULL, due_at BIGINT NOT NULL,"
	" deadline BIGINT NOT NULL, answered_at BIGINT NOT NULL, answer BIGINT NOT NULL, answer_text TEXT NOT NULL,"
	" until_at BIGINT NOT NULL, why TEXT, reason TEXT NOT NULL, nobs BIGINT NOT NULL, first_obs TEXT NOT NULL,"
	" message_id TEXT NOT NULL);"
	"CREATE INDEX desk_notice_case ON desk_notice(case_id, id);"
	"CREATE INDEX desk_notice_waiting ON desk_notice(state) WHERE state = 0;"
	"CREATE TABLE desk_notice_obs(notice_id BIGINT NOT NULL, obs_id BIGINT NOT NULL, PRIMARY KEY(notice_id, "
	"obs_id));"
	"CREATE INDEX desk_notice_obs_obs ON desk_notice_obs(obs_id);"
	"CREATE TABLE desk_answer(id SERIAL_ID, notice_id BIGINT NOT NULL, kind BIGINT NOT NULL, text TEXT NOT NULL,"
	" until_at BIGINT NOT NULL, at BIGINT NOT NULL);"
	"CREATE INDEX desk_answer_notice ON desk_answer(notice_id);"
	"CREATE TABLE desk_message(id SERIAL_ID, case_id BIGINT NOT NULL, notice_id BIGINT NOT NULL, text TEXT NOT "
	"NULL,"
	" actor TEXT NOT NULL, at BIGINT NOT NULL);"
	"CREATE INDEX desk_message_case ON desk_message(case_id);"
	"CREATE TABLE desk_note(id SERIAL_ID, case_id BIGINT NOT NULL, text TEXT NOT NULL, actor TEXT NOT NULL, at "
	"BIGINT NOT NULL);"
	"CREATE INDEX desk_note_case ON desk_note(case_id)";

/* RSIT 1003 class:type; first_link 0 holder, 1 sponsor; deadline in seconds. */
static const char classes[] =
	"INSERT INTO desk_class(id, rsit, title, first_link, deadline, position) VALUES"
	"('phishing', 'fraud:phishing', 'False site (phishing)', 0, 86400, 1),"
	"('phishing-domain', 'fraud:phishing', 'A name registered only to deceive', 1, 86400, 2),"
	"('malware', 'malicious-code:malware-distribution', 'Malware spread from here', 0, 86400, 3),"
	"('c2', 'malicious-code:c2-server', 'Control server of malware', 0, 86400, 4),"
	"('compromised', 'intrusions:system-compromise', 'Broken into', 0, 259200, 5),"
	"('scanner', 'information-gathering:scanner', 'Scanning other people''s networks', 0, 604800, 6),"
	"('brute-force', 'intrusion-attempts:brute-force', 'Guessing passwords', 0, 604800, 7),"
	"('spam', 'abusive-content:spam', 'Spam', 0, 604800, 8),"
	"('ddos', 'availability:ddos', 'Attack that overloads a service', 0, 86400, 9),"
	"('vulnerable', 'vulnerable:vulnerable-system', 'Open weakness', 0, 1209600, 10),"
	"('leak', 'information-content-security:data-leak', 'Data published without right', 0, 259200, 11),"
	"('registered-abuse', 'fraud:masquerade', 'Name registered for abuse', 1, 172800, 12),"
	"('other', 'other:undetermined', 'Something else', 0, 604800, 13)";

/* class × source × confidence; the first row that fits, by position, decides. '*' fits all. */
static const char policies[] =
	"INSERT INTO desk_policy(position, class, source, confidence, at_once, sentence) VALUES"
	"(10, '*', '*', 'staff', 1, 'Filed by staff.'),"
	"(20, '*', '*', 'anonymous', 0, 'Nobody stands behind this report: check it before the notice goes out.'),"
	"(30, '*', '*', 'unconfirmed', 0,"
	" 'The reporter''s address is not confirmed: check the report before the notice goes out.'),"
	"(40, 'phishing', '*', 'confirmed', 1, 'A confirmed reporter, and every hour counts.'),"
	"(41, 'malware', '*', 'confirmed', 1, 'A confirmed reporter, and every hour counts.'),"
	"(90, '*', '*', 'confirmed', 0, 'A false notice of this kind does harm: check the report first.')";

static const char tally[] =
	"CREATE TABLE desk_tally(id SERIAL_ID, us BIGINT NOT NULL, party BIGINT NOT NULL, closed BIGINT NOT NULL,"
	" notices BIGINT NOT NULL, tasks BIGINT NOT NULL);"
	"INSERT INTO desk_tally(us, party, closed, notices, tasks) SELECT coalesce(sum(CASE queue WHEN 0 THEN 1 ELSE 0 "
	"END), 0),"
	" coalesce(sum(CASE queue WHEN 1 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE queue WHEN 2 THEN 1 ELSE 0 END), 0),"
	" coalesce(sum(waiting), 0), coalesce(sum(tasks), 0) FROM desk_case;"
	"DROP INDEX desk_case_tasks; DROP INDEX desk_case_waiting;"
	/* All that a search for a part of a value reads, without the wide rows; in order of filing, so that it grows at
	   its end. */
	"CREATE INDEX desk_observable_part ON desk_observable(id, case_id, value)";

/* To the registry's officers: nobody is told without a click. */
static const char complaints[] =
	"INSERT INTO desk_class(id, rsit, title, first_link, deadline, position) VALUES"
	"('name-complaint', 'other:other', 'Complaint about a name', 1, 1209600, 20),"
	"('registrar-complaint', 'other:other', 'Complaint about a registrar', 1, 1209600, 21);"
	"INSERT INTO desk_policy(position, class, source, confidence, at_once, sentence) VALUES"
	"(5, 'name-complaint', '*', 'staff', 0, 'A false notice of this kind does harm: check the report first.'),"
	"(6, 'registrar-complaint', '*', 'staff', 0, 'A false notice of this kind does harm: check the report first.')";

/* Texts of desk_clock, as they are looked up in po/. */
const char *const desk_clock_texts[] = {
	N_("Find out whose personal data it is, how many people, and what can happen to them"),
	N_("Tell the supervising authority about the leak of personal data"),
	N_("See to it that the people concerned are told"),
	NULL,
};

/* A day to know what happened, three to tell the authority (GDPR article 33; Taiwan's rules of data security of most
 * sectors), a week to have told the people. */
static const char personal[] =
	"ALTER TABLE desk_class ADD COLUMN personal BIGINT NOT NULL DEFAULT 0;"
	"CREATE TABLE desk_clock(class TEXT NOT NULL, position BIGINT NOT NULL, kind TEXT NOT NULL, role TEXT NOT NULL,"
	" text TEXT NOT NULL, seconds BIGINT NOT NULL, PRIMARY KEY(class, position));"
	"INSERT INTO desk_class(id, rsit, title, first_link, deadline, position, personal) VALUES"
	"('personal-data', 'information-content-security:data-leak', 'Personal data has leaked', 0, 259200, 22, 1);"
	"INSERT INTO desk_policy(position, class, source, confidence, at_once, sentence) VALUES"
	"(7, 'personal-data', '*', '*', 0, 'It is about personal data: the data-protection officer decides first.');"
	"INSERT INTO desk_clock(class, position, kind, role, text, seconds) VALUES"
	"('personal-data', 1, 'breach-assess', 'dpo',"
	" 'Find out whose personal data it is, how many people, and what can happen to them', 86400),"
	"('personal-data', 2, 'breach-authority', 'dpo',"
	" 'Tell the supervising authority about the leak of personal data', 259200),"
	"('personal-data', 3, 'breach-people', 'dpo', 'See to it that the people concerned are told', 604800)";

const struct migration desk_migrations[] = {
	{ 200, "desk", tables },
	{ 201, "desk classes", classes },
	{ 202, "desk policies", policies },
	{ 203, "desk tally", tally },
	{ 229, "desk complaints", complaints },
	{ 279, "desk personal", personal },
	{ 284, "desk case class", "CREATE INDEX desk_case_class ON desk_case(class, id)" },
	/* Whom news is told. */
	{ 330, "desk report listener",
	  "CREATE INDEX desk_report_listener ON desk_report(case_id, person, id, filed_at) WHERE person <> 0 AND "
	  "withdrawn_at = 0" },
	/* Named in the words alone: nobody stands by that. */
	{ 331, "desk report mention", "ALTER TABLE desk_report_obs ADD COLUMN mention BIGINT NOT NULL DEFAULT 0" },
	{ 332, "desk observable report", "CREATE INDEX desk_observable_report ON desk_observable(report_id, case_id)" },
	{ 323, "desk answer key", "ALTER TABLE desk_answer ADD COLUMN idem BYTEA" },
	{ 341, "desk case swept", "KEEP_SWEPT(desk_case)" },
	{ 0 },
};

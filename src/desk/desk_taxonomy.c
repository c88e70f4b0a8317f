/* The reference taxonomy whole (RSIT version 1003: 11 classes, 39 types) beside the words that citizens choose from. */
#include "desk/desk_int.h"

const char *const desk_rsit_titles[] = {
	N_("Abusive content"),
	N_("Malicious code"),
	N_("Gathering information"),
	N_("Attempts to break in"),
	N_("Intrusions"),
	N_("Availability"),
	N_("Security of content"),
	N_("Fraud"),
	N_("Vulnerable"),
	N_("Other"),
	N_("Test"),
	N_("Hate or threats"),
	N_("Sexual or violent content, abuse of children"),
	N_("Infected with malware"),
	N_("Settings of malware kept here"),
	N_("Listening in on a network"),
	N_("Talking people out of their secrets"),
	N_("Using known weaknesses"),
	N_("An attack not seen before"),
	N_("An administrator's account taken over"),
	N_("An account taken over"),
	N_("A program broken into"),
	N_("Broken into a building"),
	N_("Attack that stops a service"),
	N_("Set up wrongly"),
	N_("Destroyed on purpose"),
	N_("Out of order"),
	N_("Data read without right"),
	N_("Data changed without right"),
	N_("Data lost"),
	N_("Machines used without right"),
	N_("Copied without right"),
	N_("Weak encryption"),
	N_("Can be used to amplify attacks"),
	N_("A service open to everybody, perhaps unwanted"),
	N_("Tells more than it should"),
	N_("In no other class"),
	N_("A test"),
	NULL,
};

/* citizen 1: offered in the public form. What was there before this is. */
static const char taxonomy[] =
	"ALTER TABLE desk_class ADD COLUMN citizen BIGINT NOT NULL DEFAULT 1;"
	"CREATE TABLE desk_rsit(id TEXT PRIMARY KEY, title TEXT NOT NULL, position BIGINT NOT NULL);"
	"INSERT INTO desk_rsit(id, title, position) VALUES"
	"('abusive-content', 'Abusive content', 1),"
	"('malicious-code', 'Malicious code', 2),"
	"('information-gathering', 'Gathering information', 3),"
	"('intrusion-attempts', 'Attempts to break in', 4),"
	"('intrusions', 'Intrusions', 5),"
	"('availability', 'Availability', 6),"
	"('information-content-security', 'Security of content', 7),"
	"('fraud', 'Fraud', 8),"
	"('vulnerable', 'Vulnerable', 9),"
	"('other', 'Other', 10),"
	"('test', 'Test', 11);"
	"INSERT INTO desk_class(id, rsit, title, first_link, deadline, position, citizen) VALUES"
	"('harmful-speech', 'abusive-content:harmful-speech', 'Hate or threats', 0, 604800, 30, 0),"
	"('violence', 'abusive-content:violence', 'Sexual or violent content, abuse of children', 0, 86400, 31, 0),"
	"('infected', 'malicious-code:infected-system', 'Infected with malware', 0, 259200, 32, 0),"
	"('malware-configuration', 'malicious-code:malware-configuration', 'Settings of malware kept here', 0, 86400, "
	"33, 0),"
	"('sniffing', 'information-gathering:sniffing', 'Listening in on a network', 0, 259200, 34, 0),"
	"('social-engineering', 'information-gathering:social-engineering', 'Talking people out of their secrets', 0, "
	"259200, 35, 0),"
	"('ids-alert', 'intrusion-attempts:ids-alert', 'Using known weaknesses', 0, 604800, 36, 0),"
	"('exploit', 'intrusion-attempts:exploit', 'An attack not seen before', 0, 259200, 37, 0),"
	"('privileged-account', 'intrusions:privileged-account-compromise', 'An administrator''s account taken over', "
	"0, 86400, 38, 0),"
	"('unprivileged-account', 'intrusions:unprivileged-account-compromise', 'An account taken over', 0, 259200, "
	"39, 0),"
	"('application', 'intrusions:application-compromise', 'A program broken into', 0, 259200, 40, 0),"
	"('burglary', 'intrusions:burglary', 'Broken into a building', 0, 259200, 41, 0),"
	"('dos', 'availability:dos', 'Attack that stops a service', 0, 86400, 42, 0),"
	"('misconfiguration', 'availability:misconfiguration', 'Set up wrongly', 0, 604800, 43, 0),"
	"('sabotage', 'availability:sabotage', 'Destroyed on purpose', 0, 86400, 44, 0),"
	"('outage', 'availability:outage', 'Out of order', 0, 259200, 45, 0),"
	"('unauthorised-access', 'information-content-security:unauthorised-information-access', 'Data read without "
	"right', 0, 259200, 46, 0),"
	"('unauthorised-change', 'information-content-security:unauthorised-information-modification', 'Data changed "
	"without right', 0, 259200, 47, 0),"
	"('data-loss', 'information-content-security:data-loss', 'Data lost', 0, 259200, 48, 0),"
	"('unauthorised-use', 'fraud:unauthorised-use-of-resources', 'Machines used without right', 0, 604800, 49, 0),"
	"('copyright', 'fraud:copyright', 'Copied without right', 0, 1209600, 50, 0),"
	"('weak-crypto', 'vulnerable:weak-crypto', 'Weak encryption', 0, 1209600, 51, 0),"
	"('ddos-amplifier', 'vulnerable:ddos-amplifier', 'Can be used to amplify attacks', 0, 1209600, 52, 0),"
	"('exposed-service', 'vulnerable:potentially-unwanted-accessible', 'A service open to everybody, perhaps "
	"unwanted', 0, 1209600, 53, 0),"
	"('information-disclosure', 'vulnerable:information-disclosure', 'Tells more than it should', 0, 1209600, 54, "
	"0),"
	"('uncategorised', 'other:other', 'In no other class', 0, 604800, 55, 0),"
	"('test', 'test:test', 'A test', 0, 604800, 56, 0)";

const struct migration desk_taxonomy_migrations[] = { { 245, "desk taxonomy", taxonomy }, { 0 } };

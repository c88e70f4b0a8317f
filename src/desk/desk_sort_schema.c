/* Rows of the scale, of queues and of tags, and with which of them the cases of a class begin. */
#include "desk/desk_int.h"
#include "desk/desk_sort.h"

const char *const desk_sort_titles[] = {
	N_("Level 1"),
	N_("Level 2"),
	N_("Level 3"),
	N_("Level 4 (most severe)"),
	N_("Information Gathering"),
	N_("Coordination"),
	N_("Research & Development"),
	N_("Consulting"),
	N_("A question for advice"),
	N_("Help with a technical problem"),
	N_("It asks for our help: nobody else is told without a click."),
	NULL,
};

/* Four levels, as Taiwan's regulations on reporting of cyber security incidents have them. The upper two speak of core
 * business and of infrastructure: a person's judgement, no class begins there. */
static const char tables[] =
	"CREATE TABLE desk_severity(id TEXT PRIMARY KEY, title TEXT NOT NULL, position BIGINT NOT NULL);"
	"INSERT INTO desk_severity(id, title, position) VALUES('1', 'Level 1', 1), ('2', 'Level 2', 2), ('3', 'Level "
	"3', 3), ('4', 'Level 4 (most severe)', 4);"
	"CREATE TABLE desk_queue_row(id TEXT PRIMARY KEY, title TEXT NOT NULL, position BIGINT NOT NULL);"
	"INSERT INTO desk_queue_row(id, title, position) VALUES('information-gathering', 'Information Gathering', 1),"
	"('coordination', 'Coordination', 2), ('research', 'Research & Development', 3), ('consulting', 'Consulting', "
	"4);"
	"CREATE TABLE desk_tag(tag TEXT PRIMARY KEY, added_at BIGINT NOT NULL);"
	"ALTER TABLE desk_class ADD COLUMN severity TEXT NOT NULL DEFAULT '1';"
	"ALTER TABLE desk_class ADD COLUMN lane TEXT NOT NULL DEFAULT 'coordination';"
	"INSERT INTO desk_class(id, rsit, title, first_link, deadline, position, citizen, severity, lane) VALUES"
	"('consultation', 'other:other', 'A question for advice', 0, 604800, 23, 1, '1', 'consulting'),"
	"('technical-help', 'other:other', 'Help with a technical problem', 0, 604800, 24, 1, '1', 'consulting');"
	"UPDATE desk_class SET severity = '2' WHERE id IN('phishing', 'phishing-domain', 'malware', 'c2', "
	"'compromised', 'ddos', 'dos', 'leak', 'infected', 'privileged-account', 'application', 'sabotage', 'exploit', "
	"'unauthorised-access', 'unauthorised-change');"
	"UPDATE desk_class SET lane = 'information-gathering' WHERE rsit LIKE 'information-gathering:%' OR rsit LIKE "
	"'vulnerable:%' OR id = 'ids-alert';"
	"UPDATE desk_class SET lane = 'research' WHERE id IN('exploit', 'malware-configuration');"
	"INSERT INTO desk_policy(position, class, source, confidence, at_once, sentence) VALUES"
	"(8, 'consultation', '*', '*', 0, 'It asks for our help: nobody else is told without a click.'),"
	"(9, 'technical-help', '*', '*', 0, 'It asks for our help: nobody else is told without a click.')";

/* The plain order of lists is the beginning of the wide index; the second has what is due only. */
static const char columns[] =
	"ALTER TABLE desk_case ADD COLUMN severity TEXT NOT NULL DEFAULT '1';"
	"ALTER TABLE desk_case ADD COLUMN lane TEXT NOT NULL DEFAULT 'coordination';"
	"ALTER TABLE desk_case ADD COLUMN tags TEXT NOT NULL DEFAULT '';"
	"UPDATE desk_case SET severity = (SELECT k.severity FROM desk_class k WHERE k.id = desk_case.class), lane = "
	"(SELECT k.lane FROM desk_class k WHERE k.id = desk_case.class);"
	"DROP INDEX desk_case_sort;"
	"CREATE INDEX desk_case_facets ON desk_case(sort_at, id, due_at, queue, lane, severity, class, assignee, tags);"
	"CREATE INDEX desk_case_due ON desk_case(due_at, id, sort_at, queue, lane, severity, class, assignee, tags) "
	"WHERE due_at > 0";

static const char views[] =
	"CREATE TABLE desk_saved_view(account BIGINT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL, at BIGINT NOT "
	"NULL, PRIMARY KEY(account, name))";

const struct migration desk_sort_migrations[] = {
	{ 246, "desk levels and queues", tables },
	{ 247, "desk case facets", columns },
	{ 248, "desk saved views", views },
	{ 0 },
};

/* voice_schema.c — tables of the room. Times are microseconds; what belongs to answers has none (voice.h, APART). */
#include "voice/voice_int.h"

const struct migration voice_migrations[] = {
	{ 300, "voice questionnaires",
	  "CREATE TABLE voice_version(name TEXT NOT NULL, version BIGINT NOT NULL, text TEXT NOT NULL, digest TEXT NOT "
	  "NULL, made_at BIGINT NOT NULL, made_by TEXT NOT NULL, PRIMARY KEY(name, version));" },
	{ 301, "voice studies",
	  /* state: 0 draft, 1 drawn, 2 open, 3 closed, 4 published */
	  "CREATE TABLE voice_study(id SERIAL_ID, name TEXT NOT NULL UNIQUE, questionnaire TEXT NOT NULL, version "
	  "BIGINT NOT NULL, state BIGINT NOT NULL, seed BIGINT NOT NULL, quiet_days BIGINT NOT NULL, made_at BIGINT "
	  "NOT NULL, opened_at BIGINT NOT NULL, closes_at BIGINT NOT NULL, closed_at BIGINT NOT NULL, published_at "
	  "BIGINT NOT NULL, digest TEXT NOT NULL);"
	  "CREATE TABLE voice_group(study BIGINT NOT NULL, position BIGINT NOT NULL, name TEXT NOT NULL, title_en TEXT "
	  "NOT NULL, title_zh TEXT NOT NULL, rule TEXT NOT NULL, sample BIGINT NOT NULL, found BIGINT NOT NULL, "
	  "earlier "
	  "BIGINT NOT NULL, excluded BIGINT NOT NULL, drawn BIGINT NOT NULL, opened BIGINT NOT NULL DEFAULT 0, filled "
	  "BIGINT NOT NULL DEFAULT 0, PRIMARY KEY(study, position));"
	  /* A segment is a bit of a response; the first ones are the groups. */
	  "CREATE TABLE voice_segment(study BIGINT NOT NULL, bit BIGINT NOT NULL, kind TEXT NOT NULL, name TEXT NOT "
	  "NULL, PRIMARY KEY(study, bit));"
	  "CREATE TABLE voice_candidate(study BIGINT NOT NULL, position BIGINT NOT NULL, email TEXT NOT NULL, lang "
	  "TEXT "
	  "NOT NULL, segment TEXT NOT NULL, PRIMARY KEY(study, email, position));"
	  "CREATE TABLE voice_exclude(study BIGINT NOT NULL, email TEXT NOT NULL, PRIMARY KEY(study, email));"
	  "CREATE TABLE voice_invite(id SERIAL_ID, study BIGINT NOT NULL, position BIGINT NOT NULL, email TEXT NOT "
	  "NULL, lang TEXT NOT NULL, segments BIGINT NOT NULL, seed BYTEA, token BYTEA UNIQUE, sent_at BIGINT NOT NULL "
	  "DEFAULT 0, failed BIGINT NOT NULL DEFAULT 0, opened BIGINT NOT NULL DEFAULT 0, started BIGINT NOT NULL "
	  "DEFAULT 0, "
	  "filled BIGINT NOT NULL DEFAULT 0, stopped BIGINT NOT NULL DEFAULT 0);"
	  "CREATE INDEX voice_invite_study ON voice_invite(study, id);"
	  "CREATE INDEX voice_invite_email ON voice_invite(email);"
	  /* Who wants no more letters, by a keyed hash of the address: it outlives the study and erasure. */
	  "CREATE TABLE voice_stop(address BYTEA PRIMARY KEY, at BIGINT NOT NULL);"
	  "CREATE TABLE voice_asked(address BYTEA PRIMARY KEY, day BIGINT NOT NULL);" },
	{ 302, "voice answers",
	  /* state: 0 in hand, 1 filled, 2 withdrawn; kind: 0 text written in, 1 number, 2 open answer */
	  "CREATE TABLE voice_response(id BIGINT PRIMARY KEY, study BIGINT NOT NULL, link BYTEA UNIQUE, segments "
	  "BIGINT "
	  "NOT NULL, state BIGINT NOT NULL, revision BIGINT NOT NULL, seconds BIGINT NOT NULL, "
	  "begun "
	  "BIGINT NOT NULL, reason TEXT NOT NULL, packed BYTEA NOT NULL);"
	  "CREATE INDEX voice_response_study ON voice_response(study, id);"
	  "CREATE TABLE voice_word(response BIGINT NOT NULL, study BIGINT NOT NULL, item BIGINT NOT NULL, kind BIGINT "
	  "NOT "
	  "NULL, number BIGINT NOT NULL, text TEXT NOT NULL, PRIMARY KEY(response, item));"
	  "CREATE INDEX voice_word_study ON voice_word(study, item, response);"
	  "CREATE TABLE voice_cleaning(id SERIAL_ID, study BIGINT NOT NULL, response BIGINT NOT NULL, reason TEXT NOT "
	  "NULL, by_whom TEXT NOT NULL, at BIGINT NOT NULL, undone_at BIGINT NOT NULL);"
	  "CREATE INDEX voice_cleaning_study ON voice_cleaning(study, response);" },
	{ 303, "voice report",
	  "CREATE TABLE voice_text(study BIGINT NOT NULL, place TEXT NOT NULL, lang TEXT NOT NULL, text TEXT NOT NULL, "
	  "PRIMARY KEY(study, place, lang));"
	  /* base 0: only the rounded figure is known. */
	  "CREATE TABLE voice_past(study BIGINT NOT NULL, item TEXT NOT NULL, segment TEXT NOT NULL, label TEXT NOT "
	  "NULL, "
	  "n BIGINT NOT NULL, base BIGINT NOT NULL, tenths BIGINT NOT NULL, PRIMARY KEY(study, item, segment));"
	  "CREATE TABLE voice_advice(id SERIAL_ID, study BIGINT NOT NULL, text_en TEXT NOT NULL, text_zh TEXT NOT "
	  "NULL, "
	  "owner TEXT NOT NULL, due_at BIGINT NOT NULL, state TEXT NOT NULL, changed_at BIGINT NOT NULL);"
	  "CREATE INDEX voice_advice_study ON voice_advice(study, id);" },
	{ 324, "voice reminders",
	  /* days of the field, or 0; at 0: the study is not open yet; bit: of voice_invite.reminded */
	  "CREATE TABLE voice_reminder(study BIGINT NOT NULL, number BIGINT NOT NULL, bit BIGINT NOT NULL, days BIGINT "
	  "NOT NULL, at BIGINT NOT NULL, ran_at BIGINT NOT NULL, PRIMARY KEY(study, number));"
	  "ALTER TABLE voice_invite ADD COLUMN reminded BIGINT NOT NULL DEFAULT 0;" },
	{ 325, "newsletter readers",
	  /* confirmed_at 0: the address was only given; source: form or import */
	  "CREATE TABLE voice_reader(id SERIAL_ID, email TEXT NOT NULL UNIQUE, lang TEXT NOT NULL, seed BYTEA NOT "
	  "NULL, "
	  "token BYTEA NOT NULL UNIQUE, source TEXT NOT NULL, asked_at BIGINT NOT NULL, confirmed_at BIGINT NOT "
	  "NULL);" },
	{ 320, "voice coding",
	  /* A code is a bit of an answer. Numbers of answers are given within an item, in an order of their own. */
	  "CREATE TABLE voice_code(study BIGINT NOT NULL, item BIGINT NOT NULL, id TEXT NOT NULL, bit BIGINT NOT NULL, "
	  "title_en TEXT NOT NULL, title_zh TEXT NOT NULL, about TEXT NOT NULL, retired BIGINT NOT NULL, PRIMARY "
	  "KEY(study, item, id));"
	  "CREATE TABLE voice_number(study BIGINT NOT NULL, item BIGINT NOT NULL, no BIGINT NOT NULL, response BIGINT "
	  "NOT NULL, PRIMARY KEY(study, item, no));"
	  "CREATE UNIQUE INDEX voice_number_response ON voice_number(response, item);"
	  /* slot: 0 and 1 the coders, 2 what was decided between them */
	  "CREATE TABLE voice_coder(study BIGINT NOT NULL, item BIGINT NOT NULL, slot BIGINT NOT NULL, who TEXT NOT "
	  "NULL, done BIGINT NOT NULL, PRIMARY KEY(study, item, slot));"
	  "CREATE TABLE voice_coding(study BIGINT NOT NULL, item BIGINT NOT NULL, slot BIGINT NOT NULL, response "
	  "BIGINT NOT NULL, codes BIGINT NOT NULL, PRIMARY KEY(study, item, slot, response));"
	  "CREATE INDEX voice_coding_response ON voice_coding(response);" },
	{ 321, "voice quotes",
	  /* state: 0 proposed, 1 approved, 2 refused */
	  "CREATE TABLE voice_quote(id SERIAL_ID, study BIGINT NOT NULL, item BIGINT NOT NULL, response BIGINT NOT "
	  "NULL, text TEXT NOT NULL, state BIGINT NOT NULL, at BIGINT NOT NULL, by_whom TEXT NOT NULL, decided_by TEXT "
	  "NOT NULL);"
	  "CREATE INDEX voice_quote_study ON voice_quote(study, id);"
	  "CREATE INDEX voice_quote_response ON voice_quote(response);" },
	{ 342, "counts of a published study",
	  /* item -1: all answers; segment -1: all; option -2: asked, -1: left empty */
	  "CREATE TABLE voice_count(study BIGINT NOT NULL, item BIGINT NOT NULL, segment BIGINT NOT NULL, option "
	  "BIGINT "
	  "NOT NULL, n BIGINT NOT NULL, PRIMARY KEY(study, item, segment, option)) KEY_ORDERED;"
	  "CREATE TABLE voice_count_figure(study BIGINT NOT NULL, item BIGINT NOT NULL, segment BIGINT NOT NULL, "
	  "position BIGINT NOT NULL, kind BIGINT NOT NULL, n BIGINT NOT NULL, base BIGINT NOT NULL, halves BIGINT NOT "
	  "NULL, code TEXT NOT NULL, title_en TEXT NOT NULL, title_zh TEXT NOT NULL, PRIMARY KEY(study, item, segment, "
	  "position)) KEY_ORDERED;"
	  "ALTER TABLE voice_study ADD COLUMN forgotten_at BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE voice_study ADD COLUMN kept BIGINT NOT NULL DEFAULT 0;" },
	{ 350, "answers lie in the order of their numbers",
	  "ALTER TABLE voice_response RENAME TO voice_response_before;"
	  "CREATE TABLE voice_response(id BIGINT PRIMARY KEY, study BIGINT NOT NULL, link BYTEA UNIQUE, segments "
	  "BIGINT "
	  "NOT NULL, state BIGINT NOT NULL, revision BIGINT NOT NULL, seconds BIGINT NOT NULL, begun BIGINT NOT NULL, "
	  "reason TEXT NOT NULL, packed BYTEA NOT NULL) KEY_ORDERED;"
	  "INSERT INTO voice_response(id, study, link, segments, state, revision, seconds, begun, reason, packed) "
	  "SELECT id, study, link, segments, state, revision, seconds, begun, reason, packed FROM "
	  "voice_response_before ORDER BY id;"
	  "DROP TABLE voice_response_before;"
	  "CREATE INDEX voice_response_study ON voice_response(study, id);"
	  "ALTER TABLE voice_word RENAME TO voice_word_before;"
	  "CREATE TABLE voice_word(response BIGINT NOT NULL, study BIGINT NOT NULL, item BIGINT NOT NULL, kind BIGINT "
	  "NOT NULL, number BIGINT NOT NULL, text TEXT NOT NULL, PRIMARY KEY(response, item)) KEY_ORDERED;"
	  "INSERT INTO voice_word(response, study, item, kind, number, text) SELECT response, study, item, kind, "
	  "number, text FROM voice_word_before ORDER BY response, item;"
	  "DROP TABLE voice_word_before;"
	  "CREATE INDEX voice_word_study ON voice_word(study, item, response);" },
	{ 352, "readers of the newsletter whose mail comes back",
	  "ALTER TABLE voice_reader ADD COLUMN returns BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE voice_reader ADD COLUMN returned_at BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE voice_reader ADD COLUMN failing BIGINT NOT NULL DEFAULT 0;"
	  "CREATE INDEX voice_reader_failing ON voice_reader(email) WHERE failing > 0;" },
	{ 353, "closing in steps",
	  /* state: 3 closing, 4 closed, 5 published; cut, cut_invite: answers and invitations done so far */
	  "UPDATE voice_study SET state = state + 1 WHERE state >= 3;"
	  "ALTER TABLE voice_study ADD COLUMN cut BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE voice_study ADD COLUMN cut_invite BIGINT NOT NULL DEFAULT 0;" },
	{ 354, "quotes that outlive their answers",
	  /* kept: its answer or note is forgotten; kind: of who said it in an interview, where that may be said */
	  "ALTER TABLE voice_quote ADD COLUMN kept BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE voice_quote ADD COLUMN kind TEXT NOT NULL DEFAULT '';" },
	{ 0 },
};

enum st voice_fact(struct req *rq, const char *subject, const char *verb, const char *payload)
{
	return journal_append(rq, &(struct fact){ "voice", subject, verb, payload, 0 });
}

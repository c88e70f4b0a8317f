/* interview_schema.c — tables of interviews. Who it is stands in a table of its own. */
#include "voice/interview.h"

const struct migration interview_migrations[] = {
	{ 311, "interviews",
	  "CREATE TABLE voice_guide(study BIGINT NOT NULL, version BIGINT NOT NULL, text TEXT NOT NULL, made_at BIGINT "
	  "NOT NULL, made_by TEXT NOT NULL, PRIMARY KEY(study, version));"
	  /* state: enum interview_state; consent: a bit each of enum consent; how '': on the page; said_by '': the person */
	  "CREATE TABLE voice_interview(id SERIAL_ID, study BIGINT NOT NULL, no BIGINT NOT NULL, state BIGINT NOT "
	  "NULL, "
	  "guide BIGINT NOT NULL, lang TEXT NOT NULL, consent BIGINT NOT NULL, kind TEXT NOT NULL, how TEXT NOT NULL, "
	  "said_by TEXT NOT NULL, said_at BIGINT NOT NULL, failed BIGINT NOT NULL, made_at BIGINT NOT NULL, seed "
	  "BYTEA, "
	  "token BYTEA UNIQUE, UNIQUE(study, no));"
	  "CREATE TABLE voice_interviewee(interview BIGINT PRIMARY KEY, study BIGINT NOT NULL, name TEXT NOT NULL, "
	  "email "
	  "TEXT NOT NULL, organisation TEXT NOT NULL);"
	  "CREATE INDEX voice_interviewee_email ON voice_interviewee(email);"
	  "CREATE INDEX voice_interviewee_study ON voice_interviewee(study);" },
	{ 312, "interview notes",
	  /* question 0: under none */
	  "CREATE TABLE voice_note(id SERIAL_ID, study BIGINT NOT NULL, interview BIGINT NOT NULL, question BIGINT NOT "
	  "NULL, text TEXT NOT NULL, at BIGINT NOT NULL, by_whom TEXT NOT NULL, changed_at BIGINT NOT NULL);"
	  "CREATE INDEX voice_note_interview ON voice_note(study, interview);"
	  "CREATE TABLE voice_note_was(note BIGINT NOT NULL, n BIGINT NOT NULL, study BIGINT NOT NULL, at BIGINT NOT "
	  "NULL, text TEXT NOT NULL, PRIMARY KEY(note, n));"
	  "CREATE TABLE voice_theme(study BIGINT NOT NULL, id TEXT NOT NULL, position BIGINT NOT NULL, title_en TEXT "
	  "NOT "
	  "NULL, title_zh TEXT NOT NULL, about TEXT NOT NULL, PRIMARY KEY(study, id));"
	  "CREATE TABLE voice_note_theme(note BIGINT NOT NULL, theme TEXT NOT NULL, study BIGINT NOT NULL, PRIMARY "
	  "KEY(note, theme));"
	  "CREATE INDEX voice_note_theme_study ON voice_note_theme(study, theme);" },
	{ 315, "quotes of interviews",
	  /* note 0: of an answer. Of a note: item -1, response 0. */
	  "ALTER TABLE voice_quote ADD COLUMN note BIGINT NOT NULL DEFAULT 0;"
	  "CREATE INDEX voice_quote_note ON voice_quote(note);" },
	{ 340, "appointments of interviews",
	  /* meets: enum meets; meets_no: how often it was set or taken away; meets_told: letters go. Where it is stands with who
	   * it is. */
	  "ALTER TABLE voice_interview ADD COLUMN meets BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE voice_interview ADD COLUMN meets_at BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE voice_interview ADD COLUMN meets_minutes BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE voice_interview ADD COLUMN meets_no BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE voice_interview ADD COLUMN meets_told BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE voice_interviewee ADD COLUMN place TEXT NOT NULL DEFAULT '';" },
	{ 0 },
};

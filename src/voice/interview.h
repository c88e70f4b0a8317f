/* interview.h — conversations with a few of the people we serve, beside the numbers of a study: whom, under which consent, what
 * was asked, what was said, what comes up again and again, and the sentences that may be quoted.
 *
 * GUIDE. What is asked, as text in both languages, one question a line ("# " begins a part), versioned like a questionnaire: a guide
 * that an interview used is not changed, a new version is made.
 *
 * CONSENT. An interview is planned with a person (name, address, organisation: kept like any person's data, erased with them and
 * at the study's keep time) and an invitation with a personal link. On that page the person sees the guide, who will read the notes, how
 * long they are kept, and says for each of CONSENTS yes or no; they may take it back there at any time. Without CONSENT_TALK no note
 * can be written; without CONSENT_QUOTE no quote proposed; taking back CONSENT_QUOTE drops the quotes, taking back
 * CONSENT_TALK drops notes and quotes and leaves the bare row. Consent given on paper or in person is written down by staff, who says how.
 *
 * NOTES. Text by question of the guide (or under none), written by interviewers, each note its own row with author and time; changed by its
 * author until the study is published, earlier words kept until then. Notes are apart from names: lists and searches show "I-3", never
 * the person; who may see whose interview it was is MAY_RUN_SURVEY, every such look is journalled.
 *
 * THEMES. A code for passages: id, title in both languages, what it means. A note may carry several. A theme's page shows how many
 * interviews (not notes) have it, and their passages.
 *
 * QUOTES. A passage of a note with spans left out (voice_redacted), proposed by one and let out by another, as quotes of open
 * answers are; shown in the report with what was agreed about naming: CONSENT_NAME (person and organisation), else the kind of
 * organisation alone, and never that when fewer than INTERVIEWS_LEAST interviews of the study have it.
 */
#ifndef VOICE_INTERVIEW_H
#define VOICE_INTERVIEW_H
#include "voice/coding.h"
#include "voice/voice.h"

enum { GUIDE_MAX = 32768, GUIDE_QUESTIONS = 60, NOTE_MAX = 8192, THEMES_MAX = 60, INTERVIEWS_MAX = 500, INTERVIEWS_LEAST = 3 };
enum consent { CONSENT_TALK, CONSENT_QUOTE, CONSENT_NAME, CONSENTS };
enum interview_state { INTERVIEW_PLANNED, INTERVIEW_AGREED, INTERVIEW_DECLINED, INTERVIEW_HELD, INTERVIEW_WITHDRAWN, INTERVIEW_STATES };
#endif

/* tlp.h — the Traffic Light Protocol 2.0 (FIRST): how far a piece of information may go.
 *
 * One table, label × kind of recipient, decides every output. A label that is missing is not "no limit": cases begin
 * with a default of theirs. Labels are always written in Latin letters, as FIRST writes them. Pure.
 *
 * What goes to staff, to the source itself and to the public is not held back by a label today: inside the house the
 * roles decide (who/permit.h), and no page or feed without an account shows a case.
 */
#ifndef INTEL_TLP_H
#define INTEL_TLP_H
#include <stdbool.h>

/* In order of strictness; the numbers are stored. */
enum tlp { TLP_CLEAR, TLP_GREEN, TLP_AMBER, TLP_AMBER_STRICT, TLP_RED, TLP_LABELS };

/* Whom an output goes to. */
enum tlp_to {
	TLP_TO_NAMED,	 /* a person whom the source has named */
	TLP_TO_SOURCE,	 /* whoever gave it to us: a reporter, about their own report */
	TLP_TO_STAFF,	 /* our own organisation */
	TLP_TO_HOLDER,	 /* whoever is responsible for the thing (holder, sponsor, upstream, authority): our clients */
	TLP_TO_CLIENT,	 /* by the recipient: to its own clients */
	TLP_TO_CERT,	 /* a partner CERT, national or of a sector */
	TLP_TO_OFFICIAL, /* police, a regulator */
	TLP_TO_MEMBER,	 /* the community: members of an alliance, subscribers */
	TLP_TO_PUBLIC,	 /* anybody: pages and feeds without an account */
	TLP_RECIPIENTS
};

bool tlp_allows(enum tlp label, enum tlp_to recipient);
const char *tlp_name(enum tlp label);		 /* "TLP:AMBER+STRICT"; "" for none of them */
const char *tlp_id(enum tlp label);		 /* "amber+strict" */
const char *tlp_sentence(enum tlp label);	 /* msgid: what the recipient may do with it */
const char *tlp_to_name(enum tlp_to recipient);	 /* "holder", "cert", … */
const char *tlp_to_title(enum tlp_to recipient); /* msgid: "the party responsible" */

/* The whole text is a label: any case, with or without "TLP:"; "white" of TLP 1.0 is CLEAR. */
bool tlp_parse(const char *s, enum tlp *out);
/* The strictest label that stands in a line of text, as "[TLP:RED]" or "tlp: amber strict" in a subject. */
bool tlp_find(const char *text, enum tlp *out);
#endif

/* address_list.h — a CSV email[,lang][,segment] as studies, exclusions and the newsletter take it: pure, every line of it
 * checked, whoever it came from. */
#ifndef VOICE_ADDRESS_LIST_H
#define VOICE_ADDRESS_LIST_H
#include "base/csv.h"
#include "voice/voice.h"

enum { ADDRESS_FAULTS_MAX = 100, ADDRESS_LANG_MAX = 35 /* RFC 5646 4.4.1 */ };
struct address_fault {
	int64_t line;
	struct err why; /* what was expected there */
};
struct address_list {
	struct voice_frame_row *row; /* addresses in lower case; NULL: none */
	int64_t n, room;
	struct address_fault *fault; /* the first of them: ADDRESS_FAULTS_MAX end the reading */
	int nfaults;
	char digest[65]; /* SHA-256 of all that was read */
};
/* In `mem`: 24 bytes and the text of each address, of which there may be VOICE_CANDIDATES_MAX. false: something is wrong. */
bool address_list_read(struct arena *mem, struct lines *l, struct address_list *k);
#endif

/* address_list.h — a CSV email[,lang][,segment], every line of it checked. */
#ifndef CLI_ADDRESS_LIST_H
#define CLI_ADDRESS_LIST_H
#include "cli/cli.h"
#include "voice/voice.h"

struct address_list {
	struct voice_frame_row *row; /* NULL: none */
	int64_t n, room;
	int bad;
	char digest[65]; /* SHA-256 of the file */
};
/* false: it has said which lines are wrong. */
bool address_list_read(struct cli *c, const char *path, struct address_list *k);
#endif

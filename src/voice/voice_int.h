/* voice_int.h — what the files of voice/ share. */
#ifndef VOICE_VOICE_INT_H
#define VOICE_VOICE_INT_H
#include "voice/voice.h"

enum { VOICE_PAYLOAD = 512 };
/* One fact of the room: subject a questionnaire or study. `payload` NULL: none. */
enum st voice_fact(struct req *rq, const char *subject, const char *verb, const char *payload);

#endif

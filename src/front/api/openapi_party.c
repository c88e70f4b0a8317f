/* openapi_party.c — schemas of what parties and partners ask, one row each. */
#include "front/api/api.h"

#define STRING "{\"type\":\"string\"}"
#define STRING_OR_NULL "{\"type\":[\"string\",\"null\"]}"
#define BOOL "{\"type\":\"boolean\"}"
#define INT "{\"type\":\"integer\"}"
#define TIME "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"
#define TEXT "{\"type\":[\"string\",\"null\"],\"maxLength\":10000}"
#define ANSWER "{\"enum\":[\"fixed\",\"false-alarm\",\"need-until\",\"not-ours\"]}"
#define SHARE_ANSWER "{\"enum\":[\"received\",\"handled\",\"refused\"]}"
#define NOTICE_STATE "{\"enum\":[\"waiting\",\"approved\",\"sent\",\"answered\",\"silent\",\"cancelled\"]}"
#define SHARE_STATE "{\"enum\":[\"queued\",\"delivered\",\"received\",\"handled\",\"refused\",\"silent\",\"failed\"]}"
#define REF(name) "{\"$ref\":\"#/components/schemas/" name "\"}"
#define LIST(name) "{\"type\":\"array\",\"items\":" REF(name) "}"

/* Each property is required but where a `?` begins its name. */
const struct api_schema api_party_schemas[] = {
	{ "Observable", "value", STRING },
	{ "Observable", "kind", STRING },
	{ "Observable", "?country", STRING_OR_NULL },
	{ "Notices", "total", INT },
	{ "Notices", "notices", LIST("OpenNotice") },
	{ "Notices", "next_after", "{\"type\":[\"integer\",\"null\"]}" },
	{ "OpenNotice", "notice", INT },
	{ "OpenNotice", "case", STRING },
	{ "OpenNotice", "problem", STRING },
	{ "OpenNotice", "first_observable", STRING },
	{ "OpenNotice", "observables", INT },
	{ "OpenNotice", "state", NOTICE_STATE },
	{ "OpenNotice", "sent_at", TIME },
	{ "OpenNotice", "due", TIME },
	{ "OpenNotice", "extended", BOOL },
	{ "OpenNotice", "token", STRING },
	{ "OpenNotice", "url", STRING },
	{ "Notice", "notice", INT },
	{ "Notice", "case", STRING },
	{ "Notice", "problem", STRING },
	{ "Notice", "rsit", STRING },
	{ "Notice", "tlp", STRING },
	{ "Notice", "state", NOTICE_STATE },
	{ "Notice", "party", STRING_OR_NULL },
	{ "Notice", "role", STRING },
	{ "Notice", "lead", STRING },
	{ "Notice", "sent_at", TIME },
	{ "Notice", "due", TIME },
	{ "Notice", "latest_until", TIME },
	{ "Notice", "closed", BOOL },
	{ "Notice", "observables", LIST("Observable") },
	{ "Notice", "words", STRING_OR_NULL },
	{ "Notice", "answer", "{\"oneOf\":[{\"type\":\"null\"}," REF("StoredAnswer") "]}" },
	{ "Notice", "token", STRING },
	{ "Notice", "url", STRING },
	{ "StoredAnswer", "answer", ANSWER },
	{ "StoredAnswer", "text", STRING },
	{ "StoredAnswer", "until", TIME },
	{ "StoredAnswer", "at", TIME },
	{ "NoticeAnswer", "answer", ANSWER },
	{ "NoticeAnswer", "?text", TEXT },
	{ "NoticeAnswer", "?until", TIME },
	{ "NoticeAnswered", "case", STRING },
	{ "NoticeAnswered", "answer", ANSWER },
	{ "NoticeAnswered", "text", STRING_OR_NULL },
	{ "NoticeAnswered", "until", TIME },
	{ "Shares", "shares", LIST("SharedCase") },
	{ "Shares", "next_after", "{\"type\":[\"integer\",\"null\"]}" },
	{ "SharedCase", "share", INT },
	{ "SharedCase", "case", STRING },
	{ "SharedCase", "state", SHARE_STATE },
	{ "SharedCase", "for_one_person", BOOL },
	{ "SharedCase", "shared_at", TIME },
	{ "SharedCase", "due", TIME },
	{ "SharedCase", "received_at", TIME },
	{ "SharedCase", "answered_at", TIME },
	{ "SharedCase", "answer", STRING_OR_NULL },
	{ "SharedCase", "tlp", STRING },
	{ "Share", "share", INT },
	{ "Share", "case", STRING },
	{ "Share", "state", SHARE_STATE },
	{ "Share", "for_one_person", BOOL },
	{ "Share", "shared_at", TIME },
	{ "Share", "due", TIME },
	{ "Share", "received_at", TIME },
	{ "Share", "answered_at", TIME },
	{ "Share", "answer", STRING_OR_NULL },
	{ "Share", "tlp", STRING },
	{ "Share", "withheld", BOOL },
	{ "Share", "problem", STRING_OR_NULL },
	{ "Share", "class", STRING_OR_NULL },
	{ "Share", "text", STRING_OR_NULL },
	{ "Share", "observables", LIST("Observable") },
	{ "ShareAnswer", "answer", SHARE_ANSWER },
	{ "ShareAnswer", "?text", TEXT },
	{ "ShareAnswered", "case", STRING },
	{ "ShareAnswered", "answer", SHARE_ANSWER },
	{ "ShareAnswered", "text", STRING_OR_NULL },
	{ NULL, NULL, NULL },
};

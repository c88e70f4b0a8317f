/* openapi.c — what /api/openapi.json says of each operation beyond the table of routes. */
#include "front/api/api.h"

#define PROBLEMS                                                                                                       \
	"\"4XX\":{\"$ref\":\"#/components/responses/Problem\"},\"5XX\":{\"$ref\":\"#/components/responses/Problem\"}"
#define NUMBER                                                                                                         \
	"{\"name\":\"number\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\",\"pattern\":\"^NC-[0-" \
	"9]{4}-[0-9]{6,}$\"}}"
#define TOKEN                                                                                                          \
	"{\"name\":\"token\",\"in\":\"query\",\"required\":true,\"schema\":{\"type\":\"string\"},\"description\":"     \
	"\"The reporter's token.\"}"
#define LINK_TOKEN_IN_QUERY                                                                                            \
	"{\"name\":\"token\",\"in\":\"query\",\"required\":false,\"schema\":{\"type\":\"string\"},\"description\":"    \
	"\"Of the link in a letter, where no Authorization comes: of the page of all notices, or of one.\"}"
#define NOTICE                                                                                                         \
	"{\"name\":\"notice\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"},\"description\":"     \
	"\"Its number, with a token; or the token of its own link, alone.\"}"
#define SHARE "{\"name\":\"share\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"integer\"}}"
#define AFTER                                                                                                          \
	"{\"name\":\"after\",\"in\":\"query\",\"required\":false,\"schema\":{\"type\":\"integer\"},\"description\":"   \
	"\"next_after of the page before.\"}"
#define KEY                                                                                                            \
	"{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"required\":false,\"schema\":{\"type\":\"string\","          \
	"\"minLength\":"                                                                                               \
	"1,\"maxLength\":128},\"description\":\"A repeat with the same key gets the first answer.\"}"
#define BY_TOKEN "\"security\":[{\"bearer\":[]}],"
#define BY_TOKEN_OR_NONE "\"security\":[{\"bearer\":[]},{}],"
#define OK_OF(what, name) "\"responses\":{\"200\":{\"description\":\"" what "\"," JSON_OF(name) "}," PROBLEMS "}"
#define BODY_OF(name) "\"requestBody\":{\"required\":true," JSON_OF(name) "},"
#define JSON_OF(name) "\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/" name "\"}}}"
#define TEXT_OK                                                                                                        \
	"\"responses\":{\"200\":{\"description\":\"OK\",\"content\":{\"text/"                                          \
	"plain\":{\"schema\":{\"type\":\"string\"}}}}"

const struct api_doc api_docs[] = {
	{ "POST", "/api/v1/reports",
	  BY_TOKEN_OR_NONE
	  "\"operationId\":\"fileReport\",\"description\":\"With a partner's token it is a report of that "
	  "partner, labelled within its ceiling.\",\"parameters\":[" KEY
	  "],\"requestBody\":{\"required\":true," JSON_OF(
		  "Report") "},\"responses\":{\"201\":{\"description\":\"Filed\",\"headers\":"
			    "{\"Location\":{\"schema\":{\"type\":\"string\",\"format\":\"uri\"}}}," JSON_OF(
				    "Filed") "}," PROBLEMS "}" },
	{ "GET", "/api/v1/cases/*",
	  "\"operationId\":\"readCase\",\"parameters\":[" NUMBER "," TOKEN
	  "],\"responses\":{\"200\":{\"description\":\"The case\"," JSON_OF("Case") "}," PROBLEMS "}" },
	{ "GET", "/api/v1/cases/*/receipt",
	  "\"operationId\":\"readReceipt\",\"parameters\":[" NUMBER "," TOKEN
	  "],\"responses\":{\"200\":{\"description\":\"The receipt\"," JSON_OF(
		  "Receipt") "},\"202\":{\"description\":\"Being made; ask again after Retry-After "
			     "seconds\",\"headers\":{\"Retry-After\":"
			     "{\"schema\":{\"type\":\"integer\"}}},\"content\":{\"application/"
			     "json\":{\"schema\":{\"type\":\"object\"}}}}," PROBLEMS "}" },
	{ "GET", "/api/v1/holder",
	  BY_TOKEN_OR_NONE
	  "\"operationId\":\"findHolder\",\"parameters\":[{\"name\":\"thing\",\"in\":\"query\",\"required\":true,"
	  "\"schema\":{\"type\":\"string\"},"
	  "\"description\":\"A domain name, address, prefix, AS number or "
	  "URL.\"},{\"name\":\"at\",\"in\":\"query\",\"required\":false,\"schema\":"
	  "{\"type\":\"string\",\"format\":\"date-time\"},\"description\":\"At this instant instead of "
	  "now: for staff, and for RDAP's partners with their token.\"}],\"responses\":{\"200\":{"
	  "\"description\":\"Who is responsible\"," JSON_OF("Holder") "}," PROBLEMS "}" },
	{ "GET", "/api/v1/notices",
	  BY_TOKEN_OR_NONE "\"operationId\":\"listNotices\",\"parameters\":[" LINK_TOKEN_IN_QUERY "," AFTER
			   "]," OK_OF("Those that wait for an answer", "Notices") },
	{ "GET", "/api/v1/notices/*",
	  BY_TOKEN_OR_NONE "\"operationId\":\"readNotice\",\"parameters\":[" NOTICE "," LINK_TOKEN_IN_QUERY
			   "]," OK_OF("The notice", "Notice") },
	{ "POST", "/api/v1/notices/*/answer",
	  BY_TOKEN_OR_NONE
	  "\"operationId\":\"answerNotice\",\"description\":\"The same answer twice is one.\",\"parameters\":[" NOTICE
	  "," LINK_TOKEN_IN_QUERY "," KEY "]," BODY_OF("NoticeAnswer") OK_OF("What stands now", "NoticeAnswered") },
	{ "GET", "/api/v1/shares",
	  BY_TOKEN "\"operationId\":\"listShares\",\"parameters\":[" AFTER "]," OK_OF("In order", "Shares") },
	{ "GET", "/api/v1/shares/*",
	  BY_TOKEN "\"operationId\":\"readShare\",\"parameters\":[" SHARE "]," OK_OF("The share", "Share") },
	{ "GET", "/api/v1/shares/*/observables.csv",
	  BY_TOKEN "\"operationId\":\"readShareTable\",\"parameters\":[" SHARE
		   "],\"responses\":{\"200\":{\"description\":\"A row an observable\",\"content\":{\"text/"
		   "csv\":{\"schema\":{\"type\":\"string\"}}}}," PROBLEMS "}" },
	{ "GET", "/api/v1/shares/*/xarf.json",
	  BY_TOKEN "\"operationId\":\"readShareXarf\",\"parameters\":[" SHARE
		   "],\"responses\":{\"200\":{\"description\":\"XARF 4 reports\",\"content\":{\"application/"
		   "json\":{\"schema\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}}}," PROBLEMS "}" },
	{ "POST", "/api/v1/shares/*/answer",
	  BY_TOKEN
	  "\"operationId\":\"answerShare\",\"description\":\"The same answer twice is one.\",\"parameters\":[" SHARE
	  "]," BODY_OF("ShareAnswer") OK_OF("What stands now", "ShareAnswered") },
	{ "GET", "/api/openapi.json",
	  "\"operationId\":\"readDescription\",\"responses\":{\"200\":{\"description\":\"OpenAPI "
	  "3.1\",\"content\":{\"application/json\":{\"schema\":"
	  "{\"type\":\"object\"}}}}}" },
	{ "GET", "/healthz",
	  "\"operationId\":\"readHealth\"," TEXT_OK ",\"503\":{\"description\":\"The database does not answer\"}}" },
	{ "GET", "/metrics", "\"operationId\":\"readMetrics\"," TEXT_OK "}" },
	{ 0 },
};

#define STRING "{\"type\":\"string\"}"
#define STRING_OR_NULL "{\"type\":[\"string\",\"null\"]}"
#define BOOL "{\"type\":\"boolean\"}"
#define TIME "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"

#define TLP_LABEL                                                                                                      \
	"{\"type\":[\"string\",\"null\"],\"description\":\"How far it may be shared: TLP:CLEAR, TLP:GREEN, "           \
	"TLP:AMBER, "                                                                                                  \
	"TLP:AMBER+STRICT or TLP:RED (FIRST TLP 2.0).\",\"examples\":[\"TLP:AMBER\"]}"

const char api_schemas[] =
	"\"Report\":{\"type\":\"object\",\"additionalProperties\":false,\"anyOf\":[{\"required\":[\"description\"]},{"
	"\"required\":["
	"\"observables\"]}],\"properties\":{\"description\":{\"type\":\"string\",\"maxLength\":20000},\"observables\":{"
	"\"type\":\"array\","
	"\"maxItems\":200,\"items\":{\"type\":\"string\",\"maxLength\":2048}},\"email\":{\"type\":[\"string\",\"null\"]"
	",\"format\":\"email\"},"
	"\"language\":{\"type\":[\"string\",\"null\"],\"examples\":[\"en\",\"zh-TW\"]},\"class\":{\"type\":[\"string\","
	"\"null\"],\"examples\":["
	"\"phishing\"]},\"tlp\":" TLP_LABEL ",\"record_only\":" BOOL ",\"share_words\":" BOOL "}},"
	"\"Filed\":{\"type\":\"object\",\"required\":[\"case\",\"url\",\"token\",\"receipt_url\",\"observables\"],"
	"\"properties\":{\"case\":" STRING ",\"url\":{\"type\":\"string\",\"format\":\"uri\"},\"token\":" STRING
	",\"receipt_url\":{\"type\":\"string\",\"format\":\"uri\"},"
	"\"observables\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"value\",\"kind\","
	"\"attributed\"],\"properties\":{"
	"\"value\":" STRING ",\"kind\":{\"enum\":[\"url\",\"name\",\"ipv4\",\"ipv6\",\"prefix\",\"asn\",\"email\","
	"\"md5\",\"sha1\",\"sha256\"]},"
	"\"attributed\":" BOOL "}}}}},"
	"\"Case\":{\"type\":\"object\",\"required\":[\"case\",\"state\"],\"properties\":{\"case\":" STRING
	",\"tlp\":" STRING ",\"state\":{\"enum\":[\"received\",\"triaged\",\"notified\",\"answered\",\"verified\","
	"\"closed\"]},\"next\":" STRING_OR_NULL ",\"due\":" TIME
	",\"steps\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}},"
	"\"Receipt\":{\"type\":\"object\",\"required\":[\"version\",\"case\",\"filed_at\",\"digest\",\"entry\","
	"\"salt\",\"proof\"],\"properties\":{"
	"\"version\":{\"const\":1},\"case\":" STRING
	",\"filed_at\":{\"type\":\"string\",\"format\":\"date-time\"},\"digest\":" STRING ",\"entry\":" STRING
	",\"salt\":" STRING
	",\"proof\":{\"type\":\"string\",\"description\":\"c2sp.org/tlog-proof@v1\"},\"witnessed\":{"
	"\"type\":\"array\"}}},"
	"\"Holder\":{\"type\":\"object\",\"required\":[\"query\",\"kind\",\"matched\",\"responsible\",\"chain\"],"
	"\"properties\":{\"query\":" STRING
	",\"kind\":{\"enum\":[\"name\",\"address\",\"prefix\",\"asn\",\"url\",\"other\"]},\"matched\":" STRING_OR_NULL
	",\"country\":" STRING_OR_NULL ",\"responsible\":" BOOL ",\"valid_from\":" TIME ",\"source\":" STRING_OR_NULL
	",\"valid_from_is\":{\"enum\":[\"recorded\",\"first-seen\"]},\"first_seen\":" TIME ",\"last_seen\":" TIME
	",\"chain\":{\"type\":\"array\",\"items\":{\"type\":"
	"\"object\",\"required\":[\"role\"],\"properties\":{"
	"\"role\":{\"enum\":[\"holder\","
	"\"sponsor\",\"upstream\",\"authority\"]},\"name\":" STRING_OR_NULL ",\"handle\":" STRING_OR_NULL
	",\"contacts\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"role\":" STRING
	",\"email\":" STRING_OR_NULL ",\"lang\":" STRING_OR_NULL ",\"verified\":" BOOL "}}}}}}}},"
	"\"Problem\":{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\"],\"properties\":{\"type\":" STRING
	",\"title\":" STRING ",\"status\":{\"type\":\"integer\"},\"detail\":" STRING
	",\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":["
	"\"pointer\",\"detail\"],\"properties\":{\"pointer\":" STRING ",\"detail\":" STRING "}}}}}";

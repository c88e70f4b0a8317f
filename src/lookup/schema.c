#include "lookup/lookup.h"

/* lookup_partner: a token is 128 random bits, kept as SHA-256; level is enum look_level. lookup_bootstrap: RFC 9224's
 * services, first and last as bytes that sort (a top level, an address, an AS number). lookup_notice: what every answer
 * says, a text a language and kind. The index is for searches by a name server's address. */
const struct migration lookup_migrations[] = {
	{ 160, "lookup",
	  "CREATE TABLE lookup_partner(id SERIAL_ID, name TEXT NOT NULL UNIQUE, token BYTEA NOT NULL UNIQUE, level "
	  "BIGINT NOT NULL,"
	  " purpose TEXT NOT NULL, created_at BIGINT NOT NULL, disabled_at BIGINT NOT NULL);"
	  "CREATE TABLE lookup_bootstrap(id SERIAL_ID, kind TEXT NOT NULL, first BYTEA NOT NULL, last BYTEA NOT NULL,"
	  " url TEXT NOT NULL);"
	  "CREATE INDEX lookup_bootstrap_first ON lookup_bootstrap(kind, first);"
	  "CREATE TABLE lookup_notice(kind TEXT NOT NULL, lang TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL,"
	  " link TEXT NOT NULL, PRIMARY KEY(kind, lang));"
	  "CREATE INDEX lookup_host_addr ON registry_host_addr(addr)" },
	{ 0 },
};

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
	/* address, writer, token (confirms) and stop (ends it) are hashes; both tokens come from the seed. */
	{ 238, "lookup_relay",
	  "CREATE TABLE lookup_relay(id SERIAL_ID, about TEXT NOT NULL, address BYTEA NOT NULL, writer BYTEA NOT NULL,"
	  " sender TEXT NOT NULL, lang TEXT NOT NULL, body TEXT NOT NULL, seed BYTEA NOT NULL,"
	  " token BYTEA NOT NULL UNIQUE, stop BYTEA NOT NULL UNIQUE, once TEXT NOT NULL UNIQUE, asked_at BIGINT NOT "
	  "NULL,"
	  " confirmed_at BIGINT NOT NULL, sent_at BIGINT NOT NULL);"
	  "CREATE INDEX lookup_relay_address ON lookup_relay(address, asked_at);"
	  "CREATE INDEX lookup_relay_writer ON lookup_relay(writer, asked_at);"
	  "CREATE TABLE lookup_relay_stop(address BYTEA PRIMARY KEY, at BIGINT NOT NULL)" },
	{ 0 },
};

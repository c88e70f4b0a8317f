/* load.h — names of an existing registry taken over in bulk, with their contacts and hosts, into an authoritative zone.
 *
 * Files are CSV with a header line (RFC 4180, UTF-8, plain or gzipped); the header says which of three kinds a file is,
 * and columns may stand in any order. Several values of one field are separated by blanks, times are ISO 8601.
 *
 *	contacts	handle, registrar, int_name, int_org, int_street1, int_street2, int_street3, int_city, int_sp, int_pc,
 *			int_cc, loc_name, …, loc_cc, voice, voice_x, fax, fax_x, email, person, lang, verified, created,
 *			updated, status, authinfo
 *	hosts		host, registrar, addresses, created, updated, status
 *	names		name, registrar, registrant, admin, tech, billing, nameservers, ds, lang, active, created, updated,
 *			transferred, expires, status, authinfo
 *
 * ds: TAG/ALG/TYPE/HEX. active: activated variants. A name server outside of our zones that no file lists becomes a
 * host of the name's registrar. Labels that a policy reserves or closes are taken: they were registered under other
 * rules.
 *
 * Steps: every line is checked, and what refers to what, against the files and the registry; all that is wrong is
 * listed, and nothing is changed. Then ids are reserved and the objects written in order of their keys, contacts first,
 * in short transactions: rows, first version in the history, one journal entry a batch with the batch's digest. How far
 * it came is written with each batch, so the same command goes on after a kill. */
#ifndef NAMES_LOAD_H
#define NAMES_LOAD_H
#include "base/hash.h"
#include "names/registry.h"

enum load_kind { LOAD_CONTACTS, LOAD_HOSTS, LOAD_NAMES, LOAD_KINDS };
const char *load_kind_name(enum load_kind k); /* "contacts", "hosts", "names" */

/* ── pure: headers and lines ── */

enum { LOAD_COLUMNS = 40, LOAD_ACTIVE = DOMAIN_VARIANTS };
struct load_columns {
	enum load_kind kind;
	int at[LOAD_COLUMNS], n; /* n: fields in a line */
};
struct load_contact {
	struct contact_object c; /* c.c.sponsor is the registrar */
	char *status;
};
struct load_host {
	char *name, *registrar;
	struct addr addr[HOST_ADDRS];
	int naddrs;
	int64_t created, updated;
	char *status;
};
struct load_name {
	char *name; /* A-labels */
	char *registrar, *registrant, *lang, *authinfo, *status;
	struct domain_contact contact[DOMAIN_CONTACTS];
	int ncontacts;
	char *ns[DOMAIN_NS];
	int nns;
	struct ds ds[DOMAIN_DS];
	int nds;
	char *active[LOAD_ACTIVE];
	int nactive;
	int64_t created, updated, transferred, expires;
};
enum st load_header(char *line, struct load_columns *out, struct err *e);
enum st load_contact_parse(struct arena *mem, char *line, const struct load_columns *cols, struct load_contact *out,
			   struct err *e);
enum st load_host_parse(struct arena *mem, char *line, const struct load_columns *cols, struct load_host *out,
			struct err *e);
enum st load_name_parse(struct arena *mem, char *line, const struct load_columns *cols, struct load_name *out,
			struct err *e);

/* ── the job ── */

struct load_opts {
	const char *zone; /* A-label, authoritative */
	char *const *path;
	int npaths;
	bool keep_going; /* load the good lines; also begins anew where a load of other files was left */
	bool dry_run;
	void (*say)(void *ctx, const char *phase, double done);
	void *say_ctx;
};
struct load_error {
	const char *file;
	int64_t line;
	char msg[240];
};
struct load_result {
	int64_t id;		   /* of the load, 0 when nothing was begun */
	int64_t lines[LOAD_KINDS]; /* read */
	int64_t loaded[LOAD_KINDS];
	int64_t hosts_made; /* of loaded hosts: those that no file lists */
	int64_t resumed;    /* objects that were there from the run before */
	int64_t bad;
	bool done_before; /* these files were loaded completely once */
	char digest[65];  /* of all files */
	struct load_error *error;
	int nerrors; /* the first 1000 in full */
};
/* Not inside a write. Errors of lines: ST_INVALID, listed. load_result_free in any case. */
enum st names_load(struct store *s, struct req *rq, const struct load_opts *o, struct load_result *out);
void load_result_free(struct load_result *r);

struct load_row {
	int64_t id, begun_at, ended_at;
	char *zone, *files, *state;
	int64_t count[LOAD_KINDS], done[LOAD_KINDS];
};
enum st load_list(struct req *rq, struct load_row *out, int max, int *n); /* newest first */
extern const struct migration load_migrations[];
#endif

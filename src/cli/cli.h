/* cli.h — commands as a table: name, arguments, options, what they need, and the function that does it.
 *
 * Every command has --help, -d DIR, --set key=value and --json; exits 0 (done), 1 (failed) or 2 (wrong usage). Errors
 * go to stderr.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H
#include <stdbool.h>
#include "base/buf.h"
#include "base/config.h"
#include "base/json.h"
#include "signer/signer.h"
#include "store/store.h"

enum { DONE = 0, FAILED = 1, USAGE = 2 };
enum {
	NEED_DIR = 1,
	NEED_STORE = 2,
	NEED_SIGNER = 4,
	HIDDEN = 8,
	ACTS_AS = 16,
	SYSEXITS = 32
}; /* ACTS_AS: --as USER is followed first; SYSEXITS: wrong usage is EX_USAGE, not USAGE */

struct option_row {
	const char *name, *value, *doc;
}; /* value NULL: a switch */
struct given {
	const char *name, *value;
};

struct cli;
struct command {
	const char *name, *sub; /* sub NULL: none */
	const char *args;	/* "FILE…" for the synopsis */
	const char *doc;
	int min, max; /* positional arguments; max -1: any number */
	unsigned needs;
	const struct option_row *options; /* ended by name NULL; may be NULL */
	int (*run)(struct cli *c);
};
extern const struct command *const command_tables[]; /* ended by NULL; each table by name NULL */

struct cli {
	const struct command *cmd;
	const char *self; /* how to start this program again */
	const char *dir;
	const char *sets[64];
	int nsets;
	bool json;
	struct given given[64];
	int ngiven;
	char *arg[1024];
	int nargs;
	struct arena *mem;
	struct config cfg;
	struct store *store;
	struct signer *signer;
	struct req rq; /* on a reader, who = cli */
	struct err err;
};

int cli_main(int argc, char **argv);
bool opt_on(const struct cli *c, const char *name);
const char *opt(const struct cli *c, const char *name); /* the last one given, or NULL */
int opt_all(const struct cli *c, const char *name, const char **out, int max);

int cli_fail(struct cli *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3))); /* "nicert: …" on stderr; FAILED */
int cli_fail_rq(struct cli *c);		       /* with rq.err */
int cli_usage(struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What most commands need; called for them by their `needs`. */
enum st cli_load(struct cli *c); /* the configuration of c->dir */
enum st cli_store(struct cli *c);
enum st cli_signer(struct cli *c); /* none (and ST_OK) while `serve` runs: its signer has the keys */
enum st
cli_seal(struct cli *c); /* the journal's head is signed up to now: by our signer, or by the one that serves (≤ 5 s) */
struct req *cli_fresh(struct cli *c); /* rq with a new snapshot */

/* All of a file, of standard input where it is "-", of at most out->max bytes. false: cli_fail has said why. */
bool cli_file(struct cli *c, const char *path, struct buf *out);

/* What follows the journal, done here step by step; where a server does it (it leads `job`), its steps are waited for.
 * *left: what was left at the beginning, then at the end. */
struct cli_follower {
	const char *job, *phase, *failed; /* failed: a sentence */
	enum st (*step)(struct store *s, struct arena *mem, bool *more);
	enum st (*behind)(struct req *rq, int64_t *n);
};
int cli_catch_up(struct cli *c, const struct cli_follower *f, int64_t *left);

/* A bar on a terminal for what takes longer than a second; nothing otherwise. */
void cli_progress(void *c, const char *phase, double done);
void cli_progress_end(void);

/* A table for people: columns padded to what is in them (Han count two), cut never. */
struct table;
struct table *table_new(struct arena *mem, const char *const *heads, int n);
void table_row(struct table *t, const char *const *cells);
void table_print(struct table *t);
const char *cli_when(struct cli *c, int64_t t); /* of a cell; "-": never */
/* The end of a list: for programs with --json, else for people. DONE. */
int list_end(const struct cli *c, const struct buf *json, struct table *t);
/* The same of a part of one: its object, still open, says where to go on (0: that was all), and so is said to people. */
int list_end_part(const struct cli *c, struct jw *w, struct table *t, int64_t next);
bool cli_country(const char *s); /* two letters */

/* The installation's own secret (form tokens, link tokens): DIR/core.key, made by init. */
struct core_key {
	uint8_t form[32], token[32];
};
enum st core_key_make(const char *dir, struct err *e);
enum st core_key_load(const char *dir, struct core_key *out, struct err *e);
/* The rooms' once-only settings, from the configuration: holder_setup, desk_setup, privacy_parts, migrations. */
enum st rooms_setup(const struct config *cfg, struct err *e);
char *public_url(struct arena *mem, const struct config *cfg);

#endif

/* load_int.h — what the files of the bulk load share. */
#ifndef NAMES_LOAD_INT_H
#define NAMES_LOAD_INT_H
#include "names/contact_int.h"
#include "names/load.h"
#include "store/stage.h"

/* ── keys to what is known of them (load_map.c) ── */

enum {
	LOAD_IN_FILE = 1,
	LOAD_LIVE = 2,	   /* in the registry */
	LOAD_HAS_ADDR = 4, /* a host with addresses */
	LOAD_AUTO = 8,	   /* a host that only a name server field names */
	LOAD_DROPPED = 16, /* its line is bad */
};
/* 96 bits of hash stand for the key: with ten million keys two meet once in 10^15 loads. */
struct load_slot {
	uint64_t h;
	uint32_t h2;
	uint32_t flags; /* 0: only asked for */
	int64_t id;	/* its line until it has an id; of one that is only asked for: the line that asks */
	int32_t who;	/* the sponsor's place in load.registrar; -1: unknown */
	bool used;
	int8_t file; /* of its line, in load.source */
};
/* In a temporary file that is mapped: the kernel may write it out. */
struct load_map;
struct load_map *load_map_new(struct err *e);
void load_map_free(struct load_map *m);
/* NULL: not there. The slot lives until the next load_map_add. */
struct load_slot *load_map_get(struct load_map *m, const char *key);
struct load_slot *load_map_add(struct load_map *m, const char *key, bool *fresh); /* NULL: no room for the file */
int64_t load_map_asked(const struct load_map *m);				  /* how many are only asked for */
int64_t load_map_in_file(const struct load_map *m);				  /* how many the files hold */

/* ── a running load ── */

enum { LOAD_FILES = 16, LOAD_LATER = 32 };
struct load_source {
	const char *path;
	struct load_columns cols;
	struct hash digest;
};
struct load {
	struct store *store;
	struct req *caller;
	const struct load_opts *o;
	struct load_result *res;
	struct arena *mem;
	struct err err; /* what is no fault of a line */
	const struct policy *policy;
	const struct policy *later[LOAD_LATER]; /* versions that wait, in order */
	int nlater;
	char **registrar; /* sorted */
	int nregistrars;
	char *ours[64]; /* authoritative zones */
	int nours;
	struct load_source source[LOAD_FILES];
	int nsources;
	struct stage *stage[LOAD_KINDS]; /* v[0] the line, v[1] its file */
	struct load_map *map[LOAD_KINDS];
	int64_t dropped;
	/* the row of registry_load */
	int64_t id, first[LOAD_KINDS], count[LOAD_KINDS], done[LOAD_KINDS];
};

/* A write that waits its turn: hours of work don't end because somebody else writes for a while. */
enum st load_put(struct load *l, struct arena *mem, write_fn fn, void *arg);
enum st load_stop(struct load *l, const struct err *e); /* keeps the first error that is no line's */
void load_bad(struct load *l, int file, int64_t line, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void load_say(struct load *l, const char *phase, double done);
struct req load_reader(struct load *l, struct arena *mem);
int load_registrar(const struct load *l, const char *handle); /* -1 */
extern const char *const load_tables[LOAD_KINDS];

/* Where a host lies: *key of the domain above it in this load's zone, "" outside; ST_INVALID: nowhere. `known` is the
 * domain when it is another zone's of ours. */
struct load_above {
	char key[400], name[256];
	bool ours;
	struct linked other;
};
enum st load_host_above(struct load *l, struct req *rq, const char *host, struct load_above *out);

/* A staged line as what it says; `rq` gives memory and takes the error. load_read.c */
struct load_item {
	enum load_kind kind;
	int64_t line;
	int file;
	union {
		struct load_contact contact;
		struct load_host host;
		struct load_name name;
	};
	struct placed at; /* of a name */
	statuses kept;
	bool redemption, pending_delete;
};
enum st load_item_of(struct load *l, struct req *rq, const struct staged *s, struct load_item *out);
enum st load_item_parse(struct load *l, struct req *rq, const struct load_columns *cols, char *line,
			struct load_item *out);

/* The steps: each returns what stopped the load; bad lines are listed. */
enum st load_read_files(struct load *l);  /* load_read.c */
enum st load_look_round(struct load *l);  /* load_check.c: what the registry has of it */
enum st load_check_links(struct load *l); /* load_check.c */
enum st load_number(struct load *l);	  /* load_check.c: gives the ids, once load.first is known */
enum st load_write(struct load *l);	  /* load_write.c */

#endif

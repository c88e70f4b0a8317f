/* csv.h — lines of files and texts from outside, files plain or gzipped, in constant memory; and RFC 4180 fields in a line.
 * A line longer than LINE_MAX_BYTES or not UTF-8 is reported, not cut. Quoted fields span lines only by lines_record. */
#ifndef BASE_CSV_H
#define BASE_CSV_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

#define LINE_MAX_BYTES 65536
struct lines; /* a reader; also hashes the decompressed bytes and knows how far it is */

struct lines *lines_open(const char *path, struct err *e);
/* Of a text that outlives the reader, never gzipped; what is wrong with a line is said of `name`. */
struct lines *lines_of_text(const char *name, const char *text, size_t n);
/* 1 and a line without its end, 0 at the end, -1 for an error (e says file and line; a too long line can be passed over
 * by calling again). The text lives until the next call and may be changed in place. */
int lines_next(struct lines *l, char **line, size_t *n, struct err *e);
/* The same of a record, whose quoted fields may go on in the next lines; together they are no longer than a line may be.
 * `more` has it then, until the next call. */
int lines_record(struct lines *l, struct buf *more, char **record, size_t *n, struct err *e);
int64_t lines_number(const struct lines *l);  /* of the last line, from 1 */
double lines_progress(const struct lines *l); /* 0–1, by bytes of the file on disk */
struct hash lines_digest(struct lines *l);    /* of everything read; call at the end */
void lines_close(struct lines *l);

/* Splits in place; returns the number of fields, or -1 (broken quoting, more than max). */
int csv_split(char *line, char sep, char **fields, int max);
/* A header line: at[i] becomes the field where columns[i] stands, -1 where it is missing. A cell may say more in
 * brackets, as in "role(abuse|tech)". ST_INVALID for a column that is unknown (the known ones are listed) or stands
 * twice. Splits in place. */
enum st csv_header(char *line, const char *const *columns, int ncolumns, int *at, struct err *e);

/* One cell and what ends it: a comma, or the line. NULL is empty. What a spreadsheet would take for a formula, and is no
 * number, gets an apostrophe before it. */
void csv_cell(struct buf *out, const char *text, bool last);

#endif

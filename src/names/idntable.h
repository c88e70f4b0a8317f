/* idntable.h — IDN tables: which code points a zone takes, and which of their variants make one bundle. Pure; each
 * codec is a fuzz target. Formats: RFC 7940 LGR XML (libxml2: no network, no entities, no DTD) and RFC 3743 text.
 *
 * A table maps a code point to its variants: each `allocatable` (the holder may activate it) or `blocked`. The variant
 * labels of a label are all combinations; two labels are in one bundle when their keys are equal: the key takes of each
 * position the smallest code point of its variant set (sets are closed under symmetry and transitivity when a table is
 * loaded, so that the key is a function of the bundle).
 */
#ifndef NAMES_IDNTABLE_H
#define NAMES_IDNTABLE_H
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"

struct idntable;
enum variant_kind { VARIANT_BLOCKED, VARIANT_SIMPLIFIED, VARIANT_TRADITIONAL, VARIANT_BOTH }; /* allocatable as … */
struct idn_variant {
	uint32_t cp;
	enum variant_kind kind;
};

/* Whole file in memory (≤ 32 MB). ST_INVALID names line or element. Every row must be understood. */
enum st idntable_load_lgr(const char *xml, size_t n, struct idntable **out, struct err *e);
enum st idntable_load_rfc3743(const char *text, size_t n, struct idntable **out, struct err *e);
void idntable_free(struct idntable *t);

const char *idntable_language(const struct idntable *t); /* "zh-Hani", "zh-TW" … as the file says, or "" */
int64_t idntable_size(const struct idntable *t);	 /* code points in the repertoire */
bool idntable_has(const struct idntable *t, uint32_t cp);
int idntable_variants(const struct idntable *t, uint32_t cp, const struct idn_variant **out);
/* What two tables say differently where they overlap: calls `say` with a sentence each; returns how many. */
int idntable_compare(const struct idntable *a, const struct idntable *b, void (*say)(void *, const char *), void *ctx);

enum { LABEL_CPS_MAX = 63, BUNDLE_MAX = 64 };
/* Is this U-label (NFC, code points) within the table, by the table's whole-label rules too (no mix of traditional and
 * simplified for zh)? ST_INVALID names the code point (U+XXXX and the character) or the rule. */
enum st idntable_label(const struct idntable *t, const uint32_t *cp, int n, struct err *e);
/* The key of the bundle as UTF-8, into out[256]. Labels without variants are their own key. */
void idntable_key(const struct idntable *t, const uint32_t *cp, int n, char out[256]);
/* The other members that may be activated (all traditional, all simplified preferred forms first), as U-labels in the
 * arena; ≤ max, and *more says whether there are others. *total says how many variant labels there are in all, allocatable
 * or blocked (it can be millions: counted, not made).
 * Often it is so in one direction: a simplified form lets its traditional one, which doesn't let it back. */
int idntable_allocatable(const struct idntable *t, struct arena *mem, const uint32_t *cp, int n, char **out, int max,
			 double *total, bool *more);
/* The labels that can be registered and for which this one is one of those; ≤ max, *more as above. */
int idntable_sources(const struct idntable *t, struct arena *mem, const uint32_t *cp, int n, char **out, int max,
		     bool *more);
#endif

/* embed.h — files that are in the binary: tools/embed.py makes a list of them in C. */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H
#include <stddef.h>
#include <string.h>

struct embedded {
	const char *name; /* without its ending */
	const char *data; /* a zero stands behind it, which n doesn't count */
	size_t n;
};
/* NULL: there is none. The list is ended by name NULL. */
static inline const struct embedded *embedded_find(const struct embedded *list, const char *name)
{
	for (; list->name; list++)
		if (!strcmp(list->name, name))
			return list;
	return NULL;
}
#endif

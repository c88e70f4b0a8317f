/* demo_data.h — the sample files of src/cli/demo, in the binary. */
#ifndef CLI_DEMO_DATA_H
#define CLI_DEMO_DATA_H
#include <stddef.h>
const char *demo_file(const char *name, size_t *n); /* NULL if there is none */
#endif

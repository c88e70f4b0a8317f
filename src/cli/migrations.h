/* migrations.h — the migrations of all rooms in one ordered list, for whoever opens a store. */
#ifndef CLI_MIGRATIONS_H
#define CLI_MIGRATIONS_H
#include "store/store.h"

const struct migration *migrations_all(void); /* ends with version 0; valid for the program's life */
#endif

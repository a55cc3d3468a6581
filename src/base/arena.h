/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bump allocator: many small things that live and die together.
 *
 * Nothing is freed alone; tryst_arena_fini frees all.  Pointers stay valid until then.  One thread
 * at a time.
 */
#ifndef TRYST_BASE_ARENA_H
#define TRYST_BASE_ARENA_H

#include "base/base.h"

struct tryst_arena_block;

/* All zero is an empty arena. */
struct tryst_arena {
	struct tryst_arena_block *blocks; /* the newest first */
	size_t used, size;                /* of the newest */
};

void tryst_arena_fini(struct tryst_arena *a);

/* size bytes, not cleared, aligned for any type; NULL when memory is out. */
void *tryst_arena_alloc(struct tryst_arena *a, size_t size);

/* A copy of len characters with a NUL behind; NULL when memory is out. */
char *tryst_arena_text(struct tryst_arena *a, const char *text, size_t len);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN ((size_t)4096)
#define BLOCK_MAX                                                                                  \
	((size_t)1 << 20) /* blocks double up to here; a larger request gets its own size */

struct tryst_arena_block {
	struct tryst_arena_block *next;
	_Alignas(max_align_t) char data[];
};

void
tryst_arena_fini(struct tryst_arena *a)
{
	struct tryst_arena_block *block = a->blocks, *next;

	for (; block; block = next) {
		next = block->next;
		free(block);
	}
	*a = (struct tryst_arena){ 0 };
}

/* The next size bytes at a multiple of align (a power of two); the tail of a full block is given
 * up. */
static char *
arena_take(struct tryst_arena *a, size_t size, size_t align)
{
	size_t at = (a->used + align - 1) & ~(align - 1);
	struct tryst_arena_block *block;
	size_t cap;

	if (at > a->size || a->size - at < size) {
		cap = TRYST_MAX(BLOCK_MIN, TRYST_MIN(a->size * 2, BLOCK_MAX));
		cap = TRYST_MAX(cap, size);
		if (cap > SIZE_MAX - sizeof(*block))
			return NULL;
		block = malloc(sizeof(*block) + cap);
		if (!block)
			return NULL;
		block->next = a->blocks;
		a->blocks = block;
		a->size = cap;
		at = 0;
	}
	a->used = at + size;
	return a->blocks->data + at;
}

void *
tryst_arena_alloc(struct tryst_arena *a, size_t size)
{
	return arena_take(a, TRYST_MAX(size, (size_t)1), _Alignof(max_align_t));
}

char *
tryst_arena_text(struct tryst_arena *a, const char *text, size_t len)
{
	char *copy = len < SIZE_MAX ? arena_take(a, len + 1, 1) : NULL;

	if (!copy)
		return NULL;
	if (len)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text -> jansson's tree.
 *
 * jansson does not survive its allocations failing: it takes a string that was cut short for what
 * the text says, and reads behind its end.  So while a tree is made and used it allocates from an
 * arena of ours; where that is out of memory while it decodes, it is left by a jump, and everything
 * goes with the arena.  That is the thread's own, so several may decode at once.
 */
#include "report/load_impl.h"

#include <pthread.h>
#include <stdlib.h>

static _Thread_local struct tryst_load_memory *current;

static void *
memory_alloc(size_t size)
{
	void *p = current ? tryst_arena_alloc(&current->arena, size) : malloc(size);

	if (!p && current && current->decoding)
		longjmp(current->failed, 1);
	return p;
}

static void
memory_free(void *p)
{
	if (!current)
		free(p);
}

static void
memory_hook(void)
{
	json_set_alloc_funcs(memory_alloc, memory_free);
}

void
tryst_load_memory_begin(struct tryst_load_memory *memory)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, memory_hook);
	assert(!current);
	current = memory;
}

void
tryst_load_memory_end(struct tryst_load_memory *memory)
{
	assert(current == memory);
	current = NULL;
	tryst_arena_fini(&memory->arena);
}

/* Apart from the rest, so that no local variable is changed between the two returns of setjmp. */
static json_t *
guarded(struct tryst_load_memory *memory, const struct tryst_buf *text, json_error_t *where)
{
	json_t *root;

	if (setjmp(memory->failed)) {
		memory->decoding = false;
		memory->out = true;
		return NULL;
	}
	memory->decoding = true;
	root = json_loadb(text->len ? text->data : "", text->len, JSON_REJECT_DUPLICATES, where);
	memory->decoding = false;
	return root;
}

json_t *
tryst_load_decode(struct tryst_load_memory *memory, const char *name, const char *data, size_t len,
                  struct tryst_error *err)
{
	struct tryst_buf text = { 0 };
	json_error_t where;
	json_t *root = NULL;

	tryst_load_prepare(data, len, &text);
	if (!text.failed)
		root = guarded(memory, &text, &where);
	if (text.failed || memory->out)
		(void)tryst_error_nomem(err);
	else if (!root)
		(void)tryst_error_set(err, TRYST_ERR_FORMAT,
		                      "%s:%d: no case file (tryst hunt --save writes one): %s",
		                      name, where.line, where.text);
	tryst_buf_fini(&text);
	return root;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded: allocation number OOM_AT of the process fails.  With OOM_AT=0 none does, and their
 * number is written to the standard error at the end.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);

static atomic_long calls;

static bool
fails(void)
{
	const char *at = getenv("OOM_AT");
	long call = atomic_fetch_add(&calls, 1) + 1;

	if (!at || strtol(at, NULL, 10) != call)
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}

void *
aligned_alloc(size_t align, size_t size)
{
	return fails() ? NULL : __libc_memalign(align, size);
}

__attribute__((destructor)) static void
report(void)
{
	const char *at = getenv("OOM_AT");

	if (at && strtol(at, NULL, 10) == 0)
		(void)fprintf(stderr, "allocations: %ld\n", atomic_load(&calls));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "query/group_pages.h"

#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

bool
tryst_group_budget_take(struct tryst_group_budget *b, size_t bytes)
{
	size_t before = atomic_fetch_add(&b->used, bytes);

	if (before <= b->limit && bytes <= b->limit - before)
		return true;
	atomic_fetch_sub(&b->used, bytes);
	return false;
}

void
tryst_group_budget_give(struct tryst_group_budget *b, size_t bytes)
{
	atomic_fetch_sub(&b->used, bytes);
}

static size_t
size_round(size_t size)
{
	return size < HUGE_PAGE ? size : (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
}

/* Maps more than is asked and gives back what is before and behind the aligned part. */
static void *
map(size_t size, struct tryst_error *err)
{
	size_t slack = size < HUGE_PAGE ? 0 : HUGE_PAGE, skip;
	char *p = mmap(NULL, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	               0);

	if (p == MAP_FAILED) {
		(void)tryst_error_nomem(err);
		return NULL;
	}
	if (!slack)
		return p;
	skip = -(uintptr_t)p % HUGE_PAGE;
	if (skip)
		(void)munmap(p, skip);
	if (slack - skip)
		(void)munmap(p + skip + size, slack - skip);
	(void)madvise(p + skip, size, MADV_HUGEPAGE);
	return p + skip;
}

int
tryst_group_pages_init(struct tryst_group_pages *p, struct tryst_group_budget *b, size_t size,
                       struct tryst_error *err)
{
	void *data;

	size = size_round(size);
	if (!tryst_group_budget_take(b, size))
		return TRYST_ERR_LIMIT;
	data = map(size, err);
	if (!data) {
		tryst_group_budget_give(b, size);
		return TRYST_ERR_NOMEM;
	}
	*p = (struct tryst_group_pages){ .data = data, .size = size };
	return 0;
}

int
tryst_group_pages_grow(struct tryst_group_pages *p, struct tryst_group_budget *b, size_t size,
                       struct tryst_error *err)
{
	void *room, *moved;
	size_t more;

	size = size_round(size);
	if (size <= p->size)
		return 0;
	more = size - p->size;
	if (!tryst_group_budget_take(b, more))
		return TRYST_ERR_LIMIT;
	room = map(size, err);
	if (!room)
		goto fail;
	moved = mremap(p->data, p->size, size, MREMAP_MAYMOVE | MREMAP_FIXED, room);
	if (moved == MAP_FAILED) {
		(void)tryst_error_nomem(err);
		(void)munmap(room, size);
		goto fail;
	}
	if (size >= HUGE_PAGE)
		(void)madvise(moved, size, MADV_HUGEPAGE);
	*p = (struct tryst_group_pages){ .data = moved, .size = size };
	return 0;
fail:
	tryst_group_budget_give(b, more);
	return TRYST_ERR_NOMEM;
}

void
tryst_group_pages_fini(struct tryst_group_pages *p, struct tryst_group_budget *b)
{
	if (!p->data)
		return;
	(void)munmap(p->data, p->size);
	tryst_group_budget_give(b, p->size);
	*p = (struct tryst_group_pages){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table from (row, bin / 64) to chunks of cells; its hash is keyed at random for each run.
 */
#include "query/series_cells.h"

#include <string.h>
#include <sys/random.h>

#define SLOT_BITS_MIN 6
#define SLOT_BITS_MAX 30
#define CAPACITY_MIN ((size_t)16)

struct slot {
	int64_t block;
	uint32_t row;
	uint32_t chunk; /* from 1; 0: empty */
};

struct chunk {
	struct tryst_series_cell cells[TRYST_SERIES_CHUNK];
};

static size_t
slots_bytes(unsigned bits)
{
	return sizeof(struct slot) << bits;
}

static struct slot *
slots_of(const struct tryst_group_pages *p)
{
	return (struct slot *)(void *)p->data;
}

static struct chunk *
chunks_of(const struct tryst_series_cells *c)
{
	return (struct chunk *)(void *)c->chunks.data;
}

static int
cells_failed(const struct tryst_series_cells *c, int rc, struct tryst_error *err)
{
	if (rc != TRYST_ERR_LIMIT)
		return rc;
	return tryst_error_set(err, TRYST_ERR_LIMIT,
	                       "more than %zu stretches of the series do not fit in the %zu KiB of "
	                       "memory that all threads share: allow more with --memory, or ask "
	                       "for longer steps with --every or for fewer keys",
	                       c->used, c->budget->limit >> 10);
}

size_t
tryst_series_cells_bytes_min(void)
{
	return slots_bytes(SLOT_BITS_MIN) + CAPACITY_MIN * sizeof(struct chunk);
}

int
tryst_series_cells_init(struct tryst_series_cells *c, struct tryst_group_budget *budget,
                        struct tryst_error *err)
{
	int rc;

	*c = (struct tryst_series_cells){ .budget = budget,
		                          .slot_bits = SLOT_BITS_MIN,
		                          .capacity = CAPACITY_MIN };
	if (getrandom(c->seed, sizeof(c->seed), 0) != (ssize_t)sizeof(c->seed))
		return tryst_error_errno(err, "cannot draw random numbers for a hash table");
	rc = tryst_group_pages_init(&c->slots, budget, slots_bytes(SLOT_BITS_MIN), err);
	if (rc == 0)
		rc = tryst_group_pages_init(&c->chunks, budget, CAPACITY_MIN * sizeof(struct chunk),
		                            err);
	if (rc < 0) {
		rc = cells_failed(c, rc, err);
		tryst_series_cells_fini(c);
	}
	return rc;
}

void
tryst_series_cells_fini(struct tryst_series_cells *c)
{
	if (!c->budget)
		return;
	tryst_group_pages_fini(&c->slots, c->budget);
	tryst_group_pages_fini(&c->chunks, c->budget);
	*c = (struct tryst_series_cells){ 0 };
}

/* Where a row's block is looked for first. */
static size_t
slot_home(const struct tryst_series_cells *c, unsigned bits, uint32_t row, int64_t block)
{
	uint64_t h = ((uint64_t)block + c->seed[0]) * 0x9e3779b97f4a7c15ULL;

	h = (h ^ h >> 32 ^ row) + c->seed[1];
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93ULL;
	return (size_t)(h >> (64 - bits));
}

static struct slot *
slot_find(const struct tryst_series_cells *c, const struct tryst_group_pages *slots, unsigned bits,
          uint32_t row, int64_t block)
{
	size_t mask = ((size_t)1 << bits) - 1;
	struct slot *list = slots_of(slots);

	for (size_t i = slot_home(c, bits, row, block);; i = (i + 1) & mask) {
		if (!list[i].chunk || (list[i].row == row && list[i].block == block))
			return &list[i];
	}
}

static int
slots_grow(struct tryst_series_cells *c, struct tryst_error *err)
{
	size_t count = (size_t)1 << c->slot_bits;
	struct tryst_group_pages more = { 0 };
	int rc;

	if (c->slot_bits == SLOT_BITS_MAX)
		return TRYST_ERR_LIMIT;
	rc = tryst_group_pages_init(&more, c->budget, slots_bytes(c->slot_bits + 1), err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++) {
		const struct slot *s = slots_of(&c->slots) + i;

		if (s->chunk)
			*slot_find(c, &more, c->slot_bits + 1, s->row, s->block) = *s;
	}
	tryst_group_pages_fini(&c->slots, c->budget);
	c->slots = more;
	c->slot_bits++;
	return 0;
}

static int
chunks_grow(struct tryst_series_cells *c, struct tryst_error *err)
{
	int rc = tryst_group_pages_grow(
		&c->chunks, c->budget, (c->capacity + c->capacity / 2) * sizeof(struct chunk), err);

	if (rc == 0)
		c->capacity = c->chunks.size / sizeof(struct chunk);
	c->moves += rc == 0;
	return rc;
}

int
tryst_series_cells_get(struct tryst_series_cells *c, uint32_t row, int64_t bin,
                       struct tryst_series_cell **out, struct tryst_error *err)
{
	int64_t block = bin >> 6; /* rounds down */
	struct slot *s = slot_find(c, &c->slots, c->slot_bits, row, block);
	int rc = 0;

	_Static_assert(TRYST_SERIES_CHUNK == 1 << 6, "the shift above");
	if (!s->chunk) {
		if (c->used == c->capacity)
			rc = chunks_grow(c, err);
		if (rc == 0 && (c->used + 1) * 2 > (size_t)1 << c->slot_bits)
			rc = slots_grow(c, err);
		if (rc < 0)
			return cells_failed(c, rc, err);
		s = slot_find(c, &c->slots, c->slot_bits, row, block);
		*s = (struct slot){ block, row, (uint32_t)++c->used };
	}
	*out = &chunks_of(c)[s->chunk - 1].cells[bin & (TRYST_SERIES_CHUNK - 1)];
	return 0;
}

bool
tryst_series_cells_next(const struct tryst_series_cells *c, size_t *at, uint32_t *row, int64_t *bin,
                        const struct tryst_series_cell **cells)
{
	for (; *at < (size_t)1 << c->slot_bits; ++*at) {
		const struct slot *s = slots_of(&c->slots) + *at;

		if (!s->chunk)
			continue;
		*row = s->row;
		*bin = s->block * TRYST_SERIES_CHUNK;
		*cells = chunks_of(c)[s->chunk - 1].cells;
		++*at;
		return true;
	}
	return false;
}

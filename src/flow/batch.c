/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/batch.h"

#include <stdlib.h>
#include <string.h>

#define COLUMN_ALIGN 64

/* Where each column pointer stands in the struct, so that code may run over fields. */
static const size_t column_at[TRYST_FIELD_COUNT] = {
#define FIELD(id, type, nfdump, ipfix, zeek, ecs, unit, help)                                      \
	[TRYST_FIELD_##id] = offsetof(struct tryst_batch, id),
#include "flow/fields.def"
#undef FIELD
};

static size_t
column_size(size_t value)
{
	return (value * TRYST_BATCH_ROWS + COLUMN_ALIGN - 1) / COLUMN_ALIGN * COLUMN_ALIGN;
}

static void
column_set(struct tryst_batch *b, unsigned field, void *p)
{
	memcpy((char *)b + column_at[field], &p, sizeof(p));
}

int
tryst_batch_init(struct tryst_batch *b, uint64_t columns, struct tryst_error *err)
{
	size_t size = column_size(sizeof(*b->sel)) + column_size(sizeof(*b->present));
	char *p;

	*b = (struct tryst_batch){ .columns = columns & TRYST_BITS_ALL };
	for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++) {
		if (b->columns >> f & 1)
			size += column_size(tryst_field_info(f)->size);
	}
	/* Most of it may never be touched, and then is no memory. */
	b->memory = calloc(1, size + COLUMN_ALIGN);
	if (!b->memory)
		return tryst_error_nomem(err);
	p = (char *)b->memory + (COLUMN_ALIGN - (uintptr_t)b->memory % COLUMN_ALIGN);
	b->sel = (uint16_t *)(void *)p;
	p += column_size(sizeof(*b->sel));
	b->present = (uint64_t *)(void *)p;
	p += column_size(sizeof(*b->present));
	for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++) {
		if (!(b->columns >> f & 1))
			continue;
		column_set(b, f, p);
		p += column_size(tryst_field_info(f)->size);
	}
	return 0;
}

void
tryst_batch_fini(struct tryst_batch *b)
{
	free(b->memory);
	free(b->code_memory);
	*b = (struct tryst_batch){ 0 };
}

int
tryst_batch_add_codes(struct tryst_batch *b, uint64_t columns, struct tryst_error *err)
{
	uint32_t **places[] = { &b->src_code, &b->dst_code };
	uint64_t bits[] = { TRYST_BIT(src), TRYST_BIT(dst) };
	size_t size = column_size(sizeof(uint32_t));
	char *p;

	assert(!b->code_memory);
	if (!(columns & TRYST_CODED_ALL))
		return 0;
	p = aligned_alloc(COLUMN_ALIGN, TRYST_ARRAY_SIZE(places) * size);
	if (!p)
		return tryst_error_nomem(err);
	memset(p, 0, TRYST_ARRAY_SIZE(places) * size);
	b->code_memory = p;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(places); i++) {
		if (columns & bits[i])
			*places[i] = (uint32_t *)(void *)(p + i * size);
	}
	return 0;
}

void
tryst_batch_select_all(struct tryst_batch *b)
{
	for (uint32_t i = 0; i < b->rows; i++)
		b->sel[i] = (uint16_t)i;
	b->selected = b->rows;
}

void *
tryst_batch_column(const struct tryst_batch *b, enum tryst_field field)
{
	void *p;

	assert((unsigned)field < TRYST_FIELD_COUNT);
	memcpy(&p, (const char *)b + column_at[field], sizeof(p));
	return p;
}

uint64_t
tryst_batch_number(const struct tryst_batch *b, enum tryst_field field, uint32_t row)
{
	const void *column = tryst_batch_column(b, field);
	const struct tryst_field_info *info = tryst_field_info(field);

	assert(column && info->type != TRYST_TYPE_ip && row < b->rows);
	return tryst_column_number(column, info->size, row);
}

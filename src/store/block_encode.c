/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "store/block.h"
#include "store/kernels.h"
#include "store/sum.h"

/* Fields and streams share numbers, and the bits of `present` are written as they are. */
#define PIN(id, number) _Static_assert(TRYST_FIELD_##id == (number), "new fields go to the end")
PIN(start_ms, 0);
PIN(dst_port, 6);
PIN(bytes, 13);
PIN(flows, 17);
PIN(next_hop, 22);
PIN(ip_id, 28);
PIN(nat_src, 33);
PIN(exporter, 39);
PIN(sampling, 41);
PIN(record_no, 43);
_Static_assert((int)TRYST_FIELD_COUNT <= (int)TRYST_STREAM_present,
               "streams begin behind the fields");

struct tryst_block_encoder {
	struct tryst_encoder column;
	uint64_t a[TRYST_BATCH_ROWS], b[TRYST_BATCH_ROWS], c[TRYST_BATCH_ROWS];
	uint64_t present[TRYST_BATCH_ROWS];
	uint8_t entries[TRYST_GROUP_CHUNKS_MAX * TRYST_GROUP_ENTRY];
	uint32_t chunks;
	size_t size; /* of the chunks in `data` */
	uint8_t data[TRYST_GROUP_CHUNKS_MAX * TRYST_CHUNK_MAX];
};

int
tryst_block_encoder_new(struct tryst_block_encoder **out, struct tryst_error *err)
{
	*out = malloc(sizeof(**out));
	return *out ? 0 : tryst_error_nomem(err);
}

void
tryst_block_encoder_free(struct tryst_block_encoder *e)
{
	free(e);
}

/* Forgets chunks from a mark on. */
struct mark {
	uint32_t chunks;
	size_t size;
};

static struct mark
mark(const struct tryst_block_encoder *e)
{
	return (struct mark){ e->chunks, e->size };
}

/* The next chunk, of so many bytes at the end of the data, is of the stream. */
static void
put_entry(struct tryst_block_encoder *e, unsigned stream, uint8_t encoding, size_t size)
{
	uint8_t *entry = e->entries + (size_t)e->chunks * TRYST_GROUP_ENTRY;

	assert(e->chunks < TRYST_GROUP_CHUNKS_MAX && size <= UINT16_MAX);
	entry[0] = (uint8_t)stream;
	entry[1] = encoding;
	tryst_store_le16(entry + 2, (uint16_t)size);
	tryst_store_le32(entry + 4, tryst_store_sum(e->data + e->size, size));
	e->size += size;
	e->chunks++;
}

/* A chunk of the stream. */
static void
put(struct tryst_block_encoder *e, unsigned stream, const uint64_t *values, uint32_t rows)
{
	bool differences = stream == TRYST_FIELD_start_ms || stream == TRYST_FIELD_received_ms ||
	                   stream == TRYST_STREAM_row;
	uint8_t encoding;
	size_t size = tryst_column_encode(&e->column, values, rows, differences, e->data + e->size,
	                                  &encoding);

	put_entry(e, stream, encoding, size);
}

static void
group_begin(struct tryst_block_encoder *e)
{
	e->chunks = 0;
	e->size = 0;
}

static void
group_end(const struct tryst_block_encoder *e, uint32_t rows, struct tryst_buf *out)
{
	size_t entries = (size_t)e->chunks * TRYST_GROUP_ENTRY;
	char *to = tryst_buf_reserve(out, TRYST_GROUP_HEAD + entries + e->size);
	uint8_t *head = (uint8_t *)to;

	if (!to)
		return;
	tryst_store_le16(head + 4, (uint16_t)rows);
	head[6] = (uint8_t)e->chunks;
	head[7] = 0;
	memcpy(head + TRYST_GROUP_HEAD, e->entries, entries);
	tryst_store_le32(head, tryst_store_sum(head + 4, TRYST_GROUP_HEAD - 4 + entries));
	memcpy(head + TRYST_GROUP_HEAD + entries, e->data, e->size);
	out->len += TRYST_GROUP_HEAD + entries + e->size;
}

#define LOAD(name, type)                                                                           \
	static void name(uint64_t *out, const void *column, uint32_t rows)                         \
	{                                                                                          \
		for (uint32_t i = 0; i < rows; i++)                                                \
			out[i] = ((const type *)column)[i];                                        \
	}

LOAD(load_u8, uint8_t)
LOAD(load_u16, uint16_t)
LOAD(load_u32, uint32_t)
LOAD(load_u64, uint64_t)

/* What rows say of fields: any of them, and all of them. */
struct known {
	uint64_t any, all;
};

/* A field of all rows, 0 where it is unknown. */
static void
load(const struct tryst_block_encoder *e, const struct tryst_batch *b, enum tryst_field field,
     const struct known *k, uint64_t *out, uint32_t rows)
{
	const void *column = tryst_batch_column(b, field);

	if (!(k->any >> field & 1)) {
		memset(out, 0, rows * sizeof(*out));
		return;
	}
	switch (tryst_field_info(field)->size) {
	case 1:
		load_u8(out, column, rows);
		break;
	case 2:
		load_u16(out, column, rows);
		break;
	case 4:
		load_u32(out, column, rows);
		break;
	default:
		load_u64(out, column, rows);
	}
	if (k->all >> field & 1)
		return;
	for (uint32_t i = 0; i < rows; i++)
		out[i] &= -(e->present[i] >> field & 1);
}

static struct known
load_present(struct tryst_block_encoder *e, const struct tryst_batch *b, uint32_t rows)
{
	struct known k = { 0, UINT64_MAX };
	uint64_t kept = TRYST_STORED_BITS & b->columns;

	for (uint32_t i = 0; i < rows; i++) {
		e->present[i] = b->present[i] & kept;
		k.any |= e->present[i];
		k.all &= e->present[i];
	}
	return k;
}

/* A field as it is; one that is the same in all rows costs hardly more than the look. */
static void
put_field(struct tryst_block_encoder *e, const struct tryst_batch *b, enum tryst_field field,
          const struct known *k, uint32_t rows)
{
	const char *column = tryst_batch_column(b, field);
	size_t size = tryst_field_info(field)->size;
	uint8_t encoding;

	if ((k->all >> field & 1) && memcmp(column, column + size, (rows - 1) * size) == 0) {
		uint64_t value = tryst_column_number(column, size, 0);

		size = tryst_column_constant(value, e->data + e->size, &encoding);
		put_entry(e, field, encoding, size);
		return;
	}
	load(e, b, field, k, e->a, rows);
	put(e, field, e->a, rows);
}

/* The smaller of a and b, the larger, and whether a was the larger. */
static void
put_pair(struct tryst_block_encoder *e, unsigned low, uint32_t rows)
{
	tryst_kernels_best()->order(e->a, e->b, e->c, rows);
	put(e, low, e->a, rows);
	put(e, low + 1, e->b, rows);
	put(e, low + 2, e->c, rows);
}

/* As they are, or as multiples of the packets and a rest: whichever is smaller. */
static void
put_bytes(struct tryst_block_encoder *e, const struct tryst_batch *b, const struct known *k,
          uint32_t rows)
{
	struct mark before = mark(e), plain;

	load(e, b, TRYST_FIELD_bytes, k, e->a, rows);
	put(e, TRYST_FIELD_bytes, e->a, rows);
	if (!(k->any & TRYST_BIT(packets)))
		return;
	plain = mark(e);
	load(e, b, TRYST_FIELD_packets, k, e->b, rows);
	for (uint32_t i = 0; i < rows; i++) {
		uint64_t bytes = e->a[i], packets = e->b[i], quotient = 0;

		/* Of 32 bits the division is several times as fast. */
		if (TRYST_LIKELY((bytes | packets) >> 32 == 0))
			quotient = packets ? (uint32_t)bytes / (uint32_t)packets : 0;
		else
			quotient = packets ? bytes / packets : 0;
		e->b[i] = quotient;
		e->c[i] = bytes - quotient * packets;
	}
	put(e, TRYST_STREAM_bytes_quotient, e->b, rows);
	put(e, TRYST_STREAM_bytes_rest, e->c, rows);
	if (e->size - plain.size + TRYST_GROUP_ENTRY < plain.size - before.size) {
		/* The two move over the one. */
		memmove(e->data + before.size, e->data + plain.size, e->size - plain.size);
		memmove(e->entries + (size_t)before.chunks * TRYST_GROUP_ENTRY,
		        e->entries + (size_t)plain.chunks * TRYST_GROUP_ENTRY,
		        (size_t)2 * TRYST_GROUP_ENTRY);
		e->size -= plain.size - before.size;
		e->chunks--;
	} else {
		e->size = plain.size;
		e->chunks = plain.chunks;
	}
}

static void
put_end(struct tryst_block_encoder *e, const struct tryst_batch *b, const struct known *k,
        uint32_t rows)
{
	load(e, b, TRYST_FIELD_start_ms, k, e->a, rows);
	load(e, b, TRYST_FIELD_end_ms, k, e->b, rows);
	for (uint32_t i = 0; i < rows; i++)
		e->a[i] = tryst_zigzag(e->b[i] - e->a[i]);
	put(e, TRYST_STREAM_duration, e->a, rows);
}

void
tryst_block_encode(struct tryst_block_encoder *e, const struct tryst_batch *b, uint32_t rows,
                   const uint64_t *numbers, struct tryst_buf *out)
{
	struct known k = load_present(e, b, rows);
	uint64_t ports = TRYST_BIT(src_port) | TRYST_BIT(dst_port);
	uint64_t other =
		k.any & ~(TRYST_ADDRESS_BITS | ports | TRYST_BIT(end_ms) | TRYST_BIT(bytes));

	group_begin(e);
	put(e, TRYST_STREAM_present, e->present, rows);
	for (unsigned field = 0; other >> field; field++) {
		if (other >> field & 1)
			put_field(e, b, field, &k, rows);
	}
	if (k.any & TRYST_BIT(end_ms))
		put_end(e, b, &k, rows);
	if (k.any & ports) {
		load(e, b, TRYST_FIELD_src_port, &k, e->a, rows);
		load(e, b, TRYST_FIELD_dst_port, &k, e->b, rows);
		put_pair(e, TRYST_STREAM_port_low, rows);
	}
	if (k.any & TRYST_BIT(bytes))
		put_bytes(e, b, &k, rows);
	if (numbers)
		put(e, TRYST_STREAM_row, numbers, rows);
	group_end(e, rows, out);
}

void
tryst_block_encode_codes(struct tryst_block_encoder *e, uint64_t fields,
                         uint32_t *const codes[TRYST_FIELD_COUNT], uint32_t rows,
                         struct tryst_buf *out)
{
	uint64_t pair = TRYST_BIT(src) | TRYST_BIT(dst);

	group_begin(e);
	if (fields & pair) {
		load_u32(e->a, codes[TRYST_FIELD_src], rows);
		load_u32(e->b, codes[TRYST_FIELD_dst], rows);
		put_pair(e, TRYST_STREAM_address_low, rows);
	}
	fields &= ~pair;
	for (unsigned field = 0; fields >> field; field++) {
		if (!(fields >> field & 1))
			continue;
		load_u32(e->a, codes[field], rows);
		put(e, field, e->a, rows);
	}
	group_end(e, rows, out);
}

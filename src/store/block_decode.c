/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "store/block.h"
#include "store/kernels.h"
#include "store/sum.h"

const char *
tryst_stream_name(unsigned stream)
{
	static const char *const names[] = {
		"present", "duration",    "low port",     "high port",     "port order", "bytes",
		"bytes",   "low address", "high address", "address order", "row",
	};

	if (stream < TRYST_FIELD_COUNT)
		return tryst_field_info(stream)->name;
	if (stream >= TRYST_STREAM_present && stream < TRYST_STREAM_COUNT)
		return names[stream - TRYST_STREAM_present];
	return "head";
}

static bool
failed(struct tryst_block_fault *fault, const char *what, unsigned stream, size_t at)
{
	*fault = (struct tryst_block_fault){ what, stream, at };
	return false;
}

bool
tryst_group_open(struct tryst_group *g, const uint8_t *data, size_t size,
                 struct tryst_block_fault *fault)
{
	size_t at, entries;

	if (size < TRYST_GROUP_HEAD)
		return failed(fault, "no room for its head", TRYST_STREAM_COUNT, 0);
	g->data = data;
	g->opened = 0;
	g->rows = tryst_load_le16(data + 4);
	g->chunks = data[6];
	entries = (size_t)g->chunks * TRYST_GROUP_ENTRY;
	at = TRYST_GROUP_HEAD + entries;
	if (g->rows == 0 || g->rows > TRYST_BATCH_ROWS || g->chunks > TRYST_GROUP_CHUNKS_MAX ||
	    data[7] || at > size ||
	    tryst_load_le32(data) != tryst_store_sum(data + 4, TRYST_GROUP_HEAD - 4 + entries))
		return failed(fault, "checksum", TRYST_STREAM_COUNT, 0);
	memset(g->chunk_of, UINT8_MAX, sizeof(g->chunk_of));
	for (uint32_t i = 0; i < g->chunks; i++) {
		const uint8_t *entry = data + TRYST_GROUP_HEAD + (size_t)i * TRYST_GROUP_ENTRY;

		/* What a later version adds is passed over. */
		if (entry[0] < TRYST_STREAM_COUNT)
			g->chunk_of[entry[0]] = (uint8_t)i;
		g->at[i] = (uint32_t)at;
		at += tryst_load_le16(entry + 2);
	}
	if (at != size)
		return failed(fault, "its chunks are not as long as it is", TRYST_STREAM_COUNT, 0);
	return true;
}

int
tryst_group_column(struct tryst_group *g, unsigned stream, const struct tryst_column **c,
                   struct tryst_block_fault *fault)
{
	unsigned i = g->chunk_of[stream];
	const uint8_t *entry = g->data + TRYST_GROUP_HEAD + (size_t)i * TRYST_GROUP_ENTRY, *chunk;
	size_t size;

	if (i == UINT8_MAX)
		return 0;
	*c = &g->columns[i];
	if (g->opened >> i & 1)
		return 1;
	chunk = g->data + g->at[i];
	size = tryst_load_le16(entry + 2);
	if (tryst_load_le32(entry + 4) != tryst_store_sum(chunk, size)) {
		(void)failed(fault, "checksum", stream, g->at[i]);
		return -1;
	}
	if (!tryst_column_open(&g->columns[i], entry[1], chunk, size, g->rows)) {
		(void)failed(fault, "not a chunk", stream, g->at[i]);
		return -1;
	}
	g->opened |= (uint64_t)1 << i;
	return 1;
}

bool
tryst_group_stream(struct tryst_group *g, unsigned stream, const uint16_t *rows, uint32_t n,
                   void *out, size_t size, struct tryst_block_fault *fault)
{
	const struct tryst_column *c;
	int rc = tryst_group_column(g, stream, &c, fault);

	if (rc == 0)
		memset(out, 0, n * size);
	if (rc <= 0)
		return rc == 0;
	assert(rows || n == g->rows);
	if (rows ? tryst_column_pick(c, rows, n, out, size) : tryst_column_decode(c, out, size))
		return true;
	return failed(fault, "an entry beyond its dictionary", stream, g->at[g->chunk_of[stream]]);
}

bool
tryst_group_verify(struct tryst_group *g, struct tryst_block_fault *fault)
{
	uint64_t values[TRYST_BATCH_ROWS + 7];

	for (uint32_t i = 0; i < g->chunks; i++) {
		uint8_t stream = g->data[TRYST_GROUP_HEAD + (size_t)i * TRYST_GROUP_ENTRY];

		if (stream < TRYST_STREAM_COUNT &&
		    !tryst_group_stream(g, stream, NULL, g->rows, values, 8, fault))
			return false;
	}
	return true;
}

bool
tryst_group_pair(struct tryst_group *g, const uint16_t *rows, uint32_t n, uint32_t *src,
                 uint32_t *dst, struct tryst_block_fault *fault)
{
	uint8_t swap[TRYST_BATCH_ROWS + 7];

	if (!tryst_group_stream(g, TRYST_STREAM_address_low, rows, n, src, 4, fault) ||
	    !tryst_group_stream(g, TRYST_STREAM_address_high, rows, n, dst, 4, fault) ||
	    !tryst_group_stream(g, TRYST_STREAM_address_swap, rows, n, swap, 1, fault))
		return false;
	tryst_kernels_best()->unswap_u32(src, dst, swap, n);
	return true;
}

static bool
fill_ports(struct tryst_group *g, const uint16_t *rows, uint32_t n, struct tryst_batch *b,
           uint32_t at, struct tryst_block_fault *fault)
{
	uint16_t low[TRYST_BATCH_ROWS + 7], high[TRYST_BATCH_ROWS + 7];
	uint16_t *src = b->src_port ? b->src_port + at : low;
	uint16_t *dst = b->dst_port ? b->dst_port + at : high;
	uint8_t swap[TRYST_BATCH_ROWS + 7];

	if (!tryst_group_stream(g, TRYST_STREAM_port_low, rows, n, src, 2, fault) ||
	    !tryst_group_stream(g, TRYST_STREAM_port_high, rows, n, dst, 2, fault) ||
	    !tryst_group_stream(g, TRYST_STREAM_port_swap, rows, n, swap, 1, fault))
		return false;
	tryst_kernels_best()->unswap_u16(src, dst, swap, n);
	return true;
}

static bool
fill_bytes(struct tryst_group *g, const uint16_t *rows, uint32_t n, struct tryst_batch *b,
           uint32_t at, bool packets_filled, struct tryst_block_fault *fault)
{
	uint64_t own[TRYST_BATCH_ROWS + 7], rest[TRYST_BATCH_ROWS + 7];
	uint64_t *packets = packets_filled ? b->packets + at : own, *out = b->bytes + at;

	if (!tryst_group_has(g, TRYST_STREAM_bytes_quotient))
		return tryst_group_stream(g, TRYST_FIELD_bytes, rows, n, out, 8, fault);
	if (!tryst_group_stream(g, TRYST_STREAM_bytes_quotient, rows, n, out, 8, fault) ||
	    !tryst_group_stream(g, TRYST_STREAM_bytes_rest, rows, n, rest, 8, fault) ||
	    (!packets_filled &&
	     !tryst_group_stream(g, TRYST_FIELD_packets, rows, n, packets, 8, fault)))
		return false;
	tryst_kernels_best()->multiply(out, packets, rest, n);
	return true;
}

static bool
fill_end(struct tryst_group *g, const uint16_t *rows, uint32_t n, struct tryst_batch *b,
         uint32_t at, bool start_filled, struct tryst_block_fault *fault)
{
	uint64_t own[TRYST_BATCH_ROWS + 7], duration[TRYST_BATCH_ROWS + 7];
	int64_t *out = b->end_ms + at;

	if (!tryst_group_has(g, TRYST_STREAM_duration)) {
		memset(out, 0, n * sizeof(*out));
		return true;
	}
	if (!tryst_group_stream(g, TRYST_STREAM_duration, rows, n, duration, 8, fault))
		return false;
	if (start_filled)
		memcpy(own, b->start_ms + at, n * sizeof(*own));
	else if (!tryst_group_stream(g, TRYST_FIELD_start_ms, rows, n, own, 8, fault))
		return false;
	for (uint32_t i = 0; i < n; i++)
		out[i] = (int64_t)(own[i] + tryst_unzigzag(duration[i]));
	return true;
}

/*
 * Where the dictionary of the chunk tells all: which of the fields every row has, and whether that
 * leaves none open.
 */
static bool
known_by_entries(const struct tryst_column *c, uint64_t fields, uint64_t *all, uint64_t *any)
{
	*all = UINT64_MAX;
	*any = 0;
	if (c->encoding == TRYST_ENCODING_CONST) {
		*all = *any = c->first;
		return true;
	}
	if (c->encoding != TRYST_ENCODING_DICT)
		return false;
	for (uint32_t i = 0; i < c->values_count; i++) {
		uint64_t v = c->values_base + tryst_pack_get(c->values, c->values_width, i);

		*all &= v;
		*any |= v;
	}
	return ((*all ^ *any) & fields) == 0;
}

bool
tryst_group_present(struct tryst_group *g, uint64_t fields, const uint16_t *rows, uint32_t n,
                    struct tryst_batch *b, uint32_t at, struct tryst_block_fault *fault)
{
	uint64_t *out = b->present + at, all, any;
	const struct tryst_column *c;
	int rc;

	fields &= b->columns & TRYST_STORED_BITS;
	b->sure = b->never = 0;
	if (rows) {
		if (!tryst_group_stream(g, TRYST_STREAM_present, rows, n, out, 8, fault))
			return false;
		tryst_kernels_best()->known(out, n, fields, &all, &any);
		return true;
	}
	rc = tryst_group_column(g, TRYST_STREAM_present, &c, fault);
	if (rc < 0)
		return false;
	if (rc == 0 || known_by_entries(c, fields, &all, &any)) {
		all = rc == 0 ? 0 : all & fields;
		any = all;
		for (uint32_t i = 0; i < n; i++)
			out[i] = all;
	} else {
		if (!tryst_column_decode(c, out, 8))
			return failed(fault, "an entry beyond its dictionary", TRYST_STREAM_present,
			              g->at[0]);
		tryst_kernels_best()->known(out, n, fields, &all, &any);
	}
	b->sure = all;
	b->never = ~any & fields;
	return true;
}

bool
tryst_group_fill(struct tryst_group *g, uint64_t columns, const uint16_t *rows, uint32_t n,
                 struct tryst_batch *b, uint32_t at, struct tryst_block_fault *fault)
{
	uint64_t ports = TRYST_BIT(src_port) | TRYST_BIT(dst_port);
	uint64_t wanted = columns & b->columns & TRYST_STORED_BITS & ~TRYST_ADDRESS_BITS;
	uint64_t other = wanted & ~(ports | TRYST_BIT(end_ms) | TRYST_BIT(bytes));

	assert(rows || at == 0);
	for (unsigned field = 0; other >> field; field++) {
		size_t size = tryst_field_info(field)->size;

		if ((other >> field & 1) &&
		    !tryst_group_stream(g, field, rows, n,
		                        (char *)tryst_batch_column(b, field) + at * size, size,
		                        fault))
			return false;
	}
	if ((wanted & TRYST_BIT(end_ms)) &&
	    !fill_end(g, rows, n, b, at, wanted & TRYST_BIT(start_ms), fault))
		return false;
	if ((wanted & ports) && !fill_ports(g, rows, n, b, at, fault))
		return false;
	return !(wanted & TRYST_BIT(bytes)) ||
	       fill_bytes(g, rows, n, b, at, wanted & TRYST_BIT(packets), fault);
}

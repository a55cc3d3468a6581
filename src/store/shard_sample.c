/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sample of a shard.  A block is the group of its values (store/block.h) and, since few
 * addresses come twice, the addresses as they are, in two columns of 64 bits each:
 *
 *   size of the group u32, the group
 *   for each address field of the rows, in the order of the fields:
 *     field u8, encodings of the upper and the lower halves u8 u8, 0 u8, size of the first chunk
 *     u16, of the second u16; the chunks
 */
#include <stdlib.h>
#include <string.h>

#include "store/shard_impl.h"
#include "store/sum.h"

bool
tryst_shard_sample_block(const struct tryst_shard *s, uint32_t number,
                         struct tryst_shard_sample_block *out)
{
	const struct tryst_shard_section *blocks = &s->sections[TRYST_SHARD_SAMPLE_BLOCKS];
	struct tryst_cursor c = tryst_cursor_init(
		s->sample_blocks + (size_t)number * SHARD_SAMPLE_ENTRY, SHARD_SAMPLE_ENTRY);
	uint64_t at;

	out->key = tryst_cursor_le64(&c);
	at = tryst_cursor_le64(&c);
	out->len = tryst_cursor_le32(&c);
	out->rows = tryst_cursor_le32(&c);
	out->sum = tryst_cursor_le32(&c);
	if (at > blocks->len || out->len > blocks->len - at || out->rows > TRYST_BATCH_ROWS)
		return false;
	out->data = blocks->data + at;
	return true;
}

int
tryst_shard_check_sample(const struct tryst_shard *s, uint64_t ceiling, uint32_t *count,
                         struct tryst_error *err)
{
	for (*count = 0; *count < s->sample_block_count; ++*count) {
		struct tryst_shard_sample_block k;
		bool ok = tryst_shard_sample_block(s, *count, &k);

		if (ok && k.key > ceiling)
			break;
		if (!ok || tryst_store_sum(k.data, k.len) != k.sum)
			return tryst_error_set(err, TRYST_ERR_FORMAT,
			                       "%s: block %u of %u of the sample is damaged",
			                       s->path, *count, s->sample_block_count);
	}
	return 0;
}

/* One half of an address column; false: it is none. */
static bool
read_half(uint8_t encoding, struct tryst_cursor *c, size_t size, uint32_t rows, uint64_t *out)
{
	const uint8_t *data = tryst_cursor_take(c, size);
	struct tryst_column column;

	return data && tryst_column_open(&column, encoding, data, size, rows) &&
	       tryst_column_decode(&column, out, sizeof(*out));
}

/*
 * Reads the address columns of the set: all rows of them, or with rows the given ones.  Those that
 * are not there stay as they are.
 */
static bool
read_addresses(struct tryst_cursor c, uint64_t fields, uint32_t all, const uint16_t *rows,
               uint32_t n, struct tryst_batch *b)
{
	uint64_t hi[TRYST_BATCH_ROWS + 8], lo[TRYST_BATCH_ROWS + 8];

	while (tryst_cursor_left(&c)) {
		uint8_t field = tryst_cursor_u8(&c), encodings[2];
		struct tryst_ip *ips;
		size_t sizes[2];

		encodings[0] = tryst_cursor_u8(&c);
		encodings[1] = tryst_cursor_u8(&c);
		tryst_cursor_skip(&c, 1);
		sizes[0] = tryst_cursor_le16(&c);
		sizes[1] = tryst_cursor_le16(&c);
		if (c.failed || field >= TRYST_FIELD_COUNT || !(TRYST_ADDRESS_BITS >> field & 1))
			return false;
		ips = fields >> field & 1 ? tryst_batch_column(b, field) : NULL;
		if (!ips) {
			tryst_cursor_skip(&c, sizes[0] + sizes[1]);
			continue;
		}
		if (!read_half(encodings[0], &c, sizes[0], all, hi) ||
		    !read_half(encodings[1], &c, sizes[1], all, lo))
			return false;
		for (uint32_t i = 0; i < n; i++) {
			uint32_t row = rows ? rows[i] : i;

			ips[i] = (struct tryst_ip){ hi[row], lo[row] };
		}
	}
	return !c.failed;
}

static int
block_damaged(const struct tryst_shard *s, struct tryst_error *err)
{
	return tryst_error_set(err, TRYST_ERR_FORMAT, "%s: a block of the sample is damaged",
	                       s->path);
}

int
tryst_shard_sample_ends(const struct tryst_shard *s, const struct tryst_shard_sample_block *k,
                        struct tryst_shard_rows *w, struct tryst_batch *b, struct tryst_error *err)
{
	struct tryst_cursor c = tryst_cursor_init(k->data, k->len);
	uint32_t size = tryst_cursor_le32(&c);
	const uint8_t *data = tryst_cursor_take(&c, size);
	struct tryst_block_fault fault;

	w->addresses = c;
	if (!data || !tryst_group_open(&w->group, data, size, &fault) || w->group.rows != k->rows ||
	    !tryst_group_stream(&w->group, TRYST_STREAM_row, NULL, k->rows, w->numbers,
	                        sizeof(*w->numbers), &fault) ||
	    !read_addresses(c, TRYST_BIT(src) | TRYST_BIT(dst), k->rows, NULL, k->rows, b))
		return block_damaged(s, err);
	b->rows = k->rows;
	return 0;
}

int
tryst_shard_sample_rest(const struct tryst_shard *s, struct tryst_shard_rows *w, uint32_t n,
                        struct tryst_batch *b, struct tryst_error *err)
{
	uint64_t others = TRYST_ADDRESS_BITS & ~(TRYST_BIT(src) | TRYST_BIT(dst));
	const uint16_t *rows = n == w->group.rows ? NULL : w->rows;
	struct tryst_block_fault fault;

	b->rows = n;
	if (!n)
		return 0;
	for (uint32_t i = 0; rows && i < n; i++) {
		b->src[i] = b->src[rows[i]];
		b->dst[i] = b->dst[rows[i]];
	}
	for (unsigned f = 0; b->columns >> f; f++) {
		if (b->columns & others & 1ULL << f)
			memset(tryst_batch_column(b, f), 0, n * sizeof(struct tryst_ip));
	}
	if (!tryst_group_present(&w->group, b->columns, rows, n, b, 0, &fault) ||
	    !tryst_group_fill(&w->group, b->columns, rows, n, b, 0, &fault) ||
	    !read_addresses(w->addresses, others, w->group.rows, rows, n, b))
		return block_damaged(s, err);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects the ids of each block, and turns them over: a counting sort by code, whose lists come
 * out ascending because the blocks went in so.
 */
#include <stdlib.h>
#include <string.h>

#include "store/bits.h"
#include "base/pages.h"
#include "store/postings_code.h"
#include "store/sum.h"

#define AHEAD 16 /* how far memory is fetched ahead */

struct tryst_postings_builder {
	uint32_t *ids; /* of the blocks, one after the other, each id once a block */
	size_t count, room;
	uint32_t *starts; /* sizes of the blocks' runs of ids */
	uint32_t blocks, blocks_room;
	struct seen {
		uint32_t block_next; /* the last block it was in + 1 */
		uint32_t times;
	} * seen; /* by id */
	uint32_t seen_room;
};

int
tryst_postings_builder_new(struct tryst_postings_builder **out, struct tryst_error *err)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : tryst_error_nomem(err);
}

void
tryst_postings_builder_free(struct tryst_postings_builder *b)
{
	if (!b)
		return;
	free(b->ids);
	free(b->starts);
	free(b->seen);
	free(b);
}

void
tryst_postings_builder_clear(struct tryst_postings_builder *b)
{
	b->count = 0;
	b->blocks = 0;
	if (b->seen)
		memset(b->seen, 0, b->seen_room * sizeof(*b->seen));
}

size_t
tryst_postings_builder_bytes(const struct tryst_postings_builder *b)
{
	/* Writing needs the lists once more. */
	return 2 * b->room * sizeof(*b->ids) + b->blocks_room * sizeof(*b->starts) +
	       2 * b->seen_room * sizeof(*b->seen);
}

static int
grow_seen(struct tryst_postings_builder *b, uint32_t id, struct tryst_error *err)
{
	uint32_t room = TRYST_MAX(b->seen_room, 2048u);
	struct seen *seen;

	while (room <= id)
		room = room > UINT32_MAX / 2 ? UINT32_MAX : 2 * room;
	seen = tryst_pages_grow(b->seen, b->seen_room * sizeof(*seen), room * sizeof(*seen));
	if (!seen)
		return tryst_error_nomem(err);
	memset(seen + b->seen_room, 0, (room - b->seen_room) * sizeof(*seen));
	b->seen = seen;
	b->seen_room = room;
	return 0;
}

/* Runs for all blocks up to this one; those between are empty. */
static int
grow_blocks(struct tryst_postings_builder *b, uint32_t block, struct tryst_error *err)
{
	if (block >= TRYST_POSTINGS_BLOCKS_MAX)
		return tryst_error_set(err, TRYST_ERR_LIMIT, "more than %u blocks",
		                       TRYST_POSTINGS_BLOCKS_MAX);
	if (block >= b->blocks_room) {
		uint32_t room = TRYST_MAX(2 * b->blocks_room, block + 64);
		uint32_t *starts = reallocarray(b->starts, room, sizeof(*starts));

		if (!starts)
			return tryst_error_nomem(err);
		b->starts = starts;
		b->blocks_room = room;
	}
	while (b->blocks <= block)
		b->starts[b->blocks++] = 0;
	return 0;
}

int
tryst_postings_add(struct tryst_postings_builder *b, uint32_t block, const uint32_t *ids,
                   uint32_t count, struct tryst_error *err)
{
	size_t was;
	int rc = grow_blocks(b, block, err);

	if (rc < 0)
		return rc;
	assert(block + 1 == b->blocks);
	if (b->room - b->count < count) {
		size_t room = TRYST_MAX(2 * b->room, b->count + count);
		uint32_t *list = reallocarray(b->ids, room, sizeof(*list));

		if (!list)
			return tryst_error_nomem(err);
		b->ids = list;
		b->room = room;
	}
	was = b->count;
	for (uint32_t i = 0; i < count; i++) {
		struct seen *s;

		if (i + AHEAD < count && ids[i + AHEAD] < b->seen_room)
			__builtin_prefetch(&b->seen[ids[i + AHEAD]]);
		if (TRYST_UNLIKELY(ids[i] >= b->seen_room)) {
			rc = grow_seen(b, ids[i], err);
			if (rc < 0)
				return rc;
		}
		s = &b->seen[ids[i]];
		b->ids[b->count] = ids[i];
		b->count += s->block_next != block + 1;
		s->times += s->block_next != block + 1;
		s->block_next = block + 1;
	}
	b->starts[block] += (uint32_t)(b->count - was);
	return 0;
}

/* Where each code's list begins: ends[code], which the filling moves to its end. */
static size_t *
lists_begin(const struct tryst_postings_builder *b, const uint32_t *codes, uint32_t count)
{
	size_t *at = tryst_pages_alloc(((size_t)count + 1) * sizeof(*at)), sum = 0;

	if (at)
		memset(at, 0, ((size_t)count + 1) * sizeof(*at));
	for (uint32_t id = 0; at && id < TRYST_MIN(count, b->seen_room); id++)
		at[codes[id]] = b->seen[id].times;
	for (uint32_t code = 0; at && code < count; code++) {
		size_t n = at[code];

		at[code] = sum;
		sum += n;
	}
	return at;
}

static void
lists_fill(const struct tryst_postings_builder *b, const uint32_t *codes, size_t *at,
           uint32_t *lists)
{
	const uint32_t *ids = b->ids;

	for (uint32_t block = 0; block < b->blocks; block++) {
		for (uint32_t i = 0; i < b->starts[block]; i++) {
			if (i + 2 * AHEAD < b->starts[block])
				__builtin_prefetch(&codes[ids[i + 2 * AHEAD]]);
			if (i + AHEAD < b->starts[block])
				__builtin_prefetch(&at[codes[ids[i + AHEAD]]]);
			lists[at[codes[ids[i]]]++] = block;
		}
		ids += b->starts[block];
	}
}

static void
put_gamma(struct tryst_bits_out *bits, uint32_t v)
{
	unsigned width = 31 - (unsigned)__builtin_clz(v);

	tryst_bits_put_unary(bits, width);
	tryst_bits_put(bits, v & ((1U << width) - 1), width);
}

static void
put_bitmap(struct tryst_bits_out *bits, const uint32_t *list, uint32_t n)
{
	uint32_t next = 1;

	for (uint32_t block = list[0] + 1; block < list[n - 1];) {
		unsigned width = TRYST_MIN(list[n - 1] - block, 32u);
		uint64_t word = 0;

		for (; list[next] < block + width; next++)
			word |= 1ULL << (list[next] - block);
		tryst_bits_put(bits, word, width);
		block += width;
	}
}

/* The parameter that suits gaps of this mean: near log2 of 0.69 of it. */
static unsigned
rice_parameter(uint64_t span, uint32_t gaps)
{
	uint64_t mean = (span - gaps) * 11 / 16 / gaps;

	return mean ? 63 - (unsigned)__builtin_clzll(mean) : 0;
}

static void
put_list(struct tryst_bits_out *bits, unsigned width, const uint32_t *list, uint32_t n)
{
	uint32_t span;
	unsigned k;

	put_gamma(bits, n + 1);
	if (n == 0)
		return;
	tryst_bits_put(bits, list[0], width);
	if (n == 1)
		return;
	span = list[n - 1] - list[0];
	k = rice_parameter(span, n - 1);
	/* A Rice code takes 1.5 to 2 bits more than its parameter. */
	if ((uint64_t)(n - 1) * (2 * k + 3) >= 2 * ((uint64_t)span + width)) {
		tryst_bits_put(bits, TRYST_POSTINGS_BITMAP, 5);
		tryst_bits_put(bits, list[n - 1], width);
		put_bitmap(bits, list, n);
		return;
	}
	tryst_bits_put(bits, k, 5);
	for (uint32_t i = 1; i < n; i++) {
		uint32_t gap = list[i] - list[i - 1] - 1;

		tryst_bits_put_unary(bits, gap >> k);
		tryst_bits_put(bits, gap & ((1U << k) - 1), k);
	}
}

/*
 * More bytes than a list takes: with k by the mean of the gaps the ones of all its unary numbers
 * are at most 3 a gap, and a bitmap is taken only where it is smaller than that or nearly so.
 */
static size_t
list_bound(unsigned width, uint32_t n)
{
	return 32 + (size_t)n * (width + 6) / 8;
}

static void
write_pages(uint32_t count, uint32_t blocks, const size_t *ends, const uint32_t *lists,
            size_t entries, struct tryst_buf *out)
{
	unsigned width = tryst_postings_width(blocks);
	size_t data = out->len;

	for (uint32_t first = 0; first < count; first += TRYST_POSTINGS_PAGE) {
		uint32_t end = TRYST_MIN(count - first, (uint32_t)TRYST_POSTINGS_PAGE) + first;
		size_t begin = first ? ends[first - 1] : 0, bound = 0, len;
		struct tryst_bits_out bits;
		uint8_t *page, *entry;

		for (uint32_t code = first; code < end; code++)
			bound += list_bound(width,
			                    (uint32_t)(ends[code] - (code ? ends[code - 1] : 0)));
		page = (uint8_t *)tryst_buf_reserve(out, bound + sizeof(uint64_t));
		if (!page)
			return;
		bits = (struct tryst_bits_out){ .pos = page };
		for (uint32_t code = first; code < end; code++) {
			put_list(&bits, width, lists + begin, (uint32_t)(ends[code] - begin));
			begin = ends[code];
		}
		len = (size_t)(tryst_bits_end(&bits) - page);
		assert(len <= bound);
		entry = (uint8_t *)out->data + entries +
		        first / TRYST_POSTINGS_PAGE * (size_t)TRYST_POSTINGS_ENTRY;
		tryst_store_le32(entry, (uint32_t)(out->len - data));
		tryst_store_le32(entry + 4, tryst_store_sum(page, len));
		out->len += len;
	}
}

static void
write_lists(uint32_t count, uint32_t blocks, const size_t *ends, const uint32_t *lists,
            struct tryst_buf *out)
{
	uint32_t pages = (count + TRYST_POSTINGS_PAGE - 1) / TRYST_POSTINGS_PAGE;
	size_t head = out->len, directory = pages * (size_t)TRYST_POSTINGS_ENTRY;
	uint8_t *p = (uint8_t *)tryst_buf_reserve(out, TRYST_POSTINGS_HEAD + directory);

	if (!p)
		return;
	memset(p, 0, TRYST_POSTINGS_HEAD + directory);
	out->len += TRYST_POSTINGS_HEAD + directory;
	write_pages(count, blocks, ends, lists, head + TRYST_POSTINGS_HEAD, out);
	if (out->failed)
		return;
	p = (uint8_t *)out->data + head;
	tryst_store_le32(p, count);
	tryst_store_le32(p + 4, blocks);
	tryst_store_le32(p + 8, (uint32_t)(out->len - head - TRYST_POSTINGS_HEAD - directory));
	tryst_store_le32(p + 12, tryst_store_sum2(p, 12, p + TRYST_POSTINGS_HEAD, directory));
}

int
tryst_postings_write(const struct tryst_postings_builder *b, const uint32_t *codes, uint32_t count,
                     struct tryst_buf *out, struct tryst_error *err)
{
	size_t *ends = lists_begin(b, codes, count);
	uint32_t *lists = tryst_pages_alloc((b->count + 1) * sizeof(*lists));
	int rc = 0;

	if (ends && lists) {
		lists_fill(b, codes, ends, lists);
		write_lists(count, b->blocks, ends, lists, out);
	}
	if (!ends || !lists || out->failed)
		rc = tryst_error_nomem(err);
	free(ends);
	free(lists);
	return rc;
}

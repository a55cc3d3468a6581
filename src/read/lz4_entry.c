/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A history is, packed as an LZ4 block: the length of the list of runs (32 bits); the list, for
 * each run how many bytes lie between it and the one before (or the first byte that can be reached)
 * and its length, in numbers of 7 bits a byte; and the bytes of all runs.
 */
#include "read/lz4_entry.h"

#include <string.h>

#include "base/library.h"
#include "read/lz4_sequence.h"

/* A run costs about so many bytes: what is nearer is taken with it. */
#define RUN_COST 3u
#define NUMBER_MAX 5u

void
tryst_lz4_walk_to(struct tryst_lz4_walk *w, uint32_t plain)
{
	const uint8_t *in = w->packed;
	size_t len = w->len, at = w->at, next = w->next;
	uint64_t from = w->plain, to = w->next_plain;
	const struct tryst_lz4_marks *marks = w->marks;

	for (; marks && w->mark < marks->count && marks->list[w->mark].plain <= plain; w->mark++) {
		if (marks->list[w->mark].plain > to) {
			next = marks->list[w->mark].at;
			to = marks->list[w->mark].plain;
		}
	}
	while (to <= plain && next < len) {
		struct sequence s = { 0 };

		at = next;
		from = to;
		if (!sequence_read(in, len, &next, &s))
			next = len;
		to += s.literals + s.length;
	}
	w->at = (uint32_t)at;
	w->next = (uint32_t)next;
	w->plain = (uint32_t)from;
	w->next_plain = (uint32_t)TRYST_MIN(to, (uint64_t)UINT32_MAX);
}

/* Marks the bytes from `base` to the walk's place that are copied behind it; false: damaged. */
static bool
mark_used(uint8_t *used, uint32_t base, const struct tryst_lz4_walk *w)
{
	uint64_t plain = w->plain;
	struct sequence s;

	memset(used, 0, w->plain - base);
	for (size_t at = w->at; at < w->len && plain < (uint64_t)w->plain + TRYST_LZ4_REACH;) {
		uint64_t from;

		if (!sequence_read(w->packed, w->len, &at, &s))
			return false;
		plain += s.literals;
		if (!s.length)
			break;
		if (!s.offset || s.offset > plain)
			return false;
		from = plain - s.offset;
		if (from < w->plain)
			memset(used + (from - base), 1,
			       TRYST_MIN(s.length, (size_t)(w->plain - from)));
		plain += s.length;
	}
	return true;
}

static uint8_t *
put_number(uint8_t *p, uint32_t n)
{
	for (; n > 127; n >>= 7)
		*p++ = (uint8_t)(n | 128);
	*p++ = (uint8_t)n;
	return p;
}

static uint32_t
get_number(struct tryst_cursor *c)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < NUMBER_MAX; i++) {
		uint8_t byte = tryst_cursor_u8(c);

		n |= (uint32_t)(byte & 127) << 7 * i;
		if (byte < 128)
			return n;
	}
	c->failed = true;
	return 0;
}

/* The first byte at or behind `at` that is marked so; `end` if there is none. */
static size_t
find_mark(const uint8_t *used, size_t at, size_t end, int mark)
{
	const uint8_t *p = memchr(used + at, mark, end - at);

	return p ? (size_t)(p - used) : end;
}

/* Lists the runs that are used, and their bytes; the length of all that. 0: there is no room. */
static size_t
list_runs(struct tryst_lz4_history *h, const uint8_t *from, size_t span)
{
	uint8_t *p = h->runs + 4, *bytes = h->bytes;
	size_t before = 0;

	for (size_t at = find_mark(h->used, 0, span, 1), end, next; at < span; at = next) {
		end = find_mark(h->used, at, span, 0);
		next = find_mark(h->used, end, span, 1);
		while (next < span && next - end <= RUN_COST) {
			end = find_mark(h->used, next, span, 0);
			next = find_mark(h->used, end, span, 1);
		}
		if (p + 2 * NUMBER_MAX > h->runs + sizeof(h->runs) - span)
			return 0;
		p = put_number(p, (uint32_t)(at - before));
		p = put_number(p, (uint32_t)(end - at));
		memcpy(bytes, from + at, end - at);
		bytes += end - at;
		before = end;
	}
	tryst_store_le32(h->runs, (uint32_t)(p - h->runs - 4));
	memcpy(p, h->bytes, (size_t)(bytes - h->bytes));
	return (size_t)(p - h->runs) + (size_t)(bytes - h->bytes);
}

static uint32_t
reach_from(uint32_t at)
{
	return at > TRYST_LZ4_REACH ? at - TRYST_LZ4_REACH : 0;
}

size_t
tryst_lz4_history_pack(struct tryst_lz4_history *h, const struct tryst_lz4_walk *w,
                       const uint8_t *plain, uint8_t *out, size_t max)
{
	uint32_t base = reach_from(w->plain);
	size_t len;
	int got;

	if (!mark_used(h->used, base, w))
		return 0;
	len = list_runs(h, plain + base, w->plain - base);
	if (!len)
		return 0;
	got = tryst_lz4(NULL)->LZ4_compress_default(
		(const char *)h->runs, (char *)out, (int)len,
		(int)TRYST_MIN(max, (size_t)TRYST_LZ4_HISTORY_MAX));
	return got > 0 ? (size_t)got : 0;
}

bool
tryst_lz4_history_unpack(const uint8_t *history, size_t len, uint8_t *memory, uint8_t *plain,
                         uint32_t at)
{
	uint32_t place = reach_from(at);
	struct tryst_cursor c, runs;
	int got = len > TRYST_LZ4_HISTORY_MAX
	                  ? -1
	                  : tryst_lz4(NULL)->LZ4_decompress_safe((const char *)history,
	                                                         (char *)memory, (int)len,
	                                                         TRYST_LZ4_HISTORY_MAX);

	if (got < 0)
		return false;
	c = tryst_cursor_init(memory, (size_t)got);
	runs = tryst_cursor_sub(&c, tryst_cursor_le32(&c));
	while (tryst_cursor_left(&runs)) {
		uint32_t skip = get_number(&runs), length = get_number(&runs);
		const uint8_t *bytes = tryst_cursor_take(&c, length);

		if (runs.failed || !bytes || skip > at - place || length > at - place - skip)
			return false;
		memcpy(plain + place + skip, bytes, length);
		place += skip + length;
	}
	return !runs.failed && !c.failed && !tryst_cursor_left(&c);
}

bool
tryst_lz4_unpack_from(const uint8_t *in, size_t len, uint8_t *plain, uint32_t at, uint32_t to,
                      size_t max)
{
	uint32_t base = reach_from(at);
	int got;

	if (to > max || at >= to || len > INT32_MAX)
		return false;
	got = tryst_lz4(NULL)->LZ4_decompress_safe_partial_usingDict(
		(const char *)in, (char *)plain + at, (int)len, (int)(to - at), (int)(max - at),
		(const char *)plain + base, (int)(at - base));
	return got > 0 && (uint32_t)got == to - at;
}

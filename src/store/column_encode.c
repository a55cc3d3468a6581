/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "store/column.h"
#include "store/kernels.h"

#define HASH_SLOTS TRYST_ARRAY_SIZE(((struct tryst_encoder *)0)->keys)

/* How numbers are packed. */
struct plan {
	uint64_t base;
	unsigned width, high_width;
	uint32_t exceptions;
	size_t size; /* with its header */
};

/* The bytes that a number takes, 0 for 0. */
static unsigned
byte_count(uint64_t v)
{
	return (tryst_pack_bits(v) + 7) / 8;
}

static uint8_t *
put_bytes(uint8_t *out, uint64_t v, unsigned bytes)
{
	for (; bytes; bytes--, v >>= 8)
		*out++ = (uint8_t)v;
	return out;
}

/* width, high width, exceptions (16 bits), bytes of the base, base */
static size_t
plan_size(const struct plan *p, uint32_t count)
{
	return 5 + byte_count(p->base) + tryst_pack_size(p->width, count) +
	       (size_t)2 * p->exceptions + tryst_pack_size(p->high_width, p->exceptions);
}

/* The best width for offsets that need so many bits: histogram[b] of them need b. */
static struct plan
plan_widths(const uint32_t histogram[65], uint64_t base, uint32_t count)
{
	struct plan best = { .base = base };
	unsigned top = 64;
	uint32_t above = 0;

	while (top > 0 && !histogram[top])
		top--;
	best.width = tryst_pack_width(top);
	best.size = plan_size(&best, count);
	for (unsigned w = top; w-- > 0;) {
		struct plan p = { .base = base, .width = w };

		above += histogram[w + 1];
		if (!tryst_pack_width_valid(w))
			continue;
		if ((size_t)2 * above > best.size)
			break;
		p.exceptions = above;
		p.high_width = tryst_pack_width(top - w);
		p.size = plan_size(&p, count);
		if (p.size < best.size)
			best = p;
	}
	return best;
}

/* Writes offsets, whose high bits go. */
static uint8_t *
put_packed(struct tryst_encoder *e, const struct plan *p, uint64_t *offsets, uint32_t count,
           uint8_t *out)
{
	const struct tryst_kernels *k = tryst_kernels_best();
	unsigned base_bytes = byte_count(p->base);
	uint8_t *places;
	uint32_t n = 0;

	*out++ = (uint8_t)p->width;
	*out++ = (uint8_t)p->high_width;
	tryst_store_le16(out, (uint16_t)p->exceptions);
	out += 2;
	*out++ = (uint8_t)base_bytes;
	out = put_bytes(out, p->base, base_bytes);
	places = out + tryst_pack_size(p->width, count);
	if (p->exceptions)
		n = k->exceptions(offsets, count, p->width, e->b, e->places);
	assert(n == p->exceptions);
	for (uint32_t i = 0; i < n; i++)
		tryst_store_le16(places + (size_t)2 * i, e->places[i]);
	k->pack(out, offsets, count, p->width);
	k->pack(places + (size_t)2 * n, e->b, n, p->high_width);
	return places + (size_t)2 * n + tryst_pack_size(p->high_width, n);
}

/* The entry of a value in the hash table, made if need be; UINT32_MAX: too many. */
static uint32_t
dict_entry(struct tryst_encoder *e, uint64_t value, uint32_t *entries)
{
	size_t slot = value * 0x9e3779b97f4a7c15ULL >> 54;

	_Static_assert(HASH_SLOTS == 1 << 10, "the hash has 10 bits");
	for (; e->entry[slot]; slot = (slot + 1) % HASH_SLOTS) {
		if (e->keys[slot] == value)
			return e->entry[slot] - 1U;
	}
	if (*entries == TRYST_DICT_MAX)
		return UINT32_MAX;
	e->keys[slot] = value;
	e->values[*entries] = value;
	e->counts[*entries] = 0;
	e->entry[slot] = (uint16_t)++ * entries;
	return *entries - 1;
}

/* Whether an entry stands before another: the more frequent one, of equals the smaller. */
static bool
dict_before(const struct tryst_encoder *e, unsigned a, unsigned b)
{
	return e->counts[a] > e->counts[b] ||
	       (e->counts[a] == e->counts[b] && e->values[a] < e->values[b]);
}

/* Sorts e->order (Shell 1959; gaps: Ciura 2001). */
static void
dict_sort(struct tryst_encoder *e, uint32_t entries)
{
	static const uint32_t gaps[] = { 57, 23, 10, 4, 1 };

	for (uint32_t i = 0; i < entries; i++)
		e->order[i] = (uint8_t)i;
	for (size_t g = 0; g < TRYST_ARRAY_SIZE(gaps); g++) {
		for (uint32_t i = gaps[g]; i < entries; i++) {
			uint8_t entry = e->order[i];
			uint32_t at = i;

			for (; at >= gaps[g] && dict_before(e, entry, e->order[at - gaps[g]]);
			     at -= gaps[g])
				e->order[at] = e->order[at - gaps[g]];
			e->order[at] = entry;
		}
	}
}

/* Few values close together, each with a counter of its own: the entries, in order. */
static uint32_t
count_near(struct tryst_encoder *e, const uint64_t *values, uint32_t count, uint64_t min)
{
	uint32_t counts[TRYST_DICT_MAX];
	uint8_t entry[TRYST_DICT_MAX] = { 0 };
	uint32_t entries = 0;

	tryst_kernels_best()->count(values, count, min, counts);
	for (uint32_t i = 0; i < TRYST_DICT_MAX; i++) {
		if (!counts[i])
			continue;
		entry[i] = (uint8_t)entries;
		e->values[entries] = min + i;
		e->counts[entries++] = counts[i];
	}
	for (uint32_t i = 0; i < count; i++)
		e->c[i] = entry[values[i] - min];
	return entries;
}

/* Any values; 0: more than the limit. */
static uint32_t
count_any(struct tryst_encoder *e, const uint64_t *values, uint32_t count, size_t limit)
{
	uint32_t entries = 0;

	memset(e->entry, 0, sizeof(e->entry));
	for (uint32_t i = 0; i < count; i++) {
		uint32_t entry = dict_entry(e, values[i], &entries);

		/* Where nearly every value is another one at first, it will not end well. */
		if (entry == UINT32_MAX || entries > limit || (i == 127 && entries > 116))
			return 0;
		e->c[i] = entry;
	}
	tryst_kernels_best()->count(e->c, count, 0, e->counts);
	return entries;
}

/*
 * Entries in the order of their frequency (e->values), the number of each row's in e->c, and how
 * many rows have numbers of so many bits.
 */
static uint32_t
dict_make(struct tryst_encoder *e, const uint64_t *values, uint32_t count, uint64_t min,
          unsigned width, size_t limit, uint32_t histogram[65])
{
	uint8_t rank[TRYST_DICT_MAX];
	uint64_t sorted[TRYST_DICT_MAX];
	uint32_t entries =
		width <= 8 ? count_near(e, values, count, min) : count_any(e, values, count, limit);

	if (!entries || entries > limit)
		return 0;
	dict_sort(e, entries);
	memset(histogram, 0, 65 * sizeof(*histogram));
	for (uint32_t i = 0; i < entries; i++) {
		rank[e->order[i]] = (uint8_t)i;
		sorted[i] = e->values[e->order[i]];
		histogram[tryst_pack_bits(i)] += e->counts[e->order[i]];
	}
	memcpy(e->values, sorted, entries * sizeof(*sorted));
	for (uint32_t i = 0; i < count; i++)
		e->c[i] = rank[e->c[i]];
	return entries;
}

/* entries - 1, width, bytes of the base, base, packed values, packed entry numbers; or 0 if not
 * smaller than limit. */
static size_t
encode_dict(struct tryst_encoder *e, const uint64_t *values, uint32_t count, uint64_t min,
            unsigned width, size_t limit, uint8_t *out)
{
	uint32_t histogram[65];
	/* Each entry costs its value, and rare ones an exception. */
	uint32_t entries =
		dict_make(e, values, count, min, width, limit / (width / 8 + 1), histogram);
	unsigned base_bytes = byte_count(min);
	uint8_t *at = out;
	struct plan p;

	if (entries < 2)
		return 0;
	p = plan_widths(histogram, 0, count);
	if (p.size + 3 + base_bytes + tryst_pack_size(width, entries) >= limit)
		return 0;
	*at++ = (uint8_t)(entries - 1);
	*at++ = (uint8_t)width;
	*at++ = (uint8_t)base_bytes;
	at = put_bytes(at, min, base_bytes);
	for (uint32_t i = 0; i < entries; i++)
		e->values[i] -= min;
	tryst_pack(at, e->values, entries, width);
	at += tryst_pack_size(width, entries);
	return (size_t)(put_packed(e, &p, e->c, count, at) - out);
}

/* The first value (8 bytes), then the differences; or 0 if not smaller than limit. */
static size_t
encode_delta(struct tryst_encoder *e, const uint64_t *values, uint32_t count, size_t limit,
             uint8_t *out)
{
	uint32_t histogram[65];
	struct plan p;

	tryst_kernels_best()->differences(e->c, values, count);
	tryst_kernels_best()->offsets(e->c, e->c, count, 0, histogram);
	p = plan_widths(histogram, 0, count);
	if (p.size + 8 >= limit)
		return 0;
	tryst_store_le64(out, values[0]);
	return (size_t)(put_packed(e, &p, e->c, count, out + 8) - out);
}

size_t
tryst_column_constant(uint64_t value, uint8_t *out, uint8_t *encoding)
{
	*encoding = TRYST_ENCODING_CONST;
	return (size_t)(put_bytes(out, value, byte_count(value)) - out);
}

size_t
tryst_column_encode(struct tryst_encoder *e, const uint64_t *values, uint32_t count,
                    bool differences, uint8_t *out, uint8_t *encoding)
{
	uint32_t histogram[65];
	uint64_t min, max;
	struct plan p;
	size_t size = 0;

	assert(count > 0 && count <= TRYST_BATCH_ROWS);
	if (memcmp(values, values + 1, (count - 1) * sizeof(*values)) == 0)
		return tryst_column_constant(values[0], out, encoding);
	tryst_kernels_best()->range(values, count, &min, &max);
	tryst_kernels_best()->offsets(e->a, values, count, min, histogram);
	p = plan_widths(histogram, min, count);
	if (differences) {
		*encoding = TRYST_ENCODING_DELTA;
		size = encode_delta(e, values, count, p.size, out);
	} else if (max - min > 1) {
		*encoding = TRYST_ENCODING_DICT;
		size = encode_dict(e, values, count, min,
		                   tryst_pack_width(tryst_pack_bits(max - min)), p.size, out);
	}
	if (size)
		return size;
	*encoding = TRYST_ENCODING_PACKED;
	return (size_t)(put_packed(e, &p, e->a, count, out) - out);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "store/column.h"

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

/* Offsets from the smallest go to e->a. */
static struct plan
plan_packed(struct tryst_encoder *e, const uint64_t *values, uint32_t count, uint64_t min)
{
	uint32_t histogram[65] = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		e->a[i] = values[i] - min;
		histogram[tryst_pack_bits(e->a[i])]++;
	}
	return plan_widths(histogram, min, count);
}

/* Writes the offsets of e->a. */
static uint8_t *
put_packed(struct tryst_encoder *e, const struct plan *p, uint32_t count, uint8_t *out)
{
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
	for (uint32_t i = 0; p->exceptions && i < count; i++) {
		uint64_t high = e->a[i] >> p->width;

		if (!high)
			continue;
		e->b[n] = high;
		e->a[i] &= ((uint64_t)1 << p->width) - 1;
		tryst_store_le16(places + (size_t)2 * n++, (uint16_t)i);
	}
	assert(n == p->exceptions);
	tryst_pack(out, e->a, count, p->width);
	tryst_pack(places + (size_t)2 * n, e->b, n, p->high_width);
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

/* The most frequent first, of equals the smaller; counting sorts nothing that has no end. */
static void
dict_sort(struct tryst_encoder *e, uint32_t entries)
{
	for (uint32_t i = 0; i < entries; i++) {
		uint32_t at = i;

		for (; at > 0; at--) {
			unsigned before = e->order[at - 1];

			if (e->counts[before] > e->counts[i] ||
			    (e->counts[before] == e->counts[i] && e->values[before] < e->values[i]))
				break;
			e->order[at] = (uint8_t)before;
		}
		e->order[at] = (uint8_t)i;
	}
}

/* Values in the order of their frequency, and the numbers of their entries in e->c. */
static uint32_t
dict_make(struct tryst_encoder *e, const uint64_t *values, uint32_t count, size_t limit)
{
	uint8_t rank[TRYST_DICT_MAX];
	uint64_t sorted[TRYST_DICT_MAX];
	uint32_t entries = 0;

	memset(e->entry, 0, sizeof(e->entry));
	for (uint32_t i = 0; i < count; i++) {
		uint32_t entry = dict_entry(e, values[i], &entries);

		if (entry == UINT32_MAX || entries > limit)
			return 0;
		e->counts[entry]++;
		e->c[i] = entry;
	}
	dict_sort(e, entries);
	for (uint32_t i = 0; i < entries; i++) {
		rank[e->order[i]] = (uint8_t)i;
		sorted[i] = e->values[e->order[i]];
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
	/* Each entry costs its value, and rare ones an exception. */
	uint32_t entries = dict_make(e, values, count, limit / (width / 8 + 1));
	unsigned base_bytes = byte_count(min);
	uint8_t *at = out;
	struct plan p;

	if (entries < 2)
		return 0;
	p = plan_packed(e, e->c, count, 0);
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
	return (size_t)(put_packed(e, &p, count, at) - out);
}

/* The first value (8 bytes), then the differences; or 0 if not smaller than limit. */
static size_t
encode_delta(struct tryst_encoder *e, const uint64_t *values, uint32_t count, size_t limit,
             uint8_t *out)
{
	uint64_t before = values[0];
	struct plan p;

	for (uint32_t i = 0; i < count; i++) {
		e->c[i] = tryst_zigzag(values[i] - before);
		before = values[i];
	}
	p = plan_packed(e, e->c, count, 0);
	if (p.size + 8 >= limit)
		return 0;
	tryst_store_le64(out, values[0]);
	return (size_t)(put_packed(e, &p, count, out + 8) - out);
}

/* Takes the other candidate if there is one. */
static void
take(struct tryst_encoder *e, uint8_t as, size_t other, uint8_t *out, size_t *size,
     uint8_t *encoding)
{
	if (!other)
		return;
	memcpy(out, e->chunk, other);
	*size = other;
	*encoding = as;
}

size_t
tryst_column_encode(struct tryst_encoder *e, const uint64_t *values, uint32_t count,
                    bool differences, uint8_t *out, uint8_t *encoding)
{
	uint64_t min = values[0], max = values[0];
	struct plan p;
	size_t size;

	assert(count > 0 && count <= TRYST_BATCH_ROWS);
	for (uint32_t i = 1; i < count; i++) {
		min = TRYST_MIN(min, values[i]);
		max = TRYST_MAX(max, values[i]);
	}
	*encoding = TRYST_ENCODING_CONST;
	if (min == max)
		return (size_t)(put_bytes(out, min, byte_count(min)) - out);
	p = plan_packed(e, values, count, min);
	size = (size_t)(put_packed(e, &p, count, out) - out);
	*encoding = TRYST_ENCODING_PACKED;
	if (differences)
		take(e, TRYST_ENCODING_DELTA, encode_delta(e, values, count, size, e->chunk), out,
		     &size, encoding);
	else if (max - min > 1)
		take(e, TRYST_ENCODING_DICT,
		     encode_dict(e, values, count, min,
		                 tryst_pack_width(tryst_pack_bits(max - min)), size, e->chunk),
		     out, &size, encoding);
	return size;
}

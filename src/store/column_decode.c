/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "store/column_impl.h"

/* A number of so many bytes, at most eight. */
static uint64_t
take_bytes(struct tryst_cursor *c, unsigned bytes)
{
	const uint8_t *p = bytes <= 8 ? tryst_cursor_take(c, bytes) : NULL;
	uint64_t v = 0;

	if (!p) {
		c->failed = true;
		return 0;
	}
	for (unsigned i = bytes; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

/* Whether the exceptions, of which there are any, are of rows below count, each once, in order. */
static bool
places_ascend(const struct tryst_packed *p, uint32_t count)
{
	const uint8_t *places = p->places;
	unsigned bad = 0;

	for (uint32_t i = 0; i + 1 < p->exceptions; i++)
		bad |= tryst_load_le16(places + (size_t)2 * i) >=
		       tryst_load_le16(places + (size_t)2 * i + 2);
	return !bad && tryst_packed_place(p, p->exceptions - 1U) < count;
}

static bool
open_packed(struct tryst_packed *p, struct tryst_cursor *c, uint32_t count)
{
	p->width = tryst_cursor_u8(c);
	p->high_width = tryst_cursor_u8(c);
	p->exceptions = tryst_cursor_le16(c);
	p->base = take_bytes(c, tryst_cursor_u8(c));
	if (c->failed || !tryst_pack_width_valid(p->width) ||
	    !tryst_pack_width_valid(p->high_width) || p->exceptions > count ||
	    (p->exceptions && p->width == 64))
		return false;
	p->bits = tryst_cursor_take(c, tryst_pack_size(p->width, count));
	p->places = tryst_cursor_take(c, (size_t)2 * p->exceptions);
	p->highs = tryst_cursor_take(c, tryst_pack_size(p->high_width, p->exceptions));
	return !c->failed && (p->exceptions == 0 || places_ascend(p, count));
}

static bool
open_dict(struct tryst_column *col, struct tryst_cursor *c)
{
	col->values_count = (uint16_t)(tryst_cursor_u8(c) + 1);
	col->values_width = tryst_cursor_u8(c);
	col->values_base = take_bytes(c, tryst_cursor_u8(c));
	if (c->failed || !tryst_pack_width_valid(col->values_width))
		return false;
	col->values = tryst_cursor_take(c, tryst_pack_size(col->values_width, col->values_count));
	return !c->failed && open_packed(&col->packed, c, col->count);
}

bool
tryst_column_open(struct tryst_column *col, uint8_t encoding, const uint8_t *data, size_t size,
                  uint32_t count)
{
	struct tryst_cursor c = tryst_cursor_init(data, size);

	col->encoding = encoding;
	col->count = count;
	switch (encoding) {
	case TRYST_ENCODING_CONST:
		col->first = take_bytes(&c, (unsigned)TRYST_MIN(size, (size_t)9));
		return !c.failed;
	case TRYST_ENCODING_PACKED:
		return open_packed(&col->packed, &c, count);
	case TRYST_ENCODING_DICT:
		return open_dict(col, &c);
	case TRYST_ENCODING_DELTA:
		col->first = tryst_cursor_le64(&c);
		return open_packed(&col->packed, &c, count);
	default:
		return false;
	}
}

/* Adds what stands above the width to the exceptions. */
#define PATCH(name, type)                                                                          \
	static void name(const struct tryst_packed *p, type *out)                                  \
	{                                                                                          \
		for (uint32_t i = 0; i < p->exceptions; i++) {                                     \
			uint64_t high = tryst_pack_get(p->highs, p->high_width, i);                \
			type *v = &out[tryst_load_le16(p->places + (size_t)2 * i)];                \
			*v = (type)(*v + (high << p->width));                                      \
		}                                                                                  \
	}

PATCH(patch_u8, uint8_t)
PATCH(patch_u16, uint16_t)
PATCH(patch_u32, uint32_t)
PATCH(patch_u64, uint64_t)

static void
decode_packed(const struct tryst_packed *p, uint32_t count, void *out, size_t size)
{
	tryst_unpack_into(out, size, p->bits, count, p->width, p->base);
	switch (size) {
	case 1:
		patch_u8(p, out);
		break;
	case 2:
		patch_u16(p, out);
		break;
	case 4:
		patch_u32(p, out);
		break;
	default:
		patch_u64(p, out);
	}
}

void
tryst_column_fill(void *out, size_t size, uint64_t v, uint32_t count)
{
	switch (size) {
	case 1:
		memset(out, (uint8_t)v, count);
		break;
	case 2:
		for (uint32_t i = 0; i < count; i++)
			((uint16_t *)out)[i] = (uint16_t)v;
		break;
	case 4:
		for (uint32_t i = 0; i < count; i++)
			((uint32_t *)out)[i] = (uint32_t)v;
		break;
	default:
		for (uint32_t i = 0; i < count; i++)
			((uint64_t *)out)[i] = v;
	}
}

#define LOOKUP(name, type)                                                                         \
	static void name(type *out, const uint64_t *values, const uint8_t *entries,                \
	                 uint32_t count)                                                           \
	{                                                                                          \
		type table[TRYST_DICT_MAX];                                                        \
		for (uint32_t i = 0; i < TRYST_DICT_MAX; i++)                                      \
			table[i] = (type)values[i];                                                \
		for (uint32_t i = 0; i < count; i++)                                               \
			out[i] = table[entries[i]];                                                \
	}

LOOKUP(lookup_u8, uint8_t)
LOOKUP(lookup_u16, uint16_t)
LOOKUP(lookup_u32, uint32_t)
LOOKUP(lookup_u64, uint64_t)

/* Whether all bytes are below a limit of 1 to 256: eight at a time, none of which carries. */
static bool
all_below(const uint8_t *bytes, uint32_t count, unsigned limit)
{
	const uint64_t ones = 0x0101010101010101ULL, high = ones << 7;
	uint64_t beyond = 0;
	uint32_t i = 0;

	for (; i + 8 <= count; i += 8) {
		uint64_t x = tryst_load_le64(bytes + i), low = x & ~high;

		if (limit <= 128)
			beyond |= (low + (128 - limit) * ones) | x;
		else
			beyond |= (low + (256 - limit) * ones) & x;
	}
	for (; i < count; i++)
		beyond |= bytes[i] >= limit ? high : 0;
	return !(beyond & high);
}

static bool
decode_dict(const struct tryst_column *c, void *out, size_t size)
{
	uint64_t values[TRYST_DICT_MAX + 7] = { 0 };
	uint8_t entries[TRYST_BATCH_ROWS + 7];

	if (c->packed.width > 8 || c->packed.base)
		return false;
	decode_packed(&c->packed, c->count, entries, 1);
	if (!all_below(entries, c->count, c->values_count))
		return false;
	tryst_unpack_into(values, 8, c->values, c->values_count, c->values_width, c->values_base);
	switch (size) {
	case 1:
		lookup_u8(out, values, entries, c->count);
		break;
	case 2:
		lookup_u16(out, values, entries, c->count);
		break;
	case 4:
		lookup_u32(out, values, entries, c->count);
		break;
	default:
		lookup_u64(out, values, entries, c->count);
	}
	return true;
}

void
tryst_column_narrow(void *out, size_t size, const uint64_t *in, const uint16_t *rows,
                    uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint64_t v = in[rows ? rows[i] : i];

		switch (size) {
		case 1:
			((uint8_t *)out)[i] = (uint8_t)v;
			break;
		case 2:
			((uint16_t *)out)[i] = (uint16_t)v;
			break;
		case 4:
			((uint32_t *)out)[i] = (uint32_t)v;
			break;
		default:
			((uint64_t *)out)[i] = v;
		}
	}
}

/* Undoes the differences in place. */
static void
decode_delta(const struct tryst_column *c, uint64_t *out)
{
	uint64_t v = c->first;

	decode_packed(&c->packed, c->count, out, 8);
	for (uint32_t i = 0; i < c->count; i++) {
		v += tryst_unzigzag(out[i]);
		out[i] = v;
	}
}

bool
tryst_column_decode(const struct tryst_column *c, void *out, size_t size)
{
	uint64_t wide[TRYST_BATCH_ROWS + 7];

	switch (c->encoding) {
	case TRYST_ENCODING_CONST:
		tryst_column_fill(out, size, c->first, c->count);
		return true;
	case TRYST_ENCODING_PACKED:
		decode_packed(&c->packed, c->count, out, size);
		return true;
	case TRYST_ENCODING_DICT:
		return decode_dict(c, out, size);
	default:
		if (size == 8) {
			decode_delta(c, out);
			return true;
		}
		decode_delta(c, wide);
		tryst_column_narrow(out, size, wide, NULL, c->count);
		return true;
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only way bytes from a file or a datagram become numbers.
 *
 * A cursor is a bounded view with a position and a sticky failure: the first read past the end sets
 * `failed`, every later read returns 0 and moves nothing, and the caller looks once at the end.  A
 * nested length becomes a child cursor (tryst_cursor_sub), which can never see past its parent.
 * No read casts a pointer, so alignment and byte order are never a question.
 */
#ifndef TRYST_BASE_CURSOR_H
#define TRYST_BASE_CURSOR_H

#include "base/base.h"

#include <string.h>

struct tryst_cursor {
	const uint8_t *pos;
	const uint8_t *end;
	bool failed;
};

static inline struct tryst_cursor
tryst_cursor_init(const void *data, size_t len)
{
	return (struct tryst_cursor){ .pos = data, .end = (const uint8_t *)data + len };
}

static inline size_t
tryst_cursor_left(const struct tryst_cursor *c)
{
	return c->failed ? 0 : (size_t)(c->end - c->pos);
}

/* The next n bytes, or NULL (and failed) when fewer are left.  The bytes belong to the view. */
static inline const uint8_t *
tryst_cursor_take(struct tryst_cursor *c, size_t n)
{
	const uint8_t *p = c->pos;

	if (TRYST_UNLIKELY(c->failed || (size_t)(c->end - c->pos) < n)) {
		c->failed = true;
		return NULL;
	}
	c->pos += n;
	return p;
}

static inline void
tryst_cursor_skip(struct tryst_cursor *c, size_t n)
{
	(void)tryst_cursor_take(c, n);
}

/* A child over the next n bytes; the parent moves behind them.  Too few: both are failed. */
static inline struct tryst_cursor
tryst_cursor_sub(struct tryst_cursor *c, size_t n)
{
	const uint8_t *p = tryst_cursor_take(c, n);

	if (!p)
		return (struct tryst_cursor){ .pos = c->end, .end = c->end, .failed = true };
	return tryst_cursor_init(p, n);
}

/* tryst_cursor_{u8,le16,...,be64}: one number of the named width and byte order, 0 once failed. */
static inline uint8_t
tryst_cursor_u8(struct tryst_cursor *c)
{
	const uint8_t *p = tryst_cursor_take(c, 1);

	return p ? p[0] : 0;
}

#define TRYST_CURSOR_READ_(name, type, convert)                                                    \
	static inline type name(struct tryst_cursor *c)                                            \
	{                                                                                          \
		const uint8_t *p = tryst_cursor_take(c, sizeof(type));                             \
		type v;                                                                            \
		if (!p)                                                                            \
			return 0;                                                                  \
		memcpy(&v, p, sizeof(v));                                                          \
		return (type)convert(v);                                                           \
	}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define TRYST_LE_(v) (v)
#define TRYST_BE16_(v) __builtin_bswap16(v)
#define TRYST_BE32_(v) __builtin_bswap32(v)
#define TRYST_BE64_(v) __builtin_bswap64(v)
TRYST_CURSOR_READ_(tryst_cursor_le16, uint16_t, TRYST_LE_)
TRYST_CURSOR_READ_(tryst_cursor_le32, uint32_t, TRYST_LE_)
TRYST_CURSOR_READ_(tryst_cursor_le64, uint64_t, TRYST_LE_)
TRYST_CURSOR_READ_(tryst_cursor_be16, uint16_t, TRYST_BE16_)
TRYST_CURSOR_READ_(tryst_cursor_be32, uint32_t, TRYST_BE32_)
TRYST_CURSOR_READ_(tryst_cursor_be64, uint64_t, TRYST_BE64_)
#else
#define TRYST_BE_(v) (v)
TRYST_CURSOR_READ_(tryst_cursor_le16, uint16_t, __builtin_bswap16)
TRYST_CURSOR_READ_(tryst_cursor_le32, uint32_t, __builtin_bswap32)
TRYST_CURSOR_READ_(tryst_cursor_le64, uint64_t, __builtin_bswap64)
TRYST_CURSOR_READ_(tryst_cursor_be16, uint16_t, TRYST_BE_)
TRYST_CURSOR_READ_(tryst_cursor_be32, uint32_t, TRYST_BE_)
TRYST_CURSOR_READ_(tryst_cursor_be64, uint64_t, TRYST_BE_)
#endif

/*
 * Unchecked loads for inner loops whose bounds were checked once for many reads (a record whose
 * layout was verified, say).  Everything else uses the cursor.
 */
static inline uint16_t
tryst_load_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t
tryst_load_le32(const uint8_t *p)
{
	return (uint32_t)tryst_load_le16(p) | (uint32_t)tryst_load_le16(p + 2) << 16;
}

static inline uint64_t
tryst_load_le64(const uint8_t *p)
{
	return (uint64_t)tryst_load_le32(p) | (uint64_t)tryst_load_le32(p + 4) << 32;
}

static inline uint16_t
tryst_load_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
tryst_load_be32(const uint8_t *p)
{
	return (uint32_t)tryst_load_be16(p) << 16 | tryst_load_be16(p + 2);
}

static inline uint64_t
tryst_load_be64(const uint8_t *p)
{
	return (uint64_t)tryst_load_be32(p) << 32 | tryst_load_be32(p + 4);
}

/* The other way, for files that are written. */
static inline void
tryst_store_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void
tryst_store_le32(uint8_t *p, uint32_t v)
{
	tryst_store_le16(p, (uint16_t)v);
	tryst_store_le16(p + 2, (uint16_t)(v >> 16));
}

static inline void
tryst_store_le64(uint8_t *p, uint64_t v)
{
	tryst_store_le32(p, (uint32_t)v);
	tryst_store_le32(p + 4, (uint32_t)(v >> 32));
}

#endif

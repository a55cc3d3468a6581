/* SPDX-License-Identifier: Apache-2.0 */
/* The sequences of an LZ4 block: literals, then a copy. */
#ifndef TRYST_READ_LZ4_SEQUENCE_H
#define TRYST_READ_LZ4_SEQUENCE_H

#include "base/cursor.h"

struct sequence {
	size_t literals;
	size_t length; /* of the copy; 0: the last sequence has none */
	uint32_t offset;
};

/* The rest of a length that does not fit the token. */
static inline bool
length_read(const uint8_t *in, size_t len, size_t *at, size_t *length)
{
	uint8_t more;

	do {
		if (*at >= len)
			return false;
		more = in[(*at)++];
		*length += more;
	} while (more == 255);
	return true;
}

/* Reads a sequence and moves behind it; false: it is none. */
static inline __attribute__((always_inline)) bool
sequence_read(const uint8_t *in, size_t len, size_t *at, struct sequence *s)
{
	size_t i = *at;
	uint8_t token;

	if (i >= len)
		return false;
	token = in[i++];
	s->literals = token >> 4;
	if (TRYST_UNLIKELY(s->literals == 15) && !length_read(in, len, &i, &s->literals))
		return false;
	if (TRYST_UNLIKELY(s->literals + 2 > len - i)) {
		s->length = 0;
		*at = len;
		return s->literals == len - i;
	}
	i += s->literals;
	s->offset = tryst_load_le16(in + i);
	i += 2;
	s->length = token & 15;
	if (TRYST_UNLIKELY(s->length == 15) && !length_read(in, len, &i, &s->length))
		return false;
	s->length += 4;
	*at = i;
	return true;
}

#endif

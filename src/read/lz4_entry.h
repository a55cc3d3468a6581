/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacking an LZ4 block from its middle.
 *
 * A block is a chain of sequences: some bytes as they are, then a copy of what stands at most
 * 65,535 bytes before in the unpacked block.  So unpacking may begin at any sequence for which the
 * bytes before it are there; and of these 64 KB only those that are really copied from.  In a block
 * of flow records they are a few thousand, and pack well.
 *
 * Those that pack and unpack need tryst_lz4 to have succeeded before.
 *
 * Source: LZ4 Block Format Description (github.com/lz4/lz4, doc/lz4_Block_format.md).
 */
#ifndef TRYST_READ_LZ4_ENTRY_H
#define TRYST_READ_LZ4_ENTRY_H

#include "base/base.h"

#define TRYST_LZ4_BEHIND 16u
#define TRYST_LZ4_REACH 65535u /* so far back a copy reaches */
/* What a history takes at most before it is packed. */
#define TRYST_LZ4_HISTORY_MAX (1u << 17)

#define TRYST_LZ4_CHAINS 4u
#define TRYST_LZ4_CHAIN_MARKS 1024u
#define TRYST_LZ4_LOG 256u

/* A sequence of a block: where it stands, and which unpacked byte it makes first. */
struct tryst_lz4_mark {
	uint32_t at, plain;
};

/* Some sequences of a block, in its order; the rest is for the making of them. */
struct tryst_lz4_marks {
	uint32_t count;
	struct tryst_lz4_mark list[TRYST_LZ4_CHAINS * TRYST_LZ4_CHAIN_MARKS];
	struct tryst_lz4_mark log[TRYST_LZ4_CHAINS][TRYST_LZ4_LOG];
};

/*
 * Marks sequences all over a block that is known to unpack, if it is a long one.  Cheaper than to
 * walk over it.
 */
void tryst_lz4_marks_make(struct tryst_lz4_marks *m, const uint8_t *packed, uint32_t len);

/*
 * A walk over the sequences of a block that is known to unpack.  It begins with {packed, len}, and
 * with the block's marks, which it goes by, or NULL.
 */
struct tryst_lz4_walk {
	const uint8_t *packed;
	uint32_t len;
	uint32_t mark; /* the next one */
	const struct tryst_lz4_marks *marks;
	/* The sequence that it is at: where it stands, and which unpacked byte it makes first. */
	uint32_t at, plain;
	/* Likewise of the one behind it; next is len behind the last. */
	uint32_t next, next_plain;
};

/* Goes on to the last sequence that begins at or before an unpacked byte. */
void tryst_lz4_walk_to(struct tryst_lz4_walk *w, uint32_t plain);

/*
 * How many packed bytes are enough to unpack what the sequence makes: the library wants to see some
 * behind it, unless the block ends there.
 */
static inline uint32_t
tryst_lz4_walk_enough(const struct tryst_lz4_walk *w)
{
	return w->len - w->next > TRYST_LZ4_BEHIND ? w->next + TRYST_LZ4_BEHIND : w->len;
}

/* Memory to make a history with; one thread at a time. */
struct tryst_lz4_history {
	uint8_t used[TRYST_LZ4_REACH];
	uint8_t runs[TRYST_LZ4_HISTORY_MAX];
	uint8_t bytes[TRYST_LZ4_REACH];
};

/*
 * Packs what the sequences from that of the walk on copy from before it into at most max bytes;
 * plain is the unpacked block.  0: they do not suffice.
 */
size_t tryst_lz4_history_pack(struct tryst_lz4_history *h, const struct tryst_lz4_walk *w,
                              const uint8_t *plain, uint8_t *out, size_t max);

/*
 * Puts a history where it was: before byte `at` of the block at `plain`.  The memory is for
 * TRYST_LZ4_HISTORY_MAX bytes.  False: it is none.
 */
bool tryst_lz4_history_unpack(const uint8_t *history, size_t len, uint8_t *memory, uint8_t *plain,
                              uint32_t at);

/*
 * Unpacks from a sequence on, whose history stands before it, up to byte `to` of the block; `in`
 * are the packed bytes from there on, as many as are enough, and plain has room for max bytes.
 * False: they are damaged.
 */
bool tryst_lz4_unpack_from(const uint8_t *in, size_t len, uint8_t *plain, uint32_t at, uint32_t to,
                           size_t max);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of whole columns: one bit a row instead of a list of rows.
 *
 * While every row of a batch is still in play, simple tests (numbers in one range or in a bitmap,
 * flags, and what and, or and not make of them) run over the columns from end to end, with AVX2
 * where the processor has it; the rows that are left are listed at the end.  Where some tests of an
 * `and` are not so simple, these see only what the simple ones have left.
 */
#ifndef TRYST_QUERY_FILTER_DENSE_H
#define TRYST_QUERY_FILTER_DENSE_H

#include "query/filter_ast.h"

#define TRYST_FDENSE_WORDS (TRYST_BATCH_ROWS / 64)

/*
 * The loops.  Bit i of the mask is row i; `words` words of it are written, and as many rows, a
 * multiple of 64, are read.  In a range is lo <= x <= lo + span, as numbers without a sign that
 * wrap.
 */
struct tryst_fdense {
	void (*u8)(uint64_t *mask, const uint8_t *x, uint32_t words, uint8_t lo, uint8_t span);
	void (*u16)(uint64_t *mask, const uint16_t *x, uint32_t words, uint16_t lo, uint16_t span);
	void (*u32)(uint64_t *mask, const uint32_t *x, uint32_t words, uint32_t lo, uint32_t span);
	void (*u64)(uint64_t *mask, const uint64_t *x, uint32_t words, uint64_t lo, uint64_t span);
	/* (x & bits) == high */
	void (*flags)(uint64_t *mask, const uint8_t *x, uint32_t words, uint8_t bits, uint8_t high);
	/* x >> bit & 1 */
	void (*bit)(uint64_t *mask, const uint64_t *x, uint32_t words, unsigned bit);
};

extern const struct tryst_fdense tryst_fdense_scalar;
#ifdef __x86_64__
extern const struct tryst_fdense tryst_fdense_avx2;
#endif

/* The fastest that this processor runs. */
const struct tryst_fdense *tryst_fdense_best(void);

/* Says of every node whether it is so simple (n->dense); after the kernels are chosen. */
void tryst_fdense_mark(struct tryst_fnode *n);

/* The rows of a batch for which a node so marked holds; bits behind the last row are 0. */
void tryst_fdense_run(const struct tryst_fdense *d, const struct tryst_fnode *n,
                      const struct tryst_batch *b, uint64_t mask[TRYST_FDENSE_WORDS]);

/* Lists the rows of a mask, ascending; returns how many. */
uint32_t tryst_fdense_list(const uint64_t mask[TRYST_FDENSE_WORDS], uint32_t rows, uint16_t *sel);

#endif

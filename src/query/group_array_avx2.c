/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adding columns to an array with AVX2: four rows of four columns are turned into four entries,
 * each of which is added as a whole.
 *
 * There is no maximum of eight-byte numbers, but the times of an entry are below 2^62: as doubles
 * they are positive and finite, and in the same order.
 */
#include "query/group_array_columns.h"

#ifdef __x86_64__

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE __attribute__((always_inline, target("avx2"))) static inline

_Static_assert(TRYST_GROUP_ARRAY_TIME < (int64_t)1 << 62, "as doubles");

INLINE __m256i
load(const void *p)
{
	return _mm256_loadu_si256(p);
}

INLINE __m256i
max(__m256i a, __m256i b)
{
	return _mm256_castpd_si256(_mm256_max_pd(_mm256_castsi256_pd(a), _mm256_castsi256_pd(b)));
}

/* flows and packets, and bytes, add up; the times are the larger ones. */
INLINE void
entry_add(struct tryst_group_entry *e, __m256i what)
{
	__m256i now = load(e);

	now = _mm256_blend_epi32(_mm256_add_epi64(now, what), max(now, what), 0xf0);
	_mm256_storeu_si256((void *)e, now);
}

/* Four rows as columns: flows and packets, bytes, before, after. */
struct four {
	__m256i column[4];
};

INLINE struct four
four_load(const struct tryst_group_columns *c, size_t i)
{
	__m256i time = _mm256_set1_epi64x(TRYST_GROUP_ARRAY_TIME);
	__m256i flow = _mm256_set1_epi64x((long long)TRYST_GROUP_ARRAY_PACKETS);

	return (struct four){ { _mm256_or_si256(load(c->packets + i), flow), load(c->bytes + i),
		                _mm256_sub_epi64(time, load(c->first_ms + i)),
		                _mm256_add_epi64(time, load(c->last_ms + i)) } };
}

/*
 * Whether all rows are within the limits of columns.  A time is where that plus the limit, less
 * than twice the limit, has no bit above.
 */
INLINE bool
four_valid(const struct tryst_group_columns *c, size_t i)
{
	__m256i limit = _mm256_set1_epi64x(TRYST_GROUP_COLUMN_TIME);
	__m256i beyond = _mm256_set1_epi64x(-2 * TRYST_GROUP_COLUMN_TIME);
	__m256i many = _mm256_set1_epi64x(-(long long)TRYST_GROUP_COLUMN_PACKETS);
	__m256i times = _mm256_or_si256(_mm256_add_epi64(load(c->first_ms + i), limit),
	                                _mm256_add_epi64(load(c->last_ms + i), limit));

	times = _mm256_and_si256(times, beyond);
	times = _mm256_or_si256(times, _mm256_and_si256(load(c->packets + i), many));
	return _mm256_testz_si256(times, times);
}

INLINE void
four_add(struct tryst_group_entry *entries, const uint32_t *codes, const struct four *f)
{
	__m256i a = _mm256_unpacklo_epi64(f->column[0], f->column[1]); /* rows 0 and 2 */
	__m256i b = _mm256_unpackhi_epi64(f->column[0], f->column[1]); /* rows 1 and 3 */
	__m256i c = _mm256_unpacklo_epi64(f->column[2], f->column[3]);
	__m256i d = _mm256_unpackhi_epi64(f->column[2], f->column[3]);

	entry_add(entries + codes[0], _mm256_permute2x128_si256(a, c, 0x20));
	entry_add(entries + codes[1], _mm256_permute2x128_si256(b, d, 0x20));
	entry_add(entries + codes[2], _mm256_permute2x128_si256(a, c, 0x31));
	entry_add(entries + codes[3], _mm256_permute2x128_si256(b, d, 0x31));
}

/* The lanes of four sums, added to one. */
AVX2 static void
four_sum(const struct four *f, struct tryst_group_entry *sum)
{
	uint64_t lanes[4][4];

	for (unsigned i = 0; i < 4; i++)
		_mm256_storeu_si256((void *)lanes[i], f->column[i]);
	for (unsigned i = 0; i < 4; i++)
		tryst_group_entry_add(sum, &(struct tryst_group_entry){ lanes[0][i], lanes[1][i],
		                                                        lanes[2][i], lanes[3][i] });
}

AVX2 size_t
tryst_group_add_avx2(struct tryst_group_entry *entries, const uint32_t *codes, size_t ahead,
                     const struct tryst_group_columns *columns, size_t n,
                     struct tryst_group_entry *sum)
{
	const struct tryst_group_columns c = *columns;
	struct four sums = { { _mm256_setzero_si256() } };
	size_t i = 0;

	for (unsigned k = 1; k < 4; k++)
		sums.column[k] = sums.column[0];
	for (; i + 4 <= n && four_valid(&c, i); i += 4) {
		struct four f = four_load(&c, i);

		if (i + TRYST_GROUP_AHEAD + 4 <= n + ahead) {
			const uint32_t *next = codes + i + TRYST_GROUP_AHEAD;

			__builtin_prefetch(entries + next[0], 1);
			__builtin_prefetch(entries + next[1], 1);
			__builtin_prefetch(entries + next[2], 1);
			__builtin_prefetch(entries + next[3], 1);
		}
		four_add(entries, codes + i, &f);
		sums.column[0] = _mm256_add_epi64(sums.column[0], f.column[0]);
		sums.column[1] = _mm256_add_epi64(sums.column[1], f.column[1]);
		sums.column[2] = max(sums.column[2], f.column[2]);
		sums.column[3] = max(sums.column[3], f.column[3]);
	}
	four_sum(&sums, sum);
	if (i == n)
		return n;
	/* What is left, or up to the row that is beyond. */
	return i +
	       tryst_group_add_plain(entries, codes + i, ahead,
	                             &(struct tryst_group_columns){ c.packets + i, c.bytes + i,
	                                                            c.first_ms + i, c.last_ms + i },
	                             n - i, sum);
}

#endif

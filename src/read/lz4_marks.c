/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a sequence begins is known only when the one before it was read, so a walk waits for memory
 * at every step.  Four walks at once wait together.  Three of them begin at bytes that need not
 * begin a sequence; but such a walk soon meets the true one, and is the same from there on.  What
 * they find counts only if the true walk was seen to come to a place where they have been.
 */
#include "read/lz4_entry.h"
#include "read/lz4_sequence.h"

#define CHAINS TRYST_LZ4_CHAINS
#define ROUND 64u     /* sequences between two marks */
#define STEP_MAX 19u  /* bytes that a sequence without longer literals takes */
#define LEN_MIN 65536 /* shorter blocks are not worth it */
/* So many bytes from the end of a block steps need not look for it. */
#define MARGIN (ROUND * STEP_MAX + 32)

_Static_assert(CHAINS == 4, "round_all walks four");

struct place {
	const uint8_t *p;
	uint32_t plain;
};

struct walks {
	const uint8_t *in;
	size_t len;
	const uint8_t *safe;
	struct place at[CHAINS];
	const uint8_t *end[CHAINS];
	uint32_t count[CHAINS]; /* marks */
};

/* A step over lengths of several bytes; p is NULL behind one that ends too near to the block's. */
static __attribute__((noinline)) struct place
step_long(const struct walks *w, struct place c)
{
	size_t at = (size_t)(c.p - w->in);
	struct sequence s = { 0 };

	if (!sequence_read(w->in, w->len, &at, &s) || w->in + at >= w->safe)
		return (struct place){ NULL, 0 };
	return (struct place){ w->in + at, c.plain + (uint32_t)(s.literals + s.length) };
}

/* One that begins before w->safe, or at most ROUND steps behind such a one. */
static inline __attribute__((always_inline)) bool
step(const struct walks *w, struct place *c)
{
	uint32_t token = *c->p, literals = token >> 4, length = token & 15, more, beyond;
	const uint8_t *p;

	if (TRYST_LIKELY(literals < 15)) {
		p = c->p + literals + 3;
		beyond = length == 15;
		more = *p;
		if (TRYST_LIKELY(!(beyond & (more == 255)))) {
			/* Long copies come at random: a branch would be guessed wrongly. */
			c->plain += literals + length + 4 + (more & (0 - beyond));
			c->p = p + beyond;
			return true;
		}
	}
	*c = step_long(w, *c);
	return c->p != NULL;
}

/* All four by ROUND steps; false: one of them could not, and all are where they were. */
static bool
round_all(struct walks *w)
{
	struct place a = w->at[0], b = w->at[1], c = w->at[2], d = w->at[3];

	for (unsigned i = 0; i < ROUND; i++) {
		if (!step(w, &a) || !step(w, &b) || !step(w, &c) || !step(w, &d))
			return false;
	}
	w->at[0] = a;
	w->at[1] = b;
	w->at[2] = c;
	w->at[3] = d;
	return true;
}

static bool
round_one(struct walks *w, unsigned chain)
{
	struct place c = w->at[chain];

	for (unsigned i = 0; i < ROUND; i++) {
		if (!step(w, &c))
			return false;
	}
	w->at[chain] = c;
	return true;
}

static struct tryst_lz4_mark
mark_of(const struct walks *w, struct place c)
{
	return (struct tryst_lz4_mark){ (uint32_t)(c.p - w->in), c.plain };
}

/* Notes the first places of a walk that began anywhere; false: it came to an end. */
static bool
log_begin(struct walks *w, unsigned chain, struct tryst_lz4_mark *log)
{
	for (unsigned i = 0; i < TRYST_LZ4_LOG; i++) {
		log[i] = mark_of(w, w->at[chain]);
		if (w->at[chain].p >= w->safe || !step(w, &w->at[chain]))
			return false;
	}
	return true;
}

static bool
more_to_go(const struct walks *w, unsigned chain)
{
	return w->at[chain].p < w->end[chain] && w->at[chain].p < w->safe &&
	       w->count[chain] < TRYST_LZ4_CHAIN_MARKS;
}

static void
mark_add(struct walks *w, unsigned chain, struct tryst_lz4_marks *m)
{
	m->list[chain * TRYST_LZ4_CHAIN_MARKS + w->count[chain]++] = mark_of(w, w->at[chain]);
}

static void
walk_all(struct walks *w, struct tryst_lz4_marks *m)
{
	bool go = true;

	while (go && more_to_go(w, 0) && more_to_go(w, 1) && more_to_go(w, 2) && more_to_go(w, 3)) {
		go = round_all(w);
		for (unsigned chain = 0; go && chain < CHAINS; chain++)
			mark_add(w, chain, m);
	}
	for (unsigned chain = 0; chain < CHAINS; chain++) {
		while (more_to_go(w, chain) && round_one(w, chain))
			mark_add(w, chain, m);
	}
}

/*
 * Goes on from where the true walk is to a place of the log, and says how many unpacked bytes come
 * before what the log takes for the first.  False: they do not meet.
 */
static bool
meet(const struct walks *w, struct place true_one, const struct tryst_lz4_mark *log,
     uint32_t *before)
{
	for (unsigned i = 0; i < TRYST_LZ4_LOG;) {
		struct tryst_lz4_mark now = mark_of(w, true_one);

		if (log[i].at < now.at) {
			i++;
		} else if (log[i].at == now.at) {
			*before = now.plain - log[i].plain;
			return true;
		} else if (true_one.p >= w->safe || !step(w, &true_one)) {
			return false;
		}
	}
	return false;
}

/* Puts the marks of walks that met one behind the other. */
static void
join(struct walks *w, struct tryst_lz4_marks *m)
{
	m->count = w->count[0];
	for (unsigned chain = 1; chain < CHAINS; chain++) {
		const struct tryst_lz4_mark *from = m->list + chain * TRYST_LZ4_CHAIN_MARKS;
		uint32_t before;

		if (w->at[chain - 1].p < w->end[chain - 1] ||
		    !meet(w, w->at[chain - 1], m->log[chain], &before))
			return;
		for (uint32_t i = 0; i < w->count[chain]; i++)
			m->list[m->count++] =
				(struct tryst_lz4_mark){ from[i].at, from[i].plain + before };
		w->at[chain].plain += before;
	}
}

void
tryst_lz4_marks_make(struct tryst_lz4_marks *m, const uint8_t *packed, uint32_t len)
{
	struct walks w = { .in = packed, .len = len };
	uint32_t part = len / CHAINS;

	m->count = 0;
	if (len < LEN_MIN)
		return;
	w.safe = packed + len - MARGIN;
	for (unsigned chain = 0; chain < CHAINS; chain++) {
		w.at[chain].p = packed + chain * part;
		w.end[chain] = packed + (chain + 1) * part;
		if (chain && !log_begin(&w, chain, m->log[chain]))
			return;
	}
	walk_all(&w, m);
	join(&w, m);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/exporting.h"

#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX 3660
#define TIMEOUT_MIN_S 10
#define SPIKE_MIN 10
#define SPIKE_TIMES 5
#define MATCHES_MIN 5
#define BINS (2 * TRYST_CLOCK_SKEW_MS + 1)

/* How the starts of what two exporters both saw differ: b's minus a's, in ms. */
struct tryst_exporting_pair {
	struct tryst_exporting *a, *b; /* in the order of the list */
	uint64_t matches;
	uint32_t *bins;
};

static int
exporting_compare(bool a_known, struct tryst_ip a, bool b_known, struct tryst_ip b)
{
	return a_known != b_known ? (int)a_known - (int)b_known : tryst_ip_compare(a, b);
}

/* Where the exporter stands in the list, or would. */
static size_t
place_find(const struct tryst_exportings *x, bool known, struct tryst_ip ip, bool *found)
{
	size_t from = 0, to = x->count;

	*found = false;
	while (from < to && !*found) {
		size_t mid = from + (to - from) / 2;
		int order = exporting_compare(x->list[mid]->known, x->list[mid]->ip, known, ip);

		*found = order == 0;
		if (order < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return to;
}

const struct tryst_exporting *
tryst_exportings_find(const struct tryst_exportings *x, const struct tryst_hunt_record *r)
{
	bool found;
	size_t at = place_find(x, r->has & TRYST_HAS_EXPORTER, r->exporter, &found);

	return found ? x->list[at] : NULL;
}

/* The exporter of the record, new if need be; *out is NULL where there are too many. */
static int
exporting_get(struct tryst_exportings *x, const struct tryst_hunt_record *r,
              struct tryst_exporting **out, struct tryst_error *err)
{
	bool known = r->has & TRYST_HAS_EXPORTER, found;
	size_t at = place_find(x, known, r->exporter, &found);
	struct tryst_exporting *e;

	*out = found ? x->list[at] : NULL;
	if (found || x->count == TRYST_EXPORTING_MAX)
		return 0;
	if (!x->list)
		x->list = calloc(TRYST_EXPORTING_MAX, sizeof(struct tryst_exporting *));
	e = x->list ? calloc(1, sizeof(*e)) : NULL;
	if (!e)
		return tryst_error_nomem(err);
	*e = (struct tryst_exporting){ .ip = r->exporter, .known = known };
	memmove(x->list + at + 1, x->list + at, (x->count - at) * sizeof(struct tryst_exporting *));
	x->list[at] = e;
	x->count++;
	e->seconds = calloc(SECONDS_MAX, sizeof(*e->seconds));
	*out = e;
	return e->seconds ? 0 : tryst_error_nomem(err);
}

/* The pair, new if need be; *out is NULL where there are too many. */
static int
pair_get(struct tryst_exportings *x, struct tryst_exporting *a, struct tryst_exporting *b,
         struct tryst_exporting_pair **out, struct tryst_error *err)
{
	struct tryst_exporting_pair *p;

	for (size_t i = 0; i < x->pair_count; i++) {
		*out = &x->pairs[i];
		if (x->pairs[i].a == a && x->pairs[i].b == b)
			return 0;
	}
	*out = NULL;
	if (x->pair_count == TRYST_EXPORTING_PAIRS_MAX)
		return 0;
	if (!x->pairs)
		x->pairs = calloc(TRYST_EXPORTING_PAIRS_MAX, sizeof(*x->pairs));
	if (!x->pairs)
		return tryst_error_nomem(err);
	p = &x->pairs[x->pair_count++];
	*p = (struct tryst_exporting_pair){ .a = a,
		                            .b = b,
		                            .bins = calloc(BINS, sizeof(*p->bins)) };
	*out = p;
	return p->bins ? 0 : tryst_error_nomem(err);
}

/* Notes by how much r, of e, starts after an earlier record of another exporter. */
static int
match(struct tryst_exportings *x, struct tryst_exporting *other, int64_t other_ms,
      struct tryst_exporting *e, int64_t start_ms, struct tryst_error *err)
{
	bool first = exporting_compare(e->known, e->ip, other->known, other->ip) < 0;
	int64_t later_ms = start_ms - other_ms;
	struct tryst_exporting_pair *p;
	int rc = first ? pair_get(x, e, other, &p, err) : pair_get(x, other, e, &p, err);

	if (rc < 0 || !p)
		return rc;
	p->bins[TRYST_CLOCK_SKEW_MS + (first ? -later_ms : later_ms)]++;
	p->matches++;
	return 0;
}

/* For each other exporter its latest record of this direction, if it starts close enough. */
static int
matches_find(struct tryst_exportings *x, const struct tryst_hunt_record *r,
             struct tryst_exporting *e, struct tryst_error *err)
{
	const struct tryst_exporting *done[TRYST_ARRAY_SIZE(x->recent)];
	unsigned done_count = 0;
	int rc = 0;

	for (unsigned i = 0; i < x->recent_count && rc >= 0; i++) {
		unsigned at = (x->recent_at + TRYST_ARRAY_SIZE(x->recent) - 1 - i) %
		              TRYST_ARRAY_SIZE(x->recent);
		const struct tryst_hunt_record *q = &x->recent[at].record;
		bool again = x->recent[at].e == e;

		if ((uint64_t)r->start_ms - (uint64_t)q->start_ms > TRYST_CLOCK_SKEW_MS)
			break;
		for (unsigned k = 0; k < done_count; k++)
			again |= done[k] == x->recent[at].e;
		if (again || q->from != r->from)
			continue;
		done[done_count++] = x->recent[at].e;
		rc = match(x, x->recent[at].e, q->start_ms, e, r->start_ms, err);
	}
	return rc;
}

int
tryst_exportings_learn(struct tryst_exportings *x, const struct tryst_hunt_record *r,
                       struct tryst_error *err)
{
	uint64_t seconds = ((uint64_t)r->end_ms - (uint64_t)r->start_ms) / 1000;
	unsigned last =
		(x->recent_at + TRYST_ARRAY_SIZE(x->recent) - 1) % TRYST_ARRAY_SIZE(x->recent);
	struct tryst_exporting *e;
	int rc = exporting_get(x, r, &e, err);

	if (rc < 0 || !e)
		return rc;
	e->forwards |= r->has & TRYST_HAS_OUT_IF && r->out_if;
	if (seconds < SECONDS_MAX && e->seconds[seconds] < UINT16_MAX)
		e->seconds[seconds]++;
	if (x->recent_count && tryst_hunt_record_compare_key(&x->recent[last].record, r))
		x->recent_count = 0;
	rc = matches_find(x, r, e, err);
	x->recent[x->recent_at].record = *r;
	x->recent[x->recent_at].e = e;
	x->recent_at = (x->recent_at + 1) % TRYST_ARRAY_SIZE(x->recent);
	x->recent_count = TRYST_MIN(x->recent_count + 1, (unsigned)TRYST_ARRAY_SIZE(x->recent));
	return rc;
}

/*
 * The longest duration at which records pile up: a second and the one after it (a timeout is
 * noticed a little late) hold SPIKE_TIMES as many as their neighbours on average.
 */
static uint32_t
timeout_find(const uint16_t *seconds)
{
	for (uint32_t s = SECONDS_MAX - 7; s >= TIMEOUT_MIN_S; s--) {
		uint32_t here = seconds[s] + seconds[s + 1u], around = 0;

		for (uint32_t k = 2; k <= 5; k++)
			around += seconds[s - k] + seconds[s + 1 + k];
		/* Eight neighbours against two. */
		if (here >= SPIKE_MIN && here * 4 >= SPIKE_TIMES * around &&
		    seconds[s] >= seconds[s + 1u])
			return s;
	}
	return 0;
}

static int64_t
median(const struct tryst_exporting_pair *p)
{
	uint64_t below = 0;
	int64_t at = 0;

	while ((below += p->bins[at]) * 2 < p->matches)
		at++;
	return at - TRYST_CLOCK_SKEW_MS;
}

static int
pair_compare(const void *va, const void *vb)
{
	const struct tryst_exporting_pair *a = va, *b = vb;
	int order;

	if (a->matches != b->matches)
		return a->matches > b->matches ? -1 : 1;
	order = exporting_compare(a->a->known, a->a->ip, b->a->known, b->a->ip);
	return order ? order : exporting_compare(a->b->known, a->b->ip, b->b->known, b->b->ip);
}

/* Joins the clocks of two groups by what one pair of them shows. */
static void
clocks_join(struct tryst_exportings *x, const struct tryst_exporting_pair *p)
{
	uint32_t from = p->b->group, to = p->a->group;
	int64_t shift_ms = p->a->offset_ms + median(p) - p->b->offset_ms;

	if (p->matches < MATCHES_MIN || from == to)
		return;
	for (size_t i = 0; i < x->count; i++) {
		if (x->list[i]->group != from)
			continue;
		x->list[i]->group = to;
		x->list[i]->offset_ms += shift_ms;
	}
}

void
tryst_exportings_conclude(struct tryst_exportings *x)
{
	for (size_t i = 0; i < x->count; i++) {
		x->list[i]->group = (uint32_t)i;
		x->list[i]->timeout_s = timeout_find(x->list[i]->seconds);
		free(x->list[i]->seconds);
		x->list[i]->seconds = NULL;
	}
	if (x->pair_count)
		qsort(x->pairs, x->pair_count, sizeof(*x->pairs), pair_compare);
	for (size_t i = 0; i < x->pair_count; i++)
		clocks_join(x, &x->pairs[i]);
	/* The first of each group is the one the others are compared with. */
	for (size_t i = 0; i < x->count; i++) {
		uint32_t group = x->list[i]->group;
		int64_t first_ms = x->list[i]->offset_ms;

		if (group == UINT32_MAX)
			continue;
		for (size_t k = i; k < x->count; k++) {
			if (x->list[k]->group != group)
				continue;
			x->list[k]->offset_ms -= first_ms;
			x->list[k]->group = UINT32_MAX;
		}
	}
}

void
tryst_exportings_fini(struct tryst_exportings *x)
{
	for (size_t i = 0; i < x->count; i++) {
		free(x->list[i]->seconds);
		free(x->list[i]);
	}
	for (size_t i = 0; i < x->pair_count; i++)
		free(x->pairs[i].bins);
	free(x->pairs);
	free(x->list);
	*x = (struct tryst_exportings){ 0 };
}

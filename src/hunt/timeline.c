/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How traffic lies in time: how long was looked, the bins of a picture, and when the rate of visits
 * changed, for all listed hosts and for each of the first meetings.
 */
#include <math.h>
#include <stdlib.h>

#include "hunt/build.h"
#include "hunt/visit.h"
#include "stats/changepoint.h"

#define BLOCKS_MAX 2000 /* visits that Bayesian blocks take: their cost is the square */
#define BLOCKS_P0 .01
#define PELT_BINS_MAX 4096
#define BINS_MAX 480 /* of the picture */
#define MEETINGS_MAX 64

/* What is worked in, big enough for either method. */
struct work {
	int64_t *visits;
	double *times, *edges, *best;
	size_t *last, *changes, *candidates;
	uint32_t *counts;
};

static int
work_init(struct work *w, size_t visits_max, struct tryst_error *err)
{
	const size_t blocks = TRYST_MIN(visits_max, (size_t)BLOCKS_MAX) + 1;
	const size_t bins = visits_max > BLOCKS_MAX ? PELT_BINS_MAX + 1 : 1;
	const size_t n = TRYST_MAX(blocks, bins);

	*w = (struct work){
		.visits = calloc(visits_max + 1, sizeof(*w->visits)),
		.times = calloc(blocks, sizeof(*w->times)),
		.edges = calloc(n, sizeof(*w->edges)),
		.best = calloc(TRYST_MAX(3 * blocks, bins), sizeof(*w->best)),
		.last = calloc(n, sizeof(*w->last)),
		.changes = calloc(bins, sizeof(*w->changes)),
		.candidates = calloc(bins, sizeof(*w->candidates)),
		.counts = calloc(bins, sizeof(*w->counts)),
	};
	if (w->visits && w->times && w->edges && w->best && w->last && w->changes &&
	    w->candidates && w->counts)
		return 0;
	return tryst_error_nomem(err);
}

static void
work_fini(struct work *w)
{
	free(w->visits);
	free(w->times);
	free(w->edges);
	free(w->best);
	free(w->last);
	free(w->changes);
	free(w->candidates);
	free(w->counts);
}

/* The smallest width of a clock's division, one minute or more, that covers span in max bins. */
static int64_t
bin_width(int64_t span_ms, int64_t max)
{
	static const int64_t minutes[] = { 1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720 };
	const int64_t minute = 60000, day = 1440 * minute;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(minutes); i++) {
		if (span_ms / (minutes[i] * minute) < max - 1)
			return minutes[i] * minute;
	}
	return day * (span_ms / day / (max - 1) + 1);
}

static int
changes_set(struct tryst_case_builder *b, struct tryst_changes *out, const struct work *w,
            size_t edges, size_t visits, struct tryst_error *err)
{
	size_t segment = 0;

	out->edge_count = (uint32_t)edges;
	out->edges_ms = tryst_case_alloc(b, edges, sizeof(*out->edges_ms), err);
	out->segment_visits = tryst_case_alloc(b, edges + 1, sizeof(*out->segment_visits), err);
	if (!out->edges_ms || !out->segment_visits)
		return TRYST_ERR_NOMEM;
	for (size_t i = 0; i < edges; i++)
		out->edges_ms[i] = out->from_ms + (int64_t)llround(w->edges[i]);
	for (size_t i = 0; i < visits; i++) {
		while (segment < edges && w->visits[i] >= out->edges_ms[segment])
			segment++;
		out->segment_visits[segment]++;
	}
	return 0;
}

/* Times and edges are relative to from_ms: a double holds milliseconds of any archive exactly. */
static size_t
blocks_find(struct tryst_changes *out, struct work *w, size_t visits)
{
	out->method = "bayesian_blocks";
	for (size_t i = 0; i < visits; i++)
		w->times[i] = (double)(w->visits[i] - out->from_ms);
	return tryst_bayesian_blocks(w->times, visits, 0, (double)(out->to_ms - out->from_ms),
	                             BLOCKS_P0, w->edges, w->best, w->last);
}

static size_t
pelt_find(struct tryst_changes *out, struct work *w, size_t visits)
{
	int64_t width = bin_width(out->to_ms - out->from_ms, PELT_BINS_MAX);
	size_t bins = (size_t)((out->to_ms - out->from_ms) / width) + 1, edges;

	out->method = "pelt";
	for (size_t i = 0; i < bins; i++)
		w->counts[i] = 0;
	for (size_t i = 0; i < visits; i++)
		w->counts[(w->visits[i] - out->from_ms) / width]++;
	edges = tryst_pelt_poisson(w->counts, bins, 2 * log((double)bins), w->changes, w->best,
	                           w->last, w->candidates);
	for (size_t i = 0; i < edges; i++)
		w->edges[i] = (double)((int64_t)w->changes[i] * width);
	return edges;
}

/* Of n start times in w->visits. */
static int
changes_find(struct tryst_case_builder *b, struct tryst_changes *out, struct work *w, size_t n,
             struct tryst_error *err)
{
	const struct tryst_timeline *t = &b->c->timeline;
	size_t visits = tryst_visits_find(w->visits, n);

	out->visits = (uint32_t)visits;
	if (visits < 2) {
		out->untested = "Fewer than two visits have no rate that could change.";
		return 0;
	}
	out->from_ms = w->visits[0];
	out->to_ms = w->visits[visits - 1];
	if (tryst_time_absurd(out->from_ms) || tryst_time_absurd(out->to_ms)) {
		out->untested = "A time is out of bounds.";
		return 0;
	}
	if (!t->unlooked) {
		out->from_ms = TRYST_MIN(out->from_ms, t->begin_ms);
		out->to_ms = TRYST_MAX(out->to_ms, t->end_ms);
	}
	return changes_set(b, out, w,
	                   visits <= BLOCKS_MAX ? blocks_find(out, w, visits)
	                                        : pelt_find(out, w, visits),
	                   visits, err);
}

/*
 * How long was looked: where other flows than those of listed hosts were read, from the first to
 * the last flow, within the window; where the input is an excerpt, only a window with both ends
 * says it.
 */
static void
looked_find(struct tryst_case *c, const struct tryst_hunt_options *o)
{
	struct tryst_timeline *t = &c->timeline;
	bool window = o->from_ms != TRYST_TIME_MIN && o->to_ms != TRYST_TIME_MAX;

	t->begin_ms = o->from_ms;
	t->end_ms = o->to_ms;
	if (c->flows_read > c->flows_matched) {
		t->begin_ms = TRYST_MAX(t->begin_ms, c->first_ms);
		t->end_ms = TRYST_MIN(t->end_ms, c->last_ms);
	} else if (!window) {
		t->unlooked = "The input holds only flows of listed hosts: what time it covers is "
			      "not known; --window would say it.";
	}
	if (!t->unlooked && t->begin_ms >= t->end_ms)
		t->unlooked = "The flows that were read span no time.";
}

static int
bins_fill(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct tryst_case *c = b->c;
	struct tryst_timeline *t = &c->timeline;
	int64_t first = INT64_MAX, last = INT64_MIN;

	for (size_t i = 0; i < c->sighting_count; i++) {
		if (tryst_time_absurd(c->sightings[i].first_ms))
			continue;
		first = TRYST_MIN(first, c->sightings[i].first_ms);
		last = TRYST_MAX(last, c->sightings[i].first_ms);
	}
	if (first > last)
		return 0;
	t->bin_ms = bin_width(last - first, BINS_MAX);
	t->bins_ms = first / t->bin_ms * t->bin_ms;
	t->bin_count = (uint32_t)((last - t->bins_ms) / t->bin_ms) + 1;
	t->bins = tryst_case_alloc(b, t->bin_count, sizeof(*t->bins), err);
	if (!t->bins)
		return TRYST_ERR_NOMEM;
	for (size_t i = 0; i < c->sighting_count; i++) {
		if (!tryst_time_absurd(c->sightings[i].first_ms))
			t->bins[(c->sightings[i].first_ms - t->bins_ms) / t->bin_ms]++;
	}
	return 0;
}

int
tryst_case_timeline(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct tryst_case *c = b->c;
	struct work w;
	int rc = work_init(&w, c->sighting_count, err);

	looked_find(c, b->options);
	if (rc >= 0)
		rc = bins_fill(b, err);
	for (size_t i = 0; rc >= 0 && i < c->sighting_count; i++)
		w.visits[i] = c->sightings[i].first_ms;
	if (rc >= 0)
		rc = changes_find(b, &c->timeline.changes, &w, c->sighting_count, err);
	for (size_t i = 0; rc >= 0 && i < c->meeting_count; i++) {
		struct tryst_meeting *m = &c->meetings[i];

		if (i >= MEETINGS_MAX) {
			m->changes.untested = "Only the first 64 meetings are looked at.";
			continue;
		}
		for (uint32_t k = 0; k < m->sighting_count; k++)
			w.visits[k] = c->sightings[m->sightings[k] - 1].first_ms;
		rc = changes_find(b, &m->changes, &w, m->sighting_count, err);
	}
	work_fini(&w);
	return rc;
}

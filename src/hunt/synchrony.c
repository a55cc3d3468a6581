/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Did the listed hosts come together?  Their first contacts at an endpoint are put on a clock that
 * runs as fast as other hosts come to services of the same class (operational time), on which they
 * would lie evenly; then the window that holds most of them is compared with the scan statistic.
 * docs/statistics/synchrony.md.
 */
#include <math.h>
#include <stdlib.h>

#include "hunt/chance_step.h"
#include "hunt/intern.h"
#include "stats/tail.h"

#define EVENTS_MIN 50 /* fewer first contacts of others are no clock */
#define SHARE_MAX 0.5 /* a window longer than that of the whole says nothing */
#define CLOSE_ENOUGH 1e-9

static const int64_t windows_ms[] = { 10000, 60000, 600000, 3600000 };

/* The clock of one class of services. */
struct clock {
	const struct tryst_graph *g;
	int64_t *events; /* first contacts of unlisted hosts, ascending */
	size_t count;
	int64_t from_ms, to_ms;
};

static int
i64_compare(const void *va, const void *vb)
{
	int64_t a = *(const int64_t *)va, b = *(const int64_t *)vb;

	return (a > b) - (a < b);
}

static int
double_compare(const void *va, const void *vb)
{
	double a = *(const double *)va, b = *(const double *)vb;

	return (a > b) - (a < b);
}

static void
clock_set(struct clock *c, uint32_t kind)
{
	const struct tryst_graph *g = c->g;
	const struct tryst_graph_kind *k = &g->kinds[kind];

	c->count = 0;
	for (uint32_t i = 0; i < k->endpoints; i++) {
		uint32_t j = g->of_kind[k->from + i];

		for (uint32_t a = g->endpoints[j].at_from; a < g->endpoints[j + 1].at_from; a++) {
			const struct tryst_graph_edge *e = &g->edges[g->at[a]];
			const struct tryst_graph_host *h = &g->hosts[e->host];

			if (h->listed == TRYST_NOT_LISTED && !h->scanner[k->half])
				c->events[c->count++] = e->first_ms;
		}
	}
	qsort(c->events, c->count, sizeof(*c->events), i64_compare);
}

/* The time of an event, or of an end of the whole for what lies before or behind all. */
static int64_t
tick(const struct clock *c, size_t i)
{
	if (i == 0)
		return c->from_ms;
	return i <= c->count ? c->events[i - 1] : c->to_ms;
}

/* Operational time, 0 to 1: how many events are before, with a straight line between two. */
static double
operational(const struct clock *c, int64_t t_ms)
{
	size_t low = 0, high = c->count;
	double begin, end, part;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (c->events[middle] <= t_ms)
			low = middle + 1;
		else
			high = middle;
	}
	begin = (double)tick(c, low);
	end = (double)tick(c, low + 1);
	part = end > begin ? ((double)t_ms - begin) / (end - begin) : 0;
	return ((double)low + fmin(fmax(part, 0), 1)) / ((double)c->count + 1);
}

/* The most of n ascending times in a window of that length. */
static uint32_t
most_in_window(const double *times, uint32_t n, double window)
{
	uint32_t most = 0, from = 0;

	for (uint32_t i = 0; i < n; i++) {
		while (times[i] - times[from] > window + CLOSE_ENOUGH)
			from++;
		most = TRYST_MAX(most, i - from + 1);
	}
	return most;
}

static struct tryst_synchrony
windows_try(const struct clock *c, const double *times, uint32_t n)
{
	struct tryst_synchrony best = { .log10_p = INFINITY };
	uint32_t tried = 0;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(windows_ms); i++) {
		double share = (double)windows_ms[i] / (double)(c->to_ms - c->from_ms);
		uint32_t most;
		double p;

		if (share > SHARE_MAX)
			break;
		tried++;
		most = most_in_window(times, n, share);
		p = most >= 2 ? tryst_scan_upper(n, most, share) / M_LN10 : 0;
		if (p < best.log10_p)
			best = (struct tryst_synchrony){ .hosts = most,
				                         .window_ms = windows_ms[i],
				                         .log10_p = p };
	}
	if (!tried)
		return (struct tryst_synchrony){ .untested =
			                                 "The records cover too short a time." };
	best.log10_p = fmin(best.log10_p + log10(tried), 0);
	return best;
}

static struct tryst_synchrony
meeting_synchrony(const struct clock *c, uint32_t endpoint, double *times)
{
	const struct tryst_graph *g = c->g;
	uint32_t n = 0;

	if (c->count < EVENTS_MIN)
		return (struct tryst_synchrony){
			.untested = "Too few other hosts came to such services to measure time by."
		};
	for (uint32_t a = g->endpoints[endpoint].at_from; a < g->endpoints[endpoint + 1].at_from;
	     a++) {
		const struct tryst_graph_edge *e = &g->edges[g->at[a]];

		if (g->hosts[e->host].listed != TRYST_NOT_LISTED)
			times[n++] = operational(c, e->first_ms);
	}
	if (n < 2)
		return (struct tryst_synchrony){ .untested = "Fewer than two listed hosts came." };
	qsort(times, n, sizeof(*times), double_compare);
	return windows_try(c, times, n);
}

int
tryst_chance_synchrony(struct tryst_chance_step *s, struct tryst_error *err)
{
	const struct tryst_case *c = s->b->c;
	struct clock clock = { .g = s->graph, .from_ms = INT64_MAX, .to_ms = INT64_MIN };
	struct tryst_pair *list = malloc((2 * c->meeting_count + 1) * sizeof(*list));
	double *times = malloc((s->listed_count + (size_t)1) * sizeof(*times));
	uint32_t kind = UINT32_MAX;
	size_t n;

	clock.events = malloc((s->graph->edge_count + (size_t)1) * sizeof(*clock.events));
	if (!list || !times || !clock.events) {
		free(list);
		free(times);
		free(clock.events);
		return tryst_error_nomem(err);
	}
	for (uint32_t e = 0; e < s->graph->edge_count; e++) {
		clock.from_ms = TRYST_MIN(clock.from_ms, s->graph->edges[e].first_ms);
		clock.to_ms = TRYST_MAX(clock.to_ms, s->graph->edges[e].last_ms);
	}
	n = tryst_chance_by_kind(s, list);
	for (size_t i = 0; i < n; i++) {
		if (list[i].key >> 32 != kind)
			clock_set(&clock, kind = (uint32_t)(list[i].key >> 32));
		c->meetings[list[i].value].synchrony =
			meeting_synchrony(&clock, (uint32_t)list[i].key, times);
	}
	free(list);
	free(times);
	free(clock.events);
	return 0;
}

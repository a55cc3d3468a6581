/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hosts that the user said were down (--dead): what they did before and after.  Only what a host
 * sent itself counts, in visits; what is sent *to* a dead host says nothing about it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/build.h"
#include "hunt/visit.h"
#include "stats/interval.h"

/* Activity of the dead has these readings and no other; which, the flows alone do not say. */
static const char *const readings[] = {
	"spoofed: someone else sent it in the host's name",
	"not dead: the host was not down, or not all of the time",
	"re-leased: the address belongs to another host by now",
	"clock: the time said, or the exporter's clock, is off by more than the slack",
};

/* A conversation in which a listed host sent something. */
struct sent {
	uint32_t host;
	int64_t start_ms;
	int64_t end_ms;
};

struct host_place {
	struct tryst_ip ip;
	uint32_t host;
};

static int
sent_compare(const void *va, const void *vb)
{
	const struct sent *a = va, *b = vb;

	if (a->host != b->host)
		return a->host < b->host ? -1 : 1;
	return (a->start_ms > b->start_ms) - (a->start_ms < b->start_ms);
}

static int
place_compare(const void *va, const void *vb)
{
	return tryst_ip_compare(((const struct host_place *)va)->ip,
	                        ((const struct host_place *)vb)->ip);
}

/* The listed host at home of a sighting whose peer is listed too has no index of its own there. */
static uint32_t
home_host(const struct tryst_case *c, const struct host_place *places,
          const struct tryst_sighting *s)
{
	struct host_place key = { s->home, 0 };
	const struct host_place *at;

	if (!s->peer_listed)
		return s->host;
	at = bsearch(&key, places, c->host_count, sizeof(*places), place_compare);
	return at ? at->host : s->host;
}

/* What listed hosts sent, by host and time; *out is malloc'ed. */
static int
sent_find(const struct tryst_case *c, struct sent **out, size_t *count, struct tryst_error *err)
{
	struct host_place *places = calloc(c->host_count + 1, sizeof(*places));
	struct sent *list = calloc(2 * c->sighting_count + 1, sizeof(*list));
	size_t n = 0;

	if (!places || !list) {
		free(places);
		free(list);
		return tryst_error_nomem(err);
	}
	for (size_t i = 0; i < c->host_count; i++)
		places[i] = (struct host_place){ c->hosts[i].ip, (uint32_t)i };
	qsort(places, c->host_count, sizeof(*places), place_compare);
	for (size_t i = 0; i < c->sighting_count; i++) {
		const struct tryst_sighting *s = &c->sightings[i];

		if (s->peer_listed && s->records_in)
			list[n++] = (struct sent){ s->host, s->first_ms, s->last_ms };
		if (s->home_listed && s->records_out)
			list[n++] =
				(struct sent){ home_host(c, places, s), s->first_ms, s->last_ms };
	}
	free(places);
	qsort(list, n, sizeof(*list), sent_compare);
	*out = list;
	*count = n;
	return 0;
}

static bool
label_of_host(const struct tryst_case *c, const struct tryst_listed_host *h, const char *label)
{
	for (uint32_t i = 0; i < h->indicator_count; i++) {
		if (strcmp(tryst_watchlist_indicator(c->watchlist, h->indicators[i])->label,
		           label) == 0)
			return true;
	}
	return false;
}

/* How narrowly an entry of --dead names the host: 0 not at all, "all" 1, a label 2, a prefix more.
 */
static unsigned
dead_rank(const struct tryst_case *c, const struct tryst_listed_host *h, const struct tryst_dead *d)
{
	if (d->kind == TRYST_DEAD_ALL)
		return 1;
	if (d->kind == TRYST_DEAD_LABEL)
		return label_of_host(c, h, d->whom) ? 2 : 0;
	return tryst_prefix_contains(d->prefix, h->ip) ? 3u + d->prefix.len : 0;
}

/* The narrowest entry that names the host, of equally narrow ones the earliest; NULL: none. */
static const struct tryst_dead *
dead_find(const struct tryst_case *c, const struct tryst_listed_host *h)
{
	const struct tryst_dead *best = NULL;
	unsigned best_rank = 0;

	for (size_t i = 0; i < c->dead_count; i++) {
		const struct tryst_dead *d = &c->dead[i];
		unsigned rank = dead_rank(c, h, d);

		if (rank > best_rank || (rank && rank == best_rank && d->at_ms < best->at_ms)) {
			best = d;
			best_rank = rank;
		}
	}
	return best;
}

/*
 * Under one rate before and after, of n visits n+ ~ Bin(n, T+ / (T+ + T-)); the interval of that
 * share is one of the ratio of rates (Przyborowski and Wilenski 1940).
 */
static void
rate_ratio(struct tryst_death *d, const struct tryst_timeline *t)
{
	double before = (double)d->at_ms - (double)t->begin_ms;
	double after = (double)t->end_ms - (double)d->at_ms;
	uint64_t n = (uint64_t)d->visits_before + d->visits_after;
	double low, high;

	if (t->unlooked || n == 0 || before <= 0 || after <= 0)
		return;
	tryst_clopper_pearson(d->visits_after, n, .05, &low, &high);
	d->rate_ratio = d->visits_before
	                        ? d->visits_after / (double)d->visits_before * before / after
	                        : INFINITY;
	d->rate_ratio_low = low / (1 - low) * before / after;
	d->rate_ratio_high = d->visits_before ? high / (1 - high) * before / after : INFINITY;
	d->rate_known = true;
}

/* What one host sent, in order of time; `starts` has room for all of it. */
static void
death_fill(struct tryst_death *d, const struct sent *list, size_t count, int64_t *starts,
           const struct tryst_timeline *t)
{
	size_t visits;

	for (size_t i = 0; i < count; i++) {
		starts[i] = list[i].start_ms;
		d->spanning += list[i].start_ms < d->at_ms && list[i].end_ms >= d->at_ms;
	}
	visits = tryst_visits_find(starts, count);
	for (size_t i = 0; i < visits; i++) {
		if (starts[i] >= d->at_ms)
			d->visits_after++;
		else
			d->visits_before++;
	}
	rate_ratio(d, t);
}

static void
deaths_count(struct tryst_case *c)
{
	struct tryst_deaths *sum = &c->deaths;

	for (size_t i = 0; i < c->host_count; i++) {
		const struct tryst_death *d = &c->hosts[i].death;

		sum->stated += d->stated;
		sum->before += d->visits_before > 0;
		sum->after += d->visits_after > 0;
		sum->only_after += d->visits_after && !d->visits_before;
	}
	if (sum->after) {
		sum->readings = readings;
		sum->reading_count = TRYST_ARRAY_SIZE(readings);
	}
}

int
tryst_case_deaths(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct tryst_case *c = b->c;
	struct sent *list = NULL;
	int64_t *starts = NULL;
	size_t count = 0, at = 0, to;
	int rc;

	if (!c->dead_count)
		return 0;
	rc = sent_find(c, &list, &count, err);
	if (rc < 0)
		return rc;
	starts = calloc(count + 1, sizeof(*starts));
	if (!starts)
		rc = tryst_error_nomem(err);
	for (uint32_t i = 0; rc >= 0 && i < c->host_count; i++, at = to) {
		struct tryst_listed_host *h = &c->hosts[i];
		const struct tryst_dead *dead = dead_find(c, h);

		for (to = at; to < count && list[to].host == i;)
			to++;
		if (!dead)
			continue;
		h->death.stated = true;
		h->death.at_ms = tryst_time_add(dead->at_ms, c->slack_ms);
		death_fill(&h->death, list + at, to - at, starts, &c->timeline);
	}
	deaths_count(c);
	free(starts);
	free(list);
	return rc;
}

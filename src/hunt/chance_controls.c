/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matched controls: sets of unlisted hosts, each as a listed one is, and how many of a set touched
 * the endpoint.  A control is drawn from hosts of about the listed one's degree that, like it, do
 * or do not touch the class of the endpoint's service elsewhere and share an hour of the day with
 * it (which give way, in this order, where too few hosts have them).  With the probability that the
 * listed host belongs to the list's community the draw prefers hosts that do (chance_like.c), and
 * both are judged without the endpoint.  docs/statistics/coincidence.md.
 *
 * Draws are seeded by the endpoint, so that they are the same in every run.
 */
#include <math.h>
#include <stdlib.h>

#include "hunt/chance_step.h"
#include "hunt/intern.h"

#define SETS 999
#define STEP 0x9e3779b97f4a7c15ULL /* of the state of draws */
#define POOL_MAX 512               /* controls of a listed host that are drawn from */
#define POOL_MIN 8
#define LOOK_MAX 2048    /* hosts of about the degree that are looked at */
#define DEGREE_RATIO 1.5 /* at most so much above or below */

enum { WANT_HOURS = 1, WANT_KIND = 2 };

/* The controls of one listed host. */
struct pool {
	uint32_t count, touchers;
	double like; /* the listed host's, */
	double sum;  /* and that of all of the pool */
	bool touched[POOL_MAX];
	double likes[POOL_MAX]; /* cumulative */
};

/* Counts of each host the endpoints of a class that it touched. */
static void
kind_count(struct tryst_chance_controls *c, const struct tryst_graph *g, uint32_t kind)
{
	const struct tryst_graph_kind *k = &g->kinds[kind];

	if (c->kind_known && c->kind == kind)
		return;
	c->kind = kind;
	c->kind_known = true;
	for (uint32_t i = 0; i < c->count; i++)
		c->list[i].of_kind = 0;
	for (uint32_t i = k->from; i < k->from + k->endpoints; i++) {
		const struct tryst_graph_endpoint *j = &g->endpoints[g->of_kind[i]];

		for (uint32_t a = j->at_from; a < j[1].at_from; a++)
			c->list[c->place[g->edges[g->at[a]].host]].of_kind++;
	}
}

/* What the hosts that touched the endpoint did elsewhere; the others did all elsewhere. */
static void
endpoint_leave_out(struct tryst_chance_controls *c, const struct tryst_chance_like *l,
                   uint32_t endpoint)
{
	const struct tryst_graph *g = l->g;

	kind_count(c, g, g->endpoints[endpoint].kind);
	for (uint32_t a = g->endpoints[endpoint].at_from; a < g->endpoints[endpoint + 1].at_from;
	     a++) {
		uint32_t host = g->edges[g->at[a]].host;
		struct tryst_chance_control *h = &c->list[c->place[host]];

		h->touched = true;
		h->of_kind--;
		h->like = tryst_chance_like_without(l, host, endpoint);
		h->hours = 0;
		for (uint32_t e = g->hosts[host].edge_from; e < g->hosts[host + 1].edge_from; e++)
			h->hours |= g->edges[e].endpoint == endpoint ? 0 : g->edges[e].hours;
	}
}

/* And back. */
static void
endpoint_put_back(struct tryst_chance_controls *c, const struct tryst_chance_like *l,
                  uint32_t endpoint)
{
	const struct tryst_graph *g = l->g;

	for (uint32_t a = g->endpoints[endpoint].at_from; a < g->endpoints[endpoint + 1].at_from;
	     a++) {
		uint32_t host = g->edges[g->at[a]].host;
		struct tryst_chance_control *h = &c->list[c->place[host]];

		h->touched = false;
		h->of_kind++;
		h->like = tryst_chance_like_without(l, host, TRYST_NO_ENDPOINT);
		h->hours = g->hosts[host].hours;
	}
}

static bool
fits(const struct tryst_chance_control *own, const struct tryst_chance_control *other,
     unsigned wants)
{
	if (other->listed || other->scanner != own->scanner)
		return false;
	if (wants & WANT_KIND && !other->of_kind != !own->of_kind)
		return false;
	return !(wants & WANT_HOURS) || !own->hours || !other->hours || own->hours & other->hours;
}

static bool
degrees_near(double a, double b)
{
	return a <= b * DEGREE_RATIO && b <= a * DEGREE_RATIO;
}

static void
pool_add(struct pool *pool, const struct tryst_chance_control *h)
{
	pool->touched[pool->count] = h->touched;
	pool->touchers += h->touched;
	pool->sum += h->like;
	pool->likes[pool->count++] = pool->sum;
}

/* Looks at unlisted hosts in order of degree, outwards from the listed one. */
static void
pool_fill(const struct tryst_chance_controls *c, uint32_t host, unsigned wants, struct pool *pool)
{
	uint32_t above = c->place[host] + 1, under = c->place[host];
	const struct tryst_chance_control *own = &c->list[under];
	bool up = true, down = true;

	pool->count = pool->touchers = 0;
	pool->sum = 0;
	pool->like = own->like;
	for (uint32_t looked = 0; (up || down) && looked < LOOK_MAX && pool->count < POOL_MAX;
	     looked++) {
		bool upwards = up && (!down || looked % 2);
		bool inside = upwards ? above < c->count : under > 0;
		const struct tryst_chance_control *h =
			inside ? &c->list[upwards ? above++ : --under] : own;

		if (!inside || !degrees_near(own->degree, h->degree))
			*(upwards ? &up : &down) = false;
		else if (fits(own, h, wants))
			pool_add(pool, h);
	}
}

static double
draw_unit(uint64_t *state)
{
	uint64_t z = *state += STEP;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

/* Whether a control drawn from the pool touched the endpoint. */
static bool
pool_draw(const struct pool *pool, uint64_t *state)
{
	double kind = draw_unit(state), u = draw_unit(state);
	uint32_t low = 0, high = pool->count - 1;

	if (kind >= pool->like || pool->sum <= 0)
		return pool->touched[(uint32_t)(u * pool->count)];
	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (pool->likes[middle] < u * pool->sum)
			low = middle + 1;
		else
			high = middle;
	}
	return pool->touched[low];
}

/* The draws of all sets add to hits; where nobody of the pool touched the endpoint they need not be
 * made, and only the state goes on as if they were. */
static void
pool_draws(const struct pool *pool, uint64_t *state, uint32_t hits[SETS])
{
	if (!pool->touchers) {
		*state += 2 * SETS * STEP;
		return;
	}
	for (uint32_t b = 0; b < SETS; b++)
		hits[b] += pool_draw(pool, state);
}

/* The controls of a listed host, with as much in common as there are hosts for. */
static bool
pool_find(const struct tryst_chance_controls *c, uint32_t host, struct pool *pool)
{
	static const unsigned wants[] = { WANT_KIND | WANT_HOURS, WANT_KIND, 0 };
	uint32_t degree = c->list[c->place[host]].degree;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(wants); i++) {
		/* A host that was nowhere else has no traits. */
		pool_fill(c, host, degree > 1 ? wants[i] : 0, pool);
		if (pool->count >= POOL_MIN)
			return true;
	}
	return false;
}

static struct tryst_chance_control
control_of(const struct tryst_chance_like *l, uint32_t host)
{
	const struct tryst_graph_host *h = &l->g->hosts[host];

	return (struct tryst_chance_control){
		.like = tryst_chance_like_without(l, host, TRYST_NO_ENDPOINT),
		.host = host,
		.degree = h->degree[l->half],
		.hours = h->hours,
		.listed = h->listed != TRYST_NOT_LISTED,
		.scanner = h->scanner[l->half],
	};
}

int
tryst_chance_controls_new(struct tryst_chance_controls **out, const struct tryst_chance_like *l,
                          struct tryst_error *err)
{
	struct tryst_chance_controls *c = calloc(1, sizeof(*c));
	size_t hosts = l->g->host_count + (size_t)1;
	struct tryst_pair *pairs = malloc(2 * hosts * sizeof(*pairs));

	if (c) {
		c->list = calloc(hosts, sizeof(*c->list));
		c->place = malloc(hosts * sizeof(*c->place));
	}
	if (!c || !pairs || !c->list || !c->place) {
		tryst_chance_controls_free(c);
		free(pairs);
		return tryst_error_nomem(err);
	}
	/* Among hosts of one degree the order is that of a hash: addresses say what is near. */
	for (uint32_t i = 0; i < l->g->host_count; i++) {
		if (l->g->hosts[i].degree[l->half])
			pairs[c->count++] = (struct tryst_pair){
				(uint64_t)l->g->hosts[i].degree[l->half] << 32 |
					(uint32_t)tryst_ip_hash(l->g->hosts[i].ip),
				i
			};
	}
	tryst_pairs_sort(pairs, pairs + hosts, c->count);
	for (uint32_t i = 0; i < c->count; i++) {
		c->list[i] = control_of(l, pairs[i].value);
		c->place[pairs[i].value] = i;
	}
	free(pairs);
	*out = c;
	return 0;
}

void
tryst_chance_controls_free(struct tryst_chance_controls *c)
{
	if (!c)
		return;
	free(c->list);
	free(c->place);
	free(c);
}

int
tryst_chance_controls_test(struct tryst_chance_controls *c, const struct tryst_chance_like *l,
                           const struct tryst_chance_test *test, struct tryst_chance *out,
                           struct tryst_error *err)
{
	uint32_t endpoint = test->endpoint;
	const struct tryst_graph_endpoint *j = &l->g->endpoints[endpoint];
	uint64_t state =
		tryst_ip_hash(j->ip) ^ (uint64_t)j->proto << 32 ^ (uint64_t)j->port << 8 ^ j->half;
	struct pool *pool = malloc(sizeof(*pool));
	uint32_t hits[SETS] = { 0 }, tested = 0, scanners = 0, without = 0, reached = 0;

	if (!pool)
		return tryst_error_nomem(err);
	endpoint_leave_out(c, l, endpoint);
	for (uint32_t i = 0; i < l->listed_count; i++) {
		uint32_t host = l->listed[i];
		double p;

		if (!l->g->hosts[host].degree[l->half])
			continue;
		tested++;
		if (pool_find(c, host, pool)) {
			pool_draws(pool, &state, hits);
			continue;
		}
		/* A scanner's chance is its coverage, which no other host need show. */
		scanners += l->g->hosts[host].scanner[l->half];
		without += !l->g->hosts[host].scanner[l->half];
		p = tryst_chance_like_of(l, host, endpoint, test->raised);
		for (uint32_t b = 0; b < SETS; b++)
			hits[b] += draw_unit(&state) < p;
	}
	endpoint_put_back(c, l, endpoint);
	free(pool);
	if (2 * without > tested - scanners || scanners == tested) {
		out->unmatched = "Too few other hosts are as active as the listed ones to draw "
				 "matched controls.";
		return 0;
	}
	for (uint32_t b = 0; b < SETS; b++)
		reached += hits[b] >= j->listed;
	out->matched_sets = SETS;
	out->matched_p = (reached + 1) / (SETS + 1.0);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where only a sample of the other hosts was kept, the second pass still saw all of them at the
 * endpoints of the meetings: those are counted, and need no estimate.
 */
#include <stdlib.h>

#include "hunt/build.h"
#include "hunt/chance.h"

/* A host at an endpoint of the graph. */
struct visit {
	struct tryst_ip host;
	uint32_t endpoint;
};

static int
visit_compare(const void *va, const void *vb)
{
	const struct visit *a = va, *b = vb;

	if (a->endpoint != b->endpoint)
		return a->endpoint < b->endpoint ? -1 : 1;
	return tryst_ip_compare(a->host, b->host);
}

/* The plan's endpoints that were watched whole, as endpoints of the graph. */
static uint64_t
watched(const struct tryst_case_builder *b, uint32_t *endpoints)
{
	const struct tryst_around_plan *p = &b->around_scope->plan;
	uint64_t mask = 0;

	if (p->from_ms > b->c->first_ms || p->to_ms < b->c->last_ms)
		return 0;
	for (size_t i = 0; i < p->count; i++) {
		endpoints[i] =
			tryst_graph_find_endpoint(b->graph, &b->c->meetings[p->list[i].meeting]);
		if (endpoints[i] != TRYST_NO_ENDPOINT &&
		    tryst_around_one_in(b->around_scope, i) == 1)
			mask |= 1ULL << i;
	}
	return mask;
}

/* The visits that a record is, appended to *list, which has room for `max`; all of them counted. */
static size_t
record_visits(const struct tryst_case_builder *b, const struct tryst_hunt_record *r, uint64_t mask,
              const uint32_t *endpoints, struct visit *list, size_t count, size_t max)
{
	for (unsigned side = 0; side < 2; side++) {
		uint64_t at = tryst_around_match(&b->around_scope->plan, r, side) & mask;

		for (; at; at &= at - 1, count++) {
			if (count < max)
				list[count] = (struct visit){ r->ip[!side],
					                      endpoints[__builtin_ctzll(at)] };
		}
	}
	return count;
}

static size_t
visits(const struct tryst_case_builder *b, uint64_t mask, const uint32_t *endpoints,
       struct visit *list, size_t max)
{
	size_t count = 0;

	for (const struct tryst_hunt_chunk *k = b->around->chunks; k; k = k->next) {
		for (uint32_t i = 0; i < k->count; i++)
			count = record_visits(b, &k->records[i], mask, endpoints, list, count, max);
	}
	return count;
}

int
tryst_chance_count(struct tryst_case_builder *b, struct tryst_error *err)
{
	uint32_t endpoints[TRYST_AROUND_MEETINGS_MAX] = { 0 };
	struct tryst_graph *g = b->graph;
	struct visit *list;
	uint64_t mask;
	size_t count;

	if (g->one_in == 1 || !b->around || !b->around_scope)
		return 0;
	mask = watched(b, endpoints);
	count = visits(b, mask, endpoints, NULL, 0);
	list = calloc(count + 1, sizeof(*list));
	if (!list)
		return tryst_error_nomem(err);
	(void)visits(b, mask, endpoints, list, count);
	qsort(list, count, sizeof(*list), visit_compare);
	for (uint64_t left = mask; left; left &= left - 1)
		g->endpoints[endpoints[__builtin_ctzll(left)]].counted = 0;
	for (size_t i = 0; i < count; i++)
		g->endpoints[list[i].endpoint].counted +=
			!i || visit_compare(&list[i - 1], &list[i]);
	free(list);
	return 0;
}

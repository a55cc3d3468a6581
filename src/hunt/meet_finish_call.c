/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masters that find clients: hosts outside that tried one port at many home hosts, and later come
 * back to the few that answered.  One candidate a port: all its masters and whom they found.
 */
#include <math.h>
#include <stdlib.h>

#include "hunt/meet_find.h"

#define PROBED_MIN 10
#define FOUND_MAX .2 /* of those that were tried: who comes back to more of them is a visitor */

/* What one host outside did at one port. */
static const struct tryst_meet_contact *
probes_find(const struct tryst_meet_contacts *probes, const struct tryst_meet_contact *call)
{
	size_t low = 0, high = probes->count;

	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct tryst_meet_contact *p = &probes->list[mid];
		int order = tryst_ip_compare(p->client, call->client);

		if (!order)
			order = p->group < call->group ? -1 : p->group > call->group;
		if (!order)
			return p;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static int
group_order(const void *va, const void *vb)
{
	const struct tryst_meet_contact *a = va, *b = vb;
	int order;

	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	order = tryst_ip_compare(a->server, b->server);
	return order ? order : tryst_ip_compare(a->client, b->client);
}

/* Keeps the calls of masters, with the number of hosts tried in `count`. */
static void
masters_keep(struct tryst_meet_contacts *calls, const struct tryst_meet_contacts *probes)
{
	size_t kept = 0;

	tryst_meet_contact_by_client(calls);
	for (size_t from = 0, to; from < calls->count; from = to) {
		const struct tryst_meet_contact *c = &calls->list[from];
		const struct tryst_meet_contact *p = probes_find(probes, c);

		for (to = from + 1; to < calls->count; to++) {
			if (calls->list[to].group != c->group ||
			    !tryst_ip_equal(calls->list[to].client, c->client))
				break;
		}
		if (!p || p->count < PROBED_MIN || (double)(to - from) > FOUND_MAX * p->count)
			continue;
		for (size_t i = from; i < to; i++) {
			calls->list[kept] = calls->list[i];
			calls->list[kept++].count = p->count;
		}
	}
	calls->count = kept;
	if (kept)
		qsort(calls->list, kept, sizeof(*calls->list), group_order);
}

static void
client_add(struct tryst_meet_candidate *c, struct tryst_ip ip)
{
	for (uint32_t i = 0; i < c->client_count; i++) {
		if (tryst_ip_equal(c->clients[i], ip))
			return;
	}
	c->clients_total++;
	if (c->client_count < TRYST_FINDING_CLIENTS_MAX)
		c->clients[c->client_count++] = ip;
}

/* Calls [0, n) of one port: found hosts with the masters that come to each. */
static int
port_add(struct tryst_meet_candidates *all, const struct tryst_meet_contact *calls, size_t n,
         const struct tryst_meet_options *options, const struct tryst_meet_ports *ports,
         struct tryst_error *err)
{
	size_t best = 0, best_masters = 0, found = 0;
	uint32_t probed = 0;
	struct tryst_meet_candidate *c;

	for (size_t from = 0, to; from < n; from = to) {
		for (to = from; to < n && tryst_ip_equal(calls[to].server, calls[from].server);
		     to++)
			probed = TRYST_MAX(probed, calls[to].count);
		found++;
		if (to - from > best_masters) {
			best = from;
			best_masters = to - from;
		}
	}
	c = tryst_meet_candidates_grow(all, err);
	if (!c)
		return TRYST_ERR_NOMEM;
	*c = (struct tryst_meet_candidate){
		.kind = TRYST_MEET_DIRECTION,
		.ip = calls[best].server,
		.proto = calls[best].proto,
		.port = calls[best].port,
		.home = options->home_count > 0,
		.group = tryst_meet_port_group(ports, calls[best].proto, calls[best].port),
		.first_ms = INT64_MAX,
		.last_ms = INT64_MIN,
		.rank = (double)found * (double)best_masters,
		.old = true,
	};
	for (size_t i = 0; i < n; i++) {
		client_add(c, calls[i].client);
		c->first_ms = TRYST_MIN(c->first_ms, calls[i].first_ms);
		c->last_ms = TRYST_MAX(c->last_ms, calls[i].first_ms);
		c->old &= calls[i].first_ms < options->since_ms;
	}
	c->clients_here = (uint32_t)best_masters;
	for (unsigned i = 0; i < TRYST_MEET_NUMBERS; i++)
		c->v[i] = NAN;
	c->v[TRYST_MEET_V_MASTERS] = c->clients_total;
	c->v[TRYST_MEET_V_FOUND] = (double)found;
	c->v[TRYST_MEET_V_PROBED] = probed;
	c->v[TRYST_MEET_V_SHARED] = (double)n / ((double)found * c->clients_total);
	return 0;
}

int
tryst_meet_finish_call(struct tryst_meet_contacts *calls, struct tryst_meet_contacts *probes,
                       const struct tryst_meet_options *options,
                       const struct tryst_meet_ports *ports, struct tryst_meet_candidates *all,
                       struct tryst_error *err)
{
	int rc = 0;

	tryst_meet_contact_fold(probes);
	masters_keep(calls, probes);
	for (size_t from = 0, to; from < calls->count && rc >= 0; from = to) {
		for (to = from + 1; to < calls->count; to++) {
			if (calls->list[to].group != calls->list[from].group)
				break;
		}
		rc = port_add(all, &calls->list[from], to - from, options, ports, err);
	}
	return rc;
}

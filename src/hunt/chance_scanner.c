/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chance of a scanner at an endpoint.  A scanner covers a share of one kind of service at a
 * time: it tries one port on many addresses, and other ports hardly.  So its chance is its coverage
 * of the endpoint's kind, judged by the other endpoints of that kind, which the contact in question
 * has no say in; with its coverage of everything standing in for one endpoint more.
 */
#include <stdlib.h>

#include "hunt/chance.h"

/* How many endpoints of one kind a scanner touched. */
struct tryst_kind_count {
	uint32_t kind, count;
};

static int
kind_compare(const void *va, const void *vb)
{
	const struct tryst_kind_count *a = va, *b = vb;

	return (a->kind > b->kind) - (a->kind < b->kind);
}

/* The kinds of a host's endpoints in one half, counted; returns how many. */
static uint32_t
kinds_count(const struct tryst_graph *g, uint32_t host, struct tryst_kind_count *out)
{
	uint32_t n = 0, kinds = 0;

	for (uint32_t e = g->hosts[host].edge_from; e < g->hosts[host + 1].edge_from; e++) {
		const struct tryst_graph_endpoint *at = &g->endpoints[g->edges[e].endpoint];

		if (g->hosts[host].scanner[at->half])
			out[n++] = (struct tryst_kind_count){ at->kind, 1 };
	}
	qsort(out, n, sizeof(*out), kind_compare);
	for (uint32_t i = 0; i < n; i++) {
		if (kinds && out[kinds - 1].kind == out[i].kind)
			out[kinds - 1].count++;
		else
			out[kinds++] = out[i];
	}
	return kinds;
}

static bool
is_scanner(const struct tryst_graph_host *h)
{
	return h->scanner[TRYST_HALF_HOME] || h->scanner[TRYST_HALF_PEER];
}

int
tryst_chance_scanners_new(struct tryst_chance_model *m, struct tryst_error *err)
{
	const struct tryst_graph *g = m->graph;
	size_t edges = 0;

	for (uint32_t i = 0; i < g->host_count; i++) {
		if (is_scanner(&g->hosts[i]))
			edges += g->hosts[i + 1].edge_from - g->hosts[i].edge_from;
	}
	m->scanner_from = calloc(g->host_count + (size_t)1, sizeof(*m->scanner_from));
	m->scanner_kinds = calloc(edges + 1, sizeof(*m->scanner_kinds));
	if (!m->scanner_from || !m->scanner_kinds)
		return tryst_error_nomem(err);
	for (uint32_t i = 0, n = 0; i < g->host_count; i++) {
		m->scanner_from[i] = n;
		if (is_scanner(&g->hosts[i]))
			n += kinds_count(g, i, m->scanner_kinds + n);
		m->scanner_from[i + 1] = n;
	}
	return 0;
}

void
tryst_chance_scanners_free(struct tryst_chance_model *m)
{
	free(m->scanner_from);
	free(m->scanner_kinds);
}

double
tryst_chance_of_scanner(const struct tryst_chance_model *m, uint32_t host, uint32_t endpoint)
{
	const struct tryst_graph *g = m->graph;
	const struct tryst_graph_endpoint *at = &g->endpoints[endpoint];
	double all = g->hosts[host].degree[at->half] / m->half[at->half].endpoint_count;
	uint32_t of_kind = g->kinds[at->kind].endpoints, from = m->scanner_from[host];
	const struct tryst_kind_count key = { at->kind, 0 }, *found;
	double touched;

	found = bsearch(&key, m->scanner_kinds + from, m->scanner_from[host + 1] - from,
	                sizeof(key), kind_compare);
	touched = found ? found->count : 0;
	if (found && tryst_graph_find_edge(g, host, endpoint))
		touched--;
	return (touched + all) / of_kind;
}

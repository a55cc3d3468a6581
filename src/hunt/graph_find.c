/* SPDX-License-Identifier: Apache-2.0 */
/* Looking things up in the graph: everything is sorted. */
#include <stdlib.h>

#include "hunt/graph.h"

static int
host_compare(const void *key, const void *at)
{
	return tryst_ip_compare(*(const struct tryst_ip *)key,
	                        ((const struct tryst_graph_host *)at)->ip);
}

uint32_t
tryst_graph_find_host(const struct tryst_graph *g, struct tryst_ip ip)
{
	const struct tryst_graph_host *h =
		g->host_count ? bsearch(&ip, g->hosts, g->host_count, sizeof(*h), host_compare)
			      : NULL;

	return h ? (uint32_t)(h - g->hosts) : TRYST_NOT_LISTED;
}

static int
endpoint_compare(const void *key, const void *at)
{
	const struct tryst_graph_endpoint *a = key, *b = at;
	int order = tryst_ip_compare(a->ip, b->ip);

	if (!order)
		order = (int)a->proto - b->proto;
	if (!order)
		order = (int)a->port - b->port;
	return order ? order : (int)a->half - b->half;
}

uint32_t
tryst_graph_find_endpoint(const struct tryst_graph *g, const struct tryst_meeting *m)
{
	bool port = m->port_known && m->port;
	struct tryst_graph_endpoint key = {
		.ip = m->ip,
		.port = port ? m->port : 0,
		.proto = m->proto,
		.half = port && m->at_peer ? TRYST_HALF_PEER : TRYST_HALF_HOME,
	};
	const struct tryst_graph_endpoint *j =
		g->endpoint_count ? bsearch(&key, g->endpoints, g->endpoint_count, sizeof(key),
	                                    endpoint_compare)
				  : NULL;

	return j ? (uint32_t)(j - g->endpoints) : TRYST_NO_ENDPOINT;
}

/* Among the host's own edges, which are few, so that nothing is compared through a pointer. */
const struct tryst_graph_edge *
tryst_graph_find_edge(const struct tryst_graph *g, uint32_t host, uint32_t endpoint)
{
	uint32_t low = g->hosts[host].edge_from, end = g->hosts[host + 1].edge_from, high = end;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (g->edges[middle].endpoint < endpoint)
			low = middle + 1;
		else
			high = middle;
	}
	return low < end && g->edges[low].endpoint == endpoint ? &g->edges[low] : NULL;
}

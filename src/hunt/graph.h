/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who touched what, as a graph between external hosts and endpoints at home: the listed hosts with
 * all their contacts (the sightings), and one unlisted host in `one_in` with all of its (the
 * contacts of the first pass).  What coincidence and companions rest on.
 *
 * An endpoint is what a meeting's is: home address, protocol, port, and whose port it is.  The side
 * of a contact whose two ports say nothing is the one that more different hosts share, as in
 * docs/conversations.md.  Hosts are in order of their addresses, endpoints of (address, protocol,
 * port, side), edges of (host, endpoint): nothing depends on threads or the order of the input.
 */
#ifndef TRYST_HUNT_GRAPH_H
#define TRYST_HUNT_GRAPH_H

#include "hunt/case.h"
#include "hunt/contact.h"

#define TRYST_NOT_LISTED UINT32_MAX
#define TRYST_NO_ENDPOINT UINT32_MAX
#define TRYST_NOT_COUNTED UINT32_MAX

/*
 * The two kinds of endpoints are two graphs, with degrees of their own: home's services, and home's
 * clients of outside services.
 */
enum tryst_graph_half { TRYST_HALF_HOME, TRYST_HALF_PEER, TRYST_HALVES };

struct tryst_graph_host {
	struct tryst_ip ip;
	uint32_t listed;                 /* index of case.hosts, or TRYST_NOT_LISTED */
	uint32_t edge_from;              /* its edges: up to the edge_from of the next host */
	uint32_t degree[TRYST_HALVES];   /* k: endpoints touched */
	uint32_t answered[TRYST_HALVES]; /* of them, with more than a refusal in return */
	uint32_t hours;                  /* bit h: active in hour h of a day, UTC */
	bool scanner[TRYST_HALVES];      /* set by the chance step (hunt/chance.h) */
};

struct tryst_graph_endpoint {
	struct tryst_ip ip;
	uint16_t port; /* 0: the protocol has none */
	uint8_t proto;
	uint8_t half;      /* enum tryst_graph_half: PEER is a meeting's at_peer */
	uint32_t kind;     /* the class of its service: index of graph.kinds */
	uint32_t at_from;  /* its edges: graph.at[at_from ...), up to the next endpoint's */
	uint32_t listed;   /* x: listed hosts that touched it */
	uint32_t unlisted; /* hosts of the sample that did */
	/* All unlisted hosts that did, where the second pass saw them (tryst_chance_count). */
	uint32_t counted; /* TRYST_NOT_COUNTED: it did not */
};

/* A class of services: endpoints of one protocol, side and service, or port where none is named. */
struct tryst_graph_kind {
	uint16_t port;
	uint8_t proto, half;
	uint32_t from; /* its endpoints: graph.of_kind[from ...) */
	uint32_t endpoints;
};

/* Counters stop at their largest value. */
struct tryst_graph_edge {
	uint32_t host, endpoint;
	int64_t first_ms, last_ms;
	uint32_t records_in, records_out;
	uint32_t packets_in, packets_out;
	uint32_t bytes_in, bytes_out;
	uint32_t hours;
	uint8_t flags_in, flags_out;
};

struct tryst_graph {
	struct tryst_graph_host *hosts; /* and one behind, which only ends the edges of the last */
	uint32_t host_count, listed_count;
	struct tryst_graph_endpoint *endpoints; /* and one behind */
	uint32_t endpoint_count;
	struct tryst_graph_kind *kinds; /* by half, protocol, first port of the service */
	uint32_t kind_count;
	uint32_t *of_kind;              /* endpoints by class, address */
	struct tryst_graph_edge *edges; /* by host, endpoint */
	uint32_t edge_count;
	uint32_t *at;    /* numbers of edges by endpoint, host */
	uint64_t one_in; /* of the unlisted hosts; a power of two */
};

/*
 * The graph of the case's sightings and the contacts collected.  Negative without memory, and then
 * there is nothing to free.
 */
int tryst_graph_new(struct tryst_graph **out, const struct tryst_case *c,
                    const struct tryst_contacts *contacts, struct tryst_error *err);
void tryst_graph_free(struct tryst_graph *g);

/* The number of a host, or TRYST_NOT_LISTED (which is no number) when it is not in the graph. */
uint32_t tryst_graph_find_host(const struct tryst_graph *g, struct tryst_ip ip);

/* The number of a meeting's endpoint, or TRYST_NO_ENDPOINT. */
uint32_t tryst_graph_find_endpoint(const struct tryst_graph *g, const struct tryst_meeting *m);

/* The edge of a host at an endpoint, or NULL: it was not there. */
const struct tryst_graph_edge *tryst_graph_find_edge(const struct tryst_graph *g, uint32_t host,
                                                     uint32_t endpoint);

#endif

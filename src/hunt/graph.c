/* SPDX-License-Identifier: Apache-2.0 */
/* The graph of hunt/graph.h: contacts -> numbers of hosts and endpoints -> sides -> edges. */
#include "hunt/graph.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/intern.h"
#include "hunt/service.h"

/* What is needed while it is built. */
struct builder {
	const struct tryst_case *c;
	const struct tryst_contacts *contacts;
	struct tryst_contact *sightings; /* contacts of listed hosts */
	size_t sighting_count;
	size_t count; /* of all contacts: those of listed hosts come first */
	struct tryst_intern every_host, hosts, homes, ends; /* hosts: those that are left */
	uint32_t *host, *home;                              /* of each contact */
	uint32_t *end[2]; /* of each contact: numbers of what its endpoint may be */
	struct tryst_pair *pairs, *work;
	size_t pair_count;
	struct tryst_graph *g;
};

static const struct tryst_contact *
contact_at(const struct builder *b, size_t i)
{
	return i < b->sighting_count ? &b->sightings[i]
	                             : &b->contacts->table.list[i - b->sighting_count];
}

static uint32_t
saturated(uint64_t n)
{
	return (uint32_t)TRYST_MIN(n, UINT32_MAX);
}

static uint32_t
hours_of(int64_t first_ms, int64_t last_ms)
{
	int64_t first = first_ms / 3600000, last = last_ms / 3600000;
	uint32_t hours = 0;

	/* A day and more is every hour. */
	for (int64_t h = first; h <= last && h < first + 24; h++)
		hours |= 1u << ((h % 24 + 24) % 24);
	return hours;
}

/* Whether a sighting is a listed host's contact in the sense of the graph. */
static bool
sighting_counts(const struct tryst_case *c, const struct tryst_sighting *s)
{
	if (!s->peer_listed || s->outside_validity)
		return false;
	/* Without --home only services are endpoints, and not those of listed hosts. */
	return c->home_count || (!s->home_listed && s->service_side != TRYST_SERVICE_PEER);
}

static struct tryst_contact
sighting_contact(const struct tryst_sighting *s)
{
	struct tryst_contact c = {
		.host = s->peer,
		.home = s->home,
		.first_ms = s->first_ms,
		.last_ms = s->last_ms,
		.records_in = s->records_in,
		.records_out = s->records_out,
		.packets_in = saturated(s->packets_in),
		.packets_out = saturated(s->packets_out),
		.bytes_in = saturated(s->bytes_in),
		.bytes_out = saturated(s->bytes_out),
		.hours = hours_of(s->first_ms, s->last_ms),
		.proto = s->proto,
		.side = TRYST_CONTACT_NO_PORTS,
		.flags_in = s->flags_in,
		.flags_out = s->flags_out,
	};

	if (s->service_side == TRYST_SERVICE_HOME && s->home_port) {
		c.side = TRYST_CONTACT_HOME;
		c.home_port = s->home_port;
	} else if (s->service_side == TRYST_SERVICE_PEER && s->peer_port) {
		c.side = TRYST_CONTACT_PEER;
		c.peer_port = s->peer_port;
	}
	return c;
}

static int
builder_init(struct builder *b, struct tryst_error *err)
{
	const struct tryst_case *c = b->c;
	size_t n;

	b->sightings = malloc((c->sighting_count + 1) * sizeof(*b->sightings));
	if (!b->sightings)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < c->sighting_count; i++) {
		if (sighting_counts(c, &c->sightings[i]))
			b->sightings[b->sighting_count++] = sighting_contact(&c->sightings[i]);
	}
	b->count = b->sighting_count + b->contacts->table.count;
	n = b->count + 1;
	b->host = malloc(n * sizeof(*b->host));
	b->home = malloc(n * sizeof(*b->home));
	b->end[0] = malloc(n * sizeof(*b->end[0]));
	b->end[1] = malloc(n * sizeof(*b->end[1]));
	b->pairs = malloc(2 * n * sizeof(*b->pairs));
	b->work = malloc(2 * n * sizeof(*b->work));
	if (!b->host || !b->home || !b->end[0] || !b->end[1] || !b->pairs || !b->work)
		return tryst_error_nomem(err);
	return 0;
}

static void
builder_fini(struct builder *b)
{
	tryst_intern_fini(&b->every_host);
	tryst_intern_fini(&b->hosts);
	tryst_intern_fini(&b->homes);
	tryst_intern_fini(&b->ends);
	free(b->sightings);
	free(b->host);
	free(b->home);
	free(b->end[0]);
	free(b->end[1]);
	free(b->pairs);
	free(b->work);
}

/*
 * Numbers the keys of the contacts that have an endpoint anew, in the order of the keys: `ids` are
 * numbers of `from`, and become those of *to, whose keys are sorted.
 */
static int
renumber(const struct builder *b, const struct tryst_intern *from, uint32_t *ids,
         struct tryst_intern *to, struct tryst_error *err)
{
	uint32_t *rank = malloc((from->count + (size_t)1) * sizeof(*rank));
	int rc = rank ? tryst_intern_init(to, from->count, err) : tryst_error_nomem(err);

	for (size_t i = 0; rc == 0 && i < b->count; i++) {
		if (b->end[0][i] != TRYST_NO_ENDPOINT)
			ids[i] = tryst_intern_add(to, from->keys[ids[i]]);
	}
	if (rc == 0)
		rc = tryst_intern_rank(to, rank, err);
	for (size_t i = 0; rc == 0 && i < b->count; i++) {
		if (b->end[0][i] != TRYST_NO_ENDPOINT)
			ids[i] = rank[ids[i]];
	}
	free(rank);
	return rc;
}

/* Numbers the addresses of all contacts, those of home in order. */
static int
number_addresses(struct builder *b, struct tryst_error *err)
{
	uint32_t *rank = malloc((b->count + 1) * sizeof(*rank));
	int rc = rank ? 0 : tryst_error_nomem(err);

	if (rc < 0 || (rc = tryst_intern_init(&b->every_host, b->count, err)) < 0 ||
	    (rc = tryst_intern_init(&b->homes, b->count, err)) < 0)
		goto out;
	for (size_t i = 0; i < b->count; i++) {
		b->host[i] = tryst_intern_add(&b->every_host, contact_at(b, i)->host);
		b->home[i] = tryst_intern_add(&b->homes, contact_at(b, i)->home);
	}
	rc = tryst_intern_rank(&b->homes, rank, err);
	for (size_t i = 0; rc == 0 && i < b->count; i++)
		b->home[i] = rank[b->home[i]];
out:
	free(rank);
	return rc;
}

/* Sorts by address, protocol, port, half. */
static struct tryst_ip
end_key(uint32_t home, uint8_t proto, uint16_t port, enum tryst_graph_half half)
{
	return (struct tryst_ip){
		.hi = home,
		.lo = (uint64_t)proto << 17 | (uint64_t)port << 1 | half,
	};
}

/* Numbers what the endpoint of each contact is, or of an undecided one may be. */
static int
number_ends(struct builder *b, struct tryst_error *err)
{
	int rc = tryst_intern_init(&b->ends, 2 * b->count, err);

	for (size_t i = 0; rc == 0 && i < b->count; i++) {
		const struct tryst_contact *c = contact_at(b, i);
		bool home = c->side != TRYST_CONTACT_PEER, peer = c->side == TRYST_CONTACT_PEER;

		peer |= c->side == TRYST_CONTACT_UNDECIDED;
		b->end[0][i] = b->end[1][i] = TRYST_NO_ENDPOINT;
		if (home)
			b->end[0][i] =
				tryst_intern_add(&b->ends, end_key(b->home[i], c->proto,
			                                           c->home_port, TRYST_HALF_HOME));
		if (peer)
			b->end[1][i] =
				tryst_intern_add(&b->ends, end_key(b->home[i], c->proto,
			                                           c->peer_port, TRYST_HALF_PEER));
	}
	return rc;
}

/* hosts[end] = how many different hosts are, or may be, there. */
static void
count_hosts(struct builder *b, uint32_t *hosts)
{
	size_t n = 0;

	for (size_t i = 0; i < b->count; i++) {
		for (unsigned side = 0; side < 2; side++) {
			if (b->end[side][i] != TRYST_NO_ENDPOINT)
				b->pairs[n++].key = (uint64_t)b->end[side][i] << 32 | b->host[i];
		}
	}
	tryst_pairs_sort(b->pairs, b->work, n);
	for (size_t i = 0; i < n; i++)
		hosts[b->pairs[i].key >> 32] += !i || b->pairs[i].key != b->pairs[i - 1].key;
}

/* Whose port an undecided contact's service is: docs/conversations.md, but for the initiator. */
static bool
is_home_service(const struct builder *b, const struct tryst_contact *c, uint32_t home_hosts,
                uint32_t peer_hosts)
{
	bool home = tryst_contacts_is_service(b->contacts, c->proto, c->home_port);
	bool peer = tryst_contacts_is_service(b->contacts, c->proto, c->peer_port);

	if (home_hosts != peer_hosts)
		return home_hosts > peer_hosts;
	return home != peer ? home : c->home_port <= c->peer_port;
}

/* Leaves each contact one endpoint, in end[0], or none. */
static int
decide_sides(struct builder *b, struct tryst_error *err)
{
	uint32_t *hosts = calloc(b->ends.count + (size_t)1, sizeof(*hosts));

	if (!hosts)
		return tryst_error_nomem(err);
	count_hosts(b, hosts);
	for (size_t i = 0; i < b->count; i++) {
		uint32_t home = b->end[0][i], peer = b->end[1][i];
		bool undecided = home != TRYST_NO_ENDPOINT && peer != TRYST_NO_ENDPOINT;

		if (undecided && !is_home_service(b, contact_at(b, i), hosts[home], hosts[peer]))
			home = TRYST_NO_ENDPOINT;
		if (home == TRYST_NO_ENDPOINT)
			home = b->contacts->sampler.home ? peer : TRYST_NO_ENDPOINT;
		b->end[0][i] = home;
	}
	free(hosts);
	return 0;
}

static int
make_endpoints(struct builder *b, struct tryst_error *err)
{
	struct tryst_graph *g = b->g;
	struct tryst_intern used = { 0 };
	int rc = renumber(b, &b->ends, b->end[0], &used, err);

	if (rc == 0) {
		g->endpoint_count = used.count;
		g->endpoints = calloc(used.count + (size_t)1, sizeof(*g->endpoints));
		rc = g->endpoints ? 0 : tryst_error_nomem(err);
	}
	for (uint32_t j = 0; rc == 0 && j < used.count; j++)
		g->endpoints[j] = (struct tryst_graph_endpoint){
			.ip = b->homes.keys[used.keys[j].hi],
			.port = (uint16_t)(used.keys[j].lo >> 1),
			.proto = (uint8_t)(used.keys[j].lo >> 17),
			.half = used.keys[j].lo & 1,
			.counted = TRYST_NOT_COUNTED,
		};
	tryst_intern_fini(&used);
	return rc;
}

static void
edge_add(struct tryst_graph_edge *e, const struct tryst_contact *c)
{
	e->first_ms = TRYST_MIN(e->first_ms, c->first_ms);
	e->last_ms = TRYST_MAX(e->last_ms, c->last_ms);
	e->records_in = saturated((uint64_t)e->records_in + c->records_in);
	e->records_out = saturated((uint64_t)e->records_out + c->records_out);
	e->packets_in = saturated((uint64_t)e->packets_in + c->packets_in);
	e->packets_out = saturated((uint64_t)e->packets_out + c->packets_out);
	e->bytes_in = saturated((uint64_t)e->bytes_in + c->bytes_in);
	e->bytes_out = saturated((uint64_t)e->bytes_out + c->bytes_out);
	e->hours |= c->hours;
	e->flags_in |= c->flags_in;
	e->flags_out |= c->flags_out;
}

/* One edge for all contacts of a host and an endpoint. */
static int
make_edges(struct builder *b, struct tryst_error *err)
{
	struct tryst_graph *g = b->g;
	size_t n = 0;

	for (size_t i = 0; i < b->count; i++) {
		if (b->end[0][i] != TRYST_NO_ENDPOINT)
			b->pairs[n++] =
				(struct tryst_pair){ (uint64_t)b->host[i] << 32 | b->end[0][i],
				                     (uint32_t)i };
	}
	tryst_pairs_sort(b->pairs, b->work, n);
	g->edges = malloc((n + 1) * sizeof(*g->edges));
	g->at = malloc((n + 1) * sizeof(*g->at));
	if (!g->edges || !g->at)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < n; i++) {
		if (!i || b->pairs[i].key != b->pairs[i - 1].key)
			g->edges[g->edge_count++] = (struct tryst_graph_edge){
				.host = (uint32_t)(b->pairs[i].key >> 32),
				.endpoint = (uint32_t)b->pairs[i].key,
				.first_ms = INT64_MAX,
				.last_ms = INT64_MIN,
			};
		edge_add(&g->edges[g->edge_count - 1], contact_at(b, b->pairs[i].value));
	}
	return 0;
}

/*
 * Whether the host got more than a refusal there: of TCP more than packets that hold nothing but
 * headers with options (60 octets), since a closed port answers too, and so does an open one to a
 * scanner that goes no further.
 */
static bool
is_answered(const struct tryst_graph_endpoint *j, const struct tryst_graph_edge *e)
{
	if (!e->records_in || !e->records_out)
		return false;
	if (j->proto != IPPROTO_TCP)
		return true;
	if (!e->packets_out) /* not counted: a refusal shows in the flags */
		return !(e->flags_out & TH_RST) || e->flags_out & TH_PUSH;
	return e->bytes_out > 60 * (uint64_t)e->packets_out;
}

/* The hosts, with their sums. */
static int
make_hosts(struct builder *b, struct tryst_error *err)
{
	struct tryst_graph *g = b->g;

	g->host_count = b->hosts.count;
	g->hosts = calloc(g->host_count + (size_t)1, sizeof(*g->hosts));
	if (!g->hosts)
		return tryst_error_nomem(err);
	for (uint32_t h = 0; h < g->host_count; h++) {
		g->hosts[h].ip = b->hosts.keys[h];
		g->hosts[h].listed = TRYST_NOT_LISTED;
	}
	for (size_t i = 0; i < b->c->host_count; i++) {
		uint32_t h = tryst_graph_find_host(g, b->c->hosts[i].ip);

		if (h != TRYST_NOT_LISTED)
			g->hosts[h].listed = (uint32_t)i;
		g->listed_count += h != TRYST_NOT_LISTED;
	}
	for (uint32_t e = 0; e < g->edge_count; e++) {
		const struct tryst_graph_edge *edge = &g->edges[e];
		struct tryst_graph_host *h = &g->hosts[edge->host];
		struct tryst_graph_endpoint *j = &g->endpoints[edge->endpoint];

		h->degree[j->half]++;
		h->answered[j->half] += is_answered(j, edge);
		h->hours |= edge->hours;
		*(h->listed == TRYST_NOT_LISTED ? &j->unlisted : &j->listed) += 1;
	}
	for (uint32_t h = 0; h < g->host_count; h++)
		g->hosts[h + 1].edge_from = g->hosts[h].edge_from +
		                            g->hosts[h].degree[TRYST_HALF_HOME] +
		                            g->hosts[h].degree[TRYST_HALF_PEER];
	return 0;
}

/* Ports of one service are one class. */
static uint64_t
kind_key(const struct tryst_graph_endpoint *j)
{
	return (uint64_t)j->half << 32 | tryst_service_group(j->proto, j->port);
}

/* The edges of each endpoint, and the classes of services. */
static int
make_kinds(struct builder *b, struct tryst_error *err)
{
	struct tryst_graph *g = b->g;
	uint32_t n = g->endpoint_count;

	for (uint32_t j = 0; j < n; j++)
		g->endpoints[j + 1].at_from =
			g->endpoints[j].at_from + g->endpoints[j].listed + g->endpoints[j].unlisted;
	for (uint32_t e = 0; e < g->edge_count; e++)
		b->pairs[e] = (struct tryst_pair){ g->edges[e].endpoint, e };
	tryst_pairs_sort(b->pairs, b->work, g->edge_count);
	for (uint32_t e = 0; e < g->edge_count; e++)
		g->at[e] = b->pairs[e].value;
	g->kinds = calloc(n + (size_t)1, sizeof(*g->kinds));
	g->of_kind = malloc((n + (size_t)1) * sizeof(*g->of_kind));
	if (!g->kinds || !g->of_kind)
		return tryst_error_nomem(err);
	for (uint32_t j = 0; j < n; j++)
		b->pairs[j] = (struct tryst_pair){ kind_key(&g->endpoints[j]), j };
	tryst_pairs_sort(b->pairs, b->work, n);
	for (uint32_t k = 0; k < n; k++) {
		struct tryst_graph_endpoint *j = &g->endpoints[b->pairs[k].value];

		if (!k || b->pairs[k].key != b->pairs[k - 1].key)
			g->kinds[g->kind_count++] = (struct tryst_graph_kind){
				.port = j->port,
				.proto = j->proto,
				.half = j->half,
				.from = k,
			};
		j->kind = g->kind_count - 1;
		g->kinds[j->kind].endpoints++;
		g->of_kind[k] = b->pairs[k].value;
	}
	return 0;
}

int
tryst_graph_new(struct tryst_graph **out, const struct tryst_case *c,
                const struct tryst_contacts *contacts, struct tryst_error *err)
{
	struct builder b = { .c = c, .contacts = contacts };
	int rc;

	b.g = calloc(1, sizeof(*b.g));
	if (!b.g)
		return tryst_error_nomem(err);
	b.g->one_in = 1ULL << contacts->level;
	if ((rc = builder_init(&b, err)) < 0 || (rc = number_addresses(&b, err)) < 0 ||
	    (rc = number_ends(&b, err)) < 0 || (rc = decide_sides(&b, err)) < 0 ||
	    (rc = renumber(&b, &b.every_host, b.host, &b.hosts, err)) < 0 ||
	    (rc = make_endpoints(&b, err)) < 0 || (rc = make_edges(&b, err)) < 0 ||
	    (rc = make_hosts(&b, err)) < 0 || (rc = make_kinds(&b, err)) < 0)
		tryst_graph_free(b.g);
	else
		*out = b.g;
	builder_fini(&b);
	return rc;
}

void
tryst_graph_free(struct tryst_graph *g)
{
	if (!g)
		return;
	free(g->hosts);
	free(g->endpoints);
	free(g->kinds);
	free(g->of_kind);
	free(g->edges);
	free(g->at);
	free(g);
}

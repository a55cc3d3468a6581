/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who began each conversation, as log-odds: to what the times and flags of its records say comes
 * which end looks like a server.  docs/conversations.md, "Who began".
 */
#include <math.h>
#include <stdlib.h>

#include "hunt/build.h"

#define PEERS_CAP 4.0
#define LOW_PORT 1024
#define LOW_PORT_LOG_ODDS 1.0

/* One end of a sighting with the other's address. */
struct end {
	uint32_t address, other; /* numbers of addresses */
	uint32_t sighting;
	uint16_t port;
	uint8_t proto;
	bool home;
};

static int
end_compare(const void *va, const void *vb)
{
	const struct end *a = va, *b = vb;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return (a->other > b->other) - (a->other < b->other);
}

static bool
same_end(const struct end *a, const struct end *b)
{
	return a->address == b->address && a->proto == b->proto && a->port == b->port;
}

/*
 * Adds log2 of how many met each end, for the other side; but an end that plainly began more often
 * than it was asked is no server's, however many it met: a peer to peer program has one port.
 */
static void
peers_weigh(struct tryst_case *c, struct end *list, size_t count, double *home_peers,
            double *peer_peers)
{
	size_t to;

	qsort(list, count, sizeof(*list), end_compare);
	for (size_t from = 0; from < count; from = to) {
		uint32_t others = 0;
		size_t asked = 0, asking = 0;

		for (to = from; to < count && same_end(&list[from], &list[to]); to++) {
			const struct tryst_sighting *s = &c->sightings[list[to].sighting];

			others += to == from || list[to].other != list[to - 1].other;
			/* Where it is plain, as the conversation itself says: who began there? */
			asking += s->initiator ==
			          (list[to].home ? TRYST_INITIATOR_HOME : TRYST_INITIATOR_PEER);
			asked += s->initiator ==
			         (list[to].home ? TRYST_INITIATOR_PEER : TRYST_INITIATOR_HOME);
		}
		for (size_t i = from; i < to && asking <= asked; i++)
			(list[i].home ? home_peers : peer_peers)[list[i].sighting] = log2(others);
	}
	for (size_t i = 0; i < c->sighting_count; i++) {
		double towards_home = home_peers[i] - peer_peers[i];

		c->sightings[i].began -= TRYST_MAX(TRYST_MIN(towards_home, PEERS_CAP), -PEERS_CAP);
	}
}

static void
ports_weigh(struct tryst_sighting *s)
{
	bool home = s->home_port_known && s->home_port < LOW_PORT;
	bool peer = s->peer_port_known && s->peer_port < LOW_PORT;

	if (home != peer)
		s->began += peer ? LOW_PORT_LOG_ODDS : -LOW_PORT_LOG_ODDS;
}

/* To four places: the same in every case file, whatever exp() does to the last bit. */
static double
confidence(double began)
{
	return floor(10000 / (1 + exp(-fabs(began))) + 0.5) / 10000;
}

int
tryst_case_initiators(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct tryst_case *c = b->c;
	struct end *list = calloc(2 * c->sighting_count + 1, sizeof(*list));
	double *peers = calloc(2 * c->sighting_count + 1, sizeof(*peers));
	size_t n = 0;
	int rc = list && peers ? 0 : tryst_error_nomem(err);

	for (uint32_t i = 0; rc >= 0 && i < c->sighting_count; i++) {
		const struct tryst_sighting *s = &c->sightings[i];

		if (!s->home_port_known && !s->peer_port_known)
			continue;
		list[n++] = (struct end){ b->home_ids[i], b->peer_ids[i], i,
			                  s->home_port,   s->proto,       true };
		list[n++] = (struct end){ b->peer_ids[i], b->home_ids[i], i,
			                  s->peer_port,   s->proto,       false };
	}
	if (rc >= 0)
		peers_weigh(c, list, n, peers, peers + c->sighting_count);
	for (size_t i = 0; rc >= 0 && i < c->sighting_count; i++) {
		struct tryst_sighting *s = &c->sightings[i];

		ports_weigh(s);
		s->initiator = s->began > 0   ? TRYST_INITIATOR_HOME
		               : s->began < 0 ? TRYST_INITIATOR_PEER
		                              : TRYST_INITIATOR_UNKNOWN;
		s->initiator_confidence = s->began != 0 ? confidence(s->began) : 0;
	}
	free(peers);
	free(list);
	return rc;
}

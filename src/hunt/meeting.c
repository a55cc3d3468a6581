/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which port of a conversation is the service, and who met where.  docs/conversations.md has the
 * rules; both are counts over sorted lists, so nothing depends on the order of the input.
 */
#include <netinet/in.h>
#include <stdlib.h>

#include "hunt/build.h"
#include "hunt/service.h"

/* A port of a sighting's home side or peer side, as used by its home address. */
struct use {
	uint64_t endpoint; /* endpoint_key() */
	uint32_t peer;     /* the peer's address number; in a contact 0 */
	uint32_t sighting;
};

/* How often a port of a sighting recurs. */
struct recurrence {
	uint32_t hosts;     /* peers that the home address met at this port */
	uint32_t sightings; /* conversations with this one peer at this port */
};

uint16_t
tryst_sighting_service_port(const struct tryst_sighting *s)
{
	if (s->service_side == TRYST_SERVICE_NONE)
		return 0;
	return s->service_side == TRYST_SERVICE_HOME ? s->home_port : s->peer_port;
}

/* Sorts by address (in the order of addresses), protocol, port, side. */
static uint64_t
endpoint_key(uint32_t address, uint8_t proto, uint16_t port, enum tryst_service_side side)
{
	return (uint64_t)address << 26 | (uint64_t)proto << 18 | (uint64_t)port << 2 | side;
}

static int
use_compare(const void *va, const void *vb)
{
	const struct use *a = va, *b = vb;

	if (a->endpoint != b->endpoint)
		return a->endpoint < b->endpoint ? -1 : 1;
	if (a->peer != b->peer)
		return a->peer < b->peer ? -1 : 1;
	return (a->sighting > b->sighting) - (a->sighting < b->sighting);
}

static size_t
endpoint_run(const struct use *list, size_t from, size_t count)
{
	size_t to = from + 1;

	while (to < count && list[to].endpoint == list[from].endpoint)
		to++;
	return to;
}

static bool
has_ports(const struct tryst_sighting *s)
{
	return s->home_port_known || s->peer_port_known;
}

/* Both ports of every sighting that has any, sorted; *out is malloc'ed. */
static int
uses_find(const struct tryst_case_builder *b, struct use **out, size_t *count,
          struct tryst_error *err)
{
	const struct tryst_case *c = b->c;
	struct use *list = calloc(2 * c->sighting_count + 1, sizeof(*list));
	size_t n = 0;

	if (!list)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < c->sighting_count; i++) {
		const struct tryst_sighting *s = &c->sightings[i];
		uint32_t home = b->home_ids[i], peer = b->peer_ids[i];

		if (!has_ports(s))
			continue;
		list[n++] = (struct use){
			endpoint_key(home, s->proto, s->home_port, TRYST_SERVICE_HOME), peer, i
		};
		list[n++] = (struct use){
			endpoint_key(home, s->proto, s->peer_port, TRYST_SERVICE_PEER), peer, i
		};
	}
	qsort(list, n, sizeof(*list), use_compare);
	*out = list;
	*count = n;
	return 0;
}

/* Where the recurrence of a use stands: two for each sighting, home's first. */
static struct recurrence *
use_recurrence(struct recurrence *rec, const struct use *u)
{
	return &rec[2 * (size_t)u->sighting + ((u->endpoint & 3) == TRYST_SERVICE_PEER)];
}

static void
recurrences_count(const struct use *list, size_t count, struct recurrence *rec)
{
	size_t end, to;

	for (size_t from = 0; from < count; from = end) {
		uint32_t hosts = 0;

		end = endpoint_run(list, from, count);
		for (size_t i = from; i < end; i = to, hosts++) {
			for (to = i; to < end && list[to].peer == list[i].peer;)
				to++;
			for (size_t k = i; k < to; k++)
				use_recurrence(rec, &list[k])->sightings = (uint32_t)(to - i);
		}
		for (size_t i = from; i < end; i++)
			use_recurrence(rec, &list[i])->hosts = hosts;
	}
}

/* Two hosts that scan may pick one source port by chance; three hardly. */
#define RECURS 3

static enum tryst_service_side
side_if(bool home)
{
	return home ? TRYST_SERVICE_HOME : TRYST_SERVICE_PEER;
}

static enum tryst_service_side
service_side(const struct tryst_sighting *s, const struct recurrence *home,
             const struct recurrence *peer)
{
	bool home_likely = tryst_service_is_likely(s->proto, s->home_port);
	bool peer_likely = tryst_service_is_likely(s->proto, s->peer_port);
	const char *home_name, *peer_name;

	if (!has_ports(s))
		return TRYST_SERVICE_NONE;
	if (home->hosts != peer->hosts && TRYST_MAX(home->hosts, peer->hosts) >= RECURS)
		return side_if(home->hosts > peer->hosts);
	if (s->initiator != TRYST_INITIATOR_UNKNOWN)
		return side_if(s->initiator == TRYST_INITIATOR_PEER);
	if (home_likely != peer_likely)
		return side_if(home_likely);
	if (home->hosts != peer->hosts)
		return side_if(home->hosts > peer->hosts);
	if (home->sightings != peer->sightings)
		return side_if(home->sightings > peer->sightings);
	home_name = tryst_service_name(s->proto, s->home_port);
	peer_name = tryst_service_name(s->proto, s->peer_port);
	if (!home_name != !peer_name)
		return side_if(home_name != NULL);
	return side_if(s->home_port <= s->peer_port);
}

int
tryst_case_service_sides(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct tryst_case *c = b->c;
	struct recurrence *rec = calloc(2 * c->sighting_count + 1, sizeof(*rec));
	struct use *list = NULL;
	size_t count = 0;
	int rc;

	rc = rec ? uses_find(b, &list, &count, err) : tryst_error_nomem(err);
	if (rc >= 0)
		recurrences_count(list, count, rec);
	for (size_t i = 0; rc >= 0 && i < c->sighting_count; i++) {
		struct tryst_sighting *s = &c->sightings[i];

		s->service_side = service_side(s, &rec[2 * i], &rec[2 * i + 1]);
		if (s->service_side != TRYST_SERVICE_NONE)
			s->service = tryst_service_name(s->proto, tryst_sighting_service_port(s));
	}
	free(list);
	free(rec);
	return rc;
}

/* The contacts of sightings that are evidence and whose home side may host a meeting, by endpoint;
 * *out is malloc'ed. */
static int
contacts_find(const struct tryst_case_builder *b, struct use **out, size_t *count,
              struct tryst_error *err)
{
	const struct tryst_case *c = b->c;
	struct use *list = calloc(c->sighting_count + 1, sizeof(*list));
	size_t n = 0;

	if (!list)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < c->sighting_count; i++) {
		const struct tryst_sighting *s = &c->sightings[i];

		if (!s->peer_listed || s->outside_validity || (!c->home_count && s->home_listed))
			continue;
		list[n++] =
			(struct use){ endpoint_key(b->home_ids[i], s->proto,
			                           tryst_sighting_service_port(s), s->service_side),
			              0, i };
	}
	qsort(list, n, sizeof(*list), use_compare);
	*out = list;
	*count = n;
	return 0;
}

static void
meeting_add(struct tryst_meeting *m, const struct tryst_sighting *s)
{
	m->first_ms = m->sighting_count ? TRYST_MIN(m->first_ms, s->first_ms) : s->first_ms;
	m->last_ms = m->sighting_count ? TRYST_MAX(m->last_ms, s->last_ms) : s->last_ms;
	m->sightings[m->sighting_count++] = s->id;
	m->answered += s->records_in && s->records_out;
	m->torn += s->torn;
	m->verdicts[s->verdict]++;
	if (!s->counts_known) {
		m->uncounted++;
		return;
	}
	m->packets_out += s->packets_out;
	m->bytes_out += s->bytes_out;
	m->packets_in += s->packets_in;
	m->bytes_in += s->bytes_in;
}

/*
 * Makes *m of the contacts of one endpoint.  `seen` holds for each host the last endpoint that
 * counted it (`stamp`), so that a host counts once.
 */
static int
meeting_make(struct tryst_case_builder *b, struct tryst_meeting *m, const struct use *list,
             size_t count, uint32_t *seen, uint32_t stamp, struct tryst_error *err)
{
	const struct tryst_case *c = b->c;
	const struct tryst_sighting *first = &c->sightings[list->sighting];

	*m = (struct tryst_meeting){
		.ip = first->home,
		.proto = first->proto,
		.port = tryst_sighting_service_port(first),
		.port_known = first->service_side != TRYST_SERVICE_NONE,
		.at_peer = first->service_side == TRYST_SERVICE_PEER,
		.service = first->service,
		/* What the steps after this one find out replaces it. */
		.chance.untested = "The records hold no other hosts to measure chance against.",
		.synchrony.untested = "The records hold no other hosts to measure time by.",
		.spoof.untested = "Nothing in the records tells.",
		.hosts = tryst_case_alloc(b, count, sizeof(*m->hosts), err),
		.sightings = tryst_case_alloc(b, count, sizeof(*m->sightings), err),
	};
	if (!m->hosts || !m->sightings)
		return TRYST_ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct tryst_sighting *s = &c->sightings[list[i].sighting];

		meeting_add(m, s);
		if (seen[s->host] == stamp)
			continue;
		seen[s->host] = stamp;
		m->hosts[m->host_count++] = s->host;
	}
	return 0;
}

/* By listed hosts, conversations, then endpoint. */
static int
meeting_compare(const void *va, const void *vb)
{
	const struct tryst_meeting *a = va, *b = vb;
	int order;

	if (a->host_count != b->host_count)
		return a->host_count > b->host_count ? -1 : 1;
	if (a->sighting_count != b->sighting_count)
		return a->sighting_count > b->sighting_count ? -1 : 1;
	order = tryst_ip_compare(a->ip, b->ip);
	if (!order)
		order = (int)a->proto - b->proto;
	if (!order)
		order = (int)a->port - b->port;
	return order ? order : (int)a->at_peer - (int)b->at_peer;
}

/* How many listed hosts the contacts of one endpoint are from: 1, or 2 for "two or more". */
static unsigned
contact_hosts(const struct tryst_case *c, const struct use *list, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (c->sightings[list[i].sighting].host != c->sightings[list[0].sighting].host)
			return 2;
	}
	return 1;
}

int
tryst_case_meetings(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct tryst_case *c = b->c;
	uint32_t *seen = calloc(c->host_count + 1, sizeof(*seen));
	struct use *list = NULL;
	size_t count = 0, to;
	int rc;

	rc = seen ? contacts_find(b, &list, &count, err) : tryst_error_nomem(err);
	if (rc < 0)
		goto out;
	c->meetings = tryst_case_alloc(b, count / 2 + 1, sizeof(*c->meetings), err);
	if (!c->meetings)
		rc = TRYST_ERR_NOMEM;
	for (size_t from = 0; rc >= 0 && from < count; from = to) {
		to = endpoint_run(list, from, count);
		if (contact_hosts(c, list + from, to - from) < 2)
			continue;
		rc = meeting_make(b, &c->meetings[c->meeting_count], list + from, to - from, seen,
		                  (uint32_t)c->meeting_count + 1, err);
		c->meeting_count++;
	}
	if (rc >= 0)
		qsort(c->meetings, c->meeting_count, sizeof(*c->meetings), meeting_compare);
out:
	free(list);
	free(seen);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verdict of each sighting: gathers what the rules of hunt/verdict.h ask for, of which two
 * things lie outside the conversation: how much of a network's answers is seen here at all, and
 * whether an ICMP error came back.  docs/statistics/verdicts.md.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "hunt/build.h"
#include "hunt/verdict.h"

#define NET4_LEN 120 /* /24, of 128-bit addresses */
#define NET6_LEN 48
#define ESTABLISHED_PACKETS 3

/* The one-way TCP flows of a peer's network that look established, and those with an answer. */
struct network {
	struct tryst_ip ip;
	uint32_t flows, paired;
};

/* An ICMP "unreachable" between two addresses. */
struct error {
	uint32_t home, peer; /* numbers of addresses */
	bool from_home;
	int64_t at_ms;
};

static struct tryst_ip
network_of(struct tryst_ip ip)
{
	struct tryst_ip mask = tryst_ip_mask(tryst_ip_is_v4(ip) ? NET4_LEN : NET6_LEN);

	return (struct tryst_ip){ ip.hi & mask.hi, ip.lo & mask.lo };
}

static int
network_compare(const void *a, const void *b)
{
	return tryst_ip_compare(((const struct network *)a)->ip, ((const struct network *)b)->ip);
}

static bool
looks_established(uint8_t flags, uint64_t packets)
{
	return flags & TH_ACK && (flags & (TH_PUSH | TH_FIN) || packets >= ESTABLISHED_PACKETS);
}

static struct network
network_make(const struct tryst_sighting *s)
{
	struct network n = { .ip = network_of(s->peer) };

	if (s->proto != IPPROTO_TCP || !s->flags_known || s->watched || s->torn)
		return n;
	if (s->records_out && looks_established(s->flags_out, s->packets_out)) {
		n.flows++;
		n.paired += s->records_in > 0;
	}
	if (s->records_in && looks_established(s->flags_in, s->packets_in)) {
		n.flows++;
		n.paired += s->records_out > 0;
	}
	return n;
}

/* One entry for each network, sorted; returns how many. */
static size_t
networks_make(const struct tryst_case *c, struct network *list)
{
	size_t n = 0;

	for (size_t i = 0; i < c->sighting_count; i++)
		list[i] = network_make(&c->sightings[i]);
	qsort(list, c->sighting_count, sizeof(*list), network_compare);
	for (size_t i = 0; i < c->sighting_count; i++) {
		if (n && tryst_ip_equal(list[n - 1].ip, list[i].ip)) {
			list[n - 1].flows += list[i].flows;
			list[n - 1].paired += list[i].paired;
		} else {
			list[n++] = list[i];
		}
	}
	return n;
}

static double
visibility(const struct network *list, size_t count, struct tryst_ip peer)
{
	struct network key = { .ip = network_of(peer) };
	const struct network *n = bsearch(&key, list, count, sizeof(*list), network_compare);

	assert(n);
	return n->flows ? (double)n->paired / n->flows : TRYST_VISIBILITY_UNDECIDED;
}

static int
error_compare(const void *va, const void *vb)
{
	const struct error *a = va, *b = vb;

	if (a->home != b->home)
		return a->home < b->home ? -1 : 1;
	if (a->peer != b->peer)
		return a->peer < b->peer ? -1 : 1;
	if (a->from_home != b->from_home)
		return a->from_home < b->from_home ? -1 : 1;
	return (a->at_ms > b->at_ms) - (a->at_ms < b->at_ms);
}

static bool
is_unreachable(const struct tryst_sighting *s)
{
	unsigned type = s->icmp >> 8;

	return s->icmp_known && ((s->proto == IPPROTO_ICMP && type == 3) ||
	                         (s->proto == IPPROTO_ICMPV6 && type == 1));
}

/* All of them, sorted; returns how many. */
static size_t
errors_make(const struct tryst_case_builder *b, struct error *list)
{
	size_t n = 0;

	for (size_t i = 0; i < b->c->sighting_count; i++) {
		const struct tryst_sighting *s = &b->c->sightings[i];

		if (is_unreachable(s))
			list[n++] = (struct error){ b->home_ids[i], b->peer_ids[i],
				                    s->records_out > 0, s->first_ms };
	}
	qsort(list, n, sizeof(*list), error_compare);
	return n;
}

/* Whether the silent side of a sighting sent an error while it lasted or soon after. */
static bool
error_came(const struct tryst_case_builder *b, size_t which, const struct error *list, size_t count)
{
	const struct tryst_sighting *s = &b->c->sightings[which];
	struct error key = { b->home_ids[which], b->peer_ids[which], !s->records_out, s->first_ms };
	size_t from = 0, to = count;

	if (s->proto != IPPROTO_UDP || !s->records_out == !s->records_in)
		return false;
	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (error_compare(&list[mid], &key) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return to < count && list[to].home == key.home && list[to].peer == key.peer &&
	       list[to].from_home == key.from_home &&
	       (uint64_t)list[to].at_ms - (uint64_t)s->first_ms <=
	               (uint64_t)s->last_ms - (uint64_t)s->first_ms + TRYST_UNREACHABLE_MS;
}

/* Whether "forward" is what home sent: it began, or sent the first record, or all of them. */
static bool
forward_is_out(const struct tryst_sighting *s)
{
	if (!s->records_out != !s->records_in)
		return s->records_out > 0;
	if (s->initiator != TRYST_INITIATOR_UNKNOWN)
		return s->initiator == TRYST_INITIATOR_HOME;
	return s->home_first;
}

static struct tryst_verdict_facts
facts_of(const struct tryst_sighting *s)
{
	struct tryst_verdict_half out = { s->records_out > 0, s->dropped_out, s->flags_out,
		                          s->packets_out, s->bytes_out };
	struct tryst_verdict_half in = { s->records_in > 0, s->dropped_in, s->flags_in,
		                         s->packets_in, s->bytes_in };
	bool forward_out = forward_is_out(s);
	uint64_t lasted_ms = (uint64_t)s->last_ms - (uint64_t)s->first_ms;

	return (struct tryst_verdict_facts){
		.forward = forward_out ? out : in,
		.reverse = forward_out ? in : out,
		.proto = s->proto,
		.v6 = !tryst_ip_is_v4(s->home),
		.counts_known = s->counts_known,
		.flags_known = s->flags_known,
		.icmp_known = s->icmp_known,
		.icmp_type = (uint8_t)(s->icmp >> 8),
		.duration_ms = (int64_t)TRYST_MIN(lasted_ms, (uint64_t)INT64_MAX),
		.sampling = s->sampling,
		.reverse_watched = s->watched,
		.torn = s->torn,
	};
}

int
tryst_case_verdicts(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct tryst_case *c = b->c;
	struct network *networks = calloc(c->sighting_count + 1, sizeof(*networks));
	struct error *errors = calloc(c->sighting_count + 1, sizeof(*errors));
	size_t network_count, error_count;
	int rc = 0;

	if (!networks || !errors) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	network_count = networks_make(c, networks);
	error_count = errors_make(b, errors);
	for (size_t i = 0; i < c->sighting_count; i++) {
		struct tryst_verdict_facts f = facts_of(&c->sightings[i]);

		f.visibility = visibility(networks, network_count, c->sightings[i].peer);
		f.unreachable = error_came(b, i, errors, error_count);
		c->sightings[i].verdict = tryst_verdict_of(&f);
	}
out:
	free(errors);
	free(networks);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One generator behind many sources numbers its packets: consecutive flows of different sources
 * have neighbouring source ports.  How often that would happen by chance is taken from the same
 * flows in a random order, exactly, so that clients that all use one port, or count ports up by
 * themselves, are no evidence.
 */
#include <stdio.h>
#include <stdlib.h>

#include "hunt/spoof.h"
#include "stats/forgery.h"

#define CLOSE_MS 50
#define NEAR_PORTS 2
#define PAIRS_MIN 2
#define CHANCE_MIN (5. / 64512) /* of two ports drawn evenly from those above 1023 */
#define NAMED_PAIRS 6

struct pairs {
	uint64_t close, hits;
	uint32_t named[2 * NAMED_PAIRS]; /* sightings of the first hits, two each */
	uint32_t named_count;
};

static int
port_compare(const void *va, const void *vb)
{
	const uint16_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

/* Whether the i-th flow and the one before are of different sources and close in time. */
static bool
is_close(const struct tryst_spoof_set *set, uint32_t i)
{
	const struct tryst_sighting *a, *b;

	if (!i || set->slots[i] == set->slots[i - 1])
		return false;
	a = tryst_spoof_sighting(set, i - 1);
	b = tryst_spoof_sighting(set, i);
	return a->peer_port_known && b->peer_port_known &&
	       (uint64_t)b->first_ms - (uint64_t)a->first_ms < CLOSE_MS;
}

bool
tryst_spoof_neighbours(const struct tryst_spoof_set *set, uint32_t i)
{
	return is_close(set, i) &&
	       abs((int)tryst_spoof_sighting(set, i)->peer_port -
	           (int)tryst_spoof_sighting(set, i - 1)->peer_port) <= NEAR_PORTS;
}

static void
pairs_count(const struct tryst_spoof_set *set, struct pairs *p)
{
	*p = (struct pairs){ 0 };
	for (uint32_t i = 1; i < set->count; i++) {
		p->close += is_close(set, i);
		if (!tryst_spoof_neighbours(set, i))
			continue;
		p->hits++;
		if (p->named_count < TRYST_ARRAY_SIZE(p->named)) {
			p->named[p->named_count++] = set->list[i - 1];
			p->named[p->named_count++] = set->list[i];
		}
	}
}

/* The share of neighbours among all pairs of flows; negative without memory. */
static double
chance_find(const struct tryst_spoof_set *set)
{
	uint16_t *ports = calloc(set->count + (size_t)1, sizeof(*ports));
	double share;
	size_t n = 0;

	if (!ports)
		return -1;
	for (uint32_t i = 0; i < set->count; i++) {
		if (tryst_spoof_sighting(set, i)->peer_port_known)
			ports[n++] = tryst_spoof_sighting(set, i)->peer_port;
	}
	qsort(ports, n, sizeof(*ports), port_compare);
	share = tryst_near_pair_share(ports, n, NEAR_PORTS);
	free(ports);
	return TRYST_MAX(share, CHANCE_MIN);
}

/* "42475/42476, 32059/32060, ..." */
static void
pairs_name(const struct tryst_spoof_set *set, const struct pairs *p, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i + 1 < p->named_count; i += 2) {
		const struct tryst_sighting *s = set->b->c->sightings;

		len += (size_t)snprintf(out + len, size - len, "%s%u/%u", i ? ", " : "",
		                        s[p->named[i]].peer_port, s[p->named[i + 1]].peer_port);
	}
	if (p->hits * 2 > p->named_count)
		(void)snprintf(out + len, size - len, ", ...");
}

int
tryst_spoof_ports(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                  struct tryst_error *err)
{
	char named[NAMED_PAIRS * 16];
	struct pairs p;
	double chance;

	if (set->source_count < 2)
		return 0;
	pairs_count(set, &p);
	if (p.close < PAIRS_MIN) {
		e->text = tryst_case_text(set->b, err,
		                          "%s less than %d ms apart: a common counter of ports "
		                          "cannot be looked for.",
		                          p.close ? "Only two flows of different sources are"
		                                  : "No two flows of different sources are",
		                          CLOSE_MS);
		return e->text ? 0 : TRYST_ERR_NOMEM;
	}
	chance = chance_find(set);
	if (chance < 0)
		return tryst_error_nomem(err);
	pairs_name(set, &p, named, sizeof(named));
	e->scored = true;
	e->llr = tryst_half_against(p.hits, p.close, chance);
	e->text =
		tryst_case_text(set->b, err,
	                        "%ju of %ju consecutive flows of different sources less than %d ms "
	                        "apart have neighbouring source ports%s%s%s; in a random order of "
	                        "the same flows %.2g %% would.",
	                        (uintmax_t)p.hits, (uintmax_t)p.close, CLOSE_MS, p.hits ? " (" : "",
	                        named, p.hits ? ")" : "", 100 * chance);
	if (!e->text)
		return TRYST_ERR_NOMEM;
	return tryst_spoof_refs(set, e, p.named, p.named_count, err);
}

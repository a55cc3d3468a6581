/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers the addresses of the sightings in ascending order, so that the steps after it compare and
 * group by small numbers instead of 128-bit addresses.
 */
#include <stdlib.h>

#include "hunt/build.h"

struct place {
	struct tryst_ip ip;
	uint32_t sighting;
	bool peer;
};

static int
place_compare(const void *a, const void *b)
{
	return tryst_ip_compare(((const struct place *)a)->ip, ((const struct place *)b)->ip);
}

int
tryst_case_addresses(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct tryst_case *c = b->c;
	size_t n = 2 * c->sighting_count;
	struct place *list = calloc(n + 1, sizeof(*list));
	uint32_t id = 0;

	b->home_ids = tryst_case_alloc(b, c->sighting_count, sizeof(*b->home_ids), err);
	b->peer_ids = tryst_case_alloc(b, c->sighting_count, sizeof(*b->peer_ids), err);
	if (!list || !b->home_ids || !b->peer_ids) {
		free(list);
		return tryst_error_nomem(err);
	}
	for (uint32_t i = 0; i < c->sighting_count; i++) {
		list[2 * i] = (struct place){ c->sightings[i].home, i, false };
		list[2 * i + 1] = (struct place){ c->sightings[i].peer, i, true };
	}
	qsort(list, n, sizeof(*list), place_compare);
	for (size_t i = 0; i < n; i++) {
		if (i && !tryst_ip_equal(list[i].ip, list[i - 1].ip))
			id++;
		*(list[i].peer ? &b->peer_ids[list[i].sighting] : &b->home_ids[list[i].sighting]) =
			id;
	}
	b->address_count = n ? id + 1 : 0;
	free(list);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/recent.h"

#include <string.h>

void
tryst_recent_clear(struct tryst_recent *r)
{
	memset(r->slots, 0, sizeof(r->slots));
}

/* Whoever chooses addresses that share a slot makes us ask the dictionary, no more. */
static uint32_t
place_of(struct tryst_ip ip)
{
	uint64_t h = (ip.lo ^ ip.hi * 0xd6e8feb86659fd93ULL) * 0x9e3779b97f4a7c15ULL;

	return (uint32_t)(h >> (64 - TRYST_RECENT_BITS));
}

/*
 * Appends the ids of those that are known and were not in the block yet; the others are noted, and
 * have their slots without an id.  No branches: how it turns out is as good as random.
 */
static uint32_t
look_up(struct tryst_recent *r, const struct tryst_ip *ips, uint32_t count, uint32_t block_next,
        uint32_t *ids)
{
	uint32_t known = 0, missing = r->missing;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t place = place_of(ips[i]);
		struct tryst_recent_slot *s = &r->slots[place];
		uint32_t same = (((s->ip.hi ^ ips[i].hi) | (s->ip.lo ^ ips[i].lo)) == 0) &
		                (s->block_next != 0);

		ids[known] = s->id;
		known += same & (s->block_next != block_next);
		r->ips[missing] = ips[i];
		r->places[missing] = (uint16_t)place;
		missing += !same;
		s->ip = ips[i];
		s->block_next = block_next;
	}
	r->missing = missing;
	return known;
}

int
tryst_recent_ids(struct tryst_recent *r, struct tryst_dictionary_builder *d, uint32_t block,
                 const struct tryst_batch *rows, uint32_t *ids, uint32_t *count,
                 struct tryst_error *err)
{
	uint32_t known;
	int rc;

	r->missing = 0;
	known = look_up(r, rows->src, rows->rows, block + 1, ids);
	known += look_up(r, rows->dst, rows->rows, block + 1, ids + known);
	rc = tryst_dictionary_add(d, r->ips, r->missing, ids + known, err);
	if (rc < 0) {
		tryst_recent_clear(r);
		return rc;
	}
	for (uint32_t i = 0; i < r->missing; i++) {
		struct tryst_recent_slot *s = &r->slots[r->places[i]];

		if (tryst_ip_equal(s->ip, r->ips[i]))
			s->id = ids[known + i];
	}
	*count = known + r->missing;
	return 0;
}

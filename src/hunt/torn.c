/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds conversations that address translation has torn in two: a router that translates may record
 * what left under the inside address and what came back under the outside one.  "No reply" would
 * then be wrong.  The sign: two sightings that share one address and both ports, at the same time,
 * one with each direction only, while the other addresses differ.  A router that changes ports too
 * is not seen.
 */
#include <stdlib.h>

#include "hunt/build.h"
#include "hunt/conversation.h"

/* A sighting with one direction. */
struct half {
	uint64_t ends; /* the shared address, home port, peer port */
	int64_t first_ms;
	uint32_t sighting;
	uint32_t other; /* the address that must differ */
	uint8_t proto;
	bool out;
};

static int
half_compare(const void *va, const void *vb)
{
	const struct half *a = va, *b = vb;

	if (a->ends != b->ends)
		return a->ends < b->ends ? -1 : 1;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	return (a->sighting > b->sighting) - (a->sighting < b->sighting); /* ids go by time */
}

static bool
halves_fit(const struct half *earlier, const struct half *later)
{
	return earlier->ends == later->ends && earlier->proto == later->proto &&
	       earlier->out != later->out && earlier->other != later->other &&
	       (uint64_t)later->first_ms - (uint64_t)earlier->first_ms <=
	               (uint64_t)tryst_conversation_gap_ms(later->proto);
}

/* Fixed ports on both sides (NTP, SIP) do not tell one conversation from another. */
static bool
is_half(const struct tryst_sighting *s)
{
	return s->home_port_known && s->peer_port_known && s->home_port != s->peer_port &&
	       !s->records_in != !s->records_out;
}

/* Looks for halves with equal `same` and different `other` addresses; list has room for all. */
static void
torn_mark(struct tryst_case *c, struct half *list, const uint32_t *same, const uint32_t *other)
{
	size_t n = 0;

	for (uint32_t i = 0; i < c->sighting_count; i++) {
		const struct tryst_sighting *s = &c->sightings[i];

		if (!is_half(s))
			continue;
		list[n++] = (struct half){
			.ends = (uint64_t)same[i] << 32 | (uint64_t)s->home_port << 16 |
			        s->peer_port,
			.first_ms = s->first_ms,
			.sighting = i,
			.other = other[i],
			.proto = s->proto,
			.out = s->records_out,
		};
	}
	qsort(list, n, sizeof(*list), half_compare);
	for (size_t i = 1; i < n; i++) {
		if (!halves_fit(&list[i - 1], &list[i]))
			continue;
		c->sightings[list[i - 1].sighting].torn = true;
		c->sightings[list[i].sighting].torn = true;
	}
}

int
tryst_case_torn(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct half *list = calloc(b->c->sighting_count + 1, sizeof(*list));

	if (!list)
		return tryst_error_nomem(err);
	torn_mark(b->c, list, b->peer_ids, b->home_ids);
	torn_mark(b->c, list, b->home_ids, b->peer_ids);
	free(list);
	return 0;
}

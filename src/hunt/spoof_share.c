/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose packets are the generator's?  A service may have real clients beside the forger's, also
 * among the listed hosts, and evidence that one program sends some packets says nothing about the
 * others.  So the commonest make of its packets is found, from the flows that have neighbouring
 * ports where there are any, and evidence about a generator counts only where most conversations
 * are of that make.
 */
#include "hunt/service.h"
#include "hunt/spoof.h"

#define ASPECTS TRYST_SPOOF_ASPECTS

/* What of a conversation shows its make. */
static bool
aspect_of(const struct tryst_sighting *s, unsigned aspect, uint64_t *out)
{
	const struct tryst_marks *m = &s->marks;
	const bool known[ASPECTS] = { s->counts_known, s->counts_known, m->ttl_known, m->tos_known,
		                      m->ip_id_known };
	const uint64_t values[ASPECTS] = { s->packets_in, s->bytes_in, m->ttl, m->tos, m->ip_id };

	*out = values[aspect];
	return known[aspect];
}

/* One aspect's majority value, by Boyer and Moore's vote. */
struct vote {
	uint64_t value, votes, seen, agree;
};

static void
vote_add(struct vote *v, uint64_t value)
{
	v->seen++;
	if (!v->votes)
		v->value = value;
	v->votes = value == v->value ? v->votes + 1 : v->votes - 1;
}

void
tryst_spoof_make_find(const struct tryst_spoof_set *set, bool by_ports,
                      struct tryst_spoof_make *out)
{
	struct vote votes[ASPECTS] = { 0 };
	uint64_t value;

	*out = (struct tryst_spoof_make){ 0 };
	for (unsigned round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < set->count; i++) {
			const struct tryst_sighting *s = tryst_spoof_sighting(set, i);

			if (by_ports && !tryst_spoof_neighbours(set, i) &&
			    !(i + 1 < set->count && tryst_spoof_neighbours(set, i + 1)))
				continue;
			for (unsigned a = 0; a < ASPECTS; a++) {
				if (!aspect_of(s, a, &value))
					continue;
				if (round == 0)
					vote_add(&votes[a], value);
				else
					votes[a].agree += value == votes[a].value;
			}
		}
	}
	for (unsigned a = 0; a < ASPECTS; a++) {
		/* An identification differs from packet to packet, and much else may. */
		out->known[a] = votes[a].seen && 2 * votes[a].agree > votes[a].seen;
		out->values[a] = votes[a].value;
	}
}

static bool
is_made(const struct tryst_spoof_make *make, const struct tryst_sighting *s)
{
	uint64_t value;

	for (unsigned a = 0; a < ASPECTS; a++) {
		if (make->known[a] && aspect_of(s, a, &value) && value != make->values[a])
			return false;
	}
	return !tryst_spoof_dialogue(s);
}

void
tryst_spoof_make_share(const struct tryst_spoof_make *make, const struct tryst_spoof_set *set,
                       uint32_t group, uint32_t *made, uint32_t *all)
{
	*made = *all = 0;
	for (uint32_t i = 0; i < set->count; i++) {
		const struct tryst_sighting *s = tryst_spoof_sighting(set, i);

		if (tryst_spoof_group(s) != group)
			continue;
		++*all;
		*made += is_made(make, s);
	}
}

double
tryst_spoof_answered(const struct tryst_spoof_set *set)
{
	uint32_t answered = 0, unseen = 0;

	for (uint32_t i = 0; i < set->count; i++) {
		const struct tryst_sighting *s = tryst_spoof_sighting(set, i);

		answered += !!s->records_out;
		unseen += !s->records_out && s->verdict == TRYST_VERDICT_UNKNOWN;
	}
	return 2 * unseen > set->count ? 1 : (double)answered / (set->count - unseen);
}

uint32_t
tryst_spoof_group(const struct tryst_sighting *s)
{
	return tryst_service_group(s->proto,
	                           s->service_side == TRYST_SERVICE_HOME ? s->home_port : 0);
}

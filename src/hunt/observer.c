/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/observer.h"

#include <stdlib.h>

#define IDENTITY (TRYST_HAS_EXPORTER | TRYST_HAS_IN_IF | TRYST_HAS_DIRECTION)
#define EGRESS 1
#define SAME_START_MS 1000

/* Where the record was observed; NULL when there are too many places to tell apart. */
static struct tryst_observer *
observer_find(struct tryst_observers *o, const struct tryst_hunt_record *r)
{
	uint32_t has = r->has & IDENTITY;
	struct tryst_observer *found;

	for (uint32_t i = 0; i < o->count; i++) {
		found = &o->list[i];
		if (found->has == has && tryst_ip_equal(found->ip, r->exporter) &&
		    found->in_if == r->in_if && found->direction == r->direction)
			return found;
	}
	if (o->count == TRYST_ARRAY_SIZE(o->list))
		return NULL;
	found = &o->list[o->count++];
	*found = (struct tryst_observer){
		.ip = r->exporter, .in_if = r->in_if, .direction = r->direction, .has = has
	};
	return found;
}

static void
observed_add(struct tryst_observed *s, const struct tryst_hunt_record *r, uint64_t packets,
             uint64_t bytes)
{
	s->first_ms = s->records ? TRYST_MIN(s->first_ms, r->start_ms) : r->start_ms;
	s->last_ms = s->records ? TRYST_MAX(s->last_ms, r->end_ms) : r->end_ms;
	s->packets += packets;
	s->bytes += bytes;
	s->records++;
}

void
tryst_observers_add(struct tryst_observers *o, const struct tryst_hunt_record *r, uint32_t sampling,
                    const struct tryst_hunt_forwarding *told)
{
	struct tryst_observer *ob = observer_find(o, r);
	struct tryst_observed *s;

	if (!ob)
		return;
	ob->sampling = TRYST_MAX(ob->sampling, sampling);
	s = &ob->side[r->from];
	observed_add(s, r, r->packets, r->bytes);
	s->sent_ms = s->sent ? TRYST_MIN(s->sent_ms, r->start_ms) : r->start_ms;
	s->sent = true;
	s->told += told->told;
	s->dropped += told->dropped;
	s->rpf += told->rpf;
	if (r->rev_packets || r->rev_bytes)
		observed_add(&ob->side[!r->from], r, r->rev_packets, r->rev_bytes);
}

static bool
same_exporter(const struct tryst_observer *a, const struct tryst_observer *b)
{
	return (a->has & TRYST_HAS_EXPORTER) == (b->has & TRYST_HAS_EXPORTER) &&
	       tryst_ip_equal(a->ip, b->ip);
}

/*
 * Whether two places saw the same packets: they began together, or one lasted through most of the
 * other.  Traffic that moved to another interface does neither.
 */
static bool
same_packets(const struct tryst_observed *a, const struct tryst_observed *b)
{
	const struct tryst_observed *first = a->first_ms <= b->first_ms ? a : b;
	const struct tryst_observed *second = first == a ? b : a;
	uint64_t apart = (uint64_t)second->first_ms - (uint64_t)first->first_ms;
	uint64_t both = 0, shorter;

	if (apart <= SAME_START_MS)
		return true;
	if (first->last_ms > second->first_ms)
		both = (uint64_t)TRYST_MIN(first->last_ms, second->last_ms) -
		       (uint64_t)second->first_ms;
	shorter = TRYST_MIN((uint64_t)a->last_ms - (uint64_t)a->first_ms,
	                    (uint64_t)b->last_ms - (uint64_t)b->first_ms);
	return both > shorter / 2;
}

static bool
is_egress(const struct tryst_observer *o)
{
	return o->has & TRYST_HAS_DIRECTION && o->direction == EGRESS;
}

/* Of one exporter the better of two places: what comes in, then what saw more. */
static bool
place_better(const struct tryst_observer *a, const struct tryst_observer *b, unsigned side)
{
	if (is_egress(a) != is_egress(b))
		return is_egress(b);
	if (a->side[side].packets != b->side[side].packets)
		return a->side[side].packets > b->side[side].packets;
	if (a->side[side].bytes != b->side[side].bytes)
		return a->side[side].bytes > b->side[side].bytes;
	if (a->in_if != b->in_if)
		return a->in_if < b->in_if;
	return a->has < b->has;
}

/* What one exporter says of one side, over its places. */
struct told {
	uint64_t packets, bytes;
	uint32_t sampling;
	uint32_t told, dropped, rpf;
};

/* Takes the places of list[which]'s exporter that saw different packets, best first; says whether
 * it left any out. */
static bool
exporter_take(struct tryst_observers *o, uint32_t which, unsigned side, struct told *t)
{
	bool considered[TRYST_CONVERSATION_EXPORTERS_MAX] = { false }, left = false;

	*t = (struct told){ 0 };
	for (;;) {
		struct tryst_observer *best = NULL;
		bool seen = false;

		for (uint32_t i = 0; i < o->count; i++) {
			struct tryst_observer *p = &o->list[i];

			if (!considered[i] && p->side[side].records &&
			    same_exporter(p, &o->list[which]) &&
			    (!best || place_better(p, best, side)))
				best = p;
		}
		if (!best)
			return left;
		considered[best - o->list] = true;
		t->sampling = TRYST_MAX(t->sampling, best->sampling);
		t->told += best->side[side].told;
		t->dropped += best->side[side].dropped;
		t->rpf += best->side[side].rpf;
		for (uint32_t i = 0; i < o->count; i++)
			seen |= o->list[i].side[side].taken && same_exporter(&o->list[i], best) &&
			        same_packets(&o->list[i].side[side], &best->side[side]);
		left |= seen;
		best->side[side].taken = !seen;
		if (seen)
			continue;
		t->packets += best->side[side].packets;
		t->bytes += best->side[side].bytes;
	}
}

/* Less sampling, more packets, more bytes, the lower address. */
static bool
exporter_better(const struct told *a, struct tryst_ip a_ip, const struct told *b,
                struct tryst_ip b_ip)
{
	uint32_t a_n = TRYST_MAX(a->sampling, 1u), b_n = TRYST_MAX(b->sampling, 1u);

	if (a_n != b_n)
		return a_n < b_n;
	if (a->packets != b->packets)
		return a->packets > b->packets;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes;
	return tryst_ip_compare(a_ip, b_ip) < 0;
}

/* The counts of one side are those of one exporter, never a sum of several. */
static void
side_conclude(struct tryst_observers *o, struct tryst_conversation *c, unsigned side)
{
	struct tryst_conversation_half *half = &c->half[side];
	const struct tryst_observer *best = NULL;
	struct told best_told = { 0 };

	for (uint32_t i = 0; i < o->count; i++) {
		bool first = o->list[i].side[side].records;
		struct told t;

		for (uint32_t k = 0; first && k < i; k++)
			first = !(o->list[k].side[side].records &&
			          same_exporter(&o->list[k], &o->list[i]));
		if (!first)
			continue;
		c->several_interfaces |= exporter_take(o, i, side, &t);
		half->dropped |= t.told && t.dropped == t.told;
		half->rpf |= t.rpf > 0;
		if (best && !exporter_better(&t, o->list[i].ip, &best_told, best->ip))
			continue;
		best = &o->list[i];
		best_told = t;
	}
	half->packets = best_told.packets;
	half->bytes = best_told.bytes;
	c->sampling = TRYST_MAX(c->sampling, best_told.sampling);
	for (uint32_t i = 0; i < o->count; i++)
		o->list[i].side[side].taken &= best && same_exporter(&o->list[i], best);
}

static void
times_conclude(const struct tryst_observers *o, struct tryst_conversation *c)
{
	bool any = false;

	for (uint32_t i = 0; i < 2 * o->count; i++) {
		const struct tryst_observed *s = &o->list[i / 2].side[i % 2];

		if (!s->taken)
			continue;
		c->first_ms = any ? TRYST_MIN(c->first_ms, s->first_ms) : s->first_ms;
		c->last_ms = any ? TRYST_MAX(c->last_ms, s->last_ms) : s->last_ms;
		any = true;
	}
}

static int
ip_compare(const void *a, const void *b)
{
	return tryst_ip_compare(*(const struct tryst_ip *)a, *(const struct tryst_ip *)b);
}

static void
exporters_conclude(const struct tryst_observers *o, struct tryst_conversation *c)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < o->count; i++) {
		c->several_observers |= !same_exporter(&o->list[0], &o->list[i]);
		if (o->list[i].has & TRYST_HAS_EXPORTER)
			c->exporters[n++] = o->list[i].ip;
	}
	qsort(c->exporters, n, sizeof(c->exporters[0]), ip_compare);
	for (uint32_t i = 0; i < n; i++) {
		if (i == 0 || !tryst_ip_equal(c->exporters[i], c->exporters[i - 1]))
			c->exporters[c->exporter_count++] = c->exporters[i];
	}
}

void
tryst_observers_conclude(struct tryst_observers *o, struct tryst_conversation *c)
{
	for (unsigned side = 0; side < 2; side++)
		side_conclude(o, c, side);
	times_conclude(o, c);
	exporters_conclude(o, c);
}

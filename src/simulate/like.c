/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/like.h"

#include <stdlib.h>

#define SWAPS 10 /* tried, for every pair */

/* The set of edges, so that no exchange makes one twice: open addressing over their hashes. */
struct edges {
	uint64_t *slots; /* 0: free */
	uint64_t mask;
};

static uint64_t
edge(const struct tryst_sim_trace_pair *p, struct tryst_sim_like_end end)
{
	uint64_t other =
		(uint64_t)p->proto << 17 | (uint64_t)p->serves << 16 | (p->serves ? 0 : p->port);

	return tryst_sim_hash(p->peer, other, end.local, end.port) | 1;
}

static uint64_t *
edge_find(const struct edges *e, uint64_t key)
{
	uint64_t at = (key >> 1) & e->mask;

	while (e->slots[at] && e->slots[at] != key)
		at = (at + 1) & e->mask;
	return &e->slots[at];
}

/* Linear probing without tombstones: what stood behind moves up. */
static void
edge_remove(const struct edges *e, uint64_t key)
{
	uint64_t hole = (uint64_t)(edge_find(e, key) - e->slots), at = hole;

	e->slots[hole] = 0;
	for (;;) {
		uint64_t home;

		at = (at + 1) & e->mask;
		if (!e->slots[at])
			return;
		home = (e->slots[at] >> 1) & e->mask;
		if (((at - home) & e->mask) < ((at - hole) & e->mask))
			continue;
		e->slots[hole] = e->slots[at];
		e->slots[at] = 0;
		hole = at;
	}
}

/* Exchanges the local ends of two pairs, unless one of the new edges is there already. */
static void
swap(struct tryst_sim_like *l, const struct edges *e, uint32_t a, uint32_t b)
{
	const struct tryst_sim_trace_pair *pa = &l->trace->pairs[a], *pb = &l->trace->pairs[b];
	struct tryst_sim_like_end end = l->ends[a];
	uint64_t new_a = edge(pa, l->ends[b]), new_b = edge(pb, l->ends[a]);

	if (*edge_find(e, new_a) || *edge_find(e, new_b) || new_a == new_b)
		return;
	edge_remove(e, edge(pa, l->ends[a]));
	edge_remove(e, edge(pb, l->ends[b]));
	*edge_find(e, new_a) = new_a;
	*edge_find(e, new_b) = new_b;
	l->ends[a] = l->ends[b];
	l->ends[b] = end;
}

static bool
rewire(struct tryst_sim_like *l, uint64_t seed)
{
	const struct tryst_sim_trace *t = l->trace;
	struct tryst_sim_rng r = tryst_sim_stream(seed, TRYST_SIM_USE_LIKE, 0, 0);
	struct edges e = { .mask = 1023 };

	while (e.mask < t->pair_count * 2ULL)
		e.mask = e.mask << 1 | 1;
	e.slots = calloc(e.mask + 1, sizeof(*e.slots));
	l->ends = malloc((t->pair_count + 1) * sizeof(*l->ends));
	if (!e.slots || !l->ends) {
		free(e.slots);
		return false;
	}
	for (uint32_t i = 0; i < t->pair_count; i++) {
		const struct tryst_sim_trace_pair *p = &t->pairs[i];
		uint64_t key;

		l->ends[i] = (struct tryst_sim_like_end){ p->local, p->serves ? p->port : 0 };
		key = edge(p, l->ends[i]);
		*edge_find(&e, key) = key;
	}
	for (uint64_t n = 0; n < (uint64_t)t->pair_count * SWAPS; n++) {
		uint32_t a = tryst_sim_below(&r, t->pair_count);
		const struct tryst_sim_trace_class *c = &t->classes[t->pairs[a].class];

		swap(l, &e, a, t->by_class[c->first + tryst_sim_below(&r, c->count)]);
	}
	free(e.slots);
	return true;
}

static size_t
slice_of(const struct tryst_sim_world *w, int64_t end_ms)
{
	return TRYST_MIN((size_t)(end_ms - w->start_ms) / TRYST_SIM_SLICE_MS, w->slices - 1);
}

static bool
slices(struct tryst_sim_like *l, const struct tryst_sim_world *w)
{
	const struct tryst_sim_trace *t = l->trace;
	size_t sum = 0;

	l->first = calloc(w->slices + 2, sizeof(*l->first));
	l->of_slice = malloc((t->count + 1) * sizeof(*l->of_slice));
	if (!l->first || !l->of_slice)
		return false;
	for (size_t i = 0; i < t->count; i++)
		l->first[slice_of(w, t->records[i].end_ms) + 2]++;
	for (size_t s = 0; s < w->slices + 2; s++)
		l->first[s] = sum += l->first[s];
	for (size_t i = 0; i < t->count; i++) {
		size_t s = slice_of(w, t->records[i].end_ms);

		l->of_slice[l->first[s + 1]++] = (uint32_t)i;
	}
	return true;
}

int
tryst_sim_like_init(struct tryst_sim_like *l, const struct tryst_sim_trace *trace,
                    const struct tryst_sim_world *w, struct tryst_error *err)
{
	l->trace = trace;
	return rewire(l, w->seed) && slices(l, w) ? 0 : tryst_error_nomem(err);
}

void
tryst_sim_like_fini(struct tryst_sim_like *l)
{
	free(l->ends);
	free(l->of_slice);
	free(l->first);
}

void
tryst_sim_like_part(const struct tryst_sim_like *l, struct tryst_sim_part *part)
{
	const struct tryst_sim_trace *t = l->trace;

	for (size_t i = l->first[part->slice]; i < l->first[part->slice + 1]; i++) {
		const struct tryst_sim_trace_record *from = &t->records[l->of_slice[i]];
		const struct tryst_sim_trace_pair *p = &t->pairs[from->pair];
		const struct tryst_sim_like_end *end = &l->ends[from->pair];
		uint32_t local = tryst_sim_local(part->w, end->local);
		uint32_t peer =
			tryst_sim_external(part->w, tryst_sim_peer(part->w, p->peer, t->visitors));
		uint16_t local_port = p->serves ? end->port : from->client_port;
		uint16_t peer_port = p->serves ? from->client_port : p->port;
		struct tryst_sim_record r = {
			.start_ms = from->start_ms,
			.end_ms = from->end_ms,
			.packets = from->packets,
			.bytes = from->bytes,
			.conversation = 1ULL << 63 | (uint64_t)from->pair << 16 | from->client_port,
			.src = from->outward ? local : peer,
			.dst = from->outward ? peer : local,
			.src_port = from->outward ? local_port : peer_port,
			.dst_port = from->outward ? peer_port : local_port,
			.proto = p->proto,
			.tcp_flags = from->tcp_flags,
			.tos = from->tos,
			.role = TRYST_SIM_ROLE_LIKE,
		};

		tryst_sim_part_record(part, &r);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From talks to flow records, as routers make them: packets go into a flow cache; a flow ends when
 * nothing came for the inactive timeout, or it is older than the active one (RFC 7011, 5.1.1 and
 * RFC 5102's flowEndReason).  Sampling looks at one packet of N before the cache.
 *
 * The packets of a talk are spread evenly over its duration, so without sampling all but the last
 * flow of it are the same, and no packet need be looked at.
 */
#include <stdlib.h>

#include "simulate/talk.h"

#define LAN_IF 10
#define UPSTREAMS 3
#define FORWARDED 64
#define UNROUTABLE 131
#define FIN 0x01
#define SYN 0x02
#define ACK 0x10

enum { IDLE = 1, ACTIVE = 2, ENDED = 3 };

/* One direction of a talk at one exporter. */
struct way {
	struct tryst_sim_record record; /* what all its flows have in common */
	int64_t first_ms;               /* of the first packet */
	uint32_t duration_ms;
	double gap_ms; /* between packets */
	uint32_t packets;
	uint64_t bytes;
	struct tryst_sim_rng rng;
	int64_t from_ms, to_ms; /* what is wanted of it */
};

static uint8_t
host_ttl(const struct tryst_sim_world *w, uint32_t address)
{
	uint64_t bits = tryst_sim_hash(w->seed, TRYST_SIM_USE_HOST, address, 3);
	uint64_t path = tryst_sim_hash(w->seed, TRYST_SIM_USE_ROUTE, address >> 8, 1);
	unsigned first = bits % 10 == 0 ? 255 : bits % 10 < 4 ? 64 : 128;

	return (uint8_t)(first - (tryst_sim_is_local(address) ? 1 : 5 + path % 21));
}

static uint32_t
upstream(const struct tryst_sim_world *w, uint32_t address)
{
	return 1 + (uint32_t)(tryst_sim_hash(w->seed, TRYST_SIM_USE_ROUTE, address >> 8, 0) %
	                      UPSTREAMS);
}

/* A new record, or NULL without memory. */
static struct tryst_sim_record *
room(struct tryst_sim_part *part)
{
	size_t cap = part->cap ? part->cap * 2 : 4096;
	struct tryst_sim_record *records;

	if (part->count == part->cap) {
		records = realloc(part->records, cap * sizeof(*records));
		if (!records) {
			part->failed = true;
			return NULL;
		}
		part->records = records;
		part->cap = cap;
	}
	return &part->records[part->count++];
}

/* A record of packets [first, behind) of a way; at_ms are their first and last one's. */
static void
put(struct tryst_sim_part *part, struct way *way, uint32_t packets, uint64_t bytes,
    int64_t start_ms, int64_t end_ms, bool has_first, bool has_last)
{
	const struct tryst_sim_params *p = &part->w->p;
	struct tryst_sim_record *r;
	int64_t ahead_ms = way->record.exporter ? (int64_t)p->clock : 0;

	/* What is exported after the log ended is not in it. */
	if (end_ms < way->from_ms || end_ms >= TRYST_MIN(way->to_ms, part->w->end_ms))
		return;
	if (p->loss > 0 &&
	    tryst_sim_unit(tryst_sim_mix(way->rng.state ^ (uint64_t)end_ms)) < p->loss)
		return;
	r = room(part);
	if (!r)
		return;
	*r = way->record;
	r->start_ms = start_ms + ahead_ms;
	r->end_ms = end_ms + ahead_ms;
	r->packets = packets;
	r->bytes = bytes;
	/* Of a SYN that nobody answers all packets have it. */
	if (!has_first && r->tcp_flags & ACK)
		r->tcp_flags &= (uint8_t)~SYN;
	if (!has_last)
		r->tcp_flags &= (uint8_t)~FIN;
	r->end_reason = !has_last ? ACTIVE : r->tcp_flags & FIN ? ENDED : IDLE;
}

/* The bytes of packets [first, behind): the shares of all add up. */
static uint64_t
bytes_of(const struct way *way, uint32_t first, uint32_t behind)
{
	return way->bytes * behind / way->packets - way->bytes * first / way->packets;
}

static int64_t
packet_ms(const struct way *way, uint32_t n)
{
	return way->first_ms + (int64_t)(way->gap_ms * n + 0.5);
}

/* The packets that one flow takes before it is too old, where all are seen. */
static uint32_t
packets_each(const struct tryst_sim_params *p, const struct way *way)
{
	if (way->gap_ms > p->inactive * 1000)
		return 1;
	if (way->duration_ms < p->active * 1000)
		return way->packets;
	return TRYST_MIN((uint32_t)(p->active * 1000 / way->gap_ms) + 1, way->packets);
}

/* The next packet after `at` that the sampler takes: gaps are geometric. */
static uint64_t
next_sampled(struct tryst_sim_rng *r, uint64_t at, double per_ln)
{
	return at + 1 + (uint64_t)(tryst_sim_ln(1 - tryst_sim_uniform(r)) * per_ln);
}

/*
 * Of packets [first, behind) one in N is seen.  What lies further apart than the inactive timeout
 * is another flow.
 */
static void
export_sampled(struct tryst_sim_part *part, struct way *way, uint32_t first, uint32_t behind)
{
	const struct tryst_sim_params *p = &part->w->p;
	struct tryst_sim_rng r = { tryst_sim_mix(way->rng.state + first) };
	int64_t inactive_ms = (int64_t)(p->inactive * 1000);
	double per_ln = 1 / tryst_sim_ln(1 - 1 / p->sampling);
	uint64_t at = next_sampled(&r, (uint64_t)first - 1, per_ln);

	while (at < behind) {
		uint32_t from = (uint32_t)at, last = from, packets = 0;
		int64_t start_ms = packet_ms(way, from), end_ms = start_ms, ms = start_ms;

		while (at < behind && ms - end_ms <= inactive_ms) {
			last = (uint32_t)at;
			end_ms = ms;
			packets++;
			at = next_sampled(&r, at, per_ln);
			ms = packet_ms(way, (uint32_t)TRYST_MIN(at, (uint64_t)behind - 1));
		}
		put(part, way, packets, way->bytes * packets / way->packets, start_ms, end_ms,
		    from == 0, last == way->packets - 1);
	}
}

/*
 * The flows of a way.  A flow that is sampled is cut where one that is seen whole would be: then a
 * slice of a long talk can be made without the rest of it.
 */
static void
export_flows(struct tryst_sim_part *part, struct way *way)
{
	uint32_t each = packets_each(&part->w->p, way), behind;

	for (uint32_t first = 0; first < way->packets; first = behind) {
		int64_t start_ms = packet_ms(way, first), end_ms;

		behind = each < way->packets - first ? first + each : way->packets;
		end_ms = packet_ms(way, behind - 1);
		if (end_ms < way->from_ms)
			continue;
		if (start_ms >= way->to_ms)
			break;
		if (part->w->p.sampling > 1)
			export_sampled(part, way, first, behind);
		else
			put(part, way, behind - first, bytes_of(way, first, behind), start_ms,
			    end_ms, first == 0, behind == way->packets);
	}
}

/* Where it comes in and goes out, and whether it arrives. */
static void
route(const struct tryst_sim_part *part, const struct tryst_sim_talk *t, unsigned d,
      struct tryst_sim_record *r)
{
	const struct tryst_sim_world *w = part->w;
	bool outward = tryst_sim_is_local(r->src);
	uint32_t outside = upstream(w, outward ? r->dst : r->src);

	if (d == 0 && t->in_if)
		outside = t->in_if;
	r->in_if = outward ? LAN_IF : outside;
	r->out_if = outward ? outside : LAN_IF;
	r->fwd_status = FORWARDED;
	/* An answer to a forged source reaches one who never asked. */
	r->delivered = d == 0 || !t->true_src;
	if (outward && part->null_routed && tryst_sim_list_has(part->null_routed, r->dst) &&
	    (double)(t->start_ms - w->start_ms) >= w->p.null_at * w->p.duration * 3600000) {
		r->out_if = 0;
		r->fwd_status = UNROUTABLE;
		r->delivered = false;
	}
	if (r->exporter) {
		r->in_if += 100;
		r->out_if += r->out_if ? 100 : 0;
	}
}

static void
export_way(struct tryst_sim_part *part, const struct tryst_sim_talk *t, unsigned d,
           unsigned exporter, struct way *way)
{
	const struct tryst_sim_world *w = part->w;
	struct tryst_sim_record *r = &way->record;

	*r = (struct tryst_sim_record){
		.conversation = t->id,
		.src = d ? t->server : t->client,
		.dst = d ? t->client : t->server,
		.src_port = d ? t->server_port : t->client_port,
		.dst_port = d ? t->client_port : t->server_port,
		.proto = t->proto,
		.tcp_flags = t->proto == TRYST_SIM_TCP ? t->tcp_flags[d] : 0,
		.tos = d ? 0 : t->tos,
		.exporter = (uint8_t)exporter,
		.role = t->role,
		.planted = t->planted,
	};
	r->true_src = d == 0 && t->true_src ? t->true_src : r->src;
	r->ttl = d == 0 && t->ttl ? t->ttl : host_ttl(w, r->src);
	route(part, t, d, r);
	way->first_ms = t->start_ms + (d ? t->lag_ms : 0);
	way->duration_ms = t->duration_ms;
	way->packets = t->packets[d];
	way->bytes = t->bytes[d];
	way->gap_ms = way->packets > 1 ? (double)way->duration_ms / (way->packets - 1) : 0;
	way->rng = tryst_sim_stream(w->seed, TRYST_SIM_USE_EXPORT, t->id,
	                            (uint64_t)t->start_ms * 4 + exporter * 2 + d);
	export_flows(part, way);
}

/* Who is dead neither calls nor answers; what is planted knows better. */
static void
silence(const struct tryst_sim_part *part, struct tryst_sim_talk *t)
{
	if (!part->dead || t->planted || t->start_ms < part->dead_ms)
		return;
	if (tryst_sim_list_has(part->dead, t->client))
		t->packets[0] = t->packets[1] = 0;
	if (tryst_sim_list_has(part->dead, t->server))
		t->packets[1] = 0;
}

void
tryst_sim_export(struct tryst_sim_part *part, const struct tryst_sim_talk *talk, int64_t from_ms,
                 int64_t to_ms)
{
	struct tryst_sim_talk own = *talk;
	const struct tryst_sim_talk *t = &own;
	const struct tryst_sim_world *w = part->w;
	uint32_t outside = tryst_sim_is_local(t->client) ? t->server : t->client;
	uint64_t path = tryst_sim_hash(w->seed, TRYST_SIM_USE_ROUTE, outside >> 8, 2);
	bool one_way = tryst_sim_unit(path) < w->p.asymmetric;
	struct way way = { .from_ms = from_ms, .to_ms = to_ms };

	silence(part, &own);
	for (unsigned e = 0; e < (unsigned)w->p.exporters; e++) {
		for (unsigned d = 0; d < 2; d++) {
			/* The low bit says which way such a network's traffic goes elsewhere. */
			bool outward = tryst_sim_is_local(d ? t->server : t->client);

			if (t->packets[d] && !(one_way && outward == (path & 1)))
				export_way(part, t, d, e, &way);
		}
	}
}

void
tryst_sim_part_talk(struct tryst_sim_part *part, struct tryst_sim_talk *t)
{
	t->id = (uint64_t)(part->slice + 1) << 32 | part->talks++;
	tryst_sim_export(part, t, INT64_MIN, INT64_MAX);
}

void
tryst_sim_part_record(struct tryst_sim_part *part, const struct tryst_sim_record *record)
{
	struct tryst_sim_talk t = { .start_ms = record->start_ms };
	struct tryst_sim_record *r = room(part);

	if (!r)
		return;
	*r = *record;
	r->true_src = r->src;
	r->ttl = host_ttl(part->w, r->src);
	route(part, &t, 0, r);
}

/* A radix sort of (end, place): ends lie within days of the slice, in 31 bits. */
bool
tryst_sim_part_sort(struct tryst_sim_part *part)
{
	size_t n = part->count;
	uint64_t *keys = malloc(2 * (n + 1) * sizeof(*keys)), *from = keys, *to = keys + n;
	struct tryst_sim_record *sorted = malloc((n + 1) * sizeof(*sorted));
	int64_t base = part->from_ms - (1 << 30);

	if (!keys || !sorted) {
		free(keys);
		free(sorted);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		int64_t key = part->records[i].end_ms - base;

		key = key < 0 ? 0 : key > INT32_MAX ? INT32_MAX : key;
		keys[i] = (uint64_t)key << 32 | i;
	}
	for (unsigned shift = 32; shift < 64; shift += 11) {
		size_t counts[2048] = { 0 }, sum = 0;

		for (size_t i = 0; i < n; i++)
			counts[from[i] >> shift & 2047]++;
		for (size_t i = 0; i < 2048; i++) {
			size_t count = counts[i];

			counts[i] = sum;
			sum += count;
		}
		for (size_t i = 0; i < n; i++)
			to[counts[from[i] >> shift & 2047]++] = from[i];
		uint64_t *other = from;

		from = to;
		to = other;
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = part->records[from[i] & UINT32_MAX];
	free(keys);
	free(part->records);
	part->records = sorted;
	part->cap = n + 1;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/traffic.h"

#include <stdlib.h>

#include "report/exchange.h"

/* A sighting alone: the service is the destination's. */
static void
traffic_of(const struct tryst_case *c, const struct tryst_sighting *s, uint32_t meeting,
           struct tryst_traffic *g)
{
	const struct tryst_meeting *m = meeting == UINT32_MAX ? NULL : &c->meetings[meeting];
	struct tryst_talk t;
	bool turned;

	tryst_talk_of(s, &t);
	turned = s->service_side != TRYST_SERVICE_NONE &&
	         t.from_home != (s->service_side == TRYST_SERVICE_PEER);
	*g = (struct tryst_traffic){
		.meeting = meeting,
		.host = s->host,
		.src = turned ? t.dst : t.src,
		.dst = turned ? t.src : t.dst,
		.proto = s->proto,
		.outdated = s->outside_validity,
		.forged = tryst_exchange_forged(tryst_exchange_source(s, m, &c->hosts[s->host])),
		.src_port_known = turned ? t.dst_port_known : t.src_port_known,
		.dst_port_known = turned ? t.src_port_known : t.dst_port_known,
		.src_port = turned ? t.dst_port : t.src_port,
		.dst_port = turned ? t.src_port : t.dst_port,
		.first_ms = s->first_ms,
		.last_ms = s->last_ms,
		.conversations = 1,
		.records = s->records,
		.counts_known = s->counts_known,
		.flags_known = s->flags_known,
		.icmp_known = s->icmp_known,
		.src_packets = turned ? t.dst_packets : t.src_packets,
		.src_bytes = turned ? t.dst_bytes : t.src_bytes,
		.dst_packets = turned ? t.src_packets : t.dst_packets,
		.dst_bytes = turned ? t.src_bytes : t.dst_bytes,
		.src_flags = turned ? t.dst_flags : t.src_flags,
		.dst_flags = turned ? t.src_flags : t.dst_flags,
		.icmp = s->icmp,
	};
}

#define ORDER(x, y)                                                                                \
	do {                                                                                       \
		if ((x) != (y))                                                                    \
			return (x) < (y) ? -1 : 1;                                                 \
	} while (0)

/* By who talked to whom at which service. */
static int
ends_compare(const struct tryst_traffic *a, const struct tryst_traffic *b)
{
	int order = tryst_ip_compare(a->src, b->src);

	order = order ? order : tryst_ip_compare(a->dst, b->dst);
	if (order)
		return order;
	ORDER(a->proto, b->proto);
	ORDER(a->dst_port_known, b->dst_port_known);
	ORDER(a->dst_port, b->dst_port);
	return 0;
}

/* Whether two are of one group, and in which order groups stand. */
static int
traffic_compare(const struct tryst_traffic *a, const struct tryst_traffic *b)
{
	ORDER(a->meeting, b->meeting);
	ORDER(a->outdated, b->outdated);
	ORDER(a->host, b->host);
	return ends_compare(a, b);
}

static int
row_compare(const void *va, const void *vb)
{
	const struct tryst_traffic *a = va, *b = vb;
	int order = traffic_compare(a, b);

	if (order)
		return order;
	ORDER(a->first_ms, b->first_ms);
	ORDER(a->last_ms, b->last_ms);
	ORDER(a->src_port, b->src_port);
	return 0;
}

static void
traffic_add(struct tryst_traffic *to, const struct tryst_traffic *g)
{
	to->first_ms = TRYST_MIN(to->first_ms, g->first_ms);
	to->last_ms = TRYST_MAX(to->last_ms, g->last_ms);
	to->conversations += g->conversations;
	to->records += g->records;
	to->forged &= g->forged;
	to->src_port_known &= g->src_port_known && g->src_port == to->src_port;
	to->counts_known &= g->counts_known;
	to->flags_known &= g->flags_known;
	to->icmp_known &= g->icmp_known && g->icmp == to->icmp;
	to->src_packets += g->src_packets;
	to->src_bytes += g->src_bytes;
	to->dst_packets += g->dst_packets;
	to->dst_bytes += g->dst_bytes;
	to->src_flags |= g->src_flags;
	to->dst_flags |= g->dst_flags;
}

int
tryst_traffic_make(struct tryst_traffics *out, const struct tryst_case *c, struct tryst_error *err)
{
	uint32_t *meetings = tryst_sighting_meetings(c);
	size_t count = 0;

	out->list = calloc(c->sighting_count + 1, sizeof(*out->list));
	out->count = 0;
	if (!meetings || !out->list) {
		free(meetings);
		return tryst_error_nomem(err);
	}
	for (size_t i = 0; i < c->sighting_count; i++)
		traffic_of(c, &c->sightings[i], meetings[i], &out->list[i]);
	free(meetings);
	qsort(out->list, c->sighting_count, sizeof(*out->list), row_compare);
	for (size_t i = 0; i < c->sighting_count; i++) {
		if (count && traffic_compare(&out->list[count - 1], &out->list[i]) == 0)
			traffic_add(&out->list[count - 1], &out->list[i]);
		else
			out->list[count++] = out->list[i];
	}
	out->count = count;
	return 0;
}

/* Two findings may tell of the same clients at the same endpoint. */
static int
found_compare(const void *va, const void *vb)
{
	const struct tryst_traffic *a = *(const struct tryst_traffic *const *)va;
	const struct tryst_traffic *b = *(const struct tryst_traffic *const *)vb;
	int order = ends_compare(a, b);

	if (order)
		return order;
	ORDER(a->first_ms, b->first_ms);
	ORDER(a->last_ms, b->last_ms);
	return 0;
}

static int
by_place(const void *va, const void *vb)
{
	int order = found_compare(va, vb);
	const struct tryst_traffic *a = *(const struct tryst_traffic *const *)va;
	const struct tryst_traffic *b = *(const struct tryst_traffic *const *)vb;

	if (order)
		return order;
	ORDER(a, b);
	return 0;
}

static int
mark_again(struct tryst_traffics *all, struct tryst_error *err)
{
	struct tryst_traffic **order = calloc(all->count + 1, sizeof(struct tryst_traffic *));

	if (!order)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < all->count; i++)
		order[i] = &all->list[i];
	qsort(order, all->count, sizeof(struct tryst_traffic *), by_place);
	for (size_t i = 1; i < all->count; i++)
		order[i]->again = !found_compare(&order[i - 1], &order[i]);
	free(order);
	return 0;
}

int
tryst_traffic_found(struct tryst_traffics *out, const struct tryst_case *c, struct tryst_error *err)
{
	size_t count = 0;

	for (size_t i = 0; i < c->finding_count; i++)
		count += c->findings[i].client_count;
	out->count = 0;
	out->list = calloc(count + 1, sizeof(*out->list));
	if (!out->list)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < c->finding_count; i++) {
		const struct tryst_finding *f = &c->findings[i];

		for (uint32_t k = 0; k < f->client_count; k++)
			out->list[out->count++] = (struct tryst_traffic){
				.meeting = (uint32_t)i,
				.host = UINT32_MAX,
				.src = f->clients[k],
				.dst = f->ip,
				.proto = f->proto,
				.dst_port_known = f->port_known,
				.dst_port = f->port,
				.first_ms = f->first_ms,
				.last_ms = f->last_ms,
			};
	}
	return mark_again(out, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table with chains of indices, and two queues in the order of the last packet: of flows
 * that are open, and of those that have said goodbye.  Every packet looks at the heads of the
 * queues, so that ending flows costs nothing more.
 */
#include "read/meter.h"

#include <stdlib.h>
#include <sys/random.h>

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define PROTO_TCP 6
#define NONE UINT32_MAX
#define ENTRIES_FIRST 1024u
#define KEY_BITS (TRYST_BIT(src_port) | TRYST_BIT(dst_port))

enum { END_IDLE = 1, END_ACTIVE = 2, END_SEEN = 3, END_FORCED = 4, END_RESOURCES = 5 };

enum { OPEN, ENDED, QUEUES };

struct entry {
	struct tryst_metered flow;
	uint32_t next; /* in its chain, or of the free ones */
	uint32_t older;
	uint32_t newer;
	uint32_t slot; /* the chain's head; the top bit: in the queue of the ended */
};

#define SLOT_ENDED 0x80000000u

_Static_assert(sizeof(struct entry) <= 112, "as meter.h says");

struct queue {
	uint32_t oldest, newest;
};

struct tryst_meter {
	tryst_metered_fn emit;
	void *ctx;
	uint64_t seed;
	uint32_t size;
	uint32_t room; /* entries that have memory */
	uint32_t used; /* entries [0, used) were in use at some time */
	uint32_t free;
	uint64_t evicted;
	struct queue queues[QUEUES];
	uint32_t *heads;
	struct entry *entries;
};

int
tryst_meter_new(struct tryst_meter **out, uint32_t flows, tryst_metered_fn emit, void *ctx,
                struct tryst_error *err)
{
	struct tryst_meter *m = calloc(1, sizeof(*m));

	assert(flows && (flows & (flows - 1)) == 0 && flows < SLOT_ENDED);
	if (!m)
		return tryst_error_nomem(err);
	m->emit = emit;
	m->ctx = ctx;
	m->size = flows;
	m->free = NONE;
	for (unsigned i = 0; i < QUEUES; i++)
		m->queues[i] = (struct queue){ NONE, NONE };
	/* Addresses are the sender's choice; without a seed the chains would be, too. */
	if (getrandom(&m->seed, sizeof(m->seed), GRND_NONBLOCK) != (ssize_t)sizeof(m->seed))
		m->seed = (uint64_t)(uintptr_t)m;
	m->heads = calloc(flows, sizeof(*m->heads));
	if (!m->heads) {
		tryst_meter_free(m);
		return tryst_error_nomem(err);
	}
	*out = m;
	return 0;
}

void
tryst_meter_free(struct tryst_meter *m)
{
	if (!m)
		return;
	free(m->heads);
	free(m->entries);
	free(m);
}

uint64_t
tryst_meter_evicted(const struct tryst_meter *m)
{
	return m->evicted;
}

static uint32_t
slot_of(const struct tryst_meter *m, const struct tryst_metered *key)
{
	struct tryst_ip src = { key->src.hi ^ m->seed, key->src.lo };
	struct tryst_ip dst = { key->dst.hi, key->dst.lo ^ m->seed };
	uint64_t ports = (uint64_t)key->src_port << 32 | (uint64_t)key->dst_port << 16 | key->proto;
	uint64_t h = (tryst_ip_hash(src) + ports) * 0x9e3779b97f4a7c15ULL ^ tryst_ip_hash(dst);

	return (uint32_t)(h ^ h >> 32) & (m->size - 1);
}

static bool
key_equal(const struct tryst_metered *a, const struct tryst_metered *b)
{
	return tryst_ip_equal(a->src, b->src) && tryst_ip_equal(a->dst, b->dst) &&
	       a->src_port == b->src_port && a->dst_port == b->dst_port && a->proto == b->proto &&
	       ((a->known ^ b->known) & KEY_BITS) == 0;
}

/* heads[] holds indices plus 1, so that cleared memory is an empty table. */
static uint32_t
find(const struct tryst_meter *m, const struct tryst_metered *key, uint32_t slot)
{
	uint32_t i = m->heads[slot] - 1;

	while (i != NONE && !key_equal(&m->entries[i].flow, key))
		i = m->entries[i].next;
	return i;
}

static struct queue *
queue_of(struct tryst_meter *m, const struct entry *e)
{
	return &m->queues[e->slot & SLOT_ENDED ? ENDED : OPEN];
}

static void
queue_remove(struct tryst_meter *m, struct entry *e)
{
	struct queue *q = queue_of(m, e);

	*(e->older == NONE ? &q->oldest : &m->entries[e->older].newer) = e->newer;
	*(e->newer == NONE ? &q->newest : &m->entries[e->newer].older) = e->older;
}

static void
queue_append(struct tryst_meter *m, struct entry *e)
{
	struct queue *q = queue_of(m, e);
	uint32_t i = (uint32_t)(e - m->entries);

	e->older = q->newest;
	e->newer = NONE;
	*(q->newest == NONE ? &q->oldest : &m->entries[q->newest].newer) = i;
	q->newest = i;
}

/* Takes the flow out of the table and hands it on. */
static int
finish(struct tryst_meter *m, uint32_t i, uint8_t reason, struct tryst_error *err)
{
	struct entry *e = &m->entries[i];
	uint32_t *at = &m->heads[e->slot & ~SLOT_ENDED];

	if (*at == i + 1) {
		*at = e->next + 1;
	} else {
		uint32_t before = *at - 1;

		while (m->entries[before].next != i)
			before = m->entries[before].next;
		m->entries[before].next = e->next;
	}
	queue_remove(m, e);
	e->next = m->free;
	m->free = i;
	e->flow.end_reason = reason;
	return m->emit(m->ctx, &e->flow, err);
}

/* How far apart two times are: a capture's clock may also be set back. */
static int64_t
apart(int64_t a, int64_t b)
{
	return a < b ? b - a : a - b;
}

static int
finish_old(struct tryst_meter *m, int64_t now_ms, struct tryst_error *err)
{
	static const struct {
		int64_t timeout_ms;
		uint8_t reason;
	} ends[QUEUES] = {
		[OPEN] = { TRYST_METER_INACTIVE_MS, END_IDLE },
		[ENDED] = { TRYST_METER_LINGER_MS, END_SEEN },
	};

	for (unsigned q = 0; q < QUEUES; q++) {
		uint32_t i;

		while ((i = m->queues[q].oldest) != NONE &&
		       apart(m->entries[i].flow.end_ms, now_ms) > ends[q].timeout_ms) {
			int rc = finish(m, i, ends[q].reason, err);

			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

/* Why the flow cannot take the packet, or 0. */
static uint8_t
reason_to_end(const struct entry *e, const struct tryst_packet *p, int64_t time_ms)
{
	if (e->slot & SLOT_ENDED && p->tcp_flags & SYN)
		return END_SEEN;
	if (apart(e->flow.end_ms, time_ms) > TRYST_METER_INACTIVE_MS)
		return END_IDLE;
	if (apart(e->flow.start_ms, time_ms) > TRYST_METER_ACTIVE_MS)
		return END_ACTIVE;
	return 0;
}

/* Twice as many, up to the size of the table: most captures need few. */
static int
entries_grow(struct tryst_meter *m)
{
	uint32_t room = TRYST_MIN(m->size, TRYST_MAX(2 * m->room, ENTRIES_FIRST));
	struct entry *entries = reallocarray(m->entries, room, sizeof(*entries));

	if (!entries)
		return TRYST_ERR_NOMEM;
	m->entries = entries;
	m->room = room;
	return 0;
}

/* An entry for a new flow, appended to its chain and queue; entries may move. */
static int
insert(struct tryst_meter *m, const struct tryst_metered *flow, uint32_t slot, uint32_t *out,
       struct tryst_error *err)
{
	struct entry *e;
	int rc;

	if (m->free == NONE && m->used == m->size) {
		bool ended = m->queues[ENDED].oldest != NONE;

		m->evicted += !ended;
		rc = finish(m, m->queues[ended ? ENDED : OPEN].oldest,
		            ended ? END_SEEN : END_RESOURCES, err);
		if (rc < 0)
			return rc;
	}
	if (m->free != NONE) {
		*out = m->free;
		m->free = m->entries[*out].next;
	} else {
		if (m->used == m->room && entries_grow(m) < 0)
			return tryst_error_nomem(err);
		*out = m->used++;
	}
	e = &m->entries[*out];
	*e = (struct entry){ .flow = *flow, .next = m->heads[slot] - 1, .slot = slot };
	m->heads[slot] = *out + 1;
	queue_append(m, e);
	return 0;
}

static struct tryst_metered
flow_of(const struct tryst_packet *p, int64_t time_ms)
{
	return (struct tryst_metered){
		.src = p->src,
		.dst = p->dst,
		.known = p->known | (p->known & TRYST_BIT(tcp_flags) ? TRYST_BIT(first_flags) : 0),
		.start_ms = time_ms,
		.end_ms = time_ms,
		.ip_id = p->ip_id,
		.src_port = p->src_port,
		.dst_port = p->dst_port,
		.vlan = p->vlan,
		.proto = p->proto,
		.tos = p->tos,
		.first_flags = p->tcp_flags,
		.min_ttl = p->ttl,
		.max_ttl = p->ttl,
		.icmp_type = p->icmp_type,
		.icmp_code = p->icmp_code,
	};
}

static void
mark_ended(struct tryst_meter *m, struct entry *e)
{
	queue_remove(m, e);
	e->slot |= SLOT_ENDED;
	queue_append(m, e);
}

/* After a FIN or a RST: whether that ends the connection, both directions of it. */
static void
see_end(struct tryst_meter *m, struct entry *e, uint8_t flags)
{
	struct tryst_metered key = e->flow;
	struct entry *reverse;
	uint32_t i;

	key.src = e->flow.dst;
	key.dst = e->flow.src;
	key.src_port = e->flow.dst_port;
	key.dst_port = e->flow.src_port;
	i = find(m, &key, slot_of(m, &key));
	reverse = i == NONE ? NULL : &m->entries[i];
	if (!(flags & RST) && !(reverse && reverse->flow.tcp_flags & FIN))
		return;
	if (!(e->slot & SLOT_ENDED))
		mark_ended(m, e);
	if (reverse && !(reverse->slot & SLOT_ENDED))
		mark_ended(m, reverse);
}

int
tryst_meter_add(struct tryst_meter *m, const struct tryst_packet *p, int64_t time_ms,
                struct tryst_error *err)
{
	struct tryst_metered new = flow_of(p, time_ms), *flow;
	uint32_t slot = slot_of(m, &new), i;
	uint8_t reason;
	int rc = finish_old(m, time_ms, err);

	if (rc < 0)
		return rc;
	i = find(m, &new, slot);
	reason = i == NONE ? 0 : reason_to_end(&m->entries[i], p, time_ms);
	if (reason) {
		rc = finish(m, i, reason, err);
		if (rc < 0)
			return rc;
		i = NONE;
	}
	if (i == NONE) {
		rc = insert(m, &new, slot, &i, err);
		if (rc < 0)
			return rc;
	} else if (queue_of(m, &m->entries[i])->newest != i) {
		queue_remove(m, &m->entries[i]);
		queue_append(m, &m->entries[i]);
	}
	flow = &m->entries[i].flow;
	flow->packets++;
	flow->bytes += p->bytes;
	flow->start_ms = TRYST_MIN(flow->start_ms, time_ms);
	flow->end_ms = TRYST_MAX(flow->end_ms, time_ms);
	flow->min_ttl = TRYST_MIN(flow->min_ttl, p->ttl);
	flow->max_ttl = TRYST_MAX(flow->max_ttl, p->ttl);
	flow->tcp_flags |= p->tcp_flags;
	flow->known |= p->known & TRYST_BIT(tcp_flags);
	if (p->proto == PROTO_TCP && p->tcp_flags & (FIN | RST))
		see_end(m, &m->entries[i], p->tcp_flags);
	return 0;
}

int
tryst_meter_finish(struct tryst_meter *m, struct tryst_error *err)
{
	static const uint8_t reasons[QUEUES] = { [OPEN] = END_FORCED, [ENDED] = END_SEEN };

	for (unsigned q = 0; q < QUEUES; q++) {
		while (m->queues[q].oldest != NONE) {
			int rc = finish(m, m->queues[q].oldest, reasons[q], err);

			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

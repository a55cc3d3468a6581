/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/contact.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/record.h"

#define OWN_MAX 8192 /* entries of a thread's table: with their slots they fit a second cache */
#define SAMPLE_ENOUGH ((size_t)1 << 17) /* contacts of a sample */
#define HOUR_MS 3600000
#define TCP_SYN 0x02
#define TCP_ACK 0x10

/* The value of a field, 0 where the record does not know it. */
#define KNOWN(b, field, row) (tryst_batch_known(b, TRYST_FIELD_##field, row) ? (b)->field[row] : 0)

static uint32_t
add_sat(uint32_t a, uint64_t b)
{
	return b > UINT32_MAX - a ? UINT32_MAX : a + (uint32_t)b;
}

static uint64_t
contact_ends(const struct tryst_contact *c)
{
	return (uint64_t)c->home_port << 32 | (uint64_t)c->peer_port << 16 |
	       (uint64_t)c->proto << 8 | c->side;
}

static uint64_t
contact_hash(const struct tryst_contact *c)
{
	uint64_t h = tryst_ip_hash(c->host) * 0x9e3779b97f4a7c15ULL ^ tryst_ip_hash(c->home);

	h = (h ^ h >> 31 ^ contact_ends(c)) * 0xff51afd7ed558ccdULL;
	return h ^ h >> 32;
}

static bool
contact_same(const struct tryst_contact *a, const struct tryst_contact *b)
{
	return tryst_ip_equal(a->host, b->host) && tryst_ip_equal(a->home, b->home) &&
	       contact_ends(a) == contact_ends(b);
}

static void
contact_merge(struct tryst_contact *a, const struct tryst_contact *b)
{
	a->first_ms = TRYST_MIN(a->first_ms, b->first_ms);
	a->last_ms = TRYST_MAX(a->last_ms, b->last_ms);
	a->records_in = add_sat(a->records_in, b->records_in);
	a->records_out = add_sat(a->records_out, b->records_out);
	a->packets_in = add_sat(a->packets_in, b->packets_in);
	a->packets_out = add_sat(a->packets_out, b->packets_out);
	a->bytes_in = add_sat(a->bytes_in, b->bytes_in);
	a->bytes_out = add_sat(a->bytes_out, b->bytes_out);
	a->hours |= b->hours;
	a->flags_in |= b->flags_in;
	a->flags_out |= b->flags_out;
}

static int
table_init(struct tryst_contact_table *t, size_t max, struct tryst_error *err)
{
	size_t slots = 64;

	while (slots < 2 * max)
		slots *= 2;
	*t = (struct tryst_contact_table){
		.list = malloc(max * sizeof(*t->list)),
		.slots = calloc(slots, sizeof(*t->slots)),
		.max = max,
		.slot_mask = slots - 1,
	};
	if (t->list && t->slots)
		return 0;
	tryst_contacts_thread_fini(t);
	return tryst_error_nomem(err);
}

/* Merges c into its entry, or makes one; false, with nothing done, when there is no room. */
static bool
table_add(struct tryst_contact_table *t, const struct tryst_contact *c)
{
	size_t at = contact_hash(c) & t->slot_mask;

	for (; t->slots[at]; at = (at + 1) & t->slot_mask) {
		struct tryst_contact *old = &t->list[t->slots[at] - 1];

		if (contact_same(old, c)) {
			contact_merge(old, c);
			return true;
		}
	}
	if (t->count >= t->max)
		return false;
	t->list[t->count++] = *c;
	t->slots[at] = (uint32_t)t->count;
	return true;
}

static void
table_index(struct tryst_contact_table *t)
{
	memset(t->slots, 0, (t->slot_mask + 1) * sizeof(*t->slots));
	for (size_t i = 0; i < t->count; i++) {
		size_t at = contact_hash(&t->list[i]) & t->slot_mask;

		while (t->slots[at])
			at = (at + 1) & t->slot_mask;
		t->slots[at] = (uint32_t)i + 1;
	}
}

bool
tryst_contacts_is_service(const struct tryst_contacts *all, uint8_t proto, uint16_t port)
{
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return port && port < 1024;
	return all->services.bits[proto == IPPROTO_UDP][port / 64] >> port % 64 & 1;
}

/*
 * How many contacts are kept at a level: the more hosts were left out already, the fewer are needed
 * to stand for the rest, and the less time is spent on them.
 */
static size_t
level_max(const struct tryst_contacts *all, unsigned level)
{
	return TRYST_MAX(all->max >> level, TRYST_MIN(all->max, SAMPLE_ENOUGH));
}

int
tryst_contacts_init(struct tryst_contacts *all, size_t max, unsigned level,
                    const struct tryst_ipset *home, struct tryst_error *err)
{
	int rc;

	memset(all, 0, sizeof(*all));
	rc = table_init(&all->table, TRYST_MAX(max, (size_t)1), err);
	if (rc < 0)
		return rc;
	all->max = all->table.max;
	all->level = TRYST_MIN(level, (unsigned)TRYST_SAMPLER_LEVEL_MAX);
	all->table.max = level_max(all, all->level);
	(void)pthread_mutex_init(&all->lock, NULL);
	atomic_init(&all->sampler.ceiling, tryst_sampler_ceiling(all->level));
	all->sampler.home = home;
	tryst_service_ports_init(&all->services);
	return 0;
}

void
tryst_contacts_fini(struct tryst_contacts *all)
{
	if (!all->table.list)
		return;
	tryst_contacts_thread_fini(&all->table);
	(void)pthread_mutex_destroy(&all->lock);
}

int
tryst_contacts_thread_init(struct tryst_contact_table *own, struct tryst_error *err)
{
	return table_init(own, OWN_MAX, err);
}

void
tryst_contacts_thread_fini(struct tryst_contact_table *own)
{
	free(own->list);
	free(own->slots);
	*own = (struct tryst_contact_table){ 0 };
}

/*
 * There is one contact more than fit: halves the hosts until those that are left do.  A table that
 * is then just full is let be: only one more, of these hosts, shows that they do not fit, and the
 * level must not depend on the order in which they came.
 */
static void
contacts_raise(struct tryst_contacts *all)
{
	struct tryst_contact_table *t = &all->table;
	bool fits = false;

	while (!fits && all->level < TRYST_SAMPLER_LEVEL_MAX) {
		uint64_t ceiling = tryst_sampler_ceiling(++all->level);
		size_t kept = 0;

		for (size_t i = 0; i < t->count; i++) {
			if (tryst_sampler_key(t->list[i].host) <= ceiling)
				t->list[kept++] = t->list[i];
		}
		t->count = kept;
		t->max = level_max(all, all->level);
		fits = t->count <= t->max;
		atomic_store_explicit(&all->sampler.ceiling, ceiling, memory_order_relaxed);
	}
	table_index(t);
}

void
tryst_contacts_fold(struct tryst_contacts *all, struct tryst_contact_table *own)
{
	(void)pthread_mutex_lock(&all->lock);
	for (size_t i = 0; i < own->count; i++) {
		const struct tryst_contact *c = &own->list[i];

		if (i + 8 < own->count)
			__builtin_prefetch(
				&all->table.slots[contact_hash(c + 8) & all->table.slot_mask]);
		while (tryst_sampler_key(c->host) <= tryst_sampler_ceiling(all->level) &&
		       !table_add(&all->table, c)) {
			contacts_raise(all);
			/* One host with more contacts than fit: nobody is kept. */
			if (all->level == TRYST_SAMPLER_LEVEL_MAX && all->table.count)
				break;
		}
	}
	(void)pthread_mutex_unlock(&all->lock);
	own->count = 0;
	memset(own->slots, 0, (own->slot_mask + 1) * sizeof(*own->slots));
}

/* Drops the port that is no service, where that is clear. */
static void
contact_decide(const struct tryst_contacts *all, struct tryst_contact *c, uint8_t flags,
               bool inward)
{
	bool home = tryst_contacts_is_service(all, c->proto, c->home_port);
	bool peer = tryst_contacts_is_service(all, c->proto, c->peer_port);

	if (home == peer) {
		/* Only the first packets of one that opens a connection have SYN without ACK. */
		if (c->proto != IPPROTO_TCP || (flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
			return;
		home = inward;
	}
	c->side = home ? TRYST_CONTACT_HOME : TRYST_CONTACT_PEER;
	if (home)
		c->peer_port = 0;
	else
		c->home_port = 0;
}

/* The contact of a row as seen from one of its ends, the host. */
static void
contact_fill(const struct tryst_contacts *all, struct tryst_contact *c, const struct tryst_batch *b,
             uint32_t row, bool inward)
{
	bool start = tryst_batch_known(b, TRYST_FIELD_start_ms, row);
	int64_t start_ms = start ? b->start_ms[row] : b->end_ms[row];
	int64_t end_ms = tryst_batch_known(b, TRYST_FIELD_end_ms, row) ? b->end_ms[row] : start_ms;
	uint8_t proto = KNOWN(b, proto, row), flags = KNOWN(b, tcp_flags, row);
	uint8_t rev_flags = KNOWN(b, rev_tcp_flags, row);
	bool ports = proto != IPPROTO_ICMP && proto != IPPROTO_ICMPV6;
	uint16_t src_port = ports ? KNOWN(b, src_port, row) : 0;
	uint16_t dst_port = ports ? KNOWN(b, dst_port, row) : 0;
	uint64_t packets = KNOWN(b, packets, row), rev_packets = KNOWN(b, rev_packets, row);
	uint64_t bytes = KNOWN(b, bytes, row), rev_bytes = KNOWN(b, rev_bytes, row);
	bool rev = rev_packets || rev_bytes;
	int64_t hour = start_ms / HOUR_MS % 24;

	*c = (struct tryst_contact){
		.host = inward ? b->src[row] : b->dst[row],
		.home = inward ? b->dst[row] : b->src[row],
		.first_ms = start_ms,
		.last_ms = TRYST_MAX(end_ms, start_ms),
		.records_in = inward || rev,
		.records_out = !inward || rev,
		.packets_in = add_sat(0, inward ? packets : rev_packets),
		.packets_out = add_sat(0, inward ? rev_packets : packets),
		.bytes_in = add_sat(0, inward ? bytes : rev_bytes),
		.bytes_out = add_sat(0, inward ? rev_bytes : bytes),
		.hours = 1u << (hour < 0 ? hour + 24 : hour),
		.home_port = inward ? dst_port : src_port,
		.peer_port = inward ? src_port : dst_port,
		.proto = proto,
		.flags_in = inward ? flags : rev_flags,
		.flags_out = inward ? rev_flags : flags,
	};
	if (src_port || dst_port)
		contact_decide(all, c, flags, inward);
	else
		c->side = TRYST_CONTACT_NO_PORTS;
}

static void
add_end(struct tryst_contacts *all, struct tryst_contact_table *own, const struct tryst_batch *b,
        uint32_t row, bool inward)
{
	struct tryst_contact c;

	contact_fill(all, &c, b, row, inward);
	/* Without --home a service is met, never a host. */
	if (!all->sampler.home && c.side == TRYST_CONTACT_PEER)
		return;
	while (!table_add(own, &c))
		tryst_contacts_fold(all, own);
}

void
tryst_contacts_add(struct tryst_contacts *all, struct tryst_contact_table *own,
                   const struct tryst_batch *b, uint32_t row, bool src_listed, bool dst_listed)
{
	uint64_t ceiling = tryst_sampler_now(&all->sampler);
	const struct tryst_ipset *home = all->sampler.home;
	bool inward = !src_listed && tryst_sampler_key(b->src[row]) <= ceiling;
	bool outward = !dst_listed && tryst_sampler_key(b->dst[row]) <= ceiling;

	if (home && (inward || outward)) {
		bool src_home = tryst_ipset_contains(home, b->src[row]);
		bool dst_home = tryst_ipset_contains(home, b->dst[row]);

		inward = inward && !src_home && dst_home;
		outward = outward && src_home && !dst_home;
	}
	if (inward)
		add_end(all, own, b, row, true);
	if (outward)
		add_end(all, own, b, row, false);
}

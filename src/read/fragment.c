/* SPDX-License-Identifier: Apache-2.0 */
#include "read/fragment.h"

#include <stdlib.h>
#include <string.h>

#define BODY_MAX 65536
#define UNIT 8 /* fragments are cut at multiples of so many bytes */
#define UNITS (BODY_MAX / UNIT)

struct ports_slot {
	struct tryst_fragment_key key;
	bool used;
	int64_t time_ms;
	uint64_t known;
	uint16_t src_port, dst_port;
	uint8_t icmp_type, icmp_code;
};

struct tryst_fragment_ports {
	struct ports_slot
		slots[TRYST_FRAGMENT_PORTS_MAX]; /* by hash; a newer one takes the place */
};

struct join {
	struct tryst_fragment_key key;
	bool used;
	int64_t time_ms; /* of its first arrival */
	uint64_t at;
	uint32_t total; /* bytes of the whole body; 0: the last fragment is not there yet */
	uint32_t units; /* that are there */
	uint64_t there[UNITS / 64];
	uint8_t *body; /* BODY_MAX; stays for the slot's next packet */
};

struct tryst_fragment_joins {
	struct join joins[TRYST_FRAGMENT_JOINS_MAX];
};

static struct tryst_fragment_key
key_of(const struct tryst_packet *p)
{
	return (struct tryst_fragment_key){ p->src, p->dst, p->ip_id, p->proto };
}

static bool
key_equal(const struct tryst_fragment_key *a, const struct tryst_fragment_key *b)
{
	return a->id == b->id && a->proto == b->proto && tryst_ip_equal(a->src, b->src) &&
	       tryst_ip_equal(a->dst, b->dst);
}

/* Capture times may go back, too. */
static bool
too_old(int64_t then_ms, int64_t now_ms)
{
	int64_t apart = now_ms - then_ms;

	return apart > TRYST_FRAGMENT_TIMEOUT_MS || apart < -TRYST_FRAGMENT_TIMEOUT_MS;
}

struct tryst_fragment_ports *
tryst_fragment_ports_new(void)
{
	return calloc(1, sizeof(struct tryst_fragment_ports));
}

void
tryst_fragment_ports_free(struct tryst_fragment_ports *f)
{
	free(f);
}

void
tryst_fragment_ports_see(struct tryst_fragment_ports *f, struct tryst_packet *p, int64_t time_ms)
{
	struct tryst_fragment_key key = key_of(p);
	uint64_t hash = tryst_ip_hash(p->src) ^ tryst_ip_hash(p->dst) * 3 ^
	                (p->ip_id * 0x9e3779b97f4a7c15ULL) >> 32;
	struct ports_slot *s = &f->slots[hash % TRYST_FRAGMENT_PORTS_MAX];

	if (p->fragment_at == 0) {
		*s = (struct ports_slot){
			.key = key,
			.used = true,
			.time_ms = time_ms,
			.known = p->known & (TRYST_BIT(src_port) | TRYST_BIT(dst_port) |
			                     TRYST_BIT(icmp_type) | TRYST_BIT(icmp_code)),
			.src_port = p->src_port,
			.dst_port = p->dst_port,
			.icmp_type = p->icmp_type,
			.icmp_code = p->icmp_code,
		};
	} else if (s->used && key_equal(&s->key, &key) && !too_old(s->time_ms, time_ms)) {
		p->known |= s->known;
		p->src_port = s->src_port;
		p->dst_port = s->dst_port;
		p->icmp_type = s->icmp_type;
		p->icmp_code = s->icmp_code;
	}
}

struct tryst_fragment_joins *
tryst_fragment_joins_new(void)
{
	return calloc(1, sizeof(struct tryst_fragment_joins));
}

void
tryst_fragment_joins_free(struct tryst_fragment_joins *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < TRYST_FRAGMENT_JOINS_MAX; i++)
		free(f->joins[i].body);
	free(f);
}

static void
give_up(struct join *j, struct tryst_health *h, const char *why)
{
	h->damaged_records++;
	h->damaged_bytes += j->units * UNIT;
	tryst_health_note(h, j->at, 0,
	                  "fragments from offset %llu on: %s, the datagram is not whole",
	                  (unsigned long long)j->at, why);
	j->used = false;
}

/* The packet's slot; else a free one, or the oldest, made ready for it.  NULL: no memory. */
static struct join *
join_find(struct tryst_fragment_joins *f, const struct tryst_packet *p, int64_t time_ms,
          uint64_t at, struct tryst_health *h)
{
	struct tryst_fragment_key key = key_of(p);
	struct join *best = &f->joins[0];

	for (size_t i = 0; i < TRYST_FRAGMENT_JOINS_MAX; i++) {
		struct join *j = &f->joins[i];

		if (j->used && too_old(j->time_ms, time_ms))
			give_up(j, h, "the rest did not come in time");
		if (j->used && key_equal(&j->key, &key))
			return j;
		if (best->used && (!j->used || j->time_ms < best->time_ms))
			best = j;
	}
	if (best->used)
		give_up(best, h, "too many fragmented datagrams at once");
	if (!best->body)
		best->body = malloc(BODY_MAX);
	if (!best->body)
		return NULL;
	best->key = key;
	best->used = true;
	best->time_ms = time_ms;
	best->at = at;
	best->total = best->units = 0;
	memset(best->there, 0, sizeof(best->there));
	return best;
}

/* Copies the fragment in; the first bytes that came stay. */
static void
join_copy(struct join *j, const struct tryst_packet *p)
{
	for (uint32_t done = 0; done < p->body_len; done += UNIT) {
		uint32_t unit = (p->fragment_at + done) / UNIT;
		uint64_t bit = 1ULL << unit % 64;

		if (j->there[unit / 64] & bit)
			continue;
		j->there[unit / 64] |= bit;
		j->units++;
		memcpy(j->body + unit * UNIT, p->body + done,
		       TRYST_MIN(p->body_len - done, (uint32_t)UNIT));
	}
}

int
tryst_fragment_joins_add(struct tryst_fragment_joins *f, struct tryst_packet *p, int64_t time_ms,
                         uint64_t at, struct tryst_health *h, struct tryst_error *err)
{
	struct join *j = join_find(f, p, time_ms, at, h);
	uint32_t end = p->fragment_at + p->body_len;

	if (!j)
		return tryst_error_nomem(err);
	if (end > BODY_MAX || p->body_len < p->body_wire ||
	    (p->more_fragments && p->body_len % UNIT) || (j->total && end > j->total)) {
		give_up(j, h, p->body_len < p->body_wire ? "captured too short" : "out of bounds");
		return 0;
	}
	join_copy(j, p);
	if (!p->more_fragments)
		j->total = end;
	if (!j->total || j->units < (j->total + UNIT - 1) / UNIT)
		return 0;
	j->used = false;
	p->fragment_at = 0;
	p->more_fragments = false;
	p->body = j->body;
	p->body_len = p->body_wire = j->total;
	p->bytes = j->total; /* without any header: nobody counts a joined packet */
	tryst_packet_transport(p);
	return 1;
}

void
tryst_fragment_joins_finish(struct tryst_fragment_joins *f, struct tryst_health *h)
{
	for (size_t i = 0; i < TRYST_FRAGMENT_JOINS_MAX; i++) {
		if (f->joins[i].used)
			give_up(&f->joins[i], h, "the capture ended");
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sort by (key, start, input, record); cut each key's run where it was silent too long or where TCP
 * closed and opened again; sum up each piece.  docs/conversations.md has the rules and their
 * reasons.
 */
#include "hunt/conversation.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#define TCP_GAP_MS 300000
#define OTHER_GAP_MS 60000
#define FIRST_BY_MS 10

/* One record to sort: most comparisons end at the hash. */
struct key {
	uint64_t hash;
	int64_t start_ms;
	const struct tryst_hunt_record *r;
};

/* What one exporter (or the records without one, as one) saw of a conversation. */
struct observer {
	struct tryst_ip ip;
	bool known;
	struct {
		uint64_t packets, bytes;
		uint32_t records;
		int64_t first_ms; /* of records that this side sent, not of reverse counts */
		bool sent;
	} side[2];
};

struct observers {
	struct observer list[TRYST_CONVERSATION_EXPORTERS_MAX];
	uint32_t count;
};

int64_t
tryst_conversation_gap_ms(uint8_t proto)
{
	return proto == IPPROTO_TCP ? TCP_GAP_MS : OTHER_GAP_MS;
}

static int
key_compare(const void *va, const void *vb)
{
	const struct key *a = va, *b = vb;
	int order;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	order = tryst_hunt_record_compare_key(a->r, b->r);
	if (order)
		return order;
	if (a->start_ms != b->start_ms)
		return a->start_ms < b->start_ms ? -1 : 1;
	if (a->r->input_id != b->r->input_id)
		return a->r->input_id < b->r->input_id ? -1 : 1;
	return (a->r->record_no > b->r->record_no) - (a->r->record_no < b->r->record_no);
}

/* The records in order, as pointers; *out is malloc'ed. */
static int
records_sort(const struct tryst_hunt_records *records, const struct tryst_hunt_record ***out,
             struct tryst_error *err)
{
	struct key *keys = calloc(records->count + 1, sizeof(*keys));
	const struct tryst_hunt_record **sorted = calloc(records->count + 1, sizeof(*sorted));
	size_t n = 0;
	int rc = 0;

	if (!keys || !sorted) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	for (const struct tryst_hunt_chunk *c = records->chunks; c; c = c->next) {
		for (uint32_t i = 0; i < c->count; i++) {
			const struct tryst_hunt_record *r = &c->records[i];

			keys[n++] = (struct key){ tryst_hunt_record_hash(r), r->start_ms, r };
		}
	}
	assert(n == records->count);
	qsort(keys, n, sizeof(*keys), key_compare);
	for (size_t i = 0; i < n; i++)
		sorted[i] = keys[i].r;
	*out = TRYST_TAKE(sorted);
out:
	free(sorted);
	free(keys);
	return rc;
}

static bool
same_exporter(const struct tryst_hunt_record *a, const struct tryst_hunt_record *b)
{
	return (a->has & TRYST_HAS_EXPORTER) == (b->has & TRYST_HAS_EXPORTER) &&
	       tryst_ip_equal(a->exporter, b->exporter);
}

/* The last record of each direction by each exporter; those of too many exporters are not kept. */
struct lasts {
	const struct tryst_hunt_record *list[2 * TRYST_CONVERSATION_EXPORTERS_MAX];
	uint32_t count;
};

/* Notes r as the last of its direction and exporter, and returns the one before, or NULL. */
static const struct tryst_hunt_record *
last_replace(struct lasts *l, const struct tryst_hunt_record *r)
{
	const struct tryst_hunt_record *before;

	for (uint32_t i = 0; i < l->count; i++) {
		before = l->list[i];
		if (before->from == r->from && same_exporter(before, r)) {
			l->list[i] = r;
			return before;
		}
	}
	if (l->count < TRYST_ARRAY_SIZE(l->list))
		l->list[l->count++] = r;
	return NULL;
}

/* Whether r opens the same ports anew after `last`, the record before it of the same direction and
 * exporter, closed them. */
static bool
reopens(const struct tryst_hunt_record *last, const struct tryst_hunt_record *r)
{
	return last && r->proto == IPPROTO_TCP && last->tcp_flags & (TH_FIN | TH_RST) &&
	       r->tcp_flags & TH_SYN && last->end_ms <= r->start_ms;
}

/* How many records from sorted[0] on are one conversation. */
static size_t
conversation_length(const struct tryst_hunt_record *const *sorted, size_t left)
{
	int64_t gap_ms = tryst_conversation_gap_ms(sorted[0]->proto);
	int64_t end_ms = sorted[0]->end_ms;
	struct lasts lasts;
	size_t n;

	lasts.count = 0;
	(void)last_replace(&lasts, sorted[0]);
	for (n = 1; n < left; n++) {
		const struct tryst_hunt_record *r = sorted[n];

		if (tryst_hunt_record_compare_key(sorted[0], r) ||
		    reopens(last_replace(&lasts, r), r))
			break;
		if (r->start_ms > end_ms &&
		    (uint64_t)r->start_ms - (uint64_t)end_ms > (uint64_t)gap_ms)
			break;
		end_ms = TRYST_MAX(end_ms, r->end_ms);
	}
	return n;
}

/* The observer of a record; NULL when there are too many to tell apart. */
static struct observer *
observer_find(struct observers *o, const struct tryst_hunt_record *r)
{
	bool known = r->has & TRYST_HAS_EXPORTER;

	for (uint32_t i = 0; i < o->count; i++) {
		if (o->list[i].known == known && tryst_ip_equal(o->list[i].ip, r->exporter))
			return &o->list[i];
	}
	if (o->count == TRYST_ARRAY_SIZE(o->list))
		return NULL;
	o->list[o->count] = (struct observer){ .ip = r->exporter, .known = known };
	return &o->list[o->count++];
}

static void
observer_add(struct observer *o, const struct tryst_hunt_record *r)
{
	unsigned from = r->from, to = !r->from;

	o->side[from].packets += r->packets;
	o->side[from].bytes += r->bytes;
	o->side[from].records++;
	if (!o->side[from].sent) {
		o->side[from].sent = true;
		o->side[from].first_ms = r->start_ms;
	}
	if (r->rev_packets || r->rev_bytes) {
		o->side[to].packets += r->rev_packets;
		o->side[to].bytes += r->rev_bytes;
		o->side[to].records++;
	}
}

/* What both the record and the conversation say, whoever saw it. */
static void
conversation_add(struct tryst_conversation *c, const struct tryst_hunt_record *r)
{
	unsigned from = r->from, to = !r->from;

	c->last_ms = TRYST_MAX(c->last_ms, r->end_ms);
	c->counts_known &= !!(r->has & TRYST_HAS_COUNTS);
	c->flags_known |= r->proto == IPPROTO_TCP && r->has & TRYST_HAS_FLAGS;
	c->half[from].flags |= r->tcp_flags;
	c->half[from].records++;
	c->half[to].flags |= r->rev_tcp_flags;
	c->half[to].records += r->rev_packets || r->rev_bytes;
	for (unsigned side = 0; side < 2; side++) {
		c->port_known[side] |= !!(r->has & TRYST_HAS_PORT0 << side);
		c->listed[side] |= !!(r->has & TRYST_LISTED0 << side);
	}
}

static bool
observer_saw_more(const struct observer *a, const struct observer *b, unsigned side)
{
	if (a->side[side].packets != b->side[side].packets)
		return a->side[side].packets > b->side[side].packets;
	if (a->side[side].bytes != b->side[side].bytes)
		return a->side[side].bytes > b->side[side].bytes;
	return tryst_ip_compare(a->ip, b->ip) < 0;
}

/* The counts of each direction are those of the exporter that saw most of it, never a sum. */
static void
conversation_counts(struct tryst_conversation *c, const struct observers *o)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct observer *best = &o->list[0];

		for (uint32_t i = 1; i < o->count; i++) {
			if (observer_saw_more(&o->list[i], best, side))
				best = &o->list[i];
		}
		c->half[side].packets = best->side[side].packets;
		c->half[side].bytes = best->side[side].bytes;
	}
}

static int
ip_compare(const void *a, const void *b)
{
	return tryst_ip_compare(*(const struct tryst_ip *)a, *(const struct tryst_ip *)b);
}

static void
conversation_exporters(struct tryst_conversation *c, const struct observers *o)
{
	for (uint32_t i = 0; i < o->count; i++) {
		if (o->list[i].known)
			c->exporters[c->exporter_count++] = o->list[i].ip;
	}
	qsort(c->exporters, c->exporter_count, sizeof(c->exporters[0]), ip_compare);
	c->several_observers = o->count > 1;
}

/* The side whose first flags are a SYN without ACK, when only one side's are. */
static int
initiator_by_flags(const struct tryst_conversation *c)
{
	bool seen[2] = { false, false }, syn[2] = { false, false };

	if (c->proto != IPPROTO_TCP)
		return -1;
	for (size_t i = 0; i < c->record_count && !(seen[0] && seen[1]); i++) {
		const struct tryst_hunt_record *r = c->records[i];
		unsigned from = r->from, to = !r->from;

		if (!seen[from] && r->has & TRYST_HAS_FLAGS) {
			seen[from] = true;
			syn[from] = (r->tcp_flags & (TH_SYN | TH_ACK)) == TH_SYN;
		}
		if (!seen[to] && r->has & TRYST_HAS_REV_FLAGS) {
			seen[to] = true;
			syn[to] = (r->rev_tcp_flags & (TH_SYN | TH_ACK)) == TH_SYN;
		}
	}
	return syn[0] == syn[1] ? -1 : syn[1];
}

/* The side that began plainly earlier by the clock of one exporter. */
static int
initiator_by_start(const struct observers *o)
{
	for (uint32_t i = 0; i < o->count; i++) {
		const struct observer *ob = &o->list[i];
		int64_t first_ms[2] = { ob->side[0].first_ms, ob->side[1].first_ms };
		int side = first_ms[1] < first_ms[0];
		/* Times can be anything: the difference of two may not fit a signed number. */
		uint64_t lead_ms = (uint64_t)first_ms[!side] - (uint64_t)first_ms[side];

		if (ob->known && ob->side[0].sent && ob->side[1].sent && lead_ms > FIRST_BY_MS)
			return side;
	}
	return -1;
}

static void
conversation_make(struct tryst_conversation *c, const struct tryst_hunt_record *const *records,
                  size_t count)
{
	const struct tryst_hunt_record *first = records[0];
	struct observers observers;

	observers.count = 0;
	*c = (struct tryst_conversation){
		.ip = { first->ip[0], first->ip[1] },
		.port = { first->port[0], first->port[1] },
		.proto = first->proto,
		.opener = first->from,
		.first_ms = first->start_ms,
		.last_ms = first->end_ms,
		.counts_known = true,
		.records = records,
		.record_count = count,
	};
	for (size_t i = 0; i < count; i++) {
		struct observer *o = observer_find(&observers, records[i]);

		if (o)
			observer_add(o, records[i]);
		conversation_add(c, records[i]);
	}
	conversation_counts(c, &observers);
	conversation_exporters(c, &observers);
	c->initiator = initiator_by_flags(c);
	if (c->initiator < 0)
		c->initiator = initiator_by_start(&observers);
}

int
tryst_conversations(const struct tryst_hunt_records *records, tryst_conversation_fn emit, void *ctx,
                    struct tryst_error *err)
{
	const struct tryst_hunt_record **sorted = NULL;
	struct tryst_conversation c;
	size_t n;
	int rc;

	rc = records_sort(records, &sorted, err);
	for (size_t i = 0; rc >= 0 && i < records->count; i += n) {
		n = conversation_length(sorted + i, records->count - i);
		conversation_make(&c, sorted + i, n);
		rc = emit(ctx, &c, err);
	}
	free(sorted);
	return rc;
}

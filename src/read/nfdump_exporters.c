/* SPDX-License-Identifier: Apache-2.0 */
#include "read/nfdump_exporters.h"

#include <stdlib.h>

#include "flow/source.h"
#include "read/nfdump.h"

#define STAT_HEADER 8u
#define STAT_SIZE 24u
#define NUMBERS 65536u
#define ROOM_FIRST 8u

struct nf_exporter {
	bool known;                /* its address came */
	struct tryst_exporter who; /* and what was counted */
};

void
tryst_nf_exporters_init(struct nf_exporters *x, struct tryst_input *input)
{
	*x = (struct nf_exporters){ .input = input };
	(void)pthread_mutex_init(&x->lock, NULL);
}

void
tryst_nf_exporters_fini(struct nf_exporters *x)
{
	(void)pthread_mutex_destroy(&x->lock);
	free(x->places);
	free(x->list);
}

static int
grow(struct nf_exporters *x)
{
	size_t room = TRYST_MAX(2 * x->room, (size_t)ROOM_FIRST);
	struct nf_exporter *list = reallocarray(x->list, room, sizeof(*list));

	if (!list)
		return TRYST_ERR_NOMEM;
	x->list = list;
	x->room = room;
	return 0;
}

/* The one of a number, a new one if need be, NULL without memory; the lock is held. */
static struct nf_exporter *
find(struct nf_exporters *x, uint16_t number)
{
	if (!x->places)
		x->places = calloc(NUMBERS, sizeof(*x->places));
	if (!x->places)
		return NULL;
	if (!x->places[number]) {
		if (x->count == x->room && grow(x) < 0)
			return NULL;
		x->list[x->count++] = (struct nf_exporter){ .known = false };
		x->places[number] = (uint32_t)x->count;
	}
	return &x->list[x->places[number] - 1];
}

static uint32_t
protocols_of(uint32_t version)
{
	static const struct {
		uint32_t version;
		enum tryst_protocol protocol;
	} protocols[] = {
		{ 1, TRYST_PROTOCOL_NETFLOW1 }, { 5, TRYST_PROTOCOL_NETFLOW5 },
		{ 7, TRYST_PROTOCOL_NETFLOW7 }, { 9, TRYST_PROTOCOL_NETFLOW9 },
		{ 10, TRYST_PROTOCOL_IPFIX },
	};

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(protocols); i++) {
		if (protocols[i].version == version)
			return 1U << protocols[i].protocol;
	}
	return 0;
}

/*
 * Type 7: who has the number.  Of two that claim it the first by address answers for what is
 * counted, so that the order of blocks does not matter.
 */
static int
take_info(struct nf_exporters *x, struct tryst_cursor *c, struct tryst_error *err)
{
	uint32_t version = tryst_cursor_le32(c);
	uint64_t hi = tryst_cursor_le64(c), lo = tryst_cursor_le64(c);
	uint16_t family = tryst_cursor_le16(c), number = tryst_cursor_le16(c);
	struct tryst_exporter who = { .domain = tryst_cursor_le32(c) };
	struct nf_exporter *e;

	if (c->failed || !(hi || lo))
		return 0;
	who.ip = family == 2 ? tryst_ip_v4((uint32_t)lo) : (struct tryst_ip){ hi, lo };
	who.protocols = protocols_of(version);
	e = find(x, number);
	if (!e)
		return tryst_error_nomem(err);
	if (!e->known || tryst_exporter_compare(&who, &e->who) < 0) {
		e->who.ip = who.ip;
		e->who.domain = who.domain;
	}
	e->known = true;
	return x->input && tryst_input_exporter(x->input, &who, err) < 0 ? TRYST_ERR_NOMEM : 1;
}

/* Type 8: gaps in sequence numbers, datagrams and flows of each, as the collector counted them. */
static int
take_stats(struct nf_exporters *x, struct tryst_cursor *c, struct tryst_error *err)
{
	uint32_t count = tryst_cursor_le32(c);

	if (c->failed || count > tryst_cursor_left(c) / STAT_SIZE)
		return 0;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t number = tryst_cursor_le32(c), gaps = tryst_cursor_le32(c);
		uint64_t datagrams = tryst_cursor_le64(c);
		struct nf_exporter *e;

		tryst_cursor_skip(c, 8); /* its flows: we count those that are there */
		if (number > UINT16_MAX)
			continue;
		e = find(x, (uint16_t)number);
		if (!e)
			return tryst_error_nomem(err);
		e->who.counts[TRYST_EXPORTER_DATAGRAMS] += datagrams;
		e->who.counts[TRYST_EXPORTER_SEQUENCE_GAPS] += gaps;
	}
	return 1;
}

int
tryst_nf_exporters_record(struct nf_exporters *x, uint16_t type, const uint8_t *record, size_t size,
                          struct tryst_error *err)
{
	struct tryst_cursor c = tryst_cursor_init(record, size);
	int rc;

	tryst_cursor_skip(&c, 4);
	(void)pthread_mutex_lock(&x->lock);
	rc = type == NF_RECORD_EXPORTER ? take_info(x, &c, err) : take_stats(x, &c, err);
	(void)pthread_mutex_unlock(&x->lock);
	return rc;
}

int
tryst_nf_exporters_tell(struct nf_exporters *x, struct tryst_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < x->count && rc == 0; i++) {
		if (x->list[i].known)
			rc = tryst_input_exporter(x->input, &x->list[i].who, err);
	}
	x->count = 0;
	return rc;
}

static void
book(struct nf_counted *c, struct nf_counted_slot *s)
{
	struct nf_exporter *e;

	if (!s->used)
		return;
	(void)pthread_mutex_lock(&c->exporters->lock);
	e = find(c->exporters, s->number);
	if (e) {
		e->who.counts[TRYST_EXPORTER_FLOWS] += s->flows;
		e->who.counts[TRYST_EXPORTER_BAD_TIMES] += s->bad_times;
	}
	(void)pthread_mutex_unlock(&c->exporters->lock);
	c->failed |= !e;
	s->used = false;
}

void
tryst_nf_counted_add(struct nf_counted *c, uint16_t number, uint64_t flows, uint64_t bad_times)
{
	struct nf_counted_slot *s = &c->slots[number % NF_COUNTED_SLOTS];

	if (!flows)
		return;
	if (!s->used || s->number != number) {
		book(c, s);
		*s = (struct nf_counted_slot){ .used = true, .number = number };
	}
	s->flows += flows;
	s->bad_times += bad_times;
}

int
tryst_nf_counted_end(struct nf_counted *c, int rc, struct tryst_error *err)
{
	for (unsigned i = 0; i < NF_COUNTED_SLOTS; i++)
		book(c, &c->slots[i]);
	return rc == 0 && c->failed ? tryst_error_nomem(err) : rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/exporter.h"

#include <stddef.h>
#include <string.h>

#include "flow/source.h"

const struct tryst_protocol_info tryst_protocols[TRYST_PROTOCOL_COUNT] = {
	[TRYST_PROTOCOL_NETFLOW1] = { "netflow1", "NetFlow v1", "flow" },
	[TRYST_PROTOCOL_NETFLOW5] = { "netflow5", "NetFlow v5", "flow" },
	[TRYST_PROTOCOL_NETFLOW7] = { "netflow7", "NetFlow v7", "flow" },
	[TRYST_PROTOCOL_NETFLOW9] = { "netflow9", "NetFlow v9", "datagram" },
	[TRYST_PROTOCOL_IPFIX] = { "ipfix", "IPFIX", "record" },
	/* Datagrams, and samples where no datagram was lost. */
	[TRYST_PROTOCOL_SFLOW] = { "sflow", "sFlow", "item" },
};

#define PLACE(member) offsetof(struct tryst_health, member)
#define NO_PLACE SIZE_MAX

/* Where a health has what is counted here. */
static const size_t places[TRYST_EXPORTER_COUNTS] = {
	[TRYST_EXPORTER_DATAGRAMS] = NO_PLACE,
	[TRYST_EXPORTER_FLOWS] = PLACE(flows),
	[TRYST_EXPORTER_EVENTS] = PLACE(events),
	[TRYST_EXPORTER_OTHER_RECORDS] = PLACE(other_records),
	[TRYST_EXPORTER_SKIPPED_RECORDS] = PLACE(skipped_records),
	[TRYST_EXPORTER_DAMAGED_RECORDS] = PLACE(damaged_records),
	[TRYST_EXPORTER_DAMAGED_BLOCKS] = PLACE(damaged_blocks),
	[TRYST_EXPORTER_UNDECODABLE_SETS] = NO_PLACE,
	[TRYST_EXPORTER_UNDECODABLE_BYTES] = NO_PLACE,
	[TRYST_EXPORTER_BAD_TIMES] = PLACE(bad_times),
	[TRYST_EXPORTER_SEQUENCE_LOST] = PLACE(sequence_lost),
	[TRYST_EXPORTER_SEQUENCE_LATE] = PLACE(sequence_late),
	[TRYST_EXPORTER_SEQUENCE_DUPLICATE] = PLACE(sequence_duplicate),
	[TRYST_EXPORTER_RESTARTS] = PLACE(exporter_restarts),
	[TRYST_EXPORTER_SEQUENCE_GAPS] = NO_PLACE,
};

static uint64_t
count_of(const struct tryst_health *h, unsigned count)
{
	uint64_t v = 0;

	if (places[count] != NO_PLACE)
		memcpy(&v, (const char *)h + places[count], sizeof(v));
	return v;
}

int
tryst_exporter_compare(const struct tryst_exporter *a, const struct tryst_exporter *b)
{
	int c = tryst_ip_compare(a->ip, b->ip);

	return c ? c : a->domain == b->domain ? 0 : a->domain < b->domain ? -1 : 1;
}

void
tryst_exporter_add(struct tryst_exporter *a, const struct tryst_exporter *b)
{
	a->sampling = TRYST_MAX(a->sampling, b->sampling);
	a->protocols |= b->protocols;
	/* Late ones are taken off what was lost, perhaps in another sum: modulo 2^64 it is right.
	 */
	for (unsigned i = 0; i < TRYST_EXPORTER_COUNTS; i++)
		a->counts[i] += b->counts[i];
}

static bool
any_count(const struct tryst_exporter *e, unsigned first)
{
	uint64_t any = 0;

	for (unsigned i = first; i < TRYST_EXPORTER_COUNTS; i++)
		any |= e->counts[i];
	return any != 0;
}

bool
tryst_exporter_counted(const struct tryst_exporter *e)
{
	return any_count(e, 0);
}

bool
tryst_exporter_troubled(const struct tryst_exporter *e)
{
	return any_count(e, TRYST_EXPORTER_SKIPPED_RECORDS);
}

void
tryst_exporter_mark(struct tryst_exporter_mark *mark, const struct tryst_health *h)
{
	for (unsigned i = 0; i < TRYST_EXPORTER_COUNTS; i++)
		mark->counts[i] = count_of(h, i);
}

void
tryst_exporter_since(struct tryst_exporter *e, const struct tryst_exporter_mark *mark,
                     const struct tryst_health *h)
{
	for (unsigned i = 0; i < TRYST_EXPORTER_COUNTS; i++)
		e->counts[i] += count_of(h, i) - mark->counts[i];
}

void
tryst_tally_init(struct tryst_tally *t, struct tryst_input *input)
{
	*t = (struct tryst_tally){ .input = input };
}

/* Tells the input of a slot and frees it. */
static void
tell(struct tryst_tally *t, unsigned slot)
{
	if (!(t->used >> slot & 1))
		return;
	if (t->input && tryst_input_exporter(t->input, &t->slots[slot], NULL) < 0)
		t->failed = true;
	t->used &= ~(1ULL << slot);
}

struct tryst_exporter *
tryst_tally_find(struct tryst_tally *t, struct tryst_ip ip, uint32_t domain)
{
	unsigned slot = (unsigned)((tryst_ip_hash(ip) + domain) % TRYST_TALLY_SLOTS);
	struct tryst_exporter *e = &t->slots[slot];

	_Static_assert(TRYST_TALLY_SLOTS == 64, "a bit a slot");
	if (!(t->used >> slot & 1) || e->domain != domain || !tryst_ip_equal(e->ip, ip)) {
		tell(t, slot);
		*e = (struct tryst_exporter){ .ip = ip, .domain = domain };
		t->used |= 1ULL << slot;
	}
	t->last = e;
	return e;
}

int
tryst_tally_flush(struct tryst_tally *t, struct tryst_error *err)
{
	for (unsigned i = 0; i < TRYST_TALLY_SLOTS; i++)
		tell(t, i);
	t->last = NULL;
	return t->failed ? tryst_error_nomem(err) : 0;
}

int
tryst_tally_end(struct tryst_tally *t, int rc, struct tryst_error *err)
{
	int flushed = tryst_tally_flush(t, rc < 0 ? NULL : err);

	return rc < 0 ? rc : flushed;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two readings of the sorted records: the first learns the exporters' clocks and timeouts, the
 * second gathers the records of one 5-tuple until a silence that ends any conversation, cuts them
 * where they were silent too long or where TCP closed and opened again, tears apart directions that
 * do not belong together, and sums up each piece.  docs/conversations.md has the rules and their
 * reasons.
 */
#include "hunt/conversation.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "hunt/began.h"
#include "hunt/lookup.h"

#define TCP_GAP_MS 300000
#define OTHER_GAP_MS 60000
#define TIMEOUT_GAP_MS 300000 /* after a record that was cut off */
#define TCP_PAIR_MS 5000
#define OTHER_PAIR_MS 30000
#define END_REASON_ACTIVE 2
#define LASTS_MAX 64
#define GROUP_MIN 64

/* A record with its times by the clock that the exporters share. */
struct item {
	int64_t start_ms, end_ms;
	const struct tryst_hunt_record *r;
	bool cut; /* by an active timeout, or by sampling: it goes on */
};

/* The records of one 5-tuple, up to a silence that ends any conversation. */
struct group {
	struct tryst_hunt_record *records;
	struct item *items, *split;              /* room for as many; split: of one direction */
	const struct tryst_hunt_record **listed; /* of the conversation that is told, and */
	struct tryst_hunt_forwarding *told;      /* what became of each */
	size_t count, max;
};

#define ITEM_COST                                                                                  \
	(sizeof(struct tryst_hunt_record) + 2 * sizeof(struct item) +                              \
	 sizeof(struct tryst_hunt_record *) + sizeof(struct tryst_hunt_forwarding))

struct finder {
	struct tryst_exportings exporters;
	const struct tryst_conversation_setting *setting;
	struct tryst_lookup lookup;
	tryst_conversation_fn emit;
	void *ctx;
	struct group group;
};

int64_t
tryst_conversation_gap_ms(uint8_t proto)
{
	return proto == IPPROTO_TCP ? TCP_GAP_MS : OTHER_GAP_MS;
}

/* Times can be anything; a sum that does not fit is the end of time. */
static int64_t
later(int64_t ms, int64_t by_ms)
{
	int64_t sum;

	if (__builtin_add_overflow(ms, by_ms, &sum))
		return by_ms < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static struct item
item_make(struct finder *f, const struct tryst_hunt_record *r)
{
	const struct tryst_exporting *e = tryst_exportings_find(&f->exporters, r);
	uint64_t seconds = ((uint64_t)r->end_ms - (uint64_t)r->start_ms) / 1000;
	struct item item = { r->start_ms, r->end_ms, r, false };

	if (r->has & TRYST_HAS_END_REASON)
		item.cut = r->end_reason == END_REASON_ACTIVE;
	else if (e && e->timeout_s)
		item.cut = seconds == e->timeout_s || seconds == e->timeout_s + 1;
	item.cut |= tryst_lookup_sampling(&f->lookup, r) > 1;
	if (e && e->offset_ms) {
		item.start_ms = later(item.start_ms, -e->offset_ms);
		item.end_ms = later(item.end_ms, -e->offset_ms);
	}
	return item;
}

static int
item_compare(const void *va, const void *vb)
{
	const struct item *a = va, *b = vb;

	if (a->start_ms != b->start_ms)
		return a->start_ms < b->start_ms ? -1 : 1;
	if (a->r->input_id != b->r->input_id)
		return a->r->input_id < b->r->input_id ? -1 : 1;
	return (a->r->record_no > b->r->record_no) - (a->r->record_no < b->r->record_no);
}

static bool
same_exporter(const struct tryst_hunt_record *a, const struct tryst_hunt_record *b)
{
	return (a->has & TRYST_HAS_EXPORTER) == (b->has & TRYST_HAS_EXPORTER) &&
	       tryst_ip_equal(a->exporter, b->exporter);
}

/* The last record of each direction by each exporter; those of too many exporters are not kept. */
struct lasts {
	const struct item *list[LASTS_MAX];
	uint32_t count;
};

/* The last of a direction by the exporter of `it`, or NULL. */
static const struct item **
last_find(struct lasts *l, const struct item *it, unsigned from)
{
	for (uint32_t i = 0; i < l->count; i++) {
		if (l->list[i]->r->from == from && same_exporter(l->list[i]->r, it->r))
			return &l->list[i];
	}
	return NULL;
}

/* Notes it as the last of its direction and exporter. */
static void
last_note(struct lasts *l, const struct item *it)
{
	const struct item **at = last_find(l, it, it->r->from);

	if (at)
		*at = it;
	else if (l->count < TRYST_ARRAY_SIZE(l->list))
		l->list[l->count++] = it;
}

/* Whether it opens the same ports anew, after its side closed them or the other reset them. */
static bool
reopens(struct lasts *l, const struct item *it)
{
	const struct item **own, **other;

	if (it->r->proto != IPPROTO_TCP || !(it->r->tcp_flags & TH_SYN))
		return false;
	own = last_find(l, it, it->r->from);
	other = last_find(l, it, !it->r->from);
	if (!own || (*own)->end_ms > it->start_ms)
		return false;
	return (*own)->r->tcp_flags & (TH_FIN | TH_RST) ||
	       (other && (*other)->r->tcp_flags & TH_RST && (*other)->end_ms <= it->start_ms);
}

/* Until when a record that starts may go on with this one. */
static int64_t
open_until(const struct item *it)
{
	int64_t gap_ms = tryst_conversation_gap_ms(it->r->proto);

	return later(it->end_ms, it->cut ? TRYST_MAX(gap_ms, (int64_t)TIMEOUT_GAP_MS) : gap_ms);
}

/* How many items from the first on have no silence too long and no new opening between them. */
static size_t
run_length(const struct item *items, size_t left)
{
	int64_t until_ms = open_until(&items[0]);
	struct lasts lasts;
	size_t n;

	lasts.count = 0;
	last_note(&lasts, &items[0]);
	for (n = 1; n < left; n++) {
		if (items[n].start_ms > until_ms || reopens(&lasts, &items[n]))
			break;
		last_note(&lasts, &items[n]);
		until_ms = TRYST_MAX(until_ms, open_until(&items[n]));
	}
	return n;
}

/*
 * Whether the directions of a run answer each other anywhere: one begins no later than an answer
 * takes after what the other has sent.  Of sampled packets only the run itself tells.
 */
static bool
run_pairs(struct finder *f, const struct item *items, size_t count)
{
	int64_t within_ms = items[0].r->proto == IPPROTO_TCP ? TCP_PAIR_MS : OTHER_PAIR_MS;
	int64_t until_ms[2] = { INT64_MIN, INT64_MIN };
	bool sent[2] = { false, false };

	for (size_t i = 0; i < count; i++) {
		const struct tryst_hunt_record *r = items[i].r;
		unsigned from = r->from, to = !r->from;
		int64_t reach_ms = within_ms;

		if (r->rev_packets || r->rev_bytes || tryst_lookup_sampling(&f->lookup, r) > 1)
			return true;
		if (!same_exporter(items[0].r, r))
			reach_ms += TRYST_CLOCK_SKEW_MS;
		if (sent[to] && items[i].start_ms <= later(until_ms[to], reach_ms))
			return true;
		sent[from] = true;
		until_ms[from] = TRYST_MAX(until_ms[from], items[i].end_ms);
	}
	return !sent[0] || !sent[1];
}

/* What both the record and the conversation say, whoever saw it. */
static void
conversation_add(struct tryst_conversation *c, const struct tryst_hunt_record *r)
{
	unsigned from = r->from, to = !r->from;

	c->counts_known &= !!(r->has & TRYST_HAS_COUNTS);
	c->flags_known |= r->proto == IPPROTO_TCP && r->has & TRYST_HAS_FLAGS;
	c->watched |= !!(r->has & TRYST_HAS_REV);
	c->half[from].flags |= r->tcp_flags;
	c->half[from].records++;
	c->half[to].flags |= r->rev_tcp_flags;
	c->half[to].records += r->rev_packets || r->rev_bytes;
	for (unsigned side = 0; side < 2; side++) {
		c->port_known[side] |= !!(r->has & TRYST_HAS_PORT0 << side);
		c->listed[side] |= !!(r->has & TRYST_LISTED0 << side);
	}
}

/* Tells one conversation. */
static int
conversation_tell(struct finder *f, const struct item *items, size_t count, struct tryst_error *err)
{
	const struct tryst_hunt_record *first = items[0].r;
	struct tryst_observers observers;
	struct tryst_conversation c = {
		.ip = { first->ip[0], first->ip[1] },
		.port = { first->port[0], first->port[1] },
		.proto = first->proto,
		.opener = first->from,
		.counts_known = true,
		.icmp_known = first->has & TRYST_HAS_ICMP,
		.icmp = first->icmp,
		.records = f->group.listed,
		.forwarding = f->group.told,
		.record_count = count,
	};

	observers.count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct tryst_hunt_record *r = items[i].r;
		struct tryst_hunt_forwarding told = tryst_lookup_forwarding(&f->lookup, r);

		f->group.listed[i] = r;
		f->group.told[i] = told;
		tryst_observers_add(&observers, r, tryst_lookup_sampling(&f->lookup, r), &told);
		conversation_add(&c, r);
	}
	tryst_observers_conclude(&observers, &c);
	c.began = tryst_conversation_began(&c, &observers);
	return f->emit(f->ctx, &c, err);
}

/* Each direction by itself: they only happen to lie close to each other. */
static int
directions_tell(struct finder *f, const struct item *items, size_t count, struct tryst_error *err)
{
	int rc = 0;

	for (unsigned side = 0; side < 2 && rc >= 0; side++) {
		size_t kept = 0, n;

		for (size_t i = 0; i < count; i++) {
			if (items[i].r->from == side)
				f->group.split[kept++] = items[i];
		}
		for (size_t i = 0; i < kept && rc >= 0; i += n) {
			n = run_length(f->group.split + i, kept - i);
			rc = conversation_tell(f, f->group.split + i, n, err);
		}
	}
	return rc;
}

static int
group_tell(struct finder *f, struct tryst_error *err)
{
	struct group *g = &f->group;
	int rc = 0;
	size_t n;

	for (size_t i = 0; i < g->count; i++)
		g->items[i] = item_make(f, &g->records[i]);
	qsort(g->items, g->count, sizeof(*g->items), item_compare);
	for (size_t i = 0; i < g->count && rc >= 0; i += n) {
		n = run_length(g->items + i, g->count - i);
		rc = run_pairs(f, g->items + i, n) ? conversation_tell(f, g->items + i, n, err)
		                                   : directions_tell(f, g->items + i, n, err);
	}
	g->count = 0;
	return rc;
}

/* Makes room for one more record, whose pointers may move. */
static int
group_grow(struct group *g, size_t memory, struct tryst_error *err)
{
	size_t max = TRYST_MAX(2 * g->max, (size_t)GROUP_MIN);
	struct tryst_hunt_record *records;
	const struct tryst_hunt_record **listed;
	struct tryst_hunt_forwarding *told;
	struct item *items, *split;

	if (g->count < g->max)
		return 0;
	if (memory && max > memory / ITEM_COST)
		return tryst_error_set(err, TRYST_ERR_LIMIT,
		                       "one pair of ports has more than %zu records without a "
		                       "pause, which is all that %zu bytes of memory hold: raise "
		                       "--memory, or narrow the window or the filter",
		                       g->max, memory);
	if ((records = reallocarray(g->records, max, sizeof(*records))))
		g->records = records;
	if ((items = reallocarray(g->items, max, sizeof(*items))))
		g->items = items;
	if ((split = reallocarray(g->split, max, sizeof(*split))))
		g->split = split;
	if ((listed = reallocarray(g->listed, max, sizeof(struct tryst_hunt_record *))))
		g->listed = listed;
	if ((told = reallocarray(g->told, max, sizeof(*told))))
		g->told = told;
	if (!records || !items || !split || !listed || !told)
		return tryst_error_nomem(err);
	g->max = max;
	return 0;
}

static void
group_fini(struct group *g)
{
	free(g->records);
	free(g->items);
	free(g->split);
	free(g->listed);
	free(g->told);
}

/* Reads the records once more and tells every conversation. */
static int
groups_read(struct finder *f, struct tryst_hunt_sorted *sorted, struct tryst_error *err)
{
	/* No clock is corrected by more than all the steps of a chain of pairs. */
	const int64_t silence_ms =
		TIMEOUT_GAP_MS + (int64_t)TRYST_CLOCK_SKEW_MS * 2 * TRYST_EXPORTING_PAIRS_MAX;
	const struct tryst_hunt_record *r;
	struct group *g = &f->group;
	int64_t until_ms = 0;
	int more, rc = 0;

	while (rc >= 0 && (more = tryst_hunt_sorted_next(sorted, &r, err)) > 0) {
		int64_t r_until_ms = later(r->end_ms, silence_ms);

		if (g->count &&
		    (tryst_hunt_record_compare_key(&g->records[0], r) || r->start_ms > until_ms))
			rc = group_tell(f, err);
		if (rc >= 0)
			rc = group_grow(g, f->setting->memory, err);
		if (rc < 0)
			break;
		until_ms = g->count ? TRYST_MAX(until_ms, r_until_ms) : r_until_ms;
		g->records[g->count++] = *r;
	}
	if (rc >= 0)
		rc = more;
	return rc >= 0 && g->count ? group_tell(f, err) : rc;
}

int
tryst_conversations_sorted(struct tryst_hunt_sorted *sorted,
                           const struct tryst_conversation_setting *setting,
                           tryst_conversation_fn emit, void *ctx, struct tryst_error *err)
{
	struct finder f = { .setting = setting, .emit = emit, .ctx = ctx };
	uint32_t shards = TRYST_MAX(setting->shards, 1u);
	const struct tryst_hunt_record *r;
	int rc = tryst_hunt_sorted_rewind(sorted, 0, 1, err);

	while (rc >= 0 && (rc = tryst_hunt_sorted_next(sorted, &r, err)) > 0)
		rc = tryst_exportings_learn(&f.exporters, r, err);
	if (rc >= 0)
		tryst_exportings_conclude(&f.exporters);
	f.lookup = (struct tryst_lookup){ .setting = setting, .exporters = &f.exporters };
	for (uint32_t i = 0; rc >= 0 && i < shards; i++) {
		rc = tryst_hunt_sorted_rewind(sorted, i, shards, err);
		if (rc >= 0)
			rc = groups_read(&f, sorted, err);
	}
	tryst_exportings_fini(&f.exporters);
	group_fini(&f.group);
	return rc;
}

int
tryst_conversations(const struct tryst_hunt_records *records, const struct tryst_hunt_spill *spill,
                    const struct tryst_conversation_setting *setting, tryst_conversation_fn emit,
                    void *ctx, struct tryst_error *err)
{
	struct tryst_hunt_sorted sorted;
	int rc = tryst_hunt_sorted_init(&sorted, records, spill, setting->memory, err);

	if (rc >= 0)
		rc = tryst_conversations_sorted(&sorted, setting, emit, ctx, err);
	tryst_hunt_sorted_fini(&sorted);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations -> sightings: which side is home, and the order that gives them their ids. */
#include <math.h>
#include <stdlib.h>

#include "hunt/build.h"
#include "hunt/conversation.h"

#define PLAIN_LOG_ODDS 2.1972 /* 9 to 1 */
#define STEPS_COST 160
#define GROUP_BYTES_MIN (1 << 20)

bool
tryst_case_at_home(const struct tryst_case_builder *b, struct tryst_ip ip)
{
	for (size_t i = 0; i < b->c->home_count; i++) {
		if (tryst_prefix_contains(b->c->home[i], ip))
			return true;
	}
	return false;
}

/*
 * The side that is home, or -1 when the conversation touches no --home.  Exactly one inside --home:
 * it. Else exactly one listed: the other.  Else the side that the first record went to, which is
 * the one that was met.
 */
static int
home_side(const struct tryst_case_builder *b, const struct tryst_conversation *conv)
{
	bool at_home[2] = { tryst_case_at_home(b, conv->ip[0]),
		            tryst_case_at_home(b, conv->ip[1]) };

	if (at_home[0] != at_home[1])
		return at_home[1];
	if (b->c->home_count && !at_home[0])
		return -1;
	if (conv->listed[0] != conv->listed[1])
		return conv->listed[0];
	return !conv->opener;
}

static int
sighting_refs(struct tryst_case_builder *b, struct tryst_sighting *s,
              const struct tryst_conversation *conv, struct tryst_error *err)
{
	s->ref_count = (uint32_t)TRYST_MIN(conv->record_count, (size_t)TRYST_REFS_MAX);
	s->refs = tryst_case_alloc(b, s->ref_count, sizeof(*s->refs), err);
	if (!s->refs)
		return TRYST_ERR_NOMEM;
	for (uint32_t i = 0; i < s->ref_count; i++) {
		const struct tryst_hunt_record *r = conv->records[i];

		assert(r->input_id < b->c->input_count);
		s->refs[i] = (struct tryst_record_ref){
			.input = r->input_id,
			.record = tryst_input_record(b->c->inputs[r->input_id], r->record_no),
		};
	}
	return 0;
}

static int
sighting_exporters(struct tryst_case_builder *b, struct tryst_sighting *s,
                   const struct tryst_conversation *conv, struct tryst_error *err)
{
	s->exporter_count = conv->exporter_count;
	s->exporters = tryst_case_alloc(b, s->exporter_count, sizeof(*s->exporters), err);
	if (!s->exporters)
		return TRYST_ERR_NOMEM;
	for (uint32_t i = 0; i < s->exporter_count; i++)
		s->exporters[i] = conv->exporters[i];
	return 0;
}

/* Whether it is the same place, and says the same of what became of the packets. */
static bool
way_same(const struct tryst_way *a, const struct tryst_way *b)
{
	return tryst_ip_equal(a->exporter, b->exporter) && a->in_if == b->in_if &&
	       a->out_if == b->out_if && a->in_if_known == b->in_if_known &&
	       a->out_if_known == b->out_if_known && a->fate == b->fate;
}

static struct tryst_way
way_make(const struct tryst_hunt_record *r, const struct tryst_hunt_forwarding *told)
{
	/* What probes say, in and out by the one interface they watch, tells nothing. */
	bool probe = !(r->has & TRYST_HAS_FWD_STATUS) && r->has & TRYST_HAS_IN_IF &&
	             r->in_if == r->out_if;

	return (struct tryst_way){
		.exporter = r->exporter,
		.in_if = r->in_if,
		.out_if = r->out_if,
		.in_if_known = r->has & TRYST_HAS_IN_IF,
		.out_if_known = r->has & TRYST_HAS_OUT_IF,
		.fate = told->dropped          ? TRYST_WAY_DROPPED
		        : told->told && !probe ? TRYST_WAY_FORWARDED
		                               : TRYST_WAY_UNTOLD,
		.packets = r->packets,
	};
}

/* Where home's own records were made, where that is wanted. */
static int
sighting_ways(struct tryst_case_builder *b, struct tryst_sighting *s,
              const struct tryst_conversation *conv, int home, struct tryst_error *err)
{
	struct tryst_way ways[TRYST_WAYS_MAX];
	uint32_t count = 0, at;

	if (!b->options->ways)
		return 0;
	for (size_t i = 0; i < conv->record_count; i++) {
		struct tryst_way way;

		if (conv->records[i]->from != home)
			continue;
		way = way_make(conv->records[i], &conv->forwarding[i]);
		for (at = 0; at < count && !way_same(&ways[at], &way);)
			at++;
		if (at < count)
			ways[at].packets += way.packets;
		else if (count < TRYST_WAYS_MAX)
			ways[count++] = way;
	}
	s->ways = tryst_case_alloc(b, count, sizeof(*s->ways), err);
	if (!s->ways)
		return TRYST_ERR_NOMEM;
	for (s->way_count = 0; s->way_count < count; s->way_count++)
		s->ways[s->way_count] = ways[s->way_count];
	return 0;
}

/* The marks of the peer's first record. */
static struct tryst_marks
sighting_marks(const struct tryst_conversation *conv, int peer)
{
	const struct tryst_hunt_record *r = NULL;

	for (size_t i = 0; !r && i < conv->record_count; i++)
		r = conv->records[i]->from == peer ? conv->records[i] : NULL;
	if (!r)
		return (struct tryst_marks){ 0 };
	return (struct tryst_marks){
		.exporter = r->exporter,
		.in_if = r->in_if,
		.ip_id = r->ip_id,
		.tos = r->tos,
		.ttl = r->min_ttl,
		.fwd_status = r->fwd_status,
		.in_if_known = r->has & TRYST_HAS_IN_IF,
		.ip_id_known = r->has & TRYST_HAS_IP_ID,
		.tos_known = r->has & TRYST_HAS_TOS,
		.ttl_known = r->has & TRYST_HAS_MIN_TTL &&
		             (!(r->has & TRYST_HAS_MAX_TTL) || r->min_ttl == r->max_ttl),
		.fwd_status_known = r->has & TRYST_HAS_FWD_STATUS,
	};
}

/* Where records did not fit, sightings may not either: counts what this one takes. */
static int
sighting_limit(struct tryst_case_builder *b, const struct tryst_conversation *conv,
               struct tryst_error *err)
{
	/* The array grows by doubling, and the steps that follow sort by small keys. */
	b->sightings_bytes += 2 * sizeof(struct tryst_sighting) + STEPS_COST +
	                      TRYST_MIN(conv->record_count, (size_t)TRYST_REFS_MAX) *
	                              sizeof(struct tryst_record_ref) +
	                      conv->exporter_count * sizeof(struct tryst_ip);
	if (!b->sightings_bytes_max || b->sightings_bytes <= b->sightings_bytes_max)
		return 0;
	return tryst_error_set(err, TRYST_ERR_LIMIT,
	                       "more than %zu conversations with listed hosts, which is all that "
	                       "%zu bytes of memory hold: raise --memory, or narrow the window or "
	                       "the filter",
	                       b->c->sighting_count, b->options->memory);
}

/* The next free sighting of the case, whose array grows by doubling. */
static struct tryst_sighting *
sighting_next(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct tryst_case *c = b->c;
	size_t max = TRYST_MAX(b->sightings_max * 2, (size_t)64);
	struct tryst_sighting *grown;

	if (c->sighting_count == b->sightings_max) {
		grown = reallocarray(c->sightings, max, sizeof(*grown));
		if (!grown) {
			(void)tryst_error_nomem(err);
			return NULL;
		}
		c->sightings = grown;
		b->sightings_max = max;
	}
	return &c->sightings[c->sighting_count++];
}

/* Who began, where the conversation itself says it plainly; tryst_case_initiators weighs the rest.
 */
static enum tryst_initiator
sighting_initiator(const struct tryst_conversation *conv, int home)
{
	if (fabs(conv->began) < PLAIN_LOG_ODDS)
		return TRYST_INITIATOR_UNKNOWN;
	return (conv->began < 0) == home ? TRYST_INITIATOR_HOME : TRYST_INITIATOR_PEER;
}

/* tryst_conversation_fn */
static int
sighting_add(void *ctx, const struct tryst_conversation *conv, struct tryst_error *err)
{
	struct tryst_case_builder *b = ctx;
	int home = home_side(b, conv), peer = !home;
	struct tryst_sighting *s;
	int rc;

	if (home < 0) {
		b->c->elsewhere++;
		return 0;
	}
	rc = sighting_limit(b, conv, err);
	if (rc < 0)
		return rc;
	s = sighting_next(b, err);
	if (!s)
		return TRYST_ERR_NOMEM;
	*s = (struct tryst_sighting){
		.home = conv->ip[home],
		.peer = conv->ip[peer],
		.home_listed = conv->listed[home],
		.peer_listed = conv->listed[peer],
		.initiator = sighting_initiator(conv, home),
		.proto = conv->proto,
		.home_port = conv->port[home],
		.peer_port = conv->port[peer],
		.home_port_known = conv->port_known[home],
		.peer_port_known = conv->port_known[peer],
		.counts_known = conv->counts_known,
		.first_ms = conv->first_ms,
		.last_ms = conv->last_ms,
		.packets_out = conv->half[home].packets,
		.bytes_out = conv->half[home].bytes,
		.packets_in = conv->half[peer].packets,
		.bytes_in = conv->half[peer].bytes,
		.flags_out = conv->half[home].flags,
		.flags_in = conv->half[peer].flags,
		.flags_known = conv->flags_known,
		.records_out = conv->half[home].records,
		.records_in = conv->half[peer].records,
		.records = (uint32_t)conv->record_count,
		.marks = sighting_marks(conv, peer),
		.home_first = conv->opener == home,
		.dropped_out = conv->half[home].dropped,
		.dropped_in = conv->half[peer].dropped,
		.rpf_out = conv->half[home].rpf,
		.rpf_in = conv->half[peer].rpf,
		.watched = conv->watched,
		.icmp_known = conv->icmp_known,
		.icmp = conv->icmp,
		.sampling = conv->sampling,
		.began = home ? -conv->began : conv->began,
	};
	b->several_observers += conv->several_observers;
	b->several_interfaces += conv->several_interfaces;
	rc = sighting_refs(b, s, conv, err);
	if (rc >= 0)
		rc = sighting_ways(b, s, conv, home, err);
	return rc < 0 ? rc : sighting_exporters(b, s, conv, err);
}

/* A sighting to sort: most comparisons end at the time. */
struct order {
	int64_t first_ms;
	const struct tryst_sighting *s;
};

static int
order_compare(const void *va, const void *vb)
{
	const struct tryst_sighting *a = ((const struct order *)va)->s;
	const struct tryst_sighting *b = ((const struct order *)vb)->s;
	int64_t a_ms = ((const struct order *)va)->first_ms;
	int64_t b_ms = ((const struct order *)vb)->first_ms;
	int order;

	if (a_ms != b_ms)
		return a_ms < b_ms ? -1 : 1;
	order = tryst_ip_compare(a->home, b->home);
	if (!order)
		order = tryst_ip_compare(a->peer, b->peer);
	if (!order)
		order = (int)a->home_port - b->home_port;
	if (!order)
		order = (int)a->peer_port - b->peer_port;
	if (!order)
		order = (int)a->proto - b->proto;
	if (!order && a->refs[0].input != b->refs[0].input)
		order = a->refs[0].input < b->refs[0].input ? -1 : 1;
	if (!order)
		order = (a->refs[0].record > b->refs[0].record) -
		        (a->refs[0].record < b->refs[0].record);
	return order;
}

/* Moves every sighting to its place, along the cycles of the permutation. */
static void
sightings_permute(struct tryst_case *c, struct order *sorted)
{
	for (size_t i = 0; i < c->sighting_count; i++) {
		struct tryst_sighting held = c->sightings[i];
		size_t to = i, from;

		if (!sorted[i].s)
			continue;
		for (;; to = from) {
			from = (size_t)(sorted[to].s - c->sightings);
			sorted[to].s = NULL;
			if (from == i)
				break;
			c->sightings[to] = c->sightings[from];
		}
		c->sightings[to] = held;
	}
}

int
tryst_case_sightings(struct tryst_case_builder *b, const struct tryst_hunt_records *records,
                     const struct tryst_hunt_spill *spill, struct tryst_error *err)
{
	struct tryst_case *c = b->c;
	struct tryst_conversation_setting setting = {
		.inputs = c->inputs,
		.input_count = c->input_count,
		.null_ifs = b->options->null_ifs,
		.null_if_count = b->options->null_if_count,
		.forwarders = b->options->forwarders ? b->options->forwarders->list : NULL,
		.forwarder_count = b->options->forwarders ? b->options->forwarders->count : 0,
		.shards = b->options->shards,
		.memory = spill->count ? TRYST_MAX(b->options->memory / 4, (size_t)GROUP_BYTES_MIN)
		                       : 0,
	};
	struct order *sorted;
	int rc = tryst_conversations(records, spill->count ? spill : NULL, &setting, sighting_add,
	                             b, err);

	if (rc < 0)
		return rc;
	sorted = calloc(c->sighting_count + 1, sizeof(*sorted));
	if (!sorted)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < c->sighting_count; i++)
		sorted[i] = (struct order){ c->sightings[i].first_ms, &c->sightings[i] };
	qsort(sorted, c->sighting_count, sizeof(*sorted), order_compare);
	sightings_permute(c, sorted);
	free(sorted);
	for (size_t i = 0; i < c->sighting_count; i++)
		c->sightings[i].id = (uint32_t)(i + 1);
	return 0;
}

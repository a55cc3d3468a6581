/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator of a search without a list, and its case.  Flows go to the log by server; when all
 * are there, threads look at the parts of the log, and what they found becomes the case.
 */
#include "hunt/meet.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/meet_find.h"
#include "hunt/meet_refs.h"
#include "hunt/service.h"

#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

/* Of the memory: chunks of the log; the rest is for looking at parts. */
#define LOG_SHARE .4

#define KNOWN(b, field, row) (tryst_batch_known(b, TRYST_FIELD_##field, row) ? (b)->field[row] : 0)

#define COLUMNS                                                                                    \
	(TRYST_BIT(start_ms) | TRYST_BIT(end_ms) | TRYST_BIT(src) | TRYST_BIT(dst) |               \
	 TRYST_BIT(src_port) | TRYST_BIT(dst_port) | TRYST_BIT(proto) | TRYST_BIT(tcp_flags) |     \
	 TRYST_BIT(packets) | TRYST_BIT(bytes) | TRYST_BIT(rev_packets) | TRYST_BIT(rev_bytes) |   \
	 TRYST_BIT(rev_tcp_flags))

/* What a thread keeps while it reads. */
struct reading {
	struct tryst_meet_writer writer;
	uint64_t matched, elsewhere, unused;
	int64_t first_ms, last_ms;
	uint32_t activity[TRYST_MEET_CLOCK_BINS];
};

struct tryst_meet {
	struct tryst_operator op; /* first: the pipeline's handle */
	struct tryst_meet_options options;
	struct tryst_meet_log log;
	struct tryst_ipset *home; /* NULL without --home */
	struct tryst_meet_ports *ports;
	struct reading sum;
	struct tryst_case pub;
	struct tryst_arena arena;
	struct tryst_meet_reader reader;
	struct tryst_watchlist *none; /* an empty list: a case has one */
};

enum side { SIDE_SRC, SIDE_DST, SIDE_EITHER };

/* Which end of a row serves. */
static enum side
server_side(const struct tryst_meet *m, const struct tryst_batch *b, uint32_t row, uint8_t proto,
            uint16_t src_port, uint16_t dst_port)
{
	bool src, dst, ports = proto == IPPROTO_TCP || proto == IPPROTO_UDP;
	uint8_t flags = KNOWN(b, tcp_flags, row);

	if (!ports)
		return SIDE_EITHER;
	src = tryst_meet_port_group(m->ports, proto, src_port);
	dst = tryst_meet_port_group(m->ports, proto, dst_port);
	if (src != dst)
		return src ? SIDE_SRC : SIDE_DST;
	/* A record of both directions is written from the side that began. */
	if (tryst_batch_known(b, TRYST_FIELD_rev_packets, row))
		return SIDE_DST;
	if (proto == IPPROTO_TCP && (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		return SIDE_DST;
	if (proto == IPPROTO_TCP && flags == (TCP_RST | TCP_ACK))
		return SIDE_SRC;
	return SIDE_EITHER;
}

/* The row as a flow to (or of) a server. */
static inline __attribute__((always_inline)) void
flow_fill(struct tryst_meet_flow *f, const struct tryst_batch *b, uint32_t row, bool src_serves)
{
	uint8_t proto = KNOWN(b, proto, row);
	bool ports = proto == IPPROTO_TCP || proto == IPPROTO_UDP;
	uint16_t src_port = ports ? KNOWN(b, src_port, row) : 0;
	uint16_t dst_port = ports ? KNOWN(b, dst_port, row) : 0;
	bool start = tryst_batch_known(b, TRYST_FIELD_start_ms, row);
	bool end = tryst_batch_known(b, TRYST_FIELD_end_ms, row);
	int64_t start_ms = start ? b->start_ms[row] : b->end_ms[row];
	int64_t length_ms = end ? b->end_ms[row] - start_ms : 0;

	*f = (struct tryst_meet_flow){
		.server = src_serves ? b->src[row] : b->dst[row],
		.client = src_serves ? b->dst[row] : b->src[row],
		.server_port = src_serves ? src_port : dst_port,
		.client_port = src_serves ? dst_port : src_port,
		.start_ms = start_ms,
		.duration_ms = (uint32_t)TRYST_MAX(0, TRYST_MIN(length_ms, UINT32_MAX)),
		.packets = (uint32_t)TRYST_MIN(KNOWN(b, packets, row), (uint64_t)UINT32_MAX),
		.bytes = (uint32_t)TRYST_MIN(KNOWN(b, bytes, row), (uint64_t)UINT32_MAX),
		.proto = proto,
		.flags = KNOWN(b, tcp_flags, row),
		.from_server = src_serves,
	};
}

/* The other direction of a record that counts both. */
static inline __attribute__((always_inline)) void
flow_reverse(struct tryst_meet_flow *f, const struct tryst_batch *b, uint32_t row)
{
	f->from_server = !f->from_server;
	f->packets = (uint32_t)TRYST_MIN(KNOWN(b, rev_packets, row), (uint64_t)UINT32_MAX);
	f->bytes = (uint32_t)TRYST_MIN(KNOWN(b, rev_bytes, row), (uint64_t)UINT32_MAX);
	f->flags = KNOWN(b, rev_tcp_flags, row);
}

/* Inline, so that the flow never is in memory (tryst_meet_log_add). */
static inline __attribute__((always_inline)) int
flow_keep(struct tryst_meet *m, struct reading *r, const struct tryst_batch *b, uint32_t row,
          bool src_serves, bool guessed, bool src_home, struct tryst_error *err)
{
	struct tryst_meet_flow f;
	int rc;

	flow_fill(&f, b, row, src_serves);
	f.guessed = guessed;
	f.server_home = m->home && src_home == src_serves;
	f.client_home = m->home && src_home != src_serves;
	rc = tryst_meet_log_add(&m->log, &r->writer, &f, err);
	if (rc < 0 || !(KNOWN(b, rev_packets, row) || KNOWN(b, rev_bytes, row)))
		return rc;
	flow_reverse(&f, b, row);
	return tryst_meet_log_add(&m->log, &r->writer, &f, err);
}

static int
row_keep(struct tryst_meet *m, struct reading *r, const struct tryst_batch *b, uint32_t row,
         struct tryst_error *err)
{
	const uint64_t needed = TRYST_BIT(src) | TRYST_BIT(dst);
	const uint64_t times = TRYST_BIT(start_ms) | TRYST_BIT(end_ms);
	uint8_t proto = KNOWN(b, proto, row);
	bool src_home = m->home && tryst_ipset_contains(m->home, b->src[row]);
	enum side side;
	int rc = 0;

	if ((b->present[row] & needed) != needed || !(b->present[row] & times)) {
		r->unused++;
		return 0;
	}
	if (m->home && src_home == tryst_ipset_contains(m->home, b->dst[row])) {
		r->elsewhere++;
		return 0;
	}
	r->first_ms = TRYST_MIN(r->first_ms, b->start_ms[row]);
	r->last_ms = TRYST_MAX(r->last_ms, b->end_ms[row]);
	r->activity[tryst_meet_clock_bin(b->start_ms[row])]++;
	side = server_side(m, b, row, proto, KNOWN(b, src_port, row), KNOWN(b, dst_port, row));
	if (side != SIDE_SRC)
		rc = flow_keep(m, r, b, row, false, side == SIDE_EITHER, src_home, err);
	if (rc >= 0 && side != SIDE_DST)
		rc = flow_keep(m, r, b, row, true, side == SIDE_EITHER, src_home, err);
	return rc;
}

static int
meet_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	struct reading *r = calloc(1, sizeof(*r));

	(void)op;
	if (!r)
		return tryst_error_nomem(err);
	r->first_ms = INT64_MAX;
	r->last_ms = INT64_MIN;
	*state = r;
	return 0;
}

static int
meet_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
          struct tryst_error *err)
{
	struct tryst_meet *m = (struct tryst_meet *)op;
	struct reading *r = state;
	int rc = 0;

	r->matched += b->selected;
	for (uint32_t i = 0; i < b->selected && rc >= 0; i++)
		rc = row_keep(m, r, b, b->sel[i], err);
	return rc;
}

static int
meet_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct tryst_meet *m = (struct tryst_meet *)op;
	struct reading *r = state;
	int rc = tryst_meet_log_flush(&m->log, &r->writer, err);

	m->sum.matched += r->matched;
	m->sum.elsewhere += r->elsewhere;
	m->sum.unused += r->unused;
	m->sum.first_ms = TRYST_MIN(m->sum.first_ms, r->first_ms);
	m->sum.last_ms = TRYST_MAX(m->sum.last_ms, r->last_ms);
	for (unsigned i = 0; i < TRYST_MEET_CLOCK_BINS; i++)
		m->sum.activity[i] += r->activity[i];
	free(r);
	return rc;
}

static const struct tryst_operator_ops meet_ops = {
	.name = "meet",
	.open = meet_open,
	.push = meet_push,
	.merge = meet_merge,
};

/* The networks of --home as a set. */
static int
home_set(struct tryst_meet *m, struct tryst_error *err)
{
	size_t count = m->options.home_count;
	struct tryst_ipset_entry *entries = calloc(count + 1, sizeof(*entries));
	int rc;

	if (!entries)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < count; i++)
		entries[i].prefix = m->options.home[i];
	rc = count ? tryst_ipset_new(&m->home, entries, count, err) : 0;
	free(entries);
	return rc;
}

static int
ports_init(struct tryst_meet *m, struct tryst_error *err)
{
	struct tryst_meet_ports *p = calloc(1, sizeof(*p));

	if (!p)
		return tryst_error_nomem(err);
	for (uint32_t i = 1; i < 65536; i++) {
		uint16_t port = (uint16_t)i;

		if (tryst_service_is_likely(IPPROTO_TCP, port))
			p->tcp[i] = tryst_service_group(IPPROTO_TCP, port);
		if (tryst_service_is_likely(IPPROTO_UDP, port))
			p->udp[i] = tryst_service_group(IPPROTO_UDP, port);
	}
	m->ports = p;
	return 0;
}

int
tryst_meet_new(struct tryst_meet **out, const struct tryst_meet_options *options,
               struct tryst_error *err)
{
	struct tryst_meet *m = calloc(1, sizeof(*m));
	int rc;

	if (!m)
		return tryst_error_nomem(err);
	m->op = (struct tryst_operator){ .ops = &meet_ops, .columns = COLUMNS };
	m->options = *options;
	m->sum.first_ms = INT64_MAX;
	m->sum.last_ms = INT64_MIN;
	rc = tryst_meet_log_init(&m->log, (size_t)((double)options->memory * LOG_SHARE),
	                         options->temporary, err);
	if (rc >= 0)
		rc = ports_init(m, err);
	if (rc >= 0)
		rc = home_set(m, err);
	if (rc >= 0)
		rc = tryst_watchlist_new(&m->none, err);
	if (rc >= 0)
		rc = tryst_watchlist_seal(m->none, err);
	if (rc < 0)
		tryst_meet_free(m);
	else
		*out = m;
	return rc;
}

void
tryst_meet_free(struct tryst_meet *m)
{
	if (!m)
		return;
	tryst_meet_log_fini(&m->log);
	tryst_ipset_free(m->home);
	free(m->ports);
	tryst_watchlist_free(m->none);
	tryst_meet_reader_fini(&m->reader);
	tryst_arena_fini(&m->arena);
	free(m);
}

struct tryst_operator *
tryst_meet_operator(struct tryst_meet *m)
{
	return &m->op;
}

/* What only a hunt looks for. */
static const char no_list[] = "This was a search without a watchlist.";

static void
case_init(struct tryst_meet *m, struct tryst_input **inputs, size_t input_count)
{
	struct tryst_case *c = &m->pub;

	*c = (struct tryst_case){
		.complete = true,
		.first_ms = INT64_MAX,
		.last_ms = INT64_MIN,
		.inputs = inputs,
		.input_count = input_count,
		.watchlist = m->none,
		.home = m->options.home,
		.home_count = m->options.home_count,
		.flows_matched = m->sum.matched,
		.timeline = { .unlooked = no_list, .changes = { .untested = no_list } },
		.around = { .untested = no_list },
		.companions_untested = no_list,
	};
	for (size_t i = 0; i < input_count; i++) {
		const struct tryst_health *h = &inputs[i]->health;

		c->flows_read += h->flows;
		c->first_ms = TRYST_MIN(c->first_ms, h->first_ms);
		c->last_ms = TRYST_MAX(c->last_ms, h->last_ms);
	}
	c->search = (struct tryst_search){
		.made = true,
		.elsewhere = m->sum.elsewhere,
		.unused = m->sum.unused,
		.since_ms = m->options.since_ms,
	};
}

int
tryst_meet_case(struct tryst_meet *m, struct tryst_input **inputs, size_t input_count,
                struct tryst_case **out, struct tryst_error *err)
{
	struct tryst_meet_candidates candidates = { 0 };
	struct tryst_meet_sums *sums = calloc(1, sizeof(*sums));
	struct tryst_meet_clock *clock = malloc(sizeof(*clock));
	int rc = sums && clock ? 0 : tryst_error_nomem(err);

	tryst_arena_fini(&m->arena);
	case_init(m, inputs, input_count);
	if (rc >= 0)
		tryst_meet_clock_init(clock, m->sum.first_ms, m->sum.last_ms, m->sum.activity);
	if (rc >= 0)
		rc = tryst_meet_look_all(&m->options, &m->log, clock, m->ports,
		                         (size_t)((double)m->options.memory * (1 - LOG_SHARE)),
		                         sums, &candidates, err);
	if (rc >= 0)
		rc = tryst_meet_judge_all(&m->pub, &m->arena, &m->options, sums, &candidates, err);
	if (rc >= 0)
		rc = tryst_meet_caveats(&m->pub, &m->arena, err);
	free(candidates.list);
	free(sums);
	free(clock);
	tryst_meet_reader_fini(&m->reader);
	if (rc >= 0)
		rc = tryst_meet_reader_init(&m->reader, &m->pub, err);
	if (rc >= 0)
		*out = &m->pub;
	return rc;
}

bool
tryst_meet_again(struct tryst_meet *m, struct tryst_meet_again *out)
{
	*out = (struct tryst_meet_again){
		.op = &m->reader.op,
		.addresses = m->reader.addresses,
		.from_ms = m->sum.first_ms,
		.to_ms = m->sum.last_ms,
	};
	return m->reader.count > 0;
}

int
tryst_meet_again_done(struct tryst_meet *m, const char *why, struct tryst_error *err)
{
	char text[200];

	if (why) {
		(void)snprintf(text, sizeof(text), "Findings name no records. %s", why);
		return tryst_meet_caveat(&m->pub, &m->arena, text, err);
	}
	return tryst_meet_reader_tell(&m->reader, &m->pub, &m->arena, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "flow/batch.h"

#define THREADS_MAX 16

static const char *const paths[FIXTURE_INPUTS] = {
	"campus-packets.csv",
	"isp-netflow.csv",
	"university-argus.csv",
};

static struct tryst_ip
ip(const char *text)
{
	struct tryst_ip out;

	assert_true(tryst_ip_parse(text, strlen(text), &out));
	return out;
}

void
fixture_open(struct fixture *f, const struct fixture_setup *setup)
{
	struct tryst_hunt_options options = {
		.jobs = setup->threads,
		.events = setup->events,
		.event_count = setup->event_count,
		.dead = setup->dead,
		.dead_count = setup->dead_count,
		.slack_ms = setup->slack_ms,
		.from_ms = setup->to_ms ? setup->from_ms : TRYST_TIME_MIN,
		.to_ms = setup->to_ms ? setup->to_ms : TRYST_TIME_MAX,
		.shards = setup->shards,
		.temporary = setup->temporary,
		.memory = setup->memory ? setup->memory : (size_t)1 << 30,
		.sample_level = setup->sample_level,
		.sampled = setup->sample_level > 0 && !setup->passed_over,
	};

	memset(f, 0, sizeof(*f));
	assert_int_equal(tryst_watchlist_new(&f->watchlist, &f->error), 0);
	assert_int_equal(tryst_watchlist_parse(f->watchlist, "list.txt", setup->list,
	                                       strlen(setup->list), &f->error),
	                 0);
	assert_int_equal(tryst_watchlist_seal(f->watchlist, &f->error), 0);
	options.watchlist = f->watchlist;
	options.home = f->home;
	for (; options.home_count < 3 && setup->home[options.home_count]; options.home_count++) {
		const char *text = setup->home[options.home_count];

		assert_true(
			tryst_prefix_parse(text, strlen(text), &f->home[options.home_count], NULL));
	}
	for (uint32_t i = 0; i < FIXTURE_INPUTS; i++) {
		assert_int_equal(tryst_input_init(&f->inputs[i], paths[i], i, &f->error), 0);
		f->inputs[i].format = "csv";
		f->input_list[i] = &f->inputs[i];
	}
	assert_int_equal(tryst_hunt_new(&f->hunt, &options, &f->error), 0);
}

static int64_t
flow_start(const struct fixture_flow *flow)
{
	struct tryst_zone utc = { .kind = TRYST_ZONE_UTC };
	int64_t start_ms = flow->start_ms;

	if (flow->start)
		assert_true(tryst_time_parse(flow->start, strlen(flow->start), &utc, &start_ms));
	return start_ms;
}

/* What only some exporters say. */
static void
set_rare(struct tryst_batch *b, uint32_t row, const struct fixture_flow *flow)
{
	if (flow->icmp) {
		TRYST_SET(b, icmp_type, row, flow->icmp_type);
		TRYST_SET(b, icmp_code, row, flow->icmp_code);
	}
	if (flow->in_if)
		TRYST_SET(b, in_if, row, flow->in_if);
	if (flow->out_if || flow->out_if_known)
		TRYST_SET(b, out_if, row, flow->out_if);
	if (flow->ip_id)
		TRYST_SET(b, ip_id, row, flow->ip_id);
	if (flow->sampling)
		TRYST_SET(b, sampling, row, flow->sampling);
	if (flow->domain)
		TRYST_SET(b, domain, row, flow->domain);
	if (flow->tos)
		TRYST_SET(b, tos, row, flow->tos);
	if (flow->ttl) {
		TRYST_SET(b, min_ttl, row, flow->ttl);
		TRYST_SET(b, max_ttl, row, flow->ttl);
	}
	if (flow->fwd_status)
		TRYST_SET(b, fwd_status, row, flow->fwd_status);
	if (flow->end_reason)
		TRYST_SET(b, end_reason, row, flow->end_reason);
	if (flow->direction || flow->direction_known)
		TRYST_SET(b, direction, row, flow->direction);
}

static void
set_row(struct tryst_batch *b, uint32_t row, const struct fixture_flow *flow, uint64_t record_no)
{
	b->present[row] = 0;
	TRYST_SET(b, start_ms, row, flow_start(flow));
	TRYST_SET(b, end_ms, row, flow_start(flow) + flow->duration_ms);
	TRYST_SET(b, src, row, ip(flow->src));
	TRYST_SET(b, dst, row, ip(flow->dst));
	TRYST_SET(b, proto, row, flow->proto);
	TRYST_SET(b, input_id, row, flow->input);
	TRYST_SET(b, record_no, row, record_no);
	if (flow->src_port)
		TRYST_SET(b, src_port, row, flow->src_port);
	if (flow->dst_port)
		TRYST_SET(b, dst_port, row, flow->dst_port);
	if (flow->flags)
		TRYST_SET(b, tcp_flags, row, flow->flags);
	if (flow->first_flags)
		TRYST_SET(b, first_flags, row, flow->first_flags);
	if (flow->rev_flags)
		TRYST_SET(b, rev_tcp_flags, row, flow->rev_flags);
	if (flow->packets) {
		TRYST_SET(b, packets, row, flow->packets);
		TRYST_SET(b, bytes, row, flow->bytes);
	}
	if (flow->rev_packets) {
		TRYST_SET(b, rev_packets, row, flow->rev_packets);
		TRYST_SET(b, rev_bytes, row, flow->rev_bytes);
	}
	if (flow->exporter)
		TRYST_SET(b, exporter, row, ip(flow->exporter));
	set_rare(b, row, flow);
}

static unsigned
next_random(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 8;
}

/* The order in which flows are pushed. */
static size_t *
order_make(size_t count, unsigned seed)
{
	size_t *order = calloc(count + 1, sizeof(*order));

	assert_non_null(order);
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = count; seed && i > 1; i--) {
		size_t k = next_random(&seed) % i, held = order[k];

		order[k] = order[i - 1];
		order[i - 1] = held;
	}
	return order;
}

/* Where each flow stands in its input, as its reader would number it; and what the reader counts.
 */
static uint64_t *
records_number(struct fixture *f, const struct fixture_flow *flows, size_t count)
{
	uint64_t *records = calloc(count + 1, sizeof(*records));

	assert_non_null(records);
	for (size_t i = 0; i < count; i++) {
		struct tryst_input *in = &f->inputs[flows[i].input];
		struct tryst_exporter e = { 0 };
		int64_t start_ms = flow_start(&flows[i]);

		records[i] = in->health.flows++;
		tryst_health_time(&in->health, start_ms, start_ms + flows[i].duration_ms);
		if (!flows[i].exporter)
			continue;
		e.ip = ip(flows[i].exporter);
		assert_int_equal(tryst_input_exporter(in, &e, &f->error), 0);
	}
	for (size_t i = 0; i < FIXTURE_INPUTS; i++) {
		free(f->inputs[i].part_flows);
		f->inputs[i].part_flows = calloc(1, sizeof(uint64_t));
		assert_non_null(f->inputs[i].part_flows);
		f->inputs[i].part_flows[0] = f->inputs[i].health.flows;
		f->inputs[i].parts = 1;
		f->inputs[i].size = 64 * f->inputs[i].health.flows;
	}
	return records;
}

static int
batch_push(struct fixture *f, struct tryst_operator *op, void *state, struct tryst_batch *b)
{
	int rc;

	tryst_batch_select_all(b);
	rc = op->ops->push(op, state, b, &f->error);
	b->rows = 0;
	return rc;
}

/* The flows through an operator; `records` are their numbers. */
static int
operator_push(struct fixture *f, struct tryst_operator *op, const struct fixture_setup *setup,
              const struct fixture_flow *flows, size_t count, const uint64_t *records)
{
	unsigned threads = setup->threads ? setup->threads : 1, seed = setup->shuffle;
	unsigned rows = setup->batch_rows ? setup->batch_rows : TRYST_BATCH_ROWS;
	size_t *order = order_make(count, setup->shuffle);
	struct tryst_batch batches[THREADS_MAX];
	void *states[THREADS_MAX];
	int rc = 0;

	assert_true(threads <= THREADS_MAX);
	for (unsigned t = 0; t < threads; t++) {
		assert_int_equal(tryst_batch_init(&batches[t], op->columns, &f->error), 0);
		assert_int_equal(op->ops->open(op, &states[t], &f->error), 0);
	}
	for (size_t i = 0; rc >= 0 && i < count; i++) {
		unsigned t = (seed ? next_random(&seed) : (unsigned)i) % threads;

		set_row(&batches[t], batches[t].rows++, &flows[order[i]], records[order[i]]);
		if (batches[t].rows == rows)
			rc = batch_push(f, op, states[t], &batches[t]);
	}
	for (unsigned t = 0; t < threads; t++) {
		if (rc >= 0)
			rc = batch_push(f, op, states[t], &batches[t]);
		assert_int_equal(op->ops->merge(op, states[t], &f->error), 0);
		tryst_batch_fini(&batches[t]);
	}
	free(order);
	return rc;
}

int
fixture_push(struct fixture *f, const struct fixture_setup *setup, const struct fixture_flow *flows,
             size_t count)
{
	uint64_t *records = records_number(f, flows, count);
	int rc = operator_push(f, tryst_hunt_operator(f->hunt), setup, flows, count, records);

	free(records);
	return rc;
}

/* Those flows that the second pass asks for, as a reader would find them again. */
static void
push_again(struct fixture *f, const struct fixture_setup *setup, const struct fixture_flow *flows,
           size_t count)
{
	struct fixture_flow *wanted = calloc(count + 1, sizeof(*wanted));
	uint64_t *records = calloc(count + 1, sizeof(*records)), next[FIXTURE_INPUTS] = { 0 };
	struct tryst_hunt_again again;
	size_t n = 0;

	assert_non_null(wanted);
	assert_non_null(records);
	if (tryst_hunt_around(f->hunt, &again)) {
		for (size_t i = 0; i < count; i++) {
			const struct fixture_flow *flow = &flows[i];
			int64_t start_ms = flow_start(flow);
			uint64_t record = next[flow->input]++;

			if (start_ms > again.to_ms ||
			    start_ms + flow->duration_ms < again.from_ms ||
			    (!tryst_ipset_contains(again.addresses, ip(flow->src)) &&
			     !tryst_ipset_contains(again.addresses, ip(flow->dst))))
				continue;
			records[n] = record;
			wanted[n++] = *flow;
		}
		assert_int_equal(operator_push(f, again.op, setup, wanted, n, records), 0);
		assert_int_equal(again.op->ops->finish(again.op, &f->error), 0);
	}
	free(wanted);
	free(records);
}

void
fixture_hunt_twice(struct fixture *f, const struct fixture_setup *setup,
                   const struct fixture_flow *flows, size_t count)
{
	fixture_open(f, setup);
	assert_int_equal(fixture_push(f, setup, flows, count), 0);
	assert_int_equal(tryst_hunt_find(f->hunt, f->input_list, FIXTURE_INPUTS, &f->error), 0);
	push_again(f, setup, flows, count);
	assert_int_equal(tryst_hunt_case(f->hunt, f->input_list, FIXTURE_INPUTS, &f->c, &f->error),
	                 0);
}

void
fixture_hunt(struct fixture *f, const struct fixture_setup *setup, const struct fixture_flow *flows,
             size_t count)
{
	fixture_open(f, setup);
	assert_int_equal(fixture_push(f, setup, flows, count), 0);
	assert_int_equal(tryst_hunt_case(f->hunt, f->input_list, FIXTURE_INPUTS, &f->c, &f->error),
	                 0);
}

void
fixture_close(struct fixture *f)
{
	tryst_hunt_free(f->hunt);
	tryst_watchlist_free(f->watchlist);
	for (size_t i = 0; i < FIXTURE_INPUTS; i++)
		tryst_input_fini(&f->inputs[i]);
}

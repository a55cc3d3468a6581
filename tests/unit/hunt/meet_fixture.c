/* SPDX-License-Identifier: Apache-2.0 */
#include "meet_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define THREADS 4

void
meet_flow_add(struct meet_flows *v, struct meet_flow f)
{
	if (v->count == v->cap) {
		v->cap = v->cap ? 2 * v->cap : 1024;
		v->list = reallocarray(v->list, v->cap, sizeof(*v->list));
		assert_non_null(v->list);
	}
	v->list[v->count++] = f;
}

static uint64_t
next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

double
meet_uniform(struct meet_flows *v)
{
	return ((double)(next(&v->random) >> 11) + .5) / 9007199254740992.;
}

double
meet_exponential(struct meet_flows *v, double mean)
{
	return -mean * log(meet_uniform(v));
}

void
meet_talk(struct meet_flows *v, int64_t at_ms, uint32_t client, uint32_t server, uint16_t port,
          uint64_t bytes)
{
	uint16_t client_port = (uint16_t)(32768 + next(&v->random) % 28000);

	meet_flow_add(v, (struct meet_flow){ at_ms, 200, client, server, client_port, port, 6, 0x1b,
	                                     6, bytes, false });
	meet_flow_add(v, (struct meet_flow){ at_ms + 20, 180, server, client, port, client_port, 6,
	                                     0x1b, 5, 2 * bytes, false });
}

void
meet_background(struct meet_flows *v, uint32_t clients, uint32_t servers, unsigned visits)
{
	for (uint32_t c = 0; c < clients; c++) {
		for (unsigned n = 0; n < visits; n++) {
			double u = meet_uniform(v);
			uint32_t server = 0x08000000u + (uint32_t)(u * u * u * servers);
			int64_t at_ms = (int64_t)(meet_uniform(v) * (double)MEET_DAY_MS);

			meet_talk(v, at_ms, MEET_HOME + 256 + c, server, 443, 800);
		}
	}
}

static void
row_fill(struct tryst_batch *b, uint32_t row, const struct meet_flow *f)
{
	struct tryst_ip v6 = { 0x20010db800000000ULL, 0 };

	b->present[row] = b->columns;
	b->start_ms[row] = f->start_ms;
	b->end_ms[row] = f->start_ms + f->duration_ms;
	b->src[row] = f->v6 ? (struct tryst_ip){ v6.hi, f->src } : tryst_ip_v4(f->src);
	b->dst[row] = f->v6 ? (struct tryst_ip){ v6.hi, f->dst } : tryst_ip_v4(f->dst);
	b->src_port[row] = f->src_port;
	b->dst_port[row] = f->dst_port;
	b->proto[row] = f->proto;
	b->tcp_flags[row] = f->flags;
	b->packets[row] = f->packets;
	b->bytes[row] = f->bytes;
	b->present[row] &=
		~(TRYST_BIT(rev_packets) | TRYST_BIT(rev_bytes) | TRYST_BIT(rev_tcp_flags));
}

static void
push(struct meet_run *r, const struct meet_flows *flows, const uint32_t *order, unsigned threads)
{
	struct tryst_operator *op = tryst_meet_operator(r->meet);
	void *states[THREADS];
	struct tryst_batch b;
	size_t at = 0;

	assert_int_equal(tryst_batch_init(&b, op->columns, &r->error), 0);
	for (unsigned t = 0; t < threads; t++)
		assert_int_equal(op->ops->open(op, &states[t], &r->error), 0);
	for (unsigned t = 0; at < flows->count; t = (t + 1) % threads) {
		size_t n =
			TRYST_MIN(flows->count - at, threads > 1 ? (size_t)777 : TRYST_BATCH_ROWS);

		b.rows = (uint32_t)n;
		for (uint32_t i = 0; i < n; i++)
			row_fill(&b, i, &flows->list[order[at + i]]);
		tryst_batch_select_all(&b);
		assert_int_equal(op->ops->push(op, states[t], &b, &r->error), 0);
		at += n;
	}
	for (unsigned t = 0; t < threads; t++)
		assert_int_equal(op->ops->merge(op, states[t], &r->error), 0);
	tryst_batch_fini(&b);
}

static void
health(struct meet_run *r, const struct meet_flows *flows)
{
	struct tryst_health *h = &r->input.health;

	h->flows = flows->count;
	h->first_ms = INT64_MAX;
	h->last_ms = INT64_MIN;
	for (size_t i = 0; i < flows->count; i++) {
		const struct meet_flow *f = &flows->list[i];

		h->first_ms = TRYST_MIN(h->first_ms, f->start_ms);
		h->last_ms = TRYST_MAX(h->last_ms, f->start_ms + f->duration_ms);
	}
}

void
meet_search(struct meet_run *r, const struct tryst_meet_options *options,
            const struct meet_flows *flows, unsigned shuffle)
{
	struct tryst_meet_options o = *options;
	uint32_t *order = calloc(flows->count + 1, sizeof(*order));
	uint64_t random = shuffle;

	memset(r, 0, sizeof(*r));
	assert_non_null(order);
	for (uint32_t i = 0; i < flows->count; i++)
		order[i] = i;
	for (size_t i = flows->count; shuffle && i > 1; i--) {
		size_t k = next(&random) % i;
		uint32_t swap = order[i - 1];

		order[i - 1] = order[k];
		order[k] = swap;
	}
	r->home = (struct tryst_prefix){ tryst_ip_v4(MEET_HOME), 104 };
	o.home = &r->home;
	o.home_count = 1;
	o.memory = o.memory ? o.memory : (size_t)256 << 20;
	o.jobs = shuffle ? THREADS : 1;
	o.since_ms = o.since_ms ? o.since_ms : INT64_MIN;
	r->inputs = &r->input;
	assert_int_equal(tryst_input_init(&r->input, "typed", 0, &r->error), 0);
	health(r, flows);
	assert_int_equal(tryst_meet_new(&r->meet, &o, &r->error), 0);
	push(r, flows, order, o.jobs);
	assert_int_equal(tryst_meet_case(r->meet, &r->inputs, 1, &r->c, &r->error), 0);
	free(order);
}

void
meet_close(struct meet_run *r)
{
	tryst_meet_free(r->meet);
	tryst_input_fini(&r->input);
}

size_t
meet_place(const struct meet_run *r, const char *kind, uint32_t server, uint16_t port)
{
	for (size_t i = 0; i < r->c->finding_count; i++) {
		const struct tryst_finding *f = &r->c->findings[i];

		if (strcmp(f->kind, kind) == 0 && f->port == port &&
		    tryst_ip_equal(f->ip, tryst_ip_v4(server)))
			return i + 1;
	}
	return 0;
}

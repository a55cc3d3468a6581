/* SPDX-License-Identifier: Apache-2.0 */
/* Counts over time against a naive count, flow by flow and bin by bin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "query/series.h"

#define MIB ((size_t)1 << 20)
#define FLOWS 5000
#define HOSTS 40
#define BASE 1600000000123
#define STATES 3

struct flow {
	unsigned src, dst; /* of the hosts */
	uint8_t proto;
	uint16_t port;
	uint64_t flows, packets, bytes;
	int64_t start_ms, end_ms, received_ms;
	uint64_t present;
};

static struct tryst_ip hosts[HOSTS]; /* sorted: their place is their code */

static uint64_t
draw(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static int
ip_compare(const void *a, const void *b)
{
	const struct tryst_ip *l = a, *r = b;

	return tryst_ip_compare(*l, *r);
}

static void
hosts_make(void)
{
	for (unsigned i = 0; i < HOSTS; i++) {
		hosts[i] = tryst_ip_v4(0x0a000000 + (i / 8 << 8) + i);
		if (i % 5 == 0)
			hosts[i] = (struct tryst_ip){ 0x20010db8ULL << 32 | i % 3, i };
	}
	hosts[0] = (struct tryst_ip){ 0, 1 };
	qsort(hosts, HOSTS, sizeof(*hosts), ip_compare);
}

static void
flow_draw(struct flow *f, uint64_t *seed)
{
	uint64_t r = draw(seed);

	*f = (struct flow){ .src = (unsigned)(draw(seed) % HOSTS * (draw(seed) % HOSTS)) / HOSTS,
		            .dst = (unsigned)(draw(seed) % HOSTS),
		            .proto = (uint8_t)(r % 3),
		            .port = (uint16_t)(r % 700),
		            .flows = 1,
		            .packets = draw(seed) % 100,
		            .bytes = draw(seed) % 100000,
		            .start_ms = BASE + (int64_t)(draw(seed) % 3600000),
		            .present = TRYST_BITS_ALL & ~TRYST_BIT(flows) };
	f->end_ms = f->start_ms + (int64_t)(draw(seed) % (r % 4 ? 1000 : 900000));
	f->received_ms = f->end_ms + 5000;
	if (r % 31 == 0)
		f->bytes = UINT64_MAX / 3;
	if (r % 17 == 0)
		f->end_ms = f->start_ms;
	if (r % 37 == 0)
		f->end_ms = f->start_ms - 777;
	if (r % 41 == 0)
		f->start_ms = BASE / 60000 * 60000 + 60000;
	if (r % 43 == 0)
		f->end_ms = BASE / 60000 * 60000 + 120000;
	if (r % 11 == 0) {
		f->flows = draw(seed) % 5;
		f->present |= TRYST_BIT(flows);
	}
	if (r % 19 == 0)
		f->present &= ~(TRYST_BIT(src) | TRYST_BIT(proto) | TRYST_BIT(dst_port));
	if (r % 23 == 0)
		f->present &= ~TRYST_BIT(start_ms);
	if (r % 29 == 0)
		f->present &= ~TRYST_BIT(end_ms);
	if (r % 7 == 0)
		f->present &= ~TRYST_BIT(received_ms);
}

static void
book_addresses(const struct tryst_codebook *c, uint32_t from, uint32_t n, struct tryst_ip *out)
{
	assert_true(from + n <= c->count);
	memcpy(out, hosts + from, n * sizeof(*out));
}

static void
book_release(struct tryst_codebook *c)
{
	(void)c;
	fail_msg("the test holds its book");
}

static struct tryst_codebook book = {
	.count = HOSTS, .holds = 1, .addresses = book_addresses, .release = book_release
};

static void
row_put(struct tryst_batch *b, const struct flow *f, bool codes)
{
	uint32_t r = b->rows;

	b->present[r] = f->present & b->columns;
	b->flows[r] = f->present & TRYST_BIT(flows) ? f->flows : 0;
	b->packets[r] = f->packets;
	b->bytes[r] = f->bytes;
	b->start_ms[r] = f->present & TRYST_BIT(start_ms) ? f->start_ms : 0;
	b->end_ms[r] = f->present & TRYST_BIT(end_ms) ? f->end_ms : 0;
	if (b->received_ms)
		b->received_ms[r] = f->received_ms;
	if (b->proto)
		b->proto[r] = f->proto;
	if (b->dst_port)
		b->dst_port[r] = f->port;
	if (b->src && codes)
		b->src_code[r] = f->src;
	else if (b->src)
		b->src[r] = f->present & TRYST_BIT(src) ? hosts[f->src] : (struct tryst_ip){ 0, 0 };
	if (b->dst && codes)
		b->dst_code[r] = f->dst;
	else if (b->dst)
		b->dst[r] = hosts[f->dst];
	b->sel[b->selected++] = (uint16_t)r;
	b->rows++;
}

/* Some batches have codes where the operator takes them. */
static void
push_all(struct tryst_operator *op, void **states, const struct flow *flows, size_t count)
{
	struct tryst_error err = { 0 };
	struct tryst_batch b;
	uint64_t seed = 1;

	assert_int_equal(tryst_batch_init(&b, op->columns, &err), 0);
	assert_int_equal(tryst_batch_add_codes(&b, op->coded, &err), 0);
	for (size_t at = 0; at < count;) {
		size_t want = 1 + draw(&seed) % 900;
		bool codes = op->coded && draw(&seed) % 2;

		b.rows = 0;
		b.selected = 0;
		b.coded = codes ? op->coded : 0;
		b.book = codes ? &book : NULL;
		while (want-- && at < count)
			row_put(&b, &flows[at++], codes);
		assert_int_equal(op->ops->push(op, states[draw(&seed) % STATES], &b, &err), 0);
	}
	tryst_batch_fini(&b);
}

static struct tryst_series *
run(const struct tryst_series_options *o, const struct flow *flows, size_t count)
{
	struct tryst_error err = { 0 };
	struct tryst_operator *op;
	struct tryst_series *s;
	void *states[STATES];

	assert_int_equal(tryst_series_new(&s, o, &err), 0);
	op = tryst_series_operator(s);
	for (unsigned i = 0; i < STATES; i++)
		assert_int_equal(op->ops->open(op, &states[i], &err), 0);
	push_all(op, states, flows, count);
	for (unsigned i = 0; i < STATES; i++)
		assert_int_equal(op->ops->merge(op, states[STATES - 1 - i], &err), 0);
	return s;
}

/* What of an amount lies in [from, to) when it is spread over [start, end). */
static uint64_t
share(uint64_t amount, int64_t start, int64_t end, int64_t from, int64_t to)
{
	__int128 whole = end - start;

	from = TRYST_MAX(from, start);
	to = TRYST_MIN(to, end);
	if (from >= to)
		return 0;
	return (uint64_t)((__int128)amount * (to - start) / whole) -
	       (uint64_t)((__int128)amount * (from - start) / whole);
}

/* What a flow adds to the bin from `from` to `to`. */
static struct tryst_series_cell
naive_part(const struct flow *f, enum tryst_series_at at, int64_t from, int64_t to)
{
	bool start = f->present & TRYST_BIT(start_ms), end = f->present & TRYST_BIT(end_ms);
	int64_t first = start ? f->start_ms : f->end_ms, last = end ? f->end_ms : f->start_ms;
	struct tryst_series_cell c = { f->flows, f->packets, f->bytes };
	bool timed = start || end;

	if (at == TRYST_SERIES_RECEIVED) {
		first = last = f->received_ms;
		timed = f->present & TRYST_BIT(received_ms);
	} else if (at == TRYST_SERIES_START) {
		last = first;
	} else if (at == TRYST_SERIES_END) {
		first = last;
	}
	if (timed && last > first) {
		c.flows = first >= from && first < to ? f->flows : 0;
		c.packets = share(f->packets, first, last, from, to);
		c.bytes = share(f->bytes, first, last, from, to);
	} else if (!timed || first < from || first >= to) {
		c = (struct tryst_series_cell){ 0, 0, 0 };
	}
	return c;
}

/* Whether a flow is of the key from a side; unknown: it does not say. */
static bool
naive_of(const struct flow *f, const char *key, unsigned side, const struct tryst_top_row *row,
         bool *unknown)
{
	bool dst = strcmp(key, "dst") == 0 || side == 1;
	uint64_t bit = dst ? TRYST_BIT(dst) : TRYST_BIT(src);
	struct tryst_ip ip = hosts[dst ? f->dst : f->src];
	bool is = true;

	*unknown = false;
	if (strcmp(key, "proto") == 0) {
		*unknown = !(f->present & TRYST_BIT(proto));
		return row->known && !*unknown && row->key[0].lo == f->proto;
	}
	if (strcmp(key, "dst_port") == 0) {
		*unknown = !(f->present & TRYST_BIT(dst_port));
		return row->known && !*unknown && row->key[0].lo == f->port;
	}
	*unknown = !(f->present & bit);
	if (strcmp(key, "src,proto") == 0) {
		/* The same flows lack both. */
		is = row->key[1].lo == f->proto;
	} else if (strcmp(key, "src/24/36") == 0) {
		if (tryst_ip_is_v4(ip))
			ip.lo &= ~0xffULL;
		else
			ip = (struct tryst_ip){ ip.hi >> 28 << 28, 0 };
	}
	return !*unknown && row->known && is && tryst_ip_equal(ip, row->key[0]);
}

static struct tryst_top_row *
top(const struct tryst_top_spec *spec, const struct flow *flows, size_t n, size_t *count)
{
	struct tryst_error err = { 0 };
	struct tryst_operator *op;
	struct tryst_top_row *rows;
	struct tryst_top *t;
	void *states[STATES];

	assert_int_equal(tryst_top_new(&t, spec, STATES, 64 * MIB, &err), 0);
	op = tryst_top_operator(t);
	for (unsigned i = 0; i < STATES; i++)
		assert_int_equal(op->ops->open(op, &states[i], &err), 0);
	push_all(op, states, flows, FLOWS);
	for (unsigned i = 0; i < STATES; i++)
		assert_int_equal(op->ops->merge(op, states[i], &err), 0);
	assert_int_equal(tryst_top_rows(t, n, &rows, count, &err), 0);
	tryst_top_free(t);
	return rows;
}

static void
cell_check(const struct tryst_series_cell *got, const struct tryst_series_cell *expected)
{
	assert_int_equal(got->flows, expected->flows);
	assert_int_equal(got->packets, expected->packets);
	assert_int_equal(got->bytes, expected->bytes);
}

/* Checks one bin of all rows. */
static void
bin_check(const struct tryst_series_options *o, const char *key, const struct tryst_top_row *keys,
          const struct tryst_series_table *t, size_t bin, const struct flow *flows)
{
	size_t rows = t->keys + TRYST_SERIES_MORE, other = t->keys + TRYST_SERIES_OTHER;
	struct tryst_series_cell *expected = calloc(rows, sizeof(*expected));
	int64_t from = t->first_ms + (int64_t)bin * o->every_ms, to = from + o->every_ms;
	unsigned sides = !key ? 0 : strcmp(key, "ip") == 0 ? 2 : 1;

	assert_non_null(expected);
	from = TRYST_MAX(from, o->from_ms);
	to = o->to_ms == TRYST_TIME_MAX ? to : TRYST_MIN(to, o->to_ms + 1);
	for (size_t i = 0; i < FLOWS; i++) {
		struct tryst_series_cell part = naive_part(&flows[i], o->at, from, to);

		tryst_series_cell_add(&expected[t->keys + TRYST_SERIES_TOTAL], &part);
		for (unsigned side = 0; side < sides; side++) {
			bool unknown = false, of = false;

			for (size_t k = 0; k < t->keys && !of; k++) {
				of = naive_of(&flows[i], key, side, &keys[k], &unknown);
				if (of)
					tryst_series_cell_add(&expected[k], &part);
			}
			if (!of)
				tryst_series_cell_add(&expected[unknown ? other + 1 : other],
				                      &part);
		}
	}
	for (size_t r = 0; r < rows; r++)
		cell_check(tryst_series_row(t, r) + bin, &expected[r]);
	free(expected);
}

/* Every flow is counted once: in bins, outside, or without a time. */
static void
sum_check(const struct tryst_series_table *t, const struct flow *flows)
{
	struct tryst_series_cell all = { 0 }, got = t->apart.untimed;

	for (size_t i = 0; i < FLOWS; i++) {
		const struct tryst_series_cell c = { flows[i].flows, flows[i].packets,
			                             flows[i].bytes };

		tryst_series_cell_add(&all, &c);
	}
	tryst_series_cell_add(&got, &t->apart.outside);
	for (size_t b = 0; b < t->bins; b++)
		tryst_series_cell_add(&got, tryst_series_row(t, t->keys + TRYST_SERIES_TOTAL) + b);
	cell_check(&got, &all);
}

static void
check(const char *key, struct tryst_series_options o, const struct flow *flows, bool given)
{
	struct tryst_top_row *keys = NULL;
	struct tryst_series_table t;
	struct tryst_top_spec spec;
	struct tryst_error err = { 0 };
	struct tryst_series *s;
	size_t count = 0;

	o.memory = 64 * MIB;
	if (key) {
		assert_int_equal(tryst_top_spec_parse(&spec, 'w', key, &err), 0);
		keys = top(&spec, flows, 6, &count);
		assert_int_equal(count, strcmp(key, "proto") == 0 ? 3 : 6);
		o.key = &spec;
	}
	if (given) {
		o.only = keys;
		o.only_count = count;
	}
	s = run(&o, flows, FLOWS);
	assert_int_equal(tryst_series_finish(s, keys, count, &t, &err), 0);
	assert_int_equal(t.keys, count);
	assert_true(t.bins > 0);
	sum_check(&t, flows);
	for (size_t bin = 0; bin < t.bins; bin += 1 + t.bins / 20)
		bin_check(&o, key, keys, &t, bin, flows);
	bin_check(&o, key, keys, &t, t.bins - 1, flows);
	tryst_series_table_fini(&t);
	tryst_series_free(s);
	free(keys);
}

static struct flow *
flows_draw(uint64_t seed)
{
	struct flow *flows = calloc(FLOWS, sizeof(*flows));

	assert_non_null(flows);
	for (size_t i = 0; i < FLOWS; i++)
		flow_draw(&flows[i], &seed);
	return flows;
}

static void
test_naive(void **state)
{
	static const char *const keys[] = { NULL,  "proto",     "dst_port",  "src",
		                            "dst", "src/24/36", "src,proto", "ip" };
	static const int64_t steps[] = { 60000, 1000, 7777, 3600000, 86400000 };
	struct flow *flows = flows_draw(20030822);

	(void)state;
	for (size_t k = 0; k < TRYST_ARRAY_SIZE(keys); k++) {
		for (unsigned i = 0; i < 10; i++) {
			struct tryst_series_options o = {
				.at = (enum tryst_series_at)(i % 4),
				.every_ms = steps[i % TRYST_ARRAY_SIZE(steps)],
				.from_ms = i % 3 == 1 ? BASE + 600000 : TRYST_TIME_MIN,
				.to_ms = i % 3 ? BASE + 1200345 : TRYST_TIME_MAX,
			};

			check(keys[k], o, flows, keys[k] && i % 2);
		}
	}
	free(flows);
}

static struct tryst_series_table
series_of(const struct tryst_series_options *o, const struct flow *flows, size_t count, int rc)
{
	struct tryst_series_table t = { 0 };
	struct tryst_error err = { 0 };
	struct tryst_series *s = run(o, flows, count);

	assert_int_equal(tryst_series_finish(s, NULL, 0, &t, &err), rc);
	if (rc < 0)
		assert_non_null(strstr(err.text, "--every"));
	tryst_series_free(s);
	return t;
}

/* As rwcount(1) spreads proportionally: 10 s over three bins of 5 s, from 3 s into the first. */
static void
test_by_hand(void **state)
{
	struct flow f = { .flows = 1,
		          .packets = 10,
		          .bytes = 1001,
		          .start_ms = 1000003000,
		          .end_ms = 1000013000,
		          .present = TRYST_BITS_ALL & ~TRYST_BIT(flows) };
	struct tryst_series_options o = {
		.every_ms = 5000, .from_ms = TRYST_TIME_MIN, .to_ms = TRYST_TIME_MAX, .memory = MIB
	};
	static const struct tryst_series_cell expected[] = { { 1, 2, 200 },
		                                             { 0, 5, 500 },
		                                             { 0, 3, 301 } };
	struct tryst_series_table t = series_of(&o, &f, 1, 0);

	(void)state;
	assert_int_equal(t.bins, 3);
	assert_int_equal(t.first_ms, 1000000000);
	for (size_t i = 0; i < 3; i++)
		cell_check(tryst_series_row(&t, TRYST_SERIES_TOTAL) + i, &expected[i]);
	tryst_series_table_fini(&t);
}

static void
test_hostile_times(void **state)
{
	struct flow f[] = {
		{ .flows = 1, .bytes = 10, .start_ms = INT64_MIN, .end_ms = INT64_MAX },
		{ .flows = 1, .bytes = 20, .start_ms = 0, .end_ms = BASE },
		{ .flows = 1, .bytes = 40, .start_ms = INT64_MAX, .end_ms = INT64_MIN },
		{ .flows = 1, .bytes = 80, .start_ms = -5, .end_ms = 5 },
	};
	struct tryst_series_options o = {
		.every_ms = 1000, .from_ms = TRYST_TIME_MIN, .to_ms = TRYST_TIME_MAX, .memory = MIB
	};
	struct tryst_series_table t;

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(f); i++)
		f[i].present = TRYST_BITS_ALL & ~TRYST_BIT(flows);
	t = series_of(&o, f, TRYST_ARRAY_SIZE(f), 0);
	assert_int_equal(t.bins, 2);
	assert_int_equal(t.first_ms, -1000);
	assert_int_equal(t.apart.untimed.bytes, 50);
	assert_int_equal(t.apart.too_long, 1);
	assert_int_equal(tryst_series_row(&t, TRYST_SERIES_TOTAL)[0].bytes, 40);
	assert_int_equal(tryst_series_row(&t, TRYST_SERIES_TOTAL)[1].bytes, 60);
	tryst_series_table_fini(&t);

	/* Two flows far apart: more steps than anyone wants, which is said. */
	f[0].start_ms = f[0].end_ms = BASE;
	(void)series_of(&o, f, TRYST_ARRAY_SIZE(f), TRYST_ERR_LIMIT);
	o.every_ms = TRYST_SERIES_EVERY_MAX;
	t = series_of(&o, f, TRYST_ARRAY_SIZE(f), 0);
	assert_int_equal(t.bins, 7);
	tryst_series_table_fini(&t);
}

/* No flow at all: no bins, or those of the window. */
static void
test_empty(void **state)
{
	struct tryst_series_options o = {
		.every_ms = 1000, .from_ms = TRYST_TIME_MIN, .to_ms = TRYST_TIME_MAX, .memory = MIB
	};
	struct tryst_series_table t = series_of(&o, NULL, 0, 0);

	(void)state;
	assert_int_equal(t.bins, 0);
	tryst_series_table_fini(&t);
	o.from_ms = BASE;
	o.to_ms = BASE + 5000;
	t = series_of(&o, NULL, 0, 0);
	assert_int_equal(t.bins, 6);
	tryst_series_table_fini(&t);
}

static void
test_memory(void **state)
{
	struct tryst_series_options o = {
		.every_ms = 1000, .from_ms = TRYST_TIME_MIN, .to_ms = TRYST_TIME_MAX, .memory = 1
	};
	struct flow *flows = flows_draw(5);
	struct tryst_error err = { 0 };
	struct tryst_series *s;
	struct tryst_batch b;
	void *st;
	int rc = 0;

	(void)state;
	assert_int_equal(tryst_series_new(&s, &o, &err), TRYST_ERR_LIMIT);
	o.memory = 256 << 10;
	assert_int_equal(tryst_series_new(&s, &o, &err), 0);
	assert_int_equal(tryst_series_operator(s)->ops->open(tryst_series_operator(s), &st, &err),
	                 0);
	assert_int_equal(tryst_batch_init(&b, tryst_series_operator(s)->columns, &err), 0);
	for (int64_t i = 0; rc == 0 && i < 100; i++) {
		b.rows = b.selected = 0;
		for (uint32_t r = 0; r < 1000; r++) {
			flows[0].present |= TRYST_BIT(start_ms) | TRYST_BIT(end_ms);
			flows[0].start_ms = flows[0].end_ms = (i * 1000 + r) * 64000;
			row_put(&b, &flows[0], false);
		}
		rc = tryst_series_operator(s)->ops->push(tryst_series_operator(s), st, &b, &err);
	}
	assert_int_equal(rc, TRYST_ERR_LIMIT);
	assert_non_null(strstr(err.text, "--memory"));
	(void)tryst_series_operator(s)->ops->merge(tryst_series_operator(s), st, &err);
	tryst_batch_fini(&b);
	tryst_series_free(s);
	free(flows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_naive),         cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_hostile_times), cmocka_unit_test(test_empty),
		cmocka_unit_test(test_memory),
	};

	hosts_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

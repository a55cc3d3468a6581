/* SPDX-License-Identifier: Apache-2.0 */
/* The operator against a naive aggregation of the same seeded random flows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "query/top.h"

#define MIB ((size_t)1 << 20)
#define FLOWS 20000
#define STATES_MAX 7

struct flow {
	struct tryst_ip ip[2];
	uint16_t port[2];
	uint8_t proto;
	uint64_t flows, packets, bytes, rev_packets, rev_bytes;
	int64_t start_ms, end_ms;
	uint64_t present;
};

static uint64_t
draw(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static struct tryst_ip
draw_ip(uint64_t *seed)
{
	uint64_t r = draw(seed);

	/* Few enough to repeat, IPv4 and IPv6, and the all-zero address. */
	if (r % 8 == 0)
		return (struct tryst_ip){ 0x20010db8ULL << 32 | r % 5, r >> 60 };
	if (r % 97 == 0)
		return (struct tryst_ip){ 0, 0 };
	return tryst_ip_v4(0x0a000000u | (uint32_t)(r >> 50));
}

static void
flow_draw(struct flow *f, uint64_t *seed)
{
	uint64_t r = draw(seed);

	*f = (struct flow){ .ip = { draw_ip(seed), draw_ip(seed) },
		            .port = { (uint16_t)(draw(seed) % 500), (uint16_t)(draw(seed) % 50) },
		            .proto = r & 1 ? 6 : 17,
		            .packets = draw(seed) % 100,
		            .bytes = draw(seed) % 100000,
		            .start_ms = 1600000000000 + (int64_t)(draw(seed) % 100000),
		            .present = TRYST_BITS_ALL & ~TRYST_BIT(flows) };
	f->end_ms = f->start_ms + (int64_t)(draw(seed) % 1000);
	f->flows = 1;
	if (r % 11 == 0) {
		f->flows = draw(seed) % 5;
		f->present |= TRYST_BIT(flows);
	}
	if (r % 5 == 0) {
		f->rev_packets = draw(seed) % 100;
		f->rev_bytes = draw(seed) % 100000;
	}
	/* Each fits where flows and packets share a word, but not two of them. */
	if (r % 17 == 0)
		f->packets = ((uint64_t)1 << 38) - 1 - draw(seed) % 1000;
	if (r % 13 == 0)
		f->present &= ~(TRYST_BIT(src_port) | TRYST_BIT(dst_port));
	if (r % 17 == 0)
		f->present &= ~TRYST_BIT(dst);
	if (r % 19 == 0)
		f->present &= ~(TRYST_BIT(src) | TRYST_BIT(src_port) | TRYST_BIT(proto));
	if (r % 23 == 0)
		f->present &= ~TRYST_BIT(start_ms);
	if (r % 29 == 0)
		f->present &= ~TRYST_BIT(end_ms);
	/* Clocks of other ages. */
	if (r % 31 == 0)
		f->start_ms = (int64_t)draw(seed);
	if (r % 37 == 0)
		f->end_ms = r % 2 ? INT64_MAX : INT64_MIN;
}

/* What routers say most of the time; a few of them more than an array takes. */
static void
flow_draw_plain(struct flow *f, uint64_t *seed)
{
	flow_draw(f, seed);
	f->present = TRYST_BITS_ALL &
	             ~(TRYST_BIT(flows) | TRYST_BIT(rev_packets) | TRYST_BIT(rev_bytes));
	f->flows = 1;
	f->rev_packets = f->rev_bytes = 0;
	f->start_ms = 1600000000000 + (int64_t)(draw(seed) % 100000);
	f->end_ms = f->start_ms - 5 + (int64_t)(draw(seed) % 1000);
	if (draw(seed) % 1000 == 0)
		f->packets = draw(seed) >> draw(seed) % 32;
	if (draw(seed) % 1000 == 0)
		f->end_ms = (int64_t)draw(seed) >> draw(seed) % 4;
}

static void
batch_put(struct tryst_batch *b, uint32_t row, const struct flow *f)
{
	b->present[row] = f->present & b->columns;
	if (b->src)
		b->src[row] = f->present & TRYST_BIT(src) ? f->ip[0] : (struct tryst_ip){ 0, 0 };
	if (b->dst)
		b->dst[row] = f->present & TRYST_BIT(dst) ? f->ip[1] : (struct tryst_ip){ 0, 0 };
	if (b->src_port)
		b->src_port[row] = f->present & TRYST_BIT(src_port) ? f->port[0] : 0;
	if (b->dst_port)
		b->dst_port[row] = f->present & TRYST_BIT(dst_port) ? f->port[1] : 0;
	if (b->proto)
		b->proto[row] = f->present & TRYST_BIT(proto) ? f->proto : 0;
	b->flows[row] = f->present & TRYST_BIT(flows) ? f->flows : 0;
	if (b->packets) {
		b->packets[row] = f->packets;
		b->bytes[row] = f->bytes;
	}
	if (b->rev_packets) {
		b->rev_packets[row] = f->rev_packets;
		b->rev_bytes[row] = f->rev_bytes;
	}
	b->start_ms[row] = f->present & TRYST_BIT(start_ms) ? f->start_ms : 0;
	b->end_ms[row] = f->present & TRYST_BIT(end_ms) ? f->end_ms : 0;
}

/* The addresses of some flows by number; every `step`th code is one of them. */
struct book {
	struct tryst_codebook base;
	uint32_t step, used;
	struct tryst_ip ips[2 * FLOWS];
};

static int
ip_compare(const void *a, const void *b)
{
	const struct tryst_ip *l = a, *r = b;

	return tryst_ip_compare(*l, *r);
}

static void
book_addresses(const struct tryst_codebook *c, uint32_t from, uint32_t n, struct tryst_ip *out)
{
	const struct book *book = (const struct book *)c;

	assert_true(from + n <= c->count);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t code = from + i;

		out[i] = code / book->step < book->used ? book->ips[code / book->step]
		                                        : (struct tryst_ip){ UINT64_MAX, code };
	}
}

static void
book_release(struct tryst_codebook *c)
{
	free(c);
}

static struct book *
book_new(const struct flow *flows, size_t count, uint32_t step, uint32_t codes)
{
	struct book *b = calloc(1, sizeof(*b));
	uint32_t n = 0;

	assert_non_null(b);
	for (size_t i = 0; i < count; i++) {
		for (unsigned side = 0; side < 2; side++)
			b->ips[n++] = flows[i].ip[side];
	}
	qsort(b->ips, n, sizeof(*b->ips), ip_compare);
	for (uint32_t i = 0; i < n; i++) {
		if (!b->used || !tryst_ip_equal(b->ips[i], b->ips[b->used - 1]))
			b->ips[b->used++] = b->ips[i];
	}
	b->step = step;
	b->base.count = TRYST_MAX(codes, b->used * step);
	b->base.addresses = book_addresses;
	b->base.release = book_release;
	atomic_store(&b->base.holds, 1);
	return b;
}

static uint32_t
book_code(const struct book *b, struct tryst_ip ip)
{
	const struct tryst_ip *at = bsearch(&ip, b->ips, b->used, sizeof(ip), ip_compare);

	assert_non_null(at);
	return (uint32_t)(at - b->ips) * b->step;
}

/* Every second batch has codes, of one of two books. */
static bool with_codes;
static uint32_t codes_least; /* codes in a book, at least */
static bool all_selected;    /* of most batches */

/* Turns the addresses of a batch into codes, and leaves nothing of them. */
static void
batch_code(struct tryst_batch *b, struct book *book)
{
	b->coded = TRYST_BIT(src) | TRYST_BIT(dst);
	b->book = &book->base;
	for (uint32_t i = 0; i < b->selected; i++) {
		uint32_t r = b->sel[i];

		if (b->src && b->present[r] & TRYST_BIT(src))
			b->src_code[r] = book_code(book, b->src[r]);
		if (b->dst && b->present[r] & TRYST_BIT(dst))
			b->dst_code[r] = book_code(book, b->dst[r]);
	}
	for (uint32_t r = 0; r < b->rows; r++) {
		if (b->src)
			b->src[r] = tryst_ip_v4(1);
		if (b->dst)
			b->dst[r] = tryst_ip_v4(1);
	}
}

/* What the rows have in common. */
static void
batch_describe(struct tryst_batch *b)
{
	uint64_t any = 0;

	b->sure = b->columns;
	for (uint32_t r = 0; r < b->rows; r++) {
		b->sure &= b->present[r];
		any |= b->present[r];
	}
	b->never = b->columns & ~any;
}

/* Every third row of most batches is there but not selected, and must not count. */
static void
push_all(struct tryst_operator *op, void **states, unsigned state_count, const struct flow *flows,
         size_t count, uint64_t seed)
{
	struct tryst_error err = { 0 };
	struct book *books[2] = { NULL, NULL };
	struct tryst_batch b;
	unsigned turn = 0;

	assert_int_equal(tryst_batch_init(&b, op->columns, &err), 0);
	if (with_codes && op->coded) {
		assert_int_equal(tryst_batch_add_codes(&b, op->coded, &err), 0);
		books[0] = book_new(flows, count, 1, codes_least);
		books[1] = book_new(flows, count, 3, codes_least);
	}
	for (size_t at = 0; at < count; turn++) {
		/* Small ones, too, of which some have much in common. */
		uint32_t most = turn % 5 ? TRYST_BATCH_ROWS * 2 / 3 : 4;
		uint32_t want = 1 + (uint32_t)(draw(&seed) % most);

		b.rows = 0;
		b.selected = 0;
		while (want-- && at < count) {
			if (b.rows % 3 == 2 && (turn % 4 == 0 || !all_selected))
				batch_put(&b, b.rows++, &flows[0]);
			b.sel[b.selected++] = (uint16_t)b.rows;
			batch_put(&b, b.rows++, &flows[at++]);
		}
		b.sure = 0;
		b.never = 0;
		b.coded = 0;
		b.book = NULL;
		if (turn % 3)
			batch_describe(&b);
		if (books[0] && turn % 2)
			batch_code(&b, books[turn / 8 % 2]);
		assert_int_equal(op->ops->push(op, states[draw(&seed) % state_count], &b, &err), 0);
	}
	for (unsigned i = 0; i < 2; i++)
		tryst_codebook_drop(books[i] ? &books[i]->base : NULL);
	tryst_batch_fini(&b);
}

/* Runs the flows through `state_count` states, merged from the last when `backward`. */
static struct tryst_top *
run(const char *words, const struct flow *flows, size_t count, unsigned state_count, bool backward)
{
	struct tryst_error err = { 0 };
	struct tryst_top_spec spec;
	struct tryst_operator *op;
	void *states[STATES_MAX];
	struct tryst_top *t;

	assert_int_equal(tryst_top_spec_parse(&spec, 'w', words, &err), 0);
	assert_int_equal(tryst_top_new(&t, &spec, state_count, 64 * MIB, &err), 0);
	op = tryst_top_operator(t);
	for (unsigned i = 0; i < state_count; i++)
		assert_int_equal(op->ops->open(op, &states[i], &err), 0);
	push_all(op, states, state_count, flows, count, state_count);
	for (unsigned i = 0; i < state_count; i++) {
		unsigned which = backward ? state_count - 1 - i : i;

		assert_int_equal(op->ops->merge(op, states[which], &err), 0);
	}
	return t;
}

static void
row_add(struct tryst_top_row *row, const struct flow *f)
{
	bool start = f->present & TRYST_BIT(start_ms), end = f->present & TRYST_BIT(end_ms);
	int64_t first = start ? f->start_ms : end ? f->end_ms : INT64_MAX;
	int64_t last = end ? f->end_ms : start ? f->start_ms : INT64_MIN;

	row->flows += f->flows;
	row->packets += f->packets + f->rev_packets;
	row->bytes += f->bytes + f->rev_bytes;
	row->first_ms = TRYST_MIN(row->first_ms, first);
	row->last_ms = TRYST_MAX(row->last_ms, last);
}

static bool
flow_number(const struct flow *f, enum tryst_field field, struct tryst_ip *out)
{
	*out = (struct tryst_ip){ 0, 0 };
	if (!(f->present >> field & 1))
		return false;
	switch (field) {
	case TRYST_FIELD_src:
		*out = f->ip[0];
		break;
	case TRYST_FIELD_dst:
		*out = f->ip[1];
		break;
	case TRYST_FIELD_src_port:
		out->lo = f->port[0];
		break;
	case TRYST_FIELD_dst_port:
		out->lo = f->port[1];
		break;
	case TRYST_FIELD_proto:
		out->lo = f->proto;
		break;
	case TRYST_FIELD_bytes:
		out->lo = f->bytes;
		break;
	case TRYST_FIELD_packets:
		out->lo = f->packets;
		break;
	default:
		fail();
	}
	return true;
}

static int
key_compare(const void *a, const void *b)
{
	const struct tryst_top_row *l = a, *r = b;

	for (unsigned i = 0; i < TRYST_KEY_PARTS_MAX; i++) {
		int known = (l->known >> i & 1) - (r->known >> i & 1);
		int order = known ? known : tryst_ip_compare(l->key[i], r->key[i]);

		if (order)
			return order;
	}
	return 0;
}

static enum tryst_order naive_order;

static int
row_compare(const void *a, const void *b)
{
	uint64_t l = tryst_top_value(a, naive_order), r = tryst_top_value(b, naive_order);

	return l != r ? (l > r ? -1 : 1) : key_compare(a, b);
}

/* One row a flow and side, sorted by key, equal neighbours summed, sorted by the order. */
static size_t
naive(const struct tryst_key_part *parts, unsigned part_count, const struct flow *flows,
      size_t count, enum tryst_order order, struct tryst_top_row *out)
{
	size_t n = 0, groups = 0;
	bool both = false;

	for (unsigned i = 0; i < part_count; i++)
		both |= parts[i].either;
	for (size_t i = 0; i < count * (both ? 2 : 1); i++) {
		const struct flow *f = &flows[i % count];
		struct tryst_top_row row = { .first_ms = INT64_MAX, .last_ms = INT64_MIN };

		for (unsigned p = 0; p < part_count; p++) {
			/* dst follows src in the table of fields, and dst_port src_port. */
			enum tryst_field field = parts[p].field + (parts[p].either && i >= count);

			if (flow_number(f, field, &row.key[p]))
				row.known |= (uint8_t)(1u << p);
			if (parts[p].v4_len == 24 && tryst_ip_is_v4(row.key[p]))
				row.key[p].lo &= ~0xffULL;
			if (parts[p].v6_len == 32 && !tryst_ip_is_v4(row.key[p]))
				row.key[p] = (struct tryst_ip){ row.key[p].hi >> 32 << 32, 0 };
		}
		if (!row.known)
			continue;
		row_add(&row, f);
		out[n++] = row;
	}
	qsort(out, n, sizeof(*out), key_compare);
	for (size_t i = 0; i < n; i++) {
		struct tryst_top_row *group = groups ? &out[groups - 1] : NULL;

		if (!group || key_compare(group, &out[i]) != 0) {
			out[groups++] = out[i];
			continue;
		}
		group->flows += out[i].flows;
		group->packets += out[i].packets;
		group->bytes += out[i].bytes;
		group->first_ms = TRYST_MIN(group->first_ms, out[i].first_ms);
		group->last_ms = TRYST_MAX(group->last_ms, out[i].last_ms);
	}
	naive_order = order;
	qsort(out, groups, sizeof(*out), row_compare);
	return groups;
}

static void
rows_equal(const struct tryst_top_row *a, const struct tryst_top_row *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(key_compare(&a[i], &b[i]), 0);
		assert_int_equal(a[i].flows, b[i].flows);
		assert_int_equal(a[i].packets, b[i].packets);
		assert_int_equal(a[i].bytes, b[i].bytes);
		assert_int_equal(a[i].first_ms, b[i].first_ms);
		assert_int_equal(a[i].last_ms, b[i].last_ms);
	}
}

struct keys {
	const char *words;
	unsigned part_count;
	struct tryst_key_part parts[5];
	enum tryst_order order;
};

#define PART(id, both)                                                                             \
	{                                                                                          \
		TRYST_FIELD_##id, both, 32, 128                                                    \
	}

static const struct keys keys[] = {
	{ "src by bytes", 1, { PART(src, false) }, TRYST_ORDER_BYTES },
	{ "ip by flows", 1, { PART(src, true) }, TRYST_ORDER_FLOWS },
	{ "ip/24/32 by packets", 1, { { TRYST_FIELD_src, true, 24, 32 } }, TRYST_ORDER_PACKETS },
	{ "dst/24 by bps", 1, { { TRYST_FIELD_dst, false, 24, 128 } }, TRYST_ORDER_BPS },
	{ "port by pps", 1, { PART(src_port, true) }, TRYST_ORDER_PPS },
	{ "proto by bpp", 1, { PART(proto, false) }, TRYST_ORDER_BPP },
	{ "src,dst by bytes", 2, { PART(src, false), PART(dst, false) }, TRYST_ORDER_BYTES },
	{ "ip,port by bytes", 2, { PART(src, true), PART(src_port, true) }, TRYST_ORDER_BYTES },
	{ "port,proto,dst by flows",
	  3,
	  { PART(src_port, true), PART(proto, false), PART(dst, false) },
	  TRYST_ORDER_FLOWS },
	{ "record by packets",
	  5,
	  { PART(proto, false), PART(src, false), PART(dst, false), PART(src_port, false),
	    PART(dst_port, false) },
	  TRYST_ORDER_PACKETS },
	{ "proto,bytes,src_port,packets by flows",
	  4,
	  { PART(proto, false), PART(bytes, false), PART(src_port, false), PART(packets, false) },
	  TRYST_ORDER_FLOWS },
};

static void
keys_check(const struct keys *k, const struct flow *flows, struct tryst_top_row *expected)
{
	static const size_t limits[] = { 0, 1, 10, 1000, SIZE_MAX };
	size_t groups = naive(k->parts, k->part_count, flows, FLOWS, k->order, expected);

	for (unsigned run_no = 0; run_no < 4; run_no++) {
		unsigned states = (const unsigned[]){ 1, 2, 7, 7 }[run_no];
		struct tryst_top *t = run(k->words, flows, FLOWS, states, run_no == 3);
		uint64_t seen;

		(void)tryst_top_total(t, &seen);
		assert_int_equal(seen, groups);
		for (size_t i = 0; i < TRYST_ARRAY_SIZE(limits); i++) {
			struct tryst_error err = { 0 };
			struct tryst_top_row *rows;
			size_t count;

			assert_int_equal(tryst_top_rows(t, limits[i], &rows, &count, &err), 0);
			assert_int_equal(count, limits[i] ? TRYST_MIN(limits[i], groups) : groups);
			rows_equal(rows, expected, count);
			free(rows);
		}
		tryst_top_free(t);
	}
}

static struct flow *
flows_draw(size_t count, uint64_t seed, void (*draw_one)(struct flow *f, uint64_t *seed))
{
	struct flow *flows = calloc(count, sizeof(*flows));

	assert_non_null(flows);
	for (size_t i = 0; i < count; i++)
		draw_one(&flows[i], &seed);
	return flows;
}

static void
test_naive(void **state)
{
	struct tryst_top_row *expected = calloc(2 * FLOWS, sizeof(*expected));
	struct flow *flows = flows_draw(FLOWS, 20030822, flow_draw);

	(void)state;
	assert_non_null(expected);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(keys); i++)
		keys_check(&keys[i], flows, expected);
	/* The same of codes: with room for arrays, and without. */
	with_codes = true;
	for (codes_least = 0; codes_least <= 4000000; codes_least += 4000000) {
		for (size_t i = 0; i < TRYST_ARRAY_SIZE(keys); i++)
			keys_check(&keys[i], flows, expected);
	}
	with_codes = false;
	free(expected);
	free(flows);
}

/* The short ways for batches whose rows all say the same fields. */
static void
test_plain(void **state)
{
	struct tryst_top_row *expected = calloc(2 * FLOWS, sizeof(*expected));
	struct flow *flows = flows_draw(FLOWS, 24112026, flow_draw_plain);

	(void)state;
	assert_non_null(expected);
	all_selected = true;
	for (unsigned codes = 0; codes < 2; codes++) {
		with_codes = codes;
		codes_least = 0;
		for (size_t i = 0; keys[i].part_count == 1; i++)
			keys_check(&keys[i], flows, expected);
	}
	with_codes = all_selected = false;
	free(expected);
	free(flows);
}

/* Every flow once in the total; those that say nothing of the key apart. */
static void
totals_check(const struct flow *flows)
{
	struct tryst_top_row all = { .first_ms = INT64_MAX, .last_ms = INT64_MIN }, none = all, got;
	struct tryst_top *t = run("ip", flows, FLOWS, 3, false);

	for (size_t i = 0; i < FLOWS; i++) {
		row_add(&all, &flows[i]);
		if (!(flows[i].present & (TRYST_BIT(src) | TRYST_BIT(dst))))
			row_add(&none, &flows[i]);
	}
	got = tryst_top_total(t, NULL);
	rows_equal(&got, &all, 1);
	got = tryst_top_unkeyed(t);
	rows_equal(&got, &none, 1);
	tryst_top_free(t);
}

static void
test_totals(void **state)
{
	struct flow *flows = flows_draw(FLOWS, 7, flow_draw);
	struct flow *plain = flows_draw(FLOWS, 8, flow_draw_plain);

	(void)state;
	totals_check(flows);
	with_codes = all_selected = true;
	totals_check(plain);
	with_codes = all_selected = false;
	free(flows);
	free(plain);
}

/* As nfdump: a flow from an address to itself counts for it twice. */
static void
test_both_sides_equal(void **state)
{
	struct tryst_ip ip = tryst_ip_v4(0x0a000001);
	struct flow f = { .ip = { ip, ip },
		          .packets = 10,
		          .bytes = 1000,
		          .start_ms = 1000,
		          .end_ms = 3000,
		          .present = TRYST_BITS_ALL & ~TRYST_BIT(flows) };
	struct tryst_top *t = run("ip", &f, 1, 1, false);
	struct tryst_error err = { 0 };
	struct tryst_top_row *rows;
	size_t count;

	(void)state;
	assert_int_equal(tryst_top_rows(t, 0, &rows, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].flows, 2);
	assert_int_equal(rows[0].bytes, 2000);
	assert_int_equal(tryst_top_value(&rows[0], TRYST_ORDER_BPS), 8000);
	assert_int_equal(tryst_top_total(t, NULL).bytes, 1000);
	free(rows);
	tryst_top_free(t);
}

/* Which counters of a record with both directions are summed. */
static void
test_ways(void **state)
{
	static const struct {
		const char *words;
		uint64_t packets, bytes;
	} cases[] = {
		{ "src by bytes", 11, 1300 },
		{ "src by ibyte", 10, 1000 },
		{ "src by obyte", 1, 300 },
	};
	struct flow f = { .ip = { tryst_ip_v4(1), tryst_ip_v4(2) },
		          .packets = 10,
		          .bytes = 1000,
		          .rev_packets = 1,
		          .rev_bytes = 300,
		          .present = TRYST_BIT(src) };

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_top *t = run(cases[i].words, &f, 1, 1, false);
		struct tryst_top_row total = tryst_top_total(t, NULL);

		assert_int_equal(total.packets, cases[i].packets);
		assert_int_equal(total.bytes, cases[i].bytes);
		tryst_top_free(t);
	}
}

static void
test_ascending_and_ties(void **state)
{
	struct flow *flows = calloc(300, sizeof(*flows));
	struct tryst_error err = { 0 };
	struct tryst_top_row *rows;
	struct tryst_top *t;
	size_t count;

	(void)state;
	assert_non_null(flows);
	/* All equal but the last, which has the most. */
	for (uint32_t i = 0; i < 300; i++)
		flows[i] = (struct flow){ .ip = { tryst_ip_v4(300 - i) },
			                  .bytes = i == 299 ? 9 : 5,
			                  .present = TRYST_BIT(src) | TRYST_BIT(bytes) };
	t = run("src by bytes:a", flows, 300, 2, false);
	assert_int_equal(tryst_top_rows(t, 20, &rows, &count, &err), 0);
	assert_int_equal(count, 20);
	for (uint32_t i = 0; i < 20; i++) {
		assert_true(tryst_ip_equal(rows[i].key[0], tryst_ip_v4(i + 2)));
		assert_int_equal(rows[i].first_ms, INT64_MAX);
		assert_int_equal(rows[i].last_ms, INT64_MIN);
		assert_int_equal(tryst_top_value(&rows[i], TRYST_ORDER_BPS), 0);
	}
	free(rows);
	tryst_top_free(t);
	free(flows);
}

static void
test_empty(void **state)
{
	struct tryst_top *t = run("src", NULL, 0, 2, false);
	struct tryst_error err = { 0 };
	struct tryst_top_row *rows;
	uint64_t groups;
	size_t count;

	(void)state;
	assert_int_equal(tryst_top_rows(t, 10, &rows, &count, &err), 0);
	assert_int_equal(count, 0);
	assert_int_equal(tryst_top_total(t, &groups).flows, 0);
	assert_int_equal(groups, 0);
	free(rows);
	tryst_top_free(t);
}

/* Pushes ever new addresses until the memory is used up; the state can still be merged. */
static void
test_memory(void **state)
{
	struct tryst_error err = { 0 };
	struct tryst_top_spec spec;
	struct tryst_operator *op;
	struct tryst_batch b;
	struct tryst_top_row *rows;
	const char *full;
	struct tryst_top *t;
	uint32_t next = 0;
	uint64_t groups;
	size_t count;
	void *s;
	int ret;

	(void)state;
	assert_int_equal(tryst_top_spec_parse(&spec, 'w', "src", &err), 0);
	assert_int_equal(tryst_top_new(&t, &spec, 4, 100 << 10, &err), TRYST_ERR_LIMIT);
	assert_non_null(strstr(err.text, "--memory"));
	assert_int_equal(tryst_top_new(&t, &spec, 1, 1 * MIB, &err), 0);
	op = tryst_top_operator(t);
	assert_int_equal(op->ops->open(op, &s, &err), 0);
	assert_int_equal(tryst_batch_init(&b, op->columns, &err), 0);
	do {
		for (b.rows = 0; b.rows < TRYST_BATCH_ROWS; b.rows++) {
			b.src[b.rows] = tryst_ip_v4(next++);
			b.present[b.rows] = TRYST_BIT(src);
		}
		tryst_batch_select_all(&b);
		ret = op->ops->push(op, s, &b, &err);
		assert_true(next < 100000);
	} while (ret == 0);
	assert_int_equal(ret, TRYST_ERR_LIMIT);
	assert_non_null(strstr(err.text, "--memory"));
	full = strstr(err.text, "more than ");
	assert_non_null(full);
	assert_int_equal(op->ops->merge(op, s, &err), 0);
	(void)tryst_top_total(t, &groups);
	assert_int_equal(groups, strtoull(full + strlen("more than "), NULL, 10));
	assert_in_range(groups, 1 * MIB / 256, 1 * MIB / 64);

	assert_int_equal(tryst_top_rows(t, 0, &rows, &count, &err), TRYST_ERR_LIMIT);
	assert_non_null(strstr(err.text, "-n"));
	assert_null(rows);
	assert_int_equal(tryst_top_rows(t, 100, &rows, &count, &err), 0);
	assert_int_equal(count, 100);
	free(rows);
	tryst_batch_fini(&b);
	tryst_top_free(t);
}

/* What nfdump 1.7.1 prints for the same sums. */
static void
test_values(void **state)
{
	static const struct {
		uint64_t packets, bytes;
		int64_t duration_ms;
		uint64_t bps, pps, bpp;
	} cases[] = {
		{ 24, 2364, 4500, 4202, 5, 98 },
		{ 11, 1064, 4000, 2128, 2, 96 },
		{ 1, 64, 0, 0, 0, 64 },
		{ 0, 0, 1000, 0, 0, 0 },
		{ 5, 400, 4000, 800, 1, 80 },
		{ 7, 4000000000000000000, 8000, 4000000000000000000, 0, 571428571428571428 },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_top_row row = { .packets = cases[i].packets,
			                     .bytes = cases[i].bytes,
			                     .first_ms = -5,
			                     .last_ms = cases[i].duration_ms - 5 };

		assert_int_equal(tryst_top_value(&row, TRYST_ORDER_BPS), cases[i].bps);
		assert_int_equal(tryst_top_value(&row, TRYST_ORDER_PPS), cases[i].pps);
		assert_int_equal(tryst_top_value(&row, TRYST_ORDER_BPP), cases[i].bpp);
		assert_int_equal(tryst_top_value(&row, TRYST_ORDER_BYTES), cases[i].bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_naive),  cmocka_unit_test(test_plain),
		cmocka_unit_test(test_totals), cmocka_unit_test(test_both_sides_equal),
		cmocka_unit_test(test_ways),   cmocka_unit_test(test_ascending_and_ties),
		cmocka_unit_test(test_empty),  cmocka_unit_test(test_memory),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

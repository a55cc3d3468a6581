/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random filters, each written as text and answered by hand at the same time, row by row, over a
 * random batch: the compiled filter must agree, look at no column it did not ask for, print a form
 * that parses to itself, and imply the addresses it says it does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/source.h"
#include "query/filter.h"

#define ROWS 300
#define FILTERS 1500
#define DEPTH 5

struct random {
	uint64_t seed;
	struct tryst_batch batch;
};

typedef bool answer[ROWS];

static uint64_t
draw(struct random *r, uint64_t below)
{
	uint64_t z = r->seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31)) % below;
}

static struct tryst_ip
draw_ip(struct random *r)
{
	if (draw(r, 4) == 0)
		return (struct tryst_ip){ 0x20010db800000000ULL | draw(r, 3), draw(r, 3) };
	return tryst_ip_v4(0x0a000000u | (uint32_t)draw(r, 4) << 16 | (uint32_t)draw(r, 4));
}

#define DRAW(field, below)                                                                         \
	do {                                                                                       \
		if (draw(r, 5))                                                                    \
			TRYST_SET(b, field, row, (__typeof__(*b->field))draw(r, below));           \
	} while (0)

static void
row_draw(struct random *r, uint32_t row)
{
	struct tryst_batch *b = &r->batch;

	if (draw(r, 8))
		TRYST_SET(b, src, row, draw_ip(r));
	if (draw(r, 8))
		TRYST_SET(b, dst, row, draw_ip(r));
	if (draw(r, 2))
		TRYST_SET(b, exporter, row, draw_ip(r));
	DRAW(start_ms, 1000);
	DRAW(end_ms, 3000);
	DRAW(src_port, 6);
	DRAW(dst_port, 6);
	DRAW(proto, 20);
	DRAW(tcp_flags, 256);
	DRAW(packets, 5);
	DRAW(bytes, 3000);
	DRAW(rev_bytes, 3);
	DRAW(src_as, 4);
	DRAW(dst_as, 4);
	DRAW(in_if, 3);
	DRAW(out_if, 3);
	DRAW(min_ttl, 4);
	DRAW(sampling, 3);
	b->rows = row + 1;
}

struct side {
	const char *word;
	bool a, b, both;
};

static const struct side sides[] = {
	{ "", true, true, false },
	{ "src ", true, false, false },
	{ "dst ", false, true, false },
	{ "src or dst ", true, true, false },
	{ "DST OR SRC ", true, true, false },
	{ "src and dst ", true, true, true },
};

static const struct {
	const char *text;
	int order[3]; /* answers for less, equal, greater */
} compares[] = {
	{ "", { 0, 1, 0 } },    { "= ", { 0, 1, 0 } },  { "== ", { 0, 1, 0 } },
	{ "< ", { 1, 0, 0 } },  { "lt ", { 1, 0, 0 } }, { "> ", { 0, 0, 1 } },
	{ "GT ", { 0, 0, 1 } }, { ">= ", { 0, 1, 1 } }, { "<= ", { 1, 1, 0 } },
	{ "!= ", { 1, 0, 1 } },
};

static bool
join(const struct side *s, bool a, bool b)
{
	return s->both ? a && b : (s->a && a) || (s->b && b);
}

/* One side of a number: known, and compared. */
static bool
holds(const struct tryst_batch *b, int field, uint32_t row, unsigned compare, uint64_t value)
{
	uint64_t x = tryst_batch_number(b, field, row);

	return tryst_batch_known(b, field, row) && compares[compare].order[x < value    ? 0
	                                                                   : x == value ? 1
	                                                                                : 2];
}

static void
leaf_pair(struct random *r, struct tryst_buf *text, answer out)
{
	static const struct {
		const char *word;
		int a, b;
	} pairs[] = {
		{ "port ", TRYST_FIELD_src_port, TRYST_FIELD_dst_port },
		{ "as ", TRYST_FIELD_src_as, TRYST_FIELD_dst_as },
	};
	size_t p = draw(r, TRYST_ARRAY_SIZE(pairs));
	const struct side *s = &sides[draw(r, TRYST_ARRAY_SIZE(sides))];
	unsigned compare = (unsigned)draw(r, TRYST_ARRAY_SIZE(compares) - 1); /* not != */
	uint64_t value = draw(r, 7);

	tryst_buf_printf(text, "%s%s%s%u", s->word, pairs[p].word, compares[compare].text,
	                 (unsigned)value);
	for (uint32_t i = 0; i < ROWS; i++)
		out[i] = join(s, holds(&r->batch, pairs[p].a, i, compare, value),
		              holds(&r->batch, pairs[p].b, i, compare, value));
}

static void
leaf_number(struct random *r, struct tryst_buf *text, answer out)
{
	static const struct {
		const char *word;
		int field;
		unsigned below;
	} fields[] = {
		{ "proto ", TRYST_FIELD_proto, 20 },
		{ "bytes ", TRYST_FIELD_bytes, 3000 },
		{ "out bytes ", TRYST_FIELD_rev_bytes, 3 },
		{ "in if ", TRYST_FIELD_in_if, 3 },
		{ "min_ttl ", TRYST_FIELD_min_ttl, 4 },
		{ "sampling ", TRYST_FIELD_sampling, 3 },
		{ "packets ", TRYST_FIELD_packets, 5 },
		{ "dst port ", TRYST_FIELD_dst_port, 6 },
		{ "tcp_flags ", TRYST_FIELD_tcp_flags, 256 },
	};
	size_t f = draw(r, TRYST_ARRAY_SIZE(fields));
	unsigned compare = (unsigned)draw(r, TRYST_ARRAY_SIZE(compares));
	uint64_t value = draw(r, fields[f].below);

	tryst_buf_printf(text, "%s%s%llu", fields[f].word, compares[compare].text,
	                 (unsigned long long)value);
	for (uint32_t i = 0; i < ROWS; i++)
		out[i] = holds(&r->batch, fields[f].field, i, compare, value);
}

static void
leaf_list(struct random *r, struct tryst_buf *text, answer out)
{
	const struct side *s = &sides[draw(r, TRYST_ARRAY_SIZE(sides))];
	bool as = draw(r, 2);
	int fa = as ? TRYST_FIELD_src_as : TRYST_FIELD_src_port;
	int fb = as ? TRYST_FIELD_dst_as : TRYST_FIELD_dst_port;
	bool in[16] = { false };
	const struct tryst_batch *b = &r->batch;

	tryst_buf_printf(text, "%s%s in [", s->word, as ? "as" : "port");
	for (uint64_t n = 1 + draw(r, 4); n; n--) {
		unsigned lo = (unsigned)draw(r, 8), hi = lo + (unsigned)draw(r, 2);

		tryst_buf_printf(text, "%u", lo);
		if (lo != hi)
			tryst_buf_printf(text, "-%u", hi);
		tryst_buf_str(text, n == 1 ? "]" : draw(r, 2) ? "," : " ");
		in[lo] = in[hi] = true;
	}
	for (uint32_t i = 0; i < ROWS; i++)
		out[i] = join(s, tryst_batch_known(b, fa, i) && in[tryst_batch_number(b, fa, i)],
		              tryst_batch_known(b, fb, i) && in[tryst_batch_number(b, fb, i)]);
}

static void
leaf_address(struct random *r, struct tryst_buf *text, answer out)
{
	const struct side *s = &sides[draw(r, TRYST_ARRAY_SIZE(sides))];
	size_t count = 1 + draw(r, 3);
	struct tryst_prefix prefixes[3];
	const struct tryst_batch *b = &r->batch;
	char ip[TRYST_PREFIX_TEXT_MAX];

	tryst_buf_printf(text, "%s%s", s->word,
	                 count > 1    ? "ip in ["
	                 : draw(r, 2) ? "net "
	                              : "host ");
	for (size_t i = 0; i < count; i++) {
		struct tryst_ip at = draw_ip(r), mask;
		uint8_t len = (uint8_t)(draw(r, 2) ? 128 : 110 + draw(r, 18));

		mask = tryst_ip_mask(len);
		prefixes[i] = (struct tryst_prefix){ { at.hi & mask.hi, at.lo & mask.lo }, len };
		tryst_prefix_format(prefixes[i], ip);
		tryst_buf_printf(text, "%s%s", i ? draw(r, 2) ? ", " : " " : "", ip);
	}
	tryst_buf_str(text, count > 1 ? "]" : "");
	for (uint32_t i = 0; i < ROWS; i++) {
		bool src = false, dst = false;

		for (size_t k = 0; k < count; k++) {
			src |= tryst_prefix_contains(prefixes[k], b->src[i]);
			dst |= tryst_prefix_contains(prefixes[k], b->dst[i]);
		}
		out[i] = join(s, src && tryst_batch_known(b, TRYST_FIELD_src, i),
		              dst && tryst_batch_known(b, TRYST_FIELD_dst, i));
	}
}

static void
leaf_flags(struct random *r, struct tryst_buf *text, answer out)
{
	static const char letters[] = "FSRPAUEC";
	uint8_t mask = (uint8_t)(1 + draw(r, 255)), high = mask & (uint8_t)draw(r, 256);
	bool any = draw(r, 2);
	const struct tryst_batch *b = &r->batch;

	tryst_buf_str(text, any ? "flags any " : "flags ");
	for (unsigned i = 0; i < 8 && !any; i++)
		tryst_buf_add(text, letters + i, high >> i & 1);
	tryst_buf_str(text, any ? "" : "/");
	for (unsigned i = 0; i < 8; i++)
		tryst_buf_add(text, letters + i, mask >> i & 1);
	for (uint32_t i = 0; i < ROWS; i++)
		out[i] = tryst_batch_known(b, TRYST_FIELD_proto, i) && b->proto[i] == 6 &&
		         tryst_batch_known(b, TRYST_FIELD_tcp_flags, i) &&
		         (any ? (b->tcp_flags[i] & mask) != 0 : (b->tcp_flags[i] & mask) == high);
}

static void
leaf_rate(struct random *r, struct tryst_buf *text, answer out)
{
	static const char *const words[] = { "duration", "pps", "bps", "bpp" };
	size_t w = draw(r, TRYST_ARRAY_SIZE(words));
	unsigned compare = (unsigned)draw(r, TRYST_ARRAY_SIZE(compares));
	uint64_t value = draw(r, 3000), x, ms;
	const struct tryst_batch *b = &r->batch;

	tryst_buf_printf(text, "%s %s%u", words[w], compares[compare].text, (unsigned)value);
	for (uint32_t i = 0; i < ROWS; i++) {
		bool known = true;

		if (w != 3)
			known = tryst_batch_known(b, TRYST_FIELD_start_ms, i) &&
			        tryst_batch_known(b, TRYST_FIELD_end_ms, i);
		if (w == 1 || w == 3)
			known &= tryst_batch_known(b, TRYST_FIELD_packets, i);
		if (w == 2 || w == 3)
			known &= tryst_batch_known(b, TRYST_FIELD_bytes, i);
		ms = (uint64_t)(b->end_ms[i] - b->start_ms[i]);
		if (w == 0)
			x = ms;
		else if (w == 1)
			x = ms ? b->packets[i] * 1000 / ms : 0;
		else if (w == 2)
			x = ms ? b->bytes[i] * 8000 / ms : 0;
		else
			x = b->packets[i] ? b->bytes[i] / b->packets[i] : 0;
		out[i] = known && compares[compare].order[x < value ? 0 : x == value ? 1 : 2];
	}
}

static void
leaf_family(struct random *r, struct tryst_buf *text, answer out)
{
	bool six = draw(r, 2);
	const struct tryst_batch *b = &r->batch;

	tryst_buf_str(text, six ? "ipv6" : "inet");
	for (uint32_t i = 0; i < ROWS; i++)
		out[i] = tryst_batch_known(b, TRYST_FIELD_src, i) &&
		         tryst_batch_known(b, TRYST_FIELD_dst, i) &&
		         tryst_ip_is_v4(b->src[i]) != six && tryst_ip_is_v4(b->dst[i]) != six;
}

static void
leaf_constant(struct random *r, struct tryst_buf *text, answer out)
{
	bool value = draw(r, 2);

	tryst_buf_str(text, value ? "any" : "not any");
	for (uint32_t i = 0; i < ROWS; i++)
		out[i] = value;
}

static void (*const leaves[])(struct random *, struct tryst_buf *, answer) = {
	leaf_pair,    leaf_number, leaf_list, leaf_address,  leaf_flags,
	leaf_address, leaf_rate,   leaf_list, leaf_constant, leaf_family,
};

/* Writes an expression with the brackets its precedence (or 0, and 1, not 2) needs. */
static void
expression(struct random *r, unsigned depth, unsigned level, struct tryst_buf *text, answer out)
{
	static const char *const ors[] = { " or ", " || ", "\nOR " };
	static const char *const ands[] = { " and ", " && ", " AND\n" };
	uint64_t kind = depth ? draw(r, 5) : 0; /* a test, or, or, and, not */
	bool bracket = kind == 1 || kind == 2 ? level > 0 : kind == 3 && level > 1;
	answer other;

	if (kind == 0) {
		leaves[draw(r, TRYST_ARRAY_SIZE(leaves))](r, text, out);
		return;
	}
	if (bracket)
		tryst_buf_char(text, '(');
	if (kind == 4) {
		tryst_buf_str(text, draw(r, 2) ? "not " : "!");
		expression(r, depth - 1, 2, text, out);
		for (uint32_t i = 0; i < ROWS; i++)
			out[i] = !out[i];
	} else {
		bool is_or = kind != 3;

		expression(r, depth - 1, is_or ? 0 : 1, text, out);
		for (uint64_t n = 1 + draw(r, 3); n; n--) {
			tryst_buf_str(text, (is_or ? ors : ands)[draw(r, 3)]);
			expression(r, depth - 1, is_or ? 1 : 2, text, other);
			for (uint32_t i = 0; i < ROWS; i++)
				out[i] = is_or ? out[i] || other[i] : out[i] && other[i];
		}
	}
	if (bracket)
		tryst_buf_char(text, ')');
}

static struct tryst_filter *
compile(const char *text)
{
	struct tryst_filter *f = NULL;
	struct tryst_error err = { 0 };

	if (tryst_filter_new(&f, text, "filter", &err) < 0)
		fail_msg("%s\nfor: %s", err.text, text);
	return f;
}

/* A batch with the same rows that has only those columns. */
static void
narrow(struct tryst_batch *out, const struct tryst_batch *b, uint64_t columns)
{
	assert_int_equal(tryst_batch_init(out, columns, NULL), 0);
	for (int f = 0; f < TRYST_FIELD_COUNT; f++) {
		if (columns >> f & 1)
			memcpy(tryst_batch_column(out, f), tryst_batch_column(b, f),
			       (size_t)ROWS * tryst_field_info(f)->size);
	}
	memcpy(out->present, b->present, ROWS * sizeof(*out->present));
	out->rows = ROWS;
}

/* Selects all rows, or all but every `without`th. */
static void
select_rows(struct tryst_batch *b, uint32_t without)
{
	b->selected = 0;
	for (uint32_t i = 0; i < b->rows; i++) {
		if (!without || i % without)
			b->sel[b->selected++] = (uint16_t)i;
	}
}

static bool
says_within(const struct tryst_batch *b, const struct tryst_bound *k, enum tryst_field field,
            uint32_t row)
{
	uint64_t v = tryst_batch_known(b, field, row) ? tryst_batch_number(b, field, row) : 0;

	return tryst_batch_known(b, field, row) && v >= k->lo && v <= k->hi;
}

/* A row that matches is within all bounds. */
static void
check_bounds(const struct tryst_predicate *p, const struct tryst_batch *b, uint32_t row,
             const char *text)
{
	for (size_t i = 0; i < p->bounds.count; i++) {
		const struct tryst_bound *k = &p->bounds.list[i];

		if (!says_within(b, k, k->field, row) && !says_within(b, k, k->other, row))
			fail_msg("row %u is not within the bounds of: %s", row, text);
	}
}

/* Of all rows, which is a way of its own (filter_dense.h), or of some of them. */
static void
compare_of(const struct tryst_filter *f, const struct random *r, uint32_t without,
           const answer want, const char *text)
{
	const struct tryst_predicate *p = tryst_filter_predicate(f);
	const struct tryst_ipset *needed = tryst_filter_addresses(f);
	struct tryst_batch b;
	uint32_t next = 0;

	narrow(&b, &r->batch, p->columns);
	select_rows(&b, without);
	/* Of all rows no list is needed. */
	if (b.selected == b.rows)
		memset(b.sel, 0xff, b.rows * sizeof(*b.sel));
	p->apply(p, &b);
	for (uint32_t i = 0; i < ROWS; i++) {
		bool got = next < b.selected && b.sel[next] == i;

		next += got;
		if (got != (want[i] && (!without || i % without)))
			fail_msg("row %u should be %d: %s", i, want[i], text);
		if (got && needed && !tryst_ipset_contains(needed, r->batch.src[i]) &&
		    !tryst_ipset_contains(needed, r->batch.dst[i]))
			fail_msg("row %u is not in the addresses of: %s", i, text);
		if (got)
			check_bounds(p, &r->batch, i, text);
	}
	assert_int_equal(next, b.selected);
	tryst_batch_fini(&b);
}

static void
compare(const struct tryst_filter *f, const struct random *r, const answer want, const char *text)
{
	compare_of(f, r, 0, want, text);
	compare_of(f, r, 7, want, text);
}

static void
agree(void **state)
{
	struct random r = { .seed = 22082003 };
	struct tryst_buf text = { 0 }, once = { 0 }, twice = { 0 };
	answer want;

	(void)state;
	assert_int_equal(tryst_batch_init(&r.batch, TRYST_BITS_ALL, NULL), 0);
	for (uint32_t i = 0; i < ROWS; i++)
		row_draw(&r, i);
	for (unsigned i = 0; i < FILTERS; i++) {
		struct tryst_filter *f, *again;

		tryst_buf_clear(&text);
		tryst_buf_clear(&once);
		tryst_buf_clear(&twice);
		expression(&r, i % (DEPTH + 1), 0, &text, want);
		f = compile(text.data);
		compare(f, &r, want, text.data);
		tryst_filter_explain(f, &once);
		again = compile(once.data);
		compare(again, &r, want, once.data);
		tryst_filter_explain(again, &twice);
		assert_string_equal(once.data, twice.data);
		tryst_filter_free(f);
		tryst_filter_free(again);
	}
	tryst_buf_fini(&text);
	tryst_buf_fini(&once);
	tryst_buf_fini(&twice);
	tryst_batch_fini(&r.batch);
}

/* Texts and their canonical form. */
static void
explain(void **state)
{
	static const struct {
		const char *text;
		const char *form;
	} table[] = {
		{ "", "any" },
		{ "any or tcp", "any" },
		{ "not any and tcp", "(not any)" },
		{ "src net 10/8 and tcp", "((src ip in [10.0.0.0/8]) and (proto = 6))" },
		{ "tcp and udp or icmp", "(((proto = 6) and (proto = 17)) or (proto = 1))" },
		{ "tcp and (udp or icmp)", "((proto = 6) and (proto in [1, 17]))" },
		{ "tcp and (udp and icmp)", "((proto = 6) and (proto = 17) and (proto = 1))" },
		{ "not not tcp", "(proto = 6)" },
		{ "not tcp port 80", "(not ((proto = 6) and (port = 80)))" },
		{ "port 80 or port 81 or port 443 or port 80", "(port in [80-81, 443])" },
		{ "ip 1.2.3.4 or ip 10.1/16 or src ip ::1",
		  "((ip in [1.2.3.4, 10.1.0.0/16]) or (src ip in [::1]))" },
		{ "src and dst port > 1k", "((src port > 1000) and (dst port > 1000))" },
		{ "flags SA", "((proto = 6) and (tcp_flags SA/SA))" },
		{ "flags S/SAFR", "((proto = 6) and (tcp_flags S/FSRA))" },
		{ "not flags AF", "(not ((proto = 6) and (tcp_flags any FA)))" },
		{ "not not flags AF", "((proto = 6) and (tcp_flags FA/FA))" },
		{ "icmp-type 3", "((proto in [1, 58]) and (icmp_type = 3))" },
		{ "out bytes gt 1.5M", "(out bytes > 1500000)" },
		{ "in packets 3", "(packets = 3)" },
		{ "if 3 or in if 4", "((if = 3) or (in if = 4))" },
		{ "router ip 1.2.3.4", "(exporter in [1.2.3.4])" },
		{ "next ip 1.2.3.4", "(next_hop in [1.2.3.4])" },
		{ "ip and ip6", "((ipv4) and (ipv6))" },
		{ "bps > 1m", "(bps > 1000000)" },
		{ "start_ms < 2003-08-22", "(start_ms < 2003-08-22T00:00:00.000Z)" },
		{ "fwdstat drop or flowdir egress", "((fwd_status = 16) or (direction = 1))" },
		{ "greater 100", "(bytes >= 100)" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(table); i++) {
		struct tryst_buf out = { 0 };
		struct tryst_filter *f;

		f = compile(table[i].text);
		tryst_filter_explain(f, &out);
		assert_string_equal(out.data, table[i].form);
		tryst_filter_free(f);
		f = compile(out.data);
		tryst_buf_clear(&out);
		tryst_filter_explain(f, &out);
		assert_string_equal(out.data, table[i].form);
		tryst_filter_free(f);
		tryst_buf_fini(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(agree), cmocka_unit_test(explain) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

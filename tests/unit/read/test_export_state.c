/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the export decoder keeps between datagrams: templates of many exporters, samplers, sequence
 * numbers; and that all of it has an end.  Data that waits for templates: test_export_held.c.
 */
#include "export_rows.h"

#define IP1 0xc0000201u
#define IP2 0xc0000202u

/* Two layouts of the same length, so that the wrong one would decode as well. */
static const uint16_t forward[] = { 8, 4, 12, 4, 7, 2, 11, 2, 0 };
static const uint16_t backward[] = { 12, 4, 8, 4, 11, 2, 7, 2, 0 };

/* A message of IPFIX with the templates that are not NULL, and records of template 256. */
static void
make_ipfix(struct wire *w, uint32_t sequence, uint32_t domain, const uint16_t *fields,
           unsigned records)
{
	ipfix_begin(w, sequence, domain);
	if (fields)
		put_template(w, 2, 256, fields);
	if (records) {
		set_begin(w, 256);
		for (unsigned i = 0; i < records; i++)
			put_hex(w, "0a000001 0a000002 0001 0002");
		set_end(w);
	}
	ipfix_end(w);
}

static void
make_v9(struct wire *w, uint32_t uptime, uint32_t seconds, uint32_t sequence,
        const uint16_t *fields, unsigned records)
{
	v9_begin(w, uptime, seconds, sequence, 0);
	if (fields)
		put_template(w, 0, 256, fields);
	if (records) {
		set_begin(w, 256);
		for (unsigned i = 0; i < records; i++)
			put_hex(w, "0a000001 0a000002 0001 0002");
		set_end(w);
	}
}

#define FORWARD "src=10.0.0.1 dst=10.0.0.2 src_port=1 dst_port=2"
#define BACKWARD "src=10.0.0.2 dst=10.0.0.1 src_port=2 dst_port=1"

static void
check_row(const struct decoded *d, size_t row, const char *expected)
{
	assert_true(row < d->rows.count);
	if (!strstr(row_text(&d->rows.list[row]), expected))
		fail_msg("row %zu: %s, expected %s", row, row_text(&d->rows.list[row]), expected);
}

static void
test_isolation(void **state)
{
	static struct wire one, two, data;
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BITS_ALL);
	make_ipfix(&one, 0, 1, forward, 0);
	make_ipfix(&two, 0, 1, backward, 0);
	make_ipfix(&data, 0, 1, NULL, 1);
	/* Exporters, and then transport sessions of one exporter. */
	feed_from(&d, one.data, one.len, IP1, 5000);
	feed_from(&d, two.data, two.len, IP2, 5000);
	feed_from(&d, two.data, two.len, IP1, 5001);
	for (int i = 0; i < 2; i++) {
		feed_from(&d, data.data, data.len, IP1, 5000);
		feed_from(&d, data.data, data.len, IP2, 5000);
		feed_from(&d, data.data, data.len, IP1, 5001);
	}
	assert_int_equal(d.rows.count, 6);
	for (size_t i = 0; i < 6; i += 3) {
		check_row(&d, i, FORWARD);
		check_row(&d, i, "exporter=192.0.2.1 domain=1");
		check_row(&d, i + 1, BACKWARD);
		check_row(&d, i + 1, "exporter=192.0.2.2 domain=1");
		check_row(&d, i + 2, BACKWARD);
	}
	/* Domains. */
	make_ipfix(&data, 0, 2, NULL, 1);
	feed_from(&d, data.data, data.len, IP1, 5000);
	assert_int_equal(d.rows.count, 6);
	make_ipfix(&two, 0, 2, backward, 0);
	feed_from(&d, two.data, two.len, IP1, 5000);
	check_row(&d, 6, BACKWARD);
	/* NetFlow v9 is apart from IPFIX, and its source port means nothing. */
	make_v9(&two, 1000, EXPORT_S, 0, forward, 0);
	feed_from(&d, two.data, two.len, IP1, 5000);
	make_v9(&two, 1000, EXPORT_S, 1, NULL, 1);
	feed_from(&d, two.data, two.len, IP1, 5003);
	check_row(&d, 7, FORWARD);
	finish(&d);
	assert_int_equal(d.in.exporter_count, 4);
	assert_int_equal(health(&d)->undecodable_sets, 0);
	decoded_fini(&d);
}

/* The exporter's counts; NULL: it was never seen. */
static const uint64_t *
counts_of(const struct decoded *d, uint32_t ip, uint32_t domain)
{
	for (size_t i = 0; i < d->in.exporter_count; i++) {
		const struct tryst_exporter *e = d->in.exporters[i];

		if (tryst_ip_equal(e->ip, tryst_ip_v4(ip)) && e->domain == domain)
			return e->counts;
	}
	return NULL;
}

/* Each exporter answers for itself: what waits for a template, is lost, late or damaged. */
static void
test_exporter_health(void **state)
{
	static struct wire w;
	const uint64_t *one, *two, *other;
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BITS_ALL);
	make_ipfix(&w, 0, 1, forward, 2);
	feed_from(&d, w.data, w.len, IP1, 5000);
	/* Without a template, then 3 records lost. */
	make_ipfix(&w, 0, 1, NULL, 2);
	feed_from(&d, w.data, w.len, IP2, 5000);
	make_ipfix(&w, 5, 1, NULL, 1);
	feed_from(&d, w.data, w.len, IP1, 5000);
	make_ipfix(&w, 5, 1, NULL, 1);
	feed_from(&d, w.data, w.len, IP1, 5000);
	/* Late, from another place of the tally's. */
	make_ipfix(&w, 0, 2, forward, 1);
	feed_from(&d, w.data, w.len, IP1, 5000);
	make_ipfix(&w, 3, 1, NULL, 1);
	feed_from(&d, w.data, w.len, IP1, 5000);
	/* Cut short; and one that nobody sent. */
	w.len -= 6;
	feed_from(&d, w.data, w.len, IP2, 5000);
	feed_from(&d, "\x00\x0a", 2, IP2, 5000);
	finish(&d);
	assert_int_equal(d.in.exporter_count, 3);
	one = counts_of(&d, IP1, 1);
	two = counts_of(&d, IP2, 1);
	other = counts_of(&d, IP1, 2);
	assert_int_equal(one[TRYST_EXPORTER_DATAGRAMS], 4);
	assert_int_equal(one[TRYST_EXPORTER_FLOWS], 5);
	assert_int_equal(one[TRYST_EXPORTER_SEQUENCE_LOST], 2);
	assert_int_equal(one[TRYST_EXPORTER_SEQUENCE_LATE], 1);
	assert_int_equal(one[TRYST_EXPORTER_SEQUENCE_DUPLICATE], 1);
	assert_int_equal(one[TRYST_EXPORTER_UNDECODABLE_SETS], 0);
	assert_int_equal(two[TRYST_EXPORTER_DATAGRAMS], 2);
	assert_int_equal(two[TRYST_EXPORTER_FLOWS], 0);
	assert_int_equal(two[TRYST_EXPORTER_SEQUENCE_LOST], 0);
	assert_int_equal(two[TRYST_EXPORTER_UNDECODABLE_SETS], 1);
	assert_int_equal(two[TRYST_EXPORTER_UNDECODABLE_BYTES], 24);
	assert_int_equal(two[TRYST_EXPORTER_DAMAGED_BLOCKS], 2);
	assert_int_equal(other[TRYST_EXPORTER_FLOWS], 1);
	assert_int_equal(d.in.exporters[0]->protocols, 1U << TRYST_PROTOCOL_IPFIX);
	/* The datagram of no one is the input's alone. */
	assert_int_equal(health(&d)->damaged_blocks, 3);
	decoded_fini(&d);
}

/* So many that they push each other out of the tally: the sums stay. */
static void
test_exporter_crowd(void **state)
{
	enum { CROWD = 300, ROUNDS = 5 };
	static struct wire w;
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BIT(src));
	for (uint32_t i = 0; i < CROWD * ROUNDS; i++) {
		make_ipfix(&w, i / CROWD, i % 3, i < CROWD ? forward : NULL, 1);
		feed_from(&d, w.data, w.len, IP1 + i % CROWD, 5000);
	}
	finish(&d);
	assert_int_equal(d.in.exporter_count, CROWD);
	for (uint32_t i = 0; i < CROWD; i++)
		assert_int_equal(d.in.exporters[i]->counts[TRYST_EXPORTER_FLOWS], ROUNDS);
	assert_int_equal(health(&d)->flows, CROWD * ROUNDS);
	decoded_fini(&d);
}

static void
test_redefinition(void **state)
{
	static const uint16_t longer[] = { 8, 4, 12, 4, 7, 2, 11, 2, 4, 1, 0 };
	static struct wire w;
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BITS_ALL);
	make_ipfix(&w, 0, 0, forward, 1);
	feed(&d, &w);
	make_ipfix(&w, 1, 0, backward, 1);
	feed(&d, &w);
	make_ipfix(&w, 2, 0, longer, 0);
	set_begin(&w, 256);
	put_hex(&w, "0a000001 0a000002 0001 0002 11 0a000003 0a000004 0003 0004 06 0000");
	set_end(&w);
	ipfix_end(&w);
	feed(&d, &w);
	assert_int_equal(d.rows.count, 4);
	check_row(&d, 0, FORWARD);
	check_row(&d, 1, BACKWARD);
	check_row(&d, 2, FORWARD " proto=17");
	check_row(&d, 3, "src=10.0.0.3 dst=10.0.0.4 src_port=3 dst_port=4 proto=6");
	assert_int_equal(health(&d)->damaged_blocks + health(&d)->damaged_records, 0);
	decoded_fini(&d);
}

static void
test_withdrawal(void **state)
{
	static const char *const withdrawals[] = { "0100 0000", "0002 0000" };

	static struct wire w;

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(withdrawals); i++) {
		struct decoded d;

		decoded_init(&d, TRYST_BITS_ALL);
		make_ipfix(&w, 0, 0, forward, 1);
		feed(&d, &w);
		ipfix_begin(&w, 1, 0);
		set_begin(&w, 2);
		put_hex(&w, withdrawals[i]);
		set_end(&w);
		ipfix_end(&w);
		feed(&d, &w);
		make_ipfix(&w, 1, 0, NULL, 1);
		feed(&d, &w);
		assert_int_equal(d.rows.count, 1);
		finish(&d);
		assert_int_equal(health(&d)->undecodable_sets, 1);
		assert_int_equal(health(&d)->undecodable_bytes, 12);
		assert_true(noted(&d, "12 bytes of template 256, which never came"));
		decoded_fini(&d);
	}
}

static void
test_session_bound(void **state)
{
	static struct wire w;
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BIT(src));
	for (unsigned i = 0; i < TRYST_EXPORT_SESSIONS_MAX + 3; i++) {
		make_ipfix(&w, 0, i, forward, i < 6 || i >= TRYST_EXPORT_SESSIONS_MAX);
		feed(&d, &w);
	}
	assert_int_equal(d.rows.count, 6);
	assert_int_equal(health(&d)->undecodable_sets, 3);
	assert_true(noted(&d, "beyond the 4096"));
	/* Those that are known go on. */
	make_ipfix(&w, 1, 5, NULL, 1);
	feed(&d, &w);
	assert_int_equal(d.rows.count, 7);
	decoded_fini(&d);
}

static void
test_template_bound(void **state)
{
	static struct wire w;
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BIT(src));
	for (unsigned i = 0; i < TRYST_EXPORT_SESSION_TEMPLATES_MAX + 2; i++) {
		ipfix_begin(&w, 0, 0);
		put_template(&w, 2, (uint16_t)(60000 - i), forward);
		ipfix_end(&w);
		feed(&d, &w);
	}
	assert_int_equal(health(&d)->notes_total, 2);
	assert_non_null(strstr(health(&d)->notes[0].text, "no room for template 58976"));
	/* One that is there may be given anew. */
	ipfix_begin(&w, 0, 0);
	put_template(&w, 2, 60000, backward);
	ipfix_end(&w);
	feed(&d, &w);
	assert_int_equal(health(&d)->notes_total, 2);
	decoded_fini(&d);
}

/* The header of NetFlow v5: two bits of method, fourteen of interval. */
static void
make_v5(struct wire *w, uint32_t uptime, uint32_t seconds, uint32_t sequence, uint16_t sampling,
        unsigned records)
{
	*w = (struct wire){ .len = 0 };
	put(w, 5, 2);
	put(w, records, 2);
	put(w, uptime, 4);
	put(w, seconds, 4);
	put(w, 500000000, 4);
	put(w, sequence, 4);
	put(w, 0x0102, 2);
	put(w, sampling, 2);
	for (unsigned i = 0; i < records; i++) {
		put_hex(w, "0a000001 0a000002 0a0000fe 0001 0002 00000003 00000100");
		put(w, uptime - 2000, 4);
		put(w, uptime - 1000, 4);
		put_hex(w, "0400 0050 00 12 06 b8 fde8 fde9 18 10 0000");
	}
}

static void
test_v5(void **state)
{
	static struct wire w;
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BITS_ALL);
	make_v5(&w, 100000, EXPORT_S, 0, 0x4064, 2);
	feed_from(&d, w.data, w.len, IP1, 1);
	assert_int_equal(d.rows.count, 2);
	assert_string_equal(
		row_text(&d.rows.list[1]),
		"start_ms=2023-11-14T22:13:18.500Z end_ms=2023-11-14T22:13:19.500Z "
		"received_ms=2023-11-14T22:13:20.500Z src=10.0.0.1 dst=10.0.0.2 src_port=1024 "
		"dst_port=80 proto=6 tcp_flags=18 tos=184 packets=3 bytes=256 in_if=1 out_if=2 "
		"src_as=65000 dst_as=65001 next_hop=10.0.0.254 src_mask=24 dst_mask=16 "
		"exporter=192.0.2.1 domain=258 sampling=100");
	finish(&d);
	assert_int_equal(d.in.exporter_count, 1);
	assert_int_equal(d.in.exporters[0]->sampling, 100);
	decoded_fini(&d);
}

/* Versions 1 and 7 have records of 52 bytes, the flags at other places. */
static void
test_v1_v7(void **state)
{
	static struct wire w;
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BITS_ALL);
	put_hex(&w, "0001 0001 000186a0 6553f100 00000000"
	            "0a000001 0a000002 00000000 0001 0002 00000003 00000100 000182b8 000186a0"
	            "0400 0050 0000 06 b8 12 00 0000 00000000 00000000");
	feed(&d, &w);
	w.len = 0;
	put_hex(&w, "0007 0001 000186a0 6553f100 00000000 00000000 00000000"
	            "0a000001 0a000002 00000000 0001 0002 00000003 00000100 000182b8 000186a0"
	            "0400 0050 00 12 06 b8 fde8 fde9 18 10 0000 c0000209");
	feed(&d, &w);
	assert_int_equal(d.rows.count, 2);
	for (size_t i = 0; i < 2; i++)
		check_row(&d, i,
		          "src_port=1024 dst_port=80 proto=6 tcp_flags=18 tos=184 packets=3 "
		          "bytes=256 in_if=1 out_if=2");
	check_row(&d, 1, "src_as=65000 dst_as=65001 next_hop=0.0.0.0 src_mask=24 dst_mask=16");
	assert_int_equal(health(&d)->bad_times, 0);
	decoded_fini(&d);
}

/* softflowd's records of version 1 have 48 bytes: also one datagram behind the other. */
static void
test_v1_brief(void **state)
{
	static const char header[] = "0001 0002 000186a0 6553f100 00000000";
	static const char record[] =
		"0a000001 0a000002 00000000 0001 0002 00000003 00000100 000182b8 000186a0"
		"0400 0050 0000 06 b8 12 00 0000 00000000";
	static struct wire w;
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BITS_ALL);
	put_hex(&w, header);
	put_hex(&w, record);
	put_hex(&w, record);
	assert_int_equal(tryst_export_length(w.data, w.len), w.len);
	feed(&d, &w);
	assert_int_equal(d.rows.count, 2);
	for (size_t i = 0; i < 2; i++)
		check_row(&d, i,
		          "src_port=1024 dst_port=80 proto=6 tcp_flags=18 tos=184 packets=3");
	assert_int_equal(health(&d)->bad_times, 0);
	assert_int_equal(health(&d)->damaged_bytes, 0);
	put_hex(&w, header);
	assert_int_equal(tryst_export_length(w.data, w.len), 16 + 2 * 48);
	put_hex(&w, record);
	put_hex(&w, record);
	assert_int_equal(tryst_export_length(w.data, w.len), 16 + 2 * 48);
	/* Neither: the length that the version has. */
	assert_int_equal(tryst_export_length(w.data, 100), 16 + 2 * 52);
	decoded_fini(&d);
}

struct step {
	uint32_t sequence, units;
	uint32_t later_s; /* than the first */
	uint64_t lost, late, duplicate, restarts;
};

static void
check_step(const struct decoded *d, const struct step *s, size_t number)
{
	const struct tryst_health *h = health(d);

	if (h->sequence_lost != s->lost || h->sequence_late != s->late ||
	    h->sequence_duplicate != s->duplicate || h->exporter_restarts != s->restarts)
		fail_msg("step %zu: lost %d late %d duplicate %d restarts %d", number,
		         (int)h->sequence_lost, (int)h->sequence_late, (int)h->sequence_duplicate,
		         (int)h->exporter_restarts);
}

static void
test_sequence(void **state)
{
	/* Flows in v5. */
	static const struct step v5[] = {
		{ 100, 5, 0, 0, 0, 0, 0 },  { 105, 5, 0, 0, 0, 0, 0 },  { 120, 5, 0, 10, 0, 0, 0 },
		{ 110, 5, 0, 5, 5, 0, 0 },  { 125, 5, 0, 5, 5, 0, 0 },  { 125, 5, 0, 5, 5, 1, 0 },
		{ 115, 5, 0, 0, 10, 1, 0 }, { 130, 5, 1, 0, 10, 1, 0 },
	};
	/* Data records in IPFIX; the number wraps, and 0 far back is a new beginning. */
	static const struct step ipfix[] = {
		{ 0xfffffffe, 1, 0, 0, 0, 0, 0 },
		{ 0xffffffff, 3, 0, 0, 0, 0, 0 },
		{ 2, 1, 0, 0, 0, 0, 0 },
		{ 4, 1, 0, 1, 0, 0, 0 },
		{ 0, 2, 0, 1, 0, 0, 1 },
		{ 2, 3, 0, 1, 0, 0, 1 },
		/* An exporter that counts the message itself in. */
		{ 6, 4, 0, 1, 0, 0, 1 },
		{ 7, 1, 0, 1, 0, 0, 1 },
		/* One that does not count. */
		{ 7, 2, 0, 1, 0, 0, 1 },
	};
	/* Datagrams in v9. */
	static const struct step v9[] = {
		{ 10, 1, 0, 0, 0, 0, 0 }, { 11, 3, 0, 0, 0, 0, 0 }, { 15, 9, 0, 3, 0, 0, 0 },
		{ 13, 2, 0, 2, 1, 0, 0 }, { 13, 2, 0, 2, 1, 1, 0 }, { 16, 1, 0, 2, 1, 1, 0 },
		{ 12, 4, 0, 1, 2, 1, 0 }, { 17, 4, 0, 1, 2, 1, 0 }, { 3000, 1, 0, 2983, 2, 1, 0 },
	};
	static struct wire w;
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BIT(src));
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(v9); i++) {
		make_v9(&w, 100000, EXPORT_S, v9[i].sequence, i == 0 ? forward : NULL, v9[i].units);
		feed(&d, &w);
		check_step(&d, &v9[i], i);
	}
	decoded_fini(&d);
	decoded_init(&d, TRYST_BIT(src));
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(v5); i++) {
		make_v5(&w, 100000 + 1000 * v5[i].later_s, EXPORT_S + v5[i].later_s, v5[i].sequence,
		        0, v5[i].units);
		feed(&d, &w);
		check_step(&d, &v5[i], i);
	}
	decoded_fini(&d);
	decoded_init(&d, TRYST_BIT(src));
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(ipfix); i++) {
		make_ipfix(&w, ipfix[i].sequence, 0, i == 0 ? forward : NULL, ipfix[i].units);
		feed(&d, &w);
		check_step(&d, &ipfix[i], i);
	}
	decoded_fini(&d);
}

/* A restarted exporter of NetFlow v9 has no templates until it gives them again. */
static void
test_restart(void **state)
{
	static struct wire w;
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BITS_ALL);
	make_v9(&w, 900000000, EXPORT_S, 5000, forward, 1);
	feed(&d, &w);
	/* Late by a second, and no restart. */
	make_v9(&w, 899999000, EXPORT_S - 1, 4999, NULL, 1);
	feed(&d, &w);
	assert_int_equal(health(&d)->exporter_restarts, 0);
	assert_int_equal(d.rows.count, 2);
	make_v9(&w, 20000, EXPORT_S + 60, 0, NULL, 1);
	feed(&d, &w);
	assert_int_equal(health(&d)->exporter_restarts, 1);
	assert_int_equal(d.rows.count, 2);
	make_v9(&w, 21000, EXPORT_S + 61, 1, backward, 0);
	feed(&d, &w);
	assert_int_equal(d.rows.count, 3);
	check_row(&d, 2, BACKWARD);
	/* The uptime begins again after 49.7 days: no restart. */
	make_v9(&w, 21000 + 4200000000u, EXPORT_S + 61 + 4200000, 2, NULL, 1);
	feed(&d, &w);
	make_v9(&w, 21000 + 4200000000u + 100000000u, EXPORT_S + 61 + 4300000, 3, NULL, 1);
	feed(&d, &w);
	assert_int_equal(health(&d)->exporter_restarts, 1);
	assert_int_equal(health(&d)->sequence_lost, 0);
	assert_int_equal(d.rows.count, 5);
	decoded_fini(&d);
}

static void
test_damage(void **state)
{
	static const struct {
		const char *datagram, *note;
	} cases[] = {
		{ "00", "has 1 bytes" },
		{ "0006 0001 00000000", "is of version 6, expected 1, 5, 7, 9" },
		{ "0009 0001 00000000", "is cut short in its header" },
		{ "000a 0010 00000000", "is cut short in its header" },
		{ "0005 0001 00000000 00000000 00000000 00000000 0000",
		  "is cut short in its header" },
		{ "0005 0001 00000000 00000000 00000000 00000000 00000000 00",
		  "has 0 of 1 records" },
		{ "0005 00ff 00000000 00000000 00000000 00000000 00000000 00",
		  "says that it has 255 records in 1 bytes" },
		{ "000a 0014 00000000 00000000 00000000 0100 0008",
		  "has a set of 8 bytes where 4 are left" },
		{ "000a 0014 00000000 00000000 00000000 0100 0003",
		  "has a set of 3 bytes where 4 are left" },
		{ "000a 0020 00000000 00000000 00000000 0002 0004", "has 20 of 32 bytes" },
		{ "000a 0014 00000000 00000000 00000000 0002 0004 00",
		  "has 1 bytes behind its end" },
		{ "000a 001c 00000000 00000000 00000000 0002 000c 0100 0002 0008 0004",
		  "template 256 does not fit its set" },
		{ "000a 001c 00000000 00000000 00000000 0002 000c 0100 0001 0008 0000",
		  "template 256 has records of no length" },
		{ "000a 0014 00000000 00000000 00000000 0009 0004", "a set of the reserved id 9" },
		{ "000a 0021 00000000 00000000 00000000 0002 000c 0100 0001 0008 0004 0100 0005 00",
		  "1 bytes of template 256, whose records have at least 4" },
		{ "000a 0022 00000000 00000000 00000000 0002 000c 0100 0001 0052 ffff 0100 0006 "
		  "0500",
		  "record 1 of template 256 is longer than its set" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		static struct wire w;
		struct decoded d;

		decoded_init(&d, TRYST_BITS_ALL);
		w.len = 0;
		put_hex(&w, cases[i].datagram);
		feed(&d, &w);
		assert_int_equal(d.rows.count, 0);
		if (health(&d)->note_count != 1 ||
		    !strstr(health(&d)->notes[0].text, cases[i].note))
			fail_msg("case %zu: %u notes, %s", i, health(&d)->note_count,
			         health(&d)->notes[0].text);
		decoded_fini(&d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_isolation),      cmocka_unit_test(test_exporter_health),
		cmocka_unit_test(test_exporter_crowd), cmocka_unit_test(test_redefinition),
		cmocka_unit_test(test_withdrawal),     cmocka_unit_test(test_session_bound),
		cmocka_unit_test(test_template_bound), cmocka_unit_test(test_v5),
		cmocka_unit_test(test_v1_v7),          cmocka_unit_test(test_v1_brief),
		cmocka_unit_test(test_sequence),       cmocka_unit_test(test_restart),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests_name("read/export_state", tests, NULL, NULL);
}

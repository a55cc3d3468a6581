/* SPDX-License-Identifier: Apache-2.0 */
/* sFlow version 5: what becomes of samples and records, and of sequence numbers. */
#include "export_rows.h"

#include "read/sflow.h"

#define HEADER "00000005 00000001 c0000263 00000007" /* agent 192.0.2.99, sub-agent 7 */
#define UPTIME "00001000"

/* 192.0.2.1:22 -> 192.0.2.2:49152, TCP, TTL 64, id 0x1234, VLAN 5; cut behind the flags. */
#define FRAME                                                                                      \
	"020000000001 020000000002 8100 0005 0800"                                                 \
	"45080028 12344000 40060000 c0000201 c0000202"                                             \
	"0016c000 00000001 00000002 5012"
#define RAW "00000001 00000044 00000001 00000040 00000004 00000034" FRAME
#define FIELDS                                                                                     \
	"00000003 00000020 00000064 00000011 cb007101 cb007102"                                    \
	"00000035 00001388 00000000 00000000"
#define SWITCH "000003e9 00000010 0000000a 00000000 0000000b 00000000"
#define ROUTER "000003ea 00000010 00000001 c00002fe 00000018 00000010"
#define GATEWAY                                                                                    \
	"000003eb 0000002c 00000001 c00002fe 0000fde8 0000fde9 0000fdea"                           \
	"00000001 00000002 00000002 0000fdeb 0000fdec 00000000"
#define NAT "000003ef 00000010 00000001 0a000001 00000001 0a000002"
#define NAT_PORTS "000003fc 00000008 00000400 00000401"
#define UNKNOWN "00000fff 00000005 0102030405 000000"

#define TIME "start_ms=2023-11-14T22:13:20.000Z end_ms=2023-11-14T22:13:20.000Z "
#define TIMES TIME "received_ms=2023-11-14T22:13:20.000Z "

static void
feed_hex(struct decoded *d, const char *hex)
{
	static struct wire w;
	struct tryst_datagram gram = { .received_ms = EXPORT_MS };
	struct tryst_error err = { 0 };
	uint8_t *exact;

	w.len = 0;
	put_hex(&w, hex);
	exact = malloc(w.len + 1);
	memcpy(exact, w.data, w.len);
	gram.data = exact;
	gram.len = w.len;
	assert_int_equal(tryst_export_decode(d->x, &gram, &d->sink.base, &err), 0);
	assert_int_equal(collect(&d->sink.base, &err), 0);
	free(exact);
}

#define FLOW(len, seq, rate, in, out, records)                                                     \
	"00000001" len seq "00000003" rate "00001000 00000000" in out records

static const uint64_t columns = TRYST_BITS_ALL & ~(TRYST_BIT(input_id) | TRYST_BIT(record_no));

static void
test_samples(void **state)
{
	static const struct {
		const char *hex, *expected;
	} cases[] = {
		{ HEADER "00000001" UPTIME "00000001" FLOW("0000006c", "00000001", "00000200",
		                                           "00000003", "80000002", "00000001") RAW,
		  TIMES "src=192.0.2.1 dst=192.0.2.2 src_port=22 dst_port=49152 proto=6 "
		        "tcp_flags=18 tos=8 packets=1 bytes=40 in_if=3 vlan=5 min_ttl=64 "
		        "max_ttl=64 ip_id=4660 exporter=192.0.2.99 domain=7 sampling=512" },
		{ HEADER "00000001" UPTIME "00000001" FLOW("000000e4", "00000001", "00000200",
		                                           "00000000", "40000102", "00000007")
		          FIELDS SWITCH ROUTER GATEWAY NAT NAT_PORTS UNKNOWN,
		  TIMES "src=203.0.113.1 dst=203.0.113.2 src_port=53 dst_port=5000 proto=17 "
		        "tos=0 packets=1 bytes=100 src_as=65001 dst_as=65004 "
		        "next_hop=192.0.2.254 src_mask=24 dst_mask=16 vlan=10 fwd_status=128 "
		        "nat_src=10.0.0.1 nat_dst=10.0.0.2 nat_src_port=1024 nat_dst_port=1025 "
		        "exporter=192.0.2.99 domain=7 sampling=512" },
		/* The packet itself counts before its fields, in any order. */
		{ HEADER "00000001" UPTIME "00000001" FLOW("00000094", "00000001", "00000001",
		                                           "3fffffff", "00000004", "00000002")
		          FIELDS RAW,
		  TIMES "src=192.0.2.1 dst=192.0.2.2 src_port=22 dst_port=49152 proto=6 "
		        "tcp_flags=18 tos=8 packets=1 bytes=40 out_if=4 vlan=5 min_ttl=64 "
		        "max_ttl=64 ip_id=4660 exporter=192.0.2.99 domain=7 sampling=1" },
		/* The expanded form. */
		{ HEADER "00000001" UPTIME "00000001 00000003 00000054 00000001 00000000 00000003"
		         "00000200 00001000 00000000 00000000 00000003 00000001 00000102"
		         "00000001" FIELDS,
		  TIMES "src=203.0.113.1 dst=203.0.113.2 src_port=53 dst_port=5000 proto=17 "
		        "tos=0 packets=1 bytes=100 in_if=3 fwd_status=128 exporter=192.0.2.99 "
		        "domain=7 sampling=512" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct decoded d;

		decoded_init(&d, columns);
		feed_hex(&d, cases[i].hex);
		if (health(&d)->damaged_records)
			fail_msg("%zu: %s", i, health(&d)->notes[0].text);
		assert_int_equal(d.rows.count, 1);
		assert_string_equal(row_text(&d.rows.list[0]), cases[i].expected);
		decoded_fini(&d);
	}
}

static void
test_no_flows(void **state)
{
	struct decoded d;

	(void)state;
	decoded_init(&d, columns);
	/* Counters, a kind of another enterprise, a sample of what is no IP. */
	feed_hex(&d,
	         HEADER "00000001" UPTIME "00000003"
	                "00000002 0000000c 00000001 00000003 00000000"
	                "00001001 00000004 00000000"
	                "00000001 00000044 00000001 00000003 00000001 00000001 00000000 00000001"
	                "00000002 00000001 00000001 0000001c 00000001 0000003c 00000004 0000000c"
	                "020000000001 020000000002");
	assert_int_equal(d.rows.count, 0);
	assert_int_equal(health(&d)->other_records, 2);
	assert_int_equal(health(&d)->skipped_records, 1);
	assert_int_equal(health(&d)->damaged_records, 0);
	decoded_fini(&d);
}

/* Whatever is missing at the end is damage, and never more than that. */
static void
test_cut(void **state)
{
	static struct wire w;
	struct decoded d;
	struct tryst_error err = { 0 };

	(void)state;
	w.len = 0;
	put_hex(&w, HEADER "00000001" UPTIME "00000001" FLOW("000000e4", "00000001", "00000200",
	                                                     "00000000", "40000102", "00000007")
	                    FIELDS SWITCH ROUTER GATEWAY NAT NAT_PORTS UNKNOWN);
	assert_int_equal(tryst_sflow_length(w.data, w.len), w.len);
	decoded_init(&d, columns);
	for (size_t len = 4; len < w.len; len++) {
		uint8_t *exact = malloc(len);
		struct tryst_datagram gram = { .data = exact, .len = len, .received_ms = 1 };
		uint64_t before = health(&d)->damaged_records;

		memcpy(exact, w.data, len);
		assert_int_equal(tryst_export_decode(d.x, &gram, &d.sink.base, &err), 0);
		assert_int_equal(health(&d)->damaged_records, before + 1);
		assert_true(tryst_sflow_length(exact, len) == 0 ||
		            tryst_sflow_length(exact, len) > len);
		free(exact);
	}
	decoded_fini(&d);
}

static void
test_sequence(void **state)
{
	static const struct {
		const char *sequence;
		const char *uptime;
		uint64_t lost, late, duplicate, restarts; /* afterwards */
	} steps[] = {
		{ "00000064", "00001000", 0, 0, 0, 0 }, { "00000065", "00001000", 0, 0, 0, 0 },
		{ "00000068", "00001000", 2, 0, 0, 0 }, { "00000066", "00001000", 1, 1, 0, 0 },
		{ "00000066", "00001000", 1, 1, 1, 0 }, { "00000068", "00001000", 1, 1, 2, 0 },
		{ "00000069", "00100000", 1, 1, 2, 0 }, { "00000001", "00000010", 1, 1, 2, 1 },
		{ "00000002", "00000020", 1, 1, 2, 1 }, { "00000004", "00000030", 2, 1, 2, 1 },
	};
	struct decoded d;

	(void)state;
	decoded_init(&d, columns);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(steps); i++) {
		char hex[256];

		(void)snprintf(hex, sizeof(hex), HEADER "%s%s00000000", steps[i].sequence,
		               steps[i].uptime);
		feed_hex(&d, hex);
		assert_int_equal(health(&d)->sequence_lost, steps[i].lost);
		assert_int_equal(health(&d)->sequence_late, steps[i].late);
		assert_int_equal(health(&d)->sequence_duplicate, steps[i].duplicate);
		assert_int_equal(health(&d)->exporter_restarts, steps[i].restarts);
	}
	decoded_fini(&d);
}

/* Samples that are missing count only when no datagram is; each source counts for itself. */
static void
test_sample_sequence(void **state)
{
#define COUNTERS(source, sequence) "00000002 0000000c" sequence source "00000000"
	struct decoded d;

	(void)state;
	decoded_init(&d, columns);
	feed_hex(&d, HEADER "00000001" UPTIME "00000002" COUNTERS("00000001", "0000000a")
	                     COUNTERS("00000002", "00000064"));
	feed_hex(&d, HEADER "00000002" UPTIME "00000002" COUNTERS("00000001", "0000000d")
	                     COUNTERS("00000002", "00000065"));
	assert_int_equal(health(&d)->sequence_lost, 2);
	feed_hex(&d, HEADER "00000004" UPTIME "00000001" COUNTERS("00000001", "0000000f"));
	assert_int_equal(health(&d)->sequence_lost, 3);
	decoded_fini(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_no_flows),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_sequence),
		cmocka_unit_test(test_sample_sequence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

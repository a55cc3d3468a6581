/* SPDX-License-Identifier: Apache-2.0 */
/* Which records become one conversation, and what is counted of it: docs/conversations.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

#define L "203.0.113.9"  /* listed */
#define M "203.0.113.10" /* listed */
#define H "192.0.2.27"   /* home */
#define S 0x02
#define SA 0x12
#define A 0x10
#define FA 0x11
#define R 0x04
#define MIN 60000
#define SURE 0.96 /* more than one direction and a low port together */

/* Records, and the conversations that must come out: packets in and out of each, in order of time,
 * and who began, where that is sure. */
struct row {
	const char *name;
	struct fixture_flow flows[4];
	struct {
		uint64_t in, out;
		uint32_t records;
		enum tryst_initiator initiator;
	} want[4]; /* ended by records == 0 */
};

#define UNKNOWN TRYST_INITIATOR_UNKNOWN
#define HOME TRYST_INITIATOR_HOME
#define PEER TRYST_INITIATOR_PEER

/* A record from the listed host or to it, with n packets at t ms. */
#define IN(sp, dp, pr, t, d, n) L, H, sp, dp, pr, .start_ms = t, .duration_ms = d, .packets = n
#define OUT(sp, dp, pr, t, d, n) H, L, sp, dp, pr, .start_ms = t, .duration_ms = d, .packets = n

/* clang-format off */
static const struct row rows[] = {
	{ "request and reply are one",
	  { { IN(5000, 53, 17, 0, 0, 1) }, { OUT(53, 5000, 17, 5, 0, 2) } },
	  { { 1, 2, 2, UNKNOWN } } },
	{ "another port is another conversation",
	  { { IN(5000, 53, 17, 0, 0, 1) }, { OUT(53, 5001, 17, 5, 0, 2) } },
	  { { 1, 0, 1, UNKNOWN }, { 0, 2, 1, UNKNOWN } } },
	{ "the same ports of another protocol too",
	  { { IN(5000, 53, 17, 0, 0, 1) }, { OUT(53, 5000, 6, 5, 0, 2) } },
	  { { 1, 0, 1, UNKNOWN }, { 0, 2, 1, UNKNOWN } } },
	{ "fragments of a long flow, to the last millisecond of the gap",
	  { { IN(5000, 53, 17, 0, MIN, 1) }, { IN(5000, 53, 17, 2 * MIN, 0, 2) } },
	  { { 3, 0, 2, UNKNOWN } } },
	{ "a millisecond later it is a new one",
	  { { IN(5000, 53, 17, 0, MIN, 1) }, { IN(5000, 53, 17, 2 * MIN + 1, 0, 2) } },
	  { { 1, 0, 1, UNKNOWN }, { 2, 0, 1, UNKNOWN } } },
	{ "the silence is measured from the latest end, not from the last record",
	  { { IN(5000, 53, 17, 0, 5 * MIN, 1) }, { OUT(53, 5000, 17, 1, 0, 2) },
	    { IN(5000, 53, 17, 6 * MIN, 0, 3) } },
	  { { 4, 2, 3, UNKNOWN } } },
	{ "TCP may be silent for five minutes",
	  { { IN(5000, 80, 6, 0, 0, 1), .flags = A }, { IN(5000, 80, 6, 5 * MIN, 0, 2), .flags = A } },
	  { { 3, 0, 2, UNKNOWN } } },
	{ "a SYN after a FIN of the same side is a new connection",
	  { { IN(5000, 80, 6, 0, 100, 1), .flags = S | FA }, { IN(5000, 80, 6, 200, 100, 2), .flags = S } },
	  { { 1, 0, 1, UNKNOWN }, { 2, 0, 1, PEER } } },
	{ "but not when the flows overlap",
	  { { IN(5000, 80, 6, 0, 300, 1), .flags = S | FA }, { IN(5000, 80, 6, 200, 100, 2), .flags = S } },
	  { { 3, 0, 2, UNKNOWN } } },
	{ "nor when a second exporter says the same, a little late",
	  { { IN(5000, 80, 6, 0, 100, 1), .flags = S | FA, .exporter = "198.51.100.1" },
	    { IN(5000, 80, 6, 200, 100, 1), .flags = S | FA, .exporter = "198.51.100.2" } },
	  { { 1, 0, 2, UNKNOWN } } },
	{ "two exporters that both saw it close and open again",
	  { { IN(5000, 80, 6, 0, 100, 1), .flags = S | FA, .exporter = "198.51.100.1" },
	    { IN(5000, 80, 6, 1, 100, 1), .flags = S | FA, .exporter = "198.51.100.2" },
	    { IN(5000, 80, 6, 200, 100, 2), .flags = S, .exporter = "198.51.100.1" },
	    { IN(5000, 80, 6, 201, 100, 2), .flags = S, .exporter = "198.51.100.2" } },
	  { { 1, 0, 2, UNKNOWN }, { 2, 0, 2, PEER } } },
	{ "times as far apart as there are numbers",
	  { { OUT(5000, 53, 17, INT64_MIN, INT64_MAX, 1), .exporter = "198.51.100.1" },
	    { OUT(5000, 53, 17, -1, INT64_MAX, 1), .exporter = "198.51.100.1" },
	    { IN(53, 5000, 17, INT64_MAX - 1, 0, 1), .exporter = "198.51.100.1" } },
	  { { 1, 2, 3, HOME } } },
	{ "SYN alone is from the initiator, whoever's record starts first",
	  { { OUT(80, 5000, 6, 0, 0, 1), .flags = SA }, { IN(5000, 80, 6, 500, 0, 1), .flags = S } },
	  { { 1, 1, 2, PEER } } },
	{ "so is the SYN of the first packet, whatever followed it",
	  { { OUT(80, 5000, 6, 0, 0, 9), .flags = 0x1b, .first_flags = SA },
	    { IN(5000, 80, 6, 500, 0, 9), .flags = 0x1b, .first_flags = S } },
	  { { 9, 9, 2, PEER } } },
	{ "SYN alone of both sides says nothing",
	  { { OUT(80, 5000, 6, 0, 0, 1), .flags = S }, { IN(5000, 80, 6, 5, 0, 1), .flags = S } },
	  { { 1, 1, 2, UNKNOWN } } },
	{ "first by more than 10 ms on one exporter",
	  { { OUT(5000, 53, 17, 0, 0, 1), .exporter = "198.51.100.1" },
	    { IN(53, 5000, 17, 11, 0, 1), .exporter = "198.51.100.1" } },
	  { { 1, 1, 2, HOME } } },
	{ "first by 10 ms is not plain",
	  { { OUT(5000, 53, 17, 0, 0, 1), .exporter = "198.51.100.1" },
	    { IN(53, 5000, 17, 10, 0, 1), .exporter = "198.51.100.1" } },
	  { { 1, 1, 2, UNKNOWN } } },
	{ "the clocks of two exporters do not compare",
	  { { OUT(5000, 53, 17, 0, 0, 1), .exporter = "198.51.100.1" },
	    { IN(53, 5000, 17, 500, 0, 1), .exporter = "198.51.100.2" } },
	  { { 1, 1, 2, UNKNOWN } } },
	{ "nor do those of records without an exporter",
	  { { OUT(5000, 53, 17, 0, 0, 1) }, { IN(53, 5000, 17, 500, 0, 1) } },
	  { { 1, 1, 2, UNKNOWN } } },
	{ "two exporters that saw the same are not added up",
	  { { IN(5000, 53, 17, 0, 0, 7), .exporter = "198.51.100.2" },
	    { IN(5000, 53, 17, 3, 0, 9), .exporter = "198.51.100.1" },
	    { OUT(53, 5000, 17, 4, 0, 2), .exporter = "198.51.100.2" } },
	  { { 9, 2, 3, UNKNOWN } } },
	{ "fragments of one exporter are, beside the other's whole",
	  { { IN(5000, 53, 17, 0, 10, 7), .exporter = "198.51.100.2" },
	    { IN(5000, 53, 17, 0, 30, 9), .exporter = "198.51.100.1" },
	    { IN(5000, 53, 17, 20, 10, 7), .exporter = "198.51.100.2" } },
	  { { 14, 0, 3, UNKNOWN } } },
	{ "a biflow record fills both directions",
	  { { IN(5000, 80, 6, 0, 0, 3), .rev_packets = 4, .rev_bytes = 400 } },
	  { { 3, 4, 1, UNKNOWN } } },
	{ "a biflow record and its other half by another exporter",
	  { { IN(5000, 80, 6, 0, 0, 3), .rev_packets = 4, .exporter = "198.51.100.1" },
	    { OUT(80, 5000, 6, 0, 0, 5), .rev_packets = 2, .exporter = "198.51.100.2" } },
	  { { 3, 5, 2, UNKNOWN } } },
	{ "echo request and reply are one",
	  { { IN(0, 0, 1, 0, 0, 1), .icmp = true, .icmp_type = 8 },
	    { OUT(0, 0, 1, 5, 0, 2), .icmp = true, .icmp_type = 0 } },
	  { { 1, 2, 2, PEER } } },
	{ "so are they where the type stands in the destination port",
	  { { IN(0, 2048, 1, 0, 0, 1) }, { OUT(0, 0, 1, 5, 0, 2), .icmp = true, .icmp_type = 0 } },
	  { { 1, 2, 2, PEER } } },
	{ "errors both ways are two",
	  { { IN(0, 0, 1, 0, 0, 1), .icmp = true, .icmp_type = 3 },
	    { OUT(0, 0, 1, 5, 0, 2), .icmp = true, .icmp_type = 3 } },
	  { { 1, 0, 1, UNKNOWN }, { 0, 2, 1, UNKNOWN } } },
	{ "an error is no answer to an echo request",
	  { { IN(0, 0, 1, 0, 0, 1), .icmp = true, .icmp_type = 8 },
	    { OUT(0, 0, 1, 5, 0, 2), .icmp = true, .icmp_type = 3 } },
	  { { 1, 0, 1, PEER }, { 0, 2, 1, UNKNOWN } } },
	{ "unknown ICMP is not paired",
	  { { IN(0, 0, 1, 0, 0, 1) }, { OUT(0, 0, 1, 5, 0, 2) } },
	  { { 1, 0, 1, UNKNOWN }, { 0, 2, 1, UNKNOWN } } },
	{ "a protocol without ports pairs by address",
	  { { IN(0, 0, 47, 0, 0, 1) }, { OUT(0, 0, 47, 5, 0, 2) } },
	  { { 1, 2, 2, UNKNOWN } } },
	{ "an answer to UDP, to the last millisecond",
	  { { IN(5000, 5001, 17, 0, 0, 1) }, { OUT(5001, 5000, 17, 30000, 0, 2) } },
	  { { 1, 2, 2, UNKNOWN } } },
	{ "a millisecond later it answers nothing",
	  { { IN(5000, 5001, 17, 0, 0, 1) }, { OUT(5001, 5000, 17, 30001, 0, 2) } },
	  { { 1, 0, 1, UNKNOWN }, { 0, 2, 1, UNKNOWN } } },
	{ "but it is in one conversation with what is answered in time",
	  { { IN(5000, 5001, 17, 0, 0, 1) }, { OUT(5001, 5000, 17, 30001, 0, 2) },
	    { IN(5000, 5001, 17, 60000, 0, 4) } },
	  { { 5, 2, 3, UNKNOWN } } },
	{ "directions of TCP that do not overlap, to the last millisecond",
	  { { IN(5000, 5001, 6, 0, 1000, 1), .flags = A }, { OUT(5001, 5000, 6, 6000, 0, 2), .flags = A } },
	  { { 1, 2, 2, UNKNOWN } } },
	{ "a millisecond later they are apart",
	  { { IN(5000, 5001, 6, 0, 1000, 1), .flags = A }, { OUT(5001, 5000, 6, 6001, 0, 2), .flags = A } },
	  { { 1, 0, 1, UNKNOWN }, { 0, 2, 1, UNKNOWN } } },
	{ "unless packets are sampled",
	  { { IN(5000, 5001, 6, 0, 0, 1), .flags = A, .sampling = 100 },
	    { OUT(5001, 5000, 6, 200000, 0, 2), .flags = A, .sampling = 100 } },
	  { { 1, 2, 2, UNKNOWN } } },
	{ "what an active timeout cut goes on after a minute too",
	  { { IN(5000, 5001, 17, 0, MIN, 1), .end_reason = 2 }, { IN(5000, 5001, 17, 6 * MIN, 0, 2) } },
	  { { 3, 0, 2, UNKNOWN } } },
	{ "what ended otherwise does not",
	  { { IN(5000, 5001, 17, 0, MIN, 1), .end_reason = 1 }, { IN(5000, 5001, 17, 6 * MIN, 0, 2) } },
	  { { 1, 0, 1, UNKNOWN }, { 2, 0, 1, UNKNOWN } } },
	{ "of two exporters the one that samples less counts",
	  { { IN(5000, 5001, 17, 0, 0, 7), .exporter = "198.51.100.1", .sampling = 10 },
	    { IN(5000, 5001, 17, 3, 0, 5), .exporter = "198.51.100.2", .sampling = 1 } },
	  { { 5, 0, 2, UNKNOWN } } },
	{ "coming in counts, going out is the same again",
	  { { IN(5000, 5001, 17, 0, 0, 5), .exporter = "198.51.100.1", .in_if = 1, .direction_known = true },
	    { IN(5000, 5001, 17, 3, 0, 6), .exporter = "198.51.100.1", .in_if = 1, .direction = 1 } },
	  { { 5, 0, 2, UNKNOWN } } },
	{ "going out alone counts",
	  { { IN(5000, 5001, 17, 3, 0, 6), .exporter = "198.51.100.1", .in_if = 1, .direction = 1 } },
	  { { 6, 0, 1, UNKNOWN } } },
	{ "the same packets twice through one router",
	  { { IN(5000, 5001, 17, 0, 9000, 5), .exporter = "198.51.100.1", .in_if = 1 },
	    { IN(5000, 5001, 17, 900, 8000, 4), .exporter = "198.51.100.1", .in_if = 2 } },
	  { { 5, 0, 2, UNKNOWN } } },
	{ "traffic that moved to another interface",
	  { { IN(5000, 5001, 17, 0, 9000, 5), .exporter = "198.51.100.1", .in_if = 1 },
	    { IN(5000, 5001, 17, 8000, 9000, 4), .exporter = "198.51.100.1", .in_if = 2 } },
	  { { 9, 0, 2, UNKNOWN } } },
	{ "RST alone is from who was asked",
	  { { OUT(5001, 5000, 6, 0, 0, 1), .flags = R | A } },
	  { { 0, 1, 1, PEER } } },
};
/* clang-format on */

static size_t
row_flows(const struct row *row)
{
	size_t n = 0;

	while (n < TRYST_ARRAY_SIZE(row->flows) && row->flows[n].src)
		n++;
	return n;
}

static void
check_row(const struct row *row, const struct tryst_case *c)
{
	size_t n;

	for (n = 0; n < TRYST_ARRAY_SIZE(row->want) && row->want[n].records; n++) {
		const struct tryst_sighting *s = &c->sightings[n];
		enum tryst_initiator initiator =
			s->initiator_confidence < SURE ? UNKNOWN : s->initiator;

		if (n >= c->sighting_count || s->packets_in != row->want[n].in ||
		    s->packets_out != row->want[n].out || s->records != row->want[n].records ||
		    s->ref_count != s->records || initiator != row->want[n].initiator)
			fail_msg("%s: conversation %zu", row->name, n + 1);
	}
	if (c->sighting_count != n)
		fail_msg("%s: %zu conversations", row->name, c->sighting_count);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(rows); i++) {
		for (unsigned shuffle = 0; shuffle < 4; shuffle++) {
			struct fixture_setup setup = { .list = L "\n",
				                       .threads = 1 + shuffle,
				                       .shuffle = shuffle };
			struct fixture f;

			fixture_hunt(&f, &setup, rows[i].flows, row_flows(&rows[i]));
			check_row(&rows[i], f.c);
			fixture_close(&f);
		}
	}
}

static void
test_exporters(void **state)
{
	static const struct fixture_flow flows[] = {
		{ IN(5000, 53, 17, 0, 0, 1), .exporter = "198.51.100.2" },
		{ IN(5000, 53, 17, 0, 0, 1), .exporter = "198.51.100.1" },
		{ OUT(53, 5000, 17, 1, 0, 1), .exporter = "198.51.100.2" },
	};
	struct fixture_setup setup = { .list = L "\n" };
	struct fixture f;
	char text[TRYST_IP_TEXT_MAX];

	(void)state;
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	assert_int_equal(f.c->sighting_count, 1);
	assert_int_equal(f.c->sightings[0].exporter_count, 2);
	(void)tryst_ip_format(f.c->sightings[0].exporters[0], text);
	assert_string_equal(text, "198.51.100.1");
	fixture_close(&f);
}

/* Far more fragments than references are kept, and more exporters than are told apart. */
static void
test_many(void **state)
{
	static struct fixture_flow flows[200];
	static char exporters[200][16];
	struct fixture_setup setup = {
		.list = L "\n", .threads = 3, .shuffle = 7, .batch_rows = 5
	};
	struct fixture f;

	(void)state;
	for (int i = 0; i < 200; i++) {
		flows[i] = (struct fixture_flow){ IN(5000, 53, 17, i, 0, 2) };
		if (i < 100)
			continue;
		(void)snprintf(exporters[i], sizeof(exporters[i]), "198.51.100.%d", i);
		flows[i].exporter = exporters[i];
	}
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	assert_int_equal(f.c->sighting_count, 1);
	assert_int_equal(f.c->sightings[0].records, 200);
	assert_int_equal(f.c->sightings[0].ref_count, TRYST_REFS_MAX);
	assert_int_equal(f.c->sightings[0].refs[63].record, 64);
	assert_int_equal(f.c->sightings[0].packets_in, 200);
	assert_int_equal(f.c->sightings[0].exporter_count, 63);
	fixture_close(&f);
}

/* Five connections on the same ports, each opened 50 ms after the one before closed; the second
 * exporter's clock is a second and a half ahead. */
static void
test_clocks(void **state)
{
	static struct fixture_flow flows[10];
	struct fixture_setup setup = { .list = L "\n", .shuffle = 3 };
	struct fixture f;

	(void)state;
	for (int i = 0; i < 5; i++) {
		flows[2 * i] = (struct fixture_flow){ IN(5000, 80, 6, 1000 * i, 950, 4),
			                              .flags = S | FA, .exporter = "198.51.100.1" };
		flows[2 * i + 1] =
			(struct fixture_flow){ IN(5000, 80, 6, 1000 * i + 1500, 950, 3),
			                       .flags = S | FA, .exporter = "198.51.100.2" };
	}
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	assert_int_equal(f.c->sighting_count, 5);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(f.c->sightings[i].records, 2);
		assert_int_equal(f.c->sightings[i].packets_in, 4);
		assert_int_equal(f.c->sightings[i].first_ms, 1000 * i);
	}
	fixture_close(&f);
}

/* An exporter that cuts flows after two minutes, and says so only by their durations. */
static void
test_timeout(void **state)
{
	static struct fixture_flow flows[22];
	struct fixture_setup setup = { .list = L "\n", .shuffle = 3 };
	struct fixture f;

	(void)state;
	for (int i = 0; i < 20; i++)
		flows[i] = (struct fixture_flow){ IN((uint16_t)(5000 + i), 5001, 17, 1000 * i,
			                             2 * MIN + 100, 4) };
	flows[20] = (struct fixture_flow){ IN(5000, 5001, 17, 6 * MIN, 1000, 1) };
	flows[21] = (struct fixture_flow){ IN(5000, 5001, 17, 9 * MIN, 1000, 1) };
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	assert_int_equal(f.c->sighting_count, 21);
	assert_int_equal(f.c->sightings[0].records, 2);
	assert_int_equal(f.c->sightings[20].first_ms, 9 * MIN);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),    cmocka_unit_test(test_exporters),
		cmocka_unit_test(test_many),    cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts of whole cases: what lies outside one conversation, and who is the forward side. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

#define L "203.0.113.9"   /* listed, as all of 203.0.113.0/24 and 198.51.100.0/24 */
#define M "203.0.113.200" /* in its network */
#define N "198.51.100.1"  /* in another */
#define H "192.0.2.27"    /* home */
#define S 0x02
#define SA 0x12
#define SPA 0x1a
#define X .exporter = "192.0.2.254"

struct row {
	const char *name;
	struct fixture_flow flows[5];
	const char *want[5]; /* of the sightings in order of time */
};

#define FROM(a, sp, dp, pr, t, n) a, H, sp, dp, pr, .start_ms = t, .packets = n, .bytes = 100 * n
#define TO(a, sp, dp, pr, t, n) H, a, sp, dp, pr, .start_ms = t, .packets = n, .bytes = 100 * n

/* clang-format off */
static const struct row rows[] = {
	{ "one direction of TCP from one network is seen here, so silence is unknown",
	  { { FROM(L, 5000, 80, 6, 0, 9), .flags = SPA }, { FROM(M, 5000, 80, 6, 1, 1), .flags = S },
	    { FROM(N, 5000, 80, 6, 2, 1), .flags = S } },
	  { "unknown", "unknown", "attempt" } },
	{ "both directions are",
	  { { FROM(L, 5000, 80, 6, 0, 9), .flags = SPA }, { TO(L, 80, 5000, 6, 1, 9), .flags = SPA },
	    { FROM(M, 5000, 80, 6, 2, 1), .flags = S } },
	  { "exchanged", "attempt" } },
	{ "a SYN says nothing of what is seen",
	  { { FROM(L, 5000, 80, 6, 0, 1), .flags = S } },
	  { "attempt" } },
	{ "an exporter that counts both directions tells by itself, and of others nothing",
	  { { FROM(L, 5000, 80, 6, 0, 9), .flags = SPA, .rev_packets = 9, .rev_bytes = 900, .rev_flags = SPA },
	    { FROM(M, 5000, 80, 6, 2, 1), .flags = S } },
	  { "exchanged", "attempt" } },
	{ "unreachable within two seconds",
	  { { FROM(L, 5000, 53, 17, 0, 1) }, { TO(L, 0, 0, 1, 2000, 1), .icmp = true, .icmp_type = 3, .icmp_code = 3 } },
	  { "refused", "backscatter" } },
	{ "a millisecond late",
	  { { FROM(L, 5000, 53, 17, 0, 1) }, { TO(L, 0, 0, 1, 2001, 1), .icmp = true, .icmp_type = 3 } },
	  { "attempt", "backscatter" } },
	{ "before it",
	  { { TO(L, 0, 0, 1, 0, 1), .icmp = true, .icmp_type = 3 }, { FROM(L, 5000, 53, 17, 1, 1) } },
	  { "backscatter", "attempt" } },
	{ "from the side that asked",
	  { { FROM(L, 5000, 53, 17, 0, 1) }, { FROM(L, 0, 0, 1, 5, 1), .icmp = true, .icmp_type = 3 } },
	  { "attempt", "backscatter" } },
	{ "to another host",
	  { { FROM(L, 5000, 53, 17, 0, 1) }, { TO(M, 0, 0, 1, 5, 1), .icmp = true, .icmp_type = 3 } },
	  { "attempt", "backscatter" } },
	{ "another ICMP error",
	  { { FROM(L, 5000, 53, 17, 0, 1) }, { TO(L, 0, 0, 1, 5, 1), .icmp = true, .icmp_type = 11 } },
	  { "attempt", "backscatter" } },
	{ "interface 0 of an exporter that names others",
	  { { FROM(L, 5000, 53, 17, 0, 1), X, .out_if_known = true }, { FROM(N, 5000, 53, 17, 1, 1), X, .out_if = 7 } },
	  { "dropped", "attempt" } },
	{ "of one that does not",
	  { { FROM(L, 5000, 53, 17, 0, 1), X, .out_if_known = true },
	    { FROM(N, 5000, 53, 17, 1, 1), .exporter = "192.0.2.253", .out_if = 7 } },
	  { "attempt", "attempt" } },
	{ "dropped after a while is not dropped",
	  { { FROM(L, 5000, 53, 17, 0, 1), X, .out_if = 7 }, { FROM(L, 5000, 53, 17, 5000, 1), X, .out_if_known = true } },
	  { "attempt" } },
	{ "a second exporter dropped all of it",
	  { { FROM(L, 5000, 53, 17, 0, 1), X, .out_if = 7 },
	    { FROM(L, 5000, 53, 17, 1, 1), .exporter = "192.0.2.253", .fwd_status = 0x84 } },
	  { "dropped" } },
	{ "a SYN+ACK alone is from who was asked, and still what is forward",
	  { { FROM(L, 80, 5000, 6, 0, 1), .flags = SA } },
	  { "backscatter" } },
	{ "sampled by what the record says",
	  { { FROM(L, 5000, 53, 17, 0, 2), .sampling = 100 }, { FROM(N, 5000, 53, 17, 1, 3), .sampling = 100 } },
	  { "unknown", "attempt" } },
};
/* clang-format on */

static void
check_row(const struct row *row, const struct tryst_case *c)
{
	size_t n = 0;

	for (; n < TRYST_ARRAY_SIZE(row->want) && row->want[n]; n++) {
		const char *got = n < c->sighting_count
		                          ? tryst_verdict_name(c->sightings[n].verdict)
		                          : "none";

		if (strcmp(got, row->want[n]))
			fail_msg("%s: %zu is %s, not %s", row->name, n + 1, got, row->want[n]);
	}
	assert_int_equal(c->sighting_count, n);
}

static void
test_rows(void **state)
{
	struct fixture_setup setup = { .list = "203.0.113.0/24\n198.51.100.0/24\n" };

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(rows); i++) {
		struct fixture f;
		size_t n = 0;

		while (n < TRYST_ARRAY_SIZE(rows[i].flows) && rows[i].flows[n].src)
			n++;
		fixture_hunt(&f, &setup, rows[i].flows, n);
		check_row(&rows[i], f.c);
		fixture_close(&f);
	}
}

/* Hosts and meetings count the verdicts of their conversations. */
static void
test_counts(void **state)
{
	static const struct fixture_flow flows[] = {
		{ FROM(L, 5000, 53, 17, 0, 1) },
		{ FROM(L, 5001, 53, 17, 100000, 1) },
		{ FROM(M, 5000, 53, 17, 1, 1) },
		{ TO(M, 53, 5000, 17, 2, 1) },
	};
	struct fixture_setup setup = { .list = "203.0.113.0/24\n" };
	const struct tryst_listed_host *h;
	struct fixture f;

	(void)state;
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	h = &f.c->hosts[0];
	assert_int_equal(h->verdicts[TRYST_VERDICT_ATTEMPT], 2);
	assert_int_equal(h->verdicts[TRYST_VERDICT_ANSWERED], 0);
	assert_int_equal(f.c->hosts[1].verdicts[TRYST_VERDICT_ANSWERED], 1);
	assert_int_equal(f.c->meeting_count, 1);
	assert_int_equal(f.c->meetings[0].verdicts[TRYST_VERDICT_ATTEMPT], 2);
	assert_int_equal(f.c->meetings[0].verdicts[TRYST_VERDICT_ANSWERED], 1);
	fixture_close(&f);
}

/* The weights of docs/conversations.md: 1 / (1 + e^-x), to four places. */
static void
test_confidence(void **state)
{
	static const struct {
		struct fixture_flow flows[2];
		enum tryst_initiator initiator;
		double confidence;
	} cases[] = {
		/* only it: 2 */
		{ { { FROM(L, 5000, 5001, 17, 0, 1) } }, TRYST_INITIATOR_PEER, 0.8808 },
		/* only it, and a low port: 3 */
		{ { { FROM(L, 5000, 53, 17, 0, 1) } }, TRYST_INITIATOR_PEER, 0.9526 },
		/* nothing */
		{ { { FROM(L, 5000, 5001, 17, 0, 1) }, { TO(L, 5001, 5000, 17, 50, 1) } },
		  TRYST_INITIATOR_UNKNOWN,
		  0 },
		/* the low port against who was first on one exporter: 3 - 1 */
		{ { { FROM(L, 53, 5000, 17, 0, 1), X }, { TO(L, 5000, 53, 17, 50, 1), X } },
		  TRYST_INITIATOR_PEER,
		  0.8808 },
		/* SYN, and SYN+ACK: 12 and a low port */
		{ { { FROM(L, 5000, 80, 6, 0, 1), .flags = S },
		    { TO(L, 80, 5000, 6, 0, 1), .flags = SA } },
		  TRYST_INITIATOR_PEER,
		  1 },
		/* an answer alone: 6 - 2 */
		{ { { FROM(L, 5001, 5000, 6, 0, 1), .flags = SA } }, TRYST_INITIATOR_HOME, 0.982 },
	};
	struct fixture_setup setup = { .list = L "\n" };

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct fixture f;

		fixture_hunt(&f, &setup, cases[i].flows, cases[i].flows[1].src ? 2 : 1);
		assert_int_equal(f.c->sighting_count, 1);
		assert_int_equal(f.c->sightings[0].initiator, cases[i].initiator);
		assert_true(f.c->sightings[0].initiator_confidence == cases[i].confidence);
		fixture_close(&f);
	}
}

/* Eight hosts that met one port make it a server's: log2(8) = 3, with "only it" 5. */
static void
test_server_likeness(void **state)
{
	static struct fixture_flow flows[8];
	static const char *const hosts[8] = { "203.0.113.1", "203.0.113.2", "203.0.113.3",
		                              "203.0.113.4", "203.0.113.5", "203.0.113.6",
		                              "203.0.113.7", "203.0.113.8" };
	struct fixture_setup setup = { .list = "203.0.113.0/24\n" };
	struct fixture f;

	(void)state;
	for (int i = 0; i < 8; i++)
		flows[i] = (struct fixture_flow){ FROM(hosts[i], 5000, 5001, 17, i, 1) };
	fixture_hunt(&f, &setup, flows, 8);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(f.c->sightings[i].initiator, TRYST_INITIATOR_PEER);
		assert_true(f.c->sightings[i].initiator_confidence == 0.9933);
	}
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_confidence),
		cmocka_unit_test(test_server_likeness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

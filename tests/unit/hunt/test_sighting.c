/* SPDX-License-Identifier: Apache-2.0 */
/* What a sighting says of its sides: which is home, whose port is the service, what is torn. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

static void
assert_ip(struct tryst_ip ip, const char *want)
{
	char text[TRYST_IP_TEXT_MAX];

	(void)tryst_ip_format(ip, text);
	assert_string_equal(text, want);
}

#define UDP(s, sp, d, dp, t)                                                                       \
	.src = s, .src_port = sp, .dst = d, .dst_port = dp, .proto = 17, .start_ms = t,            \
	.packets = 1, .bytes = 40

/* clang-format off */
static const struct side_row {
	const char *name, *list, *home_net;
	struct fixture_flow flow;
	const char *home, *peer; /* home NULL: no sighting */
	size_t hosts;
} side_rows[] = {
	{ "without --home the unlisted side is home", "203.0.113.9\n", NULL,
	  { UDP("203.0.113.9", 5, "192.0.2.1", 53, 0) }, "192.0.2.1", "203.0.113.9", 1 },
	{ "whoever sent", "203.0.113.9\n", NULL,
	  { UDP("192.0.2.1", 5, "203.0.113.9", 53, 0) }, "192.0.2.1", "203.0.113.9", 1 },
	{ "both listed: the destination is home", "203.0.113.9\n192.0.2.1\n", NULL,
	  { UDP("203.0.113.9", 5, "192.0.2.1", 53, 0) }, "192.0.2.1", "203.0.113.9", 2 },
	{ "both listed, the other way", "203.0.113.9\n192.0.2.1\n", NULL,
	  { UDP("192.0.2.1", 5, "203.0.113.9", 53, 0) }, "203.0.113.9", "192.0.2.1", 2 },
	{ "both listed, one of them inside --home", "203.0.113.9\n192.0.2.1\n", "192.0.2.0/24",
	  { UDP("192.0.2.1", 5, "203.0.113.9", 53, 0) }, "192.0.2.1", "203.0.113.9", 2 },
	{ "both inside --home: the listed one is the peer", "192.0.2.1\n", "192.0.2.0/24",
	  { UDP("192.0.2.1", 5, "192.0.2.2", 53, 0) }, "192.0.2.2", "192.0.2.1", 1 },
	{ "the listed one inside --home is home", "192.0.2.1\n", "192.0.2.0/24",
	  { UDP("192.0.2.1", 5, "8.8.8.8", 53, 0) }, "192.0.2.1", "8.8.8.8", 1 },
	{ "neither inside --home", "203.0.113.9\n", "10.0.0.0/8",
	  { UDP("203.0.113.9", 5, "192.0.2.1", 53, 0) }, NULL, NULL, 0 },
	{ "IPv6", "2001:db8:bad::/48\n", "2001:db8:1::/48",
	  { UDP("2001:db8:bad::7", 5, "2001:db8:1::1", 53, 0) }, "2001:db8:1::1", "2001:db8:bad::7", 1 },
	{ "a host that talks to itself", "192.0.2.1\n", NULL,
	  { UDP("192.0.2.1", 5, "192.0.2.1", 53, 0) }, "192.0.2.1", "192.0.2.1", 1 },
};
/* clang-format on */

static void
test_sides(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(side_rows); i++) {
		const struct side_row *row = &side_rows[i];
		struct fixture_setup setup = { .list = row->list, .home = { row->home_net } };
		struct fixture f;

		fixture_hunt(&f, &setup, &row->flow, 1);
		if (f.c->sighting_count != (row->home != NULL) || f.c->host_count != row->hosts ||
		    f.c->elsewhere != (row->home == NULL))
			fail_msg("%s", row->name);
		if (row->home) {
			assert_ip(f.c->sightings[0].home, row->home);
			assert_ip(f.c->sightings[0].peer, row->peer);
			assert_int_equal(
				f.c->sightings[0].packets_in + f.c->sightings[0].packets_out, 1);
		}
		fixture_close(&f);
	}
}

#define HOST "192.0.2.1"
#define A "203.0.113.1"
#define B "203.0.113.2"

/* clang-format off */
static const struct service_row {
	const char *name;
	struct fixture_flow flows[3];
	uint16_t port; /* of the first sighting */
	enum tryst_service_side side;
	size_t meetings;
} service_rows[] = {
	{ "the port that recurs over listed hosts, at home",
	  { { UDP(A, 5300, HOST, 4000, 0) }, { UDP(B, 9999, HOST, 4000, 1) } }, 4000, TRYST_SERVICE_HOME, 1 },
	{ "or on their side",
	  { { UDP(HOST, 5300, A, 4000, 0) }, { UDP(HOST, 5400, B, 4000, 1) } }, 4000, TRYST_SERVICE_PEER, 1 },
	{ "but two that scan from one port by chance meet at none",
	  { { UDP(A, 4000, HOST, 137, 0) }, { UDP(B, 4000, HOST, 1434, 1) } }, 137, TRYST_SERVICE_HOME, 0 },
	{ "the responder's, when the initiator is known",
	  { { HOST, A, 80, 4000, 6, 0x02, .packets = 1 } }, 4000, TRYST_SERVICE_PEER, 0 },
	{ "the port that recurs in conversations with one host",
	  { { UDP(A, 5001, HOST, 40000, 0) }, { UDP(A, 5002, HOST, 40000, 1) } }, 40000,
	  TRYST_SERVICE_HOME, 0 },
	{ "the one the table names", { { UDP(A, 53, HOST, 40, 0) } }, 53, TRYST_SERVICE_PEER, 0 },
	{ "the lower one", { { UDP(A, 40001, HOST, 40000, 0) } }, 40000, TRYST_SERVICE_HOME, 0 },
	{ "no ports: one endpoint by protocol",
	  { { A, HOST, .proto = 47, .packets = 1 }, { B, HOST, .proto = 47, .packets = 1 } }, 0,
	  TRYST_SERVICE_NONE, 1 },
	{ "one listed host is no meeting, however often",
	  { { UDP(A, 1, HOST, 53, 0) }, { UDP(A, 2, HOST, 53, 1) }, { UDP(A, 3, HOST, 53, 2) } }, 53,
	  TRYST_SERVICE_HOME, 0 },
	{ "two at two ports are none either",
	  { { UDP(A, 30001, HOST, 53, 0) }, { UDP(B, 30002, HOST, 80, 0) } }, 53, TRYST_SERVICE_HOME, 0 },
};
/* clang-format on */

static void
test_services(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(service_rows); i++) {
		const struct service_row *row = &service_rows[i];
		struct fixture_setup setup = { .list = A "\n" B "\n" };
		const struct tryst_sighting *s;
		struct fixture f;
		size_t n = 0;
		uint16_t port;

		while (n < TRYST_ARRAY_SIZE(row->flows) && row->flows[n].src)
			n++;
		fixture_hunt(&f, &setup, row->flows, n);
		s = &f.c->sightings[0];
		port = s->service_side == TRYST_SERVICE_PEER ? s->peer_port : s->home_port;
		if (s->service_side != row->side || port != row->port ||
		    f.c->meeting_count != row->meetings)
			fail_msg("%s: side %d, port %u, %zu meetings", row->name, s->service_side,
			         port, f.c->meeting_count);
		fixture_close(&f);
	}
}

/* Pairs of half conversations, and whether address translation may have torn them. */
static const struct torn_row {
	const char *name;
	struct fixture_flow flows[2];
	bool torn;
} torn_rows[] = {
	{ "out of the inside address, back to the outside one",
	  { { UDP(HOST, 5000, A, 53, 0) }, { UDP(A, 53, "198.51.100.1", 5000, 60000) } },
	  true },
	{ "the listed host is the translated one",
	  { { UDP(A, 5000, HOST, 53, 0) }, { UDP(HOST, 53, B, 5000, 1) } },
	  true },
	{ "equal ports say nothing",
	  { { UDP(HOST, 123, A, 123, 0) }, { UDP(A, 123, "198.51.100.1", 123, 1) } },
	  false },
	{ "too late",
	  { { UDP(HOST, 5000, A, 53, 0) }, { UDP(A, 53, "198.51.100.1", 5000, 60001) } },
	  false },
	{ "another port",
	  { { UDP(HOST, 5000, A, 53, 0) }, { UDP(A, 53, "198.51.100.1", 5001, 1) } },
	  false },
	{ "another peer",
	  { { UDP(HOST, 5000, A, 53, 0) }, { UDP(B, 53, "198.51.100.1", 5000, 1) } },
	  false },
	{ "the same direction",
	  { { UDP(HOST, 5000, A, 53, 0) }, { UDP("198.51.100.1", 5000, A, 53, 1) } },
	  false },
};

static void
test_torn(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(torn_rows); i++) {
		struct fixture_setup setup = { .list = A "\n" B "\n" };
		struct fixture f;

		fixture_hunt(&f, &setup, torn_rows[i].flows, 2);
		assert_int_equal(f.c->sighting_count, 2);
		if (f.c->sightings[0].torn != torn_rows[i].torn ||
		    f.c->sightings[1].torn != torn_rows[i].torn)
			fail_msg("%s", torn_rows[i].name);
		fixture_close(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sides),
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_torn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Records -> case: hosts, meetings, limits, and the same case in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "base/buf.h"
#include "hunt/service.h"

static void
assert_ip(struct tryst_ip ip, const char *want)
{
	char text[TRYST_IP_TEXT_MAX];

	(void)tryst_ip_format(ip, text);
	assert_string_equal(text, want);
}

/* Equal down to every number, reference and order. */
static void
assert_same_case(const struct tryst_case *a, const struct tryst_case *b)
{
	assert_int_equal(a->flows_matched, b->flows_matched);
	assert_int_equal(a->home_hosts, b->home_hosts);
	assert_int_equal(a->sighting_count, b->sighting_count);
	assert_int_equal(a->host_count, b->host_count);
	assert_int_equal(a->meeting_count, b->meeting_count);
	for (size_t i = 0; i < a->sighting_count; i++) {
		const struct tryst_sighting *sa = &a->sightings[i], *sb = &b->sightings[i];

		assert_int_equal(sa->id, sb->id);
		assert_true(tryst_ip_equal(sa->home, sb->home));
		assert_true(tryst_ip_equal(sa->peer, sb->peer));
		assert_int_equal(sa->host, sb->host);
		assert_int_equal(sa->first_ms, sb->first_ms);
		assert_int_equal(sa->last_ms, sb->last_ms);
		assert_int_equal(sa->packets_in, sb->packets_in);
		assert_int_equal(sa->packets_out, sb->packets_out);
		assert_int_equal(sa->verdict, sb->verdict);
		assert_int_equal(sa->initiator, sb->initiator);
		assert_true(sa->initiator_confidence == sb->initiator_confidence);
		assert_int_equal(sa->ref_count, sb->ref_count);
		for (uint32_t k = 0; k < sa->ref_count; k++) {
			assert_int_equal(sa->refs[k].input, sb->refs[k].input);
			assert_int_equal(sa->refs[k].record, sb->refs[k].record);
		}
	}
	for (size_t i = 0; i < a->host_count; i++)
		assert_true(tryst_ip_equal(a->hosts[i].ip, b->hosts[i].ip));
	for (size_t i = 0; i < a->meeting_count; i++) {
		assert_true(tryst_ip_equal(a->meetings[i].ip, b->meetings[i].ip));
		assert_int_equal(a->meetings[i].sighting_count, b->meetings[i].sighting_count);
		for (uint32_t k = 0; k < a->meetings[i].host_count; k++)
			assert_int_equal(a->meetings[i].hosts[k], b->meetings[i].hosts[k]);
	}
}

/* The first meeting at a home address. */
static const struct tryst_meeting *
meeting_of(const struct tryst_case *c, const char *ip)
{
	struct tryst_ip want;

	assert_true(tryst_ip_parse(ip, strlen(ip), &want));
	for (size_t i = 0; i < c->meeting_count; i++) {
		if (tryst_ip_equal(c->meetings[i].ip, want))
			return &c->meetings[i];
	}
	fail_msg("no meeting at %s", ip);
	return NULL;
}

static void
test_founding_case(void **state)
{
	struct fixture_setup setup = {
		.list = fixture_sobig_list,
		.home = { "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24" },
	};
	const struct tryst_meeting *m;
	struct fixture f;

	(void)state;
	fixture_hunt(&f, &setup, fixture_sobig, fixture_sobig_count);
	assert_int_equal(f.c->flows_read, 25);
	assert_int_equal(f.c->flows_matched, 25);
	assert_int_equal(f.c->listed_total, 20);
	assert_int_equal(f.c->listed_seen, 15);
	assert_true(f.c->listed_single);
	assert_int_equal(f.c->host_count, 15);
	assert_int_equal(f.c->home_hosts, 4);
	assert_int_equal(f.c->sighting_count, 25);
	assert_int_equal(f.c->meeting_count, 4);

	m = meeting_of(f.c, "192.0.2.27");
	assert_int_equal(m->port, 27015);
	assert_false(m->at_peer);
	assert_string_equal(m->service, "Half-Life");
	assert_int_equal(m->host_count, 7);
	assert_int_equal(m->sighting_count, 12);
	assert_int_equal(m->answered, 0);
	assert_int_equal(m->packets_in, 12);
	assert_int_equal(m->bytes_in, 444);
	assert_int_equal(m->packets_out, 0);
	assert_int_equal(m->last_ms - m->first_ms, 84000);
	assert_ip(f.c->hosts[m->hosts[0]].ip, "67.73.21.6");

	/* Two of the five share a source port: the recurring port of the listed hosts is the
	 * service. */
	m = meeting_of(f.c, "203.0.113.10");
	assert_int_equal(m->port, 8998);
	assert_true(m->at_peer);
	assert_string_equal(m->service, "sobig-f");
	assert_int_equal(m->host_count, 5);
	assert_int_equal(m->uncounted, 5);
	fixture_close(&f);
}

static void
test_any_order(void **state)
{
	struct fixture_setup setup = {
		.list = fixture_sobig_list,
		.home = { "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24" },
	};
	struct fixture typed, other;

	(void)state;
	fixture_hunt(&typed, &setup, fixture_sobig, fixture_sobig_count);
	for (unsigned shuffle = 1; shuffle <= 20; shuffle++) {
		setup.shuffle = shuffle;
		setup.threads = 1 + shuffle % 8;
		setup.batch_rows = 1 + shuffle % 5;
		fixture_hunt(&other, &setup, fixture_sobig, fixture_sobig_count);
		assert_same_case(typed.c, other.c);
		fixture_close(&other);
	}
	fixture_close(&typed);
}

#define UDP(s, sp, d, dp, t)                                                                       \
	.src = s, .src_port = sp, .dst = d, .dst_port = dp, .proto = 17, .start_ms = t,            \
	.packets = 1, .bytes = 40

#define HOST "192.0.2.1"
#define A "203.0.113.1"
#define B "203.0.113.2"

/* A listed host that others of the list meet is an endpoint at home only with --home. */
static void
test_meeting_at_listed(void **state)
{
	static const struct fixture_flow flows[] = {
		{ UDP(A, 30001, HOST, 53, 0) },
		{ UDP(B, 30002, HOST, 53, 1) },
	};
	struct fixture_setup setup = { .list = A "\n" B "\n" HOST "\n" };
	struct fixture f;

	(void)state;
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	assert_int_equal(f.c->host_count, 3);
	assert_int_equal(f.c->meeting_count, 0);
	fixture_close(&f);
	setup.home[0] = HOST;
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	assert_int_equal(f.c->host_count, 3);
	assert_int_equal(f.c->meeting_count, 1);
	assert_int_equal(f.c->meetings[0].host_count, 2);
	fixture_close(&f);
}

static void
test_overlapping_entries(void **state)
{
	static const struct fixture_flow flows[] = {
		{ UDP("10.1.2.3", 1, HOST, 53, 0) },
		{ UDP("10.1.9.9", 1, HOST, 53, 0) },
	};
	struct fixture_setup setup = {
		.list = "10.0.0.0/8 # wide\n10.1.2.0/24 # narrow\n8.8.8.8\n"
	};
	const struct tryst_listed_host *h;
	struct fixture f;

	(void)state;
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	assert_int_equal(f.c->host_count, 2);
	assert_int_equal(f.c->listed_total, 3);
	assert_int_equal(f.c->listed_seen, 2);
	assert_false(f.c->listed_single);
	h = &f.c->hosts[0];
	assert_int_equal(h->indicator_count, 2);
	assert_string_equal(tryst_watchlist_indicator(f.watchlist, h->indicators[0])->label,
	                    "narrow");
	assert_string_equal(tryst_watchlist_indicator(f.watchlist, h->indicators[1])->label,
	                    "wide");
	assert_int_equal(f.c->hosts[1].indicator_count, 1);
	fixture_close(&f);
}

/* However often the narrow entry is repeated, the wide one behind it was seen too. */
static void
test_repeated_entries(void **state)
{
	static const struct fixture_flow flow = { UDP("10.1.2.3", 1, HOST, 53, 0) };
	struct tryst_buf list = { 0 };
	struct fixture_setup setup;
	struct fixture f;

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		tryst_buf_str(&list, "10.1.2.3\n");
	tryst_buf_str(&list, "10.0.0.0/8\n");
	setup = (struct fixture_setup){ .list = list.data };
	fixture_hunt(&f, &setup, &flow, 1);
	assert_int_equal(f.c->hosts[0].indicator_count, 301);
	assert_int_equal(f.c->listed_total, 2);
	assert_int_equal(f.c->listed_seen, 2);
	fixture_close(&f);
	tryst_buf_fini(&list);
}

static void
test_listed_port(void **state)
{
	static const struct fixture_flow flows[] = {
		{ UDP(HOST, 1, A, 8998, 0) },
		{ UDP(HOST, 1, A, 8999, 1) },
		{ UDP(HOST, 1, B, 8998, 2) },
	};
	struct fixture_setup setup = { .list = A ":8998\n" B "\n" };
	struct fixture f;

	(void)state;
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	assert_int_equal(f.c->sighting_count, 3);
	assert_true(f.c->sightings[0].indicator_port && f.c->sightings[0].listed_port);
	assert_true(f.c->sightings[1].indicator_port && !f.c->sightings[1].listed_port);
	assert_false(f.c->sightings[2].indicator_port);
	fixture_close(&f);
}

static void
test_empty(void **state)
{
	static const struct fixture_flow flows[] = { { UDP("192.0.2.5", 1, HOST, 53, 0) } };
	struct fixture_setup setup = { .list = A "\n" };
	struct fixture f;

	(void)state;
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	assert_int_equal(f.c->flows_read, 1);
	assert_int_equal(f.c->flows_matched, 0);
	assert_int_equal(f.c->sighting_count, 0);
	assert_int_equal(f.c->caveat_count, 0);
	fixture_close(&f);
	fixture_hunt(&f, &setup, flows, 0);
	assert_true(f.c->first_ms > f.c->last_ms);
	fixture_close(&f);
}

/* Records in many runs, of few conversations each side of which several exporters saw. */
#define MANY 6000

static struct fixture_flow *
many_make(void)
{
	static struct fixture_flow flows[MANY];
	static char hosts[50][16];

	for (int i = 0; i < MANY; i++) {
		int host = i * 7919 % 50;
		bool back = i * 104729 % 3 == 0;

		(void)snprintf(hosts[host], sizeof(hosts[host]), "203.0.113.%d", host);
		flows[i] = (struct fixture_flow){
			.src = back ? HOST : hosts[host],
			.dst = back ? hosts[host] : HOST,
			.src_port = back ? 53 : (uint16_t)(1024 + i % 4),
			.dst_port = back ? (uint16_t)(1024 + i % 4) : 53,
			.proto = 17,
			.start_ms = (int64_t)i * 1237 % 1000000,
			.packets = (uint64_t)(1 + i % 5),
			.bytes = 100,
			.exporter = i % 2 ? "198.51.100.1" : "198.51.100.2",
			.input = (uint8_t)(i % FIXTURE_INPUTS),
		};
	}
	return flows;
}

/* The same case from memory, from runs in a file, and in any number of shards. */
static void
test_spill(void **state)
{
	static const struct {
		size_t memory;
		uint32_t shards;
		unsigned threads;
	} ways[] = {
		{ 0, 64, 1 },      { 3000000, 1, 1 }, { 2000000, 64, 1 },
		{ 2000000, 3, 8 }, { 2500000, 0, 4 }, { 0, 7, 5 },
	};
	const struct fixture_flow *flows = many_make();
	struct fixture_setup setup = { .list = "203.0.113.0/24\n" };
	struct fixture plain, other;

	(void)state;
	fixture_hunt(&plain, &setup, flows, MANY);
	assert_in_range(plain.c->sighting_count, 300, 900);
	for (unsigned i = 0; i < TRYST_ARRAY_SIZE(ways); i++) {
		setup.memory = ways[i].memory;
		setup.shards = ways[i].shards;
		setup.threads = ways[i].threads;
		setup.shuffle = i + 1;
		setup.batch_rows = 97;
		fixture_hunt(&other, &setup, flows, MANY);
		assert_same_case(plain.c, other.c);
		fixture_close(&other);
	}
	fixture_close(&plain);
}

/* Where no file can be made, that is said. */
static void
test_spill_nowhere(void **state)
{
	struct fixture_setup setup = { .list = "203.0.113.0/24\n",
		                       .memory = 500000,
		                       .temporary = "/nonexistent/directory",
		                       .batch_rows = 97 };
	struct fixture f;

	(void)state;
	fixture_open(&f, &setup);
	assert_int_equal(fixture_push(&f, &setup, many_make(), MANY), TRYST_ERR_IO);
	assert_non_null(strstr(f.error.text, "/nonexistent/directory"));
	assert_non_null(strstr(f.error.text, "TMPDIR"));
	fixture_close(&f);
}

/* Conversations that do not fit are a limit, which strikes or not whatever the threads. */
static void
test_memory_limit(void **state)
{
	static struct fixture_flow flows[1000];
	size_t memory;

	(void)state;
	for (int i = 0; i < 1000; i++)
		flows[i] = (struct fixture_flow){ UDP(A, (uint16_t)(1 + i), HOST, 53, i) };
	/* Finds how much they need, then asks with less. */
	for (memory = 10000;; memory += 10000) {
		struct fixture_setup setup = { .list = A "\n", .memory = memory };
		struct fixture f;
		int rc;

		fixture_open(&f, &setup);
		assert_int_equal(fixture_push(&f, &setup, flows, 1000), 0);
		rc = tryst_hunt_find(f.hunt, f.input_list, FIXTURE_INPUTS, &f.error);
		fixture_close(&f);
		if (rc == 0)
			break;
		assert_int_equal(rc, TRYST_ERR_LIMIT);
		assert_true(memory < 10000000);
	}
	assert_true(memory > 1000 * sizeof(struct tryst_sighting));
	for (unsigned threads = 1; threads <= 8; threads++) {
		for (size_t less = 0; less <= 10000; less += 10000) {
			struct fixture_setup setup = { .list = A "\n",
				                       .memory = memory - less,
				                       .threads = threads,
				                       .shuffle = threads,
				                       .batch_rows = 3 };
			struct fixture f;

			fixture_open(&f, &setup);
			assert_int_equal(fixture_push(&f, &setup, flows, 1000), 0);
			assert_int_equal(
				tryst_hunt_find(f.hunt, f.input_list, FIXTURE_INPUTS, &f.error),
				less ? TRYST_ERR_LIMIT : 0);
			if (less)
				assert_non_null(strstr(f.error.text, "--memory"));
			fixture_close(&f);
		}
	}
}

/* So are records of one 5-tuple that must be looked at together. */
static void
test_group_limit(void **state)
{
	static struct fixture_flow flows[20000];
	struct fixture_setup setup = { .list = A "\n", .memory = 100000 };
	struct fixture f;

	(void)state;
	for (int i = 0; i < 20000; i++)
		flows[i] = (struct fixture_flow){ UDP(A, 1024, HOST, 53, i) };
	fixture_open(&f, &setup);
	assert_int_equal(fixture_push(&f, &setup, flows, 20000), 0);
	assert_int_equal(tryst_hunt_find(f.hunt, f.input_list, FIXTURE_INPUTS, &f.error),
	                 TRYST_ERR_LIMIT);
	assert_non_null(strstr(f.error.text, "one pair of ports"));
	fixture_close(&f);
}

static void
test_service_names(void **state)
{
	(void)state;
	assert_string_equal(tryst_service_name(17, 27015), "Half-Life");
	assert_string_equal(tryst_service_name(6, 27017), "MongoDB");
	assert_string_equal(tryst_service_name(17, 8998), "sobig-f");
	assert_null(tryst_service_name(6, 8998));
	assert_string_equal(tryst_service_name(6, 6667), "IRC");
	assert_string_equal(tryst_service_name(17, 389), "CLDAP");
	assert_null(tryst_service_name(17, 0));
	assert_null(tryst_service_name(132, 80));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_founding_case),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_meeting_at_listed),
		cmocka_unit_test(test_overlapping_entries),
		cmocka_unit_test(test_repeated_entries),
		cmocka_unit_test(test_listed_port),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_spill),
		cmocka_unit_test(test_spill_nowhere),
		cmocka_unit_test(test_memory_limit),
		cmocka_unit_test(test_group_limit),
		cmocka_unit_test(test_service_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

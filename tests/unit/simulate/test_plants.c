/* SPDX-License-Identifier: Apache-2.0 */
/* What is planted is in the records, and the truth says so: every kind. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>

#include "made.h"

#define SEEN "asymmetric=0 loss=0 "

/* Who of the list came to the planted endpoint. */
static unsigned
met_at(const struct all *a, const struct tryst_sim *sim, size_t endpoint)
{
	const struct tryst_sim_truth *t = tryst_sim_truth(sim);
	struct tryst_sim_list seen = { 0 };
	bool failed = false;
	unsigned count;

	for (size_t i = 0; i < a->count; i++) {
		if (a->list[i].planted && tryst_sim_list_has(&t->met, a->list[i].src) &&
		    a->list[i].dst == tryst_sim_v4(t->endpoints[endpoint].ip))
			(void)tryst_sim_list_add(&seen, a->list[i].src, &failed);
	}
	count = (unsigned)seen.count;
	tryst_sim_list_fini(&seen);
	return count;
}

/* Distinct hosts that came to an address. */
static size_t
degree_of(const struct all *a, uint32_t address)
{
	struct tryst_sim_list seen = { 0 };
	bool failed = false;
	size_t count;

	for (size_t i = 0; i < a->count; i++) {
		if (a->list[i].dst == address && a->list[i].dst_port == TRYST_SIM_GAME_PORT &&
		    a->list[i].role != TRYST_SIM_ROLE_SCAN)
			(void)tryst_sim_list_add(&seen, a->list[i].src, &failed);
	}
	count = seen.count;
	tryst_sim_list_fini(&seen);
	return count;
}

static void
test_meeting(void **state)
{
	struct tryst_sim *sim = make("S1",
	                             "met=7 degree=60 degree_b=300 degree_c=900 companions=15 "
	                             "contact=1 asymmetric=0 loss=0 at=0.4",
	                             5);
	const struct tryst_sim_truth *t = tryst_sim_truth(sim);
	static const double degrees[] = { 60, 300, 900 };
	struct all a = records(sim);

	(void)state;
	assert_int_equal(t->endpoint_count, 3);
	assert_int_equal(t->met.count, 7);
	assert_int_equal(t->companions.count, 15);
	assert_int_equal(t->event_count, 3);
	for (size_t e = 0; e < 3; e++) {
		double d = (double)degree_of(&a, tryst_sim_v4(t->endpoints[e].ip));

		assert_int_equal(met_at(&a, sim, e), 7);
		assert_true(d > 0.75 * degrees[e] && d < 1.3 * degrees[e] + 22);
	}
	for (size_t i = 0; i < t->companions.count; i++)
		assert_false(tryst_sim_list_has(&t->listed, tryst_sim_v4(t->companions.hosts[i])));
	free(a.list);
	tryst_sim_free(sim);
}

/* One generator in other hosts' names; its twin has the same times, sources and servers. */
static void
test_forged(void **state)
{
	struct tryst_sim *sim = make("S2", "asymmetric=0 loss=0", 5);
	struct tryst_sim *twin = make("S2-twin", "asymmetric=0 loss=0", 5);
	const struct tryst_sim_truth *t = tryst_sim_truth(sim);
	struct all a = records(sim), b = records(twin);
	const struct tryst_sim_record *last = NULL;
	unsigned forged = 0, close = 0, adjacent = 0, queries = 0, ports = 0;

	(void)state;
	assert_int_equal(met_at(&a, sim, 0), 10);
	assert_int_equal(t->endpoint_count, 3);
	for (size_t i = 0; i < a.count; i++) {
		const struct tryst_sim_record *r = &a.list[i];

		if (r->role != TRYST_SIM_ROLE_FORGED)
			continue;
		forged++;
		assert_int_equal(r->bytes, 37);
		assert_int_equal(r->ttl, 112);
		assert_int_equal(r->true_src, tryst_sim_v4(t->forger));
		assert_true(tryst_sim_list_has(&t->listed, r->src));
		if (last && r->start_ms - last->start_ms < 3) {
			int apart = r->src_port - last->src_port;

			close++;
			adjacent += apart == 1 || apart == -1;
		}
		last = r;
	}
	for (size_t i = 0; i < b.count; i++) {
		const struct tryst_sim_record *r = &b.list[i];

		queries += r->role == TRYST_SIM_ROLE_QUERY && r->dst_port == TRYST_SIM_GAME_PORT;
		ports += r->role == TRYST_SIM_ROLE_QUERY && r->ttl == 112;
		assert_int_equal(r->src, r->true_src);
	}
	/* 185 minutes, three servers, 7.6 s: 4,382. */
	assert_true(forged > 4000 && forged < 4800);
	assert_int_equal(forged, queries);
	assert_true(close > forged / 4 && adjacent > close * 9 / 10);
	assert_true(ports < queries / 4);
	free(a.list);
	free(b.list);
	tryst_sim_free(sim);
	tryst_sim_free(twin);
}

/* The times at which a source came to a destination, as planted. */
static unsigned
visits(const struct all *a, uint32_t src, uint32_t dst, int64_t from_ms, int64_t to_ms)
{
	unsigned n = 0;

	for (size_t i = 0; i < a->count; i++)
		n += a->list[i].src == src && a->list[i].dst == dst &&
		     a->list[i].start_ms >= from_ms && a->list[i].start_ms < to_ms;
	return n;
}

static void
test_decoy(void **state)
{
	struct tryst_sim *sim = make("S3", SEEN "lead=100 control_visits=0", 5);
	const struct tryst_sim_truth *t = tryst_sim_truth(sim);
	uint32_t control = tryst_sim_v4(t->controller);
	uint32_t place = tryst_sim_v4(t->endpoints[0].ip);
	struct all a = records(sim);
	unsigned forged = 0;

	(void)state;
	assert_false(tryst_sim_list_has(&t->listed, control));
	for (size_t e = 0; e < t->event_count; e++)
		assert_true(visits(&a, control, place, t->events[e].from_ms - 171000,
		                   t->events[e].from_ms - 29000) >= 1);
	for (size_t i = 0; i < a.count; i++) {
		bool inside = false;

		if (a.list[i].role != TRYST_SIM_ROLE_FORGED)
			continue;
		forged++;
		for (size_t e = 0; e < t->event_count; e++)
			inside |= a.list[i].start_ms >= t->events[e].from_ms &&
			          a.list[i].start_ms <= t->events[e].to_ms + 3;
		assert_true(inside);
	}
	assert_true(forged > 100);
	free(a.list);
	tryst_sim_free(sim);
}

/* A connection is one conversation of hours, slower than 0.2 packets a second; commands reach all.
 */
static void
test_irc(void **state)
{
	struct tryst_sim *sim = make("S4", SEEN "clients=4 exporters=1", 5);
	const struct tryst_sim_truth *t = tryst_sim_truth(sim);
	struct all a = records(sim);
	uint64_t packets = 0, bytes = 0;
	unsigned reached = 0;

	(void)state;
	assert_int_equal(t->endpoint_count, 3);
	assert_int_equal(t->clients.count, 4);
	for (size_t i = 0; i < a.count; i++) {
		if (a.list[i].role != TRYST_SIM_ROLE_IRC)
			continue;
		assert_true(tryst_sim_list_has(&t->met, a.list[i].src) ||
		            tryst_sim_list_has(&t->met, a.list[i].dst));
		packets += a.list[i].packets;
		bytes += a.list[i].bytes;
	}
	/* Two packets each 90 s for four clients. */
	assert_true(packets > 4 * 86400 / 90 * 1.8 && packets < 4 * 86400 / 90 * 2.4);
	assert_true(bytes / packets >= 60 && bytes / packets <= 200);
	for (size_t c = 0; c < t->clients.count; c++) {
		for (size_t m = 0; m < t->met.count; m++)
			reached += visits(&a, tryst_sim_v4(t->met.hosts[m]),
			                  tryst_sim_v4(t->clients.hosts[c]),
			                  t->events[0].from_ms - 16000,
			                  t->events[0].from_ms + 2000) > 0;
	}
	assert_true(reached >= 3);
	free(a.list);
	tryst_sim_free(sim);
}

/* The gaps between a client's calls: their mean, and how far they are from it. */
static void
test_beacon(void **state)
{
	struct tryst_sim *sim = make("S5", SEEN "clients=1 period=60 jitter=0.2", 5);
	const struct tryst_sim_truth *t = tryst_sim_truth(sim);
	struct all a = records(sim);
	int64_t last_ms = 0;
	unsigned n = 0, off = 0;
	double sum = 0;

	(void)state;
	for (size_t i = 0; i < a.count; i++) {
		const struct tryst_sim_record *r = &a.list[i];
		int64_t gap_ms = r->start_ms - last_ms;

		if (r->role != TRYST_SIM_ROLE_BEACON || r->dst_port != 443)
			continue;
		assert_true(tryst_sim_list_has(&t->met, r->dst));
		if (last_ms) {
			assert_true(gap_ms >= 47990 && gap_ms <= 72010);
			sum += (double)gap_ms;
			n++;
		}
		last_ms = r->start_ms;
	}
	assert_true(n > 1400 && fabs(sum / n - 60000) < 700);
	free(a.list);
	tryst_sim_free(sim);

	sim = make("S5", SEEN "clients=1 dropout=0.5 wake=3 off_hours=4 refused=yes", 5);
	a = records(sim);
	n = 0;
	for (size_t i = 0; i < a.count; i++) {
		int64_t day_ms = a.list[i].start_ms % 86400000;

		if (a.list[i].role != TRYST_SIM_ROLE_BEACON || a.list[i].dst_port != 443)
			continue;
		n++;
		off += day_ms > 66600000 && day_ms < 79200000;
		assert_int_equal(a.list[i].tcp_flags, 2);
	}
	/* 20 h, every 300 s, half of them, three connections each: 360. */
	assert_true(n > 280 && n < 440);
	assert_int_equal(off, 0);
	free(a.list);
	tryst_sim_free(sim);
}

/* Probes come first, of many hosts; then all masters call all clients. */
static void
test_masters(void **state)
{
	struct tryst_sim *sim = make("S6", SEEN, 5);
	const struct tryst_sim_truth *t = tryst_sim_truth(sim);
	struct all a = records(sim);
	unsigned probes = 0;
	int64_t found_ms = 0;

	(void)state;
	assert_string_equal(t->events[0].name, "probes");
	found_ms = t->events[0].to_ms;
	for (size_t i = 0; i < a.count; i++)
		probes += a.list[i].role == TRYST_SIM_ROLE_PROBE &&
		          tryst_sim_list_has(&t->met, a.list[i].src);
	assert_true(probes >= 3 * 819);
	for (size_t m = 0; m < t->met.count; m++) {
		for (size_t c = 0; c < t->clients.count; c++) {
			uint32_t master = tryst_sim_v4(t->met.hosts[m]);
			uint32_t client = tryst_sim_v4(t->clients.hosts[c]);

			assert_true(visits(&a, master, client, INT64_MIN, found_ms) >= 1);
			assert_true(visits(&a, master, client, found_ms, INT64_MAX) >= 3);
			assert_true(visits(&a, client, master, found_ms, INT64_MAX) >= 3);
		}
	}
	free(a.list);
	tryst_sim_free(sim);
}

/* Records of dead hosts after their death, by who sent them. */
static void
count_dead(const char *scenario, unsigned *own, unsigned *others)
{
	struct tryst_sim *sim = make(scenario, SEEN "list=active", 5);
	const struct tryst_sim_truth *t = tryst_sim_truth(sim);
	struct all a = records(sim);
	int64_t death_ms = 0;
	unsigned before = 0;

	for (size_t e = 0; e < t->event_count; e++) {
		if (strcmp(t->events[e].name, "death") == 0)
			death_ms = t->events[e].from_ms;
	}
	*own = *others = 0;
	for (size_t i = 0; i < a.count; i++) {
		const struct tryst_sim_record *r = &a.list[i];

		if (!tryst_sim_list_has(&t->met, r->src))
			continue;
		if (r->start_ms < death_ms)
			before++;
		/* What began before may end, and be exported, after. */
		else if (r->true_src != r->src)
			(*others)++;
		else if (r->role != TRYST_SIM_ROLE_PLAY)
			(*own)++;
	}
	assert_true(before > 50);
	free(a.list);
	tryst_sim_free(sim);
}

static void
test_dead(void **state)
{
	unsigned own, others;

	(void)state;
	count_dead("S7", &own, &others);
	assert_true(others > 1000);
	assert_true(own < 30);
	count_dead("S7-leased", &own, &others);
	assert_int_equal(others, 0);
	assert_true(own > 15);
	count_dead("S7-alive", &own, &others);
	assert_int_equal(others, 0);
	assert_true(own > 100);
}

/* A closed circle: members and nobody else, none of whom plays. */
static void
test_closed(void **state)
{
	struct tryst_sim *sim = make("S8", SEEN "at=0.4 scanners=0", 6);
	const struct tryst_sim_truth *t = tryst_sim_truth(sim);
	struct all a = records(sim);
	uint32_t server = tryst_sim_v4(t->endpoints[0].ip);

	(void)state;
	assert_int_equal(t->endpoint_count, 1);
	assert_int_equal(met_at(&a, sim, 0), t->met.count);
	for (size_t i = 0; i < a.count; i++) {
		if (a.list[i].dst != server || a.list[i].dst_port != TRYST_SIM_GAME_PORT)
			continue;
		assert_true(tryst_sim_list_has(&t->met, a.list[i].src));
		assert_true(a.list[i].packets <= 20);
	}
	free(a.list);
	tryst_sim_free(sim);
}

/* An overlay: every client exchanges with about the share of the peers that was asked for. */
static void
test_overlay(void **state)
{
	struct tryst_sim *sim = make("S9", SEEN "at=0.4 polls=0.1", 7);
	const struct tryst_sim_truth *t = tryst_sim_truth(sim);
	struct all a = records(sim);
	size_t met = 0, polls = 0;

	(void)state;
	for (size_t k = 0; k < t->companions.count; k++) {
		struct tryst_sim_list seen = { 0 };
		bool failed = false;

		for (size_t i = 0; i < a.count; i++) {
			if (a.list[i].role == TRYST_SIM_ROLE_OVERLAY &&
			    a.list[i].dst == tryst_sim_v4(t->companions.hosts[k]))
				(void)tryst_sim_list_add(&seen, a.list[i].src, &failed);
		}
		met += seen.count;
		tryst_sim_list_fini(&seen);
	}
	for (size_t i = 0; i < a.count; i++)
		polls += a.list[i].role == TRYST_SIM_ROLE_POLL;
	assert_true(fabs((double)met / (double)(t->companions.count * t->clients.count) - .5) <
	            .12);
	assert_true(polls > 0);
	free(a.list);
	tryst_sim_free(sim);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meeting), cmocka_unit_test(test_forged),
		cmocka_unit_test(test_decoy),   cmocka_unit_test(test_irc),
		cmocka_unit_test(test_beacon),  cmocka_unit_test(test_masters),
		cmocka_unit_test(test_dead),    cmocka_unit_test(test_closed),
		cmocka_unit_test(test_overlay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

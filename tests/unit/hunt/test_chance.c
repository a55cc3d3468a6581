/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The background of unlisted hosts, and whether meetings are chance: the same answer whatever the
 * threads, the order and the split, also where not all hosts fit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

#define HOSTS 600
#define SERVERS 40
#define FLOWS_MAX 8192
#define TEXT 24

/* Flows of a small network: hosts 198.18.x.y at servers 192.0.2.x. */
struct world {
	struct fixture_flow flows[FLOWS_MAX];
	char text[2 * FLOWS_MAX][TEXT];
	size_t count;
	uint64_t random;
};

static uint32_t
draw(struct world *w, uint32_t below)
{
	uint64_t z = w->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (uint32_t)(((z ^ z >> 31) >> 32) * below >> 32);
}

static void
contact(struct world *w, const char *host, unsigned server, uint16_t port, bool answered)
{
	char *home = w->text[2 * w->count], *peer = w->text[2 * w->count + 1];
	uint16_t client = (uint16_t)(32768 + draw(w, 20000));
	int64_t start_ms = 1000000000000 + (int64_t)draw(w, 86400000);

	assert_true(w->count + 2 <= FLOWS_MAX);
	(void)snprintf(home, TEXT, "192.0.2.%u", server);
	(void)snprintf(peer, TEXT, "%s", host);
	w->flows[w->count++] = (struct fixture_flow){
		.src = peer,
		.dst = home,
		.src_port = client,
		.dst_port = port,
		.proto = 17,
		.start_ms = start_ms,
		.packets = 1,
		.bytes = 60,
	};
	if (!answered)
		return;
	w->flows[w->count++] = (struct fixture_flow){
		.src = home,
		.dst = peer,
		.src_port = port,
		.dst_port = client,
		.proto = 17,
		.start_ms = start_ms + 5,
		.packets = 1,
		.bytes = 200,
	};
}

static void
world_make(struct world *w, unsigned meeting, unsigned listed)
{
	char host[TEXT];

	w->count = 0;
	w->random = 1;
	for (unsigned i = 0; i < HOSTS; i++) {
		(void)snprintf(host, sizeof(host), "198.18.%u.%u", i / 250, 1 + i % 250);
		for (unsigned k = 1 + draw(w, 5); k--;)
			contact(w, host, 1 + draw(w, SERVERS), 4242, true);
	}
	for (unsigned i = 0; i < listed; i++) {
		(void)snprintf(host, sizeof(host), "203.0.113.%u", i + 1);
		contact(w, host, 1 + draw(w, SERVERS), 4242, true);
		contact(w, host, meeting, 4242, true);
	}
}

static const struct tryst_meeting *
meeting_at(const struct tryst_case *c, const char *text)
{
	struct tryst_ip ip;

	assert_true(tryst_ip_parse(text, strlen(text), &ip));
	for (size_t i = 0; i < c->meeting_count; i++) {
		if (tryst_ip_equal(c->meetings[i].ip, ip))
			return &c->meetings[i];
	}
	fail_msg("nobody met at %s", text);
	return NULL;
}

static void
test_gathering(void **state)
{
	const struct fixture_setup setup = { .list = "203.0.113.0/24\n",
		                             .home = { "192.0.2.0/24" } };
	struct world *w = malloc(sizeof(*w));
	const struct tryst_meeting *m;
	struct fixture f;

	(void)state;
	assert_non_null(w);
	world_make(w, 7, 12);
	fixture_hunt(&f, &setup, w->flows, w->count);
	assert_true(f.c->background.known);
	assert_int_equal(f.c->background.one_in, 1);
	assert_int_equal(f.c->background.hosts, HOSTS);
	assert_int_equal(f.c->background.endpoints, SERVERS);
	m = meeting_at(f.c, "192.0.2.7");
	assert_null(m->chance.untested);
	assert_true(m->chance.listed_met == 12);
	assert_true(m->chance.expected < 2);
	assert_true(m->chance.log10_q_bh < -6);
	assert_true(m->chance.log10_p <= m->chance.log10_q_bh);
	assert_true(m->chance.log10_q_bh <= m->chance.log10_q_by);
	assert_true(m->chance.p_star > m->chance.chance_max);
	assert_false(m->chance.peers_estimated);
	fixture_close(&f);
	free(w);
}

/* Both ports say nothing: the one that many hosts share is the service, for all alike. */
static void
test_no_home(void **state)
{
	const struct fixture_setup setup = { .list = "203.0.113.0/24\n" };
	struct world *w = malloc(sizeof(*w));
	const struct tryst_meeting *m;
	struct fixture f;

	(void)state;
	assert_non_null(w);
	world_make(w, 7, 12);
	fixture_hunt(&f, &setup, w->flows, w->count);
	assert_int_equal(f.c->background.hosts, HOSTS);
	assert_int_equal(f.c->background.endpoints, SERVERS);
	m = meeting_at(f.c, "192.0.2.7");
	assert_null(m->chance.untested);
	assert_true(m->chance.log10_q_bh < -6);
	fixture_close(&f);
	free(w);
}

static void
assert_alike(const struct tryst_case *a, const struct tryst_case *b)
{
	assert_memory_equal(&a->background, &b->background, sizeof(a->background));
	assert_int_equal(a->meeting_count, b->meeting_count);
	for (size_t i = 0; i < a->meeting_count; i++) {
		const struct tryst_chance *x = &a->meetings[i].chance, *y = &b->meetings[i].chance;
		const struct tryst_synchrony *s = &a->meetings[i].synchrony;
		const struct tryst_synchrony *t = &b->meetings[i].synchrony;

		assert_true(x->untested == y->untested);
		assert_true(x->log10_p == y->log10_p && x->log10_q_bh == y->log10_q_bh);
		assert_true(x->matched_p == y->matched_p && x->p_star == y->p_star);
		assert_true(x->log10_p_class == y->log10_p_class);
		assert_true(x->log10_p_within == y->log10_p_within);
		assert_int_equal(x->peers_total, y->peers_total);
		assert_int_equal(x->significant, y->significant);
		assert_true(s->log10_p == t->log10_p && s->window_ms == t->window_ms);
	}
}

/* Threads, order and split change nothing, with room for all hosts and without. */
static void
test_same_answer(void **state)
{
	static const struct fixture_setup setups[] = {
		{ .threads = 1 },
		{ .threads = 8 },
		{ .threads = 8, .shuffle = 5, .batch_rows = 3 },
		{ .threads = 16, .shuffle = 77, .batch_rows = 1 },
	};
	struct world *w = malloc(sizeof(*w));

	(void)state;
	assert_non_null(w);
	world_make(w, 7, 12);
	for (unsigned tight = 0; tight < 2; tight++) {
		struct fixture first, f;

		for (size_t i = 0; i < sizeof(setups) / sizeof(setups[0]); i++) {
			struct fixture_setup setup = setups[i];

			setup.list = "203.0.113.0/24\n";
			setup.home[0] = "192.0.2.0/24";
			setup.memory = tight ? 400000 : 0;
			fixture_hunt(i ? &f : &first, &setup, w->flows, w->count);
			assert_true(tight ? first.c->background.one_in > 1
			                  : first.c->background.one_in == 1);
			if (!i)
				continue;
			assert_alike(first.c, f.c);
			fixture_close(&f);
		}
		fixture_close(&first);
	}
	free(w);
}

static bool
has_caveat(const struct tryst_case *c, const char *text)
{
	bool found = false;

	for (size_t i = 0; i < c->caveat_count; i++)
		found |= strstr(c->caveats[i], text) != NULL;
	return found;
}

/* That the other hosts are an index's sample is told; that memory holds no more is not that. */
static void
test_sample(void **state)
{
	struct fixture_setup setup = { .list = "203.0.113.0/24\n", .home = { "192.0.2.0/24" } };
	struct world *w = malloc(sizeof(*w));

	(void)state;
	assert_non_null(w);
	world_make(w, 7, 12);
	for (unsigned level = 0; level <= 3; level += 3) {
		struct fixture f;

		setup.sample_level = level;
		setup.memory = level ? 0 : 400000;
		fixture_hunt(&f, &setup, w->flows, w->count);
		assert_true(f.c->background.one_in > 1);
		assert_int_equal(has_caveat(f.c, "sample of an index or a store, 1 in 8:"),
		                 level > 0);
		fixture_close(&f);
	}
	free(w);
}

/* Where the reading of all others did not come to its end, that is why nothing is tested. */
static void
test_unseen(void **state)
{
	static const char why[] = "The run was stopped.";
	struct fixture_setup setup = { .list = "203.0.113.0/24\n",
		                       .home = { "192.0.2.0/24" },
		                       .sample_level = 3,
		                       .passed_over = true };
	struct world *w = malloc(sizeof(*w));
	struct tryst_hunt_again again;
	struct fixture f;

	(void)state;
	assert_non_null(w);
	world_make(w, 7, 12);
	fixture_open(&f, &setup);
	assert_null(tryst_hunt_sampler(f.hunt));
	assert_int_equal(fixture_push(&f, &setup, w->flows, w->count), 0);
	assert_int_equal(tryst_hunt_find(f.hunt, f.input_list, FIXTURE_INPUTS, &f.error), 0);
	assert_int_equal(tryst_hunt_background(f.hunt, &again, &f.error), 1);
	assert_true(again.in_full);
	tryst_hunt_background_done(f.hunt, why);
	assert_int_equal(tryst_hunt_case(f.hunt, f.input_list, FIXTURE_INPUTS, &f.c, &f.error), 0);
	assert_true(f.c->meeting_count > 0);
	for (size_t i = 0; i < f.c->meeting_count; i++)
		assert_string_equal(f.c->meetings[i].chance.untested, why);
	fixture_close(&f);
	free(w);
}

static void
test_nobody_else(void **state)
{
	const struct fixture_setup setup = { .list = "203.0.113.0/24\n",
		                             .home = { "192.0.2.0/24" } };
	static const struct fixture_flow flows[] = {
		{ "203.0.113.1", "192.0.2.7", 40000, 4242, 17, .packets = 1, .bytes = 60 },
		{ "203.0.113.2", "192.0.2.7", 40001, 4242, 17, .packets = 1, .bytes = 60 },
	};
	struct fixture f;

	(void)state;
	fixture_hunt(&f, &setup, flows, 2);
	assert_int_equal(f.c->meeting_count, 1);
	assert_non_null(f.c->meetings[0].chance.untested);
	assert_false(f.c->background.known);
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gathering),   cmocka_unit_test(test_no_home),
		cmocka_unit_test(test_same_answer), cmocka_unit_test(test_sample),
		cmocka_unit_test(test_unseen),      cmocka_unit_test(test_nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The weighing of a meeting by hand-made evidence: posteriors, grades, sentences. */
#include "hunt/judge.h"

#include <math.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HOSTS 10

struct made {
	struct tryst_case c;
	struct tryst_arena arena;
	struct tryst_case_builder b;
	struct tryst_listed_host hosts[HOSTS];
	struct tryst_sighting sightings[HOSTS];
	struct tryst_meeting meeting;
	uint32_t indices[HOSTS], ids[HOSTS];
	struct tryst_record_ref ref[HOSTS];
};

/* Ten listed hosts at one home endpoint, one conversation each, all of one verdict. */
static void
make(struct made *m, enum tryst_verdict verdict)
{
	*m = (struct made){ 0 };
	for (uint32_t i = 0; i < HOSTS; i++) {
		m->indices[i] = i;
		m->ids[i] = i + 1;
		m->ref[i] = (struct tryst_record_ref){ 0, 100 + i };
		m->sightings[i] = (struct tryst_sighting){
			.id = i + 1,
			.host = i,
			.peer_listed = true,
			.records_in = 1,
			.refs = &m->ref[i],
			.ref_count = 1,
		};
	}
	m->meeting = (struct tryst_meeting){
		.ip = { 0, 0xffff00000000ULL | 0xc000021b },
		.proto = 17,
		.port = 27015,
		.port_known = true,
		.hosts = m->indices,
		.host_count = HOSTS,
		.sightings = m->ids,
		.sighting_count = HOSTS,
		.chance.untested = "No other hosts.",
		.synchrony.untested = "No other hosts.",
		.spoof.untested = "Nothing tells.",
	};
	m->meeting.verdicts[verdict] = HOSTS;
	m->c.hosts = m->hosts;
	m->c.host_count = HOSTS;
	m->c.sightings = m->sightings;
	m->c.sighting_count = HOSTS;
	m->c.meetings = &m->meeting;
	m->c.meeting_count = 1;
	m->b.c = &m->c;
	m->b.arena = &m->arena;
}

static struct tryst_chance
beyond_chance(bool confirmed)
{
	return (struct tryst_chance){
		.listed_met = HOSTS,
		.expected = 0.02,
		.chance_max = 0.01,
		.log10_p = -12,
		.log10_q_bh = -8,
		.log10_q_by = -7,
		.p_star = 0.1,
		.matched_sets = 999,
		.matched_p = confirmed ? 0.001 : 0.4,
		.peers_total = 300,
		.significant = confirmed,
	};
}

static const struct tryst_judgement *
judge(struct made *m)
{
	struct tryst_error err;
	double sum = 0;

	assert_int_equal(tryst_case_judge(&m->b, &err), 0);
	for (int h = 0; h < TRYST_HYPOTHESIS_COUNT; h++) {
		assert_true(m->meeting.judgement.posterior[h] <= 0.99);
		sum += m->meeting.judgement.posterior[h];
	}
	assert_true(fabs(sum - 1) < 1e-12);
	assert_non_null(m->meeting.judgement.verdict);
	return &m->meeting.judgement;
}

static void
test_rendezvous(void **state)
{
	struct made m;
	const struct tryst_judgement *j;

	(void)state;
	make(&m, TRYST_VERDICT_EXCHANGED);
	m.meeting.chance = beyond_chance(true);
	j = judge(&m);
	assert_int_equal(j->best, TRYST_HYPOTHESIS_RENDEZVOUS);
	assert_int_equal(j->grade, 'A');
	assert_non_null(strstr(j->verdict, "A rendezvous: 10 listed hosts met at 192.0.2.27"));
	assert_non_null(strstr(j->verdict, "10 of 10 conversations were productive"));
	/* Its reasons name the records of the conversations. */
	assert_int_equal(j->evidence.list[0].refs[3].record, 103);
	tryst_arena_fini(&m.arena);
}

/* The same numbers, but hosts like the listed ones gather here too. */
static void
test_not_confirmed(void **state)
{
	struct made m;

	(void)state;
	make(&m, TRYST_VERDICT_EXCHANGED);
	m.meeting.chance = beyond_chance(false);
	assert_int_equal(judge(&m)->grade, 'D');
	tryst_arena_fini(&m.arena);
}

static void
test_chance(void **state)
{
	struct made m;
	const struct tryst_judgement *j;

	(void)state;
	make(&m, TRYST_VERDICT_EXCHANGED);
	m.meeting.chance = (struct tryst_chance){
		.listed_met = HOSTS,
		.expected = 8.5,
		.log10_p = -0.3,
		.matched_sets = 999,
		.matched_p = 0.5,
		.peers_total = 10000,
	};
	j = judge(&m);
	assert_int_equal(j->grade, 'D');
	assert_non_null(
		strstr(j->verdict, "Consistent with chance: 10 listed hosts where 8.5 are"));
	m.meeting.chance.expected = 123.4;
	j = judge(&m);
	assert_non_null(strstr(j->verdict, "where 123 are expected"));
	tryst_arena_fini(&m.arena);
}

static void
test_cannot_tell(void **state)
{
	struct made m;
	const struct tryst_judgement *j;

	(void)state;
	make(&m, TRYST_VERDICT_UNKNOWN);
	j = judge(&m);
	assert_int_equal(j->grade, 'U');
	assert_string_equal(j->missing, "No other hosts.");
	assert_true(j->change_count >= 2);
	tryst_arena_fini(&m.arena);
}

static void
test_forged(void **state)
{
	struct made m;
	const struct tryst_judgement *j;

	(void)state;
	make(&m, TRYST_VERDICT_ATTEMPT);
	m.meeting.spoof = (struct tryst_spoof){ .llr = 14,
		                                .families = 3,
		                                .grade = TRYST_SPOOF_SPOOFED,
		                                .one_generator = true,
		                                .purpose = "reflection" };
	j = judge(&m);
	assert_int_equal(j->best, TRYST_HYPOTHESIS_SPOOFED);
	assert_true(j->grade == 'A' || j->grade == 'B');
	assert_string_equal(j->verdict,
	                    "Not a rendezvous: the sources are forged, by one generator "
	                    "(likely purpose: reflection); attempts only.");

	/* Without a trace of one generator, and with no other hosts to compare: never an A. */
	m.meeting.spoof =
		(struct tryst_spoof){ .llr = 5, .families = 2, .grade = TRYST_SPOOF_PROBABLE };
	j = judge(&m);
	assert_int_equal(j->best, TRYST_HYPOTHESIS_SPOOFED);
	assert_int_equal(j->grade, 'B');
	tryst_arena_fini(&m.arena);
}

/* Meetings are of one service by protocol, port and side. */
static void
test_services(void **state)
{
	static const struct tryst_meeting like[] = {
		{ .port_known = true, .proto = IPPROTO_UDP, .port = 53 },
		{ .port_known = true, .proto = IPPROTO_TCP, .port = 53 },
		{ .port_known = true, .proto = IPPROTO_UDP, .port = 53, .at_peer = true },
		{ .port_known = true, .proto = IPPROTO_UDP, .port = 54 },
		{ .port_known = true, .proto = IPPROTO_UDP, .port = 53 },
		{ .proto = IPPROTO_UDP },
		{ .port_known = true, .proto = 255, .port = 65535, .at_peer = true },
	};
	static const uint32_t want[] = { 2, 1, 1, 1, 2, 0, 1 };
	struct tryst_meeting meetings[TRYST_ARRAY_SIZE(like)];
	struct tryst_case c = { .meetings = meetings, .meeting_count = TRYST_ARRAY_SIZE(like) };
	struct tryst_arena arena = { 0 };
	struct tryst_case_builder b = { .c = &c, .arena = &arena };
	struct tryst_error err;

	(void)state;
	memcpy(meetings, like, sizeof(like));
	assert_int_equal(tryst_judge_services(&b, &err), 0);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(like); i++)
		assert_int_equal(tryst_meeting_same_service(&b, &meetings[i]), want[i]);
	tryst_arena_fini(&arena);
}

/* That sources are probably forged stands without a test of chance; that they meet does not. */
static void
test_claim(void **state)
{
	struct tryst_evidence together = { .family = "common_times", .scored = true, .llr = 5 };
	const struct tryst_judgement *j;
	struct made m;

	(void)state;
	make(&m, TRYST_VERDICT_EXCHANGED);
	m.meeting.spoof = (struct tryst_spoof){
		.llr = 3, .families = 2, .grade = TRYST_SPOOF_PROBABLE, .evidence = { &together, 1 }
	};
	j = judge(&m);
	assert_int_equal(j->best, TRYST_HYPOTHESIS_RENDEZVOUS);
	assert_int_equal(j->grade, 'U');
	tryst_arena_fini(&m.arena);
}

/* A home host that asks the listed ones at the port that the list names. */
static void
test_infection(void **state)
{
	struct made m;
	const struct tryst_judgement *j;

	(void)state;
	make(&m, TRYST_VERDICT_ATTEMPT);
	m.meeting.at_peer = true;
	m.meeting.port = 8998;
	for (int i = 0; i < HOSTS; i++) {
		m.sightings[i].records_in = 0;
		m.sightings[i].records_out = 1;
		m.sightings[i].indicator_port = m.sightings[i].listed_port = true;
	}
	j = judge(&m);
	assert_int_equal(j->best, TRYST_HYPOTHESIS_RENDEZVOUS);
	assert_non_null(strstr(j->verdict, "A sign of infection: 192.0.2.27 sent to udp/8998, the "
	                                   "port that the list names, on 10 listed hosts"));

	/* What one side sent and the other acknowledged is no attempt, though no exchange. */
	m.meeting.verdicts[TRYST_VERDICT_ATTEMPT] = 4;
	m.meeting.verdicts[TRYST_VERDICT_ONE_SIDED] = 6;
	j = judge(&m);
	assert_non_null(strstr(j->verdict, "6 of 10 conversations carried data one way only"));
	tryst_arena_fini(&m.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rendezvous), cmocka_unit_test(test_not_confirmed),
		cmocka_unit_test(test_chance),     cmocka_unit_test(test_cannot_tell),
		cmocka_unit_test(test_forged),     cmocka_unit_test(test_infection),
		cmocka_unit_test(test_claim),      cmocka_unit_test(test_services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

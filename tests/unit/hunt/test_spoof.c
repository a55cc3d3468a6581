/* SPDX-License-Identifier: Apache-2.0 */
/* Forged sources: every family on conversations made by hand, the grades, and the founding case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <math.h>

#include <cmocka.h>

#include "fixture.h"
#include "stage.h"

#define HOUR_MS 3600000
#define DAY_MS (24 * HOUR_MS)

static struct stage stage;

static void
assert_near(double got, double want, double within)
{
	if (!(fabs(got - want) <= within))
		fail_msg("got %.12g, want %.12g", got, want);
}

/* A family's weight; 0 where it says nothing or does not count. */
static double
weight(const struct tryst_spoof *spoof, const char *family)
{
	const struct tryst_evidence *e = stage_family(spoof, family);

	return e && e->scored ? e->llr : 0;
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
	fail_msg("no meeting at %s", text);
	return NULL;
}

/* The provider's records alone, or with the campus' and the university's. */
static void
founding(struct fixture *f, bool provider_only)
{
	struct fixture_setup setup = { .list = fixture_sobig_list };
	struct fixture_flow flows[64];
	size_t n = 0;

	for (size_t i = 0; i < fixture_sobig_count; i++) {
		if (!provider_only || fixture_sobig[i].input == 1)
			flows[n++] = fixture_sobig[i];
	}
	fixture_hunt(f, &setup, flows, n);
}

static void
founding_case(void **state)
{
	static const char *const everywhere[] = { "192.0.2.27", "198.51.100.11", "198.51.100.22" };
	const struct tryst_evidence *e;
	struct fixture f;

	(void)state;
	founding(&f, false);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(everywhere); i++) {
		const struct tryst_spoof *spoof = &meeting_at(f.c, everywhere[i])->spoof;

		assert_null(spoof->untested);
		assert_int_equal(spoof->grade, TRYST_SPOOF_SPOOFED);
		assert_true(spoof->one_generator);
		assert_string_equal(spoof->purpose, "reflection");
		assert_near(weight(spoof, "port_adjacency"), 12, 0);
		assert_near(weight(spoof, "packet_marks"), 6, 0);
		e = stage_family(spoof, "port_adjacency");
		assert_non_null(strstr(e->text, "4 of 4"));
		assert_non_null(strstr(e->text, "42475/42476, 32059/32060, 30688/30687, "
		                                "61013/61012"));
		assert_int_equal(e->ref_count, 8);
		assert_int_equal(e->refs[0].input, 0);
		assert_int_equal(e->refs[0].record, 1);
		e = stage_family(spoof, "packet_marks");
		assert_non_null(strstr(e->text, "time to live 112 at 8 of 8 sources"));
		assert_non_null(strstr(e->text, "IP identification 39936"));
	}
	/* The worm's own traffic goes the other way: nothing was sent in their name. */
	assert_non_null(meeting_at(f.c, "203.0.113.10")->spoof.untested);
	fixture_close(&f);
}

static void
founding_provider(void **state)
{
	struct tryst_case_builder b = { 0 };
	const struct tryst_spoof *spoof;
	struct tryst_arena arena = { 0 };
	struct fixture f;

	(void)state;
	founding(&f, true);
	spoof = &meeting_at(f.c, "192.0.2.27")->spoof;
	assert_int_equal(spoof->grade, TRYST_SPOOF_UNDECIDABLE);
	assert_null(spoof->purpose);
	assert_near(weight(spoof, "equal_rates"), .5017, 1e-4);
	/* All reported down at 19:00 UTC, a minute of slack. */
	for (size_t i = 0; i < f.c->host_count; i++)
		f.c->hosts[i].death =
			(struct tryst_death){ .stated = true, .at_ms = 1061578860000 };
	b.c = f.c;
	b.arena = &arena;
	assert_int_equal(tryst_case_spoof(&b, &f.error), 0);
	assert_near(weight(spoof, "dead_sources"), 5, 0);
	assert_int_equal(stage_family(spoof, "dead_sources")->ref_count, 7);
	assert_int_equal(spoof->grade, TRYST_SPOOF_PROBABLE);
	assert_int_equal(spoof->families, 2);
	assert_near(spoof->llr, 3.5017, 1e-4);
	assert_false(spoof->one_generator);
	/* One host alone: the report may be wrong. */
	assert_near(weight(&f.c->hosts[0].spoof, "dead_sources"), -log(.05), 1e-9);
	assert_int_equal(f.c->hosts[0].spoof.grade, TRYST_SPOOF_UNDECIDABLE);
	/* Reported down only later. */
	for (size_t i = 0; i < f.c->host_count; i++)
		f.c->hosts[i].death.at_ms += HOUR_MS;
	assert_int_equal(tryst_case_spoof(&b, &f.error), 0);
	assert_near(weight(spoof, "dead_sources"), 0, 0);
	tryst_arena_fini(&arena);
	fixture_close(&f);
}

/* What came before or after them does not change what the conversations of a case say. */
static void
any_order(void **state)
{
	struct fixture_setup setup = {
		.list = fixture_sobig_list, .threads = 4, .shuffle = 7, .batch_rows = 3
	};
	struct fixture a, b;

	(void)state;
	founding(&a, false);
	fixture_hunt(&b, &setup, fixture_sobig, fixture_sobig_count);
	for (size_t i = 0; i < a.c->meeting_count; i++) {
		const struct tryst_spoof *sa = &a.c->meetings[i].spoof;
		const struct tryst_spoof *sb = &b.c->meetings[i].spoof;

		assert_true(sa->llr == sb->llr);
		assert_int_equal(sa->evidence.count, sb->evidence.count);
		for (uint32_t k = 0; k < sa->evidence.count; k++) {
			assert_string_equal(sa->evidence.list[k].text, sb->evidence.list[k].text);
			assert_int_equal(sa->evidence.list[k].ref_count,
			                 sb->evidence.list[k].ref_count);
		}
	}
	fixture_close(&a);
	fixture_close(&b);
}

static void
established(void **state)
{
	const struct tryst_spoof *spoof;

	(void)state;
	/* Play: packets of varying size both ways, from all. */
	stage_init(&stage, DAY_MS, 1);
	for (uint32_t i = 0; i < 10; i++) {
		struct tryst_sighting *s = stage_flow(&stage, HOUR_MS * i, i, 1, 40000 + 977 * i);

		s->records_out = 1;
		s->packets_in = 30000;
		s->bytes_in = 30000 * 80 + 17;
		s->packets_out = 30000;
		s->bytes_out = 30000 * 150 + 3;
		s->verdict = TRYST_VERDICT_EXCHANGED;
	}
	spoof = stage_weigh(&stage);
	assert_near(weight(spoof, "establishment"), -4, 0);
	assert_int_equal(spoof->grade, TRYST_SPOOF_GENUINE);
	/* A query repeated, however often answered, is no dialogue. */
	for (uint32_t i = 0; i < 10; i++)
		stage.sightings[i].bytes_in = 30000 * 37;
	spoof = stage_weigh(&stage);
	assert_near(weight(spoof, "establishment"), 0, 0);
	assert_int_equal(spoof->grade, TRYST_SPOOF_UNDECIDABLE);
	/* TCP that exchanged data. */
	for (uint32_t i = 0; i < 10; i++)
		stage.sightings[i].proto = 6;
	spoof = stage_weigh(&stage);
	assert_near(weight(spoof, "establishment"), -8, 0);
	assert_int_equal(spoof->grade, TRYST_SPOOF_GENUINE);
	assert_int_equal(stage.hosts[3].spoof.grade, TRYST_SPOOF_GENUINE);
	/* One real client among ten does not clear the others. */
	for (uint32_t i = 1; i < 10; i++)
		stage.sightings[i].verdict = TRYST_VERDICT_ATTEMPT;
	assert_near(weight(stage_weigh(&stage), "establishment"), -.8, 1e-9);
	stage_fini(&stage);
}

static void
bogons(void **state)
{
	const struct tryst_spoof *spoof;

	(void)state;
	stage_init(&stage, DAY_MS, 1);
	for (uint32_t i = 0; i < 4; i++) {
		struct tryst_sighting *s = stage_flow(&stage, HOUR_MS * i, i, 1, 40000 + 977 * i);

		s->peer = stage.hosts[i].ip = tryst_ip_v4(0x0a000001 + i);
		s->home = tryst_ip_v4(0x08080808);
	}
	spoof = stage_weigh(&stage);
	assert_near(weight(spoof, "address"), 7, 0);
	assert_near(spoof->llr, 5, 1e-9);
	assert_int_equal(spoof->grade, TRYST_SPOOF_UNDECIDABLE); /* never alone */
	/* At home in private addresses itself. */
	for (uint32_t i = 0; i < 4; i++)
		stage.sightings[i].home = tryst_ip_v4(0xc0a80001);
	assert_near(weight(stage_weigh(&stage), "address"), 0, 0);
	assert_non_null(stage_family(&stage.meeting.spoof, "address"));
	stage_fini(&stage);
}

static void
ingress(void **state)
{
	const struct tryst_spoof *spoof;

	(void)state;
	stage_init(&stage, DAY_MS, 1);
	/* Thirty TCP sessions of five hosts on interface 1, then their UDP on interface 2. */
	for (uint32_t i = 0; i < 60; i++) {
		struct tryst_sighting *s = stage_flow(&stage, 60000 * i, i % 5, 1, 1024 + 977 * i);

		s->marks.in_if_known = true;
		s->marks.in_if = i < 30 ? 1 : 2;
		if (i >= 30)
			continue;
		s->proto = 6;
		s->home_port = 80;
		s->verdict = TRYST_VERDICT_EXCHANGED;
	}
	(void)stage_weigh(&stage);
	stage.meeting.sightings = stage.ids + 30;
	stage.meeting.sighting_count = 30;
	assert_int_equal(tryst_case_spoof(&stage.b, &stage.error), 0);
	spoof = &stage.meeting.spoof;
	/* ln(1 / (.5 / 7)): six sessions of each host's network, none on interface 2. */
	assert_near(weight(spoof, "ingress"), log(14), 1e-9);
	for (uint32_t i = 30; i < 60; i++)
		stage.sightings[i].marks.in_if = 1;
	assert_int_equal(tryst_case_spoof(&stage.b, &stage.error), 0);
	assert_near(weight(spoof, "ingress"), log(7 / 6.5), 1e-9);
	/* The router's own check. */
	for (uint32_t i = 30; i < 60; i++) {
		stage.sightings[i].marks.fwd_status_known = true;
		stage.sightings[i].marks.fwd_status = 140;
	}
	assert_int_equal(tryst_case_spoof(&stage.b, &stage.error), 0);
	assert_near(weight(spoof, "ingress"), 5, 0);
	stage_fini(&stage);
}

static void
ports(void **state)
{
	(void)state;
	/* Ten pairs of neighbours among random ports. */
	stage_init(&stage, DAY_MS, 1);
	for (uint32_t i = 0; i < 10; i++) {
		uint32_t port = 1024 + stage_below(&stage, 60000);

		(void)stage_flow(&stage, 10000 * i, 2 * i % 7, 1, port);
		(void)stage_flow(&stage, 10000 * i + 1, (2 * i + 1) % 7, 2, port + i % 2 + 1);
	}
	assert_near(weight(stage_weigh(&stage), "port_adjacency"), 12, 0);
	/* All bound to one port. */
	for (uint32_t i = 0; i < 20; i++)
		stage.sightings[i].peer_port = 27005;
	assert_near(weight(stage_weigh(&stage), "port_adjacency"), 0, 0);
	/* From one source. */
	for (uint32_t i = 0; i < 20; i++) {
		stage.sightings[i].peer_port = (uint16_t)(2000 + i);
		stage.sightings[i].host = i / 10;
	}
	assert_near(weight(stage_weigh(&stage), "port_adjacency"), 0, 0);
	stage_fini(&stage);
}

/* A generator at one server says nothing of real clients at another of the same service. */
static void
other_make(void **state)
{
	(void)state;
	stage_init(&stage, DAY_MS, 1);
	for (uint32_t i = 0; i < 20; i++) {
		uint32_t port = 1024 + stage_below(&stage, 60000);

		(void)stage_flow(&stage, 10000 * i, 2 * i % 7, 1, port);
		(void)stage_flow(&stage, 10000 * i + 1, (2 * i + 1) % 7, 1, port + 1);
	}
	for (uint32_t i = 0; i < 10; i++)
		stage_flow(&stage, HOUR_MS + 100000 * i, i % 7, 2, 1024 + 977 * i)->bytes_in = 53;
	(void)stage_weigh(&stage);
	assert_int_equal(stage.meeting.spoof.grade, TRYST_SPOOF_SPOOFED);
	stage.meeting.sightings = stage.ids + 40;
	stage.meeting.sighting_count = 10;
	assert_int_equal(tryst_case_spoof(&stage.b, &stage.error), 0);
	assert_int_equal(stage.meeting.spoof.grade, TRYST_SPOOF_UNDECIDABLE);
	assert_null(stage_family(&stage.meeting.spoof, "port_adjacency"));
	assert_non_null(stage_family(&stage.meeting.spoof, "other_make"));
	stage_fini(&stage);
}

static void
marks(void **state)
{
	(void)state;
	stage_init(&stage, DAY_MS, 1);
	for (uint32_t i = 0; i < 6; i++) {
		struct tryst_sighting *s = stage_flow(&stage, HOUR_MS * i, i, 1, 1024 + 977 * i);

		s->marks.ttl_known = s->marks.tos_known = true;
		s->marks.ttl = 112;
	}
	/* Three comparisons at the documented chance of 1 in 5; type of service 0 is usual. */
	assert_near(weight(stage_weigh(&stage), "packet_marks"), 3 * log(5), 1e-9);
	assert_true(stage.meeting.spoof.one_generator == false);
	/* One network, one path. */
	for (uint32_t i = 0; i < 6; i++)
		stage.sightings[i].peer = tryst_ip_v4(0x0b000001 + i);
	assert_near(weight(stage_weigh(&stage), "packet_marks"), 0, 0);
	for (uint32_t i = 0; i < 6; i++) {
		stage.sightings[i].peer = stage.hosts[i].ip;
		stage.sightings[i].marks.ttl = (uint8_t)(40 + i);
	}
	assert_near(weight(stage_weigh(&stage), "packet_marks"), 0, 0);
	stage_fini(&stage);
}

static void
times(void **state)
{
	(void)state;
	/* Twelve sources start within two minutes of a day and stop within two. */
	stage_init(&stage, DAY_MS, 1);
	for (uint32_t i = 0; i < 12; i++)
		(void)stage_flow(&stage, HOUR_MS + 10000 * i, i, 1, 1024 + 977 * i);
	for (uint32_t i = 0; i < 12; i++)
		(void)stage_flow(&stage, 5 * HOUR_MS + 10000 * i, i, 1, 5024 + 977 * i);
	/* Its 4 and the 3 of equal rates share what one program may weigh. */
	assert_near(weight(stage_weigh(&stage), "common_times"), 3 * 4. / 7, 1e-9);
	assert_near(weight(&stage.meeting.spoof, "equal_rates"), 3 * 3. / 7, 1e-9);
	/* A program that is answered runs on real machines. */
	for (uint32_t i = 0; i < 6; i++)
		stage.sightings[i].records_out = 1;
	assert_near(weight(stage_weigh(&stage), "common_times"), 0, 0);
	/* So does a real meeting. */
	stage.sightings[5].proto = 6;
	stage.sightings[5].verdict = TRYST_VERDICT_EXCHANGED;
	for (uint32_t i = 0; i < 24; i++)
		stage.sightings[i].proto = 6;
	assert_near(weight(stage_weigh(&stage), "common_times"), 0, 0);
	assert_non_null(stage_family(&stage.meeting.spoof, "common_times"));
	stage_fini(&stage);
}

static void
gaps(void **state)
{
	int64_t at_ms = 0;

	(void)state;
	/* Four sources in turn, by one timer whose gaps vary. */
	stage_init(&stage, DAY_MS, 1);
	for (uint32_t i = 0; i < 80; i++) {
		if (i % 4 == 0)
			at_ms += (int64_t)stage_exponential(&stage, 300000);
		(void)stage_flow(&stage, at_ms + i % 4 * 100, i % 4, 1, 1024 + 977 * i % 60000);
	}
	assert_near(weight(stage_weigh(&stage), "equal_gaps"), 1.5, 1e-9);
	assert_near(weight(&stage.meeting.spoof, "equal_rates"), 1.5, 1e-9);
	stage_fini(&stage);
}

static void
set_of(struct tryst_spoof_set *set, uint32_t *list, uint32_t *slots, uint32_t *sources,
       uint32_t *per_source)
{
	*set = (struct tryst_spoof_set){
		.b = &stage.b,
		.list = list,
		.slots = slots,
		.count = (uint32_t)stage.c.sighting_count,
		.sources = sources,
		.per_source = per_source,
		.source_count = (uint32_t)stage.c.sighting_count,
	};
	for (uint32_t i = 0; i < set->count; i++) {
		list[i] = slots[i] = sources[i] = i;
		per_source[i] = 1;
	}
}

/* Where others are hardly ever answered, or never, answers to the listed accuse nobody. */
static void
seldom_answered(void **state)
{
	static struct tryst_spoof_others o;
	uint32_t list[10], slots[10], hosts[10], per_source[10];
	struct tryst_evidence e = { 0 };
	struct tryst_spoof_set set;

	(void)state;
	stage_init(&stage, DAY_MS, 3);
	for (uint32_t i = 0; i < 10; i++) {
		struct tryst_sighting *s = stage_flow(&stage, HOUR_MS * i, i, 1, 1024 + 977 * i);

		s->verdict = i < 5 ? TRYST_VERDICT_ATTEMPT : TRYST_VERDICT_ANSWERED;
	}
	set_of(&set, list, slots, hosts, per_source);
	set.others = &o;
	o.attempts = 9999;
	o.established = 10;
	assert_int_equal(tryst_spoof_establishment(&set, &e, &stage.error), 0);
	assert_true(e.scored);
	assert_near(e.llr, 0, 0);
	o.established = 0;
	e = (struct tryst_evidence){ 0 };
	assert_int_equal(tryst_spoof_establishment(&set, &e, &stage.error), 0);
	assert_near(e.llr, 0, 0);
	assert_non_null(strstr(e.text, "other clients' 0 % establish something"));
	stage_fini(&stage);
}

/* The families that need the other clients of the service. */
static void
others(void **state)
{
	static struct tryst_spoof_others o;
	static struct tryst_ip sources[1000], answered[100];
	uint32_t list[10], slots[10], hosts[10], per_source[10];
	struct tryst_evidence e = { 0 };
	struct tryst_spoof_set set;

	(void)state;
	stage_init(&stage, DAY_MS, 3);
	for (uint32_t i = 0; i < 10; i++) {
		stage_flow(&stage, HOUR_MS * i, i, 1, 1024 + 977 * i)->marks =
			(struct tryst_marks){ .ttl_known = true, .ttl = 112 };
	}
	set_of(&set, list, slots, hosts, per_source);
	set.others = &o;
	o.attempts = 99;
	o.established = 90;
	assert_int_equal(tryst_spoof_establishment(&set, &e, &stage.error), 0);
	assert_true(e.scored);
	assert_near(e.llr, 10 * log(.98 / .1), 1e-9); /* its cap is the caller's */
	/* 37 bytes is what one in ten sends. */
	o.singles = 99;
	o.size_counts[37] = 9;
	o.size_counts[53] = 80;
	o.size_counts[60] = 10;
	e = (struct tryst_evidence){ 0 };
	assert_int_equal(tryst_spoof_size(&set, &e, &stage.error), 0);
	assert_near(e.llr, -10 * log(9.5 / 100), 1e-9);
	/* Everybody sends it. */
	o.size_counts[37] = 98;
	o.size_counts[53] = 0;
	o.size_counts[60] = 1;
	e = (struct tryst_evidence){ 0 };
	assert_int_equal(tryst_spoof_size(&set, &e, &stage.error), 0);
	assert_near(e.llr, 0, 0);
	/* A time to live that half of all show. */
	o.marked_ttl = 99;
	o.ttl_counts[112] = 49;
	o.ttl_counts[50] = 50;
	e = (struct tryst_evidence){ 0 };
	assert_int_equal(tryst_spoof_marks(&set, &e, &stage.error), 0);
	assert_near(e.llr, -3 * log(49.5 / 100), 1e-9);
	/* Sources from everywhere, and from a few networks. */
	o.sources = sources;
	o.source_count = 1000;
	o.answered = answered;
	o.answered_count = 100;
	for (uint32_t i = 0; i < 100; i++)
		answered[i] = tryst_ip_v4((60 + i / 10) << 24 | i);
	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t block = 1 + i * 223 / 1000;

		sources[i] = tryst_ip_v4(block << 24 | stage_below(&stage, 1 << 24));
	}
	e = (struct tryst_evidence){ 0 };
	assert_int_equal(tryst_spoof_random(&set, &e, &stage.error), 0);
	assert_true(e.scored && e.llr > 6);
	/* Where real clients come from everywhere too, that says nothing. */
	for (uint32_t i = 0; i < 100; i++)
		answered[i] = sources[10 * i];
	e = (struct tryst_evidence){ 0 };
	assert_int_equal(tryst_spoof_random(&set, &e, &stage.error), 0);
	assert_near(e.llr, 0, 0);
	for (uint32_t i = 0; i < 1000; i++)
		sources[i] = tryst_ip_v4((60 + i / 100) << 24 | i);
	e = (struct tryst_evidence){ 0 };
	assert_int_equal(tryst_spoof_random(&set, &e, &stage.error), 0);
	assert_near(e.llr, 0, 0);
	stage_fini(&stage);
}

static void
aims(void **state)
{
	(void)state;
	stage_init(&stage, DAY_MS, 1);
	for (uint32_t i = 0; i < 40; i++) {
		struct tryst_sighting *s = stage_flow(&stage, 10000 * (i / 2) + i % 2, i % 5, i % 2,
		                                      1024 + 977 * (i / 2) + i % 2);

		s->verdict = TRYST_VERDICT_FLOOD;
		s->packets_in = 5000;
		s->bytes_in = 5000 * 37;
	}
	assert_int_equal(stage_weigh(&stage)->grade, TRYST_SPOOF_SPOOFED);
	assert_string_equal(stage.meeting.spoof.purpose, "reflection");
	/* Answers that are smaller than the queries reflect nothing: a flood. */
	for (uint32_t i = 0; i < 40; i++) {
		stage.sightings[i].records_out = 1;
		stage.sightings[i].packets_out = 1;
		stage.sightings[i].bytes_out = 30;
	}
	assert_string_equal(stage_weigh(&stage)->purpose, "flood");
	/* Nothing of the kind. */
	for (uint32_t i = 0; i < 40; i++) {
		stage.sightings[i].verdict = TRYST_VERDICT_ATTEMPT;
		stage.sightings[i].home_port = 5000;
	}
	assert_int_equal(stage_weigh(&stage)->grade, TRYST_SPOOF_SPOOFED);
	assert_null(stage.meeting.spoof.purpose);
	stage_fini(&stage);
}

static void
backscatter(void **state)
{
	const struct tryst_evidence *e;

	(void)state;
	stage_init(&stage, DAY_MS, 1);
	for (uint32_t i = 0; i < 4; i++)
		stage_flow(&stage, HOUR_MS * i, i, 1, 80)->verdict = TRYST_VERDICT_BACKSCATTER;
	e = stage_family(stage_weigh(&stage), "backscatter");
	assert_non_null(e);
	assert_false(e->scored);
	assert_int_equal(e->ref_count, 4);
	/* And of what listed hosts serve nothing is said. */
	for (uint32_t i = 0; i < 4; i++)
		stage.sightings[i].service_side = TRYST_SERVICE_PEER;
	stage.meeting.at_peer = true;
	assert_non_null(stage_weigh(&stage)->untested);
	stage_fini(&stage);
}

/* The other clients come from the second pass over the inputs. */
static void
others_around(void **state)
{
	static struct fixture_flow flows[128];
	static char names[64][24];
	struct fixture_setup setup = { .list = "11.1.0.1\n11.2.0.1\n11.3.0.1\n11.4.0.1\n11.5.0.1\n"
		                               "11.6.0.1\n",
		                       .home = { "192.0.2.0/24" } };
	const struct tryst_evidence *e;
	struct fixture f;
	size_t n = 0;

	(void)state;
	/* Six listed hosts without an answer; thirty other clients with one, of another size. */
	for (unsigned i = 0; i < 36; i++) {
		(void)snprintf(names[i], sizeof(names[i]), i < 6 ? "11.%u.0.1" : "50.%u.0.1",
		               i + 1);
		flows[n++] = (struct fixture_flow){ .src = names[i],
			                            .dst = "192.0.2.9",
			                            .src_port = (uint16_t)(2000 + 977 * i),
			                            .dst_port = 27015,
			                            .proto = 17,
			                            .packets = 1,
			                            .bytes = i < 6 ? 37 : 53 + i % 3,
			                            .start_ms = 60000 * i };
		if (i < 6)
			continue;
		flows[n] = flows[n - 1];
		flows[n].src = "192.0.2.9";
		flows[n].dst = names[i];
		flows[n].src_port = 27015;
		flows[n].dst_port = flows[n - 1].src_port;
		flows[n].bytes = 200;
		flows[n++].start_ms += 40;
	}
	fixture_hunt_twice(&f, &setup, flows, n);
	assert_int_equal(f.c->meeting_count, 1);
	e = stage_family(&f.c->meetings[0].spoof, "packet_size");
	assert_true(e && e->scored && e->llr > 1);
	e = stage_family(&f.c->meetings[0].spoof, "establishment");
	assert_true(e && e->scored);
	/* Whether these networks' other direction is seen here, no TCP of theirs tells. */
	assert_non_null(strstr(e->text, "97 % establish"));
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(founding_case), cmocka_unit_test(founding_provider),
		cmocka_unit_test(any_order),     cmocka_unit_test(established),
		cmocka_unit_test(bogons),        cmocka_unit_test(ingress),
		cmocka_unit_test(ports),         cmocka_unit_test(marks),
		cmocka_unit_test(other_make),    cmocka_unit_test(times),
		cmocka_unit_test(gaps),          cmocka_unit_test(others),
		cmocka_unit_test(aims),          cmocka_unit_test(backscatter),
		cmocka_unit_test(others_around), cmocka_unit_test(seldom_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

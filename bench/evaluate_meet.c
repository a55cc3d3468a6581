/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One cell of the evaluation of searches without a list: a simulated network, searched, beside the
 * truth.
 *
 *   evaluate-meet SCENARIO SEED [NAME=VALUE]... [pairs=yes]
 *
 * Prints a line of JSON: the findings, which of them are about what was planted, and with pairs=yes
 * the scores of every pair that was tested for a beacon, by what it really was. bench/evaluate-meet
 * runs the grid and makes the tables of docs/meet.md of the lines.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "hunt/meet.h"
#include "hunt/meet_beacon.h"
#include "simulate/simulate.h"

#define MEMORY ((size_t)1 << 30)
#define SLOTS ((size_t)1 << 22)
#define FINDINGS_TOLD 30

enum group { PLANTED, PLAIN, PERIODIC, GROUPS };

/* A pair of hosts and what they do. */
struct role {
	uint64_t key; /* the smaller address in the upper half; 0: free */
	uint32_t roles;
};

struct score {
	double rank, kappa, rita;
	uint32_t visits;
};

struct scores {
	struct score *list;
	size_t count, cap;
};

struct cell {
	const char *scenario;
	uint64_t seed;
	bool pairs;
	struct tryst_sim_params params;
	struct tryst_sim *sim;
	struct role *roles;
	struct scores scores[GROUPS];
	struct tryst_meet_times times;
	int64_t from_ms, to_ms;
	struct tryst_error err;
};

static double
now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct role *
role_find(struct cell *c, uint32_t a, uint32_t b)
{
	uint64_t key = (uint64_t)TRYST_MIN(a, b) << 32 | TRYST_MAX(a, b);
	size_t at = (size_t)(key * 0x9e3779b97f4a7c15ULL >> 42) % SLOTS;

	while (c->roles[at].key && c->roles[at].key != key)
		at = (at + 1) % SLOTS;
	c->roles[at].key = key;
	return &c->roles[at];
}

static int
roles_take(void *ctx, const struct tryst_sim_record *records, size_t count, struct tryst_error *err)
{
	struct cell *c = ctx;

	(void)err;
	for (size_t i = 0; i < count; i++) {
		role_find(c, records[i].src, records[i].dst)->roles |= 1u << records[i].role;
		c->from_ms = TRYST_MIN(c->from_ms, records[i].start_ms);
		c->to_ms = TRYST_MAX(c->to_ms, records[i].end_ms);
	}
	return 0;
}

static int
roles_make(struct cell *c)
{
	int rc = 0;

	c->roles = calloc(SLOTS, sizeof(*c->roles));
	c->from_ms = INT64_MAX;
	if (!c->roles)
		abort();
	for (size_t p = 0; p < tryst_sim_parts(c->sim) && rc == 0; p++)
		rc = tryst_sim_part_records(c->sim, p, roles_take, c, &c->err);
	return rc;
}

static bool
in_list(const struct tryst_sim_list *l, struct tryst_ip ip)
{
	for (size_t i = 0; i < l->count; i++) {
		if (tryst_ip_equal(l->hosts[i], ip))
			return true;
	}
	return false;
}

static bool
is_planted(const struct cell *c, struct tryst_ip ip, uint8_t proto, uint16_t port)
{
	const struct tryst_sim_truth *t = tryst_sim_truth(c->sim);

	/* Those who are called there are in on it, too. */
	if (c->params.plant == TRYST_SIM_PLANT_OVERLAY && in_list(&t->clients, ip))
		return true;
	for (size_t i = 0; i < t->endpoint_count; i++) {
		const struct tryst_sim_endpoint *e = &t->endpoints[i];

		if (tryst_ip_equal(e->ip, ip) && e->proto == proto && e->port == port)
			return true;
	}
	return false;
}

/* What a pair is: planted, or regular by nature, or neither. */
static enum group
group_of(struct cell *c, const struct tryst_meet_endpoint *e, const struct tryst_meet_member *m)
{
	const uint32_t periodic = 1u << TRYST_SIM_ROLE_NTP | 1u << TRYST_SIM_ROLE_TORRENT |
	                          1u << TRYST_SIM_ROLE_BROWSE | 1u << TRYST_SIM_ROLE_UPDATE |
	                          1u << TRYST_SIM_ROLE_POLL | 1u << TRYST_SIM_ROLE_CHAT |
	                          1u << TRYST_SIM_ROLE_SCAN;

	if (is_planted(c, e->ip, e->proto, e->port) &&
	    in_list(&tryst_sim_truth(c->sim)->clients, m->ip))
		return PLANTED;
	return role_find(c, (uint32_t)e->ip.lo, (uint32_t)m->ip.lo)->roles & periodic ? PERIODIC
	                                                                              : PLAIN;
}

static void
tested(void *ctx, const struct tryst_meet_endpoint *e, const struct tryst_meet_member *m,
       const struct tryst_meet_beacon *b)
{
	struct cell *c = ctx;
	struct scores *s = &c->scores[group_of(c, e, m)];
	struct tryst_meet_beacon with = *b;
	double rank = 0;

	if (s->count == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 1024;
		s->list = reallocarray(s->list, s->cap, sizeof(*s->list));
		if (!s->list)
			abort();
	}
	if (tryst_meet_beacon_rank(m, b, &c->times, &rank, &c->err) < 0 ||
	    tryst_meet_beacon_rita(m, c->from_ms, c->to_ms, &c->times, &with, &c->err) < 0)
		abort();
	s->list[s->count++] =
		(struct score){ rank, b->kappa, with.rita_scored ? with.rita : 0, m->visit_count };
}

static void
scores_put(struct tryst_json *j, const struct cell *c)
{
	static const char *const names[GROUPS] = { "planted", "plain", "periodic" };

	tryst_json_key_object(j, "pairs");
	for (unsigned g = 0; g < GROUPS; g++) {
		tryst_json_key_array(j, names[g]);
		for (size_t i = 0; i < c->scores[g].count; i++) {
			const struct score *s = &c->scores[g].list[i];

			tryst_json_array(j);
			tryst_json_real(j, round(s->rank * 1000) / 1000);
			tryst_json_real(j, round(fmin(s->kappa, 1e6) * 1000) / 1000);
			tryst_json_real(j, round(s->rita * 10000) / 10000);
			tryst_json_u64(j, s->visits);
			tryst_json_end(j);
		}
		tryst_json_end(j);
	}
	tryst_json_end(j);
}

static void
findings_put(struct tryst_json *j, const struct cell *c, const struct tryst_case *k)
{
	tryst_json_key_array(j, "findings");
	for (size_t i = 0; i < k->finding_count; i++) {
		const struct tryst_finding *f = &k->findings[i];
		bool planted = is_planted(c, f->ip, f->proto, f->port);
		char grade[2] = { f->grade, 0 };

		if (i >= FINDINGS_TOLD && f->grade > 'B' && !planted)
			continue;
		tryst_json_object(j);
		tryst_json_key_u64(j, "place", i + 1);
		tryst_json_key_str(j, "kind", f->kind);
		tryst_json_key_str(j, "grade", grade);
		tryst_json_key_bool(j, "planted", planted);
		tryst_json_key_u64(j, "port", f->port);
		tryst_json_key_u64(j, "clients", f->clients_total);
		tryst_json_key_real(j, "score", f->score);
		tryst_json_end(j);
	}
	tryst_json_end(j);
}

static void
line(const struct cell *c, const struct tryst_case *k, double seconds)
{
	struct tryst_buf out = { 0 };
	struct tryst_json j;

	tryst_json_init(&j, &out, 0);
	tryst_json_object(&j);
	tryst_json_key_str(&j, "scenario", c->scenario);
	tryst_json_key_u64(&j, "seed", c->seed);
	tryst_json_key_u64(&j, "records", k->flows_read);
	tryst_json_key_real(&j, "seconds", seconds);
	tryst_json_key_u64(&j, "endpoints", k->search.endpoints);
	tryst_json_key_u64(&j, "tested", k->search.tested);
	tryst_json_key_u64(&j, "clients", tryst_sim_truth(c->sim)->clients.count);
	findings_put(&j, c, k);
	if (c->pairs)
		scores_put(&j, c);
	tryst_json_end(&j);
	if (out.failed)
		abort();
	printf("%s\n", out.data);
	tryst_buf_fini(&out);
}

static int
search(struct cell *c)
{
	struct tryst_prefix home = tryst_sim_home(c->sim);
	struct tryst_meet_options options = {
		.home = &home,
		.home_count = 1,
		.since_ms = INT64_MIN,
		.jobs = 1,
		.memory = MEMORY,
		.tested = c->pairs ? tested : NULL,
		.tested_ctx = c,
	};
	struct tryst_input input, *inputs = &input;
	struct tryst_operator *op;
	struct tryst_pipeline p = {
		.inputs = &inputs,
		.input_count = 1,
		.open = tryst_sim_open,
		.open_ctx = c->sim,
		.request = { .from_ms = INT64_MIN, .to_ms = INT64_MAX },
		.operators = &op,
		.operator_count = 1,
		.jobs = 1,
	};
	struct tryst_meet *meet = NULL;
	struct tryst_case *k;
	double started_s = now_s();
	int rc = tryst_input_init(&input, "simulated", 0, &c->err);

	if (rc < 0)
		return rc;
	rc = tryst_meet_new(&meet, &options, &c->err);
	if (rc >= 0) {
		op = tryst_meet_operator(meet);
		rc = tryst_pipeline_run(&p, &c->err);
	}
	if (rc >= 0)
		rc = tryst_meet_case(meet, &inputs, 1, &k, &c->err);
	if (rc >= 0)
		line(c, k, now_s() - started_s);
	tryst_meet_free(meet);
	tryst_input_fini(&input);
	return rc;
}

int
main(int argc, char **argv)
{
	struct cell c = { 0 };
	int rc;

	if (argc < 3) {
		fprintf(stderr, "usage: evaluate-meet SCENARIO SEED [NAME=VALUE]... [pairs=yes]\n");
		return 2;
	}
	c.scenario = argv[1];
	c.seed = strtoull(argv[2], NULL, 10);
	rc = tryst_sim_params_init(&c.params, c.scenario, &c.err);
	for (int i = 3; rc >= 0 && i < argc; i++) {
		if (strcmp(argv[i], "pairs=yes") == 0)
			c.pairs = true;
		else
			rc = tryst_sim_params_set(&c.params, argv[i], &c.err);
	}
	if (rc >= 0)
		rc = tryst_sim_new(&c.sim, &c.params, c.seed, &c.err);
	if (rc >= 0 && c.pairs)
		rc = roles_make(&c);
	if (rc >= 0)
		rc = search(&c);
	if (rc < 0)
		fprintf(stderr, "evaluate-meet: %s\n", c.err.text);
	for (unsigned g = 0; g < GROUPS; g++)
		free(c.scores[g].list);
	free(c.roles);
	tryst_meet_times_fini(&c.times);
	tryst_sim_free(c.sim);
	return rc < 0;
}

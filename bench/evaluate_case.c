/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One cell of the evaluation: a simulated network, hunted with one or more lists, beside the truth.
 *
 *   evaluate-case SCENARIO SEED [NAME=VALUE]... [lists=KIND:N]
 *
 * Prints a line of JSON for each hunt.  `lists=KIND:N` hunts N lists of that kind, drawn with seeds
 * of their own, over the same network, instead of the scenario's.  bench/evaluate runs the grid and
 * makes docs/evaluation.md of the lines.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "hunt/hunt.h"
#include "simulate/simulate.h"
#include "stats/multiple.h"
#include "stats/tail.h"

#define MEMORY ((size_t)4 << 30)

struct cell {
	const char *scenario;
	uint64_t seed;
	struct tryst_sim_params params;
	struct tryst_sim *sim;
	struct tryst_error err;
};

static double
now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
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

/* The planted endpoint is the home end that all who take part touch. */
static bool
is_planted(const struct cell *c, const struct tryst_meeting *m)
{
	const struct tryst_sim_truth *t = tryst_sim_truth(c->sim);

	for (size_t i = 0; i < t->endpoint_count; i++) {
		const struct tryst_sim_endpoint *e = &t->endpoints[i];

		if (tryst_ip_equal(e->ip, m->ip) && e->proto == m->proto && e->port == m->port)
			return true;
	}
	return m->at_peer && in_list(&t->clients, m->ip);
}

static void
meeting(struct tryst_json *j, const struct cell *c, const struct tryst_meeting *m, double log_q)
{
	const struct tryst_judgement *v = &m->judgement;
	char grade[2] = { v->grade, 0 };

	tryst_json_object(j);
	tryst_json_key_bool(j, "planted", is_planted(c, m));
	tryst_json_key_u64(j, "hosts", m->host_count);
	tryst_json_key_bool(j, "at_peer", m->at_peer);
	tryst_json_key_u64(j, "proto", m->proto);
	tryst_json_key_u64(j, "port", m->port);
	if (!m->chance.untested) {
		tryst_json_key_u64(j, "x", m->chance.listed_met);
		tryst_json_key_u64(j, "d", m->chance.peers_total);
		tryst_json_key_real(j, "mu", m->chance.expected);
		tryst_json_key_real(j, "p", m->chance.log10_p);
		tryst_json_key_real(j, "q", m->chance.log10_q_bh);
		tryst_json_key_real(j, "hyper_q", log_q / M_LN10);
		if (m->chance.matched_sets)
			tryst_json_key_real(j, "matched", m->chance.matched_p);
		tryst_json_key_real(j, "q_like", m->chance.log10_q_like);
		tryst_json_key_bool(j, "significant", m->chance.significant);
	}
	tryst_json_key_str(j, "grade", grade);
	tryst_json_key_u64(j, "best", v->best);
	tryst_json_key_real(j, "px", v->posterior[TRYST_HYPOTHESIS_SPOOFED]);
	tryst_json_key_real(j, "pr", v->posterior[TRYST_HYPOTHESIS_RENDEZVOUS]);
	if (!m->spoof.untested) {
		tryst_json_key_real(j, "spoof", m->spoof.llr);
		tryst_json_key_u64(j, "spoof_grade", m->spoof.grade);
	}
	tryst_json_end(j);
}

/* The baseline that knows popularity but not how active hosts are, corrected for all endpoints. */
static void
hypergeometric(const struct tryst_case *k, size_t listed, double *log_q)
{
	uint64_t hosts = k->background.hosts * k->background.one_in + listed;
	double *log_p = calloc(k->meeting_count + 1, sizeof(*log_p));
	size_t *order = calloc(k->meeting_count + 1, sizeof(*order));

	for (size_t i = 0; log_p && i < k->meeting_count; i++) {
		const struct tryst_chance *c = &k->meetings[i].chance;

		if (!c->untested)
			log_p[i] = tryst_hypergeometric_upper(
				hosts, TRYST_MIN(c->peers_total, hosts), listed, c->listed_met);
	}
	if (log_p && order && k->meeting_count)
		tryst_fdr_bh(log_p, k->meeting_count,
		             TRYST_MAX(k->background.endpoints, k->meeting_count), log_q, order);
	free(log_p);
	free(order);
}

/* Average precision of the companions found, over all the hidden ones. */
static double
companions_precision(const struct cell *c, const struct tryst_case *k)
{
	const struct tryst_sim_truth *t = tryst_sim_truth(c->sim);
	double sum = 0;
	size_t hits = 0;

	for (size_t i = 0; i < k->companion_count; i++) {
		if (!in_list(&t->companions, k->companions[i].ip))
			continue;
		hits++;
		sum += (double)hits / (double)(i + 1);
	}
	return t->companions.count ? sum / (double)t->companions.count : NAN;
}

static void
case_line(const struct cell *c, const struct tryst_case *k, const char *list, uint64_t list_seed,
          size_t listed, double seconds)
{
	double *log_q = calloc(k->meeting_count + 1, sizeof(*log_q));
	struct tryst_buf out = { 0 };
	struct tryst_json j;

	if (!log_q)
		abort();
	hypergeometric(k, listed, log_q);
	tryst_json_init(&j, &out, 0);
	tryst_json_object(&j);
	tryst_json_key_str(&j, "scenario", c->scenario);
	tryst_json_key_u64(&j, "seed", c->seed);
	tryst_json_key_str(&j, "list", list);
	tryst_json_key_u64(&j, "list_seed", list_seed);
	tryst_json_key_u64(&j, "records", k->flows_read);
	tryst_json_key_real(&j, "seconds", seconds);
	tryst_json_key_u64(&j, "one_in", k->background.one_in);
	tryst_json_key_u64(&j, "endpoints", k->background.endpoints);
	tryst_json_key_u64(&j, "listed_seen", k->listed_seen);
	if (tryst_sim_truth(c->sim)->companions.count) {
		tryst_json_key_real(&j, "companions_ap", companions_precision(c, k));
		tryst_json_key_u64(&j, "companions", k->companion_count);
		if (k->companions_untested)
			tryst_json_key_str(&j, "companions_untested", k->companions_untested);
	}
	tryst_json_key(&j, "meetings");
	tryst_json_array(&j);
	for (size_t i = 0; i < k->meeting_count; i++)
		meeting(&j, c, &k->meetings[i], log_q[i]);
	tryst_json_end(&j);
	tryst_json_end(&j);
	if (out.failed)
		abort();
	printf("%s\n", out.data);
	tryst_buf_fini(&out);
	free(log_q);
}

static int
run(struct cell *c, struct tryst_input *input, struct tryst_operator *op,
    const struct tryst_request *request)
{
	struct tryst_pipeline p = {
		.inputs = &input,
		.input_count = 1,
		.open = tryst_sim_open,
		.open_ctx = c->sim,
		.request = *request,
		.operators = &op,
		.operator_count = 1,
		.jobs = 1,
	};

	return tryst_pipeline_run(&p, &c->err);
}

/* The second run, over an input of its own so that nothing is counted twice. */
static int
run_again(struct cell *c, struct tryst_hunt *hunt)
{
	struct tryst_hunt_again again;
	struct tryst_request request;
	struct tryst_input input;
	int rc;

	if (!tryst_hunt_around(hunt, &again))
		return 0;
	rc = tryst_input_init(&input, "simulated", 0, &c->err);
	if (rc < 0)
		return rc;
	request = (struct tryst_request){
		.from_ms = again.from_ms,
		.to_ms = again.to_ms,
		.addresses = again.addresses,
	};
	rc = run(c, &input, again.op, &request);
	tryst_input_fini(&input);
	return rc;
}

static int
hunt_list(struct cell *c, const struct tryst_sim_list *list, const char *kind, uint64_t list_seed)
{
	struct tryst_prefix home = tryst_sim_home(c->sim);
	struct tryst_hunt_options options = {
		.home = &home, .home_count = 1, .jobs = 1, .memory = MEMORY
	};
	struct tryst_watchlist *w = NULL;
	struct tryst_hunt *hunt = NULL;
	struct tryst_buf text = { 0 };
	struct tryst_request request = { .from_ms = INT64_MIN, .to_ms = INT64_MAX };
	struct tryst_input input, *inputs = &input;
	struct tryst_case *k;
	double started_s = now_s();
	int rc = tryst_input_init(&input, "simulated", 0, &c->err);

	if (rc < 0)
		return rc;
	tryst_sim_list_text(list, &text);
	if ((rc = tryst_watchlist_new(&w, &c->err)) < 0 ||
	    (rc = tryst_watchlist_parse(w, "list", text.data, text.len, &c->err)) < 0 ||
	    (rc = tryst_watchlist_seal(w, &c->err)) < 0)
		goto out;
	options.watchlist = w;
	rc = tryst_hunt_new(&hunt, &options, &c->err);
	if (rc < 0)
		goto out;
	request.addresses = tryst_watchlist_set(w);
	request.sample = tryst_hunt_sampler(hunt);
	if ((rc = run(c, &input, tryst_hunt_operator(hunt), &request)) < 0 ||
	    (rc = tryst_hunt_find(hunt, &inputs, 1, &c->err)) < 0 ||
	    (rc = run_again(c, hunt)) < 0 ||
	    (rc = tryst_hunt_case(hunt, &inputs, 1, &k, &c->err)) < 0)
		goto out;
	case_line(c, k, kind, list_seed, list->count, now_s() - started_s);
out:
	tryst_hunt_free(hunt);
	tryst_watchlist_free(w);
	tryst_buf_fini(&text);
	tryst_input_fini(&input);
	return rc;
}

/* "random:10": ten lists of random hosts. */
static int
hunt_lists(struct cell *c, const char *what)
{
	const char *colon = strchr(what, ':');
	char kind[32], setting[48];
	uint64_t count = colon ? strtoull(colon + 1, NULL, 10) : 1;
	struct tryst_sim_params params = c->params;
	int rc;

	(void)snprintf(kind, sizeof(kind), "%.*s",
	               (int)(colon ? (size_t)(colon - what) : strlen(what)), what);
	(void)snprintf(setting, sizeof(setting), "list=%s", kind);
	rc = tryst_sim_params_set(&params, setting, &c->err);
	for (uint64_t i = 0; rc >= 0 && i < count; i++) {
		struct tryst_sim_list list;
		uint64_t seed = c->seed * 1000 + i;

		rc = tryst_sim_list_draw(c->sim, (enum tryst_sim_list_kind)params.list,
		                         (size_t)params.listed, seed, &list, &c->err);
		if (rc >= 0)
			rc = hunt_list(c, &list, kind, seed);
		if (rc >= 0)
			tryst_sim_list_fini(&list);
	}
	return rc;
}

int
main(int argc, char **argv)
{
	const char *lists = NULL;
	struct cell c = { 0 };
	int rc;

	if (argc < 3) {
		fprintf(stderr,
		        "usage: evaluate-case SCENARIO SEED [NAME=VALUE]... [lists=KIND:N]\n");
		return 2;
	}
	c.scenario = argv[1];
	c.seed = strtoull(argv[2], NULL, 10);
	rc = tryst_sim_params_init(&c.params, c.scenario, &c.err);
	for (int i = 3; rc >= 0 && i < argc; i++) {
		if (strncmp(argv[i], "lists=", 6) == 0)
			lists = argv[i] + 6;
		else
			rc = tryst_sim_params_set(&c.params, argv[i], &c.err);
	}
	if (rc >= 0)
		rc = tryst_sim_new(&c.sim, &c.params, c.seed, &c.err);
	if (rc >= 0)
		rc = lists ? hunt_lists(&c, lists)
		           : hunt_list(&c, &tryst_sim_truth(c.sim)->listed, "scenario", c.seed);
	if (rc < 0)
		fprintf(stderr, "evaluate-case: %s\n", c.err.text);
	tryst_sim_free(c.sim);
	return rc < 0;
}

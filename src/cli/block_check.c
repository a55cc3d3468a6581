/* SPDX-License-Identifier: Apache-2.0 */
/* tryst block --check: what became of the traffic with the listed since they were blocked. */
#include <stdlib.h>
#include <string.h>

#include "cli/block.h"
#include "cli/check.h"
#include "cli/home.h"
#include "cli/null_if.h"
#include "cli/run.h"
#include "cli/say.h"
#include "cli/term.h"

#define WIDTH_DEFAULT 80 /* without a terminal, as of reports */

struct check {
	struct tryst_run run;
	struct tryst_check_cases who;
	struct tryst_prefix *home;
	struct tryst_null_ifs null_ifs;
	struct tryst_checker *checker;
	struct tryst_check *answer;
	int64_t since_ms;
	bool json;
};

static int
check_words(struct check *k, const struct tryst_settings *s, struct tryst_error *err)
{
	const char *format = s->output ? s->output : "text";

	k->json = strcmp(format, "json") == 0;
	if (!k->json && strcmp(format, "text") != 0)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "--output: with --check it is text or json, not '%s'",
		                       format);
	if (!k->who.cases.count && !k->who.rest.watchlists.count)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "who was blocked? a list (-w LIST) or a case that was "
		                       "saved: tryst block --check CASE.json --since TIME "
		                       "FLOWS...");
	if (!s->block.since)
		return tryst_error_set(err, TRYST_ERR_USAGE, "since when? --since TIME");
	return 0;
}

static int
check_init(struct check *k, const struct tryst_settings *s, struct tryst_error *err)
{
	const struct tryst_words *words = &k->who.rest.words;
	const char *since = s->block.since;
	int rc = tryst_check_cases_init(&k->who, s, err);

	if (rc == 0)
		rc = check_words(k, s, err);
	if (rc == 0)
		rc = tryst_home_read(&k->home, &s->homes, err);
	if (rc == 0)
		rc = tryst_null_ifs_read(&k->null_ifs, &s->null_ifs, err);
	if (rc == 0)
		rc = tryst_run_init(&k->run, &k->who.rest, words->list, words->count, err);
	if (rc == 0 && !tryst_time_parse_relative(since, strlen(since), &k->run.read.zone,
	                                          k->run.now_ms, &k->since_ms))
		rc = tryst_error_set(err, TRYST_ERR_USAGE,
		                     "--since: '%s' is no time: expected one such as "
		                     "2026-11-23T09:00 or -2h",
		                     since);
	return rc == 0 ? tryst_check_cases_add(&k->who, &k->run.watchlist, err) : rc;
}

static int
check_go(struct check *k, const struct tryst_settings *s, struct tryst_error *err)
{
	struct tryst_run *r = &k->run;
	bool of_case = !s->homes.count;
	struct tryst_check_options options = {
		.watchlist = r->watchlist,
		.home = of_case ? k->who.home : k->home,
		.home_count = of_case ? k->who.home_count : s->homes.count,
		.since_ms = k->since_ms,
		.slack_ms = s->slack_ms,
		.null_ifs = k->null_ifs.list,
		.null_if_count = k->null_ifs.count,
		.jobs = s->jobs,
		.memory = s->memory,
		.temporary = getenv("TMPDIR"),
		.listed_only = s->counts_only,
	};
	int rc = tryst_checker_new(&k->checker, &options, err);

	if (rc < 0)
		return rc;
	r->sample = tryst_checker_sampler(k->checker);
	rc = tryst_run_go(r, tryst_checker_operator(k->checker), err);
	if (rc == 0)
		rc = tryst_checker_conclude(k->checker, r->inputs.list, r->inputs.count, &k->answer,
		                            err);
	return rc;
}

static int
check_print(const struct check *k, struct tryst_error *err)
{
	unsigned width = tryst_term_width();
	struct tryst_buf out = { 0 };
	int rc;

	if (k->json)
		tryst_check_json(k->answer, k->run.watchlist, &out);
	else
		tryst_check_text(k->answer, k->run.watchlist, width ? width : WIDTH_DEFAULT, &out);
	rc = tryst_out_buf(&out, err);
	tryst_buf_fini(&out);
	return rc;
}

/* Returns the exit code, or negative with *err. */
static int
check_run(struct check *k, const struct tryst_settings *s, struct tryst_error *err)
{
	int rc = check_init(k, s, err);

	if (rc < 0)
		return rc;
	if (!tryst_watchlist_count(k->run.watchlist)) {
		tryst_block_say_empty(k->who.plan, &k->who.cases, "check");
		return TRYST_EXIT_REFUSED;
	}
	if (k->who.plan && !s->quiet)
		tryst_block_say_left(k->who.plan);
	rc = check_go(k, s, err);
	if (rc == 0 && !tryst_run_nothing(&k->run))
		rc = check_print(k, err);
	if (rc < 0)
		return rc;
	rc = tryst_run_summary(&k->run, k->answer->verdicts[TRYST_CHECK_LEAKS] > 0);
	return rc == TRYST_EXIT_OK && k->who.partial ? TRYST_EXIT_PARTIAL : rc;
}

int
tryst_block_check(struct tryst_settings *s)
{
	struct check k = { .run = { .s = s } };
	struct tryst_error err;
	int rc = check_run(&k, s, &err);

	if (rc < 0)
		rc = tryst_run_failed(&k.run, &err);
	tryst_checker_free(k.checker);
	tryst_run_fini(&k.run);
	tryst_check_cases_fini(&k.who);
	free(k.null_ifs.list);
	free(k.home);
	return rc;
}

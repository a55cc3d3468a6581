/* SPDX-License-Identifier: Apache-2.0 */
/* The main job: watchlist x flows -> case, rendered and saved. */
#include <stdlib.h>

#include "cli/hide.h"
#include "cli/archive.h"
#include "cli/home.h"
#include "cli/lists.h"
#include "cli/moments.h"
#include "cli/null_if.h"
#include "cli/render.h"
#include "cli/run.h"
#include "cli/say.h"
#include "hunt/hunt.h"

struct hunt {
	struct tryst_run run;
	const struct tryst_renderer *renderer;
	struct tryst_prefix *home;
	struct tryst_moments moments;
	struct tryst_null_ifs null_ifs;
	struct tryst_hunt *hunt;
	struct tryst_case *found;
	struct tryst_buf filter; /* that found names */
};

static int
hunt_init(struct hunt *h, const struct tryst_settings *s, struct tryst_error *err)
{
	int rc = tryst_render_find(s->output, &h->renderer, err);

	if (rc == 0)
		rc = tryst_hide_check(s, err);
	if (rc == 0 && !s->watchlists.count)
		rc = tryst_error_set(err, TRYST_ERR_USAGE,
		                     "no watchlist: tryst hunt -w LIST INPUT...");
	if (rc == 0)
		rc = tryst_home_read(&h->home, &s->homes, err);
	if (rc == 0)
		rc = tryst_null_ifs_read(&h->null_ifs, &s->null_ifs, err);
	if (rc == 0)
		rc = tryst_run_init(&h->run, s, s->words.list, s->words.count, err);
	if (rc == 0 && !s->quiet)
		tryst_lists_say_home(h->run.watchlist, h->home, s->homes.count);
	return rc == 0 ? tryst_moments_read(&h->moments, &h->run, err) : rc;
}

/* The inputs once more, where that can be. */
static int
hunt_again(struct hunt *h, const struct tryst_hunt_again *again, const char **why,
           struct tryst_error *err)
{
	return tryst_run_again(&h->run,
	                       &(struct tryst_again){ .op = again->op,
	                                              .addresses = again->addresses,
	                                              .sample = again->sample,
	                                              .from_ms = again->from_ms,
	                                              .to_ms = again->to_ms,
	                                              .in_full = again->in_full },
	                       why, err);
}

/* All unlisted hosts, where listed ones met and an index let the others be passed over. */
static int
hunt_background(struct hunt *h, struct tryst_error *err)
{
	struct tryst_hunt_again again;
	const char *why = NULL;
	int rc = tryst_hunt_background(h->hunt, &again, err);

	if (rc <= 0)
		return rc;
	rc = hunt_again(h, &again, &why, err);
	if (rc == 0)
		tryst_hunt_background_done(h->hunt, why);
	return rc;
}

/* Who else was there. */
static int
hunt_around(struct hunt *h, struct tryst_error *err)
{
	struct tryst_hunt_again again;
	const char *why = NULL;
	int rc;

	if (!tryst_hunt_around(h->hunt, &again))
		return 0;
	rc = hunt_again(h, &again, &why, err);
	if (why)
		tryst_hunt_around_not(h->hunt, why);
	return rc;
}

static int
hunt_go(struct hunt *h, const struct tryst_settings *s, struct tryst_error *err)
{
	struct tryst_run *r = &h->run;
	struct tryst_hunt_options options = {
		.watchlist = r->watchlist,
		.home = h->home,
		.home_count = s->homes.count,
		.events = h->moments.events,
		.event_count = h->moments.event_count,
		.dead = h->moments.dead,
		.dead_count = h->moments.dead_count,
		.slack_ms = s->slack_ms,
		.from_ms = r->from_ms,
		.to_ms = r->to_ms,
		.null_ifs = h->null_ifs.list,
		.null_if_count = h->null_ifs.count,
		.jobs = s->jobs,
		.memory = s->memory,
		.temporary = getenv("TMPDIR"),
		.ignore_validity = s->ignore_validity,
		.counts_only = s->counts_only,
		.sampled = s->sampled,
		.sample_level = s->counts_only ? 0 : tryst_run_sample_level(r),
		.weigh = tryst_run_weigh,
		.weigh_ctx = r,
	};
	int rc = tryst_hunt_new(&h->hunt, &options, err);

	if (rc == 0) {
		r->sample = tryst_hunt_sampler(h->hunt);
		rc = tryst_run_go(r, tryst_hunt_operator(h->hunt), err);
	}
	if (rc == 0)
		rc = tryst_hunt_find(h->hunt, r->inputs.list, r->inputs.count, err);
	if (rc == 0)
		rc = hunt_background(h, err);
	if (rc == 0)
		rc = hunt_around(h, err);
	if (rc == 0)
		rc = tryst_hunt_case(h->hunt, r->inputs.list, r->inputs.count, &h->found, err);
	if (rc < 0)
		return rc;
	h->found->argc = s->argc;
	h->found->argv = s->argv;
	h->found->created_ms = r->now_ms;
	h->found->complete = r->signal == 0;
	tryst_run_hash(r);
	return tryst_run_asked(r, &h->filter, &h->found->asked, err);
}

static void
hunt_fini(struct hunt *h)
{
	tryst_hunt_free(h->hunt);
	tryst_run_fini(&h->run);
	tryst_buf_fini(&h->filter);
	tryst_moments_fini(&h->moments);
	free(h->null_ifs.list);
	free(h->home);
}

/* What a hunt would read, also of the others: a sample, if that is all of them or is enough. */
static int
explain(struct tryst_run *r)
{
	struct tryst_buf text = { 0 };
	struct tryst_error err;
	bool later = !r->s->counts_only && !r->s->sampled && tryst_run_sample_level(r) > 0;
	int rc;

	r->background = !r->s->counts_only && !later;
	rc = tryst_run_explain(r);
	if (rc != TRYST_EXIT_OK || !later)
		return rc;
	tryst_buf_str(&text,
	              "Where listed hosts met, all of this is then read for the other hosts, "
	              "too (with --sampled not).\n");
	rc = tryst_out_buf(&text, &err);
	tryst_buf_fini(&text);
	return rc < 0 ? tryst_run_failed(r, &err) : TRYST_EXIT_OK;
}

static int
run(struct tryst_settings *s)
{
	struct hunt h = { .run = { .s = s } };
	struct tryst_error err;
	int rc = hunt_init(&h, s, &err);

	if (rc == 0 && s->explain) {
		rc = explain(&h.run);
		goto out;
	}
	if (rc == 0)
		rc = hunt_go(&h, s, &err);
	if (rc == 0 && !tryst_run_nothing(&h.run))
		rc = tryst_render_output("hunt", h.found, h.renderer, s,
		                         s->zone ? &h.run.read.zone : NULL, &err);
	rc = rc < 0 ? tryst_run_failed(&h.run, &err)
	            : tryst_run_summary(&h.run, h.found->sighting_count > h.found->outdated);
out:
	hunt_fini(&h);
	return rc;
}

static const struct tryst_option_group *const options[] = {
	&tryst_opts_hunt, &tryst_opts_lists, &tryst_opts_input,   &tryst_opts_case,
	&tryst_opts_hide, &tryst_opts_run,   &tryst_opts_general, NULL,
};

static const char *const about[] = {
	"Without --home, the side of a flow that is not on the list is called home.\n",
	tryst_about_formats,
	tryst_about_inputs,
	tryst_about_exit,
	NULL,
};

const struct tryst_command tryst_cmd_hunt = {
	.name = "hunt",
	.group = "Find",
	.help = "who of a watchlist met whom here",
	.usage = "  tryst hunt -w LIST... [--home NET]... [OPTION]... INPUT... ['FILTER']\n",
	.examples = "  tryst hunt -w suspects.txt --home 192.0.2.0/24 /var/cache/nfdump\n"
		    "  tryst hunt -w suspects.txt -t 2003-08-22T15/2003-08-22T22 --tz -04:00 \\\n"
		    "             --event '2003-08-22T15:00 null route' \\\n"
		    "             --dead '2003-08-22T15:00 all' isp-netflow.csv 'udp'\n"
		    "  tryst hunt -w feed.txt -w own.txt --save case.json --report case.html "
		    "archive/\n",
	.about = about,
	.options = options,
	.run = run,
};

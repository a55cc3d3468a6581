/* SPDX-License-Identifier: Apache-2.0 */
/* The search without a list: flows -> findings, rendered and saved as a case. */
#include <stdlib.h>
#include <string.h>

#include "cli/hide.h"
#include "cli/home.h"
#include "cli/lists.h"
#include "cli/render.h"
#include "cli/run.h"
#include "hunt/meet.h"

struct meet {
	struct tryst_run run;
	const struct tryst_renderer *renderer;
	struct tryst_prefix *home;
	struct tryst_watchlist *known;
	int64_t since_ms;
	struct tryst_meet *meet;
	struct tryst_case *found;
	struct tryst_buf filter; /* that found names */
};

static int
known_read(struct meet *m, const struct tryst_settings *s, struct tryst_error *err)
{
	int rc;

	if (!s->known.count)
		return 0;
	rc = tryst_lists_load(&m->known, s, s->known.list, s->known.count, err);
	if (rc == 0 && !s->quiet)
		tryst_run_say_remarks(m->known);
	return rc;
}

static int
since_read(struct meet *m, const char *text, struct tryst_error *err)
{
	m->since_ms = TRYST_TIME_MIN;
	if (!text || tryst_time_parse_relative(text, strlen(text), &m->run.read.zone, m->run.now_ms,
	                                       &m->since_ms))
		return 0;
	return tryst_error_set(err, TRYST_ERR_USAGE,
	                       "--since: '%s' is no time, such as 2003-08-22T15:00 or -1d", text);
}

static int
meet_init(struct meet *m, const struct tryst_settings *s, struct tryst_error *err)
{
	int rc = tryst_render_find(s->output, &m->renderer, err);

	if (rc == 0)
		rc = tryst_hide_check(s, err);
	if (rc == 0)
		rc = tryst_home_read(&m->home, &s->homes, err);
	if (rc == 0)
		rc = tryst_run_init(&m->run, s, s->words.list, s->words.count, err);
	if (rc == 0)
		rc = known_read(m, s, err);
	return rc == 0 ? since_read(m, s->since, err) : rc;
}

/* The records behind what was found: the inputs once more, where that can be. */
static int
meet_again(struct meet *m, struct tryst_error *err)
{
	struct tryst_meet_again again;
	const char *why = NULL;
	int rc;

	if (!tryst_meet_again(m->meet, &again))
		return 0;
	rc = tryst_run_again(&m->run,
	                     &(struct tryst_again){ .op = again.op,
	                                            .addresses = again.addresses,
	                                            .from_ms = again.from_ms,
	                                            .to_ms = again.to_ms },
	                     &why, err);
	return rc < 0 ? rc : tryst_meet_again_done(m->meet, why, err);
}

static int
meet_go(struct meet *m, const struct tryst_settings *s, struct tryst_error *err)
{
	struct tryst_run *r = &m->run;
	struct tryst_meet_options options = {
		.home = m->home,
		.home_count = s->homes.count,
		.known = m->known,
		.since_ms = m->since_ms,
		.rita = s->rita,
		.jobs = s->jobs,
		.memory = s->memory,
		.temporary = getenv("TMPDIR"),
	};
	int rc = tryst_meet_new(&m->meet, &options, err);

	if (rc == 0)
		rc = tryst_run_go(r, tryst_meet_operator(m->meet), err);
	if (rc == 0)
		rc = tryst_meet_case(m->meet, r->inputs.list, r->inputs.count, &m->found, err);
	if (rc == 0)
		rc = meet_again(m, err);
	if (rc < 0)
		return rc;
	m->found->argc = s->argc;
	m->found->argv = s->argv;
	m->found->created_ms = r->now_ms;
	m->found->complete = r->signal == 0;
	tryst_run_hash(r);
	return tryst_run_asked(r, &m->filter, &m->found->asked, err);
}

static void
meet_fini(struct meet *m)
{
	tryst_meet_free(m->meet);
	tryst_run_fini(&m->run);
	tryst_buf_fini(&m->filter);
	tryst_watchlist_free(m->known);
	free(m->home);
}

static int
run(struct tryst_settings *s)
{
	struct meet m = { .run = { .s = s } };
	struct tryst_error err;
	int rc = meet_init(&m, s, &err);

	if (rc == 0 && s->explain) {
		rc = tryst_run_explain(&m.run);
		goto out;
	}
	if (rc == 0)
		rc = meet_go(&m, s, &err);
	if (rc == 0 && !tryst_run_nothing(&m.run))
		rc = tryst_render_output("meet", m.found, m.renderer, s,
		                         s->zone ? &m.run.read.zone : NULL, &err);
	rc = rc < 0 ? tryst_run_failed(&m.run, &err)
	            : tryst_run_summary(&m.run, m.found->finding_count &&
	                                                m.found->findings[0].grade <= 'B');
out:
	meet_fini(&m);
	return rc;
}

static const struct tryst_option_group *const options[] = {
	&tryst_opts_meet, &tryst_opts_lists, &tryst_opts_input,   &tryst_opts_case,
	&tryst_opts_hide, &tryst_opts_run,   &tryst_opts_general, NULL,
};

static const char *const about[] = {
	"Without --home, who is a client and who a server is told by ports and flags alone.\n"
	"With --exit-code a finding of grade A or B counts as found.\n",
	"What memory does not hold of the flows goes to a temporary file without a name in\n"
	"TMPDIR (default /tmp): up to 32 bytes a flow, 64 of IPv6, twice that where the server\n"
	"cannot be told.\n",
	tryst_about_formats,
	tryst_about_inputs,
	tryst_about_exit,
	NULL,
};

const struct tryst_command tryst_cmd_meet = {
	.name = "meet",
	.group = "Find",
	.help = "meetings, beacons and hidden servers without a list",
	.usage = "  tryst meet [--home NET]... [OPTION]... INPUT... ['FILTER']\n",
	.examples =
		"  tryst meet --home 192.0.2.0/24 /var/cache/nfdump\n"
		"  tryst meet --home 192.0.2.0/24 --known our-servers.txt --since -1d archive/\n"
		"  tryst meet --with-rita-score --save case.json conn.log 'not port 123'\n",
	.about = about,
	.options = options,
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* A case file that a hunt saved -> any report of it. */
#include "cli/cli.h"
#include "cli/hide.h"
#include "cli/render.h"
#include "cli/say.h"
#include "report/load.h"

/* As the command that made the case would have said it. */
static bool
is_found(const struct tryst_case *c)
{
	bool found = c->sighting_count > c->outdated;

	for (size_t i = 0; i < c->finding_count; i++)
		found |= c->findings[i].grade == 'A' || c->findings[i].grade == 'B';
	return found;
}

static int
run(struct tryst_settings *s)
{
	const struct tryst_renderer *renderer;
	struct tryst_case_file *file = NULL;
	struct tryst_error err;
	bool found = false;
	struct tryst_zone zone = { 0 };
	int rc = tryst_render_find(s->html ? "html" : s->output, &renderer, &err);

	if (rc == 0)
		rc = tryst_hide_check(s, &err);
	if (rc == 0 && s->zone) {
		rc = tryst_zone_parse(s->zone, &zone, &err);
		if (rc < 0)
			tryst_error_prefix(&err, "--tz");
	}
	if (rc == 0 && s->words.count != 1)
		rc = tryst_error_set(&err, TRYST_ERR_USAGE,
		                     "expected one case file, as 'tryst hunt --save' writes it");
	if (rc == 0)
		rc = tryst_case_file_load(&file, s->words.list[0], &err);
	if (rc == 0) {
		const struct tryst_case *c = tryst_case_file_case(file);

		found = is_found(c);
		rc = tryst_render_output("report", c, renderer, s, s->zone ? &zone : NULL, &err);
	}
	tryst_case_file_free(file);
	if (rc == 0)
		return s->exit_code && found ? TRYST_EXIT_FOUND : TRYST_EXIT_OK;
	tryst_say("report: %s", err.text);
	return rc == TRYST_ERR_USAGE ? TRYST_EXIT_USAGE : TRYST_EXIT_NOTHING;
}

/* clang-format off */
static const struct tryst_option output_options[] = {
	{ 'o', "output", "FORMAT", tryst_opt_text, offsetof(struct tryst_settings, output),
	  "text (default), or another; see below" },
	{ 0, "format", "FORMAT", tryst_opt_text, offsetof(struct tryst_settings, output), "the same" },
	{ 0, "html", NULL, tryst_opt_flag, offsetof(struct tryst_settings, html), "-o html" },
	{ 0, "tz", "ZONE", tryst_opt_text, offsetof(struct tryst_settings, zone),
	  "in a page, show times in this zone beside UTC" },
	{ 0, "exit-code", NULL, tryst_opt_flag, offsetof(struct tryst_settings, exit_code),
	  "exit with 1 if the case has sightings or findings of grade A or B,\n0 if not" },
	{ 0 },
};

static const char *const about[] = {
	"The same report as of the hunt itself, from the file that hunt --save wrote; nothing is\n"
	"hunted anew.  '-' is the standard input.\n",
	tryst_about_formats,
	"Exit status: 0 done; 2 wrong usage; 4 the case file could not be read.\n",
	NULL,
};
/* clang-format on */

static const struct tryst_option_group output = { "Output", output_options };
static const struct tryst_option_group *const options[] = { &output, &tryst_opts_hide,
	                                                    &tryst_opts_general, NULL };

const struct tryst_command tryst_cmd_report = {
	.name = "report",
	.group = "Find",
	.help = "reports of a case that was saved",
	.usage = "  tryst report [OPTION]... CASE.json\n",
	.examples = "  tryst report case.json | less\n"
		    "  tryst report --html --tz America/New_York case.json >case.html\n"
		    "  tryst report -o json case.json | jq .meetings\n"
		    "  tryst report -o md --anonymize-key key.txt case.json >mail.md\n",
	.about = about,
	.options = options,
	.run = run,
};

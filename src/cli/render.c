/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render.h"

#include <string.h>

#include "base/suggest.h"
#include "cli/hide.h"
#include "cli/say.h"
#include "cli/term.h"

const char tryst_about_formats[] =
	"Formats of -o: text, json (the case file), html (a page for a browser), md (a mail);\n"
	"tables csv (conversations), csv-meetings, csv-hosts, csv-companions, csv-findings,\n"
	"csv-search; for other programs stix, misp, misp-sightings, ecs, zeek, cef, dshield\n"
	"(docs/exchange.md).\n";

int
tryst_render_find(const char *name, const struct tryst_renderer **out, struct tryst_error *err)
{
	struct tryst_suggest s;

	name = name ? name : "text";
	*out = tryst_renderer_find(name);
	if (*out)
		return 0;
	tryst_suggest_init(&s, name, strlen(name));
	for (size_t i = 0; tryst_renderers[i]; i++)
		tryst_suggest_try(&s, tryst_renderers[i]->name);
	(void)tryst_suggest_error(&s, "format", err);
	tryst_error_prefix(err, "--output");
	return TRYST_ERR_USAGE;
}

/* To the standard output; where that is nothing, it says why. */
static int
print(const char *command, const struct tryst_case *c, const struct tryst_renderer *renderer,
      const struct tryst_settings *s, const struct tryst_zone *zone, struct tryst_error *err)
{
	struct tryst_report_options options = {
		.width = tryst_term_width(),
		.colour = tryst_term_colour(s->colour),
		.zone = zone,
		.zone_name = s->zone,
	};
	struct tryst_buf out = { 0 };
	int rc = renderer->render(c, &options, &out, err);

	if (rc == 0 && !out.len && renderer->nothing)
		tryst_say("%s: nothing to write: %s takes %s (docs/exchange.md)", command,
		          renderer->name, renderer->nothing);
	if (rc == 0)
		rc = tryst_out_buf(&out, err);
	tryst_buf_fini(&out);
	return rc;
}

/* To a file, by the renderer of that name. */
static int
save(const struct tryst_case *c, const char *name, const char *path, const struct tryst_settings *s,
     const struct tryst_zone *zone, struct tryst_error *err)
{
	const struct tryst_report_options options = { .zone = zone, .zone_name = s->zone };
	struct tryst_buf out = { 0 };
	int rc = tryst_renderer_find(name)->render(c, &options, &out, err);

	if (rc == 0)
		rc = tryst_save(path, &out, err);
	tryst_buf_fini(&out);
	return rc;
}

static int
write_all(const char *command, const struct tryst_case *c, const struct tryst_renderer *renderer,
          const struct tryst_settings *s, const struct tryst_zone *zone, struct tryst_error *err)
{
	struct tryst_error later;
	int failed = 0, rc;

	if (s->save)
		failed = save(c, "json", s->save, s, zone, err);
	if (s->report) {
		rc = save(c, "html", s->report, s, zone, failed < 0 ? &later : err);
		failed = failed < 0 ? failed : rc;
	}
	rc = print(command, c, renderer, s, zone, failed < 0 ? &later : err);
	return failed < 0 ? failed : rc;
}

int
tryst_render_output(const char *command, const struct tryst_case *c,
                    const struct tryst_renderer *renderer, const struct tryst_settings *s,
                    const struct tryst_zone *zone, struct tryst_error *err)
{
	struct tryst_case_file *hidden;
	int rc = tryst_hide_case(s, c, &hidden, err);

	if (rc == 0)
		rc = write_all(command, hidden ? tryst_case_file_case(hidden) : c, renderer, s,
		               zone, err);
	tryst_case_file_free(hidden);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks by any key: what is asked stands in plain words, or in nfdump's -s and -A. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/out_top.h"
#include "cli/run.h"
#include "cli/say.h"
#include "cli/term.h"

#define COUNT_DEFAULT 10
#define WIDTH_UNKNOWN 120

/*
 * What to rank by: of an option, or of the first words `KEY [by ORDER]`, whose number goes to
 * *used.
 */
static int
spec_read(const struct tryst_settings *s, struct tryst_top_spec *spec, size_t *used,
          struct tryst_error *err)
{
	char *const *words = s->words.list;
	size_t count = s->words.count;
	struct tryst_buf text = { 0 };
	struct stat st;
	int rc;

	*used = 0;
	if (s->stat && s->group)
		return tryst_error_set(err, TRYST_ERR_USAGE, "either -s or -A, not both");
	if (s->stat)
		return tryst_top_spec_parse(spec, 's', s->stat, err);
	if (s->group)
		return tryst_top_spec_parse(spec, 'A', s->group, err);
	if (!count)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "say by what: tryst top src by bytes INPUT...");
	*used = count > 1 && strcmp(words[1], "by") == 0 ? TRYST_MIN(count, (size_t)3) : 1;
	for (size_t i = 0; i < *used; i++) {
		tryst_buf_str(&text, i ? " " : "");
		tryst_buf_str(&text, words[i]);
	}
	rc = text.failed ? tryst_error_nomem(err) : tryst_top_spec_parse(spec, 'w', text.data, err);
	if (rc == TRYST_ERR_USAGE && *used == 1 && stat(words[0], &st) == 0)
		rc = tryst_error_set(err, TRYST_ERR_USAGE,
		                     "'%s' is an input; what to rank by comes first: tryst top "
		                     "src by bytes INPUT...",
		                     words[0]);
	tryst_buf_fini(&text);
	return rc;
}

static int
answer_print(const struct tryst_settings *s, const struct tryst_top_format *format,
             const struct tryst_top_spec *spec, struct tryst_top *top, size_t *found,
             struct tryst_error *err)
{
	size_t n = s->count == TRYST_COUNT_UNSET ? COUNT_DEFAULT : (size_t)s->count;
	unsigned width = tryst_term_width();
	struct tryst_top_answer a = {
		.spec = spec,
		.width = width ? width : WIDTH_UNKNOWN,
		.scale = tryst_term_out() && !s->plain,
		.plain = s->plain,
		.quiet = s->quiet,
		.colour = tryst_term_colour(s->colour),
	};
	struct tryst_top_row *rows = NULL;
	struct tryst_buf out = { 0 };
	int rc = tryst_top_rows(top, n, &rows, &a.count, err);

	if (rc < 0)
		return rc;
	a.rows = rows;
	a.total = tryst_top_total(top, &a.groups);
	a.unkeyed = tryst_top_unkeyed(top);
	format->render(&a, &out);
	rc = tryst_out_buf(&out, err);
	*found = a.count;
	tryst_buf_fini(&out);
	free(rows);
	return rc;
}

static int
run(struct tryst_settings *s)
{
	const struct tryst_top_format *format;
	struct tryst_top_spec spec;
	struct tryst_run r = { .s = s };
	struct tryst_top *top = NULL;
	struct tryst_error err;
	size_t used = 0, found = 0;
	int rc = spec_read(s, &spec, &used, &err);

	if (rc < 0)
		return tryst_run_failed(&r, &err);
	format = tryst_top_format_find(s->output, &err);
	if (!format) {
		tryst_error_prefix(&err, "--output");
		return tryst_run_failed(&r, &err);
	}
	rc = tryst_run_init(&r, s, s->words.list + used, s->words.count - used, &err);
	if (rc == 0 && s->explain) {
		rc = tryst_run_explain(&r);
		goto out;
	}
	if (rc == 0)
		rc = tryst_top_new(&top, &spec, s->jobs, s->memory, &err);
	if (rc == 0)
		rc = tryst_run_go(&r, tryst_top_operator(top), &err);
	if (rc == 0 && !tryst_run_nothing(&r))
		rc = answer_print(s, format, &spec, top, &found, &err);
	rc = rc < 0 ? tryst_run_failed(&r, &err) : tryst_run_summary(&r, found > 0);
out:
	tryst_top_free(top);
	tryst_run_fini(&r);
	return rc;
}

/* clang-format off */
static const struct tryst_option output_options[] = {
	{ 's', "stat", "KEY/ORDER", tryst_opt_text, offsetof(struct tryst_settings, stat),
	  "nfdump's form: srcip/bytes, ip/flows, dstport:p/packets" },
	{ 'A', "aggregate", "KEY,...", tryst_opt_text, offsetof(struct tryst_settings, group),
	  "nfdump's form: srcip4/24,dstport" },
	{ 'o', "output", "FORMAT", tryst_opt_text, offsetof(struct tryst_settings, output),
	  "table (default), json (JSON Lines, the total last), csv" },
	{ 'n', "count", "N", tryst_opt_count, offsetof(struct tryst_settings, count),
	  "so many rows (default 10), 0: all" },
	{ 'N', "plain", NULL, tryst_opt_flag, offsetof(struct tryst_settings, plain),
	  "plain numbers: no 4.20 M on a terminal, no names of protocols" },
	{ 0 },
};
/* clang-format on */

static const struct tryst_option_group output = { "Output", output_options };

static const struct tryst_option_group *const options[] = {
	&output,
	&tryst_opts_input,
	&tryst_opts_select,
	&tryst_opts_lists,
	&tryst_opts_run,
	&tryst_opts_general,
	NULL,
};

static const char *const about[] = {
	"KEY is one or more of src, dst, ip, src_port, dst_port, port, proto, src_as, ... (every\n"
	"field), parted by commas; an address may be cut to a prefix: src/24.  ip, port and as\n"
	"count a flow for both its ends.  ORDER is flows, packets, bytes (default), bps, pps or\n"
	"bpp.  The share is of the total, in which every flow counts once.\n",
	tryst_about_inputs,
	tryst_about_exit,
	NULL,
};

const struct tryst_command tryst_cmd_top = {
	.name = "top",
	.group = "Look",
	.help = "rank by any key",
	.usage = "  tryst top KEY[,KEY]... [by ORDER] [OPTION]... INPUT... ['FILTER']\n"
		 "  tryst top -s KEY/ORDER [OPTION]... INPUT... ['FILTER']\n",
	.examples = "  tryst top src by bytes /var/cache/nfdump\n"
		    "  tryst top src/24,dst_port by flows -n 20 archive/ 'proto udp'\n"
		    "  tryst top -s ip/packets -o csv -r nfcapd.200308221500\n",
	.about = about,
	.options = options,
	.run = run,
};

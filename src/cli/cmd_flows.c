/* SPDX-License-Identifier: Apache-2.0 */
/* Lists flow records, in the order of the inputs and of the records in them. */
#include "cli/lines.h"
#include "cli/term.h"

#define WIDTH_UNKNOWN 120

/* Opens the row format; before the run is resolved, so that a wrong one is said at once. */
static int
flows_format(struct tryst_lines *f, const struct tryst_settings *s, struct tryst_error *err)
{
	unsigned width = tryst_term_width();
	int rc;

	f->rows.width = width ? width : WIDTH_UNKNOWN;
	f->rows.scale = tryst_term_out() && !s->plain;
	f->rows.plain = s->plain;
	f->rows.quiet = s->quiet;
	f->rows.colour = tryst_term_colour(s->colour);
	rc = tryst_rows_open(&f->rows, s->output, err);
	if (rc < 0)
		tryst_error_prefix(err, "--output");
	return rc;
}

static int
flows_go(struct tryst_lines *f, struct tryst_run *r, struct tryst_error *err)
{
	int rc = tryst_output_open(&f->output, NULL, false, err);

	r->streams = true;
	return rc < 0 ? rc : tryst_lines_go(f, r, r->s->count, err);
}

static int
run(struct tryst_settings *s)
{
	struct tryst_lines f = { 0 };
	struct tryst_run r = { 0 };
	struct tryst_error err;
	int rc;

	/* As with nfdump, 0 is all. */
	if (s->count == 0)
		s->count = TRYST_COUNT_UNSET;
	rc = flows_format(&f, s, &err);
	if (rc == 0)
		rc = tryst_run_init(&r, s, s->words.list, s->words.count, &err);
	if (rc == 0 && s->explain) {
		rc = tryst_run_explain(&r);
		goto out;
	}
	if (rc == 0)
		rc = flows_go(&f, &r, &err);
	rc = rc < 0 ? tryst_run_failed(&r, &err) : tryst_run_summary(&r, f.written > 0);
out:
	tryst_lines_fini(&f);
	tryst_run_fini(&r);
	return rc;
}

/* clang-format off */
static const struct tryst_option output_options[] = {
	{ 'o', "output", "FORMAT", tryst_opt_text, offsetof(struct tryst_settings, output),
	  "table (default, as wide as the terminal);\n"
	  "json, JSON Lines, or json:FIELD,...;\n"
	  "csv, all fields, or csv:FIELD,... (csv:src,dst,bytes);\n"
	  "zeek, ecs as 'tryst export' writes them;\n"
	  "fmt:TEXT with nfdump's tags, %10byt sets a width;\n"
	  "line, long, extended: nfdump's ready-made ones" },
	{ 'n', "count", "N", tryst_opt_count, offsetof(struct tryst_settings, count),
	  "only the first N, in the order of inputs and records" },
	{ 'N', "plain", NULL, tryst_opt_flag, offsetof(struct tryst_settings, plain),
	  "plain numbers: no 4.20 M on a terminal, no names of protocols" },
	{ 0 },
};
/* clang-format on */

static const struct tryst_option_group output = { "Output", output_options };

static const struct tryst_option_group *const options[] = {
	&tryst_opts_input,
	&tryst_opts_select,
	&tryst_opts_lists,
	&output,
	&tryst_opts_run,
	&tryst_opts_general,
	NULL,
};

static const char *const about[] = {
	"Rows come in the order of the inputs, sorted by path, and of the records in them.\n"
	"Times are UTC.  With -q the headings of table and fmt are left out too.\n",
	tryst_about_inputs,
	tryst_about_exit,
	NULL,
};

const struct tryst_command tryst_cmd_flows = {
	.name = "flows",
	.group = "Look",
	.help = "list flow records",
	.usage = "  tryst flows [OPTION]... INPUT... ['FILTER']\n",
	.examples = "  tryst flows /var/cache/nfdump 'host 192.0.2.27 and udp port 27015'\n"
		    "  tryst flows -t 2003-08-22T15/2003-08-22T18 -o csv archive/ > flows.csv\n"
		    "  tryst flows -n 20 -o 'fmt:%ts %sap -> %dap %pkt %byt' nfcapd.200308221500\n",
	.about = about,
	.options = options,
	.run = run,
};

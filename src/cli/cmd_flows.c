/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists flow records, in the order of the inputs and of the records in them.  Each thread renders
 * the rows of its part; the sequencer puts the parts in order.
 */
#include <stdlib.h>

#include "cli/rows.h"
#include "cli/run.h"
#include "cli/say.h"
#include "cli/term.h"
#include "flow/sequencer.h"

#define WIDTH_UNKNOWN 120
#define WAITING_SHARE 4 /* of --memory */
#define WAITING_MAX (64u << 20)
#define TEXT_MAX (4u << 20) /* a thread holds no more of a part */

struct flows {
	struct tryst_operator op;
	struct tryst_run *run;
	struct tryst_rows rows;
	struct tryst_sequencer *sequencer;
	struct tryst_ordinals ordinals;
	struct tryst_buf resolved;
	uint64_t wanted; /* rows still to be written */
	uint64_t written;
};

struct state {
	struct tryst_buf text; /* of the part being read, what is not written yet */
	uint64_t records;      /* in it */
	uint64_t in_part;      /* with those that are written */
};

static int
flows_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	(void)op;
	*state = calloc(1, sizeof(struct state));
	return *state ? 0 : tryst_error_nomem(err);
}

static int
flows_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
           struct tryst_error *err)
{
	struct flows *f = (struct flows *)op;
	struct state *s = state;
	uint64_t count = TRYST_MIN(f->run->s->count - s->in_part, (uint64_t)b->selected);
	uint32_t first = b->sel[0];
	int rc;

	tryst_rows_batch(&f->rows, b, (uint32_t)count, &s->text);
	s->records += count;
	s->in_part += count;
	/* With as many rows as are wanted, the rest of the part need not be read. */
	if (s->text.len < TEXT_MAX && s->in_part < f->run->s->count)
		return s->text.failed ? tryst_error_nomem(err) : 0;
	rc = tryst_sequencer_some(f->sequencer, b->input_id[first], b->record_no[first] >> 32,
	                          &s->text, s->records, err);
	s->records = 0;
	return rc;
}

static int
flows_part_end(struct tryst_operator *op, void *state, uint32_t input, size_t part, size_t parts,
               struct tryst_error *err)
{
	struct flows *f = (struct flows *)op;
	struct state *s = state;
	int rc;

	if (part == SIZE_MAX)
		return tryst_sequencer_input(f->sequencer, input, parts, err);
	rc = tryst_sequencer_part(f->sequencer, input, part, &s->text, s->records, err);
	s->records = 0;
	s->in_part = 0;
	return rc;
}

/* A part that a stop cut short is not written: what is written is always a beginning of the whole.
 */
static int
flows_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct state *s = state;

	(void)op;
	(void)err;
	tryst_buf_fini(&s->text);
	free(s);
	return 0;
}

static const struct tryst_operator_ops flows_ops = {
	.name = "flows",
	.open = flows_open,
	.push = flows_push,
	.part_end = flows_part_end,
	.merge = flows_merge,
};

/* The length of the first n lines. */
static size_t
lines(const char *text, size_t len, uint64_t n)
{
	const char *p = text, *end = text + len;

	for (; n; n--)
		p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
	return (size_t)(p - text);
}

static int
flows_write(void *ctx, const char *data, size_t len, uint64_t records, struct tryst_error *err)
{
	struct flows *f = ctx;
	bool last = records >= f->wanted;
	int rc = 0;

	if (len && f->rows.marks) {
		tryst_buf_clear(&f->resolved);
		tryst_rows_resolve(&f->ordinals, data, len, &f->resolved);
		if (f->resolved.failed)
			return tryst_error_nomem(err);
		data = f->resolved.data;
		len = f->resolved.len;
	}
	if (records > f->wanted)
		len = lines(data, len, f->wanted);
	if (len)
		rc = tryst_out(data, len, err);
	if (rc < 0)
		return rc;
	f->written += TRYST_MIN(records, f->wanted);
	f->wanted -= TRYST_MIN(records, f->wanted);
	if (!last)
		return 0;
	f->run->enough = true;
	return tryst_error_set(err, TRYST_ERR_INTERRUPTED, "enough");
}

/* Opens the row format; before the run is resolved, so that a wrong one is said at once. */
static int
flows_format(struct flows *f, const struct tryst_settings *s, struct tryst_error *err)
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
flows_go(struct flows *f, struct tryst_run *r, struct tryst_error *err)
{
	size_t waiting = TRYST_MIN(r->s->memory / WAITING_SHARE, (size_t)WAITING_MAX);
	struct tryst_buf heading = { 0 };
	int rc;

	f->op = (struct tryst_operator){ &flows_ops, tryst_rows_columns(&f->rows) |
		                                             TRYST_BIT(input_id) |
		                                             TRYST_BIT(record_no) };
	f->run = r;
	f->wanted = r->s->count;
	f->ordinals.inputs = r->inputs.list;
	r->streams = true;
	rc = tryst_sequencer_new(&f->sequencer, flows_write, f, waiting, &r->stop, err);
	if (rc < 0)
		return rc;
	if (f->rows.format->heading)
		f->rows.format->heading(&f->rows, &heading);
	rc = tryst_out_buf(&heading, err);
	tryst_buf_fini(&heading);
	return rc < 0 ? rc : tryst_run_go(r, &f->op, err);
}

static int
run(struct tryst_settings *s)
{
	struct flows f = { 0 };
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
	tryst_sequencer_free(f.sequencer);
	tryst_buf_fini(&f.resolved);
	tryst_rows_fini(&f.rows);
	tryst_run_fini(&r);
	return rc;
}

/* clang-format off */
static const struct tryst_option output_options[] = {
	{ 'o', "output", "FORMAT", tryst_opt_text, offsetof(struct tryst_settings, output),
	  "table (default, as wide as the terminal);\n"
	  "json, JSON Lines, or json:FIELD,...;\n"
	  "csv, all fields, or csv:FIELD,... (csv:src,dst,bytes);\n"
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
	&tryst_opts_input, &tryst_opts_select, &output, &tryst_opts_run, &tryst_opts_general, NULL,
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

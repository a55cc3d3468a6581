/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of text tables (docs/formats/text.md).
 */
#include "read/text.h"

#include <string.h>

#include "read/text_log.h"

/* Whether a line that is no row has another meaning. */
static bool
is_other(const struct tryst_text_log *log, const struct tryst_text_line *line)
{
	return line->text[0] == '#' || tryst_text_log_is_header(log, line) ||
	       (log->table.nfdump && tryst_text_is_footer(line->text, line->len));
}

static enum tryst_text_verdict
csv_line(struct tryst_text_part *p, const struct tryst_text_line *line,
         char why[TRYST_TEXT_FAULT_MAX])
{
	const struct tryst_text_log *log = p->log;
	struct tryst_text_fault fault;
	enum tryst_text_verdict verdict =
		tryst_text_row_parse(&log->table, &log->options.zone, line->text, line->len,
	                             &p->memory, &p->row, &fault);

	if (TRYST_LIKELY(verdict != TRYST_TEXT_BAD))
		return verdict;
	if (is_other(log, line))
		return TRYST_TEXT_OTHER;
	tryst_text_fault_format(&fault, &log->table, why);
	return TRYST_TEXT_BAD;
}

static int
csv_head(struct tryst_text_log *log, const char *head, size_t len, struct tryst_error *err)
{
	if (!tryst_text_header((const uint8_t *)head, len, &log->table))
		return tryst_error_set(
			err, TRYST_ERR_FORMAT,
			"expected a header line that names at least a source address, a "
			"destination address and a start time");
	return tryst_text_log_keep_header(log, head, err);
}

static const struct tryst_text_dialect csv_dialect = {
	.open = csv_head,
	.line = csv_line,
};

int
tryst_text_open(const struct tryst_file *file, struct tryst_input *in,
                const struct tryst_request *req, const struct tryst_read_options *options,
                uint64_t part_size, struct tryst_source **out, struct tryst_error *err)
{
	return tryst_text_log_open(&csv_dialect, file, in, req, options, part_size, out, err);
}

static int
csv_probe(const struct tryst_probe *p)
{
	struct tryst_text_table table;

	if (!tryst_text_header(p->text, p->text_len, &table))
		return 0;
	return (int)TRYST_MIN(50 + 5 * table.known, 95u);
}

static int
csv_open(const struct tryst_file *file, struct tryst_input *in, const struct tryst_request *req,
         const struct tryst_read_options *options, struct tryst_source **out,
         struct tryst_error *err)
{
	return tryst_text_open(file, in, req, options, TRYST_TEXT_PART_SIZE, out, err);
}

const struct tryst_reader tryst_reader_csv = {
	.name = "csv",
	.help = "text tables with a header line: CSV, TSV, nfdump's own csv",
	.probe = csv_probe,
	.open = csv_open,
};

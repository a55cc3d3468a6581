/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of text tables (docs/formats/text.md).
 *
 * A plain file is cut into parts; a part owns the lines that begin in it, so that the parts
 * together are the file whatever their size.  A compressed file is one part.  A line that is no row
 * costs that line.
 */
#include "read/text.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "read/text_lines.h"

#define PART_SIZE (4ULL << 20)
#define EXPORTERS_SEEN 16
#define SLOT_WINDOW 0
/* What rows may know beside the table's own fields. */
#define DERIVED (TRYST_BIT(end_ms) | TRYST_BIT(icmp_type) | TRYST_BIT(icmp_code))

struct text_source {
	struct tryst_source base;
	struct tryst_file file;
	struct tryst_read_options options;
	struct tryst_text_table table;
	char *header; /* the header line, which may come again */
	uint64_t part_size;
	bool compressed;
	atomic_uint_fast64_t *part_lines; /* lines of each part that was read, plus 1; 0: not yet */
};

/* One part being read. */
struct reading {
	struct text_source *s;
	struct tryst_sink *sink;
	size_t part;
	uint64_t lines; /* read so far */
	struct tryst_text_memory memory;
	struct tryst_text_row row;
	struct tryst_text_target target;
	struct tryst_ip exporters[EXPORTERS_SEEN]; /* told to the input already; by hash */
};

/* Lines that begin in a part, counted in the file because nobody has read the part yet. */
static int
count_lines(struct text_source *s, size_t part, char *window, uint64_t *out,
            struct tryst_error *err)
{
	struct tryst_text_lines l;
	struct tryst_text_line line;
	uint64_t from = s->table.data_at + part * s->part_size, count = 0;
	int rc = tryst_text_lines_init(&l, &s->file, NULL, window, from, from + s->part_size, err);

	while (rc == 0 && (rc = tryst_text_lines_next(&l, &line, err)) == 1) {
		count++;
		rc = 0;
	}
	*out = count;
	return rc;
}

/* The number of the current line; 0 when the file can no longer be read. */
static uint64_t
line_number(struct reading *r)
{
	struct text_source *s = r->s;
	uint64_t number = s->table.lines + r->lines, count;
	char *window = NULL;
	int rc = 0;

	for (size_t i = 0; i < r->part && rc == 0; i++) {
		count = atomic_load(&s->part_lines[i]);
		if (count == 0) {
			window = window ? window : malloc(TRYST_TEXT_WINDOW);
			rc = window ? count_lines(s, i, window, &count, NULL) : TRYST_ERR_NOMEM;
			count++;
			if (rc == 0)
				atomic_store(&s->part_lines[i], count);
		}
		number += count - 1;
	}
	free(window);
	return rc < 0 ? 0 : number;
}

static void
note_fault(struct reading *r, const struct tryst_text_line *line,
           const struct tryst_text_fault *fault)
{
	struct tryst_health *h = &r->sink->health;
	/* Later notes of a part than it can hold are never shown, so they need no number. */
	uint64_t number = h->note_count < TRYST_HEALTH_NOTES ? line_number(r) : 0;
	char why[TRYST_TEXT_FAULT_MAX];

	tryst_text_fault_format(fault, &r->s->table, why);
	h->damaged_records++;
	tryst_health_note(h, line->at, number, "%s", why);
}

/* Whether a line that is no row has another meaning. */
static bool
is_other(const struct text_source *s, const struct tryst_text_line *line)
{
	if (line->text[0] == '#')
		return true;
	if (line->len == s->table.header_len && memcmp(line->text, s->header, line->len) == 0)
		return true;
	return s->table.nfdump && tryst_text_is_footer(line->text, line->len);
}

static int
tell_exporter(struct reading *r, struct tryst_error *err)
{
	struct tryst_exporter e = { .ip = r->row.ip[TRYST_FIELD_exporter] };
	struct tryst_ip *seen = &r->exporters[tryst_ip_hash(e.ip) % EXPORTERS_SEEN];

	if (tryst_ip_equal(*seen, e.ip))
		return 0;
	*seen = e.ip;
	return tryst_input_exporter(r->s->base.input, &e, err);
}

static int
store_row(struct reading *r, uint64_t index, struct tryst_error *err)
{
	struct tryst_batch *b = &r->sink->batch;
	uint32_t at;
	int rc = tryst_sink_row(r->sink, &at, err);

	if (rc < 0)
		return rc;
	tryst_text_target_put(&r->target, b, at, &r->row);
	TRYST_SET(b, input_id, at, r->sink->input_id);
	TRYST_SET(b, record_no, at, r->sink->record_base | index);
	tryst_sink_commit(r->sink);
	return 0;
}

/* Counts a row and stores it if it is wanted. */
static int
take_row(struct reading *r, struct tryst_error *err)
{
	const struct tryst_request *req = &r->s->base.request;
	const struct tryst_text_row *row = &r->row;
	struct tryst_health *h = &r->sink->health;
	int64_t start_ms = (int64_t)row->number[TRYST_FIELD_start_ms];
	int64_t end_ms = (int64_t)row->number[TRYST_FIELD_end_ms];
	uint64_t index = h->flows++;
	int rc;

	h->bad_times += end_ms < start_ms;
	tryst_health_time(h, start_ms, end_ms);
	if (row->known & TRYST_BIT(exporter)) {
		rc = tell_exporter(r, err);
		if (rc < 0)
			return rc;
	}
	if (end_ms < req->from_ms || start_ms > req->to_ms)
		return 0;
	if (req->addresses && !tryst_ipset_contains(req->addresses, row->ip[TRYST_FIELD_src]) &&
	    !tryst_ipset_contains(req->addresses, row->ip[TRYST_FIELD_dst]))
		return 0;
	return store_row(r, index, err);
}

static int
take_line(struct reading *r, const struct tryst_text_line *line, struct tryst_error *err)
{
	struct text_source *s = r->s;
	struct tryst_text_fault fault;

	r->lines++;
	if (line->too_long) {
		r->sink->health.damaged_records++;
		tryst_health_note(&r->sink->health, line->at, line_number(r),
		                  "a line of more than %d characters", TRYST_TEXT_LINE_MAX);
		return 0;
	}
	if (line->len == 0)
		return 0;
	if (TRYST_LIKELY(tryst_text_row_parse(&s->table, &s->options.zone, line->text, line->len,
	                                      &r->memory, &r->row, &fault)))
		return take_row(r, err);
	if (is_other(s, line))
		r->sink->health.other_records++;
	else
		note_fault(r, line, &fault);
	return 0;
}

static int
take_lines(struct reading *r, struct tryst_text_lines *l, const struct tryst_stream *stream,
           struct tryst_error *err)
{
	struct tryst_text_line line;
	int rc;

	while ((rc = tryst_text_lines_next(l, &line, err)) == 1) {
		/* The last line before damage is not whole. */
		if (line.unfinished && stream && stream->damaged)
			break;
		rc = take_line(r, &line, err);
		if (rc < 0)
			return rc;
		if (TRYST_UNLIKELY(r->lines % 8192 == 0 &&
		                   atomic_load_explicit(r->sink->stop, memory_order_relaxed)))
			return tryst_error_set(err, TRYST_ERR_INTERRUPTED, "interrupted");
	}
	return rc < 0 ? rc : 0;
}

static int
read_plain(struct reading *r, char *window, struct tryst_error *err)
{
	struct text_source *s = r->s;
	uint64_t from = s->table.data_at + r->part * s->part_size;
	struct tryst_text_lines l;
	int rc = tryst_text_lines_init(&l, &s->file, NULL, window, from, from + s->part_size, err);

	if (rc == 0)
		rc = take_lines(r, &l, NULL, err);
	if (rc == 0)
		atomic_store(&s->part_lines[r->part], r->lines + 1);
	return rc;
}

static int
read_compressed(struct reading *r, char *window, struct tryst_error *err)
{
	struct text_source *s = r->s;
	struct tryst_health *h = &r->sink->health;
	struct tryst_text_lines l;
	struct tryst_stream stream;
	int rc = tryst_stream_open(&stream, &s->file, err);

	if (rc < 0)
		return rc;
	rc = tryst_text_lines_init(&l, &s->file, &stream, window, s->table.data_at, UINT64_MAX,
	                           err);
	if (rc == 0)
		rc = take_lines(r, &l, &stream, err);
	if (rc == 0 && stream.damaged) {
		h->damaged_blocks++;
		h->damaged_bytes += s->file.size - tryst_stream_offset(&stream);
		tryst_health_note(h, l.at + l.end, s->table.lines + r->lines, "%s", stream.damage);
	}
	tryst_stream_close(&stream);
	return rc;
}

static int
text_read(struct tryst_source *base, size_t part, struct tryst_sink *sink, struct tryst_error *err)
{
	struct text_source *s = (struct text_source *)base;
	struct reading *r = calloc(1, sizeof(*r));
	char *window = tryst_sink_scratch(sink, SLOT_WINDOW, TRYST_TEXT_WINDOW);
	int rc;

	if (!r || !window) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	*r = (struct reading){ .s = s, .sink = sink, .part = part };
	tryst_text_target_init(&r->target, &sink->batch, s->table.fields | DERIVED);
	rc = s->compressed ? read_compressed(r, window, err) : read_plain(r, window, err);
out:
	free(r);
	return rc;
}

static void
text_close(struct tryst_source *base)
{
	struct text_source *s = (struct text_source *)base;

	tryst_file_close(&s->file);
	free(s->part_lines);
	free(s->header);
	free(s);
}

static const struct tryst_source_ops text_ops = {
	.read = text_read,
	.close = text_close,
	.tests_window = true,
	.tests_addresses = true,
};

/* Finds the header in the beginning of the text. */
static int
read_header(struct text_source *s, const struct tryst_file *file, struct tryst_error *err)
{
	uint8_t *head = malloc(TRYST_TEXT_LINE_MAX + 1);
	struct tryst_stream stream = { 0 };
	int rc = head ? tryst_stream_open(&stream, file, err) : tryst_error_nomem(err);
	ssize_t n = rc;

	if (rc == 0)
		n = tryst_stream_read(&stream, head, TRYST_TEXT_LINE_MAX, err);
	if (n < 0) {
		rc = (int)n;
		goto out;
	}
	/* strndup's argument is a string also where it reads less. */
	head[n] = '\0';
	s->compressed = stream.codec != NULL;
	if (!tryst_text_header(head, (size_t)n, &s->table)) {
		rc = tryst_error_set(
			err, TRYST_ERR_FORMAT,
			"expected a header line that names at least a source address, a "
			"destination address and a start time");
		goto out;
	}
	s->header = strndup((const char *)head + s->table.header_at, s->table.header_len);
	if (!s->header)
		rc = tryst_error_nomem(err);
out:
	tryst_stream_close(&stream);
	free(head);
	return rc;
}

static void
count_parts(struct text_source *s, uint64_t size)
{
	uint64_t data = size - TRYST_MIN(size, (uint64_t)s->table.data_at);

	s->base.parts = s->compressed ? 1 : (size_t)((data + s->part_size - 1) / s->part_size);
}

int
tryst_text_open(const struct tryst_file *file, struct tryst_input *in,
                const struct tryst_request *req, const struct tryst_read_options *options,
                uint64_t part_size, struct tryst_source **out, struct tryst_error *err)
{
	struct text_source *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return tryst_error_nomem(err);
	s->base = (struct tryst_source){ .ops = &text_ops, .input = in, .request = *req };
	s->file = *file;
	s->options = *options;
	s->part_size = part_size;
	rc = read_header(s, file, err);
	if (rc == 0) {
		count_parts(s, file->size);
		s->part_lines = calloc(s->base.parts + 1, sizeof(*s->part_lines));
		if (!s->part_lines)
			rc = tryst_error_nomem(err);
	}
	if (rc < 0) {
		free(s->header);
		free(s);
		return rc;
	}
	*out = &s->base;
	return 0;
}

static int
text_probe(const struct tryst_probe *p)
{
	struct tryst_text_table table;

	if (!tryst_text_header(p->text, p->text_len, &table))
		return 0;
	return (int)TRYST_MIN(50 + 5 * table.known, 95u);
}

static int
text_open(const struct tryst_file *file, struct tryst_input *in, const struct tryst_request *req,
          const struct tryst_read_options *options, struct tryst_source **out,
          struct tryst_error *err)
{
	return tryst_text_open(file, in, req, options, PART_SIZE, out, err);
}

const struct tryst_reader tryst_reader_csv = {
	.name = "csv",
	.help = "text tables with a header line: CSV, TSV, nfdump's own csv",
	.probe = text_probe,
	.open = text_open,
};

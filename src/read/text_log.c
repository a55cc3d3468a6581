/* SPDX-License-Identifier: Apache-2.0 */
#include "read/text_log.h"

#include <stdlib.h>
#include <string.h>

#define SLOT_WINDOW 0
/* What rows may know beside the table's own fields. */
#define DERIVED (TRYST_BIT(end_ms) | TRYST_BIT(icmp_type) | TRYST_BIT(icmp_code))

int
tryst_text_log_lines(const struct tryst_text_log *log, size_t part, char *window,
                     struct tryst_text_lines *out, struct tryst_error *err)
{
	uint64_t from = log->table.data_at + part * log->part_size;

	return tryst_text_lines_init(out, &log->file, NULL, window, from, from + log->part_size,
	                             err);
}

/* Lines that begin in a part, counted in the file because nobody has read the part yet. */
static int
count_lines(struct tryst_text_log *s, size_t part, char *window, uint64_t *out,
            struct tryst_error *err)
{
	struct tryst_text_lines l;
	struct tryst_text_line line;
	uint64_t count = 0;
	int rc = tryst_text_log_lines(s, part, window, &l, err);

	while (rc == 0 && (rc = tryst_text_lines_next(&l, &line, err)) == 1) {
		count++;
		rc = 0;
	}
	*out = count;
	return rc;
}

/* The number of the current line; 0 when the file can no longer be read. */
static uint64_t
line_number(struct tryst_text_part *r)
{
	struct tryst_text_log *s = r->log;
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
note_bad(struct tryst_text_part *r, const struct tryst_text_line *line, const char *why)
{
	struct tryst_health *h = &r->sink->health;
	/* Later notes of a part than it can hold are never shown, so they need no number. */
	uint64_t number = h->note_count < TRYST_HEALTH_NOTES ? line_number(r) : 0;

	h->damaged_records++;
	tryst_health_note(h, line->at, number, "%s", why);
}

static void
count_exporter(struct tryst_text_part *r, bool bad_time)
{
	const struct tryst_text_row *row = &r->row;
	uint64_t domain = row->known & TRYST_BIT(domain) ? row->number[TRYST_FIELD_domain] : 0;

	if (row->known & TRYST_BIT(exporter))
		tryst_tally_flow(&r->tally, row->ip[TRYST_FIELD_exporter], (uint32_t)domain,
		                 bad_time);
}

static int
store_row(struct tryst_text_part *r, uint64_t index, struct tryst_error *err)
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
take_row(struct tryst_text_part *r, struct tryst_error *err)
{
	const struct tryst_request *req = &r->log->base.request;
	const struct tryst_text_row *row = &r->row;
	struct tryst_health *h = &r->sink->health;
	int64_t start_ms = (int64_t)row->number[TRYST_FIELD_start_ms];
	int64_t end_ms = (int64_t)row->number[TRYST_FIELD_end_ms];
	uint64_t index = h->flows++;

	h->bad_times += end_ms < start_ms;
	tryst_health_time(h, start_ms, end_ms);
	count_exporter(r, end_ms < start_ms);
	if (end_ms < req->from_ms || start_ms > req->to_ms)
		return 0;
	if (!tryst_request_wants(req, row->ip[TRYST_FIELD_src], row->ip[TRYST_FIELD_dst]))
		return 0;
	return store_row(r, index, err);
}

static int
take_line(struct tryst_text_part *r, const struct tryst_text_line *line, struct tryst_error *err)
{
	struct tryst_health *h = &r->sink->health;
	char why[TRYST_TEXT_FAULT_MAX];

	r->lines++;
	if (line->too_long) {
		h->damaged_records++;
		tryst_health_note(h, line->at, line_number(r), "a line of more than %d characters",
		                  TRYST_TEXT_LINE_MAX);
		return 0;
	}
	if (line->len == 0)
		return 0;
	switch (r->log->dialect->line(r, line, why)) {
	case TRYST_TEXT_ROW:
		return take_row(r, err);
	case TRYST_TEXT_NOTHING:
		break;
	case TRYST_TEXT_OTHER:
		h->other_records++;
		break;
	case TRYST_TEXT_SKIPPED:
		h->skipped_records++;
		break;
	case TRYST_TEXT_EVENT:
		h->events++;
		break;
	case TRYST_TEXT_BAD:
		note_bad(r, line, why);
		break;
	}
	return 0;
}

static int
next_line(struct tryst_text_part *r, struct tryst_text_lines *l, struct tryst_text_line *line,
          struct tryst_error *err)
{
	if (r->log->dialect->next && r->log->whole)
		return r->log->dialect->next(r, l, line, err);
	return tryst_text_lines_next(l, line, err);
}

static int
take_lines(struct tryst_text_part *r, struct tryst_text_lines *l, const struct tryst_stream *stream,
           struct tryst_error *err)
{
	struct tryst_text_line line;
	int rc;

	while ((rc = next_line(r, l, &line, err)) == 1) {
		/* The last line before damage is not whole. */
		if (line.unfinished && stream && stream->damaged)
			break;
		rc = take_line(r, &line, err);
		if (rc < 0)
			return rc;
		if (TRYST_UNLIKELY(++r->records % 8192 == 0 &&
		                   atomic_load_explicit(r->sink->stop, memory_order_relaxed)))
			return tryst_error_set(err, TRYST_ERR_INTERRUPTED, "interrupted");
	}
	return rc < 0 ? rc : 0;
}

static int
read_plain(struct tryst_text_part *r, char *window, struct tryst_error *err)
{
	struct tryst_text_log *s = r->log;
	struct tryst_text_lines l;
	int rc;

	if (s->whole)
		rc = tryst_text_lines_init(&l, &s->file, NULL, window, s->table.data_at, UINT64_MAX,
		                           err);
	else
		rc = tryst_text_log_lines(s, r->part, window, &l, err);
	if (rc == 0)
		rc = take_lines(r, &l, NULL, err);
	if (rc == 0)
		atomic_store(&s->part_lines[r->part], r->lines + 1);
	return rc;
}

static int
read_compressed(struct tryst_text_part *r, char *window, struct tryst_error *err)
{
	struct tryst_text_log *s = r->log;
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
	struct tryst_text_log *s = (struct tryst_text_log *)base;
	struct tryst_text_part *r = calloc(1, sizeof(*r));
	char *window = tryst_sink_scratch(sink, SLOT_WINDOW, TRYST_TEXT_WINDOW);
	int rc;

	if (!r || !window) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	*r = (struct tryst_text_part){ .log = s, .sink = sink, .part = part };
	tryst_tally_init(&r->tally, base->input);
	tryst_text_target_init(&r->target, &sink->batch, s->table.fields | DERIVED);
	rc = s->dialect->begin ? s->dialect->begin(r, err) : 0;
	if (rc < 0)
		goto out;
	rc = s->compressed ? read_compressed(r, window, err) : read_plain(r, window, err);
	if (s->dialect->end)
		s->dialect->end(r, rc == 0);
	rc = tryst_tally_end(&r->tally, rc, err);
out:
	free(r);
	return rc;
}

static void
text_close(struct tryst_source *base)
{
	struct tryst_text_log *s = (struct tryst_text_log *)base;

	if (s->dialect->close)
		s->dialect->close(s);
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

bool
tryst_text_log_is_header(const struct tryst_text_log *log, const struct tryst_text_line *line)
{
	return log->header && line->len == log->table.header_len &&
	       memcmp(line->text, log->header, line->len) == 0;
}

int
tryst_text_log_keep_header(struct tryst_text_log *log, const char *head, struct tryst_error *err)
{
	size_t len = log->table.header_len;

	/* It may have a NUL in it, so this is no string. */
	log->header = malloc(len + 1);
	if (!log->header)
		return tryst_error_nomem(err);
	memcpy(log->header, head + log->table.header_at, len);
	log->header[len] = '\0';
	return 0;
}

/* Lets the dialect look at the beginning of the text. */
static int
read_head(struct tryst_text_log *s, const struct tryst_file *file, struct tryst_error *err)
{
	char *head = malloc(TRYST_TEXT_LINE_MAX + 1);
	struct tryst_stream stream = { 0 };
	int rc = head ? tryst_stream_open(&stream, file, err) : tryst_error_nomem(err);
	ssize_t n = rc;

	if (rc == 0)
		n = tryst_stream_read(&stream, head, TRYST_TEXT_LINE_MAX, err);
	if (n < 0) {
		rc = (int)n;
		goto out;
	}
	head[n] = '\0';
	s->compressed = stream.codec != NULL;
	rc = s->dialect->open(s, head, (size_t)n, err);
out:
	tryst_stream_close(&stream);
	free(head);
	return rc;
}

static void
count_parts(struct tryst_text_log *s, uint64_t size)
{
	uint64_t data = size - TRYST_MIN(size, (uint64_t)s->table.data_at);

	s->base.parts =
		s->compressed || s->whole ? 1 : (size_t)((data + s->part_size - 1) / s->part_size);
}

int
tryst_text_log_open(const struct tryst_text_dialect *dialect, const struct tryst_file *file,
                    struct tryst_input *in, const struct tryst_request *req,
                    const struct tryst_read_options *options, uint64_t part_size,
                    struct tryst_source **out, struct tryst_error *err)
{
	struct tryst_text_log *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return tryst_error_nomem(err);
	s->base = (struct tryst_source){ .ops = &text_ops, .input = in, .request = *req };
	s->dialect = dialect;
	s->file = *file;
	s->options = *options;
	s->part_size = part_size;
	rc = read_head(s, file, err);
	if (rc == 0) {
		count_parts(s, file->size);
		s->part_lines = calloc(s->base.parts + 1, sizeof(*s->part_lines));
		if (!s->part_lines)
			rc = tryst_error_nomem(err);
	}
	if (rc < 0) {
		s->file.fd = -1;
		text_close(&s->base);
		return rc;
	}
	*out = &s->base;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lines.h"

static int
lines_rows(struct tryst_stream *s, void *memory, const struct tryst_batch *b, uint32_t count,
           struct tryst_buf *out, struct tryst_error *err)
{
	const struct tryst_lines *l = (const struct tryst_lines *)s;

	(void)memory;
	tryst_rows_batch(&l->rows, b, count, out);
	return out->failed ? tryst_error_nomem(err) : 0;
}

/* The length of the first n lines. */
static size_t
lines_len(const char *text, size_t len, uint64_t n)
{
	const char *p = text, *end = text + len;

	for (; n; n--)
		p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
	return (size_t)(p - text);
}

/* What stands above or below the rows. */
static int
lines_frame(struct tryst_lines *l, void (*make)(const struct tryst_rows *, struct tryst_buf *),
            struct tryst_error *err)
{
	struct tryst_buf text = { 0 };
	int rc = 0;

	if (make)
		make(&l->rows, &text);
	if (text.failed)
		rc = tryst_error_nomem(err);
	else if (text.len)
		rc = tryst_output_write(&l->output, text.data, text.len, err);
	tryst_buf_fini(&text);
	return rc;
}

/* The heading, before the first row. */
static int
lines_head(struct tryst_lines *l, struct tryst_error *err)
{
	if (l->headed)
		return 0;
	l->headed = true;
	return lines_frame(l, l->rows.format->heading, err);
}

static int
lines_write(struct tryst_stream *s, const char *data, size_t len, uint64_t records,
            struct tryst_error *err)
{
	struct tryst_lines *l = (struct tryst_lines *)s;
	bool last = records >= l->wanted;
	int rc = lines_head(l, err);

	if (rc < 0)
		return rc;
	if (len && l->rows.marks) {
		tryst_buf_clear(&l->resolved);
		tryst_rows_resolve(&l->ordinals, data, len, &l->resolved);
		if (l->resolved.failed)
			return tryst_error_nomem(err);
		data = l->resolved.data;
		len = l->resolved.len;
	}
	if (records > l->wanted)
		len = lines_len(data, len, l->wanted);
	if (len)
		rc = tryst_output_write(&l->output, data, len, err);
	if (rc < 0)
		return rc;
	l->written += TRYST_MIN(records, l->wanted);
	l->wanted -= TRYST_MIN(records, l->wanted);
	if (!last)
		return 0;
	l->run->enough = true;
	return tryst_error_set(err, TRYST_ERR_INTERRUPTED, "enough");
}

static const struct tryst_stream_ops lines_ops = {
	.rows = lines_rows,
	.write = lines_write,
};

int
tryst_lines_go(struct tryst_lines *l, struct tryst_run *r, uint64_t wanted, struct tryst_error *err)
{
	int rc;

	l->stream.ops = &lines_ops;
	l->stream.limit = wanted;
	l->run = r;
	l->wanted = wanted;
	l->ordinals.inputs = r->inputs.list;
	l->rows.inputs = r->inputs.list;
	l->rows.now_ms = r->now_ms;
	rc = tryst_stream_go(&l->stream, r, tryst_rows_columns(&l->rows), err);
	/* Where nothing could be read there is no table. */
	if (rc < 0 || tryst_run_nothing(r))
		return rc;
	rc = lines_head(l, err);
	return rc < 0 ? rc : lines_frame(l, l->rows.format->ending, err);
}

void
tryst_lines_fini(struct tryst_lines *l)
{
	tryst_buf_fini(&l->resolved);
	tryst_rows_fini(&l->rows);
	tryst_output_close(&l->output);
}

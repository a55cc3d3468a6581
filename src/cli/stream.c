/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/stream.h"

#include <stdlib.h>

#define WAITING_SHARE 4 /* of --memory */
#define WAITING_MAX (64u << 20)
#define BYTES_MAX (4u << 20) /* a thread holds no more of a part */

struct state {
	struct tryst_buf bytes; /* of the part being read, what is not written yet */
	uint64_t records;       /* in it */
	uint64_t in_part;       /* with those that are written */
	void *memory;
};

static int
stream_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	struct tryst_stream *s = (struct tryst_stream *)op;
	struct state *t = calloc(1, sizeof(*t));
	int rc = 0;

	if (!t)
		return tryst_error_nomem(err);
	if (s->ops->open)
		rc = s->ops->open(s, &t->memory, err);
	if (rc < 0)
		free(t);
	else
		*state = t;
	return rc;
}

static int
stream_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
            struct tryst_error *err)
{
	struct tryst_stream *s = (struct tryst_stream *)op;
	struct state *t = state;
	uint64_t count = TRYST_MIN(s->limit - t->in_part, (uint64_t)b->selected);
	uint32_t first = b->sel[0];
	int rc = s->ops->rows(s, t->memory, b, (uint32_t)count, &t->bytes, err);

	t->records += count;
	t->in_part += count;
	if (rc < 0)
		return rc;
	/* With as many rows as are wanted, the rest of the part need not be read. */
	if (t->bytes.len < BYTES_MAX && t->in_part < s->limit)
		return t->bytes.failed ? tryst_error_nomem(err) : 0;
	rc = tryst_sequencer_some(s->sequencer, b->input_id[first], b->part, &t->bytes, t->records,
	                          err);
	t->records = 0;
	return rc;
}

static int
stream_part_end(struct tryst_operator *op, void *state, uint32_t input, size_t part, size_t parts,
                struct tryst_error *err)
{
	struct tryst_stream *s = (struct tryst_stream *)op;
	struct state *t = state;
	int rc = 0;

	if (part == SIZE_MAX)
		return tryst_sequencer_input(s->sequencer, input, parts, err);
	if (s->ops->part)
		rc = s->ops->part(s, t->memory, &t->bytes, err);
	if (rc == 0)
		rc = tryst_sequencer_part(s->sequencer, input, part, &t->bytes, t->records, err);
	t->records = 0;
	t->in_part = 0;
	return rc;
}

static int
stream_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct tryst_stream *s = (struct tryst_stream *)op;
	struct state *t = state;

	(void)err;
	if (s->ops->close)
		s->ops->close(t->memory);
	tryst_buf_fini(&t->bytes);
	free(t);
	return 0;
}

static const struct tryst_operator_ops stream_ops = {
	.name = "stream",
	.open = stream_open,
	.push = stream_push,
	.part_end = stream_part_end,
	.merge = stream_merge,
};

static int
stream_write(void *ctx, const char *data, size_t len, uint64_t records, struct tryst_error *err)
{
	struct tryst_stream *s = ctx;

	return s->ops->write(s, data, len, records, err);
}

int
tryst_stream_go(struct tryst_stream *s, struct tryst_run *r, uint64_t columns,
                struct tryst_error *err)
{
	size_t waiting = TRYST_MIN(r->s->memory / WAITING_SHARE, (size_t)WAITING_MAX);
	int rc;

	s->op = (struct tryst_operator){
		.ops = &stream_ops, .columns = columns | TRYST_BIT(input_id) | TRYST_BIT(record_no)
	};
	rc = tryst_sequencer_new(&s->sequencer, stream_write, s, waiting, &r->stop, err);
	if (rc == 0)
		rc = tryst_run_go(r, &s->op, err);
	tryst_sequencer_free(s->sequencer);
	s->sequencer = NULL;
	return rc;
}

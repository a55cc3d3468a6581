/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/into_store.h"

#include "cli/stream.h"

struct into_store {
	struct tryst_stream stream; /* first */
	struct tryst_store_writer *writer;
};

static int
store_open(struct tryst_stream *s, void **memory, struct tryst_error *err)
{
	struct tryst_cutter *c;
	int rc = tryst_cutter_new(&c, err);

	(void)s;
	if (rc == 0)
		*memory = c;
	return rc;
}

static void
store_close(void *memory)
{
	tryst_cutter_free(memory);
}

static int
store_rows(struct tryst_stream *s, void *memory, const struct tryst_batch *b, uint32_t count,
           struct tryst_buf *out, struct tryst_error *err)
{
	(void)s;
	(void)err;
	tryst_cutter_rows(memory, b, count, out);
	return 0;
}

static int
store_part(struct tryst_stream *s, void *memory, struct tryst_buf *out, struct tryst_error *err)
{
	(void)s;
	(void)err;
	tryst_cutter_end(memory, out);
	return 0;
}

static int
store_write(struct tryst_stream *s, const char *data, size_t len, uint64_t records,
            struct tryst_error *err)
{
	(void)records;
	return tryst_store_writer_add(((struct into_store *)s)->writer, data, len, err);
}

static const struct tryst_stream_ops store_ops = {
	.open = store_open,
	.close = store_close,
	.rows = store_rows,
	.part = store_part,
	.write = store_write,
};

int
tryst_into_store(struct tryst_run *r, struct tryst_store_writer *w, struct tryst_error *err)
{
	struct into_store s = { .stream = { .ops = &store_ops, .limit = UINT64_MAX }, .writer = w };

	return tryst_stream_go(&s.stream, r, TRYST_STORED_BITS, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command that writes records as it reads them, in the order of the inputs and of the records in
 * them: each thread turns the rows of its part into bytes, a sequencer puts the parts in order.
 * What the bytes are is the format's business.
 */
#ifndef TRYST_CLI_STREAM_H
#define TRYST_CLI_STREAM_H

#include "base/buf.h"
#include "cli/run.h"
#include "flow/sequencer.h"

struct tryst_stream;

struct tryst_stream_ops {
	/* Optional: memory of the format for a thread, and its end. */
	int (*open)(struct tryst_stream *s, void **memory, struct tryst_error *err);
	void (*close)(void *memory);
	/* Appends the first `count` selected rows; any thread. */
	int (*rows)(struct tryst_stream *s, void *memory, const struct tryst_batch *b,
	            uint32_t count, struct tryst_buf *out, struct tryst_error *err);
	/* Optional: appends what the memory still holds of the part that ends. */
	int (*part)(struct tryst_stream *s, void *memory, struct tryst_buf *out,
	            struct tryst_error *err);
	/* Takes the next bytes, with so many records in them; in order, never two at once. */
	int (*write)(struct tryst_stream *s, const char *data, size_t len, uint64_t records,
	             struct tryst_error *err);
};

/* Embedded as the first member of each format's own struct. */
struct tryst_stream {
	struct tryst_operator op; /* first */
	const struct tryst_stream_ops *ops;
	struct tryst_sequencer *sequencer;
	uint64_t limit; /* of the records of a part, more are not looked at */
};

/*
 * Reads everything of the run into the format, which looks at the columns.  A part that a stop cuts
 * short is not written: what is written is always a beginning of the whole.
 */
int tryst_stream_go(struct tryst_stream *s, struct tryst_run *r, uint64_t columns,
                    struct tryst_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts text that threads made part by part back into the order of the inputs, while they run.
 *
 * A thread hands over the text of a finished part.  If it is the next one due it is written at
 * once, with all that waited for it; otherwise it waits, and the thread with it once more than a
 * bound is waiting.  The thread that holds the next part never waits, so there is always progress.
 */
#ifndef TRYST_FLOW_SEQUENCER_H
#define TRYST_FLOW_SEQUENCER_H

#include <stdatomic.h>

#include "base/buf.h"
#include "base/error.h"

struct tryst_sequencer;

/* Writes; returns 0, or negative to end the run (TRYST_ERR_INTERRUPTED: enough, no failure). */
typedef int (*tryst_write_fn)(void *ctx, const char *data, size_t len, uint64_t records,
                              struct tryst_error *err);

/*
 * waiting_max: bytes that may wait before threads do.  stop: the pipeline's flag; once it is set
 * nobody waits any more, and what is not due is not written.
 */
int tryst_sequencer_new(struct tryst_sequencer **out, tryst_write_fn write, void *ctx,
                        size_t waiting_max, const atomic_bool *stop, struct tryst_error *err);
void tryst_sequencer_free(struct tryst_sequencer *s);

/*
 * The text of part `part` of input `input`, which is taken over (the buffer is empty
 * afterwards).
 */
int tryst_sequencer_part(struct tryst_sequencer *s, uint32_t input, size_t part,
                         struct tryst_buf *text, uint64_t records, struct tryst_error *err);

/*
 * The next text of a part that is not finished, so that a part of any size takes little memory:
 * waits until the part is the one that is due, and writes.  The buffer is emptied, its memory kept.
 */
int tryst_sequencer_some(struct tryst_sequencer *s, uint32_t input, size_t part,
                         struct tryst_buf *text, uint64_t records, struct tryst_error *err);

/* Input `input` has exactly `parts` parts. */
int tryst_sequencer_input(struct tryst_sequencer *s, uint32_t input, size_t parts,
                          struct tryst_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sFlow version 5 (sflow.org/sflow_version_5.txt) -> rows: one row a flow sample.
 *
 * A sample is one packet of `sampling`: packets 1, no duration, the time at which the datagram was
 * received (sFlow has no other).  docs/formats/sflow.md says how each field is read.
 */
#ifndef TRYST_READ_SFLOW_H
#define TRYST_READ_SFLOW_H

#include "read/export.h"

#define TRYST_SFLOW_TRACKS_MAX 4096 /* sequences that are followed: agents and their sources */

struct tryst_sflow;

/* Agents are counted in the tally, which must outlive the decoder. */
int tryst_sflow_new(struct tryst_sflow **out, struct tryst_tally *tally, struct tryst_error *err);
void tryst_sflow_free(struct tryst_sflow *x);

/*
 * Decodes a datagram into rows of the sink and counts in sink->health.  What makes no sense is
 * damage, not an error: negative only when the sink failed or memory ran out.  One thread at a
 * time.
 */
int tryst_sflow_decode(struct tryst_sflow *x, const struct tryst_datagram *d,
                       struct tryst_sink *sink, struct tryst_error *err);

/* No more datagrams will come: notes what the agents said they could not sample. */
void tryst_sflow_finish(struct tryst_sflow *x, struct tryst_health *h);

/*
 * How many of the bytes are the first datagram: 0 when none begins here, more than len when its end
 * is not in sight.
 */
size_t tryst_sflow_length(const uint8_t *data, size_t len);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the decoder's files share: the sample being read, and the sequences being followed. */
#ifndef TRYST_READ_SFLOW_IMPL_H
#define TRYST_READ_SFLOW_IMPL_H

#include "base/cursor.h"
#include "read/row.h"
#include "read/sflow.h"

enum sflow_track_kind { SFLOW_DATAGRAMS = 1, SFLOW_FLOWS, SFLOW_COUNTERS };

/* One sequence of numbers: of an agent's datagrams, or of the samples of one of its sources. */
struct sflow_track {
	struct tryst_ip agent;
	uint32_t sub_agent;
	uint32_t source_class;
	uint32_t source;
	uint8_t kind; /* 0: a free slot */
	bool drops_known;
	uint32_t next;
	uint32_t drops;  /* as last said */
	uint32_t uptime; /* of datagrams */
	uint64_t recent; /* of datagrams: bit i: number next - 1 - i was here */
	uint64_t losses; /* of datagrams: until now; of samples: until their last one */
};

struct tryst_sflow {
	struct tryst_tally *tally;
	struct tryst_row row;
	uint64_t dropped; /* samples that agents say they had to drop */
	bool full;        /* there was a sequence that could not be followed */
	struct sflow_track tracks[TRYST_SFLOW_TRACKS_MAX];
};

/* The datagram being read. */
struct sflow_message {
	struct tryst_sflow *x;
	const struct tryst_datagram *d;
	struct tryst_sink *sink;
	struct tryst_ip agent;
	uint32_t sub_agent;
	struct sflow_track *track; /* of its datagrams; NULL: not followed */
	uint32_t rate;             /* the coarsest of its samples */
};

/* sflow_record.c: one flow record into the row; a cursor that failed is damage. */
void tryst_sflow_record(struct tryst_row *row, uint32_t type, struct tryst_cursor *c);
struct tryst_ip tryst_sflow_address(struct tryst_cursor *c);

/* sflow_track.c: books numbers. */
void tryst_sflow_track_datagram(struct sflow_message *m, uint32_t sequence, uint32_t uptime);
void tryst_sflow_track_sample(struct sflow_message *m, enum sflow_track_kind kind,
                              uint32_t source_class, uint32_t source, uint32_t sequence,
                              const uint32_t *drops);

#endif

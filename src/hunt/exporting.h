/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the records tell of those who exported them: how far their clocks are apart, after how long
 * they cut a flow that goes on, and whether they say where they forward to.  docs/conversations.md
 * states how each is found.
 *
 * Learnt from all records in their sorted order, so it is a property of the records.  Bounded: the
 * first TRYST_EXPORTING_MAX exporters and TRYST_EXPORTING_PAIRS_MAX pairs of them in that order;
 * what is not learnt of further ones is only these three things.
 */
#ifndef TRYST_HUNT_EXPORTING_H
#define TRYST_HUNT_EXPORTING_H

#include "hunt/record.h"

#define TRYST_EXPORTING_MAX 1024
#define TRYST_EXPORTING_PAIRS_MAX 128
#define TRYST_CLOCK_SKEW_MS 2000 /* clocks farther apart are not told from different traffic */

struct tryst_exporting {
	struct tryst_ip ip; /* zero where the records name none, which are as of one */
	bool known;
	bool forwards;      /* names an output interface in some record, so that 0 means none */
	uint32_t timeout_s; /* the active timeout that durations show; 0: they show none */
	int64_t offset_ms;  /* its clock is so much ahead of the one it is compared with */
	uint32_t group;     /* clocks of one group were compared; while learning */
	uint16_t *seconds;  /* how many records lasted so long; while learning */
};

struct tryst_exporting_pair;

struct tryst_exportings {
	struct tryst_exporting **list; /* by (known, ip) */
	size_t count;
	struct tryst_exporting_pair *pairs;
	size_t pair_count;
	/* The latest records of the key being read. */
	struct {
		struct tryst_hunt_record record;
		struct tryst_exporting *e;
	} recent[16];
	unsigned recent_count, recent_at;
};

/* Takes the next record in sorted order. */
int tryst_exportings_learn(struct tryst_exportings *x, const struct tryst_hunt_record *r,
                           struct tryst_error *err);

/* After the last record: what follows from all of them. */
void tryst_exportings_conclude(struct tryst_exportings *x);
void tryst_exportings_fini(struct tryst_exportings *x);

/* The exporter of a record, or NULL where there were too many. */
const struct tryst_exporting *tryst_exportings_find(const struct tryst_exportings *x,
                                                    const struct tryst_hunt_record *r);

#endif

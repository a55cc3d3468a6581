/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records behind findings: a second reading that collects, for each finding of grade A or B,
 * the first records of its clients at its endpoint.
 */
#ifndef TRYST_HUNT_MEET_REFS_H
#define TRYST_HUNT_MEET_REFS_H

#include "base/arena.h"
#include "flow/operator.h"
#include "hunt/case.h"

struct tryst_meet_ref {
	int64_t start_ms;
	uint64_t record; /* raw */
	uint32_t input;
};

/* The first records of one finding, by time, input and place. */
struct tryst_meet_refs {
	struct tryst_meet_ref list[TRYST_EVIDENCE_REFS_MAX];
	uint32_t count;
};

struct tryst_meet_reader {
	struct tryst_operator op;              /* first: the pipeline's handle */
	const struct tryst_finding **findings; /* by address, protocol, port */
	struct tryst_meet_refs *refs;
	size_t count;
	struct tryst_ipset *addresses; /* of their endpoints */
};

/* For the findings of a case that stands; count 0: there is nothing to read again for. */
int tryst_meet_reader_init(struct tryst_meet_reader *r, const struct tryst_case *c,
                           struct tryst_error *err);
void tryst_meet_reader_fini(struct tryst_meet_reader *r);

/* Puts what was read behind the first reason of each finding, in the arena of the case. */
int tryst_meet_reader_tell(const struct tryst_meet_reader *r, struct tryst_case *c,
                           struct tryst_arena *arena, struct tryst_error *err);

#endif

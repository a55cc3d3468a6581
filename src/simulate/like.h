/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A background out of a real log: its records, but who met whom is drawn anew.
 *
 * Every pair keeps its times, gaps and records; local ends are exchanged between pairs of one class
 * (a service) until all structure beyond the degrees is gone.  Every external host keeps the number
 * of local endpoints it met in each class, every local endpoint the number of hosts it was met by,
 * exactly: Maslov and Sneppen, Science 296 (2002).
 */
#ifndef TRYST_SIMULATE_LIKE_H
#define TRYST_SIMULATE_LIKE_H

#include "simulate/talk.h"
#include "simulate/trace.h"

/* The local end of a pair after the exchange. */
struct tryst_sim_like_end {
	uint32_t local;
	uint16_t port; /* of the pair's service, if that is at the local end */
};

struct tryst_sim_like {
	const struct tryst_sim_trace *trace;
	struct tryst_sim_like_end *ends; /* by pair */
	uint32_t *of_slice;              /* records that end in slice s: [first[s], first[s + 1]) */
	size_t *first;
};

int tryst_sim_like_init(struct tryst_sim_like *l, const struct tryst_sim_trace *trace,
                        const struct tryst_sim_world *w, struct tryst_error *err);
void tryst_sim_like_fini(struct tryst_sim_like *l);

/* The records of the part's slice. */
void tryst_sim_like_part(const struct tryst_sim_like *l, struct tryst_sim_part *part);

#endif

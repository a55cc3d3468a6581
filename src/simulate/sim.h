/* SPDX-License-Identifier: Apache-2.0 */
/* A simulation from the inside. */
#ifndef TRYST_SIMULATE_SIM_H
#define TRYST_SIMULATE_SIM_H

#include "simulate/like.h"

struct tryst_sim {
	struct tryst_sim_world w;
	struct tryst_sim_like like; /* where w.trace says so: the background */
	struct tryst_sim_truth truth;
	struct tryst_sim_talks talks; /* that are known from the start: play and what is planted */
	uint32_t *of_slice;           /* those with records in slice s: [first[s], first[s + 1]) */
	size_t *first;
};

/* Makes the part; whatever comes of it, its records are to be freed. */
int tryst_sim_part_make(const struct tryst_sim *sim, size_t slice, struct tryst_sim_part *part,
                        struct tryst_error *err);

int tryst_sim_world_list(const struct tryst_sim_world *w, enum tryst_sim_list_kind kind,
                         size_t count, uint64_t seed, struct tryst_sim_list *out,
                         struct tryst_error *err);

/* Whether those who take part really die. */
static inline bool
tryst_sim_kills(const struct tryst_sim_params *p)
{
	return p->plant == TRYST_SIM_PLANT_DEAD && p->dead != TRYST_SIM_DEAD_ALIVE;
}

#endif

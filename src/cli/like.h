/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the log that a simulation is to be like. */
#ifndef TRYST_CLI_LIKE_H
#define TRYST_CLI_LIKE_H

#include "cli/run.h"
#include "simulate/simulate.h"

struct tryst_like {
	struct tryst_run run;
	struct tryst_prefix *home;
	struct tryst_sim_trace *trace;
};

/* Reads the inputs of --like; --home says which side is which.  tryst_like_fini is due after it. */
int tryst_like_read(struct tryst_like *l, const struct tryst_settings *s, struct tryst_error *err);
void tryst_like_fini(struct tryst_like *l);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The times that the user knows of: --event and --dead. */
#ifndef TRYST_CLI_MOMENTS_H
#define TRYST_CLI_MOMENTS_H

#include "cli/run.h"
#include "hunt/hunt.h"

struct tryst_moments {
	struct tryst_event *events;
	size_t event_count;
	struct tryst_dead *dead;
	size_t dead_count;
};

/*
 * Reads them out of the run's settings, by its zone and watchlist.  Negative with *err;
 * tryst_moments_fini is due in any case.
 */
int tryst_moments_read(struct tryst_moments *m, const struct tryst_run *r, struct tryst_error *err);
void tryst_moments_fini(struct tryst_moments *m);

#endif

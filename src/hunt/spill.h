/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collected records that memory does not hold: sorted runs (hunt/sorted.h) in one temporary file,
 * which has no name, so that nothing is left behind however the program ends.  The file is written
 * and read by this process alone; it is no format.
 */
#ifndef TRYST_HUNT_SPILL_H
#define TRYST_HUNT_SPILL_H

#include <pthread.h>

#include "hunt/record.h"

struct tryst_hunt_run {
	uint64_t at; /* which record of the file is its first */
	uint64_t count;
};

struct tryst_hunt_spill {
	pthread_mutex_t lock;  /* all but the file's content */
	const char *directory; /* NULL: /tmp */
	int fd;                /* -1: nothing was spilled yet */
	uint64_t count;        /* records in the file */
	struct tryst_hunt_run *runs;
	size_t run_count, run_max;
};

/* directory outlives it; NULL or "": /tmp. */
int tryst_hunt_spill_init(struct tryst_hunt_spill *s, const char *directory,
                          struct tryst_error *err);
void tryst_hunt_spill_fini(struct tryst_hunt_spill *s);

/* Sorts the records, appends them as a run and empties the list.  Any thread. */
int tryst_hunt_spill_write(struct tryst_hunt_spill *s, struct tryst_hunt_records *records,
                           struct tryst_error *err);

/* Reads count records of the file, from the one at `at` on.  Any thread, after all writing. */
int tryst_hunt_spill_read(const struct tryst_hunt_spill *s, uint64_t at, size_t count,
                          struct tryst_hunt_record *out, struct tryst_error *err);

#endif

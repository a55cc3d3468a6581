/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that looks after a run: it takes the signals, so that no handler is needed, and shows
 * progress.  The first Ctrl-C or SIGTERM sets the run's stop flag, the second one ends the process;
 * SIGUSR1 asks for a line of status.
 */
#ifndef TRYST_CLI_MONITOR_H
#define TRYST_CLI_MONITOR_H

#include "cli/run.h"

struct tryst_monitor;

/* Before any other thread is made: the signals are blocked in the caller and what it starts. */
int tryst_monitor_start(struct tryst_monitor **out, struct tryst_run *r, struct tryst_error *err);
void tryst_monitor_stop(struct tryst_monitor *m); /* and free */

#endif

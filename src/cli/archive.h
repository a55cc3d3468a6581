/* SPDX-License-Identifier: Apache-2.0 */
/* What the runs and `tryst index` agree on about indexes of archives. */
#ifndef TRYST_CLI_ARCHIVE_H
#define TRYST_CLI_ARCHIVE_H

#include "cli/run.h"

/* The folder of the user's cache, $XDG_CACHE_HOME/tryst or ~/.cache/tryst, to be freed; NULL: none.
 */
char *tryst_cache_folder(void);

/* Finds the indexes of the run's inputs. */
int tryst_run_find_indexes(struct tryst_run *r, struct tryst_error *err);

/* The level at which the sample of the inputs' unlisted hosts begins: each input is looked at. */
unsigned tryst_run_sample_level(const struct tryst_run *r);

/* struct tryst_hunt_options says what it tells; ctx is the run. */
int tryst_run_weigh(void *ctx, const struct tryst_ip *ips, size_t count, uint64_t *blocks,
                    struct tryst_error *err);

/* Decides what is read of the inputs, and says what is wrong with the indexes. */
int tryst_run_plan(struct tryst_run *r, struct tryst_pipeline *p, struct tryst_error *err);

/* What was decided for an input: ": ..." for --explain. */
void tryst_run_explain_input(const struct tryst_run *r, const struct tryst_input *in,
                             struct tryst_buf *out);

#endif

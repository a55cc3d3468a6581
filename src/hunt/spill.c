/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/spill.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/scratch.h"
#include "hunt/sorted.h"

#define WRITE_RECORDS 256

int
tryst_hunt_spill_init(struct tryst_hunt_spill *s, const char *directory, struct tryst_error *err)
{
	*s = (struct tryst_hunt_spill){
		.fd = -1, .directory = directory && *directory ? directory : TRYST_SCRATCH_DIRECTORY
	};
	errno = pthread_mutex_init(&s->lock, NULL);
	return errno ? tryst_error_errno(err, "cannot make a lock") : 0;
}

void
tryst_hunt_spill_fini(struct tryst_hunt_spill *s)
{
	if (!s->directory)
		return;
	if (s->fd >= 0)
		(void)close(s->fd);
	free(s->runs);
	(void)pthread_mutex_destroy(&s->lock);
	*s = (struct tryst_hunt_spill){ 0 };
}

/* Makes room for a run in the file and in the list. */
static int
run_reserve(struct tryst_hunt_spill *s, uint64_t count, struct tryst_hunt_run *out,
            struct tryst_error *err)
{
	struct tryst_hunt_run *grown;
	size_t max;
	int rc = 0;

	(void)pthread_mutex_lock(&s->lock);
	max = TRYST_MAX(2 * s->run_max, (size_t)64);
	if (s->fd < 0) {
		s->fd = tryst_scratch_open(s->directory, err);
		rc = TRYST_MIN(s->fd, 0);
	}
	if (rc >= 0 && s->run_count == s->run_max) {
		grown = reallocarray(s->runs, max, sizeof(*grown));
		rc = grown ? 0 : tryst_error_nomem(err);
		if (grown) {
			s->runs = grown;
			s->run_max = max;
		}
	}
	if (rc >= 0) {
		*out = (struct tryst_hunt_run){ s->count, count };
		s->runs[s->run_count++] = *out;
		s->count += count;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return rc;
}

static int
block_write(const struct tryst_hunt_spill *s, const struct tryst_hunt_record *block, size_t count,
            uint64_t at, struct tryst_error *err)
{
	return tryst_scratch_write(s->fd, s->directory, block, count * sizeof(*block),
	                           at * sizeof(*block), err);
}

int
tryst_hunt_spill_write(struct tryst_hunt_spill *s, struct tryst_hunt_records *records,
                       struct tryst_error *err)
{
	struct tryst_hunt_record *block = NULL;
	struct tryst_hunt_key *keys = NULL;
	struct tryst_hunt_run run;
	int rc = 0;

	if (!records->count)
		return 0;
	block = calloc(WRITE_RECORDS, sizeof(*block));
	keys = tryst_hunt_keys(records, err);
	if (!block || !keys) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	rc = run_reserve(s, records->count, &run, err);
	for (size_t i = 0, n; rc >= 0 && i < records->count; i += n) {
		n = TRYST_MIN(records->count - i, (size_t)WRITE_RECORDS);
		for (size_t k = 0; k < n; k++)
			block[k] = *keys[i + k].r;
		rc = block_write(s, block, n, run.at + i, err);
	}
	if (rc >= 0)
		tryst_hunt_records_fini(records);
out:
	free(keys);
	free(block);
	return rc;
}

int
tryst_hunt_spill_read(const struct tryst_hunt_spill *s, uint64_t at, size_t count,
                      struct tryst_hunt_record *out, struct tryst_error *err)
{
	return tryst_scratch_read(s->fd, s->directory, out, count * sizeof(*out), at * sizeof(*out),
	                          err);
}

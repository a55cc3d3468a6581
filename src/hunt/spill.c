/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hunt/sorted.h"

#define WRITE_RECORDS 256

int
tryst_hunt_spill_init(struct tryst_hunt_spill *s, const char *directory, struct tryst_error *err)
{
	*s = (struct tryst_hunt_spill){ .fd = -1,
		                        .directory = directory && *directory ? directory : "/tmp" };
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

/* A file without a name; the caller holds the lock. */
static int
file_open(struct tryst_hunt_spill *s, struct tryst_error *err)
{
	char path[4096];
	int n;

	s->fd = open(s->directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd >= 0)
		return 0;
	/* Not every file system makes files without a name. */
	n = snprintf(path, sizeof(path), "%s/tryst-XXXXXX", s->directory);
	if (n < 0 || (size_t)n >= sizeof(path))
		return tryst_error_set(err, TRYST_ERR_IO, "%s: the path is too long", s->directory);
	s->fd = mkostemp(path, O_CLOEXEC);
	if (s->fd < 0)
		return tryst_error_errno(err, "%s: cannot make a temporary file (TMPDIR)",
		                         s->directory);
	(void)unlink(path);
	return 0;
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
	if (s->fd < 0)
		rc = file_open(s, err);
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
	const char *data = (const char *)block;
	size_t left = count * sizeof(*block);
	off_t to = (off_t)(at * sizeof(*block));

	while (left > 0) {
		ssize_t n = pwrite(s->fd, data, left, to);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return tryst_error_errno(err, "%s: cannot write a temporary file (TMPDIR)",
			                         s->directory);
		data += n;
		left -= (size_t)n;
		to += n;
	}
	return 0;
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
	char *data = (char *)out;
	size_t left = count * sizeof(*out);
	off_t from = (off_t)(at * sizeof(*out));

	while (left > 0) {
		ssize_t n = pread(s->fd, data, left, from);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO; /* somebody cut it short */
		if (n <= 0)
			return tryst_error_errno(err, "%s: cannot read a temporary file",
			                         s->directory);
		data += n;
		left -= (size_t)n;
		from += n;
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/meet_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pages.h"
#include "base/scratch.h"

#define CHUNK_LEVEL_MAX 40
#define CHUNK_BYTES (TRYST_MEET_CHUNK * sizeof(struct tryst_meet_unit))
#define SLAB_CHUNKS 512
#define SLAB_SHARE 16 /* a slab is no more of the memory than one part in so many */

int
tryst_meet_log_init(struct tryst_meet_log *log, size_t memory, const char *directory,
                    struct tryst_error *err)
{
	size_t held_max = memory / CHUNK_BYTES;

	*log = (struct tryst_meet_log){
		.held_max = held_max,
		.slab_chunks = TRYST_MAX(1, TRYST_MIN(SLAB_CHUNKS, held_max / SLAB_SHARE)),
		.directory = directory && *directory ? directory : TRYST_SCRATCH_DIRECTORY,
		.fd = -1,
	};
	errno = pthread_mutex_init(&log->lock, NULL);
	log->ready = errno == 0;
	return errno ? tryst_error_errno(err, "cannot make a lock") : 0;
}

void
tryst_meet_log_fini(struct tryst_meet_log *log)
{
	if (!log->ready)
		return;
	for (unsigned p = 0; p < TRYST_MEET_PARTS; p++)
		free(log->parts[p].pieces);
	for (size_t i = 0; i < log->slab_count; i++)
		free(log->slabs[i]);
	free(log->slabs);
	if (log->fd >= 0)
		(void)close(log->fd);
	(void)pthread_mutex_destroy(&log->lock);
	log->ready = false;
}

static int
units_read(const struct tryst_meet_log *log, struct tryst_meet_unit *out, uint64_t at, size_t count,
           struct tryst_error *err)
{
	return tryst_scratch_read(log->fd, log->directory, out, count * sizeof(*out),
	                          at * sizeof(*out), err);
}

/* A piece at the end of a part; the caller holds the lock. */
static int
piece_add(struct tryst_meet_part *part, struct tryst_meet_piece piece, struct tryst_error *err)
{
	size_t cap = TRYST_MAX(2 * part->cap, (size_t)16);
	struct tryst_meet_piece *grown;

	if (part->count == part->cap) {
		grown = reallocarray(part->pieces, cap, sizeof(*grown));
		if (!grown)
			return tryst_error_nomem(err);
		part->pieces = grown;
		part->cap = cap;
	}
	part->pieces[part->count++] = piece;
	part->units += piece.count;
	return 0;
}

/*
 * Makes room in the list of slabs, and a slab: of pages as they come, for it is written from end to
 * end, and read so.
 */
static int
slab_add(struct tryst_meet_log *log, struct tryst_meet_unit **out, struct tryst_error *err)
{
	size_t cap = TRYST_MAX(2 * log->slab_cap, (size_t)16);
	struct tryst_meet_unit **grown;

	if (log->slab_count == log->slab_cap) {
		grown = reallocarray(log->slabs, cap, sizeof(struct tryst_meet_unit *));
		if (!grown)
			return tryst_error_nomem(err);
		log->slabs = grown;
		log->slab_cap = cap;
	}
	*out = malloc(log->slab_chunks * CHUNK_BYTES);
	if (!*out)
		return tryst_error_nomem(err);
	log->slabs[log->slab_count++] = *out;
	return 0;
}

int
tryst_meet_log_open(struct tryst_meet_log *log, struct tryst_meet_writer *w, unsigned part,
                    struct tryst_error *err)
{
	int rc = 0;

	if (!w->slab_chunks) {
		(void)pthread_mutex_lock(&log->lock);
		rc = slab_add(log, &w->slab, err);
		(void)pthread_mutex_unlock(&log->lock);
		if (rc < 0)
			return rc;
		w->slab_chunks = log->slab_chunks;
	}
	w->open[part] = w->slab;
	w->count[part] = 0;
	w->slab += TRYST_MEET_CHUNK;
	w->slab_chunks--;
	return 0;
}

int
tryst_meet_log_hand(struct tryst_meet_log *log, struct tryst_meet_writer *w, unsigned part,
                    struct tryst_error *err)
{
	struct tryst_meet_unit *chunk = w->open[part];
	struct tryst_meet_piece piece = { .count = w->count[part] };
	bool keep;
	int rc = 0;

	(void)pthread_mutex_lock(&log->lock);
	keep = log->held < log->held_max;
	if (!keep && log->fd < 0) {
		log->fd = tryst_scratch_open(log->directory, err);
		rc = TRYST_MIN(log->fd, 0);
	}
	if (rc >= 0) {
		piece.chunk = keep ? chunk : NULL;
		piece.at = log->written;
		rc = piece_add(&log->parts[part], piece, err);
	}
	if (rc >= 0) {
		log->held += keep;
		log->written += keep ? 0 : piece.count;
		w->open[part] = keep ? NULL : chunk;
	}
	(void)pthread_mutex_unlock(&log->lock);
	if (rc < 0 || keep)
		return rc;
	w->count[part] = 0;
	return tryst_scratch_write(log->fd, log->directory, chunk, piece.count * sizeof(*chunk),
	                           piece.at * sizeof(*chunk), err);
}

int
tryst_meet_log_flush(struct tryst_meet_log *log, struct tryst_meet_writer *w,
                     struct tryst_error *err)
{
	int rc = 0;

	for (unsigned p = 0; p < TRYST_MEET_PARTS; p++) {
		if (w->open[p] && w->count[p] && rc >= 0)
			rc = tryst_meet_log_hand(log, w, p, err);
	}
	*w = (struct tryst_meet_writer){ 0 };
	return rc;
}

/* Drops who is above the ceiling of the level; units [0, kept) have been through it. */
static void
units_thin(struct tryst_meet_units *u)
{
	uint64_t ceiling = UINT64_MAX >> u->level;
	size_t kept = 0;

	for (size_t i = 0, n; i < u->count; i += n) {
		n = tryst_meet_units(&u->list[i]);
		if (tryst_meet_client_hash(&u->list[i]) > ceiling)
			continue;
		memmove(&u->list[kept], &u->list[i], n * sizeof(*u->list));
		kept += n;
	}
	u->count = kept;
}

/* Room for so many; what is there is lost. */
static int
units_grow(struct tryst_meet_units *u, size_t cap, struct tryst_error *err)
{
	if (cap <= u->cap)
		return 0;
	free(u->list);
	u->cap = 0;
	u->list = tryst_pages_alloc(cap * sizeof(*u->list));
	if (!u->list)
		return tryst_error_nomem(err);
	u->cap = cap;
	return 0;
}

int
tryst_meet_log_load(const struct tryst_meet_log *log, unsigned part, size_t max,
                    struct tryst_meet_units *out, struct tryst_error *err)
{
	const struct tryst_meet_part *p = &log->parts[part];
	int rc;

	max = TRYST_MAX(max, (size_t)TRYST_MEET_CHUNK);
	out->count = 0;
	out->level = 0;
	rc = units_grow(out, TRYST_MIN(p->units, max) + TRYST_MEET_CHUNK, err);
	for (size_t i = 0; rc >= 0 && i < p->count; i++) {
		const struct tryst_meet_piece *piece = &p->pieces[i];
		struct tryst_meet_units fresh = { out->list + out->count, piece->count, 0,
			                          out->level };

		if (piece->chunk)
			memcpy(fresh.list, piece->chunk, piece->count * sizeof(*fresh.list));
		else
			rc = units_read(log, fresh.list, piece->at, piece->count, err);
		if (rc >= 0 && out->level)
			units_thin(&fresh);
		out->count += fresh.count;
		while (out->count > max && out->level < CHUNK_LEVEL_MAX) {
			out->level++;
			units_thin(out);
		}
		/* One client with more than fits: nobody is kept. */
		if (out->count > max) {
			out->count = 0;
			return rc;
		}
	}
	return rc;
}

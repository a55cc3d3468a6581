/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/meet_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/scratch.h"

#define CHUNK_UNITS 256
#define CHUNK_LEVEL_MAX 40

struct tryst_meet_chunk {
	uint32_t count;
	struct tryst_meet_unit units[CHUNK_UNITS];
};

int
tryst_meet_log_init(struct tryst_meet_log *log, size_t memory, const char *directory,
                    struct tryst_error *err)
{
	*log = (struct tryst_meet_log){
		.held_max = memory / sizeof(struct tryst_meet_chunk),
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
	for (unsigned p = 0; p < TRYST_MEET_PARTS; p++) {
		for (size_t i = 0; i < log->parts[p].count; i++)
			free(log->parts[p].pieces[i].chunk);
		free(log->parts[p].pieces);
	}
	if (log->fd >= 0)
		(void)close(log->fd);
	(void)pthread_mutex_destroy(&log->lock);
	log->ready = false;
}

static int
units_write(const struct tryst_meet_log *log, const struct tryst_meet_chunk *c, uint64_t at,
            struct tryst_error *err)
{
	return tryst_scratch_write(log->fd, log->directory, c->units, c->count * sizeof(*c->units),
	                           at * sizeof(*c->units), err);
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

/* Takes a chunk over: to the list, or to the file and empty again. */
static int
chunk_hand(struct tryst_meet_log *log, unsigned part, struct tryst_meet_chunk **chunk,
           struct tryst_error *err)
{
	struct tryst_meet_chunk *c = *chunk;
	struct tryst_meet_piece piece = { .count = c->count };
	bool keep;
	int rc = 0;

	(void)pthread_mutex_lock(&log->lock);
	keep = log->held < log->held_max;
	if (!keep && log->fd < 0) {
		log->fd = tryst_scratch_open(log->directory, err);
		rc = TRYST_MIN(log->fd, 0);
	}
	if (rc >= 0) {
		piece.chunk = keep ? c : NULL;
		piece.at = log->written;
		rc = piece_add(&log->parts[part], piece, err);
	}
	if (rc >= 0) {
		log->held += keep;
		log->written += keep ? 0 : c->count;
		*chunk = keep ? NULL : c;
	}
	(void)pthread_mutex_unlock(&log->lock);
	if (rc < 0 || keep)
		return rc;
	rc = units_write(log, c, piece.at, err);
	c->count = 0;
	return rc;
}

int
tryst_meet_log_add(struct tryst_meet_log *log, struct tryst_meet_writer *w,
                   const struct tryst_meet_flow *f, struct tryst_error *err)
{
	unsigned part = (unsigned)(tryst_ip_hash(f->server) >> 56);
	struct tryst_meet_chunk **open = &w->open[part];

	if (!*open) {
		*open = malloc(sizeof(**open));
		if (!*open)
			return tryst_error_nomem(err);
		(*open)->count = 0;
	}
	(*open)->count += tryst_meet_pack(f, (*open)->units + (*open)->count);
	if ((*open)->count + 2 <= CHUNK_UNITS)
		return 0;
	return chunk_hand(log, part, open, err);
}

int
tryst_meet_log_flush(struct tryst_meet_log *log, struct tryst_meet_writer *w,
                     struct tryst_error *err)
{
	int rc = 0;

	for (unsigned p = 0; p < TRYST_MEET_PARTS; p++) {
		if (w->open[p] && w->open[p]->count && rc >= 0)
			rc = chunk_hand(log, p, &w->open[p], err);
		free(TRYST_TAKE(w->open[p]));
	}
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

static int
units_grow(struct tryst_meet_units *u, size_t cap, struct tryst_error *err)
{
	struct tryst_meet_unit *list;

	if (cap <= u->cap)
		return 0;
	list = reallocarray(u->list, cap, sizeof(*list));
	if (!list)
		return tryst_error_nomem(err);
	u->list = list;
	u->cap = cap;
	return 0;
}

int
tryst_meet_log_load(const struct tryst_meet_log *log, unsigned part, size_t max,
                    struct tryst_meet_units *out, struct tryst_error *err)
{
	const struct tryst_meet_part *p = &log->parts[part];
	int rc;

	max = TRYST_MAX(max, (size_t)CHUNK_UNITS);
	out->count = 0;
	out->level = 0;
	rc = units_grow(out, TRYST_MIN(p->units, max) + CHUNK_UNITS, err);
	for (size_t i = 0; rc >= 0 && i < p->count; i++) {
		const struct tryst_meet_piece *piece = &p->pieces[i];
		struct tryst_meet_units fresh = { out->list + out->count, piece->count, 0,
			                          out->level };

		if (piece->chunk)
			memcpy(fresh.list, piece->chunk->units, piece->count * sizeof(*fresh.list));
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

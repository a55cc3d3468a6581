/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flows of a search without a list, parted by a hash of the server's address: all of one server
 * are in one part, and what is found out of a part needs no other.  So the parts are shards: they
 * may be filled by any thread in any order and looked at one by one, for the same answer.
 *
 * What memory does not hold goes to a temporary file without a name.  A part that is too large to
 * be looked at at once is cut down to the clients whose hash is below a ceiling, the highest one of
 * those that halve at which it fits: that depends on the flows alone (Gibbons, VLDB 2001).
 */
#ifndef TRYST_HUNT_MEET_LOG_H
#define TRYST_HUNT_MEET_LOG_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/error.h"
#include "hunt/meet_flow.h"

#define TRYST_MEET_PARTS 256
#define TRYST_MEET_CHUNK 256 /* units that are handed over at once */
#define TRYST_MEET_AHEAD 4   /* units: what is fetched before it is written */

/* A piece of a part: in memory, or in the file. */
struct tryst_meet_piece {
	const struct tryst_meet_unit *chunk; /* NULL: in the file */
	uint64_t at;                         /* which unit of the file is its first */
	uint32_t count;
};

struct tryst_meet_part {
	struct tryst_meet_piece *pieces;
	size_t count, cap;
	uint64_t units;
};

struct tryst_meet_log {
	struct tryst_meet_part parts[TRYST_MEET_PARTS];
	pthread_mutex_t lock; /* parts, file, slabs */
	size_t held_max;      /* chunks in memory */
	size_t held;
	/* Memory of chunks, so many at a time; it is given back together. */
	struct tryst_meet_unit **slabs;
	size_t slab_count, slab_cap, slab_chunks;
	const char *directory;
	int fd; /* -1: nothing was written */
	uint64_t written;
	bool ready;
};

/* What a thread fills; all zero is empty. */
struct tryst_meet_writer {
	struct tryst_meet_unit *open[TRYST_MEET_PARTS]; /* chunks */
	uint32_t count[TRYST_MEET_PARTS];               /* units in them */
	struct tryst_meet_unit *slab;                   /* what is left of the last one */
	size_t slab_chunks;
};

/* A part, loaded. */
struct tryst_meet_units {
	struct tryst_meet_unit *list;
	size_t count, cap;
	unsigned level; /* one client in 2^level is there */
};

/* memory: bytes that may be held while flows are added; directory: NULL or "" is /tmp. */
int tryst_meet_log_init(struct tryst_meet_log *log, size_t memory, const char *directory,
                        struct tryst_error *err);
void tryst_meet_log_fini(struct tryst_meet_log *log);

/* An empty chunk for a part that has none open.  Any thread, with a writer of its own. */
int tryst_meet_log_open(struct tryst_meet_log *log, struct tryst_meet_writer *w, unsigned part,
                        struct tryst_error *err);
/* Takes over what is open of a part.  Any thread, with a writer of its own. */
int tryst_meet_log_hand(struct tryst_meet_log *log, struct tryst_meet_writer *w, unsigned part,
                        struct tryst_error *err);

/*
 * Any thread, with a writer of its own.  Inline, so that the flow is packed out of registers: read
 * back from memory it would wait for all stores before it, which go to 256 places.
 */
static inline __attribute__((always_inline)) int
tryst_meet_log_add(struct tryst_meet_log *log, struct tryst_meet_writer *w,
                   const struct tryst_meet_flow *f, struct tryst_error *err)
{
	unsigned part = (unsigned)(tryst_ip_hash(f->server) >> 56);
	struct tryst_meet_unit *at;
	int rc = w->open[part] ? 0 : tryst_meet_log_open(log, w, part, err);

	if (rc < 0)
		return rc;
	at = w->open[part] + w->count[part];
	__builtin_prefetch(at + TRYST_MEET_AHEAD, 1);
	w->count[part] += tryst_meet_pack(f, at);
	if (w->count[part] + 2 <= TRYST_MEET_CHUNK)
		return 0;
	return tryst_meet_log_hand(log, w, part, err);
}

/* Hands over what the writer has; it is empty afterwards. */
int tryst_meet_log_flush(struct tryst_meet_log *log, struct tryst_meet_writer *w,
                         struct tryst_error *err);

/* Loads a part, of at most max units.  Any thread; out's memory is used again. */
int tryst_meet_log_load(const struct tryst_meet_log *log, unsigned part, size_t max,
                        struct tryst_meet_units *out, struct tryst_error *err);

#endif

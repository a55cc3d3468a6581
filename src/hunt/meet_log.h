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

struct tryst_meet_chunk;

/* A piece of a part: in memory, or in the file. */
struct tryst_meet_piece {
	struct tryst_meet_chunk *chunk; /* NULL: in the file */
	uint64_t at;                    /* which unit of the file is its first */
	uint32_t count;
};

struct tryst_meet_part {
	struct tryst_meet_piece *pieces;
	size_t count, cap;
	uint64_t units;
};

struct tryst_meet_log {
	struct tryst_meet_part parts[TRYST_MEET_PARTS];
	pthread_mutex_t lock; /* parts, file */
	size_t held_max;      /* chunks in memory */
	size_t held;
	const char *directory;
	int fd; /* -1: nothing was written */
	uint64_t written;
	bool ready;
};

/* What a thread fills. */
struct tryst_meet_writer {
	struct tryst_meet_chunk *open[TRYST_MEET_PARTS];
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

/* Any thread, with a writer of its own. */
int tryst_meet_log_add(struct tryst_meet_log *log, struct tryst_meet_writer *w,
                       const struct tryst_meet_flow *f, struct tryst_error *err);

/* Hands over what the writer has; it is empty afterwards. */
int tryst_meet_log_flush(struct tryst_meet_log *log, struct tryst_meet_writer *w,
                         struct tryst_error *err);

/* Loads a part, of at most max units.  Any thread; out's memory is used again. */
int tryst_meet_log_load(const struct tryst_meet_log *log, unsigned part, size_t max,
                        struct tryst_meet_units *out, struct tryst_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the threads of a pipeline share, under one mutex: the next unclaimed input, and the open
 * inputs that still have parts to claim, in the order of their ids.
 */
#ifndef TRYST_FLOW_SCHEDULE_H
#define TRYST_FLOW_SCHEDULE_H

#include "flow/pipeline.h"

/* An open input with parts that are not all read. */
struct tryst_open_input {
	struct tryst_open_input *next;
	struct tryst_input *input;
	struct tryst_source *source;
	size_t claimed;
	size_t finished;
	struct tryst_health health; /* of the finished parts */
	struct tryst_error error;   /* of the first part (by number) that failed */
	size_t error_part;
};

struct tryst_schedule {
	struct tryst_pipeline *p;
	struct tryst_request request;
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool in_order;     /* parts are claimed in the order of inputs, else near ones first */
	size_t next_input; /* the first one that nobody opens yet */
	size_t opening;    /* inputs being opened now */
	struct tryst_open_input *open; /* in the order of their ids */
	atomic_bool *stop;             /* nobody claims anything more */
	atomic_bool own_stop;
	struct tryst_error error; /* why, unless the caller asked */
};

static inline bool
tryst_schedule_stopping(struct tryst_schedule *s)
{
	return atomic_load_explicit(s->stop, memory_order_relaxed);
}

/* The run fails with err; the first failure is the one that is told. */
void tryst_schedule_fail(struct tryst_schedule *s, const struct tryst_error *err);

/* Something to do: a part of an open input, or the next input to open. */
struct tryst_claim {
	struct tryst_open_input *open;
	size_t part;
	struct tryst_input *input;
};

/*
 * Waits for and claims the next thing to do; false when all is done.  near: the input that the
 * thread opened or read last, UINT32_MAX: none.  Where no order is wanted, threads keep to their
 * inputs while these have parts to read, and then open the next: what they keep of an input they
 * keep once.
 */
bool tryst_schedule_claim(struct tryst_schedule *s, uint32_t near, struct tryst_claim *c);

/*
 * A claimed input was opened: true, and the schedule has taken it over, when it has parts to read.
 * NULL: it could not be.
 */
bool tryst_schedule_opened(struct tryst_schedule *s, struct tryst_open_input *o);

/*
 * Books a finished part and what went wrong with it (code 0: nothing); the thread that finishes the
 * last one gets the input, which is off the list then, to close it.
 */
struct tryst_open_input *tryst_schedule_done(struct tryst_schedule *s, struct tryst_open_input *o,
                                             size_t part, const struct tryst_health *health,
                                             const struct tryst_error *error);

/* Tells the input what was read of it, and frees it with its source. */
void tryst_open_input_close(struct tryst_open_input *o);

/* Closes what is still open after a stop; no thread runs any more. */
void tryst_schedule_close(struct tryst_schedule *s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of plans share. */
#ifndef TRYST_RESPOND_PLAN_IMPL_H
#define TRYST_RESPOND_PLAN_IMPL_H

#include "base/arena.h"
#include "respond/plan.h"

struct tryst_block_plan_own {
	struct tryst_block_plan plan; /* first: the caller's */
	struct tryst_arena arena;
	size_t entry_room, left_room, guard_room;
	struct tryst_guard *guards;
	size_t guard_count;
	int64_t at_ms;  /* when entries of lists must be valid */
	bool own_known; /* a network of the user's own was named */
	bool sealed;
};

static inline struct tryst_block_plan_own *
tryst_block_plan_own(struct tryst_block_plan *p)
{
	return (struct tryst_block_plan_own *)p;
}

/* Text in the plan's memory, or NULL with *err. */
const char *tryst_block_plan_text(struct tryst_block_plan *p, struct tryst_error *err,
                                  const char *fmt, ...) TRYST_PRINTF(3, 4);

/* One more entry, or address that is left alone; texts other than the label are the plan's. */
int tryst_block_plan_entry(struct tryst_block_plan *p, struct tryst_prefix prefix,
                           const char *label, const char *source, struct tryst_error *err);
int tryst_block_plan_left(struct tryst_block_plan *p, struct tryst_block_left what,
                          struct tryst_error *err);

/* The first of the sorted addresses that are left alone that is not below ip. */
size_t tryst_block_plan_left_from(const struct tryst_block_plan *p, struct tryst_ip ip);

/* Whether the plan became too large. */
int tryst_block_plan_limit(struct tryst_block_plan *p, const struct tryst_block_options *options,
                           struct tryst_error *err);

/* Asks every other safety rule of the sorted entries. */
int tryst_block_plan_rules(struct tryst_block_plan *p, const struct tryst_block_options *options,
                           struct tryst_error *err);

#endif

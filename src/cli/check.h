/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of `tryst block --check` (hunt/check.h) for people and for programs. */
#ifndef TRYST_CLI_CHECK_H
#define TRYST_CLI_CHECK_H

#include "base/buf.h"
#include "cli/settings.h"
#include "hunt/check.h"

/* docs/block.md describes both. */
void tryst_check_text(const struct tryst_check *c, const struct tryst_watchlist *w, unsigned width,
                      struct tryst_buf *out);
void tryst_check_json(const struct tryst_check *c, const struct tryst_watchlist *w,
                      struct tryst_buf *out);

/* `tryst block --check`: returns the exit code. */
int tryst_block_check(struct tryst_settings *s);

/* Cases that say who was blocked. */
struct tryst_block_plan;
struct tryst_check_cases {
	struct tryst_settings rest;    /* without them among words and lists */
	struct tryst_words cases;      /* their paths */
	struct tryst_block_plan *plan; /* what is blocked of them, and left out; NULL: no case */
	struct tryst_prefix *home;     /* of the cases */
	size_t home_count;
	bool partial; /* one of them was interrupted */
};

/* Takes cases out of the words and the lists; tryst_check_cases_fini is due in any case. */
int tryst_check_cases_init(struct tryst_check_cases *k, const struct tryst_settings *s,
                           struct tryst_error *err);
void tryst_check_cases_fini(struct tryst_check_cases *k);

/* Reads the cases, if any: *lists, which may be NULL, gives way to one that has them, too. */
int tryst_check_cases_add(struct tryst_check_cases *k, struct tryst_watchlist **lists,
                          struct tryst_error *err);

#endif

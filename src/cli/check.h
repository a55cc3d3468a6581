/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of `tryst block --check` (hunt/check.h) for people and for programs. */
#ifndef TRYST_CLI_CHECK_H
#define TRYST_CLI_CHECK_H

#include "base/buf.h"
#include "hunt/check.h"

/* docs/block.md describes both. */
void tryst_check_text(const struct tryst_check *c, const struct tryst_watchlist *w, unsigned width,
                      struct tryst_buf *out);
void tryst_check_json(const struct tryst_check *c, const struct tryst_watchlist *w,
                      struct tryst_buf *out);

/* `tryst block --check`: returns the exit code. */
struct tryst_settings;
int tryst_block_check(struct tryst_settings *s);

#endif

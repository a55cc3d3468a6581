/* SPDX-License-Identifier: Apache-2.0 */
/* The networks of --home. */
#ifndef TRYST_CLI_HOME_H
#define TRYST_CLI_HOME_H

#include "base/ip.h"
#include "cli/opt.h"

/*
 * One prefix a word, in their order; the caller frees *out in any case.  TRYST_ERR_USAGE for what
 * is no network.
 */
int tryst_home_read(struct tryst_prefix **out, const struct tryst_words *words,
                    struct tryst_error *err);

#endif

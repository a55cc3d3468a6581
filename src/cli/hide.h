/* SPDX-License-Identifier: Apache-2.0 */
/* --anonymize: a case without the addresses of the home network. */
#ifndef TRYST_CLI_HIDE_H
#define TRYST_CLI_HIDE_H

#include "cli/settings.h"
#include "report/load.h"

/*
 * *out: the case as it may be told, where that was asked for, else NULL.  By the key of
 * --anonymize-key, which must be readable; without one by a new key, which is told and not kept.
 * The caller frees *out.
 */
int tryst_hide_case(const struct tryst_settings *s, const struct tryst_case *c,
                    struct tryst_case_file **out, struct tryst_error *err);

/* Whether the key can be had: to be asked before the work is done. */
int tryst_hide_check(const struct tryst_settings *s, struct tryst_error *err);

extern const struct tryst_option_group tryst_opts_hide; /* --anonymize --anonymize-key */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The interfaces of --null-if. */
#ifndef TRYST_CLI_NULL_IF_H
#define TRYST_CLI_NULL_IF_H

#include "cli/opt.h"

struct tryst_null_ifs {
	uint32_t *list; /* the caller frees it */
	size_t count;
};

/* Numbers with commas between them, in each word; TRYST_ERR_USAGE for anything else. */
int tryst_null_ifs_read(struct tryst_null_ifs *out, const struct tryst_words *words,
                        struct tryst_error *err);

#endif

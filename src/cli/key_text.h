/* SPDX-License-Identifier: Apache-2.0 */
/* The key of a group as text: what top and series print. */
#ifndef TRYST_CLI_KEY_TEXT_H
#define TRYST_CLI_KEY_TEXT_H

#include "base/json.h"
#include "cli/put.h"
#include "query/top.h"

#define TRYST_KEY_NAME_MAX 64

/* The name of part i of the key, as the title has it but without a prefix length; returns out. */
const char *tryst_key_name(const struct tryst_top_spec *spec, unsigned i,
                           char out[TRYST_KEY_NAME_MAX]);

static inline bool
tryst_key_known(const struct tryst_top_row *row, unsigned i)
{
	return row->known >> i & 1;
}

/* Part i of a row's key, which must be known, with its NUL. */
void tryst_key_text(const struct tryst_top_spec *spec, const struct tryst_top_row *row, unsigned i,
                    char out[PUT_MAX]);

/* The same in people's words: names of protocols unless `plain`, letters of flags, - for unknown.
 */
void tryst_key_words(const struct tryst_top_spec *spec, const struct tryst_top_row *row, unsigned i,
                     bool plain, char out[PUT_MAX]);

/* The known parts as members of the open object. */
void tryst_key_json(struct tryst_json *j, const struct tryst_top_spec *spec,
                    const struct tryst_top_row *row);

#endif

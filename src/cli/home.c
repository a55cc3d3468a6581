/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/home.h"

#include <stdlib.h>
#include <string.h>

int
tryst_home_read(struct tryst_prefix **out, const struct tryst_words *words, struct tryst_error *err)
{
	*out = calloc(words->count + 1, sizeof(**out));
	if (!*out)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < words->count; i++) {
		const char *text = words->list[i];

		if (!tryst_prefix_parse(text, strlen(text), &(*out)[i], NULL))
			return tryst_error_set(err, TRYST_ERR_USAGE,
			                       "--home: '%s' is no network: expected an address "
			                       "or a prefix such as 192.0.2.0/24",
			                       text);
	}
	return 0;
}

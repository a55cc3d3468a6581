/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/null_if.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* One number, up to the comma or the end, which *text is set behind. */
static bool
number_read(const char **text, uint32_t *out)
{
	unsigned long long v;
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	v = strtoull(*text, &end, 10);
	if (v > UINT32_MAX || (*end && (*end != ',' || !end[1])))
		return false;
	*out = (uint32_t)v;
	*text = end + (*end == ',');
	return true;
}

int
tryst_null_ifs_read(struct tryst_null_ifs *out, const struct tryst_words *words,
                    struct tryst_error *err)
{
	size_t max = 0;

	for (size_t i = 0; i < words->count; i++)
		max += strlen(words->list[i]);
	out->list = calloc(max + 1, sizeof(*out->list));
	if (!out->list)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < words->count; i++) {
		const char *text = words->list[i];

		do {
			if (!number_read(&text, &out->list[out->count++]))
				return tryst_error_set(err, TRYST_ERR_USAGE,
				                       "--null-if: '%s': expected interface "
				                       "numbers such as 0,512",
				                       words->list[i]);
		} while (*text);
	}
	return 0;
}

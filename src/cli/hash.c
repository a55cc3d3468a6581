/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "cli/run.h"

static bool
is_file(const struct tryst_input *in)
{
	struct stat st;

	return !in->error.code && strcmp(in->path, "-") != 0 && stat(in->path, &st) == 0 &&
	       S_ISREG(st.st_mode);
}

void
tryst_run_hash(struct tryst_run *r)
{
	const struct tryst_settings *s = r->s;
	struct tryst_error ignored;
	uint64_t bytes = 0;

	if (!s->save && !s->report && !s->output)
		return; /* the text does not say it */
	for (size_t i = 0; i < r->inputs.count; i++)
		bytes += r->inputs.list[i]->size;
	if (bytes > TRYST_RUN_HASH_MAX && !s->hash)
		return;
	for (size_t i = 0; i < r->inputs.count; i++) {
		struct tryst_input *in = r->inputs.list[i];

		if (is_file(in))
			(void)tryst_sha256_file(in->path, in->sha256, &ignored);
	}
}

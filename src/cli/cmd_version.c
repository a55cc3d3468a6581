/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/say.h"

static int
run(struct tryst_settings *s)
{
	/* The build requires all of these libraries (src/read/meson.build). */
	static const char text[] =
		"tryst " TRYST_VERSION "\n"
		"compression: zlib, zstd, lz4, xz, bzip2, lzo, snappy\n"
		"licence: Apache-2.0; a build with LZO is distributed under the terms of GPL-3\n";
	struct tryst_error err;

	if (s->words.count) {
		tryst_say("version: takes no words, not '%s'", s->words.list[0]);
		return TRYST_EXIT_USAGE;
	}
	if (tryst_out(text, sizeof(text) - 1, &err) < 0) {
		tryst_say("%s", err.text);
		return TRYST_EXIT_NOTHING;
	}
	return TRYST_EXIT_OK;
}

static const struct tryst_option_group *const options[] = { &tryst_opts_help, NULL };

const struct tryst_command tryst_cmd_version = {
	.name = "version",
	.group = "About tryst",
	.help = "version, libraries and licence",
	.usage = "  tryst version\n",
	.examples = "  tryst version\n",
	.options = options,
	.run = run,
};

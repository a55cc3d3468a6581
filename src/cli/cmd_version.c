/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/library.h"
#include "cli/cli.h"
#include "cli/say.h"

/* A line of the libraries that can be loaded, or of those that cannot; none without any. */
static void
libraries_add(struct tryst_buf *text, bool missing)
{
	size_t count = 0;

	for (size_t i = 0; tryst_library_name(i); i++) {
		if ((tryst_library_try(i, NULL) < 0) != missing)
			continue;
		tryst_buf_printf(text, "%s%s",
		                 count++   ? ", "
		                 : missing ? "compression that is not installed: "
		                           : "compression: ",
		                 tryst_library_name(i));
	}
	if (count)
		tryst_buf_add(text, "\n", 1);
}

static int
run(struct tryst_settings *s)
{
	static const char head[] = "tryst " TRYST_VERSION "\n";
	static const char licence[] =
		"licence: Apache-2.0; a build with LZO is distributed under the terms of GPL-3\n";
	struct tryst_buf text = { 0 };
	struct tryst_error err;
	int rc;

	if (s->words.count) {
		tryst_say("version: takes no words, not '%s'", s->words.list[0]);
		return TRYST_EXIT_USAGE;
	}
	tryst_buf_add(&text, head, sizeof(head) - 1);
	libraries_add(&text, false);
	libraries_add(&text, true);
	tryst_buf_add(&text, licence, sizeof(licence) - 1);
	rc = text.failed ? tryst_error_nomem(&err) : tryst_out(text.data, text.len, &err);
	tryst_buf_fini(&text);
	if (rc < 0) {
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

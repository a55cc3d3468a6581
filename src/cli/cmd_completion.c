/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what a shell needs to complete command lines of tryst. */
#include <string.h>

#include "base/suggest.h"
#include "cli/complete.h"
#include "cli/say.h"

static int
run(struct tryst_settings *s)
{
	const char *name = s->words.count ? s->words.list[0] : "";
	struct tryst_buf out = { 0 };
	struct tryst_suggest near;
	struct tryst_error err;
	int rc;

	tryst_suggest_init(&near, name, strlen(name));
	for (size_t i = 0; tryst_shells[i]; i++) {
		tryst_suggest_try(&near, tryst_shells[i]->name);
		if (s->words.count != 1 || strcmp(tryst_shells[i]->name, name) != 0)
			continue;
		tryst_shells[i]->write(&out);
		rc = tryst_out_buf(&out, &err);
		tryst_buf_fini(&out);
		if (rc < 0)
			tryst_say("%s", err.text);
		return rc < 0 ? TRYST_EXIT_NOTHING : TRYST_EXIT_OK;
	}
	if (s->words.count == 1) {
		(void)tryst_suggest_error(&near, "shell", &err);
		tryst_say("completion: %s", err.text);
	} else {
		tryst_say("completion: expected one shell: bash, zsh or fish");
	}
	return TRYST_EXIT_USAGE;
}

/* clang-format off */
static const char *const about[] = {
	"make install puts all three where the shells look for them; without it:\n"
	"bash  . <(tryst completion bash)   in ~/.bashrc\n"
	"zsh   a file named _tryst in a directory of $fpath, before compinit\n"
	"fish  ~/.config/fish/completions/tryst.fish\n",
	NULL,
};
/* clang-format on */

static const struct tryst_option_group *const options[] = { &tryst_opts_help, NULL };

const struct tryst_command tryst_cmd_completion = {
	.name = "completion",
	.group = "About tryst",
	.help = "print what bash, zsh or fish need to complete its command lines",
	.usage = "  tryst completion SHELL\n",
	.examples = "  tryst completion bash >~/.local/share/bash-completion/completions/tryst\n"
		    "  tryst completion zsh >~/.zfunc/_tryst\n",
	.about = about,
	.options = options,
	.run = run,
};

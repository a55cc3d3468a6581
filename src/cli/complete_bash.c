/* SPDX-License-Identifier: Apache-2.0 */
/* Completion for bash 4 and later: one function, a case for each option that has something to
 * offer. */
#include <string.h>

#include "cli/complete.h"

static const char head[] = "# bash completion for tryst, written by `tryst completion bash`\n"
			   "_tryst()\n"
			   "{\n"
			   "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev= command=${COMP_WORDS[1]} "
			   "options= words= files=\n"
			   "\n"
			   "\tCOMPREPLY=()\n"
			   "\t[ \"$COMP_CWORD\" -lt 2 ] || prev=${COMP_WORDS[COMP_CWORD-1]}\n"
			   "\t# bash takes --name=value apart at the =.\n"
			   "\tif [ \"$cur\" = = ]; then\n"
			   "\t\tcur=\n"
			   "\telif [ \"$prev\" = = ] && [ \"$COMP_CWORD\" -gt 2 ]; then\n"
			   "\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n"
			   "\tfi\n";

static const char tail[] = "\tif [[ $cur == -* ]]; then\n"
			   "\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
			   "\t\treturn\n"
			   "\tfi\n"
			   "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\"\n"
			   "\t\t[ -z \"$files\" ] || compgen -f -- \"$cur\")\n"
			   "\t[ -z \"$files\" ] || compopt -o filenames 2>/dev/null\n"
			   "}\n"
			   "complete -F _tryst tryst\n";

/* `hunt:-w|hunt:--watchlist)` */
static void
pattern(struct tryst_buf *out, const struct tryst_command *c, const struct tryst_option *o)
{
	tryst_buf_str(out, "\t");
	if (o->letter)
		tryst_buf_printf(out, "%s:-%c", c->name, o->letter);
	if (o->letter && o->name)
		tryst_buf_char(out, '|');
	if (o->name)
		tryst_buf_printf(out, "%s:--%s", c->name, o->name);
	tryst_buf_str(out, ")\n");
}

static void
argument(struct tryst_buf *out, const struct tryst_command *c, const struct tryst_option *o)
{
	struct tryst_buf words = { 0 };
	enum tryst_complete_kind kind = tryst_complete_option(c, o, &words);

	if (!o->arg)
		return;
	pattern(out, c, o);
	if (kind == TRYST_COMPLETE_WORDS)
		tryst_buf_printf(out,
		                 "\t\tmapfile -t COMPREPLY < <(compgen -W \"%s\" -- \"$cur\")\n",
		                 words.data);
	else if (kind != TRYST_COMPLETE_NOTHING)
		tryst_buf_printf(out,
		                 "\t\tmapfile -t COMPREPLY < <(compgen -%c -- \"$cur\")\n"
		                 "\t\tcompopt -o filenames 2>/dev/null\n",
		                 kind == TRYST_COMPLETE_FILES ? 'f' : 'd');
	tryst_buf_str(out, "\t\treturn\n\t\t;;\n");
	tryst_buf_fini(&words);
}

static void
command(struct tryst_buf *out, const struct tryst_command *c)
{
	struct tryst_buf words = { 0 };
	const char *blank = "";

	tryst_buf_printf(out, "\t%s)\n\t\toptions=\"", c->name);
	for (size_t g = 0; c->options[g]; g++) {
		const struct tryst_option *o = c->options[g]->options;

		for (; !tryst_option_is_end(o); o++) {
			if (o->name)
				tryst_buf_printf(out, "%s--%s", blank, o->name);
			else
				tryst_buf_printf(out, "%s-%c", blank, o->letter);
			blank = " ";
		}
	}
	tryst_complete_words(c, &words);
	tryst_buf_printf(out, "\"\n\t\twords=\"%s\"\n\t\tfiles=%s\n\t\t;;\n",
	                 words.len ? words.data : "", tryst_complete_files(c) ? "1" : "");
	tryst_buf_fini(&words);
}

static void
bash_write(struct tryst_buf *out)
{
	tryst_buf_str(out, head);
	tryst_buf_str(out, "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	                   "\t\tmapfile -t COMPREPLY < <(compgen -W \"");
	for (size_t i = 0; tryst_commands[i]; i++)
		tryst_buf_printf(out, "%s%s", i ? " " : "", tryst_commands[i]->name);
	tryst_buf_str(out, "\" -- \"$cur\")\n\t\treturn\n\tfi\n\tcase \"$command:$prev\" in\n");
	for (size_t i = 0; tryst_commands[i]; i++) {
		const struct tryst_command *c = tryst_commands[i];

		for (size_t g = 0; c->options[g]; g++) {
			const struct tryst_option *o = c->options[g]->options;

			for (; !tryst_option_is_end(o); o++)
				argument(out, c, o);
		}
	}
	tryst_buf_str(out, "\tesac\n\tcase $command in\n");
	for (size_t i = 0; tryst_commands[i]; i++)
		command(out, tryst_commands[i]);
	tryst_buf_str(out, "\tesac\n");
	tryst_buf_str(out, tail);
}

const struct tryst_shell tryst_shell_bash = { "bash", bash_write };

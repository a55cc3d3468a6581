/* SPDX-License-Identifier: Apache-2.0 */
/* Completion for zsh: an _arguments specification for each option. */
#include <string.h>

#include "cli/complete.h"

#define QUOTE "'\\''"

static const char head[] = "#compdef tryst\n"
			   "# zsh completion for tryst, written by `tryst completion zsh`\n"
			   "\n"
			   "_tryst()\n"
			   "{\n"
			   "\tlocal -a commands\n"
			   "\n"
			   "\tcommands=(\n";

/* The help between brackets, where brackets and backslashes would end it. */
static void
bracketed(struct tryst_buf *out, const char *help)
{
	struct tryst_buf plain = { 0 };

	tryst_complete_quoted(&plain, help, QUOTE);
	for (const char *p = plain.data ? plain.data : ""; *p; p++) {
		if (*p == '[' || *p == ']')
			tryst_buf_char(out, '\\');
		tryst_buf_char(out, *p);
	}
	tryst_buf_fini(&plain);
}

static void
action(struct tryst_buf *out, const struct tryst_command *c, const struct tryst_option *o)
{
	struct tryst_buf words = { 0 };
	enum tryst_complete_kind kind = tryst_complete_option(c, o, &words);

	/* What the argument is called is the message above the offer. */
	tryst_buf_char(out, ':');
	for (const char *p = o->arg; *p; p++) {
		if (*p != '\'')
			tryst_buf_printf(out, "%s%c", *p == ':' ? "\\" : "", *p);
	}
	if (kind == TRYST_COMPLETE_WORDS)
		tryst_buf_printf(out, ":(%s)", words.data);
	else if (kind == TRYST_COMPLETE_FILES)
		tryst_buf_str(out, ":_files");
	else if (kind == TRYST_COMPLETE_FOLDERS)
		tryst_buf_str(out, ":_files -/");
	else
		tryst_buf_str(out, ": ");
	tryst_buf_fini(&words);
}

static void
one_form(struct tryst_buf *out, const struct tryst_command *c, const struct tryst_option *o,
         bool letter)
{
	tryst_buf_str(out, "\t\t\t'*");
	if (letter)
		tryst_buf_printf(out, "-%c%s", o->letter, o->arg ? "+" : "");
	else
		tryst_buf_printf(out, "--%s%s", o->name, o->arg ? "=" : "");
	tryst_buf_char(out, '[');
	bracketed(out, o->help);
	tryst_buf_char(out, ']');
	if (o->arg)
		action(out, c, o);
	tryst_buf_str(out, "' \\\n");
}

static void
command(struct tryst_buf *out, const struct tryst_command *c)
{
	struct tryst_buf words = { 0 };

	tryst_buf_printf(out, "\t%s)\n\t\t_arguments -s -S \\\n", c->name);
	for (size_t g = 0; c->options[g]; g++) {
		const struct tryst_option *o = c->options[g]->options;

		for (; !tryst_option_is_end(o); o++) {
			if (o->letter)
				one_form(out, c, o, true);
			if (o->name)
				one_form(out, c, o, false);
		}
	}
	tryst_complete_words(c, &words);
	if (words.len && tryst_complete_files(c))
		tryst_buf_printf(out, "\t\t\t'1:word:(%s)' '*:file:_files'\n", words.data);
	else if (words.len)
		tryst_buf_printf(out, "\t\t\t'*:word:(%s)'\n", words.data);
	else
		tryst_buf_printf(out, "\t\t\t'*:word:%s'\n",
		                 tryst_complete_files(c) ? "_files" : " ");
	tryst_buf_str(out, "\t\t;;\n");
	tryst_buf_fini(&words);
}

static void
zsh_write(struct tryst_buf *out)
{
	tryst_buf_str(out, head);
	for (size_t i = 0; tryst_commands[i]; i++) {
		tryst_buf_printf(out, "\t\t'%s:", tryst_commands[i]->name);
		tryst_complete_quoted(out, tryst_commands[i]->help, QUOTE);
		tryst_buf_str(out, "'\n");
	}
	tryst_buf_str(out, "\t)\n"
	                   "\tif (( CURRENT == 2 )); then\n"
	                   "\t\t_describe command commands\n"
	                   "\t\treturn\n"
	                   "\tfi\n"
	                   "\tshift words\n"
	                   "\t(( CURRENT-- ))\n"
	                   "\tcase $words[1] in\n");
	for (size_t i = 0; tryst_commands[i]; i++)
		command(out, tryst_commands[i]);
	tryst_buf_str(out, "\tesac\n"
	                   "}\n"
	                   "\n"
	                   "if [[ $funcstack[1] == _tryst ]]; then\n"
	                   "\t_tryst \"$@\"\n"
	                   "else\n"
	                   "\tcompdef _tryst tryst\n"
	                   "fi\n");
}

const struct tryst_shell tryst_shell_zsh = { "zsh", zsh_write };

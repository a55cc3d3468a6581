/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manual pages from the same tables as --help.  A line of text must not begin with a full stop or a
 * quote, sentences begin lines, and lines stay short: mandoc -T lint is silent about the pages.
 */
#include "cli/man.h"

#include <ctype.h>
#include <string.h>

#include "cli/complete.h"

#define DATE "November 26, 2026"
#define FILL_COLUMN 72

static const char exit_status[] =
	".Bl -tag -width Ds\n"
	".It 0\n"
	"Done.\n"
	".It 1\n"
	"Something was found, and\n"
	".Fl -exit-code\n"
	"was given.\n"
	".It 2\n"
	"Wrong usage.\n"
	".It 3\n"
	"Done, but part of the input or of a list was unreadable or damaged.\n"
	".It 4\n"
	"Nothing could be read, or the result could not be written.\n"
	".It 5\n"
	"Refused by a safety rule.\n"
	".It 130 , 143\n"
	"Ended early by SIGINT or SIGTERM, with the result so far.\n"
	".El\n";

static const char environment[] = ".Bl -tag -width NO_COLOR\n"
				  ".It Ev NO_COLOR , TRYST_NO_COLOR\n"
				  "No colours, unless\n"
				  ".Fl -color\n"
				  "asks for them.\n"
				  ".It Ev CLICOLOR_FORCE , FORCE_COLOR\n"
				  "Colours also where the output is no terminal.\n"
				  ".It Ev COLUMNS\n"
				  "The width of the output where it is no terminal.\n"
				  ".It Ev TMPDIR\n"
				  "Where temporary files are made, instead of\n"
				  ".Pa /tmp .\n"
				  ".It Ev TZ\n"
				  "The zone that\n"
				  ".Fl -tz Ns = Ns Cm local\n"
				  "stands for.\n"
				  ".El\n";

/* A character of running text. */
static void
put_char(struct tryst_buf *out, char c, bool line_begins)
{
	if (line_begins && (c == '.' || c == '\''))
		tryst_buf_str(out, "\\&");
	if (c == '\\')
		tryst_buf_str(out, "\\e");
	else if (c == '\'')
		tryst_buf_str(out, "\\(aq");
	else if (c == '`')
		tryst_buf_str(out, "\\(ga");
	else if (c == '~')
		tryst_buf_str(out, "\\(ti");
	else if (c == '^')
		tryst_buf_str(out, "\\(ha");
	else
		tryst_buf_char(out, c);
}

/* Whether a word ends a sentence, after which a line must begin. */
static bool
ends_sentence(const char *word, size_t len)
{
	while (len && strchr(")\"'", word[len - 1]))
		len--;
	return len && strchr(".!?", word[len - 1]);
}

/* Running text, filled anew; its own line breaks do not count. */
static void
put_text(struct tryst_buf *out, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t len;

		text += strspn(text, " \n");
		len = strcspn(text, " \n");
		if (!len)
			break;
		if (column && column + len + 1 > FILL_COLUMN) {
			tryst_buf_char(out, '\n');
			column = 0;
		}
		if (column) {
			tryst_buf_char(out, ' ');
			column++;
		}
		for (size_t i = 0; i < len; i++)
			put_char(out, text[i], column == 0 && i == 0);
		column += len;
		if (ends_sentence(text, len)) {
			tryst_buf_char(out, '\n');
			column = 0;
		}
		text += len;
	}
	if (column)
		tryst_buf_char(out, '\n');
}

/* Lines as they are. */
static void
put_literal(struct tryst_buf *out, const char *lines)
{
	tryst_buf_str(out, ".Bd -literal -offset indent\n");
	while (*lines) {
		size_t len = strcspn(lines, "\n"), blanks = strspn(lines, " ");

		/* The examples of --help are indented by two. */
		blanks = TRYST_MIN(TRYST_MIN(blanks, len), (size_t)2);
		for (size_t i = blanks; i < len; i++)
			put_char(out, lines[i], i == blanks);
		tryst_buf_char(out, '\n');
		lines += len + (lines[len] == '\n');
	}
	tryst_buf_str(out, ".Ed\n");
}

/* The argument of an option as one macro's word; quotes belong to the shell, not to the manual. */
static void
put_argument(struct tryst_buf *out, const char *arg)
{
	tryst_buf_str(out, " Ar \"");
	for (; *arg; arg++) {
		if (*arg != '\'' && *arg != '"')
			put_char(out, *arg, false);
	}
	tryst_buf_char(out, '"');
}

static void
put_option(struct tryst_buf *out, const struct tryst_option *o)
{
	tryst_buf_str(out, ".It");
	if (o->letter) {
		tryst_buf_printf(out, " Fl %c", o->letter);
		if (o->arg && !o->name)
			put_argument(out, o->arg);
	}
	if (o->name) {
		tryst_buf_printf(out, "%s Fl -%s", o->letter ? " ," : "", o->name);
		if (o->arg) {
			tryst_buf_str(out, " Ns = Ns");
			put_argument(out, o->arg);
		}
	}
	tryst_buf_char(out, '\n');
	put_text(out, o->help);
}

static void
put_options(struct tryst_buf *out, const struct tryst_command *c)
{
	for (size_t g = 0; c->options[g]; g++) {
		/* \& where a title ends in a mark, which mandoc takes for a slip. */
		tryst_buf_printf(out, ".Ss %s%s\n.Bl -tag -width Ds\n", c->options[g]->title,
		                 ends_sentence(c->options[g]->title, strlen(c->options[g]->title))
		                         ? "\\&"
		                         : "");
		for (const struct tryst_option *o = c->options[g]->options; !tryst_option_is_end(o);
		     o++)
			put_option(out, o);
		tryst_buf_str(out, ".El\n");
	}
}

/* The title in capitals: TRYST-HUNT. */
static void
put_head(struct tryst_buf *out, const char *command, const char *help)
{
	tryst_buf_printf(out, ".Dd %s\n.Dt TRYST", DATE);
	if (command) {
		tryst_buf_char(out, '-');
		for (const char *p = command; *p; p++)
			tryst_buf_char(out, (char)toupper((unsigned char)*p));
	}
	tryst_buf_printf(out, " 1\n.Os\n.Sh NAME\n.Nm tryst%s%s\n.Nd ", command ? "-" : "",
	                 command ? command : "");
	for (const char *p = help; *p; p++)
		put_char(out, *p, false);
	tryst_buf_char(out, '\n');
}

/* The paragraphs of --help; the one on the exit status has its own section. */
static void
put_about(struct tryst_buf *out, const struct tryst_command *c, bool of_exit)
{
	bool first = true;

	for (size_t i = 0; c->about && c->about[i]; i++) {
		const char *text = c->about[i];

		if ((strncmp(text, "Exit status", 11) == 0) != of_exit)
			continue;
		if (!first)
			tryst_buf_str(out, ".Pp\n");
		first = false;
		put_text(out, of_exit ? text + strcspn(text, ":") + 1 : text);
	}
}

static bool
has_about(const struct tryst_command *c, bool of_exit)
{
	for (size_t i = 0; c->about && c->about[i]; i++) {
		if ((strncmp(c->about[i], "Exit status", 11) == 0) == of_exit)
			return true;
	}
	return false;
}

void
tryst_man_command(const struct tryst_command *c, struct tryst_buf *out)
{
	put_head(out, c->name, c->help);
	tryst_buf_str(out, ".Sh SYNOPSIS\n");
	put_literal(out, c->usage);
	tryst_buf_str(out, ".Sh DESCRIPTION\n");
	if (has_about(c, false))
		put_about(out, c, false);
	else
		tryst_buf_printf(out, "This command of\n.Xr tryst 1\nserves to %s.\n", c->help);
	put_options(out, c);
	tryst_buf_str(out, ".Sh EXIT STATUS\n");
	if (has_about(c, true))
		put_about(out, c, true);
	else
		tryst_buf_str(out, exit_status);
	if (c->examples) {
		tryst_buf_str(out, ".Sh EXAMPLES\n");
		put_literal(out, c->examples);
	}
	tryst_buf_str(out, ".Sh SEE ALSO\n.Xr tryst 1 ,\n.Xr tryst-filter 7\n");
}

/* References to all pages, in the order of the alphabet. */
static void
put_see_also(struct tryst_buf *out)
{
	const char *last = "", *next;

	do {
		next = "\x7f";
		for (size_t i = 0; tryst_commands[i]; i++) {
			const char *name = tryst_commands[i]->name;

			if (strcmp(name, last) > 0 && strcmp(name, next) < 0)
				next = name;
		}
		if (*next != '\x7f')
			tryst_buf_printf(out, ".Xr tryst-%s 1 ,\n", next);
		last = next;
	} while (*next != '\x7f');
	tryst_buf_str(out, ".Xr tryst-filter 7\n");
}

/* The commands by the groups of the help. */
static void
put_commands(struct tryst_buf *out)
{
	const char *group = "";

	for (size_t i = 0; tryst_commands[i]; i++) {
		const struct tryst_command *c = tryst_commands[i];

		if (strcmp(group, c->group) != 0) {
			tryst_buf_printf(out, "%s.Ss %s\n.Bl -tag -width simulate\n",
			                 i ? ".El\n" : "", c->group);
		}
		group = c->group;
		tryst_buf_printf(out, ".It Xr tryst-%s 1\n", c->name);
		put_text(out, c->help);
	}
	tryst_buf_str(out, ".El\n");
}

void
tryst_man_program(struct tryst_buf *out)
{
	put_head(out, NULL, "find secret meetings in network flow logs");
	tryst_buf_str(out, ".Sh SYNOPSIS\n"
	                   ".Nm\n"
	                   ".Ar command\n"
	                   ".Op Ar option ...\n"
	                   ".Op Ar word ...\n"
	                   ".Sh DESCRIPTION\n");
	put_text(out,
	         "Given flow logs and a list of suspect hosts, tryst answers who met them, when, "
	         "whether it worked, whether it is a coincidence, whether the sources are forged "
	         "and who else is in on it.  Each command has a page of its own.");
	put_commands(out);
	tryst_buf_str(out, ".Sh ENVIRONMENT\n");
	tryst_buf_str(out, environment);
	tryst_buf_str(out, ".Sh EXIT STATUS\n");
	tryst_buf_str(out, exit_status);
	tryst_buf_str(out, ".Sh EXAMPLES\n");
	put_literal(out, tryst_help_examples);
	tryst_buf_str(out, ".Sh DIAGNOSTICS\n");
	put_text(out,
	         "What is said goes to the standard error, one line each.  With -o json it is JSON "
	         "Lines there, too, unless that is a terminal: "
	         "{\"type\":\"message\",\"text\":...}, and "
	         "where the run did not end well a last line "
	         "{\"type\":\"exit\",\"code\":...,\"meaning\":...}.  On a terminal a line of "
	         "progress is "
	         "shown after half a second; SIGUSR1 asks for it anywhere.  The first Ctrl-C ends "
	         "the run with the result so far, or the wait for a pipe with what it said; the "
	         "second one ends it at once.");
	tryst_buf_str(out, ".Sh SEE ALSO\n");
	put_see_also(out);
	tryst_buf_str(out, ".Sh CAVEATS\n");
	put_text(
		out,
		"An address is not a person or a machine: it can be forged, leased, shared.  Every "
		"finding says what would change it.");
}

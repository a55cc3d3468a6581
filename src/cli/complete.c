/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/complete.h"

#include <string.h>

#include "cli/rows.h"
#include "read/read.h"
#include "report/report.h"
#include "respond/emit.h"
#include "simulate/simulate.h"
#include "watch/watchlist.h"

const struct tryst_shell *const tryst_shells[] = {
	&tryst_shell_bash,
	&tryst_shell_zsh,
	&tryst_shell_fish,
	NULL,
};

static void
add(struct tryst_buf *b, const char *word)
{
	if (b->len)
		tryst_buf_char(b, ' ');
	tryst_buf_str(b, word);
}

static void
add_renderers(struct tryst_buf *b)
{
	for (size_t i = 0; tryst_renderers[i]; i++)
		add(b, tryst_renderers[i]->name);
}

static void
add_rows(struct tryst_buf *b)
{
	for (size_t i = 0; tryst_row_formats[i]; i++)
		add(b, tryst_row_formats[i]->name);
}

static void
add_readers(struct tryst_buf *b)
{
	for (size_t i = 0; tryst_readers[i]; i++)
		add(b, tryst_readers[i]->name);
}

static void
add_lists(struct tryst_buf *b)
{
	for (size_t i = 0; tryst_watchlist_format(i); i++)
		add(b, tryst_watchlist_format(i));
}

static void
add_emitters(struct tryst_buf *b)
{
	for (size_t i = 0; tryst_emitters[i]; i++)
		add(b, tryst_emitters[i]->name);
}

static void
add_scenarios(struct tryst_buf *b)
{
	for (size_t i = 0; tryst_sim_scenarios[i].name; i++)
		add(b, tryst_sim_scenarios[i].name);
}

static void
add_commands(struct tryst_buf *b)
{
	for (size_t i = 0; tryst_commands[i]; i++)
		add(b, tryst_commands[i]->name);
}

static void
add_shells(struct tryst_buf *b)
{
	for (size_t i = 0; tryst_shells[i]; i++)
		add(b, tryst_shells[i]->name);
}

/* Where words come from: of an option (of one command, or of all), or of a command itself. */
static const struct source {
	const char *command; /* NULL: any */
	const char *option;  /* NULL: the words of the command */
	void (*add)(struct tryst_buf *b);
	const char *words; /* where there is no table of them */
} sources[] = {
	{ NULL, "color", NULL, "auto always never" },
	{ "report", "format", add_renderers, NULL }, /* before the one for all */
	{ NULL, "format", add_readers, NULL },
	{ NULL, "list-format", add_lists, NULL },
	{ "hunt", "output", add_renderers, NULL },
	{ "meet", "output", add_renderers, NULL },
	{ "report", "output", add_renderers, NULL },
	{ "flows", "output", add_rows, NULL },
	{ "top", "output", NULL, "table json csv" },
	{ "lists", "output", NULL, "text csv json" },
	{ "lists", NULL, NULL, "check merge diff formats" },
	{ "export", "as", NULL, "nfdump csv json zeek ecs" },
	{ "block", "as", add_emitters, NULL },
	{ "simulate", NULL, add_scenarios, NULL },
	{ "help", NULL, add_commands, NULL },
	{ "completion", NULL, add_shells, NULL },
};

/* Commands whose words are no files. */
static const char *const fileless[] = { "simulate", "help", "version", "completion" };

static void
words_add(const struct tryst_command *c, const char *option, struct tryst_buf *words)
{
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(sources); i++) {
		const struct source *s = &sources[i];
		bool same = !option == !s->option && (!option || strcmp(option, s->option) == 0);

		if (!same || (s->command && strcmp(s->command, c->name) != 0))
			continue;
		if (s->add)
			s->add(words);
		else
			add(words, s->words);
		return;
	}
}

enum tryst_complete_kind
tryst_complete_option(const struct tryst_command *c, const struct tryst_option *o,
                      struct tryst_buf *words)
{
	static const char *const files[] = { "PATH", "FILE", "LIST", "FLOWS", "STORE" };

	if (!o->arg)
		return TRYST_COMPLETE_NOTHING;
	if (o->name)
		words_add(c, o->name, words);
	if (words->len)
		return TRYST_COMPLETE_WORDS;
	if (strcmp(o->arg, "DIR") == 0)
		return TRYST_COMPLETE_FOLDERS;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(files); i++) {
		if (strncmp(o->arg, files[i], strlen(files[i])) == 0)
			return TRYST_COMPLETE_FILES;
	}
	return strchr(o->arg, '.') ? TRYST_COMPLETE_FILES : TRYST_COMPLETE_NOTHING;
}

void
tryst_complete_words(const struct tryst_command *c, struct tryst_buf *words)
{
	words_add(c, NULL, words);
}

bool
tryst_complete_files(const struct tryst_command *c)
{
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(fileless); i++) {
		if (strcmp(c->name, fileless[i]) == 0)
			return false;
	}
	return true;
}

void
tryst_complete_quoted(struct tryst_buf *out, const char *help, const char *quote)
{
	size_t len = strcspn(help, "\n");

	/* What goes on in the next line ends in a word, not in a comma or a bracket. */
	while (len && strchr(",:(", help[len - 1]))
		len--;
	for (size_t i = 0; i < len; i++) {
		if (help[i] == '\'')
			tryst_buf_str(out, quote);
		else
			tryst_buf_char(out, help[i]);
	}
}

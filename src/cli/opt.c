/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/opt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "base/time.h"

#define HELP_COLUMN 26
#define JOBS_MAX 256

struct parser {
	const struct tryst_option_group *const *groups;
	int argc;
	char **argv;
	int at;
	void *settings;
	struct tryst_words *words;
	struct tryst_error *err;
};

static bool
option_end(const struct tryst_option *o)
{
	return !o->letter && !o->name;
}

int
tryst_words_add(struct tryst_words *w, char *word, struct tryst_error *err)
{
	if (w->count == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 8;
		char **list = realloc(w->list, cap * sizeof(*list));

		if (!list)
			return tryst_error_nomem(err);
		w->list = list;
		w->cap = cap;
	}
	w->list[w->count++] = word;
	return 0;
}

void
tryst_words_fini(struct tryst_words *w)
{
	free(w->list);
	*w = (struct tryst_words){ 0 };
}

static const struct tryst_option *
option_by_name(const struct parser *p, const char *name, size_t len)
{
	for (size_t g = 0; p->groups[g]; g++) {
		for (const struct tryst_option *o = p->groups[g]->options; !option_end(o); o++) {
			if (o->name && strlen(o->name) == len && memcmp(o->name, name, len) == 0)
				return o;
		}
	}
	return NULL;
}

static const struct tryst_option *
option_by_letter(const struct parser *p, char letter)
{
	for (size_t g = 0; p->groups[g]; g++) {
		for (const struct tryst_option *o = p->groups[g]->options; !option_end(o); o++) {
			if (o->letter == letter)
				return o;
		}
	}
	return NULL;
}

static int
option_unknown(const struct parser *p, const char *name, size_t len)
{
	struct tryst_suggest s;

	tryst_suggest_init(&s, name, len);
	for (size_t g = 0; p->groups[g]; g++) {
		for (const struct tryst_option *o = p->groups[g]->options; !option_end(o); o++) {
			if (o->name)
				tryst_suggest_try(&s, o->name);
		}
	}
	if (s.best)
		return tryst_error_set(p->err, TRYST_ERR_USAGE,
		                       "unknown option --%.*s, did you mean --%s?", (int)len, name,
		                       s.best);
	return tryst_error_set(p->err, TRYST_ERR_USAGE, "unknown option --%.*s", (int)len, name);
}

static int
option_read(const struct parser *p, const struct tryst_option *o, char *value)
{
	int rc = o->read((char *)p->settings + o->at, value, p->err);

	if (rc < 0 && o->name)
		tryst_error_prefix(p->err, "--%s", o->name);
	else if (rc < 0)
		tryst_error_prefix(p->err, "-%c", o->letter);
	return rc;
}

/* The argument that stands as the next word, or NULL with an error. */
static char *
next_word(struct parser *p, const char *shown, const struct tryst_option *o)
{
	if (p->at < p->argc)
		return p->argv[p->at++];
	(void)tryst_error_set(p->err, TRYST_ERR_USAGE, "option %s needs its %s", shown, o->arg);
	return NULL;
}

static int
parse_long(struct parser *p, char *shown)
{
	char *name = shown + 2;
	size_t len = strcspn(name, "=");
	const struct tryst_option *o = option_by_name(p, name, len);
	char *value = name[len] ? name + len + 1 : NULL;

	if (!o)
		return option_unknown(p, name, len);
	if (!o->arg && value)
		return tryst_error_set(p->err, TRYST_ERR_USAGE, "option --%s takes no argument",
		                       o->name);
	if (o->arg && !value) {
		value = next_word(p, shown, o);
		if (!value)
			return TRYST_ERR_USAGE;
	}
	return option_read(p, o, value);
}

static int
parse_short(struct parser *p, char *shown)
{
	for (char *c = shown + 1; *c; c++) {
		const struct tryst_option *o = option_by_letter(p, *c);
		char *value = NULL;
		char name[3] = { '-', *c, '\0' };
		int rc;

		if (!o)
			return tryst_error_set(p->err, TRYST_ERR_USAGE, "unknown option -%c%s%s",
			                       *c, c == shown + 1 && !c[1] ? "" : " in ",
			                       c == shown + 1 && !c[1] ? "" : shown);
		if (o->arg) {
			value = c[1] ? c + 1 : next_word(p, name, o);
			if (!value)
				return TRYST_ERR_USAGE;
		}
		rc = option_read(p, o, value);
		if (rc != 0 || o->arg)
			return rc;
	}
	return 0;
}

int
tryst_opt_parse(const struct tryst_option_group *const *groups, int argc, char **argv,
                void *settings, struct tryst_words *words, struct tryst_error *err)
{
	struct parser p = { groups, argc, argv, 0, settings, words, err };
	bool options = true;

	while (p.at < argc) {
		char *word = argv[p.at++];
		int rc;

		if (options && strcmp(word, "--") == 0) {
			options = false;
			continue;
		}
		if (!options || word[0] != '-' || !word[1])
			rc = tryst_words_add(words, word, err);
		else if (word[1] == '-')
			rc = parse_long(&p, word);
		else
			rc = parse_short(&p, word);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int
tryst_opt_help(void *at, char *value, struct tryst_error *err)
{
	(void)at;
	(void)value;
	(void)err;
	return TRYST_OPT_HELP;
}

int
tryst_opt_flag(void *at, char *value, struct tryst_error *err)
{
	(void)value;
	(void)err;
	*(bool *)at = true;
	return 0;
}

int
tryst_opt_more(void *at, char *value, struct tryst_error *err)
{
	(void)value;
	(void)err;
	++*(unsigned *)at;
	return 0;
}

int
tryst_opt_text(void *at, char *value, struct tryst_error *err)
{
	const char **text = at;

	if (*text)
		return tryst_error_set(err, TRYST_ERR_USAGE, "given twice, '%s' and '%s'", *text,
		                       value);
	*text = value;
	return 0;
}

int
tryst_opt_words(void *at, char *value, struct tryst_error *err)
{
	return tryst_words_add(at, value, err);
}

/* Digits at the start of text; *end is behind them.  False without digits or past 2^64. */
static bool
number(const char *text, uint64_t *out, char **end)
{
	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*out = strtoull(text, end, 10);
	return errno == 0;
}

int
tryst_opt_count(void *at, char *value, struct tryst_error *err)
{
	char *end;

	if (!number(value, at, &end) || *end)
		return tryst_error_set(err, TRYST_ERR_USAGE, "'%s' is no whole number", value);
	return 0;
}

int
tryst_opt_jobs(void *at, char *value, struct tryst_error *err)
{
	uint64_t n;
	char *end;

	if (!number(value, &n, &end) || *end || n < 1 || n > JOBS_MAX)
		return tryst_error_set(err, TRYST_ERR_USAGE, "'%s' is no number from 1 to %d",
		                       value, JOBS_MAX);
	*(unsigned *)at = (unsigned)n;
	return 0;
}

int
tryst_opt_size(void *at, char *value, struct tryst_error *err)
{
	static const char units[] = "KMGT";
	const char *unit;
	unsigned shift = 0;
	uint64_t n;
	char *end;

	if (!number(value, &n, &end))
		goto bad;
	if (*end) {
		unit = strchr(units, *end & ~0x20);
		if (!unit || (end[1] && strcmp(end + 1, "B") != 0 && strcmp(end + 1, "iB") != 0))
			goto bad;
		shift = 10 * (unsigned)(unit - units + 1);
	}
	if (n == 0 || n > (SIZE_MAX >> shift))
		goto bad;
	*(size_t *)at = (size_t)n << shift;
	return 0;
bad:
	return tryst_error_set(err, TRYST_ERR_USAGE,
	                       "'%s' is no size: a number of bytes, or with K, M, G, T", value);
}

int
tryst_opt_duration(void *at, char *value, struct tryst_error *err)
{
	if (tryst_time_parse_duration(value, strlen(value), at))
		return 0;
	return tryst_error_set(err, TRYST_ERR_USAGE,
	                       "'%s' is no duration: numbers with s, m, h, d or w, such as 90s or "
	                       "1h30m",
	                       value);
}

static void
describe(const struct tryst_option *o, struct tryst_buf *out)
{
	size_t start = out->len;
	const char *line = o->help;

	tryst_buf_str(out, "  ");
	if (o->letter)
		tryst_buf_printf(out, "-%c%s", o->letter, o->name ? ", " : "");
	else
		tryst_buf_str(out, "    ");
	if (o->name)
		tryst_buf_printf(out, "--%s", o->name);
	if (o->arg)
		tryst_buf_printf(out, "%c%s", o->name ? '=' : ' ', o->arg);
	if (out->len - start >= HELP_COLUMN) {
		tryst_buf_char(out, '\n');
		start = out->len;
	}
	for (;;) {
		size_t len = strcspn(line, "\n");

		while (!out->failed && out->len - start < HELP_COLUMN)
			tryst_buf_char(out, ' ');
		tryst_buf_add(out, line, len);
		tryst_buf_char(out, '\n');
		if (!line[len])
			return;
		line += len + 1;
		start = out->len;
	}
}

void
tryst_opt_describe(const struct tryst_option_group *const *groups, struct tryst_buf *out)
{
	for (size_t g = 0; groups[g]; g++) {
		tryst_buf_printf(out, "\n%s:\n", groups[g]->title);
		for (const struct tryst_option *o = groups[g]->options; !option_end(o); o++)
			describe(o, out);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/refang.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct form {
	const char *from, *to;
};

/* The whole brackets stand before their halves. */
static const struct form forms[] = {
	{ "[.]", "." },     { "(.)", "." },     { "{.}", "." }, { "[dot]", "." },
	{ "(dot)", "." },   { "{dot}", "." },   { "\\.", "." }, { "[:]", ":" },
	{ "(:)", ":" },     { "[@]", "@" },     { "[/]", "/" }, { "[//]", "//" },
	{ "[://]", "://" }, { "(://)", "://" }, { "[.", "." },  { "(.", "." },
	{ "{.", "." },      { ".]", "." },      { ".)", "." },  { ".}", "." },
};

static const struct form schemes[] = {
	{ "https", "https" }, { "http", "http" }, { "hxxps", "https" }, { "hxxp", "http" },
	{ "ftps", "ftps" },   { "ftp", "ftp" },   { "fxps", "ftps" },   { "fxp", "ftp" },
	{ "meows", "https" }, { "meow", "http" },
};

static const struct form scheme_ends[] = {
	{ "://", "://" },       { ":\\\\", "://" },   { "__", "://" },      { ":__", "://" },
	{ "[:]//", "://" },     { "(:)//", "://" },   { "[:]\\\\", "://" }, { "[:]__", "://" },
	{ "[:][/][/]", "://" }, { "[://]", "://" },   { "(://)", "://" },   { ":[//]", "://" },
	{ "[:][//]", "://" },   { ":[/][/]", "://" },
};

/* The form that begins the text, or NULL. */
static const struct form *
form_find(const struct form *table, size_t count, const char *text, size_t len)
{
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(table[i].from);

		if (n <= len && strncasecmp(text, table[i].from, n) == 0)
			return &table[i];
	}
	return NULL;
}

static size_t
put(char *out, const char *text)
{
	size_t n = strlen(text);

	memcpy(out, text, n);
	return n;
}

/* A scheme with its end at the text: what was written goes to *put_len, what was read is returned.
 */
static size_t
scheme_put(const char *text, size_t len, char *out, size_t *put_len)
{
	const struct form *scheme, *end;
	size_t n;

	scheme = form_find(schemes, TRYST_ARRAY_SIZE(schemes), text, len);
	if (!scheme)
		return 0;
	n = strlen(scheme->from);
	end = form_find(scheme_ends, TRYST_ARRAY_SIZE(scheme_ends), text + n, len - n);
	if (!end)
		return 0;
	*put_len = put(out, scheme->to);
	*put_len += put(out + *put_len, end->to);
	return n + strlen(end->from);
}

/* Whether ` dot ` at text + i stands between two digits. */
static bool
dot_word(const char *text, size_t len, size_t i)
{
	return i > 0 && len - i > 5 && strncasecmp(text + i, " dot ", 5) == 0 &&
	       isdigit((unsigned char)text[i - 1]) && isdigit((unsigned char)text[i + 5]);
}

size_t
tryst_refang(const char *text, size_t len, char *out)
{
	size_t n = 0, i = 0;

	while (i < len) {
		bool word = i == 0 || !isalnum((unsigned char)text[i - 1]);
		size_t written = 0,
		       used = word ? scheme_put(text + i, len - i, out + n, &written) : 0;
		const struct form *form;

		if (!used && dot_word(text, len, i)) {
			written = put(out + n, ".");
			used = 5;
		} else if (!used && strchr("[({\\.", text[i]) && text[i]) {
			form = form_find(forms, TRYST_ARRAY_SIZE(forms), text + i, len - i);
			if (form) {
				written = put(out + n, form->to);
				used = strlen(form->from);
			}
		}
		if (!used) {
			out[n] = text[i];
			written = used = 1;
		}
		n += written;
		i += used;
	}
	return n;
}

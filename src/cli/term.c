/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_MAX 10000

bool
tryst_term_out(void)
{
	return isatty(STDOUT_FILENO);
}

unsigned
tryst_term_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = { 0 };
	unsigned long n;
	char *end;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	if (!columns || columns[0] < '0' || columns[0] > '9')
		return 0;
	n = strtoul(columns, &end, 10);
	return *end || n > WIDTH_MAX ? 0 : (unsigned)n;
}

unsigned
tryst_term_width_said(void)
{
	struct winsize size = { 0 };

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static bool
set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

/* As its inventors have it: 0 is no. */
static bool
forced(const char *name)
{
	return set(name) && strcmp(getenv(name), "0") != 0;
}

bool
tryst_term_colour(enum tryst_colour wish)
{
	const char *term = getenv("TERM");

	if (wish != TRYST_COLOUR_AUTO)
		return wish == TRYST_COLOUR_ALWAYS;
	if (set("NO_COLOR") || set("TRYST_NO_COLOR"))
		return false;
	if (forced("CLICOLOR_FORCE") || forced("FORCE_COLOR"))
		return true;
	return tryst_term_out() && (!term || strcmp(term, "dumb") != 0);
}

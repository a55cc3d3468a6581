/* SPDX-License-Identifier: Apache-2.0 */
#include "report/md.h"

#include <string.h>

#include "report/layout.h"

#define WIDTH 76 /* of lines in a mail, however wide the terminal */

/* Whether the word at text would make the line that it begins a list item, a rule or a heading. */
static bool
is_marker(const char *text)
{
	size_t n = strspn(text, "0123456789");

	if (n)
		return (text[n] == '.' || text[n] == ')') && (!text[n + 1] || text[n + 1] == ' ');
	n = strspn(text, "+-=");
	return n && (!text[n] || text[n] == ' ');
}

void
tryst_md_escape(struct tryst_buf *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("\\`*_{}[]<>#|~&!", *text))
			tryst_buf_char(out, '\\');
		tryst_buf_char(out, *text);
	}
}

void
tryst_md_outside(struct tryst_buf *out, const char *text, size_t max)
{
	struct tryst_buf safe = { 0 }, apart = { 0 };

	tryst_layout_clip(&safe, text, max);
	for (const char *p = safe.failed || !safe.len ? "" : safe.data; *p; p++) {
		if (!strncmp(p, "://", 3)) {
			tryst_buf_str(&apart, "[:]");
		} else if (!strncasecmp(p, "www.", 4)) {
			tryst_buf_add(&apart, p, 3);
			tryst_buf_str(&apart, "[.]");
			p += 3;
		} else if (*p == '@') {
			tryst_buf_str(&apart, "[@]");
		} else {
			tryst_buf_char(&apart, *p);
		}
	}
	out->failed |= safe.failed || apart.failed;
	if (!out->failed && apart.len)
		tryst_md_escape(out, apart.data);
	tryst_buf_fini(&safe);
	tryst_buf_fini(&apart);
}

/* Appends a line without its line end; what would make it a list item or a rule does not. */
static void
line(struct tryst_buf *out, const char *text, size_t len, const char *mark, unsigned indent)
{
	unsigned rest = indent + (unsigned)strlen(mark);
	size_t blanks = TRYST_MIN((size_t)rest, len), digits;

	tryst_buf_printf(out, "%*s%s", (int)indent, "", mark);
	text += blanks;
	digits = strspn(text, "0123456789");
	if (is_marker(text)) {
		tryst_buf_add(out, text, digits);
		tryst_buf_char(out, '\\');
		text += digits;
		blanks += digits;
	}
	tryst_buf_add(out, text, len - blanks);
	tryst_buf_char(out, '\n');
}

void
tryst_md_wrap(struct tryst_md *p, const char *mark, unsigned indent, const struct tryst_buf *text)
{
	unsigned rest = indent + (unsigned)strlen(mark);
	struct tryst_buf lines = { 0 };

	if (!text->failed && text->len)
		tryst_layout_wrap(&lines, WIDTH - 1, rest, rest, text->data);
	p->out->failed |= text->failed || lines.failed;
	for (const char *at = lines.len ? lines.data : "", *end; *at; at = end + 1) {
		bool first = at == lines.data;

		end = strchrnul(at, '\n');
		line(p->out, at, (size_t)(end - at), first ? mark : "", first ? indent : rest);
		if (!*end)
			break;
	}
	tryst_buf_fini(&lines);
}

void
tryst_md_say(struct tryst_md *p, const char *mark, unsigned indent)
{
	struct tryst_buf md = { 0 };

	p->out->failed |= p->b.failed;
	if (!p->b.failed && p->b.len)
		tryst_md_escape(&md, p->b.data);
	tryst_md_wrap(p, mark, indent, &md);
	tryst_buf_clear(&p->b);
	tryst_buf_fini(&md);
}

void
tryst_md_heading(struct tryst_md *p, const char *title)
{
	tryst_buf_printf(p->out, "\n## %s\n\n", title);
}

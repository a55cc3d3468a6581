/* SPDX-License-Identifier: Apache-2.0 */
/* The small things that all sections of the page are made of. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/proto.h"
#include "hunt/case.h"
#include "report/html.h"
#include "report/layout.h"
#include "report/text.h"

static const struct {
	const char *title;
	const char *glyph; /* centred on 0,0; half a height of 4 */
} marks[TRYST_MARK_COUNT] = {
	[TRYST_MARK_EXCHANGED] = { "exchanged", "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z" },
	[TRYST_MARK_ANSWERED] = { "answered", "M0-4.5L4.5 0L0 4.5L-4.5 0z" },
	[TRYST_MARK_ATTEMPT] = { "no answer", "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z" },
	[TRYST_MARK_REFUSED] = { "refused or dropped", "M-3.5-3.5L3.5 3.5M-3.5 3.5L3.5-3.5" },
	[TRYST_MARK_NOISE] = { "flood or backscatter", "M0-4.2L4.2 3.6H-4.2z" },
	[TRYST_MARK_UNKNOWN] = { "cannot be told", "M-2.5-2.5H2.5V2.5H-2.5z" },
};

enum tryst_mark
tryst_mark_of(enum tryst_verdict v)
{
	static const enum tryst_mark of[TRYST_VERDICT_COUNT] = {
		[TRYST_VERDICT_UNKNOWN] = TRYST_MARK_UNKNOWN,
		[TRYST_VERDICT_DROPPED] = TRYST_MARK_REFUSED,
		[TRYST_VERDICT_NOT_DELIVERED] = TRYST_MARK_REFUSED,
		[TRYST_VERDICT_BACKSCATTER] = TRYST_MARK_NOISE,
		[TRYST_VERDICT_FLOOD] = TRYST_MARK_NOISE,
		[TRYST_VERDICT_ATTEMPT] = TRYST_MARK_ATTEMPT,
		[TRYST_VERDICT_REFUSED] = TRYST_MARK_REFUSED,
		[TRYST_VERDICT_HANDSHAKE] = TRYST_MARK_ANSWERED,
		[TRYST_VERDICT_ONE_SIDED] = TRYST_MARK_ANSWERED,
		[TRYST_VERDICT_ANSWERED] = TRYST_MARK_ANSWERED,
		[TRYST_VERDICT_EXCHANGED] = TRYST_MARK_EXCHANGED,
	};

	return of[v];
}

const char *
tryst_mark_title(enum tryst_mark m)
{
	return marks[m].title;
}

void
tryst_html_mark(struct tryst_html *h, enum tryst_mark m)
{
	tryst_html_putf(h,
	                "<svg class=\"mark\" viewBox=\"-6 -6 12 12\" width=\"12\" height=\"12\" "
	                "aria-hidden=\"true\"><use href=\"#k%d\"/></svg>",
	                (int)m);
}

void
tryst_html_marks(struct tryst_html *h)
{
	tryst_html_put(h, "<svg class=\"defs\" aria-hidden=\"true\"><defs>");
	for (int m = 0; m < TRYST_MARK_COUNT; m++)
		tryst_html_putf(h, "<path id=\"k%d\" class=\"k%d\" d=\"%s\"/>", m, m,
		                marks[m].glyph);
	tryst_html_put(h, "</defs></svg>\n");
}

void
tryst_html_put(struct tryst_html *h, const char *markup)
{
	tryst_buf_str(h->out, markup);
}

void
tryst_html_putf(struct tryst_html *h, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tryst_buf_vprintf(h->out, fmt, ap);
	va_end(ap);
}

void
tryst_html_section(struct tryst_html *h, const char *id, const char *title, const char *legend)
{
	tryst_html_putf(h,
	                "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">%s</h2>\n",
	                id, id, id, title);
	if (legend) {
		tryst_html_put(h, "<p class=\"legend\">");
		tryst_markup_str(h->out, legend);
		tryst_html_put(h, "</p>\n");
	}
}

void
tryst_html_table(struct tryst_html *h, const char *id, const char *caption)
{
	tryst_html_putf(h,
	                "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
	                "aria-labelledby=\"%s-c\">\n<table id=\"%s\"><caption id=\"%s-c\">",
	                id, id, id);
	tryst_markup_str(h->out, caption);
	tryst_html_put(h, "</caption>\n");
}

void
tryst_html_table_end(struct tryst_html *h)
{
	tryst_html_put(h, "</tbody></table></div>\n");
}

static bool
same_group(const struct tryst_html_column *a, const struct tryst_html_column *b)
{
	return a->group && b->group && !strcmp(a->group, b->group);
}

/* The upper of two rows: groups, and the columns without one, which span both. */
static void
head_groups(struct tryst_html *h, const struct tryst_html_column *columns, size_t count)
{
	tryst_html_put(h, "<tr>");
	for (size_t i = 0, n; i < count; i += n) {
		for (n = 1; i + n < count && same_group(&columns[i], &columns[i + n]); n++)
			;
		if (!columns[i].kind)
			continue;
		if (columns[i].group)
			tryst_html_putf(h,
			                "<th scope=\"colgroup\" colspan=\"%zu\" class=\"g "
			                "%c\"><span>%s</span>",
			                n, columns[i].kind, columns[i].group);
		else
			tryst_html_putf(h,
			                "<th scope=\"col\" rowspan=\"2\" class=\"%c\" "
			                "data-column=\"%zu\">%s",
			                columns[i].kind, i, columns[i].title);
		tryst_html_put(h, "</th>");
	}
	tryst_html_put(h, "</tr>\n");
}

void
tryst_html_head(struct tryst_html *h, const struct tryst_html_column *columns, size_t count)
{
	bool groups = false;

	for (size_t i = 0; i < count; i++)
		groups |= columns[i].group != NULL;
	tryst_html_put(h, "<thead>\n");
	if (groups)
		head_groups(h, columns, count);
	tryst_html_put(h, "<tr>");
	for (size_t i = 0; i < count; i++) {
		if ((groups && !columns[i].group) || !columns[i].kind)
			continue;
		tryst_html_putf(h, "<th scope=\"col\" class=\"%c\" data-column=\"%zu\">%s</th>",
		                columns[i].kind, i, columns[i].title);
	}
	tryst_html_put(h, "</tr>\n</thead>\n<tbody>\n");
}

void
tryst_html_zone_time(struct tryst_html *h, int64_t ms)
{
	char text[TRYST_TIME_TEXT_MAX];
	int32_t offset_s;

	if (!h->options->zone || tryst_time_absurd(ms))
		return;
	offset_s = tryst_zone_offset_s(h->options->zone, ms);
	if (tryst_time_format_short(ms + (int64_t)offset_s * 1000, text) != 19)
		return;
	tryst_html_putf(h, " <span class=\"z\">%s %c%02d:%02d</span>", text + TRYST_DATE_LEN + 1,
	                offset_s < 0 ? '-' : '+', abs(offset_s) / 3600, abs(offset_s) / 60 % 60);
}

/* <time> without the other zone's. */
static void
plain_time(struct tryst_html *h, int64_t ms, bool date)
{
	char exact[TRYST_TIME_TEXT_MAX], text[TRYST_TIME_TEXT_MAX];
	size_t len = tryst_time_format_short(ms, text);

	(void)tryst_time_format(ms, exact);
	tryst_html_putf(h, "<time datetime=\"%s\"%s>%s</time>", exact,
	                len == 19 && !date ? " class=\"c\"" : "",
	                len == 19 && !date ? text + TRYST_DATE_LEN + 1 : text);
}

void
tryst_html_time(struct tryst_html *h, int64_t ms, bool date)
{
	plain_time(h, ms, date || !h->one_day);
	tryst_html_zone_time(h, ms);
}

void
tryst_html_span(struct tryst_html *h, int64_t first_ms, int64_t last_ms)
{
	char first[TRYST_TIME_TEXT_MAX], last[TRYST_TIME_TEXT_MAX];

	(void)tryst_time_format_short(first_ms, first);
	(void)tryst_time_format_short(last_ms, last);
	plain_time(h, first_ms, true);
	if (!strcmp(first, last))
		return;
	tryst_html_put(h, " to ");
	plain_time(h, last_ms, strncmp(first, last, TRYST_DATE_LEN + 1) != 0);
}

/* Whether "2003-08-22" stands at text. */
static bool
is_date(const char *text, size_t left)
{
	if (left < TRYST_DATE_LEN)
		return false;
	for (size_t i = 0; i < TRYST_DATE_LEN; i++) {
		bool dash = i == 4 || i == 7;

		if (dash ? text[i] != '-' : text[i] < '0' || text[i] > '9')
			return false;
	}
	return true;
}

void
tryst_html_prose(struct tryst_html *h, const char *text, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		if (!is_date(text + i, len - i))
			continue;
		tryst_markup_text(h->out, text + from, i - from);
		tryst_html_putf(h, "<span class=\"nb\">%.*s</span>", TRYST_DATE_LEN, text + i);
		from = i + TRYST_DATE_LEN;
		i = from - 1;
	}
	tryst_markup_text(h->out, text + from, len - from);
}

void
tryst_html_said(struct tryst_html *h)
{
	h->out->failed |= h->tmp.failed;
	if (!h->tmp.failed && h->tmp.len)
		tryst_html_prose(h, h->tmp.data, h->tmp.len);
	tryst_buf_clear(&h->tmp);
}

void
tryst_html_number(struct tryst_html *h, uint64_t v)
{
	tryst_layout_number(h->out, v);
}

void
tryst_html_count(struct tryst_html *h, uint64_t v, const char *one)
{
	tryst_layout_count(h->out, v, one);
}

void
tryst_html_counted(struct tryst_html *h, uint64_t v, uint32_t uncounted, uint32_t of)
{
	tryst_html_put(h, "<td class=\"n\">");
	if (uncounted == of)
		tryst_html_put(h, "<span class=\"q\" title=\"not recorded\">\xe2\x80\x93</span>");
	else
		tryst_html_number(h, v);
	if (uncounted && uncounted < of)
		tryst_html_put(h, "<abbr title=\"or more: not all was counted\">+</abbr>");
	tryst_html_put(h, "</td>");
}

void
tryst_html_endpoint(struct tryst_html *h, const struct tryst_meeting *m)
{
	tryst_text_endpoint(&h->tmp, m);
	tryst_markup_take(h->out, &h->tmp);
}

void
tryst_html_leads(struct tryst_html *h, uint64_t number, const char *kind, size_t index)
{
	tryst_html_putf(h, "<a href=\"#conversations\" data-only=\"%s:%zu\">", kind, index);
	tryst_html_number(h, number);
	tryst_html_put(h, "</a>");
}

/* What an input is called among records: the end of its path. */
static const char *
input_name(const struct tryst_case *c, uint32_t input)
{
	const char *path = c->inputs[input]->path, *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void
record(struct tryst_html *h, const struct tryst_record_ref *ref, bool named)
{
	const struct tryst_sighting *s = tryst_html_sighting(h, ref);

	if (s)
		tryst_html_putf(h, "<a href=\"#s%u\">", s->id);
	if (named && ref->input < h->c->input_count) {
		tryst_markup_short(h->out, input_name(h->c, ref->input), 28);
		tryst_html_put(h, "&nbsp;");
	}
	tryst_html_putf(h, "#%llu", (unsigned long long)ref->record);
	tryst_html_put(h, s ? "</a>" : "");
}

void
tryst_html_records(struct tryst_html *h, const struct tryst_record_ref *refs, uint32_t shown,
                   uint32_t all)
{
	for (uint32_t i = 0; i < shown; i++) {
		bool named = h->c->input_count > 1 && (!i || refs[i].input != refs[i - 1].input);

		tryst_html_put(h, i ? " " : "");
		record(h, &refs[i], named);
	}
	if (all > shown)
		tryst_html_putf(h, "%s+%u", shown ? " " : "", all - shown);
}

void
tryst_html_grade(struct tryst_html *h, char grade)
{
	static const char *const titles[] = { "a finding", "a finding", "a lead",
		                              "consistent with chance" };
	bool known = grade >= 'A' && grade <= 'D';

	tryst_html_putf(h, "<abbr class=\"grade g%c\" title=\"grade %c: %s\">%c</abbr>",
	                known ? grade : 'U', known ? grade : 'U',
	                known ? titles[grade - 'A'] : "the data cannot tell", known ? grade : 'U');
}

void
tryst_html_more(struct tryst_html *h, size_t shown, size_t all, const char *one)
{
	if (all <= shown)
		return;
	tryst_html_put(h, "<p class=\"more\">");
	tryst_html_count(h, all - shown, one);
	tryst_html_put(h,
	               " more: the case file (<code>--save CASE.json</code>) has them all.</p>\n");
}

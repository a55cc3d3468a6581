/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html_axis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 0.03            /* of a stretch, on both sides */
#define LENGTH_MIN_MS 2000.0 /* of a stretch */
#define GAP 22.0             /* between stretches */
#define SHARE_MIN 0.16       /* of the width that a stretch gets at least */
#define PAUSE_MIN 0.1        /* of the whole time, to be left out ... */
#define PAUSES_MIN 0.8       /* ... where the pauses together are so much of it */
#define TICK_MIN 74.0        /* between two times */
#define DATE_MIN 96.0
#define DAY_MS 86400000.0
#define LINE 13.0
#define EDGE 30.0

static void
pad(struct tryst_axis_part *p)
{
	double length = TRYST_MAX(p->to_ms - p->from_ms, LENGTH_MIN_MS);
	double middle = p->from_ms + (p->to_ms - p->from_ms) / 2;

	p->from_ms = middle - length * (0.5 + ROOM);
	p->to_ms = middle + length * (0.5 + ROOM);
}

void
tryst_axis_whole(struct tryst_axis *a, double from_ms, double to_ms, double x, double width)
{
	*a = (struct tryst_axis){ .count = 1 };
	a->parts[0] = (struct tryst_axis_part){ from_ms, to_ms, x, width };
	pad(&a->parts[0]);
}

struct pauses {
	unsigned count;
	size_t at[TRYST_AXIS_PARTS_MAX]; /* the span that each one ends with, ascending */
	double length[TRYST_AXIS_PARTS_MAX];
	double kept; /* the longest that stays in the chart */
};

/* Keeps the longest: where all places are taken, the shortest stays in the chart. */
static void
pause_add(struct pauses *p, size_t at, double length)
{
	unsigned low = 0;

	if (p->count == TRYST_AXIS_PARTS_MAX - 1) {
		for (unsigned k = 1; k < p->count; k++)
			low = p->length[k] < p->length[low] ? k : low;
		p->kept = TRYST_MAX(p->kept, TRYST_MIN(length, p->length[low]));
		if (p->length[low] >= length)
			return;
		p->count--;
		memmove(&p->length[low], &p->length[low + 1],
		        (p->count - low) * sizeof(*p->length));
		memmove(&p->at[low], &p->at[low + 1], (p->count - low) * sizeof(*p->at));
	}
	p->length[p->count] = length;
	p->at[p->count++] = at;
}

/* Finds the pauses to leave out, or none. */
static void
pauses_find(struct pauses *p, const struct tryst_moment_span *spans, size_t count)
{
	double from = (double)spans[0].first_ms, end = (double)spans[0].last_ms, last = end;
	double sum = 0, shortest = INFINITY;

	*p = (struct pauses){ 0 };
	for (size_t i = 0; i < count; i++)
		last = TRYST_MAX(last, (double)spans[i].last_ms);
	for (size_t i = 1; i < count; i++) {
		double length = (double)spans[i].first_ms - end;

		end = TRYST_MAX(end, (double)spans[i].last_ms);
		if (length >= TRYST_MAX(PAUSE_MIN * (last - from), 2 * LENGTH_MIN_MS))
			pause_add(p, i, length);
		else
			p->kept = TRYST_MAX(p->kept, length);
	}
	for (unsigned k = 0; k < p->count; k++) {
		sum += p->length[k];
		shortest = TRYST_MIN(shortest, p->length[k]);
	}
	/* Bursts, not a few single conversations. */
	if (sum < PAUSES_MIN * (last - from) || shortest < 3 * p->kept ||
	    count < 2 * (p->count + 1))
		p->count = 0;
}

/* Long stretches get more room, by the root of their length. */
static void
share_width(struct tryst_axis *a, double x, double width)
{
	double sum = 0, share[TRYST_AXIS_PARTS_MAX], room = width - GAP * (a->count - 1);

	for (unsigned i = 0; i < a->count; i++)
		sum += sqrt(a->parts[i].to_ms - a->parts[i].from_ms);
	for (unsigned i = 0; i < a->count; i++) {
		share[i] = sqrt(a->parts[i].to_ms - a->parts[i].from_ms) / sum;
		share[i] = SHARE_MIN + share[i] * (1 - SHARE_MIN * a->count);
		a->parts[i].x = x;
		a->parts[i].width = share[i] * room;
		x += a->parts[i].width + GAP;
	}
}

void
tryst_axis_episodes(struct tryst_axis *a, const struct tryst_moment_span *spans, size_t count,
                    double x, double width)
{
	struct pauses pauses;
	size_t from = 0;

	pauses_find(&pauses, spans, count);
	*a = (struct tryst_axis){ .count = pauses.count + 1 };
	for (unsigned k = 0; k <= pauses.count; k++) {
		size_t to = k < pauses.count ? pauses.at[k] : count;
		struct tryst_axis_part *p = &a->parts[k];

		p->from_ms = (double)spans[from].first_ms;
		p->to_ms = p->from_ms;
		for (size_t i = from; i < to; i++)
			p->to_ms = TRYST_MAX(p->to_ms, (double)spans[i].last_ms);
		from = to;
		pad(p);
	}
	share_width(a, x, width);
}

double
tryst_axis_x(const struct tryst_axis *a, int64_t ms)
{
	double t = (double)ms;

	for (unsigned i = 0; i < a->count; i++) {
		const struct tryst_axis_part *p = &a->parts[i];

		if (t <= p->from_ms)
			return p->x;
		if (t <= p->to_ms)
			return p->x + p->width * (t - p->from_ms) / (p->to_ms - p->from_ms);
	}
	return a->parts[a->count - 1].x + a->parts[a->count - 1].width;
}

static double
tick_step(const struct tryst_axis_part *p)
{
	static const double steps[] = { 1,      2,      5,       10,      15,     30,
		                        60,     120,    300,     600,     900,    1800,
		                        3600,   7200,   10800,   21600,   43200,  86400,
		                        172800, 604800, 1209600, 2592000, 7776000 };
	double span = p->to_ms - p->from_ms, most = TRYST_MAX(p->width / TICK_MIN, 1.0);

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(steps); i++) {
		if (span / (steps[i] * 1000) <= most)
			return steps[i] * 1000;
	}
	return ceil(span / most / (365 * DAY_MS)) * 365 * DAY_MS;
}

/* False where the instant has no date. */
static bool
dated(double ms, char *text)
{
	return fabs(ms) <= (double)TRYST_TIME_DATE_MAX &&
	       tryst_time_format_short((int64_t)ms, text) == 19;
}

/* "19:30", "19:30:15"; "22 Aug" where a step is a day or more. */
static void
tick_text(struct tryst_html *h, double ms, double step, double y)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char text[TRYST_TIME_TEXT_MAX];
	unsigned month;

	if (!dated(ms, text))
		return;
	tryst_html_putf(h, "<text class=\"t%s\" data-t=\"%.0f\" y=\"", step >= DAY_MS ? " day" : "",
	                ms);
	tryst_markup_unit(h->out, y);
	month = (unsigned)(text[5] - '0') * 10 + (unsigned)(text[6] - '0') - 1;
	if (step >= DAY_MS)
		tryst_html_putf(h, "\">%.2s %.3s</text>", text + 8, months + 3 * month);
	else
		tryst_html_putf(h, "\">%.*s</text>", step >= 60000 ? 5 : 8, text + 11);
}

/* The clock of the other zone. */
static void
tick_zone(struct tryst_html *h, double ms, double step, double y)
{
	char text[TRYST_TIME_TEXT_MAX];

	if (fabs(ms) > (double)TRYST_TIME_DATE_MAX ||
	    !dated(ms + 1000.0 * tryst_zone_offset_s(h->options->zone, (int64_t)ms), text))
		return;
	tryst_html_put(h, "<text class=\"t z\" y=\"");
	tryst_markup_unit(h->out, y);
	tryst_html_putf(h, "\">%.*s</text>", step >= 60000 ? 5 : 8, text + 11);
}

struct ruler {
	double y_top, y;
	double date_x; /* of the last date written */
	char date[12];
};

/* The date below times, the year below days: where it changes, and there is room. */
static void
tick_date(struct tryst_html *h, struct ruler *r, double ms, double step, double x, double y)
{
	int len = step >= DAY_MS ? 4 : 10;
	char text[TRYST_TIME_TEXT_MAX];

	if (!dated(ms, text) || x - r->date_x < DATE_MIN || !strncmp(text, r->date, (size_t)len))
		return;
	(void)snprintf(r->date, sizeof(r->date), "%.*s", len, text);
	r->date_x = x;
	tryst_html_putf(h, "<text class=\"date\" data-t=\"%.0f\" y=\"", ms);
	tryst_markup_unit(h->out, y);
	tryst_html_putf(h, "\">%s</text>", r->date);
}

static void
tick(struct tryst_html *h, struct ruler *r, double ms, double step, double x, const char *anchor)
{
	double y = r->y + LINE;

	tryst_html_putf(h, "<g%s transform=\"translate(", anchor);
	tryst_markup_unit(h->out, x);
	tryst_html_put(h, ")\"><path class=\"grid\" d=\"M0 ");
	tryst_markup_unit(h->out, r->y_top);
	tryst_html_put(h, "V");
	tryst_markup_unit(h->out, r->y);
	tryst_html_put(h, "\"/>");
	tick_text(h, ms, step, y);
	if (h->options->zone) {
		y += LINE;
		tick_zone(h, ms, step, y);
	}
	tick_date(h, r, ms, step, x, y + LINE);
	tryst_html_put(h, "</g>\n");
}

double
tryst_axis_height(const struct tryst_html *h)
{
	return (h->options->zone ? 3 : 2) * LINE + 6;
}

static void
pause_mark(struct tryst_html *h, const struct tryst_axis_part *p, double y_top, double y)
{
	double x = p->x + p->width + GAP / 2;

	tryst_html_put(h, "<path class=\"pause\" d=\"");
	for (int side = -1; side <= 1; side += 2) {
		tryst_html_put(h, "M");
		tryst_markup_unit(h->out, x + side * 3);
		tryst_html_put(h, " ");
		tryst_markup_unit(h->out, y_top);
		tryst_html_put(h, "V");
		tryst_markup_unit(h->out, y);
	}
	tryst_html_put(h, "\"/>\n");
}

void
tryst_axis_draw(struct tryst_html *h, const struct tryst_axis *a, double y_top, double y)
{
	struct ruler r = { .y_top = y_top, .y = y, .date_x = -1e9 };

	tryst_html_put(h, "<g class=\"axis\">\n");
	for (unsigned i = 0; i < a->count; i++) {
		const struct tryst_axis_part *p = &a->parts[i];
		double step = tick_step(p), at = ceil(p->from_ms / step) * step;

		for (; at <= p->to_ms; at += step) {
			double x = p->x + p->width * (at - p->from_ms) / (p->to_ms - p->from_ms);

			/* Texts stay between the ends of the chart. */
			tick(h, &r, at, step, x,
			     x - p->x < EDGE              ? " class=\"at-begin\""
			     : p->x + p->width - x < EDGE ? " class=\"at-end\""
			                                  : "");
		}
		if (i + 1 < a->count)
			pause_mark(h, p, y_top, y);
	}
	tryst_html_put(h, "</g>\n");
}

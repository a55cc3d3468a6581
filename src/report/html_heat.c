/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations by day and hour (UTC), as a table whose cells are shaded: nine levels by the
 * logarithm of their number, which stands in the cell as well.  Of more days than there is room
 * for, the days of the week.
 */
#include <math.h>
#include <stdlib.h>

#include "report/html.h"
#include "report/layout.h"

#define HOUR_MS 3600000
#define DAY_MS (24 * (int64_t)HOUR_MS)
#define LEVELS 9

struct heat {
	int64_t first_day; /* since 1970 */
	uint32_t days;     /* rows; 7 of them are days of the week where week is set */
	bool week;
	uint32_t *counts; /* days x 24 */
	uint32_t most;
};

static bool
heat_init(struct heat *heat, struct tryst_html *h)
{
	int64_t first = h->c->sightings[0].first_ms / DAY_MS, last = first;

	for (size_t i = 0; i < h->c->sighting_count; i++) {
		if (!tryst_time_absurd(h->c->sightings[i].first_ms))
			last = TRYST_MAX(last, h->c->sightings[i].first_ms / DAY_MS);
	}
	heat->week = last - first >= TRYST_HTML_DAYS_MAX;
	heat->first_day = first;
	heat->days = heat->week ? 7 : (uint32_t)(last - first) + 1;
	heat->counts = calloc((size_t)heat->days * 24, sizeof(*heat->counts));
	if (!heat->counts)
		return false;
	for (size_t i = 0; i < h->c->sighting_count; i++) {
		int64_t ms = h->c->sightings[i].first_ms, day = ms / DAY_MS;
		uint32_t *n;

		if (tryst_time_absurd(ms))
			continue;
		/* 1 January 1970 was a Thursday; row 0 is Monday. */
		day = heat->week ? (day + 3) % 7 : day - first;
		n = &heat->counts[day * 24 + ms % DAY_MS / HOUR_MS];
		(*n)++;
		heat->most = TRYST_MAX(heat->most, *n);
	}
	return true;
}

static void
cell(struct tryst_html *h, uint32_t n, uint32_t most)
{
	unsigned level;

	if (!n) {
		tryst_html_put(h, "<td></td>");
		return;
	}
	level = most > 1 ? 1 + (unsigned)((LEVELS - 1) * log(n) / log(most)) : LEVELS / 2;
	tryst_html_putf(h, "<td class=\"h%u\">", TRYST_MIN(level, (unsigned)LEVELS));
	if (n > 99999)
		tryst_html_putf(h, "%.0fk", n / 1000.0);
	else
		tryst_html_number(h, n);
	tryst_html_put(h, "</td>");
}

static void
row_name(struct tryst_html *h, const struct heat *heat, uint32_t row)
{
	static const char *const week[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
		                            "Friday", "Saturday", "Sunday" };
	char text[TRYST_TIME_TEXT_MAX];
	int64_t day = heat->first_day + row;

	if (heat->week) {
		tryst_html_putf(h, "<tr><th scope=\"row\">%s</th>", week[row]);
		return;
	}
	(void)tryst_time_format_short(day * DAY_MS, text);
	tryst_html_putf(h, "<tr><th scope=\"row\">%.3s %.10s</th>", week[(day + 3) % 7], text);
}

void
tryst_html_heat(struct tryst_html *h)
{
	struct heat heat = { 0 };

	if (tryst_time_absurd(h->c->sightings[0].first_ms))
		return;
	if (!heat_init(&heat, h)) {
		h->out->failed = true;
		return;
	}
	tryst_html_table(h, "heat",
	                 heat.week ? "Conversations by day of the week and hour (UTC) in which "
	                             "they began: more days than fit were read."
	                           : "Conversations by day and hour (UTC) in which they began");
	tryst_html_put(h, "<thead><tr><td></td>");
	for (unsigned hour = 0; hour < 24; hour++)
		tryst_html_putf(h, "<th scope=\"col\">%02u</th>", hour);
	tryst_html_put(h, "</tr></thead>\n<tbody>\n");
	for (uint32_t row = 0; row < heat.days; row++) {
		row_name(h, &heat, row);
		for (unsigned hour = 0; hour < 24; hour++)
			cell(h, heat.counts[row * 24 + hour], heat.most);
		tryst_html_put(h, "</tr>\n");
	}
	tryst_html_table_end(h);
	free(heat.counts);
}

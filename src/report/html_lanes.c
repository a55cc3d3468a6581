/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html_lanes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/layout.h"

#define NAME_MAX_CHARS 21
#define LINE_MIN 7.0 /* a conversation longer than this has its length drawn */
#define BIN 6.0
#define BINS 180

bool
tryst_lanes_init(struct tryst_lanes *l, struct tryst_html *h, size_t sightings)
{
	*l = (struct tryst_lanes){ 0 };
	l->lane_of = calloc(h->c->host_count + 1, sizeof(*l->lane_of));
	l->hosts = calloc(h->c->host_count + 1, sizeof(*l->hosts));
	l->sightings = calloc(sightings + 1, sizeof(*l->sightings));
	h->out->failed |= !l->lane_of || !l->hosts || !l->sightings;
	for (size_t i = 0; l->lane_of && i < h->c->host_count; i++)
		l->lane_of[i] = TRYST_LANE_NONE;
	return !h->out->failed;
}

void
tryst_lanes_fini(struct tryst_lanes *l)
{
	free(l->lane_of);
	free(l->hosts);
	free(l->sightings);
}

static uint32_t
lanes_all(const struct tryst_lanes *l)
{
	return l->count + (l->others > 0);
}

double
tryst_lanes_bottom(const struct tryst_lanes *l)
{
	return l->top + lanes_all(l) * TRYST_LANE_HEIGHT;
}

static double
lane_y(const struct tryst_lanes *l, uint32_t lane)
{
	return l->top + (TRYST_MIN(lane, l->count) + 0.5) * TRYST_LANE_HEIGHT;
}

static bool
in_bins(const struct tryst_lanes *l)
{
	return l->sighting_count > TRYST_HTML_MARKS_MAX;
}

static void
lane_name(struct tryst_html *h, const struct tryst_lanes *l, uint32_t lane)
{
	const struct tryst_listed_host *host = &h->c->hosts[l->hosts[lane]];
	char ip[TRYST_IP_TEXT_MAX];

	(void)tryst_ip_format(host->ip, ip);
	tryst_html_putf(h, "<a href=\"#h%u\" tabindex=\"-1\"><text class=\"lane\" x=\"%.0f\" y=\"",
	                l->hosts[lane] + 1, TRYST_CHART_LEFT - 12);
	tryst_markup_unit(h->out, lane_y(l, lane) + 4);
	tryst_html_put(h, "\">");
	tryst_markup_short(h->out, ip, NAME_MAX_CHARS);
	tryst_html_putf(h, "<title>%s", ip);
	for (uint32_t i = 0; i < host->indicator_count && i < 3; i++) {
		const char *label =
			tryst_watchlist_indicator(h->c->watchlist, host->indicators[i])->label;

		if (!label[0])
			continue;
		tryst_html_put(h, ", ");
		tryst_markup_short(h->out, label, 80);
	}
	tryst_html_put(h, "</title></text></a>\n");
}

static void
lane_lines(struct tryst_html *h, const struct tryst_lanes *l)
{
	tryst_html_put(h, "<path class=\"lines\" d=\"");
	for (uint32_t i = 0; i < lanes_all(l); i++) {
		for (unsigned k = 0; k < l->axis.count; k++) {
			const struct tryst_axis_part *p = &l->axis.parts[k];

			tryst_html_put(h, "M");
			tryst_markup_unit(h->out, p->x);
			tryst_html_put(h, " ");
			tryst_markup_unit(h->out, lane_y(l, i));
			tryst_html_put(h, "h");
			tryst_markup_unit(h->out, p->width);
		}
	}
	tryst_html_put(h, "\"/>\n");
}

static void
mark_title(struct tryst_html *h, const struct tryst_sighting *s)
{
	char text[TRYST_TIME_TEXT_MAX];

	(void)tryst_time_format_short(s->first_ms, text);
	tryst_html_putf(h, "<title>No. %u, %s UTC: ", s->id, text);
	tryst_markup_ip(h->out, s->peer);
	tryst_html_put(h,
	               s->initiator == TRYST_INITIATOR_HOME ? " \xe2\x86\x90 " : " \xe2\x86\x92 ");
	tryst_markup_ip(h->out, s->home);
	tryst_html_putf(h, ", %s</title>", tryst_verdict_word(s->verdict));
}

static void
mark(struct tryst_html *h, const struct tryst_lanes *l, uint32_t index)
{
	const struct tryst_sighting *s = &h->c->sightings[index];
	double x = tryst_axis_x(&l->axis, s->first_ms), x2 = tryst_axis_x(&l->axis, s->last_ms);
	double y = lane_y(l, l->lane_of[s->host]);
	bool row = h->kept[index] & TRYST_HTML_ROW;

	tryst_html_put(h, "<a");
	if (row)
		tryst_html_putf(h, " href=\"#s%u\" tabindex=\"-1\"", s->id);
	tryst_html_put(h, ">");
	if (x2 - x >= LINE_MIN) {
		tryst_html_putf(h, "<path class=\"l%d\" d=\"M", (int)tryst_mark_of(s->verdict));
		tryst_markup_unit(h->out, x);
		tryst_html_put(h, " ");
		tryst_markup_unit(h->out, y);
		tryst_html_put(h, "H");
		tryst_markup_unit(h->out, x2);
		tryst_html_put(h, "\"/>");
	}
	tryst_html_putf(h, "<use href=\"#k%d\" x=\"", (int)tryst_mark_of(s->verdict));
	tryst_markup_unit(h->out, x);
	tryst_html_put(h, "\" y=\"");
	tryst_markup_unit(h->out, y);
	tryst_html_put(h, "\"/>");
	mark_title(h, s);
	tryst_html_put(h, "</a>\n");
}

/* A bin: as high as the logarithm of its conversations, drawn as the best of their kinds. */
static void
bin_draw(struct tryst_html *h, const struct tryst_lanes *l, uint32_t lane, unsigned at,
         const uint32_t *counts)
{
	uint32_t all = 0, worked = 0;
	int best = -1;
	double height;

	for (int m = 0; m < TRYST_MARK_COUNT; m++) {
		all += counts[m];
		worked += m <= TRYST_MARK_ANSWERED ? counts[m] : 0;
		best = best < 0 && counts[m] ? m : best;
	}
	if (!all)
		return;
	height = TRYST_MIN(3 + 1.6 * log2(all), TRYST_LANE_HEIGHT - 2);
	tryst_html_putf(h, "<rect class=\"b%d\" x=\"", best);
	tryst_markup_unit(h->out, TRYST_CHART_LEFT + at * BIN + 0.5);
	tryst_html_put(h, "\" y=\"");
	tryst_markup_unit(h->out, lane_y(l, lane) - height / 2);
	tryst_html_putf(h, "\" width=\"%.0f\" height=\"", BIN - 1);
	tryst_markup_unit(h->out, height);
	tryst_html_putf(h, "\"><title>%u conversation%s, %u answered</title></rect>\n", all,
	                all == 1 ? "" : "s", worked);
}

static void
bins_draw(struct tryst_html *h, const struct tryst_lanes *l)
{
	uint32_t(*counts)[TRYST_MARK_COUNT] = calloc((size_t)lanes_all(l) * BINS, sizeof(*counts));

	if (!counts) {
		h->out->failed = true;
		return;
	}
	for (size_t i = 0; i < l->sighting_count; i++) {
		const struct tryst_sighting *s = &h->c->sightings[l->sightings[i]];
		double x = tryst_axis_x(&l->axis, s->first_ms) - TRYST_CHART_LEFT;
		unsigned at = (unsigned)TRYST_MAX(0.0, TRYST_MIN(x / BIN, (double)BINS - 1));

		counts[(size_t)TRYST_MIN(l->lane_of[s->host], l->count) * BINS + at]
		      [tryst_mark_of(s->verdict)]++;
	}
	for (uint32_t lane = 0; lane < lanes_all(l); lane++) {
		for (unsigned at = 0; at < BINS; at++)
			bin_draw(h, l, lane, at, counts[(size_t)lane * BINS + at]);
	}
	free(counts);
}

void
tryst_lanes_draw(struct tryst_html *h, const struct tryst_lanes *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		lane_name(h, l, i);
	if (l->others) {
		tryst_html_putf(h, "<text class=\"lane o\" x=\"%.0f\" y=\"", TRYST_CHART_LEFT - 12);
		tryst_markup_unit(h->out, lane_y(l, l->count) + 4);
		tryst_html_put(h, "\">");
		tryst_html_count(h, l->others, "other");
		tryst_html_put(h, "</text>\n");
	}
	lane_lines(h, l);
	tryst_html_put(h, "<g class=\"marks\">\n");
	if (in_bins(l)) {
		bins_draw(h, l);
	} else {
		/* The best last: on top of what it would be hidden by. */
		for (int kind = TRYST_MARK_COUNT - 1; kind >= 0; kind--) {
			for (size_t i = 0; i < l->sighting_count; i++) {
				uint32_t index = l->sightings[i];

				if ((int)tryst_mark_of(h->c->sightings[index].verdict) == kind)
					mark(h, l, index);
			}
		}
	}
	tryst_html_put(h, "</g>\n");
}

void
tryst_lanes_key(struct tryst_html *h, const struct tryst_lanes *l)
{
	size_t counts[TRYST_MARK_COUNT] = { 0 };

	for (size_t i = 0; i < l->sighting_count; i++)
		counts[tryst_mark_of(h->c->sightings[l->sightings[i]].verdict)]++;
	tryst_html_put(h, "<p class=\"key\">");
	for (int m = 0; m < TRYST_MARK_COUNT; m++) {
		if (!counts[m])
			continue;
		tryst_html_put(h, "<span>");
		tryst_html_mark(h, (enum tryst_mark)m);
		tryst_html_putf(h, " %s ", tryst_mark_title((enum tryst_mark)m));
		tryst_html_number(h, counts[m]);
		tryst_html_put(h, "</span> ");
	}
	if (in_bins(l))
		tryst_html_put(h, "<span>Too many to draw each: a bar is as high as the logarithm "
		                  "of their number, coloured as the best of them.</span>");
	tryst_html_put(h, "</p>\n");
}

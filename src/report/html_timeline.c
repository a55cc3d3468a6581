/* SPDX-License-Identifier: Apache-2.0 */
/* When: all conversations beside the events that are known, and close-ups of single meetings. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/html_lanes.h"
#include "report/sentence.h"

#define WIDTH (TRYST_CHART_WIDTH - TRYST_CHART_LEFT - TRYST_CHART_RIGHT)
#define BARS_HEIGHT 46.0
#define BAR 6.0
#define BARS 140
#define LABEL_ROWS 4
#define LABEL_HEIGHT 14.0
#define LABEL_CHARS 44
#define CHAR_WIDTH 6.4
#define BEYOND 1.5 /* an event is drawn if it is no further off than so many times the span */

/* What the user knows of: an event, or since when somebody was said to be down. */
struct known {
	const char *name;
	int64_t from_ms, to_ms;
	bool dead;
};

static size_t
known_list(const struct tryst_case *c, struct known *list)
{
	size_t n = 0;

	for (size_t i = 0; i < c->event_count; i++)
		list[n++] = (struct known){ c->events[i].name, c->events[i].from_ms,
			                    c->events[i].to_ms, false };
	for (size_t i = 0; i < c->dead_count; i++)
		list[n++] =
			(struct known){ c->dead[i].whom, c->dead[i].at_ms, c->dead[i].at_ms, true };
	return n;
}

/* The time drawn: that of the conversations, and events that are not too far from them. */
static size_t
known_near(const struct tryst_case *c, struct known *list, size_t count, double *from, double *to)
{
	double first = (double)c->sightings[0].first_ms, last = first, room;
	size_t n = 0;

	for (size_t i = 0; i < c->sighting_count; i++)
		last = TRYST_MAX(last, (double)c->sightings[i].last_ms);
	room = BEYOND * TRYST_MAX(last - first, 600000.0);
	*from = first;
	*to = last;
	for (size_t i = 0; i < count; i++) {
		double a = (double)list[i].from_ms, b = (double)list[i].to_ms;

		if (b < first - room || a > last + room)
			continue;
		*from = TRYST_MIN(*from, TRYST_MAX(a, first - room));
		*to = TRYST_MAX(*to, TRYST_MIN(b, last + room));
		list[n++] = list[i];
	}
	return n;
}

static void
known_label(struct tryst_html *h, const struct known *k, double x, double y, bool before)
{
	tryst_html_putf(h, "<text class=\"event\"%s data-from=\"%lld\" data-to=\"%lld\" x=\"",
	                before ? " text-anchor=\"end\"" : "", (long long)k->from_ms,
	                (long long)k->to_ms);
	tryst_markup_unit(h->out, x);
	tryst_html_put(h, "\" y=\"");
	tryst_markup_unit(h->out, y);
	tryst_html_put(h, "\">");
	tryst_markup_short(h->out, k->name, LABEL_CHARS);
	tryst_html_put(h, k->dead ? " said down" : "");
	tryst_html_put(h, "<title>");
	tryst_markup_str(h->out, k->name);
	tryst_html_put(h, "</title></text>\n");
}

static void
known_band(struct tryst_html *h, const struct known *k, double x, double x2, double y_top, double y)
{
	tryst_html_putf(h, "<rect class=\"%s\" data-from=\"%lld\" data-to=\"%lld\" x=\"",
	                k->dead ? "dead" : "event", (long long)k->from_ms, (long long)k->to_ms);
	tryst_markup_unit(h->out, x);
	tryst_html_put(h, "\" y=\"");
	tryst_markup_unit(h->out, y_top);
	tryst_html_put(h, "\" width=\"");
	tryst_markup_unit(h->out, TRYST_MAX(x2 - x, 1.5));
	tryst_html_put(h, "\" height=\"");
	tryst_markup_unit(h->out, y - y_top);
	tryst_html_put(h, "\"/>\n");
}

/* A row of labels that has room at x for so much; LABEL_ROWS where none has. */
static unsigned
label_row(double *ends, double from, double to)
{
	for (unsigned i = 0; i < LABEL_ROWS; i++) {
		if (ends[i] < from) {
			ends[i] = to;
			return i;
		}
	}
	return LABEL_ROWS;
}

static void
known_draw(struct tryst_html *h, const struct tryst_axis *axis, const struct known *list,
           size_t count, double y)
{
	double ends[LABEL_ROWS];

	for (unsigned i = 0; i < LABEL_ROWS; i++)
		ends[i] = -1e9;
	for (size_t i = 0; i < count; i++) {
		const struct known *k = &list[i];
		double x = tryst_axis_x(axis, k->from_ms), x2 = tryst_axis_x(axis, k->to_ms);
		size_t chars = TRYST_MIN(strlen(k->name), (size_t)LABEL_CHARS) + (k->dead ? 10 : 0);
		double width = (double)chars * CHAR_WIDTH;
		bool before = x + width > TRYST_CHART_WIDTH;
		unsigned row = before ? label_row(ends, x - width, x + 8)
		                      : label_row(ends, x, x + width + 8);

		known_band(h, k, x, x2, TRYST_MIN(row, LABEL_ROWS - 1U) * LABEL_HEIGHT + 2, y);
		if (row < LABEL_ROWS)
			known_label(h, k, before ? x - 4 : x + 4, (row + 1) * LABEL_HEIGHT - 2,
			            before);
	}
}

/* How many conversations began, over the lanes. */
static void
bars(struct tryst_html *h, const struct tryst_lanes *l, double y)
{
	uint32_t counts[BARS + 1] = { 0 }, most = 1;

	for (size_t i = 0; i < l->sighting_count; i++) {
		const struct tryst_sighting *s = &h->c->sightings[l->sightings[i]];
		double x = tryst_axis_x(&l->axis, s->first_ms) - TRYST_CHART_LEFT;
		unsigned at = TRYST_MIN((unsigned)(TRYST_MAX(x, 0.0) / BAR), BARS);

		counts[at]++;
		most = TRYST_MAX(most, counts[at]);
	}
	tryst_html_put(h, "<path class=\"bars\" d=\"");
	for (unsigned i = 0; i <= BARS; i++) {
		if (!counts[i])
			continue;
		tryst_html_put(h, "M");
		tryst_markup_unit(h->out, TRYST_CHART_LEFT + i * BAR + 0.5);
		tryst_html_put(h, " ");
		tryst_markup_unit(h->out, y);
		tryst_html_put(h, "v-");
		tryst_markup_unit(h->out, TRYST_MAX(2.0, (BARS_HEIGHT - 8) * counts[i] / most));
		tryst_html_putf(h, "h%.0fV", BAR - 1);
		tryst_markup_unit(h->out, y);
		tryst_html_put(h, "z");
	}
	tryst_html_put(h, "\"/>\n");
	tryst_html_putf(h, "<text class=\"lane o peak\" x=\"%.0f\" y=\"", TRYST_CHART_LEFT - 12);
	tryst_markup_unit(h->out, y - 1);
	tryst_html_put(h, "\">all, peak ");
	tryst_html_number(h, most);
	tryst_html_put(h, "</text>\n");
}

static void
zone_names(struct tryst_html *h, double y)
{
	tryst_html_putf(h, "<text class=\"lane o\" x=\"%.0f\" y=\"", TRYST_CHART_LEFT - 12);
	tryst_markup_unit(h->out, y + 13);
	tryst_html_put(h, "\"><tspan class=\"zn\">UTC</tspan></text>\n");
	if (!h->options->zone)
		return;
	tryst_html_putf(h, "<text class=\"lane o z\" x=\"%.0f\" y=\"", TRYST_CHART_LEFT - 12);
	tryst_markup_unit(h->out, y + 26);
	tryst_html_put(h, "\">");
	tryst_markup_short(h->out, h->options->zone_name, 20);
	tryst_html_put(h, "</text>\n");
}

static void
svg_open(struct tryst_html *h, const char *id, double height, const char *what)
{
	unsigned n = ++h->figures;

	tryst_html_putf(h,
	                "<div class=\"scroll chart\" tabindex=\"0\" role=\"region\" "
	                "aria-labelledby=\"f%u\"><svg%s%s%s viewBox=\"0 0 %.0f ",
	                n, id ? " id=\"" : "", id ? id : "", id ? "\"" : "", TRYST_CHART_WIDTH);
	tryst_markup_unit(h->out, height);
	tryst_html_putf(h, "\" role=\"img\" aria-labelledby=\"f%u\"><title id=\"f%u\">", n, n);
	tryst_markup_str(h->out, what);
	tryst_html_put(h, "</title>\n");
}

static int
lane_compare(const void *a, const void *b, void *context)
{
	const struct tryst_case *c = context;
	const struct tryst_listed_host *x = &c->hosts[*(const uint32_t *)a];
	const struct tryst_listed_host *y = &c->hosts[*(const uint32_t *)b];

	if (x->first_ms != y->first_ms)
		return x->first_ms < y->first_ms ? -1 : 1;
	return tryst_ip_compare(x->ip, y->ip);
}

/* Hosts of meetings beyond chance have lanes first, then those with the most conversations. */
static void
choose_lanes(struct tryst_html *h, struct tryst_lanes *l)
{
	const struct tryst_case *c = h->c;

	for (size_t i = 0; i < c->meeting_count; i++) {
		const struct tryst_meeting *m = &c->meetings[i];

		for (uint32_t k = 0; k < m->host_count && m->judgement.grade != 'D'; k++) {
			if (l->count < TRYST_HTML_LANES_MAX &&
			    l->lane_of[m->hosts[k]] == TRYST_LANE_NONE) {
				l->hosts[l->count++] = m->hosts[k];
				l->lane_of[m->hosts[k]] = 0;
			}
		}
	}
	for (uint32_t i = 0; i < c->host_count && l->count < TRYST_HTML_LANES_MAX; i++) {
		if (l->lane_of[i] == TRYST_LANE_NONE)
			l->hosts[l->count++] = i;
		l->lane_of[i] = 0;
	}
	qsort_r(l->hosts, l->count, sizeof(*l->hosts), lane_compare, (void *)(uintptr_t)c);
	for (uint32_t i = 0; i < c->host_count; i++)
		l->lane_of[i] = TRYST_LANE_NONE;
	for (uint32_t i = 0; i < l->count; i++)
		l->lane_of[l->hosts[i]] = i;
	l->others = c->host_count - l->count;
}

/* What the script redraws the chart by: <metadata> is not shown. */
static void
frame(struct tryst_html *h, const struct tryst_lanes *l, double y_bars, double bottom)
{
	const struct tryst_axis_part *p = &l->axis.parts[0];

	tryst_html_putf(h,
	                "<metadata data-from=\"%.0f\" data-to=\"%.0f\" data-left=\"%.0f\" "
	                "data-width=\"%.0f\" data-bars=\"%.0f\" data-top=\"%.0f\" "
	                "data-bottom=\"%.0f\" data-lane=\"%.0f\" data-hosts=\"",
	                p->from_ms, p->to_ms, p->x, p->width, y_bars, l->top, bottom,
	                TRYST_LANE_HEIGHT);
	for (uint32_t i = 0; i < l->count; i++)
		tryst_html_putf(h, "%s%u", i ? " " : "", l->hosts[i]);
	tryst_html_put(h, "\"/>\n");
}

static void
overview(struct tryst_html *h, struct tryst_lanes *l, struct known *list, size_t count)
{
	double from, to, y_bars, bottom;
	size_t near = known_near(h->c, list, count, &from, &to);
	unsigned rows = (unsigned)TRYST_MIN(near, (size_t)LABEL_ROWS);

	for (uint32_t i = 0; i < h->c->sighting_count; i++)
		l->sightings[l->sighting_count++] = i;
	choose_lanes(h, l);
	tryst_axis_whole(&l->axis, from, to, TRYST_CHART_LEFT, WIDTH);
	y_bars = rows * LABEL_HEIGHT + BARS_HEIGHT;
	l->top = y_bars + 8;
	bottom = tryst_lanes_bottom(l) + 2;
	svg_open(h, "timeline", bottom + tryst_axis_height(h),
	         "Conversations with listed hosts in time, a lane for each host");
	frame(h, l, y_bars, bottom);
	known_draw(h, &l->axis, list, near, bottom);
	tryst_axis_draw(h, &l->axis, y_bars - BARS_HEIGHT + 4, bottom);
	zone_names(h, bottom);
	bars(h, l, y_bars);
	tryst_lanes_draw(h, l);
	tryst_html_put(h, "</svg></div>\n");
	tryst_lanes_key(h, l);
	if (near < count)
		tryst_html_put(h, "<p class=\"more\">Events far from all conversations are not "
		                  "drawn.</p>\n");
}

/* What is drawn; what the times say of hosts that were said to be down, and of null routes. */
static void
notes(struct tryst_html *h)
{
	const struct tryst_deaths *d = &h->c->deaths;
	const struct tryst_timeline *t = &h->c->timeline;

	if (h->c->outdated)
		tryst_html_put(h, "<p class=\"note\">What is out of date is drawn as well.</p>\n");
	if (d->stated) {
		tryst_html_put(h, "<p class=\"note\">");
		tryst_sentence_deaths(&h->tmp, d);
		tryst_html_said(h);
		tryst_html_put(h, d->reading_count ? "</p>\n<ul class=\"note\">\n" : "</p>\n");
		for (uint32_t i = 0; i < d->reading_count; i++) {
			tryst_html_put(h, "<li>");
			tryst_markup_str(h->out, d->readings[i]);
			tryst_html_put(h, "</li>\n");
		}
		tryst_html_put(h, d->reading_count ? "</ul>\n" : "");
	}
	for (uint32_t i = 0; i < t->null_route_count; i++) {
		tryst_html_put(h, "<p class=\"note\">");
		tryst_sentence_null_route(&h->tmp, h->c, &t->null_routes[i]);
		tryst_html_said(h);
		tryst_html_put(h, "</p>\n");
	}
}

void
tryst_html_timeline(struct tryst_html *h)
{
	const struct tryst_case *c = h->c;
	struct known *list;
	struct tryst_lanes l;

	if (!c->sighting_count)
		return;
	list = calloc(c->event_count + c->dead_count + 1, sizeof(*list));
	h->out->failed |= !list;
	tryst_html_section(
		h, "when", "When",
		c->event_count || c->dead_count
			? "Each lane is a listed host; each mark a conversation, where it "
			  "began. Shaded: events that the investigator named."
			: "Each lane is a listed host; each mark a conversation, where it "
			  "began.");
	if (tryst_lanes_init(&l, h, c->sighting_count))
		overview(h, &l, list, known_list(c, list));
	tryst_lanes_fini(&l);
	free(list);
	notes(h);
	tryst_html_heat(h);
	tryst_html_put(h, "</section>\n");
}

void
tryst_html_closeup(struct tryst_html *h, const struct tryst_meeting *m)
{
	struct tryst_moment_span *spans = calloc(m->sighting_count + 1, sizeof(*spans));
	struct tryst_lanes l;

	if (!tryst_lanes_init(&l, h, m->sighting_count) || !spans || !m->sighting_count)
		goto out;
	for (uint32_t i = 0; i < m->sighting_count; i++) {
		const struct tryst_sighting *s = &h->c->sightings[m->sightings[i] - 1];

		l.sightings[l.sighting_count++] = m->sightings[i] - 1;
		spans[i] = (struct tryst_moment_span){ s->first_ms, s->last_ms };
	}
	for (uint32_t i = 0; i < m->host_count && i < TRYST_HTML_LANES_MAX; i++) {
		l.lane_of[m->hosts[i]] = l.count;
		l.hosts[l.count++] = m->hosts[i];
	}
	l.others = m->host_count - l.count;
	l.top = 4;
	tryst_axis_episodes(&l.axis, spans, m->sighting_count, TRYST_CHART_LEFT, WIDTH);
	svg_open(h, NULL, tryst_lanes_bottom(&l) + 2 + tryst_axis_height(h),
	         "The conversations of this meeting in time; double lines: a pause is left out");
	tryst_axis_draw(h, &l.axis, 2, tryst_lanes_bottom(&l) + 2);
	zone_names(h, tryst_lanes_bottom(&l) + 2);
	tryst_lanes_draw(h, &l);
	tryst_html_put(h, "</svg></div>\n");
	tryst_lanes_key(h, &l);
out:
	h->out->failed |= !spans;
	tryst_lanes_fini(&l);
	free(spans);
}

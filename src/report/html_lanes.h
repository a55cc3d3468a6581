/* SPDX-License-Identifier: Apache-2.0 */
/* A chart of conversations in time, a lane for each listed host, drawn as SVG. */
#ifndef TRYST_REPORT_HTML_LANES_H
#define TRYST_REPORT_HTML_LANES_H

#include "report/html_axis.h"

#define TRYST_CHART_WIDTH 1000.0
#define TRYST_CHART_LEFT 150.0
#define TRYST_CHART_RIGHT 12.0
#define TRYST_LANE_HEIGHT 16.0
#define TRYST_LANE_NONE UINT32_MAX

struct tryst_lanes {
	struct tryst_axis axis;
	uint32_t *lane_of;   /* by host; TRYST_LANE_NONE: in the lane of the others */
	uint32_t *hosts;     /* by lane */
	uint32_t count;      /* without the lane of the others */
	size_t others;       /* hosts in that; 0: there is none */
	uint32_t *sightings; /* indices, by time */
	size_t sighting_count;
	double top; /* y of the first lane */
};

/* Room for all hosts and so many conversations; TRYST_ERR_NOMEM sets h->out->failed. */
bool tryst_lanes_init(struct tryst_lanes *l, struct tryst_html *h, size_t sightings);
void tryst_lanes_fini(struct tryst_lanes *l);

/* The y below the last lane. */
double tryst_lanes_bottom(const struct tryst_lanes *l);

/* Names, lines, and marks: one by one, or in bins where they are too many. */
void tryst_lanes_draw(struct tryst_html *h, const struct tryst_lanes *l);

/* What the marks mean, of those that are in the chart; and whether they are in bins. */
void tryst_lanes_key(struct tryst_html *h, const struct tryst_lanes *l);

#endif

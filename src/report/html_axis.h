/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The axis of time of a chart: one stretch, or several with the long pauses between them left out
 * and marked, each stretch with a scale of its own.  Times are doubles here, so that absurd ones
 * cannot overflow.  Pure; any thread.
 */
#ifndef TRYST_REPORT_HTML_AXIS_H
#define TRYST_REPORT_HTML_AXIS_H

#include "report/html.h"

#define TRYST_AXIS_PARTS_MAX 4

struct tryst_axis_part {
	double from_ms, to_ms;
	double x, width;
};

struct tryst_axis {
	unsigned count;
	struct tryst_axis_part parts[TRYST_AXIS_PARTS_MAX];
};

struct tryst_moment_span {
	int64_t first_ms, last_ms;
};

/* One stretch over [from, to] with a little room on both sides. */
void tryst_axis_whole(struct tryst_axis *a, double from_ms, double to_ms, double x, double width);

/* Spans in order of their beginnings, count > 0: pauses that take most of the time are left out. */
void tryst_axis_episodes(struct tryst_axis *a, const struct tryst_moment_span *spans, size_t count,
                         double x, double width);

/* Where an instant is; one in a pause, or beyond the ends, is at the nearer edge. */
double tryst_axis_x(const struct tryst_axis *a, int64_t ms);

/* Lines, times and dates (UTC, and the other zone's below) under a chart from y_top to y. */
void tryst_axis_draw(struct tryst_html *h, const struct tryst_axis *a, double y_top, double y);

/* What tryst_axis_draw needs below y. */
double tryst_axis_height(const struct tryst_html *h);

#endif

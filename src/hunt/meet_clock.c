/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/meet_clock.h"

#include <math.h>
#include <string.h>

#define FLOOR .1 /* of the mean: no bin is so quiet that time stands still in it */

void
tryst_meet_clock_init(struct tryst_meet_clock *c, int64_t first_ms, int64_t last_ms,
                      const uint32_t activity[TRYST_MEET_CLOCK_BINS])
{
	int64_t length_ms = last_ms >= first_ms ? last_ms - first_ms + 1 : 0;
	double mean = 0;

	memset(c, 0, sizeof(*c));
	c->first_ms = first_ms;
	c->last_ms = last_ms;
	if (length_ms < 2 * (int64_t)TRYST_MEET_CLOCK_BIN_MS ||
	    length_ms / TRYST_MEET_CLOCK_BIN_MS + 2 > TRYST_MEET_CLOCK_BINS)
		return;
	c->from_ms = first_ms / TRYST_MEET_CLOCK_BIN_MS * TRYST_MEET_CLOCK_BIN_MS;
	c->bins = (size_t)((last_ms - c->from_ms) / TRYST_MEET_CLOCK_BIN_MS + 1);
	for (size_t i = 0; i < c->bins; i++)
		mean += activity[tryst_meet_clock_bin(c->from_ms +
		                                      (int64_t)i * TRYST_MEET_CLOCK_BIN_MS)] /
		        (double)c->bins;
	for (size_t i = 0; i < c->bins; i++) {
		unsigned bin =
			tryst_meet_clock_bin(c->from_ms + (int64_t)i * TRYST_MEET_CLOCK_BIN_MS);

		c->before[i + 1] = c->before[i] + fmax(activity[bin], FLOOR * mean + 1e-9);
	}
}

double
tryst_meet_clock_wall(const struct tryst_meet_clock *c, int64_t at_ms)
{
	double length_ms = (double)(c->last_ms - c->first_ms) + 1;

	at_ms = at_ms < c->first_ms ? c->first_ms : at_ms > c->last_ms ? c->last_ms : at_ms;
	return (double)(at_ms - c->first_ms) / length_ms;
}

double
tryst_meet_clock_at(const struct tryst_meet_clock *c, int64_t at_ms)
{
	double at, share;
	size_t bin;

	if (!c->bins)
		return tryst_meet_clock_wall(c, at_ms);
	at_ms = at_ms < c->first_ms ? c->first_ms : at_ms > c->last_ms ? c->last_ms : at_ms;
	at = (double)(at_ms - c->from_ms) / TRYST_MEET_CLOCK_BIN_MS;
	bin = TRYST_MIN((size_t)at, c->bins - 1);
	share = c->before[bin] + (at - (double)bin) * (c->before[bin + 1] - c->before[bin]);
	return fmin(share / c->before[c->bins], 1 - 1e-12);
}

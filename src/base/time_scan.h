/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between time.c and time_window.c: a time taken apart, with how precisely it was given.  All
 * functions take exactly len characters and are safe on any thread.
 */
#ifndef TRYST_BASE_TIME_SCAN_H
#define TRYST_BASE_TIME_SCAN_H

#include "base/time.h"

enum tryst_precision {
	TRYST_MONTH,
	TRYST_DAY,
	TRYST_HOUR,
	TRYST_MINUTE,
	TRYST_SECOND,
	TRYST_MS,
};

struct tryst_wall {
	unsigned year, month, day, hour, minute, second, ms;
	struct tryst_zone zone; /* its own, or the one given to the scan */
	enum tryst_precision precision;
	bool slashed; /* nfdump's YYYY/MM/dd */
};

/* False when the text is no date or time with a calendar date. */
bool tryst_wall_scan(const char *text, size_t len, const struct tryst_zone *zone,
                     struct tryst_wall *w);
int64_t tryst_wall_ms(const struct tryst_wall *w);

/* Epoch seconds or milliseconds. */
bool tryst_epoch_scan(const char *text, size_t len, int64_t *out_ms);

/* `+02:00`, `-0400`, `+02`. */
bool tryst_offset_scan(const char *text, size_t len, int32_t *offset_s);

#endif

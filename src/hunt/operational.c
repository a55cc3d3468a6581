/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/operational.h"

#include <stdlib.h>
#include <string.h>

#define VISITS_MIN 200
#define BELOW_ONE (1 - 1e-12)

static int
ms_compare(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

int
tryst_operational_init(struct tryst_operational *o, const int64_t *visits_ms, size_t n,
                       int64_t from_ms, int64_t to_ms, struct tryst_error *err)
{
	*o = (struct tryst_operational){ .from_ms = from_ms, .to_ms = to_ms };
	if (n < VISITS_MIN)
		return 0;
	o->ms = malloc(n * sizeof(*o->ms));
	if (!o->ms)
		return tryst_error_nomem(err);
	memcpy(o->ms, visits_ms, n * sizeof(*o->ms));
	o->count = n;
	qsort(o->ms, n, sizeof(*o->ms), ms_compare);
	return 0;
}

void
tryst_operational_fini(struct tryst_operational *o)
{
	free(o->ms);
	*o = (struct tryst_operational){ 0 };
}

static double
wall_at(const struct tryst_operational *o, int64_t ms)
{
	double whole = (double)o->to_ms - (double)o->from_ms + 1;

	return whole > 0 ? ((double)ms - (double)o->from_ms) / whole : 0;
}

static double
visits_at(const struct tryst_operational *o, int64_t ms)
{
	size_t low = 0, high = o->count;
	double before, gap;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (o->ms[mid] < ms)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0 || low == o->count || o->ms[low] == ms)
		return (double)low / (double)o->count;
	before = (double)ms - (double)o->ms[low - 1];
	gap = (double)o->ms[low] - (double)o->ms[low - 1];
	return ((double)low - 1 + before / gap) / (double)o->count;
}

double
tryst_operational_at(const struct tryst_operational *o, int64_t ms)
{
	double at = o->ms ? visits_at(o, ms) : wall_at(o, ms);

	return TRYST_MIN(TRYST_MAX(at, 0), BELOW_ONE);
}

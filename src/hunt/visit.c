/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/visit.h"

#include <stdlib.h>

static int
time_compare(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

size_t
tryst_visits_find(int64_t *starts_ms, size_t n)
{
	size_t kept = 0;
	int64_t last = 0;

	qsort(starts_ms, n, sizeof(*starts_ms), time_compare);
	for (size_t i = 0; i < n; i++) {
		int64_t start = starts_ms[i];

		if (i == 0 || start > tryst_time_add(last, TRYST_VISIT_GAP_MS))
			starts_ms[kept++] = start;
		last = start;
	}
	return kept;
}

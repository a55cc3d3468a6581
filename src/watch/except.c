/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions of a list (ipset's nomatch, what Zeek removes): ranges that its entries are said not
 * to hold, although they do.  What is left of an entry stays under its text.
 */
#include <stdlib.h>

#include "watch/impl.h"

/* Beyond so many pieces entries stay whole: a list may not grow without end. */
#define PIECES_MAX ((size_t)4 << 20)

static int
range_compare(const void *va, const void *vb)
{
	const struct tryst_ip_range *a = va, *b = vb;

	return tryst_ip_compare(a->first, b->first);
}

/* Sorts the ranges and joins those that overlap; returns how many are left. */
static size_t
ranges_join(struct tryst_ip_range *r, size_t count)
{
	size_t n = 0;

	qsort(r, count, sizeof(*r), range_compare);
	for (size_t i = 0; i < count; i++) {
		if (n && tryst_ip_compare(r[i].first, r[n - 1].last) <= 0) {
			if (tryst_ip_compare(r[i].last, r[n - 1].last) > 0)
				r[n - 1].last = r[i].last;
		} else {
			r[n++] = r[i];
		}
	}
	return n;
}

static struct tryst_ip
ip_after(struct tryst_ip ip)
{
	ip.lo++;
	ip.hi += ip.lo == 0;
	return ip;
}

static struct tryst_ip
ip_before(struct tryst_ip ip)
{
	ip.hi -= ip.lo == 0;
	ip.lo--;
	return ip;
}

/* The first of the ranges that ends at or behind ip. */
static size_t
range_find(const struct tryst_ip_range *r, size_t count, struct tryst_ip ip)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (tryst_ip_compare(r[mid].last, ip) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Appends what the ranges leave of one indicator. */
static int
indicator_cut(struct tryst_list_vec *to, const struct tryst_indicator *whole,
              const struct tryst_ip_range *r, size_t count)
{
	struct tryst_ip first = whole->range.first;
	size_t i = range_find(r, count, first);
	struct tryst_indicator *piece;

	for (;; i++) {
		bool cut = i < count && to->count < PIECES_MAX &&
		           tryst_ip_compare(r[i].first, whole->range.last) <= 0;

		if (!cut || tryst_ip_compare(first, r[i].first) < 0) {
			piece = tryst_list_push(to, sizeof(*piece));
			if (!piece)
				return TRYST_ERR_NOMEM;
			*piece = *whole;
			piece->range.first = first;
			if (!cut)
				return 0;
			piece->range.last = ip_before(r[i].first);
		}
		if (tryst_ip_compare(r[i].last, whole->range.last) >= 0)
			return 0;
		first = ip_after(r[i].last);
	}
}

int
tryst_list_subtract(struct tryst_watchlist *w)
{
	struct tryst_ip_range *r = w->exceptions.data;
	size_t count = ranges_join(r, w->exceptions.count);
	struct tryst_list_vec left = { 0 };
	size_t from = w->first_indicator;
	int rc = 0;

	for (size_t i = from; i < w->indicators.count && rc == 0; i++)
		rc = indicator_cut(&left, (struct tryst_indicator *)w->indicators.data + i, r,
		                   count);
	if (rc == 0) {
		tryst_list_current(w)->indicators += (uint32_t)left.count;
		tryst_list_current(w)->indicators -= (uint32_t)(w->indicators.count - from);
		w->indicators.count = from;
	}
	for (size_t i = 0; i < left.count && rc == 0; i++) {
		struct tryst_indicator *to = tryst_list_push(&w->indicators, sizeof(*to));

		if (to)
			*to = ((struct tryst_indicator *)left.data)[i];
		rc = to ? 0 : TRYST_ERR_NOMEM;
	}
	if (rc == 0 && left.count >= PIECES_MAX)
		rc = tryst_list_warn(w, 1, "too many exceptions: some entries are kept whole",
		                     (struct tryst_slice){ 0 });
	free(left.data);
	return rc;
}

int
tryst_list_part(struct tryst_watchlist *w)
{
	int rc = w->exceptions.count ? tryst_list_subtract(w) : 0;

	w->exceptions.count = 0;
	w->first_indicator = w->indicators.count;
	return rc;
}

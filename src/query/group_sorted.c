/* SPDX-License-Identifier: Apache-2.0 */
#include "query/group_sorted.h"

#include <string.h>

#define STRETCH 128

/* To walk by so many groups costs about as much as to look one up in a table. */
#define WALK_MORE 16
#define WALK_MIN ((uint64_t)1 << 22) /* too little to matter */

/* Where a code's address belongs: the number of groups before it << 1 | whether it is the next. */
typedef uint32_t place;

void
tryst_group_sorted_init(struct tryst_group_sorted *s, struct tryst_group_budget *budget)
{
	*s = (struct tryst_group_sorted){ .budget = budget };
}

void
tryst_group_sorted_fini(struct tryst_group_sorted *s)
{
	if (!s->budget)
		return;
	tryst_group_pages_fini(&s->ips, s->budget);
	tryst_group_pages_fini(&s->values, s->budget);
	tryst_group_pages_fini(&s->places, s->budget);
	s->used = 0;
}

static struct tryst_ip *
ips_of(const struct tryst_group_sorted *s)
{
	return (struct tryst_ip *)(void *)s->ips.data;
}

static int
pages_hold(struct tryst_group_sorted *s, struct tryst_group_pages *p, size_t size,
           struct tryst_error *err)
{
	/* A fourth more than is needed: it is not touched before it is used. */
	size_t more = size + size / 4;
	int rc = TRYST_ERR_LIMIT;

	if (p->size >= size)
		return 0;
	for (unsigned i = 0; i < 2 && rc == TRYST_ERR_LIMIT; i++, more = size)
		rc = p->data ? tryst_group_pages_grow(p, s->budget, more, err)
		             : tryst_group_pages_init(p, s->budget, more, err);
	return rc;
}

static inline unsigned __int128
wide(struct tryst_ip ip)
{
	return (unsigned __int128)ip.hi << 64 | ip.lo;
}

/*
 * The places of n addresses from group `at` on.  Which list is ahead nobody can foresee, so each
 * step compares their heads and moves on in one or both without a branch.
 */
static size_t
places_find(const struct tryst_group_sorted *s, size_t at, const struct tryst_ip *ips, size_t n,
            place *places)
{
	const struct tryst_ip *groups = ips_of(s);
	size_t i = 0, used = s->used;

	while (i < n && at < used) {
		unsigned __int128 group = wide(groups[at]), ip = wide(ips[i]);
		bool behind = group < ip, equal = group == ip;

		places[i] = (place)(at << 1 | equal);
		at += behind;
		i += !behind;
	}
	for (; i < n; i++)
		places[i] = (place)(at << 1);
	return at;
}

/* The places of all codes; returns how many groups are new. */
static size_t
places_fill(struct tryst_group_sorted *s, const struct tryst_codebook *book,
            const struct tryst_group_array *a)
{
	place *places = (place *)(void *)s->places.data;
	struct tryst_ip ips[STRETCH];
	size_t at = 0, added = 0;

	for (uint32_t from = 0; from < a->count; from += STRETCH) {
		uint32_t n = TRYST_MIN(a->count - from, (uint32_t)STRETCH);

		book->addresses(book, from, n, ips);
		at = places_find(s, at, ips, n, places + from);
		for (uint32_t i = from; i < from + n; i++)
			added += !(places[i] & 1) & tryst_group_array_has(a, i);
	}
	return added;
}

/* Makes room before group `from`: what is from there to *end goes up to *to. */
static void
groups_move(struct tryst_group_sorted *s, size_t from, size_t *end, size_t *to)
{
	size_t n = *end - from;

	*to -= n;
	memmove(ips_of(s) + *to, ips_of(s) + from, n * sizeof(struct tryst_ip));
	memmove(tryst_group_sorted_values(s, *to), tryst_group_sorted_values(s, from),
	        n * sizeof(struct tryst_group_values));
	*end = from;
}

/* From the last code down, so that each group moves once. */
static void
groups_take(struct tryst_group_sorted *s, const struct tryst_codebook *book,
            struct tryst_group_array *a, size_t added)
{
	const place *places = (const place *)(const void *)s->places.data;
	size_t end = s->used, to = s->used + added;
	uint32_t from = a->count;
	struct tryst_ip ips[STRETCH];

	while (from > 0) {
		uint32_t n = from % STRETCH ? from % STRETCH : STRETCH;

		from -= n;
		book->addresses(book, from, n, ips);
		for (uint32_t i = n; i-- > 0;) {
			place p = places[from + i];
			struct tryst_group_values v;

			if (!tryst_group_array_take_at(a, from + i, &v))
				continue;
			if (p & 1) {
				tryst_group_values_add(tryst_group_sorted_values(s, p >> 1), &v);
				continue;
			}
			groups_move(s, p >> 1, &end, &to);
			to--;
			ips_of(s)[to] = ips[i];
			*tryst_group_sorted_values(s, to) = v;
		}
	}
	assert(to == end);
	s->used += added;
	tryst_group_array_taken(a);
}

int
tryst_group_sorted_merge(struct tryst_group_sorted *s, const struct tryst_codebook *book,
                         struct tryst_group_array *a, size_t limit, struct tryst_error *err)
{
	const size_t bytes = sizeof(struct tryst_ip) + sizeof(struct tryst_group_values);
	size_t added, count;
	int rc = pages_hold(s, &s->places, TRYST_MAX(a->count, 1u) * sizeof(place), err);

	if (rc < 0)
		return rc;
	s->walked += s->used;
	s->merged += a->count;
	added = places_fill(s, book, a);
	count = s->used + added;
	if (count > TRYST_MIN(limit / bytes, (size_t)INT32_MAX))
		return TRYST_ERR_LIMIT;
	if (count)
		rc = pages_hold(s, &s->ips, count * sizeof(struct tryst_ip), err);
	if (rc == 0 && count)
		rc = pages_hold(s, &s->values, count * sizeof(struct tryst_group_values), err);
	if (rc == 0)
		groups_take(s, book, a, added);
	return rc;
}

bool
tryst_group_sorted_pays(const struct tryst_group_sorted *s)
{
	return s->walked < WALK_MIN || s->walked / WALK_MORE < s->merged;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/meet_contact.h"

#include <stdlib.h>
#include <string.h>

#define LEVEL_MAX 40
#define FEW 16 /* contacts that are sorted by moving each to its place */
#define DIGIT_BITS 11
#define DIGIT_COUNT (1 << DIGIT_BITS)
#define DIGITS 6 /* of 64 bits */

typedef int (*order_fn)(const void *a, const void *b);

/* Where a contact stands, and what nearly tells its order. */
struct place {
	uint64_t key;
	uint32_t at;
};

static bool
is_kept(const struct tryst_meet_contact *c, enum tryst_meet_what what, unsigned level)
{
	return tryst_ip_hash(what == TRYST_MEET_PEERS ? c->server : c->client) <= UINT64_MAX >>
	       level;
}

static void
thin(struct tryst_meet_contacts *all, enum tryst_meet_what what)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->count; i++) {
		if (is_kept(&all->list[i], what, all->level))
			all->list[kept++] = all->list[i];
	}
	all->count = kept;
}

/* Makes room for one more: folds, grows, or drops a half of the keys. */
static int
room(struct tryst_meet_contacts *all, enum tryst_meet_what what, struct tryst_error *err)
{
	size_t cap = TRYST_MIN(TRYST_MAX(2 * all->cap, (size_t)256), TRYST_MEET_CONTACTS_MAX);
	struct tryst_meet_contact *list;

	if (all->count < all->cap)
		return 0;
	if (what == TRYST_MEET_PROBES)
		tryst_meet_contact_fold(all);
	if (all->count <= all->cap / 2 && all->cap)
		return 0;
	if (all->cap < cap) {
		list = reallocarray(all->list, cap, sizeof(*list));
		if (!list)
			return tryst_error_nomem(err);
		all->list = list;
		all->cap = cap;
	}
	while (all->count == all->cap && all->level < LEVEL_MAX) {
		all->level++;
		thin(all, what);
	}
	if (all->count == all->cap)
		all->count = 0; /* one key alone has more than fit: nobody is kept */
	return 0;
}

int
tryst_meet_contact_add(struct tryst_meet_contacts *all, enum tryst_meet_what what,
                       const struct tryst_meet_contact *c, struct tryst_error *err)
{
	int rc;

	if (!is_kept(c, what, all->level))
		return 0;
	rc = room(all, what, err);
	if (rc >= 0 && is_kept(c, what, all->level))
		all->list[all->count++] = *c;
	return rc;
}

int
tryst_meet_contact_join(struct tryst_meet_contacts *a, struct tryst_meet_contacts *b,
                        enum tryst_meet_what what, struct tryst_error *err)
{
	int rc = 0;

	if (b->level > a->level) {
		a->level = b->level;
		thin(a, what);
	}
	for (size_t i = 0; i < b->count && rc >= 0; i++)
		rc = tryst_meet_contact_add(a, what, &b->list[i], err);
	free(b->list);
	*b = (struct tryst_meet_contacts){ 0 };
	return rc;
}

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
client_order(const void *va, const void *vb)
{
	const struct tryst_meet_contact *a = va, *b = vb;
	int order = tryst_ip_compare(a->client, b->client);

	if (!order)
		order = compare_numbers(a->group, b->group);
	if (!order)
		order = tryst_ip_compare(a->server, b->server);
	if (!order)
		order = compare_numbers(a->port, b->port);
	return order ? order : compare_numbers((uint64_t)a->first_ms, (uint64_t)b->first_ms);
}

static int
server_order(const void *va, const void *vb)
{
	const struct tryst_meet_contact *a = va, *b = vb;
	int order = tryst_ip_compare(a->server, b->server);

	if (!order)
		order = compare_numbers(a->group, b->group);
	if (!order)
		order = compare_numbers(a->port, b->port);
	return order ? order : client_order(a, b);
}

/* Never the wrong way round by address and group, but often the same. */
static uint64_t
key_of(struct tryst_ip ip, uint32_t group)
{
	if (tryst_ip_is_v4(ip))
		return (ip.lo & UINT32_MAX) << 31 | group >> 1;
	if (ip.hi)
		return 1ULL << 63 | ip.hi >> 1;
	return ip.lo >> 32 < TRYST_IP_V4_TAG ? 0 : UINT64_MAX >> 1;
}

/* Radix sort, the last digit first; the result is what is returned, one of the two. */
static struct place *
places_sort(struct place *from, struct place *to, size_t n)
{
	for (unsigned d = 0; d < DIGITS; d++) {
		unsigned shift = d * DIGIT_BITS;
		uint32_t at[DIGIT_COUNT] = { 0 }, sum = 0;
		struct place *other = from;

		for (size_t i = 0; i < n; i++)
			at[from[i].key >> shift & (DIGIT_COUNT - 1)]++;
		/* All alike. */
		if (at[from[0].key >> shift & (DIGIT_COUNT - 1)] == n)
			continue;
		for (unsigned b = 0; b < DIGIT_COUNT; b++) {
			uint32_t here = at[b];

			at[b] = sum;
			sum += here;
		}
		for (size_t i = 0; i < n; i++)
			to[at[from[i].key >> shift & (DIGIT_COUNT - 1)]++] = from[i];
		from = to;
		to = other;
	}
	return from;
}

/* Sorts those whose keys are the same. */
static void
run_sort(struct tryst_meet_contact *list, size_t n, order_fn order)
{
	if (n > FEW) {
		qsort(list, n, sizeof(*list), order);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct tryst_meet_contact c = list[i];
		size_t at = i;

		for (; at && order(&list[at - 1], &c) > 0; at--)
			list[at] = list[at - 1];
		list[at] = c;
	}
}

/* Moves the contacts to their places; false: no memory. */
static bool
sorted_by_key(struct tryst_meet_contacts *all, bool by_server, order_fn order)
{
	size_t n = all->count;
	struct place *places = malloc(n * sizeof(*places)), *spare = malloc(n * sizeof(*spare)),
		     *sorted;
	struct tryst_meet_contact *list = malloc(all->cap * sizeof(*list));
	bool room = places && spare && list;

	for (size_t i = 0; room && i < n; i++) {
		const struct tryst_meet_contact *c = &all->list[i];

		places[i].key = key_of(by_server ? c->server : c->client, c->group);
		places[i].at = (uint32_t)i;
	}
	if (room) {
		sorted = places_sort(places, spare, n);
		for (size_t i = 0; i < n; i++)
			list[i] = all->list[sorted[i].at];
		for (size_t from = 0, to; from < n; from = to) {
			for (to = from + 1; to < n && sorted[to].key == sorted[from].key; to++)
				;
			run_sort(list + from, to - from, order);
		}
		free(all->list);
		all->list = TRYST_TAKE(list);
	}
	free(places);
	free(spare);
	free(list);
	return room;
}

static void
contacts_sort(struct tryst_meet_contacts *all, bool by_server, order_fn order)
{
	if (all->count > 1 && !sorted_by_key(all, by_server, order))
		qsort(all->list, all->count, sizeof(*all->list), order);
}

void
tryst_meet_contact_by_client(struct tryst_meet_contacts *all)
{
	contacts_sort(all, false, client_order);
}

void
tryst_meet_contact_by_server(struct tryst_meet_contacts *all)
{
	contacts_sort(all, true, server_order);
}

void
tryst_meet_contact_fold(struct tryst_meet_contacts *all)
{
	size_t kept = 0;

	tryst_meet_contact_by_client(all);
	for (size_t i = 0; i < all->count; i++) {
		struct tryst_meet_contact *last = kept ? &all->list[kept - 1] : NULL;
		const struct tryst_meet_contact *c = &all->list[i];

		if (last && last->group == c->group && tryst_ip_equal(last->client, c->client)) {
			last->count += c->count;
			last->first_ms = TRYST_MIN(last->first_ms, c->first_ms);
		} else {
			all->list[kept++] = *c;
		}
	}
	all->count = kept;
}

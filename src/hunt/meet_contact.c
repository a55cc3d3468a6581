/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/meet_contact.h"

#include <stdlib.h>
#include <string.h>

#define LEVEL_MAX 40

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

void
tryst_meet_contact_by_client(struct tryst_meet_contacts *all)
{
	if (all->count)
		qsort(all->list, all->count, sizeof(*all->list), client_order);
}

void
tryst_meet_contact_by_server(struct tryst_meet_contacts *all)
{
	if (all->count)
		qsort(all->list, all->count, sizeof(*all->list), server_order);
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

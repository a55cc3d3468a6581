/* SPDX-License-Identifier: Apache-2.0 */
/* Game-like endpoints against the others of their class: who goes where, who plays, at what hours.
 */
#include <math.h>
#include <stdlib.h>

#include "hunt/meet_find.h"

#define CLASS_MIN 5  /* endpoints, for a class to say anything */
#define BROWSER .6   /* of the class's endpoints: who asks so many looks at a list */
#define HOURS_MIN 20 /* client-hours, for a profile of the day */

/* A class: endpoints of one service, or of one port. */
struct class
{
	uint32_t group;
	uint32_t endpoints; /* that answered anybody */
	uint32_t candidates, played;
	double hours[24];
};

struct classes {
	struct class *list;
	size_t count;
};

static int
class_order(const void *va, const void *vb)
{
	const struct class *a = va, *b = vb;

	return (a->group > b->group) - (a->group < b->group);
}

static struct class *
class_find(const struct classes *all, uint32_t group)
{
	struct class key = { .group = group };

	return all->count ? bsearch(&key, all->list, all->count, sizeof(key), class_order) : NULL;
}

static uint32_t
group_of(const struct tryst_meet_candidate *c)
{
	return c->group ? c->group : (uint32_t)c->proto << 16 | c->port;
}

/* Classes with the number of their endpoints, out of contacts by server. */
static int
classes_make(struct classes *all, struct tryst_meet_contacts *games, struct tryst_error *err)
{
	size_t n = 0;

	all->list = calloc(games->count + 1, sizeof(*all->list));
	if (!all->list)
		return tryst_error_nomem(err);
	tryst_meet_contact_by_server(games);
	for (size_t i = 0; i < games->count; i++) {
		const struct tryst_meet_contact *c = &games->list[i], *last = i ? c - 1 : NULL;

		if (last && last->group == c->group && last->port == c->port &&
		    tryst_ip_equal(last->server, c->server))
			continue;
		all->list[n++] = (struct class){ .group = c->group, .endpoints = 1 };
	}
	qsort(all->list, n, sizeof(*all->list), class_order);
	for (size_t i = 0; i < n; i++) {
		if (all->count && all->list[all->count - 1].group == all->list[i].group)
			all->list[all->count - 1].endpoints++;
		else
			all->list[all->count++] = all->list[i];
	}
	return 0;
}

/* A client's share of the class's endpoints. */
struct share {
	struct tryst_ip server;
	uint16_t port;
	double share;
};

static int
share_order(const void *va, const void *vb)
{
	const struct share *a = va, *b = vb;
	int order = tryst_ip_compare(a->server, b->server);

	if (order)
		return order;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return (a->share > b->share) - (a->share < b->share);
}

/* For each contact, how much of the class its client visits; sorted by endpoint. */
static int
shares_make(struct tryst_meet_contacts *games, const struct classes *classes, struct share **out,
            struct tryst_error *err)
{
	struct share *list = calloc(games->count + 1, sizeof(*list));

	*out = list;
	if (!list)
		return tryst_error_nomem(err);
	tryst_meet_contact_by_client(games);
	for (size_t from = 0, to; from < games->count; from = to) {
		const struct tryst_meet_contact *c = &games->list[from];
		const struct class *class = class_find(classes, c->group);
		double share;

		for (to = from + 1; to < games->count; to++) {
			if (games->list[to].group != c->group ||
			    !tryst_ip_equal(games->list[to].client, c->client))
				break;
		}
		share = (double)(to - from) / class->endpoints;
		for (size_t i = from; i < to; i++)
			list[i] =
				(struct share){ games->list[i].server, games->list[i].port, share };
	}
	qsort(list, games->count, sizeof(*list), share_order);
	return 0;
}

/* The mean share of the clients of an endpoint, and how many of them look at all of the class. */
static void
coverage(struct tryst_meet_candidate *c, const struct share *shares, size_t count)
{
	size_t low = 0, high = count, n = 0;
	double sum = 0, browsers = 0;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = tryst_ip_compare(shares[mid].server, c->ip);

		if (order < 0 || (order == 0 && shares[mid].port < c->port))
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < count && tryst_ip_equal(shares[low].server, c->ip) &&
	       shares[low].port == c->port;
	     low++) {
		n++;
		sum += shares[low].share;
		browsers += shares[low].share >= BROWSER;
	}
	c->v[TRYST_MEET_V_COVERAGE] = n ? sum / (double)n : NAN;
	c->v[TRYST_MEET_V_BROWSERS] = browsers;
}

/* Pearson's correlation of the hours with those of the rest of the class. */
static double
rhythm(const struct tryst_meet_candidate *c, const struct class *class)
{
	double n = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;

	for (unsigned h = 0; h < 24; h++) {
		double x = c->hours[h], y = class->hours[h] - x;

		n += x;
		sx += x / 24;
		sy += y / 24;
		sxx += x * x / 24;
		syy += y * y / 24;
		sxy += x * y / 24;
	}
	if (n < HOURS_MIN || sxx <= sx * sx || syy <= sy * sy)
		return NAN;
	return (sxy - sx * sy) / sqrt((sxx - sx * sx) * (syy - sy * sy));
}

static void
candidate_finish(struct tryst_meet_candidate *c, const struct classes *classes)
{
	const struct class *class = class_find(classes, group_of(c));

	c->v[TRYST_MEET_V_RHYTHM] = NAN;
	c->v[TRYST_MEET_V_CLASS] = class ? class->endpoints : 0;
	c->v[TRYST_MEET_V_CLASS_PLAYED] = NAN;
	if (!class || class->endpoints < CLASS_MIN || class->candidates < 2) {
		c->v[TRYST_MEET_V_COVERAGE] = NAN;
		return;
	}
	c->v[TRYST_MEET_V_CLASS_PLAYED] =
		(class->played - (c->v[TRYST_MEET_V_PLAYS] > 0)) / (class->candidates - 1.);
	c->v[TRYST_MEET_V_RHYTHM] = rhythm(c, class);
}

int
tryst_meet_finish_game(struct tryst_meet_contacts *games, struct tryst_meet_candidates *all,
                       struct tryst_error *err)
{
	struct classes classes = { 0 };
	struct share *shares = NULL;
	int rc = classes_make(&classes, games, err);

	if (rc >= 0)
		rc = shares_make(games, &classes, &shares, err);
	for (size_t i = 0; i < all->count && rc >= 0; i++) {
		struct tryst_meet_candidate *c = &all->list[i];
		struct class *class;

		if (c->kind != TRYST_MEET_GAME)
			continue;
		coverage(c, shares, games->count);
		class = class_find(&classes, group_of(c));
		if (!class)
			continue;
		class->candidates++;
		class->played += c->v[TRYST_MEET_V_PLAYS] > 0;
		for (unsigned h = 0; h < 24; h++)
			class->hours[h] += c->hours[h];
	}
	for (size_t i = 0; i < all->count && rc >= 0; i++) {
		if (all->list[i].kind == TRYST_MEET_GAME)
			candidate_finish(&all->list[i], &classes);
	}
	free(shares);
	free(classes.list);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Watchlists over a network: who is listed. */
#include <stdlib.h>
#include <string.h>

#include "simulate/plan.h"
#include "simulate/sim.h"

#define TRIES 1000 /* for each host drawn by weight: the popular ones come again and again */

void
tryst_sim_list_fini(struct tryst_sim_list *l)
{
	free(l->hosts);
	*l = (struct tryst_sim_list){ 0 };
}

void
tryst_sim_list_text(const struct tryst_sim_list *l, struct tryst_buf *out)
{
	char text[TRYST_IP_TEXT_MAX];

	for (size_t i = 0; i < l->count; i++) {
		tryst_buf_add(out, text, tryst_ip_format(l->hosts[i], text));
		tryst_buf_char(out, '\n');
	}
}

/* Where an address is, or would be. */
static size_t
place(const struct tryst_sim_list *l, struct tryst_ip ip)
{
	size_t at = 0, high = l->count;

	while (at < high) {
		size_t middle = (at + high) / 2;

		if (tryst_ip_compare(l->hosts[middle], ip) < 0)
			at = middle + 1;
		else
			high = middle;
	}
	return at;
}

bool
tryst_sim_list_has(const struct tryst_sim_list *l, uint32_t address)
{
	struct tryst_ip ip = tryst_ip_v4(address);
	size_t at = place(l, ip);

	return at < l->count && tryst_ip_equal(l->hosts[at], ip);
}

bool
tryst_sim_list_add(struct tryst_sim_list *l, uint32_t address, bool *failed)
{
	struct tryst_ip ip = tryst_ip_v4(address), *hosts;
	size_t at = place(l, ip);

	if (at < l->count && tryst_ip_equal(l->hosts[at], ip))
		return false;
	/* The room is the next power of two. */
	if ((l->count & (l->count - 1)) == 0) {
		hosts = realloc(l->hosts, (l->count ? l->count * 2 : 1) * sizeof(*hosts));
		if (!hosts) {
			*failed = true;
			return false;
		}
		l->hosts = hosts;
	}
	memmove(l->hosts + at + 1, l->hosts + at, (l->count - at) * sizeof(*l->hosts));
	l->hosts[at] = ip;
	l->count++;
	return true;
}

/* A range of host numbers that hosts are drawn from, each once. */
struct range {
	uint32_t first, count;
};

static bool
draw_range(const struct tryst_sim_world *w, struct range range, size_t count, uint64_t key,
           struct tryst_sim_list *out)
{
	bool failed = false;

	for (uint32_t i = 0; i < range.count && out->count < count && !failed; i++) {
		uint32_t host = range.first + tryst_sim_permute(i, range.count, key);

		(void)tryst_sim_list_add(out, tryst_sim_external(w, host), &failed);
	}
	return !failed;
}

static bool
draw_weighted(const struct tryst_sim_world *w, const struct tryst_sim_alias *a, uint32_t first,
              size_t count, uint64_t key, struct tryst_sim_list *out)
{
	struct tryst_sim_rng r = { key };
	bool failed = false;

	for (size_t i = 0; i < count * TRIES && out->count < count && !failed; i++)
		(void)tryst_sim_list_add(
			out, tryst_sim_external(w, first + tryst_sim_alias_draw(a, &r)), &failed);
	return !failed;
}

/*
 * In a log nobody says who scans: whoever came to at least a hundredth of the local hosts, in an
 * order by the key.
 */
static bool
draw_trace_scanners(const struct tryst_sim_world *w, size_t count, uint64_t key,
                    struct tryst_sim_list *out)
{
	bool failed = false;

	for (uint32_t i = 0; i < w->externals && out->count < count && !failed; i++) {
		uint32_t host = tryst_sim_permute(i, w->externals, key);

		if (w->degree[host] * 100.0 >= w->hosts)
			(void)tryst_sim_list_add(out, tryst_sim_external(w, host), &failed);
	}
	return !failed;
}

static bool
draw_scanners(const struct tryst_sim_world *w, size_t count, uint64_t key,
              struct tryst_sim_list *out)
{
	struct range scanners = { w->first_scanner, w->scanners };

	return w->trace ? draw_trace_scanners(w, count, key, out)
	                : draw_range(w, scanners, count, key, out);
}

static uint32_t
players_of(const struct tryst_sim_world *w, uint32_t community)
{
	uint32_t count = 0;

	for (uint32_t n = 0; n < w->players; n++)
		count += tryst_sim_community(w, tryst_sim_player(w, n)) == community;
	return count;
}

/* A community of a random player; the largest of those tried if none has enough. */
static bool
draw_players(const struct tryst_sim_world *w, size_t count, uint64_t key,
             struct tryst_sim_list *out)
{
	struct tryst_sim_rng r = { key };
	uint32_t best = 0, most = 0;
	bool failed = false;

	for (unsigned tries = 0; tries < 20 && w->players && most < count; tries++) {
		uint32_t n = tryst_sim_below(&r, w->players);
		uint32_t community = tryst_sim_community(w, tryst_sim_player(w, n));
		uint32_t here = players_of(w, community);

		if (here > most) {
			most = here;
			best = community;
		}
	}
	for (uint32_t i = 0; i < w->players && out->count < count && !failed; i++) {
		uint32_t host = tryst_sim_player(w, tryst_sim_permute(i, w->players, key));

		if (tryst_sim_community(w, host) == best)
			(void)tryst_sim_list_add(out, tryst_sim_external(w, host), &failed);
	}
	return !failed;
}

int
tryst_sim_world_list(const struct tryst_sim_world *w, enum tryst_sim_list_kind kind, size_t count,
                     uint64_t seed, struct tryst_sim_list *out, struct tryst_error *err)
{
	uint64_t key = tryst_sim_hash(w->seed, TRYST_SIM_USE_LIST, kind, seed);
	struct range all = { 0, w->externals };
	bool ok = true;

	*out = (struct tryst_sim_list){ 0 };
	switch (kind) {
	case TRYST_SIM_LIST_HALF_SCANNERS:
		ok = draw_scanners(w, (count + 1) / 2, key, out) &&
		     draw_range(w, all, count, key, out);
		break;
	case TRYST_SIM_LIST_SCANNERS:
		ok = draw_scanners(w, count, key, out);
		break;
	case TRYST_SIM_LIST_ACTIVE:
		ok = draw_weighted(w, &w->activity, 0, count, key, out);
		break;
	case TRYST_SIM_LIST_GAMERS:
		ok = draw_players(w, count, key, out);
		break;
	case TRYST_SIM_LIST_POPULAR:
		ok = w->trace || draw_weighted(w, &w->web, w->first_web, count, key, out);
		break;
	case TRYST_SIM_LIST_UPDATES:
		ok = w->trace ||
		     draw_range(w, (struct range){ w->first_update, w->updates }, count, key, out);
		break;
	default:
		ok = draw_range(w, all, count, key, out);
	}
	if (ok && out->count)
		return 0;
	tryst_sim_list_fini(out);
	return ok ? tryst_error_set(err, TRYST_ERR_USAGE,
	                            "nobody to list: the network has no such hosts")
	          : tryst_error_nomem(err);
}

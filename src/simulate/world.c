/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/world.h"

#include <stdlib.h>

#define DAY_MS 86400000
#define SLICES_MAX 1000000LL /* of a log: nine years */
#define QUIET_MS 14400000    /* of the day: people sleep */

static bool
special(uint32_t block)
{
	static const struct {
		uint32_t value, mask;
	} blocks[] = {
		{ 0x000000, 0xff0000 }, { 0x0a0000, 0xff0000 }, { 0x7f0000, 0xff0000 },
		{ 0x644000, 0xffc000 }, { 0xa9fe00, 0xffff00 }, { 0xac1000, 0xfff000 },
		{ 0xc00000, 0xffffff }, { 0xc00002, 0xffffff }, { 0xc05863, 0xffffff },
		{ 0xc0a800, 0xffff00 }, { 0xc61200, 0xfffe00 }, { 0xc63364, 0xffffff },
		{ 0xcb0071, 0xffffff }, { 0xe00000, 0xe00000 },
	};

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(blocks); i++) {
		if ((block & blocks[i].mask) == blocks[i].value)
			return true;
	}
	return false;
}

/*
 * Cycle walking keeps a bijection only if it starts inside: numbers begin at 11.0.0.0/24, above
 * which there are 5.8 million networks without a special one.
 */
uint32_t
tryst_sim_external(const struct tryst_sim_world *w, uint32_t host)
{
	uint64_t key = tryst_sim_hash(w->seed, TRYST_SIM_USE_ADDRESS, 0, 0);
	uint32_t block = (host >> 1) + 0x0b0000;

	do {
		block = tryst_sim_permute(block, 1u << 24, key);
	} while (special(block));
	return block << 8 | (uint32_t)(1 + (tryst_sim_mix(key + block) + (host & 1) * 97) % 254);
}

/* 198.18.0.0/16, of the block for benchmarks (RFC 2544): no one's network. */
uint32_t
tryst_sim_local(const struct tryst_sim_world *w, uint32_t host)
{
	uint64_t key = tryst_sim_hash(w->seed, TRYST_SIM_USE_LOCAL, 0, 0);

	return (198u << 24 | 18u << 16) + 1 + tryst_sim_permute(host, w->hosts, key);
}

uint32_t
tryst_sim_player(const struct tryst_sim_world *w, uint32_t n)
{
	uint64_t key = tryst_sim_hash(w->seed, TRYST_SIM_USE_PLAYER, 0, 0);

	return tryst_sim_permute(n, w->externals, key);
}

uint32_t
tryst_sim_choice(const struct tryst_sim_world *w, uint32_t host, uint32_t c)
{
	struct tryst_sim_rng r = tryst_sim_stream(w->seed, TRYST_SIM_USE_CHOICE, host, c);
	uint32_t j = tryst_sim_alias_draw(&w->endpoints, &r), near;

	if (!tryst_sim_chance(&r, w->p.mixing))
		return j;
	/* Ranks are dealt to the communities in turn: the same popularity, but one of its own. */
	near = j / w->communities * w->communities + tryst_sim_community(w, host);
	return near < w->hosts ? near : j;
}

uint32_t
tryst_sim_game_choice(const struct tryst_sim_world *w, uint32_t host, struct tryst_sim_rng *r)
{
	uint32_t c = tryst_sim_community(w, host) % w->game_servers, own;

	if (!tryst_sim_chance(r, w->p.mixing))
		return tryst_sim_below(r, w->game_servers);
	own = (w->game_servers - c - 1) / w->communities;
	return c + tryst_sim_below(r, own + 1) * w->communities;
}

bool
tryst_sim_polls(const struct tryst_sim_world *w, uint32_t host, uint32_t g)
{
	uint64_t bits;

	if (g < w->game_servers)
		return true;
	bits = tryst_sim_hash(w->seed, TRYST_SIM_USE_CHOICE, host, (uint64_t)g << 32);
	return tryst_sim_unit(bits) < w->planted_share[g - w->game_servers];
}

double
tryst_sim_diurnal(const struct tryst_sim_world *w, int64_t at_ms)
{
	int64_t day = (at_ms - QUIET_MS) % DAY_MS;

	day = day < 0 ? day + DAY_MS : day;
	return 1 - w->p.diurnal * tryst_sim_cos_turns((double)day / DAY_MS);
}

#define TIME_TRIES 1000

/* The time of a record of the log that lies between; any time where hardly one does. */
static int64_t
trace_time(const struct tryst_sim_trace *t, struct tryst_sim_rng *r, int64_t from_ms, int64_t to_ms)
{
	for (unsigned i = 0; i < TIME_TRIES; i++) {
		int64_t at = t->records[tryst_sim_below(r, (uint32_t)t->count)].start_ms;

		if (at >= from_ms && at < to_ms)
			return at;
	}
	return from_ms + (int64_t)(tryst_sim_uniform(r) * (double)(to_ms - from_ms));
}

int64_t
tryst_sim_time(const struct tryst_sim_world *w, struct tryst_sim_rng *r, int64_t from_ms,
               int64_t to_ms)
{
	double most = 1 + w->p.diurnal;
	int64_t at = from_ms;

	if (w->trace)
		return trace_time(w->trace, r, from_ms, to_ms);
	/* In the deadest minute of the night nobody would ever come. */
	for (unsigned i = 0; i < TIME_TRIES; i++) {
		at = from_ms + (int64_t)(tryst_sim_uniform(r) * (double)(to_ms - from_ms));
		if (tryst_sim_uniform(r) * most <= tryst_sim_diurnal(w, at))
			break;
	}
	return at;
}

/* Degrees by a power law: P(degree >= k) ~ k^(1 - exponent), cut at the largest. */
static bool
degrees_init(struct tryst_sim_world *w)
{
	double *weights = malloc(w->externals * sizeof(*weights));
	double power = -1 / (w->p.exponent - 1), most = TRYST_MIN(w->p.degree_max, w->p.hosts);
	bool ok;

	w->degree = malloc(w->externals * sizeof(*w->degree));
	if (!weights || !w->degree) {
		free(weights);
		return false;
	}
	for (uint32_t i = 0; i < w->externals; i++) {
		uint64_t bits = tryst_sim_hash(w->seed, TRYST_SIM_USE_DEGREE, i, 0);
		double k = tryst_sim_pow(1 - tryst_sim_unit(bits), power);

		w->degree[i] = w->trace ? w->trace->degree[i] : (uint16_t)(k < most ? k : most);
		weights[i] = w->degree[i];
		w->degree_sum += weights[i];
	}
	ok = tryst_sim_alias_init(&w->activity, weights, w->externals);
	free(weights);
	return ok;
}

static bool
zipf_init(struct tryst_sim_alias *a, uint32_t count, double exponent)
{
	double *weights = malloc(count * sizeof(*weights));
	bool ok;

	for (uint32_t i = 0; weights && i < count; i++)
		weights[i] = tryst_sim_pow(i + 1, -exponent);
	ok = weights && tryst_sim_alias_init(a, weights, count);
	free(weights);
	return ok;
}

/*
 * A planted server is in the lists of some of those who poll: half of its ordinary visitors are
 * pollers where that is enough to do.
 */
static void
planted_init(struct tryst_sim_world *w)
{
	const double degrees[] = { w->p.degree, w->p.degree_b, w->p.degree_c };
	double pollers = w->browsers + w->players * 0.5;

	w->planted_servers = 0;
	if (w->p.plant != TRYST_SIM_PLANT_MEETING && w->p.plant != TRYST_SIM_PLANT_FORGED &&
	    w->p.plant != TRYST_SIM_PLANT_TWIN && w->p.plant != TRYST_SIM_PLANT_DECOY &&
	    w->p.plant != TRYST_SIM_PLANT_DEAD)
		return;
	while (w->planted_servers < 3 && (w->planted_servers == 0 || degrees[w->planted_servers])) {
		double half = degrees[w->planted_servers] / 2;

		w->planted_share[w->planted_servers++] = pollers > half ? half / pollers : 1;
	}
}

/* The numbers of the external hosts, kind after kind. */
static void
ranges_init(struct tryst_sim_world *w)
{
	w->web_servers = TRYST_MAX(w->externals / 20, 200u);
	w->time_servers = 40;
	w->name_servers = TRYST_MAX(w->externals / 40, 100u);
	w->cdn_servers = 60;
	w->chat_servers = 10;
	w->first_scanner = w->externals;
	w->first_web = w->first_scanner + w->scanners;
	w->first_update = w->first_web + w->web_servers;
	w->first_time = w->first_update + w->updates;
	w->first_name = w->first_time + w->time_servers;
	w->first_cdn = w->first_name + w->name_servers;
	w->first_chat = w->first_cdn + w->cdn_servers;
	w->first_other = w->first_chat + w->chat_servers;
}

/* Only who is in the log, and room for what is planted among the local hosts. */
static void
params_like(struct tryst_sim_params *p, const struct tryst_sim_trace *t)
{
	double *const none[] = { &p->scanners, &p->players, &p->browsers, &p->chats, &p->torrents };

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(none); i++)
		*none[i] = 0;
	p->hosts = TRYST_MAX(t->locals + 16, 64u);
	p->externals = t->visitors;
	p->start = (double)(t->first_ms / 1000);
	p->duration = (double)(t->last_ms + 1 - t->first_ms / 1000 * 1000) / 3600000;
}

int
tryst_sim_world_init(struct tryst_sim_world *w, const struct tryst_sim_params *params,
                     uint64_t seed, const struct tryst_sim_trace *trace, struct tryst_error *err)
{
	struct tryst_sim_params *p = &w->p;
	int64_t duration_ms;

	*w = (struct tryst_sim_world){ .p = *params, .seed = seed, .trace = trace };
	if (trace && !trace->visitors)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "nobody comes from outside to a home network in the log");
	if (trace && trace->last_ms - trace->first_ms > SLICES_MAX * TRYST_SIM_SLICE_MS)
		return tryst_error_set(err, TRYST_ERR_LIMIT,
		                       "the records of the log are years apart");
	if (trace)
		params_like(p, trace);
	duration_ms = (int64_t)(p->duration * 3600000 + 0.5);
	w->start_ms = (int64_t)p->start * 1000;
	w->end_ms = w->start_ms + duration_ms;
	w->slices = (size_t)((duration_ms + TRYST_SIM_SLICE_MS - 1) / TRYST_SIM_SLICE_MS);
	w->hosts = (uint32_t)p->hosts;
	w->externals = (uint32_t)p->externals;
	w->communities = (uint32_t)p->communities;
	w->scanners = (uint32_t)p->scanners;
	w->browsers = (uint32_t)TRYST_MIN(p->browsers, p->externals);
	w->players = (uint32_t)TRYST_MIN(p->players, p->externals);
	w->updates = (uint32_t)p->update_servers;
	w->game_servers = trace ? 0 : (uint32_t)TRYST_MIN(p->game_servers, p->hosts / 4);
	ranges_init(w);
	planted_init(w);
	if (degrees_init(w) && zipf_init(&w->endpoints, w->hosts, p->popularity) &&
	    zipf_init(&w->web, w->web_servers, p->popularity))
		return 0;
	return tryst_error_nomem(err);
}

void
tryst_sim_world_fini(struct tryst_sim_world *w)
{
	free(w->degree);
	tryst_sim_alias_fini(&w->activity);
	tryst_sim_alias_fini(&w->endpoints);
	tryst_sim_alias_fini(&w->web);
}

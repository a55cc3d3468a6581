/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/sim.h"

#include <stdlib.h>

#include "simulate/plan.h"
#include "simulate/traffic.h"

#define LIST_SEED 0 /* of the scenario's own list; tryst_sim_list_draw has the others */

const char *const tryst_sim_roles[TRYST_SIM_ROLES] = {
	[TRYST_SIM_ROLE_VISIT] = "visit",     [TRYST_SIM_ROLE_SCAN] = "scan",
	[TRYST_SIM_ROLE_BROWSE] = "browse",   [TRYST_SIM_ROLE_PLAY] = "play",
	[TRYST_SIM_ROLE_WEB] = "web",         [TRYST_SIM_ROLE_CDN] = "cdn",
	[TRYST_SIM_ROLE_DNS] = "dns",         [TRYST_SIM_ROLE_NTP] = "ntp",
	[TRYST_SIM_ROLE_UPDATE] = "update",   [TRYST_SIM_ROLE_TORRENT] = "torrent",
	[TRYST_SIM_ROLE_MEETING] = "meeting", [TRYST_SIM_ROLE_QUERY] = "query",
	[TRYST_SIM_ROLE_FORGED] = "forged",   [TRYST_SIM_ROLE_CONTROL] = "control",
	[TRYST_SIM_ROLE_IRC] = "irc",         [TRYST_SIM_ROLE_BEACON] = "beacon",
	[TRYST_SIM_ROLE_PROBE] = "probe",     [TRYST_SIM_ROLE_CALL] = "call",
	[TRYST_SIM_ROLE_OVERLAY] = "overlay", [TRYST_SIM_ROLE_POLL] = "poll",
	[TRYST_SIM_ROLE_CHAT] = "chat",       [TRYST_SIM_ROLE_LIKE] = "like",
};

static size_t
slice_of(const struct tryst_sim_world *w, int64_t at_ms)
{
	size_t slice;

	if (at_ms <= w->start_ms)
		return 0;
	slice = (size_t)(at_ms - w->start_ms) / TRYST_SIM_SLICE_MS;
	return TRYST_MIN(slice, w->slices - 1);
}

static size_t
last_slice(const struct tryst_sim_world *w, const struct tryst_sim_talk *t)
{
	return slice_of(w, t->start_ms + t->lag_ms + t->duration_ms);
}

/* Lists the talks of each slice: counts, then places. */
static bool
slices_init(struct tryst_sim *sim)
{
	const struct tryst_sim_world *w = &sim->w;
	size_t sum = 0;

	sim->first = calloc(w->slices + 2, sizeof(*sim->first));
	if (!sim->first)
		return false;
	for (size_t i = 0; i < sim->talks.count; i++) {
		const struct tryst_sim_talk *t = &sim->talks.list[i];

		for (size_t s = slice_of(w, t->start_ms); s <= last_slice(w, t); s++)
			sim->first[s + 2]++;
	}
	for (size_t s = 0; s < w->slices + 2; s++)
		sim->first[s] = sum += sim->first[s];
	sim->of_slice = malloc((sum + 1) * sizeof(*sim->of_slice));
	if (!sim->of_slice)
		return false;
	for (size_t i = 0; i < sim->talks.count; i++) {
		const struct tryst_sim_talk *t = &sim->talks.list[i];

		for (size_t s = slice_of(w, t->start_ms); s <= last_slice(w, t); s++)
			sim->of_slice[sim->first[s + 1]++] = (uint32_t)i;
	}
	return true;
}

int
tryst_sim_new(struct tryst_sim **out, const struct tryst_sim_params *params, uint64_t seed,
              struct tryst_error *err)
{
	return tryst_sim_new_like(out, params, seed, NULL, err);
}

int
tryst_sim_new_like(struct tryst_sim **out, const struct tryst_sim_params *params, uint64_t seed,
                   const struct tryst_sim_trace *trace, struct tryst_error *err)
{
	struct tryst_sim *sim = calloc(1, sizeof(*sim));
	struct tryst_sim_plan plan;
	int rc;

	if (!sim)
		return tryst_error_nomem(err);
	rc = tryst_sim_world_init(&sim->w, params, seed, trace, err);
	if (rc == 0 && trace)
		rc = tryst_sim_like_init(&sim->like, trace, &sim->w, err);
	if (rc == 0)
		rc = tryst_sim_world_list(&sim->w, (enum tryst_sim_list_kind)params->list,
		                          (size_t)params->listed, LIST_SEED, &sim->truth.listed,
		                          err);
	if (rc < 0)
		goto out;
	plan = (struct tryst_sim_plan){ .w = &sim->w, .truth = &sim->truth, .talks = &sim->talks };
	plan.rng = tryst_sim_stream(seed, TRYST_SIM_USE_PLANT, 0, 0);
	/* What is planted comes first, so that its numbers do not depend on who plays. */
	if (!tryst_sim_plan_make(&plan))
		rc = tryst_error_nomem(err);
	if (rc == 0) {
		tryst_sim_players(&sim->w, &sim->talks);
		tryst_sim_chats(&sim->w, &sim->talks);
	}
	if (rc == 0 && (sim->talks.failed || !slices_init(sim)))
		rc = tryst_error_nomem(err);
	if (rc == 0)
		*out = TRYST_TAKE(sim);
out:
	tryst_sim_free(sim);
	return rc;
}

void
tryst_sim_free(struct tryst_sim *sim)
{
	if (!sim)
		return;
	tryst_sim_list_fini(&sim->truth.listed);
	tryst_sim_list_fini(&sim->truth.met);
	tryst_sim_list_fini(&sim->truth.companions);
	tryst_sim_list_fini(&sim->truth.clients);
	free(sim->truth.endpoints);
	free(sim->truth.events);
	tryst_sim_talks_fini(&sim->talks);
	tryst_sim_world_fini(&sim->w);
	tryst_sim_like_fini(&sim->like);
	free(sim->of_slice);
	free(sim->first);
	free(sim);
}

int
tryst_sim_part_make(const struct tryst_sim *sim, size_t slice, struct tryst_sim_part *part,
                    struct tryst_error *err)
{
	const struct tryst_sim_world *w = &sim->w;
	int64_t from_ms = w->start_ms + (int64_t)slice * TRYST_SIM_SLICE_MS;

	*part = (struct tryst_sim_part){
		.w = w,
		.null_routed = w->p.null_route > 0 ? &sim->truth.listed : NULL,
		.dead = tryst_sim_kills(&w->p) ? &sim->truth.met : NULL,
		.dead_ms = tryst_sim_share(w, w->p.at),
		.slice = slice,
		.from_ms = from_ms,
		.to_ms = TRYST_MIN(from_ms + TRYST_SIM_SLICE_MS, w->end_ms),
	};
	if (w->trace)
		tryst_sim_like_part(&sim->like, part);
	else
		tryst_sim_traffic(part);
	/* The first and the last slice take what lies before and behind. */
	for (size_t i = sim->first[slice]; i < sim->first[slice + 1]; i++)
		tryst_sim_export(part, &sim->talks.list[sim->of_slice[i]],
		                 slice ? from_ms : INT64_MIN,
		                 slice + 1 < w->slices ? part->to_ms : INT64_MAX);
	if (part->failed || !tryst_sim_part_sort(part))
		return tryst_error_nomem(err);
	return 0;
}

const struct tryst_sim_params *
tryst_sim_parameters(const struct tryst_sim *sim)
{
	return &sim->w.p;
}

const struct tryst_sim_truth *
tryst_sim_truth(const struct tryst_sim *sim)
{
	return &sim->truth;
}

struct tryst_prefix
tryst_sim_home(const struct tryst_sim *sim)
{
	(void)sim;
	return (struct tryst_prefix){ tryst_ip_v4(198u << 24 | 18u << 16), 96 + 16 };
}

int
tryst_sim_list_draw(const struct tryst_sim *sim, enum tryst_sim_list_kind kind, size_t count,
                    uint64_t seed, struct tryst_sim_list *out, struct tryst_error *err)
{
	return tryst_sim_world_list(&sim->w, kind, count, tryst_sim_mix(seed) | 1, out, err);
}

size_t
tryst_sim_parts(const struct tryst_sim *sim)
{
	return sim->w.slices;
}

int
tryst_sim_part_records(const struct tryst_sim *sim, size_t part, tryst_sim_take_fn take, void *ctx,
                       struct tryst_error *err)
{
	struct tryst_sim_part made;
	int rc = tryst_sim_part_make(sim, part, &made, err);

	if (rc == 0)
		rc = take(ctx, made.records, made.count, err);
	free(made.records);
	return rc;
}

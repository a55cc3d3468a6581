/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a case is made of collected records; only src/hunt knows this header.
 *
 * The steps run in this order, and each needs the ones before: sightings, addresses, torn,
 * service sides, initiators, verdicts, hosts, host ports, meetings, summary; then, when the second
 * pass has run or will not (hunt/around.h), services, chance, timeline, deaths, events, spoof,
 * companions, judge, caveats.
 */
#ifndef TRYST_HUNT_BUILD_H
#define TRYST_HUNT_BUILD_H

#include "base/arena.h"
#include "hunt/around.h"
#include "hunt/hunt.h"
#include "hunt/spill.h"

struct tryst_contacts;
struct tryst_graph;
struct tryst_chance_model;

/* What the steps share. */
struct tryst_case_builder {
	struct tryst_case *c;
	struct tryst_arena *arena;
	const struct tryst_hunt_options *options;
	const struct tryst_ipset *set; /* of the watchlist */
	size_t sightings_max;          /* room in c->sightings */
	size_t sightings_bytes;        /* what the sightings take, and the steps after them */
	size_t sightings_bytes_max;    /* 0: as many as come */
	uint64_t ignored_outdated;     /* sightings outside the validity that count all the same */
	uint64_t several_observers;    /* conversations that more than one exporter saw */
	uint64_t several_interfaces;   /* ... that an exporter saw at more than one interface */
	uint32_t *home_ids, *peer_ids; /* of each sighting: its addresses' places in their order */
	uint32_t address_count;
	/*
	 * The second pass (hunt/around.h): flows of unlisted hosts at the endpoints of the plan, in
	 * no order; NULL when it was not run, and c->around.untested says why.
	 */
	const struct tryst_hunt_records *around;
	const struct tryst_around *around_scope; /* with the plan; NULL as above */
	const struct tryst_contacts *contacts;   /* NULL: none were collected */
	bool sample_only;          /* the contacts are at most those of an index's sample */
	const char *others_unseen; /* why there are none, though all were to be read; or NULL */
	/* Of the chance step (hunt/chance.h), for those behind it; NULL without contacts. */
	struct tryst_graph *graph;
	struct tryst_chance_model *chance;
	const uint32_t *services; /* of the judge: service and side of each meeting, ascending */
	size_t service_count;
};

/* A case with the memory it stands on; not moved while it is built. */
struct tryst_built_case {
	struct tryst_case pub;
	struct tryst_arena arena;
	struct tryst_case_builder builder;
};

/*
 * The case of the records as far as its meetings, then the rest of it.  The inputs must have been
 * read (record ordinals, health).  On failure *out is empty.
 */
int tryst_case_find(struct tryst_built_case *out, const struct tryst_hunt_options *options,
                    const struct tryst_hunt_records *records, const struct tryst_hunt_spill *spill,
                    struct tryst_input **inputs, size_t input_count, struct tryst_error *err);
int tryst_case_finish(struct tryst_built_case *out, struct tryst_error *err);
void tryst_built_case_fini(struct tryst_built_case *built);

/* count zeroed things of size bytes that live as long as the case; NULL and *err without memory. */
void *tryst_case_alloc(struct tryst_case_builder *b, size_t count, size_t size,
                       struct tryst_error *err);

/* A text that lives as long as the case; NULL and *err without memory.  Longer than 600 bytes is
 * cut. */
const char *tryst_case_text(struct tryst_case_builder *b, struct tryst_error *err, const char *fmt,
                            ...) TRYST_PRINTF(3, 4);

/* The steps. */
int tryst_case_sightings(struct tryst_case_builder *b, const struct tryst_hunt_records *records,
                         const struct tryst_hunt_spill *spill, struct tryst_error *err);
int tryst_case_addresses(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_torn(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_initiators(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_verdicts(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_hosts(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_service_sides(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_host_ports(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_meetings(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_chance(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_services(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_spoof(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_companions(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_judge(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_deaths(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_timeline(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_events(struct tryst_case_builder *b, struct tryst_error *err);
int tryst_case_caveats(struct tryst_case_builder *b, struct tryst_error *err);

/* Whether the address lies in --home (false without --home). */
bool tryst_case_at_home(const struct tryst_case_builder *b, struct tryst_ip ip);

/* The port that names the sighting's service, 0 where service_side is NONE. */
uint16_t tryst_sighting_service_port(const struct tryst_sighting *s);

#endif

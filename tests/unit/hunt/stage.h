/* SPDX-License-Identifier: Apache-2.0 */
/* A case made by hand, conversation by conversation, to be weighed for forged sources. */
#ifndef TRYST_TESTS_HUNT_STAGE_H
#define TRYST_TESTS_HUNT_STAGE_H

#include "hunt/spoof.h"

#define STAGE_SIGHTINGS 4096
#define STAGE_HOSTS 512
#define STAGE_PORT 27015

struct stage {
	struct tryst_case c;
	struct tryst_arena arena;
	struct tryst_case_builder b;
	struct tryst_sighting sightings[STAGE_SIGHTINGS];
	struct tryst_record_ref refs[STAGE_SIGHTINGS];
	struct tryst_listed_host hosts[STAGE_HOSTS];
	struct tryst_meeting meeting; /* of all conversations */
	uint32_t ids[STAGE_SIGHTINGS], met[STAGE_HOSTS];
	struct tryst_error error;
	uint64_t random;
};

/* Empty, over a window of so many milliseconds. */
void stage_init(struct stage *s, int64_t window_ms, uint64_t seed);
void stage_fini(struct stage *s);

/*
 * One 37-byte UDP packet of listed host number `host` (11.<host>.0.1) to 192.0.2.<home>; the caller
 * may change what is returned.  Call in order of time.
 */
struct tryst_sighting *stage_flow(struct stage *s, int64_t at_ms, uint32_t host, unsigned home,
                                  unsigned port);

/* Puts flows in order of time, for those who cannot call in order. */
void stage_sort(struct stage *s);

/* Weighs; the meeting's result. */
const struct tryst_spoof *stage_weigh(struct stage *s);

/* The evidence of one family, NULL where there is none. */
const struct tryst_evidence *stage_family(const struct tryst_spoof *spoof, const char *family);

/* In (0, 1). */
double stage_uniform(struct stage *s);
uint32_t stage_below(struct stage *s, uint32_t n);
double stage_exponential(struct stage *s, double mean);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What to know before acting on what a search without a list found. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hunt/meet_judge.h"

#define CAVEATS_MAX 8

int
tryst_meet_caveat(struct tryst_case *c, struct tryst_arena *arena, const char *text,
                  struct tryst_error *err)
{
	char *copy = tryst_arena_text(arena, text, strlen(text));

	if (!copy)
		return tryst_error_nomem(err);
	if (c->caveat_count < CAVEATS_MAX)
		c->caveats[c->caveat_count++] = copy;
	return 0;
}

/* The coarsest sampling, and whether more than one exporter saw the flows. */
static uint32_t
exporters(const struct tryst_case *c, bool *several)
{
	struct tryst_ip first = { 0, 0 };
	uint32_t sampling = 1;
	bool any = false;

	*several = false;
	for (size_t i = 0; i < c->input_count; i++) {
		for (size_t k = 0; k < c->inputs[i]->exporter_count; k++) {
			const struct tryst_exporter *e = c->inputs[i]->exporters[k];

			sampling = TRYST_MAX(sampling, e->sampling);
			*several |= any && !tryst_ip_equal(e->ip, first);
			first = e->ip;
			any = true;
		}
	}
	return sampling;
}

int
tryst_meet_caveats(struct tryst_case *c, struct tryst_arena *arena, struct tryst_error *err)
{
	bool several;
	uint32_t sampling = exporters(c, &several);
	char text[200], since[TRYST_TIME_TEXT_MAX];
	int rc = 0;

	c->caveats = tryst_arena_alloc(arena, CAVEATS_MAX * sizeof(*c->caveats));
	if (!c->caveats)
		return tryst_error_nomem(err);
	if (c->flows_read && c->search.since_ms > c->last_ms) {
		(void)tryst_time_format(c->search.since_ms, since);
		(void)snprintf(text, sizeof(text),
		               "No flow is later than --since %s: nothing can be new.", since);
		rc = tryst_meet_caveat(c, arena, text, err);
	}
	if (rc >= 0 && !c->home_count)
		rc = tryst_meet_caveat(
			c, arena,
			"No --home was given: who is a client and who a server is told by ports "
			"and flags alone, and prevalence is over all clients.",
			err);
	if (rc >= 0 && sampling > 1) {
		(void)snprintf(text, sizeof(text),
		               "An exporter samples 1 packet in %" PRIu32
		               ": most short visits are missing, and with them regularity.",
		               sampling);
		rc = tryst_meet_caveat(c, arena, text, err);
	}
	if (rc >= 0 && several)
		rc = tryst_meet_caveat(
			c, arena,
			"Several exporters: what more than one of them saw is one visit, but its "
			"packets and bytes are counted more than once, and clocks are not "
			"corrected.",
			err);
	if (rc >= 0 && c->flows_read && c->last_ms >= c->first_ms &&
	    c->last_ms - c->first_ms < 4 * 3600000LL)
		rc = tryst_meet_caveat(
			c, arena,
			"The log is shorter than four hours: slow beacons and habits cannot be "
			"seen.",
			err);
	return rc;
}

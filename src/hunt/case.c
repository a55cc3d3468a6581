/* SPDX-License-Identifier: Apache-2.0 */
/* Collected records -> case: the steps of hunt/build.h in their order, and the summary. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/build.h"
#include "hunt/chance.h"

void *
tryst_case_alloc(struct tryst_case_builder *b, size_t count, size_t size, struct tryst_error *err)
{
	void *p = count < SIZE_MAX / size ? tryst_arena_alloc(b->arena, count * size) : NULL;

	if (p)
		memset(p, 0, count * size);
	else
		(void)tryst_error_nomem(err);
	return p;
}

const char *
tryst_case_text(struct tryst_case_builder *b, struct tryst_error *err, const char *fmt, ...)
{
	char text[600];
	const char *copy;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	copy = tryst_arena_text(b->arena, text, strlen(text));
	if (!copy)
		(void)tryst_error_nomem(err);
	return copy;
}

static int
summary_home_hosts(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct tryst_case *c = b->c;
	bool *seen = calloc(b->address_count + (size_t)1, sizeof(*seen));

	if (!seen)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < c->sighting_count; i++) {
		if (c->sightings[i].outside_validity)
			continue;
		c->home_hosts += !seen[b->home_ids[i]];
		seen[b->home_ids[i]] = true;
	}
	free(seen);
	return 0;
}

/* An entry of the list, and whether a host of the case is in it. */
struct entry {
	struct tryst_ip_range range;
	bool seen;
};

static int
entry_compare(const void *va, const void *vb)
{
	const struct entry *a = va, *b = vb;
	int order = tryst_ip_compare(a->range.first, b->range.first);

	return order ? order : tryst_ip_compare(a->range.last, b->range.last);
}

/* Entries that name the same addresses, in one list or in several, are one entry. */
static int
summary_listed(struct tryst_case *c, struct tryst_error *err)
{
	size_t count = tryst_watchlist_count(c->watchlist), to;
	struct entry *list = calloc(count + 1, sizeof(*list));

	if (!list)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < count; i++)
		list[i].range = tryst_watchlist_indicator(c->watchlist, (uint32_t)i)->range;
	for (size_t h = 0; h < c->host_count; h++) {
		bool over = c->hosts[h].outdated >= c->hosts[h].conversations;

		for (uint32_t i = 0; i < c->hosts[h].indicator_count && !over; i++)
			list[c->hosts[h].indicators[i]].seen = true;
	}
	qsort(list, count, sizeof(*list), entry_compare);
	c->listed_single = true;
	for (size_t from = 0; from < count; from = to) {
		bool seen = false;

		for (to = from; to < count && !entry_compare(&list[from], &list[to]); to++)
			seen |= list[to].seen;
		c->listed_total++;
		c->listed_seen += seen;
		c->listed_single &= tryst_ip_equal(list[from].range.first, list[from].range.last);
	}
	free(list);
	return 0;
}

static void
summary_inputs(struct tryst_case *c)
{
	c->first_ms = INT64_MAX;
	c->last_ms = INT64_MIN;
	for (size_t i = 0; i < c->input_count; i++) {
		const struct tryst_health *h = &c->inputs[i]->health;

		c->flows_read += h->flows;
		c->first_ms = TRYST_MIN(c->first_ms, h->first_ms);
		c->last_ms = TRYST_MAX(c->last_ms, h->last_ms);
	}
}

int
tryst_case_find(struct tryst_built_case *out, const struct tryst_hunt_options *options,
                const struct tryst_hunt_records *records, const struct tryst_hunt_spill *spill,
                struct tryst_input **inputs, size_t input_count, struct tryst_error *err)
{
	struct tryst_case *c = &out->pub;
	struct tryst_case_builder *b = &out->builder;
	int rc;

	*out = (struct tryst_built_case){
		.pub = {
			.complete = true,
			.inputs = inputs,
			.input_count = input_count,
			.watchlist = options->watchlist,
			.home = options->home,
			.home_count = options->home_count,
			.events = options->events,
			.event_count = options->event_count,
			.dead = options->dead,
			.dead_count = options->dead_count,
			.slack_ms = options->slack_ms,
			.flows_matched = records->count + spill->count,
		},
		.builder = {
			.c = c,
			.arena = &out->arena,
			.options = options,
			.set = tryst_watchlist_set(options->watchlist),
			.sightings_bytes_max = spill->count ? options->memory / 2 : 0,
		},
	};
	summary_inputs(c);
	if ((rc = tryst_case_sightings(b, records, spill, err)) < 0 ||
	    (rc = tryst_case_addresses(b, err)) < 0 || (rc = tryst_case_torn(b, err)) < 0 ||
	    (rc = tryst_case_service_sides(b, err)) < 0 ||
	    (rc = tryst_case_initiators(b, err)) < 0 || (rc = tryst_case_verdicts(b, err)) < 0 ||
	    (rc = tryst_case_hosts(b, err)) < 0 || (rc = tryst_case_host_ports(b, err)) < 0 ||
	    (rc = tryst_case_meetings(b, err)) < 0 || (rc = summary_home_hosts(b, err)) < 0 ||
	    (rc = summary_listed(c, err)) < 0)
		tryst_built_case_fini(out);
	return rc;
}

int
tryst_case_finish(struct tryst_built_case *out, struct tryst_error *err)
{
	/* In the order in which each needs the ones before. */
	/* clang-format off */
	static int (*const steps[])(struct tryst_case_builder *b, struct tryst_error *err) = {
		tryst_case_services,
		tryst_case_chance,
		tryst_case_timeline,
		tryst_case_deaths,
		tryst_case_events,
		tryst_case_spoof,
		tryst_case_companions,
		tryst_case_judge,
		tryst_case_caveats,
	};
	/* clang-format on */
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < TRYST_ARRAY_SIZE(steps); i++)
		rc = steps[i](&out->builder, err);
	if (rc < 0)
		tryst_built_case_fini(out);
	return rc;
}

void
tryst_built_case_fini(struct tryst_built_case *built)
{
	tryst_chance_model_free(built->builder.chance);
	tryst_graph_free(built->builder.graph);
	free(built->pub.sightings);
	tryst_arena_fini(&built->arena);
	*built = (struct tryst_built_case){ 0 };
}

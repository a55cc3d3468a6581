/* SPDX-License-Identifier: Apache-2.0 */
/* What times say: hosts said to be down, changes of rate, events, the timeline. */
#include <math.h>
#include <string.h>

#include "report/load_rows.h"

#define RATIO(f)                                                                                   \
	{                                                                                          \
		.key = #f, .kind = TRYST_LOAD_REAL, TRYST_LOAD_AT(struct tryst_death, f),          \
		TRYST_LOAD_KNOWN(struct tryst_death, rate_known)                                   \
	}

const struct tryst_load_key tryst_load_death_keys[] = {
	{ .key = "at",
	  .kind = TRYST_LOAD_TIME,
	  TRYST_LOAD_AT(struct tryst_death, at_ms),
	  TRYST_LOAD_KNOWN(struct tryst_death, stated) },
	{ .key = "visits_before",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_death, visits_before) },
	{ .key = "visits_after",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_death, visits_after) },
	{ .key = "spanning",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_death, spanning) },
	RATIO(rate_ratio),
	RATIO(rate_ratio_low),
	RATIO(rate_ratio_high),
	{ 0 },
};

/* Whichever of the three is not there is infinite. */
int
tryst_load_death_done(struct tryst_load *l, const json_t *value, void *object)
{
	struct tryst_death *d = object;

	(void)l;
	if (!json_object_get(value, "rate_ratio"))
		d->rate_ratio = INFINITY;
	if (!json_object_get(value, "rate_ratio_low"))
		d->rate_ratio_low = INFINITY;
	if (!json_object_get(value, "rate_ratio_high"))
		d->rate_ratio_high = INFINITY;
	return 0;
}

static const struct tryst_load_key time_item = {
	.kind = TRYST_LOAD_TIME,
	.size = sizeof(int64_t),
};

static const struct tryst_load_key u32_item = {
	.kind = TRYST_LOAD_NUMBER,
	.size = sizeof(uint32_t),
};

static int
read_segment_visits(struct tryst_load *l, const json_t *value, void *at)
{
	struct tryst_changes *changes = at;
	int rc = 0;

	if (json_array_size(value) != (size_t)changes->edge_count + 1)
		return tryst_load_fail(l, "expected an array of one more than edges");
	changes->segment_visits = tryst_load_alloc(l, (size_t)changes->edge_count + 1,
	                                           sizeof(*changes->segment_visits));
	if (!changes->segment_visits)
		return TRYST_ERR_NOMEM;
	for (size_t i = 0; i <= changes->edge_count && rc == 0; i++)
		rc = tryst_load_value(l, &u32_item, json_array_get(value, i),
		                      &changes->segment_visits[i]);
	return rc;
}

const struct tryst_load_key tryst_load_changes_keys[] = {
	{ .key = "untested",
	  .kind = TRYST_LOAD_SENTENCE,
	  TRYST_LOAD_AT(struct tryst_changes, untested) },
	{ .key = "method",
	  .kind = TRYST_LOAD_SENTENCE,
	  TRYST_LOAD_AT(struct tryst_changes, method) },
	{ .key = "visits", .kind = TRYST_LOAD_NUMBER, TRYST_LOAD_AT(struct tryst_changes, visits) },
	{ .key = "from", .kind = TRYST_LOAD_TIME, TRYST_LOAD_AT(struct tryst_changes, from_ms) },
	{ .key = "to", .kind = TRYST_LOAD_TIME, TRYST_LOAD_AT(struct tryst_changes, to_ms) },
	{ .key = "edges",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(struct tryst_changes, edges_ms),
	  TRYST_LOAD_COUNT(struct tryst_changes, edge_count),
	  .item = &time_item },
	{ .key = "segment_visits", .kind = TRYST_LOAD_CUSTOM, .read = read_segment_visits },
	{ 0 },
};

/* Renderers may rely on either `untested` or all of the rest. */
int
tryst_load_changes_done(struct tryst_load *l, const json_t *value, void *object)
{
	struct tryst_changes *changes = object;

	(void)value;
	if (!changes->untested && (!changes->method || !changes->segment_visits))
		return tryst_load_fail(l, "expected untested, or method and segment_visits");
	return 0;
}

static const char *
event_end(unsigned i)
{
	static const char *const words[] = { "begin", "end" };

	return i < TRYST_ARRAY_SIZE(words) ? words[i] : NULL;
}

static const char *
meeting_end(unsigned i)
{
	static const char *const words[] = { "first", "last" };

	return i < TRYST_ARRAY_SIZE(words) ? words[i] : NULL;
}

/* The name of an event -> its index. */
static int
read_event(struct tryst_load *l, const json_t *value, void *at)
{
	const char *name = tryst_load_text(l, value, false);
	int64_t found = name ? tryst_load_names_find(&l->events, name) : -1;
	uint32_t index = (uint32_t)found;

	if (!name)
		return l->err->code;
	if (found < 0)
		return tryst_load_fail(l, "expected the name of one of the events");
	memcpy(at, &index, sizeof(index));
	return 0;
}

static const struct tryst_load_key match_keys[] = {
	{ .key = "name",
	  .kind = TRYST_LOAD_CUSTOM,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_event_match, event),
	  .read = read_event },
	{ .key = "event",
	  .kind = TRYST_LOAD_WORD,
	  TRYST_LOAD_AT(struct tryst_event_match, at_end),
	  .word = event_end },
	{ .key = "meeting",
	  .kind = TRYST_LOAD_WORD,
	  TRYST_LOAD_AT(struct tryst_event_match, of_end),
	  .word = meeting_end },
	{ .key = "onset_ms",
	  .kind = TRYST_LOAD_SIGNED,
	  TRYST_LOAD_AT(struct tryst_event_match, onset_ms) },
	{ .key = "log10_p",
	  .kind = TRYST_LOAD_REAL,
	  TRYST_LOAD_AT(struct tryst_event_match, log10_p),
	  TRYST_LOAD_KNOWN(struct tryst_event_match, p_known) },
	{ 0 },
};

const struct tryst_load_key tryst_load_match_item = {
	.kind = TRYST_LOAD_OBJECT,
	.size = sizeof(struct tryst_event_match),
	.keys = match_keys,
};

static const struct tryst_load_key null_route_keys[] = {
	{ .key = "name",
	  .kind = TRYST_LOAD_CUSTOM,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_null_route, event),
	  .read = read_event },
	{ .key = "before",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_null_route, before) },
	{ .key = "before_worked",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_null_route, before_worked) },
	{ .key = "after",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_null_route, after) },
	{ .key = "after_worked",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_null_route, after_worked) },
	{ .key = "untested",
	  .kind = TRYST_LOAD_SENTENCE,
	  TRYST_LOAD_AT(struct tryst_null_route, untested) },
	{ .key = "log10_p",
	  .kind = TRYST_LOAD_REAL,
	  TRYST_LOAD_AT(struct tryst_null_route, log10_p) },
	{ 0 },
};

static const struct tryst_load_key null_route_item = {
	.kind = TRYST_LOAD_OBJECT,
	.size = sizeof(struct tryst_null_route),
	.keys = null_route_keys,
};

static const struct tryst_load_key bins_keys[] = {
	{ .key = "from", .kind = TRYST_LOAD_TIME, TRYST_LOAD_AT(struct tryst_timeline, bins_ms) },
	{ .key = "width_ms",
	  .kind = TRYST_LOAD_SIGNED,
	  TRYST_LOAD_AT(struct tryst_timeline, bin_ms) },
	{ .key = "conversations",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(struct tryst_timeline, bins),
	  TRYST_LOAD_COUNT(struct tryst_timeline, bin_count),
	  .item = &u32_item },
	{ 0 },
};

static int
bins_done(struct tryst_load *l, const json_t *value, void *object)
{
	const struct tryst_timeline *t = object;

	(void)value;
	return t->bin_ms > 0 ? 0 : tryst_load_fail(l, "expected a width_ms above 0");
}

static const struct tryst_load_key deaths_keys[] = {
	{ .key = "stated", .kind = TRYST_LOAD_NUMBER, TRYST_LOAD_AT(struct tryst_deaths, stated) },
	{ .key = "active_before",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_deaths, before) },
	{ .key = "active_after",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_deaths, after) },
	{ .key = "only_after",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_deaths, only_after) },
	{ .key = "readings",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(struct tryst_deaths, readings),
	  TRYST_LOAD_COUNT(struct tryst_deaths, reading_count),
	  .item = &tryst_load_sentence_item },
	{ 0 },
};

const struct tryst_load_key tryst_load_timeline_keys[] = {
	{ .key = "unlooked",
	  .kind = TRYST_LOAD_SENTENCE,
	  TRYST_LOAD_AT(struct tryst_case, timeline.unlooked) },
	{ .key = "from",
	  .kind = TRYST_LOAD_TIME,
	  TRYST_LOAD_AT(struct tryst_case, timeline.begin_ms) },
	{ .key = "to", .kind = TRYST_LOAD_TIME, TRYST_LOAD_AT(struct tryst_case, timeline.end_ms) },
	{ .key = "bins",
	  .kind = TRYST_LOAD_OBJECT,
	  TRYST_LOAD_AT(struct tryst_case, timeline),
	  .keys = bins_keys,
	  .done = bins_done },
	{ .key = "changes",
	  .kind = TRYST_LOAD_OBJECT,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_case, timeline.changes),
	  .keys = tryst_load_changes_keys,
	  .done = tryst_load_changes_done },
	{ .key = "deaths",
	  .kind = TRYST_LOAD_OBJECT,
	  TRYST_LOAD_AT(struct tryst_case, deaths),
	  .keys = deaths_keys },
	{ .key = "null_routes",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(struct tryst_case, timeline.null_routes),
	  TRYST_LOAD_COUNT(struct tryst_case, timeline.null_route_count),
	  .item = &null_route_item },
	{ 0 },
};

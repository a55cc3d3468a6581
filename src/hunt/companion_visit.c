/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the second pass at confirmed endpoints -> visits of unlisted hosts. */
#include <stdlib.h>

#include "hunt/companion.h"
#include "hunt/visit.h"

#define STITCH_MS 20000 /* an inactive timeout of 15 s, and what clocks are off by */

/* By host, conversation, time. */
static int
flow_compare(const void *va, const void *vb)
{
	const struct tryst_company_visit *a = va, *b = vb;
	int order = tryst_ip_compare(a->host, b->host);

	if (!order)
		order = (a->key > b->key) - (a->key < b->key);
	if (!order)
		order = (a->at_ms > b->at_ms) - (a->at_ms < b->at_ms);
	if (!order)
		order = (a->input > b->input) - (a->input < b->input);
	return order ? order : (a->record_no > b->record_no) - (a->record_no < b->record_no);
}

/* By host and time. */
static int
visit_compare(const void *va, const void *vb)
{
	const struct tryst_company_visit *a = va, *b = vb;
	int order = tryst_ip_compare(a->host, b->host);

	if (!order)
		order = (a->at_ms > b->at_ms) - (a->at_ms < b->at_ms);
	return order ? order : flow_compare(va, vb);
}

/* The confirmed meetings whose endpoints of the second pass are in the mask. */
static uint64_t
confirmed_touched(const struct tryst_companion_step *s, uint64_t around)
{
	uint64_t touched = 0;

	for (size_t j = 0; around && j < s->confirmed_count; j++)
		touched |= s->confirmed[j].around & around ? 1ULL << j : 0;
	return touched;
}

/* Records of the second pass at confirmed endpoints, each with its host. */
static void
records_add(struct tryst_companion_step *s, const struct tryst_hunt_chunk *chunk)
{
	const struct tryst_around_plan *plan = &s->b->around_scope->plan;

	for (uint32_t i = 0; i < chunk->count; i++) {
		const struct tryst_hunt_record *r = &chunk->records[i];

		if (tryst_time_absurd(r->start_ms) || r->start_ms < plan->from_ms ||
		    r->start_ms > plan->to_ms)
			continue;
		for (unsigned side = 0; side < 2; side++) {
			uint64_t touched = confirmed_touched(s, tryst_around_match(plan, r, side));

			if (!touched || r->has & TRYST_LISTED0 << !side)
				continue;
			s->visits[s->visit_count++] = (struct tryst_company_visit){
				.host = r->ip[!side],
				.at_ms = r->start_ms,
				.end_ms = r->end_ms,
				.key = tryst_hunt_record_hash(r),
				.touched = touched,
				.record_no = r->record_no,
				.input = r->input_id,
				.from_host = r->from == !side,
			};
		}
	}
}

/* What goes on within STITCH_MS of the end of the same conversation is one flow, cut by a timer. */
static void
flows_stitch(struct tryst_companion_step *s)
{
	size_t kept = 0;

	qsort(s->visits, s->visit_count, sizeof(*s->visits), flow_compare);
	for (size_t i = 0; i < s->visit_count; i++) {
		struct tryst_company_visit v = s->visits[i], *last = &s->visits[kept];

		if (kept && tryst_ip_equal(last[-1].host, v.host) && last[-1].key == v.key &&
		    v.at_ms <= tryst_time_add(last[-1].end_ms, STITCH_MS)) {
			last[-1].end_ms = TRYST_MAX(last[-1].end_ms, v.end_ms);
			last[-1].touched |= v.touched;
		} else {
			s->visits[kept++] = v;
		}
	}
	s->visit_count = kept;
}

/* Starts of one host close together are one visit. */
static void
visits_join(struct tryst_companion_step *s)
{
	int64_t last_ms = 0;
	size_t kept = 0;

	qsort(s->visits, s->visit_count, sizeof(*s->visits), visit_compare);
	for (size_t i = 0; i < s->visit_count; i++) {
		struct tryst_company_visit v = s->visits[i];

		if (!kept || !tryst_ip_equal(s->visits[kept - 1].host, v.host) ||
		    v.at_ms > tryst_time_add(last_ms, TRYST_VISIT_GAP_MS))
			s->visits[kept++] = v;
		else
			s->visits[kept - 1].touched |= v.touched;
		last_ms = v.at_ms;
	}
	s->visit_count = kept;
}

/* Records -> visits, by host and time. */
static int
visits_find(struct tryst_companion_step *s, struct tryst_error *err)
{
	const struct tryst_hunt_records *records = s->b->around;

	/* Both ends of a record may be confirmed endpoints, each the other's host. */
	s->visits = calloc(2 * records->count + 1, sizeof(*s->visits));
	if (!s->visits)
		return tryst_error_nomem(err);
	for (const struct tryst_hunt_chunk *c = records->chunks; c; c = c->next)
		records_add(s, c);
	flows_stitch(s);
	visits_join(s);
	return 0;
}

int
tryst_companion_visits(struct tryst_companion_step *s, struct tryst_error *err)
{
	uint64_t any = 0;

	s->unread = s->b->c->around.untested;
	for (size_t j = 0; j < s->confirmed_count; j++)
		any |= s->confirmed[j].around;
	if (!s->unread && !any)
		s->unread = "None of the confirmed endpoints was read a second time.";
	return s->unread ? 0 : visits_find(s, err);
}

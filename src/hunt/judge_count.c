/* SPDX-License-Identifier: Apache-2.0 */
/* What the families of evidence count: conversations of a meeting, and meetings of a service. */
#include <stdio.h>
#include <stdlib.h>

#include "hunt/judge.h"

const char *
tryst_expected_text(double expected, char out[TRYST_EXPECTED_TEXT_MAX])
{
	(void)snprintf(out, TRYST_EXPECTED_TEXT_MAX, expected < 10 ? "%.2g" : "%.0f", expected);
	return out;
}

uint32_t
tryst_meeting_spoke(const struct tryst_meeting *m)
{
	return m->verdicts[TRYST_VERDICT_EXCHANGED] + m->verdicts[TRYST_VERDICT_ANSWERED];
}

uint32_t
tryst_meeting_decided(const struct tryst_meeting *m)
{
	return m->sighting_count - m->verdicts[TRYST_VERDICT_UNKNOWN];
}

static bool
to_listed_port(const struct tryst_sighting *s)
{
	return s->listed_port && s->peer_listed && s->records_out &&
	       s->initiator != TRYST_INITIATOR_PEER;
}

uint32_t
tryst_meeting_listed_port(const struct tryst_case *c, const struct tryst_meeting *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; m->at_peer && i < m->sighting_count; i++)
		n += to_listed_port(&c->sightings[m->sightings[i] - 1]);
	return n;
}

/* A meeting's service and side; only where the port is known. */
static uint32_t
service_of(const struct tryst_meeting *m)
{
	return (uint32_t)m->at_peer << 24 | (uint32_t)m->proto << 16 | m->port;
}

static int
service_compare(const void *va, const void *vb)
{
	const uint32_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

int
tryst_judge_services(struct tryst_case_builder *b, struct tryst_error *err)
{
	const struct tryst_case *c = b->c;
	uint32_t *list = tryst_case_alloc(b, c->meeting_count, sizeof(*list), err);

	if (!list)
		return TRYST_ERR_NOMEM;
	b->service_count = 0;
	for (size_t i = 0; i < c->meeting_count; i++) {
		if (c->meetings[i].port_known)
			list[b->service_count++] = service_of(&c->meetings[i]);
	}
	qsort(list, b->service_count, sizeof(*list), service_compare);
	b->services = list;
	return 0;
}

/* How many of the list are below. */
static size_t
services_below(const struct tryst_case_builder *b, uint32_t service)
{
	size_t low = 0, high = b->service_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (b->services[middle] < service)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t
tryst_meeting_same_service(const struct tryst_case_builder *b, const struct tryst_meeting *m)
{
	uint32_t service = service_of(m);

	return m->port_known
	               ? (uint32_t)(services_below(b, service + 1) - services_below(b, service))
	               : 0;
}

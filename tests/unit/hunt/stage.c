/* SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>

#include <cmocka.h>

#include "hunt/service.h"

void
stage_init(struct stage *s, int64_t window_ms, uint64_t seed)
{
	memset(s, 0, sizeof(*s));
	s->random = seed * 0x9e3779b97f4a7c15u + 1;
	s->c = (struct tryst_case){
		.last_ms = window_ms,
		.listed_single = true,
		.sightings = s->sightings,
		.hosts = s->hosts,
		.meetings = &s->meeting,
		.meeting_count = 1,
	};
	s->meeting = (struct tryst_meeting){ .sightings = s->ids, .hosts = s->met };
	s->b = (struct tryst_case_builder){ .c = &s->c, .arena = &s->arena };
}

void
stage_fini(struct stage *s)
{
	tryst_arena_fini(&s->arena);
}

struct tryst_sighting *
stage_flow(struct stage *s, int64_t at_ms, uint32_t host, unsigned home, unsigned port)
{
	size_t n = s->c.sighting_count++;
	struct tryst_sighting *g = &s->sightings[n];

	assert_true(n < STAGE_SIGHTINGS && host < STAGE_HOSTS);
	s->refs[n] = (struct tryst_record_ref){ 0, n + 1 };
	*g = (struct tryst_sighting){
		.id = (uint32_t)n + 1,
		.home = tryst_ip_v4(0xc0000200 + home),
		.peer = tryst_ip_v4(0x0b000001 + (host << 16)),
		.host = host,
		.peer_listed = true,
		.initiator = TRYST_INITIATOR_PEER,
		.service_side = TRYST_SERVICE_HOME,
		.proto = 17,
		.home_port = STAGE_PORT,
		.peer_port = (uint16_t)port,
		.peer_port_known = true,
		.home_port_known = true,
		.counts_known = true,
		.first_ms = at_ms,
		.last_ms = at_ms,
		.packets_in = 1,
		.bytes_in = 37,
		.records_in = 1,
		.records = 1,
		.refs = &s->refs[n],
		.ref_count = 1,
		.verdict = TRYST_VERDICT_ATTEMPT,
	};
	s->hosts[host].ip = g->peer;
	s->c.host_count = TRYST_MAX(s->c.host_count, (size_t)host + 1);
	return g;
}

static int
sighting_compare(const void *va, const void *vb)
{
	const struct tryst_sighting *a = va, *b = vb;

	if (a->first_ms != b->first_ms)
		return a->first_ms < b->first_ms ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

void
stage_sort(struct stage *s)
{
	qsort(s->sightings, s->c.sighting_count, sizeof(s->sightings[0]), sighting_compare);
	for (size_t i = 0; i < s->c.sighting_count; i++)
		s->sightings[i].id = (uint32_t)i + 1;
}

const struct tryst_spoof *
stage_weigh(struct stage *s)
{
	s->meeting.sighting_count = (uint32_t)s->c.sighting_count;
	for (uint32_t i = 0; i < s->meeting.sighting_count; i++)
		s->ids[i] = i + 1;
	assert_int_equal(tryst_case_spoof(&s->b, &s->error), 0);
	return &s->meeting.spoof;
}

const struct tryst_evidence *
stage_family(const struct tryst_spoof *spoof, const char *family)
{
	for (uint32_t i = 0; i < spoof->evidence.count; i++) {
		if (!strcmp(spoof->evidence.list[i].family, family))
			return &spoof->evidence.list[i];
	}
	return NULL;
}

double
stage_uniform(struct stage *s)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return ((double)(s->random >> 11) + .5) * 0x1p-53;
}

uint32_t
stage_below(struct stage *s, uint32_t n)
{
	return (uint32_t)(stage_uniform(s) * n);
}

double
stage_exponential(struct stage *s, double mean)
{
	return -mean * log(stage_uniform(s));
}

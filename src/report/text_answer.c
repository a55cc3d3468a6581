/* SPDX-License-Identifier: Apache-2.0 */
/* The first lines of the report: who met whom, in sentences, and whether all input was read. */
#include <stdio.h>
#include <string.h>

#include "base/proto.h"
#include "base/time.h"
#include "report/text.h"

#define SENTENCES_MAX 5

/* "10 of 20 listed hosts"; without the total where entries of the list are not hosts. */
static void
some_listed(struct tryst_buf *b, const struct tryst_case *c, size_t count)
{
	tryst_layout_number(b, count);
	if (c->listed_single) {
		tryst_buf_str(b, " of ");
		tryst_layout_number(b, c->listed_total);
	}
	tryst_buf_str(b, c->listed_single ? c->listed_total == 1 ? " listed host" : " listed hosts"
	                 : count == 1     ? " listed host"
	                                  : " listed hosts");
}

static void
when(struct tryst_buf *b, int64_t first_ms, int64_t last_ms)
{
	struct tryst_buf span = { 0 };

	tryst_text_span(&span, first_ms, last_ms, " and ");
	b->failed |= span.failed;
	if (!span.failed)
		tryst_buf_printf(b, " %s %s UTC", span.len > 19 ? "between" : "at", span.data);
	tryst_buf_fini(&span);
}

/* udp/27015 (Half-Life) */
static void
service(struct tryst_buf *b, const struct tryst_meeting *m)
{
	tryst_buf_proto(b, m->proto);
	if (m->port_known)
		tryst_buf_printf(b, "/%u", m->port);
	if (m->service)
		tryst_buf_printf(b, " (%s)", m->service);
}

/* What was recorded against the told direction; `both`: the meeting has records of both at all. */
static void
replies(struct tryst_buf *b, const struct tryst_meeting *m, bool both)
{
	if (!m->answered && m->torn) {
		tryst_buf_str(
			b,
			"; the other direction seems to be recorded under a translated address.");
		return;
	}
	if (!m->answered && !both) {
		tryst_buf_str(b, "; no reply was recorded.");
		return;
	}
	tryst_buf_str(b, "; ");
	tryst_layout_number(b, m->answered);
	tryst_buf_str(b, " of ");
	tryst_layout_count(b, m->sighting_count, "conversation");
	tryst_buf_str(b, m->answered == 1 ? " has records of both directions."
	                                  : " have records of both directions.");
}

/*
 * Who sent to whom as far as records say: the told direction is to the service port, unless only
 * the other direction was recorded.
 */
static void
meeting_sentence(struct tryst_buf *b, const struct tryst_case *c, const struct tryst_meeting *m)
{
	char ip[TRYST_IP_TEXT_MAX];
	bool in = false, out = false, from_listed;

	(void)tryst_ip_format(m->ip, ip);
	for (uint32_t i = 0; i < m->sighting_count; i++) {
		in |= c->sightings[m->sightings[i] - 1].records_in > 0;
		out |= c->sightings[m->sightings[i] - 1].records_out > 0;
	}
	from_listed = m->at_peer ? !out : in;
	if (from_listed)
		some_listed(b, c, m->host_count);
	else
		tryst_buf_str(b, ip);
	tryst_buf_str(b, " sent traffic ");
	if (!m->at_peer && !from_listed) {
		tryst_buf_str(b, "from ");
		service(b, m);
		tryst_buf_str(b, " to ");
		some_listed(b, c, m->host_count);
	} else if (!m->at_peer) {
		tryst_buf_printf(b, "to %s ", ip);
		service(b, m);
	} else {
		tryst_buf_str(b, from_listed ? "from " : "to ");
		service(b, m);
		if (from_listed) {
			tryst_buf_printf(b, " to %s", ip);
		} else {
			tryst_buf_str(b, " on ");
			some_listed(b, c, m->host_count);
		}
	}
	when(b, m->first_ms, m->last_ms);
	replies(b, m, in && out);
}

/* No meeting: how many hosts were seen with how many home hosts. */
static void
sightings_sentence(struct tryst_buf *b, const struct tryst_case *c)
{
	int64_t last_ms = INT64_MIN;

	for (size_t i = 0; i < c->sighting_count; i++)
		last_ms = TRYST_MAX(last_ms, c->sightings[i].last_ms);
	some_listed(b, c, c->host_count);
	tryst_buf_str(b, c->host_count == 1 ? " was" : " were");
	tryst_buf_str(b, " seen in ");
	tryst_layout_count(b, c->sighting_count, "conversation");
	tryst_buf_str(b, " with ");
	tryst_layout_count(b, c->home_hosts, "home host");
	when(b, c->sightings[0].first_ms, last_ms);
	tryst_buf_str(b, ". No two of them met at one endpoint.");
}

static void
nothing_sentence(struct tryst_buf *b, const struct tryst_case *c)
{
	const char *entries = c->listed_single ? "listed host" : "entry";

	if (!c->flows_read) {
		tryst_buf_str(b, "No flow records were read: nothing can be said.");
		return;
	}
	if (c->listed_total == 1) {
		tryst_buf_printf(b, "The %s", entries);
		tryst_buf_str(b, c->listed_single ? "" : " of the list");
		tryst_buf_str(b, " was not seen");
	} else {
		tryst_buf_str(b, "None of the ");
		tryst_layout_count(b, c->listed_total, entries);
		tryst_buf_str(b, c->listed_single ? "" : " of the list");
		tryst_buf_str(b, " was seen");
	}
	tryst_buf_str(b, c->elsewhere ? " with a home host in the flow records read."
	                              : " in the flow records read.");
}

/* How many meetings chance explains; they are the last ones. */
static size_t
by_chance(const struct tryst_case *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->meeting_count; i++)
		n += c->meetings[i].judgement.grade == 'D';
	return n;
}

/* The meetings that are not told in a sentence of their own. */
static void
other_meetings(struct tryst_page *p, struct tryst_buf *b, size_t told, size_t chance)
{
	size_t more = p->c->meeting_count - told - chance;

	if (more) {
		tryst_layout_count(b, more, "more home endpoint");
		tryst_buf_str(b, " met two or more listed hosts.");
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 0, b);
	}
	if (!chance)
		return;
	if (chance == p->c->meeting_count)
		tryst_buf_str(b, "Nothing beyond chance: ");
	tryst_layout_count(b, chance, told || more ? "more home endpoint" : "home endpoint");
	tryst_buf_str(b, " met two or more listed hosts, as chance explains.");
	tryst_text_paragraph(
		p, chance == p->c->meeting_count ? TRYST_TONE_STRONG : TRYST_TONE_PLAIN, 0, b);
}

static void
findings(struct tryst_page *p, struct tryst_buf *b)
{
	const struct tryst_case *c = p->c;
	size_t chance = by_chance(c), told;

	told = TRYST_MIN(c->meeting_count - chance, (size_t)SENTENCES_MAX);
	for (size_t i = 0; i < told; i++) {
		const struct tryst_meeting *m = &c->meetings[i];
		bool same = i && !strcmp(m[-1].judgement.verdict, m->judgement.verdict);

		tryst_buf_printf(b, "[%c] ", m->judgement.grade);
		meeting_sentence(b, c, m);
		tryst_buf_printf(b, " %s", same ? "The same verdict." : m->judgement.verdict);
		tryst_text_paragraph(p, TRYST_TONE_STRONG, 0, b);
	}
	other_meetings(p, b, told, chance);
	if (!c->meeting_count && c->sighting_count)
		sightings_sentence(b, c);
	else if (!c->sighting_count)
		nothing_sentence(b, c);
	tryst_text_paragraph(p, TRYST_TONE_STRONG, 0, b);
}

static void
totals(struct tryst_page *p, struct tryst_buf *b)
{
	const struct tryst_case *c = p->c;

	if (!c->meeting_count)
		return;
	tryst_buf_str(b, "In all ");
	some_listed(b, c, c->host_count);
	tryst_buf_str(b, " were seen, in ");
	tryst_layout_count(b, c->sighting_count, "conversation");
	tryst_buf_str(b, " with ");
	tryst_layout_count(b, c->home_hosts, "home host");
	tryst_buf_char(b, '.');
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 0, b);
}

/* What was read, and loudly what was not. */
static void
coverage(struct tryst_page *p, struct tryst_buf *b)
{
	const struct tryst_case *c = p->c;
	size_t failed = 0, damaged = 0;
	uint64_t lost = 0;
	uint32_t lost_by = 0;

	for (size_t i = 0; i < c->input_count; i++) {
		failed += c->inputs[i]->error.code != 0;
		damaged += tryst_health_damaged(&c->inputs[i]->health);
		lost += c->inputs[i]->health.sequence_lost;
		lost_by |= tryst_text_lost_by(c->inputs[i]);
	}
	tryst_buf_str(b, "Read ");
	tryst_layout_count(b, c->flows_read, "flow record");
	tryst_buf_str(b, " of ");
	tryst_layout_count(b, c->input_count, "input");
	if (c->first_ms <= c->last_ms) {
		tryst_buf_str(b, ", ");
		tryst_text_span(b, c->first_ms, c->last_ms, " to ");
		tryst_buf_str(b, " UTC");
	}
	tryst_buf_str(b, "; ");
	tryst_layout_number(b, c->flows_matched);
	tryst_buf_str(b, " with a listed host.");
	tryst_buf_str(b, failed || damaged ? "" : " Nothing was unreadable.");
	if (lost) {
		tryst_buf_str(b, " By the exporters' counters ");
		tryst_text_lost(b, lost, "", lost_by);
		tryst_buf_str(b, " never arrived.");
	}
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 0, b);
	if (failed) {
		tryst_layout_number(b, failed);
		tryst_buf_str(b, " of ");
		tryst_layout_count(b, c->input_count, "input");
		tryst_buf_str(b, " could not be read (see INPUTS): the answer may be incomplete.");
		tryst_text_paragraph(p, TRYST_TONE_ALARM, 0, b);
	}
	if (damaged) {
		tryst_layout_count(b, damaged, "input");
		tryst_buf_str(b, damaged == 1 ? " is" : " are");
		tryst_buf_str(b, " damaged (see INPUTS): the answer may be incomplete.");
		tryst_text_paragraph(p, TRYST_TONE_ALARM, 0, b);
	}
}

static void
events(struct tryst_page *p, struct tryst_buf *b)
{
	for (size_t i = 0; i < p->c->event_count; i++) {
		const struct tryst_event *e = &p->c->events[i];

		tryst_buf_str(b, "Event: ");
		tryst_layout_clip(b, e->name, TRYST_TEXT_WIDTH);
		tryst_buf_str(b, ", ");
		tryst_text_span(b, e->from_ms, e->to_ms, " to ");
		tryst_buf_str(b, " UTC");
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 0, b);
	}
}

void
tryst_text_answer(struct tryst_page *p)
{
	struct tryst_buf b = { 0 };

	if (!p->c->complete)
		tryst_text_line(
			p, TRYST_TONE_ALARM, 0,
			"INCOMPLETE: the hunt was interrupted. This covers what was read until "
			"then.");
	findings(p, &b);
	totals(p, &b);
	coverage(p, &b);
	events(p, &b);
	tryst_buf_fini(&b);
}

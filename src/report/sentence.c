/* SPDX-License-Identifier: Apache-2.0 */
#include "report/sentence.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/proto.h"
#include "base/time.h"
#include "report/layout.h"
#include "report/text.h"

/* "10 of 20 listed hosts"; without the total where entries of the list are not hosts. */
void
tryst_sentence_listed(struct tryst_buf *b, const struct tryst_case *c, size_t count)
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
void
tryst_sentence_meeting(struct tryst_buf *b, const struct tryst_case *c,
                       const struct tryst_meeting *m)
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
		tryst_sentence_listed(b, c, m->host_count);
	else
		tryst_buf_str(b, ip);
	tryst_buf_str(b, " sent traffic ");
	if (!m->at_peer && !from_listed) {
		tryst_buf_str(b, "from ");
		service(b, m);
		tryst_buf_str(b, " to ");
		tryst_sentence_listed(b, c, m->host_count);
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
			tryst_sentence_listed(b, c, m->host_count);
		}
	}
	when(b, m->first_ms, m->last_ms);
	replies(b, m, in && out);
}

void
tryst_sentence_seen_span(const struct tryst_case *c, int64_t *first_ms, int64_t *last_ms)
{
	*first_ms = INT64_MAX;
	*last_ms = INT64_MIN;
	for (size_t i = 0; i < c->sighting_count; i++) {
		if (c->sightings[i].outside_validity)
			continue;
		*first_ms = TRYST_MIN(*first_ms, c->sightings[i].first_ms);
		*last_ms = TRYST_MAX(*last_ms, c->sightings[i].last_ms);
	}
}

void
tryst_sentence_seen(struct tryst_buf *b, const struct tryst_case *c, const char *seen)
{
	size_t hosts = c->host_count - c->outdated_hosts;

	tryst_sentence_listed(b, c, hosts);
	tryst_buf_str(b, hosts == 1 ? " was" : " were");
	tryst_buf_str(b, seen);
	tryst_layout_count(b, c->sighting_count - c->outdated, "conversation");
	tryst_buf_str(b, " with ");
	tryst_layout_count(b, c->home_hosts, "home host");
}

void
tryst_sentence_outdated(struct tryst_buf *b, const struct tryst_case *c)
{
	if (!c->outdated)
		return;
	tryst_layout_count(b, c->outdated, "conversation");
	tryst_buf_str(b, c->outdated == 1 ? " lies" : " lie");
	tryst_buf_str(b, " outside the time for which the lists give the host");
	if (c->outdated_hosts) {
		tryst_buf_str(b, ", all that there is of ");
		tryst_layout_count(b, c->outdated_hosts, "host");
		tryst_buf_str(b, c->outdated_hosts == c->host_count ? "" : " among them");
	}
	tryst_buf_str(b, ": out of date, and no evidence (--ignore-validity counts ");
	tryst_buf_str(b, c->outdated == 1 ? "it)." : "them).");
}

/* No meeting: how many hosts were seen with how many home hosts. */
void
tryst_sentence_sightings(struct tryst_buf *b, const struct tryst_case *c)
{
	int64_t first_ms, last_ms;

	tryst_sentence_seen(b, c, " seen in ");
	tryst_sentence_seen_span(c, &first_ms, &last_ms);
	when(b, first_ms, last_ms);
	tryst_buf_str(b, ". No two of them met at one endpoint.");
}

void
tryst_sentence_nothing(struct tryst_buf *b, const struct tryst_case *c)
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
	tryst_buf_str(b, c->elsewhere ? " with a home host in the flow records "
	                              : " in the flow records ");
	tryst_buf_str(b, tryst_sentence_is_narrowed(c) ? "looked at" : "read");
	tryst_buf_str(b, c->outdated ? ", within the time for which the lists give it." : ".");
}

void
tryst_sentence_totals(struct tryst_buf *b, const struct tryst_case *c)
{
	tryst_buf_str(b, "In all ");
	tryst_sentence_seen(b, c, " seen, in ");
	tryst_buf_char(b, '.');
}

void
tryst_sentence_read(struct tryst_buf *b, const struct tryst_case *c)
{
	bool whole = true;
	uint64_t lost = 0;
	uint32_t lost_by = 0;

	for (size_t i = 0; i < c->input_count; i++) {
		whole &= !c->inputs[i]->error.code && !tryst_health_damaged(&c->inputs[i]->health);
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
	tryst_buf_str(b, c->search.made ? " looked at." : " with a listed host.");
	tryst_buf_str(b, whole ? " Nothing was unreadable." : "");
	if (lost) {
		tryst_buf_str(b, " By the exporters' counters ");
		tryst_text_lost(b, lost, "", lost_by);
		tryst_buf_str(b, " never arrived.");
	}
}

bool
tryst_sentence_is_narrowed(const struct tryst_case *c)
{
	return c->asked.from_known || c->asked.to_known || c->asked.filter;
}

void
tryst_sentence_no_findings(struct tryst_buf *b, const struct tryst_case *c)
{
	bool narrowed = tryst_sentence_is_narrowed(c);
	char text[TRYST_TIME_TEXT_MAX];

	if (!c->flows_read) {
		tryst_buf_str(b, "No flow records were read: nothing can be said.");
	} else if (narrowed && !c->flows_matched) {
		tryst_buf_str(b, "No flow that was read is among those asked for: nothing can be "
		                 "said.");
	} else if (c->search.since_ms > c->last_ms) {
		(void)tryst_time_format_short(c->search.since_ms, text);
		tryst_buf_printf(b, "No flow is later than --since %s UTC: nothing can be new.",
		                 text);
	} else {
		tryst_buf_printf(b, "Nothing stands out%s.",
		                 narrowed ? " in the flows looked at" : "");
	}
}

void
tryst_sentence_asked_begin(struct tryst_buf *b, const struct tryst_case *c)
{
	const struct tryst_asked *a = &c->asked;
	char text[TRYST_TIME_TEXT_MAX];

	tryst_buf_str(b, "Only flows");
	if (a->from_known && a->to_known) {
		tryst_buf_str(b, " in ");
		tryst_text_span(b, a->from_ms, a->to_ms, " to ");
		tryst_buf_str(b, " UTC");
	} else if (a->from_known || a->to_known) {
		(void)tryst_time_format_short(a->from_known ? a->from_ms : a->to_ms, text);
		tryst_buf_printf(b, " %s %s UTC", a->from_known ? "since" : "until", text);
	}
	if (a->filter)
		tryst_buf_printf(b, "%s matching '", a->from_known || a->to_known ? " and" : "");
}

void
tryst_sentence_asked(struct tryst_buf *b, const struct tryst_case *c)
{
	if (!tryst_sentence_is_narrowed(c))
		return;
	tryst_sentence_asked_begin(b, c);
	if (c->asked.filter)
		tryst_layout_clip(b, c->asked.filter, TRYST_SENTENCE_FILTER_MAX);
	tryst_buf_str(b, c->asked.filter ? TRYST_SENTENCE_ASKED_END : " were looked at.");
}

/* "9 min 54 s": the two largest units. */
void
tryst_sentence_duration(struct tryst_buf *b, uint64_t ms)
{
	static const struct {
		uint64_t ms;
		const char *name;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "min" }, { 1000, "s" } };
	unsigned told = 0;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(units) && told < 2; i++) {
		if (ms < units[i].ms) {
			told += told > 0; /* the unit behind the first one only */
			continue;
		}
		tryst_buf_printf(b, "%s%" PRIu64 " %s", told ? " " : "", ms / units[i].ms,
		                 units[i].name);
		ms %= units[i].ms;
		told++;
	}
	if (!told)
		tryst_buf_printf(b, "%" PRIu64 " ms", ms);
}

void
tryst_sentence_match(struct tryst_buf *b, const struct tryst_case *c,
                     const struct tryst_event_match *e)
{
	char p[TRYST_POWER_TEXT_MAX];
	int64_t ms = e->onset_ms;

	tryst_buf_str(b, e->of_end ? "last contact " : "first contact ");
	tryst_sentence_duration(b, ms < 0 ? -(uint64_t)ms : (uint64_t)ms);
	tryst_buf_printf(b, " %s the %s of \"", ms < 0 ? "before" : "after",
	                 e->at_end ? "end" : "beginning");
	tryst_layout_clip(b, c->events[e->event].name, 60);
	tryst_buf_char(b, '"');
	if (e->p_known)
		tryst_buf_printf(b, " (p = %s)", tryst_power_text(e->log10_p, p));
}

/* Only the nearer beginning or end of each event counts as beside it. */
bool
tryst_event_nearest(const struct tryst_meeting *m, uint32_t i)
{
	const struct tryst_event_match *e = &m->events[i];

	for (uint32_t k = 0; k < m->event_count; k++) {
		const struct tryst_event_match *o = &m->events[k];

		if (k != i && o->event == e->event && o->of_end == e->of_end &&
		    (llabs(o->onset_ms) < llabs(e->onset_ms) ||
		     (llabs(o->onset_ms) == llabs(e->onset_ms) && k < i)))
			return false;
	}
	return true;
}

void
tryst_sentence_deaths(struct tryst_buf *b, const struct tryst_deaths *d)
{
	tryst_layout_count(b, d->stated, "listed host");
	tryst_buf_printf(b,
	                 " seen here %s said to be down (--dead): %u active before, %u after, %u "
	                 "only after.",
	                 d->stated == 1 ? "was" : "were", d->before, d->after, d->only_after);
	if (d->reading_count)
		tryst_buf_str(b, " What came afterwards means one of:");
}

void
tryst_sentence_null_route(struct tryst_buf *b, const struct tryst_case *c,
                          const struct tryst_null_route *n)
{
	char number[TRYST_POWER_TEXT_MAX];

	tryst_buf_char(b, '"');
	tryst_layout_clip(b, c->events[n->event].name, 60);
	tryst_buf_str(b, "\": ");
	if (n->untested)
		tryst_buf_str(b, n->untested);
	else
		tryst_buf_printf(b,
		                 "%u of %u conversations worked before, %u of %u after "
		                 "(p = %s, Fisher's exact test).",
		                 n->before_worked, n->before, n->after_worked, n->after,
		                 tryst_power_text(n->log10_p, number));
}

bool
tryst_sentence_is_told(const struct tryst_case *c, size_t index, const struct tryst_evidence *e)
{
	for (size_t i = 0; i < index; i++) {
		const struct tryst_evidence_list *before = &c->meetings[i].spoof.evidence;

		for (uint32_t k = 0; k < before->count; k++) {
			if (!strcmp(before->list[k].text, e->text))
				return true;
		}
	}
	return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sequence numbers and uptimes say about datagrams that did not come, or came out of order.
 *
 * A datagram ahead of what is expected means that the units between are missing.  One that is like
 * one of the last few is a duplicate.  One behind is late when it is near and not the first of all,
 * and else the exporter began anew.  Late ones are taken off what is missing.
 */
#include "read/export_impl.h"

#define RESTART_SLACK_MS 60000 /* by how much the uptime may disagree with the clock */

bool
tryst_ex_restarted(struct ex_message *m)
{
	struct ex_session *s = m->session;
	int64_t elapsed = m->export_ms - s->last_export_ms;
	int32_t off = (int32_t)(m->uptime - (uint32_t)(s->last_uptime + (uint32_t)elapsed));
	bool restarted = s->seen && elapsed > -RESTART_SLACK_MS &&
	                 (off > RESTART_SLACK_MS || off < -RESTART_SLACK_MS) &&
	                 m->uptime <= TRYST_MAX(elapsed, 0) + RESTART_SLACK_MS;

	if (!s->seen || elapsed >= 0 || restarted) {
		s->last_export_ms = m->export_ms;
		s->last_uptime = m->uptime;
	}
	s->seen = true;
	if (!restarted)
		return false;
	m->sink->health.exporter_restarts++;
	s->sequenced = false;
	s->recent_count = 0;
	s->lost = 0;
	return true;
}

/* What tells two datagrams of one number apart: the same one comes again as it was. */
static uint64_t
identity(const struct ex_message *m, const struct ex_count *c)
{
	struct tryst_ip mix = { (uint64_t)c->sequence << 32 | m->len, (uint64_t)m->export_ms };

	return tryst_ip_hash(mix) ^ m->uptime;
}

static bool
is_recent(struct ex_session *s, uint64_t id)
{
	for (unsigned i = 0; i < TRYST_MIN(s->recent_count, EX_RECENT); i++) {
		if (s->recent[i] == id)
			return true;
	}
	s->recent[s->recent_count++ % EX_RECENT] = id;
	return false;
}

static void
late(struct ex_message *m, uint32_t count)
{
	struct ex_session *s = m->session;
	struct tryst_health *h = &m->sink->health;
	uint64_t found = TRYST_MIN(count, TRYST_MIN(s->lost, h->sequence_lost));

	h->sequence_late += count;
	h->sequence_lost -= found;
	s->lost -= found;
}

/*
 * Whether the number says nothing of what is missing: the exporter does not count (it is as it was
 * before), or counts the message itself in, without its options (softflowd's IPFIX).
 */
static bool
counts_otherwise(const struct ex_session *s, const struct ex_count *c)
{
	return c->sequence == s->last_sequence || c->sequence - s->last_sequence == c->flows;
}

void
tryst_ex_sequence(struct ex_message *m, const struct ex_count *c)
{
	struct ex_session *s = m->session;
	struct tryst_health *h = &m->sink->health;
	int32_t ahead = (int32_t)(c->sequence - s->next);

	if (is_recent(s, identity(m, c))) {
		h->sequence_duplicate++;
		return;
	}
	if (s->sequenced && ahead != 0 && !counts_otherwise(s, c)) {
		if (ahead < 0 && c->sequence != 0 && s->next - c->sequence <= c->near) {
			late(m, c->units);
			return;
		}
		if (ahead < 0) {
			h->exporter_restarts++;
			s->lost = 0;
		} else {
			h->sequence_lost += (uint32_t)ahead;
			s->lost += (uint32_t)ahead;
		}
	}
	s->next = c->sequence + c->units;
	s->last_sequence = c->sequence;
	s->sequenced = c->known;
}

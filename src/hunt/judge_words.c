/* SPDX-License-Identifier: Apache-2.0 */
/* A judgement in words: one plain sentence, and what would change it. */
#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/proto.h"
#include "hunt/judge.h"

#define CHANGES_MAX 4

/* "192.0.2.27 udp/27015", "203.0.113.10" for the home host of a meeting at listed ports. */
static void
place(struct tryst_buf *t, const struct tryst_meeting *m)
{
	char ip[TRYST_IP_TEXT_MAX];

	(void)tryst_ip_format(m->ip, ip);
	tryst_buf_str(t, ip);
	if (m->at_peer)
		return;
	tryst_buf_char(t, ' ');
	tryst_buf_proto(t, m->proto);
	if (m->port_known)
		tryst_buf_printf(t, "/%u", m->port);
}

static void
worked(struct tryst_buf *t, const struct tryst_meeting *m)
{
	uint32_t spoke = tryst_meeting_spoke(m), one_sided = m->verdicts[TRYST_VERDICT_ONE_SIDED];

	if (!tryst_meeting_decided(m))
		tryst_buf_str(t, "whether it worked cannot be seen");
	else if (spoke)
		tryst_buf_printf(t, "%" PRIu32 " of %" PRIu32 " conversations were productive",
		                 spoke, m->sighting_count);
	else if (one_sided) /* answered, so that data arrived: an upload, say */
		tryst_buf_printf(
			t, "%" PRIu32 " of %" PRIu32 " conversations carried data one way only",
			one_sided, m->sighting_count);
	else if (m->verdicts[TRYST_VERDICT_ATTEMPT] == m->sighting_count)
		tryst_buf_str(t, "attempts only");
	else
		tryst_buf_str(t, "none of the conversations was productive");
}

static const char *
sureness(char grade)
{
	return grade == 'A' ? "" : grade == 'B' ? "Probably " : "Perhaps ";
}

/* A home host that went to the listed ones. */
static void
infection(struct tryst_buf *t, const struct tryst_case *c, const struct tryst_meeting *m)
{
	tryst_buf_str(t, "A sign of infection: ");
	place(t, m);
	tryst_buf_str(t, " sent to ");
	tryst_buf_proto(t, m->proto);
	tryst_buf_printf(t, "/%u", m->port);
	if (tryst_meeting_listed_port(c, m))
		tryst_buf_str(t, ", the port that the list names,");
	else if (m->service)
		tryst_buf_printf(t, " (%s)", m->service);
	tryst_buf_printf(t, " on %" PRIu32 " listed hosts; ", m->host_count);
	worked(t, m);
	tryst_buf_char(t, '.');
}

static void
rendezvous(struct tryst_buf *t, const struct tryst_meeting *m, char grade)
{
	char expected[TRYST_EXPECTED_TEXT_MAX];

	tryst_buf_printf(t, "%s%s rendezvous: %" PRIu32 " listed hosts met at ", sureness(grade),
	                 grade == 'A' ? "A" : "a", m->host_count);
	place(t, m);
	if (!m->chance.untested)
		tryst_buf_printf(t, " where chance brings %s",
		                 tryst_expected_text(m->chance.expected, expected));
	tryst_buf_str(t, "; ");
	worked(t, m);
	tryst_buf_char(t, '.');
}

static void
spoofed(struct tryst_buf *t, const struct tryst_meeting *m)
{
	const struct tryst_spoof *s = &m->spoof;
	char expected[TRYST_EXPECTED_TEXT_MAX];

	if (s->grade < TRYST_SPOOF_PROBABLE) { /* a lead, and only where chance was tested */
		tryst_buf_printf(t, "%" PRIu32 " listed hosts where chance brings %s, and ",
		                 m->chance.listed_met,
		                 tryst_expected_text(m->chance.expected, expected));
		worked(t, m);
		tryst_buf_str(t, ": forged sources, or a meeting that failed.");
		return;
	}
	tryst_buf_str(t, "Not a rendezvous: the sources are ");
	tryst_buf_str(t, s->grade == TRYST_SPOOF_SPOOFED ? "forged" : "probably forged");
	if (s->one_generator)
		tryst_buf_str(t, ", by one generator");
	if (s->purpose)
		tryst_buf_printf(t, " (likely purpose: %s)", s->purpose);
	tryst_buf_str(t, "; ");
	worked(t, m);
	tryst_buf_char(t, '.');
}

static void
popular(struct tryst_buf *t, const struct tryst_meeting *m)
{
	const struct tryst_chance *c = &m->chance;
	char expected[TRYST_EXPECTED_TEXT_MAX];

	(void)tryst_expected_text(c->expected, expected);
	if (c->significant) {
		tryst_buf_printf(t,
		                 "More listed hosts than chance brings (%" PRIu32 ", expected "
		                 "%s), but nothing else sets this apart from a popular service.",
		                 c->listed_met, expected);
		return;
	}
	tryst_buf_printf(t,
	                 "Consistent with chance: %" PRIu32 " listed hosts where %s are expected",
	                 c->listed_met, expected);
	if (c->log10_q_bh <= -1.3 && c->matched_sets)
		tryst_buf_str(t, ", and hosts like them gather here as well");
	tryst_buf_char(t, '.');
}

static void
sentence(struct tryst_buf *t, const struct tryst_case *c, const struct tryst_meeting *m,
         const struct tryst_judgement *j)
{
	if (j->grade == 'U') {
		tryst_buf_printf(t, "Cannot tell. %s", j->missing);
		return;
	}
	if (j->grade == 'D') {
		popular(t, m);
		return;
	}
	switch (j->best) {
	case TRYST_HYPOTHESIS_RENDEZVOUS:
		if (m->at_peer)
			infection(t, c, m);
		else
			rendezvous(t, m, j->grade);
		break;
	case TRYST_HYPOTHESIS_SPOOFED:
		spoofed(t, m);
		break;
	case TRYST_HYPOTHESIS_SCANNERS:
		tryst_buf_printf(t,
		                 "%sscanners or server browsers: no meeting is needed to explain "
		                 "%" PRIu32 " listed hosts here.",
		                 sureness(j->grade), m->host_count);
		break;
	case TRYST_HYPOTHESIS_TAKEDOWN:
		tryst_buf_printf(t,
		                 "%san artefact of the takedown: addresses in other hands, a "
		                 "sinkhole, or a list that is out of date.",
		                 sureness(j->grade));
		break;
	default:
		popular(t, m);
	}
}

static void
changes(const struct tryst_meeting *m, struct tryst_judgement *j)
{
	static const char *const by_best[] = {
		[TRYST_HYPOTHESIS_RENDEZVOUS] =
			"signs that one program forged the sources, or that hosts like the listed "
			"gather here as well",
		[TRYST_HYPOTHESIS_SPOOFED] =
			"a completed TCP connection, or a dialogue of several turns, with one of "
			"these sources",
		[TRYST_HYPOTHESIS_POPULAR] = "listed hosts that gather here more than their like",
		[TRYST_HYPOTHESIS_SCANNERS] = "a few endpoints that the listed hosts prefer",
		[TRYST_HYPOTHESIS_TAKEDOWN] = "who held the addresses at the time",
	};

	if (j->grade != 'U')
		j->changes[j->change_count++] = by_best[j->best];
	if (m->chance.untested)
		j->changes[j->change_count++] =
			"flow records of the other hosts, to measure chance against";
	if (!tryst_meeting_decided(m))
		j->changes[j->change_count++] = "records of the other direction";
	if (!m->at_peer && m->spoof.grade != TRYST_SPOOF_GENUINE &&
	    j->best == TRYST_HYPOTHESIS_RENDEZVOUS)
		j->changes[j->change_count++] = "packets, with their TTL and IP id";
	assert(j->change_count <= CHANGES_MAX);
}

int
tryst_judge_words(struct tryst_case_builder *b, const struct tryst_meeting *m,
                  struct tryst_judgement *j, struct tryst_error *err)
{
	struct tryst_buf t = { 0 };

	sentence(&t, b->c, m, j);
	j->verdict = t.failed ? NULL : tryst_case_text(b, err, "%s", t.data);
	tryst_buf_fini(&t);
	j->changes = tryst_case_alloc(b, CHANGES_MAX, sizeof(*j->changes), err);
	if (!j->verdict || !j->changes)
		return tryst_error_nomem(err);
	changes(m, j);
	return 0;
}

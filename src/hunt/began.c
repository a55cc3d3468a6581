/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/began.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#define FIRST_BY_MS 10
#define FIRST_LOG_ODDS 3
#define FLAGS_LOG_ODDS 6
#define ONLY_LOG_ODDS 2

/* What the flags of a side's first packet say, or else those of its first record. */
struct opening {
	bool seen;
	bool asks;    /* SYN without ACK, or an echo request */
	bool answers; /* nothing but RST or SYN with ACK, or an echo reply */
};

static void
opening_see(struct opening *o, uint8_t flags)
{
	if (o->seen)
		return;
	o->seen = true;
	o->asks = (flags & (TH_SYN | TH_ACK)) == TH_SYN;
	o->answers = flags == (TH_SYN | TH_ACK) || flags == TH_RST || flags == (TH_RST | TH_ACK);
}

static void
opening_see_echo(struct opening *o, uint16_t icmp)
{
	unsigned type = icmp >> 8;

	o->asks |= !o->seen && (type == 8 || type == 128);
	o->answers |= !o->seen && (type == 0 || type == 129);
	o->seen = true;
}

/* Log-odds that side 0 began, by the first flags or types of both. */
static double
began_by_flags(const struct tryst_conversation *c)
{
	struct opening o[2] = { 0 };
	double began = 0;

	for (size_t i = 0; i < c->record_count && !(o[0].seen && o[1].seen); i++) {
		const struct tryst_hunt_record *r = c->records[i];

		if (r->has & TRYST_HAS_ICMP)
			opening_see_echo(&o[r->from], r->icmp);
		if (c->proto == IPPROTO_TCP && r->has & TRYST_HAS_FLAGS)
			opening_see(&o[r->from],
			            r->has & TRYST_HAS_FIRST_FLAGS ? r->first_flags : r->tcp_flags);
		if (c->proto == IPPROTO_TCP && r->has & TRYST_HAS_REV_FLAGS)
			opening_see(&o[!r->from], r->rev_tcp_flags);
	}
	if (o[0].asks != o[1].asks)
		began += o[0].asks ? FLAGS_LOG_ODDS : -FLAGS_LOG_ODDS;
	if (o[0].answers != o[1].answers)
		began += o[1].answers ? FLAGS_LOG_ODDS : -FLAGS_LOG_ODDS;
	return began;
}

/* Log-odds that side 0 began, by the clock of one exporter; of several the first by address. */
static double
began_by_start(const struct tryst_observers *o)
{
	const struct tryst_observer *by = NULL;
	double began = 0;

	for (uint32_t i = 0; i < o->count; i++) {
		int64_t first_ms[2];
		bool sent[2] = { false, false };
		int side;

		if (!(o->list[i].has & TRYST_HAS_EXPORTER) ||
		    (by && tryst_ip_compare(by->ip, o->list[i].ip) <= 0))
			continue;
		for (uint32_t k = 0; k < 2 * o->count; k++) {
			const struct tryst_observer *p = &o->list[k / 2];
			const struct tryst_observed *s = &p->side[k % 2];

			if (!s->sent || !(p->has & TRYST_HAS_EXPORTER) ||
			    !tryst_ip_equal(p->ip, o->list[i].ip))
				continue;
			first_ms[k % 2] =
				sent[k % 2] ? TRYST_MIN(first_ms[k % 2], s->sent_ms) : s->sent_ms;
			sent[k % 2] = true;
		}
		if (!sent[0] || !sent[1])
			continue;
		side = first_ms[1] < first_ms[0];
		/* Times can be anything: the difference of two may not fit a signed number. */
		if ((uint64_t)first_ms[!side] - (uint64_t)first_ms[side] <= FIRST_BY_MS)
			continue;
		by = &o->list[i];
		began = side ? -FIRST_LOG_ODDS : FIRST_LOG_ODDS;
	}
	return began;
}

double
tryst_conversation_began(const struct tryst_conversation *c, const struct tryst_observers *o)
{
	double began = began_by_flags(c);

	/* Which packets of a side were sampled says nothing of which were first, or of how many. */
	if (c->sampling > 1)
		return began;
	began += began_by_start(o);
	if (!c->half[0].records != !c->half[1].records)
		began += c->half[0].records ? ONLY_LOG_ODDS : -ONLY_LOG_ODDS;
	return began;
}

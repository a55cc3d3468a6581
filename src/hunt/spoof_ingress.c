/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where packets arrive: real TCP sessions of a network show on which interface it comes in; packets
 * of the same network on another one, on which the suspect traffic arrives, did not come from
 * there.  Routes change, so the weight is small; a router's own reverse path check is stronger.
 */
#include <math.h>

#include "hunt/spoof.h"

#define STATUS_RPF                                                                                 \
	140 /* forwardingStatus (IANA, IPFIX element 89): dropped, reverse path check              \
	     */
#define RPF_LLR 5
#define HISTORY_MIN 5
#define SOURCES_MAX 100 /* with a history: more add nothing to their mean */
#define HISTORY_LLR_MAX 4
#define ALPHA .5

int
tryst_spoof_arrival_compare(const void *va, const void *vb)
{
	const struct tryst_spoof_arrival *a = va, *b = vb;
	int order = tryst_ip_compare(a->exporter, b->exporter);

	if (!order)
		order = tryst_ip_compare(a->source, b->source);
	return order ? order : (a->in_if > b->in_if) - (a->in_if < b->in_if);
}

/* The first arrival not before (exporter, source). */
static size_t
history_at(const struct tryst_spoof_history *h, struct tryst_ip exporter, struct tryst_ip source)
{
	const struct tryst_spoof_arrival want = { exporter, source, 0 };
	size_t low = 0, high = h->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tryst_spoof_arrival_compare(&h->list[middle], &want) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct usual {
	uint64_t total, here;
};

/* How the network of a source came in before. */
static struct usual
usual_of(const struct tryst_spoof_history *h, const struct tryst_sighting *s, unsigned bits)
{
	struct tryst_ip mask = tryst_ip_mask(bits);
	struct tryst_ip from = { s->peer.hi & mask.hi, s->peer.lo & mask.lo };
	struct tryst_prefix net = { from, (uint8_t)bits };
	struct usual u = { 0 };

	for (size_t i = history_at(h, s->marks.exporter, from);
	     i < h->count && tryst_ip_equal(h->list[i].exporter, s->marks.exporter) &&
	     tryst_prefix_contains(net, h->list[i].source);
	     i++) {
		u.total++;
		u.here += h->list[i].in_if == s->marks.in_if;
	}
	return u;
}

/* The share of the set's conversations at this exporter that come in where this one does. */
static double
suspect_share(const struct tryst_spoof_set *set, const struct tryst_marks *m)
{
	uint64_t total = 0, here = 0;

	for (uint32_t i = 0; i < set->count; i++) {
		const struct tryst_marks *o = &tryst_spoof_sighting(set, i)->marks;

		if (!o->in_if_known || !tryst_ip_equal(o->exporter, m->exporter))
			continue;
		total++;
		here += o->in_if == m->in_if;
	}
	return (double)here / (double)total;
}

/* The mean over the sources whose networks have a history, and how many have. */
static double
history_weigh(const struct tryst_spoof_set *set, uint32_t *sources, uint32_t *elsewhere)
{
	uint32_t next = 0;
	double sum = 0;

	*sources = *elsewhere = 0;
	for (uint32_t i = 0; set->history->count && i < set->count && *sources < SOURCES_MAX; i++) {
		const struct tryst_sighting *s = tryst_spoof_sighting(set, i);
		bool v4 = tryst_ip_is_v4(s->peer);
		struct usual u;

		if (set->slots[i] != next) /* numbered by first appearance: one flow a source */
			continue;
		next++;
		if (!s->marks.in_if_known)
			continue;
		u = usual_of(set->history, s, v4 ? 96 + 24 : 48);
		if (u.total < HISTORY_MIN)
			u = usual_of(set->history, s, v4 ? 96 + 16 : 32);
		if (u.total < HISTORY_MIN)
			continue;
		++*sources;
		*elsewhere += !u.here;
		sum += log(suspect_share(set, &s->marks) /
		           (((double)u.here + ALPHA) / ((double)u.total + 2 * ALPHA)));
	}
	return *sources ? sum / *sources : 0;
}

int
tryst_spoof_ingress(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                    struct tryst_error *err)
{
	uint32_t rejected = 0, status = 0, sources, elsewhere, picked[TRYST_EVIDENCE_REFS_MAX],
		 n = 0;
	double history = history_weigh(set, &sources, &elsewhere);

	for (uint32_t i = 0; i < set->count; i++) {
		const struct tryst_marks *m = &tryst_spoof_sighting(set, i)->marks;

		status += m->fwd_status_known;
		if (!m->fwd_status_known || m->fwd_status != STATUS_RPF)
			continue;
		rejected++;
		if (n < TRYST_ARRAY_SIZE(picked))
			picked[n++] = set->list[i];
	}
	if (rejected) {
		e->scored = true;
		e->llr = RPF_LLR * (double)rejected / status;
		e->text =
			tryst_case_text(set->b, err,
		                        "A router dropped %u of %u flows because their sources do "
		                        "not come from where they came in (reverse path check).",
		                        rejected, status);
	} else if (sources) {
		e->scored = true;
		e->llr = TRYST_MAX(TRYST_MIN(history, HISTORY_LLR_MAX), -HISTORY_LLR_MAX);
		e->text = tryst_case_text(set->b, err,
		                          "%u of %u sources whose networks had real TCP sessions "
		                          "before came in on an interface never seen for them.",
		                          elsewhere, sources);
	} else {
		return 0;
	}
	if (!e->text)
		return TRYST_ERR_NOMEM;
	return rejected ? tryst_spoof_refs(set, e, picked, n, err)
	                : tryst_spoof_refs(set, e, set->list, set->count, err);
}

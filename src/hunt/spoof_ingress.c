/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where packets arrive: real TCP sessions of a network show on which interface it comes in; packets
 * of the same network on another one, on which the suspect traffic arrives, did not come from
 * there.  Routes change, so the weight is small; a router's own reverse path check is stronger.
 */
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "hunt/spoof.h"

#define STATUS_RPF                                                                                 \
	140 /* forwardingStatus (IANA, IPFIX element 89): dropped, reverse path check              \
	     */
#define RPF_LLR 5
#define HISTORY_MIN 5
#define SOURCES_MAX 100 /* with a history: more add nothing to their mean */
#define HISTORY_LLR_MAX 4
#define ALPHA .5

#define NET4 (96 + 24)
#define NET6 48
#define WIDER4 (96 + 16)
#define WIDER6 32

static struct tryst_ip
network_of(struct tryst_ip ip, unsigned bits)
{
	struct tryst_ip mask = tryst_ip_mask(bits);

	return (struct tryst_ip){ ip.hi & mask.hi, ip.lo & mask.lo };
}

static int
arrival_compare(const void *va, const void *vb)
{
	const struct tryst_spoof_arrival *a = va, *b = vb;
	int order = tryst_ip_compare(a->exporter, b->exporter);

	if (!order)
		order = tryst_ip_compare(a->net, b->net);
	return order ? order : (a->in_if > b->in_if) - (a->in_if < b->in_if);
}

int
tryst_spoof_history_find(const struct tryst_case *c, struct tryst_spoof_history *out,
                         struct tryst_error *err)
{
	size_t n = 0;

	*out = (struct tryst_spoof_history){ 0 };
	out->list = calloc(c->sighting_count + 1, sizeof(*out->list));
	if (!out->list)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < c->sighting_count; i++) {
		const struct tryst_sighting *s = &c->sightings[i];

		if (s->proto == IPPROTO_TCP && s->verdict == TRYST_VERDICT_EXCHANGED &&
		    s->marks.in_if_known)
			out->list[n++] = (struct tryst_spoof_arrival){
				s->marks.exporter,
				network_of(s->peer, tryst_ip_is_v4(s->peer) ? NET4 : NET6),
				s->marks.in_if, 1
			};
	}
	qsort(out->list, n, sizeof(*out->list), arrival_compare);
	for (size_t i = 0; i < n; i++) {
		if (out->count && !arrival_compare(&out->list[out->count - 1], &out->list[i]))
			out->list[out->count - 1].sessions++;
		else
			out->list[out->count++] = out->list[i];
	}
	return 0;
}

void
tryst_spoof_history_fini(struct tryst_spoof_history *h)
{
	free(h->list);
	*h = (struct tryst_spoof_history){ 0 };
}

/* The first arrival not before (exporter, network). */
static size_t
history_at(const struct tryst_spoof_history *h, struct tryst_ip exporter, struct tryst_ip net)
{
	const struct tryst_spoof_arrival want = { exporter, net, 0, 0 };
	size_t low = 0, high = h->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (arrival_compare(&h->list[middle], &want) < 0)
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
	struct tryst_ip from = network_of(s->peer, bits);
	struct tryst_prefix net = { from, (uint8_t)bits };
	struct usual u = { 0 };

	for (size_t i = history_at(h, s->marks.exporter, from);
	     i < h->count && tryst_ip_equal(h->list[i].exporter, s->marks.exporter) &&
	     tryst_prefix_contains(net, h->list[i].net);
	     i++) {
		u.total += h->list[i].sessions;
		u.here += h->list[i].in_if == s->marks.in_if ? h->list[i].sessions : 0;
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
		u = usual_of(set->history, s, v4 ? NET4 : NET6);
		if (u.total < HISTORY_MIN)
			u = usual_of(set->history, s, v4 ? WIDER4 : WIDER6);
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

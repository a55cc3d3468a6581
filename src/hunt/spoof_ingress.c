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

/* Sorts them, and makes equal ones one; how many that leaves. */
static size_t
arrivals_merge(struct tryst_spoof_arrival *list, size_t n)
{
	size_t kept = 0;

	qsort(list, n, sizeof(*list), arrival_compare);
	for (size_t i = 0; i < n; i++) {
		if (kept && !arrival_compare(&list[kept - 1], &list[i]))
			list[kept - 1].sessions += list[i].sessions;
		else
			list[kept++] = list[i];
	}
	return kept;
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
	out->count = arrivals_merge(out->list, n);
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

/* Where the conversations of a set came in, whatever their networks. */
static int
suspects_find(const struct tryst_spoof_set *set, struct tryst_spoof_history *out,
              struct tryst_error *err)
{
	size_t n = 0;

	out->list = malloc((set->count + (size_t)1) * sizeof(*out->list));
	if (!out->list)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < set->count; i++) {
		const struct tryst_marks *m = &tryst_spoof_sighting(set, i)->marks;

		if (m->in_if_known)
			out->list[n++] = (struct tryst_spoof_arrival){ .exporter = m->exporter,
				                                       .in_if = m->in_if,
				                                       .sessions = 1 };
	}
	out->count = arrivals_merge(out->list, n);
	return 0;
}

/* The share of the set's conversations at this exporter that come in where this one does. */
static double
suspect_share(const struct tryst_spoof_history *suspects, const struct tryst_marks *m)
{
	uint64_t total = 0, here = 0;

	for (size_t i = history_at(suspects, m->exporter, (struct tryst_ip){ 0 });
	     i < suspects->count && tryst_ip_equal(suspects->list[i].exporter, m->exporter); i++) {
		total += suspects->list[i].sessions;
		here += suspects->list[i].in_if == m->in_if ? suspects->list[i].sessions : 0;
	}
	return (double)here / (double)total;
}

/* What the sources say whose networks have a history. */
struct weighed {
	uint32_t sources, elsewhere;
	double sum;
};

static int
history_weigh(const struct tryst_spoof_set *set, struct weighed *out, struct tryst_error *err)
{
	const struct tryst_spoof_history *h = set->history;
	struct tryst_spoof_history suspects = { 0 };
	uint32_t next = 0;
	int rc = 0;

	*out = (struct weighed){ 0 };
	for (uint32_t i = 0; h->count && i < set->count && out->sources < SOURCES_MAX; i++) {
		const struct tryst_sighting *s = tryst_spoof_sighting(set, i);
		bool v4 = tryst_ip_is_v4(s->peer);
		struct usual u;

		if (set->slots[i] != next) /* numbered by first appearance: one flow a source */
			continue;
		next++;
		if (!s->marks.in_if_known)
			continue;
		u = usual_of(h, s, v4 ? NET4 : NET6);
		if (u.total < HISTORY_MIN)
			u = usual_of(h, s, v4 ? WIDER4 : WIDER6);
		if (u.total < HISTORY_MIN)
			continue;
		if (!suspects.list && (rc = suspects_find(set, &suspects, err)) < 0)
			break;
		out->sources++;
		out->elsewhere += !u.here;
		out->sum += log(suspect_share(&suspects, &s->marks) /
		                (((double)u.here + ALPHA) / ((double)u.total + 2 * ALPHA)));
	}
	free(suspects.list);
	return rc;
}

int
tryst_spoof_ingress(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                    struct tryst_error *err)
{
	uint32_t rejected = 0, status = 0, picked[TRYST_EVIDENCE_REFS_MAX], n = 0;
	struct weighed history;
	int rc = history_weigh(set, &history, err);

	if (rc < 0)
		return rc;
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
	} else if (history.sources) {
		e->scored = true;
		e->llr = TRYST_MAX(TRYST_MIN(history.sum / history.sources, HISTORY_LLR_MAX),
		                   -HISTORY_LLR_MAX);
		e->text = tryst_case_text(set->b, err,
		                          "%u of %u sources whose networks had real TCP sessions "
		                          "before came in on an interface never seen for them.",
		                          history.elsewhere, history.sources);
	} else {
		return 0;
	}
	if (!e->text)
		return TRYST_ERR_NOMEM;
	return rejected ? tryst_spoof_refs(set, e, picked, n, err)
	                : tryst_spoof_refs(set, e, set->list, set->count, err);
}

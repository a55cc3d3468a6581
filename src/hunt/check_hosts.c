/* SPDX-License-Identifier: Apache-2.0 */
/* From the conversations before and after to what is said of each host. */
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/check_impl.h"
#include "hunt/verdict.h"
#include "stats/tail.h"

static int
host_compare(const void *va, const void *vb)
{
	return tryst_ip_compare(((const struct tryst_check_host *)va)->ip,
	                        ((const struct tryst_check_host *)vb)->ip);
}

/* The listed side of a sighting, which may be home's. */
static struct tryst_ip
listed_side(const struct tryst_sighting *s)
{
	return s->peer_listed ? s->peer : s->home;
}

static struct tryst_check_host *
host_find(const struct tryst_check *a, struct tryst_ip ip)
{
	struct tryst_check_host key = { .ip = ip };

	return bsearch(&key, a->hosts, a->host_count, sizeof(key), host_compare);
}

/* Every host that was seen, once. */
static int
hosts_collect(struct tryst_checker *k, const struct tryst_case *const cases[2],
              struct tryst_error *err)
{
	struct tryst_check *a = &k->answer;
	size_t n = 0;

	a->hosts = calloc(cases[0]->host_count + cases[1]->host_count + 1, sizeof(*a->hosts));
	if (!a->hosts)
		return tryst_error_nomem(err);
	for (unsigned p = 0; p < 2; p++) {
		for (size_t i = 0; i < cases[p]->host_count; i++) {
			const struct tryst_listed_host *h = &cases[p]->hosts[i];

			a->hosts[a->host_count].ip = h->ip;
			a->hosts[a->host_count++].indicator = h->indicators[0];
		}
	}
	qsort(a->hosts, a->host_count, sizeof(*a->hosts), host_compare);
	for (size_t i = 0; i < a->host_count; i++) {
		if (!n || !tryst_ip_equal(a->hosts[n - 1].ip, a->hosts[i].ip))
			a->hosts[n++] = a->hosts[i];
	}
	a->host_count = n;
	return 0;
}

/* Whether home's packets surely got there, since the peer answered them. */
static bool
was_delivered(const struct tryst_sighting *s)
{
	bool asked = s->initiator == TRYST_INITIATOR_HOME ||
	             (s->initiator == TRYST_INITIATOR_UNKNOWN && s->home_first);

	if (!s->records_in)
		return false;
	if (asked)
		return tryst_verdict_answered(s->verdict) ||
		       s->verdict == TRYST_VERDICT_NOT_DELIVERED ||
		       (s->verdict == TRYST_VERDICT_REFUSED && s->proto == IPPROTO_TCP);
	/* Who opened a TCP connection and acknowledges has heard the answer. */
	return s->proto == IPPROTO_TCP && s->flags_known && s->flags_in & TH_SYN &&
	       s->flags_in & TH_ACK && s->flags_out & TH_ACK;
}

static bool
was_forwarded(const struct tryst_sighting *s)
{
	for (uint32_t i = 0; i < s->way_count; i++) {
		if (s->ways[i].fate == TRYST_WAY_FORWARDED)
			return true;
	}
	return false;
}

static void
phase_add(struct tryst_check_phase *p, const struct tryst_sighting *s)
{
	bool went = s->records_out > 0, delivered = went && !s->dropped_out && was_delivered(s);
	bool forwarded = went && !s->dropped_out && !delivered && was_forwarded(s);
	bool reply = went && s->records_in && s->initiator == TRYST_INITIATOR_PEER;

	p->packets_out += s->packets_out;
	p->packets_in += s->packets_in;
	p->conversations++;
	p->went += went;
	p->delivered += delivered;
	p->forwarded += forwarded;
	p->dropped += went && s->dropped_out;
	p->untold += went && !s->dropped_out && !delivered && !forwarded;
	p->replies += reply;
	p->replies_dropped += reply && s->dropped_out;
	if (s->verdict != TRYST_VERDICT_UNKNOWN) {
		p->judged++;
		p->worked += tryst_verdict_worked(s->verdict);
	}
	p->sampling = TRYST_MAX(p->sampling, s->sampling);
}

static bool
same_place(const struct tryst_way *a, const struct tryst_way *b)
{
	return tryst_ip_equal(a->exporter, b->exporter) && a->out_if_known == b->out_if_known &&
	       a->out_if == b->out_if && a->in_if_known == b->in_if_known && a->in_if == b->in_if;
}

/* Where a conversation that went out was seen. */
static int
leaks_add(struct tryst_checker *k, struct tryst_check_host *h, const struct tryst_sighting *s,
          struct tryst_error *err)
{
	if (!h->leaks) {
		h->leaks = tryst_arena_alloc(&k->arena, TRYST_CHECK_LEAKS_MAX * sizeof(*h->leaks));
		if (!h->leaks)
			return tryst_error_nomem(err);
	}
	for (uint32_t i = 0; i < s->way_count; i++) {
		uint32_t at = 0;

		if (s->ways[i].fate == TRYST_WAY_DROPPED)
			continue;
		while (at < h->leak_count && !same_place(&h->leaks[at].way, &s->ways[i]))
			at++;
		if (at == TRYST_CHECK_LEAKS_MAX)
			continue;
		if (at == h->leak_count)
			h->leaks[h->leak_count++] = (struct tryst_check_leak){ .way = s->ways[i] };
		else
			h->leaks[at].way.packets += s->ways[i].packets;
		h->leaks[at].conversations++;
	}
	return 0;
}

static int
leak_compare(const void *va, const void *vb)
{
	const struct tryst_check_leak *a = va, *b = vb;
	int order;

	if (a->conversations != b->conversations)
		return a->conversations > b->conversations ? -1 : 1;
	order = tryst_ip_compare(a->way.exporter, b->way.exporter);
	if (order)
		return order;
	if (a->way.out_if != b->way.out_if)
		return a->way.out_if < b->way.out_if ? -1 : 1;
	return (a->way.in_if > b->way.in_if) - (a->way.in_if < b->way.in_if);
}

static int
sightings_add(struct tryst_checker *k, const struct tryst_case *c, bool after,
              struct tryst_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < c->sighting_count && rc >= 0; i++) {
		const struct tryst_sighting *s = &c->sightings[i];
		struct tryst_check_host *h = host_find(&k->answer, listed_side(s));
		struct tryst_check_phase *p = after ? &h->after : &h->before;
		uint32_t out = p->delivered + p->forwarded;

		phase_add(p, s);
		if (after && p->delivered + p->forwarded > out)
			rc = leaks_add(k, h, s, err);
	}
	return rc;
}

/* The productive share before and after, where both have conversations to count. */
static void
host_test(struct tryst_check_host *h)
{
	const struct tryst_check_phase *b = &h->before, *a = &h->after;

	h->tested = b->judged && a->judged;
	if (h->tested)
		h->log10_p = tryst_fisher_exact(b->worked, b->judged - b->worked, a->worked,
		                                a->judged - a->worked) /
		             M_LN10;
}

static bool
exporter_silent(const struct tryst_check *a, struct tryst_ip ip)
{
	struct tryst_check_exporter key = { .ip = ip };

	for (size_t i = 0; i < a->exporter_count; i++) {
		if (tryst_ip_equal(a->exporters[i].ip, key.ip))
			return a->exporters[i].before && !a->exporters[i].after;
	}
	return false;
}

/* For each host the first exporter that carried packets to it before and is silent now. */
static void
silent_find(const struct tryst_check *a, const struct tryst_case *before,
            const struct tryst_ip **silent)
{
	for (size_t i = 0; i < before->sighting_count; i++) {
		const struct tryst_sighting *s = &before->sightings[i];
		size_t host = (size_t)(host_find(a, listed_side(s)) - a->hosts);

		for (uint32_t w = 0; w < s->way_count; w++) {
			const struct tryst_ip *ip = &s->ways[w].exporter;

			if (exporter_silent(a, *ip) &&
			    (!silent[host] || tryst_ip_compare(*ip, *silent[host]) < 0))
				silent[host] = ip;
		}
	}
}

/* Entries of the list that no host of either time is in. */
static int
unseen_count(struct tryst_checker *k, struct tryst_error *err)
{
	const struct tryst_watchlist *w = k->options.watchlist;
	size_t total = tryst_watchlist_count(w);
	bool *seen = calloc(total + 1, sizeof(*seen));
	uint32_t ids[64];

	if (!seen)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < k->answer.host_count; i++) {
		size_t n = tryst_ipset_match(k->set, k->answer.hosts[i].ip, ids,
		                             TRYST_ARRAY_SIZE(ids));

		for (size_t m = 0; m < TRYST_MIN(n, TRYST_ARRAY_SIZE(ids)); m++)
			seen[ids[m]] = true;
	}
	for (size_t i = 0; i < total; i++)
		k->answer.unseen += !seen[i];
	free(seen);
	return 0;
}

int
tryst_check_hosts(struct tryst_checker *k, struct tryst_error *err)
{
	struct tryst_check *a = &k->answer;
	const struct tryst_case *const cases[2] = { tryst_hunt_found(k->hunts[0]),
		                                    tryst_hunt_found(k->hunts[1]) };
	const struct tryst_ip **silent = NULL;
	int rc = hosts_collect(k, cases, err);

	for (unsigned p = 0; p < 2 && rc >= 0; p++)
		rc = sightings_add(k, cases[p], p == 1, err);
	if (rc >= 0 && !(silent = calloc(a->host_count + 1, sizeof(struct tryst_ip *))))
		rc = tryst_error_nomem(err);
	if (rc >= 0 && a->others_seen && !a->many_exporters)
		silent_find(a, cases[0], silent);
	for (size_t i = 0; i < a->host_count && rc >= 0; i++) {
		struct tryst_check_host *h = &a->hosts[i];

		if (h->leak_count)
			qsort(h->leaks, h->leak_count, sizeof(*h->leaks), leak_compare);
		host_test(h);
		rc = tryst_check_judge(h, silent[i], &k->arena, err);
		a->verdicts[h->verdict]++;
	}
	free(silent);
	return rc < 0 ? rc : unseen_count(k, err);
}

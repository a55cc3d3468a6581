/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What speaks for or against single sources: addresses that nobody can have, contacts that a blind
 * forger cannot make, hosts said to be down, answers to what others forged.
 */
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/spoof.h"
#include "watch/special.h"

#define BOGON_LLR 7
#define TCP_LLR -8
#define DIALOGUE_LLR -4
#define DIALOGUE_PACKETS 3
#define ATTEMPTS_MIN 5
#define OTHERS_MIN 20
#define FORGED_SILENT .98 /* forged requests that establish nothing */

/* The first conversations that a family rests on. */
struct picks {
	uint32_t list[TRYST_EVIDENCE_REFS_MAX];
	uint32_t count;
};

static void
pick(struct picks *p, uint32_t sighting)
{
	if (p->count < TRYST_ARRAY_SIZE(p->list))
		p->list[p->count++] = sighting;
}

int
tryst_spoof_refs(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                 const uint32_t *sightings, uint32_t count, struct tryst_error *err)
{
	e->ref_count = 0;
	count = TRYST_MIN(count, (uint32_t)TRYST_EVIDENCE_REFS_MAX);
	e->refs = tryst_case_alloc(set->b, count, sizeof(*e->refs), err);
	if (!e->refs)
		return TRYST_ERR_NOMEM;
	for (uint32_t i = 0; i < count; i++) {
		const struct tryst_sighting *s = &set->b->c->sightings[sightings[i]];

		if (s->ref_count)
			e->refs[e->ref_count++] = s->refs[0];
	}
	return 0;
}

/* Special-purpose networks whose addresses nevertheless send packets across the Internet. */
static const char *const routed[] = {
	"6to4",
	"IPv4/IPv6 translation",
	"protocol assignments (RFC 2928)",
};

static const char *
bogon_name(struct tryst_ip ip)
{
	const char *name = tryst_special_find((struct tryst_ip_range){ ip, ip });

	for (size_t i = 0; name && i < TRYST_ARRAY_SIZE(routed); i++) {
		if (!strncmp(name, routed[i], strlen(routed[i])))
			return NULL;
	}
	return name;
}

int
tryst_spoof_address(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                    struct tryst_error *err)
{
	const struct tryst_case *c = set->b->c;
	const char *name = NULL;
	uint32_t bogons = 0, inside = 0;
	struct picks picks = { 0 };

	for (uint32_t i = 0; i < set->source_count; i++) {
		const char *what = bogon_name(c->hosts[set->sources[i]].ip);

		bogons += !!what;
		name = name ? name : what;
	}
	if (!bogons)
		return 0;
	for (uint32_t i = 0; i < set->count; i++) {
		const struct tryst_sighting *s = tryst_spoof_sighting(set, i);

		inside += !!bogon_name(s->home);
		if (bogon_name(s->peer))
			pick(&picks, set->list[i]);
	}
	e->scored = !inside;
	e->llr = BOGON_LLR * (double)bogons / set->source_count;
	e->text =
		inside ? tryst_case_text(set->b, err,
	                                 "%u of %u sources are special-purpose addresses (%s), but "
	                                 "so is the home side: they may be neighbours.",
	                                 bogons, set->source_count, name)
		       : tryst_case_text(set->b, err,
	                                 "%u of %u sources are addresses that nobody on the "
	                                 "Internet has: %s; a leaking NAT does that too.",
	                                 bogons, set->source_count, name);
	return e->text ? tryst_spoof_refs(set, e, picks.list, picks.count, err) : TRYST_ERR_NOMEM;
}

/* Payload of varying size in answer to what came: a query that is only repeated is no dialogue. */
static bool
udp_dialogue(const struct tryst_sighting *s)
{
	return s->proto == IPPROTO_UDP && s->counts_known && s->packets_in >= DIALOGUE_PACKETS &&
	       s->packets_out >= DIALOGUE_PACKETS && s->bytes_in % s->packets_in != 0;
}

static bool
tcp_exchanged(const struct tryst_sighting *s)
{
	return s->proto == IPPROTO_TCP && s->verdict == TRYST_VERDICT_EXCHANGED;
}

bool
tryst_spoof_dialogue(const struct tryst_sighting *s)
{
	return tcp_exchanged(s) || udp_dialogue(s);
}

/* What the sources established, best contact each: the sum, and how many of each kind. */
static int
contacts_weigh(const struct tryst_spoof_set *set, double *sum, uint32_t *tcp, uint32_t *udp,
               struct picks *picks, struct tryst_error *err)
{
	double *best = calloc(set->source_count + (size_t)1, sizeof(*best));

	if (!best)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < set->count; i++) {
		const struct tryst_sighting *s = tryst_spoof_sighting(set, i);
		double llr = tcp_exchanged(s) ? TCP_LLR : udp_dialogue(s) ? DIALOGUE_LLR : 0;

		if (llr >= best[set->slots[i]])
			continue;
		best[set->slots[i]] = llr;
		pick(picks, set->list[i]);
	}

	for (uint32_t i = 0; i < set->source_count; i++) {
		*sum += best[i];
		*tcp += best[i] == TCP_LLR;
		*udp += best[i] == DIALOGUE_LLR;
	}
	free(best);
	return 0;
}

/* How the conversations without an established contact ended. */
struct attempts {
	uint32_t attempts, unseen;
	struct picks picks;
};

static void
attempts_count(const struct tryst_spoof_set *set, struct attempts *a)
{
	for (uint32_t i = 0; i < set->count; i++) {
		switch (tryst_spoof_sighting(set, i)->verdict) {
		case TRYST_VERDICT_ATTEMPT:
			a->attempts++;
			pick(&a->picks, set->list[i]);
			break;
		case TRYST_VERDICT_UNKNOWN:
		case TRYST_VERDICT_DROPPED:
			a->unseen++;
			break;
		default:
			break;
		}
	}
}

/* Nothing was established; that says something where other clients of the service do. */
static int
attempts_weigh(const struct tryst_spoof_set *set, struct tryst_evidence *e, struct tryst_error *err)
{
	const struct tryst_spoof_others *o = set->others;
	struct attempts a = { 0 };
	bool known = o && o->attempts >= OTHERS_MIN;
	uint32_t decided;
	double rate = 0;

	attempts_count(set, &a);
	decided = set->count - a.unseen;
	if (known)
		rate = (double)o->established / ((double)o->attempts + 1);
	e->scored = rate > 0 && decided;
	/* An answer is no proof: a server answers whoever asks.  So this never clears anybody, and
	 * never accuses either, however seldom others are answered. */
	if (e->scored && a.attempts >= ATTEMPTS_MIN)
		e->llr = a.attempts * log(FORGED_SILENT / (1 - rate)) +
		         (decided - a.attempts) * TRYST_MIN(log((1 - FORGED_SILENT) / rate), 0);
	e->llr = TRYST_MAX(e->llr, 0);
	if (known)
		e->text =
			tryst_case_text(set->b, err,
		                        "%u of %u conversations are attempts without an answer; of "
		                        "the other clients' %.0f %% establish something.",
		                        a.attempts, set->count, 100 * rate);
	else if (!a.attempts && a.unseen)
		e->text =
			tryst_case_text(set->b, err,
		                        "Whether anything was established cannot be seen: of %u of "
		                        "%u conversations the other direction is not visible.",
		                        a.unseen, set->count);
	else
		e->text = tryst_case_text(
			set->b, err,
			"%u of %u conversations are attempts without an answer; how "
			"often other clients get one is not known here.",
			a.attempts, set->count);
	return e->text ? tryst_spoof_refs(set, e, a.picks.list, a.picks.count, err)
	               : TRYST_ERR_NOMEM;
}

int
tryst_spoof_establishment(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                          struct tryst_error *err)
{
	struct picks picks = { 0 };
	uint32_t tcp = 0, udp = 0;
	double sum = 0;
	int rc = contacts_weigh(set, &sum, &tcp, &udp, &picks, err);

	if (rc < 0)
		return rc;
	if (!tcp && !udp)
		return attempts_weigh(set, e, err);
	e->scored = true;
	e->llr = sum / set->source_count;
	e->text = tryst_case_text(set->b, err,
	                          "%u of %u sources exchanged data over TCP and %u held a dialogue "
	                          "over UDP, which a forger who does not see the answers cannot.",
	                          tcp, set->source_count, udp);
	return e->text ? tryst_spoof_refs(set, e, picks.list, picks.count, err) : TRYST_ERR_NOMEM;
}

int
tryst_spoof_dead(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                 struct tryst_error *err)
{
	bool *seen = calloc(set->source_count + (size_t)1, sizeof(*seen));
	const struct tryst_case *c = set->b->c;
	uint32_t stated = 0, after = 0;
	struct picks picks = { 0 };

	if (!seen)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < set->source_count; i++)
		stated += c->hosts[set->sources[i]].death.stated;
	for (uint32_t i = 0; stated && i < set->count; i++) {
		const struct tryst_death *d = &c->hosts[set->sources[set->slots[i]]].death;

		if (!d->stated || seen[set->slots[i]] ||
		    tryst_spoof_sighting(set, i)->first_ms < d->at_ms)
			continue;
		seen[set->slots[i]] = true;
		after++;
		pick(&picks, set->list[i]);
	}
	free(seen);
	if (!stated)
		return 0;
	e->scored = true;
	e->llr = -log(TRYST_SPOOF_ALIVE) * after;
	e->text = tryst_case_text(set->b, err,
	                          "%u of %u sources said to be down sent something afterwards; one "
	                          "report may be wrong for all, so that more than two add little.",
	                          after, stated);
	return e->text ? tryst_spoof_refs(set, e, picks.list, picks.count, err) : TRYST_ERR_NOMEM;
}

int
tryst_spoof_backscatter(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                        struct tryst_error *err)
{
	struct picks picks = { 0 };
	uint32_t count = 0;

	for (uint32_t i = 0; i < set->count; i++) {
		if (tryst_spoof_sighting(set, i)->verdict != TRYST_VERDICT_BACKSCATTER)
			continue;
		count++;
		pick(&picks, set->list[i]);
	}
	if (!count)
		return 0;
	e->text = tryst_case_text(set->b, err,
	                          "%u of %u conversations are answers to packets that never left "
	                          "home: somebody forges home addresses, and these sources are his "
	                          "victims.",
	                          count, set->count);
	return e->text ? tryst_spoof_refs(set, e, picks.list, picks.count, err) : TRYST_ERR_NOMEM;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the packets are made: sources of different networks that all send one size, one time to live,
 * one type of service or one IP identification look like one program on one machine.
 *
 * What other clients of the service send says how unusual that is.  Where they are not known, the
 * documented chances below stand in, for marks only.
 */
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "hunt/spoof.h"
#include "stats/tail.h"

#define OTHERS_MIN 20
#define AGREE_SHARE .5    /* of the sources must show the commonest value */
#define COMPARISONS_MAX 3 /* sources are not that independent */
#define CONSTANT_SHARE .9

/*
 * The chance that two unrelated hosts agree in a mark, where no other clients are known.
 * TTL: the usual initial values times a spread of paths of 10 hops and more gives less than 1 in
 * 10; twice that is taken.  A type of service other than 0 and an IP identification other than 0
 * (RFC 6864: of atomic datagrams it means nothing, and many send 0) are rarer still.
 */
static const struct mark {
	const char *name;
	double agree;
	bool zero_counts;
} marks[] = {
	{ "time to live", .2, true },
	{ "type of service", .25, false },
	{ "IP identification", .02, false },
};

static bool
mark_value(const struct tryst_marks *m, size_t which, uint32_t *out)
{
	const bool known[] = { m->ttl_known, m->tos_known, m->ip_id_known };
	const uint32_t values[] = { m->ttl, m->tos, m->ip_id };

	*out = values[which];
	return known[which];
}

/* Of the sources that show a mark, by the first flow of each that does: how many, the commonest
 * value, and how many show that one, from how many networks (COMPARISONS_MAX + 1: or more). */
struct agreement {
	uint32_t value, sources, agree, networks;
	struct tryst_ip seen[COMPARISONS_MAX + 1];
};

/* Sources of one network have the same path: what counts is how many networks agree. */
static void
network_add(struct agreement *a, struct tryst_ip ip)
{
	struct tryst_ip mask = tryst_ip_mask(tryst_ip_is_v4(ip) ? 96 + 16 : 32);
	struct tryst_ip net = { ip.hi & mask.hi, ip.lo & mask.lo };

	for (uint32_t i = 0; i < a->networks; i++) {
		if (tryst_ip_equal(a->seen[i], net))
			return;
	}
	if (a->networks < TRYST_ARRAY_SIZE(a->seen))
		a->seen[a->networks++] = net;
}

/* Boyer and Moore's majority vote finds the value, a second look counts it.  `told` holds one mark
 * a source: the last round that counted it. */
static struct agreement
mark_agreement(const struct tryst_spoof_set *set, size_t which, uint8_t *told)
{
	struct agreement a = { 0 };
	uint32_t votes = 0, value;

	for (unsigned round = 0; round < 2; round++) {
		uint8_t mark = (uint8_t)(2 * which + round + 1);

		for (uint32_t i = 0; i < set->count; i++) {
			const struct tryst_sighting *s = tryst_spoof_sighting(set, i);

			if (told[set->slots[i]] == mark || !mark_value(&s->marks, which, &value))
				continue;
			told[set->slots[i]] = mark;
			if (round == 0) {
				a.sources++;
				a.value = votes ? a.value : value;
				votes = value == a.value ? votes + 1 : votes - 1;
			} else if (value == a.value) {
				a.agree++;
				network_add(&a, s->peer);
			}
		}
	}
	return a;
}

/* The chance that another client shows the value, from those that are known. */
static double
mark_chance(const struct tryst_spoof_others *o, size_t which, uint32_t value)
{
	uint64_t total = 0, count = 0;

	if (o && which == 0) {
		total = o->marked_ttl;
		count = o->ttl_counts[value & 255];
	} else if (o && which == 1) {
		total = o->marked_tos;
		count = o->tos_counts[value & 255];
	}
	if (total < OTHERS_MIN)
		return marks[which].agree;
	return ((double)count + .5) / ((double)total + 1);
}

/* Adds what one mark says to the sum and to the text. */
static void
mark_weigh(const struct tryst_spoof_set *set, size_t which, uint8_t *told, struct tryst_evidence *e,
           struct tryst_buf *text)
{
	struct agreement a = mark_agreement(set, which, told);
	double chance;

	if (a.sources < 2)
		return;
	e->scored = true;
	tryst_buf_printf(text, "%s%s %u at %u of %u sources, %u%s networks", text->len ? "; " : "",
	                 marks[which].name, a.value, a.agree, a.sources, a.networks,
	                 a.networks > COMPARISONS_MAX ? " or more" : "");
	if ((double)a.agree < AGREE_SHARE * a.sources || a.networks < 2 ||
	    (!a.value && !marks[which].zero_counts))
		return;
	/* Some of the sources may have sent something of their own too: so many of them by chance,
	 * but never more than the networks that agree are worth. */
	chance = mark_chance(set->others, which, a.value);
	e->llr -= TRYST_MAX((a.networks - 1) * log(chance),
	                    tryst_binomial_upper(a.sources - 1, chance, a.agree - 1));
}

int
tryst_spoof_marks(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                  struct tryst_error *err)
{
	uint8_t *told = calloc(set->source_count, 1);
	uint32_t picked[TRYST_EVIDENCE_REFS_MAX], n = 0, value;
	struct tryst_buf text = { 0 };
	int rc = 0;

	for (size_t which = 0; told && which < TRYST_ARRAY_SIZE(marks); which++)
		mark_weigh(set, which, told, e, &text);
	if (!told || text.failed) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	if (!text.len)
		goto out;
	for (uint32_t i = 0; i < set->count && n < TRYST_ARRAY_SIZE(picked); i++) {
		const struct tryst_marks *m = &tryst_spoof_sighting(set, i)->marks;

		if (mark_value(m, 0, &value) || mark_value(m, 1, &value) ||
		    mark_value(m, 2, &value))
			picked[n++] = set->list[i];
	}
	e->text = tryst_case_text(set->b, err, "The packets show %s%s.", text.data,
	                          set->others && set->others->marked_ttl + set->others->marked_tos
	                                  ? ""
	                                  : " (other clients are not known: default chances)");
	rc = e->text ? tryst_spoof_refs(set, e, picked, n, err) : TRYST_ERR_NOMEM;
out:
	tryst_buf_fini(&text);
	free(told);
	return rc;
}

int
tryst_spoof_size(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                 struct tryst_error *err)
{
	const struct tryst_spoof_others *o = set->others;
	uint64_t bytes = 0, most = 0;
	uint32_t singles = 0;
	double chance;

	if (set->source_count < 2)
		return 0;
	for (uint32_t i = 0; i < set->count; i++) {
		const struct tryst_sighting *s = tryst_spoof_sighting(set, i);

		if (!s->counts_known || s->packets_in != 1)
			continue;
		if (singles && s->bytes_in != bytes)
			return 0;
		bytes = s->bytes_in;
		singles++;
	}
	if (singles < 2)
		return 0;
	for (size_t i = 0; o && i < TRYST_ARRAY_SIZE(o->size_counts); i++)
		most = TRYST_MAX(most, o->size_counts[i]);
	if (!o || o->singles < OTHERS_MIN) {
		e->text = tryst_case_text(
			set->b, err,
			"All %u one-packet flows have %ju bytes; what other clients "
			"send is not known here.",
			singles, (uintmax_t)bytes);
		return e->text ? tryst_spoof_refs(set, e, set->list, set->count, err)
		               : TRYST_ERR_NOMEM;
	}
	chance = ((double)o->size_counts[TRYST_MIN(bytes, (uint64_t)255)] + .5) /
	         ((double)o->singles + 1);
	e->scored = true;
	/* Where everybody sends one size, equal sizes say nothing. */
	if ((double)most < CONSTANT_SHARE * (double)o->singles)
		e->llr = -log(chance) * set->source_count;
	e->text = tryst_case_text(set->b, err,
	                          "All %u one-packet flows have %ju bytes, as %.0f %% of the other "
	                          "clients' have.",
	                          singles, (uintmax_t)bytes, 100 * chance);
	return e->text ? tryst_spoof_refs(set, e, set->list, set->count, err) : TRYST_ERR_NOMEM;
}

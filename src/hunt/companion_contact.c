/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the candidates touched, against chance.  Of a host that the graph holds, chance is the
 * model's for one as active.  Where the graph holds a sample of the hosts, the activity of the
 * others is not known: then chance is that of any host, the mean over the sample of the chance to
 * touch just what this one did.
 */
#include <math.h>
#include <stdlib.h>

#include "hunt/companion.h"
#include "stats/affinity.h"

/* Of each unlisted host of the graph, its chance at each confirmed endpoint. */
struct sample {
	double *chance; /* [host][confirmed] */
	size_t hosts;
};

static int
sample_make(struct sample *sample, const struct tryst_companion_step *s, struct tryst_error *err)
{
	const struct tryst_graph *g = s->graph;
	size_t n = s->confirmed_count;

	sample->hosts = 0;
	sample->chance = calloc((g->host_count + (size_t)1) * n, sizeof(*sample->chance));
	if (!sample->chance)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < g->host_count; i++) {
		double *row = &sample->chance[sample->hosts * n];

		if (g->hosts[i].listed != TRYST_NOT_LISTED)
			continue;
		for (size_t j = 0; j < n; j++)
			row[j] = tryst_chance_of(s->b->chance, i, s->confirmed[j].endpoint);
		sample->hosts++;
	}
	return 0;
}

static double
group_share(const struct tryst_companion_step *s, size_t j, double chance)
{
	return tryst_affinity_group(s->graph->endpoints[s->confirmed[j].endpoint].listed,
	                            s->graph->listed_count, chance);
}

/* As active as it is. */
static void
weigh_by_model(const struct tryst_companion_step *s, struct tryst_candidate *k)
{
	struct tryst_affinity list[TRYST_CONFIRMED_MAX];

	for (size_t j = 0; j < s->confirmed_count; j++) {
		double chance = tryst_chance_of(s->b->chance, k->host, s->confirmed[j].endpoint);

		list[j] = (struct tryst_affinity){ .chance = chance,
			                           .group = group_share(s, j, chance),
			                           .touched = k->touched >> j & 1 };
		k->expected += chance;
	}
	k->contact = tryst_affinity_llr(list, s->confirmed_count);
}

/* As any host of the sample: ln of the chance of one of the group to touch just this, by anyone's.
 */
static void
weigh_by_sample(const struct tryst_companion_step *s, struct tryst_candidate *k,
                const struct sample *sample)
{
	size_t n = s->confirmed_count;
	double anyone = 0, group = 1, mean;

	for (size_t i = 0; i < sample->hosts; i++) {
		const double *row = &sample->chance[i * n];
		double product = 1;

		for (size_t j = 0; j < n; j++) {
			if (k->known >> j & 1)
				product *= k->touched >> j & 1 ? row[j] : 1 - row[j];
		}
		anyone += product;
	}
	for (size_t j = 0; j < n; j++) {
		if (!(k->known >> j & 1))
			continue;
		mean = 0;
		for (size_t i = 0; i < sample->hosts; i++)
			mean += sample->chance[i * n + j];
		mean /= (double)TRYST_MAX(sample->hosts, (size_t)1);
		mean = TRYST_MIN(mean, 1 - 1e-12); /* certain is nothing here */
		k->expected += mean;
		mean = group_share(s, j, mean);
		group *= k->touched >> j & 1 ? mean : 1 - mean;
	}
	/* One more host, that touches just this: the sample cannot rule out what it has not seen.
	 */
	anyone = (anyone + group) / ((double)sample->hosts + 1);
	k->contact = log(group / anyone);
}

static int
pattern_compare(const void *va, const void *vb)
{
	const struct tryst_candidate *a = *(struct tryst_candidate *const *)va;
	const struct tryst_candidate *b = *(struct tryst_candidate *const *)vb;

	if (a->touched != b->touched)
		return a->touched < b->touched ? -1 : 1;
	if (a->known != b->known)
		return a->known < b->known ? -1 : 1;
	return tryst_ip_compare(a->ip, b->ip);
}

/* Those of one pattern are weighed once. */
static void
patterns_weigh(const struct tryst_companion_step *s, struct tryst_candidate **list, size_t count,
               const struct sample *sample)
{
	qsort(list, count, sizeof(struct tryst_candidate *), pattern_compare);
	for (size_t i = 0; i < count; i++) {
		const struct tryst_candidate *before = i ? list[i - 1] : NULL;

		if (before && before->touched == list[i]->touched &&
		    before->known == list[i]->known) {
			list[i]->contact = before->contact;
			list[i]->expected = before->expected;
		} else {
			weigh_by_sample(s, list[i], sample);
		}
	}
}

int
tryst_companion_contacts(struct tryst_companion_step *s, struct tryst_error *err)
{
	struct tryst_candidate **list = calloc(s->candidate_count + 1, sizeof(*list));
	struct sample sample = { 0 };
	size_t count = 0;
	int rc = list ? 0 : tryst_error_nomem(err);

	for (size_t i = 0; rc == 0 && i < s->candidate_count; i++) {
		if (s->candidates[i].host != TRYST_NOT_LISTED)
			weigh_by_model(s, &s->candidates[i]);
		else
			list[count++] = &s->candidates[i];
	}
	if (rc == 0 && count)
		rc = sample_make(&sample, s, err);
	if (rc == 0 && count)
		patterns_weigh(s, list, count, &sample);
	free(sample.chance);
	free(list);
	return rc;
}

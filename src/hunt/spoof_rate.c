/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One generator serves its sources alike: as often, from the same moment to the same moment, with
 * the same gaps.  Honest clients can do each of these, so all are capped low; and a real meeting
 * begins together too, so that common times count only where nobody established anything.
 */
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "hunt/spoof.h"
#include "stats/forgery.h"
#include "stats/tail.h"

#define TIMES_SOURCES_MIN 5
#define TIMES_SHARE .8 /* of the sources, in the narrowest window that holds so many */
#define PEAK_RATE 3    /* busiest over mean rate, where no other clients give the real one */
#define OTHERS_MIN 20
#define P_MAX .05 /* above, a p-value says nothing here */

#define GAPS_MIN 6 /* of a source */
#define GAPS_MAX 64
#define GAPS_SOURCES_MAX 32
#define GAPS_SLACK_MS 2.
#define GAPS_TOLERANCE .01

/* What a p-value (ln) weighs: half its logarithm, which Sellke, Bayarri and Berger's bound (The
 * American Statistician 55, 2001) allows below P_MAX. */
static double
surprise(double log_p)
{
	return log_p < log(P_MAX) ? -log_p / 2 : 0;
}

int
tryst_spoof_rates(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                  struct tryst_error *err)
{
	uint32_t least = UINT32_MAX, most = 0;
	char times[TRYST_POWER_TEXT_MAX];
	double log_bayes;

	if (set->source_count < 2)
		return 0;
	for (uint32_t i = 0; i < set->source_count; i++) {
		least = TRYST_MIN(least, set->per_source[i]);
		most = TRYST_MAX(most, set->per_source[i]);
	}
	if (most == 1) {
		e->text = tryst_case_text(set->b, err,
		                          "Each of %u sources has one flow: their rates cannot be "
		                          "compared.",
		                          set->source_count);
		return e->text ? 0 : TRYST_ERR_NOMEM;
	}
	log_bayes = tryst_equal_rates_log_bayes(set->per_source, set->source_count);
	e->scored = true;
	/* A forger may prefer some of his addresses: unequal rates clear nobody. */
	e->llr = TRYST_MAX(log_bayes, 0);
	e->text = tryst_case_text(set->b, err,
	                          "%u flows of %u sources, %u to %u each: equal rates are %s times "
	                          "as likely as rates that differ as those of hosts do.",
	                          set->count, set->source_count, least, most,
	                          tryst_power_text(log_bayes / M_LN10, times));
	return e->text ? tryst_spoof_refs(set, e, set->list, set->count, err) : TRYST_ERR_NOMEM;
}

static int
time_compare(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

/*
 * How much of the time lies between two moments, as it matters here: the more often a client comes
 * the earlier is his first visit and the later his last one, so that the share is multiplied by
 * the visits.  First visits of other clients give the time as they pass it.
 */
static double
time_share(const struct tryst_spoof_set *set, bool firsts, int64_t from_ms, int64_t to_ms)
{
	const struct tryst_spoof_others *o = set->others;
	const struct tryst_case *c = set->b->c;
	double whole = (double)c->last_ms - (double)c->first_ms;
	double visits = (double)set->count / set->source_count;
	uint32_t inside = 0;

	if (firsts && o && o->first_count >= OTHERS_MIN) {
		for (uint32_t i = 0; i < o->first_count; i++)
			inside += o->firsts[i] >= from_ms && o->firsts[i] <= to_ms;
		visits *= (double)o->first_count / (double)o->attempts;
		return TRYST_MAX(visits, 1) * ((double)inside + 1) / ((double)o->first_count + 1);
	}
	if (whole <= 0)
		return 1;
	/* Times are whole milliseconds at best. */
	return PEAK_RATE * visits * ((double)to_ms - (double)from_ms + 1) / whole;
}

/* ln of the chance that so many of the moments lie so close; sorts them. */
static double
together(const struct tryst_spoof_set *set, bool firsts, int64_t *times_ms, int64_t *width_ms)
{
	uint32_t n = set->source_count, k = (uint32_t)ceil(TIMES_SHARE * n), at = 0;
	double share;

	qsort(times_ms, n, sizeof(*times_ms), time_compare);
	for (uint32_t i = 0; i + k <= n; i++) {
		if ((uint64_t)times_ms[i + k - 1] - (uint64_t)times_ms[i] <
		    (uint64_t)times_ms[at + k - 1] - (uint64_t)times_ms[at])
			at = i;
	}
	*width_ms = (int64_t)((uint64_t)times_ms[at + k - 1] - (uint64_t)times_ms[at]);
	share = time_share(set, firsts, times_ms[at], times_ms[at + k - 1]);
	return share < 1 ? tryst_scan_upper(n, k, share) : 0;
}

static int
times_weigh(const struct tryst_spoof_set *set, int64_t *first_ms, int64_t *last_ms,
            struct tryst_evidence *e, struct tryst_error *err)
{
	uint32_t n = set->source_count;
	int64_t start_width, stop_width;
	double start, stop;
	char p_start[TRYST_POWER_TEXT_MAX], p_stop[TRYST_POWER_TEXT_MAX];

	for (uint32_t i = set->count; i-- > 0;)
		first_ms[set->slots[i]] = tryst_spoof_sighting(set, i)->first_ms;
	for (uint32_t i = 0; i < n; i++)
		last_ms[i] = INT64_MIN;
	for (uint32_t i = 0; i < set->count; i++)
		last_ms[set->slots[i]] =
			TRYST_MAX(last_ms[set->slots[i]], tryst_spoof_sighting(set, i)->first_ms);
	start = together(set, true, first_ms, &start_width);
	stop = together(set, false, last_ms, &stop_width);
	e->scored = true;
	e->llr = surprise(start) + surprise(stop);
	e->text = tryst_case_text(
		set->b, err,
		"%u of %u sources first came within %.1f s (p = %s) and came last within %.1f s "
		"(p = %s) of each other.",
		(uint32_t)ceil(TIMES_SHARE * n), n, (double)start_width / 1000,
		tryst_power_text(start / M_LN10, p_start), (double)stop_width / 1000,
		tryst_power_text(stop / M_LN10, p_stop));
	return e->text ? tryst_spoof_refs(set, e, set->list, set->count, err) : TRYST_ERR_NOMEM;
}

static bool
any_dialogue(const struct tryst_spoof_set *set)
{
	for (uint32_t i = 0; i < set->count; i++) {
		if (tryst_spoof_dialogue(tryst_spoof_sighting(set, i)))
			return true;
	}
	return false;
}

int
tryst_spoof_times(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                  struct tryst_error *err)
{
	int64_t *times_ms;
	int rc;

	if (set->source_count < TIMES_SOURCES_MIN)
		return 0;
	if (any_dialogue(set)) {
		e->text = "Some sources established contact: common times would be those of a real "
			  "meeting.";
		return 0;
	}
	times_ms = calloc(2 * (size_t)set->source_count, sizeof(*times_ms));
	if (!times_ms)
		return tryst_error_nomem(err);
	rc = times_weigh(set, times_ms, times_ms + set->source_count, e, err);
	free(times_ms);
	return rc;
}

/* The first gaps of the sources that have enough: a row each; how many rows and columns. */
static void
gaps_find(const struct tryst_spoof_set *set, double *rows, uint32_t *row_of, int64_t *last_ms,
          uint32_t *fill, uint32_t *row_count, uint32_t *columns)
{
	*row_count = 0;
	*columns = GAPS_MAX;
	for (uint32_t i = 0; i < set->source_count; i++) {
		row_of[i] = UINT32_MAX;
		if (set->per_source[i] <= GAPS_MIN || *row_count == GAPS_SOURCES_MAX)
			continue;
		row_of[i] = (*row_count)++;
		*columns = TRYST_MIN(*columns, set->per_source[i] - 1);
	}
	for (uint32_t i = 0; i < set->count; i++) {
		uint32_t slot = set->slots[i], row = row_of[slot];
		int64_t at_ms = tryst_spoof_sighting(set, i)->first_ms;

		if (row == UINT32_MAX || fill[row] > *columns)
			continue;
		if (fill[row]++)
			rows[row * *columns + fill[row] - 2] = (double)at_ms - (double)last_ms[row];
		last_ms[row] = at_ms;
	}
}

int
tryst_spoof_gaps(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                 struct tryst_error *err)
{
	double *rows = calloc(GAPS_SOURCES_MAX * GAPS_MAX, sizeof(*rows)), chance;
	struct tryst_step step;
	uint32_t *row_of = calloc(set->source_count + (size_t)1, sizeof(*row_of));
	int64_t last_ms[GAPS_SOURCES_MAX];
	uint32_t fill[GAPS_SOURCES_MAX] = { 0 }, row_count, columns;
	int rc = 0;

	if (!rows || !row_of) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	gaps_find(set, rows, row_of, last_ms, fill, &row_count, &columns);
	if (row_count < 2)
		goto out;
	step = tryst_step_compare(rows, row_count, columns, GAPS_SLACK_MS, GAPS_TOLERANCE);
	chance = TRYST_MAX(step.chance, 1. / (double)(step.trials * columns));
	e->scored = true;
	e->llr = tryst_half_against(step.hits, step.trials, chance);
	e->text = tryst_case_text(
		set->b, err,
		"Of the first %u gaps between flows of %u sources, %ju of %ju equal "
		"those of the next source to 1 %%; in any order %.2g %% would.",
		columns, row_count, (uintmax_t)step.hits, (uintmax_t)step.trials, 100 * chance);
	rc = e->text ? tryst_spoof_refs(set, e, set->list, set->count, err) : TRYST_ERR_NOMEM;
out:
	free(row_of);
	free(rows);
	return rc;
}

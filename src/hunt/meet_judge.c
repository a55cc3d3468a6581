/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/meet_judge.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/service.h"
#include "stats/multiple.h"

#define FINDINGS_MAX 100
#define ORDINARY_MAX 20 /* so many are told though nothing is unusual about them */
#define MIRRORS_MAX 1000
#define CLIENTS_MIN 50 /* on a side, for prevalence to mean anything */
#define RARE .02
#define POSTERIOR_MAX .99
#define GRADE_A .95
#define GRADE_B .8
#define GRADE_C .1

/* What is left of a candidate when it was weighed. */
struct judged {
	const struct tryst_meet_candidate *c;
	double log10_q, score;
	char grade;
};

void
tryst_meet_reason(struct tryst_meet_scales *s, const char *family, double covert, double ordinary,
                  double chance, const char *fmt, ...)
{
	struct tryst_meet_reason *r = &s->reasons[s->reason_count];
	char text[600];
	va_list ap;

	s->log[TRYST_MEET_COVERT] += covert;
	s->log[TRYST_MEET_ORDINARY] += ordinary;
	s->log[TRYST_MEET_CHANCE] += chance;
	s->families += covert - ordinary >= .5 || covert - chance >= 2;
	if (!s->arena || s->reason_count == TRYST_MEET_REASONS_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	*r = (struct tryst_meet_reason){ family,
		                         tryst_arena_text(s->arena, text, strlen(text)),
		                         { covert, ordinary, chance } };
	s->failed |= !r->text;
	s->reason_count++;
}

void
tryst_meet_change(struct tryst_meet_scales *s, const char *text)
{
	if (s->change_count < TRYST_ARRAY_SIZE(s->changes))
		s->changes[s->change_count++] = text;
}

double
tryst_meet_prevalence(const struct tryst_meet_scales *s)
{
	double here = (double)s->c->clients_here * (double)(1ULL << s->c->level);

	return s->clients >= CLIENTS_MIN ? fmin(1, here / s->clients) : -1;
}

void
tryst_meet_weigh_rare(struct tryst_meet_scales *s)
{
	double share = tryst_meet_prevalence(s);
	const char *whose = s->c->home ? "outside" : "home";

	if (share < 0)
		tryst_meet_reason(s, "prevalence", 0, 0, 0,
		                  "The log has %.0f %s clients: too few to say what is rare.",
		                  s->clients, whose);
	else if (share > RARE)
		tryst_meet_reason(s, "prevalence", -3, 0, 0,
		                  "%u of about %.0f %s clients use it (%.1f %%): what many use is "
		                  "seldom meant for few.",
		                  s->c->clients_here << s->c->level, s->clients, whose,
		                  100 * share);
	else
		tryst_meet_reason(s, "prevalence", 1.5, 0, 1.5,
		                  "%u of about %.0f %s clients %s it.",
		                  s->c->clients_here << s->c->level, s->clients, whose,
		                  s->c->clients_here << s->c->level == 1 ? "uses" : "use");
}

static void
posteriors(const double log[TRYST_FINDING_HYPOTHESES], double out[TRYST_FINDING_HYPOTHESES])
{
	double most = fmax(log[0], fmax(log[1], log[2])), sum = 0;

	for (unsigned h = 0; h < TRYST_FINDING_HYPOTHESES; h++)
		sum += out[h] = exp(log[h] - most);
	for (unsigned h = 0; h < TRYST_FINDING_HYPOTHESES; h++)
		out[h] = fmin(out[h] / sum, POSTERIOR_MAX);
}

static char
grade_of(const struct tryst_meet_scales *s)
{
	double p[TRYST_FINDING_HYPOTHESES];
	char grade = 'D';

	posteriors(s->log, p);
	if (p[TRYST_MEET_COVERT] >= GRADE_A && s->families >= 3)
		grade = 'A';
	else if (p[TRYST_MEET_COVERT] >= GRADE_B && s->families >= 2)
		grade = 'B';
	else if (p[TRYST_MEET_COVERT] >= GRADE_C)
		grade = 'C';
	return grade < s->worst ? s->worst : grade;
}

static void
scales_init(struct tryst_meet_scales *s, const struct judged *j, const struct tryst_case *c,
            const struct tryst_meet_options *options, const struct tryst_meet_sums *sums,
            struct tryst_arena *arena)
{
	const struct tryst_meet_rule *rule = &tryst_meet_rules[j->c->kind];

	*s = (struct tryst_meet_scales){
		.c = j->c,
		.sums = sums,
		.options = options,
		.first_ms = c->first_ms,
		.last_ms = c->last_ms,
		.log10_q = j->log10_q,
		.worst = 'A',
		.arena = arena,
	};
	/* Clients of endpoints outside are at home; without --home all are outside. */
	s->clients =
		tryst_distinct_count(!c->home_count || j->c->home ? &sums->outside : &sums->home);
	for (unsigned h = 0; h < TRYST_FINDING_HYPOTHESES; h++)
		s->log[h] = log(rule->priors[h]);
	rule->weigh(s);
}

static int
judged_compare(const void *va, const void *vb)
{
	const struct judged *a = va, *b = vb;

	if (a->grade != b->grade)
		return a->grade < b->grade ? -1 : 1;
	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return tryst_meet_candidate_compare(a->c, b->c);
}

/* Kinds whose tests are one family: how many were made in all. */
static uint64_t
tests_of(const struct tryst_meet_sums *sums, enum tryst_meet_kind kind)
{
	switch (kind) {
	case TRYST_MEET_BEACON:
	case TRYST_MEET_REFUSED:
		return sums->tested;
	case TRYST_MEET_GROUP:
		return sums->groups;
	default:
		return 0;
	}
}

/* Whether a candidate belongs to the family of tests that the kind is the first of. */
static bool
is_tested(const struct tryst_meet_candidate *c, enum tryst_meet_kind kind)
{
	return c->log10_p < 0 &&
	       (c->kind == kind || (kind == TRYST_MEET_BEACON && c->kind == TRYST_MEET_REFUSED));
}

/* The false discovery rates of the kinds that have tests, each over all of its tests. */
static int
rates(struct judged *list, size_t count, const struct tryst_meet_sums *sums,
      struct tryst_error *err)
{
	static const enum tryst_meet_kind families[] = { TRYST_MEET_BEACON, TRYST_MEET_GROUP };
	double *log_p = calloc(count + 1, 2 * sizeof(*log_p)), *log_q = log_p + count + 1;
	size_t *order = calloc(count + 1, sizeof(*order));
	int rc = log_p && order ? 0 : tryst_error_nomem(err);

	for (size_t f = 0; rc == 0 && f < TRYST_ARRAY_SIZE(families); f++) {
		size_t n = 0, k = 0;

		for (size_t i = 0; i < count; i++) {
			if (is_tested(list[i].c, families[f]))
				log_p[n++] = list[i].c->log10_p * M_LN10;
		}
		if (n)
			tryst_fdr_bh(log_p, n, TRYST_MAX(tests_of(sums, families[f]), (uint64_t)n),
			             log_q, order);
		for (size_t i = 0; i < count; i++) {
			if (is_tested(list[i].c, families[f]))
				list[i].log10_q = log_q[k++] / M_LN10;
		}
	}
	free(order);
	free(log_p);
	return rc;
}

static void *
arena_zero(struct tryst_arena *arena, size_t count, size_t size, struct tryst_error *err)
{
	void *p = tryst_arena_alloc(arena, (count + 1) * size);

	if (p)
		memset(p, 0, (count + 1) * size);
	else
		(void)tryst_error_nomem(err);
	return p;
}

/* The weights of a reason: of the best explanation against the next best. */
static int
evidence_tell(struct tryst_finding *f, const struct tryst_meet_scales *s, struct tryst_error *err)
{
	unsigned best = 0, second = 1;
	struct tryst_evidence *list;

	for (unsigned h = 1; h < TRYST_FINDING_HYPOTHESES; h++) {
		if (s->log[h] > s->log[best]) {
			second = best;
			best = h;
		} else if (second == best || s->log[h] > s->log[second]) {
			second = h;
		}
	}
	list = arena_zero(s->arena, s->reason_count, sizeof(*list), err);
	if (!list)
		return TRYST_ERR_NOMEM;
	for (unsigned i = 0; i < s->reason_count; i++) {
		const struct tryst_meet_reason *r = &s->reasons[i];

		list[i].family = r->family;
		list[i].text = r->text;
		list[i].llr = r->llr[best] - r->llr[second];
		list[i].scored = r->llr[0] != 0 || r->llr[1] != 0 || r->llr[2] != 0;
	}
	f->evidence = (struct tryst_evidence_list){ list, s->reason_count };
	return 0;
}

/* The verdict; what it says is no fact where another explanation is likelier. */
static const char *
verdict_tell(struct tryst_meet_scales *s)
{
	unsigned best = 0;
	char text[200];
	const char *copy;

	for (unsigned h = 1; h < TRYST_FINDING_HYPOTHESES; h++)
		best = s->log[h] > s->log[best] ? h : best;
	if (!s->verdict || !s->holds || s->holds & 1u << best)
		return s->verdict;
	(void)snprintf(text, sizeof(text), "Perhaps %c%s", tolower((unsigned char)*s->verdict),
	               s->verdict + 1);
	copy = tryst_arena_text(s->arena, text, strlen(text));
	s->failed |= !copy;
	return copy;
}

static void
numbers_tell(struct tryst_finding *f, const struct tryst_meet_candidate *c)
{
	const struct tryst_meet_rule *rule = &tryst_meet_rules[c->kind];

	for (unsigned i = 0; i < TRYST_MEET_NUMBERS; i++) {
		if (rule->numbers[i] && !isnan(c->v[i]))
			f->numbers[f->number_count++] =
				(struct tryst_number){ rule->numbers[i], c->v[i] };
	}
}

static int
finding_tell(struct tryst_finding *f, const struct judged *j, const struct tryst_case *k,
             struct tryst_arena *arena, const struct tryst_meet_options *options,
             const struct tryst_meet_sums *sums, struct tryst_error *err)
{
	const struct tryst_meet_candidate *c = j->c;
	const struct tryst_meet_rule *rule = &tryst_meet_rules[c->kind];
	struct tryst_ip *clients = arena_zero(arena, c->client_count, sizeof(*clients), err);
	struct tryst_meet_scales s;

	if (!clients)
		return TRYST_ERR_NOMEM;
	memcpy(clients, c->clients, c->client_count * sizeof(*clients));
	scales_init(&s, j, k, options, sums, arena);
	*f = (struct tryst_finding){
		.kind = rule->name,
		.ip = c->ip,
		.proto = c->proto,
		.port = c->port,
		.port_known = c->port || c->proto == 6 || c->proto == 17,
		.at_home = c->home,
		.service = tryst_service_name(c->proto, c->port),
		.clients = clients,
		.client_count = c->client_count,
		.clients_total = c->clients_total,
		.clients_here = c->clients_here << c->level,
		.first_ms = c->first_ms,
		.last_ms = c->last_ms,
		.score = j->score,
		.p_known = c->log10_p < 0,
		.log10_p = c->log10_p,
		.log10_q = j->log10_q,
		.period_ms = c->period_ms,
		.prevalence = tryst_meet_prevalence(&s),
		.grade = j->grade,
		.verdict = verdict_tell(&s),
	};
	f->prevalence_known = f->prevalence >= 0;
	memcpy(f->hypotheses, rule->hypotheses, sizeof(f->hypotheses));
	posteriors(s.log, f->posterior);
	numbers_tell(f, c);
	f->changes = arena_zero(arena, s.change_count, sizeof(*f->changes), err);
	if (!f->changes || s.failed)
		return tryst_error_nomem(err);
	memcpy(f->changes, s.changes, s.change_count * sizeof(*f->changes));
	f->change_count = s.change_count;
	return evidence_tell(f, &s, err);
}

/* Whether --known has the endpoint: its address, and its port where the entry names one. */
static bool
is_known(const struct tryst_watchlist *known, const struct tryst_meet_candidate *c)
{
	uint32_t ids[64];
	size_t n;

	if (!known)
		return false;
	n = tryst_ipset_match(tryst_watchlist_set(known), c->ip, ids, TRYST_ARRAY_SIZE(ids));
	for (size_t i = 0; i < TRYST_MIN(n, TRYST_ARRAY_SIZE(ids)); i++) {
		const struct tryst_indicator *ind = tryst_watchlist_indicator(known, ids[i]);

		if ((!ind->port || ind->port == c->port) && (!ind->proto || ind->proto == c->proto))
			return true;
	}
	return false;
}

/* Weighs all that is news; returns how many. */
static size_t
weigh_all(struct tryst_case *c, const struct tryst_meet_options *options,
          const struct tryst_meet_sums *sums, struct judged *list, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct judged *j = &list[i];
		struct tryst_meet_scales s;

		if (is_known(options->known, j->c)) {
			c->search.known++;
			continue;
		}
		if (j->c->old) {
			c->search.old++;
			continue;
		}
		scales_init(&s, j, c, options, sums, NULL);
		j->grade = grade_of(&s);
		j->score = s.log[TRYST_MEET_COVERT] -
		           fmax(s.log[TRYST_MEET_ORDINARY], s.log[TRYST_MEET_CHANCE]) +
		           fmin(j->c->rank, 1000) / 1000;
		list[kept++] = *j;
	}
	return kept;
}

static bool
has_client(const struct tryst_meet_candidate *c, struct tryst_ip ip)
{
	for (uint32_t i = 0; i < c->client_count; i++) {
		if (tryst_ip_equal(c->clients[i], ip))
			return true;
	}
	return false;
}

/* The same seen from the other end: kept both ways round since nothing tells which is the server.
 */
static bool
is_mirror(const struct tryst_meet_candidate *a, const struct tryst_meet_candidate *b)
{
	return b->guessed && a->kind == b->kind && has_client(a, b->ip) && has_client(b, a->ip);
}

/* A destination that hosts of an overlay share. */
static bool
is_part(const struct tryst_meet_candidate *overlay, const struct tryst_meet_candidate *c)
{
	if (overlay->kind != TRYST_MEET_P2P || c->kind != TRYST_MEET_RARE)
		return false;
	for (uint32_t i = 0; i < c->client_count; i++) {
		if (!has_client(overlay, c->clients[i]))
			return false;
	}
	return true;
}

/* Drops what another finding tells better, among the first `most`. */
static size_t
told_drop(struct judged *list, size_t count, size_t most)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		const struct tryst_meet_candidate *c = list[i].c;
		bool told = false;

		for (size_t k = 0; k < kept && i < most && !told; k++)
			told = is_mirror(list[k].c, c) || is_part(list[k].c, c);
		if (!told)
			list[kept++] = list[i];
	}
	return kept;
}

static void
search_sums(struct tryst_case *c, const struct tryst_meet_sums *sums)
{
	c->search.endpoints = sums->endpoints;
	c->search.pairs = sums->pairs;
	c->search.tested = sums->tested;
	c->search.clients_home = (uint64_t)(tryst_distinct_count(&sums->home) + .5);
	c->search.clients_outside = (uint64_t)(tryst_distinct_count(&sums->outside) + .5);
	c->search.one_in = 1u << TRYST_MIN(sums->level, 31u);
}

int
tryst_meet_judge_all(struct tryst_case *c, struct tryst_arena *arena,
                     const struct tryst_meet_options *options, const struct tryst_meet_sums *sums,
                     struct tryst_meet_candidates *candidates, struct tryst_error *err)
{
	size_t count = candidates->count, max, told, leads = 0;
	struct judged *list = calloc(count + 1, sizeof(*list));
	int rc = list ? 0 : tryst_error_nomem(err);

	for (size_t i = 0; rc >= 0 && i < count; i++)
		list[i].c = &candidates->list[i];
	if (rc >= 0)
		rc = rates(list, count, sums, err);
	if (rc < 0)
		goto out;
	search_sums(c, sums);
	count = weigh_all(c, options, sums, list, count);
	qsort(list, count, sizeof(*list), judged_compare);
	max = options->findings_max ? options->findings_max : FINDINGS_MAX;
	count = told_drop(list, count, MIRRORS_MAX);
	while (leads < count && list[leads].grade < 'D')
		leads++;
	told = TRYST_MIN(count, TRYST_MIN(max, TRYST_MAX(leads, (size_t)ORDINARY_MAX)));
	c->search.untold = count - told;
	c->findings = arena_zero(arena, told, sizeof(*c->findings), err);
	rc = c->findings ? 0 : TRYST_ERR_NOMEM;
	for (; rc >= 0 && c->finding_count < told; c->finding_count++)
		rc = finding_tell(&c->findings[c->finding_count], &list[c->finding_count], c, arena,
		                  options, sums, err);
out:
	free(list);
	return rc;
}

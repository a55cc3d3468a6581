/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for companions: unlisted hosts that behave like the listed.  What its parts share;
 * only companion*.c know this header.  docs/statistics/companions.md has the method.
 */
#ifndef TRYST_HUNT_COMPANION_H
#define TRYST_HUNT_COMPANION_H

#include "hunt/build.h"
#include "hunt/chance.h"
#include "stats/shift.h"

#define TRYST_CONFIRMED_MAX 64   /* one bit each */
#define TRYST_COMPANIONS_MAX 100 /* in the case */

/* A meeting that is more than chance. */
struct tryst_confirmed {
	uint32_t meeting;  /* index of case.meetings */
	uint32_t endpoint; /* number in the graph */
	uint64_t around;   /* its bit among the endpoints of the second pass; 0: not read */
};

/* The tests of a host's visits beside those of the listed. */
enum tryst_company_kind {
	TRYST_COMPANY_TOGETHER, /* visits near a listed one */
	TRYST_COMPANY_ATTENDED, /* episodes that it came to */
	TRYST_COMPANY_BEFORE,   /* episodes that it came before */
	TRYST_COMPANY_KINDS,
};

/* Where the visits of a host are hits. */
struct tryst_company_windows {
	struct tryst_shift_window *list; /* in operational time, disjoint */
	size_t count;
	double share;         /* of the time, that they cover */
	double guard;         /* shifts by less still show the same visits */
	const char *untested; /* NULL: tested; a sentence */
};

struct tryst_company {
	bool tested;   /* else the numbers below only rank: p counts as 1 */
	uint32_t hits; /* visits, or episodes */
	double ratio;  /* Poisson log-likelihood ratio of so many hits, what ranks */
	double p;      /* by circular shift */
};

struct tryst_candidate {
	struct tryst_ip ip;
	uint32_t host; /* number in the graph; TRYST_NOT_LISTED: not among the hosts kept there */
	uint64_t touched;  /* a bit for each confirmed meeting */
	uint64_t known;    /* the same: whether it touched it is known */
	double contact;    /* log-likelihood ratios: of what it touched, */
	double time;       /* and of when; 0 where that is not known */
	double llr;        /* the sum */
	double expected;   /* how many of the known a host as active touches by chance */
	uint32_t visits;   /* at the confirmed endpoints, in the second pass */
	size_t visit_from; /* the first of them, in step.visits */
	struct tryst_company company[TRYST_COMPANY_KINDS];
	int64_t lead_ms;
	double time_q;   /* false discovery rate of the best of the tests, over all candidates */
	double before_q; /* false discovery rate of coming before, over all candidates */
	bool busy;       /* too many visits to say who came first */
	bool passes;     /* the rate of the sum, over all hosts looked at, is low enough */
};

/* A visit of an unlisted host at a confirmed endpoint. */
struct tryst_company_visit {
	struct tryst_ip host;
	int64_t at_ms;
	double at; /* the same in operational time, 0 to 1 */
	int64_t end_ms;
	uint64_t key;       /* equal for flows of one conversation */
	uint64_t touched;   /* a bit for each confirmed meeting */
	uint64_t record_no; /* of its first record, raw */
	uint32_t input;
	bool from_host; /* that record */
};

struct tryst_companion_step {
	struct tryst_case_builder *b;
	const struct tryst_graph *graph;
	struct tryst_confirmed confirmed[TRYST_CONFIRMED_MAX];
	size_t confirmed_count;
	struct tryst_candidate *candidates; /* by llr once it is known, then address */
	size_t candidate_count;
	uint64_t looked;            /* hosts that could have been found: the rate is over them */
	double sum_rate, time_rate; /* false discovery rates of the sum, and of time alone */
	double lead;  /* the ratio of a lead: as likely as not, were there as many as listed */
	bool crowded; /* one endpoint with many others: being there tells nothing, only when */
	/* Of companion_time.c; visits are by host and time. */
	struct tryst_company_visit *visits;
	size_t visit_count;
	struct tryst_company_windows windows[TRYST_COMPANY_KINDS];
	int64_t *episodes_ms; /* when each episode begins */
	size_t episode_count;
	double days;        /* how long was looked */
	const char *unread; /* NULL: the second pass has visits; else why not, a sentence */
};

/*
 * Finds the visits of unlisted hosts at confirmed endpoints in the second pass, or says in unread
 * why there are none.
 */
int tryst_companion_visits(struct tryst_companion_step *s, struct tryst_error *err);

/* Fills contact and expected of the candidates. */
int tryst_companion_contacts(struct tryst_companion_step *s, struct tryst_error *err);

/* Fills company, time and lead_ms of the candidates, which are by address. */
int tryst_companion_times(struct tryst_companion_step *s, struct tryst_error *err);

/* A: found, by what it touched and by when; B: found; C: a lead; D: like anyone. */
char tryst_companion_grade(const struct tryst_companion_step *s, const struct tryst_candidate *k);

/* The companion of a candidate, with evidence. */
int tryst_companion_tell(struct tryst_companion_step *s, const struct tryst_candidate *k,
                         struct tryst_companion *out, struct tryst_error *err);

#endif

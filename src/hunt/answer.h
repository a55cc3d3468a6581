/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a case says beyond counts: whether conversations worked, whether meetings are chance,
 * whether sources are forged, how they lie in time, who else belongs to them, and the judgement
 * that weighs it all.  Plain data in the case's arena; docs/statistics/ has a page for each test.
 *
 * Probabilities are base-10 logarithms (log10_p), because those that matter are far below what a
 * double holds.  What could not be tested says why in `untested`, a sentence; the numbers beside it
 * mean nothing then.  Log-likelihood ratios (llr) are natural.
 */
#ifndef TRYST_HUNT_ANSWER_H
#define TRYST_HUNT_ANSWER_H

#include "base/ip.h"

/* Did a conversation work?  docs/statistics/verdicts.md; the first rule that fits names it. */
enum tryst_verdict {
	TRYST_VERDICT_UNKNOWN, /* the other direction cannot be seen here */
	TRYST_VERDICT_DROPPED,
	TRYST_VERDICT_NOT_DELIVERED, /* answered, but the answer was null-routed */
	TRYST_VERDICT_BACKSCATTER,
	TRYST_VERDICT_FLOOD,
	TRYST_VERDICT_ATTEMPT,
	TRYST_VERDICT_REFUSED,
	TRYST_VERDICT_HANDSHAKE,
	TRYST_VERDICT_ONE_SIDED,
	TRYST_VERDICT_ANSWERED,
	TRYST_VERDICT_EXCHANGED,
	TRYST_VERDICT_COUNT,
};

/* The name in the case file ("answered_not_delivered"), and a short word for a table. */
const char *tryst_verdict_name(enum tryst_verdict v);
const char *tryst_verdict_word(enum tryst_verdict v);

/* One flow record that something rests on. */
struct tryst_record_ref {
	uint32_t input;  /* index of case.inputs */
	uint64_t record; /* ordinal in it, from 1 */
};

#define TRYST_EVIDENCE_REFS_MAX 16

/* One reason, with its numbers in the text and the records behind it. */
struct tryst_evidence {
	const char *family; /* a constant: "establishment", "port_adjacency", ... */
	const char *text;   /* one sentence with its numbers */
	bool scored;        /* llr counts; else it is told and weighs nothing */
	double llr;
	struct tryst_record_ref *refs; /* at most TRYST_EVIDENCE_REFS_MAX, in order */
	uint32_t ref_count;
};

struct tryst_evidence_list {
	struct tryst_evidence *list;
	uint32_t count;
};

/* Is it chance that so many listed hosts touched this endpoint?  docs/statistics/coincidence.md */
struct tryst_chance {
	const char *untested; /* NULL: tested */
	uint32_t listed_met;  /* x: as the test counts them, by docs/statistics/coincidence.md */
	double expected;      /* mu: of the listed hosts, under the null model */
	double chance_max;    /* the largest chance that the model gives one listed host */
	double log10_p;       /* P(X >= x), the configuration model with scanners apart */
	double log10_q_bh, log10_q_by;
	double p_star;         /* the chance each host needed for this to be unsurprising */
	double log10_p_class;  /* level 1: do they touch this class of services more than others? */
	double log10_p_within; /* level 2: given the class, do they gather here? */
	bool class_known, within_known;
	uint32_t class_endpoints; /* home endpoints of the class */
	double class_coverage; /* mean share of them that the listed hosts that met here touched */
	uint32_t matched_sets; /* sets of matched controls drawn; 0: none could be */
	double matched_p; /* share of them that met here at least as often, (k + 1) / (B + 1) */
	const char *unmatched; /* why there are no controls, NULL where there are */
	double raised;         /* where log10_q_bh is at most 0.05: hosts like the listed ones touch
	                          this so many times as often as the model says, */
	double log10_q_like;   /* and the rate with their chances, */
	bool class_prone;      /* in the class alone where the listed touch it elsewhere too */
	uint64_t peers_total;  /* d: distinct hosts at the endpoint */
	bool peers_estimated;  /* from a sample of the other hosts */
	bool significant;      /* FDR at 0.05 over all endpoints, and confirmed by the controls */
};

/* Did the listed hosts come together in time?  docs/statistics/synchrony.md */
struct tryst_synchrony {
	const char *untested; /* NULL: tested */
	uint32_t hosts;       /* first contacts in the window */
	int64_t window_ms;
	double log10_p; /* corrected for the window sizes tried */
};

/* The begin or end of a meeting beside an event of the user's.  docs/statistics/timeline.md */
struct tryst_event_match {
	uint32_t event;   /* index of case.events */
	bool at_end;      /* beside the event's end, else its beginning */
	bool of_end;      /* the meeting's last contact, else its first */
	int64_t onset_ms; /* of the meeting, relative to the event: negative is before */
	bool p_known;     /* false: how long was looked is not known (timeline.looked) */
	double log10_p;   /* of being so near to one of all the events by chance */
};

/* When the rate of visits changed.  docs/statistics/timeline.md */
struct tryst_changes {
	const char *untested; /* NULL: looked for */
	const char *method;   /* "bayesian_blocks" or "pelt" */
	uint32_t visits;
	int64_t from_ms, to_ms;   /* the segments cover this */
	int64_t *edges_ms;        /* of the changes, ascending */
	uint32_t *segment_visits; /* edge_count + 1 */
	uint32_t edge_count;
};

/* Conversations that worked before and after a null route of the user's. */
struct tryst_null_route {
	uint32_t event;                                      /* index of case.events */
	const char *untested;                                /* NULL: tested */
	uint32_t before, before_worked, after, after_worked; /* whose verdict is known */
	double log10_p;                                      /* Fisher's exact test, two-sided */
};

enum tryst_spoof_grade {
	TRYST_SPOOF_UNDECIDABLE,
	TRYST_SPOOF_GENUINE,
	TRYST_SPOOF_PROBABLE,
	TRYST_SPOOF_SPOOFED,
};

/* Are the sources forged?  docs/statistics/forged-sources.md */
struct tryst_spoof {
	const char *untested; /* NULL: weighed */
	double llr;           /* prior included */
	unsigned families;    /* that speak for forgery */
	enum tryst_spoof_grade grade;
	bool one_generator;  /* a family across sources says that one program made the packets */
	const char *purpose; /* "reflection", "flood", "decoy", or NULL where records carry none */
	struct tryst_evidence_list evidence;
};

/* The five that are always weighed.  docs/statistics/verdict.md */
enum tryst_hypothesis {
	TRYST_HYPOTHESIS_RENDEZVOUS,
	TRYST_HYPOTHESIS_SPOOFED,
	TRYST_HYPOTHESIS_POPULAR,
	TRYST_HYPOTHESIS_SCANNERS,
	TRYST_HYPOTHESIS_TAKEDOWN,
	TRYST_HYPOTHESIS_COUNT,
};

struct tryst_judgement {
	double posterior[TRYST_HYPOTHESIS_COUNT]; /* sums to 1, none above 0.99 */
	enum tryst_hypothesis best;
	char grade;           /* A to D, or U: the data cannot tell */
	const char *verdict;  /* one plain sentence */
	const char *missing;  /* of U: what is missing; else NULL */
	const char **changes; /* what would change this */
	uint32_t change_count;
	struct tryst_evidence_list evidence;
};

/* What is known of a listed host that the user said was down.  docs/statistics/timeline.md */
struct tryst_death {
	bool stated;
	int64_t at_ms;                        /* the time said, plus the slack */
	uint32_t visits_before, visits_after; /* of the host, not to it */
	uint32_t spanning;                    /* conversations that began before and went on */
	double rate_ratio, rate_ratio_low, rate_ratio_high; /* after / before; 95 %; may be inf */
	bool rate_known;
};

/* All hosts that were said to be down. */
struct tryst_deaths {
	uint32_t stated;                    /* listed hosts seen that --dead names */
	uint32_t before, after, only_after; /* of them active then */
	const char *const *readings; /* what an activity after death can mean; NULL without one */
	uint32_t reading_count;
};

/* An unlisted host that behaves like the listed.  docs/statistics/companions.md */
struct tryst_companion {
	struct tryst_ip ip;
	double llr;
	uint32_t *meetings; /* indices of case.meetings that it touched too */
	uint32_t meeting_count;
	bool lead_known;
	int64_t lead_ms;       /* how long before the listed it came, the median */
	double log10_p_lead;   /* by circular shift */
	const char *direction; /* "controller_candidate", "client_first", ..., or NULL */
	char grade;
	struct tryst_evidence_list evidence;
};

/* A number that only findings of one kind have; the key is a constant, as in the case file. */
struct tryst_number {
	const char *key;
	double value;
};

#define TRYST_FINDING_CLIENTS_MAX 64
#define TRYST_FINDING_NUMBERS_MAX 16
#define TRYST_FINDING_HYPOTHESES 3

/* A claim of a search without a list.  docs/meet.md */
struct tryst_finding {
	const char *kind; /* "beacon", "refused_beacon", "irc", ... */
	struct tryst_ip ip;
	uint8_t proto;
	uint16_t port;
	bool port_known;
	bool at_home;        /* the endpoint is */
	const char *service; /* by port, or NULL */
	const struct tryst_ip
		*clients; /* whom it is about: the first so many, the strongest first */
	uint32_t client_count;
	uint32_t clients_total; /* whom it is about */
	uint32_t clients_here;  /* all clients of the endpoint, estimated where it was sampled */
	int64_t first_ms, last_ms;
	double score; /* by which findings of a grade are ranked */
	bool p_known; /* log10_p is; q over all that was tested for this kind */
	double log10_p, log10_q;
	int64_t period_ms; /* 0: none */
	bool prevalence_known;
	double prevalence; /* clients_here of all clients on that side */
	char grade;        /* A to D, or U */
	const char *verdict;
	const char *hypotheses[TRYST_FINDING_HYPOTHESES];
	double posterior[TRYST_FINDING_HYPOTHESES];
	struct tryst_number numbers[TRYST_FINDING_NUMBERS_MAX];
	uint32_t number_count;
	const char **changes; /* what would change this */
	uint32_t change_count;
	struct tryst_evidence_list evidence;
};

/* What a search without a list looked at. */
struct tryst_search {
	bool made;          /* false: this case is a hunt's */
	uint64_t endpoints; /* and clients of each; about, where flows were sampled */
	uint64_t pairs;
	uint64_t tested;                        /* pairs with enough visits to be beacons */
	uint64_t clients_home, clients_outside; /* estimated (HyperLogLog, 1.6 %) */
	uint64_t elsewhere;                     /* flows with neither or both ends in --home */
	uint64_t unused;                        /* flows without addresses or a time */
	uint32_t one_in;  /* of the clients of the largest servers, by a hash; 1: all */
	uint64_t known;   /* findings left out since --known names their endpoint */
	uint64_t old;     /* ... since they were there before --since */
	uint64_t untold;  /* findings beyond the most that are told */
	int64_t since_ms; /* TRYST_TIME_MIN: not asked for */
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Did a block work?  What became of the traffic with each listed host before a time and after it.
 *
 * An operator that makes two hunts out of one reading: of the flows that had ended by then, and of
 * those that began later than the slack.  Whether conversations worked is the verdict of
 * hunt/verdict.h; what left, and where, is what exporters say of the flows home sent; where they
 * say nothing, the productive shares before and after are compared (Fisher's exact test).
 * docs/block.md, "Did it work?", states the rules.
 */
#ifndef TRYST_HUNT_CHECK_H
#define TRYST_HUNT_CHECK_H

#include "hunt/hunt.h"

enum tryst_check_verdict {
	TRYST_CHECK_CANNOT_TELL,
	TRYST_CHECK_WORKS,
	TRYST_CHECK_LEAKS,
};

/* The name in JSON ("cannot_tell") and for people ("cannot tell"). */
const char *tryst_check_verdict_name(enum tryst_check_verdict v);
const char *tryst_check_verdict_word(enum tryst_check_verdict v);

/* One host in one of the two times; packets are not scaled by the sampling. */
struct tryst_check_phase {
	uint64_t packets_out, packets_in; /* out: to the host */
	uint32_t conversations;
	uint32_t went;      /* of them with anything sent to it: of these */
	uint32_t delivered; /* ... it answered, so that it got there */
	uint32_t forwarded; /* ... an exporter forwarded, and no answer shows more */
	uint32_t dropped;   /* ... an exporter dropped */
	uint32_t untold;    /* ... nobody says */
	uint32_t replies;   /* conversations of its own that home answered: of these */
	uint32_t replies_dropped;
	uint32_t judged, worked; /* conversations whose verdict is known; the productive ones */
	uint32_t sampling;       /* N of 1:N, the largest; 0: unknown */
};

/* Where packets went to the host after the time. */
struct tryst_check_leak {
	struct tryst_way way; /* packets: of all these conversations */
	uint32_t conversations;
};

#define TRYST_CHECK_LEAKS_MAX 32

struct tryst_check_host {
	struct tryst_ip ip;
	uint32_t indicator; /* its most specific entry of the watchlist */
	struct tryst_check_phase before, after;
	bool tested;
	double log10_p; /* that the productive share did not change */
	enum tryst_check_verdict verdict;
	const char *why; /* a sentence */
	struct tryst_check_leak *leaks;
	uint32_t leak_count; /* by conversations, then place */
};

/* Who exported flows, of any host. */
struct tryst_check_exporter {
	struct tryst_ip ip; /* zero: those that name none */
	uint64_t before, after;
	bool forwards; /* names the interfaces it forwards to */
};

struct tryst_check {
	int64_t since_ms, slack_ms;
	struct tryst_check_host *hosts; /* by address */
	size_t host_count;
	struct tryst_check_exporter *exporters; /* by address */
	size_t exporter_count;
	uint64_t spanning; /* flows of listed hosts that lay across the time, or in the slack */
	uint32_t unseen;   /* entries of the watchlist in no flow */
	uint32_t verdicts[3];
	bool others_seen;    /* exporters' silence is known, but for */
	bool many_exporters; /* ... more than are told apart; then exporters is empty */
};

struct tryst_check_options {
	const struct tryst_watchlist *watchlist; /* sealed; outlives the check, as all of these */
	const struct tryst_prefix *home;
	size_t home_count;
	int64_t since_ms, slack_ms;
	const uint32_t *null_ifs;
	size_t null_if_count;
	unsigned jobs;
	size_t memory;
	const char *temporary;
	bool listed_only; /* the reading is of listed hosts only, so silence says nothing */
};

struct tryst_checker;

int tryst_checker_new(struct tryst_checker **out, const struct tryst_check_options *options,
                      struct tryst_error *err);
void tryst_checker_free(struct tryst_checker *k);

struct tryst_operator *tryst_checker_operator(struct tryst_checker *k);

/* The flows that the run should pass beside those of listed hosts; NULL: none. */
const struct tryst_sampler *tryst_checker_sampler(const struct tryst_checker *k);

/* After the run: the answer, which belongs to the checker. */
int tryst_checker_conclude(struct tryst_checker *k, struct tryst_input **inputs, size_t input_count,
                           struct tryst_check **out, struct tryst_error *err);

/* The verdict of a host whose counts, leaks and test are filled in; sets verdict and why.  `silent`
 * is an exporter that carried packets to it before and exports nothing now, or NULL.  The sentence
 * is allocated in `arena`. */
struct tryst_arena;
int tryst_check_judge(struct tryst_check_host *h, const struct tryst_ip *silent,
                      struct tryst_arena *arena, struct tryst_error *err);

#endif

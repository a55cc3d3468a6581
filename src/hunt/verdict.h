/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Did a conversation work?  A table of rules over what the records of both directions say; the
 * first that fits names the verdict.  docs/statistics/verdicts.md states each rule and its reason.
 *
 * Pure: no state, no I/O, any thread.
 */
#ifndef TRYST_HUNT_VERDICT_H
#define TRYST_HUNT_VERDICT_H

#include "hunt/answer.h"

#define TRYST_VISIBILITY_UNDECIDED (-1.0)

/* What went one way, as recorded: nothing is scaled by the sampling. */
struct tryst_verdict_half {
	bool seen;    /* records say that something went this way */
	bool dropped; /* and an exporter says that it forwarded none of it */
	uint8_t flags;
	uint64_t packets, bytes;
};

struct tryst_verdict_facts {
	struct tryst_verdict_half forward; /* of who began; the recorded one, if only one is */
	struct tryst_verdict_half reverse;
	uint8_t proto;
	bool v6;
	bool counts_known; /* packets and bytes of both */
	bool flags_known;
	bool icmp_known;
	uint8_t icmp_type;    /* of the forward direction */
	int64_t duration_ms;  /* of the forward direction, or of the conversation */
	uint32_t sampling;    /* N of 1:N; 0 and 1: every packet was counted */
	bool reverse_watched; /* the exporter counts both ways (RFC 5103): no reverse is none */
	bool torn;            /* the reverse seems to stand under a translated address */
	bool unreachable;     /* an ICMP error came back within TRYST_UNREACHABLE_MS */
	/* The share of established-looking TCP of this network whose other direction was seen
	 * here, or TRYST_VISIBILITY_UNDECIDED where there was none to tell by. */
	double visibility;
};

#define TRYST_UNREACHABLE_MS 2000

enum tryst_verdict tryst_verdict_of(const struct tryst_verdict_facts *f);

/* Whether the side that was asked answered, so that the answer arrived as far as records say:
 * HANDSHAKE, ONE_SIDED, ANSWERED or EXCHANGED. */
bool tryst_verdict_answered(enum tryst_verdict v);

/* Whether both sides got through: ANSWERED or EXCHANGED, what productive shares count. */
bool tryst_verdict_worked(enum tryst_verdict v);

/* The chance that none of so many packets is sampled at 1:N: (1 - 1/N)^packets; 0 for N <= 1. */
double tryst_sampling_miss(uint32_t sampling, double packets);

#endif

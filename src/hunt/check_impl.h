/* SPDX-License-Identifier: Apache-2.0 */
/* What check.c and check_hosts.c share; only they know this header. */
#ifndef TRYST_HUNT_CHECK_IMPL_H
#define TRYST_HUNT_CHECK_IMPL_H

#include "base/arena.h"
#include "flow/sampler.h"
#include "hunt/check.h"
#include "hunt/intern.h"

#define TRYST_CHECK_EXPORTERS_MAX 4096

/*
 * Exporters in no order.  More than fit are many, whoever finds that first: a thread, or the sum of
 * all; then none is told from another.
 */
struct tryst_check_seen {
	struct tryst_intern ips;
	struct tryst_check_exporter *list; /* by their numbers */
	uint32_t last;
	bool many;
};

struct tryst_checker {
	struct tryst_operator op; /* first */
	struct tryst_check_options options;
	const struct tryst_ipset *set;
	int64_t after_ms; /* since, and the slack */
	struct tryst_hunt *hunts[2];
	struct tryst_sampler sampler; /* of everybody: whose exporter is silent is not known else */
	struct tryst_check_seen seen;
	struct tryst_ip *forwarding;
	struct tryst_forwarders forwarders;
	struct tryst_check answer;
	struct tryst_arena arena;
};

/* Fills the answer's hosts from what both hunts found. */
int tryst_check_hosts(struct tryst_checker *k, struct tryst_error *err);

#endif

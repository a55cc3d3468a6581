/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations added up for formats that tell what was observed rather than every conversation:
 * one for each pair of hosts at each service, of each meeting and outside of meetings.
 */
#ifndef TRYST_REPORT_TRAFFIC_H
#define TRYST_REPORT_TRAFFIC_H

#include "hunt/case.h"

/* The destination is the end whose port names the service; without one, who did not begin. */
struct tryst_traffic {
	uint32_t meeting; /* index, UINT32_MAX: of none; of what a search found, the finding's */
	uint32_t host;    /* index of the listed host; UINT32_MAX: a search has none */
	struct tryst_ip src, dst;
	uint8_t proto;
	bool again;    /* the very same is told by an earlier finding */
	bool outdated; /* outside the validity of the lists' entries */
	bool forged;   /* all of it was sent in the listed host's name, as far as is known */
	bool dst_port_known, src_port_known; /* the source's where all have the same */
	uint16_t src_port, dst_port;
	int64_t first_ms, last_ms;
	uint32_t conversations, records;            /* 0: not known */
	bool counts_known, flags_known, icmp_known; /* of all of them; ICMP: all alike */
	uint64_t src_packets, src_bytes, dst_packets, dst_bytes;
	uint8_t src_flags, dst_flags;
	uint16_t icmp; /* type * 256 + code */
};

struct tryst_traffics {
	struct tryst_traffic
		*list; /* by meeting (those of none last), outdated, host, ends, service */
	size_t count;
};

/* Adds up all sightings of the case; the caller frees out->list, also after a failure. */
int tryst_traffic_make(struct tryst_traffics *out, const struct tryst_case *c,
                       struct tryst_error *err);

/*
 * What a search without a list found: each client that is told at its endpoint, by finding.  How
 * much it was is not known.  The caller frees out->list, also after a failure.
 */
int tryst_traffic_found(struct tryst_traffics *out, const struct tryst_case *c,
                        struct tryst_error *err);

#endif

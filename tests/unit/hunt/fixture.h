/* SPDX-License-Identifier: Apache-2.0 */
/* Hunts over typed records, in any order of rows and split over any number of threads. */
#ifndef TRYST_TESTS_HUNT_FIXTURE_H
#define TRYST_TESTS_HUNT_FIXTURE_H

#include "hunt/hunt.h"

#define FIXTURE_INPUTS 3

/* One record.  What is 0 or NULL is unknown, but for times. */
struct fixture_flow {
	const char *src, *dst;
	uint16_t src_port, dst_port;
	uint8_t proto;
	uint8_t flags, rev_flags, first_flags;
	uint8_t input;
	const char *start; /* RFC 3339, instead of start_ms */
	int64_t start_ms;
	int64_t duration_ms;
	uint64_t packets, bytes;
	uint64_t rev_packets, rev_bytes;
	const char *exporter;
	bool icmp; /* then icmp_type is known */
	uint8_t icmp_type, icmp_code;
	bool out_if_known, direction_known;
	uint32_t in_if, out_if, ip_id, sampling, domain;
	uint8_t tos, ttl, fwd_status, end_reason, direction;
};

struct fixture_setup {
	const char *list;    /* text of the watchlist */
	const char *home[3]; /* --home, ended by NULL */
	const struct tryst_event *events;
	size_t event_count;
	const struct tryst_dead *dead;
	size_t dead_count;
	int64_t slack_ms;
	int64_t from_ms, to_ms; /* the window asked for; to_ms 0: open */
	size_t memory;          /* 0: plenty */
	unsigned sample_level;  /* as of an index */
	bool passed_over;       /* and of that index not even the sample is wanted */
	uint32_t shards;        /* 0: one */
	const char *temporary;  /* where records go that do not fit; NULL: /tmp */
	unsigned threads;       /* 0: one */
	unsigned batch_rows;    /* 0: as many as fit */
	unsigned shuffle;       /* seed of the order and of the split; 0: as typed, in turn */
};

struct fixture {
	struct tryst_watchlist *watchlist;
	struct tryst_prefix home[3];
	struct tryst_input inputs[FIXTURE_INPUTS];
	struct tryst_input *input_list[FIXTURE_INPUTS];
	struct tryst_hunt *hunt;
	struct tryst_case *c;
	struct tryst_error error;
};

/* The three inputs, the list and the hunt, without records yet. */
void fixture_open(struct fixture *f, const struct fixture_setup *setup);

/* Pushes the flows; negative as the operator's. */
int fixture_push(struct fixture *f, const struct fixture_setup *setup,
                 const struct fixture_flow *flows, size_t count);

/* Both, and the case, which must succeed. */
void fixture_hunt(struct fixture *f, const struct fixture_setup *setup,
                  const struct fixture_flow *flows, size_t count);
/* The same with the second pass over the same flows. */
void fixture_hunt_twice(struct fixture *f, const struct fixture_setup *setup,
                        const struct fixture_flow *flows, size_t count);
void fixture_close(struct fixture *f);

/* The founding case. */
extern const struct fixture_flow fixture_sobig[];
extern const size_t fixture_sobig_count;
extern const char fixture_sobig_list[];

#endif

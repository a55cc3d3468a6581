/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grouping and ranking: an operator that sums flows, packets and bytes by any key of fields.
 * docs/top.md says what is counted where, and where that differs from nfdump.
 */
#ifndef TRYST_QUERY_TOP_H
#define TRYST_QUERY_TOP_H

#include "flow/operator.h"

/* One part of a key. */
struct tryst_key_part {
	enum tryst_field field;
	bool either;    /* and its twin of the other side: ip, port, as count for both */
	uint8_t v4_len; /* addresses: masked to this length; whole: 32 and 128 */
	uint8_t v6_len;
};

#define TRYST_KEY_PARTS_MAX 8

enum tryst_order {
	TRYST_ORDER_FLOWS,
	TRYST_ORDER_PACKETS,
	TRYST_ORDER_BYTES,
	TRYST_ORDER_BPS,
	TRYST_ORDER_PPS,
	TRYST_ORDER_BPP,
	TRYST_ORDER_COUNT
};

/* Which counters of a record are summed: it may carry those of the reverse direction (RFC 5103). */
enum tryst_ways { TRYST_WAYS_BOTH, TRYST_WAYS_FORWARD, TRYST_WAYS_REVERSE };

/*
 * What is asked: made from nfdump's `-s srcip/bytes`, `-A srcip,dstport` or words (`src by
 * bytes`).
 */
struct tryst_top_spec {
	struct tryst_key_part parts[TRYST_KEY_PARTS_MAX];
	unsigned part_count;
	enum tryst_order order;
	enum tryst_ways ways;
	bool ascending;  /* the smallest first: `bytes:a` */
	char title[128]; /* the key in our words, for headings: "src", "src/24,dst_port" */
};

/*
 * Parses the words; `form` is 's', 'A' or 'w' (plain words joined by blanks).  It decides what is
 * meant where nothing is said: nfdump's forms order by flows and then sum forward counters only,
 * words order by bytes, of both ways.  TRYST_ERR_USAGE.
 */
int tryst_top_spec_parse(struct tryst_top_spec *out, char form, const char *text,
                         struct tryst_error *err);

/* The order's name: "flows", "packets", ... */
const char *tryst_order_name(enum tryst_order order);

struct tryst_top;

struct tryst_top_row {
	struct tryst_ip key[TRYST_KEY_PARTS_MAX]; /* addresses as they are, numbers in lo */
	uint8_t known;                            /* bit i: the flows say key[i]; else it is 0 */
	uint64_t flows, packets, bytes;           /* counters wrap at 2^64 */
	int64_t first_ms, last_ms; /* INT64_MAX and INT64_MIN when no flow says a time */
};

/*
 * The number a row is ranked by, as nfdump computes it: whole, rounded down; rates over last -
 * first in ms, 0 when that is 0; bytes per packet 0 without packets.
 */
uint64_t tryst_top_value(const struct tryst_top_row *row, enum tryst_order order);

/* `memory`: bytes the tables may take in all; more is TRYST_ERR_LIMIT, never a wrong answer. */
int tryst_top_new(struct tryst_top **out, const struct tryst_top_spec *spec, unsigned jobs,
                  size_t memory, struct tryst_error *err);
void tryst_top_free(struct tryst_top *t);

struct tryst_operator *tryst_top_operator(struct tryst_top *t);

/*
 * After the run: the best n rows (0: all) by the order, ties by key ascending (unknown first), so
 * that the answer does not depend on threads.  TRYST_ERR_LIMIT when the rows do not fit in the
 * memory.
 */
int tryst_top_rows(struct tryst_top *t, size_t n, struct tryst_top_row **rows, size_t *count,
                   struct tryst_error *err); /* *rows is malloc'ed */

/* The totals over all flows seen, each counted once, and the number of groups. */
struct tryst_top_row tryst_top_total(const struct tryst_top *t, uint64_t *groups);

/* What part of the total is in no group, because the flows say nothing of the key. */
struct tryst_top_row tryst_top_unkeyed(const struct tryst_top *t);

#endif

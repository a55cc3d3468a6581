/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grouping and ranking: an operator that sums flows, packets and bytes by any key of fields.
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

/*
 * What is asked: made from nfdump's `-s srcip/bytes`, `-A srcip,dstport` or words (`src by
 * bytes`).
 */
struct tryst_top_spec {
	struct tryst_key_part parts[TRYST_KEY_PARTS_MAX];
	unsigned part_count;
	enum tryst_order order;
	char title[64]; /* the key in our words, for headings: "src", "src/24,dst_port" */
};

/* Parses the words; `form` is 's', 'A' or 'w' (plain words joined by blanks).  TRYST_ERR_USAGE. */
int tryst_top_spec_parse(struct tryst_top_spec *out, char form, const char *text,
                         struct tryst_error *err);

struct tryst_top;

struct tryst_top_row {
	struct tryst_ip key[TRYST_KEY_PARTS_MAX]; /* addresses as they are, numbers in lo */
	uint64_t flows, packets, bytes;
	int64_t first_ms, last_ms;
};

/* `memory`: bytes the tables may take in all; more is TRYST_ERR_LIMIT, never a wrong answer. */
int tryst_top_new(struct tryst_top **out, const struct tryst_top_spec *spec, unsigned jobs,
                  size_t memory, struct tryst_error *err);
void tryst_top_free(struct tryst_top *t);

struct tryst_operator *tryst_top_operator(struct tryst_top *t);

/*
 * After the run: the best n rows (0: all) by the order, ties by key ascending, so that the answer
 * does not depend on threads; and the totals over all flows seen and the number of groups.
 */
int tryst_top_rows(struct tryst_top *t, size_t n, struct tryst_top_row **rows, size_t *count,
                   struct tryst_error *err); /* *rows is malloc'ed */
struct tryst_top_row tryst_top_total(const struct tryst_top *t, uint64_t *groups);

#endif

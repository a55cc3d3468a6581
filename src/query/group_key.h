/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of groups, packed into 64-bit words so that hashing and comparing run over words
 * whatever the fields are.  Word 0 opens with one bit for each part that the flow says; a part it
 * does not say is 0.  Numbers lie side by side, addresses take two words each.
 */
#ifndef TRYST_QUERY_GROUP_KEY_H
#define TRYST_QUERY_GROUP_KEY_H

#include "flow/batch.h"
#include "query/group_table.h"
#include "query/top.h"

_Static_assert(TRYST_GROUP_KEY_WORDS_MAX >= 1 + 2 * TRYST_KEY_PARTS_MAX, "a key of addresses fits");

/* Where a part of the key stands. */
struct tryst_group_key_part {
	enum tryst_field field[2]; /* by side; the same unless the part counts for both */
	bool is_ip;
	uint8_t size; /* of the field in bytes */
	uint8_t word;
	uint8_t shift; /* of a number in its word */
	struct tryst_ip v4_mask, v6_mask;
};

struct tryst_group_key {
	struct tryst_group_key_part parts[TRYST_KEY_PARTS_MAX];
	unsigned part_count;
	unsigned words;
	unsigned sides;   /* 2 when a part counts for both */
	uint64_t columns; /* what load looks at */
};

void tryst_group_key_init(struct tryst_group_key *k, const struct tryst_top_spec *spec);

/*
 * How many keys there can be where that is few: of one number of at most 16 bits, which then is the
 * number of its group.  Else 0.
 */
uint32_t tryst_group_key_small(const struct tryst_group_key *k);

/* Whether the key is one address, and not cut. */
bool tryst_group_key_whole(const struct tryst_group_key *k);

/* The keys of n rows as seen from one side, into n * words words. */
void tryst_group_key_load(const struct tryst_group_key *k, unsigned side,
                          const struct tryst_batch *b, const uint16_t *rows, size_t n,
                          uint64_t *keys);

/* The packed key of these parts, of which `known` says which there are: what unpack undoes. */
void tryst_group_key_pack(const struct tryst_group_key *k,
                          const struct tryst_ip values[TRYST_KEY_PARTS_MAX], uint8_t known,
                          uint64_t *key);

/* The packed key of a key of one part: an address before it is masked, or a number. */
void tryst_group_key_address(const struct tryst_group_key *k, struct tryst_ip ip, uint64_t *key);
void tryst_group_key_number(const struct tryst_group_key *k, uint64_t number, uint64_t *key);

/* The parts of a packed key: addresses as they are, numbers in lo. */
void tryst_group_key_unpack(const struct tryst_group_key *k, const uint64_t *key,
                            struct tryst_ip values[TRYST_KEY_PARTS_MAX]);

/* <0, 0, >0 part by part; a part that is not known comes before any that is. */
int tryst_group_key_compare(const struct tryst_group_key *k, const uint64_t *a, const uint64_t *b);

#endif

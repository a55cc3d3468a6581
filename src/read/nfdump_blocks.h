/* SPDX-License-Identifier: Apache-2.0 */
/* The blocks of an nfdump file, found by their headers alone. */
#ifndef TRYST_READ_NFDUMP_BLOCKS_H
#define TRYST_READ_NFDUMP_BLOCKS_H

#include "read/nfdump.h"

struct nf_block {
	uint64_t offset; /* of the header */
	uint32_t size;   /* bytes behind it that are there */
	uint32_t cut;    /* bytes that should follow and do not */
	uint32_t records;
	uint8_t packing; /* enum nf_packing */
};

/* Blocks that are read together. */
struct nf_part {
	size_t first, count;
};

struct nf_blocks {
	bool v2;
	uint64_t stat_flows; /* how many the file says it holds; 0: it does not say */
	struct nf_block *list;
	size_t count, room;
	struct nf_part *parts;
	size_t part_count;
};

/*
 * Fills *b from the file header (NF_V1_HEADER bytes, zeros behind the end of a short file) and the
 * chain of blocks.  Damage and the file's own sequence failures are counted in *h.  Fails when the
 * file is no nfdump file we can read.
 */
int tryst_nf_blocks_find(struct nf_blocks *b, const struct tryst_file *file,
                         const uint8_t head[NF_V1_HEADER], struct tryst_health *h,
                         struct tryst_error *err);
void tryst_nf_blocks_fini(struct nf_blocks *b);

const char *tryst_nf_packing_name(enum nf_packing packing);

#endif

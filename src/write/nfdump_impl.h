/* SPDX-License-Identifier: Apache-2.0 */
/* What the halves of the nfdump writer share: blocks, and what goes between them. */
#ifndef TRYST_WRITE_NFDUMP_IMPL_H
#define TRYST_WRITE_NFDUMP_IMPL_H

#include "write/nfdump.h"

#define NF_BLOCK_BYTES (1u << 20)  /* of records in a block, as nfdump has it */
#define NF_BLOCK_SMALL (64u << 10) /* below this a block is left to the file to be joined */
#define NF_BLOCK_DATA 3
#define NF_BLOCK_UNPACKED 1 /* flag */

/* Between packer and file, not in files: the statistics of the block before. */
#define NF_BLOCK_STATISTICS 0xffff

enum nf_group { NF_TCP, NF_UDP, NF_ICMP, NF_OTHER, NF_GROUPS };

/* The statistics in the order of the record in the appendix. */
struct nf_statistics {
	uint64_t flows, bytes, packets;
	uint64_t group_flows[NF_GROUPS];
	uint64_t group_bytes[NF_GROUPS];
	uint64_t group_packets[NF_GROUPS];
	uint64_t first_ms, last_ms;
};

/* As bytes: 18 numbers, the last is the sequence failures. */
#define NF_STATISTICS_BYTES (18u * 8)

/* Writes a block's header. */
void tryst_nf_block_header(uint8_t *p, uint32_t records, uint32_t size, uint16_t type,
                           uint16_t flags);

/* Loads what packs so; before anything is. */
int tryst_nf_pack_ready(enum nf_packing packing, struct tryst_error *err);

/* The most that `len` bytes become when packed. */
size_t tryst_nf_pack_bound(enum nf_packing packing, size_t len);

/* Packs into out (tryst_nf_pack_bound bytes); returns the length, 0 when the library fails. */
size_t tryst_nf_pack(enum nf_packing packing, const void *in, size_t len, uint8_t *out);

/* Packs records into a block with its header, appended to out. */
int tryst_nf_block_pack(enum nf_packing packing, const void *data, size_t len, uint32_t records,
                        struct tryst_buf *out, struct tryst_error *err);

/* Writes the record of a row at p, which has NF_RECORD_MAX bytes; returns its length. */
#define NF_RECORD_MAX 384u
struct nf_plan;
size_t tryst_nf_record(struct nf_plan *plan, const struct tryst_batch *b, uint32_t row, uint8_t *p);

#define NF_WRITTEN_ELEMENTS 20

/* The shape of the record before: most records of a log have the same. */
struct nf_plan {
	uint64_t present;
	uint32_t families; /* 0: no plan yet */
	uint16_t size;
	uint8_t count;
	uint8_t element[NF_WRITTEN_ELEMENTS]; /* by their place in the table */
	uint16_t at[NF_WRITTEN_ELEMENTS];     /* behind the element's header */
	uint8_t bytes[NF_RECORD_MAX];         /* the headers, and 0 for the values */
};

#endif

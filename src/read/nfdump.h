/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the nfdump reader share.  The format is described in docs/formats/nfdump.md.
 *
 * Records describe themselves: layout 2 by the element headers in each record, layout 1 by an
 * extension map and flags.  Either way a *layout* is derived once: where each of our fields stands
 * and how it is stored.  Reading a block is then two steps: walk the records and pick those that
 * may be wanted, looking only at times and addresses; and copy the wanted columns of the picked
 * ones, a column at a time.
 */
#ifndef TRYST_READ_NFDUMP_H
#define TRYST_READ_NFDUMP_H

#include "base/cursor.h"
#include "read/nfdump_exporters.h"
#include "read/nfdump_units.h"
#include "read/read.h"

#define NF_MAGIC 0xa50c
#define NF_V1_HEADER 276u /* file header and statistics */
#define NF_V2_HEADER 40u
#define NF_BLOCK_HEADER 12u
/* The largest block, packed or not; the buffers of nfdump itself hold 5 MB. */
#define NF_BLOCK_MAX (16u << 20)

#define NF_RECORD_V0 1  /* common record, 8-bit exporter */
#define NF_RECORD_MAP 2 /* extension map */
#define NF_RECORD_EXPORTER 7
#define NF_RECORD_EXPORTER_STAT 8
#define NF_RECORD_SAMPLER_V0 9
#define NF_RECORD_COMMON 10
#define NF_RECORD_V3 11
#define NF_RECORD_SAMPLER 15
#define NF_RECORD_IDENT 0x8001
#define NF_RECORD_STAT 0x8002

#define NF_V3_HEADER 12u
#define NF_V3_HEAD_MASK 0x0000ffffffffffffULL
#define NF_V3_EVENT 1u

enum nf_packing { NF_PLAIN, NF_LZO, NF_BZ2, NF_LZ4, NF_ZSTD };

/* How a value is stored and what it becomes. */
enum nf_load {
	NF_U8,
	NF_U16,
	NF_U16_U32,
	NF_U32,
	NF_U32_U16,
	NF_U32_U64,
	NF_U64,
	NF_IP4,
	NF_IP6,
	NF_SEC_MSEC, /* 32-bit seconds at `at`, 16-bit milliseconds at `at2` */
	NF_LOAD_COUNT
};

struct nf_column {
	uint8_t field;
	uint8_t load;
	uint16_t at; /* from the start of the record */
	uint16_t at2;
};

#define NF_COLUMNS_MAX 48
#define NF_ELEMENTS_MAX 48

struct nf_layout {
	/* How a record is recognised. */
	uint32_t key;  /* layout 1: map id << 16 | flags and type */
	uint16_t size; /* layout 2: of the record; layout 1: at least */
	uint16_t elements;
	uint64_t head; /* layout 2: the type, size and number of elements as they stand there */
	uint16_t header_at[NF_ELEMENTS_MAX];
	uint32_t header[NF_ELEMENTS_MAX];
	/* What the walk looks at; at 0 nothing stands, so 0 means absent. */
	uint16_t src4_at, dst4_at, src6_at, dst6_at;
	uint16_t start_at, proto_at, dst_port_at;
	uint16_t flows_at; /* how many flows it stands for; 32 or 64 bits */
	bool flows_short;
	uint64_t present;
	unsigned count;
	struct nf_column columns[NF_COLUMNS_MAX];
};

/* Derives the layout of a V3 record (its size bytes are all there); false: the record is damaged.
 */
bool tryst_nf_layout_v3(struct nf_layout *l, const uint8_t *record, uint16_t size);

/* Whether the record, of which at least l->size bytes are there, has exactly this layout. */
static inline bool
tryst_nf_layout_is_v3(const struct nf_layout *l, const uint8_t *record)
{
	uint32_t differs = 0;

	if ((tryst_load_le64(record) & NF_V3_HEAD_MASK) != l->head)
		return false;
	for (unsigned i = 0; i < l->elements; i++)
		differs |= l->header[i] ^ tryst_load_le32(record + l->header_at[i]);
	return differs == 0;
}

/* An extension map of layout 1. */
struct nf_map {
	uint16_t id;
	uint16_t count;
	uint16_t ext[64];
};

/*
 * Derives the layout of a common record of the type with these flags and map; l->size is the least
 * size of such a record.  False: the map names extensions of unknown size or too many.
 */
bool tryst_nf_layout_v1(struct nf_layout *l, const struct nf_map *map, uint16_t type,
                        uint16_t flags);

#define NF_LAYOUTS_MAX 64

/* The reading of one part by one thread. */
struct nf_reading {
	struct tryst_sink *sink;
	const struct tryst_source *source;
	uint64_t offset;       /* of the block being read in the file, for notes */
	const uint8_t *packed; /* the block as it stands there */
	bool unpacked;         /* places in it are not places in the file */
	size_t before;         /* bytes of the block before those that are walked */
	unsigned layouts;
	unsigned last; /* the layout of the record before */
	unsigned picks;
	const uint8_t *pick[TRYST_BATCH_ROWS];
	uint32_t pick_index[TRYST_BATCH_ROWS]; /* which flow record of the part */
	uint8_t pick_layout[TRYST_BATCH_ROWS];
	uint16_t rows[TRYST_BATCH_ROWS]; /* of one layout, while copying */
	const uint64_t *full_to;         /* tryst_nf_units; NULL: all columns of all rows */
	struct nf_map *maps;             /* layout 1 only */
	unsigned map_count;
	uint32_t *map_places; /* by id: where the map stands in the list, plus 1; NULL: nowhere */
	struct nf_layout layout[NF_LAYOUTS_MAX];
	struct nf_counted counted;
	uint64_t more_flows; /* that aggregated records stand for, beside one each */
};

/* Walks the records of one unpacked block of layout 2 or 1.  Damage is counted; negative: stop. */
int tryst_nf_walk_v3(struct nf_reading *r, const uint8_t *data, size_t len,
                     struct tryst_error *err);
/* The same, at most TRYST_NF_UNIT_ROWS flow records; *len becomes the bytes walked. */
int tryst_nf_walk_unit(struct nf_reading *r, const uint8_t *data, size_t *len,
                       struct tryst_error *err);
int tryst_nf_walk_v1(struct nf_reading *r, const uint8_t *data, size_t len,
                     struct tryst_error *err);

struct nf_block;

/*
 * Walks an unpacked block of layout 2 run by run: notes each and hands its rows to the sink before
 * the next.
 */
int tryst_nf_walk_units(struct nf_reading *r, struct tryst_nf_units *units,
                        const struct nf_block *b, uint32_t part, const uint8_t *data, size_t len,
                        struct tryst_error *err);

/* Copies the picked records into the sink's batch and forgets them. */
int tryst_nf_decode(struct nf_reading *r, struct tryst_error *err);

/* A record that is no flow: exporters and samplers are taken in, the rest is counted. */
int tryst_nf_other_record(struct nf_reading *r, uint16_t type, const uint8_t *record, size_t size,
                          struct tryst_error *err);

/* Loads what unpacks such blocks; before any of them is. */
int tryst_nf_unpack_ready(enum nf_packing packing, struct tryst_error *err);

/* Unpacks len bytes; returns the unpacked length, or 0 when the data is damaged. */
size_t tryst_nf_unpack(enum nf_packing packing, const uint8_t *in, size_t len, uint8_t *out,
                       size_t max);

extern const struct tryst_reader tryst_reader_nfdump;

#endif

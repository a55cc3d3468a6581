/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An index shard: the address index of some files of an nfdump archive, in one file of its own
 * (docs/formats/index.md).  It says which runs of records of which file hold an address, keeps the
 * rows of sampled hosts, and what else a reading of each file found out.
 *
 * Runs ("units", read/nfdump_units.h) are the blocks of its postings.  A file of layout 1 is not
 * divided: its records mean nothing without what stands before them.  It is one unit, its rows are
 * in no sample, and who needs it reads it in full.
 */
#ifndef TRYST_STORE_SHARD_H
#define TRYST_STORE_SHARD_H

#include "flow/source.h"
#include "read/nfdump_units.h"
#include "store/block.h"
#include "store/dictionary.h"
#include "store/postings.h"
#include "store/sample.h"

#define TRYST_SHARD_VERSION 3
#define TRYST_SHARD_UNIT_BYTES 60
#define TRYST_SHARD_UNITS_PAGE 16 /* so many units have a checksum */

/* A file that is indexed; texts and tables belong to the shard. */
struct tryst_shard_file {
	const char *path; /* relative to the archive; path_len bytes, no NUL */
	size_t path_len;
	uint64_t size;    /* bytes, when it was indexed */
	int64_t mtime_ns; /* likewise */
	uint64_t flows;
	int64_t from_ms, to_ms; /* the smallest start and the largest end of its flows */
	uint32_t unit, units;   /* its units are `unit` and on */
	bool whole;             /* layout 1 */
	uint32_t parts;
	const uint8_t *part_flows; /* 32 bits each */
	const uint8_t *about;      /* store/about.h */
	size_t about_len;
};

struct tryst_shard_unit {
	struct tryst_nf_unit place; /* its entry is to be asked for */
	uint32_t entry;             /* 0: none; else what tryst_shard_entry is asked with */
	uint32_t file;              /* index of the shard's files */
	int64_t from_ms, to_ms;     /* as above, of its rows */
};

/* A part of the shard's file. */
struct tryst_shard_section {
	const uint8_t *data;
	size_t len;
	uint32_t sum;
};

enum tryst_shard_section_id {
	TRYST_SHARD_FILES,
	TRYST_SHARD_UNITS,      /* checked page by page */
	TRYST_SHARD_ENTRIES,    /* each has a checksum of its own */
	TRYST_SHARD_DICTIONARY, /* these two are checked page by page */
	TRYST_SHARD_POSTINGS,
	TRYST_SHARD_SAMPLE, /* its head; the blocks have checksums of their own */
	TRYST_SHARD_SAMPLE_BLOCKS,
	TRYST_SHARD_SECTIONS
};

/* An open shard.  Any threads may read it. */
struct tryst_shard {
	char *path;
	const uint8_t *map;
	size_t map_len;
	struct tryst_shard_section sections[TRYST_SHARD_SECTIONS];
	struct tryst_shard_file *files;
	uint32_t file_count;
	uint32_t unit_count;
	struct tryst_dictionary dictionary;
	struct tryst_postings postings;
	struct tryst_sample_info sample;
	const uint8_t *sample_blocks; /* the table of them */
	uint32_t sample_block_count;
};

/*
 * Maps a shard and checks its head, the table of files and the heads of the rest.  What fails names
 * the file and the part of it: TRYST_ERR_FORMAT damage or an old version, which are made again;
 * TRYST_ERR_UNSUPPORTED a newer version; TRYST_ERR_IO.
 */
int tryst_shard_open(struct tryst_shard **out, const char *path, struct tryst_error *err);
void tryst_shard_close(struct tryst_shard *s); /* NULL is fine */

static inline uint32_t
tryst_shard_unit_pages(uint32_t units)
{
	return units / TRYST_SHARD_UNITS_PAGE + (units % TRYST_SHARD_UNITS_PAGE != 0);
}

/* Checks a page of units, or all of them, which opening does not; before one is asked for. */
int tryst_shard_check_page(const struct tryst_shard *s, uint32_t page, struct tryst_error *err);
int tryst_shard_check_units(const struct tryst_shard *s, struct tryst_error *err);

/* A unit, below unit_count; false: it cannot be one. */
bool tryst_shard_unit(const struct tryst_shard *s, uint32_t number, struct tryst_shard_unit *out);

/* The entry of a unit, its checksum verified; false: it is damaged, and *out is that of the block.
 */
bool tryst_shard_entry(const struct tryst_shard *s, const struct tryst_shard_unit *unit,
                       struct tryst_nf_entry *out);

/* Verifies every byte that has a checksum and decodes everything. */
int tryst_shard_verify(const struct tryst_shard *s, struct tryst_error *err);

/* Rows of the sample as they stand together. */
struct tryst_shard_sample_block {
	uint64_t key; /* the smallest of its rows */
	uint32_t rows;
	const uint8_t *data;
	size_t len;
	uint32_t sum;
};

/* A block of the sample, below sample_block_count; false: it cannot be one. */
bool tryst_shard_sample_block(const struct tryst_shard *s, uint32_t number,
                              struct tryst_shard_sample_block *out);

/*
 * Checks the blocks of the sample that a run with this ceiling needs: the first ones.  *count is
 * how many.
 */
int tryst_shard_check_sample(const struct tryst_shard *s, uint64_t ceiling, uint32_t *count,
                             struct tryst_error *err);

/* A block while it is read, in two steps. */
struct tryst_shard_rows {
	struct tryst_group group;
	struct tryst_cursor addresses;
	uint64_t numbers[TRYST_BATCH_ROWS]; /* unit * TRYST_BATCH_ROWS + the place in the unit */
	uint16_t rows[TRYST_BATCH_ROWS];    /* those that are wanted, ascending: the caller's */
};

/* Fills src and dst of all rows of a checked block, and w->numbers. */
int tryst_shard_sample_ends(const struct tryst_shard *s, const struct tryst_shard_sample_block *k,
                            struct tryst_shard_rows *w, struct tryst_batch *b,
                            struct tryst_error *err);

/*
 * Leaves the first n rows of w->rows in the batch, and fills all its columns but input_id and
 * record_no.
 */
int tryst_shard_sample_rest(const struct tryst_shard *s, struct tryst_shard_rows *w, uint32_t n,
                            struct tryst_batch *b, struct tryst_error *err);

/* Makes shards; one thread at a time. */
struct tryst_shard_builder;

int tryst_shard_builder_new(struct tryst_shard_builder **out, struct tryst_error *err);
void tryst_shard_builder_free(struct tryst_shard_builder *b); /* NULL is fine */

/* A file to be indexed. */
struct tryst_shard_source {
	const char *path;     /* to be opened */
	const char *relative; /* to be noted */
	uint64_t size;
	int64_t mtime_ns;
};

/*
 * Reads a file and adds it.  1: added, and err->code is set when *err says what of it is damaged
 * (it is 0 before); 0: it is none that can be indexed (no nfdump file, or
 * unreadable: *err says what), and nothing was added.  TRYST_ERR_LIMIT: it does not fit beside what
 * is there, within memory_max bytes; then write and clear, and try again.  Other negatives: stop.
 */
int tryst_shard_add(struct tryst_shard_builder *b, const struct tryst_shard_source *source,
                    size_t memory_max, const atomic_bool *stop, struct tryst_error *err);

uint32_t tryst_shard_builder_files(const struct tryst_shard_builder *b);
uint64_t tryst_shard_builder_flows(const struct tryst_shard_builder *b);

/* Finishes the shard as bytes, appended to out.  Then only clear may follow. */
int tryst_shard_write(struct tryst_shard_builder *b, struct tryst_buf *out,
                      struct tryst_error *err);
void tryst_shard_builder_clear(struct tryst_shard_builder *b);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments: up to TRYST_SEGMENT_ROWS flow records in one immutable file.  docs/formats/store.md has
 * the layout.
 *
 *   head | groups of values | groups of addresses | dictionary | postings | sample |
 *   directory of the sample | directory of the blocks | provenance | foot
 *
 * The foot, of a fixed size, is at the very end and holds the table of sections; it and each
 * section are checked by themselves, and the large ones piece by piece, so that opening a segment
 * costs the same whatever its size.  A segment is mapped into memory and never changes; one that is
 * made shorter behind our back while it is read ends the program with SIGBUS, as any mapped file
 * does.
 */
#ifndef TRYST_STORE_SEGMENT_H
#define TRYST_STORE_SEGMENT_H

#include "flow/source.h"
#include "store/block.h"
#include "store/dictionary.h"
#include "store/postings.h"
#include "store/sample.h"

#define TRYST_SEGMENT_MAGIC "TRYSTSEG"
#define TRYST_SEGMENT_VERSION 1
#define TRYST_SEGMENT_HEAD 16
#define TRYST_SEGMENT_FOOT 512
#define TRYST_SEGMENT_ROWS (1u << 23) /* the most that one segment holds */
#define TRYST_SEGMENT_SUFFIX ".tryst"

enum tryst_section {
	TRYST_SECTION_VALUES,
	TRYST_SECTION_ADDRESSES,
	TRYST_SECTION_DICTIONARY,
	TRYST_SECTION_POSTINGS,
	TRYST_SECTION_SAMPLE,
	TRYST_SECTION_SAMPLE_DIRECTORY,
	TRYST_SECTION_DIRECTORY,
	TRYST_SECTION_PROVENANCE,
	TRYST_SECTION_COUNT
};

extern const char *const tryst_section_names[TRYST_SECTION_COUNT];

/*
 * A directory begins with a checksum and the rows of each of its pages (32 bits each); a page is a
 * checksum, four bytes of 0, and the entries.
 */
#define TRYST_DIRECTORY_PAGE 256 /* blocks: also the part of a source */
#define TRYST_DIRECTORY_ENTRY 48
#define TRYST_DIRECTORY_HEAD 8
#define TRYST_DIRECTORY_PAGE_SIZE                                                                  \
	(TRYST_DIRECTORY_HEAD + TRYST_DIRECTORY_PAGE * TRYST_DIRECTORY_ENTRY)

struct tryst_block_entry {
	uint64_t values_at, addresses_at; /* in the file */
	uint32_t values_size, addresses_size;
	int64_t first_ms, last_ms; /* the earliest start and the latest end */
	uint32_t rows;
	uint32_t first_row;
};

/* The size of a directory of so many blocks. */
static inline uint64_t
tryst_directory_size(uint32_t blocks)
{
	uint64_t pages = ((uint64_t)blocks + TRYST_DIRECTORY_PAGE - 1) / TRYST_DIRECTORY_PAGE;

	return 4 + 4 * pages + TRYST_DIRECTORY_HEAD * pages +
	       (uint64_t)TRYST_DIRECTORY_ENTRY * blocks;
}

/* What the foot says. */
struct tryst_segment_info {
	uint64_t size; /* of the file */
	uint64_t rows;
	uint64_t known; /* fields that any row has */
	uint32_t blocks;
	uint32_t sample_blocks;
	int64_t first_ms, last_ms;           /* of all rows; what is outside holds none */
	int64_t sane_first_ms, sane_last_ms; /* of the times that can be, as reports show them */
	struct {
		uint64_t at, size;
	} sections[TRYST_SECTION_COUNT];
	struct tryst_sample_info sample;
};

/* Writing: one segment after the other with the same memory; one thread at a time. */
struct tryst_segment_writer;

int tryst_segment_writer_new(struct tryst_segment_writer **out, struct tryst_error *err);
void tryst_segment_writer_free(struct tryst_segment_writer *w);

/* Begins a segment in an empty file, which is taken over; `name` is for messages. */
int tryst_segment_begin(struct tryst_segment_writer *w, int fd, const char *name,
                        struct tryst_error *err);

struct tryst_piece;

/* Appends a block (TRYST_PIECE_BLOCK with what stands behind it). */
int tryst_segment_add(struct tryst_segment_writer *w, const struct tryst_piece *p,
                      const uint8_t *data, struct tryst_error *err);
uint64_t tryst_segment_rows(const struct tryst_segment_writer *w);

/*
 * Dictionary, addresses, postings, sample, directories, the bytes of the provenance, foot; syncs
 * and closes the file.  *info is what the foot says.
 */
int tryst_segment_end(struct tryst_segment_writer *w, const struct tryst_buf *provenance,
                      struct tryst_segment_info *info, struct tryst_error *err);
/* Closes the file of a segment that will not be. */
void tryst_segment_drop(struct tryst_segment_writer *w);

/* Reading: an open segment, mapped.  Any threads. */
struct tryst_segment {
	int fd; /* its own */
	const uint8_t *data;
	struct tryst_segment_info info;
	const char *path;
};

/* Whether bytes begin as a segment does. */
bool tryst_segment_is(const uint8_t *head, size_t len);

/*
 * Maps the file and checks head and foot; the descriptor may be closed afterwards, the path must
 * outlive the segment.  TRYST_ERR_UNSUPPORTED: made by a newer version.
 */
int tryst_segment_open(struct tryst_segment *s, int fd, uint64_t size, const char *path,
                       struct tryst_error *err);
void tryst_segment_close(struct tryst_segment *s);

/*
 * A page of a directory (TRYST_SECTION_DIRECTORY or _SAMPLE_DIRECTORY): up to TRYST_DIRECTORY_PAGE
 * entries.  Returns how many, or -1: it is damaged.
 */
int tryst_segment_page(const struct tryst_segment *s, enum tryst_section directory, uint32_t page,
                       struct tryst_block_entry out[TRYST_DIRECTORY_PAGE]);

/*
 * The rows of each page of a directory, as 32-bit numbers (tryst_load_le32); NULL: damaged, or not
 * the segment's number of rows.
 */
const uint8_t *tryst_segment_page_rows(const struct tryst_segment *s, enum tryst_section directory);

/*
 * One of the groups of a block, opened.  Into a buffer of size bytes it is read where it fits with
 * TRYST_PACK_SLACK behind it: of a few blocks here and there that costs less than to map their
 * pages.  Otherwise (size 0) it points into the file.
 */
bool tryst_segment_group(const struct tryst_segment *s, const struct tryst_block_entry *e,
                         bool addresses, uint8_t *buffer, size_t size, struct tryst_group *out,
                         struct tryst_block_fault *fault);

/* The groups of a block, opened.  False: damaged, and *at is where the group begins. */
bool tryst_segment_block(const struct tryst_segment *s, const struct tryst_block_entry *e,
                         struct tryst_group *values, struct tryst_group *addresses,
                         struct tryst_block_fault *fault, uint64_t *at);

/* The bytes of a section. */
static inline const uint8_t *
tryst_segment_section(const struct tryst_segment *s, enum tryst_section section, size_t *size)
{
	*size = s->info.sections[section].size;
	return s->data + s->info.sections[section].at;
}

static inline uint32_t
tryst_segment_pages(uint32_t blocks)
{
	return (blocks + TRYST_DIRECTORY_PAGE - 1) / TRYST_DIRECTORY_PAGE;
}

/* How the foot is written and read; tests and verify use it too. */
void tryst_segment_foot_write(const struct tryst_segment_info *info,
                              uint8_t foot[TRYST_SEGMENT_FOOT]);

#endif

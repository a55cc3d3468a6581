/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files that write a segment. */
#ifndef TRYST_STORE_SEGMENT_IMPL_H
#define TRYST_STORE_SEGMENT_IMPL_H

#include "store/piece.h"
#include "store/segment.h"

/* What is known of a block until the end. */
struct segment_block {
	struct tryst_block_entry entry;
	uint64_t fields;    /* addresses that it has */
	uint64_t ids_at;    /* of its different addresses, in ids */
	uint64_t places_at; /* of its rows, field by field, in places */
};

struct tryst_segment_writer {
	int fd;
	const char *name;
	uint64_t at;          /* bytes written or held */
	uint64_t pushed;      /* bytes that the kernel was asked to write out */
	struct tryst_buf out; /* held */
	struct tryst_dictionary_builder *dictionary;
	struct tryst_postings_builder *postings;
	struct tryst_sample_builder *sample;
	struct tryst_block_encoder *encoder;
	struct segment_block *blocks;
	size_t block_count, block_room;
	uint32_t *ids; /* provisional, then codes */
	size_t id_count, id_room;
	uint16_t *places;
	size_t place_count, place_room;
	uint32_t *codes; /* of a block, six columns */
	struct tryst_segment_info info;
};

/* Appends to the file. */
int tryst_segment_put(struct tryst_segment_writer *w, const void *data, size_t size,
                      struct tryst_error *err);
/* Writes what is held. */
int tryst_segment_flush(struct tryst_segment_writer *w, struct tryst_error *err);

/* Appends a directory of the entries as a section. */
int tryst_segment_put_directory(struct tryst_segment_writer *w, enum tryst_section section,
                                const struct tryst_block_entry *(*entry)(const void *ctx, size_t i),
                                const void *ctx, size_t count, struct tryst_error *err);

/* The codes of a field of a block, into out. */
void tryst_segment_codes(const struct tryst_segment_writer *w, const struct segment_block *b,
                         enum tryst_field field, uint32_t *out);

/*
 * Chooses, encodes and appends the sample and its directory.  ips[code] are the addresses, sorted;
 * everything else has been appended and flushed.
 */
int tryst_segment_put_sample(struct tryst_segment_writer *w, const struct tryst_ip *ips,
                             struct tryst_error *err);

void tryst_segment_section_begin(struct tryst_segment_writer *w, enum tryst_section section);
void tryst_segment_section_end(struct tryst_segment_writer *w, enum tryst_section section);

#endif

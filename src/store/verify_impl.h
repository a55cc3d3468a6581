/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of verifying a segment share: its blocks, and what the index says of them. */
#ifndef TRYST_STORE_VERIFY_IMPL_H
#define TRYST_STORE_VERIFY_IMPL_H

#include "store/segment_source.h"
#include "store/verify.h"

struct verify {
	struct tryst_segment segment;
	tryst_finding_fn finding;
	void *ctx;
	int found;
	struct segment_source source; /* so that blocks are decoded as a hunt decodes them */
	struct tryst_sink sink;
	struct segment_reading *reading;
	struct tryst_postings_builder *postings;
	struct tryst_sample_builder *sample;
	uint32_t *same;                 /* codes as provisional numbers */
	struct tryst_segment_info seen; /* what the rows say */
	bool whole;                     /* all blocks could be read */
};

static inline uint64_t
verify_section_at(const struct verify *v, enum tryst_section section)
{
	return v->segment.info.sections[section].at;
}

static inline uint64_t
verify_section_end(const struct verify *v, enum tryst_section section)
{
	return verify_section_at(v, section) + v->segment.info.sections[section].size;
}

/* Tells a finding. */
void verify_find(struct verify *v, const char *fmt, ...) TRYST_PRINTF(2, 3);

/* A page of a section is damaged. */
void verify_find_page(struct verify *v, enum tryst_section section, uint32_t page);

/* Decodes a block into the batch; false: damaged, and said. */
bool verify_read_block(struct verify *v, const char *kind, uint32_t block,
                       const struct tryst_block_entry *e);

/* All blocks, and what the directory says of them; v->seen is what their rows say. */
int verify_blocks(struct verify *v, struct tryst_error *err);

/* The parts of the index: with themselves, and with the rows where all of these were seen. */
void verify_dictionary(struct verify *v);
int verify_postings(struct verify *v, struct tryst_error *err);
int verify_sample(struct verify *v, struct tryst_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A segment as a source.  A part is a page of the directory.  Without addresses in the request all
 * blocks that overlap the window are read column by column; with them only the blocks that the
 * index names, of these the rows that have a wanted address, and where the run wants other hosts
 * too (flow/sampler.h), the beginning of the sample.  What is passed over counts as read.
 */
#include "store/segment_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/kernels.h"
#include "store/provenance.h"

/* A block, or a page of blocks, that cannot be read. */
static void
count_damage(struct segment_reading *r, const struct tryst_block_entry *e, uint64_t at)
{
	struct tryst_health *h = &r->sink->health;

	h->flows -= e->rows;
	if (r->s->by_address)
		h->skipped_by_index -= e->rows;
	h->damaged_blocks++;
	h->damaged_bytes += e->values_size + e->addresses_size;
	tryst_health_note(h, at + r->fault.at, 0,
	                  "block at offset %llu: damaged (%s: %s), %u flows lost",
	                  (unsigned long long)(at + r->fault.at),
	                  tryst_stream_name(r->fault.stream), r->fault.what, e->rows);
}

static void
count_page(struct segment_reading *r, enum tryst_section directory, uint32_t rows)
{
	struct tryst_health *h = &r->sink->health;
	uint64_t at = r->s->segment.info.sections[directory].at;

	h->flows -= rows;
	if (r->s->by_address)
		h->skipped_by_index -= rows;
	h->damaged_blocks++;
	tryst_health_note(h, at, 0,
	                  "%s at offset %llu: a page is damaged (checksum), %u flows lost",
	                  tryst_section_names[directory], (unsigned long long)at, rows);
}

/* Rows of a block whose codes are wanted, into r->rows; -1: r->fault. */
static int
find_rows(struct segment_reading *r, bool wanted)
{
	uint32_t *low = r->codes[0], *high = r->codes[1], n, rows = r->addresses.rows, largest;
	uint32_t count = r->s->addresses.dictionary.count;

	if (!tryst_group_stream(&r->addresses, TRYST_STREAM_address_low, NULL, rows, low, 4,
	                        &r->fault) ||
	    !tryst_group_stream(&r->addresses, TRYST_STREAM_address_high, NULL, rows, high, 4,
	                        &r->fault))
		return -1;
	tryst_kernels_best()->largest(low, rows, &largest);
	if (largest < count)
		tryst_kernels_best()->largest(high, rows, &largest);
	if (TRYST_UNLIKELY(largest >= count)) {
		r->fault = (struct tryst_block_fault){ "a code beyond the dictionary",
			                               TRYST_STREAM_address_high, 0 };
		return -1;
	}
	n = tryst_kernels_best()->find(r->rows, low, high, rows, r->s->wanted, wanted);
	return (int)n;
}

int
tryst_segment_room(struct segment_reading *r, uint32_t n, struct tryst_error *err)
{
	struct tryst_sink *sink = r->sink;

	return sink->batch.rows + n > TRYST_BATCH_ROWS ? sink->flush(sink, err) : 0;
}

/* Where the group begins that has the damaged chunk. */
static uint64_t
group_of_fault(const struct segment_reading *r, const struct tryst_block_entry *e)
{
	return r->fault.stream < TRYST_STREAM_COUNT && tryst_group_has(&r->values, r->fault.stream)
	               ? e->values_at
	               : e->addresses_at;
}

/* The rows with a wanted address.  1: damaged, and *at is where the group begins. */
static int
read_hits(struct segment_reading *r, const struct tryst_block_entry *e, uint32_t first,
          uint64_t *at, struct tryst_error *err)
{
	const struct tryst_segment *segment = &r->s->segment;
	struct tryst_batch *b = &r->sink->batch;
	int n, rc;

	*at = e->addresses_at;
	if (!tryst_segment_group(segment, e, true, r->bytes[0], sizeof(r->bytes[0]), &r->addresses,
	                         &r->fault))
		return 1;
	n = find_rows(r, true);
	if (n <= 0)
		return n < 0;
	rc = tryst_segment_room(r, (uint32_t)n, err);
	if (rc < 0)
		return rc;
	*at = e->values_at;
	if (!tryst_segment_group(segment, e, false, r->bytes[1], sizeof(r->bytes[1]), &r->values,
	                         &r->fault))
		return 1;
	n = tryst_segment_fill(r, b->columns, b->columns, r->rows, (uint32_t)n, b->rows);
	if (n < 0) {
		*at = group_of_fault(r, e);
		return 1;
	}
	tryst_segment_name(r, first, r->rows, (uint32_t)n, b->rows);
	b->rows += (uint32_t)n;
	r->sink->health.skipped_by_index -= (uint32_t)n;
	return 0;
}

static int
read_block(struct segment_reading *r, const struct tryst_block_entry *e, uint32_t first,
           struct tryst_error *err)
{
	uint64_t at;
	int rc;

	r->fault = (struct tryst_block_fault){ 0 };
	r->unopened = NULL;
	if (r->s->by_address) {
		rc = read_hits(r, e, first, &at, err);
	} else if (tryst_segment_group(&r->s->segment, e, false, NULL, 0, &r->values, &r->fault)) {
		r->unopened = e;
		rc = tryst_segment_scan(r, first, err);
		at = group_of_fault(r, e);
	} else {
		at = e->values_at;
		rc = 1;
	}
	if (rc > 0)
		count_damage(r, e, at);
	return TRYST_MIN(rc, 0);
}

/* Whether any block of the page is a hit. */
static bool
page_hit(const struct segment_source *s, size_t page)
{
	size_t from = page * TRYST_DIRECTORY_PAGE / 64, to = from + TRYST_DIRECTORY_PAGE / 64;
	size_t words = ((size_t)s->hits.blocks + 63) / 64;

	if (!s->by_address)
		return true;
	for (size_t i = from; i < TRYST_MIN(to, words); i++) {
		if (s->hits.words[i])
			return true;
	}
	return false;
}

static int
read_page(struct segment_reading *r, uint32_t rows, struct tryst_error *err)
{
	uint32_t page = (uint32_t)r->part, first = 0;
	int count, rc = 0;

	if (!page_hit(r->s, page))
		return 0;
	count = tryst_segment_page(&r->s->segment, TRYST_SECTION_DIRECTORY, page, r->entries);
	if (count < 0) {
		count_page(r, TRYST_SECTION_DIRECTORY, rows);
		return 0;
	}
	for (int i = 0; i < count && rc == 0; i++) {
		const struct tryst_block_entry *e = &r->entries[i];

		if (atomic_load_explicit(r->sink->stop, memory_order_relaxed))
			return tryst_error_set(err, TRYST_ERR_INTERRUPTED, "interrupted");
		if (tryst_segment_wants(r->s, page * TRYST_DIRECTORY_PAGE + (uint32_t)i, e))
			rc = read_block(r, e, first, err);
		first += e->rows;
	}
	return rc;
}

/* Addresses that a row does not have are 0; a sample's block has codes for all. */
static void
forget_addresses(struct tryst_batch *b, uint32_t at, uint32_t n)
{
	uint64_t fields = b->columns & TRYST_ADDRESS_BITS;

	for (unsigned f = 0; fields >> f; f++) {
		struct tryst_ip *ips = tryst_batch_column(b, f);

		if (!(fields >> f & 1))
			continue;
		for (uint32_t i = at; i < at + n; i++) {
			if (!(b->present[i] >> f & 1))
				ips[i] = (struct tryst_ip){ 0 };
		}
	}
}

/* Which rows of the segment these are. */
static bool
name_sample(struct segment_reading *r, const uint16_t *rows, uint32_t n, uint32_t at)
{
	struct tryst_batch *b = &r->sink->batch;
	uint32_t pages = tryst_segment_pages(r->s->segment.info.blocks);

	if (!tryst_group_stream(&r->values, TRYST_STREAM_row, rows, n, r->numbers, 8, &r->fault))
		return false;
	tryst_segment_name(r, 0, rows, n, at);
	for (uint32_t i = 0; i < n && b->record_no; i++) {
		uint64_t row = r->numbers[i];
		uint32_t page = 0;

		while (page < pages && row >= tryst_load_le32(r->s->page_rows + (size_t)4 * page))
			row -= tryst_load_le32(r->s->page_rows + (size_t)4 * page++);
		if (page == pages)
			return false;
		b->record_no[at + i] = (uint64_t)page << 32 | row;
	}
	return true;
}

/* Rows of the sample stand in the segment too: none is lost to the counts. */
static void
count_sample(struct segment_reading *r, const struct tryst_block_entry *e)
{
	struct tryst_health *h = &r->sink->health;

	h->damaged_blocks++;
	h->damaged_bytes += e->values_size + e->addresses_size;
	tryst_health_note(h, e->values_at, 0,
	                  "sample block at offset %llu: damaged (%s): no flow of the listed is "
	                  "lost, but %u flows of hosts that they are compared with; "
	                  "--no-index does without",
	                  (unsigned long long)e->values_at,
	                  r->fault.what ? r->fault.what : "a row beyond the segment", e->rows);
}

/* The rows of a block of the sample that have no wanted address: those come by the index. */
static int
read_sample_block(struct segment_reading *r, const struct tryst_block_entry *e,
                  struct tryst_error *err)
{
	struct tryst_batch *b = &r->sink->batch;
	uint64_t at;
	int n, rc;

	r->fault = (struct tryst_block_fault){ 0 };
	r->unopened = NULL;
	if (!tryst_segment_block(&r->s->segment, e, &r->values, &r->addresses, &r->fault, &at) ||
	    (n = find_rows(r, false)) < 0) {
		count_sample(r, e);
		return 0;
	}
	rc = tryst_segment_room(r, (uint32_t)n, err);
	if (rc < 0 || n == 0)
		return rc;
	n = tryst_segment_fill(r, b->columns, b->columns, r->rows, (uint32_t)n, b->rows);
	if (n < 0 || !name_sample(r, r->rows, (uint32_t)n, b->rows)) {
		count_sample(r, e);
		return 0;
	}
	forget_addresses(b, b->rows, (uint32_t)n);
	b->rows += (uint32_t)n;
	r->sink->health.skipped_by_index -= (uint32_t)n;
	return 0;
}

/* The blocks of the sample that this part reads: every so many, as far as the run wants them. */
static int
read_sample(struct segment_reading *r, struct tryst_error *err)
{
	const struct segment_source *s = r->s;
	const struct tryst_sample_info *info = &s->segment.info.sample;
	uint64_t ceiling = tryst_sampler_now(s->base.request.sample);
	unsigned level = ceiling ? (unsigned)__builtin_clzll(ceiling) : TRYST_SAMPLER_LEVEL_MAX;
	uint32_t rows = info->at_level[TRYST_MIN(level, (unsigned)TRYST_SAMPLER_LEVEL_MAX)];
	uint32_t blocks = TRYST_MIN((rows + TRYST_BATCH_ROWS - 1) / TRYST_BATCH_ROWS,
	                            s->segment.info.sample_blocks);
	uint32_t held = UINT32_MAX;
	int rc = 0;

	/* Hosts from anywhere in the dictionary: what was not known before would cost twice. */
	if (!r->sink->batch.coded && blocks > (uint32_t)r->part &&
	    2 * rows > s->addresses.dictionary.pages)
		tryst_addresses_expect(&r->s->addresses, 2 * rows);
	for (uint32_t i = (uint32_t)r->part; i < blocks && rc == 0; i += (uint32_t)s->base.parts) {
		uint32_t page = i / TRYST_DIRECTORY_PAGE;

		if (page != held && tryst_segment_page(&s->segment, TRYST_SECTION_SAMPLE_DIRECTORY,
		                                       page, r->entries) < 0) {
			count_page(r, TRYST_SECTION_SAMPLE_DIRECTORY, 0);
			return 0;
		}
		held = page;
		rc = read_sample_block(r, &r->entries[i % TRYST_DIRECTORY_PAGE], err);
	}
	return rc;
}

static int
segment_read(struct tryst_source *source, size_t part, struct tryst_sink *sink,
             struct tryst_error *err)
{
	struct segment_source *s = (struct segment_source *)source;
	uint32_t rows = tryst_load_le32(s->page_rows + 4 * part);
	struct segment_reading *r;
	int rc;

	sink->health.flows = rows;
	if (s->outside)
		return 0;
	r = tryst_sink_scratch(sink, 0, sizeof(*r));
	if (!r)
		return tryst_error_nomem(err);
	r->s = s;
	r->sink = sink;
	r->part = part;
	r->wide = 0;
	for (unsigned i = 0; i < SEGMENT_FIELDS; i++)
		r->cache[i].page_next = 0;
	if (s->by_address)
		sink->health.skipped_by_index = rows;
	if (s->codes) {
		sink->batch.coded = s->base.request.coded & TRYST_CODED_ALL;
		sink->batch.book = tryst_addresses_book(&s->addresses);
	}
	rc = read_page(r, rows, err);
	if (rc == 0 && s->sample_page_rows)
		rc = read_sample(r, err);
	return rc;
}

void
tryst_segment_choice_free(struct segment_source *s)
{
	tryst_addresses_fini(&s->addresses);
	tryst_block_set_fini(&s->hits);
	free(s->wanted);
}

static void
source_free(struct segment_source *s)
{
	tryst_segment_choice_free(s);
	free(s->base.part_flows);
	free(s);
}

static void
segment_close(struct tryst_source *source)
{
	struct segment_source *s = (struct segment_source *)source;

	tryst_segment_close(&s->segment);
	source_free(s);
}

static const struct tryst_source_ops segment_ops = {
	.read = segment_read,
	.close = segment_close,
};

/* By address, without a sample: a row comes for one of its codes. */
static const struct tryst_source_ops hit_ops = {
	.read = segment_read,
	.close = segment_close,
	.tests_addresses = true,
};

/* What the rows came from says what was lost before, and their times. */
static void
tell(const struct segment_source *s, struct tryst_input *in)
{
	const struct tryst_segment_info *info = &s->segment.info;
	size_t size;
	const uint8_t *data = tryst_segment_section(&s->segment, TRYST_SECTION_PROVENANCE, &size);

	if (!tryst_provenance_tell(data, size, in)) {
		in->health.damaged_blocks++;
		tryst_health_note(&in->health, info->sections[TRYST_SECTION_PROVENANCE].at, 0,
		                  "provenance at offset %llu: damaged (checksum): what was wrong "
		                  "with the imported inputs is not known",
		                  (unsigned long long)info->sections[TRYST_SECTION_PROVENANCE].at);
	}
	in->health.first_ms = TRYST_MIN(in->health.first_ms, info->sane_first_ms);
	in->health.last_ms = TRYST_MAX(in->health.last_ms, info->sane_last_ms);
}

/* Rows are numbered by their places, whatever of them is lost. */
static int
number(struct segment_source *s, struct tryst_error *err)
{
	size_t parts = s->base.parts;

	s->base.part_flows = malloc((parts + 1) * sizeof(*s->base.part_flows));
	if (!s->base.part_flows)
		return tryst_error_nomem(err);
	s->base.part_count = parts;
	for (size_t i = 0; i < parts; i++)
		s->base.part_flows[i] = tryst_load_le32(s->page_rows + 4 * i);
	return 0;
}

int
tryst_segment_source(struct tryst_segment *segment, struct tryst_input *in,
                     const struct tryst_request *req, struct tryst_source **out,
                     struct tryst_error *err)
{
	struct segment_source *s = calloc(1, sizeof(*s));
	struct tryst_segment_plan plan;
	int rc;

	if (!s)
		return tryst_error_nomem(err);
	s->base = (struct tryst_source){ .ops = &segment_ops, .input = in, .request = *req };
	s->segment = *segment;
	s->base.parts = tryst_segment_pages(segment->info.blocks);
	rc = tryst_segment_choose(s, &plan, err);
	if (rc == 0 && s->by_address && !s->sample_page_rows)
		s->base.ops = &hit_ops;
	if (rc == 0)
		rc = number(s, err);
	if (rc < 0) {
		source_free(s);
		return rc;
	}
	if (plan.index_damaged)
		tryst_health_note(&in->health, 0, 0,
		                  "the address index is damaged (%s): read in full instead",
		                  plan.damage.text);
	tell(s, in);
	*out = &s->base;
	return 0;
}

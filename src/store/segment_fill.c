/* SPDX-License-Identifier: Apache-2.0 */
/* From the groups of a block to rows of a batch. */
#include <string.h>

#include "store/kernels.h"
#include "store/segment_source.h"

#define WIDE 15 /* blocks that are read in full after one that bounds were no help with */

static const enum tryst_field address_fields[SEGMENT_FIELDS] = {
	TRYST_FIELD_src,      TRYST_FIELD_dst,     TRYST_FIELD_next_hop,
	TRYST_FIELD_exporter, TRYST_FIELD_nat_src, TRYST_FIELD_nat_dst,
};

/*
 * Who takes codes counts on it that all of them are in the dictionary; who does not loses the same.
 * Without a dictionary every address is lost, which is said elsewhere.
 */
static bool
codes_valid(struct segment_reading *r, unsigned stream, const uint32_t *codes, uint32_t n)
{
	uint32_t largest;

	tryst_kernels_best()->largest(codes, n, &largest);
	if (TRYST_LIKELY(largest < r->s->addresses.dictionary.count) || !r->s->has_dictionary ||
	    !tryst_group_has(&r->addresses, stream))
		return true;
	r->fault = (struct tryst_block_fault){ "a code beyond the dictionary", stream, 0 };
	return false;
}

/* A block without codes is one whose rows have no addresses; `present` of the rows is filled. */
static bool
codes_there(struct segment_reading *r, uint64_t fields, uint32_t n, uint32_t at)
{
	const uint64_t *known = r->sink->batch.present + at;
	uint64_t any = 0;

	if (TRYST_LIKELY(tryst_group_has(&r->addresses, TRYST_STREAM_address_low)))
		return true;
	for (uint32_t i = 0; i < n; i++)
		any |= known[i];
	if (!(any & fields & TRYST_CODED_ALL))
		return true;
	r->fault = (struct tryst_block_fault){ "not there, but rows have addresses",
		                               TRYST_STREAM_address_low, 0 };
	return false;
}

/*
 * Codes of the fields that are wanted, into r->codes, or where somebody takes them as they are,
 * into the batch.
 */
static bool
fill_codes(struct segment_reading *r, uint64_t fields, const uint16_t *rows, uint32_t n,
           uint32_t at)
{
	const struct tryst_batch *b = &r->sink->batch;
	uint32_t *src = b->coded & TRYST_BIT(src) ? b->src_code + at : r->codes[0];
	uint32_t *dst = b->coded & TRYST_BIT(dst) ? b->dst_code + at : r->codes[1];

	if ((fields & TRYST_CODED_ALL) &&
	    (!codes_there(r, fields, n, at) ||
	     !tryst_group_pair(&r->addresses, rows, n, src, dst, &r->fault) ||
	     !codes_valid(r, TRYST_STREAM_address_low, src, n) ||
	     !codes_valid(r, TRYST_STREAM_address_low, dst, n)))
		return false;
	for (unsigned i = 2; i < SEGMENT_FIELDS; i++) {
		enum tryst_field field = address_fields[i];

		if ((fields >> field & 1) && tryst_group_has(&r->addresses, field) &&
		    (!tryst_group_stream(&r->addresses, field, rows, n, r->codes[i], 4,
		                         &r->fault) ||
		     !codes_valid(r, field, r->codes[i], n)))
			return false;
	}
	return true;
}

/* Whether a field of these groups has addresses at all; the others are 0. */
static bool
has_field(const struct segment_reading *r, enum tryst_field field)
{
	if (TRYST_CODED_ALL >> field & 1)
		return tryst_group_has(&r->addresses, TRYST_STREAM_address_low);
	return tryst_group_has(&r->addresses, field);
}

/* Addresses from codes; returns how many rows have a lost one (r->lost). */
static uint32_t
fill_addresses(struct segment_reading *r, uint64_t fields, uint32_t n, uint32_t at)
{
	struct tryst_batch *b = &r->sink->batch;
	uint32_t lost = 0;

	tryst_addresses_expect(&r->s->addresses,
	                       n * (uint32_t)__builtin_popcountll(fields & TRYST_CODED_ALL));
	for (unsigned i = 0; i < SEGMENT_FIELDS; i++) {
		enum tryst_field field = address_fields[i];
		struct tryst_ip *out;

		if (!(fields >> field & 1))
			continue;
		out = (struct tryst_ip *)tryst_batch_column(b, field) + at;
		if (!has_field(r, field)) {
			memset(out, 0, n * sizeof(*out));
			continue;
		}
		lost += tryst_addresses_get(&r->s->addresses, r->codes[i], n, out, r->lost,
		                            &r->cache[i]);
	}
	return lost;
}

/* Of the rows those without a lost address, in place. */
static uint32_t
keep_found(struct segment_reading *r, const uint16_t *rows, uint32_t n)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (!r->lost[i])
			r->rows[kept++] = rows ? rows[i] : (uint16_t)i;
	}
	return kept;
}

/* The group of the addresses, which lies elsewhere in the file, is opened when it is needed. */
static bool
open_addresses(struct segment_reading *r)
{
	const struct tryst_block_entry *e = r->unopened;

	r->unopened = NULL;
	return !e ||
	       tryst_segment_group(&r->s->segment, e, true, NULL, 0, &r->addresses, &r->fault);
}

/* Values and codes. */
static bool
fill_columns(struct segment_reading *r, uint64_t columns, uint64_t known, const uint16_t *rows,
             uint32_t n, uint32_t at)
{
	struct tryst_batch *b = &r->sink->batch;
	uint64_t addresses = columns & b->columns & TRYST_ADDRESS_BITS;

	return tryst_group_present(&r->values, known, rows, n, b, at, &r->fault) &&
	       tryst_group_fill(&r->values, columns, rows, n, b, at, &r->fault) &&
	       (!addresses || (open_addresses(r) && fill_codes(r, addresses, rows, n, at)));
}

int
tryst_segment_fill(struct segment_reading *r, uint64_t columns, uint64_t known,
                   const uint16_t *rows, uint32_t n, uint32_t at)
{
	struct tryst_batch *b = &r->sink->batch;
	uint64_t fields = columns & b->columns & TRYST_ADDRESS_BITS & ~b->coded;
	uint32_t kept;

	if (!fill_columns(r, columns, known, rows, n, at))
		return -1;
	if (!fields)
		return (int)n;
	memset(r->lost, 0, n);
	if (TRYST_LIKELY(fill_addresses(r, fields, n, at) == 0))
		return (int)n;
	kept = keep_found(r, rows, n);
	r->sink->health.damaged_records += n - kept;
	r->sink->health.flows -= n - kept;
	if (r->s->by_address)
		r->sink->health.skipped_by_index -= n - kept;
	tryst_health_note(&r->sink->health,
	                  r->s->segment.info.sections[TRYST_SECTION_DICTIONARY].at, 0,
	                  "dictionary: pages are damaged; flows with their addresses are lost");
	if (!kept)
		return 0;
	/* The same once more, of what is left. */
	if (!fill_columns(r, columns, known, r->rows, kept, at))
		return -1;
	(void)fill_addresses(r, fields, kept, at);
	return (int)kept;
}

void
tryst_segment_name(struct segment_reading *r, uint32_t first, const uint16_t *rows, uint32_t n,
                   uint32_t at)
{
	struct tryst_batch *b = &r->sink->batch;
	uint64_t bits = b->columns & (TRYST_BIT(input_id) | TRYST_BIT(record_no));

	for (uint32_t i = 0; bits && i < n; i++) {
		uint32_t row = first + (rows ? rows[i] : i);

		if (b->input_id)
			b->input_id[at + i] = r->sink->input_id;
		if (b->record_no)
			b->record_no[at + i] = r->sink->record_base | row;
		b->present[at + i] |= bits;
	}
}

/* The rows of the batch are these of the block; they are named when it is known which are wanted.
 */
static void
batch_is(struct segment_reading *r, uint32_t first, const uint16_t *rows, uint32_t n)
{
	struct tryst_batch *b = &r->sink->batch;
	uint64_t names = b->columns & (TRYST_BIT(input_id) | TRYST_BIT(record_no));

	b->rows = n;
	tryst_segment_name(r, first, rows, n, 0);
	if (!rows) {
		b->sure |= names;
		b->never &= ~names;
	}
}

/* The columns that nobody has looked at, of the rows that are wanted. */
static int
scan_rest(struct segment_reading *r, uint32_t first, uint32_t wanted, const uint16_t *list)
{
	struct tryst_batch *b = &r->sink->batch;
	uint32_t rows = r->values.rows;
	int n;

	if (!list && wanted > rows / 8) {
		n = tryst_segment_fill(r, b->columns & ~r->sink->early, b->columns, NULL, rows, 0);
		if (n == (int)rows) {
			batch_is(r, first, NULL, rows);
			return n;
		}
		/* Addresses are lost that nobody selects by: what is left, once more. */
		wanted = (uint32_t)TRYST_MAX(n, 0);
		r->sink->selected = false;
	} else {
		/* Few: all of their columns, moved together. */
		for (uint32_t i = 0; i < wanted; i++)
			r->rows[i] = list ? r->rows[b->sel[i]] : b->sel[i];
		n = (int)wanted;
	}
	n = n < 0 ? n : tryst_segment_fill(r, b->columns, b->columns, r->rows, wanted, 0);
	if (n > 0) {
		batch_is(r, first, r->rows, (uint32_t)n);
		tryst_batch_select_all(b);
	}
	return n;
}

/*
 * The rows of a block that are within the bounds, into r->rows; UINT32_MAX: too many to be worth
 * it, or not looked at, because so it was a few blocks ago; negative: damaged.
 */
static int64_t
narrow(struct segment_reading *r)
{
	struct tryst_bounds bounds = r->sink->bounds;
	uint32_t n;

	if (bounds.count == 0 || r->wide > 0) {
		r->wide -= r->wide > 0;
		return UINT32_MAX;
	}
	if (!tryst_group_narrow(&r->values, bounds, r->rows, &n, &r->fault))
		return -1;
	if (n <= r->values.rows / 8)
		return n;
	r->wide = WIDE;
	return UINT32_MAX;
}

/* Adds the rows of r->rows to the batch: whether they are wanted is asked when it is full. */
static int
scan_few(struct segment_reading *r, uint32_t first, uint32_t n, struct tryst_error *err)
{
	struct tryst_batch *b = &r->sink->batch;
	int rc = tryst_segment_room(r, n, err), got;

	if (rc < 0)
		return rc;
	got = tryst_segment_fill(r, b->columns, b->columns, r->rows, n, b->rows);
	if (got < 0)
		return 1;
	tryst_segment_name(r, first, r->rows, (uint32_t)got, b->rows);
	b->rows += (uint32_t)got;
	return 0;
}

static int
scan_all(struct segment_reading *r, uint32_t first, struct tryst_error *err)
{
	struct tryst_sink *sink = r->sink;
	struct tryst_batch *b = &sink->batch;
	uint64_t early = sink->early ? sink->early : b->columns;
	uint32_t rows = r->values.rows;
	int n = tryst_segment_fill(r, early, early, NULL, rows, 0);
	const uint16_t *list = n < (int)rows ? r->rows : NULL;

	if (n <= 0)
		return n < 0;
	b->rows = (uint32_t)n;
	if (sink->early) {
		uint32_t wanted = sink->select(sink);

		if (!wanted)
			return 0;
		n = scan_rest(r, first, wanted, list);
	} else {
		batch_is(r, first, list, (uint32_t)n);
	}
	if (n > 0)
		return sink->flush(sink, err);
	b->rows = b->selected = 0;
	sink->selected = false;
	return n < 0;
}

int
tryst_segment_scan(struct segment_reading *r, uint32_t first, struct tryst_error *err)
{
	int64_t n = narrow(r);
	int rc = 0;

	if (n <= 0)
		return n < 0;
	if (n < UINT32_MAX)
		return scan_few(r, first, (uint32_t)n, err);
	if (r->sink->batch.rows)
		rc = r->sink->flush(r->sink, err);
	return rc < 0 ? rc : scan_all(r, first, err);
}

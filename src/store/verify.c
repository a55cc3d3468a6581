/* SPDX-License-Identifier: Apache-2.0 */
#include "store/verify.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/provenance.h"
#include "store/segment_source.h"
#include "store/sum.h"

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

TRYST_PRINTF(2, 3) static void find(struct verify *v, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v->found++;
	v->finding(v->ctx, text);
}

static uint64_t
section_at(const struct verify *v, enum tryst_section section)
{
	return v->segment.info.sections[section].at;
}

static void
find_block(struct verify *v, const char *kind, uint32_t block, uint64_t at)
{
	const struct tryst_block_fault *f = &v->reading->fault;

	v->whole = false;
	find(v, "%s %" PRIu32 ", offset %" PRIu64 ": damaged (%s: %s)", kind, block, at + f->at,
	     tryst_stream_name(f->stream), f->what);
}

/* Decodes a block into the batch; false: damaged, and said. */
static bool
read_block(struct verify *v, const char *kind, uint32_t block, const struct tryst_block_entry *e)
{
	struct segment_reading *r = v->reading;
	uint64_t at;
	int n;

	r->fault = (struct tryst_block_fault){ 0 };
	if (!tryst_segment_block(&v->segment, e, &r->values, &r->addresses, &r->fault, &at)) {
		find_block(v, kind, block, at);
		return false;
	}
	if (!tryst_group_verify(&r->values, &r->fault)) {
		find_block(v, kind, block, e->values_at);
		return false;
	}
	if (!tryst_group_verify(&r->addresses, &r->fault)) {
		find_block(v, kind, block, e->addresses_at);
		return false;
	}
	n = tryst_segment_fill(r, TRYST_STORED_BITS, TRYST_STORED_BITS, NULL, e->rows, 0);
	if (n != (int)e->rows) {
		/* The dictionary has been complained of. */
		v->whole = false;
		return false;
	}
	v->sink.batch.rows = e->rows;
	return true;
}

/* What the rows of the batch say, beside what the directory says of them. */
static void
count_rows(struct verify *v, uint32_t block, const struct tryst_block_entry *e)
{
	const struct tryst_batch *b = &v->sink.batch;
	struct tryst_segment_info *seen = &v->seen;
	int64_t first = INT64_MAX, last = INT64_MIN;
	struct tryst_health h;

	tryst_health_init(&h);
	for (uint32_t i = 0; i < b->rows; i++) {
		first = TRYST_MIN(first, b->start_ms[i]);
		last = TRYST_MAX(last, b->end_ms[i]);
		tryst_health_time(&h, b->start_ms[i], b->end_ms[i]);
		seen->known |= b->present[i];
	}
	if (first != e->first_ms || last != e->last_ms)
		find(v, "directory: block %" PRIu32 ": its times are not those of its rows", block);
	seen->first_ms = TRYST_MIN(seen->first_ms, first);
	seen->last_ms = TRYST_MAX(seen->last_ms, last);
	seen->sane_first_ms = TRYST_MIN(seen->sane_first_ms, h.first_ms);
	seen->sane_last_ms = TRYST_MAX(seen->sane_last_ms, h.last_ms);
}

/* The codes of the block's rows, for the postings to be compared. */
static int
count_codes(struct verify *v, uint32_t block, uint32_t rows, struct tryst_error *err)
{
	struct segment_reading *r = v->reading;
	int rc;

	if (!tryst_group_has(&r->addresses, TRYST_STREAM_address_low))
		return 0;
	rc = tryst_postings_add(v->postings, block, r->codes[0], rows, err);
	return rc == 0 ? tryst_postings_add(v->postings, block, r->codes[1], rows, err) : rc;
}

static int
check_block(struct verify *v, uint32_t block, const struct tryst_block_entry *e,
            struct tryst_error *err)
{
	int rc;

	if (e->first_row != v->seen.rows)
		find(v, "directory: block %" PRIu32 " begins at row %" PRIu32 ", not %" PRIu64,
		     block, e->first_row, v->seen.rows);
	v->seen.rows += e->rows;
	if (!read_block(v, "block", block, e))
		return 0;
	count_rows(v, block, e);
	rc = count_codes(v, block, e->rows, err);
	if (rc < 0 || !tryst_group_has(&v->reading->addresses, TRYST_STREAM_address_low))
		return rc;
	return tryst_sample_add(v->sample, &v->sink.batch, e->first_row, err);
}

static void
find_page(struct verify *v, enum tryst_section section, uint32_t page)
{
	v->whole = false;
	find(v, "%s, offset %" PRIu64 ": page %" PRIu32 " is damaged (checksum)",
	     tryst_section_names[section], section_at(v, section), page);
}

/* Whether blocks fill their sections from end to end. */
struct tiling {
	uint64_t values, addresses;
};

static void
check_tiling(struct verify *v, struct tiling *t, uint32_t block, const struct tryst_block_entry *e)
{
	if (e->values_at != t->values || e->addresses_at != t->addresses)
		find(v, "directory: block %" PRIu32 " is not where the one before it ends", block);
	t->values = e->values_at + e->values_size;
	t->addresses = e->addresses_at + e->addresses_size;
}

static uint64_t
section_end(const struct verify *v, enum tryst_section section)
{
	return section_at(v, section) + v->segment.info.sections[section].size;
}

static int
check_blocks(struct verify *v, struct tryst_error *err)
{
	struct tiling t = { section_at(v, TRYST_SECTION_VALUES),
		            section_at(v, TRYST_SECTION_ADDRESSES) };
	uint32_t pages = tryst_segment_pages(v->segment.info.blocks);
	int rc = 0;

	if (!tryst_segment_page_rows(&v->segment, TRYST_SECTION_DIRECTORY))
		find(v, "directory, offset %" PRIu64 ": its head is damaged (checksum)",
		     section_at(v, TRYST_SECTION_DIRECTORY));
	for (uint32_t page = 0; page < pages && rc == 0; page++) {
		int count = tryst_segment_page(&v->segment, TRYST_SECTION_DIRECTORY, page,
		                               v->reading->entries);

		if (count < 0)
			find_page(v, TRYST_SECTION_DIRECTORY, page);
		for (int i = 0; i < count && rc == 0; i++) {
			const struct tryst_block_entry *e = &v->reading->entries[i];
			uint32_t block = page * TRYST_DIRECTORY_PAGE + (uint32_t)i;

			check_tiling(v, &t, block, e);
			rc = check_block(v, block, e, err);
		}
	}
	if (v->whole && (t.values != section_end(v, TRYST_SECTION_VALUES) ||
	                 t.addresses != section_end(v, TRYST_SECTION_ADDRESSES)))
		find(v, "directory: its blocks do not fill their sections");
	return rc;
}

static void
check_dictionary(struct verify *v)
{
	const struct tryst_dictionary *d = &v->source.addresses.dictionary;
	uint64_t at = section_at(v, TRYST_SECTION_DICTIONARY);
	struct tryst_ip ips[TRYST_DICTIONARY_PAGE], before = { 0 };
	struct tryst_error err;
	size_t size;
	const uint8_t *data = tryst_segment_section(&v->segment, TRYST_SECTION_DICTIONARY, &size);

	if (tryst_dictionary_open(&v->source.addresses.dictionary, data, size, &err) < 0) {
		v->whole = false;
		find(v, "dictionary, offset %" PRIu64 ": %s", at, err.text);
		return;
	}
	for (uint32_t page = 0; page < d->pages; page++) {
		int count = tryst_dictionary_page(d, page, ips, &err);

		if (count < 0)
			find(v, "dictionary, offset %" PRIu64 ": %s", at, err.text);
		for (int i = 0; i < count; i++) {
			if ((page || i) && tryst_ip_compare(before, ips[i]) >= 0)
				find(v, "dictionary, page %" PRIu32 ": not in order", page);
			before = ips[i];
		}
	}
}

/* Made again of the rows, they must be the same bytes. */
static int
check_postings(struct verify *v, struct tryst_error *err)
{
	struct tryst_buf again = { 0 };
	struct tryst_postings p;
	struct tryst_error why;
	size_t size;
	const uint8_t *data = tryst_segment_section(&v->segment, TRYST_SECTION_POSTINGS, &size);
	uint32_t count = v->source.addresses.dictionary.count;
	int rc = 0;

	if (tryst_postings_open(&p, data, size, &why) < 0) {
		find(v, "postings, offset %" PRIu64 ": %s", section_at(v, TRYST_SECTION_POSTINGS),
		     why.text);
		return 0;
	}
	if (v->whole) {
		rc = tryst_postings_write(v->postings, v->same, count, &again, err);
		if (rc == 0 && again.failed)
			rc = tryst_error_nomem(err);
		if (rc == 0 && (again.len != size || memcmp(again.data, data, size) != 0))
			find(v, "postings, offset %" PRIu64 ": damaged, or not those of the rows",
			     section_at(v, TRYST_SECTION_POSTINGS));
	} else {
		struct tryst_code_range all = { 0, count ? count - 1 : 0 };
		struct tryst_block_set set;

		rc = tryst_block_set_init(&set, TRYST_MAX(p.blocks, 1u), err);
		if (rc == 0 && tryst_postings_blocks(&p, &all, count ? 1 : 0, &set, &why) < 0)
			find(v, "postings, offset %" PRIu64 ": %s",
			     section_at(v, TRYST_SECTION_POSTINGS), why.text);
		if (rc == 0)
			tryst_block_set_fini(&set);
	}
	tryst_buf_fini(&again);
	return rc;
}

/* Whether a decoded block of the sample is the one made again of the rows. */
static bool
same_rows(const struct tryst_batch *a, const struct tryst_batch *b, const uint64_t *numbers,
          const uint64_t *expected)
{
	if (a->rows != b->rows || memcmp(numbers, expected, a->rows * sizeof(*numbers)) != 0)
		return false;
	for (uint32_t i = 0; i < a->rows; i++) {
		if (a->present[i] != b->present[i])
			return false;
	}
	for (unsigned f = 0; TRYST_STORED_BITS >> f; f++) {
		size_t size = tryst_field_info(f)->size;
		const char *x = tryst_batch_column(a, f), *y = tryst_batch_column(b, f);

		for (uint32_t i = 0; i < a->rows; i++) {
			if ((a->present[i] >> f & 1) &&
			    memcmp(x + i * size, y + i * size, size) != 0)
				return false;
		}
	}
	return true;
}

static void
check_sample_block(struct verify *v, uint32_t block, const struct tryst_block_entry *e,
                   struct tryst_batch *expected)
{
	uint64_t numbers[TRYST_BATCH_ROWS];
	struct segment_reading *r = v->reading;
	bool whole = v->whole;
	uint32_t first = block * TRYST_BATCH_ROWS;

	if (!read_block(v, "sample block", block, e) || !whole)
		return;
	if (!tryst_group_stream(&r->values, TRYST_STREAM_row, NULL, e->rows, r->numbers, 8,
	                        &r->fault))
		return;
	(void)tryst_sample_fill(v->sample, first, expected, numbers);
	if (!same_rows(&v->sink.batch, expected, r->numbers, numbers))
		find(v, "sample block %" PRIu32 ", offset %" PRIu64 ": not the rows of the segment",
		     block, e->values_at);
}

static int
check_sample(struct verify *v, struct tryst_error *err)
{
	const struct tryst_segment_info *info = &v->segment.info;
	struct tryst_batch expected = { 0 };
	struct tryst_sample_info again;
	int rc = tryst_sample_finish(v->sample, info->rows, err);

	if (rc == 0)
		rc = tryst_batch_init(&expected, TRYST_STORED_BITS, err);
	if (rc < 0)
		return rc;
	tryst_sample_builder_info(v->sample, &again);
	if (v->whole && memcmp(&again, &info->sample, sizeof(again)) != 0)
		find(v, "foot: its sample is not that of the rows");
	if (!tryst_segment_page_rows(&v->segment, TRYST_SECTION_SAMPLE_DIRECTORY))
		find(v,
		     "directory of the sample, offset %" PRIu64 ": its head is damaged (checksum)",
		     section_at(v, TRYST_SECTION_SAMPLE_DIRECTORY));
	for (uint32_t page = 0; page < tryst_segment_pages(info->sample_blocks); page++) {
		int count = tryst_segment_page(&v->segment, TRYST_SECTION_SAMPLE_DIRECTORY, page,
		                               v->reading->entries);

		if (count < 0)
			find_page(v, TRYST_SECTION_SAMPLE_DIRECTORY, page);
		for (int i = 0; i < count; i++)
			check_sample_block(v, page * TRYST_DIRECTORY_PAGE + (uint32_t)i,
			                   &v->reading->entries[i], &expected);
	}
	tryst_batch_fini(&expected);
	return 0;
}

static void
check_foot(struct verify *v)
{
	const struct tryst_segment_info *info = &v->segment.info, *seen = &v->seen;

	if (v->whole && (info->rows != seen->rows || info->known != seen->known ||
	                 info->first_ms != seen->first_ms || info->last_ms != seen->last_ms ||
	                 info->sane_first_ms != seen->sane_first_ms ||
	                 info->sane_last_ms != seen->sane_last_ms))
		find(v, "foot: its counts and times are not those of the rows");
}

static void
check_provenance(struct verify *v)
{
	size_t size;
	const uint8_t *data = tryst_segment_section(&v->segment, TRYST_SECTION_PROVENANCE, &size);
	struct tryst_cursor c = { 0 };
	struct tryst_origin o;
	int rc;

	while ((rc = tryst_provenance_next(data, size, &c, &o)) == 1)
		;
	if (rc < 0)
		find(v, "provenance, offset %" PRIu64 ": damaged (checksum)",
		     section_at(v, TRYST_SECTION_PROVENANCE));
}

/* Sections stand one behind the other, so that no byte is under no checksum. */
static void
check_sections(struct verify *v)
{
	uint64_t at = TRYST_SEGMENT_HEAD;

	for (unsigned i = 0; i < TRYST_SECTION_COUNT; i++) {
		if (v->segment.info.sections[i].at != at)
			find(v, "foot: %s do not begin where what is before them ends",
			     tryst_section_names[i]);
		at = section_end(v, i);
	}
	if (at + TRYST_SEGMENT_FOOT != v->segment.info.size)
		find(v, "foot: there is something between the sections and it");
}

static int
prepare(struct verify *v, struct tryst_error *err)
{
	uint32_t count = v->source.addresses.dictionary.count;
	int rc = 0;

	v->source.segment = v->segment;
	v->reading = calloc(1, sizeof(*v->reading));
	v->same = reallocarray(NULL, (size_t)count + 1, sizeof(*v->same));
	if (!v->reading || !v->same)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < count; i++)
		v->same[i] = i;
	v->reading->s = &v->source;
	v->reading->sink = &v->sink;
	tryst_health_init(&v->sink.health);
	rc = tryst_batch_init(&v->sink.batch, TRYST_STORED_BITS, err);
	if (rc == 0)
		rc = tryst_postings_builder_new(&v->postings, err);
	if (rc == 0)
		rc = tryst_sample_builder_new(&v->sample, TRYST_STORED_BITS, v->segment.info.rows,
		                              err);
	tryst_addresses_init(&v->source.addresses);
	return rc == 0 ? tryst_addresses_load(&v->source.addresses, err) : rc;
}

static int
verify_open(struct verify *v, struct tryst_error *err)
{
	int rc;

	v->whole = true;
	v->seen = (struct tryst_segment_info){ .first_ms = INT64_MAX,
		                               .last_ms = INT64_MIN,
		                               .sane_first_ms = INT64_MAX,
		                               .sane_last_ms = INT64_MIN };
	check_sections(v);
	check_dictionary(v);
	rc = prepare(v, err);
	if (rc == 0)
		rc = check_blocks(v, err);
	check_foot(v);
	if (rc == 0)
		rc = check_postings(v, err);
	if (rc == 0)
		rc = check_sample(v, err);
	check_provenance(v);
	return rc;
}

static void
verify_fini(struct verify *v)
{
	tryst_batch_fini(&v->sink.batch);
	tryst_postings_builder_free(v->postings);
	tryst_sample_builder_free(v->sample);
	tryst_addresses_fini(&v->source.addresses);
	free(v->same);
	free(v->reading);
}

int
tryst_segment_verify(const char *path, tryst_finding_fn finding, void *ctx, uint64_t *rows,
                     struct tryst_error *err)
{
	struct verify v = { .finding = finding, .ctx = ctx };
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	*rows = 0;
	if (fd < 0 || fstat(fd, &st) < 0) {
		rc = tryst_error_errno(err, "%s", path);
		goto out;
	}
	rc = tryst_segment_open(&v.segment, fd, (uint64_t)st.st_size, path, err);
	if (rc == TRYST_ERR_FORMAT || rc == TRYST_ERR_UNSUPPORTED) {
		find(&v, "%s", err->text + TRYST_MIN(strlen(path) + 2, strlen(err->text)));
		rc = 0;
		goto out;
	}
	if (rc < 0)
		goto out;
	*rows = v.segment.info.rows;
	rc = verify_open(&v, err);
	tryst_segment_close(&v.segment);
	verify_fini(&v);
out:
	if (fd >= 0)
		(void)close(fd);
	return rc < 0 ? rc : v.found;
}

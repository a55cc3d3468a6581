/* SPDX-License-Identifier: Apache-2.0 */
#include "store/shard.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/shard_impl.h"
#include "store/sum.h"

const char *const tryst_shard_section_names[TRYST_SHARD_SECTIONS] = {
	[TRYST_SHARD_FILES] = "table of files",     [TRYST_SHARD_UNITS] = "table of runs",
	[TRYST_SHARD_ENTRIES] = "table of entries", [TRYST_SHARD_DICTIONARY] = "dictionary",
	[TRYST_SHARD_POSTINGS] = "postings",        [TRYST_SHARD_SAMPLE] = "head of the sample",
	[TRYST_SHARD_SAMPLE_BLOCKS] = "sample",
};

static int
damaged(const struct tryst_shard *s, enum tryst_shard_section_id id, struct tryst_error *err)
{
	return tryst_error_set(err, TRYST_ERR_FORMAT, "%s: the %s is damaged", s->path,
	                       tryst_shard_section_names[id]);
}

static bool
section_whole(const struct tryst_shard *s, enum tryst_shard_section_id id)
{
	const struct tryst_shard_section *section = &s->sections[id];

	return tryst_store_sum(section->data, section->len) == section->sum;
}

static int
read_head(struct tryst_shard *s, struct tryst_error *err)
{
	struct tryst_cursor c = tryst_cursor_init(s->map, s->map_len);
	const uint8_t *magic = tryst_cursor_take(&c, 8);
	uint32_t version = tryst_cursor_le32(&c), sections = tryst_cursor_le32(&c);
	uint64_t places[TRYST_SHARD_SECTIONS];

	if (!magic || memcmp(magic, SHARD_MAGIC, 8) != 0)
		return tryst_error_set(err, TRYST_ERR_FORMAT, "%s: no index", s->path);
	if (version != TRYST_SHARD_VERSION)
		return tryst_error_set(
			err,
			version > TRYST_SHARD_VERSION ? TRYST_ERR_UNSUPPORTED : TRYST_ERR_FORMAT,
			"%s: made by %s tryst (index version %u, %u is known)", s->path,
			version > TRYST_SHARD_VERSION ? "a newer" : "an old", version,
			TRYST_SHARD_VERSION);
	s->file_count = tryst_cursor_le32(&c);
	s->unit_count = tryst_cursor_le32(&c);
	s->sample_block_count = tryst_cursor_le32(&c);
	tryst_cursor_skip(&c, 4);
	for (unsigned i = 0; i < TRYST_SHARD_SECTIONS; i++) {
		places[i] = tryst_cursor_le64(&c);
		s->sections[i].len = tryst_cursor_le64(&c);
		s->sections[i].sum = tryst_cursor_le32(&c);
		tryst_cursor_skip(&c, 4);
	}
	if (c.failed || sections != TRYST_SHARD_SECTIONS || s->map_len < SHARD_HEAD + SHARD_SLACK ||
	    tryst_store_sum(s->map, SHARD_HEAD - 8) != tryst_cursor_le32(&c))
		return tryst_error_set(err, TRYST_ERR_FORMAT, "%s: its head is damaged", s->path);
	for (unsigned i = 0; i < TRYST_SHARD_SECTIONS; i++) {
		uint64_t end = s->map_len - SHARD_SLACK;

		if (places[i] < SHARD_HEAD || places[i] > end ||
		    s->sections[i].len > end - places[i])
			return tryst_error_set(err, TRYST_ERR_FORMAT,
			                       "%s: is cut short: its %s is not there", s->path,
			                       tryst_shard_section_names[i]);
		s->sections[i].data = s->map + places[i];
	}
	return 0;
}

static bool
read_file(struct tryst_shard *s, struct tryst_shard_file *f, struct tryst_cursor *c,
          uint32_t *next_unit)
{
	uint32_t flags;

	f->path_len = tryst_cursor_le32(c);
	f->path = (const char *)tryst_cursor_take(c, f->path_len);
	f->size = tryst_cursor_le64(c);
	f->mtime_ns = (int64_t)tryst_cursor_le64(c);
	f->flows = tryst_cursor_le64(c);
	f->from_ms = (int64_t)tryst_cursor_le64(c);
	f->to_ms = (int64_t)tryst_cursor_le64(c);
	f->unit = *next_unit;
	f->units = tryst_cursor_le32(c);
	flags = tryst_cursor_le32(c);
	f->whole = flags & SHARD_FILE_WHOLE;
	f->parts = tryst_cursor_le32(c);
	f->part_flows = tryst_cursor_take(c, (size_t)f->parts * 4);
	f->about_len = tryst_cursor_le32(c);
	f->about = tryst_cursor_take(c, f->about_len);
	if (c->failed || !f->path_len || f->units > s->unit_count - f->unit)
		return false;
	*next_unit += f->units;
	return true;
}

static int
read_files(struct tryst_shard *s, struct tryst_error *err)
{
	const struct tryst_shard_section *section = &s->sections[TRYST_SHARD_FILES];
	struct tryst_cursor c = tryst_cursor_init(section->data, section->len);
	uint32_t unit = 0;

	if (!section_whole(s, TRYST_SHARD_FILES) || s->file_count > section->len / 4)
		return damaged(s, TRYST_SHARD_FILES, err);
	s->files = calloc((size_t)s->file_count + 1, sizeof(*s->files));
	if (!s->files)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < s->file_count; i++) {
		if (!read_file(s, &s->files[i], &c, &unit))
			return damaged(s, TRYST_SHARD_FILES, err);
	}
	if (unit != s->unit_count || unit > TRYST_POSTINGS_BLOCKS_MAX ||
	    s->sections[TRYST_SHARD_UNITS].len !=
	            (uint64_t)unit * TRYST_SHARD_UNIT_BYTES +
	                    tryst_shard_unit_pages(unit) * (uint64_t)4)
		return damaged(s, TRYST_SHARD_FILES, err);
	return 0;
}

static int
read_sample_head(struct tryst_shard *s, struct tryst_error *err)
{
	const struct tryst_shard_section *section = &s->sections[TRYST_SHARD_SAMPLE];
	struct tryst_cursor c = tryst_cursor_init(section->data, section->len);

	if (!section_whole(s, TRYST_SHARD_SAMPLE) || !tryst_sample_info_read(&s->sample, &c) ||
	    tryst_cursor_left(&c) != (uint64_t)s->sample_block_count * SHARD_SAMPLE_ENTRY)
		return damaged(s, TRYST_SHARD_SAMPLE, err);
	s->sample_blocks = c.pos;
	return 0;
}

static int
read_parts(struct tryst_shard *s, struct tryst_error *err)
{
	const struct tryst_shard_section *d = &s->sections[TRYST_SHARD_DICTIONARY];
	const struct tryst_shard_section *p = &s->sections[TRYST_SHARD_POSTINGS];
	int rc = read_files(s, err);

	if (rc == 0)
		rc = read_sample_head(s, err);
	if (rc < 0)
		return rc;
	rc = tryst_dictionary_open(&s->dictionary, d->data, d->len, err);
	if (rc == 0)
		rc = tryst_postings_open(&s->postings, p->data, p->len, err);
	if (rc == 0 &&
	    (s->postings.count != s->dictionary.count || s->postings.blocks > s->unit_count))
		rc = tryst_error_set(err, TRYST_ERR_FORMAT,
		                     "postings and dictionary do not belong together");
	if (rc < 0)
		tryst_error_prefix(err, "%s", s->path);
	return rc;
}

static int
map_file(struct tryst_shard *s, struct tryst_error *err)
{
	int fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc = 0;
	struct stat st;
	void *map;

	if (fd < 0 || fstat(fd, &st) != 0) {
		rc = tryst_error_errno(err, "%s", s->path);
	} else if (!S_ISREG(st.st_mode) || st.st_size < (off_t)SHARD_HEAD) {
		rc = tryst_error_set(err, TRYST_ERR_FORMAT, "%s: no index", s->path);
	} else {
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
		if (map == MAP_FAILED) {
			rc = tryst_error_errno(err, "%s", s->path);
		} else {
			s->map = map;
			s->map_len = (size_t)st.st_size;
		}
	}
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

int
tryst_shard_open(struct tryst_shard **out, const char *path, struct tryst_error *err)
{
	struct tryst_shard *s = calloc(1, sizeof(*s));
	int rc;

	*out = NULL;
	if (s)
		s->path = strdup(path);
	if (!s || !s->path) {
		free(s);
		return tryst_error_nomem(err);
	}
	rc = map_file(s, err);
	if (rc == 0)
		rc = read_head(s, err);
	if (rc == 0)
		rc = read_parts(s, err);
	if (rc == 0)
		*out = TRYST_TAKE(s);
	tryst_shard_close(s);
	return rc;
}

void
tryst_shard_close(struct tryst_shard *s)
{
	if (!s)
		return;
	if (s->map)
		(void)munmap((void *)(uintptr_t)s->map, s->map_len);
	free(s->files);
	free(s->path);
	free(s);
}

int
tryst_shard_check_page(const struct tryst_shard *s, uint32_t page, struct tryst_error *err)
{
	const uint8_t *units = s->sections[TRYST_SHARD_UNITS].data;
	const uint8_t *sums = units + (size_t)s->unit_count * TRYST_SHARD_UNIT_BYTES;
	uint32_t first = page * TRYST_SHARD_UNITS_PAGE;
	uint32_t n = TRYST_MIN(s->unit_count - first, (uint32_t)TRYST_SHARD_UNITS_PAGE);

	if (tryst_store_sum(units + (size_t)first * TRYST_SHARD_UNIT_BYTES,
	                    (size_t)n * TRYST_SHARD_UNIT_BYTES) !=
	    tryst_load_le32(sums + (size_t)page * 4))
		return damaged(s, TRYST_SHARD_UNITS, err);
	return 0;
}

int
tryst_shard_check_units(const struct tryst_shard *s, struct tryst_error *err)
{
	int rc = 0;

	for (uint32_t page = 0; page < tryst_shard_unit_pages(s->unit_count) && rc == 0; page++)
		rc = tryst_shard_check_page(s, page, err);
	return rc;
}

bool
tryst_shard_unit(const struct tryst_shard *s, uint32_t number, struct tryst_shard_unit *out)
{
	struct tryst_cursor c = tryst_cursor_init(s->sections[TRYST_SHARD_UNITS].data +
	                                                  (size_t)number * TRYST_SHARD_UNIT_BYTES,
	                                          TRYST_SHARD_UNIT_BYTES);
	const struct tryst_shard_file *f;

	out->place.offset = tryst_cursor_le64(&c);
	out->place.size = tryst_cursor_le32(&c);
	out->place.from = tryst_cursor_le32(&c);
	out->place.to = tryst_cursor_le32(&c);
	out->place.part = tryst_cursor_le32(&c);
	out->place.first = tryst_cursor_le32(&c);
	out->file = tryst_cursor_le32(&c);
	out->place.rows = tryst_cursor_le16(&c);
	out->place.packing = tryst_cursor_u8(&c);
	tryst_cursor_skip(&c, 1);
	out->entry = tryst_cursor_le32(&c);
	out->from_ms = (int64_t)tryst_cursor_le64(&c);
	out->to_ms = (int64_t)tryst_cursor_le64(&c);
	out->place.packed_to = tryst_cursor_le32(&c);
	out->place.entry = (struct tryst_nf_entry){ 0 };
	if (out->file >= s->file_count || out->place.rows > TRYST_BATCH_ROWS)
		return false;
	f = &s->files[out->file];
	return number >= f->unit && number - f->unit < f->units &&
	       (f->whole || out->place.part < f->parts);
}

/* Reads the entry at the cursor, and moves behind it; false: it is damaged. */
static bool
read_entry(struct tryst_cursor *c, struct tryst_nf_entry *e)
{
	const uint8_t *head = c->pos;
	uint32_t sum;

	e->packed = tryst_cursor_le32(c);
	e->plain = tryst_cursor_le32(c);
	e->history_len = tryst_cursor_le32(c);
	sum = tryst_cursor_le32(c);
	e->history = tryst_cursor_take(c, e->history_len);
	return e->history &&
	       sum == tryst_store_sum2(head, SHARD_ENTRY_HEAD - 4, e->history, e->history_len);
}

bool
tryst_shard_entry(const struct tryst_shard *s, const struct tryst_shard_unit *unit,
                  struct tryst_nf_entry *out)
{
	const struct tryst_shard_section *section = &s->sections[TRYST_SHARD_ENTRIES];
	struct tryst_cursor c = tryst_cursor_init(section->data, section->len);

	if (unit->entry) {
		tryst_cursor_skip(&c, unit->entry - 1);
		if (read_entry(&c, out))
			return true;
	}
	*out = (struct tryst_nf_entry){ 0 };
	return !unit->entry;
}

/* Every entry, one behind the other. */
static int
verify_entries(const struct tryst_shard *s, struct tryst_error *err)
{
	const struct tryst_shard_section *section = &s->sections[TRYST_SHARD_ENTRIES];
	struct tryst_cursor c = tryst_cursor_init(section->data, section->len);
	struct tryst_nf_entry entry;

	while (tryst_cursor_left(&c)) {
		if (!read_entry(&c, &entry))
			return damaged(s, TRYST_SHARD_ENTRIES, err);
	}
	return 0;
}

int
tryst_shard_verify(const struct tryst_shard *s, struct tryst_error *err)
{
	struct tryst_code_range all = { 0, s->dictionary.count - 1 };
	struct tryst_ip ips[TRYST_DICTIONARY_PAGE];
	struct tryst_block_set set = { 0 };
	struct tryst_shard_unit unit;
	uint32_t blocks = 0;
	int rc = tryst_shard_check_units(s, err);

	for (uint32_t i = 0; i < s->unit_count && rc == 0; i++) {
		if (!tryst_shard_unit(s, i, &unit))
			rc = damaged(s, TRYST_SHARD_UNITS, err);
		else if (!tryst_shard_entry(s, &unit, &unit.place.entry))
			rc = damaged(s, TRYST_SHARD_ENTRIES, err);
	}
	if (rc == 0)
		rc = verify_entries(s, err);
	if (rc == 0)
		rc = tryst_shard_check_sample(s, UINT64_MAX, &blocks, err);
	if (rc < 0)
		return rc;
	for (uint32_t i = 0; i < s->dictionary.pages && rc >= 0; i++)
		rc = tryst_dictionary_page(&s->dictionary, i, ips, err);
	if (rc >= 0)
		rc = tryst_block_set_init(&set, s->postings.blocks, err);
	if (rc == 0 && s->dictionary.count)
		rc = tryst_postings_blocks(&s->postings, &all, 1, &set, err);
	tryst_block_set_fini(&set);
	if (rc < 0)
		tryst_error_prefix(err, "%s", s->path);
	return rc;
}

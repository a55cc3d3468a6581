/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/segment.h"
#include "store/sum.h"

bool
tryst_segment_is(const uint8_t *head, size_t len)
{
	return len >= 8 && memcmp(head, TRYST_SEGMENT_MAGIC, 8) == 0;
}

static int
bad(struct tryst_error *err, const char *path, uint64_t at, const char *what)
{
	return tryst_error_set(err, TRYST_ERR_FORMAT, "%s: offset %llu: %s", path,
	                       (unsigned long long)at, what);
}

/* The bytes of the mapped file: to read a few costs less than to map the pages around them. */
static const uint8_t *
bytes_at(const struct tryst_segment *s, uint64_t at, uint8_t *buffer, size_t len)
{
	return pread(s->fd, buffer, len, (off_t)at) == (ssize_t)len ? buffer : s->data + at;
}

static int
check_head(const struct tryst_segment *s, struct tryst_error *err)
{
	uint8_t buffer[TRYST_SEGMENT_HEAD];
	const uint8_t *head = bytes_at(s, 0, buffer, sizeof(buffer));
	uint32_t version = tryst_load_le32(head + 8);

	if (!tryst_segment_is(head, sizeof(buffer)))
		return bad(err, s->path, 0, "not a segment of a store");
	if (tryst_load_le32(head + 12) != tryst_store_sum(head, 12))
		return bad(err, s->path, 0, "the head of the segment is damaged (checksum)");
	if (version != TRYST_SEGMENT_VERSION)
		return tryst_error_set(err, TRYST_ERR_UNSUPPORTED,
		                       "%s: made by a newer tryst (format %u, this one reads %u)",
		                       s->path, version, TRYST_SEGMENT_VERSION);
	return 0;
}

static void
read_foot(struct tryst_segment_info *info, struct tryst_cursor *c)
{
	tryst_cursor_skip(c, 8); /* checksum, version */
	info->size = tryst_cursor_le64(c);
	info->rows = tryst_cursor_le64(c);
	info->known = tryst_cursor_le64(c);
	info->blocks = tryst_cursor_le32(c);
	info->sample_blocks = tryst_cursor_le32(c);
	info->first_ms = (int64_t)tryst_cursor_le64(c);
	info->last_ms = (int64_t)tryst_cursor_le64(c);
	info->sane_first_ms = (int64_t)tryst_cursor_le64(c);
	info->sane_last_ms = (int64_t)tryst_cursor_le64(c);
	tryst_cursor_skip(c, 8); /* sections */
	for (unsigned i = 0; i < TRYST_SECTION_COUNT; i++) {
		info->sections[i].at = tryst_cursor_le64(c);
		info->sections[i].size = tryst_cursor_le64(c);
	}
}

/* Sections are within the file and before the foot; directories are as long as the blocks. */
static bool
sections_fit(const struct tryst_segment_info *info)
{
	uint64_t end = info->size - TRYST_SEGMENT_FOOT;

	for (unsigned i = 0; i < TRYST_SECTION_COUNT; i++) {
		if (info->sections[i].at > end ||
		    info->sections[i].size > end - info->sections[i].at)
			return false;
	}
	return info->sections[TRYST_SECTION_DIRECTORY].size == tryst_directory_size(info->blocks) &&
	       info->sections[TRYST_SECTION_SAMPLE_DIRECTORY].size ==
	               tryst_directory_size(info->sample_blocks);
}

static int
check_foot(struct tryst_segment *s, uint64_t size, struct tryst_error *err)
{
	uint8_t buffer[TRYST_SEGMENT_FOOT];
	const uint8_t *foot = bytes_at(s, size - TRYST_SEGMENT_FOOT, buffer, sizeof(buffer));
	struct tryst_cursor c = tryst_cursor_init(foot, TRYST_SEGMENT_FOOT);
	struct tryst_segment_info *info = &s->info;

	if (memcmp(foot + TRYST_SEGMENT_FOOT - 8, TRYST_SEGMENT_MAGIC, 8) != 0)
		return bad(err, s->path, size, "the segment is cut short: its foot is missing");
	if (tryst_load_le32(foot) != tryst_store_sum(foot + 4, TRYST_SEGMENT_FOOT - 4))
		return bad(err, s->path, size - TRYST_SEGMENT_FOOT,
		           "the foot of the segment is damaged (checksum)");
	read_foot(info, &c);
	if (!tryst_sample_info_read(&info->sample, &c) || info->size != size ||
	    info->blocks > TRYST_POSTINGS_BLOCKS_MAX || info->rows > TRYST_SEGMENT_ROWS ||
	    info->sample_blocks > info->blocks || !sections_fit(info))
		return bad(err, s->path, size - TRYST_SEGMENT_FOOT,
		           "the foot of the segment says what cannot be");
	return 0;
}

int
tryst_segment_open(struct tryst_segment *s, int fd, uint64_t size, const char *path,
                   struct tryst_error *err)
{
	void *data;
	int rc;

	*s = (struct tryst_segment){ .path = path, .fd = -1 };
	if (size < TRYST_SEGMENT_HEAD + TRYST_SEGMENT_FOOT)
		return bad(err, path, size,
		           "the segment is cut short: it has no room for its foot");
	data = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED)
		return tryst_error_errno(err, "%s", path);
	s->data = data;
	s->info.size = size;
	s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	rc = s->fd < 0 ? tryst_error_errno(err, "%s", path) : check_head(s, err);
	if (rc == 0)
		rc = check_foot(s, size, err);
	if (rc < 0) {
		s->info.size = size;
		tryst_segment_close(s);
	}
	return rc;
}

void
tryst_segment_close(struct tryst_segment *s)
{
	if (!s->data)
		return;
	union {
		const void *from;
		void *to;
	} data = { .from = s->data };

	(void)munmap(data.to, s->info.size);
	if (s->fd >= 0)
		(void)close(s->fd);
	s->data = NULL;
}

static struct tryst_block_entry
get_entry(const uint8_t *p)
{
	return (struct tryst_block_entry){
		.values_at = tryst_load_le64(p),
		.addresses_at = tryst_load_le64(p + 8),
		.values_size = tryst_load_le32(p + 16),
		.addresses_size = tryst_load_le32(p + 20),
		.first_ms = (int64_t)tryst_load_le64(p + 24),
		.last_ms = (int64_t)tryst_load_le64(p + 32),
		.rows = tryst_load_le32(p + 40),
		.first_row = tryst_load_le32(p + 44),
	};
}

static bool
entry_fits(const struct tryst_segment_info *info, const struct tryst_block_entry *e)
{
	uint64_t end = info->size - TRYST_SEGMENT_FOOT;

	return e->values_at <= end && e->values_size <= end - e->values_at &&
	       e->addresses_at <= end && e->addresses_size <= end - e->addresses_at &&
	       e->rows > 0 && e->rows <= TRYST_BATCH_ROWS && e->first_row <= info->rows &&
	       e->rows <= info->rows - e->first_row;
}

static uint32_t
directory_blocks(const struct tryst_segment *s, enum tryst_section directory)
{
	return directory == TRYST_SECTION_DIRECTORY ? s->info.blocks : s->info.sample_blocks;
}

const uint8_t *
tryst_segment_page_rows(const struct tryst_segment *s, enum tryst_section directory)
{
	uint32_t pages = tryst_segment_pages(directory_blocks(s, directory));
	uint64_t rows = 0, expected = directory == TRYST_SECTION_DIRECTORY
	                                      ? s->info.rows
	                                      : tryst_sample_rows(&s->info.sample);
	const uint8_t *p = s->data + s->info.sections[directory].at;

	if (tryst_load_le32(p) != tryst_store_sum(p + 4, (size_t)4 * pages))
		return NULL;
	for (uint32_t i = 0; i < pages; i++)
		rows += tryst_load_le32(p + 4 + (size_t)4 * i);
	return rows == expected ? p + 4 : NULL;
}

int
tryst_segment_page(const struct tryst_segment *s, enum tryst_section directory, uint32_t page,
                   struct tryst_block_entry out[TRYST_DIRECTORY_PAGE])
{
	uint32_t blocks = directory_blocks(s, directory);
	uint32_t first = page * TRYST_DIRECTORY_PAGE;
	uint32_t count = TRYST_MIN(blocks - first, (uint32_t)TRYST_DIRECTORY_PAGE);
	const uint8_t *p = s->data + s->info.sections[directory].at + 4 +
	                   (size_t)4 * tryst_segment_pages(blocks) +
	                   (size_t)page * TRYST_DIRECTORY_PAGE_SIZE;
	size_t size = TRYST_DIRECTORY_HEAD + (size_t)count * TRYST_DIRECTORY_ENTRY;

	assert(first < blocks);
	if (tryst_load_le32(p) != tryst_store_sum(p + 4, size - 4))
		return -1;
	for (uint32_t i = 0; i < count; i++) {
		out[i] = get_entry(p + TRYST_DIRECTORY_HEAD + (size_t)i * TRYST_DIRECTORY_ENTRY);
		if (!entry_fits(&s->info, &out[i]))
			return -1;
	}
	return (int)count;
}

bool
tryst_segment_group(const struct tryst_segment *s, const struct tryst_block_entry *e,
                    bool addresses, uint8_t *buffer, size_t size, struct tryst_group *out,
                    struct tryst_block_fault *fault)
{
	uint64_t at = addresses ? e->addresses_at : e->values_at;
	size_t len = addresses ? e->addresses_size : e->values_size;
	const uint8_t *data = s->data + at;

	if (len + TRYST_PACK_SLACK <= size && pread(s->fd, buffer, len, (off_t)at) == (ssize_t)len)
		data = buffer;
	if (!tryst_group_open(out, data, len, fault))
		return false;
	if (out->rows == e->rows)
		return true;
	*fault = (struct tryst_block_fault){ "not as many rows as the directory says",
		                             TRYST_STREAM_COUNT, 0 };
	return false;
}

bool
tryst_segment_block(const struct tryst_segment *s, const struct tryst_block_entry *e,
                    struct tryst_group *values, struct tryst_group *addresses,
                    struct tryst_block_fault *fault, uint64_t *at)
{
	*at = e->values_at;
	if (!tryst_segment_group(s, e, false, NULL, 0, values, fault))
		return false;
	*at = e->addresses_at;
	return tryst_segment_group(s, e, true, NULL, 0, addresses, fault);
}

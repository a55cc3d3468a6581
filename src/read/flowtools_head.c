/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of flow-tools files: of fixed layout in stream version 1, of entries `type, length,
 * value` in version 3; in the byte order that its third byte tells.
 */
#include "read/flowtools.h"

#include "base/cursor.h"
#include "read/file.h"

#define BIG_ENDIAN_FILE 2
#define FLAG_DONE 0x1
#define FLAG_COMPRESS 0x2
#define FLAG_STREAMING 0x8
#define FLAG_PRELOADED 0x20

enum entry {
	ENTRY_VERSION = 2,
	ENTRY_EXPORTER = 5,
	ENTRY_FLAGS = 8,
	ENTRY_FLOWS = 10,
	ENTRY_LOST = 11,
};

static uint32_t
take(struct tryst_cursor *c, unsigned size, bool big)
{
	const uint8_t *p = tryst_cursor_take(c, size);

	return p ? (uint32_t)tryst_fixed_uint(p, size, big) : 0;
}

/* A stream has no true counts in its header, unless they were known beforehand. */
static void
set_flags(struct ft_head *h, uint32_t flags)
{
	h->compressed = flags & FLAG_COMPRESS;
	h->complete = flags & FLAG_PRELOADED || ((flags & FLAG_DONE) && !(flags & FLAG_STREAMING));
}

static void
read_header1(struct ft_head *h, struct tryst_cursor *c)
{
	bool big = h->fixed.big;

	h->version = (uint16_t)take(c, 2, big);
	tryst_cursor_skip(c, 2 + 8);
	set_flags(h, take(c, 4, big));
	tryst_cursor_skip(c, 4);
	h->flows = take(c, 4, big);
	h->lost = take(c, 4, big);
	h->data_at = FT_HEADER1;
	tryst_cursor_skip(c, FT_HEADER1 - 32);
	/* What flow-tools of old wrote for v1. */
	if (h->version == UINT16_MAX)
		h->version = 1;
}

static void
read_entry(struct ft_head *h, uint32_t type, struct tryst_cursor *value)
{
	bool big = h->fixed.big;

	if (type == ENTRY_VERSION)
		h->version = (uint16_t)take(value, 2, big);
	else if (type == ENTRY_EXPORTER)
		h->exporter = take(value, 4, big);
	else if (type == ENTRY_FLAGS)
		set_flags(h, take(value, 4, big));
	else if (type == ENTRY_FLOWS)
		h->flows = take(value, 4, big);
	else if (type == ENTRY_LOST)
		h->lost = take(value, 4, big);
}

static void
read_header3(struct ft_head *h, struct tryst_cursor *c)
{
	uint32_t size = take(c, 4, h->fixed.big);
	struct tryst_cursor entries =
		tryst_cursor_sub(c, size < 8 || size > FT_HEADER_MAX ? SIZE_MAX : size - 8);

	/* Fewer bytes than an entry has at least pad. */
	while (tryst_cursor_left(&entries) >= 4) {
		uint32_t type = take(&entries, 2, h->fixed.big);
		uint32_t length = take(&entries, 2, h->fixed.big);
		struct tryst_cursor value = tryst_cursor_sub(&entries, length);

		if (!entries.failed)
			read_entry(h, type, &value);
	}
	c->failed |= entries.failed;
	h->data_at = size;
}

int
tryst_ft_head(struct ft_head *h, const struct tryst_file *file, struct tryst_error *err)
{
	uint8_t data[FT_HEADER_MAX];
	ssize_t got = tryst_file_read(file, 0, data, sizeof(data), err);
	struct tryst_cursor c = tryst_cursor_init(data, got < 0 ? 0 : (size_t)got);
	uint16_t magic;

	if (got < 0)
		return (int)got;
	*h = (struct ft_head){ .fixed = { .finish = tryst_ft_finish } };
	magic = tryst_cursor_be16(&c);
	h->fixed.big = tryst_cursor_u8(&c) == BIG_ENDIAN_FILE;
	h->stream = tryst_cursor_u8(&c);
	if (c.failed || magic != FT_MAGIC)
		return tryst_error_set(err, TRYST_ERR_FORMAT, "not a flow-tools file");
	if (h->stream == 1)
		read_header1(h, &c);
	else if (h->stream == 3)
		read_header3(h, &c);
	else
		return tryst_error_set(err, TRYST_ERR_UNSUPPORTED,
		                       "flow-tools file of stream version %u, 1 and 3 are known",
		                       h->stream);
	if (c.failed)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "the header of the flow-tools file is cut short or damaged");
	h->fixed.layout = tryst_ft_layout(h->stream, h->version);
	if (h->fixed.layout)
		return 0;
	return tryst_error_set(err, TRYST_ERR_UNSUPPORTED,
	                       "flow-tools file of NetFlow version %u in stream version %u: not "
	                       "read here, %s",
	                       h->version, h->stream,
	                       h->version == 8  ? "its records are sums over many flows"
	                       : h->stream == 1 ? "1 and 5 are"
	                                        : "1, 5, 6 and 7 are");
}

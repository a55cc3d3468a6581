/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compressed lists: gzip, zstd, lz4, xz and bzip2 as logs are read (read/codec.h), and zip archives
 * (PKWARE's APPNOTE 6.3), whose members are lists by themselves.
 *
 * Of a zip archive the central directory counts, as local headers may lack the sizes (4.4.4, bit
 * 3).  Stored and deflated members are read; encrypted, split and 64-bit archives are refused.
 * What is unpacked is bounded over all members, and archives in archives to two levels.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/library.h"
#include "read/codec.h"
#include "watch/impl.h"

#define DEPTH_MAX 2
#define MEMBERS_MAX 10000
#define STEP_BYTES ((size_t)1 << 20)

#define ZIP_END_BYTES 22
#define ZIP_COMMENT_MAX 65535
#define ZIP_END 0x06054b50u
#define ZIP_CENTRAL 0x02014b50u
#define ZIP_LOCAL 0x04034b50u
#define ZIP_ENCRYPTED 0x0001
#define ZIP_STORED 0
#define ZIP_DEFLATED 8

static bool
is_zip(const char *data, size_t len)
{
	return len >= 4 &&
	       (memcmp(data, "PK\x03\x04", 4) == 0 || memcmp(data, "PK\x05\x06", 4) == 0);
}

bool
tryst_list_is_packed(const char *data, size_t len)
{
	return is_zip(data, len) || tryst_codec_find((const uint8_t *)data, len);
}

/* Room for the next step of an unpacking, within what a load may unpack. */
static char *
room_make(struct tryst_watchlist *w, struct tryst_buf *out, size_t *room)
{
	*room = TRYST_MIN(STEP_BYTES, TRYST_LIST_BYTES_MAX - w->unpacked);
	return *room ? tryst_buf_reserve(out, *room) : NULL;
}

static int
room_error(const struct tryst_watchlist *w, const char *path, struct tryst_error *err)
{
	if (w->unpacked >= TRYST_LIST_BYTES_MAX)
		return tryst_error_set(err, TRYST_ERR_LIMIT, "%s: unpacks to more than 1 GiB",
		                       path);
	return tryst_error_nomem(err);
}

/* All members or frames, one behind the other. */
static int
codec_unpack(struct tryst_watchlist *w, const struct tryst_codec *codec, const char *path,
             const char *data, size_t len, struct tryst_buf *out, struct tryst_error *err)
{
	struct tryst_codec_span span = { .in = (const uint8_t *)data, .in_len = len };
	void *state = NULL;
	int rc = codec->open(&state, err);
	enum tryst_codec_step step = TRYST_CODEC_DONE;

	if (rc == TRYST_ERR_UNSUPPORTED)
		tryst_error_prefix(err, "%s", path);
	while (rc == 0 && (step == TRYST_CODEC_MORE || codec->magic(span.in, span.in_len))) {
		size_t room, before = span.in_len;
		char *to = room_make(w, out, &room);

		if (!to || (step == TRYST_CODEC_DONE && !codec->reset(state))) {
			rc = room_error(w, path, err);
			break;
		}
		span.out = (uint8_t *)to;
		span.out_len = room;
		step = codec->step(state, &span);
		out->len += room - span.out_len;
		w->unpacked += room - span.out_len;
		if (step == TRYST_CODEC_NOMEM)
			rc = tryst_error_nomem(err);
		else if (step == TRYST_CODEC_BAD)
			rc = tryst_error_set(err, TRYST_ERR_FORMAT, "%s: damaged %s data: %s", path,
			                     codec->name, span.why);
		else if (step == TRYST_CODEC_MORE && span.out_len == room && span.in_len == before)
			rc = tryst_error_set(err, TRYST_ERR_FORMAT, "%s: the %s data ends early",
			                     path, codec->name);
	}
	if (state)
		codec->close(state);
	return rc;
}

/* A member of an archive, as the central directory has it. */
struct member {
	uint16_t flags, method;
	uint32_t crc, packed, size, at;
	struct tryst_slice name;
};

static bool
member_read(struct tryst_cursor *c, struct member *m)
{
	uint16_t name, extra, comment;
	const uint8_t *p;

	if (tryst_cursor_le32(c) != ZIP_CENTRAL)
		return false;
	tryst_cursor_skip(c, 4);
	m->flags = tryst_cursor_le16(c);
	m->method = tryst_cursor_le16(c);
	tryst_cursor_skip(c, 4);
	m->crc = tryst_cursor_le32(c);
	m->packed = tryst_cursor_le32(c);
	m->size = tryst_cursor_le32(c);
	name = tryst_cursor_le16(c);
	extra = tryst_cursor_le16(c);
	comment = tryst_cursor_le16(c);
	tryst_cursor_skip(c, 8);
	m->at = tryst_cursor_le32(c);
	p = tryst_cursor_take(c, name);
	m->name = (struct tryst_slice){ (const char *)p, p ? name : 0 };
	tryst_cursor_skip(c, (size_t)extra + comment);
	return !c->failed;
}

/* The compressed bytes of a member, behind its local header. */
static struct tryst_cursor
member_data(const char *data, size_t len, const struct member *m)
{
	struct tryst_cursor c = tryst_cursor_init(data, len);
	uint16_t name, extra;

	tryst_cursor_skip(&c, m->at);
	c.failed |= tryst_cursor_le32(&c) != ZIP_LOCAL;
	tryst_cursor_skip(&c, 22);
	name = tryst_cursor_le16(&c);
	extra = tryst_cursor_le16(&c);
	tryst_cursor_skip(&c, (size_t)name + extra);
	return tryst_cursor_sub(&c, m->packed);
}

static const char no_memory[] = "out of memory";

/* Returns what is wrong, or NULL. */
static const char *
deflate_unpack(struct tryst_watchlist *w, struct tryst_cursor in, struct tryst_buf *out)
{
	const struct tryst_zlib *zlib = tryst_zlib(NULL);
	z_stream z = { 0 };
	int rc = zlib->inflateInit2_(&z, -15, ZLIB_VERSION, sizeof(z));
	const char *why = rc == Z_OK ? NULL : no_memory;

	z.next_in = (z_const Bytef *)(uintptr_t)in.pos;
	z.avail_in = (uInt)tryst_cursor_left(&in);
	while (!why && rc != Z_STREAM_END) {
		size_t room;
		char *to = room_make(w, out, &room);

		if (!to) {
			why = "unpacks to more than 1 GiB";
			break;
		}
		z.next_out = (Bytef *)to;
		z.avail_out = (uInt)room;
		rc = zlib->inflate(&z, Z_NO_FLUSH);
		out->len += room - z.avail_out;
		w->unpacked += room - z.avail_out;
		if (rc != Z_OK && rc != Z_STREAM_END)
			why = rc == Z_BUF_ERROR   ? "the data ends early"
			      : rc == Z_MEM_ERROR ? no_memory
			                          : "damaged data";
	}
	(void)zlib->inflateEnd(&z);
	return why;
}

/* Returns what is wrong, or NULL. */
static const char *
member_unpack(struct tryst_watchlist *w, struct tryst_cursor in, const struct member *m,
              struct tryst_buf *out)
{
	const char *why = NULL;

	if (in.failed)
		return "it is not where the directory says";
	if (m->flags & ZIP_ENCRYPTED)
		return "encrypted: unpack the archive first";
	if (m->method == ZIP_STORED && w->unpacked + m->packed <= TRYST_LIST_BYTES_MAX) {
		tryst_buf_add(out, in.pos, m->packed);
		w->unpacked += m->packed;
	} else if (m->method == ZIP_DEFLATED) {
		why = deflate_unpack(w, in, out);
	} else {
		why = "compressed in a way that is not read: unpack the archive first";
	}
	if (!why && (out->len != m->size ||
	             tryst_zlib(NULL)->crc32_z(0, (const Bytef *)(out->data ? out->data : ""),
	                                       out->len) != m->crc))
		why = "the data does not match its check sum";
	return why;
}

/* One member as a list, `archive:member`. */
static int
member_parse(struct tryst_watchlist *w, const char *path, const char *data, size_t len,
             const struct member *m, unsigned depth, struct tryst_error *err)
{
	struct tryst_buf name = { 0 }, out = { 0 };
	const char *why;
	int rc;

	tryst_buf_printf(&name, "%s:", path);
	tryst_buf_safe(&name, m->name.data, m->name.len);
	why = member_unpack(w, member_data(data, len, m), m, &out);
	if (name.failed || out.failed || why == no_memory)
		rc = tryst_error_nomem(err);
	else if (why)
		rc = tryst_error_set(err, TRYST_ERR_FORMAT, "%s: %s", name.data, why);
	else
		rc = tryst_list_parse(w, name.data, out.data ? out.data : "", out.len, depth + 1,
		                      err);
	tryst_buf_fini(&name);
	tryst_buf_fini(&out);
	return rc;
}

/* The central directory, by the record at the end; failed when there is none. */
static struct tryst_cursor
zip_directory(const char *data, size_t len, unsigned *members)
{
	size_t back = TRYST_MIN(len, (size_t)ZIP_END_BYTES + ZIP_COMMENT_MAX);
	struct tryst_cursor c = { .failed = true };

	*members = 0;
	for (size_t i = ZIP_END_BYTES; i <= back; i++) {
		uint32_t size, at;

		c = tryst_cursor_init(data + len - i, i);
		if (tryst_cursor_le32(&c) != ZIP_END)
			continue;
		tryst_cursor_skip(&c, 6);
		*members = tryst_cursor_le16(&c);
		size = tryst_cursor_le32(&c);
		at = tryst_cursor_le32(&c);
		c = tryst_cursor_init(data, len);
		tryst_cursor_skip(&c, at);
		return tryst_cursor_sub(&c, size);
	}
	c.failed = true;
	return c;
}

static int
zip_parse(struct tryst_watchlist *w, const char *path, const char *data, size_t len, unsigned depth,
          struct tryst_error *err)
{
	struct tryst_error one = { 0 }, first = { 0 };
	unsigned members, good = 0;
	struct tryst_cursor c = zip_directory(data, len, &members);
	struct member m;

	if (!tryst_zlib(err)) {
		tryst_error_prefix(err, "%s", path);
		return err->code;
	}
	if (c.failed || members > MEMBERS_MAX)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "%s: damaged or unusual zip archive: unpack it first", path);
	for (unsigned i = 0; i < members && member_read(&c, &m); i++) {
		int rc;

		if (!m.name.len || m.name.data[m.name.len - 1] == '/')
			continue;
		rc = member_parse(w, path, data, len, &m, depth, &one);
		if (rc == TRYST_ERR_NOMEM)
			return tryst_error_nomem(err);
		good += rc == 0;
		if (rc < 0 && !first.code)
			first = one;
	}
	if (!first.code && !c.failed && good)
		return 0;
	if (!good)
		return tryst_error_set(err, TRYST_ERR_FORMAT, "%s",
		                       first.code ? first.text : "no list in the zip archive");
	/* What is missing is no fault of one line, but the list is not whole. */
	return tryst_list_reject(w, 1, first.code ? first.text : "the zip archive is damaged",
	                         (struct tryst_slice){ 0 });
}

int
tryst_list_unpack(struct tryst_watchlist *w, const char *path, const char *data, size_t len,
                  unsigned depth, struct tryst_error *err)
{
	const struct tryst_codec *codec = tryst_codec_find((const uint8_t *)data, len);
	struct tryst_buf out = { 0 };
	int rc;

	if (depth >= DEPTH_MAX)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "%s: packed more than twice: unpack it first", path);
	if (is_zip(data, len))
		return zip_parse(w, path, data, len, depth, err);
	rc = codec_unpack(w, codec, path, data, len, &out, err);
	if (rc == 0 && out.failed)
		rc = tryst_error_nomem(err);
	if (rc == 0)
		rc = tryst_list_parse(w, path, out.data ? out.data : "", out.len, depth + 1, err);
	tryst_buf_fini(&out);
	return rc;
}

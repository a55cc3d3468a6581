/* SPDX-License-Identifier: Apache-2.0 */
#include "read/nfdump_blocks.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"

/* Indexes note the parts of files: whoever changes this raises TRYST_SHARD_VERSION. */
#define PART_BYTES                                                                                 \
	(1u << 20) /* a part is at least this much, so that many small blocks cost little */
#define SEARCH_WINDOW (1u << 16)

/* What walking the chain needs to know. */
struct chain {
	int fd;
	uint64_t end; /* of the blocks: the appendix or the end of the file */
	enum nf_packing packing;
	uint64_t stat_flows;
};

const char *
tryst_nf_packing_name(enum nf_packing packing)
{
	static const char *const names[] = { "none", "lzo", "bz2", "lz4", "zstd" };

	return names[packing];
}

void
tryst_nf_blocks_fini(struct nf_blocks *b)
{
	free(b->list);
	free(b->parts);
	*b = (struct nf_blocks){ 0 };
}

/* Whether 12 bytes may be the header of a block that ends before `end`; *fits: it really does. */
static bool
header_ok(const struct chain *c, const uint8_t *p, uint64_t at, struct nf_block *b, bool *fits)
{
	uint32_t records = tryst_load_le32(p), size = tryst_load_le32(p + 4);
	uint16_t type = tryst_load_le16(p + 8), flags = tryst_load_le16(p + 10);
	uint64_t left = c->end - at - NF_BLOCK_HEADER;

	*b = (struct nf_block){ .offset = at, .size = size, .records = records };
	b->packing = flags & 1 ? NF_PLAIN : c->packing;
	*fits = size <= left;
	if (!*fits) {
		b->cut = (uint32_t)(size - left);
		b->size = (uint32_t)left;
	}
	if (type == 0 || type > 4 || flags > 7 || size > NF_BLOCK_MAX)
		return false;
	/* Every record has at least four bytes. */
	return b->packing != NF_PLAIN || records <= size / 4;
}

static bool
header_at(const struct chain *c, uint64_t at, struct nf_block *b, bool *fits)
{
	uint8_t p[NF_BLOCK_HEADER];

	if (c->end - at < sizeof(p) || pread(c->fd, p, sizeof(p), (off_t)at) != sizeof(p))
		return false;
	return header_ok(c, p, at, b, fits);
}

/* Whether a chain of blocks begins at a header: it goes on for some blocks or ends where it should.
 */
static bool
chain_begins(const struct chain *c, struct nf_block b)
{
	bool fits;

	for (int i = 0; i < 4; i++) {
		uint64_t next = b.offset + NF_BLOCK_HEADER + b.size;

		if (next == c->end)
			return true;
		if (!header_at(c, next, &b, &fits) || !fits)
			return false;
	}
	return true;
}

/* Searches the next place at or behind `at` where a chain begins; the end if there is none. */
static uint64_t
chain_search(const struct chain *c, uint64_t at)
{
	uint8_t window[SEARCH_WINDOW];

	while (at < c->end) {
		size_t want = (size_t)TRYST_MIN(c->end - at, (uint64_t)sizeof(window));
		ssize_t got = pread(c->fd, window, want, (off_t)at);

		if (got < (ssize_t)NF_BLOCK_HEADER)
			return c->end;
		for (size_t i = 0; i + NF_BLOCK_HEADER <= (size_t)got; i++) {
			struct nf_block b;
			bool fits;

			if (window[i + 8] != 2 && window[i + 8] != 3)
				continue;
			if (header_ok(c, window + i, at + i, &b, &fits) && fits && b.size &&
			    b.records && chain_begins(c, b))
				return at + i;
		}
		at += (size_t)got - (NF_BLOCK_HEADER - 1);
		if ((size_t)got < sizeof(window))
			return c->end;
	}
	return c->end;
}

static int
add_block(struct nf_blocks *bs, const struct nf_block *b, struct tryst_error *err)
{
	if (bs->count == bs->room) {
		size_t room = TRYST_MAX(bs->room * 2, (size_t)64);
		struct nf_block *list = reallocarray(bs->list, room, sizeof(*list));

		if (!list)
			return tryst_error_nomem(err);
		bs->list = list;
		bs->room = room;
	}
	bs->list[bs->count++] = *b;
	return 0;
}

/* The chain broke at `at`; returns where it goes on. */
static uint64_t
skip_damage(const struct chain *c, uint64_t at, struct tryst_health *h)
{
	uint64_t next = chain_search(c, at + 1);

	h->damaged_blocks++;
	h->damaged_bytes += next - at;
	tryst_health_note(h, at, 0, "offset %llu: no block header, the next one is %s%llu",
	                  (unsigned long long)at, next == c->end ? "none up to the end at " : "at ",
	                  (unsigned long long)next);
	return next;
}

static int
walk_chain(struct nf_blocks *bs, const struct chain *c, uint64_t at, struct tryst_health *h,
           struct tryst_error *err)
{
	int rc = 0;

	while (rc == 0 && at < c->end) {
		struct nf_block b;
		bool fits;

		if (!header_at(c, at, &b, &fits) || (!fits && chain_search(c, at + 1) != c->end)) {
			at = skip_damage(c, at, h);
			continue;
		}
		at = b.offset + NF_BLOCK_HEADER + b.size;
		if (!fits && b.packing != NF_PLAIN) {
			h->damaged_blocks++;
			h->damaged_bytes += b.size;
			tryst_health_note(
				h, b.offset, 0,
				"block at offset %llu: cut short, %u of %u packed bytes are "
				"there, about %u records lost",
				(unsigned long long)b.offset, b.size, b.size + b.cut, b.records);
			break;
		}
		if (b.size)
			rc = add_block(bs, &b, err);
	}
	return rc;
}

static int
make_parts(struct nf_blocks *bs, struct tryst_error *err)
{
	uint64_t bytes = 0;

	bs->parts = calloc(bs->count + 1, sizeof(*bs->parts));
	if (!bs->parts)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < bs->count; i++) {
		if (bs->part_count == 0 || (bs->v2 && bytes >= PART_BYTES)) {
			bs->parts[bs->part_count++].first = i;
			bytes = 0;
		}
		bs->parts[bs->part_count - 1].count++;
		bytes += bs->list[i].size;
	}
	return 0;
}

static int
header_v1(struct chain *c, const uint8_t *head, struct tryst_health *h, struct tryst_error *err)
{
	uint32_t flags = tryst_load_le32(head + 4);

	if (c->end < NF_V1_HEADER)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "nfdump file of %llu bytes: its header alone has %u",
		                       (unsigned long long)c->end, NF_V1_HEADER);
	c->packing = flags & 1 ? NF_LZO : flags & 8 ? NF_BZ2 : flags & 16 ? NF_LZ4 : NF_PLAIN;
	c->stat_flows = tryst_load_le64(head + 140);
	h->sequence_lost += tryst_load_le32(head + NF_V1_HEADER - 4);
	return tryst_nf_unpack_ready(c->packing, err);
}

/* The statistics in the appendix, a block, hold the sequence failures the collector saw. */
static void
read_appendix(struct chain *c, const struct nf_block *block, struct tryst_health *h)
{
	uint8_t packed[4096], plain[4096];
	struct nf_block b = *block;
	size_t len = 0;

	if (b.size > sizeof(packed) ||
	    pread(c->fd, packed, b.size, (off_t)(b.offset + NF_BLOCK_HEADER)) != (ssize_t)b.size)
		return;
	len = tryst_nf_unpack(b.packing, packed, b.size, plain, sizeof(plain));
	for (struct tryst_cursor a = tryst_cursor_init(plain, len); tryst_cursor_left(&a) >= 4;) {
		uint16_t type = tryst_cursor_le16(&a), bytes = tryst_cursor_le16(&a);
		struct tryst_cursor record =
			tryst_cursor_sub(&a, bytes < 4 ? SIZE_MAX : bytes - 4u);

		if (type != NF_RECORD_STAT)
			continue;
		c->stat_flows = tryst_cursor_le64(&record);
		tryst_cursor_skip(&record, 16 * sizeof(uint64_t));
		h->sequence_lost += tryst_cursor_le64(&record);
	}
}

/*
 * Ends the chain at the appendix.  Where the header's offset points at no block it is damaged, and
 * to believe it would lose all blocks behind it.
 */
static void
find_appendix(struct chain *c, uint64_t at, struct tryst_health *h)
{
	struct nf_block b;
	bool fits;

	if (at > c->end) {
		tryst_health_note(h, c->end, 0,
		                  "the file ends at %llu, its header says it goes beyond %llu",
		                  (unsigned long long)c->end, (unsigned long long)at);
		h->damaged_bytes += at - c->end;
	} else if (at >= NF_V2_HEADER && at < c->end) {
		if (header_at(c, at, &b, &fits) && fits && b.size && chain_begins(c, b)) {
			c->end = at;
			read_appendix(c, &b, h);
			return;
		}
		tryst_health_note(h, 0, 0,
		                  "no appendix at offset %llu, where the header says it is: read "
		                  "on to the end",
		                  (unsigned long long)at);
		h->damaged_blocks++;
	}
}

static int
header_v2(struct chain *c, const uint8_t *head, struct tryst_health *h, struct tryst_error *err)
{
	uint8_t packing = head[16], encryption = head[17];

	if (c->end < NF_V2_HEADER)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "nfdump file of %llu bytes: its header alone has %u",
		                       (unsigned long long)c->end, NF_V2_HEADER);
	if (encryption)
		return tryst_error_set(err, TRYST_ERR_UNSUPPORTED, "the nfdump file is encrypted");
	if (packing > NF_ZSTD)
		return tryst_error_set(err, TRYST_ERR_UNSUPPORTED,
		                       "nfdump file with compression %u, 0 to 4 are known",
		                       packing);
	c->packing = packing;
	if (tryst_nf_unpack_ready(c->packing, err) < 0)
		return err->code;
	find_appendix(c, tryst_load_le64(head + 24), h);
	return 0;
}

/* What does not begin as nfdump files do here. */
static int
other_magic(const uint8_t *head, uint16_t magic, struct tryst_error *err)
{
	struct tryst_buf begin = { 0 };

	if (magic == __builtin_bswap16(NF_MAGIC))
		return tryst_error_set(err, TRYST_ERR_UNSUPPORTED,
		                       "an nfdump file written on a big-endian machine");
	tryst_buf_safe(&begin, (const char *)head, 4);
	(void)tryst_error_set(err, TRYST_ERR_FORMAT, "no nfdump file: begins with \"%s\"",
	                      begin.failed ? "" : begin.data);
	tryst_buf_fini(&begin);
	return TRYST_ERR_FORMAT;
}

int
tryst_nf_blocks_find(struct nf_blocks *b, const struct tryst_file *file,
                     const uint8_t head[NF_V1_HEADER], struct tryst_health *h,
                     struct tryst_error *err)
{
	uint16_t magic = tryst_load_le16(head), version = tryst_load_le16(head + 2);
	struct chain c = { .fd = file->fd, .end = file->size };
	int rc;

	if (magic != NF_MAGIC)
		return other_magic(head, magic, err);
	if (version != 1 && version != 2)
		return tryst_error_set(err, TRYST_ERR_UNSUPPORTED,
		                       "nfdump file of layout %u, 1 and 2 are known", version);
	b->v2 = version == 2;
	rc = b->v2 ? header_v2(&c, head, h, err) : header_v1(&c, head, h, err);
	if (rc == 0)
		rc = walk_chain(b, &c, b->v2 ? NF_V2_HEADER : NF_V1_HEADER, h, err);
	b->stat_flows = c.stat_flows;
	if (rc == 0)
		rc = make_parts(b, err);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "read/silk.h"

#include <stdlib.h>

#include "read/file.h"

#define PART_BYTES (1u << 18) /* packed; a part is at least this much */
#define SEARCH_WINDOW (1u << 16)

static bool
head_ok(const struct silk_head *h, const uint8_t *p, struct silk_block *b)
{
	struct tryst_cursor c = tryst_cursor_init(p, SILK_BLOCK_HEAD);

	b->packed = tryst_cursor_be32(&c);
	b->plain = tryst_cursor_be32(&c);
	return b->packed && b->packed <= SILK_BLOCK_MAX && b->plain && b->plain <= SILK_BLOCK_MAX &&
	       b->plain % h->fixed.layout->size == 0;
}

int
tryst_silk_block(const struct silk_head *h, const struct tryst_file *file, uint64_t at,
                 struct silk_block *b, struct tryst_error *err)
{
	uint8_t p[SILK_BLOCK_HEAD];
	ssize_t got = tryst_file_read(file, at, p, sizeof(p), err);

	if (got < 0)
		return (int)got;
	return (size_t)got == sizeof(p) && head_ok(h, p, b);
}

/* Whether the block fits and the next one, if there should be one, may be one. */
static int
chain_begins(const struct silk_head *h, const struct tryst_file *file, uint64_t at,
             const struct silk_block *b, struct tryst_error *err)
{
	uint64_t next = at + SILK_BLOCK_HEAD + b->packed;
	struct silk_block behind;

	if (next >= file->size)
		return next == file->size;
	return tryst_silk_block(h, file, next, &behind, err);
}

/* Searches the next place at or behind *at where a chain begins; the end if there is none. */
static int
chain_search(const struct silk_head *h, const struct tryst_file *file, uint64_t *at,
             struct tryst_error *err)
{
	uint8_t window[SEARCH_WINDOW];

	while (*at + SILK_BLOCK_HEAD < file->size) {
		ssize_t got = tryst_file_read(file, *at, window, sizeof(window), err);

		if (got < 0)
			return (int)got;
		if (got < (ssize_t)SILK_BLOCK_HEAD)
			break;
		for (size_t i = 0; i + SILK_BLOCK_HEAD <= (size_t)got; i++) {
			struct silk_block b;
			int rc = head_ok(h, window + i, &b)
			                 ? chain_begins(h, file, *at + i, &b, err)
			                 : 0;

			if (rc == 0)
				continue;
			*at += i;
			return rc < 0 ? rc : 0;
		}
		*at += (size_t)got - (SILK_BLOCK_HEAD - 1);
	}
	*at = file->size;
	return 0;
}

/* The chain broke at *at, which moves to where it goes on. */
static int
skip_damage(const struct silk_head *h, const struct tryst_file *file, uint64_t *at, bool head,
            struct tryst_health *health, struct tryst_error *err)
{
	uint64_t from = *at;
	int rc;

	++*at;
	rc = chain_search(h, file, at, err);
	if (rc < 0)
		return rc;
	health->damaged_blocks++;
	health->damaged_bytes += *at - from;
	if (head && *at == file->size)
		tryst_health_note(health, from, 0, "block at offset %llu: the file ends inside it",
		                  (unsigned long long)from);
	else
		tryst_health_note(health, from, 0,
		                  "offset %llu: no block begins here, the next one is %s%llu",
		                  (unsigned long long)from,
		                  *at == file->size ? "none up to the end at " : "at ",
		                  (unsigned long long)*at);
	return 0;
}

/* Adds [from, to) to the last part, or to a new one when that is full or does not end there. */
static int
add(struct silk_parts *p, uint64_t from, uint64_t to, struct tryst_error *err)
{
	struct silk_part *last = p->count ? &p->list[p->count - 1] : NULL;

	if (last && last->to == from && last->to - last->from < PART_BYTES) {
		last->to = to;
		return 0;
	}
	if (p->count == p->room) {
		size_t room = TRYST_MAX(p->room * 2, (size_t)16);
		struct silk_part *list = reallocarray(p->list, room, sizeof(*list));

		if (!list)
			return tryst_error_nomem(err);
		p->list = list;
		p->room = room;
	}
	p->list[p->count++] = (struct silk_part){ from, to };
	return 0;
}

/* Whether nothing but the end mark, a packed size of 0, stands at the end. */
static int
at_end(const struct tryst_file *file, uint64_t at, struct tryst_error *err)
{
	uint8_t mark[4];
	ssize_t got;

	if (file->size - at != sizeof(mark))
		return 0;
	got = tryst_file_read(file, at, mark, sizeof(mark), err);
	return got < 0 ? (int)got : got == sizeof(mark) && !(mark[0] | mark[1] | mark[2] | mark[3]);
}

int
tryst_silk_parts(struct silk_parts *p, const struct silk_head *h, const struct tryst_file *file,
                 struct tryst_health *health, struct tryst_error *err)
{
	uint64_t at = h->data_at;
	int rc = 0;

	*p = (struct silk_parts){ 0 };
	while (rc == 0 && at < file->size) {
		struct silk_block b;
		uint64_t next;
		int head = tryst_silk_block(h, file, at, &b, err);

		if (head < 0)
			return head;
		next = at + SILK_BLOCK_HEAD + b.packed;
		if (head && next <= file->size) {
			rc = add(p, at, next, err);
			at = next;
			continue;
		}
		rc = at_end(file, at, err);
		if (rc != 0)
			return rc < 0 ? rc : 0;
		rc = skip_damage(h, file, &at, head, health, err);
	}
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Where the blocks of a compressed file stand, and how they are grouped into parts. */
#include "read/silk.h"

#include <stdlib.h>

#include "read/file.h"

#define SEARCH_WINDOW (1u << 16)
#define WALK_WINDOW 4096

/* The walk over the heads of blocks. */
struct walk {
	const struct silk_head *head;
	const struct tryst_file *file;
	struct tryst_health *health;
	uint64_t data_at; /* where in the file data is from: many small blocks cost one read */
	size_t len;
	uint8_t data[WALK_WINDOW];
};

bool
tryst_silk_block(const struct silk_head *h, const uint8_t *p, struct silk_block *b)
{
	struct tryst_cursor c = tryst_cursor_init(p, SILK_BLOCK_HEAD);

	b->packed = tryst_cursor_be32(&c);
	b->plain = tryst_cursor_be32(&c);
	return b->packed && b->packed <= SILK_BLOCK_MAX && b->plain && b->plain <= SILK_BLOCK_MAX &&
	       b->plain % h->fixed.layout->size == 0;
}

/* The bytes at an offset, at most n, in *p: how many, or negative. */
static int
peek(struct walk *w, uint64_t at, size_t n, const uint8_t **p, struct tryst_error *err)
{
	ssize_t got;

	if (at < w->data_at || at + n > w->data_at + w->len) {
		got = tryst_file_read(w->file, at, w->data, sizeof(w->data), err);
		if (got < 0)
			return (int)got;
		w->data_at = at;
		w->len = (size_t)got;
	}
	*p = w->data + (at - w->data_at);
	return (int)TRYST_MIN((uint64_t)n, w->data_at + w->len - at);
}

/* Whether the head of a block is at an offset: 1, 0, or negative. */
static int
block_at(struct walk *w, uint64_t at, struct silk_block *b, struct tryst_error *err)
{
	const uint8_t *p;
	int got = peek(w, at, SILK_BLOCK_HEAD, &p, err);

	return got < (int)SILK_BLOCK_HEAD ? TRYST_MIN(got, 0) : tryst_silk_block(w->head, p, b);
}

/* Whether the block fits and the next one, if there should be one, may be one. */
static int
chain_begins(struct walk *w, uint64_t at, const struct silk_block *b, struct tryst_error *err)
{
	uint64_t next = at + SILK_BLOCK_HEAD + b->packed;
	struct silk_block behind;

	if (next >= w->file->size)
		return next == w->file->size;
	return block_at(w, next, &behind, err);
}

/* Searches the next place at or behind *at where a chain begins; the end if there is none. */
static int
chain_search(struct walk *w, uint64_t *at, struct tryst_error *err)
{
	uint8_t window[SEARCH_WINDOW];

	while (*at + SILK_BLOCK_HEAD < w->file->size) {
		ssize_t got = tryst_file_read(w->file, *at, window, sizeof(window), err);

		if (got < 0)
			return (int)got;
		if (got < (ssize_t)SILK_BLOCK_HEAD)
			break;
		for (size_t i = 0; i + SILK_BLOCK_HEAD <= (size_t)got; i++) {
			struct silk_block b;
			int rc = tryst_silk_block(w->head, window + i, &b)
			                 ? chain_begins(w, *at + i, &b, err)
			                 : 0;

			if (rc == 0)
				continue;
			*at += i;
			return rc < 0 ? rc : 0;
		}
		*at += (size_t)got - (SILK_BLOCK_HEAD - 1);
	}
	*at = w->file->size;
	return 0;
}

/* The chain broke at *at, which moves to where it goes on. */
static int
skip_damage(struct walk *w, uint64_t *at, bool head, struct tryst_error *err)
{
	struct tryst_health *h = w->health;
	uint64_t from = *at;
	int rc;

	++*at;
	rc = chain_search(w, at, err);
	if (rc < 0)
		return rc;
	h->damaged_blocks++;
	h->damaged_bytes += *at - from;
	if (head && *at == w->file->size)
		tryst_health_note(h, from, 0, "block at offset %llu: the file ends inside it",
		                  (unsigned long long)from);
	else
		tryst_health_note(h, from, 0,
		                  "offset %llu: no block begins here, the next one is %s%llu",
		                  (unsigned long long)from,
		                  *at == w->file->size ? "none up to the end at " : "at ",
		                  (unsigned long long)*at);
	return 0;
}

/* Adds [from, to) to the last part, or to a new one when that is full or does not end there. */
static int
add(struct silk_parts *p, uint64_t from, uint64_t to, struct tryst_error *err)
{
	struct silk_part *last = p->count ? &p->list[p->count - 1] : NULL;

	if (last && last->to == from && last->to - last->from < SILK_PART_FULL) {
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

/* Whether nothing but the end mark, a packed size of 0, stands at the end: 1, 0, or negative. */
static int
ends_at(struct walk *w, uint64_t at, struct tryst_error *err)
{
	const uint8_t *p;
	int got = w->file->size - at == 4 ? peek(w, at, 4, &p, err) : 0;

	return got < 4 ? TRYST_MIN(got, 0) : !(p[0] | p[1] | p[2] | p[3]);
}

int
tryst_silk_parts(struct silk_parts *p, const struct silk_head *h, const struct tryst_file *file,
                 struct tryst_health *health, struct tryst_error *err)
{
	struct walk w = { .head = h, .file = file, .health = health };
	uint64_t at = h->data_at;
	int rc = 0;

	*p = (struct silk_parts){ 0 };
	while (rc == 0 && at < file->size) {
		struct silk_block b = { 0 };
		uint64_t next;
		int head = block_at(&w, at, &b, err);

		if (head < 0)
			return head;
		next = at + SILK_BLOCK_HEAD + b.packed;
		if (head && next <= file->size) {
			rc = add(p, at, next, err);
			at = next;
			continue;
		}
		rc = ends_at(&w, at, err);
		if (rc != 0)
			return rc < 0 ? rc : 0;
		rc = skip_damage(&w, &at, head, err);
	}
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/piece.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "flow/health.h"

/* Twice what a block's src and dst may have; the other four fields hardly ever fill it. */
#define SLOT_BITS 14
#define SLOTS (1u << SLOT_BITS)

struct tryst_cutter {
	struct tryst_batch rows; /* of the block being filled */
	uint32_t input;
	struct tryst_block_encoder *encoder;
	uint64_t seed;
	uint32_t addresses;
	struct tryst_ip *list; /* TRYST_PIECE_ADDRESSES_MAX */
	uint16_t *slots;       /* place + 1 */
	uint16_t *places[TRYST_FIELD_COUNT];
	uint16_t *places_memory;
};

int
tryst_cutter_new(struct tryst_cutter **out, struct tryst_error *err)
{
	struct tryst_cutter *c = calloc(1, sizeof(*c));
	uint64_t fields = TRYST_ADDRESS_BITS;
	uint16_t *next;
	int rc = 0;

	if (!c)
		return tryst_error_nomem(err);
	c->list = reallocarray(NULL, TRYST_PIECE_ADDRESSES_MAX, sizeof(*c->list));
	c->slots = malloc(SLOTS * sizeof(*c->slots));
	c->places_memory = malloc(sizeof(*c->places_memory) * TRYST_PIECE_ADDRESSES_MAX);
	if (!c->list || !c->slots || !c->places_memory)
		rc = tryst_error_nomem(err);
	if (rc == 0)
		rc = tryst_block_encoder_new(&c->encoder, err);
	if (rc == 0)
		rc = tryst_batch_init(&c->rows, TRYST_STORED_BITS, err);
	if (rc < 0) {
		tryst_cutter_free(c);
		return rc;
	}
	next = c->places_memory;
	for (unsigned f = 0; fields >> f; f++) {
		if (!(fields >> f & 1))
			continue;
		c->places[f] = next;
		next += TRYST_BATCH_ROWS;
	}
	/* So that nobody can choose addresses that all fall into one slot. */
	if (getrandom(&c->seed, sizeof(c->seed), GRND_NONBLOCK) != sizeof(c->seed))
		c->seed = (uintptr_t)c;
	*out = c;
	return 0;
}

void
tryst_cutter_free(struct tryst_cutter *c)
{
	if (!c)
		return;
	tryst_batch_fini(&c->rows);
	tryst_block_encoder_free(c->encoder);
	free(c->list);
	free(c->slots);
	free(c->places_memory);
	free(c);
}

/* The place of an address among the block's. */
static uint16_t
place_of(struct tryst_cutter *c, struct tryst_ip ip)
{
	uint64_t hash = (ip.lo ^ ip.hi * 0xd6e8feb86659fd93ULL ^ c->seed) * 0x9e3779b97f4a7c15ULL;
	size_t slot = hash >> (64 - SLOT_BITS);

	for (; c->slots[slot]; slot = (slot + 1) % SLOTS) {
		if (tryst_ip_equal(c->list[c->slots[slot] - 1], ip))
			return c->slots[slot] - 1;
	}
	c->list[c->addresses] = ip;
	c->slots[slot] = (uint16_t)++c->addresses;
	return (uint16_t)(c->addresses - 1);
}

static void
take_field(struct tryst_cutter *c, enum tryst_field field)
{
	const struct tryst_batch *b = &c->rows;
	const struct tryst_ip *ips = tryst_batch_column(b, field);
	uint16_t *places = c->places[field];

	for (uint32_t i = 0; i < b->rows; i++) {
		bool known = b->present[i] >> field & 1;

		places[i] = place_of(c, known ? ips[i] : (struct tryst_ip){ 0 });
	}
}

/* The different addresses, those of src and dst first; returns how many these are. */
static uint32_t
take_addresses(struct tryst_cutter *c, uint64_t fields)
{
	uint32_t met;

	memset(c->slots, 0, SLOTS * sizeof(*c->slots));
	c->addresses = 0;
	for (unsigned f = TRYST_FIELD_src; f <= TRYST_FIELD_dst; f++) {
		if (fields >> f & 1)
			take_field(c, f);
	}
	met = c->addresses;
	for (unsigned f = TRYST_FIELD_dst + 1; fields >> f; f++) {
		if (fields >> f & 1)
			take_field(c, f);
	}
	return met;
}

static void
take_times(const struct tryst_batch *b, struct tryst_piece *p)
{
	struct tryst_health h;

	tryst_health_init(&h);
	p->first_ms = INT64_MAX;
	p->last_ms = INT64_MIN;
	for (uint32_t i = 0; i < b->rows; i++) {
		int64_t start = b->present[i] & TRYST_BIT(start_ms) ? b->start_ms[i] : 0;
		int64_t end = b->present[i] & TRYST_BIT(end_ms) ? b->end_ms[i] : 0;

		p->first_ms = TRYST_MIN(p->first_ms, start);
		p->last_ms = TRYST_MAX(p->last_ms, end);
		tryst_health_time(&h, start, end);
	}
	p->sane_first_ms = h.first_ms;
	p->sane_last_ms = h.last_ms;
}

/* Appends, and pads all there is to eight bytes. */
static void
put_padded(struct tryst_buf *out, const void *data, size_t size)
{
	static const char zeros[8];

	tryst_buf_add(out, data, size);
	tryst_buf_add(out, zeros, tryst_piece_padded(out->len) - out->len);
}

static uint64_t
known_fields(const struct tryst_batch *b)
{
	uint64_t known = 0;

	for (uint32_t i = 0; i < b->rows; i++)
		known |= b->present[i];
	return known & TRYST_STORED_BITS;
}

/* The head of a piece that began at `at` of the buffer. */
static void
put_head(struct tryst_piece *p, size_t at, struct tryst_buf *out)
{
	if (out->failed)
		return;
	p->size = out->len - at;
	memcpy(out->data + at, p, sizeof(*p));
}

void
tryst_cutter_flush(struct tryst_cutter *c, struct tryst_buf *out)
{
	struct tryst_piece p = { .kind = TRYST_PIECE_BLOCK,
		                 .rows = c->rows.rows,
		                 .input = c->input,
		                 .known = known_fields(&c->rows) };
	size_t at = out->len, values;

	if (!c->rows.rows)
		return;
	/* Of a pair both are there, though one may be unknown in all rows. */
	p.fields = p.known & TRYST_ADDRESS_BITS;
	if (p.fields & TRYST_CODED_ALL)
		p.fields |= TRYST_CODED_ALL;
	p.met = take_addresses(c, p.fields);
	p.addresses = c->addresses;
	take_times(&c->rows, &p);
	tryst_buf_add(out, &p, sizeof(p));
	values = out->len;
	tryst_block_encode(c->encoder, &c->rows, c->rows.rows, NULL, out);
	p.values_size = (uint32_t)(out->len - values);
	put_padded(out, NULL, 0);
	put_padded(out, c->list, p.addresses * sizeof(*c->list));
	for (unsigned f = 0; p.fields >> f; f++) {
		if (p.fields >> f & 1)
			put_padded(out, c->places[f], p.rows * sizeof(**c->places));
	}
	put_head(&p, at, out);
	c->rows.rows = 0;
}

/* Copies so many of the wanted rows of the columns that say anything. */
static void
copy_rows(struct tryst_cutter *c, const struct tryst_batch *b, const uint16_t *sel, uint32_t n)
{
	uint32_t to = c->rows.rows;
	uint64_t known = 0;

	for (uint32_t i = 0; i < n; i++) {
		c->rows.present[to + i] = b->present[sel[i]];
		known |= b->present[sel[i]];
	}
	known &= TRYST_STORED_BITS & b->columns;
	for (unsigned f = 0; known >> f; f++) {
		size_t size = tryst_field_info(f)->size;
		const char *from = tryst_batch_column(b, f);
		char *into = tryst_batch_column(&c->rows, f);

		if (!(known >> f & 1))
			continue;
		if (sel[n - 1] - sel[0] + 1U == n) {
			memcpy(into + to * size, from + sel[0] * size, n * size);
			continue;
		}
		for (uint32_t i = 0; i < n; i++)
			memcpy(into + (to + i) * size, from + sel[i] * size, size);
	}
	c->rows.rows += n;
}

void
tryst_cutter_rows(struct tryst_cutter *c, const struct tryst_batch *b, uint32_t count,
                  struct tryst_buf *out)
{
	const uint16_t *sel = b->sel;

	if (count)
		c->input = b->input_id[sel[0]];
	while (count) {
		uint32_t n = TRYST_MIN(count, TRYST_BATCH_ROWS - c->rows.rows);

		copy_rows(c, b, sel, n);
		sel += n;
		count -= n;
		if (c->rows.rows == TRYST_BATCH_ROWS)
			tryst_cutter_flush(c, out);
	}
}

void
tryst_cutter_end(struct tryst_cutter *c, struct tryst_buf *out)
{
	struct tryst_piece p = { .kind = TRYST_PIECE_REST,
		                 .rows = c->rows.rows,
		                 .input = c->input,
		                 .known = known_fields(&c->rows) };
	size_t at = out->len;

	if (!p.rows)
		return;
	tryst_buf_add(out, &p, sizeof(p));
	put_padded(out, c->rows.present, p.rows * sizeof(*c->rows.present));
	for (unsigned f = 0; p.known >> f; f++) {
		if (p.known >> f & 1)
			put_padded(out, tryst_batch_column(&c->rows, f),
			           p.rows * tryst_field_info(f)->size);
	}
	put_head(&p, at, out);
	c->rows.rows = 0;
}

void
tryst_cutter_rest(struct tryst_cutter *c, const struct tryst_piece *p, const uint8_t *data,
                  struct tryst_buf *out)
{
	for (uint32_t done = 0; done < p->rows;) {
		uint32_t to = c->rows.rows, n = TRYST_MIN(p->rows - done, TRYST_BATCH_ROWS - to);
		const uint8_t *from = data;

		memcpy(c->rows.present + to, from + done * sizeof(*c->rows.present),
		       n * sizeof(*c->rows.present));
		from += p->rows * sizeof(*c->rows.present);
		for (unsigned f = 0; p->known >> f; f++) {
			size_t size = tryst_field_info(f)->size;

			if (!(p->known >> f & 1))
				continue;
			memcpy((char *)tryst_batch_column(&c->rows, f) + to * size,
			       from + done * size, n * size);
			from += tryst_piece_padded(p->rows * size);
		}
		c->rows.rows += n;
		c->input = p->input;
		done += n;
		if (c->rows.rows == TRYST_BATCH_ROWS)
			tryst_cutter_flush(c, out);
	}
}

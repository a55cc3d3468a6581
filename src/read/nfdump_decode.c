/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies picked records into the columns of a batch, a column at a time: each loop has one kind of
 * load and one kind of store, and columns that nobody wants cost nothing.
 */
#include "read/nfdump.h"

/* What an index is made of; all rows have these columns. */
#define INDEXED (TRYST_BIT(start_ms) | TRYST_BIT(end_ms) | TRYST_BIT(src) | TRYST_BIT(dst))

typedef void (*copy_fn)(void *column, const struct nf_reading *r, unsigned base, unsigned count,
                        const struct nf_column *c);

/* column[base + row] = the value of pick[row], for the rows in r->rows. */
#define COPY(name, type, expr)                                                                     \
	static void name(void *column, const struct nf_reading *r, unsigned base, unsigned count,  \
	                 const struct nf_column *c)                                                \
	{                                                                                          \
		type *out = (type *)column + base;                                                 \
		for (unsigned i = 0; i < count; i++) {                                             \
			const uint8_t *p = r->pick[r->rows[i]];                                    \
			const uint8_t *v = p + c->at;                                              \
			out[r->rows[i]] = expr;                                                    \
		}                                                                                  \
	}

COPY(copy_u8, uint8_t, *v)
COPY(copy_u16, uint16_t, tryst_load_le16(v))
COPY(copy_u16_u32, uint32_t, tryst_load_le16(v))
COPY(copy_u32, uint32_t, tryst_load_le32(v))
COPY(copy_u32_u16, uint16_t, (uint16_t)tryst_load_le32(v))
COPY(copy_u32_u64, uint64_t, tryst_load_le32(v))
COPY(copy_u64, uint64_t, tryst_load_le64(v))
COPY(copy_ip4, struct tryst_ip, tryst_ip_v4(tryst_load_le32(v)))
COPY(copy_ip6, struct tryst_ip, ((struct tryst_ip){ tryst_load_le64(v), tryst_load_le64(v + 8) }))
COPY(copy_sec_msec, int64_t, (int64_t)tryst_load_le32(v) * 1000 + tryst_load_le16(p + c->at2))

static const copy_fn copies[NF_LOAD_COUNT] = {
	[NF_U8] = copy_u8,           [NF_U16] = copy_u16,
	[NF_U16_U32] = copy_u16_u32, [NF_U32] = copy_u32,
	[NF_U32_U16] = copy_u32_u16, [NF_U32_U64] = copy_u32_u64,
	[NF_U64] = copy_u64,         [NF_IP4] = copy_ip4,
	[NF_IP6] = copy_ip6,         [NF_SEC_MSEC] = copy_sec_msec,
};

/* ICMP type and code stand in the destination port (type * 256 + code), as in NetFlow v5. */
static void
decode_icmp(struct nf_reading *r, const struct nf_layout *l, unsigned base, unsigned count)
{
	struct tryst_batch *b = &r->sink->batch;

	if (!(b->columns & (TRYST_BIT(icmp_type) | TRYST_BIT(icmp_code))))
		return;
	for (unsigned i = 0; i < count; i++) {
		const uint8_t *p = r->pick[r->rows[i]];
		uint32_t row = base + r->rows[i];
		uint16_t port = tryst_load_le16(p + l->dst_port_at);

		if (p[l->proto_at] != 1 && p[l->proto_at] != 58)
			continue;
		TRYST_SET(b, icmp_type, row, (uint8_t)(port >> 8));
		TRYST_SET(b, icmp_code, row, (uint8_t)port);
	}
}

/* Copies those of some columns that the batch has, of the rows in r->rows. */
static void
copy_columns(struct nf_reading *r, const struct nf_layout *l, unsigned base, unsigned count,
             uint64_t columns)
{
	struct tryst_batch *b = &r->sink->batch;

	columns &= b->columns;
	for (unsigned i = 0; i < count; i++)
		b->present[base + r->rows[i]] |= l->present & columns;
	for (unsigned i = 0; i < l->count; i++) {
		const struct nf_column *c = &l->columns[i];

		if (columns >> c->field & 1)
			copies[c->load](tryst_batch_column(b, c->field), r, base, count, c);
	}
}

/* Leaves those rows in r->rows that all columns are wanted of. */
static unsigned
rows_in_full(struct nf_reading *r, unsigned base, unsigned count)
{
	const struct tryst_batch *b = &r->sink->batch;
	unsigned kept = 0;

	for (unsigned i = 0; i < count; i++) {
		uint32_t row = base + r->rows[i];
		uint64_t src = tryst_sampler_key(b->src[row]), dst = tryst_sampler_key(b->dst[row]);

		r->rows[kept] = r->rows[i];
		kept += TRYST_MIN(src, dst) <= *r->full_to;
	}
	return kept;
}

/* What these files write as 0 when they do not know it is unknown. */
static void
forget_zeros(struct nf_reading *r, unsigned base, unsigned count)
{
	struct tryst_batch *b = &r->sink->batch;

	for (unsigned k = 0; k < count; k++) {
		unsigned i = base + r->rows[k];

		if (b->received_ms && b->received_ms[i] == 0)
			b->present[i] &= ~TRYST_BIT(received_ms);
		if (b->fwd_status && b->fwd_status[i] == 0)
			b->present[i] &= ~TRYST_BIT(fwd_status);
		if (b->end_reason && b->end_reason[i] == 0)
			b->present[i] &= ~TRYST_BIT(end_reason);
		if (b->flows && b->flows[i] == 0)
			b->present[i] &= ~TRYST_BIT(flows);
		if (b->exporter && tryst_ip_equal(b->exporter[i], tryst_ip_v4(0))) {
			b->present[i] &= ~TRYST_BIT(exporter);
			b->exporter[i] = (struct tryst_ip){ 0 };
		}
	}
}

static void
decode_layout(struct nf_reading *r, unsigned layout, unsigned base)
{
	const struct nf_layout *l = &r->layout[layout];
	struct tryst_batch *b = &r->sink->batch;
	unsigned count = 0;

	for (unsigned i = 0; i < r->picks; i++) {
		r->rows[count] = (uint16_t)i;
		count += r->pick_layout[i] == layout;
	}
	for (unsigned i = 0; i < count; i++)
		b->present[base + r->rows[i]] = 0;
	if (r->full_to) {
		copy_columns(r, l, base, count, INDEXED);
		count = rows_in_full(r, base, count);
		copy_columns(r, l, base, count, ~INDEXED);
	} else {
		copy_columns(r, l, base, count, UINT64_MAX);
	}
	decode_icmp(r, l, base, count);
	forget_zeros(r, base, count);
}

/* Columns that some of the picked records lack are 0 there. */
static void
zero_missing(struct nf_reading *r, uint64_t used, unsigned base)
{
	struct tryst_batch *b = &r->sink->batch;
	uint64_t missing = TRYST_BIT(icmp_type) | TRYST_BIT(icmp_code);

	for (unsigned layout = 0; layout < r->layouts; layout++) {
		if (used >> layout & 1)
			missing |= ~r->layout[layout].present;
	}
	missing &= b->columns;
	for (unsigned field = 0; missing >> field; field++) {
		size_t size = tryst_field_info(field)->size;

		if (missing >> field & 1)
			memset((char *)tryst_batch_column(b, field) + base * size, 0,
			       r->picks * size);
	}
}

int
tryst_nf_decode(struct nf_reading *r, struct tryst_error *err)
{
	struct tryst_sink *sink = r->sink;
	struct tryst_batch *b = &sink->batch;
	uint64_t used = 0;
	unsigned base;
	int rc;

	_Static_assert(NF_LAYOUTS_MAX <= 64, "a bit a layout");
	if (!r->picks)
		return 0;
	if (b->rows + r->picks > TRYST_BATCH_ROWS) {
		rc = sink->flush(sink, err);
		if (rc < 0)
			return rc;
	}
	base = b->rows;
	for (unsigned i = 0; i < r->picks; i++)
		used |= 1ULL << r->pick_layout[i];
	/* Where few rows have all columns, nobody looks at what is not known. */
	if (!r->full_to)
		zero_missing(r, used, base);
	for (unsigned layout = 0; layout < r->layouts; layout++) {
		if (used >> layout & 1)
			decode_layout(r, layout, base);
	}
	for (unsigned i = 0; i < r->picks; i++) {
		TRYST_SET(b, input_id, base + i, sink->input_id);
		TRYST_SET(b, record_no, base + i, sink->record_base + r->pick_index[i]);
	}
	b->rows += r->picks;
	r->picks = 0;
	return 0;
}

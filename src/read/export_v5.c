/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NetFlow v1, v5 and v7 (Cisco, NetFlow Services and Applications): a header, and records whose
 * layout never changes.
 */
#include "read/export_impl.h"

#define F(name) TRYST_FIELD_##name
#define BIT(name) | TRYST_BIT(name)

/* What the three have in common: the first 36 bytes. */
#define COMMON_COLUMNS                                                                             \
	{ F(src), EX_IP4, EX_SET, 4, 0 }, { F(dst), EX_IP4, EX_SET, 4, 4 },                        \
		{ F(next_hop), EX_IP4, EX_SET, 4, 8 }, { F(in_if), EX_UINT, EX_SET, 2, 12 },       \
		{ F(out_if), EX_UINT, EX_SET, 2, 14 }, { F(packets), EX_UINT, EX_SET, 4, 16 },     \
		{ F(bytes), EX_UINT, EX_SET, 4, 20 }, { F(start_ms), EX_UPTIME, EX_SET, 4, 24 },   \
		{ F(end_ms), EX_UPTIME, EX_SET, 4, 28 }, { F(src_port), EX_UINT, EX_SET, 2, 32 },  \
		{ F(dst_port), EX_UINT, EX_SET, 2, 34 }, { F(proto), EX_UINT, EX_SET, 1, 38 },     \
	{                                                                                          \
		F(tos), EX_UINT, EX_SET, 1, 39                                                     \
	}
#define COMMON_FIELDS                                                                              \
	0 BIT(src) BIT(dst) BIT(next_hop) BIT(in_if) BIT(out_if) BIT(packets) BIT(bytes)           \
		BIT(start_ms) BIT(end_ms) BIT(src_port) BIT(dst_port) BIT(proto) BIT(tos)          \
			BIT(tcp_flags)
#define AS_FIELDS COMMON_FIELDS BIT(src_as) BIT(dst_as) BIT(src_mask) BIT(dst_mask)

static const struct ex_column v1_columns[] = {
	COMMON_COLUMNS,
	{ F(tcp_flags), EX_UINT, EX_SET, 1, 40 },
};

static const struct ex_column v5_columns[] = {
	COMMON_COLUMNS,
	{ F(tcp_flags), EX_UINT, EX_SET, 1, 37 },
	{ F(src_as), EX_UINT, EX_SET, 2, 40 },
	{ F(dst_as), EX_UINT, EX_SET, 2, 42 },
	{ F(src_mask), EX_UINT, EX_SET, 1, 44 },
	{ F(dst_mask), EX_UINT, EX_SET, 1, 45 },
};

static const struct ex_template v1_template = {
	.flow = true,
	.size = EX_V1_RECORD,
	.least = EX_V1_RECORD,
	.columns = TRYST_ARRAY_SIZE(v1_columns),
	.fields = COMMON_FIELDS,
	.column = v1_columns,
};

static const struct ex_template v1_brief_template = {
	.flow = true,
	.size = EX_V1_BRIEF,
	.least = EX_V1_BRIEF,
	.columns = TRYST_ARRAY_SIZE(v1_columns),
	.fields = COMMON_FIELDS,
	.column = v1_columns,
};

static const struct ex_template v5_template = {
	.flow = true,
	.size = 48,
	.least = 48,
	.columns = TRYST_ARRAY_SIZE(v5_columns),
	.fields = AS_FIELDS,
	.column = v5_columns,
};

/* The same, and behind it the router that was short-cut, which has no column here. */
static const struct ex_template v7_template = {
	.flow = true,
	.size = 52,
	.least = 52,
	.columns = TRYST_ARRAY_SIZE(v5_columns),
	.fields = AS_FIELDS,
	.column = v5_columns,
};

/* The records that the header counts, as far as they are there; false: the count is nonsense. */
static bool
count_records(struct ex_message *m, const struct ex_template *t, uint16_t stated, size_t left,
              size_t *count)
{
	size_t there = left / t->size;

	*count = TRYST_MIN(stated, there);
	if (stated > EX_V5_RECORDS && stated > there) {
		tryst_ex_damaged(m, left, "says that it has %u records in %zu bytes", stated, left);
		return false;
	}
	if (stated > there) {
		m->sink->health.damaged_records += stated - there;
		tryst_ex_damaged(m, left - there * t->size, "has %zu of %u records", there, stated);
	} else if (left > *count * t->size) {
		tryst_ex_damaged(m, left - *count * t->size, "has %zu bytes behind its %u records",
		                 left - *count * t->size, stated);
	}
	return true;
}

static int
decode(struct ex_message *m, const struct tryst_datagram *d, const struct ex_template *t,
       size_t header)
{
	struct tryst_cursor c = tryst_cursor_init(d->data, d->len);
	uint32_t seconds, nanoseconds, sequence = 0, domain = 0;
	uint16_t stated;
	size_t count;
	int rc;

	tryst_cursor_skip(&c, 2);
	stated = tryst_cursor_be16(&c);
	m->uptime = tryst_cursor_be32(&c);
	seconds = tryst_cursor_be32(&c);
	nanoseconds = tryst_cursor_be32(&c);
	if (header == EX_V5_HEADER)
		sequence = tryst_cursor_be32(&c);
	if (t == &v5_template) {
		domain = tryst_cursor_be16(&c);
		/* Two bits of method, which says nothing about the counts. */
		m->sampling = tryst_cursor_be16(&c) & 0x3fff;
	}
	c = tryst_cursor_init(d->data, d->len);
	tryst_cursor_skip(&c, header);
	if (c.failed) {
		tryst_ex_damaged(m, d->len, "is cut short in its header");
		return 0;
	}
	m->has_uptime = true;
	tryst_ex_at(m, (int64_t)seconds * 1000 + nanoseconds / 1000000, d);
	rc = tryst_ex_begin(m, d, domain);
	if (rc <= 0 || !count_records(m, t, stated, tryst_cursor_left(&c), &count))
		return rc < 0 ? rc : 0;
	(void)tryst_ex_restarted(m);
	if (header == EX_V5_HEADER)
		tryst_ex_sequence(m, &(struct ex_count){ sequence, stated, stated, true,
		                                         256 * EX_V5_RECORDS });
	if (m->sampling)
		tryst_ex_sampling(m, m->sampling);
	return tryst_ex_rows(m, t, c.pos, count);
}

int
tryst_ex_decode_v1(struct ex_message *m, const struct tryst_datagram *d)
{
	bool brief = d->len >= EX_V1_HEADER &&
	             d->len == EX_V1_HEADER + (size_t)EX_V1_BRIEF * tryst_load_be16(d->data + 2);

	return decode(m, d, brief ? &v1_brief_template : &v1_template, EX_V1_HEADER);
}

int
tryst_ex_decode_v5(struct ex_message *m, const struct tryst_datagram *d)
{
	return decode(m, d, &v5_template, EX_V5_HEADER);
}

int
tryst_ex_decode_v7(struct ex_message *m, const struct tryst_datagram *d)
{
	return decode(m, d, &v7_template, EX_V5_HEADER);
}

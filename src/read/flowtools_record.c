/* SPDX-License-Identifier: Apache-2.0 */
/* The records of flow-tools files, and the times in them. */
#include "read/flowtools.h"

#define UINT(name, bytes, where)                                                                   \
	{                                                                                          \
		TRYST_FIELD_##name, TRYST_FIXED_UINT, bytes, where                                 \
	}
#define IP4(name, where)                                                                           \
	{                                                                                          \
		TRYST_FIELD_##name, TRYST_FIXED_IP4, 4, where                                      \
	}

/* Where the times stand in a record. */
#define SECONDS_AT 0
#define FRACTION_AT 4 /* ns; stream version 1: ms */
#define UPTIME_AT 8   /* not in stream version 1 */
#define FIRST_AT 40
#define LAST_AT 44
#define ENGINE_AT 56 /* v5: type and number, together the domain as in the datagram */
#define FIRST1_AT 32
#define LAST1_AT 36

/* clang-format off */
/* Stream version 1 has one record for NetFlow v1 and v5. */
#define COMPAT                                                                                     \
	IP4(src, 8), IP4(dst, 12), IP4(next_hop, 16), UINT(in_if, 2, 20), UINT(out_if, 2, 22),     \
	UINT(packets, 4, 24), UINT(bytes, 4, 28), UINT(src_port, 2, 40), UINT(dst_port, 2, 42),    \
	UINT(proto, 1, 46), UINT(tos, 1, 47), UINT(tcp_flags, 1, 48)

/* Stream version 3: the first 56 bytes, and what v5, v6 and v7 have in common behind them. */
#define GENERIC                                                                                    \
	IP4(exporter, 12), IP4(src, 16), IP4(dst, 20), IP4(next_hop, 24), UINT(in_if, 2, 28),      \
	UINT(out_if, 2, 30), UINT(packets, 4, 32), UINT(bytes, 4, 36), UINT(src_port, 2, 48),      \
	UINT(dst_port, 2, 50), UINT(proto, 1, 52), UINT(tos, 1, 53), UINT(tcp_flags, 1, 54)
#define GENERIC5                                                                                   \
	GENERIC, UINT(src_mask, 1, 58), UINT(dst_mask, 1, 59), UINT(src_as, 2, 60),                \
	UINT(dst_as, 2, 62)

static const struct {
	uint8_t stream;
	uint8_t version;
	struct tryst_fixed_layout layout;
} layouts[] = {
	{ 1, 1, { 60, 12, { COMPAT } } },
	{ 1, 5, { 60, 16, { COMPAT, UINT(src_as, 2, 52), UINT(dst_as, 2, 54),
	                    UINT(src_mask, 1, 56), UINT(dst_mask, 1, 57) } } },
	{ 3, 1, { 60, 13, { GENERIC } } },
	{ 3, 5, { 64, 17, { GENERIC5 } } },
	{ 3, 6, { 72, 17, { GENERIC5 } } },
	{ 3, 7, { 68, 17, { GENERIC5 } } },
};
/* clang-format on */

const struct tryst_fixed_layout *
tryst_ft_layout(unsigned stream, unsigned version)
{
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(layouts); i++) {
		if (layouts[i].stream == stream && layouts[i].version == version)
			return &layouts[i].layout;
	}
	return NULL;
}

/* The record may not say who exported it, and then the header may. */
static void
finish_exporter(const struct ft_head *h, struct tryst_row *row)
{
	if (row->known & TRYST_BIT(exporter) &&
	    !tryst_ip_equal(row->ip[TRYST_FIELD_exporter], tryst_ip_v4(0)))
		return;
	row->known &= ~TRYST_BIT(exporter);
	if (h->exporter)
		TRYST_ROW_IP(row, exporter, tryst_ip_v4(h->exporter));
}

static uint32_t
word(const struct tryst_fixed *f, const uint8_t *record, unsigned at)
{
	return (uint32_t)tryst_fixed_uint(record + at, 4, f->big);
}

const char *
tryst_ft_finish(const struct tryst_fixed *f, const uint8_t *record, struct tryst_row *row)
{
	const struct ft_head *h = (const struct ft_head *)f;
	int64_t now_ms = (int64_t)word(f, record, SECONDS_AT) * 1000;
	uint32_t up, fraction = word(f, record, FRACTION_AT);

	finish_exporter(h, row);
	if (h->stream == 1) {
		/* The clock at uptime 0. */
		now_ms += fraction;
		TRYST_ROW_NUMBER(row, start_ms, now_ms + word(f, record, FIRST1_AT));
		TRYST_ROW_NUMBER(row, end_ms, now_ms + word(f, record, LAST1_AT));
		return NULL;
	}
	now_ms += fraction / 1000000;
	up = word(f, record, UPTIME_AT);
	/* Differences of 32 bits: right also when the uptime wrapped (49.7 days) in between. */
	TRYST_ROW_NUMBER(row, start_ms, now_ms - (int32_t)(up - word(f, record, FIRST_AT)));
	TRYST_ROW_NUMBER(row, end_ms, now_ms - (int32_t)(up - word(f, record, LAST_AT)));
	if (h->version == 5)
		TRYST_ROW_NUMBER(row, domain, tryst_fixed_uint(record + ENGINE_AT, 2, true));
	return NULL;
}

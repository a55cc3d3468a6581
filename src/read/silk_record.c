/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of SiLK records that are read, and what in them is no plain column. */
#include "read/silk.h"

#define FT_RWIPV6 0x0b
#define FT_RWIPV6ROUTING 0x0c
#define FT_RWGENERIC 0x16

#define STATE_EXPANDED 0x01 /* the flags of the first packet are kept apart */
#define FIRST_FLAGS_AT 21   /* but for hourly records */
#define PROTO_TCP 6
#define STATE_TIMED_OUT 0x20
#define STATE_IPV6 0x80
#define END_ACTIVE_TIMEOUT 2 /* IPFIX flowEndReason */

#define HOUR_MS_MASK 0x3fffffu
#define HOUR_TCP (1u << 23)
/* Beyond that (the year 2248) a start is damage, and adding to it is still safe. */
#define START_MAX (1LL << 43)

#define UINT(name, bytes, where)                                                                   \
	{                                                                                          \
		TRYST_FIELD_##name, TRYST_FIXED_UINT, bytes, where                                 \
	}
#define IP4(name, where)                                                                           \
	{                                                                                          \
		TRYST_FIELD_##name, TRYST_FIXED_IP4, 4, where                                      \
	}
#define IP6(name, where)                                                                           \
	{                                                                                          \
		TRYST_FIELD_##name, TRYST_FIXED_IP6, 16, where                                     \
	}

/* clang-format off */
/* The first 28 bytes of records that stand for themselves. */
#define COMMON                                                                                     \
	UINT(src_port, 2, 12), UINT(dst_port, 2, 14), UINT(proto, 1, 16), UINT(domain, 2, 18),     \
	UINT(tcp_flags, 1, 20)

static const struct silk_layout layouts[] = {
	{ FT_RWGENERIC, 5, 23, 8, false, { 52, 12, {
		COMMON, UINT(in_if, 2, 28), UINT(out_if, 2, 30), UINT(packets, 4, 32),
		UINT(bytes, 4, 36), IP4(src, 40), IP4(dst, 44), IP4(next_hop, 48) } } },
	{ FT_RWIPV6, 1, 23, 8, false, { 68, 9, {
		COMMON, UINT(packets, 4, 28), UINT(bytes, 4, 32), IP6(src, 36), IP6(dst, 52) } } },
	{ FT_RWIPV6, 2, 5, 12, true, { 56, 6, {
		UINT(src_port, 2, 8), UINT(dst_port, 2, 10), UINT(packets, 4, 16),
		UINT(bytes, 4, 20), IP6(src, 24), IP6(dst, 40) } } },
	{ FT_RWIPV6ROUTING, 1, 23, 8, false, { 88, 12, {
		COMMON, UINT(in_if, 2, 28), UINT(out_if, 2, 30), UINT(packets, 4, 32),
		UINT(bytes, 4, 36), IP6(src, 40), IP6(dst, 56), IP6(next_hop, 72) } } },
	{ FT_RWIPV6ROUTING, 2, 23, 8, false, { 88, 12, {
		COMMON, UINT(in_if, 2, 28), UINT(out_if, 2, 30), UINT(packets, 4, 32),
		UINT(bytes, 4, 36), IP6(src, 40), IP6(dst, 56), IP6(next_hop, 72) } } },
	{ FT_RWIPV6ROUTING, 3, 23, 8, false, { 100, 12, {
		COMMON, UINT(in_if, 4, 28), UINT(packets, 8, 32), UINT(bytes, 8, 40),
		IP6(src, 48), IP6(dst, 64), IP6(next_hop, 80), UINT(out_if, 4, 96) } } },
};
/* clang-format on */

const struct silk_layout *
tryst_silk_layout(unsigned format, unsigned version)
{
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(layouts); i++) {
		if (layouts[i].format == format && layouts[i].version == version)
			return &layouts[i];
	}
	return NULL;
}

/* The word of hourly records: flags of later packets 8, TCP 1, unused 1, ms in the hour 22 bits. */
static uint64_t
finish_hourly(const struct silk_head *h, const uint8_t *record, struct tryst_row *row)
{
	uint32_t word = (uint32_t)tryst_fixed_uint(record, 4, h->fixed.big);
	uint8_t flags = 0, later = (uint8_t)(word >> 24);

	if (word & HOUR_TCP && record[h->layout->state_at] & STATE_EXPANDED) {
		flags = record[4] | later;
		TRYST_ROW_NUMBER(row, first_flags, record[4]);
	} else if (word & HOUR_TCP) {
		flags = record[4];
	}
	TRYST_ROW_NUMBER(row, proto, word & HOUR_TCP ? 6 : record[4]);
	TRYST_ROW_NUMBER(row, tcp_flags, flags);
	TRYST_ROW_NUMBER(row, domain, h->sensor);
	return (uint64_t)h->hour_ms + (word & HOUR_MS_MASK);
}

/* IPv4 stands in the last bytes of the long form, whatever the others are. */
static void
shorten_ips(struct tryst_row *row)
{
	static const uint8_t fields[] = { TRYST_FIELD_src, TRYST_FIELD_dst, TRYST_FIELD_next_hop };

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(fields); i++)
		row->ip[fields[i]] = tryst_ip_v4((uint32_t)row->ip[fields[i]].lo);
}

/* What SiLK writes where a value was not recorded. */
static void
forget_unrecorded(struct tryst_row *row)
{
	struct tryst_ip hop = row->ip[TRYST_FIELD_next_hop];

	if (row->number[TRYST_FIELD_domain] == SILK_NO_SENSOR)
		row->known &= ~TRYST_BIT(domain);
	if (row->number[TRYST_FIELD_in_if] == 0)
		row->known &= ~TRYST_BIT(in_if);
	if (row->number[TRYST_FIELD_out_if] == 0)
		row->known &= ~TRYST_BIT(out_if);
	if (hop.hi == 0 && (hop.lo == 0 || tryst_ip_equal(hop, tryst_ip_v4(0))))
		row->known &= ~TRYST_BIT(next_hop);
}

const char *
tryst_silk_finish(const struct tryst_fixed *f, const uint8_t *record, struct tryst_row *row)
{
	const struct silk_head *h = (const struct silk_head *)f;
	const struct silk_layout *l = h->layout;
	uint8_t state = record[l->state_at];
	uint64_t start =
		l->hourly ? finish_hourly(h, record, row) : tryst_fixed_uint(record, 8, f->big);

	if (start > START_MAX)
		return "start lies outside of the years 1970 to 2248";
	TRYST_ROW_NUMBER(row, start_ms, start);
	TRYST_ROW_NUMBER(row, end_ms, start + tryst_fixed_uint(record + l->elapsed_at, 4, f->big));
	if (!(state & STATE_IPV6))
		shorten_ips(row);
	/* None at all, in a TCP packet, is "not recorded". */
	if (!l->hourly && state & STATE_EXPANDED && record[FIRST_FLAGS_AT] &&
	    row->number[TRYST_FIELD_proto] == PROTO_TCP)
		TRYST_ROW_NUMBER(row, first_flags, record[FIRST_FLAGS_AT]);
	if (state & STATE_TIMED_OUT)
		TRYST_ROW_NUMBER(row, end_reason, END_ACTIVE_TIMEOUT);
	forget_unrecorded(row);
	return NULL;
}

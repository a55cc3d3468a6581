/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where our fields stand in nfdump's records: tables of what each extension holds, for layout 2
 * (nfdump 1.7, self-describing elements) and layout 1 (nfdump 1.6, extension maps).
 */
#include "read/nfdump.h"

/* One field inside an extension. */
struct member {
	uint8_t ext;
	uint8_t field;
	uint8_t load;
	uint8_t at;
};

#define F(name) TRYST_FIELD_##name

/* Layout 2: elements by number, offsets behind the element header.  Their least sizes stand below.
 */
static const struct member v3_members[] = {
	{ 1, F(start_ms), NF_U64, 0 },      { 1, F(end_ms), NF_U64, 8 },
	{ 1, F(received_ms), NF_U64, 16 },  { 1, F(packets), NF_U64, 24 },
	{ 1, F(bytes), NF_U64, 32 },        { 1, F(src_port), NF_U16, 40 },
	{ 1, F(dst_port), NF_U16, 42 },     { 1, F(proto), NF_U8, 44 },
	{ 1, F(tcp_flags), NF_U8, 45 },     { 1, F(fwd_status), NF_U8, 46 },
	{ 1, F(tos), NF_U8, 47 },           { 2, F(src), NF_IP4, 0 },
	{ 2, F(dst), NF_IP4, 4 },           { 3, F(src), NF_IP6, 0 },
	{ 3, F(dst), NF_IP6, 16 },          { 4, F(in_if), NF_U32, 0 },
	{ 4, F(out_if), NF_U32, 4 },        { 4, F(src_mask), NF_U8, 8 },
	{ 4, F(dst_mask), NF_U8, 9 },       { 4, F(direction), NF_U8, 10 },
	{ 5, F(flows), NF_U64, 0 },         { 5, F(rev_packets), NF_U64, 8 },
	{ 5, F(rev_bytes), NF_U64, 16 },    { 6, F(vlan), NF_U32_U16, 0 },
	{ 7, F(src_as), NF_U32, 0 },        { 7, F(dst_as), NF_U32, 4 },
	{ 10, F(next_hop), NF_IP4, 0 },     { 11, F(next_hop), NF_IP6, 0 },
	{ 12, F(exporter), NF_IP4, 0 },     { 13, F(exporter), NF_IP6, 0 },
	{ 20, F(nat_src), NF_IP4, 0 },      { 20, F(nat_dst), NF_IP4, 4 },
	{ 21, F(nat_src), NF_IP6, 0 },      { 21, F(nat_dst), NF_IP6, 16 },
	{ 22, F(nat_src_port), NF_U16, 0 }, { 22, F(nat_dst_port), NF_U16, 2 },
	{ 4, F(end_reason), NF_U8, 13 },    { 33, F(domain), NF_U32, 8 },
	{ 42, F(min_ttl), NF_U8, 2 },       { 42, F(max_ttl), NF_U8, 3 },
};

/* The least bytes an element we use must have; 0: not used. */
static const uint8_t v3_sizes[] = {
	[1] = 48,  [2] = 8,  [3] = 32,  [4] = 12, [5] = 24,  [6] = 8,  [7] = 8,   [10] = 4,
	[11] = 16, [12] = 4, [13] = 16, [20] = 8, [21] = 32, [22] = 4, [33] = 12, [42] = 4,
};

/* Layout 1: extensions by number, offsets from where the extension begins. */
static const struct member v1_members[] = {
	{ 4, F(in_if), NF_U16_U32, 0 },
	{ 4, F(out_if), NF_U16_U32, 2 },
	{ 5, F(in_if), NF_U32, 0 },
	{ 5, F(out_if), NF_U32, 4 },
	{ 6, F(src_as), NF_U16_U32, 0 },
	{ 6, F(dst_as), NF_U16_U32, 2 },
	{ 7, F(src_as), NF_U32, 0 },
	{ 7, F(dst_as), NF_U32, 4 },
	{ 8, F(direction), NF_U8, 1 },
	{ 8, F(src_mask), NF_U8, 2 },
	{ 8, F(dst_mask), NF_U8, 3 },
	{ 9, F(next_hop), NF_IP4, 0 },
	{ 10, F(next_hop), NF_IP6, 0 },
	{ 13, F(vlan), NF_U16, 0 },
	{ 14, F(rev_packets), NF_U32_U64, 0 },
	{ 15, F(rev_packets), NF_U64, 0 },
	{ 16, F(rev_bytes), NF_U32_U64, 0 },
	{ 17, F(rev_bytes), NF_U64, 0 },
	{ 18, F(flows), NF_U32_U64, 0 },
	{ 19, F(flows), NF_U64, 0 },
	{ 23, F(exporter), NF_IP4, 0 },
	{ 24, F(exporter), NF_IP6, 0 },
	{ 27, F(received_ms), NF_U64, 0 },
	{ 38, F(nat_src_port), NF_U16, 0 },
	{ 38, F(nat_dst_port), NF_U16, 2 },
	{ 39, F(nat_src), NF_IP4, 0 },
	{ 39, F(nat_dst), NF_IP4, 4 },
	{ 40, F(nat_src), NF_IP6, 0 },
	{ 40, F(nat_dst), NF_IP6, 16 },
};

/* Bytes of each extension of layout 1; 0: unknown, and nothing behind it can be found. */
static const uint8_t v1_sizes[] = {
	[4] = 4,   [5] = 8,   [6] = 4,   [7] = 8,   [8] = 4,   [9] = 4,  [10] = 16,
	[11] = 4,  [12] = 16, [13] = 4,  [14] = 4,  [15] = 8,  [16] = 4, [17] = 8,
	[18] = 4,  [19] = 8,  [20] = 16, [21] = 16, [22] = 40, [23] = 4, [24] = 16,
	[25] = 4,  [26] = 8,  [27] = 8,  [37] = 20, [38] = 4,  [39] = 8, [40] = 32,
	[41] = 24, [42] = 24, [43] = 72, [45] = 24, [46] = 12, [47] = 8, [48] = 8,
};

static bool
add_column(struct nf_layout *l, uint8_t field, uint8_t load, unsigned at, unsigned at2)
{
	/* A field that comes twice (two next hops, say) is what it was first. */
	if (l->present >> field & 1)
		return true;
	if (l->count == NF_COLUMNS_MAX)
		return false;
	l->columns[l->count++] = (struct nf_column){ field, load, (uint16_t)at, (uint16_t)at2 };
	l->present |= 1ULL << field;
	return true;
}

static bool
add_members(struct nf_layout *l, const struct member *members, size_t count, unsigned ext,
            unsigned at, unsigned size)
{
	bool ok = true;

	/* Early releases wrote some elements shorter. */
	for (size_t i = 0; i < count; i++) {
		if (members[i].ext == ext && members[i].at < size)
			ok &= add_column(l, members[i].field, members[i].load, at + members[i].at,
			                 0);
	}
	return ok;
}

/* Notes where the walk finds what it looks at. */
static void
find_hot(struct nf_layout *l)
{
	for (unsigned i = 0; i < l->count; i++) {
		const struct nf_column *c = &l->columns[i];

		switch (c->field) {
		case F(src):
			*(c->load == NF_IP4 ? &l->src4_at : &l->src6_at) = c->at;
			break;
		case F(dst):
			*(c->load == NF_IP4 ? &l->dst4_at : &l->dst6_at) = c->at;
			break;
		case F(start_ms):
			l->start_at = c->at;
			break;
		case F(proto):
			l->proto_at = c->at;
			break;
		case F(dst_port):
			l->dst_port_at = c->at;
			break;
		case F(flows):
			l->flows_at = c->at;
			l->flows_short = c->load == NF_U32_U64;
			break;
		default:
			break;
		}
	}
}

bool
tryst_nf_layout_v3(struct nf_layout *l, const uint8_t *record, uint16_t size)
{
	struct tryst_cursor c = tryst_cursor_init(record, size);

	*l = (struct nf_layout){ .size = size };
	l->head = tryst_cursor_le64(&c) & NF_V3_HEAD_MASK;
	c = tryst_cursor_init(record, size);
	tryst_cursor_skip(&c, 4);
	l->elements = tryst_cursor_le16(&c);
	tryst_cursor_skip(&c, NF_V3_HEADER - 6);
	if (l->elements > NF_ELEMENTS_MAX)
		return false;
	for (unsigned i = 0; i < l->elements; i++) {
		unsigned at = (unsigned)(c.pos - record);
		unsigned type = tryst_cursor_le16(&c);
		unsigned len = tryst_cursor_le16(&c);

		if (c.failed || len < 4)
			return false;
		l->header_at[i] = (uint16_t)at;
		l->header[i] = type | len << 16;
		tryst_cursor_skip(&c, len - 4);
		if (type >= TRYST_ARRAY_SIZE(v3_sizes) || v3_sizes[type] == 0)
			continue;
		if (len - 4 < v3_sizes[type] ||
		    !add_members(l, v3_members, TRYST_ARRAY_SIZE(v3_members), type, at + 4,
		                 len - 4))
			return false;
	}
	find_hot(l);
	return !c.failed && l->start_at && (l->src4_at || l->src6_at);
}

bool
tryst_nf_layout_v1(struct nf_layout *l, const struct nf_map *map, uint16_t type, uint16_t flags)
{
	unsigned at = type == NF_RECORD_V0 ? 28 : 32;
	bool v6 = flags & 1, packets64 = flags & 2, bytes64 = flags & 4;
	bool ok = true;

	*l = (struct nf_layout){ .key = (uint32_t)map->id << 16 | (flags & 0xffu) << 8 | type };
	ok &= add_column(l, F(start_ms), NF_SEC_MSEC, 12, 8);
	ok &= add_column(l, F(end_ms), NF_SEC_MSEC, 16, 10);
	ok &= add_column(l, F(fwd_status), NF_U8, 20, 0);
	ok &= add_column(l, F(tcp_flags), NF_U8, 21, 0);
	ok &= add_column(l, F(proto), NF_U8, 22, 0);
	ok &= add_column(l, F(tos), NF_U8, 23, 0);
	ok &= add_column(l, F(src_port), NF_U16, 24, 0);
	ok &= add_column(l, F(dst_port), NF_U16, 26, 0);
	ok &= add_column(l, F(src), v6 ? NF_IP6 : NF_IP4, at, 0);
	ok &= add_column(l, F(dst), v6 ? NF_IP6 : NF_IP4, at + (v6 ? 16 : 4), 0);
	at += v6 ? 32 : 8;
	ok &= add_column(l, F(packets), packets64 ? NF_U64 : NF_U32_U64, at, 0);
	at += packets64 ? 8 : 4;
	ok &= add_column(l, F(bytes), bytes64 ? NF_U64 : NF_U32_U64, at, 0);
	at += bytes64 ? 8 : 4;
	for (unsigned i = 0; ok && i < map->count; i++) {
		unsigned ext = map->ext[i];

		/* The first three are in every record and were dealt with above. */
		if (ext <= 3)
			continue;
		if (ext >= TRYST_ARRAY_SIZE(v1_sizes) || v1_sizes[ext] == 0)
			return false;
		ok &= add_members(l, v1_members, TRYST_ARRAY_SIZE(v1_members), ext, at,
		                  v1_sizes[ext]);
		at += v1_sizes[ext];
	}
	l->size = (uint16_t)at;
	find_hot(l);
	return ok;
}

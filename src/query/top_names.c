/* SPDX-License-Identifier: Apache-2.0 */
#include "query/top_names.h"

#include <string.h>

/* clang-format off */
static const struct tryst_top_name names[] = {
	{ .word = "ip",       .field = TRYST_FIELD_src, .either = true },
	{ .word = "port",     .field = TRYST_FIELD_src_port, .either = true },
	{ .word = "as",       .field = TRYST_FIELD_src_as, .either = true },
	{ .word = "if",       .field = TRYST_FIELD_in_if, .either = true },
	{ .word = "mask",     .field = TRYST_FIELD_src_mask, .either = true },
	{ .word = "srcip",    .field = TRYST_FIELD_src },
	{ .word = "dstip",    .field = TRYST_FIELD_dst },
	{ .word = "srcip4",   .field = TRYST_FIELD_src, .v4 = true },
	{ .word = "srcip6",   .field = TRYST_FIELD_src, .v6 = true },
	{ .word = "dstip4",   .field = TRYST_FIELD_dst, .v4 = true },
	{ .word = "dstip6",   .field = TRYST_FIELD_dst, .v6 = true },
	{ .word = "ip4",      .field = TRYST_FIELD_src, .either = true, .v4 = true },
	{ .word = "ip6",      .field = TRYST_FIELD_src, .either = true, .v6 = true },
	{ .word = "sa",       .field = TRYST_FIELD_src },
	{ .word = "da",       .field = TRYST_FIELD_dst },
	{ .word = "sport",    .field = TRYST_FIELD_src_port },
	{ .word = "dport",    .field = TRYST_FIELD_dst_port },
	{ .word = "protocol", .field = TRYST_FIELD_proto },
	{ .word = "flags",    .field = TRYST_FIELD_tcp_flags },
	{ .word = "srctos",   .field = TRYST_FIELD_tos },
	{ .word = "next",     .field = TRYST_FIELD_next_hop },
	{ .word = "nhip",     .field = TRYST_FIELD_next_hop },
	{ .word = "router",   .field = TRYST_FIELD_exporter },
	{ .word = "ra",       .field = TRYST_FIELD_exporter },
	{ .word = "odid",     .field = TRYST_FIELD_domain },
	{ .word = "dir",      .field = TRYST_FIELD_direction },
	{ .word = "srcvlan",  .field = TRYST_FIELD_vlan },
	{ .word = "xsrcip",   .field = TRYST_FIELD_nat_src },
	{ .word = "xdstip",   .field = TRYST_FIELD_nat_dst },
	{ .word = "xsrcport", .field = TRYST_FIELD_nat_src_port },
	{ .word = "xdstport", .field = TRYST_FIELD_nat_dst_port },
	{ .word = "nsrcip",   .field = TRYST_FIELD_nat_src },
	{ .word = "ndstip",   .field = TRYST_FIELD_nat_dst },
	{ .word = "nsrcport", .field = TRYST_FIELD_nat_src_port },
	{ .word = "ndstport", .field = TRYST_FIELD_nat_dst_port },
};

/* nfdump's, of what our flows do not carry: no misspelling, so nothing is suggested for them. */
static const char *const absent[] = {
	"bgpnext", "nhbip", "nextas", "prevas", "dsttos", "dstvlan", "srcnet", "dstnet", "srcgeo", "dstgeo",
	"insrcmac", "outdstmac", "indstmac", "outsrcmac", "srcmac", "dstmac", "inmac", "outmac",
	"mpls1", "mpls2", "mpls3", "mpls4", "mpls5", "mpls6", "mpls7", "mpls8", "mpls9", "mpls10",
	"inam", "onam", "sysid", "nbar", "ja3", "opid", "vrf", "ivrf", "evrf", "ivrfnam", "evrfnam",
	"event", "xevent", "nevent", "iacl", "iace", "ixace", "eacl", "eace", "exace",
};

/* The first name of an order is the one we print. */
static const struct tryst_top_order_name orders[] = {
	{ "flows",   TRYST_ORDER_FLOWS,   TRYST_WAYS_BOTH },
	{ "packets", TRYST_ORDER_PACKETS, TRYST_WAYS_BOTH },
	{ "bytes",   TRYST_ORDER_BYTES,   TRYST_WAYS_BOTH },
	{ "bps",     TRYST_ORDER_BPS,     TRYST_WAYS_BOTH },
	{ "pps",     TRYST_ORDER_PPS,     TRYST_WAYS_BOTH },
	{ "bpp",     TRYST_ORDER_BPP,     TRYST_WAYS_BOTH },
	{ "ipkg",    TRYST_ORDER_PACKETS, TRYST_WAYS_FORWARD },
	{ "ibyte",   TRYST_ORDER_BYTES,   TRYST_WAYS_FORWARD },
	{ "ibps",    TRYST_ORDER_BPS,     TRYST_WAYS_FORWARD },
	{ "ipps",    TRYST_ORDER_PPS,     TRYST_WAYS_FORWARD },
	{ "ibpp",    TRYST_ORDER_BPP,     TRYST_WAYS_FORWARD },
	{ "opkg",    TRYST_ORDER_PACKETS, TRYST_WAYS_REVERSE },
	{ "obyte",   TRYST_ORDER_BYTES,   TRYST_WAYS_REVERSE },
	{ "obps",    TRYST_ORDER_BPS,     TRYST_WAYS_REVERSE },
	{ "opps",    TRYST_ORDER_PPS,     TRYST_WAYS_REVERSE },
	{ "obpp",    TRYST_ORDER_BPP,     TRYST_WAYS_REVERSE },
};
/* clang-format on */

const struct tryst_top_order_name *
tryst_top_order_find(const char *text, size_t len)
{
	char word[TRYST_SUGGEST_WORD_MAX];

	(void)tryst_word_squeeze(text, len, word);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(orders); i++) {
		if (strcmp(orders[i].word, word) == 0)
			return &orders[i];
	}
	return NULL;
}

const char *
tryst_order_name(enum tryst_order order)
{
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(orders); i++) {
		if (orders[i].order == order)
			return orders[i].word;
	}
	assert(!"an order");
	return "";
}

bool
tryst_top_name_find(const char *word, struct tryst_top_name *out)
{
	char ours[TRYST_SUGGEST_WORD_MAX];

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(names); i++) {
		if (strcmp(names[i].word, word) == 0) {
			*out = names[i];
			return true;
		}
	}
	for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++) {
		const char *name = tryst_field_info(f)->name;

		(void)tryst_word_squeeze(name, strlen(name), ours);
		if (strcmp(ours, word) == 0) {
			*out = (struct tryst_top_name){ .word = name, .field = f };
			return true;
		}
	}
	return false;
}

const char *
tryst_top_part_name(const struct tryst_key_part *part)
{
	for (size_t i = 0; part->either && i < TRYST_ARRAY_SIZE(names); i++) {
		if (names[i].either && names[i].field == part->field)
			return names[i].word;
	}
	return tryst_field_info(part->field)->name;
}

const char *
tryst_top_name_nearest(const char *word)
{
	struct tryst_suggest s;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(absent); i++) {
		if (strcmp(absent[i], word) == 0)
			return NULL;
	}
	tryst_suggest_init(&s, word, strlen(word));
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(names); i++)
		tryst_suggest_try(&s, names[i].word);
	for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++)
		tryst_suggest_try(&s, tryst_field_info(f)->name);
	tryst_suggest_try(&s, "record");
	return s.best;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of the filter language.  Names of fields (flow/fields.def) and of protocols are words
 * too, where this table does not have them.
 */
#include "query/filter_ast.h"

#include <string.h>
#include <strings.h>

#include "base/suggest.h"

#define NONE TRYST_FILTER_NO_FIELD
#define FIELDS(a, b) TRYST_FIELD_##a, TRYST_FIELD_##b
#define FIELD_ONE(a) TRYST_FIELD_##a, NONE

enum {
	IP = TRYST_FTERM_IP,
	PORT = TRYST_FTERM_PORT,
	AS,
	MASK,
	IF,
	NAT_IP,
	NAT_PORT,
	PACKETS,
	BYTES,
	VLAN,
	TOS
};

const struct tryst_fterm tryst_fterms[] = {
	[IP] = { "ip", FIELDS(src, dst), TRYST_FSIDE_SRC, FIELDS(src, dst) },
	[PORT] = { "port", FIELDS(src_port, dst_port), TRYST_FSIDE_SRC,
	           FIELDS(src_port, dst_port) },
	[AS] = { "as", FIELDS(src_as, dst_as), TRYST_FSIDE_SRC, FIELDS(src_as, dst_as) },
	[MASK] = { "mask", FIELDS(src_mask, dst_mask), TRYST_FSIDE_SRC,
	           FIELDS(src_mask, dst_mask) },
	[IF] = { "if", FIELDS(in_if, out_if), TRYST_FSIDE_IN, FIELDS(in_if, out_if) },
	[NAT_IP] = { "xip", FIELDS(nat_src, nat_dst), TRYST_FSIDE_SRC, FIELDS(nat_src, nat_dst) },
	[NAT_PORT] = { "xport", FIELDS(nat_src_port, nat_dst_port), TRYST_FSIDE_SRC,
	               FIELDS(nat_src_port, nat_dst_port) },
	[PACKETS] = { "packets", FIELD_ONE(packets), TRYST_FSIDE_IN, FIELDS(packets, rev_packets) },
	[BYTES] = { "bytes", FIELD_ONE(bytes), TRYST_FSIDE_IN, FIELDS(bytes, rev_bytes) },
	[VLAN] = { "vlan", FIELD_ONE(vlan), TRYST_FSIDE_SRC, FIELD_ONE(vlan) },
	[TOS] = { "tos", FIELD_ONE(tos), TRYST_FSIDE_SRC, FIELD_ONE(tos) },
};

const size_t tryst_fterm_count = TRYST_ARRAY_SIZE(tryst_fterms);

/* Sorted by word: bsearch. */
static const struct tryst_fword words[] = {
	/* clang-format off */
	{ "acl",         TRYST_FWORD_ABSENT, 0, "access list" },
	{ "any",         TRYST_FWORD_ANY, 0, NULL },
	{ "app",         TRYST_FWORD_ABSENT, 0, "latencies" },
	{ "as",          TRYST_FWORD_TERM, AS, NULL },
	{ "asa",         TRYST_FWORD_ABSENT, 0, "firewall events" },
	{ "bgpnext",     TRYST_FWORD_ABSENT, 0, "BGP next hop" },
	{ "bpp",         TRYST_FWORD_RATE, TRYST_FRATE_BPP, NULL },
	{ "bps",         TRYST_FWORD_RATE, TRYST_FRATE_BPS, NULL },
	{ "bytes",       TRYST_FWORD_TERM, BYTES, NULL },
	{ "client",      TRYST_FWORD_ABSENT, 0, "latencies" },
	{ "count",       TRYST_FWORD_ABSENT, 0, "number until all of the input is read" },
	{ "dir",         TRYST_FWORD_FIELD, TRYST_FIELD_direction, NULL },
	{ "dst",         TRYST_FWORD_SIDE, TRYST_FSIDE_DST, NULL },
	{ "duration",    TRYST_FWORD_RATE, TRYST_FRATE_DURATION, NULL },
	{ "egress",      TRYST_FWORD_ABSENT, 0, "VRF or access list; did you mean flowdir egress?" },
	{ "engine-id",   TRYST_FWORD_ABSENT, 0, "engine id; the number they came under is domain" },
	{ "engine-type", TRYST_FWORD_ABSENT, 0, "engine type" },
	{ "ether",       TRYST_FWORD_ABSENT, 0, "MAC addresses" },
	{ "flags",       TRYST_FWORD_FLAGS, 0, NULL },
	{ "flowdir",     TRYST_FWORD_FIELD, TRYST_FIELD_direction, NULL },
	{ "flowlabel",   TRYST_FWORD_ABSENT, 0, "flow labels" },
	{ "flows",       TRYST_FWORD_FIELD, TRYST_FIELD_flows, NULL },
	{ "fwdstat",     TRYST_FWORD_FIELD, TRYST_FIELD_fwd_status, NULL },
	{ "geo",         TRYST_FWORD_ABSENT, 0, "countries" },
	{ "greater",     TRYST_FWORD_SIZE, TRYST_FCOMPARE_GE, NULL },
	{ "host",        TRYST_FWORD_TERM, IP, NULL },
	{ "icmp",        TRYST_FWORD_PROTO, 1, NULL },
	{ "icmp-code",   TRYST_FWORD_ICMP, TRYST_FIELD_icmp_code, NULL },
	{ "icmp-type",   TRYST_FWORD_ICMP, TRYST_FIELD_icmp_type, NULL },
	{ "icmp6",       TRYST_FWORD_PROTO, 58, NULL },
	{ "ident",       TRYST_FWORD_ABSENT, 0, "ident of the collector" },
	{ "if",          TRYST_FWORD_TERM, IF, NULL },
	{ "in",          TRYST_FWORD_SIDE, TRYST_FSIDE_IN, NULL },
	{ "inet",        TRYST_FWORD_FAMILY, 4, NULL },
	{ "inet6",       TRYST_FWORD_FAMILY, 6, NULL },
	{ "ingress",     TRYST_FWORD_ABSENT, 0, "VRF or access list; did you mean flowdir ingress?" },
	{ "ip",          TRYST_FWORD_IP, IP, NULL },
	{ "ip6",         TRYST_FWORD_FAMILY, 6, NULL },
	{ "ipv4",        TRYST_FWORD_FAMILY, 4, NULL },
	{ "ipv6",        TRYST_FWORD_FAMILY, 6, NULL },
	{ "label",       TRYST_FWORD_ABSENT, 0, "flow labels" },
	{ "less",        TRYST_FWORD_SIZE, TRYST_FCOMPARE_LE, NULL },
	{ "mac",         TRYST_FWORD_ABSENT, 0, "MAC addresses" },
	{ "mask",        TRYST_FWORD_TERM, MASK, NULL },
	{ "mpls",        TRYST_FWORD_ABSENT, 0, "MPLS labels" },
	{ "nat",         TRYST_FWORD_ABSENT, 0, "NAT events" },
	{ "nbar",        TRYST_FWORD_ABSENT, 0, "applications" },
	{ "net",         TRYST_FWORD_TERM, IP, NULL },
	{ "next",        TRYST_FWORD_SIDE, TRYST_FSIDE_NEXT, NULL },
	{ "nfversion",   TRYST_FWORD_ABSENT, 0, "NetFlow version" },
	{ "nip",         TRYST_FWORD_TERM, NAT_IP, NULL },
	{ "nport",       TRYST_FWORD_TERM, NAT_PORT, NULL },
	{ "observation", TRYST_FWORD_OBSERVATION, 0, NULL },
	{ "out",         TRYST_FWORD_SIDE, TRYST_FSIDE_OUT, NULL },
	{ "packets",     TRYST_FWORD_TERM, PACKETS, NULL },
	{ "payload",     TRYST_FWORD_ABSENT, 0, "payload" },
	{ "pblock",      TRYST_FWORD_ABSENT, 0, "NAT port blocks" },
	{ "pf",          TRYST_FWORD_ABSENT, 0, "packet filter actions" },
	{ "port",        TRYST_FWORD_TERM, PORT, NULL },
	{ "portrange",   TRYST_FWORD_RANGE, PORT, NULL },
	{ "pps",         TRYST_FWORD_RATE, TRYST_FRATE_PPS, NULL },
	{ "prev",        TRYST_FWORD_SIDE, TRYST_FSIDE_PREV, NULL },
	{ "previous",    TRYST_FWORD_SIDE, TRYST_FSIDE_PREV, NULL },
	{ "proto",       TRYST_FWORD_FIELD, TRYST_FIELD_proto, NULL },
	{ "router",      TRYST_FWORD_ROUTER, 0, NULL },
	{ "server",      TRYST_FWORD_ABSENT, 0, "latencies" },
	{ "src",         TRYST_FWORD_SIDE, TRYST_FSIDE_SRC, NULL },
	{ "sysid",       TRYST_FWORD_ABSENT, 0, "exporter number of a collector" },
	{ "tcp",         TRYST_FWORD_PROTO, 6, NULL },
	{ "tos",         TRYST_FWORD_TERM, TOS, NULL },
	{ "tun",         TRYST_FWORD_ABSENT, 0, "tunnels" },
	{ "tunip",       TRYST_FWORD_ABSENT, 0, "tunnels" },
	{ "udp",         TRYST_FWORD_PROTO, 17, NULL },
	{ "vlan",        TRYST_FWORD_TERM, VLAN, NULL },
	{ "vrf",         TRYST_FWORD_ABSENT, 0, "VRF" },
	{ "xip",         TRYST_FWORD_TERM, NAT_IP, NULL },
	{ "xnet",        TRYST_FWORD_TERM, NAT_IP, NULL },
	{ "xport",       TRYST_FWORD_TERM, NAT_PORT, NULL },
	/* clang-format on */
};

const struct tryst_fword *
tryst_fword_find(const char *text, size_t len)
{
	size_t lo = 0, hi = TRYST_ARRAY_SIZE(words), mid;
	int order;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		order = strncasecmp(text, words[mid].word, len);
		if (order == 0 && words[mid].word[len] == '\0')
			return &words[mid];
		if (order <= 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

int
tryst_fword_field(const char *text, size_t len)
{
	const char *name;

	for (int f = 0; f < TRYST_FIELD_COUNT; f++) {
		name = tryst_field_info(f)->name;
		if (strlen(name) == len && strncasecmp(text, name, len) == 0)
			return f;
	}
	return NONE;
}

const char *
tryst_fword_near(const char *text, size_t len)
{
	struct tryst_suggest s;

	tryst_suggest_init(&s, text, len);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(words); i++) {
		if (words[i].kind != TRYST_FWORD_ABSENT)
			tryst_suggest_try(&s, words[i].word);
	}
	for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++)
		tryst_suggest_try(&s, tryst_field_info(f)->name);
	return s.best;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of conn.log, and what they say together.
 *
 * Source of the letters and of ICMP's "ports": Zeek's documentation of base/protocols/conn and its
 * analyzer for ICMP.
 */
#include <netinet/tcp.h>
#include <string.h>

#include "base/proto.h"
#include "read/zeek.h"

#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ICMPV6 58

static bool
is_word(struct tryst_text_cell c, const char *word)
{
	return strlen(word) == c.len && memcmp(c.text, word, c.len) == 0;
}

static bool
read_proto(const struct tryst_text_table *t, const struct tryst_zone *zone,
           struct tryst_text_cell c, struct tryst_text_memory *m, struct tryst_text_row *row)
{
	int proto;

	(void)t;
	(void)zone;
	(void)m;
	if (is_word(c, "tcp"))
		proto = PROTO_TCP;
	else if (is_word(c, "udp"))
		proto = PROTO_UDP;
	else if (is_word(c, "unknown_transport"))
		return true;
	else
		proto = tryst_proto_find(c.text, c.len);
	if (proto < 0)
		return false;
	row->number[TRYST_FIELD_proto] = (uint64_t)proto;
	row->known |= TRYST_BIT(proto);
	return true;
}

/*
 * Upper case is the originator's, lower case the responder's.  Letters without flags (checksum,
 * gap, retransmission, window, a turned direction) are passed over.
 */
static bool
read_history(const struct tryst_text_table *t, const struct tryst_zone *zone,
             struct tryst_text_cell c, struct tryst_text_memory *m, struct tryst_text_row *row)
{
	static const uint8_t flags[26] = {
		['S' - 'A'] = TH_SYN,
		['H' - 'A'] = TH_SYN | TH_ACK,
		['A' - 'A'] = TH_ACK,
		/* Every segment with data carries ACK (RFC 9293, 3.1). */
		['D' - 'A'] = TH_ACK,
		['F' - 'A'] = TH_FIN,
		['R' - 'A'] = TH_RST,
		/* FIN and RST in one packet; SYN with one of them. */
		['I' - 'A'] = TH_FIN | TH_RST,
		['Q' - 'A'] = TH_SYN,
	};
	uint64_t orig = 0, resp = 0;

	(void)t;
	(void)zone;
	(void)m;
	if (c.len == 0)
		return false;
	for (size_t i = 0; i < c.len; i++) {
		unsigned upper = (unsigned)(c.text[i] - 'A'), lower = (unsigned)(c.text[i] - 'a');

		if (upper < 26)
			orig |= flags[upper];
		else if (lower < 26)
			resp |= flags[lower];
		else if (c.text[i] != '^')
			return false;
	}
	row->number[TRYST_FIELD_tcp_flags] = orig;
	row->number[TRYST_FIELD_rev_tcp_flags] = resp;
	row->known |= TRYST_BIT(tcp_flags) | TRYST_BIT(rev_tcp_flags);
	return true;
}

static const struct tryst_text_own own_proto = { read_proto, "a protocol", TRYST_BIT(proto) };
static const struct tryst_text_own own_history = {
	read_history, "a history of letters", TRYST_BIT(tcp_flags) | TRYST_BIT(rev_tcp_flags)
};

static const struct tryst_text_name names[] = {
	TRYST_TEXT_NAME("ts", EPOCH, start_ms),
	TRYST_TEXT_NAME_ONLY("duration", DURATION),
	TRYST_TEXT_NAME("id.orig_h", IP, src),
	TRYST_TEXT_NAME("id.resp_h", IP, dst),
	TRYST_TEXT_NAME("id.orig_p", NUMBER, src_port),
	TRYST_TEXT_NAME("id.resp_p", NUMBER, dst_port),
	TRYST_TEXT_NAME_OWN("proto", own_proto),
	TRYST_TEXT_NAME_HELP("ip_proto", NUMBER, IP_PROTO),
	TRYST_TEXT_NAME_OWN("history", own_history),
	TRYST_TEXT_NAME("orig_pkts", NUMBER, packets),
	TRYST_TEXT_NAME("orig_ip_bytes", NUMBER, bytes),
	TRYST_TEXT_NAME("resp_pkts", NUMBER, rev_packets),
	TRYST_TEXT_NAME("resp_ip_bytes", NUMBER, rev_bytes),
	TRYST_TEXT_NAME("vlan", NUMBER, vlan),
	/* The same with another scope separator, or renamed as Zeek's manual shows it. */
	TRYST_TEXT_NAME("id_orig_h", IP, src),
	TRYST_TEXT_NAME("id_resp_h", IP, dst),
	TRYST_TEXT_NAME("id_orig_p", NUMBER, src_port),
	TRYST_TEXT_NAME("id_resp_p", NUMBER, dst_port),
	TRYST_TEXT_NAME("src", IP, src),
	TRYST_TEXT_NAME("dst", IP, dst),
	TRYST_TEXT_NAME("src_ip", IP, src),
	TRYST_TEXT_NAME("dst_ip", IP, dst),
	TRYST_TEXT_NAME("src_port", NUMBER, src_port),
	TRYST_TEXT_NAME("dst_port", NUMBER, dst_port),
	TRYST_TEXT_NAME("source.ip", IP, src),
	TRYST_TEXT_NAME("destination.ip", IP, dst),
	TRYST_TEXT_NAME("source.port", NUMBER, src_port),
	TRYST_TEXT_NAME("destination.port", NUMBER, dst_port),
};

const struct tryst_text_names tryst_zeek_names = {
	.list = names,
	.count = TRYST_ARRAY_SIZE(names),
	.required = TRYST_BIT(start_ms) | TRYST_BIT(src) | TRYST_BIT(dst),
};

/*
 * Whether Zeek pairs an ICMP type with its answer.  The responder's "port" is then the type of the
 * answer; else it is the code.
 */
static bool
icmp_paired(uint64_t proto, uint64_t type)
{
	static const uint8_t v4[] = { 0, 8, 9, 10, 13, 14, 15, 16, 17, 18 };
	static const uint8_t v6[] = { 128, 129, 130, 131, 133, 134, 135, 136, 139, 140, 144, 145 };
	const uint8_t *list = proto == PROTO_ICMP ? v4 : v6;
	size_t count = proto == PROTO_ICMP ? sizeof(v4) : sizeof(v6);

	return memchr(list, (int)type, count) != NULL;
}

static void
finish_icmp(struct tryst_text_row *row, uint64_t proto)
{
	uint64_t *n = row->number, ports = TRYST_BIT(src_port) | TRYST_BIT(dst_port);

	if ((row->known & ports) == ports && n[TRYST_FIELD_src_port] <= UINT8_MAX &&
	    n[TRYST_FIELD_dst_port] <= UINT8_MAX) {
		n[TRYST_FIELD_icmp_type] = n[TRYST_FIELD_src_port];
		n[TRYST_FIELD_icmp_code] = n[TRYST_FIELD_dst_port];
		row->known |= TRYST_BIT(icmp_type);
		if (!icmp_paired(proto, n[TRYST_FIELD_icmp_type]))
			row->known |= TRYST_BIT(icmp_code);
	}
	row->known &= ~ports;
}

void
tryst_zeek_finish(struct tryst_text_row *row)
{
	uint64_t *proto = &row->number[TRYST_FIELD_proto];

	if (row->known & TRYST_TEXT_HELP_BIT(IP_PROTO)) {
		*proto = row->number[TRYST_TEXT_IP_PROTO];
		row->known |= TRYST_BIT(proto);
	} else if (*proto == PROTO_ICMP && !tryst_ip_is_v4(row->ip[TRYST_FIELD_src])) {
		/* Zeek calls both of them icmp. */
		*proto = PROTO_ICMPV6;
	}
	if (!(row->known & TRYST_BIT(proto)) || *proto != PROTO_TCP)
		row->known &= ~(TRYST_BIT(tcp_flags) | TRYST_BIT(rev_tcp_flags));
	if (row->known & TRYST_BIT(proto) && (*proto == PROTO_ICMP || *proto == PROTO_ICMPV6))
		finish_icmp(row, *proto);
}

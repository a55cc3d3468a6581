/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dialects of flow records in JSON, each a table of paths (docs/formats/json.md).
 */
#include <string.h>

#include "read/json_log.h"
#include "read/zeek.h"

#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_ICMPV6 58
#define ETHERTYPE_IPV4 2048
#define ETHERTYPE_IPV6 34525

#define REQUIRED (TRYST_BIT(start_ms) | TRYST_BIT(src) | TRYST_BIT(dst))

static bool
is_word(struct tryst_text_cell c, const char *word)
{
	return strlen(word) == c.len && memcmp(c.text, word, c.len) == 0;
}

/* What only TCP, only ICMP and all but ICMP have; exporters write 0 for the others. */
static void
finish_protocol(struct tryst_text_row *row)
{
	uint64_t proto = row->known & TRYST_BIT(proto) ? row->number[TRYST_FIELD_proto] : 0;

	if (proto != PROTO_TCP)
		row->known &= ~(TRYST_BIT(tcp_flags) | TRYST_BIT(rev_tcp_flags));
	if (proto == PROTO_ICMP || proto == PROTO_ICMPV6)
		row->known &= ~(TRYST_BIT(src_port) | TRYST_BIT(dst_port));
	else
		row->known &= ~(TRYST_BIT(icmp_type) | TRYST_BIT(icmp_code));
}

/* --- Suricata ------------------------------------------------------------------------------ */

static bool
eve_type(const struct tryst_text_table *t, const struct tryst_zone *zone, struct tryst_text_cell c,
         struct tryst_text_memory *m, struct tryst_text_row *row)
{
	(void)t;
	(void)zone;
	(void)m;
	if (!is_word(c, "flow") && !is_word(c, "netflow"))
		row->verdict = TRYST_TEXT_OTHER;
	/* A netflow record is one direction, and its flags are too. */
	row->number[TRYST_TEXT_ONE_WAY] = c.len == strlen("netflow");
	return true;
}

/* Two hexadecimal digits. */
static bool
eve_hex(struct tryst_text_cell c, uint64_t *out)
{
	char text[8] = "0x";

	if (c.len == 0 || c.len > 2)
		return false;
	memcpy(text + 2, c.text, c.len);
	return tryst_text_flags((struct tryst_text_cell){ text, c.len + 2 }, out);
}

#define EVE_FLAGS(name, where, what)                                                               \
	static bool name(const struct tryst_text_table *t, const struct tryst_zone *zone,          \
	                 struct tryst_text_cell c, struct tryst_text_memory *m,                    \
	                 struct tryst_text_row *row)                                               \
	{                                                                                          \
		(void)t;                                                                           \
		(void)zone;                                                                        \
		(void)m;                                                                           \
		if (!eve_hex(c, &row->number[where]))                                              \
			return false;                                                              \
		row->known |= what;                                                                \
		return true;                                                                       \
	}
EVE_FLAGS(eve_flags_ts, TRYST_FIELD_tcp_flags, TRYST_BIT(tcp_flags))
EVE_FLAGS(eve_flags_tc, TRYST_FIELD_rev_tcp_flags, TRYST_BIT(rev_tcp_flags))
EVE_FLAGS(eve_flags, TRYST_TEXT_ALL_FLAGS, TRYST_TEXT_HELP_BIT(ALL_FLAGS))

static const struct tryst_text_own own_eve_type = { eve_type, "a type", 0 };
static const struct tryst_text_own own_flags_ts = { eve_flags_ts, "hexadecimal flags",
	                                            TRYST_BIT(tcp_flags) };
static const struct tryst_text_own own_flags_tc = { eve_flags_tc, "hexadecimal flags",
	                                            TRYST_BIT(rev_tcp_flags) };
static const struct tryst_text_own own_flags = { eve_flags, "hexadecimal flags", 0 };

static const struct tryst_text_name eve_list[] = {
	TRYST_TEXT_NAME_OWN("event_type", own_eve_type),
	TRYST_TEXT_NAME("src_ip", IP, src),
	TRYST_TEXT_NAME("dest_ip", IP, dst),
	TRYST_TEXT_NAME("src_port", NUMBER, src_port),
	TRYST_TEXT_NAME("dest_port", NUMBER, dst_port),
	TRYST_TEXT_NAME("proto", PROTO, proto),
	TRYST_TEXT_NAME("icmp_type", NUMBER, icmp_type),
	TRYST_TEXT_NAME("icmp_code", NUMBER, icmp_code),
	TRYST_TEXT_NAME("vlan", NUMBER, vlan),
	TRYST_TEXT_NAME("flow.start", TIME, start_ms),
	TRYST_TEXT_NAME("flow.end", TIME, end_ms),
	TRYST_TEXT_NAME("flow.pkts_toserver", NUMBER, packets),
	TRYST_TEXT_NAME("flow.bytes_toserver", NUMBER, bytes),
	TRYST_TEXT_NAME("flow.pkts_toclient", NUMBER, rev_packets),
	TRYST_TEXT_NAME("flow.bytes_toclient", NUMBER, rev_bytes),
	TRYST_TEXT_NAME("netflow.start", TIME, start_ms),
	TRYST_TEXT_NAME("netflow.end", TIME, end_ms),
	TRYST_TEXT_NAME("netflow.pkts", NUMBER, packets),
	TRYST_TEXT_NAME("netflow.bytes", NUMBER, bytes),
	TRYST_TEXT_NAME("netflow.min_ttl", NUMBER, min_ttl),
	TRYST_TEXT_NAME("netflow.max_ttl", NUMBER, max_ttl),
	TRYST_TEXT_NAME_OWN("tcp.tcp_flags_ts", own_flags_ts),
	TRYST_TEXT_NAME_OWN("tcp.tcp_flags_tc", own_flags_tc),
	TRYST_TEXT_NAME_OWN("tcp.tcp_flags", own_flags),
};

static void
eve_finish(struct tryst_text_row *row)
{
	if (row->number[TRYST_TEXT_ONE_WAY] && row->known & TRYST_TEXT_HELP_BIT(ALL_FLAGS)) {
		row->number[TRYST_FIELD_tcp_flags] = row->number[TRYST_TEXT_ALL_FLAGS];
		row->known |= TRYST_BIT(tcp_flags);
	}
	finish_protocol(row);
}

/* --- nfdump -------------------------------------------------------------------------------- */

static bool
nfdump_type(const struct tryst_text_table *t, const struct tryst_zone *zone,
            struct tryst_text_cell c, struct tryst_text_memory *m, struct tryst_text_row *row)
{
	(void)t;
	(void)zone;
	(void)m;
	if (is_word(c, "EVENT"))
		row->verdict = TRYST_TEXT_EVENT;
	else if (!is_word(c, "FLOW"))
		row->verdict = TRYST_TEXT_OTHER;
	return true;
}

static const struct tryst_text_own own_nfdump_type = { nfdump_type, "a type", 0 };

static const struct tryst_text_name nfdump_list[] = {
	TRYST_TEXT_NAME_OWN("type", own_nfdump_type),
	TRYST_TEXT_NAME("first", TIME, start_ms),
	TRYST_TEXT_NAME("last", TIME, end_ms),
	TRYST_TEXT_NAME_ZERO("received", TIME, received_ms),
	TRYST_TEXT_NAME("in_packets", NUMBER, packets),
	TRYST_TEXT_NAME("in_bytes", NUMBER, bytes),
	TRYST_TEXT_NAME_ZERO("out_packets", NUMBER, rev_packets),
	TRYST_TEXT_NAME_ZERO("out_bytes", NUMBER, rev_bytes),
	TRYST_TEXT_NAME_ZERO("aggr_flows", NUMBER, flows),
	TRYST_TEXT_NAME("proto", PROTO, proto),
	TRYST_TEXT_NAME("tcp_flags", FLAGS, tcp_flags),
	TRYST_TEXT_NAME("src_port", NUMBER, src_port),
	TRYST_TEXT_NAME("dst_port", NUMBER, dst_port),
	TRYST_TEXT_NAME("icmp_type", NUMBER, icmp_type),
	TRYST_TEXT_NAME("icmp_code", NUMBER, icmp_code),
	TRYST_TEXT_NAME("src_tos", NUMBER, tos),
	TRYST_TEXT_NAME("src4_addr", IP, src),
	TRYST_TEXT_NAME("dst4_addr", IP, dst),
	TRYST_TEXT_NAME("src6_addr", IP, src),
	TRYST_TEXT_NAME("dst6_addr", IP, dst),
	TRYST_TEXT_NAME_ZERO("input_snmp", NUMBER, in_if),
	TRYST_TEXT_NAME_ZERO("output_snmp", NUMBER, out_if),
	TRYST_TEXT_NAME_ZERO("src_mask", NUMBER, src_mask),
	TRYST_TEXT_NAME_ZERO("dst_mask", NUMBER, dst_mask),
	TRYST_TEXT_NAME_ZERO("fwd_status", NUMBER, fwd_status),
	TRYST_TEXT_NAME_ZERO("direction", NUMBER, direction),
	TRYST_TEXT_NAME_ZERO("src_vlan", NUMBER, vlan),
	TRYST_TEXT_NAME_ZERO("src_as", NUMBER, src_as),
	TRYST_TEXT_NAME_ZERO("dst_as", NUMBER, dst_as),
	TRYST_TEXT_NAME_ZERO("ip4_next_hop", IP, next_hop),
	TRYST_TEXT_NAME_ZERO("ip6_next_hop", IP, next_hop),
	TRYST_TEXT_NAME_ZERO("ip4_router", IP, exporter),
	TRYST_TEXT_NAME_ZERO("ip6_router", IP, exporter),
	TRYST_TEXT_NAME_ZERO("src4_xlt_ip", IP, nat_src),
	TRYST_TEXT_NAME_ZERO("dst4_xlt_ip", IP, nat_dst),
	TRYST_TEXT_NAME_ZERO("src6_xlt_ip", IP, nat_src),
	TRYST_TEXT_NAME_ZERO("dst6_xlt_ip", IP, nat_dst),
	TRYST_TEXT_NAME_ZERO("src_xlt_port", NUMBER, nat_src_port),
	TRYST_TEXT_NAME_ZERO("dst_xlt_port", NUMBER, nat_dst_port),
};

/* --- goflow2 ------------------------------------------------------------------------------- */

/* sFlow samples frames of any kind. */
static bool
goflow2_etype(const struct tryst_text_table *t, const struct tryst_zone *zone,
              struct tryst_text_cell c, struct tryst_text_memory *m, struct tryst_text_row *row)
{
	uint64_t v = 0;

	(void)t;
	(void)zone;
	(void)m;
	if (is_word(c, "IPv4") || is_word(c, "IPv6"))
		return true;
	if (tryst_text_number(c, UINT16_MAX, &v) &&
	    (v == ETHERTYPE_IPV4 || v == ETHERTYPE_IPV6 || v == 0))
		return true;
	row->verdict = TRYST_TEXT_SKIPPED;
	return true;
}

/* A prefix length, or a network of which it is the end. */
static bool
mask_of(struct tryst_text_cell c, uint64_t *out)
{
	const char *slash = memrchr(c.text, '/', c.len);

	if (slash)
		c = (struct tryst_text_cell){ slash + 1, c.len - (size_t)(slash + 1 - c.text) };
	return tryst_text_number(c, 128, out);
}

static bool
goflow2_src_net(const struct tryst_text_table *t, const struct tryst_zone *zone,
                struct tryst_text_cell c, struct tryst_text_memory *m, struct tryst_text_row *row)
{
	(void)t;
	(void)zone;
	(void)m;
	if (!mask_of(c, &row->number[TRYST_FIELD_src_mask]))
		return false;
	row->known |= row->number[TRYST_FIELD_src_mask] ? TRYST_BIT(src_mask) : 0;
	return true;
}

static bool
goflow2_dst_net(const struct tryst_text_table *t, const struct tryst_zone *zone,
                struct tryst_text_cell c, struct tryst_text_memory *m, struct tryst_text_row *row)
{
	(void)t;
	(void)zone;
	(void)m;
	if (!mask_of(c, &row->number[TRYST_FIELD_dst_mask]))
		return false;
	row->known |= row->number[TRYST_FIELD_dst_mask] ? TRYST_BIT(dst_mask) : 0;
	return true;
}

static const struct tryst_text_own own_etype = { goflow2_etype, "an Ethernet type", 0 };
static const struct tryst_text_own own_src_net = { goflow2_src_net, "a prefix length",
	                                           TRYST_BIT(src_mask) };
static const struct tryst_text_own own_dst_net = { goflow2_dst_net, "a prefix length",
	                                           TRYST_BIT(dst_mask) };

static const struct tryst_text_name goflow2_list[] = {
	TRYST_TEXT_NAME_OWN("etype", own_etype),
	TRYST_TEXT_NAME_ZERO("time_received_ns", TIME_NS, received_ms),
	TRYST_TEXT_NAME_ZERO("time_flow_start_ns", TIME_NS, start_ms),
	TRYST_TEXT_NAME_ZERO("time_flow_end_ns", TIME_NS, end_ms),
	TRYST_TEXT_NAME_ZERO("sampling_rate", NUMBER, sampling),
	TRYST_TEXT_NAME_ZERO("sampler_address", IP, exporter),
	TRYST_TEXT_NAME_ZERO("observation_domain_id", NUMBER, domain),
	TRYST_TEXT_NAME("bytes", NUMBER, bytes),
	TRYST_TEXT_NAME("packets", NUMBER, packets),
	TRYST_TEXT_NAME("src_addr", IP, src),
	TRYST_TEXT_NAME("dst_addr", IP, dst),
	TRYST_TEXT_NAME("proto", PROTO, proto),
	TRYST_TEXT_NAME("src_port", NUMBER, src_port),
	TRYST_TEXT_NAME("dst_port", NUMBER, dst_port),
	TRYST_TEXT_NAME_ZERO("in_if", NUMBER, in_if),
	TRYST_TEXT_NAME_ZERO("out_if", NUMBER, out_if),
	TRYST_TEXT_NAME("ip_tos", NUMBER, tos),
	TRYST_TEXT_NAME("tcp_flags", FLAGS, tcp_flags),
	TRYST_TEXT_NAME("icmp_type", NUMBER, icmp_type),
	TRYST_TEXT_NAME("icmp_code", NUMBER, icmp_code),
	TRYST_TEXT_NAME_ZERO("forwarding_status", NUMBER, fwd_status),
	TRYST_TEXT_NAME_ZERO("src_vlan", NUMBER, vlan),
	TRYST_TEXT_NAME_ZERO("src_as", NUMBER, src_as),
	TRYST_TEXT_NAME_ZERO("dst_as", NUMBER, dst_as),
	TRYST_TEXT_NAME_ZERO("next_hop", IP, next_hop),
	TRYST_TEXT_NAME_OWN("src_net", own_src_net),
	TRYST_TEXT_NAME_OWN("dst_net", own_dst_net),
	/* goflow 1. */
	TRYST_TEXT_NAME_OWN("Etype", own_etype),
	TRYST_TEXT_NAME_ZERO("TimeReceived", EPOCH, received_ms),
	TRYST_TEXT_NAME_ZERO("TimeFlowStart", EPOCH, start_ms),
	TRYST_TEXT_NAME_ZERO("TimeFlowEnd", EPOCH, end_ms),
	TRYST_TEXT_NAME_ZERO("TimeFlowStartMs", TIME_MS, start_ms),
	TRYST_TEXT_NAME_ZERO("TimeFlowEndMs", TIME_MS, end_ms),
	TRYST_TEXT_NAME_ZERO("SamplingRate", NUMBER, sampling),
	TRYST_TEXT_NAME_ZERO("SamplerAddress", IP, exporter),
	TRYST_TEXT_NAME("Bytes", NUMBER, bytes),
	TRYST_TEXT_NAME("Packets", NUMBER, packets),
	TRYST_TEXT_NAME("SrcAddr", IP, src),
	TRYST_TEXT_NAME("DstAddr", IP, dst),
	TRYST_TEXT_NAME("Proto", PROTO, proto),
	TRYST_TEXT_NAME("SrcPort", NUMBER, src_port),
	TRYST_TEXT_NAME("DstPort", NUMBER, dst_port),
	TRYST_TEXT_NAME_ZERO("InIf", NUMBER, in_if),
	TRYST_TEXT_NAME_ZERO("OutIf", NUMBER, out_if),
	TRYST_TEXT_NAME("IPTos", NUMBER, tos),
	TRYST_TEXT_NAME("TCPFlags", FLAGS, tcp_flags),
	TRYST_TEXT_NAME("IcmpType", NUMBER, icmp_type),
	TRYST_TEXT_NAME("IcmpCode", NUMBER, icmp_code),
	TRYST_TEXT_NAME_ZERO("ForwardingStatus", NUMBER, fwd_status),
	TRYST_TEXT_NAME_ZERO("SrcVlan", NUMBER, vlan),
	TRYST_TEXT_NAME_ZERO("SrcAS", NUMBER, src_as),
	TRYST_TEXT_NAME_ZERO("DstAS", NUMBER, dst_as),
	TRYST_TEXT_NAME_ZERO("NextHop", IP, next_hop),
	TRYST_TEXT_NAME_OWN("SrcNet", own_src_net),
	TRYST_TEXT_NAME_OWN("DstNet", own_dst_net),
};

/* --- the readers --------------------------------------------------------------------------- */

static const struct tryst_text_names eve_names = { eve_list, TRYST_ARRAY_SIZE(eve_list), false,
	                                           REQUIRED };
static const struct tryst_text_names nfdump_names = { nfdump_list, TRYST_ARRAY_SIZE(nfdump_list),
	                                              false, REQUIRED };
static const struct tryst_text_names goflow2_names = { goflow2_list, TRYST_ARRAY_SIZE(goflow2_list),
	                                               false, REQUIRED };

static const char *const zeek_marks[] = { "\"conn_state\"", "\"orig_pkts\"", "\"orig_bytes\"",
	                                  NULL };
static const char *const eve_marks[] = { "\"event_type\"", NULL };
static const char *const nfdump_marks[] = { "\"export_sysid\"", "\"in_packets\"", NULL };
static const char *const goflow2_marks[] = { "\"time_flow_start_ns\"", "\"TimeFlowStart\"",
	                                     "\"TimeFlowStartMs\"", NULL };

static const struct tryst_json_dialect zeek_json_dialect = { .base = TRYST_JSON_DIALECT,
	                                                     .names = &tryst_zeek_names,
	                                                     .finish = tryst_zeek_finish,
	                                                     .marks = zeek_marks,
	                                                     .score = 98 };
static const struct tryst_json_dialect eve_dialect = { .base = TRYST_JSON_DIALECT,
	                                               .names = &eve_names,
	                                               .finish = eve_finish,
	                                               .marks = eve_marks,
	                                               .score = 97,
	                                               .any_kind = true };
static const struct tryst_json_dialect nfdump_json_dialect = { .base = TRYST_JSON_DIALECT,
	                                                       .names = &nfdump_names,
	                                                       .finish = finish_protocol,
	                                                       .marks = nfdump_marks,
	                                                       .score = 97 };
static const struct tryst_json_dialect goflow2_dialect = { .base = TRYST_JSON_DIALECT,
	                                                   .names = &goflow2_names,
	                                                   .finish = finish_protocol,
	                                                   .marks = goflow2_marks,
	                                                   .score = 97 };
static const struct tryst_json_dialect json_dialect = { .base = TRYST_JSON_DIALECT,
	                                                .names = &tryst_text_names_any,
	                                                .score = 60,
	                                                .ports_hold_icmp = true };

#define READER(id, name_text, help_text)                                                           \
	static int id##_probe(const struct tryst_probe *p)                                         \
	{                                                                                          \
		return tryst_json_probe(&id##_dialect, p);                                         \
	}                                                                                          \
	static int id##_open(const struct tryst_file *file, struct tryst_input *in,                \
	                     const struct tryst_request *req,                                      \
	                     const struct tryst_read_options *options, struct tryst_source **out,  \
	                     struct tryst_error *err)                                              \
	{                                                                                          \
		return tryst_text_log_open(&id##_dialect.base, file, in, req, options,             \
		                           TRYST_TEXT_PART_SIZE, out, err);                        \
	}                                                                                          \
	const struct tryst_reader tryst_reader_##id = {                                            \
		.name = name_text, .help = help_text, .probe = id##_probe, .open = id##_open       \
	}

READER(zeek_json, "zeek-json", "Zeek's conn.log as JSON");
READER(eve, "eve", "Suricata's EVE log: flow and netflow records");
READER(nfdump_json, "nfdump-json", "nfdump -o json and -o ndjson");
READER(goflow2, "goflow2", "goflow2's JSON");
READER(json, "json", "JSON objects with our names, nfdump's, Zeek's or ECS's");

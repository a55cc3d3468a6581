/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The information elements that are used, by number: IANA's registry of IPFIX (NetFlow v9's types
 * are the same below 128), those of Cisco's ASA before 8.4(5), CERT's flags, and the reverse
 * elements of RFC 5103.
 */
#include "read/export_impl.h"

#define F(name) TRYST_FIELD_##name

/* clang-format off */
static const struct ex_element data_elements[] = {
	{ 1,   F(bytes),        EX_UINT,    0 },
	{ 2,   F(packets),      EX_UINT,    0 },
	{ 3,   F(flows),        EX_UINT,    0 },
	{ 4,   F(proto),        EX_UINT,    0 },
	{ 5,   F(tos),          EX_UINT,    0 },
	{ 6,   F(tcp_flags),    EX_UINT,    0 },
	{ 7,   F(src_port),     EX_UINT,    0 },
	{ 8,   F(src),          EX_IP4,     0 },
	{ 9,   F(src_mask),     EX_UINT,    0 },
	{ 10,  F(in_if),        EX_UINT,    0 },
	{ 11,  F(dst_port),     EX_UINT,    0 },
	{ 12,  F(dst),          EX_IP4,     0 },
	{ 13,  F(dst_mask),     EX_UINT,    0 },
	{ 14,  F(out_if),       EX_UINT,    0 },
	{ 15,  F(next_hop),     EX_IP4,     0 },
	{ 16,  F(src_as),       EX_UINT,    0 },
	{ 17,  F(dst_as),       EX_UINT,    0 },
	{ 18,  F(next_hop),     EX_IP4,     10 },
	{ 21,  F(end_ms),       EX_UPTIME,  5 },
	{ 22,  F(start_ms),     EX_UPTIME,  5 },
	/* The same packets behind the exporter, not the other direction: a last resort. */
	{ 23,  F(bytes),        EX_UINT,    30 },
	{ 24,  F(packets),      EX_UINT,    30 },
	{ 27,  F(src),          EX_IP6,     1 },
	{ 28,  F(dst),          EX_IP6,     1 },
	{ 29,  F(src_mask),     EX_UINT,    1 },
	{ 30,  F(dst_mask),     EX_UINT,    1 },
	{ 32,  EX_ICMP,         EX_UINT,    0 },
	{ 34,  F(sampling),     EX_UINT,    0 },
	{ 48,  EX_SAMPLER,      EX_UINT,    0 },
	{ 50,  F(sampling),     EX_UINT,    1 },
	{ 52,  F(min_ttl),      EX_UINT,    0 },
	{ 53,  F(max_ttl),      EX_UINT,    0 },
	{ 54,  F(ip_id),        EX_UINT,    0 },
	{ 58,  F(vlan),         EX_UINT,    0 },
	{ 61,  F(direction),    EX_UINT,    0 },
	{ 62,  F(next_hop),     EX_IP6,     1 },
	{ 63,  F(next_hop),     EX_IP6,     11 },
	{ 85,  F(bytes),        EX_UINT,    20 },
	{ 86,  F(packets),      EX_UINT,    20 },
	{ 89,  F(fwd_status),   EX_UINT,    0 },
	{ 130, F(exporter),     EX_IP4,     0 },
	{ 131, F(exporter),     EX_IP6,     1 },
	{ 136, F(end_reason),   EX_UINT,    0 },
	{ 139, EX_ICMP,         EX_UINT,    1 },
	{ 149, F(domain),       EX_UINT,    0 },
	{ 150, F(start_ms),     EX_SEC,     4 },
	{ 151, F(end_ms),       EX_SEC,     4 },
	{ 152, F(start_ms),     EX_MSEC,    0 },
	{ 153, F(end_ms),       EX_MSEC,    0 },
	{ 154, F(start_ms),     EX_USEC,    1 },
	{ 155, F(end_ms),       EX_USEC,    1 },
	{ 156, F(start_ms),     EX_NSEC,    2 },
	{ 157, F(end_ms),       EX_NSEC,    2 },
	{ 158, F(start_ms),     EX_DELTA,   3 },
	{ 159, F(end_ms),       EX_DELTA,   3 },
	{ 160, EX_BOOT,         EX_MSEC,    0 },
	{ 161, EX_DURATION,     EX_UINT,    0 },
	{ 162, EX_DURATION,     EX_UINT_US, 1 },
	{ 176, F(icmp_type),    EX_UINT,    0 },
	{ 177, F(icmp_code),    EX_UINT,    0 },
	{ 178, F(icmp_type),    EX_UINT,    1 },
	{ 179, F(icmp_code),    EX_UINT,    1 },
	{ 180, F(src_port),     EX_UINT,    1 },
	{ 181, F(dst_port),     EX_UINT,    1 },
	{ 182, F(src_port),     EX_UINT,    2 },
	{ 183, F(dst_port),     EX_UINT,    2 },
	{ 192, F(min_ttl),      EX_UINT,    10 },
	{ 192, F(max_ttl),      EX_UINT,    10 },
	{ 225, F(nat_src),      EX_IP4,     0 },
	{ 226, F(nat_dst),      EX_IP4,     0 },
	{ 227, F(nat_src_port), EX_UINT,    0 },
	{ 228, F(nat_dst_port), EX_UINT,    0 },
	{ 230, F(nat_event),    EX_UINT,    0 },
	{ 231, F(bytes),        EX_UINT,    10 },
	{ 232, F(rev_bytes),    EX_UINT,    10 },
	{ 233, F(fw_event),     EX_UINT,    0 },
	{ 243, F(vlan),         EX_UINT,    1 },
	{ 252, F(in_if),        EX_UINT,    10 },
	{ 253, F(out_if),       EX_UINT,    10 },
	{ 258, F(received_ms),  EX_MSEC,    0 },
	{ 281, F(nat_src),      EX_IP6,     1 },
	{ 282, F(nat_dst),      EX_IP6,     1 },
	{ 298, F(packets),      EX_UINT,    10 },
	{ 299, F(rev_packets),  EX_UINT,    10 },
	{ 302, EX_SAMPLER,      EX_UINT,    1 },
	{ 322, F(start_ms),     EX_SEC,     9 },
	{ 322, F(end_ms),       EX_SEC,     9 },
	{ 323, F(start_ms),     EX_MSEC,    6 },
	{ 323, F(end_ms),       EX_MSEC,    6 },
	{ 324, F(start_ms),     EX_USEC,    7 },
	{ 324, F(end_ms),       EX_USEC,    7 },
	{ 325, F(start_ms),     EX_NSEC,    8 },
	{ 325, F(end_ms),       EX_NSEC,    8 },
	{ 40001, F(nat_src),      EX_IP4,   2 },
	{ 40002, F(nat_dst),      EX_IP4,   2 },
	{ 40003, F(nat_src_port), EX_UINT,  2 },
	{ 40004, F(nat_dst_port), EX_UINT,  2 },
	{ 40005, F(fw_event),     EX_UINT,  2 },
};

static const struct ex_element option_elements[] = {
	{ 10,  EX_OPT_INTERFACE,  EX_UINT, 0 },
	{ 14,  EX_OPT_INTERFACE,  EX_UINT, 1 },
	{ 34,  EX_OPT_INTERVAL,   EX_UINT, 0 },
	{ 48,  EX_OPT_SAMPLER,    EX_UINT, 0 },
	{ 50,  EX_OPT_INTERVAL,   EX_UINT, 1 },
	{ 160, EX_OPT_BOOT,       EX_MSEC, 0 },
	{ 302, EX_OPT_SAMPLER,    EX_UINT, 1 },
	{ 305, EX_OPT_PACKETS,    EX_UINT, 0 },
	{ 306, EX_OPT_SPACE,      EX_UINT, 0 },
	{ 307, EX_OPT_TIME,       EX_UINT, 0 },
	{ 308, EX_OPT_TIME_SPACE, EX_UINT, 0 },
	{ 309, EX_OPT_SIZE,       EX_UINT, 0 },
	{ 310, EX_OPT_POPULATION, EX_UINT, 0 },
	{ 311, EX_OPT_PROBABILITY, EX_FLOAT, 0 },
};

static const struct ex_element reverse_elements[] = {
	{ 1,   F(rev_bytes),     EX_UINT, 0 },
	{ 2,   F(rev_packets),   EX_UINT, 0 },
	{ 6,   F(rev_tcp_flags), EX_UINT, 0 },
	{ 85,  F(rev_bytes),     EX_UINT, 20 },
	{ 86,  F(rev_packets),   EX_UINT, 20 },
};

/* YAF gives the flags of the first packet and those of the others apart. */
static const struct ex_element cert_elements[] = {
	{ 14,    F(tcp_flags),     EX_UINT, 10 },
	{ 14,    F(first_flags),   EX_UINT, 0 },
	{ 15,    F(tcp_flags),     EX_UINT, 11 },
	{ 16398, F(rev_tcp_flags), EX_UINT, 10 },
	{ 16399, F(rev_tcp_flags), EX_UINT, 11 },
};
/* clang-format on */

static const struct {
	uint32_t pen;
	bool options;
	const struct ex_element *list; /* by id */
	size_t count;
} tables[] = {
	{ 0, false, data_elements, TRYST_ARRAY_SIZE(data_elements) },
	{ EX_PEN_REVERSE, false, reverse_elements, TRYST_ARRAY_SIZE(reverse_elements) },
	{ EX_PEN_CERT, false, cert_elements, TRYST_ARRAY_SIZE(cert_elements) },
	{ 0, true, option_elements, TRYST_ARRAY_SIZE(option_elements) },
};

/* The first element of the list whose id is not less. */
static const struct ex_element *
find_first(const struct ex_element *list, size_t count, uint16_t id)
{
	size_t from = 0;

	while (count > 0) {
		size_t half = count / 2;

		if (list[from + half].id < id) {
			from += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return list + from;
}

const struct ex_element *
tryst_ex_elements(uint32_t pen, uint16_t id, bool options, unsigned *count)
{
	*count = 0;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(tables); i++) {
		const struct ex_element *e, *end = tables[i].list + tables[i].count;

		if (tables[i].pen != pen || tables[i].options != options)
			continue;
		e = find_first(tables[i].list, tables[i].count, id);
		while (e + *count < end && e[*count].id == id)
			++*count;
		return e;
	}
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other than nfdump: times are UTC, IPv6 addresses are whole, and the flags of a record are shown
 * whatever its protocol.
 */
#include "cli/fmt_tag.h"

#include "base/proto.h"
#include "base/suggest.h"

static char *
put_time(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)b;
	return tryst_put_time(p, ((const int64_t *)column)[row], ' ', false);
}

static char *
put_duration(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)column;
	return tryst_put_seconds(p, tryst_cell_duration(b, row));
}

static char *
put_proto(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	uint8_t proto = ((const uint8_t *)column)[row];
	/* The keyword of 58 is "IPv6-ICMP", wider than any other that is seen. */
	const char *name = proto == 58 ? "ICMP6" : tryst_proto_name(proto);

	(void)b;
	return name ? stpcpy(p, name) : put_u64(p, proto);
}

/* `192.0.2.1:`, `[2001:db8::1]:` for a port to follow, else the address alone. */
static char *
put_endpoint(char *p, struct tryst_ip ip, bool has_port)
{
	bool brackets = has_port && !tryst_ip_is_v4(ip);

	if (brackets)
		*p++ = '[';
	p = put_ip(p, ip);
	if (brackets)
		*p++ = ']';
	if (has_port)
		*p++ = ':';
	return p;
}

static char *
put_source(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	bool port = tryst_batch_known(b, TRYST_FIELD_src_port, row);

	p = put_endpoint(p, ((const struct tryst_ip *)column)[row], port);
	return port ? put_u64(p, b->src_port[row]) : p;
}

static char *
put_icmp(char *p, const struct tryst_batch *b, uint32_t row)
{
	p = put_u64(p, b->icmp_type[row]);
	*p++ = '.';
	return put_u64(p, b->icmp_code[row]);
}

/* For ICMP the type and code stand where the port does, as with nfdump. */
static char *
put_destination(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	struct tryst_ip ip = ((const struct tryst_ip *)column)[row];
	bool icmp = tryst_batch_known(b, TRYST_FIELD_icmp_type, row);
	bool port = tryst_batch_known(b, TRYST_FIELD_dst_port, row);

	p = put_endpoint(p, ip, icmp || port);
	if (icmp)
		return put_icmp(p, b, row);
	return port ? put_u64(p, b->dst_port[row]) : p;
}

static char *
put_destination_port(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	if (tryst_batch_known(b, TRYST_FIELD_icmp_type, row))
		return put_icmp(p, b, row);
	return put_u64(p, ((const uint16_t *)column)[row]);
}

static char *
put_letters(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)b;
	return tryst_put_flags(p, ((const uint8_t *)column)[row]);
}

static char *
put_flows(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	bool known = tryst_batch_known(b, TRYST_FIELD_flows, row);

	(void)column;
	return put_u64(p, known ? b->flows[row] : 1);
}

static char *
put_per_second(char *p, uint64_t n, const struct tryst_batch *b, uint32_t row)
{
	uint64_t ms = tryst_cell_duration(b, row);

	if (ms)
		return put_u64(p, (uint64_t)((double)n * 1000.0 / (double)ms));
	*p = '-';
	return p + 1;
}

static char *
put_bps(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	return put_per_second(p, ((const uint64_t *)column)[row] * 8, b, row);
}

static char *
put_pps(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	return put_per_second(p, ((const uint64_t *)column)[row], b, row);
}

static char *
put_bpp(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	uint64_t packets = b->packets[row];

	return put_u64(p, packets ? ((const uint64_t *)column)[row] / packets : 0);
}

static char *
put_scaled(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)b;
	return tryst_put_scaled(p, (double)((const uint64_t *)column)[row]);
}

/* An address cut to its prefix. */
static char *
put_net(char *p, struct tryst_ip ip, unsigned len)
{
	unsigned extra = tryst_ip_is_v4(ip) ? 96 : 0;
	struct tryst_ip mask = tryst_ip_mask(TRYST_MIN(len + extra, 128u));

	p = put_ip(p, (struct tryst_ip){ ip.hi & mask.hi, ip.lo & mask.lo });
	*p++ = '/';
	return put_u64(p, len);
}

static char *
put_source_net(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	return put_net(p, ((const struct tryst_ip *)column)[row], b->src_mask[row]);
}

static char *
put_destination_net(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	return put_net(p, ((const struct tryst_ip *)column)[row], b->dst_mask[row]);
}

#define BIT(id) TRYST_BIT(id)
#define F(id) TRYST_FIELD_##id

/* clang-format off */
static const struct tryst_fmt_tag tags[] = {
	/* tag, title, width, left, count, field, put, needs, uses */
	{ "ts", "Start (UTC)", 23, true, false, F(start_ms), put_time, 0, 0 },
	{ "te", "End (UTC)", 23, true, false, F(end_ms), put_time, 0, 0 },
	{ "tr", "Received (UTC)", 23, true, false, F(received_ms), put_time, 0, 0 },
	{ "td", "Duration", 9, false, false, F(start_ms), put_duration, BIT(end_ms), 0 },
	{ "pr", "Proto", 5, true, false, F(proto), put_proto, 0, 0 },
	{ "sa", "Source", 15, false, false, F(src), NULL, 0, 0 },
	{ "da", "Destination", 15, false, false, F(dst), NULL, 0, 0 },
	{ "sap", "Source", 21, false, false, F(src), put_source, 0, BIT(src_port) },
	{ "dap", "Destination", 21, true, false, F(dst), put_destination, 0,
	  BIT(dst_port) | BIT(icmp_type) | BIT(icmp_code) },
	{ "sn", "Source net", 18, false, false, F(src), put_source_net, BIT(src_mask), 0 },
	{ "dn", "Dest. net", 18, true, false, F(dst), put_destination_net, BIT(dst_mask), 0 },
	{ "sp", "Sport", 5, false, false, F(src_port), NULL, 0, 0 },
	{ "dp", "Dport", 5, false, false, F(dst_port), put_destination_port, 0,
	  BIT(icmp_type) | BIT(icmp_code) },
	{ "it", "Type", 4, false, false, F(icmp_type), NULL, 0, 0 },
	{ "ic", "Code", 4, false, false, F(icmp_code), NULL, 0, 0 },
	{ "nh", "Next hop", 15, false, false, F(next_hop), NULL, 0, 0 },
	{ "ra", "Exporter", 15, false, false, F(exporter), NULL, 0, 0 },
	{ "sas", "Src AS", 6, false, false, F(src_as), NULL, 0, 0 },
	{ "das", "Dst AS", 6, false, false, F(dst_as), NULL, 0, 0 },
	{ "in", "Input", 6, false, false, F(in_if), NULL, 0, 0 },
	{ "out", "Output", 6, false, false, F(out_if), NULL, 0, 0 },
	{ "pkt", "Packets", 8, false, true, F(packets), NULL, 0, 0 },
	{ "ipkt", "In pkt", 8, false, true, F(packets), NULL, 0, 0 },
	{ "opkt", "Out pkt", 8, false, true, F(rev_packets), NULL, 0, 0 },
	{ "byt", "Bytes", 8, false, true, F(bytes), NULL, 0, 0 },
	{ "ibyt", "In byte", 8, false, true, F(bytes), NULL, 0, 0 },
	{ "obyt", "Out byte", 8, false, true, F(rev_bytes), NULL, 0, 0 },
	{ "fl", "Flows", 5, false, false, F(start_ms), put_flows, 0, BIT(flows) },
	{ "flg", "Flags", 8, true, false, F(tcp_flags), put_letters, 0, 0 },
	{ "tos", "ToS", 3, false, false, F(tos), NULL, 0, 0 },
	{ "dir", "Dir", 3, false, false, F(direction), NULL, 0, 0 },
	{ "smk", "SMask", 5, false, false, F(src_mask), NULL, 0, 0 },
	{ "dmk", "DMask", 5, false, false, F(dst_mask), NULL, 0, 0 },
	{ "fwd", "Fwd", 3, false, false, F(fwd_status), NULL, 0, 0 },
	{ "svln", "VLAN", 5, false, false, F(vlan), NULL, 0, 0 },
	{ "xsa", "Xlated src", 15, false, false, F(nat_src), NULL, 0, 0 },
	{ "xda", "Xlated dst", 15, false, false, F(nat_dst), NULL, 0, 0 },
	{ "xsp", "XSport", 6, false, false, F(nat_src_port), NULL, 0, 0 },
	{ "xdp", "XDport", 6, false, false, F(nat_dst_port), NULL, 0, 0 },
	{ "bps", "bps", 8, false, false, F(bytes), put_bps, BIT(start_ms) | BIT(end_ms), 0 },
	{ "pps", "pps", 8, false, false, F(packets), put_pps, BIT(start_ms) | BIT(end_ms), 0 },
	{ "bpp", "Bpp", 5, false, false, F(bytes), put_bpp, BIT(packets), 0 },
	{ "eng", "Domain", 6, false, false, F(domain), NULL, 0, 0 },
	{ "cnt", "Record", 0, false, false, F(record_no), NULL, 0, 0 },
};
/* clang-format on */

static void
tag_unknown(const char *text, struct tryst_error *err)
{
	struct tryst_suggest s;

	tryst_suggest_init(&s, text, strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789"));
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(tags); i++)
		tryst_suggest_try(&s, tags[i].tag);
	(void)tryst_suggest_error(&s, "tag", err);
}

const struct tryst_fmt_tag *
tryst_fmt_tag_find(const char *text, struct tryst_error *err)
{
	const struct tryst_fmt_tag *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(tags); i++) {
		size_t len = strlen(tags[i].tag);

		if (len > best_len && strncmp(text, tags[i].tag, len) == 0) {
			best = &tags[i];
			best_len = len;
		}
	}
	if (!best)
		tag_unknown(text, err);
	return best;
}

void
tryst_fmt_tag_cell(const struct tryst_fmt_tag *tag, bool plain, bool scale, struct tryst_cell *out)
{
	tryst_cell_of(tag->field, out);
	if (tag->put && !(plain && tag->field == TRYST_FIELD_proto))
		out->put = tag->put;
	if (tag->count && scale)
		out->put = put_scaled;
	out->name = tag->title;
	out->needs |= tag->needs;
	out->uses |= tag->uses;
}

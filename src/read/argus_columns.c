/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of Argus's tables by all the names that ra and data sets give them, and the values
 * that only Argus writes so: times without a year, ports in hexadecimal, directions, states.
 */
#include "read/argus.h"

#include <string.h>

#include "base/proto.h"

#define PROTO_TCP 6
#define PROTO_UDP 17
#define TIME_MAX 48

/* `MM/DD.hh:mm:ss.uuuuuu` needs the table's year in front. */
static bool
time_read(const struct tryst_text_table *t, const struct tryst_zone *zone, struct tryst_text_cell c,
          struct tryst_text_clock *clock, uint64_t *out)
{
	char text[TIME_MAX];
	int64_t ms;

	if (c.len > 5 && c.len < TIME_MAX - 5 && c.text[2] == '/' && c.text[5] == '.') {
		int year = t->year;

		for (size_t i = 4; i > 0; i--, year /= 10)
			text[i - 1] = (char)('0' + year % 10);
		text[4] = '/';
		memcpy(text + 5, c.text, c.len);
		c = (struct tryst_text_cell){ text, c.len + 5 };
	}
	if (!tryst_text_time(c, zone, clock, &ms) && !tryst_text_epoch(c, &ms))
		return false;
	*out = (uint64_t)ms;
	return true;
}

static bool
read_start(const struct tryst_text_table *t, const struct tryst_zone *zone,
           struct tryst_text_cell c, struct tryst_text_memory *m, struct tryst_text_row *row)
{
	if (!time_read(t, zone, c, &m->clock[TRYST_FIELD_start_ms],
	               &row->number[TRYST_FIELD_start_ms]))
		return false;
	row->known |= TRYST_BIT(start_ms);
	return true;
}

static bool
read_end(const struct tryst_text_table *t, const struct tryst_zone *zone, struct tryst_text_cell c,
         struct tryst_text_memory *m, struct tryst_text_row *row)
{
	if (!time_read(t, zone, c, &m->clock[TRYST_FIELD_end_ms], &row->number[TRYST_FIELD_end_ms]))
		return false;
	row->known |= TRYST_BIT(end_ms);
	return true;
}

static bool
read_proto(const struct tryst_text_table *t, const struct tryst_zone *zone,
           struct tryst_text_cell c, struct tryst_text_memory *m, struct tryst_text_row *row)
{
	static const char *const not_ip[] = { "arp",  "eth",  "ether", "ipx",  "isis", "llc",
		                              "lldp", "loop", "mac",   "man",  "mpls", "pppoe",
		                              "rarp", "stp",  "vlan",  "wlan", "aoe",  "dec" };
	static const char *const udp[] = { "rtp", "rtcp", "udt" };
	uint64_t number;
	int proto;

	(void)t;
	(void)zone;
	(void)m;
	if (c.len == 3 && memcmp(c.text, "tcp", 3) == 0)
		proto = PROTO_TCP;
	else if (tryst_text_is_one_of(c, udp, TRYST_ARRAY_SIZE(udp)))
		proto = PROTO_UDP;
	else if (tryst_text_number(c, UINT8_MAX, &number))
		proto = (int)number;
	else
		proto = tryst_proto_find(c.text, c.len);
	if (proto < 0) {
		row->verdict = TRYST_TEXT_SKIPPED;
		return tryst_text_is_one_of(c, not_ip, TRYST_ARRAY_SIZE(not_ip));
	}
	row->number[TRYST_FIELD_proto] = (uint64_t)proto;
	row->known |= TRYST_BIT(proto);
	return true;
}

static bool
port_parse(struct tryst_text_cell c, uint64_t *out)
{
	uint64_t v = 0;

	if (c.len < 3 || c.len > 6 || memcmp(c.text, "0x", 2) != 0)
		return tryst_text_number(c, UINT16_MAX, out);
	for (size_t i = 2; i < c.len; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *at = memchr(digits, c.text[i] | 0x20, 16);

		if (!at)
			return false;
		v = v << 4 | (uint64_t)(at - digits);
	}
	*out = v;
	return true;
}

/* Services have names where ra was not told -n: which port that is, the file does not say. */
static bool
is_service(struct tryst_text_cell c)
{
	static const char other[] = "-_.*+/";

	if (c.len == 0 || (unsigned char)((c.text[0] | 0x20) - 'a') >= 26)
		return c.len == 1 && c.text[0] == '*';
	for (size_t i = 1; i < c.len; i++) {
		char low = (char)(c.text[i] | 0x20);

		if (!((low >= 'a' && low <= 'z') || (c.text[i] >= '0' && c.text[i] <= '9') ||
		      memchr(other, c.text[i], sizeof(other) - 1)))
			return false;
	}
	return true;
}

static bool
port_read(struct tryst_text_cell c, unsigned field, uint64_t bit, struct tryst_text_row *row)
{
	if (!port_parse(c, &row->number[field]))
		return is_service(c);
	row->known |= bit;
	return true;
}

static bool
read_sport(const struct tryst_text_table *t, const struct tryst_zone *zone,
           struct tryst_text_cell c, struct tryst_text_memory *m, struct tryst_text_row *row)
{
	(void)t;
	(void)zone;
	(void)m;
	return port_read(c, TRYST_FIELD_src_port, TRYST_BIT(src_port), row);
}

static bool
read_dport(const struct tryst_text_table *t, const struct tryst_zone *zone,
           struct tryst_text_cell c, struct tryst_text_memory *m, struct tryst_text_row *row)
{
	(void)t;
	(void)zone;
	(void)m;
	return port_read(c, TRYST_FIELD_dst_port, TRYST_BIT(dst_port), row);
}

/* `<-` and `<?`: the destination opened it. */
static bool
read_direction(const struct tryst_text_table *t, const struct tryst_zone *zone,
               struct tryst_text_cell c, struct tryst_text_memory *m, struct tryst_text_row *row)
{
	(void)t;
	(void)zone;
	(void)m;
	row->reversed = c.len > 0 && c.text[0] == '<' && c.text[c.len - 1] != '>';
	return true;
}

/* `FSPA_SPA`: the flags of both sides.  Other words are states. */
static bool
read_state(const struct tryst_text_table *t, const struct tryst_zone *zone,
           struct tryst_text_cell c, struct tryst_text_memory *m, struct tryst_text_row *row)
{
	const char *cut = memchr(c.text, '_', c.len);
	static const char letters[] = "FSRPAUEC";
	uint64_t side[2] = { 0, 0 };

	(void)t;
	(void)zone;
	(void)m;
	if (!cut)
		return true;
	for (const char *p = c.text; p < c.text + c.len; p++) {
		const char *at = memchr(letters, *p, 8);

		if (!at && p != cut)
			return true;
		if (at)
			side[p > cut] |= 1ULL << (at - letters);
	}
	row->number[TRYST_FIELD_tcp_flags] = side[0];
	row->number[TRYST_FIELD_rev_tcp_flags] = side[1];
	row->known |= TRYST_BIT(tcp_flags) | TRYST_BIT(rev_tcp_flags);
	return true;
}

static const struct tryst_text_own own_start = { read_start, "a time", TRYST_BIT(start_ms) };
static const struct tryst_text_own own_end = { read_end, "a time", TRYST_BIT(end_ms) };
static const struct tryst_text_own own_proto = { read_proto, "a protocol", TRYST_BIT(proto) };
static const struct tryst_text_own own_sport = { read_sport, "a port", TRYST_BIT(src_port) };
static const struct tryst_text_own own_dport = { read_dport, "a port", TRYST_BIT(dst_port) };
static const struct tryst_text_own own_direction = { read_direction, "a direction", 0 };
static const struct tryst_text_own own_state = { read_state, "a state",
	                                         TRYST_BIT(tcp_flags) | TRYST_BIT(rev_tcp_flags) };

static const struct tryst_text_name names[] = {
	TRYST_TEXT_NAME_OWN("StartTime", own_start),
	TRYST_TEXT_NAME_OWN("LastTime", own_end),
	TRYST_TEXT_NAME_ONLY("Dur", DURATION),
	TRYST_TEXT_NAME_OWN("Proto", own_proto),
	TRYST_TEXT_NAME("SrcAddr", IP, src),
	TRYST_TEXT_NAME_OWN("Sport", own_sport),
	TRYST_TEXT_NAME_OWN("Dir", own_direction),
	TRYST_TEXT_NAME("DstAddr", IP, dst),
	TRYST_TEXT_NAME_OWN("Dport", own_dport),
	TRYST_TEXT_NAME_OWN("State", own_state),
	TRYST_TEXT_NAME("sTos", NUMBER, tos),
	TRYST_TEXT_NAME("sVid", NUMBER, vlan),
	TRYST_TEXT_NAME("sAS", NUMBER, src_as),
	TRYST_TEXT_NAME("dAS", NUMBER, dst_as),
	TRYST_TEXT_NAME("SrcPkts", NUMBER, packets),
	TRYST_TEXT_NAME("DstPkts", NUMBER, rev_packets),
	TRYST_TEXT_NAME("SrcBytes", NUMBER, bytes),
	TRYST_TEXT_NAME("DstBytes", NUMBER, rev_bytes),
	TRYST_TEXT_NAME_HELP("TotPkts", NUMBER, TOTAL_PACKETS),
	TRYST_TEXT_NAME_HELP("TotBytes", NUMBER, TOTAL_BYTES),
	/* The words of ra's own -s, which data sets name their columns by, and UNSW-NB15's. */
	TRYST_TEXT_NAME_OWN("stime", own_start),
	TRYST_TEXT_NAME_OWN("ltime", own_end),
	TRYST_TEXT_NAME("saddr", IP, src),
	TRYST_TEXT_NAME("daddr", IP, dst),
	TRYST_TEXT_NAME("srcip", IP, src),
	TRYST_TEXT_NAME("dstip", IP, dst),
	TRYST_TEXT_NAME_OWN("dsport", own_dport),
	TRYST_TEXT_NAME("spkts", NUMBER, packets),
	TRYST_TEXT_NAME("dpkts", NUMBER, rev_packets),
	TRYST_TEXT_NAME("sbytes", NUMBER, bytes),
	TRYST_TEXT_NAME("dbytes", NUMBER, rev_bytes),
	TRYST_TEXT_NAME_HELP("pkts", NUMBER, TOTAL_PACKETS),
	TRYST_TEXT_NAME_HELP("bytes", NUMBER, TOTAL_BYTES),
};

const struct tryst_text_names tryst_argus_names = {
	.list = names,
	.count = TRYST_ARRAY_SIZE(names),
	.required = TRYST_BIT(start_ms) | TRYST_BIT(src) | TRYST_BIT(dst),
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zeek's conn.log as Zeek writes it (TSV).  Columns that flow records say nothing about are unset.
 * No value comes from outside as text, so nothing needs an escape.
 *
 * Source: Zeek's documentation of base/protocols/conn and of the ASCII writer.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "base/community_id.h"
#include "cli/rows.h"

#define B(name) TRYST_BIT(name)
#define FLAGS (B(tcp_flags) | B(rev_tcp_flags))
#define PORTS (B(src_port) | B(dst_port) | B(icmp_type) | B(icmp_code))
#define COMMUNITY (B(src) | B(dst) | B(proto))

static char *
put_text(char *p, const char *text)
{
	return mempcpy(p, text, strlen(text));
}

/* Seconds, with Zeek's six decimals. */
static char *
put_seconds(char *p, int64_t ms)
{
	if (ms < 0)
		*p++ = '-';
	p = tryst_put_seconds(p, ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms);
	return put_text(p, "000");
}

static char *
put_ts(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)column;
	return put_seconds(p, b->start_ms[row]);
}

static char *
put_duration(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)column;
	if (b->end_ms[row] < b->start_ms[row])
		return put_text(p, "-");
	return put_seconds(p, b->end_ms[row] - b->start_ms[row]);
}

static bool
is_icmp(const struct tryst_batch *b, uint32_t row)
{
	return b->proto[row] == IPPROTO_ICMP || b->proto[row] == IPPROTO_ICMPV6;
}

/* Of ICMP the type. */
static char *
put_orig_port(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)column;
	if (is_icmp(b, row))
		return tryst_batch_known(b, TRYST_FIELD_icmp_type, row)
		               ? put_u64(p, b->icmp_type[row])
		               : put_text(p, "-");
	return tryst_batch_known(b, TRYST_FIELD_src_port, row) ? put_u64(p, b->src_port[row])
	                                                       : put_text(p, "-");
}

/* Of ICMP the type of the answer, where there is one, else the code. */
static char *
put_resp_port(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	int answer;

	(void)column;
	if (!is_icmp(b, row))
		return tryst_batch_known(b, TRYST_FIELD_dst_port, row)
		               ? put_u64(p, b->dst_port[row])
		               : put_text(p, "-");
	if (!tryst_batch_known(b, TRYST_FIELD_icmp_type, row))
		return put_text(p, "-");
	answer = tryst_icmp_counterpart(b->proto[row], b->icmp_type[row]);
	return put_u64(p, answer >= 0 ? (uint64_t)answer : b->icmp_code[row]);
}

static char *
put_proto(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)column;
	if (is_icmp(b, row))
		return put_text(p, "icmp");
	if (b->proto[row] == IPPROTO_TCP)
		return put_text(p, "tcp");
	return put_text(p, b->proto[row] == IPPROTO_UDP ? "udp" : "unknown_transport");
}

/* The state of a TCP connection whose two sides are both known. */
static const char *
tcp_state(uint8_t orig, uint8_t resp, bool answered)
{
	if (orig & TH_SYN && resp & TH_SYN)
		return orig & TH_RST                    ? "RSTO"
		       : resp & TH_RST                  ? "RSTR"
		       : orig & TH_FIN && resp & TH_FIN ? "SF"
		       : orig & TH_FIN                  ? "S2"
		       : resp & TH_FIN                  ? "S3"
		                                        : "S1";
	if (orig & TH_SYN)
		return resp & TH_RST      ? "REJ"
		       : resp || answered ? "OTH"
		       : orig & TH_RST    ? "RSTOS0"
		       : orig & TH_FIN    ? "SH"
		                          : "S0";
	if (resp & TH_SYN)
		return resp & TH_RST ? "RSTRH" : resp & TH_FIN ? "SHR" : "OTH";
	return "OTH";
}

static char *
put_state(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	bool answered = b->rev_packets[row] > 0;

	(void)column;
	if (b->proto[row] == IPPROTO_TCP && (b->present[row] & FLAGS) == FLAGS)
		return put_text(p, tcp_state(b->tcp_flags[row], b->rev_tcp_flags[row], answered));
	/* No packets back may only mean that nobody counted them. */
	if (b->proto[row] != IPPROTO_TCP && answered)
		return put_text(p, "SF");
	return put_text(p, "-");
}

/* Flags say what was seen, not in which order: the usual one. */
static char *
put_history(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	static const struct {
		uint8_t flag;
		char orig, resp;
	} letters[] = {
		{ TH_SYN, 'S', 'h' }, { TH_ACK, 'A', 'a' }, { TH_PUSH, 'D', 'd' },
		{ TH_FIN, 'F', 'f' }, { TH_RST, 'R', 'r' },
	};
	char *start = p;

	(void)column;
	for (size_t i = 0; b->proto[row] == IPPROTO_TCP && i < TRYST_ARRAY_SIZE(letters); i++) {
		if (b->tcp_flags[row] & letters[i].flag)
			*p++ = letters[i].orig;
		if (b->rev_tcp_flags[row] & letters[i].flag)
			*p++ = letters[i].resp;
	}
	return p == start ? put_text(p, "-") : p;
}

static char *
put_community(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)column;
	return tryst_community_known(b, row) ? tryst_put_community_id(p, b, row) : put_text(p, "-");
}

#define FIELD_OF(id)                                                                               \
	{                                                                                          \
		NULL, TRYST_FIELD_##id, TRYST_BIT(id), NULL, false, 0                              \
	}
#define MADE(id, needs, put, uses)                                                                 \
	{                                                                                          \
		NULL, TRYST_FIELD_##id, needs, put, false, uses                                    \
	}
#define UNSET                                                                                      \
	{                                                                                          \
		NULL, TRYST_FIELD_start_ms, 0, NULL, false, 0                                      \
	}

/* clang-format off */
static const struct {
	const char *name;
	const char *type;
	struct tryst_cell cell;
} columns_of_conn[] = {
	{ "ts", "time", MADE(start_ms, B(start_ms), put_ts, 0) },
	{ "uid", "string", UNSET },
	{ "id.orig_h", "addr", FIELD_OF(src) },
	{ "id.orig_p", "port", MADE(src_port, 0, put_orig_port, B(proto) | PORTS) },
	{ "id.resp_h", "addr", FIELD_OF(dst) },
	{ "id.resp_p", "port", MADE(dst_port, 0, put_resp_port, B(proto) | PORTS) },
	{ "proto", "enum", MADE(proto, B(proto), put_proto, 0) },
	{ "service", "string", UNSET },
	{ "duration", "interval", MADE(end_ms, B(start_ms) | B(end_ms), put_duration, 0) },
	{ "orig_bytes", "count", UNSET },
	{ "resp_bytes", "count", UNSET },
	{ "conn_state", "string", MADE(tcp_flags, B(proto), put_state, FLAGS | B(rev_packets)) },
	{ "local_orig", "bool", UNSET },
	{ "local_resp", "bool", UNSET },
	{ "missed_bytes", "count", UNSET },
	{ "history", "string", MADE(tcp_flags, B(proto) | B(tcp_flags), put_history, FLAGS) },
	{ "orig_pkts", "count", FIELD_OF(packets) },
	{ "orig_ip_bytes", "count", FIELD_OF(bytes) },
	{ "resp_pkts", "count", FIELD_OF(rev_packets) },
	{ "resp_ip_bytes", "count", FIELD_OF(rev_bytes) },
	{ "tunnel_parents", "set[string]", UNSET },
	{ "vlan", "int", FIELD_OF(vlan) },
	{ "ip_proto", "count", FIELD_OF(proto) },
	{ "community_id", "string", MADE(src, COMMUNITY, put_community, PORTS) },
};
/* clang-format on */

#define UID 1 /* the place of uid among them */

static int
zeek_open(struct tryst_rows *rows, const char *arg, struct tryst_error *err)
{
	int rc = 0;

	(void)arg;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(columns_of_conn) && rc == 0; i++) {
		struct tryst_cell cell = columns_of_conn[i].cell;

		if (cell.needs && !cell.put)
			tryst_cell_of(cell.field, &cell);
		rc = tryst_rows_slot(rows, &cell, "", 0, err);
	}
	return rc;
}

/* `2026-11-23-09-00-00` */
static void
add_time(struct tryst_buf *out, const char *name, int64_t ms)
{
	char text[TRYST_TIME_TEXT_MAX];

	(void)tryst_time_format(ms, text);
	for (char *p = text; *p; p++) {
		if (*p == 'T' || *p == ':')
			*p = '-';
		else if (*p == '.')
			*p-- = '\0';
	}
	tryst_buf_printf(out, "#%s\t%s\n", name, text);
}

static void
zeek_heading(const struct tryst_rows *rows, struct tryst_buf *out)
{
	tryst_buf_str(out, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"
	                   "#unset_field\t-\n#path\tconn\n");
	add_time(out, "open", rows->now_ms);
	tryst_buf_str(out, "#fields");
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(columns_of_conn); i++)
		tryst_buf_printf(out, "\t%s", columns_of_conn[i].name);
	tryst_buf_str(out, "\n#types");
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(columns_of_conn); i++)
		tryst_buf_printf(out, "\t%s", columns_of_conn[i].type);
	tryst_buf_char(out, '\n');
}

static void
zeek_ending(const struct tryst_rows *rows, struct tryst_buf *out)
{
	add_time(out, "close", rows->now_ms);
}

static char *
zeek_row(const struct tryst_rows *rows, char *p, const void *const *columns,
         const struct tryst_batch *b, uint32_t row)
{
	for (unsigned i = 0; i < rows->count; i++) {
		const struct tryst_slot *slot = &rows->slots[i];

		if (i)
			*p++ = '\t';
		if (i == UID)
			p = tryst_put_uid(p, rows, b, row);
		else if (slot->cell.put && tryst_slot_known(slot, b, row))
			p = slot->cell.put(p, columns[i], b, row);
		else
			*p++ = '-';
	}
	*p++ = '\n';
	return p;
}

const struct tryst_row_format tryst_out_zeek = {
	.name = "zeek",
	.open = zeek_open,
	.heading = zeek_heading,
	.ending = zeek_ending,
	.row = zeek_row,
};

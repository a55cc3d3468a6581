/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `fmt:%ts %sap -> %dap %byt`: nfdump's tags with text between them; `%10byt` sets a width.  Other
 * than there, times are UTC, IPv6 addresses are whole, and what is unknown is a dash.
 */
#include "base/proto.h"
#include "cli/rows.h"
#include "cli/suggest.h"

#define FMT_DEPTH_MAX 2 /* a preset in a text; presets hold none */

struct tag {
	const char *tag;
	const char *title;
	uint8_t width;
	bool left;
	bool count; /* scaled on a terminal */
	enum tryst_field field;
	tryst_put_fn put; /* NULL: as the field's own cell */
	uint64_t needs;   /* beside the field */
	uint64_t uses;
};

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

/* `192.0.2.1:80`, `[2001:db8::1]:80`; without a port where there is none. */
static char *
put_endpoint(char *p, struct tryst_ip ip, bool has_port, uint16_t port)
{
	bool brackets = has_port && !tryst_ip_is_v4(ip);

	if (brackets)
		*p++ = '[';
	p = put_ip(p, ip);
	if (brackets)
		*p++ = ']';
	if (!has_port)
		return p;
	*p++ = ':';
	return put_u64(p, port);
}

static char *
put_source(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	bool port = tryst_batch_known(b, TRYST_FIELD_src_port, row);

	return put_endpoint(p, ((const struct tryst_ip *)column)[row], port, b->src_port[row]);
}

/* For ICMP the type and code stand where the port does, as with nfdump. */
static char *
put_destination(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	struct tryst_ip ip = ((const struct tryst_ip *)column)[row];
	bool port = tryst_batch_known(b, TRYST_FIELD_dst_port, row);

	if (!tryst_batch_known(b, TRYST_FIELD_icmp_type, row))
		return put_endpoint(p, ip, port, b->dst_port[row]);
	p = put_endpoint(p, ip, true, b->icmp_type[row]);
	*p++ = '.';
	return put_u64(p, b->icmp_code[row]);
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
static const struct tag tags[] = {
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
	{ "dp", "Dport", 5, false, false, F(dst_port), NULL, 0, 0 },
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

static const struct {
	const char *name;
	const char *fmt;
} presets[] = {
	{ "line", "%ts %td %pr %sap -> %dap %pkt %byt %fl" },
	{ "long", "%ts %td %pr %sap -> %dap %flg %tos %pkt %byt %fl" },
	{ "extended", "%ts %td %pr %sap -> %dap %flg %tos %pkt %byt %pps %bps %bpp %fl" },
};
/* clang-format on */

const char *
tryst_fmt_preset(const char *name, size_t len)
{
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(presets); i++) {
		if (strlen(presets[i].name) == len && memcmp(presets[i].name, name, len) == 0)
			return presets[i].fmt;
	}
	return NULL;
}

/* The longest tag that text begins with: %sap is not %sa and a p. */
static const struct tag *
tag_find(const char *text)
{
	const struct tag *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(tags); i++) {
		size_t len = strlen(tags[i].tag);

		if (len > best_len && strncmp(text, tags[i].tag, len) == 0) {
			best = &tags[i];
			best_len = len;
		}
	}
	return best;
}

static int
tag_unknown(const char *text, struct tryst_error *err)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789");
	struct tryst_suggest s;

	tryst_suggest_init(&s, text, len);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(tags); i++)
		tryst_suggest_try(&s, tags[i].tag);
	return tryst_suggest_error(&s, "tag", err);
}

static int
tag_slot(struct tryst_rows *rows, const struct tag *tag, unsigned width,
         const struct tryst_buf *before, struct tryst_error *err)
{
	struct tryst_slot *slot = &rows->slots[rows->count];
	struct tryst_cell cell;
	int rc;

	tryst_cell_of(tag->field, &cell);
	if (tag->put)
		cell.put = tag->put;
	if (tag->count && rows->scale)
		cell.put = put_scaled;
	cell.name = tag->title;
	cell.needs |= tag->needs;
	cell.uses |= tag->uses;
	rc = tryst_rows_slot(rows, &cell, before->data, before->len, err);
	if (rc < 0)
		return rc;
	slot->width = width ? (uint8_t)width : tag->width;
	slot->left = tag->left;
	return 0;
}

/* The tag or preset behind a percent sign: returns what is behind it, or NULL. */
static const char *parse_tag(struct tryst_rows *rows, const char *p, struct tryst_buf *text,
                             unsigned depth, struct tryst_error *err);

static int
parse(struct tryst_rows *rows, const char *p, struct tryst_buf *text, unsigned depth,
      struct tryst_error *err)
{
	while (*p) {
		if (p[0] == '%' && p[1] == '%') {
			tryst_buf_char(text, '%');
			p += 2;
		} else if (*p == '%') {
			p = parse_tag(rows, p + 1, text, depth, err);
			if (!p)
				return TRYST_ERR_USAGE;
		} else if (p[0] == '\\' && p[1] == 't') {
			tryst_buf_char(text, '\t');
			p += 2;
		} else if ((unsigned char)*p < 0x20 && *p != '\t') {
			return tryst_error_set(err, TRYST_ERR_USAGE,
			                       "fmt: a control character, where a row is one line");
		} else {
			tryst_buf_char(text, *p++);
		}
	}
	return 0;
}

static const char *
parse_tag(struct tryst_rows *rows, const char *p, struct tryst_buf *text, unsigned depth,
          struct tryst_error *err)
{
	const struct tag *tag;
	unsigned width = 0;

	for (size_t i = 0; depth < FMT_DEPTH_MAX && i < TRYST_ARRAY_SIZE(presets); i++) {
		size_t len = strlen(presets[i].name);

		if (strncmp(p, presets[i].name, len) == 0)
			return parse(rows, presets[i].fmt, text, depth + 1, err) < 0 ? NULL
			                                                             : p + len;
	}
	for (; *p >= '0' && *p <= '9' && width < PUT_MAX; p++)
		width = width * 10 + (unsigned)(*p - '0');
	tag = tag_find(p);
	if (!tag || width > PUT_MAX) {
		(void)tag_unknown(p, err);
		return NULL;
	}
	if (tag_slot(rows, tag, width, text, err) < 0)
		return NULL;
	tryst_buf_clear(text);
	return p + strlen(tag->tag);
}

static int
fmt_open(struct tryst_rows *rows, const char *arg, struct tryst_error *err)
{
	struct tryst_buf text = { 0 };
	int rc = parse(rows, arg, &text, 0, err);

	if (rc == 0 && rows->count == 0)
		rc = tryst_error_set(err, TRYST_ERR_USAGE, "fmt: no tag in '%s'", arg);
	tryst_buf_add(&rows->texts, text.data, text.len);
	rows->texts.failed |= text.failed;
	tryst_buf_fini(&text);
	return rc;
}

/* Pads what stands from start to p. */
static char *
pad(char *start, char *p, const struct tryst_slot *slot)
{
	size_t len = (size_t)(p - start), blanks;

	if (len >= slot->width)
		return p;
	blanks = slot->width - len;
	if (!slot->left)
		memmove(start + blanks, start, len);
	memset(slot->left ? p : start, ' ', blanks);
	return p + blanks;
}

/* Ends the line, without blanks before the end. */
static char *
line_end(const struct tryst_rows *rows, char *start, char *p)
{
	size_t len = rows->texts.len - rows->behind;

	memcpy(p, rows->texts.data + rows->behind, len);
	p += len;
	while (p > start && p[-1] == ' ')
		p--;
	*p++ = '\n';
	return p;
}

static void
fmt_heading(const struct tryst_rows *rows, struct tryst_buf *out)
{
	char *start =
		rows->quiet ? NULL
			    : tryst_buf_reserve(out, rows->texts.len + (rows->count + 2) * PUT_MAX);
	char *p = start;

	if (!start)
		return;
	if (rows->colour)
		p = stpcpy(p, "\033[1m");
	for (unsigned i = 0; i < rows->count; i++) {
		const struct tryst_slot *slot = &rows->slots[i];
		char *value = tryst_slot_before(rows, slot, p);

		p = pad(value, stpcpy(value, slot->cell.name), slot);
	}
	if (rows->colour)
		p = stpcpy(p, "\033[0m");
	p = line_end(rows, start, p);
	out->len += (size_t)(p - start);
}

static char *
fmt_row(const struct tryst_rows *rows, char *p, const void *const *columns,
        const struct tryst_batch *b, uint32_t row)
{
	char *start = p;

	for (unsigned i = 0; i < rows->count; i++) {
		const struct tryst_slot *slot = &rows->slots[i];
		char *value = tryst_slot_before(rows, slot, p);

		if (tryst_slot_known(slot, b, row)) {
			p = slot->cell.put(value, columns[i], b, row);
		} else {
			*value = '-';
			p = value + 1;
		}
		p = pad(value, p, slot);
	}
	return line_end(rows, start, p);
}

const struct tryst_row_format tryst_out_fmt = {
	.name = "fmt",
	.arg = "TEXT",
	.arg_needed = true,
	.open = fmt_open,
	.heading = fmt_heading,
	.row = fmt_row,
};

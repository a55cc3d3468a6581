/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of AWS VPC flow logs, versions 2 to 5 and custom formats (docs/formats/vpc.md).
 *
 * Cells are separated by one blank.  Files in buckets begin with a header line; what comes from
 * elsewhere may be the default format without one.
 */
#include "read/vpc.h"

#include <string.h>

#include "read/text_log.h"

#define FORWARDED 64 /* RFC 7270, 4.12 */
#define DROPPED 128

static const char default_header[] =
	"version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes "
	"start end action log-status";

static bool
is_word(struct tryst_text_cell c, const char *word)
{
	return strlen(word) == c.len && memcmp(c.text, word, c.len) == 0;
}

static bool
read_action(const struct tryst_text_table *t, const struct tryst_zone *zone,
            struct tryst_text_cell c, struct tryst_text_memory *m, struct tryst_text_row *row)
{
	(void)t;
	(void)zone;
	(void)m;
	if (!is_word(c, "ACCEPT") && !is_word(c, "REJECT"))
		return false;
	row->number[TRYST_FIELD_fwd_status] = c.text[0] == 'A' ? FORWARDED : DROPPED;
	row->known |= TRYST_BIT(fwd_status);
	return true;
}

/* NODATA and SKIPDATA: no flow, but a statement about the interface. */
static bool
read_status(const struct tryst_text_table *t, const struct tryst_zone *zone,
            struct tryst_text_cell c, struct tryst_text_memory *m, struct tryst_text_row *row)
{
	(void)t;
	(void)zone;
	(void)m;
	if (is_word(c, "NODATA") || is_word(c, "SKIPDATA"))
		row->verdict = TRYST_TEXT_OTHER;
	else
		return is_word(c, "OK");
	return true;
}

static const struct tryst_text_own own_action = { read_action, "ACCEPT or REJECT",
	                                          TRYST_BIT(fwd_status) };
static const struct tryst_text_own own_status = { read_status, "OK, NODATA or SKIPDATA", 0 };

static const struct tryst_text_name names[] = {
	TRYST_TEXT_NAME("srcaddr", IP, src),
	TRYST_TEXT_NAME("dstaddr", IP, dst),
	TRYST_TEXT_NAME("srcport", NUMBER, src_port),
	TRYST_TEXT_NAME("dstport", NUMBER, dst_port),
	TRYST_TEXT_NAME("protocol", NUMBER, proto),
	TRYST_TEXT_NAME("packets", NUMBER, packets),
	TRYST_TEXT_NAME("bytes", NUMBER, bytes),
	TRYST_TEXT_NAME("start", EPOCH, start_ms),
	TRYST_TEXT_NAME("end", EPOCH, end_ms),
	TRYST_TEXT_NAME("tcp-flags", NUMBER, tcp_flags),
	TRYST_TEXT_NAME("flow-direction", DIRECTION, direction),
	TRYST_TEXT_NAME("pkt-srcaddr", IP, nat_src),
	TRYST_TEXT_NAME("pkt-dstaddr", IP, nat_dst),
	TRYST_TEXT_NAME_OWN("action", own_action),
	TRYST_TEXT_NAME_OWN("log-status", own_status),
};

static const struct tryst_text_names vpc_names = {
	.list = names,
	.count = TRYST_ARRAY_SIZE(names),
	.required = TRYST_BIT(start_ms) | TRYST_BIT(src) | TRYST_BIT(dst),
};

/*
 * The packet's own address is the end of the flow; the interface's, where it differs, is what it is
 * translated to on the way.
 */
static void
packet_address(struct tryst_text_row *row, unsigned end, unsigned translated)
{
	struct tryst_ip interface = row->ip[end];

	if (!(row->known >> translated & 1))
		return;
	if (tryst_ip_equal(interface, row->ip[translated])) {
		row->known &= ~(1ULL << translated);
		return;
	}
	row->ip[end] = row->ip[translated];
	row->ip[translated] = interface;
}

static enum tryst_text_verdict
vpc_line(struct tryst_text_part *p, const struct tryst_text_line *line,
         char why[TRYST_TEXT_FAULT_MAX])
{
	const struct tryst_text_log *log = p->log;
	struct tryst_text_fault fault;
	enum tryst_text_verdict verdict =
		tryst_text_row_parse(&log->table, &log->options.zone, line->text, line->len,
	                             &p->memory, &p->row, &fault);

	if (TRYST_LIKELY(verdict == TRYST_TEXT_ROW)) {
		packet_address(&p->row, TRYST_FIELD_src, TRYST_FIELD_nat_src);
		packet_address(&p->row, TRYST_FIELD_dst, TRYST_FIELD_nat_dst);
	} else if (verdict == TRYST_TEXT_BAD) {
		if (tryst_text_log_is_header(log, line))
			return TRYST_TEXT_OTHER;
		tryst_text_fault_format(&fault, &log->table, why);
	}
	return verdict;
}

/* Finds a header line, or sees that the first line is a record of the default format. */
static bool
table_find(const char *text, size_t len, struct tryst_text_table *t)
{
	static const char *const statuses[] = { " OK", " NODATA", " SKIPDATA" };
	const char *eol = memchr(text, '\n', len);
	size_t line = eol ? (size_t)(eol - text) : len;
	unsigned blanks = 0;

	if (line && text[line - 1] == '\r')
		line--;
	*t = (struct tryst_text_table){ .separator = ' ' };
	if (tryst_text_columns_add(t, &vpc_names, text, text + line)) {
		t->header_len = line;
		t->data_at = eol ? (size_t)(eol + 1 - text) : len;
		t->lines = 1;
		return true;
	}
	for (size_t i = 0; i < line; i++)
		blanks += text[i] == ' ';
	if (blanks != 13 || memcmp(text, "2 ", 2) != 0)
		return false;
	*t = (struct tryst_text_table){ .separator = ' ' };
	(void)tryst_text_columns_add(t, &vpc_names, default_header,
	                             default_header + sizeof(default_header) - 1);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(statuses); i++) {
		size_t n = strlen(statuses[i]);

		if (line > n && memcmp(text + line - n, statuses[i], n) == 0)
			return true;
	}
	return false;
}

static int
vpc_head(struct tryst_text_log *log, const char *head, size_t len, struct tryst_error *err)
{
	if (!table_find(head, len, &log->table))
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "expected a header line with srcaddr, dstaddr and start, or "
		                       "records of the default format of 14 columns");
	return log->table.header_len ? tryst_text_log_keep_header(log, head, err) : 0;
}

static const struct tryst_text_dialect vpc_dialect = {
	.open = vpc_head,
	.line = vpc_line,
};

static int
vpc_probe(const struct tryst_probe *p)
{
	struct tryst_text_table table;

	return p->text_len && table_find((const char *)p->text, p->text_len, &table) ? 97 : 0;
}

static int
vpc_open(const struct tryst_file *file, struct tryst_input *in, const struct tryst_request *req,
         const struct tryst_read_options *options, struct tryst_source **out,
         struct tryst_error *err)
{
	return tryst_text_log_open(&vpc_dialect, file, in, req, options, TRYST_TEXT_PART_SIZE, out,
	                           err);
}

const struct tryst_reader tryst_reader_vpc = {
	.name = "vpc",
	.help = "AWS VPC flow logs, versions 2 to 5 and custom formats",
	.probe = vpc_probe,
	.open = vpc_open,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of Argus's tables (`ra -c ,`, binetflow; docs/formats/argus.md); argus_columns.c has
 * what they hold.
 *
 * Counts are set as far as the columns determine them: with both sides' totals and one side's
 * share the other side's follows; a side without bytes has no packets; two packets of two sides
 * are one each.  What remains open is unknown.
 */
#include "read/argus.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "read/text_log.h"

#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_ICMPV6 58

/* Of a total and one side's share, the other side's. */
static void
share(struct tryst_text_row *row, unsigned total, unsigned a, unsigned b)
{
	uint64_t *n = row->number;

	if (!(row->known >> total & 1))
		return;
	if (row->known >> a & 1 && !(row->known >> b & 1) && n[a] <= n[total]) {
		n[b] = n[total] - n[a];
		row->known |= 1ULL << b;
	} else if (row->known >> b & 1 && !(row->known >> a & 1) && n[b] <= n[total]) {
		n[a] = n[total] - n[b];
		row->known |= 1ULL << a;
	}
}

/* Packets of which only the total is known, where the bytes leave one answer. */
static void
packets_by_bytes(struct tryst_text_row *row)
{
	uint64_t *n = row->number, bytes = TRYST_BIT(bytes) | TRYST_BIT(rev_bytes);
	uint64_t packets = TRYST_BIT(packets) | TRYST_BIT(rev_packets);
	uint64_t total = n[TRYST_TEXT_TOTAL_PACKETS];

	if (row->known & packets || (row->known & bytes) != bytes ||
	    !(row->known & TRYST_TEXT_HELP_BIT(TOTAL_PACKETS)))
		return;
	if (n[TRYST_FIELD_rev_bytes] == 0)
		n[TRYST_FIELD_packets] = total;
	else if (n[TRYST_FIELD_bytes] == 0)
		n[TRYST_FIELD_packets] = 0;
	else if (total == 2)
		n[TRYST_FIELD_packets] = 1;
	else
		return;
	n[TRYST_FIELD_rev_packets] = total - n[TRYST_FIELD_packets];
	row->known |= packets;
}

/* ICMP: the source port is code * 256 + type; ICMPv6: the ports are type and code. */
static void
finish_icmp(struct tryst_text_row *row, uint64_t proto)
{
	uint64_t *n = row->number, ports = TRYST_BIT(src_port) | TRYST_BIT(dst_port);
	uint64_t a = n[TRYST_FIELD_src_port], b = n[TRYST_FIELD_dst_port];

	if (proto == PROTO_ICMP && row->known & TRYST_BIT(src_port)) {
		n[TRYST_FIELD_icmp_type] = a & 0xff;
		n[TRYST_FIELD_icmp_code] = a >> 8;
		row->known |= TRYST_BIT(icmp_type) | TRYST_BIT(icmp_code);
	} else if (proto == PROTO_ICMPV6 && (row->known & ports) == ports && a <= UINT8_MAX &&
	           b <= UINT8_MAX) {
		n[TRYST_FIELD_icmp_type] = a;
		n[TRYST_FIELD_icmp_code] = b;
		row->known |= TRYST_BIT(icmp_type) | TRYST_BIT(icmp_code);
	}
	row->known &= ~ports;
}

static void
finish(struct tryst_text_row *row)
{
	uint64_t proto = row->known & TRYST_BIT(proto) ? row->number[TRYST_FIELD_proto] : 0;

	share(row, TRYST_TEXT_TOTAL_BYTES, TRYST_FIELD_bytes, TRYST_FIELD_rev_bytes);
	share(row, TRYST_TEXT_TOTAL_PACKETS, TRYST_FIELD_packets, TRYST_FIELD_rev_packets);
	packets_by_bytes(row);
	if (proto != PROTO_TCP)
		row->known &= ~(TRYST_BIT(tcp_flags) | TRYST_BIT(rev_tcp_flags));
	if (proto == PROTO_ICMP || proto == PROTO_ICMPV6)
		finish_icmp(row, proto);
	if (row->reversed)
		tryst_text_row_reverse(row);
}

static enum tryst_text_verdict
argus_line(struct tryst_text_part *p, const struct tryst_text_line *line,
           char why[TRYST_TEXT_FAULT_MAX])
{
	const struct tryst_text_log *log = p->log;
	struct tryst_text_fault fault;
	enum tryst_text_verdict verdict =
		tryst_text_row_parse(&log->table, &log->options.zone, line->text, line->len,
	                             &p->memory, &p->row, &fault);

	if (TRYST_LIKELY(verdict == TRYST_TEXT_ROW)) {
		finish(&p->row);
	} else if (verdict == TRYST_TEXT_BAD) {
		if (tryst_text_log_is_header(log, line) || line->text[0] == '#')
			return TRYST_TEXT_OTHER;
		tryst_text_fault_format(&fault, &log->table, why);
	}
	return verdict;
}

/* A year in a name: four digits, or eight that begin with them. */
static int
year_of_name(const char *path)
{
	const char *p = strrchr(path, '/');

	for (p = p ? p + 1 : path; *p;) {
		size_t n = strspn(p, "0123456789");

		if ((n == 4 || n == 8) && (memcmp(p, "19", 2) == 0 || memcmp(p, "20", 2) == 0))
			return (p[0] - '0') * 1000 + (p[1] - '0') * 100 + (p[2] - '0') * 10 +
			       (p[3] - '0');
		p += n ? n : 1;
	}
	return 0;
}

/* The year for times without one: that of the name, else when the file was written. */
static int
year_of(const struct tryst_file *file)
{
	int year = year_of_name(file->path);
	struct stat st;
	struct tm tm;

	if (year == 0 && fstat(file->fd, &st) == 0 && gmtime_r(&st.st_mtime, &tm))
		year = tm.tm_year + 1900;
	return year;
}

/* Says which year was taken, if the first row's time has none. */
static int
argus_begin(struct tryst_text_part *p, struct tryst_error *err)
{
	(void)err;
	if (p->part == 0 && p->log->data)
		tryst_health_note(&p->sink->health, 0, 0,
		                  "its times have no year: %d taken, from %s", p->log->table.year,
		                  year_of_name(p->log->file.path) ? "the file's name"
		                                                  : "when the file was written");
	return 0;
}

/* Whether the first row has `MM/DD.` where the start time is (ra puts it first). */
static bool
is_without_year(const char *head, const struct tryst_text_table *t)
{
	const char *p = head + t->data_at;

	return strspn(p, "0123456789") == 2 && p[2] == '/' && strspn(p + 3, "0123456789") == 2 &&
	       p[5] == '.';
}

static int
argus_head(struct tryst_text_log *log, const char *head, size_t len, struct tryst_error *err)
{
	if (!tryst_text_header_first((const uint8_t *)head, len, &tryst_argus_names, &log->table))
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "expected a header line with ra's names: StartTime, SrcAddr "
		                       "and DstAddr at least");
	log->table.year = year_of(&log->file);
	log->table.fields |= TRYST_BIT(packets) | TRYST_BIT(bytes) | TRYST_BIT(rev_packets) |
	                     TRYST_BIT(rev_bytes);
	/* The log has nothing to free: its table as a mark that the times have no year. */
	if (is_without_year(head, &log->table))
		log->data = &log->table;
	return tryst_text_log_keep_header(log, head, err);
}

static const struct tryst_text_dialect argus_dialect = {
	.open = argus_head,
	.begin = argus_begin,
	.line = argus_line,
};

static int
argus_probe(const struct tryst_probe *p)
{
	struct tryst_text_table table;

	return tryst_text_header_first(p->text, p->text_len, &tryst_argus_names, &table) ? 97 : 0;
}

static int
argus_open(const struct tryst_file *file, struct tryst_input *in, const struct tryst_request *req,
           const struct tryst_read_options *options, struct tryst_source **out,
           struct tryst_error *err)
{
	return tryst_text_log_open(&argus_dialect, file, in, req, options, TRYST_TEXT_PART_SIZE,
	                           out, err);
}

const struct tryst_reader tryst_reader_argus = {
	.name = "argus",
	.help = "what Argus's ra prints with a separator (binetflow)",
	.probe = argus_probe,
	.open = argus_open,
};

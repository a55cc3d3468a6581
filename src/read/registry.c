/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of readers, and the sniffing that chooses among them.
 */
#include "read/read.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "read/argus.h"
#include "read/file.h"
#include "read/flowtools.h"
#include "read/json_log.h"
#include "read/netflow.h"
#include "read/nfdump.h"
#include "read/nfdump_text.h"
#include "read/pcap.h"
#include "read/plain.h"
#include "read/silk.h"
#include "read/stream.h"
#include "read/text.h"
#include "read/vpc.h"
#include "read/zeek.h"

/* clang-format off */
const struct tryst_reader *const tryst_readers[] = {
	&tryst_reader_nfdump,
	&tryst_reader_silk,
	&tryst_reader_flowtools,
	&tryst_reader_ipfix,
	&tryst_reader_netflow,
	&tryst_reader_pcap,
	&tryst_reader_pcap_flows,
	&tryst_reader_pcap_export,
	&tryst_reader_zeek,
	&tryst_reader_zeek_json,
	&tryst_reader_argus,
	&tryst_reader_nfdump_text,
	&tryst_reader_eve,
	&tryst_reader_nfdump_json,
	&tryst_reader_goflow2,
	&tryst_reader_json,
	&tryst_reader_vpc,
	&tryst_reader_csv,
	NULL,
};
/* clang-format on */

struct sniff {
	struct tryst_probe probe;
	const char *compression; /* NULL: none */
	uint8_t head[TRYST_PROBE_SIZE];
	uint8_t text[TRYST_PROBE_SIZE];
};

/* Reads the beginning, as stored and decompressed. */
static int
sniff_init(struct sniff *s, const struct tryst_file *file, struct tryst_error *err)
{
	struct tryst_stream stream;
	ssize_t n = tryst_file_read(file, 0, s->head, sizeof(s->head), err);

	if (n < 0)
		return (int)n;
	s->probe = (struct tryst_probe){ .file = file,
		                         .head = s->head,
		                         .head_len = (size_t)n,
		                         .text = s->head,
		                         .text_len = (size_t)n };
	s->compression = tryst_stream_compression(s->head, (size_t)n);
	if (!s->compression)
		return 0;
	n = tryst_stream_open(&stream, file, err);
	if (n < 0)
		return (int)n;
	n = tryst_stream_read(&stream, s->text, sizeof(s->text), err);
	tryst_stream_close(&stream);
	if (n < 0)
		return (int)n;
	s->probe.text = s->text;
	s->probe.text_len = (size_t)n;
	return 0;
}

static void
names_add(struct tryst_buf *b)
{
	for (size_t i = 0; tryst_readers[i]; i++) {
		tryst_buf_str(b, i ? ", " : "");
		tryst_buf_str(b, tryst_readers[i]->name);
	}
}

/* The first line if it is text, else the first bytes in hexadecimal. */
static void
beginning_add(struct tryst_buf *b, const uint8_t *data, size_t len)
{
	size_t line = 0;

	while (line < TRYST_MIN(len, (size_t)60) && (data[line] >= ' ' || data[line] == '\t') &&
	       data[line] != 0x7f)
		line++;
	if (line > 0 && (line == len || line == 60 || data[line] == '\n' || data[line] == '\r')) {
		tryst_buf_char(b, '"');
		tryst_buf_safe(b, (const char *)data, line);
		tryst_buf_char(b, '"');
		return;
	}
	tryst_buf_str(b, "the bytes");
	for (size_t i = 0; i < TRYST_MIN(len, (size_t)16); i++)
		tryst_buf_printf(b, " %02x", data[i]);
}

/* What operators have beside flow logs, or made of them, by its beginning; and what to do then. */
static const struct other_kind {
	size_t at, len;
	const char *magic;
	const char *what;
} other_kinds[] = {
	{ 0, 4, "PK\3\4", "a zip archive: unpack it first" },
	{ 257, 5, "ustar", "a tar archive: unpack it first" },
	{ 0, 6, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first" },
	{ 0, 2, "\x1f\x9d", "packed with compress: unpack it with 'gzip -d' first" },
	{ 0, 4, "PAR1", "a Parquet file: write it as CSV or JSON lines" },
	{ 0, 15, "SQLite format 3", "an SQLite database: write its table as CSV" },
	{ 0, 7, "snoop\0\0", "a capture of snoop: convert it with 'editcap -F pcap'" },
	{ 0, 4, "\x83\x10\0\x20", "perhaps Argus's own records: print them with 'ra -c ,'" },
	{ 0, 2, "\0\1", "perhaps NetFlow v1, but the rest of its header cannot be" },
	{ 0, 2, "\0\5", "perhaps NetFlow v5, but the rest of its header cannot be" },
	{ 0, 2, "\0\7", "perhaps NetFlow v7, but the rest of its header cannot be" },
	{ 0, 2, "\0\x09", "perhaps NetFlow v9, but the rest of its header cannot be" },
	{ 0, 2, "\0\x0a", "perhaps IPFIX, but the rest of its header cannot be" },
};

static void
other_kind_add(struct tryst_buf *b, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(other_kinds); i++) {
		const struct other_kind *kind = &other_kinds[i];

		if (len >= kind->at + kind->len &&
		    memcmp(data + kind->at, kind->magic, kind->len) == 0) {
			tryst_buf_printf(b, ", %s", kind->what);
			return;
		}
	}
}

static int
unknown(const struct sniff *s, const char *path, struct tryst_error *err)
{
	struct tryst_buf b = { 0 };
	int rc;

	tryst_buf_str(&b, "not a flow log that is known here: ");
	if (s->compression)
		tryst_buf_printf(&b, "%s data, whose content ", s->compression);
	tryst_buf_str(&b, s->probe.text_len ? "begins with " : "is empty or damaged");
	if (s->probe.text_len)
		beginning_add(&b, s->probe.text, s->probe.text_len);
	other_kind_add(&b, s->probe.text, s->probe.text_len);
	tryst_buf_str(&b, "; expected one of: ");
	names_add(&b);
	if (b.failed)
		rc = tryst_error_nomem(err);
	else
		rc = tryst_error_set(err, TRYST_ERR_UNSUPPORTED, "%s: %s", path, b.data);
	tryst_buf_fini(&b);
	return rc;
}

/* The reader that the user named. */
static int
choose_by_name(const char *name, const struct tryst_reader **out, struct tryst_error *err)
{
	struct tryst_buf b = { 0 };

	for (size_t i = 0; tryst_readers[i]; i++) {
		if (strcmp(tryst_readers[i]->name, name) == 0) {
			*out = tryst_readers[i];
			return 0;
		}
	}
	names_add(&b);
	(void)tryst_error_set(err, TRYST_ERR_USAGE, "unknown format '%s': expected one of %s", name,
	                      b.data ? b.data : "?");
	tryst_buf_fini(&b);
	return TRYST_ERR_USAGE;
}

/* The reader that is surest of the beginning; of equals the first in the table. */
static int
choose_by_sniffing(struct tryst_input *in, const struct tryst_file *file,
                   const struct tryst_reader **out, struct tryst_error *err)
{
	struct sniff s;
	int rc = sniff_init(&s, file, err), best = 0;

	if (rc < 0)
		return rc;
	for (size_t i = 0; tryst_readers[i]; i++) {
		int score = tryst_readers[i]->probe(&s.probe);

		if (score > best) {
			best = score;
			*out = tryst_readers[i];
		}
	}
	if (best > 0)
		return 0;
	in->skipped = in->walked;
	return unknown(&s, in->path, err);
}

int
tryst_read_open(void *ctx, struct tryst_input *in, const struct tryst_request *req,
                struct tryst_source **out, struct tryst_error *err)
{
	const struct tryst_read_options *options = ctx;
	const struct tryst_reader *reader = NULL;
	struct tryst_file file;
	int rc = tryst_file_open(&file, in->path, options->waits, err);

	if (rc < 0)
		return rc;
	in->size = file.size;
	if (file.size == 0) {
		in->skipped = in->walked;
		rc = tryst_error_set(err, TRYST_ERR_FORMAT, "%s: is empty", in->path);
	} else if (options->format) {
		rc = choose_by_name(options->format, &reader, err);
	} else {
		rc = choose_by_sniffing(in, &file, &reader, err);
	}
	if (rc == 0 && reader->seeks)
		rc = tryst_plain_copy(&file, in, err);
	if (rc == 0) {
		in->format = reader->name;
		rc = reader->open(&file, in, req, options, out, err);
		if (rc < 0 && err && strncmp(err->text, in->path, strlen(in->path)) != 0)
			tryst_error_prefix(err, "%s", in->path);
	}
	if (rc < 0)
		tryst_file_close(&file);
	return rc;
}

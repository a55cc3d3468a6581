/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of SiLK files: 16 bytes, then entries that say their length; all in network order,
 * whatever the order of the records.
 */
#include "read/silk.h"

#include <stdlib.h>

#include "read/file.h"

#define ENTRY_END 0
#define ENTRY_PACKED_FILE 1
#define FLAG_BIG_ENDIAN 1

/* Formats by their number; those of flow records are marked. */
static const struct {
	const char *name;
	bool flows;
} formats[] = {
	{ "FT_TCPDUMP", false },      { "FT_GRAPH", false },       { "FT_ADDRESSES", false },
	{ "FT_PORTMAP", false },      { "FT_SERVICEMAP", false },  { "FT_NIDSMAP", false },
	{ "FT_EXPERIMENT1", false },  { "FT_EXPERIMENT2", false }, { "FT_TEMPFILE", false },
	{ "FT_AGGREGATEBAG", false }, { "FT_IPFIX", false },       { "FT_RWIPV6", true },
	{ "FT_RWIPV6ROUTING", true }, { "FT_RWAUGSNMPOUT", true }, { "FT_RWAUGROUTING", true },
	{ "FT_RESERVED_0F", false },  { "FT_RWROUTED", true },     { "FT_RWNOTROUTED", true },
	{ "FT_RWSPLIT", true },       { "FT_RWFILTER", true },     { "FT_RWAUGMENTED", true },
	{ "FT_RWAUGWEB", true },      { "FT_RWGENERIC", true },    { "FT_RESERVED_17", false },
	{ "FT_RWDAILY", false },      { "FT_RWSCAN", false },      { "FT_RWACL", false },
	{ "FT_RWCOUNT", false },      { "FT_FLOWCAP", true },      { "FT_IPSET", false },
	{ "FT_TAGTREE", false },      { "FT_RWWWW", true },        { "FT_SHUFFLE", false },
	{ "FT_RWBAG", false },        { "FT_BLOOM", false },       { "FT_RWPRINTSTATS", false },
	{ "FT_PDUFLOWCAP", true },    { "FT_PREFIXMAP", false },
};

/* Every SiLK tool that writes flow records, rwcat too, writes one of the kinds that are read. */
static int
refuse(unsigned format, unsigned version, bool *flows, struct tryst_error *err)
{
	bool known = format < TRYST_ARRAY_SIZE(formats);

	*flows = !known || formats[format].flows;
	if (!*flows)
		return tryst_error_set(err, TRYST_ERR_UNSUPPORTED,
		                       "SiLK file of format %s: holds no flow records",
		                       formats[format].name);
	return tryst_error_set(
		err, TRYST_ERR_UNSUPPORTED,
		"SiLK file of format %s (0x%02x), record version %u: not read here; `rwcat FILE "
		"--output-path=OUT.rw` rewrites it in one that is, `rwcut FILE | tryst ... -` as "
		"text",
		known ? formats[format].name : "unknown", format, version);
}

/* The fixed part.  *expected: the size of a record that the file states. */
static int
read_start(struct silk_head *h, struct tryst_cursor *c, bool *flows, uint16_t *stated,
           struct tryst_error *err)
{
	uint32_t magic = tryst_cursor_be32(c);
	uint8_t flags = tryst_cursor_u8(c), format = tryst_cursor_u8(c);
	uint8_t file_version = tryst_cursor_u8(c), packing = tryst_cursor_u8(c);
	uint16_t version;

	tryst_cursor_skip(c, 4);
	*stated = tryst_cursor_be16(c);
	version = tryst_cursor_be16(c);
	if (c->failed || magic != SILK_MAGIC)
		return tryst_error_set(err, TRYST_ERR_FORMAT, "not a SiLK file");
	if (file_version < SILK_EXPANDED)
		return refuse(format, file_version, flows, err);
	h->layout = tryst_silk_layout(format, version);
	if (!h->layout)
		return refuse(format, version, flows, err);
	if (packing >= SILK_PACKINGS)
		return tryst_error_set(err, TRYST_ERR_UNSUPPORTED,
		                       "SiLK file with compression %u, 0 to 3 are known", packing);
	h->packing = packing;
	h->fixed = (struct tryst_fixed){ &h->layout->fixed, flags & FLAG_BIG_ENDIAN,
		                         tryst_silk_finish };
	return 0;
}

/* The entries behind it.  *hour: whether one says the hour of the file. */
static int
read_entries(struct silk_head *h, struct tryst_cursor *c, bool *hour, struct tryst_error *err)
{
	uint32_t id, len;

	do {
		struct tryst_cursor entry;

		id = tryst_cursor_be32(c);
		len = tryst_cursor_be32(c);
		entry = tryst_cursor_sub(c, len < 8 ? SIZE_MAX : len - 8);
		if (c->failed)
			return tryst_error_set(
				err, TRYST_ERR_FORMAT,
				"the header of the SiLK file is cut short or longer than %u bytes",
				SILK_HEADER_MAX);
		if (id == ENTRY_PACKED_FILE) {
			h->hour_ms = (int64_t)tryst_cursor_be64(&entry);
			tryst_cursor_skip(&entry, 4);
			h->sensor = tryst_cursor_be32(&entry);
			*hour = !entry.failed;
		}
	} while (id != ENTRY_END);
	return 0;
}

static int
parse(struct silk_head *h, const uint8_t *data, size_t len, bool *flows, struct tryst_error *err)
{
	struct tryst_cursor c = tryst_cursor_init(data, len);
	uint16_t stated = 0;
	bool hour = false;
	int rc = read_start(h, &c, flows, &stated, err);

	if (rc == 0)
		rc = read_entries(h, &c, &hour, err);
	if (rc < 0)
		return rc;
	h->data_at = (uint64_t)(c.pos - data);
	if (stated && stated != h->fixed.layout->size)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "the SiLK file says records of %u bytes, those of its "
		                       "format and version have %u",
		                       stated, h->fixed.layout->size);
	if (h->layout->hourly && !hour)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "the times of the SiLK file count from an hour that its "
		                       "header does not say");
	return 0;
}

int
tryst_silk_head(struct silk_head *h, const struct tryst_file *file, bool *flows,
                struct tryst_error *err)
{
	size_t len = (size_t)TRYST_MIN(file->size, (uint64_t)SILK_HEADER_MAX);
	uint8_t *data = malloc(len + 1);
	ssize_t got = data ? tryst_file_read(file, 0, data, len, err) : tryst_error_nomem(err);
	int rc = got < 0 ? (int)got : 0;

	*h = (struct silk_head){ .sensor = SILK_NO_SENSOR };
	*flows = true;
	if (rc == 0)
		rc = parse(h, data, (size_t)got, flows, err);
	if (rc == 0)
		rc = tryst_silk_unpack_ready(h->packing, err);
	free(data);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SiLK IPset files of record version 2: blocks of a /24 and 256 bits (rwset, "classic" sets).
 *
 * The header is SiLK's: de ad be ef, flags (bit 0: big endian), format 0x1d, header version 16,
 * compression, version of SiLK, size and version of records; header entries up to one of type 0.
 * Sets of versions 3 to 5 are trees, and compressed ones need SiLK: both are refused with the
 * command that converts them.  Neighbouring addresses become one entry; its line is the number of
 * its first record.
 */
#include <stdio.h>

#include "base/cursor.h"
#include "watch/columns.h"

#define FORMAT_IPSET 0x1d
#define HEADER_VERSION 16
#define RECORD_BYTES 36

static const char magic[] = "\xde\xad\xbe\xef";
static const char advice[] =
	"not an uncompressed IPset of version 2: rwsetcat --cidr-blocks=1 FILE | tryst ... -w -";

/* Addresses that follow one another, not yet an entry. */
struct run {
	uint32_t first, last, record;
	bool open;
};

static int
run_end(struct tryst_watchlist *w, struct run *run)
{
	struct tryst_list_entry e;
	char text[2 * TRYST_IP_TEXT_MAX];
	size_t n;

	if (!run->open)
		return 0;
	run->open = false;
	tryst_list_entry_init(&e);
	e.form.range.first = tryst_ip_v4(run->first);
	e.form.range.last = tryst_ip_v4(run->last);
	n = tryst_ip_format(e.form.range.first, text);
	if (run->last > run->first) {
		text[n++] = '-';
		n += tryst_ip_format(e.form.range.last, text + n);
	}
	e.text = (struct tryst_slice){ text, n };
	return tryst_list_add(w, run->record, &e);
}

static int
address_add(struct tryst_watchlist *w, struct run *run, uint32_t ip, uint32_t record)
{
	int rc = 0;

	if (run->open && run->last != UINT32_MAX && ip == run->last + 1) {
		run->last = ip;
		return 0;
	}
	rc = run_end(w, run);
	*run = (struct run){ ip, ip, record, true };
	return rc;
}

static int
block_read(struct tryst_watchlist *w, struct run *run, struct tryst_cursor *c, bool big,
           uint32_t record)
{
	uint32_t base = big ? tryst_cursor_be32(c) : tryst_cursor_le32(c);
	int rc = 0;

	for (unsigned word = 0; word < 8; word++) {
		uint32_t bits = big ? tryst_cursor_be32(c) : tryst_cursor_le32(c);

		for (unsigned bit = 0; bits && rc == 0 && bit < 32; bit++) {
			if (bits >> bit & 1)
				rc = address_add(w, run, (base & 0xffffff00) | word * 32 | bit,
				                 record);
		}
	}
	return rc;
}

/* The header; false when the file is not of the kind that is read. */
static bool
header_read(struct tryst_cursor *c, bool *big)
{
	uint32_t id, length;
	uint8_t compression;
	uint16_t size, version;

	tryst_cursor_skip(c, 4);
	*big = tryst_cursor_u8(c) & 1;
	if (tryst_cursor_u8(c) != FORMAT_IPSET || tryst_cursor_u8(c) != HEADER_VERSION)
		return false;
	compression = tryst_cursor_u8(c);
	tryst_cursor_skip(c, 4);
	size = tryst_cursor_be16(c);
	version = tryst_cursor_be16(c);
	(void)size; /* of version 2 it is 1 or 36, by the release that wrote it */
	do {
		id = tryst_cursor_be32(c);
		length = tryst_cursor_be32(c);
		if (length < 8)
			return false;
		tryst_cursor_skip(c, length - 8);
	} while (id && !c->failed);
	return !c->failed && version == 2 && compression == 0;
}

static int
silk_set_read(struct tryst_watchlist *w, const char *data, size_t len)
{
	struct tryst_cursor c = tryst_cursor_init(data, len);
	struct run run = { .open = false };
	uint32_t record = 0;
	bool big;
	int rc = 0;

	tryst_list_called(w, "SiLK IPset");
	if (!header_read(&c, &big))
		return tryst_list_reject(w, 1, advice, (struct tryst_slice){ 0 });
	while (rc == 0 && tryst_cursor_left(&c) >= RECORD_BYTES)
		rc = block_read(w, &run, &c, big, ++record);
	if (rc == 0)
		rc = run_end(w, &run);
	if (rc == 0 && tryst_cursor_left(&c))
		rc = tryst_list_reject(w, record + 1, "the file ends within a record",
		                       (struct tryst_slice){ 0 });
	return rc;
}

static bool
silk_set_probe(const char *data, size_t len)
{
	return len >= 4 && memcmp(data, magic, 4) == 0;
}

const struct tryst_list_format tryst_list_silk_set = {
	.name = "silk-set",
	.help = "binary IPsets of SiLK (rwsetbuild), record version 2",
	.probe = silk_set_probe,
	.read = silk_set_read,
};

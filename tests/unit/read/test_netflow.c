/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of datagrams: where each ends, what is searched past, and what is taken for such a file.
 */
#include "export_rows.h"

#include "read/netflow.h"

#define V5_HEADER "0005 0001 000186a0 6553f100 00000000 %08x 0000 0000"
#define V5_RECORD                                                                                  \
	"0a000001 0a000002 00000000 0001 0002 00000003 00000100 00018000 00018100"                 \
	"0400 0050 00 12 06 00 0000 0000 00 00 0000"
#define IPFIX_HEADER "000a 0030 6553f100 00000000 00000001"
#define IPFIX_SETS "0002 0010 0100 0002 0008 0004 000c 0004 0100 0010 0a000001 0a000002 00000000"

static void
put_v5(struct wire *w, unsigned sequence)
{
	char header[128];

	(void)snprintf(header, sizeof(header), V5_HEADER, sequence);
	put_hex(w, header);
	put_hex(w, V5_RECORD);
}

/* Reads bytes as a file, by the reader. */
static void
read_datagrams(const struct tryst_reader *reader, const struct wire *w, struct rows *rows)
{
	struct tryst_request req = { .from_ms = INT64_MIN,
		                     .to_ms = INT64_MAX,
		                     .columns = TRYST_BITS_ALL };
	struct tryst_read_options options = { 0 };
	struct tryst_source *source = NULL;
	struct tryst_error err = { 0 };
	struct tryst_file file = { .path = "test", .size = w->len };
	FILE *f = tmpfile();

	*rows = (struct rows){ 0 };
	tryst_health_init(&rows->health);
	assert_non_null(f);
	assert_int_equal(fwrite(w->data, 1, w->len, f), w->len);
	assert_int_equal(fflush(f), 0);
	file.fd = dup(fileno(f));
	assert_int_equal(fclose(f), 0);
	assert_int_equal(tryst_input_init(&rows->in, "test", 0, &err), 0);
	assert_int_equal(reader->open(&file, &rows->in, &req, &options, &source, &err), 0);
	assert_int_equal(source->parts, 1);
	rows->in.parts = 1;
	rows->in.part_flows = calloc(2, sizeof(uint64_t));
	assert_non_null(rows->in.part_flows);
	assert_int_equal(read_parts(source, rows, req.columns), 0);
	source->ops->close(source);
}

static void
test_concatenated(void **state)
{
	static struct wire w;
	struct rows rows;

	(void)state;
	w.len = 0;
	for (unsigned i = 0; i < 500; i++)
		put_v5(&w, i);
	read_datagrams(&tryst_reader_netflow, &w, &rows);
	assert_int_equal(rows.count, 500);
	assert_int_equal(rows.health.sequence_lost + rows.health.damaged_blocks, 0);
	assert_int_equal(rows.list[499].number[TRYST_FIELD_record_no], 499);
	assert_int_equal(rows.in.exporter_count, 1);
	rows_fini(&rows);
}

static void
test_damage(void **state)
{
	static struct wire w;
	struct rows rows;

	(void)state;
	w.len = 0;
	put_v5(&w, 0);
	put_hex(&w, "ffff 0009 0001 ffff ff");
	put_v5(&w, 1);
	/* A version that was not there before is no header to go on with. */
	put_hex(&w, "ff 0001 0001 00000000 00000000 00000000 0000");
	put_v5(&w, 2);
	put_v5(&w, 3);
	w.len -= 10;
	read_datagrams(&tryst_reader_netflow, &w, &rows);
	assert_int_equal(rows.count, 3);
	assert_int_equal(rows.health.damaged_blocks, 3);
	assert_int_equal(rows.health.damaged_records, 1);
	assert_int_equal(rows.health.damaged_bytes, 9 + 19 + 38);
	assert_int_equal(rows.health.notes[0].at, 72);
	assert_string_equal(rows.health.notes[0].text, "no datagram at offset 72: 9 bytes lost");
	assert_string_equal(rows.health.notes[2].text,
	                    "datagram at offset 244: has 0 of 1 records");
	rows_fini(&rows);
}

static void
test_ipfix(void **state)
{
	static struct wire w;
	struct rows rows;

	(void)state;
	w.len = 0;
	put_hex(&w, IPFIX_HEADER IPFIX_SETS);
	put_hex(&w, IPFIX_HEADER IPFIX_SETS);
	read_datagrams(&tryst_reader_ipfix, &w, &rows);
	assert_int_equal(rows.count, 2);
	assert_int_equal(rows.health.damaged_blocks, 0);
	rows_fini(&rows);
	/* What waits for a template to the end is told. */
	w.len = 0;
	put_hex(&w, "000a 001c 6553f100 00000000 00000001 0101 000c 0a000001 0a000002");
	read_datagrams(&tryst_reader_ipfix, &w, &rows);
	assert_int_equal(rows.count, 0);
	assert_int_equal(rows.health.undecodable_sets, 1);
	assert_int_equal(rows.health.undecodable_bytes, 8);
	assert_true(tryst_health_damaged(&rows.health));
	rows_fini(&rows);
}

static void
test_length(void **state)
{
	static const struct {
		const char *hex;
		size_t length;
	} cases[] = {
		{ "0005 0001 00000000 00000000 00000000 00000000 00000000", 72 },
		{ "0005 001e 00000000 00000000 00000000 00000000 00000000", 1464 },
		{ "0005 001f 00000000 00000000 00000000 00000000 00000000", 0 },
		{ "0005 0000 00000000 00000000 00000000 00000000 00000000", 0 },
		{ "0001 0002 00000000 00000000 00000000 00000000 00000000", 120 },
		{ "0007 0002 00000000 00000000 00000000 00000000 00000000", 128 },
		{ "0006 0002 00000000 00000000 00000000 00000000 00000000", 0 },
		{ "0005 0001", 0 },
		/* NetFlow v9 alone, with a set, before another header, before none, cut short. */
		{ "0009 0001 00000000 00000000 00000000 00000000", 20 },
		{ "0009 0001 00000000 00000000 00000000 00000000 0100 0008 00000000", 28 },
		{ "0009 0001 00000000 00000000 00000000 00000000 0100 0008 00000000 0009 0001",
		  28 },
		{ "0009 0001 00000000 00000000 00000000 00000000 0100 0008 00000000 0100 0003",
		  28 },
		{ "0009 0001 00000000 00000000 00000000 00000000 0100 0010 00000000", 36 },
		{ "0009 0001 00000000 00000000 00000000 00000000 0005 0001 00000000", 0 },
		{ "000a 0010 00000000 00000000 00000000 00000000", 16 },
		{ "000a 0018 00000000 00000000 00000000 0002 0008 00000000", 24 },
		{ "000a 0018 00000000 00000000 00000000 0004 0008 00000000", 0 },
		{ "000a 0018 00000000 00000000 00000000 0002 000c 00000000", 0 },
		{ "000a 000f 00000000 00000000 00000000 0002 0004", 0 },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		static struct wire w;
		size_t length;

		w.len = 0;
		put_hex(&w, cases[i].hex);
		length = tryst_export_length(w.data, w.len);
		if (length != cases[i].length)
			fail_msg("case %zu: %zu", i, length);
	}
}

static void
check_probe(const struct wire *w, bool netflow, bool ipfix)
{
	struct tryst_probe p = { .text = w->data, .text_len = w->len };

	assert_int_equal(tryst_reader_netflow.probe(&p) > 0, netflow);
	assert_int_equal(tryst_reader_ipfix.probe(&p) > 0, ipfix);
}

static void
test_probe(void **state)
{
	static struct wire w;

	(void)state;
	w.len = 0;
	put_v5(&w, 0);
	check_probe(&w, true, false);
	/* A fraction of more than a second. */
	put_at(&w, 12, 0xffff);
	check_probe(&w, false, false);
	w.len = 0;
	put_hex(&w, IPFIX_HEADER IPFIX_SETS);
	check_probe(&w, false, true);
	w.len = 0;
	put_hex(&w, "d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000");
	check_probe(&w, false, false);
	w.len = 0;
	check_probe(&w, false, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_concatenated), cmocka_unit_test(test_damage),
		cmocka_unit_test(test_ipfix),        cmocka_unit_test(test_length),
		cmocka_unit_test(test_probe),
	};

	return cmocka_run_group_tests_name("read/netflow", tests, NULL, NULL);
}

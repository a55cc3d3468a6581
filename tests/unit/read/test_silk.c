/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SiLK reader: the corpus against its golden flows and its families against each other; files
 * made by hand in every layout, byte order and compression; damage, refusals and mutations.
 */
#include "rows.h"

#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <zlib.h>

#include "read/plain.h"
#include "read/silk.h"

/* --- the corpus --------------------------------------------------------------------------------
 */

struct seen {
	struct tryst_operator op;
	uint64_t rows, packets, bytes, digest;
	struct row first[2];
};

static int
seen_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	(void)op;
	*state = calloc(1, sizeof(struct seen));
	return *state ? 0 : tryst_error_nomem(err);
}

/* Independent of the order of rows, dependent on all they hold but the input they are of. */
static uint64_t
row_digest(const struct row *row)
{
	uint64_t d = row->present & ~TRYST_BIT(input_id);

	for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++) {
		d = (d ^ row->number[f]) * 0x9e3779b97f4a7c15ULL;
		d = (d ^ row->ip[f].hi) * 0xc2b2ae3d27d4eb4fULL;
		d = (d ^ d >> 29 ^ row->ip[f].lo) * 0x165667b19e3779f9ULL;
	}
	return d;
}

static int
seen_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
          struct tryst_error *err)
{
	struct seen *s = state;

	(void)op;
	(void)err;
	for (uint32_t i = 0; i < b->selected; i++) {
		struct row row = { .present = b->present[b->sel[i]] };

		for (unsigned f = 0; f < TRYST_FIELD_record_no; f++) {
			const struct tryst_ip *ips = tryst_batch_column(b, f);

			if (tryst_field_info(f)->type == TRYST_TYPE_ip)
				row.ip[f] = ips[b->sel[i]];
			else
				row.number[f] = tryst_batch_number(b, f, b->sel[i]);
			/* The promise of struct tryst_batch: unknown is 0. */
			if (!tryst_batch_known(b, f, b->sel[i]))
				assert_true(row.number[f] == 0 && row.ip[f].lo == 0);
		}
		s->rows++;
		s->packets += b->packets[b->sel[i]];
		s->bytes += b->bytes[b->sel[i]];
		s->digest += row_digest(&row);
		if (b->record_no[b->sel[i]] < TRYST_ARRAY_SIZE(s->first))
			s->first[b->record_no[b->sel[i]]] = row;
	}
	return 0;
}

static int
seen_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct seen *to = (struct seen *)op, *from = state;

	(void)err;
	to->rows += from->rows;
	to->packets += from->packets;
	to->bytes += from->bytes;
	to->digest += from->digest;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(to->first); i++) {
		if (from->first[i].present)
			to->first[i] = from->first[i];
	}
	free(from);
	return 0;
}

static const struct tryst_operator_ops seen_ops = {
	.name = "seen",
	.open = seen_open,
	.push = seen_push,
	.merge = seen_merge,
};

static struct seen
see(const char *path, unsigned jobs)
{
	struct seen seen = {
		.op = { .ops = &seen_ops, .columns = TRYST_BITS_ALL },
	};
	struct tryst_operator *ops[] = { &seen.op };
	struct tryst_read_options options = { 0 };
	struct tryst_input in, *inputs[] = { &in };
	struct tryst_pipeline p = {
		.inputs = inputs,
		.input_count = 1,
		.open = tryst_read_open,
		.open_ctx = &options,
		.request = { .from_ms = INT64_MIN, .to_ms = INT64_MAX },
		.operators = ops,
		.operator_count = 1,
		.jobs = jobs,
	};
	struct tryst_error err = { 0 };

	assert_int_equal(tryst_input_init(&in, path, 0, &err), 0);
	assert_int_equal(tryst_pipeline_run(&p, &err), 0);
	if (in.error.code)
		fail_msg("%s", in.error.text);
	assert_string_equal(in.format, "silk");
	assert_int_equal(in.health.flows, seen.rows);
	assert_false(tryst_health_damaged(&in.health));
	tryst_input_fini(&in);
	return seen;
}

static const char *
corpus(const char *name)
{
	static char path[1024];
	const char *dir = getenv("TRYST_CORPUS");

	(void)snprintf(path, sizeof(path), "%s/%s", dir ? dir : "../shared/corpus", name);
	if (access(path, R_OK) != 0) {
		print_message("no %s\n", path);
		skip();
	}
	return path;
}

/* The value of a key behind a place in the JSON text. */
static const char *
value_of(const char *json, const char *key)
{
	static char value[64];
	char quoted[32];
	const char *at;

	(void)snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	at = strstr(json, quoted);
	assert_non_null(at);
	assert_int_equal(sscanf(at + strlen(quoted), " \"%63[^\"]", value) == 1 ||
	                         sscanf(at + strlen(quoted), " %63[0-9]", value) == 1,
	                 1);
	return value;
}

static uint64_t
number_of(const char *json, const char *key)
{
	return strtoull(value_of(json, key), NULL, 10);
}

static void
check_golden(const struct row *row, const char *json)
{
	static const struct {
		const char *key;
		enum tryst_field field;
	} numbers[] = {
		{ "SrcPort", TRYST_FIELD_src_port },      { "DstPort", TRYST_FIELD_dst_port },
		{ "Proto", TRYST_FIELD_proto },           { "Packets", TRYST_FIELD_packets },
		{ "Bytes", TRYST_FIELD_bytes },           { "Flags", TRYST_FIELD_tcp_flags },
		{ "Sensor", TRYST_FIELD_domain },         { "SNMPIn", TRYST_FIELD_in_if },
		{ "SNMPOut", TRYST_FIELD_out_if },        { "StartTimeMS", TRYST_FIELD_start_ms },
		{ "Attributes", TRYST_FIELD_end_reason },
	};
	char ip[TRYST_IP_TEXT_MAX];

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(numbers); i++)
		assert_int_equal(row->number[numbers[i].field], number_of(json, numbers[i].key));
	assert_int_equal(row->number[TRYST_FIELD_end_ms] - row->number[TRYST_FIELD_start_ms],
	                 number_of(json, "Duration"));
	(void)tryst_ip_format(row->ip[TRYST_FIELD_src], ip);
	assert_string_equal(ip, value_of(json, "SrcIP"));
	(void)tryst_ip_format(row->ip[TRYST_FIELD_dst], ip);
	assert_string_equal(ip, value_of(json, "DstIP"));
	/* 0.0.0.0 or nil there: unknown. */
	assert_false(row->present & (TRYST_BIT(next_hop) | TRYST_BIT(in_if) | TRYST_BIT(out_if)));
}

static void
golden(void **state)
{
	/* The golden file knows this family by a later version of the same layout. */
	static const char *const files[][2] = {
		{ "silk-files/FT_RWGENERIC-v5-c1-L.dat", "FT_RWGENERIC-v5-c1-L.dat" },
		{ "silk-files/FT_RWIPV6-v2-c2-B.dat", "FT_RWIPV6-v2-c2-B.dat" },
		{ "silk-files/FT_RWIPV6ROUTING-v1-c3-L.dat", "FT_RWIPV6ROUTING-v2-c3-L.dat" },
	};
	FILE *f = fopen(corpus("ground-truth/silk_golden.json"), "r");
	char json[8192];

	(void)state;
	assert_non_null(f);
	json[fread(json, 1, sizeof(json) - 1, f)] = '\0';
	(void)fclose(f);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(files); i++) {
		struct seen seen = see(corpus(files[i][0]), 1);
		const char *family = strstr(json, files[i][1]), *flow;

		assert_non_null(family);
		flow = strstr(family, "\"SrcIP\"");
		check_golden(&seen.first[0], flow);
		check_golden(&seen.first[1], strstr(flow + 1, "\"SrcIP\""));
	}
}

/* The files of a family hold the same flows, however they are stored. */
static void
families(void **state)
{
	static const char *const files[][4] = {
		{ "silk-files/FT_RWGENERIC-v5-c1-L.dat", "silk-files/FT_RWIPV6-v2-c2-B.dat",
		  "silk-files/FT_RWIPV6ROUTING-v1-c3-L.dat",
		  "silk-files/FT_RWGENERIC-v5-c1-L.dat" },
		{ "silk-files/FT_RWGENERIC_DOF_c0.rw", "silk-files/FT_RWGENERIC_DOF_c1.rw",
		  "silk-files/FT_RWGENERIC_DOF_c2.rw", "silk-files/FT_RWGENERIC_DOF_c3.rw" },
	};
	static const uint64_t totals[][3] = { { 245340, 2196699, 422463836 },
		                              { 1434, 1434, 564310 } };

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(files); i++) {
		struct seen first = see(corpus(files[i][0]), 1);

		assert_int_equal(first.rows, totals[i][0]);
		assert_int_equal(first.packets, totals[i][1]);
		assert_int_equal(first.bytes, totals[i][2]);
		for (size_t j = 1; j < 4; j++) {
			struct seen other = see(corpus(files[i][j]), 4);

			assert_int_equal(other.rows, first.rows);
			assert_int_equal(other.digest, first.digest);
		}
	}
}

/* --- files made by hand ------------------------------------------------------------------------
 */

struct image {
	uint8_t data[1 << 17];
	size_t len;
};

static void
put(struct image *m, uint64_t v, unsigned size, bool big)
{
	for (unsigned i = 0; i < size; i++)
		m->data[m->len++] = (uint8_t)(v >> 8 * (big ? size - 1 - i : i));
}

static void
put_ip(struct image *m, uint32_t v4, bool long_form, bool ipv6, bool big)
{
	if (long_form) {
		put(m, ipv6 ? 0x20010db800000000ULL : 0, 8, true);
		put(m, (ipv6 ? 0 : 0xffff00000000ULL) | v4, 8, true);
	} else {
		put(m, v4, 4, big);
	}
}

struct kind {
	uint8_t format, version;
	uint16_t size;
	bool hourly, long_form, routing;
	uint8_t if_size, count_size;
};

static const struct kind kinds[] = {
	{ 0x16, 5, 52, false, false, true, 2, 4 }, { 0x0b, 1, 68, false, true, false, 2, 4 },
	{ 0x0b, 2, 56, true, true, false, 2, 4 },  { 0x0c, 1, 88, false, true, true, 2, 4 },
	{ 0x0c, 2, 88, false, true, true, 2, 4 },  { 0x0c, 3, 100, false, true, true, 4, 8 },
};

#define HOUR_MS 1434553200000LL
#define KIND_LAST (TRYST_ARRAY_SIZE(kinds) - 1)

struct flow {
	uint32_t start, elapsed; /* from the hour */
	uint16_t src_port, dst_port;
	uint8_t proto, first_flags, later_flags, state;
	uint32_t src, dst;
	bool ipv6;
};

/* The i-th flow of a file: TCP with and without split flags, ICMP, and UDP over IPv6. */
static struct flow
flow_of(unsigned i)
{
	static const struct flow flows[] = {
		{ 13, 6, 88, 60339, 6, 0x02, 0x18, 0x01, 0xc0a82814, 0x0a002836, false },
		{ 25, 0, 29070, 53, 6, 0x1b, 0, 0x20, 0xc0a8143a, 0x803f0235, false },
		{ 3599999, 4000000, 0, 0x0301, 1, 0, 0, 0x40, 0x01020304, 0x05060708, false },
		{ 33, 100, 3411, 53, 17, 0, 0, 0x80, 1, 2, true },
	};
	struct flow f = flows[i % TRYST_ARRAY_SIZE(flows)];

	f.start = f.start > 1000 ? f.start : f.start + i;
	return f;
}

static void
put_start(struct image *m, const struct kind *k, const struct flow *f, uint8_t state, bool big)
{
	bool tcp = f->proto == 6;

	if (k->hourly) {
		put(m, (uint64_t)f->later_flags << 24 | (uint64_t)tcp << 23 | f->start, 4, big);
		put(m, tcp ? f->first_flags : f->proto, 1, big);
		put(m, state, 1, big);
		put(m, 443, 2, big);
		put(m, f->src_port, 2, big);
		put(m, f->dst_port, 2, big);
		put(m, f->elapsed, 4, big);
		return;
	}
	put(m, (uint64_t)HOUR_MS + f->start, 8, big);
	put(m, f->elapsed, 4, big);
	put(m, f->src_port, 2, big);
	put(m, f->dst_port, 2, big);
	put(m, f->proto, 1, big);
	put(m, 1, 1, big);
	put(m, 3, 2, big);
	put(m, tcp ? f->first_flags | f->later_flags : 0, 1, big);
	put(m, 0, 2, big);
	put(m, state, 1, big);
	put(m, 443, 2, big);
	put(m, 0, 2, big);
}

static void
put_record(struct image *m, const struct kind *k, unsigned i, bool big)
{
	struct flow f = flow_of(i);
	size_t begin = m->len;

	if (!k->long_form && f.ipv6)
		f = flow_of(i + 1);
	put_start(m, k, &f, f.state, big);
	if (k->routing && k->if_size == 2) {
		put(m, 7, 2, big);
		put(m, 0, 2, big);
	} else if (k->routing) {
		put(m, 7, 4, big);
	}
	put(m, 4, k->count_size, big);
	put(m, 373 + i, k->count_size, big);
	put_ip(m, f.src, k->long_form, f.ipv6, big);
	put_ip(m, f.dst, k->long_form, f.ipv6, big);
	if (k->routing)
		put_ip(m, f.ipv6 ? 0 : 0x0a000001, k->long_form, f.ipv6, big);
	if (k->routing && k->if_size == 4)
		put(m, 0, 4, big);
	assert_int_equal(m->len - begin, k->size);
}

static void
put_header(struct image *m, unsigned format, unsigned version, unsigned size,
           enum silk_packing packing, bool big)
{
	m->len = 0;
	put(m, 0xdeadbeef, 4, true);
	put(m, big, 1, true);
	put(m, format, 1, true);
	put(m, 16, 1, true);
	put(m, packing, 1, true);
	put(m, 0, 4, true);
	put(m, size, 2, true);
	put(m, version, 2, true);
	put(m, 1, 4, true);
	put(m, 24, 4, true);
	put(m, HOUR_MS, 8, true);
	put(m, 1, 4, true);
	put(m, 3, 4, true);
	put(m, 0, 4, true);
	put(m, 12, 4, true);
	put(m, 0, 4, true);
}

static size_t
compress_block(enum silk_packing packing, const uint8_t *in, size_t len, uint8_t *out, size_t room)
{
	static uint8_t work[LZO1X_1_MEM_COMPRESS];
	uLongf z = room;
	lzo_uint l = room;
	size_t s = room;

	if (packing == SILK_ZLIB) {
		assert_int_equal(compress(out, &z, in, len), Z_OK);
		return z;
	}
	if (packing == SILK_LZO) {
		assert_int_equal(lzo1x_1_compress(in, len, out, &l, work), LZO_E_OK);
		return l;
	}
	assert_int_equal(snappy_compress((const char *)in, len, (char *)out, &s), SNAPPY_OK);
	return s;
}

#define BLOCKS 4
#define BLOCK_RECORDS 20

/* A file of BLOCKS blocks; offset[i] is where block i begins. */
static void
make(struct image *m, const struct kind *k, enum silk_packing packing, bool big,
     size_t offset[BLOCKS + 1])
{
	static struct image block;

	put_header(m, k->format, k->version, k->size, packing, big);
	for (unsigned b = 0; b < BLOCKS; b++) {
		uint8_t packed[1 << 15];
		size_t len;

		offset[b] = m->len;
		block.len = 0;
		for (unsigned i = 0; i < BLOCK_RECORDS; i++)
			put_record(packing ? &block : m, k, b * BLOCK_RECORDS + i, big);
		if (!packing)
			continue;
		len = compress_block(packing, block.data, block.len, packed, sizeof(packed));
		put(m, len, 4, true);
		put(m, block.len, 4, true);
		memcpy(m->data + m->len, packed, len);
		m->len += len;
	}
	offset[BLOCKS] = m->len;
}

/* Reads an image as a file of any format; the code of opening it. */
static int
read_image(const struct image *m, struct rows *rows, struct tryst_error *err)
{
	struct tryst_request req = { .from_ms = INT64_MIN,
		                     .to_ms = INT64_MAX,
		                     .columns = TRYST_BITS_ALL };
	const struct tryst_read_options options = { 0 };
	struct tryst_source *source = NULL;
	struct tryst_file file;
	FILE *f = tmpfile();
	int rc;

	*rows = (struct rows){ 0 };
	tryst_health_init(&rows->health);
	assert_non_null(f);
	assert_int_equal(fwrite(m->data, 1, m->len, f), m->len);
	assert_int_equal(fflush(f), 0);
	file = (struct tryst_file){ .fd = dup(fileno(f)), .size = m->len, .path = "test" };
	(void)fclose(f);
	assert_int_equal(tryst_input_init(&rows->in, "test", 0, err), 0);
	rows->in.walked = true;
	rc = tryst_plain_copy(&file, &rows->in, err); /* as for every reader that seeks */
	if (rc == 0)
		rc = tryst_reader_silk.open(&file, &rows->in, &req, &options, &source, err);
	if (rc < 0) {
		(void)close(file.fd);
		return rc;
	}
	tryst_health_add(&rows->health, &rows->in.health);
	read_source(source, rows, req.columns);
	return 0;
}

static struct rows
read_ok(const struct image *m)
{
	struct rows rows;
	struct tryst_error err = { 0 };

	if (read_image(m, &rows, &err) < 0)
		fail_msg("%s", err.text);
	return rows;
}

static struct image image;
static size_t offset[BLOCKS + 1];

static void
every_kind(void **state)
{
	static const char routed[] =
		"start_ms=2015-06-17T15:00:00.013Z end_ms=2015-06-17T15:00:00.019Z "
		"src=192.168.40.20 dst=10.0.40.54 src_port=88 dst_port=60339 proto=6 tcp_flags=26 "
		"packets=4 bytes=373 in_if=7 next_hop=10.0.0.1 domain=3";
	static const char icmp[] =
		"start_ms=2015-06-17T15:59:59.999Z end_ms=2015-06-17T17:06:39.999Z src=1.2.3.4 "
		"dst=5.6.7.8 src_port=0 dst_port=769 proto=1 tcp_flags=0 icmp_type=3 icmp_code=1 "
		"packets=4 bytes=375 in_if=7 next_hop=10.0.0.1 domain=3";
	static const char ipv6[] =
		"start_ms=2015-06-17T15:00:00.036Z end_ms=2015-06-17T15:00:00.136Z src=2001:db8::1 "
		"dst=2001:db8::2 src_port=3411 dst_port=53 proto=17 tcp_flags=0 packets=4 "
		"bytes=376 domain=3";

	(void)state;
	for (size_t i = 0; i < 2 * SILK_PACKINGS * TRYST_ARRAY_SIZE(kinds); i++) {
		const struct kind *k = &kinds[i / (2 * SILK_PACKINGS)];
		struct rows rows;

		make(&image, k, i / 2 % SILK_PACKINGS, i % 2, offset);
		rows = read_ok(&image);
		assert_int_equal(rows.count, BLOCKS * BLOCK_RECORDS);
		assert_false(tryst_health_damaged(&rows.health));
		if (k->routing) {
			assert_string_equal(row_text(&rows.list[0]), routed);
			assert_string_equal(row_text(&rows.list[2]), icmp);
		}
		assert_int_equal(rows.list[0].number[TRYST_FIELD_tcp_flags], 0x1a);
		assert_int_equal(rows.list[1].number[TRYST_FIELD_tcp_flags], 0x1b);
		assert_false(rows.list[0].present & TRYST_BIT(end_reason));
		assert_int_equal(rows.list[1].number[TRYST_FIELD_end_reason], 2);
		assert_int_equal(rows.list[2].number[TRYST_FIELD_icmp_type], 3);
		assert_int_equal(rows.list[2].number[TRYST_FIELD_end_ms] - HOUR_MS, 7599999);
		if (k->long_form && !k->routing)
			assert_string_equal(row_text(&rows.list[3]), ipv6);
		rows_fini(&rows);
	}
}

/* Rows of an image after something was done to it, and what was counted. */
static void
expect(size_t rows_left, uint64_t blocks, uint64_t records, uint64_t bytes)
{
	struct rows rows = read_ok(&image);

	assert_int_equal(rows.count, rows_left);
	assert_int_equal(rows.health.damaged_blocks, blocks);
	assert_int_equal(rows.health.damaged_records, records);
	assert_int_equal(rows.health.damaged_bytes, bytes);
	assert_int_equal(rows.health.notes_total > 0, blocks + records > 0);
	rows_fini(&rows);
}

static void
damaged_blocks(void **state)
{
	const size_t all = BLOCKS * BLOCK_RECORDS;

	(void)state;
	for (enum silk_packing p = SILK_ZLIB; p < SILK_PACKINGS; p++) {
		size_t block;

		make(&image, &kinds[0], p, false, offset);
		block = offset[2] - offset[1];
		/* What it becomes is not what it says. */
		image.data[offset[1] + 7] = 52;
		image.data[offset[1] + 6] = 0;
		expect(all - BLOCK_RECORDS, 1, 0, block - 8);
		/* Its head is none. */
		image.data[offset[1]] = 0xff;
		expect(all - BLOCK_RECORDS, 1, 0, block);
		/* A block alone between two such heads is not told from chance. */
		image.data[offset[3]] = 0xff;
		expect(BLOCK_RECORDS, 1, 0, offset[4] - offset[1]);
		/* The last one is not all there. */
		make(&image, &kinds[0], p, false, offset);
		image.len -= 1;
		expect(all - BLOCK_RECORDS, 1, 0, image.len - offset[3]);
		image.len = offset[3] + 5;
		expect(all - BLOCK_RECORDS, 1, 0, 5);
		/* A packed size of 0 ends the chain, and nothing comes behind it. */
		image.len = offset[3];
		put(&image, 0, 4, true);
		expect(all - BLOCK_RECORDS, 0, 0, 0);
		put(&image, 0, 1, true);
		expect(all - BLOCK_RECORDS, 1, 0, 5);
	}
	make(&image, &kinds[0], SILK_ZLIB, false, offset);
	image.data[offset[1] + 30] ^= 1;
	expect(all - BLOCK_RECORDS, 1, 0, offset[2] - offset[1] - 8);
}

static void
damaged_records(void **state)
{
	struct tryst_error err = { 0 };
	struct rows rows;

	(void)state;
	make(&image, &kinds[0], SILK_PLAIN, true, offset);
	image.len -= 10;
	expect(BLOCKS * BLOCK_RECORDS - 1, 0, 1, 42);
	/* A start beyond all sense costs its record. */
	make(&image, &kinds[0], SILK_PLAIN, true, offset);
	image.data[offset[1]] = 0x80;
	expect(BLOCKS * BLOCK_RECORDS - 1, 0, 1, 0);
	/* No records at all is no damage. */
	image.len = offset[0];
	expect(0, 0, 0, 0);
	image.len--;
	assert_int_equal(read_image(&image, &rows, &err), TRYST_ERR_FORMAT);
	rows_fini(&rows);
}

static void
refusals(void **state)
{
	static const struct {
		unsigned format, version, size;
		enum silk_packing packing;
		const char *text;
		bool skipped;
	} cases[] = {
		{ 0x14, 4, 28, SILK_LZO, "format FT_RWAUGMENTED (0x14), record version 4", false },
		{ 0x16, 2, 48, SILK_PLAIN, "`rwcat FILE", false },
		{ 0x12, 5, 22, SILK_PLAIN, "`rwcut FILE | tryst", false },
		{ 0x99, 1, 10, SILK_PLAIN, "format unknown (0x99), record version 1", false },
		{ 0x1d, 4, 1, SILK_PLAIN, "format FT_IPSET: holds no flow records", true },
		{ 0x16, 5, 48, SILK_PLAIN, "records of 48 bytes", false },
		{ 0x16, 5, 52, SILK_PACKINGS, "compression 4", false },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_error err = { 0 };
		struct rows rows;

		put_header(&image, cases[i].format, cases[i].version, cases[i].size,
		           cases[i].packing, false);
		assert_true(read_image(&image, &rows, &err) < 0);
		if (!strstr(err.text, cases[i].text))
			fail_msg("'%s' does not say '%s'", err.text, cases[i].text);
		assert_int_equal(rows.in.skipped, cases[i].skipped);
		rows_fini(&rows);
	}
}

/* A file whose times count from an hour must say which. */
static void
no_hour(void **state)
{
	struct tryst_error err = { 0 };
	struct rows rows;

	(void)state;
	make(&image, &kinds[2], SILK_PLAIN, false, offset);
	image.data[19] = 4;
	assert_int_equal(read_image(&image, &rows, &err), TRYST_ERR_FORMAT);
	assert_non_null(strstr(err.text, "an hour that its header does not say"));
	rows_fini(&rows);
}

static void
mutations(void **state)
{
	static struct image whole;
	uint64_t random = 20030822;

	(void)state;
	for (unsigned round = 0; round < 4000; round++) {
		struct tryst_error err = { 0 };
		struct rows rows;

		if (round % 100 == 0)
			make(&whole, &kinds[round / 400 % TRYST_ARRAY_SIZE(kinds)],
			     round / 100 % SILK_PACKINGS, round / 200 % 2, offset);
		image.len = whole.len;
		memcpy(image.data, whole.data, whole.len);
		for (unsigned i = 0; i <= round % 5; i++) {
			random = random * 6364136223846793005ULL + 1442695040888963407ULL;
			image.data[(random >> 33) % (i % 2 ? 80 : whole.len)] ^=
				(uint8_t)(1u << (random >> 30 & 7));
		}
		if (round % 7 == 0)
			image.len = (random >> 33) % whole.len;
		if (read_image(&image, &rows, &err) == 0)
			assert_true(rows.count <= BLOCKS * BLOCK_RECORDS * 2);
		else
			assert_true(err.text[0]);
		rows_fini(&rows);
	}
}

/* A whole file in gzip is the same file; cut, it is what came before. */
static void
gzipped(void **state)
{
	static struct image packed;
	z_stream z = { 0 };
	struct rows rows;

	(void)state;
	make(&image, &kinds[0], SILK_SNAPPY, false, offset);
	assert_int_equal(deflateInit2(&z, 0, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = image.data;
	z.avail_in = (uInt)image.len;
	z.next_out = packed.data;
	z.avail_out = sizeof(packed.data);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	packed.len = z.total_out;
	assert_int_equal(deflateEnd(&z), Z_OK);
	rows = read_ok(&packed);
	assert_int_equal(rows.count, BLOCKS * BLOCK_RECORDS);
	assert_false(tryst_health_damaged(&rows.health));
	rows_fini(&rows);
	/* What is not compressed inside lies as it is, behind a few bytes of gzip. */
	packed.len = 30 + offset[2];
	rows = read_ok(&packed);
	assert_int_equal(rows.count, 2 * BLOCK_RECORDS);
	assert_true(rows.health.damaged_blocks >= 1);
	rows_fini(&rows);
}

/* What rwcut prints of a flow is the same flow. */
static void
rwcut(void **state)
{
	static const char padded[] =
		"            sIP|            dIP|sPort|dPort|pro|   packets|     bytes|   flags|"
		"                  sTime| duration|                  eTime|sen|\n"
		"  192.168.40.20|     10.0.40.54|   88|60339|  6|         4|       373| S PA   |"
		"2015/06/17T15:00:00.013|    0.006|2015/06/17T15:00:00.019| S3|\n";
	static const char delimited[] =
		"sIP|dIP|sPort|dPort|protocol|packets|bytes|flags|sTime|duration|eTime|sensor\n"
		"192.168.40.20|10.0.40.54|88|60339|6|4|373|SPA|2015/06/17T15:00:00.013|0.006|"
		"2015/06/17T15:00:00.019|S3\n";
	static const char icmp[] =
		"sIP|dIP|dPort|pro|packets|bytes|sTime|dur|iTy|iCo|nhIP|attribut|type|\n"
		"1.2.3.4|5.6.7.8|769|1|4|375|2015/06/17T15:59:59.999|4000.000|3|1|10.0.0.1|C|in|\n"
		"1.2.3.4|5.6.7.8|53|17|4|375|2015/06/17T15:59:59.999|4000.000| | |10.0.0.1| |in|\n";
	static const char tcp[] =
		"start_ms=2015-06-17T15:00:00.013Z end_ms=2015-06-17T15:00:00.019Z "
		"src=192.168.40.20 dst=10.0.40.54 src_port=88 dst_port=60339 proto=6 tcp_flags=26 "
		"packets=4 bytes=373";
	struct rows rows;

	(void)state;
	read_text(padded, &plain, &rows);
	assert_int_equal(rows.count, 1);
	assert_string_equal(row_text(&rows.list[0]), tcp);
	rows_fini(&rows);
	read_text(delimited, &plain, &rows);
	assert_int_equal(rows.count, 1);
	assert_string_equal(row_text(&rows.list[0]), tcp);
	rows_fini(&rows);
	read_text(icmp, &plain, &rows);
	assert_int_equal(rows.count, 2);
	assert_string_equal(row_text(&rows.list[0]),
	                    "start_ms=2015-06-17T15:59:59.999Z end_ms=2015-06-17T17:06:39.999Z "
	                    "src=1.2.3.4 dst=5.6.7.8 dst_port=769 proto=1 icmp_type=3 icmp_code=1 "
	                    "packets=4 bytes=375 next_hop=10.0.0.1");
	assert_false(rows.list[1].present & TRYST_BIT(icmp_type));
	rows_fini(&rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),          cmocka_unit_test(families),
		cmocka_unit_test(every_kind),      cmocka_unit_test(damaged_blocks),
		cmocka_unit_test(damaged_records), cmocka_unit_test(refusals),
		cmocka_unit_test(no_hour),         cmocka_unit_test(mutations),
		cmocka_unit_test(gzipped),         cmocka_unit_test(rwcut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

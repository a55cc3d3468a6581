/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of text tables on whole inputs: the same rows whatever the parts and the compression,
 * nfdump's csv of the corpus, and seeded mutations.
 */
#include "rows.h"

static uint64_t
rows_sum(const struct rows *rows, enum tryst_field field)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < rows->count; i++)
		sum += rows->list[i].number[field];
	return sum;
}

#include <zlib.h>

/* A table with everything that could be cut: line ends of both kinds, empty and bad lines,
 * comments. */
static char *
make_table(size_t lines, size_t *len)
{
	size_t cap = lines * 120 + 100, at = 0;
	char *text = malloc(cap);
	uint32_t x = 1;

	assert_non_null(text);
	at += (size_t)snprintf(text, cap, "start,src,dst,proto,bytes\n");
	for (size_t i = 0; i < lines; i++) {
		x = x * 1664525 + 1013904223;
		if (x >> 28 == 0)
			at += (size_t)snprintf(text + at, cap - at, "\n");
		else if (x >> 28 == 1)
			at += (size_t)snprintf(text + at, cap - at, "# %zu\n", i);
		else if (x >> 28 == 2)
			at += (size_t)snprintf(text + at, cap - at, "bad %zu\r\n", i);
		else
			at += (size_t)snprintf(text + at, cap - at,
			                       "%u.%03zu,10.%u.0.%zu,10.0.0.2,%s,%zu%s",
			                       1061579394U + (x >> 20), i % 1000, x >> 24, i % 256,
			                       x >> 31 ? "tcp" : "17", i,
			                       i + 1 == lines ? ""
			                       : x >> 30 & 1  ? "\n"
			                                      : "\r\n");
	}
	*len = at;
	return text;
}

static void
check_same_health(const struct rows *a, const struct rows *b)
{
	assert_memory_equal(&a->health, &b->health, offsetof(struct tryst_health, notes));
	for (size_t i = 0; i < a->health.note_count; i++) {
		assert_int_equal(a->health.notes[i].at, b->health.notes[i].at);
		assert_int_equal(a->health.notes[i].line, b->health.notes[i].line);
		assert_string_equal(a->health.notes[i].text, b->health.notes[i].text);
	}
}

static void
check_same(const struct rows *a, const struct rows *b)
{
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		assert_int_equal(a->list[i].record_no, i + 1);
		assert_int_equal(b->list[i].record_no, i + 1);
		assert_int_equal(a->list[i].present, b->list[i].present);
		/* All but the raw record number, which is the last. */
		assert_memory_equal(a->list[i].number, b->list[i].number,
		                    TRYST_FIELD_record_no * sizeof(uint64_t));
		assert_memory_equal(a->list[i].ip, b->list[i].ip, sizeof(a->list[i].ip));
	}
	check_same_health(a, b);
}

static void
test_parts_make_no_difference(void **state)
{
	static const uint64_t sizes[] = { 1, 2, 7, 41, 100, 1000, 4096, 100003 };
	struct setting set = plain;
	struct tryst_error err;
	struct rows whole, parts;
	size_t len;
	char *text = make_table(2000, &len);

	(void)state;
	assert_int_equal(read_bytes(text, len, &set, &whole, &err), 0);
	assert_int_equal(whole.parts, 1);
	assert_true(whole.health.damaged_records > TRYST_HEALTH_NOTES);
	assert_true(whole.health.other_records > 0);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(sizes); i++) {
		set.part_size = sizes[i];
		assert_int_equal(read_bytes(text, len, &set, &parts, &err), 0);
		assert_true(parts.parts > 1 || sizes[i] > len);
		check_same(&whole, &parts);
		rows_fini(&parts);
	}
	rows_fini(&whole);
	free(text);
}

static int
open_small_parts(void *ctx, struct tryst_input *in, const struct tryst_request *req,
                 struct tryst_source **out, struct tryst_error *err)
{
	static const struct tryst_read_options options = { .zone = { .kind = TRYST_ZONE_UTC } };
	struct tryst_file file = { .fd = dup(*(int *)ctx), .path = in->path };

	file.size = (uint64_t)lseek(file.fd, 0, SEEK_END);
	return tryst_text_open(&file, in, req, &options, 3001, out, err);
}

/* By the pipeline, on threads that race for the parts: the same counts, the same notes and lines.
 */
static void
test_threads_make_no_difference(void **state)
{
	struct tryst_error err;
	struct rows whole;
	size_t len;
	char *text = make_table(20000, &len);
	FILE *f = tmpfile();
	int fd;

	(void)state;
	assert_non_null(f);
	fd = fileno(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(read_bytes(text, len, &plain, &whole, &err), 0);
	for (unsigned jobs = 1; jobs <= 8; jobs *= 2) {
		struct tryst_input in, *inputs[] = { &in };
		struct tryst_pipeline p = {
			.inputs = inputs,
			.input_count = 1,
			.open = open_small_parts,
			.open_ctx = &fd,
			.request = { .from_ms = INT64_MIN,
			             .to_ms = INT64_MAX,
			             .columns = TRYST_BITS_ALL },
			.jobs = jobs,
		};
		struct rows rows = { 0 };

		assert_int_equal(tryst_input_init(&in, "test", 0, &err), 0);
		assert_int_equal(tryst_pipeline_run(&p, &err), 0);
		assert_int_equal(in.error.code, 0);
		rows.health = in.health;
		check_same_health(&whole, &rows);
		tryst_input_fini(&in);
	}
	assert_int_equal(fclose(f), 0);
	rows_fini(&whole);
	free(text);
}

/* Larger than the window, so that lines lie across its end. */
static void
test_large(void **state)
{
	struct setting set = plain;
	struct tryst_error err;
	struct rows whole, parts;
	size_t len;
	char *text = make_table(40000, &len);

	(void)state;
	assert_true(len > 1500000);
	assert_int_equal(read_bytes(text, len, &set, &whole, &err), 0);
	set.part_size = 100000;
	assert_int_equal(read_bytes(text, len, &set, &parts, &err), 0);
	check_same(&whole, &parts);
	rows_fini(&parts);
	rows_fini(&whole);
	free(text);
}

static size_t
gzip(const char *text, size_t len, uint8_t *out, size_t cap)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (z_const Bytef *)(uintptr_t)text;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	(void)deflateEnd(&z);
	return z.total_out;
}

static void
test_compressed(void **state)
{
	struct tryst_error err;
	struct rows whole, rows;
	size_t len, packed_len;
	char *text = make_table(20000, &len);
	uint8_t *packed = malloc(len);

	(void)state;
	assert_non_null(packed);
	packed_len = gzip(text, len, packed, len);
	assert_int_equal(read_bytes(text, len, &plain, &whole, &err), 0);
	assert_int_equal(read_bytes(packed, packed_len, &plain, &rows, &err), 0);
	check_same(&whole, &rows);
	rows_fini(&rows);
	/* Cut off: the rows before the cut, none that is half a row, and the damage. */
	assert_int_equal(read_bytes(packed, packed_len / 2, &plain, &rows, &err), 0);
	assert_true(rows.count > whole.count / 3 && rows.count < whole.count);
	for (size_t i = 0; i < rows.count; i++)
		assert_memory_equal(&rows.list[i], &whole.list[i], sizeof(rows.list[i]));
	assert_int_equal(rows.health.damaged_blocks, 1);
	rows_fini(&rows);
	rows_fini(&whole);
	free(packed);
	free(text);
}

/* A file without line ends, and a line that never ends among good ones. */
static void
test_long_lines(void **state)
{
	static const char head[] = "start,src,dst\n1061579394,10.0.0.1,10.0.0.2\n";
	size_t len = 3000000;
	char *text = malloc(len);
	struct setting set = plain;
	struct tryst_error err;
	struct rows rows;

	(void)state;
	assert_non_null(text);
	for (unsigned turn = 0; turn < 2; turn++) {
		memset(text, 'x', len);
		memcpy(text, head, strlen(head));
		memcpy(text + len - 30, "\n1061579395,10.0.0.1,10.0.0.2\n", 30);
		set.part_size = turn ? 1000 : 0;
		assert_int_equal(read_bytes(text, len, &set, &rows, &err), 0);
		assert_int_equal(rows.count, 2);
		assert_int_equal(rows.health.damaged_records, 1);
		assert_string_equal(rows.health.notes[0].text,
		                    "a line of more than 65536 characters");
		assert_int_equal(rows.health.notes[0].line, 3);
		rows_fini(&rows);
	}
	memset(text, 'x', len);
	assert_int_equal(read_bytes(text, len, &set, &rows, &err), TRYST_ERR_FORMAT);
	rows_fini(&rows);
	free(text);
}

static const char *
corpus(void)
{
	const char *dir = getenv("TRYST_CORPUS");

	return dir ? dir : "../shared/corpus";
}

/* The whole of a file or of a command's output. */
static char *
slurp(FILE *f, size_t *len)
{
	size_t cap = 1 << 20, got = 0, n;
	char *data = malloc(cap);

	assert_non_null(data);
	while ((n = fread(data + got, 1, cap - got, f)) > 0) {
		got += n;
		if (got == cap) {
			cap *= 2;
			data = realloc(data, cap);
			assert_non_null(data);
		}
	}
	*len = got;
	return data;
}

/*
 * The rows of nfdump's csv against those of the file itself: nfdump shows seconds, and 0 for what
 * it does not have, which is unknown here.
 */
static void
check_against_file(const struct rows *csv, const char *path)
{
	const uint64_t csv_has =
		(TRYST_BIT(flows) - 1) & ~TRYST_BIT(received_ms) & ~TRYST_BIT(rev_tcp_flags);
	struct rows file;

	read_file(path, &file);
	assert_int_equal(csv->count, file.count);
	for (size_t i = 0; i < file.count; i++) {
		const struct row *a = &csv->list[i], *b = &file.list[i];

		for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++) {
			uint64_t unit = f <= TRYST_FIELD_end_ms ? 1000 : 1;

			if (!((csv_has | a->present) >> f & 1) || f >= TRYST_FIELD_input_id ||
			    f == TRYST_FIELD_received_ms)
				continue;
			if (a->number[f] / unit != b->number[f] / unit ||
			    !tryst_ip_equal(a->ip[f], b->ip[f]))
				fail_msg("%s: row %zu: %s differs", path, i,
				         tryst_field_info((enum tryst_field)f)->name);
		}
	}
	rows_fini(&file);
}

/* nfdump's csv of every file of the corpus, by the installed nfdump, has the totals that it must.
 */
static void
test_corpus(void **state)
{
	const char *dir = corpus();
	char line[512], command[1024], name[256];
	unsigned long long flows, packets, bytes;
	size_t files = 0;
	FILE *totals;

	(void)state;
	if (access(dir, R_OK) != 0 || system("nfdump -V >/dev/null 2>&1") != 0) {
		print_message("no corpus or no nfdump: skipped\n");
		skip();
	}
	(void)snprintf(command, sizeof(command), "%s/ground-truth/nfdump_totals.tsv", dir);
	totals = fopen(command, "r");
	assert_non_null(totals);
	while (fgets(line, sizeof(line), totals)) {
		struct tryst_error err = { 0 };
		struct rows rows;
		char *csv;
		size_t len;
		FILE *f;

		if (sscanf(line, "%*s %255s %llu %llu %llu", name, &flows, &packets, &bytes) != 4 ||
		    strstr(name, "zstd"))
			continue;
		(void)snprintf(command, sizeof(command),
		               "TZ=UTC nfdump -r %s/%s -o csv 2>/dev/null", dir, name);
		f = popen(command, "r");
		assert_non_null(f);
		csv = slurp(f, &len);
		(void)pclose(f);
		if (read_bytes(csv, len, &plain, &rows, &err) < 0)
			fail_msg("%s: %s", name, err.text);
		assert_int_equal(rows.count, flows);
		assert_int_equal(rows_sum(&rows, TRYST_FIELD_packets), packets);
		assert_int_equal(rows_sum(&rows, TRYST_FIELD_bytes), bytes);
		assert_int_equal(rows.health.damaged_records, 0);
		assert_true(rows.health.other_records >= 3);
		(void)snprintf(command, sizeof(command), "%s/%s", dir, name);
		if (flows)
			check_against_file(&rows, command);
		rows_fini(&rows);
		free(csv);
		files++;
	}
	assert_int_equal(fclose(totals), 0);
	assert_true(files >= 17);
}

/* Whatever the bytes: no crash, every line accounted for, and the same in any parts. */
static void
test_mutations(void **state)
{
	struct setting set = plain;
	struct tryst_error err;
	uint64_t x = 88172645463325252ULL;
	size_t len;
	char *good = make_table(40, &len), *text = malloc(len);

	(void)state;
	assert_non_null(text);
	for (unsigned turn = 0; turn < 1500; turn++) {
		static const char likely[] = ",,\n\r\"\"#;.-:0x \t\0";
		size_t head = strcspn(good, "\n");
		struct rows whole, parts;

		memcpy(text, good, len);
		for (unsigned k = 0; k <= turn % 8; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			text[(turn % 16 ? head : 0) + x % (len - head)] =
				x >> 63 ? likely[(x >> 40) % sizeof(likely)] : (char)(x >> 40);
		}
		set.part_size = 0;
		if (read_bytes(text, len, &set, &whole, &err) == 0) {
			set.part_size = 1 + x % 200;
			assert_int_equal(read_bytes(text, len, &set, &parts, &err), 0);
			check_same(&whole, &parts);
			rows_fini(&parts);
		}
		rows_fini(&whole);
	}
	free(text);
	free(good);
}

/* The same of single lines in memory of exactly their size, where ASan sees a byte too far. */
static void
test_mutated_lines(void **state)
{
	static const char header[] = "ts,sa,sp,da,dp,pr,flg,ipkt,td,dir,tr\n";
	static const char good[] = "2003-08-22 19:09:54.123-04:00,10.0.0.1,1,2001:db8::1,8.1,ICMP,"
				   "...AP.SF,0x12,1.5,ingress,-";
	struct tryst_text_table *t = malloc(sizeof(*t));
	struct tryst_text_row *row = malloc(sizeof(*row));
	struct tryst_text_memory memory = { 0 };
	struct tryst_text_fault fault;
	uint64_t x = 42;

	(void)state;
	assert_true(t && row);
	assert_true(tryst_text_header((const uint8_t *)header, strlen(header), t));
	for (unsigned turn = 0; turn < 20000; turn++) {
		size_t len = 1 + (x >> 8) % strlen(good);
		char *line = malloc(len);

		assert_non_null(line);
		memcpy(line, good + (turn % 3 ? 0 : strlen(good) - len), len);
		for (unsigned k = 0; k < turn % 4; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			line[(x >> 20) % len] = good[(x >> 40) % strlen(good)];
		}
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		(void)tryst_text_row_parse(t, &plain.zone, line, len, &memory, row, &fault);
		(void)tryst_text_header((const uint8_t *)line, len, t);
		assert_true(tryst_text_header((const uint8_t *)header, strlen(header), t));
		free(line);
	}
	free(row);
	free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_make_no_difference),
		cmocka_unit_test(test_threads_make_no_difference),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_corpus),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_mutated_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

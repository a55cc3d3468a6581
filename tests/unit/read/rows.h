/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives the reader of text tables as the pipeline does, by one thread, and collects its rows.
 */
#ifndef TRYST_TESTS_READ_ROWS_H
#define TRYST_TESTS_READ_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "read/text.h"

#define PART_SIZE (4U << 20)

/* All rows of an input, as the operators would see them. */
struct rows {
	size_t count;
	size_t cap;
	struct row {
		uint64_t present, record_no, number[TRYST_FIELD_COUNT];
		struct tryst_ip ip[TRYST_FIELD_COUNT];
	} * list;
	struct tryst_health health;
	struct tryst_input in;
	size_t parts;
};

struct sink {
	struct tryst_sink base;
	struct rows *rows;
};

/* What other parts and inputs may have left behind in the columns. */
static inline void
poison(struct tryst_batch *b)
{
	for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++) {
		void *column = tryst_batch_column(b, (enum tryst_field)f);
		size_t size = tryst_field_info((enum tryst_field)f)->size;

		if (column)
			memset(column, 0xff, size * TRYST_BATCH_ROWS);
	}
}

static inline int
collect(struct tryst_sink *base, struct tryst_error *err)
{
	struct rows *rows = ((struct sink *)base)->rows;
	struct tryst_batch *b = &base->batch;

	for (uint32_t i = 0; i < b->rows; i++) {
		struct row *row;

		if (rows->count == rows->cap) {
			rows->cap = rows->cap ? rows->cap * 2 : 256;
			rows->list = realloc(rows->list, rows->cap * sizeof(*rows->list));
			if (!rows->list)
				return tryst_error_nomem(err);
		}
		row = &rows->list[rows->count++];
		*row = (struct row){ .present = b->present[i] };
		for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++) {
			const struct tryst_ip *ips = tryst_batch_column(b, (enum tryst_field)f);

			if (!ips)
				continue;
			if (tryst_field_info((enum tryst_field)f)->type == TRYST_TYPE_ip)
				row->ip[f] = ips[i];
			else
				row->number[f] = tryst_batch_number(b, (enum tryst_field)f, i);
			if (tryst_batch_known(b, (enum tryst_field)f, i))
				continue;
			/* The promise of struct tryst_batch: unknown is 0. */
			assert_true(!row->number[f] && !row->ip[f].hi && !row->ip[f].lo);
		}
	}
	b->rows = 0;
	return 0;
}

struct setting {
	uint64_t part_size;     /* 0: as the program does */
	uint64_t columns;       /* 0: all */
	int64_t from_ms, to_ms; /* both 0: always */
	const struct tryst_ipset *addresses;
	struct tryst_zone zone;
};

static inline int
read_parts(struct tryst_source *source, struct rows *rows, uint64_t columns)
{
	atomic_bool stop = false;
	struct sink sink = { .base = { .flush = collect, .stop = &stop }, .rows = rows };
	struct tryst_error err = { 0 };
	int rc = tryst_batch_init(&sink.base.batch, columns, &err);

	for (size_t i = 0; i < source->parts && rc == 0; i++) {
		poison(&sink.base.batch);
		tryst_health_init(&sink.base.health);
		sink.base.record_base = (uint64_t)i << 32;
		rc = source->ops->read(source, i, &sink.base, &err);
		if (rc == 0)
			rc = collect(&sink.base, &err);
		tryst_health_add(&rows->health, &sink.base.health);
		rows->in.part_flows[i] = sink.base.health.flows;
	}
	for (size_t i = 0; i < TRYST_SCRATCH_SLOTS; i++)
		free(sink.base.scratch[i]);
	tryst_batch_fini(&sink.base.batch);
	return rc;
}

/* Reads all parts and closes the source. */
static inline void
read_source(struct tryst_source *source, struct rows *rows, uint64_t columns)
{
	rows->parts = rows->in.parts = source->parts;
	rows->in.part_flows = calloc(source->parts + 1, sizeof(uint64_t));
	assert_non_null(rows->in.part_flows);
	assert_int_equal(read_parts(source, rows, columns), 0);
	source->ops->close(source);
	for (size_t i = 0; i < rows->count; i++)
		rows->list[i].record_no =
			tryst_input_record(&rows->in, rows->list[i].number[TRYST_FIELD_record_no]);
}

/* Reads bytes as a table; the code of opening them, and in *err its text. */
static inline int
read_bytes(const void *data, size_t len, const struct setting *set, struct rows *rows,
           struct tryst_error *err)
{
	FILE *f = tmpfile();
	struct tryst_request req = { .from_ms = INT64_MIN,
		                     .to_ms = INT64_MAX,
		                     .addresses = set->addresses,
		                     .columns = set->columns };
	struct tryst_read_options options = { .zone = set->zone };
	struct tryst_file file;
	struct tryst_source *source = NULL;
	int rc;

	*rows = (struct rows){ 0 };
	tryst_health_init(&rows->health);
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fflush(f), 0);
	file = (struct tryst_file){ .fd = dup(fileno(f)), .size = len, .path = "test" };
	assert_int_equal(fclose(f), 0);
	if (set->from_ms || set->to_ms) {
		req.from_ms = set->from_ms;
		req.to_ms = set->to_ms;
	}
	if (!req.columns)
		req.columns = TRYST_BITS_ALL;
	assert_int_equal(tryst_input_init(&rows->in, "test", 0, err), 0);
	rc = tryst_text_open(&file, &rows->in, &req, &options,
	                     set->part_size ? set->part_size : PART_SIZE, &source, err);
	if (rc < 0) {
		(void)close(file.fd);
		return rc;
	}
	read_source(source, rows, req.columns);
	return 0;
}

/* Reads a file of any format, all of it. */
static inline void
read_file(const char *path, struct rows *rows)
{
	struct tryst_request req = { .from_ms = INT64_MIN,
		                     .to_ms = INT64_MAX,
		                     .columns = TRYST_BITS_ALL };
	struct tryst_read_options options = { .zone = { .kind = TRYST_ZONE_UTC } };
	struct tryst_source *source = NULL;
	struct tryst_error err = { 0 };

	*rows = (struct rows){ 0 };
	tryst_health_init(&rows->health);
	assert_int_equal(tryst_input_init(&rows->in, path, 0, &err), 0);
	if (tryst_read_open(&options, &rows->in, &req, &source, &err) < 0)
		fail_msg("%s", err.text);
	read_source(source, rows, req.columns);
}

static inline void
rows_fini(struct rows *rows)
{
	free(rows->list);
	tryst_input_fini(&rows->in);
}

static inline void
read_text(const char *text, const struct setting *set, struct rows *rows)
{
	struct tryst_error err = { 0 };

	if (read_bytes(text, strlen(text), set, rows, &err) < 0)
		fail_msg("%s: %s", text, err.text);
}

/* Opens a text under a name as the program does, by sniffing; the code, and in *err its text. */
static inline int
open_log(const char *name, const char *text, struct rows *rows, struct tryst_source **source,
         struct tryst_error *err)
{
	struct tryst_request req = { .from_ms = INT64_MIN,
		                     .to_ms = INT64_MAX,
		                     .columns = TRYST_BITS_ALL };
	struct tryst_read_options options = { .zone = { .kind = TRYST_ZONE_UTC } };
	char folder[] = "/tmp/tryst-log-XXXXXX", path[128];
	FILE *f;
	int rc;

	*rows = (struct rows){ 0 };
	tryst_health_init(&rows->health);
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
	assert_int_equal(tryst_input_init(&rows->in, path, 0, err), 0);
	rc = tryst_read_open(&options, &rows->in, &req, source, err);
	(void)unlink(path);
	(void)rmdir(folder);
	return rc;
}

/* Reads a text that is to be taken for a format. */
static inline void
read_log_named(const char *name, const char *format, const char *text, struct rows *rows)
{
	struct tryst_source *source = NULL;
	struct tryst_error err = { 0 };

	if (open_log(name, text, rows, &source, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(rows->in.format, format);
	read_source(source, rows, TRYST_BITS_ALL);
}

static inline void
read_log(const char *format, const char *text, struct rows *rows)
{
	read_log_named("log", format, text, rows);
}

/* Expects that no reader takes a text, and this in what is said. */
static inline void
refuse_log(const char *text, const char *expected)
{
	struct tryst_source *source = NULL;
	struct tryst_error err = { 0 };
	struct rows rows;

	assert_true(open_log("log", text, &rows, &source, &err) < 0);
	if (!strstr(err.text, expected))
		fail_msg("%s: not in: %s", expected, err.text);
	rows_fini(&rows);
}

/* A row as text, for comparing: the known fields in the order of the table. */
static inline const char *
row_text(const struct row *row)
{
	static char text[2048];
	size_t at = 0;

	text[0] = '\0';
	for (unsigned f = 0; f < TRYST_FIELD_record_no; f++) {
		const struct tryst_field_info *info = tryst_field_info((enum tryst_field)f);
		char value[TRYST_IP_TEXT_MAX];

		if (!(row->present >> f & 1) || f == TRYST_FIELD_input_id)
			continue;
		if (info->type == TRYST_TYPE_ip)
			(void)tryst_ip_format(row->ip[f], value);
		else if (info->type == TRYST_TYPE_time)
			(void)tryst_time_format((int64_t)row->number[f], value);
		else
			(void)snprintf(value, sizeof(value), "%llu",
			               (unsigned long long)row->number[f]);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s=%s", at ? " " : "",
		                       info->name, value);
	}
	return text;
}

/* What a log must come to: rows as row_text shows them, and what the health counts. */
struct expected_log {
	const char *name; /* of the case */
	const char *text; /* behind what `head` of check_logs says */
	const char *rows[4];
	uint64_t damaged, other, skipped, events;
	const char *note; /* in the first note; NULL: there is none */
};

static inline void
check_log(const struct expected_log *e, const struct rows *rows)
{
	size_t count = 0;

	while (count < TRYST_ARRAY_SIZE(e->rows) && e->rows[count])
		count++;
	if (rows->health.damaged_records != e->damaged && rows->health.note_count)
		fail_msg("%s: %s", e->name, rows->health.notes[0].text);
	for (size_t i = 0; i < TRYST_MIN(count, rows->count); i++) {
		if (strcmp(row_text(&rows->list[i]), e->rows[i]) != 0)
			fail_msg("%s: row %zu:\n%s\nexpected:\n%s", e->name, i + 1,
			         row_text(&rows->list[i]), e->rows[i]);
		assert_int_equal(rows->list[i].record_no, i + 1);
	}
	if (rows->count != count || rows->health.flows != count)
		fail_msg("%s: %zu rows, expected %zu", e->name, rows->count, count);
	assert_int_equal(rows->health.damaged_records, e->damaged);
	assert_int_equal(rows->health.other_records, e->other);
	assert_int_equal(rows->health.skipped_records, e->skipped);
	assert_int_equal(rows->health.events, e->events);
	if ((rows->health.note_count != 0) != (e->note != NULL))
		fail_msg("%s: notes", e->name);
	if (e->note && !strstr(rows->health.notes[0].text, e->note))
		fail_msg("%s: %s: not in: %s", e->name, e->note, rows->health.notes[0].text);
}

/* Reads each log, with `head` before it, as a file of a format. */
static inline void
check_logs(const char *format, const char *head, const struct expected_log *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *text = NULL;
		struct rows rows;

		assert_true(asprintf(&text, "%s%s", head, list[i].text) > 0);
		read_log(format, text, &rows);
		check_log(&list[i], &rows);
		rows_fini(&rows);
		free(text);
	}
}

static const struct setting plain = { .zone = { .kind = TRYST_ZONE_UTC } };

#endif

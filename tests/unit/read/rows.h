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
	bool strict; /* the reader under test */
};

struct sink {
	struct tryst_sink base;
	struct rows *rows;
};

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
			if (rows->strict)
				assert_true(row->number[f] == 0 && row->ip[f].lo == 0);
			row->number[f] = 0;
			row->ip[f] = (struct tryst_ip){ 0 };
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

	/* What an input before may have left behind. */
	if (sink.base.batch.bytes)
		memset(sink.base.batch.bytes, 0xff, sizeof(uint64_t) * TRYST_BATCH_ROWS);
	if (sink.base.batch.vlan)
		memset(sink.base.batch.vlan, 0xff, sizeof(uint16_t) * TRYST_BATCH_ROWS);
	for (size_t i = 0; i < source->parts && rc == 0; i++) {
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
	struct tryst_request req = { INT64_MIN, INT64_MAX, set->addresses, NULL, set->columns };
	struct tryst_read_options options = { .zone = set->zone };
	struct tryst_file file;
	struct tryst_source *source = NULL;
	int rc;

	*rows = (struct rows){ .strict = true };
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
	struct tryst_request req = { INT64_MIN, INT64_MAX, NULL, NULL, TRYST_BITS_ALL };
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

static const struct setting plain = { .zone = { .kind = TRYST_ZONE_UTC } };

#endif

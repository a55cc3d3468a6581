/* SPDX-License-Identifier: Apache-2.0 */
/* tryst store ls, info, verify: what looks and changes nothing. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/fit.h"
#include "cli/put.h"
#include "cli/say.h"
#include "cli/store_verbs.h"
#include "cli/term.h"
#include "report/layout.h"
#include "store/directory.h"
#include "store/provenance.h"
#include "store/verify.h"

#define LINE_COLUMNS 1000 /* a line is only broken on a terminal: scripts read it */

int
tryst_segment_at(const char *path, struct tryst_segment *out, struct tryst_error *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	if (fd < 0 || fstat(fd, &st) < 0)
		rc = tryst_error_errno(err, "%s", path);
	else
		rc = tryst_segment_open(out, fd, (uint64_t)st.st_size, path, err);
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

static char *
joined(const char *path, const char *name)
{
	char *out = NULL;

	return asprintf(&out, "%s/%s", path, name) < 0 ? NULL : out;
}

int
tryst_catalogue_read(struct tryst_catalogue *c, const char *path, struct tryst_error *err)
{
	int rc;

	*c = (struct tryst_catalogue){ 0 };
	rc = tryst_directory_list(path, &c->names, &c->count, err);
	if (rc < 0)
		return rc;
	c->entries = calloc(c->count + 1, sizeof(*c->entries));
	if (!c->entries)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < c->count; i++) {
		struct tryst_catalogue_entry *e = &c->entries[i];
		char *full = joined(path, c->names[i]);
		struct tryst_segment segment;

		if (!full)
			return tryst_error_nomem(err);
		if (tryst_segment_at(full, &segment, &e->error) == 0) {
			e->info = segment.info;
			tryst_segment_close(&segment);
		}
		free(full);
	}
	return 0;
}

void
tryst_catalogue_fini(struct tryst_catalogue *c)
{
	free(c->names);
	free(c->entries);
}

static unsigned
page_width(void)
{
	unsigned width = tryst_term_out() ? tryst_term_width() : 0;

	return width ? width : LINE_COLUMNS;
}

static void
add_time(struct tryst_table *t, int64_t ms)
{
	char text[TRYST_TIME_TEXT_MAX];
	bool known = ms != INT64_MAX && ms != INT64_MIN;

	tryst_table_cell(t, "%.*s", known ? (int)tryst_time_format(ms, text) : 0, text);
}

static int
list_store(const char *path, struct tryst_buf *out, bool *damaged, struct tryst_error *err)
{
	static const struct tryst_table_column columns[] = {
		{ "segment", false, NULL }, { "flows", true, NULL }, { "size", true, NULL },
		{ "first", false, "" },     { "last", false, "" },
	};
	struct tryst_catalogue c;
	struct tryst_table t;
	int rc = tryst_catalogue_read(&c, path, err);

	tryst_table_init(&t, columns, TRYST_ARRAY_SIZE(columns));
	for (size_t i = 0; i < c.count && rc == 0; i++) {
		const struct tryst_catalogue_entry *e = &c.entries[i];
		char size[PUT_MAX];

		if (e->error.code) {
			tryst_say("%s", e->error.text);
			*damaged = true;
			continue;
		}
		*tryst_put_bytes(size, (double)e->info.size) = '\0';
		tryst_table_cell(&t, "%s", c.names[i]);
		tryst_table_number(&t, e->info.rows);
		tryst_table_cell(&t, "%s", size);
		add_time(&t, e->info.sane_first_ms);
		add_time(&t, e->info.sane_last_ms);
	}
	tryst_table_print(&t, out, page_width(), 0);
	tryst_table_fini(&t);
	tryst_catalogue_fini(&c);
	return rc;
}

/* Runs something over each store and prints what it says. */
static int
each(char *const *paths, size_t count,
     int (*show)(const char *path, struct tryst_buf *out, bool *damaged, struct tryst_error *err))
{
	struct tryst_buf out = { 0 }, fitted = { 0 };
	struct tryst_error err;
	bool damaged = false;
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++)
		rc = show(paths[i], &out, &damaged, &err);
	if (rc == 0 && out.len && !out.failed)
		tryst_fit(&fitted, out.data, page_width());
	fitted.failed |= out.failed;
	if (rc == 0 && (fitted.len || fitted.failed))
		rc = tryst_out_buf(&fitted, &err);
	tryst_buf_fini(&out);
	tryst_buf_fini(&fitted);
	if (rc < 0)
		return tryst_store_failed(&err);
	return damaged ? TRYST_EXIT_PARTIAL : TRYST_EXIT_OK;
}

int
tryst_store_ls(const struct tryst_settings *s, char *const *paths, size_t count)
{
	(void)s;
	return each(paths, count, list_store);
}

/* The sums of segments. */
struct sum {
	uint64_t segments, rows, size, known, damaged;
	uint64_t sections[TRYST_SECTION_COUNT];
	int64_t first_ms, last_ms;
};

static void
add_segment(struct sum *sum, const struct tryst_segment_info *info)
{
	sum->segments++;
	sum->rows += info->rows;
	sum->size += info->size;
	sum->known |= info->known;
	sum->first_ms = TRYST_MIN(sum->first_ms, info->sane_first_ms);
	sum->last_ms = TRYST_MAX(sum->last_ms, info->sane_last_ms);
	for (unsigned i = 0; i < TRYST_SECTION_COUNT; i++)
		sum->sections[i] += info->sections[i].size;
}

static void
print_sum(const char *path, const struct sum *sum, struct tryst_buf *out)
{
	char size[PUT_MAX], first[TRYST_TIME_TEXT_MAX] = "-", last[TRYST_TIME_TEXT_MAX] = "-";
	double rows = (double)TRYST_MAX(sum->rows, (uint64_t)1);

	*tryst_put_bytes(size, (double)sum->size) = '\0';
	if (sum->rows && sum->first_ms != INT64_MAX) {
		(void)tryst_time_format(sum->first_ms, first);
		(void)tryst_time_format(sum->last_ms, last);
	}
	tryst_buf_safe(out, path, strlen(path));
	tryst_buf_str(out, ": ");
	tryst_layout_count(out, sum->rows, "flow");
	tryst_buf_str(out, " in ");
	tryst_layout_count(out, sum->segments, "segment");
	tryst_buf_printf(out, ", %s, %.2f bytes a flow\n", size, (double)sum->size / rows);
	tryst_buf_printf(out, "  time: %s to %s\n  fields:", first, last);
	for (unsigned f = 0; sum->known >> f; f++) {
		if (sum->known >> f & 1)
			tryst_buf_printf(out, " %s", tryst_field_info(f)->name);
	}
	tryst_buf_char(out, '\n');
	for (unsigned i = 0; i < TRYST_SECTION_COUNT; i++)
		tryst_buf_printf(out, "  %s: %" PRIu64 " bytes, %.2f a flow\n",
		                 tryst_section_names[i], sum->sections[i],
		                 (double)sum->sections[i] / rows);
}

/* One line an input that the rows came from. */
static void
print_origins(const struct tryst_segment *segment, struct tryst_buf *out)
{
	size_t size;
	const uint8_t *data = tryst_segment_section(segment, TRYST_SECTION_PROVENANCE, &size);
	struct tryst_cursor c = { 0 };
	struct tryst_origin o;
	int rc;

	while ((rc = tryst_provenance_next(data, size, &c, &o)) == 1) {
		tryst_buf_str(out, "  from ");
		tryst_buf_safe(out, o.path, o.path_len);
		tryst_buf_str(out, ": ");
		tryst_buf_safe(out, o.format, o.format_len);
		tryst_buf_str(out, ", ");
		tryst_layout_count(out, o.health.flows, "flow");
		tryst_buf_str(out, " read");
		if (tryst_health_damaged(&o.health))
			tryst_buf_str(out, ", damaged");
		tryst_buf_char(out, '\n');
	}
	if (rc < 0)
		tryst_buf_str(out, "  provenance: damaged\n");
}

static int
info_of(const char *path, struct tryst_buf *out, bool *damaged, struct tryst_error *err)
{
	struct sum sum = { .first_ms = INT64_MAX, .last_ms = INT64_MIN };
	struct tryst_segment segment;
	struct tryst_catalogue c;
	struct stat st;
	int rc;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
		rc = tryst_segment_at(path, &segment, err);
		if (rc < 0)
			return rc;
		add_segment(&sum, &segment.info);
		print_sum(path, &sum, out);
		print_origins(&segment, out);
		tryst_segment_close(&segment);
		return 0;
	}
	rc = tryst_catalogue_read(&c, path, err);
	for (size_t i = 0; i < c.count && rc == 0; i++) {
		if (c.entries[i].error.code) {
			tryst_say("%s", c.entries[i].error.text);
			*damaged = true;
		} else {
			add_segment(&sum, &c.entries[i].info);
		}
	}
	if (rc == 0)
		print_sum(path, &sum, out);
	tryst_catalogue_fini(&c);
	return rc;
}

int
tryst_store_info(const struct tryst_settings *s, char *const *paths, size_t count)
{
	(void)s;
	return each(paths, count, info_of);
}

#define FINDINGS_MAX 20 /* a segment; more are counted */

/* Where findings go. */
struct checking {
	const char *path;
	unsigned said;
};

static void
say_finding(void *ctx, const char *text)
{
	struct checking *c = ctx;

	if (c->said++ < FINDINGS_MAX)
		tryst_say("%s: %s", c->path, text);
}

/* Adds the segments and rows that are well; negative: it cannot be told. */
static int
verify_one(const char *path, struct sum *sum, struct tryst_error *err)
{
	struct checking c = { .path = path };
	uint64_t rows;
	int found = tryst_segment_verify(path, say_finding, &c, &rows, err);

	if (found < 0)
		return found;
	sum->segments++;
	sum->rows += rows;
	sum->damaged += found > 0;
	if (found > FINDINGS_MAX)
		tryst_say("%s: %d more findings", path, found - FINDINGS_MAX);
	return 0;
}

static int
verify_path(const char *path, struct sum *sum, struct tryst_error *err)
{
	char **names;
	struct stat st;
	size_t count;
	int rc;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return verify_one(path, sum, err);
	rc = tryst_directory_list(path, &names, &count, err);
	for (size_t i = 0; i < count && rc == 0; i++) {
		char *full = joined(path, names[i]);

		rc = full ? verify_one(full, sum, err) : tryst_error_nomem(err);
		free(full);
	}
	free(names);
	return rc;
}

int
tryst_store_verify(const struct tryst_settings *s, char *const *paths, size_t count)
{
	struct tryst_buf b = { 0 };
	struct sum sum = { 0 };
	struct tryst_error err;

	for (size_t i = 0; i < count; i++) {
		if (verify_path(paths[i], &sum, &err) < 0)
			return tryst_store_failed(&err);
	}
	tryst_layout_count(&b, sum.segments, "segment");
	tryst_buf_str(&b, ", ");
	tryst_layout_count(&b, sum.rows, "flow");
	tryst_buf_str(&b, " checked, ");
	tryst_layout_number(&b, sum.damaged);
	if (!s->quiet)
		tryst_say("%s damaged", b.failed ? "" : b.data);
	tryst_buf_fini(&b);
	return sum.damaged ? TRYST_EXIT_PARTIAL : TRYST_EXIT_OK;
}

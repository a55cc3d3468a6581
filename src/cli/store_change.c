/* SPDX-License-Identifier: Apache-2.0 */
/* tryst store compact and expire: what changes a store, under its lock, all at once. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/into_store.h"
#include "cli/put.h"
#include "cli/say.h"
#include "cli/store_verbs.h"
#include "report/layout.h"

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Segments that become one: from `first` on, `count` of them. */
struct group {
	size_t first, count;
	uint64_t rows;
};

/* The next run of neighbours that fit into one segment and of which at least two are not full. */
static bool
next_group(const struct tryst_catalogue *c, uint64_t rows_max, struct group *g)
{
	for (size_t first = g->first + g->count; first < c->count; first++) {
		size_t n = 0;

		g->rows = 0;
		while (first + n < c->count && !c->entries[first + n].error.code &&
		       g->rows + c->entries[first + n].info.rows <= rows_max)
			g->rows += c->entries[first + n++].info.rows;
		if (n >= 2) {
			g->first = first;
			g->count = n;
			return true;
		}
	}
	return false;
}

/* The paths of a group's segments as words. */
static char **
group_paths(const struct tryst_catalogue *c, const struct group *g, const char *path)
{
	char **words = calloc(g->count + 1, sizeof(*words));

	for (size_t i = 0; words && i < g->count; i++) {
		if (asprintf(&words[i], "%s/%s", path, c->names[g->first + i]) < 0)
			words[i] = NULL;
		if (words[i])
			continue;
		for (size_t k = 0; k < i; k++)
			free(words[k]);
		free(words);
		return NULL;
	}
	return words;
}

/* Nothing may be lost on the way: a damaged segment stays what it is. */
static int
check_read(const struct tryst_run *r, uint64_t rows, uint64_t written, struct tryst_error *err)
{
	for (size_t i = 0; i < r->inputs.count; i++) {
		const struct tryst_input *in = r->inputs.list[i];

		if (in->error.code) {
			*err = in->error;
			return in->error.code;
		}
	}
	if (rows == written)
		return 0;
	return tryst_error_set(err, TRYST_ERR_FORMAT,
	                       "%s and what is joined with it: damaged, and left as it is "
	                       "('tryst store verify' says how)",
	                       r->inputs.list[0]->path);
}

static int
copy_origins(const struct tryst_run *r, struct tryst_store_writer *w, struct tryst_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->inputs.count && rc == 0; i++) {
		const char *path = r->inputs.list[i]->path;
		struct tryst_segment segment;

		rc = tryst_segment_at(path, &segment, err);
		if (rc == 0) {
			size_t size;
			const uint8_t *data =
				tryst_segment_section(&segment, TRYST_SECTION_PROVENANCE, &size);

			rc = tryst_store_writer_origin(w, data, size, err);
			if (rc == TRYST_ERR_FORMAT)
				tryst_error_prefix(err, "%s", path);
			tryst_segment_close(&segment);
		}
	}
	return rc;
}

static int
join_group(const struct tryst_settings *s, struct tryst_directory *d,
           const struct tryst_catalogue *c, const struct group *g, struct tryst_error *err)
{
	char **words = group_paths(c, g, tryst_directory_path(d));
	struct tryst_run r = { .s = s, .from_ms = TRYST_TIME_MIN, .to_ms = TRYST_TIME_MAX };
	struct tryst_store_writer *w = NULL;
	int rc = words ? tryst_inputs_expand(&r.inputs, words, g->count, err)
	               : tryst_error_nomem(err);

	if (rc == 0)
		rc = tryst_store_writer_new(&w, d, NULL, 0, g->rows, err);
	if (rc == 0)
		rc = tryst_into_store(&r, w, err);
	if (rc == 0 && r.signal)
		rc = tryst_error_set(err, TRYST_ERR_INTERRUPTED, "stopped early: nothing changed");
	if (rc == 0)
		rc = copy_origins(&r, w, err);
	if (rc == 0)
		rc = tryst_store_writer_end(w, err);
	if (rc == 0)
		rc = check_read(&r, g->rows, tryst_store_writer_sum(w).rows, err);
	for (size_t i = 0; i < g->count && rc == 0; i++)
		rc = tryst_directory_remove(d, c->names[g->first + i], err);
	if (rc == 0)
		rc = tryst_directory_commit(d, err);
	tryst_store_writer_free(w);
	tryst_run_fini(&r);
	for (size_t i = 0; words && i < g->count; i++)
		free(words[i]);
	free(words);
	return rc;
}

int
tryst_store_compact(const struct tryst_settings *s, char *const *paths, size_t count)
{
	struct tryst_directory *d = NULL;
	struct tryst_catalogue c = { 0 };
	struct group g = { 0 };
	struct tryst_error err;
	size_t mended, joined = 0, made = 0;
	int rc = tryst_directory_open(&d, paths[0], false, &mended, &err);

	(void)count;
	if (rc == 0)
		rc = tryst_catalogue_read(&c, paths[0], &err);
	while (rc == 0 && next_group(&c, tryst_store_rows_max(s->memory), &g)) {
		rc = join_group(s, d, &c, &g, &err);
		joined += g.count;
		made++;
	}
	if (rc == 0 && !s->quiet)
		tryst_say("%s: joined %zu segments into %zu, left %zu as they are", paths[0],
		          joined, made, c.count - joined);
	tryst_catalogue_fini(&c);
	tryst_directory_close(d);
	return rc < 0 ? tryst_store_failed(&err) : TRYST_EXIT_OK;
}

/* What makes a segment old. */
struct expiry {
	int64_t before_ms;
	uint64_t max_size; /* UINT64_MAX: none */
};

static int
read_expiry(const struct tryst_settings *s, struct expiry *e, struct tryst_error *err)
{
	struct tryst_zone zone = { 0 };
	int rc = s->zone ? tryst_zone_parse(s->zone, &zone, err) : 0;
	const char *text = s->store.before;

	*e = (struct expiry){ INT64_MIN, s->store.max_size ? s->store.max_size : UINT64_MAX };
	if (rc == 0 && !text && !s->store.keep_ms && !s->store.max_size)
		rc = tryst_error_set(err, TRYST_ERR_USAGE,
		                     "store expire: what? --before, --keep or --max-size says it");
	if (rc == 0 && text &&
	    !tryst_time_parse_relative(text, strlen(text), &zone, now_ms(), &e->before_ms))
		rc = tryst_error_set(err, TRYST_ERR_USAGE, "--before: '%s' is no time", text);
	if (rc == 0 && s->store.keep_ms)
		e->before_ms = TRYST_MAX(e->before_ms, now_ms() - s->store.keep_ms);
	return rc;
}

/* Lists the segments that are old, and where it is asked for removes them. */
static int
expire(const struct tryst_settings *s, const struct tryst_catalogue *c, const struct expiry *e,
       struct tryst_directory *d, struct tryst_buf *out, struct tryst_error *err)
{
	uint64_t size = 0, gone = 0, rows = 0;
	char text[PUT_MAX];
	int rc = 0;

	for (size_t i = 0; i < c->count; i++)
		size += c->entries[i].info.size;
	for (size_t i = 0; i < c->count && rc == 0; i++) {
		const struct tryst_segment_info *info = &c->entries[i].info;
		char last[TRYST_TIME_TEXT_MAX];

		/* What cannot be opened is nobody's to delete unseen. */
		if (c->entries[i].error.code)
			continue;
		if (info->sane_last_ms >= e->before_ms && size <= e->max_size)
			continue;
		size -= info->size;
		rows += info->rows;
		gone++;
		(void)tryst_time_format(info->sane_last_ms, last);
		tryst_buf_printf(out, "%s  %" PRIu64 " flows, the last at %s\n", c->names[i],
		                 info->rows, last);
		if (s->store.remove)
			rc = tryst_directory_remove(d, c->names[i], err);
	}
	if (rc == 0 && s->store.remove)
		rc = tryst_directory_commit(d, err);
	*tryst_put_bytes(text, (double)size) = '\0';
	if (rc == 0 && !s->quiet)
		tryst_say("%" PRIu64 " segment%s with %" PRIu64 " flow%s %s; %s stay", gone,
		          gone == 1 ? "" : "s", rows, rows == 1 ? "" : "s",
		          s->store.remove ? "deleted" : "would go, --delete deletes them", text);
	return rc;
}

int
tryst_store_expire(const struct tryst_settings *s, char *const *paths, size_t count)
{
	struct tryst_directory *d = NULL;
	struct tryst_catalogue c = { 0 };
	struct tryst_buf out = { 0 };
	struct tryst_error err;
	struct expiry e;
	size_t mended;
	int rc = read_expiry(s, &e, &err);

	(void)count;
	if (rc == 0 && s->store.remove)
		rc = tryst_directory_open(&d, paths[0], false, &mended, &err);
	if (rc == 0)
		rc = tryst_catalogue_read(&c, paths[0], &err);
	if (rc == 0)
		rc = expire(s, &c, &e, d, &out, &err);
	if (rc == 0 && (out.len || out.failed))
		rc = tryst_out_buf(&out, &err);
	tryst_buf_fini(&out);
	tryst_catalogue_fini(&c);
	tryst_directory_close(d);
	return rc < 0 ? tryst_store_failed(&err) : TRYST_EXIT_OK;
}

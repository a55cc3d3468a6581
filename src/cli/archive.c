/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"
#include "store/store.h"

/*
 * Rows of sampled hosts that a run looks at, whatever the size of the archive: as many as say all
 * that a sample can, and few enough to take no time that anyone notices.
 */
#define SAMPLE_ROOM ((uint64_t)1 << 16)

char *
tryst_cache_folder(void)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char *out = NULL;
	int n = -1;

	/* The specification says to ignore a path that is not absolute. */
	if (cache && cache[0] == '/')
		n = asprintf(&out, "%s/tryst", cache);
	else if (home && home[0] == '/')
		n = asprintf(&out, "%s/.cache/tryst", home);
	return n < 0 ? NULL : out;
}

/* Opens an input that is a segment of a store; what cannot be opened is reported elsewhere. */
static bool
open_segment(const struct tryst_input *in, struct tryst_segment *out)
{
	size_t len = strlen(in->path), suffix = sizeof(TRYST_SEGMENT_SUFFIX) - 1;
	bool ok;
	int fd;

	if (in->error.code || len < suffix ||
	    strcmp(in->path + len - suffix, TRYST_SEGMENT_SUFFIX) != 0)
		return false;
	fd = open(in->path, O_RDONLY | O_CLOEXEC);
	ok = fd >= 0 && tryst_segment_open(out, fd, in->size, in->path, NULL) == 0;
	if (fd >= 0)
		(void)close(fd);
	return ok;
}

/* Adds the samples of the inputs that are segments of a store. */
static void
add_segments(const struct tryst_run *r, struct tryst_sample_sum *sum)
{
	for (size_t i = 0; i < r->inputs.count; i++) {
		struct tryst_segment segment;

		if (!open_segment(r->inputs.list[i], &segment))
			continue;
		tryst_sample_sum_add(sum, &segment.info.sample);
		tryst_segment_close(&segment);
	}
}

int
tryst_run_find_indexes(struct tryst_run *r, struct tryst_error *err)
{
	r->cache = tryst_cache_folder();
	return tryst_planner_new(&r->planner, r->inputs.list, r->inputs.count, r->cache, err);
}

unsigned
tryst_run_sample_level(const struct tryst_run *r)
{
	struct tryst_sample_sum sum = { 0 };

	tryst_planner_sample(r->planner, &sum);
	add_segments(r, &sum);
	return tryst_sample_sum_level(&sum, SAMPLE_ROOM);
}

/* The same of segments of a store. */
static int
weigh_segments(const struct tryst_run *r, const struct tryst_ip *ips, size_t count,
               uint64_t *blocks, struct tryst_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < r->inputs.count && rc == 0; i++) {
		struct tryst_segment segment;
		const uint8_t *dictionary, *postings;
		size_t dictionary_len, postings_len;

		if (!open_segment(r->inputs.list[i], &segment))
			continue;
		dictionary =
			tryst_segment_section(&segment, TRYST_SECTION_DICTIONARY, &dictionary_len);
		postings = tryst_segment_section(&segment, TRYST_SECTION_POSTINGS, &postings_len);
		rc = tryst_weigh(dictionary, dictionary_len, postings, postings_len, ips, count,
		                 blocks, err);
		tryst_segment_close(&segment);
	}
	return rc;
}

int
tryst_run_weigh(void *ctx, const struct tryst_ip *ips, size_t count, uint64_t *blocks,
                struct tryst_error *err)
{
	const struct tryst_run *r = ctx;
	int rc = r->planner ? tryst_planner_weigh(r->planner, ips, count, blocks, err) : 0;

	return rc < 0 ? rc : weigh_segments(r, ips, count, blocks, err);
}

static void
say_complaints(struct tryst_run *r)
{
	struct tryst_buf lines = { 0 };

	if (r->complained || r->s->quiet)
		return;
	r->complained = true;
	tryst_planner_complaints(r->planner, &lines);
	if (lines.len) {
		lines.data[lines.len - 1] = '\0';
		tryst_say("%s", lines.data);
	}
	tryst_buf_fini(&lines);
}

int
tryst_run_plan(struct tryst_run *r, struct tryst_pipeline *p, struct tryst_error *err)
{
	int rc;

	if (!r->planner || r->open || p->request.no_index)
		return 0;
	rc = tryst_planner_plan(r->planner, p->inputs, p->input_count, &p->request, err);
	if (rc < 0)
		return rc;
	say_complaints(r);
	if (!tryst_planner_knows(r->planner))
		return 0;
	r->planned = (struct tryst_planner_open){ r->planner, p->open, p->open_ctx };
	p->open = tryst_planner_open;
	p->open_ctx = &r->planned;
	return 0;
}

/* Why an input cannot be read, as far as that is known before. */
static bool
why_unreadable(const struct tryst_input *in, struct tryst_buf *out)
{
	size_t len = strlen(in->path);

	if (in->error.code) {
		bool named = strncmp(in->error.text, in->path, len) == 0;
		const char *why = in->error.text + (named ? len : 0);

		tryst_buf_printf(out, "cannot be read: %s", why + 2 * (strncmp(why, ": ", 2) == 0));
		return true;
	}
	if (strcmp(in->path, "-") == 0 || access(in->path, R_OK) == 0)
		return false;
	tryst_buf_printf(out, "cannot be read: %s", strerror(errno));
	return true;
}

void
tryst_run_explain_input(const struct tryst_run *r, const struct tryst_input *in,
                        struct tryst_buf *out)
{
	size_t before = out->len;

	tryst_buf_str(out, ": ");
	if (why_unreadable(in, out))
		return;
	if (r->asked && tryst_store_explain(in->path, r->asked, out))
		return;
	if (!r->planner || !tryst_planner_knows(r->planner)) {
		out->len = before;
		return;
	}
	if (r->s->no_index)
		tryst_buf_str(out, "read in full: --no-index");
	else
		tryst_planner_explain(r->planner, in->id, out);
}

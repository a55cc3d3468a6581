/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An input that is read through an index.  Its parts are groups of runs of records, and its share
 * of the sample; the rows carry the record numbers of the file's own parts, which the input is
 * given at the end.
 *
 * The sample's rows of one shard are of all its files: who hands a row on is no matter to the
 * operators, because input_id says whose it is.  Rows that have a wanted address come from the file
 * itself, where they stand in full with all others of that address.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/file.h"
#include "read/nfdump.h"
#include "store/about.h"
#include "store/plan_impl.h"

#define GROUP 8u /* runs of records that one thread reads at a time */

struct plan_source {
	struct tryst_source base; /* first */
	const struct tryst_planner *planner;
	const struct plan_input *plan;
	const struct tryst_sampler *sample;
	struct tryst_file file; /* fd -1: nothing of it is read */
	size_t groups;
};

/* Where a row of the sample is in the archive. */
struct origin {
	uint32_t input;
	uint64_t record_no;
};

/* The unit looked up last: rows of one host often stand together. */
struct unit_cache {
	uint32_t next; /* its number + 1; 0: none */
	struct tryst_shard_unit unit;
};

/* Whose a row is; false: no input that is read through the index. */
static bool
row_origin(const struct plan_source *s, uint64_t number, struct unit_cache *cache,
           struct origin *out)
{
	const struct plan_shard *ps = s->plan->shard;
	uint64_t u = number / TRYST_BATCH_ROWS, at = number % TRYST_BATCH_ROWS;
	const struct tryst_shard_unit *unit = &cache->unit;

	if (u >= ps->shard->unit_count)
		return false;
	if (cache->next != u + 1) {
		cache->next = 0;
		if (!tryst_shard_unit(ps->shard, (uint32_t)u, &cache->unit))
			return false;
		cache->next = (uint32_t)u + 1;
	}
	if (at >= unit->place.rows || !ps->inputs[unit->file])
		return false;
	out->input = ps->inputs[unit->file] - 1;
	out->record_no = ((uint64_t)unit->place.part << 32) + unit->place.first + at;
	return !s->planner->inputs[out->input].full;
}

/* Rows with a wanted address come from the file itself. */
static bool
row_wanted(const struct plan_source *s, struct tryst_ip src, struct tryst_ip dst)
{
	const struct tryst_ipset *addresses = s->base.request.addresses;

	return tryst_sampler_wants(s->sample, src, dst) &&
	       !(addresses &&
	         (tryst_ipset_contains(addresses, src) || tryst_ipset_contains(addresses, dst)));
}

/* What a thread reads the sample with. */
struct sampling {
	struct tryst_shard_rows rows;
	struct unit_cache cache;
	struct origin origins[TRYST_BATCH_ROWS];
};

static int
read_sample_block(const struct plan_source *s, const struct tryst_shard_sample_block *k,
                  struct sampling *w, struct tryst_batch *b, struct tryst_error *err)
{
	const struct tryst_shard *shard = s->plan->shard->shard;
	uint32_t n = 0;
	int rc = tryst_shard_sample_ends(shard, k, &w->rows, b, err);

	for (uint32_t row = 0; rc == 0 && row < b->rows; row++) {
		if (!row_wanted(s, b->src[row], b->dst[row]) ||
		    !row_origin(s, w->rows.numbers[row], &w->cache, &w->origins[n]))
			continue;
		w->rows.rows[n++] = (uint16_t)row;
	}
	if (rc == 0)
		rc = tryst_shard_sample_rest(shard, &w->rows, n, b, err);
	for (uint32_t i = 0; rc == 0 && i < n; i++) {
		b->present[i] &= b->columns;
		TRYST_SET(b, input_id, i, w->origins[i].input);
		TRYST_SET(b, record_no, i, w->origins[i].record_no);
	}
	if (rc < 0)
		b->rows = 0;
	return rc;
}

static int
read_sample(struct plan_source *s, struct tryst_sink *sink, struct tryst_error *err)
{
	const struct plan_shard *ps = s->plan->shard;
	struct sampling *w = tryst_sink_scratch(sink, 3, sizeof(*w));
	int rc = 0;

	if (!w)
		return tryst_error_nomem(err);
	w->cache.next = 0;
	for (uint32_t i = s->plan->sample_first; i < ps->sample_blocks && rc == 0;
	     i += ps->readers) {
		struct tryst_shard_sample_block k;

		if (sink->batch.rows)
			rc = sink->flush(sink, err);
		/* It was checked before the run. */
		if (rc == 0 && tryst_shard_sample_block(ps->shard, i, &k))
			rc = read_sample_block(s, &k, w, &sink->batch, err);
	}
	return rc;
}

static int
plan_read(struct tryst_source *source, size_t part, struct tryst_sink *sink,
          struct tryst_error *err)
{
	struct plan_source *s = (struct plan_source *)source;
	const struct plan_input *plan = s->plan;
	size_t first = part * GROUP, count = plan->count - TRYST_MIN(first, plan->count);
	uint64_t all = plan_file(plan)->flows, seen;
	int rc = 0;

	if (count)
		rc = tryst_nf_units_read(&s->file, plan->shard->units + plan->units + first,
		                         TRYST_MIN(count, (size_t)GROUP), source, sink, err);
	/* Those of the whole file are counted once, and what is looked at is not skipped. */
	seen = sink->health.flows;
	sink->health.flows = part == 0 ? all : 0;
	sink->health.skipped_by_index = sink->health.flows - seen;
	if (rc == 0 && part == 0 && s->sample)
		rc = read_sample(s, sink, err);
	return rc;
}

static void
plan_close(struct tryst_source *source)
{
	struct plan_source *s = (struct plan_source *)source;

	if (s->file.fd >= 0)
		tryst_file_close(&s->file);
	free(s->base.part_flows);
	free(s);
}

static const struct tryst_source_ops plan_ops = {
	.read = plan_read,
	.close = plan_close,
};

/* What the index noted of the input becomes its own; its flows are counted by the parts. */
static int
tell(const struct plan_input *plan, struct tryst_input *in, bool parts, struct tryst_error *err)
{
	const struct tryst_shard_file *f = plan_file(plan);
	struct tryst_cursor c = tryst_cursor_init(f->about, f->about_len);
	int rc = tryst_about_read(in, &c, err);

	in->format = tryst_reader_nfdump.name;
	if (rc == 0 && parts)
		in->health.flows -= TRYST_MIN(in->health.flows, f->flows);
	else if (rc == 0)
		in->health.skipped_by_index += f->flows;
	return rc;
}

/* Opens the file, which must be the one that was decided about. */
static int
open_file(struct plan_source *s, const struct tryst_input *in, struct tryst_error *err)
{
	const struct tryst_shard_file *f = plan_file(s->plan);
	struct stat st;
	int rc = tryst_file_open(&s->file, in->path, NULL, err);

	if (rc < 0) {
		s->file.fd = -1;
		return rc;
	}
	if (fstat(s->file.fd, &st) != 0 || (uint64_t)st.st_size != f->size ||
	    (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec != f->mtime_ns)
		return tryst_error_set(err, TRYST_ERR_IO, "%s: changed while it was to be read",
		                       in->path);
	return 0;
}

/* Records are numbered by the parts of the file, as a full reading would. */
static int
number(struct plan_source *s, struct tryst_error *err)
{
	const struct tryst_shard_file *f = plan_file(s->plan);

	s->base.part_flows = malloc((f->parts + (size_t)1) * sizeof(*s->base.part_flows));
	if (!s->base.part_flows)
		return tryst_error_nomem(err);
	s->base.part_count = f->parts;
	for (uint32_t i = 0; i < f->parts; i++)
		s->base.part_flows[i] = tryst_load_le32(f->part_flows + (size_t)i * 4);
	return 0;
}

static int
open_planned(const struct tryst_planner *p, struct tryst_input *in, const struct tryst_request *req,
             struct tryst_source **out, struct tryst_error *err)
{
	const struct plan_input *plan = &p->inputs[in->id];
	struct plan_source *s = calloc(1, sizeof(*s));
	bool sample;
	int rc = 0;

	if (!s)
		return tryst_error_nomem(err);
	s->base = (struct tryst_source){ .ops = &plan_ops, .input = in, .request = *req };
	/* Runs of records are searched for addresses; sampled hosts come from the index. */
	s->base.request.sample = NULL;
	s->planner = p;
	s->plan = plan;
	s->sample = req->sample;
	s->file.fd = -1;
	s->groups = (plan->count + GROUP - 1) / GROUP;
	sample = s->sample && plan->sample_first < plan->shard->sample_blocks;
	s->base.parts = TRYST_MAX(s->groups, (size_t)sample);
	if (s->groups)
		rc = open_file(s, in, err);
	if (rc == 0)
		rc = tell(plan, in, s->base.parts > 0, err);
	if (rc == 0)
		rc = number(s, err);
	if (rc < 0) {
		if (s->file.fd >= 0)
			tryst_file_close(&s->file);
		free(s);
		return rc;
	}
	*out = &s->base;
	return 0;
}

int
tryst_planner_open(void *ctx, struct tryst_input *in, const struct tryst_request *req,
                   struct tryst_source **out, struct tryst_error *err)
{
	const struct tryst_planner_open *o = ctx;

	if (in->id < o->planner->input_count && !o->planner->inputs[in->id].full)
		return open_planned(o->planner, in, req, out, err);
	return o->next(o->next_ctx, in, req, out, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The decision, shard by shard. */
#include "store/plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/plan_impl.h"

/* The runs of records that hold a wanted address; all of them where any address is wanted. */
static int
wanted_units(struct plan_shard *s, const struct tryst_request *req, struct tryst_code_ranges *codes,
             struct tryst_block_set *set, struct tryst_error *err)
{
	const struct tryst_shard *shard = s->shard;
	const struct tryst_ip_range *ranges;
	size_t count;
	int rc;

	*set = (struct tryst_block_set){ 0 };
	if (!req->addresses)
		return 0;
	ranges = tryst_ipset_ranges(req->addresses, &count);
	rc = tryst_dictionary_ranges(&shard->dictionary, ranges, count, codes, err);
	if (rc == 0)
		rc = tryst_block_set_init(set, shard->unit_count, err);
	if (rc == 0)
		rc = tryst_postings_blocks(&shard->postings, codes->list, codes->count, set, err);
	if (rc == TRYST_ERR_FORMAT)
		tryst_error_prefix(err, "%s", shard->path);
	return rc;
}

/* A unit, of which the page is checked first; they are asked for in their order. */
static int
unit_get(struct plan_shard *s, uint32_t number, struct tryst_shard_unit *out,
         struct tryst_error *err)
{
	uint32_t page = number / TRYST_SHARD_UNITS_PAGE;
	int rc = page < s->pages_checked ? 0 : tryst_shard_check_page(s->shard, page, err);

	if (rc < 0)
		return rc;
	s->pages_checked = page + 1;
	if (!tryst_shard_unit(s->shard, number, out))
		return tryst_error_set(err, TRYST_ERR_FORMAT, "%s: run %u of records cannot be one",
		                       s->shard->path, number);
	return 0;
}

static int
unit_add(struct plan_shard *s, const struct tryst_nf_unit *unit, struct tryst_error *err)
{
	if (s->unit_count == s->unit_room) {
		size_t room = TRYST_MAX(2 * s->unit_room, (size_t)64);
		struct tryst_nf_unit *list = reallocarray(s->units, room, sizeof(*list));

		if (!list)
			return tryst_error_nomem(err);
		s->units = list;
		s->unit_room = room;
	}
	s->units[s->unit_count++] = *unit;
	return 0;
}

static bool
overlaps(const struct tryst_request *req, int64_t from_ms, int64_t to_ms)
{
	return to_ms >= req->from_ms && from_ms <= req->to_ms;
}

/* Lists the wanted units of a file that overlap the window. */
static int
file_units(struct plan_shard *s, struct plan_input *in, const struct tryst_request *req,
           const struct tryst_block_set *set, struct tryst_error *err)
{
	const struct tryst_shard_file *f = plan_file(in);
	int rc = 0;

	in->units = s->unit_count;
	for (uint32_t u = f->unit; u < f->unit + f->units && rc == 0; u++) {
		struct tryst_shard_unit unit;

		if (set->words && !tryst_block_set_has(set, u))
			continue;
		rc = unit_get(s, u, &unit, err);
		if (rc < 0)
			return rc;
		if (!overlaps(req, unit.from_ms, unit.to_ms))
			continue;
		s->bad_entries += !tryst_shard_entry(s->shard, &unit, &unit.place.entry);
		rc = unit_add(s, &unit.place, err);
	}
	in->count = s->unit_count - in->units;
	return rc;
}

/* Why a file cannot be read by its runs; NULL: it can. */
static const char *
not_by_units(const struct plan_shard *s, const struct tryst_shard_file *f, bool sample)
{
	if (f->whole && sample)
		return "its layout 1 cannot be divided, and the background is wanted";
	if (sample && s->shard->sample.level == TRYST_SAMPLE_NONE)
		return "its index has no sample, and the background is wanted";
	return NULL;
}

static int
decide_file(struct plan_shard *s, struct plan_input *in, const struct tryst_request *req,
            const struct tryst_block_set *set, struct tryst_error *err)
{
	const struct tryst_shard_file *f = plan_file(in);
	int rc;

	in->outside = f->flows == 0 || !overlaps(req, f->from_ms, f->to_ms);
	in->count = 0;
	in->full = NULL;
	if (in->outside)
		return 0;
	in->full = not_by_units(s, f, req->sample != NULL);
	if (in->full)
		return 0;
	rc = file_units(s, in, req, set, err);
	if (rc == 0 && f->whole && in->count)
		in->full = "its layout 1 cannot be divided";
	else if (rc == 0 && in->count == f->units && !req->addresses)
		in->full = "all of it is wanted";
	return rc;
}

/* The blocks of the sample for the run, and who hands them on. */
static int
decide_sample(struct tryst_planner *p, struct plan_shard *s, const struct tryst_request *req,
              struct tryst_error *err)
{
	int rc = 0;

	s->sample_blocks = s->readers = 0;
	for (uint32_t f = 0; f < s->shard->file_count && req->sample; f++) {
		struct plan_input *in = s->inputs[f] ? &p->inputs[s->inputs[f] - 1] : NULL;

		if (in && in->runs && !in->full)
			in->sample_first = s->readers++;
	}
	/* Rows of the sample may be of any unit. */
	if (s->readers)
		rc = tryst_shard_check_units(s->shard, err);
	if (rc == 0 && s->readers)
		rc = tryst_shard_check_sample(s->shard, tryst_sampler_now(req->sample),
		                              &s->sample_blocks, err);
	return rc;
}

static int
decide_shard(struct tryst_planner *p, struct plan_shard *s, const struct tryst_request *req,
             struct tryst_code_ranges *codes, struct tryst_error *err)
{
	struct tryst_block_set set;
	int rc = wanted_units(s, req, codes, &set, err);

	s->unit_count = s->bad_entries = s->pages_checked = 0;
	for (uint32_t f = 0; f < s->shard->file_count && rc == 0; f++) {
		if (s->inputs[f])
			rc = decide_file(s, &p->inputs[s->inputs[f] - 1], req, &set, err);
	}
	if (rc == 0)
		rc = decide_sample(p, s, req, err);
	tryst_block_set_fini(&set);
	return rc;
}

int
tryst_planner_plan(struct tryst_planner *p, struct tryst_input *const *inputs, size_t count,
                   const struct tryst_request *req, struct tryst_error *err)
{
	struct tryst_code_ranges codes = { 0 };
	int rc = 0;

	for (size_t i = 0; i < p->input_count; i++) {
		p->inputs[i].full = "no index knows it";
		p->inputs[i].runs = false;
	}
	for (size_t i = 0; i < count; i++) {
		if (inputs[i]->id < p->input_count)
			p->inputs[inputs[i]->id].runs = true;
	}
	for (size_t i = 0; i < p->shard_count && rc == 0; i++) {
		struct plan_shard *s = p->shards[i];

		s->fault.code = 0;
		rc = decide_shard(p, s, req, &codes, &s->fault);
		if (rc == TRYST_ERR_NOMEM)
			break;
		for (uint32_t f = 0; rc < 0 && f < s->shard->file_count; f++) {
			if (s->inputs[f])
				p->inputs[s->inputs[f] - 1].full = "its index is damaged";
		}
		rc = 0;
	}
	tryst_code_ranges_fini(&codes);
	return rc < 0 ? tryst_error_nomem(err) : 0;
}

int
tryst_planner_weigh(const struct tryst_planner *p, const struct tryst_ip *ips, size_t count,
                    uint64_t *blocks, struct tryst_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < p->shard_count && rc == 0; i++) {
		const struct tryst_shard_section *s = p->shards[i]->shard->sections;

		rc = tryst_weigh(s[TRYST_SHARD_DICTIONARY].data, s[TRYST_SHARD_DICTIONARY].len,
		                 s[TRYST_SHARD_POSTINGS].data, s[TRYST_SHARD_POSTINGS].len, ips,
		                 count, blocks, err);
	}
	return rc;
}

void
tryst_planner_explain(const struct tryst_planner *p, uint32_t input, struct tryst_buf *out)
{
	const struct plan_input *in = &p->inputs[input];

	if (in->full && in->changed)
		tryst_buf_str(out, "read in full: it changed since it was indexed");
	else if (in->full)
		tryst_buf_printf(out, "read in full: %s", in->full);
	else if (plan_file(in)->flows == 0)
		tryst_buf_str(out, "nothing: it has no flows");
	else if (in->outside)
		tryst_buf_str(out, "nothing: all its flows are outside the window");
	else if (in->count == 0)
		tryst_buf_str(out, "nothing: no flow of it has an address that is wanted");
	else
		tryst_buf_printf(out, "%zu of its %u runs of records", in->count,
		                 plan_file(in)->units);
}

static void
complain(const char *what, const struct tryst_error *error, struct tryst_buf *out)
{
	tryst_buf_safe(out, error->text, strlen(error->text));
	tryst_buf_printf(out, ": %s\n", what);
}

void
tryst_planner_complaints(const struct tryst_planner *p, struct tryst_buf *out)
{
	for (size_t i = 0; i < p->place_count; i++) {
		for (unsigned k = 0; k < 2; k++) {
			const struct tryst_index *ix = p->places[i].indexes[k];

			for (size_t f = 0; ix && f < ix->fault_count; f++)
				complain("the files it was made of are read in full",
				         &ix->faults[f].error, out);
		}
	}
	for (size_t i = 0; i < p->shard_count; i++) {
		if (p->shards[i]->fault.code)
			complain("the files it was made of are read in full", &p->shards[i]->fault,
			         out);
		if (p->shards[i]->bad_entries) {
			const char *path = p->shards[i]->shard->path;

			tryst_buf_safe(out, path, strlen(path));
			tryst_buf_str(out, ": its entries into blocks are damaged: blocks are "
			                   "unpacked from their beginning\n");
		}
	}
	for (size_t i = 0; i < p->input_count && p->changed; i++) {
		const char *path = p->input_list[i]->path;

		if (!p->inputs[i].changed)
			continue;
		tryst_buf_safe(out, path, strlen(path));
		if (p->changed > 1)
			tryst_buf_printf(out, " and %zu more inputs", p->changed - 1);
		tryst_buf_str(out, " changed since indexed: read in full\n");
		break;
	}
}

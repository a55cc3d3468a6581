/* SPDX-License-Identifier: Apache-2.0 */
/* What of a segment is read for a request. */
#include <stdlib.h>

#include "store/segment_source.h"

/* The codes of the wanted addresses, as ranges and as bits. */
static int
choose_codes(struct segment_source *s, struct tryst_code_ranges *ranges, uint32_t *codes,
             struct tryst_error *err)
{
	size_t count;
	const struct tryst_ip_range *wanted = tryst_ipset_ranges(s->base.request.addresses, &count);
	int rc = tryst_dictionary_ranges(&s->addresses.dictionary, wanted, count, ranges, err);

	*codes = 0;
	if (rc < 0)
		return rc;
	s->wanted = calloc((size_t)s->addresses.dictionary.count / 32 + 1, sizeof(*s->wanted));
	if (!s->wanted)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < ranges->count; i++) {
		*codes += ranges->list[i].last - ranges->list[i].first + 1;
		for (uint32_t c = ranges->list[i].first; c <= ranges->list[i].last; c++)
			s->wanted[c / 32] |= 1U << c % 32;
	}
	return 0;
}

/* The blocks that have a wanted address.  TRYST_ERR_FORMAT: the index is damaged. */
static int
choose_blocks(struct segment_source *s, uint32_t *codes, struct tryst_error *err)
{
	struct tryst_code_ranges ranges = { 0 };
	struct tryst_postings postings;
	size_t size;
	const uint8_t *data = tryst_segment_section(&s->segment, TRYST_SECTION_POSTINGS, &size);
	int rc = tryst_postings_open(&postings, data, size, err);

	if (rc == 0 && (postings.blocks > s->segment.info.blocks ||
	                postings.count != s->addresses.dictionary.count))
		rc = tryst_error_set(err, TRYST_ERR_FORMAT, "postings of another segment");
	if (rc == 0)
		rc = tryst_block_set_init(&s->hits, s->segment.info.blocks, err);
	if (rc == 0)
		rc = choose_codes(s, &ranges, codes, err);
	if (rc == 0)
		rc = tryst_postings_blocks(&postings, ranges.list, ranges.count, &s->hits, err);
	tryst_code_ranges_fini(&ranges);
	return rc;
}

/* Whether the sample of the segment has all hosts that the run wants beside the listed. */
static bool
sample_suffices(const struct segment_source *s)
{
	const struct tryst_sample_info *info = &s->segment.info.sample;

	return info->level <= TRYST_SAMPLER_LEVEL_MAX &&
	       tryst_sampler_now(s->base.request.sample) <= tryst_sampler_ceiling(info->level);
}

static int
choose_by_address(struct segment_source *s, struct tryst_segment_plan *plan,
                  struct tryst_error *err)
{
	const struct tryst_request *req = &s->base.request;
	struct tryst_error *why = &plan->damage;
	int rc;

	if (!req->addresses || req->no_index || !s->has_dictionary)
		return 0;
	plan->sample_small = req->sample && !sample_suffices(s);
	if (plan->sample_small)
		return 0;
	rc = choose_blocks(s, &plan->codes, why);
	if (rc == 0 && req->sample) {
		s->sample_page_rows =
			tryst_segment_page_rows(&s->segment, TRYST_SECTION_SAMPLE_DIRECTORY);
		if (!s->sample_page_rows)
			rc = tryst_error_set(why, TRYST_ERR_FORMAT, "the sample's directory");
		plan->sample_rows = tryst_sample_rows(&s->segment.info.sample);
	}
	plan->by_address = s->by_address = rc == 0;
	plan->index_damaged = rc == TRYST_ERR_FORMAT;
	if (rc < 0 && !plan->index_damaged)
		*err = *why;
	return plan->index_damaged ? 0 : rc;
}

/* Who takes codes gets them, if all of the dictionary is well; else addresses are read as needed.
 */
static int
offer_codes(struct segment_source *s, struct tryst_error *err)
{
	int rc;

	if (!s->has_dictionary || s->by_address || !(s->base.request.coded & TRYST_CODED_ALL))
		return 0;
	rc = tryst_addresses_load(&s->addresses, err);
	s->codes = rc == 0 && !s->addresses.lost && !s->addresses.unordered;
	return rc;
}

int
tryst_segment_choose(struct segment_source *s, struct tryst_segment_plan *plan,
                     struct tryst_error *err)
{
	const struct tryst_request *req = &s->base.request;
	const struct tryst_segment_info *info = &s->segment.info;
	size_t size;
	const uint8_t *data = tryst_segment_section(&s->segment, TRYST_SECTION_DICTIONARY, &size);
	int rc;

	tryst_addresses_init(&s->addresses);
	*plan = (struct tryst_segment_plan){ 0 };
	s->page_rows = tryst_segment_page_rows(&s->segment, TRYST_SECTION_DIRECTORY);
	if (!s->page_rows)
		return tryst_error_set(
			err, TRYST_ERR_FORMAT,
			"offset %llu: the directory of the segment is damaged",
			(unsigned long long)info->sections[TRYST_SECTION_DIRECTORY].at);
	s->outside = info->last_ms < req->from_ms || info->first_ms > req->to_ms;
	plan->outside = s->outside;
	if (s->outside)
		return 0;
	s->has_dictionary =
		tryst_dictionary_open(&s->addresses.dictionary, data, size, &plan->damage) == 0;
	if (!s->has_dictionary)
		plan->index_damaged = true;
	rc = choose_by_address(s, plan, err);
	return rc == 0 ? offer_codes(s, err) : rc;
}

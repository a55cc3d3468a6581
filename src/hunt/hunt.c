/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/hunt.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "hunt/around.h"
#include "hunt/background.h"
#include "hunt/build.h"
#include "hunt/contact.h"

/* What one collected record may cost until the case stands: itself, what it is sorted and grouped
 * by, and a sighting of its own. */
#define RECORD_COST                                                                                \
	(sizeof(struct tryst_hunt_record) + 96 + sizeof(struct tryst_sighting) +                   \
	 sizeof(struct tryst_record_ref) + sizeof(struct tryst_ip))

/* No thread spills fewer: a run must be worth its place in the merge. */
#define SPILL_MIN ((size_t)256)

/* What one record of the second pass may cost: itself, and what it is sorted and grouped by. */
#define AROUND_COST (sizeof(struct tryst_hunt_record) + 96)

/* What a meeting may cost beside its conversations: itself, a copy to sort, and its reasons. */
#define MEETING_COST (2 * sizeof(struct tryst_meeting) + 3000)

/*
 * Contacts of unlisted hosts: at most so many, and no more than a share of the memory, of which the
 * rest is for records and the case; one costs itself, and what the graph is built with and made of.
 */
#define CONTACTS_MAX ((size_t)1 << 20)
#define CONTACTS_SHARE 4
#define CONTACT_COST (sizeof(struct tryst_contact) + 250)

/* What a thread keeps. */
struct collected {
	struct tryst_hunt_records records;
	struct tryst_contact_table contacts;
};

struct tryst_hunt {
	struct tryst_operator op;          /* first: the pipeline's handle */
	struct tryst_hunt_options options; /* memory: without the share of the contacts */
	const struct tryst_ipset *set;
	atomic_size_t held; /* records in memory, by all threads */
	atomic_uint threads;
	struct tryst_hunt_spill spill;
	struct tryst_hunt_records records; /* of the threads that were merged */
	struct tryst_built_case built;
	struct tryst_around around;
	struct tryst_ipset *home;       /* NULL without --home */
	struct tryst_contacts contacts; /* not with counts_only */
	size_t contacts_max;
	unsigned sample_level; /* of the contacts, as an index has them; 0: all were seen */
	struct tryst_background_reading background; /* while it is read */
	bool collects; /* contacts in the first reading: all, or with options.sampled a sample */
	bool found;    /* the case as far as its meetings */
};

static int
collect_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	struct tryst_hunt *h = (struct tryst_hunt *)op;
	struct collected *own = calloc(1, sizeof(*own));
	int rc = own ? 0 : tryst_error_nomem(err);

	if (rc == 0 && h->collects)
		rc = tryst_contacts_thread_init(&own->contacts, err);
	if (rc < 0)
		free(own);
	else
		*state = own;
	atomic_fetch_add(&h->threads, 1u);
	return rc;
}

/* Spills what a thread keeps when all of them keep more than fits; each may keep its share. */
static int
collect_spill(struct tryst_hunt *h, struct tryst_hunt_records *records, size_t more,
              struct tryst_error *err)
{
	size_t max = h->options.memory / RECORD_COST, count = records->count;
	size_t share = TRYST_MAX(max / TRYST_MAX(atomic_load(&h->threads), 1u), SPILL_MIN);
	size_t held = atomic_fetch_add_explicit(&h->held, more, memory_order_relaxed) + more;
	int rc;

	if (held <= max || count < share)
		return 0;
	rc = tryst_hunt_spill_write(&h->spill, records, err);
	if (rc >= 0)
		atomic_fetch_sub_explicit(&h->held, count, memory_order_relaxed);
	return rc;
}

static int
collect_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
             struct tryst_error *err)
{
	struct tryst_hunt *h = (struct tryst_hunt *)op;
	struct collected *own = state;
	struct tryst_hunt_records *records = &own->records;
	size_t before = records->count;

	for (uint32_t i = 0; i < b->selected; i++) {
		uint32_t row = b->sel[i];
		bool src = tryst_ipset_contains(h->set, b->src[row]);
		bool dst = tryst_ipset_contains(h->set, b->dst[row]);
		struct tryst_hunt_record *r;

		if (h->collects)
			tryst_contacts_add(&h->contacts, &own->contacts, b, row, src, dst);
		if (!src && !dst)
			continue;
		r = tryst_hunt_records_add(records);
		if (!r)
			return tryst_error_nomem(err);
		tryst_hunt_record_fill(r, b, row, src, dst);
	}
	return collect_spill(h, records, records->count - before, err);
}

static int
collect_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct tryst_hunt *h = (struct tryst_hunt *)op;

	struct collected *own = state;

	(void)err;
	tryst_hunt_records_join(&h->records, &own->records);
	if (h->collects)
		tryst_contacts_fold(&h->contacts, &own->contacts);
	tryst_contacts_thread_fini(&own->contacts);
	free(own);
	return 0;
}

static const struct tryst_operator_ops collect_ops = {
	.name = "hunt",
	.open = collect_open,
	.push = collect_push,
	.merge = collect_merge,
};

/* The networks of --home as a set. */
static int
home_set(struct tryst_hunt *h, struct tryst_error *err)
{
	size_t count = h->options.home_count;
	struct tryst_ipset_entry *entries = calloc(count + 1, sizeof(*entries));
	int rc;

	if (!entries)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < count; i++)
		entries[i].prefix = h->options.home[i];
	rc = count ? tryst_ipset_new(&h->home, entries, count, err) : 0;
	free(entries);
	return rc;
}

static int
contacts_init(struct tryst_hunt *h, struct tryst_error *err)
{
	size_t max = TRYST_MIN(h->options.memory / CONTACTS_SHARE / CONTACT_COST, CONTACTS_MAX);
	int rc;

	if (h->options.counts_only)
		return 0;
	h->options.memory -= max * CONTACT_COST;
	h->contacts_max = max;
	h->sample_level = h->options.sample_level;
	h->collects = !h->sample_level || h->options.sampled;
	rc = home_set(h, err);
	return rc < 0 ? rc
	              : tryst_contacts_init(&h->contacts, max, h->options.sample_level, h->home,
	                                    err);
}

int
tryst_hunt_new(struct tryst_hunt **out, const struct tryst_hunt_options *options,
               struct tryst_error *err)
{
	struct tryst_hunt *h = calloc(1, sizeof(*h));
	int rc;

	if (!h)
		return tryst_error_nomem(err);
	h->op = (struct tryst_operator){ .ops = &collect_ops, .columns = TRYST_HUNT_COLUMNS };
	h->options = *options;
	h->set = tryst_watchlist_set(options->watchlist);
	atomic_init(&h->held, 0);
	atomic_init(&h->threads, 0);
	rc = tryst_hunt_spill_init(&h->spill, options->temporary, err);
	if (rc >= 0)
		rc = contacts_init(h, err);
	if (rc < 0)
		tryst_hunt_free(h);
	else
		*out = h;
	return rc;
}

void
tryst_hunt_free(struct tryst_hunt *h)
{
	if (!h)
		return;
	tryst_hunt_records_fini(&h->records);
	tryst_hunt_spill_fini(&h->spill);
	tryst_around_fini(&h->around);
	tryst_built_case_fini(&h->built);
	tryst_contacts_fini(&h->contacts);
	tryst_background_reading_fini(&h->background);
	tryst_ipset_free(h->home);
	free(h);
}

struct tryst_operator *
tryst_hunt_operator(struct tryst_hunt *h)
{
	return &h->op;
}

const struct tryst_sampler *
tryst_hunt_sampler(const struct tryst_hunt *h)
{
	return h->collects ? &h->contacts.sampler : NULL;
}

/*
 * Whether anything was spilled is whether all records fit, not how threads shared them; then all
 * are, and the memory is the case's.
 */
static int
spill_rest(struct tryst_hunt *h, struct tryst_error *err)
{
	if (!h->spill.count && h->records.count <= h->options.memory / RECORD_COST)
		return 0;
	return tryst_hunt_spill_write(&h->spill, &h->records, err);
}

int
tryst_hunt_find(struct tryst_hunt *h, struct tryst_input **inputs, size_t input_count,
                struct tryst_error *err)
{
	size_t taken, left;
	int rc;

	tryst_built_case_fini(&h->built);
	rc = spill_rest(h, err);
	if (rc >= 0)
		rc = tryst_case_find(&h->built, &h->options, &h->records, &h->spill, inputs,
		                     input_count, err);
	if (rc < 0)
		return rc;
	h->found = true;
	taken = h->spill.count ? h->built.builder.sightings_bytes : h->records.count * RECORD_COST;
	taken += h->built.pub.meeting_count * MEETING_COST;
	if (!h->options.counts_only) /* the graph holds the listed hosts' contacts, too */
		taken += h->built.pub.sighting_count * CONTACT_COST;
	left = h->options.memory - TRYST_MIN(taken, h->options.memory);
	tryst_around_fini(&h->around);
	h->built.pub.around.untested = "The inputs were read only once.";
	if (h->options.counts_only)
		return 0;
	/* Where all others are looked at, so are all of those at the endpoints. */
	if (!h->options.sampled)
		h->options.sample_level = 0;
	return tryst_around_init(&h->around, &h->built.pub, h->set, left / AROUND_COST, &h->options,
	                         err);
}

const struct tryst_case *
tryst_hunt_found(const struct tryst_hunt *h)
{
	assert(h->found);
	return &h->built.pub;
}

int
tryst_hunt_background(struct tryst_hunt *h, struct tryst_hunt_again *out, struct tryst_error *err)
{
	int rc;

	if (h->options.counts_only || h->options.sampled || !h->sample_level ||
	    !h->built.pub.meeting_count)
		return 0;
	rc = tryst_background_reading_init(&h->background, h->contacts_max, h->set, h->home, err);
	*out = (struct tryst_hunt_again){
		.op = &h->background.op,
		.addresses = h->set,
		.sample = &h->background.contacts.sampler,
		.from_ms = TRYST_TIME_MIN,
		.to_ms = TRYST_TIME_MAX,
		.in_full = true,
	};
	return rc < 0 ? rc : 1;
}

void
tryst_hunt_background_done(struct tryst_hunt *h, const char *why)
{
	h->built.builder.others_unseen = why;
	if (why) {
		tryst_background_reading_fini(&h->background);
		return;
	}
	tryst_background_reading_take(&h->background, &h->contacts);
	h->sample_level = 0;
}

bool
tryst_hunt_around(struct tryst_hunt *h, struct tryst_hunt_again *out)
{
	const struct tryst_around_plan *plan = &h->around.plan;

	*out = (struct tryst_hunt_again){
		.op = &h->around.op,
		.addresses = h->around.addresses,
		.sample = h->around.busy ? &h->around.sampler : NULL,
		.from_ms = plan->from_ms,
		.to_ms = plan->to_ms,
	};
	if (h->options.counts_only)
		h->built.pub.around.untested = "The option --counts-only was given.";
	if (!h->found || !plan->count || h->options.counts_only)
		return false;
	h->built.pub.around.untested = NULL;
	return true;
}

void
tryst_hunt_around_not(struct tryst_hunt *h, const char *why)
{
	tryst_hunt_records_fini(&h->around.records);
	h->built.pub.around.untested = why;
}

/* What the second run brought, for the steps that come now. */
static void
around_told(struct tryst_hunt *h)
{
	struct tryst_around_scope *scope = &h->built.pub.around;
	const struct tryst_around *a = &h->around;

	if (!h->built.pub.meeting_count)
		scope->untested = "There is no meeting.";
	if (scope->untested)
		return;
	h->built.builder.around = &a->records;
	h->built.builder.around_scope = a;
	scope->meetings = (uint32_t)a->plan.count;
	scope->records = a->records.count;
	scope->from_ms = a->plan.from_ms;
	scope->to_ms = a->plan.to_ms;
	for (size_t e = 0; e < a->plan.count; e++) {
		scope->one_in = TRYST_MAX(scope->one_in, tryst_around_one_in(a, e));
		scope->sampled += tryst_around_one_in(a, e) > 1;
	}
}

int
tryst_hunt_case(struct tryst_hunt *h, struct tryst_input **inputs, size_t input_count,
                struct tryst_case **out, struct tryst_error *err)
{
	int rc = h->found ? 0 : tryst_hunt_find(h, inputs, input_count, err);

	if (rc < 0)
		return rc;
	h->found = false;
	around_told(h);
	h->built.builder.contacts = h->options.counts_only ? NULL : &h->contacts;
	h->built.builder.sample_only = h->sample_level > 0;
	rc = tryst_case_finish(&h->built, err);
	if (rc < 0)
		return rc;
	*out = &h->built.pub;
	return 0;
}

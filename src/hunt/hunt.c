/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/hunt.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "hunt/around.h"
#include "hunt/build.h"
#include "hunt/contact.h"

/* What one collected record may cost until the case stands: itself, what it is sorted and grouped
 * by, and a sighting of its own. */
#define RECORD_COST                                                                                \
	(sizeof(struct tryst_hunt_record) + 96 + sizeof(struct tryst_sighting) +                   \
	 sizeof(struct tryst_record_ref) + sizeof(struct tryst_ip))

/* What one record of the second pass may cost: itself, and what it is sorted and grouped by. */
#define AROUND_COST (sizeof(struct tryst_hunt_record) + 96)

/*
 * Contacts of unlisted hosts: at most so many, and no more than a share of the memory; one costs
 * itself, and what the graph is built with and made of.
 */
#define CONTACTS_MAX ((size_t)1 << 19)
#define CONTACTS_SHARE 4
#define CONTACT_COST (sizeof(struct tryst_contact) + 250)

/* What a thread keeps. */
struct collected {
	struct tryst_hunt_records records;
	struct tryst_contact_table contacts;
};

struct tryst_hunt {
	struct tryst_operator op; /* first: the pipeline's handle */
	struct tryst_hunt_options options;
	const struct tryst_ipset *set;
	atomic_size_t collected; /* records, by all threads: the same total whatever their number */
	struct tryst_hunt_records records; /* of the threads that were merged */
	struct tryst_built_case built;
	struct tryst_around around;
	struct tryst_ipset *home;       /* NULL without --home */
	struct tryst_contacts contacts; /* not with counts_only */
	bool found;                     /* the case as far as its meetings */
};

static int
collect_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	const struct tryst_hunt *h = (const struct tryst_hunt *)op;
	struct collected *own = calloc(1, sizeof(*own));
	int rc = own ? 0 : tryst_error_nomem(err);

	if (rc == 0 && !h->options.counts_only)
		rc = tryst_contacts_thread_init(&own->contacts, err);
	if (rc < 0)
		free(own);
	else
		*state = own;
	return rc;
}

static int
collect_limit(struct tryst_hunt *h, size_t more, struct tryst_error *err)
{
	size_t max = h->options.memory / RECORD_COST;

	if (atomic_fetch_add_explicit(&h->collected, more, memory_order_relaxed) + more <= max)
		return 0;
	return tryst_error_set(err, TRYST_ERR_LIMIT,
	                       "more than %zu flow records match the watchlist, which is all that "
	                       "%zu bytes of memory hold: raise --memory, or narrow the window or "
	                       "the filter",
	                       max, h->options.memory);
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

		if (!h->options.counts_only)
			tryst_contacts_add(&h->contacts, &own->contacts, b, row, src, dst);
		if (!src && !dst)
			continue;
		r = tryst_hunt_records_add(records);
		if (!r)
			return tryst_error_nomem(err);
		tryst_hunt_record_fill(r, b, row, src, dst);
	}
	return collect_limit(h, records->count - before, err);
}

static int
collect_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct tryst_hunt *h = (struct tryst_hunt *)op;

	struct collected *own = state;

	(void)err;
	tryst_hunt_records_join(&h->records, &own->records);
	if (!h->options.counts_only)
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
	size_t max = h->options.memory / CONTACTS_SHARE / CONTACT_COST;
	int rc;

	if (h->options.counts_only)
		return 0;
	rc = home_set(h, err);
	return rc < 0 ? rc
	              : tryst_contacts_init(&h->contacts, TRYST_MIN(max, CONTACTS_MAX), h->home,
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
	h->op = (struct tryst_operator){ &collect_ops, TRYST_HUNT_COLUMNS };
	h->options = *options;
	h->set = tryst_watchlist_set(options->watchlist);
	atomic_init(&h->collected, 0);
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
	tryst_around_fini(&h->around);
	tryst_built_case_fini(&h->built);
	tryst_contacts_fini(&h->contacts);
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
	return h->options.counts_only ? NULL : &h->contacts.sampler;
}

int
tryst_hunt_find(struct tryst_hunt *h, struct tryst_input **inputs, size_t input_count,
                struct tryst_error *err)
{
	size_t collected = atomic_load(&h->collected) * RECORD_COST;
	size_t left = h->options.memory - TRYST_MIN(collected, h->options.memory);
	int rc;

	tryst_built_case_fini(&h->built);
	rc = tryst_case_find(&h->built, &h->options, &h->records, inputs, input_count, err);
	if (rc < 0)
		return rc;
	h->found = true;
	tryst_around_fini(&h->around);
	h->built.pub.around.untested = "The inputs were read only once.";
	return tryst_around_init(&h->around, &h->built.pub, h->set, left / AROUND_COST, err);
}

bool
tryst_hunt_around(struct tryst_hunt *h, struct tryst_hunt_again *out)
{
	const struct tryst_around_plan *plan = &h->around.plan;

	*out = (struct tryst_hunt_again){
		.op = &h->around.op,
		.addresses = h->around.addresses,
		.from_ms = plan->from_ms,
		.to_ms = plan->to_ms,
	};
	if (!h->found || !plan->count)
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

	if (!a->plan.count)
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
	rc = tryst_case_finish(&h->built, err);
	if (rc < 0)
		return rc;
	*out = &h->built.pub;
	return 0;
}

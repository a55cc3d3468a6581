/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who was blocked, where a case says it: the addresses that `tryst block` takes of the case, by the
 * same plan, beside the entries of the lists.  What forged packets name was not blocked, and so is
 * not checked, whoever else lists it.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/block.h"
#include "cli/check.h"

/* Words that are cases, and the others. */
static int
part(const struct tryst_words *from, struct tryst_words *cases, struct tryst_words *others,
     struct tryst_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < from->count && rc == 0; i++)
		rc = tryst_words_add(tryst_block_is_case(from->list[i]) ? cases : others,
		                     from->list[i], err);
	return rc;
}

int
tryst_check_cases_init(struct tryst_check_cases *k, const struct tryst_settings *s,
                       struct tryst_error *err)
{
	int rc;

	*k = (struct tryst_check_cases){ .rest = *s };
	k->rest.words = k->rest.watchlists = (struct tryst_words){ 0 };
	rc = part(&s->words, &k->cases, &k->rest.words, err);
	return rc == 0 ? part(&s->watchlists, &k->cases, &k->rest.watchlists, err) : rc;
}

void
tryst_check_cases_fini(struct tryst_check_cases *k)
{
	tryst_words_fini(&k->cases);
	tryst_words_fini(&k->rest.words);
	tryst_words_fini(&k->rest.watchlists);
	tryst_block_plan_free(k->plan);
	free(k->home);
}

static int
home_add(struct tryst_check_cases *k, const struct tryst_case *c, struct tryst_error *err)
{
	struct tryst_prefix *grown;

	if (!c->home_count)
		return 0;
	grown = reallocarray(k->home, k->home_count + c->home_count, sizeof(*grown));
	if (!grown)
		return tryst_error_nomem(err);
	memcpy(grown + k->home_count, c->home, c->home_count * sizeof(*grown));
	k->home = grown;
	k->home_count += c->home_count;
	return 0;
}

/* Which rules would refuse is not asked: it was blocked. */
static int
plan_make(struct tryst_check_cases *k, struct tryst_error *err)
{
	const struct tryst_block_options options = {
		.no_own_check = true,
		.limit = UINT64_MAX,
		.max4 = 1,
		.max6 = 1,
	};
	enum tryst_block_evidence evidence;
	int rc = tryst_block_evidence_read(k->rest.block.evidence, &evidence, err);

	if (rc == 0)
		rc = tryst_block_plan_new(&k->plan, err);
	for (size_t i = 0; i < k->cases.count && rc == 0; i++) {
		struct tryst_case_file *f = NULL;

		rc = tryst_block_case_load(&f, k->cases.list[i], err);
		if (rc == 0) {
			const struct tryst_case *c = tryst_case_file_case(f);

			k->partial |= !c->complete;
			rc = home_add(k, c, err);
			if (rc == 0)
				rc = tryst_block_plan_add_case(k->plan, c, evidence, err);
		}
		tryst_case_file_free(f);
	}
	return rc == 0 ? tryst_block_plan_seal(k->plan, &options, err) : rc;
}

/* The lists as they are, but for victims. */
static int
copy_lists(const struct tryst_check_cases *k, struct tryst_watchlist *to,
           const struct tryst_watchlist *from, struct tryst_error *err)
{
	uint32_t id;
	int rc = 0;

	for (size_t i = 0; from && i < tryst_watchlist_lists(from) && rc == 0; i++)
		rc = tryst_watchlist_restore_list(to, tryst_watchlist_list(from, (uint32_t)i), err);
	for (size_t i = 0; from && i < tryst_watchlist_count(from) && rc == 0; i++) {
		const struct tryst_indicator *entry = tryst_watchlist_indicator(from, (uint32_t)i);

		if (!tryst_ip_equal(entry->range.first, entry->range.last) ||
		    !tryst_block_plan_is_victim(k->plan, entry->range.first))
			rc = tryst_watchlist_restore_indicator(to, entry, &id, err);
	}
	return rc;
}

/* What the plan blocks, as a list of its own. */
static int
copy_plan(const struct tryst_check_cases *k, struct tryst_watchlist *to, struct tryst_error *err)
{
	const struct tryst_block_plan *p = k->plan;
	const struct tryst_list_info info = {
		.path = k->cases.list[0],
		.format = "case",
		.title = "",
		.made_ms = TRYST_TIME_MIN,
		.indicators = (uint32_t)p->count,
	};
	uint32_t list = (uint32_t)tryst_watchlist_lists(to), id;
	int rc = tryst_watchlist_restore_list(to, &info, err);

	for (size_t i = 0; i < p->count && rc == 0; i++) {
		char text[TRYST_PREFIX_TEXT_MAX];
		struct tryst_indicator entry;

		(void)tryst_prefix_format(p->entries[i].prefix, text);
		tryst_indicator_init(&entry);
		entry.text = text;
		entry.label = p->entries[i].label;
		entry.range = tryst_prefix_range(p->entries[i].prefix);
		entry.list = list;
		entry.line = (uint32_t)i + 1;
		rc = tryst_watchlist_restore_indicator(to, &entry, &id, err);
	}
	return rc;
}

int
tryst_check_cases_add(struct tryst_check_cases *k, struct tryst_watchlist **lists,
                      struct tryst_error *err)
{
	struct tryst_watchlist *all = NULL;
	int rc;

	if (!k->cases.count)
		return 0;
	rc = plan_make(k, err);
	if (rc == 0)
		rc = tryst_watchlist_new(&all, err);
	if (rc == 0)
		rc = copy_lists(k, all, *lists, err);
	if (rc == 0)
		rc = copy_plan(k, all, err);
	if (rc == 0)
		rc = tryst_watchlist_seal(all, err);
	if (rc < 0) {
		tryst_watchlist_free(all);
		return rc;
	}
	tryst_watchlist_free(*lists);
	*lists = all;
	return 0;
}

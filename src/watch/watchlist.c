/* SPDX-License-Identifier: Apache-2.0 */
/* The store of indicators, lists and remarks, and the set that is made of them. */
#include "watch/watchlist.h"

#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "watch/impl.h"

#define LISTS_TOLD_APART 4096

void *
tryst_list_push(struct tryst_list_vec *v, size_t size)
{
	size_t cap = v->cap ? v->cap * 2 : 16;
	void *data;

	if (v->count == v->cap) {
		data = reallocarray(v->data, cap, size);
		if (!data)
			return NULL;
		v->data = data;
		v->cap = cap;
	}
	return memset((char *)v->data + v->count++ * size, 0, size);
}

int
tryst_watchlist_new(struct tryst_watchlist **out, struct tryst_error *err)
{
	struct tryst_watchlist *w = calloc(1, sizeof(*w));

	if (!w)
		return tryst_error_nomem(err);
	*out = w;
	return 0;
}

void
tryst_watchlist_free(struct tryst_watchlist *w)
{
	if (!w)
		return;
	tryst_ipset_free(w->set);
	free(w->indicators.data);
	free(w->lists.data);
	free(w->remarks.data);
	free(w->exceptions.data);
	tryst_arena_fini(&w->arena);
	free(w);
}

int
tryst_watchlist_configure(struct tryst_watchlist *w, const struct tryst_watchlist_options *options,
                          struct tryst_error *err)
{
	struct tryst_suggest near;

	w->options = *options;
	if (!options->format)
		return 0;
	tryst_suggest_init(&near, options->format, strlen(options->format));
	for (size_t i = 0; tryst_list_formats[i]; i++) {
		if (strcmp(tryst_list_formats[i]->name, options->format) == 0)
			return 0;
		tryst_suggest_try(&near, tryst_list_formats[i]->name);
	}
	return tryst_suggest_error(&near, "list format", err);
}

const char *
tryst_watchlist_format(size_t i)
{
	return tryst_list_formats[i] ? tryst_list_formats[i]->name : NULL;
}

const char *
tryst_watchlist_format_help(size_t i)
{
	return tryst_list_formats[i]->help;
}

int
tryst_watchlist_seal(struct tryst_watchlist *w, struct tryst_error *err)
{
	struct tryst_list_vec entries = { 0 };
	struct tryst_prefix cover[254];
	int rc = 0;

	assert(!w->set);
	for (uint32_t id = 0; id < w->indicators.count; id++) {
		size_t n = tryst_ip_range_cover(tryst_watchlist_indicator(w, id)->range, cover,
		                                TRYST_ARRAY_SIZE(cover));

		for (size_t i = 0; i < n; i++) {
			struct tryst_ipset_entry *entry = tryst_list_push(&entries, sizeof(*entry));

			if (!entry) {
				rc = tryst_error_nomem(err);
				goto out;
			}
			*entry = (struct tryst_ipset_entry){ cover[i], id };
		}
	}
	rc = tryst_ipset_new(&w->set, entries.data, entries.count, err);
out:
	free(entries.data);
	return rc;
}

size_t
tryst_watchlist_count(const struct tryst_watchlist *w)
{
	return w->indicators.count;
}

const struct tryst_indicator *
tryst_watchlist_indicator(const struct tryst_watchlist *w, uint32_t id)
{
	assert(id < w->indicators.count);
	return (const struct tryst_indicator *)w->indicators.data + id;
}

size_t
tryst_watchlist_lists(const struct tryst_watchlist *w)
{
	return w->lists.count;
}

const struct tryst_list_info *
tryst_watchlist_list(const struct tryst_watchlist *w, uint32_t list)
{
	assert(list < w->lists.count);
	return (const struct tryst_list_info *)w->lists.data + list;
}

size_t
tryst_watchlist_remarks(const struct tryst_watchlist *w, const struct tryst_list_remark **out)
{
	*out = w->remarks.data;
	return w->remarks.count;
}

const struct tryst_ipset *
tryst_watchlist_set(const struct tryst_watchlist *w)
{
	assert(w->set);
	return w->set;
}

uint32_t
tryst_watchlist_listed_by(const struct tryst_watchlist *w, const uint32_t *ids, size_t count)
{
	uint64_t seen[LISTS_TOLD_APART / 64] = { 0 };
	uint32_t lists = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t list = TRYST_MIN(tryst_watchlist_indicator(w, ids[i])->list,
		                          LISTS_TOLD_APART - 1u);
		uint64_t bit = 1ULL << (list & 63);

		lists += !(seen[list >> 6] & bit);
		seen[list >> 6] |= bit;
	}
	return lists;
}

bool
tryst_indicator_valid(const struct tryst_indicator *i, int64_t first_ms, int64_t last_ms)
{
	/* STIX 2.1, 4.7: valid_until is the first moment at which it is no longer valid. */
	return last_ms >= i->from_ms && (i->until_ms == TRYST_TIME_MAX || first_ms < i->until_ms);
}

const char *
tryst_tlp_name(unsigned tlp)
{
	static const char *const names[] = {
		[TRYST_TLP_CLEAR] = "tlp:clear", [TRYST_TLP_GREEN] = "tlp:green",
		[TRYST_TLP_AMBER] = "tlp:amber", [TRYST_TLP_AMBER_STRICT] = "tlp:amber+strict",
		[TRYST_TLP_RED] = "tlp:red",
	};

	return tlp < TRYST_ARRAY_SIZE(names) ? names[tlp] : NULL;
}

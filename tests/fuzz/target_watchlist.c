/* SPDX-License-Identifier: Apache-2.0 */
/* Watchlists: every line is an indicator that its own set finds, or rejected with a reason. */
#include "fuzz.h"

#include <string.h>

#include "watch/refang.h"
#include "watch/watchlist.h"

#define VALUES 4096

static void
check_indicator(const struct tryst_watchlist *w, uint32_t id)
{
	const struct tryst_indicator *i = tryst_watchlist_indicator(w, id);
	const struct tryst_ipset *set = tryst_watchlist_set(w);
	static uint32_t values[VALUES];
	size_t count;
	bool found = false;

	FUZZ_CHECK(i->text && i->label && i->line > 0);
	FUZZ_CHECK(i->list < tryst_watchlist_lists(w));
	FUZZ_CHECK(tryst_ip_compare(i->range.first, i->range.last) <= 0);
	FUZZ_CHECK(tryst_ipset_contains(set, i->range.first));
	FUZZ_CHECK(tryst_ipset_contains(set, i->range.last));
	count = tryst_ipset_match(set, i->range.last, values, VALUES);
	for (size_t v = 0; v < TRYST_MIN(count, (size_t)VALUES); v++)
		found = found || values[v] == id;
	FUZZ_CHECK(found || count > VALUES);
}

static void
check_lists(const struct tryst_watchlist *w)
{
	const struct tryst_list_remark *remarks;
	size_t count = tryst_watchlist_remarks(w, &remarks);
	uint64_t indicators = 0;

	for (uint32_t l = 0; l < tryst_watchlist_lists(w); l++) {
		const struct tryst_list_info *info = tryst_watchlist_list(w, l);

		FUZZ_CHECK(info->path && info->format && info->title);
		indicators += info->indicators;
	}
	FUZZ_CHECK(indicators == tryst_watchlist_count(w));
	for (size_t i = 0; i < count; i++) {
		FUZZ_CHECK(memchr(remarks[i].text, 0, sizeof(remarks[i].text)));
		FUZZ_CHECK(remarks[i].text[0] && remarks[i].line > 0);
		FUZZ_CHECK(remarks[i].list < tryst_watchlist_lists(w));
		fuzz_check_line(remarks[i].text);
	}
	for (uint32_t id = 0; id < tryst_watchlist_count(w); id++)
		check_indicator(w, id);
}

void
fuzz_watchlist_format(const char *format, const uint8_t *data, size_t size)
{
	struct tryst_watchlist_options options = { .format = format, .observables = true };
	struct tryst_watchlist *w = NULL;
	struct tryst_error err = { 0 };
	int rc;

	FUZZ_CHECK(tryst_watchlist_new(&w, &err) == 0);
	FUZZ_CHECK(tryst_watchlist_configure(w, &options, &err) == 0);
	rc = tryst_watchlist_parse(w, "list", (const char *)data, size, &err);
	FUZZ_CHECK(rc == 0 ||
	           ((rc == TRYST_ERR_FORMAT || rc == TRYST_ERR_LIMIT) && err.code == rc));
	fuzz_check_line(err.text);
	FUZZ_CHECK(tryst_watchlist_seal(w, &err) == 0);
	check_lists(w);
	tryst_watchlist_free(w);
}

void
fuzz_watchlist(const uint8_t *data, size_t size)
{
	char *refanged = malloc(2 * size + 1);

	FUZZ_CHECK(refanged);
	FUZZ_CHECK(tryst_refang((const char *)data, size, refanged) <= 2 * size);
	free(refanged);
	fuzz_watchlist_format(NULL, data, size);
}

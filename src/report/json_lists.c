/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json_lists.h"

void
tryst_json_remarks(struct tryst_json *j, const struct tryst_watchlist *w, uint32_t list)
{
	const struct tryst_list_remark *remarks;
	size_t count = tryst_watchlist_remarks(w, &remarks);

	tryst_json_key_array(j, "remarks");
	for (size_t i = 0; i < count; i++) {
		if (remarks[i].list != list)
			continue;
		tryst_json_object(j);
		tryst_json_key_u64(j, "line", remarks[i].line);
		tryst_json_key_bool(j, "rejected", remarks[i].rejected);
		tryst_json_key_str(j, "text", remarks[i].text);
		tryst_json_end(j);
	}
	tryst_json_end(j);
}

void
tryst_json_list(struct tryst_json *j, const struct tryst_list_info *info)
{
	tryst_json_key_str(j, "path", info->path);
	tryst_json_key_str(j, "format", info->format);
	if (info->title[0])
		tryst_json_key_str(j, "title", info->title);
	if (info->made_ms != TRYST_TIME_MIN)
		tryst_json_key_time(j, "made", info->made_ms);
	tryst_json_key_u64(j, "indicators", info->indicators);
	tryst_json_key_u64(j, "rejected", info->rejected);
}

void
tryst_json_watchlists(struct tryst_json *j, const struct tryst_watchlist *w)
{
	tryst_json_key_array(j, "watchlists");
	for (uint32_t i = 0; i < tryst_watchlist_lists(w); i++) {
		const struct tryst_list_info *info = tryst_watchlist_list(w, i);

		tryst_json_object(j);
		tryst_json_list(j, info);
		if (info->skipped)
			tryst_json_key_u64(j, "skipped", info->skipped);
		if (info->sha256[0])
			tryst_json_key_str(j, "sha256", info->sha256);
		tryst_json_remarks(j, w, i);
		tryst_json_end(j);
	}
	tryst_json_end(j);
}
void
tryst_json_entry_details(struct tryst_json *j, const struct tryst_indicator *i)
{
	const struct {
		const char *key;
		int64_t ms;
	} times[] = {
		{ "first_seen", i->first_ms },
		{ "last_seen", i->last_ms },
		{ "valid_from", i->from_ms },
		{ "valid_until", i->until_ms },
	};

	if (i->source[0])
		tryst_json_key_str(j, "source", i->source);
	for (size_t k = 0; k < TRYST_ARRAY_SIZE(times); k++) {
		if (times[k].ms != TRYST_TIME_MIN && times[k].ms != TRYST_TIME_MAX)
			tryst_json_key_time(j, times[k].key, times[k].ms);
	}
	if (i->confidence != TRYST_CONFIDENCE_UNKNOWN)
		tryst_json_key_u64(j, "confidence", i->confidence);
	if (tryst_tlp_name(i->tlp))
		tryst_json_key_str(j, "tlp", tryst_tlp_name(i->tlp));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Watchlists with their remarks; the entries that hosts were seen by. */
#include <stdlib.h>
#include <string.h>

#include "report/load_impl.h"

#define REMARKS_MAX 4096 /* of all lists; a list keeps 70 */

static const struct tryst_load_key list_keys[] = {
	{ .key = "path",
	  .kind = TRYST_LOAD_TEXT,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_list_info, path) },
	{ .key = "format",
	  .kind = TRYST_LOAD_SENTENCE,
	  TRYST_LOAD_AT(struct tryst_list_info, format) },
	{ .key = "title", .kind = TRYST_LOAD_TEXT, TRYST_LOAD_AT(struct tryst_list_info, title) },
	{ .key = "made", .kind = TRYST_LOAD_TIME, TRYST_LOAD_AT(struct tryst_list_info, made_ms) },
	{ .key = "skipped",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_list_info, skipped) },
	{ .key = "indicators",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_list_info, indicators) },
	{ .key = "rejected",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_list_info, rejected) },
	{ 0 },
};

struct remark {
	uint32_t line;
	bool rejected;
	const char *text;
};

static const struct tryst_load_key remark_keys[] = {
	{ .key = "line", .kind = TRYST_LOAD_NUMBER, TRYST_LOAD_AT(struct remark, line) },
	{ .key = "rejected", .kind = TRYST_LOAD_BOOL, TRYST_LOAD_AT(struct remark, rejected) },
	{ .key = "text",
	  .kind = TRYST_LOAD_TEXT,
	  .required = true,
	  TRYST_LOAD_AT(struct remark, text) },
	{ 0 },
};

static int
read_remarks(struct tryst_load *l, const json_t *value, uint32_t list)
{
	const struct tryst_load_key row = { .kind = TRYST_LOAD_OBJECT, .keys = remark_keys };
	size_t outer = tryst_load_enter(l, "remarks");

	for (size_t i = 0; i < json_array_size(value) && i < REMARKS_MAX; i++) {
		size_t mark = tryst_load_enter_index(l, i);
		struct tryst_list_remark remark = { .list = list };
		struct remark r = { .text = "" };
		int rc = tryst_load_value(l, &row, json_array_get(value, i), &r);

		if (rc == 0) {
			remark.line = r.line;
			remark.rejected = r.rejected;
			(void)strncat(remark.text, r.text, sizeof(remark.text) - 1);
			rc = tryst_watchlist_restore_remark(l->watchlist, &remark, l->err);
		}
		if (rc < 0)
			return rc;
		tryst_load_leave(l, mark);
	}
	tryst_load_leave(l, outer);
	return 0;
}

int
tryst_load_watchlists(struct tryst_load *l, const json_t *value, void *at)
{
	const struct tryst_load_key row = { .kind = TRYST_LOAD_OBJECT, .keys = list_keys };

	(void)at;
	if (!json_is_array(value))
		return tryst_load_fail(l, "expected an array");
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *item = json_array_get(value, i);
		const char *sha256 = json_string_value(json_object_get(item, "sha256"));
		struct tryst_list_info info = {
			.path = "", .format = "", .title = "", .made_ms = TRYST_TIME_MIN
		};
		size_t mark = tryst_load_enter_index(l, i);
		int rc = tryst_load_value(l, &row, item, &info);

		if (rc == 0) {
			(void)strncat(info.sha256, sha256 ? sha256 : "", sizeof(info.sha256) - 1);
			rc = tryst_watchlist_restore_list(l->watchlist, &info, l->err);
		}
		if (rc == 0)
			rc = read_remarks(l, json_object_get(item, "remarks"), (uint32_t)i);
		if (rc < 0)
			return rc;
		tryst_load_leave(l, mark);
	}
	return 0;
}

static int
entry_compare(const void *va, const void *vb)
{
	const struct tryst_indicator *a = &((const struct tryst_load_entry *)va)->indicator;
	const struct tryst_indicator *b = &((const struct tryst_load_entry *)vb)->indicator;

	if (a->list != b->list)
		return a->list < b->list ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return strcmp(a->text, b->text);
}

int
tryst_load_entries_finish(struct tryst_load *l)
{
	uint32_t id = 0;
	int rc = 0;

	if (l->entry_count)
		qsort(l->entries, l->entry_count, sizeof(*l->entries), entry_compare);
	for (size_t i = 0; i < l->entry_count && rc == 0; i++) {
		const struct tryst_load_entry *e = &l->entries[i];

		if (i == 0 || entry_compare(e, e - 1) != 0)
			rc = tryst_watchlist_restore_indicator(l->watchlist, &e->indicator, &id,
			                                       l->err);
		l->c->hosts[e->host].indicators[e->place] = id;
	}
	return rc == 0 ? tryst_watchlist_seal(l->watchlist, l->err) : rc;
}

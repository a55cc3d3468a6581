/* SPDX-License-Identifier: Apache-2.0 */
/* The watchlist again from what a case file says of it. */
#include <string.h>

#include "watch/impl.h"

void
tryst_indicator_init(struct tryst_indicator *i)
{
	*i = (struct tryst_indicator){
		.text = "",
		.label = "",
		.source = "",
		.first_ms = TRYST_TIME_MIN,
		.last_ms = TRYST_TIME_MIN,
		.from_ms = TRYST_TIME_MIN,
		.until_ms = TRYST_TIME_MAX,
		.line = 1,
		.confidence = TRYST_CONFIDENCE_UNKNOWN,
	};
}

int
tryst_watchlist_restore_list(struct tryst_watchlist *w, const struct tryst_list_info *info,
                             struct tryst_error *err)
{
	struct tryst_list_info *list;
	int rc = tryst_list_begin(w, info->path, err);

	if (rc < 0)
		return rc;
	list = tryst_list_current(w);
	*list = (struct tryst_list_info){
		.path = list->path,
		.format = tryst_arena_text(&w->arena, info->format, strlen(info->format)),
		.title = tryst_arena_text(&w->arena, info->title, strlen(info->title)),
		.made_ms = info->made_ms,
		.indicators = info->indicators,
		.rejected = info->rejected,
		.skipped = info->skipped,
		.masked = info->masked,
		.dangerous = info->dangerous,
	};
	memcpy(list->sha256, info->sha256, sizeof(list->sha256));
	return list->format && list->title ? 0 : tryst_error_nomem(err);
}

int
tryst_watchlist_restore_remark(struct tryst_watchlist *w, const struct tryst_list_remark *remark,
                               struct tryst_error *err)
{
	struct tryst_list_remark *to = tryst_list_push(&w->remarks, sizeof(*to));

	assert(remark->list < w->lists.count);
	if (!to)
		return tryst_error_nomem(err);
	*to = *remark;
	return 0;
}

int
tryst_watchlist_restore_indicator(struct tryst_watchlist *w,
                                  const struct tryst_indicator *indicator, uint32_t *id,
                                  struct tryst_error *err)
{
	struct tryst_indicator *to = tryst_list_push(&w->indicators, sizeof(*to));

	assert(!w->set && indicator->list < w->lists.count);
	if (!to)
		return tryst_error_nomem(err);
	*to = *indicator;
	to->text = tryst_arena_text(&w->arena, indicator->text, strlen(indicator->text));
	to->label = tryst_arena_text(&w->arena, indicator->label, strlen(indicator->label));
	to->source = tryst_arena_text(&w->arena, indicator->source, strlen(indicator->source));
	*id = (uint32_t)w->indicators.count - 1;
	return to->text && to->label && to->source ? 0 : tryst_error_nomem(err);
}

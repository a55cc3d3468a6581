/* SPDX-License-Identifier: Apache-2.0 */
/* The list being read: its entries, what is wrong with them, and what is said of it as a whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "watch/impl.h"
#include "watch/known.h"
#include "watch/refang.h"
#include "watch/special.h"

#define REJECTED_KEPT 50 /* remarks kept of each list */
#define WARNINGS_KEPT 20
#define QUOTE_BYTES_MAX ((size_t)60)
#define LABEL_BYTES_MAX ((size_t)256)
#define ADDRESS_BYTES_MAX ((size_t)2048)

struct tryst_list_info *
tryst_list_current(struct tryst_watchlist *w)
{
	return (struct tryst_list_info *)w->lists.data + w->lists.count - 1;
}

static int
remark_add(struct tryst_watchlist *w, uint32_t line, bool rejected, const char *why,
           struct tryst_slice text)
{
	struct tryst_list_remark *remark = tryst_list_push(&w->remarks, sizeof(*remark));
	struct tryst_buf quote = { 0 };

	if (!remark)
		return TRYST_ERR_NOMEM;
	tryst_buf_safe(&quote, text.data, TRYST_MIN(text.len, QUOTE_BYTES_MAX));
	if (text.len > QUOTE_BYTES_MAX)
		tryst_buf_str(&quote, "...");
	remark->list = (uint32_t)w->lists.count - 1;
	remark->line = line ? line : 1;
	remark->rejected = rejected;
	if (text.data)
		(void)snprintf(remark->text, sizeof(remark->text), "%s: \"%.80s\"", why,
		               quote.data ? quote.data : "");
	else
		(void)snprintf(remark->text, sizeof(remark->text), "%s", why);
	if (quote.failed) {
		tryst_buf_fini(&quote);
		return TRYST_ERR_NOMEM;
	}
	tryst_buf_fini(&quote);
	return 0;
}

int
tryst_list_reject(struct tryst_watchlist *w, uint32_t line, const char *why,
                  struct tryst_slice text)
{
	if (tryst_list_current(w)->rejected++ >= REJECTED_KEPT)
		return 0;
	return remark_add(w, line, true, why, text);
}

int
tryst_list_warn(struct tryst_watchlist *w, uint32_t line, const char *why, struct tryst_slice text)
{
	if (w->warnings++ >= WARNINGS_KEPT)
		return 0;
	return remark_add(w, line, false, why, text);
}

int
tryst_list_skip(struct tryst_watchlist *w, uint32_t line, struct tryst_slice kind)
{
	struct tryst_list_kind *k = NULL;
	struct tryst_buf name = { 0 };
	int rc;

	tryst_list_current(w)->skipped++;
	tryst_buf_safe(&name, kind.data, TRYST_MIN(kind.len, sizeof(k->name) - 1));
	for (size_t i = 0; i < w->kind_count && !k && name.data; i++) {
		if (strncmp(w->kinds[i].name, name.data, sizeof(k->name) - 1) == 0)
			k = &w->kinds[i];
	}
	if (!k && w->kind_count < TRYST_LIST_KINDS_MAX) {
		k = &w->kinds[w->kind_count++];
		*k = (struct tryst_list_kind){ .line = line };
		(void)snprintf(k->name, sizeof(k->name), "%s", name.len ? name.data : "of no kind");
	}
	if (k)
		k->count++;
	rc = name.failed ? TRYST_ERR_NOMEM : 0;
	tryst_buf_fini(&name);
	return rc;
}

int
tryst_list_except(struct tryst_watchlist *w, struct tryst_ip_range range)
{
	struct tryst_ip_range *r = tryst_list_push(&w->exceptions, sizeof(*r));

	if (!r)
		return TRYST_ERR_NOMEM;
	*r = range;
	return 0;
}

int
tryst_list_about(struct tryst_watchlist *w, struct tryst_slice title, int64_t made_ms)
{
	struct tryst_list_info *list = tryst_list_current(w);

	if (made_ms != TRYST_TIME_MIN && list->made_ms == TRYST_TIME_MIN)
		list->made_ms = made_ms;
	if (title.len && !list->title[0])
		list->title = tryst_arena_text(&w->arena, title.data,
		                               TRYST_MIN(title.len, LABEL_BYTES_MAX));
	if (list->title)
		return 0;
	list->title = "";
	return TRYST_ERR_NOMEM;
}

uint64_t
tryst_list_read(struct tryst_watchlist *w)
{
	const struct tryst_list_info *list = tryst_list_current(w);

	return (uint64_t)list->indicators + list->skipped + list->rejected;
}

int
tryst_list_comment(struct tryst_watchlist *w, struct tryst_slice comment)
{
	static const char *const keys[] = {
		"last updated", "last-modified", "last modified", "updated",        "generated",
		"generated on", "generated at",  "created",       "this file date", "date",
	};
	struct tryst_slice key;
	int64_t ms;

	if (tryst_list_current(w)->made_ms != TRYST_TIME_MIN)
		return 0;
	key = tryst_slice_trim(tryst_slice_cut(&comment, ':'), " \t#;/");
	comment = tryst_slice_trim(comment, " \t#;");
	for (size_t i = 0; comment.len && i < TRYST_ARRAY_SIZE(keys); i++) {
		if (tryst_slice_like(key, keys[i]) && tryst_slice_time(comment, &ms))
			return tryst_list_about(w, (struct tryst_slice){ 0 }, ms);
	}
	return 0;
}

void
tryst_list_called(struct tryst_watchlist *w, const char *format)
{
	tryst_list_current(w)->format = format;
}

bool
tryst_list_observables(const struct tryst_watchlist *w)
{
	return w->options.observables;
}

void
tryst_list_entry_init(struct tryst_list_entry *e)
{
	*e = (struct tryst_list_entry){
		.text = { "", 0 },
		.label = { "", 0 },
		.source = { "", 0 },
		.first_ms = TRYST_TIME_MIN,
		.last_ms = TRYST_TIME_MIN,
		.from_ms = TRYST_TIME_MIN,
		.until_ms = TRYST_TIME_MAX,
		.confidence = TRYST_CONFIDENCE_UNKNOWN,
	};
}

/* Counts what is doubtful about the newest indicator. */
static int
indicator_check(struct tryst_watchlist *w, const struct tryst_list_entry *e, uint32_t line)
{
	struct tryst_list_info *list = tryst_list_current(w);
	const char *special = tryst_special_find(e->form.range);
	int rc = 0;

	if (!special)
		special = tryst_known_find(e->form.range);
	if (e->form.masked && list->masked++ == 0)
		w->first_masked = w->indicators.count - 1;
	if (e->form.zone)
		rc = tryst_list_warn(w, line, "zone id dropped", e->text);
	if (special) {
		list->dangerous++;
		rc = rc ? rc : tryst_list_warn(w, line, special, e->text);
	}
	if (rc == 0 && e->from_ms != TRYST_TIME_MIN && e->until_ms <= e->from_ms)
		rc = tryst_list_warn(w, line, "valid until before it is valid from: never valid",
		                     e->text);
	return rc;
}

/* A copy in the arena; the text of the indicator before is taken where it is the same. */
static const char *
text_keep(struct tryst_watchlist *w, struct tryst_slice t, const char *before)
{
	if (!t.len)
		return "";
	if (t.len > LABEL_BYTES_MAX) {
		t.len = LABEL_BYTES_MAX;
		while (t.len && ((uint8_t)t.data[t.len] & 0xc0) == 0x80)
			t.len--; /* not in the middle of a UTF-8 sequence */
	}
	if (before && strlen(before) == t.len && memcmp(before, t.data, t.len) == 0)
		return before;
	return tryst_arena_text(&w->arena, t.data, t.len);
}

int
tryst_list_add(struct tryst_watchlist *w, uint32_t line, const struct tryst_list_entry *e)
{
	struct tryst_indicator *i = tryst_list_push(&w->indicators, sizeof(*i));
	const struct tryst_indicator *before = w->indicators.count > 1 ? i - 1 : NULL;

	if (!i)
		return TRYST_ERR_NOMEM;
	i->text = tryst_arena_text(&w->arena, e->text.data, e->text.len);
	i->label = text_keep(w, e->label, before ? before->label : NULL);
	i->source = text_keep(w, e->source, before ? before->source : NULL);
	i->range = e->form.range;
	i->first_ms = e->first_ms;
	i->last_ms = e->last_ms;
	i->from_ms = e->from_ms;
	i->until_ms = e->until_ms;
	i->list = (uint32_t)w->lists.count - 1;
	i->line = line ? line : 1;
	i->port = e->form.port;
	i->proto = e->proto;
	i->confidence = e->confidence;
	i->tlp = (uint8_t)e->tlp;
	if (!i->text || !i->label || !i->source) {
		w->indicators.count--;
		return TRYST_ERR_NOMEM;
	}
	tryst_list_current(w)->indicators++;
	return indicator_check(w, e, line);
}

int
tryst_list_take(struct tryst_watchlist *w, uint32_t line, struct tryst_list_entry *e,
                struct tryst_slice address)
{
	static const char blanks[] = " \t\v\f\r\"'";
	struct tryst_slice text = tryst_slice_trim(address, blanks);
	char scratch[2 * ADDRESS_BYTES_MAX];
	struct tryst_form form;
	const char *why = NULL;
	bool ok;

	if (!text.len || text.len > ADDRESS_BYTES_MAX)
		return tryst_list_reject(
			w, line, text.len ? "too long for an address" : "no address", address);
	ok = tryst_form_parse(text.data, text.len, &form, &why);
	if (!ok || form.used != text.len) {
		text.len = tryst_refang(text.data, text.len, scratch);
		text.data = scratch;
		ok = tryst_form_parse(text.data, text.len, &form, &why);
	}
	if (!ok)
		return tryst_list_reject(w, line, why ? why : "not an address", address);
	if (tryst_slice_trim(tryst_slice_from(text, form.used), " \t,;").len)
		return tryst_list_reject(w, line, "other text behind the address", address);
	if (!form.port)
		form.port = e->form.port;
	e->form = form;
	e->text = (struct tryst_slice){ text.data, form.used };
	return tryst_list_add(w, line, e);
}

static int
masked_remark(struct tryst_watchlist *w)
{
	const struct tryst_indicator *first;
	char why[80];

	if (!tryst_list_current(w)->masked || w->first_masked >= w->indicators.count)
		return 0;
	first = tryst_watchlist_indicator(w, (uint32_t)w->first_masked);
	(void)snprintf(why, sizeof(why), "bits below the prefix length cleared in %u entries, here",
	               tryst_list_current(w)->masked);
	return remark_add(w, first->line, false, why, tryst_slice_of(first->text));
}

/* `skipped, no addresses: 12 of domain, 3 of sha256` */
static int
skipped_remark(struct tryst_watchlist *w)
{
	const struct tryst_list_info *list = tryst_list_current(w);
	struct tryst_buf text = { 0 };
	uint32_t named = 0;
	int rc = 0;

	if (!list->skipped)
		return 0;
	tryst_buf_printf(&text, "%u skipped:", list->skipped);
	for (size_t i = 0; i < w->kind_count; i++) {
		tryst_buf_printf(&text, "%s %u %s", i ? "," : "", w->kinds[i].count,
		                 w->kinds[i].name);
		named += w->kinds[i].count;
	}
	if (named < list->skipped)
		tryst_buf_printf(&text, ", %u others", list->skipped - named);
	rc = text.failed
	             ? TRYST_ERR_NOMEM
	             : remark_add(w, w->kinds[0].line, false, text.data, (struct tryst_slice){ 0 });
	tryst_buf_fini(&text);
	return rc;
}

int
tryst_list_begin(struct tryst_watchlist *w, const char *path, struct tryst_error *err)
{
	struct tryst_list_info *list = tryst_list_push(&w->lists, sizeof(*list));

	if (!list)
		return tryst_error_nomem(err);
	w->warnings = 0;
	w->kind_count = 0;
	w->exceptions.count = 0;
	w->first_indicator = w->indicators.count;
	list->format = "unknown";
	list->title = "";
	list->made_ms = TRYST_TIME_MIN;
	list->path = tryst_arena_text(&w->arena, path, strlen(path));
	if (list->path)
		return 0;
	w->lists.count--;
	return tryst_error_nomem(err);
}

/* The error for a list without an indicator. */
static int
nothing_error(const struct tryst_watchlist *w, const struct tryst_list_info *list,
              struct tryst_error *err)
{
	const struct tryst_list_remark *remarks = w->remarks.data;
	size_t i = 0;

	if (!list->rejected)
		return tryst_error_set(
			err, TRYST_ERR_FORMAT,
			"%s: the list is empty, expected one address, prefix or range "
			"a line, or one of the formats of 'tryst lists formats'",
			list->path);
	while (remarks[i].list != w->lists.count - 1 || !remarks[i].rejected)
		i++;
	if (strcmp(list->format, "plain") != 0)
		return tryst_error_set(
			err, TRYST_ERR_FORMAT,
			"%s: no entry of this list (%s) is an indicator, %u rejected; "
			"line %u: %s",
			list->path, list->format, list->rejected, remarks[i].line, remarks[i].text);
	return tryst_error_set(err, TRYST_ERR_FORMAT,
	                       "%s: no line is an indicator (%u rejected), expected one address, "
	                       "prefix or range a line; line %u: %s",
	                       list->path, list->rejected, remarks[i].line, remarks[i].text);
}

int
tryst_list_end(struct tryst_watchlist *w, struct tryst_error *err)
{
	struct tryst_list_info *list = tryst_list_current(w);
	int rc = w->exceptions.count ? tryst_list_subtract(w) : 0;

	if (rc == 0)
		rc = masked_remark(w);
	if (rc == 0)
		rc = skipped_remark(w);
	if (rc == 0 && !list->indicators && !list->rejected && strcmp(list->format, "plain") != 0)
		rc = list->skipped ? 0
		                   : remark_add(w, 1, false, "the feed is empty",
		                                (struct tryst_slice){ 0 });
	else if (rc == 0 && !list->indicators)
		return nothing_error(w, list, err);
	return rc < 0 ? tryst_error_nomem(err) : 0;
}

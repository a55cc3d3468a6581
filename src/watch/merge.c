/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/time.h"

#define JOINED_BYTES_MAX 1024

struct tryst_merge {
	struct tryst_merged *list;
	size_t count;
	uint32_t *ids;
	struct tryst_arena arena; /* joined texts */
};

/* An indicator to sort. */
struct item {
	const struct tryst_indicator *i;
	uint32_t id;
};

int
tryst_indicator_compare(const struct tryst_indicator *a, const struct tryst_indicator *b)
{
	int order = tryst_ip_compare(a->range.first, b->range.first);

	if (!order)
		order = tryst_ip_compare(b->range.last, a->range.last); /* the wider one first */
	if (!order)
		order = (int)a->port - b->port;
	return order ? order : (int)a->proto - b->proto;
}

static int
item_compare(const void *va, const void *vb)
{
	const struct item *a = va, *b = vb;
	int order = tryst_indicator_compare(a->i, b->i);

	return order ? order : (a->id > b->id) - (a->id < b->id);
}

/* Whether the joined text has a piece between its `; `. */
static bool
has_piece(const char *joined, const char *piece)
{
	size_t n = strlen(piece);

	for (const char *at = joined; (at = strstr(at, piece)) != NULL; at++) {
		if ((at == joined || (at >= joined + 2 && at[-1] == ' ' && at[-2] == ';')) &&
		    (!at[n] || at[n] == ';'))
			return true;
	}
	return false;
}

/* Both texts, without saying anything twice. */
static int
join(struct tryst_merge *m, const char **text, const char *more)
{
	size_t n = strlen(*text), len = strlen(more);
	char *both;

	if (!len || has_piece(*text, more) || n + len + 2 > JOINED_BYTES_MAX)
		return 0;
	if (!n) {
		*text = more;
		return 0;
	}
	both = tryst_arena_alloc(&m->arena, n + len + 3);
	if (!both)
		return TRYST_ERR_NOMEM;
	memcpy(both, *text, n);
	memcpy(both + n, "; ", 2);
	memcpy(both + n + 2, more, len + 1);
	*text = both;
	return 0;
}

static int
sum_add(struct tryst_merge *m, struct tryst_indicator *sum, const struct tryst_indicator *i)
{
	if (i->first_ms != TRYST_TIME_MIN &&
	    (sum->first_ms == TRYST_TIME_MIN || i->first_ms < sum->first_ms))
		sum->first_ms = i->first_ms;
	sum->last_ms = TRYST_MAX(sum->last_ms, i->last_ms);
	sum->from_ms = TRYST_MIN(sum->from_ms, i->from_ms);
	sum->until_ms = TRYST_MAX(sum->until_ms, i->until_ms);
	if (i->confidence != TRYST_CONFIDENCE_UNKNOWN &&
	    (sum->confidence == TRYST_CONFIDENCE_UNKNOWN || i->confidence > sum->confidence))
		sum->confidence = i->confidence;
	sum->tlp = TRYST_MAX(sum->tlp, i->tlp);
	return join(m, &sum->label, i->label) < 0 ? TRYST_ERR_NOMEM
	                                          : join(m, &sum->source, i->source);
}

/* Equal neighbours become one. */
static int
items_merge(struct tryst_merge *m, const struct item *items, size_t count)
{
	int rc = 0;

	for (size_t k = 0; k < count && rc == 0; k++) {
		const struct tryst_indicator *i = items[k].i;
		struct tryst_merged *last = m->count ? &m->list[m->count - 1] : NULL;

		m->ids[k] = items[k].id;
		if (!last || tryst_indicator_compare(&last->sum, i) != 0) {
			m->list[m->count++] = (struct tryst_merged){ *i, &m->ids[k], 1, 1 };
			continue;
		}
		/* By id, the lists come in order. */
		last->lists += i->list != items[k - 1].i->list;
		last->count++;
		rc = sum_add(m, &last->sum, i);
	}
	return rc;
}

int
tryst_merge_new(struct tryst_merge **out, const struct tryst_watchlist *w, struct tryst_error *err)
{
	size_t count = tryst_watchlist_count(w);
	struct tryst_merge *m = calloc(1, sizeof(*m));
	struct item *items = calloc(count + 1, sizeof(*items));
	int rc = m && items ? 0 : TRYST_ERR_NOMEM;

	if (rc == 0) {
		m->list = calloc(count + 1, sizeof(*m->list));
		m->ids = calloc(count + 1, sizeof(*m->ids));
		rc = m->list && m->ids ? 0 : TRYST_ERR_NOMEM;
	}
	for (size_t i = 0; rc == 0 && i < count; i++)
		items[i] = (struct item){ tryst_watchlist_indicator(w, (uint32_t)i), (uint32_t)i };
	if (rc == 0) {
		qsort(items, count, sizeof(*items), item_compare);
		rc = items_merge(m, items, count);
	}
	free(items);
	if (rc < 0) {
		tryst_merge_free(m);
		return tryst_error_nomem(err);
	}
	*out = m;
	return 0;
}

void
tryst_merge_free(struct tryst_merge *m)
{
	if (!m)
		return;
	free(m->list);
	free(m->ids);
	tryst_arena_fini(&m->arena);
	free(m);
}

const struct tryst_merged *
tryst_merge_list(const struct tryst_merge *m, size_t *count)
{
	*count = m->count;
	return m->list;
}

void
tryst_buf_range(struct tryst_buf *b, struct tryst_ip_range r)
{
	struct tryst_prefix cover[2];
	char text[TRYST_PREFIX_TEXT_MAX];

	if (tryst_ip_range_cover(r, cover, TRYST_ARRAY_SIZE(cover)) == 1) {
		tryst_buf_add(b, text, tryst_prefix_format(cover[0], text));
		return;
	}
	tryst_buf_add(b, text, tryst_ip_format(r.first, text));
	tryst_buf_char(b, '-');
	tryst_buf_add(b, text, tryst_ip_format(r.last, text));
}

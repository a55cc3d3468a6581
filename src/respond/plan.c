/* SPDX-License-Identifier: Apache-2.0 */
#include "respond/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "respond/plan_impl.h"

#define COVER_MAX 254
#define TEXT_MAX 400

int
tryst_block_plan_new(struct tryst_block_plan **out, struct tryst_error *err)
{
	struct tryst_block_plan_own *own = calloc(1, sizeof(*own));

	*out = NULL;
	if (!own)
		return tryst_error_nomem(err);
	own->plan.refusals = calloc(TRYST_BLOCK_REFUSALS_MAX, sizeof(*own->plan.refusals));
	if (!own->plan.refusals) {
		free(own);
		return tryst_error_nomem(err);
	}
	*out = &own->plan;
	return 0;
}

void
tryst_block_plan_free(struct tryst_block_plan *p)
{
	struct tryst_block_plan_own *own;

	if (!p)
		return;
	own = tryst_block_plan_own(p);
	free(p->entries);
	free(p->left);
	free(p->refusals);
	free(own->guards);
	tryst_arena_fini(&own->arena);
	free(own);
}

const char *
tryst_block_plan_text(struct tryst_block_plan *p, struct tryst_error *err, const char *fmt, ...)
{
	char text[TEXT_MAX];
	const char *copy;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	copy = tryst_arena_text(&tryst_block_plan_own(p)->arena, text, strlen(text));
	if (!copy)
		(void)tryst_error_nomem(err);
	return copy;
}

/* One more element of a list, cleared; NULL without memory. */
static void *
list_push(void *list_at, size_t *count, size_t *room, size_t size, struct tryst_error *err)
{
	void **list = list_at;
	char *grown;

	if (*count == *room) {
		size_t want = *room ? 2 * *room : 64;

		grown = want < SIZE_MAX / size ? realloc(*list, want * size) : NULL;
		if (!grown) {
			(void)tryst_error_nomem(err);
			return NULL;
		}
		*list = grown;
		*room = want;
	}
	grown = (char *)*list + size * (*count)++;
	memset(grown, 0, size);
	return grown;
}

int
tryst_block_plan_guard(struct tryst_block_plan *p, struct tryst_prefix prefix, const char *kind,
                       const char *what, struct tryst_error *err)
{
	struct tryst_block_plan_own *own = tryst_block_plan_own(p);
	const struct tryst_guard_class *class = tryst_guard_class_find(kind);
	struct tryst_guard *guard;

	assert(class);
	what = tryst_block_plan_text(p, err, "%s", what);
	guard = what ? list_push(&own->guards, &own->guard_count, &own->guard_room, sizeof(*guard),
	                         err)
	             : NULL;
	if (!guard)
		return TRYST_ERR_NOMEM;
	*guard = (struct tryst_guard){ prefix, class->name, what };
	if (strcmp(kind, "own") == 0)
		own->own_known = true;
	return 0;
}

/* What is done with each prefix of an indicator. */
typedef int (*cover_fn)(struct tryst_block_plan *p, struct tryst_prefix prefix,
                        const struct tryst_indicator *from, const char *place, const char *kind,
                        struct tryst_error *err);

/* Every prefix of every indicator of the list. */
static int
list_each(struct tryst_block_plan *p, const struct tryst_watchlist *w, cover_fn fn,
          const char *kind, struct tryst_error *err)
{
	struct tryst_prefix cover[COVER_MAX];
	struct tryst_buf path = { 0 };
	int rc = 0;

	for (uint32_t id = 0; id < tryst_watchlist_count(w) && rc >= 0; id++) {
		const struct tryst_indicator *from = tryst_watchlist_indicator(w, id);
		const char *name = tryst_watchlist_list(w, from->list)->path, *place;
		size_t n = tryst_ip_range_cover(from->range, cover, TRYST_ARRAY_SIZE(cover));

		/* It goes to the terminal and into configurations. */
		tryst_buf_clear(&path);
		tryst_buf_safe(&path, name, strlen(name));
		place = path.failed ? NULL
		                    : tryst_block_plan_text(p, err, "%s:%u",
		                                            path.len ? path.data : "", from->line);
		if (!place)
			rc = tryst_error_nomem(err);
		for (size_t i = 0; i < n && rc >= 0; i++)
			rc = fn(p, cover[i], from, place, kind, err);
	}
	tryst_buf_fini(&path);
	return rc;
}

static int
guard_prefix(struct tryst_block_plan *p, struct tryst_prefix prefix,
             const struct tryst_indicator *from, const char *place, const char *kind,
             struct tryst_error *err)
{
	(void)from;
	return tryst_block_plan_guard(p, prefix, kind, place, err);
}

int
tryst_block_plan_guard_list(struct tryst_block_plan *p, const struct tryst_watchlist *w,
                            const char *kind, struct tryst_error *err)
{
	return list_each(p, w, guard_prefix, kind, err);
}

int
tryst_block_plan_entry(struct tryst_block_plan *p, struct tryst_prefix prefix, const char *label,
                       const char *source, struct tryst_error *err)
{
	struct tryst_block_plan_own *own = tryst_block_plan_own(p);
	struct tryst_block_entry *entry;

	assert(!own->sealed);
	label = *label ? tryst_block_plan_text(p, err, "%s", label) : "";
	entry = label ? list_push(&p->entries, &p->count, &own->entry_room, sizeof(*entry), err)
	              : NULL;
	if (!entry)
		return TRYST_ERR_NOMEM;
	*entry = (struct tryst_block_entry){ prefix, label, source, 0 };
	p->added++;
	return 0;
}

int
tryst_block_plan_left(struct tryst_block_plan *p, struct tryst_block_left what,
                      struct tryst_error *err)
{
	struct tryst_block_left *left = list_push(
		&p->left, &p->left_count, &tryst_block_plan_own(p)->left_room, sizeof(*left), err);

	if (!left)
		return TRYST_ERR_NOMEM;
	*left = what;
	return 0;
}

static int
add_prefix(struct tryst_block_plan *p, struct tryst_prefix prefix,
           const struct tryst_indicator *from, const char *place, const char *kind,
           struct tryst_error *err)
{
	struct tryst_block_plan_own *own = tryst_block_plan_own(p);
	const char *why;

	(void)kind;
	p->dated += from->until_ms != TRYST_TIME_MAX || from->from_ms > own->at_ms;
	if (!tryst_indicator_valid(from, own->at_ms, own->at_ms)) {
		why = tryst_block_plan_text(p, err, "%s says that it is not valid %s", place,
		                            from->from_ms > own->at_ms ? "yet" : "any more");
		return why ? tryst_block_plan_left(
				     p, (struct tryst_block_left){ prefix.ip, why, false, false },
				     err)
		           : TRYST_ERR_NOMEM;
	}
	p->with_port += from->port != 0;
	return tryst_block_plan_entry(p, prefix, from->label, place, err);
}

int
tryst_block_plan_add_list(struct tryst_block_plan *p, const struct tryst_watchlist *w,
                          int64_t at_ms, struct tryst_error *err)
{
	tryst_block_plan_own(p)->at_ms = at_ms;
	return list_each(p, w, add_prefix, NULL, err);
}

static int
entry_compare(const void *va, const void *vb)
{
	const struct tryst_block_entry *a = va, *b = vb;
	bool v4 = tryst_prefix_is_v4(a->prefix);
	int order;

	if (v4 != tryst_prefix_is_v4(b->prefix))
		return v4 ? -1 : 1;
	order = tryst_ip_compare(a->prefix.ip, b->prefix.ip);

	if (order)
		return order;
	if (a->prefix.len != b->prefix.len)
		return a->prefix.len < b->prefix.len ? -1 : 1;
	order = strcmp(a->source, b->source);
	return order ? order : strcmp(a->label, b->label);
}

static int
left_compare(const void *va, const void *vb)
{
	const struct tryst_block_left *a = va, *b = vb;
	int order = tryst_ip_compare(a->ip, b->ip);

	return order ? order : strcmp(a->why, b->why);
}

/* Of sorted entries those that no other one holds. */
static void
entries_merge(struct tryst_block_plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->count; i++) {
		struct tryst_block_entry *e = &p->entries[i];

		if (n && tryst_prefix_overlaps(p->entries[n - 1].prefix, e->prefix))
			p->entries[n - 1].merged += 1 + e->merged;
		else
			p->entries[n++] = *e;
	}
	p->count = n;
}

/* Whether two prefixes are the halves of one that is allowed to be so short. */
static bool
halves(struct tryst_prefix a, struct tryst_prefix b, const struct tryst_block_options *options)
{
	unsigned min = tryst_prefix_is_v4(a) ? 96 + options->max4 : options->max6;
	struct tryst_ip mask;

	if (a.len != b.len || a.len <= min)
		return false;
	mask = tryst_ip_mask(a.len - 1u);
	return (a.ip.hi & mask.hi) == (b.ip.hi & mask.hi) &&
	       (a.ip.lo & mask.lo) == (b.ip.lo & mask.lo) && (a.ip.hi & mask.hi) == a.ip.hi &&
	       (a.ip.lo & mask.lo) == a.ip.lo;
}

/* Halves become wholes, from the left: what is behind n waits for its other half. */
static void
entries_aggregate(struct tryst_block_plan *p, const struct tryst_block_options *options)
{
	size_t n = 0;

	for (size_t i = 0; i < p->count; i++) {
		p->entries[n++] = p->entries[i];
		while (n > 1 &&
		       halves(p->entries[n - 2].prefix, p->entries[n - 1].prefix, options)) {
			p->entries[n - 2].prefix.len--;
			p->entries[n - 2].merged += 1 + p->entries[n - 1].merged;
			n--;
		}
	}
	p->count = n;
}

size_t
tryst_block_plan_left_from(const struct tryst_block_plan *p, struct tryst_ip ip)
{
	size_t low = 0, high = p->left_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tryst_ip_compare(p->left[middle].ip, ip) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
tryst_block_plan_is_victim(const struct tryst_block_plan *p, struct tryst_ip ip)
{
	bool found = false;

	for (size_t i = tryst_block_plan_left_from(p, ip);
	     i < p->left_count && tryst_ip_equal(p->left[i].ip, ip); i++)
		found |= p->left[i].forged;
	return found;
}

/* Entries in the order of their addresses, while it is asked of ascending ones. */
struct sweep {
	size_t at, stop;     /* those before have begun */
	struct tryst_ip end; /* of them */
	bool any;
};

/* Whether one of the entries holds the address. */
static bool
sweep_holds(struct sweep *s, const struct tryst_block_plan *p, struct tryst_ip ip)
{
	for (; s->at < s->stop && tryst_ip_compare(p->entries[s->at].prefix.ip, ip) <= 0; s->at++) {
		struct tryst_ip last = tryst_prefix_range(p->entries[s->at].prefix).last;

		if (!s->any || tryst_ip_compare(s->end, last) < 0)
			s->end = last;
		s->any = true;
	}
	return s->any && tryst_ip_compare(ip, s->end) <= 0;
}

/* One host may be in several cases, or be left out of one and be blocked by a list.  Both are
 * sorted, entries of IPv4 before those of IPv6. */
static void
left_merge(struct tryst_block_plan *p)
{
	struct sweep v4 = { 0 }, v6 = { .stop = p->count };
	size_t n = 0;

	while (v4.stop < p->count && tryst_prefix_is_v4(p->entries[v4.stop].prefix))
		v4.stop++;
	v6.at = v4.stop;
	for (size_t i = 0; i < p->left_count; i++) {
		bool blocked =
			sweep_holds(&v4, p, p->left[i].ip) || sweep_holds(&v6, p, p->left[i].ip);

		if (blocked && !p->left[i].forged)
			continue;
		if (!n || left_compare(&p->left[n - 1], &p->left[i]) != 0)
			p->left[n++] = p->left[i];
	}
	p->left_count = n;
}

/* A forged address is blocked by nobody: not by a list beside the case either. */
static void
entries_spare(struct tryst_block_plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->count; i++) {
		if (p->entries[i].prefix.len < 128 ||
		    !tryst_block_plan_is_victim(p, p->entries[i].prefix.ip))
			p->entries[n++] = p->entries[i];
	}
	p->count = n;
}

int
tryst_block_plan_seal(struct tryst_block_plan *p, const struct tryst_block_options *options,
                      struct tryst_error *err)
{
	struct tryst_block_plan_own *own = tryst_block_plan_own(p);

	int rc;

	assert(!own->sealed);
	own->sealed = true;
	if (p->left_count)
		qsort(p->left, p->left_count, sizeof(*p->left), left_compare);
	entries_spare(p);
	if (p->count)
		qsort(p->entries, p->count, sizeof(*p->entries), entry_compare);
	left_merge(p);
	/* Of what was listed, not of what becomes of it: then every line to take out is named. */
	rc = tryst_block_plan_rules(p, options, err);
	if (rc < 0)
		return rc;
	entries_merge(p);
	if (options->aggregate)
		entries_aggregate(p, options);
	for (size_t i = 0; i < p->count; i++)
		p->v4_count += tryst_prefix_is_v4(p->entries[i].prefix);
	return tryst_block_plan_limit(p, options, err);
}

uint32_t
tryst_block_plan_number(const struct tryst_block_plan *p)
{
	uint64_t h = p->count;

	for (size_t i = 0; i < p->count; i++)
		h = tryst_ip_hash(
			(struct tryst_ip){ p->entries[i].prefix.ip.hi ^ h,
		                           p->entries[i].prefix.ip.lo ^ p->entries[i].prefix.len });
	return (uint32_t)(h >> 32);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "query/group_sorted.h"

#include <string.h>

#define STRETCH 128

/* To walk by so many groups costs about as much as to look one up in a table. */
#define WALK_MORE 16
#define WALK_MIN ((uint64_t)1 << 22) /* too little to matter */

/* Where a code's address belongs: the number of groups before it << 1 | whether it is the next. */
typedef uint32_t place;

/* One list while an array is merged in. */
struct merge {
	struct tryst_group_list *list;
	size_t ip_size;
	size_t added;   /* new groups */
	size_t end, to; /* what is not moved yet ends here, and goes there */
};

void
tryst_group_sorted_init(struct tryst_group_sorted *s, struct tryst_group_budget *budget)
{
	*s = (struct tryst_group_sorted){ .budget = budget };
}

static void
list_fini(struct tryst_group_list *l, struct tryst_group_budget *budget)
{
	tryst_group_pages_fini(&l->ips, budget);
	tryst_group_pages_fini(&l->sums, budget);
	l->used = 0;
}

void
tryst_group_sorted_fini(struct tryst_group_sorted *s)
{
	if (!s->budget)
		return;
	list_fini(&s->v4, s->budget);
	list_fini(&s->other, s->budget);
	tryst_group_pages_fini(&s->places, s->budget);
}

static struct tryst_ip *
others_of(const struct tryst_group_list *l)
{
	return (struct tryst_ip *)(void *)l->ips.data;
}

static uint32_t *
v4_of(const struct tryst_group_list *l)
{
	return (uint32_t *)(void *)l->ips.data;
}

static struct tryst_group_sum *
sums_of(const struct tryst_group_list *l)
{
	return (struct tryst_group_sum *)(void *)l->sums.data;
}

static int
pages_hold(struct tryst_group_sorted *s, struct tryst_group_pages *p, size_t size,
           struct tryst_error *err)
{
	/* A fourth more than is needed: it is not touched before it is used. */
	size_t more = size + size / 4;
	int rc = TRYST_ERR_LIMIT;

	if (p->size >= size)
		return 0;
	for (unsigned i = 0; i < 2 && rc == TRYST_ERR_LIMIT; i++, more = size)
		rc = p->data ? tryst_group_pages_grow(p, s->budget, more, err)
		             : tryst_group_pages_init(p, s->budget, more, err);
	return rc;
}

static inline unsigned __int128
wide(struct tryst_ip ip)
{
	return (unsigned __int128)ip.hi << 64 | ip.lo;
}

/* A stretch of addresses, all IPv4 or none, on its way to places from group `at` on. */
struct walk {
	const struct tryst_group_list *list;
	const struct tryst_ip *ips;
	place *places;
	size_t at, i, n;
};

/*
 * Which list is ahead nobody can foresee, so each step compares their heads and moves on in one or
 * both without a branch.
 */
static inline void
step_v4(struct walk *w, const uint32_t *groups)
{
	uint32_t group = groups[w->at], ip = (uint32_t)w->ips[w->i].lo;

	w->places[w->i] = (place)(w->at << 1 | (group == ip));
	w->at += group < ip;
	w->i += group >= ip;
}

static inline bool
walk_on(const struct walk *w)
{
	return w->i < w->n && w->at < w->list->used;
}

static void
walk_rest(struct walk *w)
{
	for (; w->i < w->n; w->i++)
		w->places[w->i] = (place)(w->at << 1);
}

/* Two at once: a step waits for the one before. */
static void
walk_v4(struct walk *first, struct walk *second)
{
	const uint32_t *groups = v4_of(first->list);
	struct walk a = *first, b = *second;

	while (walk_on(&a) && walk_on(&b)) {
		step_v4(&a, groups);
		step_v4(&b, groups);
	}
	while (walk_on(&a))
		step_v4(&a, groups);
	while (walk_on(&b))
		step_v4(&b, groups);
	walk_rest(&a);
	walk_rest(&b);
	*first = a;
	*second = b;
}

static void
walk_other(struct walk *w)
{
	const struct tryst_ip *groups = others_of(w->list);

	while (walk_on(w)) {
		unsigned __int128 group = wide(groups[w->at]), ip = wide(w->ips[w->i]);

		w->places[w->i] = (place)(w->at << 1 | (group == ip));
		w->at += group < ip;
		w->i += group >= ip;
	}
	walk_rest(w);
}

/* How many of the next addresses are of one family, most of the time all. */
static uint32_t
same_family(const struct tryst_ip *ips, uint32_t n)
{
	bool v4 = tryst_ip_is_v4(ips[0]);
	uint32_t same = 0;

	for (uint32_t i = 0; i < n; i++)
		same += tryst_ip_is_v4(ips[i]) == v4;
	if (same == n)
		return n;
	for (same = 1; tryst_ip_is_v4(ips[same]) == v4;)
		same++;
	return same;
}

/* One half of the codes: how far it is, and what it has found. */
struct half {
	uint32_t from, to;
	size_t at_v4, at_other;
	size_t added_v4, added_other;
	uint32_t n; /* of the stretch */
	struct tryst_ip ips[STRETCH];
};

/* The next stretch of a half, up to another family. */
static struct walk
half_walk(struct half *h, const struct tryst_group_sorted *s, const struct tryst_codebook *book)
{
	bool v4;

	h->n = TRYST_MIN(h->to - h->from, (uint32_t)STRETCH);
	if (!h->n)
		return (struct walk){ .list = &s->v4, .at = h->at_v4 };
	book->addresses(book, h->from, h->n, h->ips);
	h->n = same_family(h->ips, h->n);
	v4 = tryst_ip_is_v4(h->ips[0]);
	return (struct walk){ .list = v4 ? &s->v4 : &s->other,
		              .ips = h->ips,
		              .places = (place *)(void *)s->places.data + h->from,
		              .at = v4 ? h->at_v4 : h->at_other,
		              .n = h->n };
}

static void
half_walked(struct half *h, const struct tryst_group_sorted *s, const struct walk *w,
            const struct tryst_group_array *a)
{
	bool v4 = w->list == &s->v4;
	size_t added = 0;

	for (uint32_t i = 0; i < h->n; i++)
		added += !(w->places[i] & 1) & tryst_group_array_has(a, h->from + i);
	*(v4 ? &h->at_v4 : &h->at_other) = w->at;
	*(v4 ? &h->added_v4 : &h->added_other) += added;
	h->from += h->n;
}

/* The groups before an address. */
static size_t
list_find(const struct tryst_group_list *l, bool v4, struct tryst_ip ip)
{
	size_t from = 0, count = l->used;

	while (count) {
		size_t half = count / 2, i = from + half;

		if (tryst_ip_compare(v4 ? tryst_ip_v4(v4_of(l)[i]) : others_of(l)[i], ip) < 0) {
			from = i + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return from;
}

/*
 * The places of all codes, and how many groups are new; both halves go side by side.  False: the
 * book is not sorted, so the places are not.
 */
static bool
places_fill(const struct tryst_group_sorted *s, const struct tryst_codebook *book,
            const struct tryst_group_array *a, size_t *added_v4, size_t *added_other)
{
	struct half low = { .to = a->count / 2 }, high = { .from = low.to, .to = a->count };
	size_t middle_v4 = 0, middle_other = 0;

	if (a->count) {
		book->addresses(book, high.from, 1, high.ips);
		middle_v4 = high.at_v4 = list_find(&s->v4, true, high.ips[0]);
		middle_other = high.at_other = list_find(&s->other, false, high.ips[0]);
	}
	while (low.from < low.to || high.from < high.to) {
		struct walk l = half_walk(&low, s, book), h = half_walk(&high, s, book);

		if (l.list == &s->v4 && h.list == &s->v4) {
			walk_v4(&l, &h);
		} else {
			struct walk none = { .list = &s->v4 };

			for (unsigned i = 0; i < 2; i++) {
				struct walk *w = i ? &h : &l;

				if (w->list == &s->v4)
					walk_v4(w, &none);
				else
					walk_other(w);
			}
		}
		half_walked(&low, s, &l, a);
		half_walked(&high, s, &h, a);
	}
	*added_v4 = low.added_v4 + high.added_v4;
	*added_other = low.added_other + high.added_other;
	return low.at_v4 <= middle_v4 && low.at_other <= middle_other;
}

/* Makes room before group `from`: what is from there to m->end moves to before m->to. */
static inline void
groups_move(struct merge *m, size_t from)
{
	size_t n = m->end - from;
	char *ips = (char *)m->list->ips.data;

	m->to -= n;
	memmove(ips + m->to * m->ip_size, ips + from * m->ip_size, n * m->ip_size);
	memmove(sums_of(m->list) + m->to, sums_of(m->list) + from,
	        n * sizeof(struct tryst_group_sum));
	m->end = from;
}

/* The larger of two numbers of 48 bits, the first in parts. */
static inline void
raise48(uint32_t *low, uint16_t *high, uint64_t v)
{
	uint64_t now = (uint64_t)*high << 32 | *low;

	v = TRYST_MAX(v, now);
	*low = (uint32_t)v;
	*high = (uint16_t)(v >> 32);
}

/* From the zero of an array's times to that of the list's; none is none. */
static inline uint64_t
time_of(uint64_t v)
{
	return v ? v - (TRYST_GROUP_ARRAY_TIME - TRYST_GROUP_ARRAY_LIMIT) : 0;
}

static inline void
sum_add(struct tryst_group_sum *s, const struct tryst_group_entry *e)
{
	s->packets += e->flows_packets & (TRYST_GROUP_ARRAY_PACKETS - 1);
	s->flows += (uint32_t)(e->flows_packets >> TRYST_GROUP_ARRAY_PACKETS_BITS);
	s->bytes += e->bytes;
	raise48(&s->before_low, &s->before_high, time_of(e->before));
	raise48(&s->after_low, &s->after_high, time_of(e->after));
}

/* From the last code down, so that each group moves once. */
static void
groups_take(struct merge *v4, struct merge *other, const place *places,
            const struct tryst_codebook *book, struct tryst_group_array *a)
{
	uint32_t from = a->count;
	struct tryst_ip ips[STRETCH];

	while (from > 0) {
		uint32_t n = from % STRETCH ? from % STRETCH : STRETCH;

		from -= n;
		book->addresses(book, from, n, ips);
		for (uint32_t i = n; i-- > 0;) {
			struct tryst_group_entry *e = tryst_group_array_entry(a, from + i);
			bool is_v4 = tryst_ip_is_v4(ips[i]);
			struct merge *m = is_v4 ? v4 : other;
			place p = places[from + i];

			if (!e->flows_packets)
				continue;
			if (!(p & 1)) {
				groups_move(m, p >> 1);
				m->to--;
				if (is_v4)
					v4_of(m->list)[m->to] = (uint32_t)ips[i].lo;
				else
					others_of(m->list)[m->to] = ips[i];
				sums_of(m->list)[m->to] = (struct tryst_group_sum){ 0 };
			}
			sum_add(sums_of(m->list) + (p & 1 ? p >> 1 : m->to), e);
			*e = (struct tryst_group_entry){ 0 };
		}
	}
	tryst_group_array_taken(a);
}

/* Room in a list for what is new. */
static int
merge_begin(struct tryst_group_sorted *s, struct merge *m, struct tryst_error *err)
{
	size_t count = m->list->used + m->added;
	int rc;

	m->end = m->list->used;
	m->to = count;
	if (!m->added)
		return 0;
	rc = pages_hold(s, &m->list->ips, count * m->ip_size, err);
	return rc < 0 ? rc
	              : pages_hold(s, &m->list->sums, count * sizeof(struct tryst_group_sum), err);
}

static void
merge_end(struct merge *m)
{
	assert(m->to == m->end);
	m->list->used += m->added;
}

int
tryst_group_sorted_merge(struct tryst_group_sorted *s, const struct tryst_codebook *book,
                         struct tryst_group_array *a, size_t limit, struct tryst_error *err)
{
	struct merge v4 = { .list = &s->v4, .ip_size = sizeof(uint32_t) };
	struct merge other = { .list = &s->other, .ip_size = sizeof(struct tryst_ip) };
	size_t v4_count, other_count;
	int rc = pages_hold(s, &s->places, TRYST_MAX(a->count, 1u) * sizeof(place), err);

	if (rc < 0)
		return rc;
	s->walked += tryst_group_sorted_count(s);
	s->merged += a->count;
	if (!places_fill(s, book, a, &v4.added, &other.added))
		return TRYST_ERR_LIMIT;
	v4_count = s->v4.used + v4.added;
	other_count = s->other.used + other.added;
	if (v4_count * (v4.ip_size + sizeof(struct tryst_group_sum)) +
	                    other_count * (other.ip_size + sizeof(struct tryst_group_sum)) >
	            limit ||
	    v4_count + other_count > INT32_MAX || s->flows + a->flows > UINT32_MAX)
		return TRYST_ERR_LIMIT;
	rc = merge_begin(s, &v4, err);
	if (rc == 0)
		rc = merge_begin(s, &other, err);
	if (rc < 0)
		return rc;
	s->flows += a->flows;
	groups_take(&v4, &other, (const place *)(const void *)s->places.data, book, a);
	merge_end(&v4);
	merge_end(&other);
	return 0;
}

struct tryst_ip
tryst_group_sorted_ip(const struct tryst_group_sorted *s, size_t i)
{
	return i < s->other.used ? others_of(&s->other)[i]
	                         : tryst_ip_v4(v4_of(&s->v4)[i - s->other.used]);
}

struct tryst_group_values
tryst_group_sorted_values(const struct tryst_group_sorted *s, size_t i)
{
	const struct tryst_group_sum *v =
		i < s->other.used ? sums_of(&s->other) + i : sums_of(&s->v4) + (i - s->other.used);
	int64_t before = (int64_t)v->before_high << 32 | v->before_low;
	int64_t after = (int64_t)v->after_high << 32 | v->after_low;

	return (struct tryst_group_values){
		.flows = v->flows,
		.packets = v->packets,
		.bytes = v->bytes,
		.first_ms = before ? TRYST_GROUP_ARRAY_LIMIT - before : INT64_MAX,
		.last_ms = after ? after - TRYST_GROUP_ARRAY_LIMIT : INT64_MIN,
	};
}

void
tryst_group_sorted_column(const struct tryst_group_sorted *s, enum tryst_group_column column,
                          size_t from, size_t n, uint64_t *out)
{
	while (n) {
		bool other = from < s->other.used;
		const struct tryst_group_sum *v = other ? sums_of(&s->other) + from
		                                        : sums_of(&s->v4) + (from - s->other.used);
		size_t some = other ? TRYST_MIN(n, s->other.used - from) : n;

		for (size_t i = 0; i < some; i++)
			out[i] = column == TRYST_GROUP_FLOWS     ? v[i].flows
			         : column == TRYST_GROUP_PACKETS ? v[i].packets
			                                         : v[i].bytes;
		from += some;
		out += some;
		n -= some;
	}
}

bool
tryst_group_sorted_pays(const struct tryst_group_sorted *s)
{
	return s->walked < WALK_MIN || s->walked / WALK_MORE < s->merged;
}

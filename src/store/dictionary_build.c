/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects different addresses: a hash table from address to provisional id, with linear probing.
 * A slot holds a part of the hash beside the id, so that a look at another address's memory is
 * rare; lookups go in groups, each step's memory fetched ahead.
 */
#include "store/dictionary_build.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/pages.h"

#define GROUP 32u
#define SLOTS_FIRST 4096u
#define ROOM_FIRST 2048u
/* IPv4 addresses are sorted by so many bits at a time. */
#define IP4_BITS 11u
#define IP4_PASSES 3u

_Static_assert(IP4_PASSES % 2 == 1 && IP4_BITS * IP4_PASSES >= 32, "sort_ip4");

struct slot {
	uint32_t tag;
	uint32_t next; /* id + 1; 0 free */
};

struct tryst_dictionary_builder {
	struct slot *slots;
	size_t mask;
	uint64_t seed; /* addresses come from outside: nobody may choose where they collide */
	struct tryst_ip *ips; /* by id; after finish sorted */
	uint32_t count, room;
	uint32_t *codes; /* by id, after finish */
	uint32_t codes_room;
};

int
tryst_dictionary_builder_new(struct tryst_dictionary_builder **out, struct tryst_error *err)
{
	struct tryst_dictionary_builder *b = calloc(1, sizeof(*b));

	*out = NULL;
	if (!b)
		return tryst_error_nomem(err);
	b->slots = calloc(SLOTS_FIRST, sizeof(*b->slots));
	b->ips = malloc(ROOM_FIRST * sizeof(*b->ips));
	if (!b->slots || !b->ips) {
		tryst_dictionary_builder_free(b);
		return tryst_error_nomem(err);
	}
	b->mask = SLOTS_FIRST - 1;
	b->room = ROOM_FIRST;
	/* Without one the answers are the same, only their cost may be chosen by others. */
	if (getrandom(&b->seed, sizeof(b->seed), GRND_NONBLOCK) != (ssize_t)sizeof(b->seed))
		b->seed = 0x2545f4914f6cdd1dULL;
	*out = b;
	return 0;
}

void
tryst_dictionary_builder_free(struct tryst_dictionary_builder *b)
{
	if (!b)
		return;
	free(b->slots);
	free(b->ips);
	free(b->codes);
	free(b);
}

void
tryst_dictionary_builder_clear(struct tryst_dictionary_builder *b)
{
	memset(b->slots, 0, (b->mask + 1) * sizeof(*b->slots));
	b->count = 0;
}

uint32_t
tryst_dictionary_builder_count(const struct tryst_dictionary_builder *b)
{
	return b->count;
}

struct tryst_ip
tryst_dictionary_builder_ip(const struct tryst_dictionary_builder *b, uint32_t id)
{
	return b->ips[id];
}

const struct tryst_ip *
tryst_dictionary_sorted(const struct tryst_dictionary_builder *b)
{
	return b->ips;
}

size_t
tryst_dictionary_builder_bytes(const struct tryst_dictionary_builder *b)
{
	return (b->mask + 1) * sizeof(*b->slots) + b->room * sizeof(*b->ips) +
	       b->codes_room * sizeof(*b->codes);
}

const uint32_t *
tryst_dictionary_codes(const struct tryst_dictionary_builder *b)
{
	return b->codes;
}

static uint64_t
hash_of(const struct tryst_dictionary_builder *b, struct tryst_ip ip)
{
	return tryst_ip_hash((struct tryst_ip){ ip.hi + b->seed, ip.lo ^ b->seed });
}

static int
grow_slots(struct tryst_dictionary_builder *b, struct tryst_error *err)
{
	size_t mask = 2 * b->mask + 1;
	struct slot *slots = tryst_pages_alloc((mask + 1) * sizeof(*slots));

	if (!slots)
		return tryst_error_nomem(err);
	memset(slots, 0, (mask + 1) * sizeof(*slots));
	for (uint32_t id = 0; id < b->count; id++) {
		uint64_t h = hash_of(b, b->ips[id]);
		size_t at = h & mask;

		while (slots[at].next)
			at = (at + 1) & mask;
		slots[at] = (struct slot){ (uint32_t)(h >> 32), id + 1 };
	}
	free(b->slots);
	b->slots = slots;
	b->mask = mask;
	return 0;
}

/* Room for one more group of addresses, all of them new. */
static int
make_room(struct tryst_dictionary_builder *b, struct tryst_error *err)
{
	if (b->count > TRYST_DICTIONARY_MAX - GROUP)
		return tryst_error_set(err, TRYST_ERR_LIMIT,
		                       "more than %u addresses in one dictionary",
		                       TRYST_DICTIONARY_MAX - GROUP);
	if (b->room - b->count < GROUP) {
		uint32_t room = b->room > UINT32_MAX / 2 ? UINT32_MAX : 2 * b->room;
		struct tryst_ip *ips = tryst_pages_grow(b->ips, b->count * sizeof(*ips),
		                                        (size_t)room * sizeof(*ips));

		if (!ips)
			return tryst_error_nomem(err);
		b->ips = ips;
		b->room = room;
	}
	return 2 * ((size_t)b->count + GROUP) > b->mask ? grow_slots(b, err) : 0;
}

static uint32_t
find_or_add(struct tryst_dictionary_builder *b, struct tryst_ip ip, uint64_t h)
{
	uint32_t tag = (uint32_t)(h >> 32);
	size_t at = h & b->mask;

	for (; b->slots[at].next; at = (at + 1) & b->mask) {
		uint32_t id = b->slots[at].next - 1;

		if (b->slots[at].tag == tag && tryst_ip_equal(b->ips[id], ip))
			return id;
	}
	b->slots[at] = (struct slot){ tag, b->count + 1 };
	b->ips[b->count] = ip;
	return b->count++;
}

int
tryst_dictionary_add(struct tryst_dictionary_builder *b, const struct tryst_ip *ips, uint32_t count,
                     uint32_t *ids, struct tryst_error *err)
{
	for (uint32_t from = 0; from < count; from += GROUP) {
		uint32_t n = TRYST_MIN(count - from, GROUP);
		uint64_t h[GROUP];
		int rc = make_room(b, err);

		if (rc < 0)
			return rc;
		for (uint32_t i = 0; i < n; i++) {
			h[i] = hash_of(b, ips[from + i]);
			__builtin_prefetch(&b->slots[h[i] & b->mask]);
		}
		for (uint32_t i = 0; i < n; i++) {
			uint32_t next = b->slots[h[i] & b->mask].next;

			if (next)
				__builtin_prefetch(&b->ips[next - 1]);
		}
		for (uint32_t i = 0; i < n; i++)
			ids[from + i] = find_or_add(b, ips[from + i], h[i]);
	}
	return 0;
}

struct keyed {
	struct tryst_ip ip;
	uint32_t id;
};

static unsigned
byte_of(const struct keyed *k, unsigned byte)
{
	return (byte < 8 ? k->ip.lo >> 8 * byte : k->ip.hi >> 8 * (byte - 8)) & 0xff;
}

/*
 * Sorts by address, a byte at a time from the lowest; bytes that are equal everywhere, as most are
 * among IPv4 addresses, cost nothing.  Returns the one of the two arrays where the result is.
 */
static struct keyed *
sort_keyed(struct keyed *list, struct keyed *other, uint32_t count, size_t counts[16][256])
{
	memset(counts, 0, sizeof(size_t) * 16 * 256);
	for (uint32_t i = 0; i < count; i++) {
		for (unsigned byte = 0; byte < 16; byte++)
			counts[byte][byte_of(&list[i], byte)]++;
	}
	for (unsigned byte = 0; byte < 16; byte++) {
		size_t at = 0, *c = counts[byte];
		struct keyed *from = list;

		if (count == 0 || c[byte_of(&list[0], byte)] == count)
			continue;
		for (unsigned v = 0; v < 256; v++) {
			size_t n = c[v];

			c[v] = at;
			at += n;
		}
		for (uint32_t i = 0; i < count; i++)
			other[c[byte_of(&from[i], byte)]++] = from[i];
		list = other;
		other = from;
	}
	return list;
}

/* Sorts by the upper halves; an odd number of times over the list: the result is in `other`. */
static void
sort_ip4(uint64_t *list, uint64_t *other, uint32_t count)
{
	uint32_t counts[IP4_PASSES][1u << IP4_BITS] = { { 0 } }, mask = (1u << IP4_BITS) - 1;

	for (uint32_t i = 0; i < count; i++) {
		for (unsigned pass = 0; pass < IP4_PASSES; pass++)
			counts[pass][list[i] >> (32 + IP4_BITS * pass) & mask]++;
	}
	for (unsigned pass = 0; pass < IP4_PASSES; pass++) {
		unsigned shift = 32 + IP4_BITS * pass;
		uint32_t at = 0, *c = counts[pass];
		uint64_t *from = list;

		for (uint32_t v = 0; v <= mask; v++) {
			uint32_t n = c[v];

			c[v] = at;
			at += n;
		}
		for (uint32_t i = 0; i < count; i++)
			other[c[from[i] >> shift & mask]++] = from[i];
		list = other;
		other = from;
	}
}

/* The two kinds of addresses, parted: of IPv4 32 bits are sorted, and their id is beside them. */
struct parts {
	uint64_t *ip4; /* twice as many as there are */
	struct keyed *others;
	uint32_t ip4_count, others_count;
};

static int
parts_make(const struct tryst_dictionary_builder *b, struct parts *p)
{
	uint32_t ip4 = 0;

	for (uint32_t i = 0; i < b->count; i++)
		ip4 += tryst_ip_is_v4(b->ips[i]);
	p->ip4 = tryst_pages_alloc(((size_t)2 * ip4 + 1) * sizeof(*p->ip4));
	p->others = tryst_pages_alloc(((size_t)2 * (b->count - ip4) + 1) * sizeof(*p->others));
	if (!p->ip4 || !p->others)
		return -1;
	for (uint32_t i = 0; i < b->count; i++) {
		/* Which it is comes at random, so both are written and one of them counts. */
		bool is = tryst_ip_is_v4(b->ips[i]);

		p->ip4[p->ip4_count] = b->ips[i].lo << 32 | i;
		p->others[p->others_count] = (struct keyed){ b->ips[i], i };
		p->ip4_count += is;
		p->others_count += !is;
	}
	return 0;
}

/* The addresses as they are sorted, from a code on; the next code. */
static uint32_t
others_code(struct tryst_dictionary_builder *b, const struct keyed *list, uint32_t count,
            uint32_t code)
{
	for (uint32_t i = 0; i < count; i++, code++) {
		b->ips[code] = list[i].ip;
		b->codes[list[i].id] = code;
	}
	return code;
}

/* IPv4 addresses are together: some others come before them. */
static void
parts_code(struct tryst_dictionary_builder *b, struct parts *p, size_t counts[16][256])
{
	const struct keyed *others =
		sort_keyed(p->others, p->others + p->others_count, p->others_count, counts);
	const uint64_t *ip4 = p->ip4 + p->ip4_count;
	const struct tryst_ip first = tryst_ip_v4(0);
	uint32_t below = 0, code;

	sort_ip4(p->ip4, p->ip4 + p->ip4_count, p->ip4_count);
	while (below < p->others_count && tryst_ip_compare(others[below].ip, first) < 0)
		below++;
	code = others_code(b, others, below, 0);
	for (uint32_t i = 0; i < p->ip4_count; i++, code++) {
		b->ips[code] = (struct tryst_ip){ first.hi, first.lo | ip4[i] >> 32 };
		b->codes[(uint32_t)ip4[i]] = code;
	}
	(void)others_code(b, others + below, p->others_count - below, code);
}

int
tryst_dictionary_finish(struct tryst_dictionary_builder *b, struct tryst_error *err)
{
	size_t n = TRYST_MAX(b->count, 1u);
	size_t(*counts)[256] = malloc(16 * sizeof(*counts));
	struct parts parts = { 0 };
	int rc = 0;

	if (n > b->codes_room || !b->codes) {
		free(b->codes);
		b->codes = tryst_pages_alloc(n * sizeof(*b->codes));
		b->codes_room = b->codes ? (uint32_t)n : 0;
	}
	if (counts && b->codes && parts_make(b, &parts) == 0)
		parts_code(b, &parts, counts);
	else
		rc = tryst_error_nomem(err);
	free(parts.ip4);
	free(parts.others);
	free(counts);
	return rc;
}

void
tryst_dictionary_write(const struct tryst_dictionary_builder *b, struct tryst_buf *out)
{
	tryst_dictionary_write_sorted(b->ips, b->count, out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a dictionary, little-endian:
 *
 *   count u32, bytes of the pages u32, 0 u32, checksum of these 12 bytes and the directory u32
 *   directory: for each page its first address (hi u64, lo u64), place in the pages u32, checksum
 *   pages: the differences of the other addresses to the one before, less 1, as numbers of 7 bits
 *          a byte, the lowest first, with the high bit where more follow
 */
#include "store/dictionary.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "store/dictionary_build.h"
#include "store/sum.h"

/* A difference of two addresses. */
__extension__ typedef unsigned __int128 wide;

static wide
wide_of(struct tryst_ip ip)
{
	return (wide)ip.hi << 64 | ip.lo;
}

static uint8_t *
put_difference(uint8_t *p, wide v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (uint8_t)v | 0x80;
	*p++ = (uint8_t)v;
	return p;
}

/* The next difference; NULL: it goes beyond the end or 128 bits. */
static const uint8_t *
get_difference(const uint8_t *p, const uint8_t *end, wide *out)
{
	wide v = 0;

	for (unsigned shift = 0; shift < 128 && p < end; shift += 7) {
		uint8_t byte = *p++;

		v |= (wide)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*out = v;
			return p;
		}
	}
	return NULL;
}

/* The lower seven bits of each of eight bytes, one behind the other. */
static inline uint64_t
squeeze(uint64_t v)
{
	v &= 0x7f7f7f7f7f7f7f7f;
	v = (v & 0x007f007f007f007f) | (v & 0x7f007f007f007f00) >> 1;
	v = (v & 0x00003fff00003fff) | (v & 0x3fff00003fff0000) >> 2;
	return (v & 0x000000000fffffff) | (v & 0x0fffffff00000000) >> 4;
}

/*
 * One of at most 16 bytes, which are there to be read; NULL: it is longer.  Without a branch on how
 * many they are, which of two IPv6 addresses nobody can foresee.
 */
static inline const uint8_t *
get_long_difference(const uint8_t *p, wide *out)
{
	const uint64_t high = 0x8080808080808080;
	uint64_t low = tryst_load_le64(p), rest = tryst_load_le64(p + 8), last = ~low & high;

	if (last) {
		*out = squeeze(low & (last ^ (last - 1)));
		return p + __builtin_ctzll(last) / 8 + 1;
	}
	last = ~rest & high;
	if (!last)
		return NULL;
	*out = squeeze(low) | (wide)squeeze(rest & (last ^ (last - 1))) << 56;
	return p + __builtin_ctzll(last) / 8 + 9;
}

/* One of at most four bytes, which are there to be read; NULL: it is longer. */
static inline const uint8_t *
get_short_difference(const uint8_t *p, uint32_t *out)
{
	uint32_t x = tryst_load_le32(p), v = x & 0x7f;

	if (!(x & 0x80)) {
		*out = v;
		return p + 1;
	}
	v |= x >> 1 & 0x3f80;
	if (!(x & 0x8000)) {
		*out = v;
		return p + 2;
	}
	v |= x >> 2 & 0x1fc000;
	if (!(x & 0x800000)) {
		*out = v;
		return p + 3;
	}
	*out = v | (x >> 3 & 0xfe00000);
	return x & 0x80000000 ? NULL : p + 4;
}

/* n addresses behind ip; how many of them there are. */
static uint32_t
get_addresses(const uint8_t *p, const uint8_t *end, struct tryst_ip ip, struct tryst_ip *out,
              uint32_t n)
{
	uint64_t hi = ip.hi, lo = ip.lo;

	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *next;
		wide difference;
		uint32_t small;

		if (TRYST_LIKELY(end - p >= 4) && (next = get_short_difference(p, &small))) {
			p = next;
			lo += (uint64_t)small + 1;
			/* The next 64 bits, or the last of all addresses is behind. */
			if (TRYST_UNLIKELY(lo <= small) && ++hi == 0)
				return i;
		} else {
			wide before = (wide)hi << 64 | lo;

			next = end - p >= 16 ? get_long_difference(p, &difference) : NULL;
			p = next ? next : get_difference(p, end, &difference);
			if (!p || difference >= ~before)
				return i;
			before += difference + 1;
			hi = (uint64_t)(before >> 64);
			lo = (uint64_t)before;
		}
		out[i] = (struct tryst_ip){ hi, lo };
	}
	return n;
}

void
tryst_dictionary_write_sorted(const struct tryst_ip *ips, uint32_t count, struct tryst_buf *out)
{
	uint32_t pages = (count + TRYST_DICTIONARY_PAGE - 1) / TRYST_DICTIONARY_PAGE;
	size_t head = out->len,
	       directory = TRYST_DICTIONARY_HEAD + pages * (size_t)TRYST_DICTIONARY_ENTRY;
	uint8_t *p = (uint8_t *)tryst_buf_reserve(out, directory);
	size_t data;

	if (!p)
		return;
	memset(p, 0, directory);
	out->len += directory;
	data = out->len;
	for (uint32_t page = 0; page < pages; page++) {
		uint8_t bytes[TRYST_DICTIONARY_PAGE * 19], *at = bytes, *entry;
		uint32_t first = page * TRYST_DICTIONARY_PAGE;
		uint32_t n = TRYST_MIN(count - first, (uint32_t)TRYST_DICTIONARY_PAGE);

		for (uint32_t i = 1; i < n; i++)
			at = put_difference(at, wide_of(ips[first + i]) -
			                                wide_of(ips[first + i - 1]) - 1);
		entry = (uint8_t *)out->data + head + TRYST_DICTIONARY_HEAD +
		        page * (size_t)TRYST_DICTIONARY_ENTRY;
		tryst_store_le64(entry, ips[first].hi);
		tryst_store_le64(entry + 8, ips[first].lo);
		tryst_store_le32(entry + 16, (uint32_t)(out->len - data));
		tryst_store_le32(entry + 20, tryst_store_sum(bytes, (size_t)(at - bytes)));
		tryst_buf_add(out, bytes, (size_t)(at - bytes));
		if (out->failed)
			return;
	}
	p = (uint8_t *)out->data + head;
	tryst_store_le32(p, count);
	tryst_store_le32(p + 4, (uint32_t)(out->len - data));
	tryst_store_le32(p + 12, tryst_store_sum2(p, 12, p + TRYST_DICTIONARY_HEAD,
	                                          directory - TRYST_DICTIONARY_HEAD));
}

int
tryst_dictionary_open(struct tryst_dictionary *d, const uint8_t *data, size_t len,
                      struct tryst_error *err)
{
	struct tryst_cursor c = tryst_cursor_init(data, len), directory;
	uint32_t count = tryst_cursor_le32(&c), bytes = tryst_cursor_le32(&c), sum;
	uint32_t pages =
		(uint32_t)(((uint64_t)count + TRYST_DICTIONARY_PAGE - 1) / TRYST_DICTIONARY_PAGE);

	tryst_cursor_skip(&c, 4);
	sum = tryst_cursor_le32(&c);
	directory = tryst_cursor_sub(&c, pages * (size_t)TRYST_DICTIONARY_ENTRY);
	if (c.failed || tryst_cursor_left(&c) != bytes)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "dictionary: %zu bytes, not as many as its head says", len);
	if (tryst_store_sum2(data, 12, directory.pos, tryst_cursor_left(&directory)) != sum)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "dictionary: the checksum of its directory is wrong");
	*d = (struct tryst_dictionary){
		.count = count,
		.pages = pages,
		.directory = directory.pos,
		.data = c.pos,
		.data_len = bytes,
	};
	return 0;
}

static const uint8_t *
entry_at(const struct tryst_dictionary *d, uint32_t page)
{
	return d->directory + page * (size_t)TRYST_DICTIONARY_ENTRY;
}

static struct tryst_ip
page_first(const struct tryst_dictionary *d, uint32_t page)
{
	const uint8_t *entry = entry_at(d, page);

	return (struct tryst_ip){ tryst_load_le64(entry), tryst_load_le64(entry + 8) };
}

/* The bytes of a page; false: they are not what was written. */
static bool
page_bytes(const struct tryst_dictionary *d, uint32_t page, const uint8_t **data, size_t *len)
{
	const uint8_t *entry = entry_at(d, page);
	size_t from = tryst_load_le32(entry + 16);
	size_t to = page + 1 < d->pages ? tryst_load_le32(entry_at(d, page + 1) + 16) : d->data_len;

	if (from > to || to > d->data_len)
		return false;
	*data = d->data + from;
	*len = to - from;
	return tryst_store_sum(*data, *len) == tryst_load_le32(entry + 20);
}

/* The first `need` addresses of a page, or all that it has. */
static int
page_begin(const struct tryst_dictionary *d, uint32_t page, uint32_t need, struct tryst_ip *out,
           struct tryst_error *err)
{
	const uint8_t *p;
	uint32_t first = page * TRYST_DICTIONARY_PAGE, n, got;
	size_t len;

	if (page >= d->pages || !page_bytes(d, page, &p, &len))
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "dictionary: page %u of %u is damaged", page, d->pages);
	n = TRYST_MIN(d->count - first, need);
	out[0] = page_first(d, page);
	got = 1 + get_addresses(p, p + len, out[0], out + 1, n - 1);
	if (got < n)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "dictionary: page %u of %u has no address %u", page,
		                       d->pages, got);
	return (int)n;
}

int
tryst_dictionary_page(const struct tryst_dictionary *d, uint32_t page,
                      struct tryst_ip out[TRYST_DICTIONARY_PAGE], struct tryst_error *err)
{
	return page_begin(d, page, TRYST_DICTIONARY_PAGE, out, err);
}

/*
 * The first `need` addresses of the page into the cache, if they are not there; the number of those
 * that are, or negative.
 */
static int
cache_page(const struct tryst_dictionary *d, uint32_t page, uint32_t need,
           struct tryst_dictionary_cache *cache, struct tryst_error *err)
{
	int n;

	if (cache->page_next != page + 1 || cache->count < need) {
		cache->page_next = 0;
		n = page_begin(d, page, need, cache->ips, err);
		if (n < 0)
			return n;
		cache->page_next = page + 1;
		/* What it has not nobody asks for again. */
		cache->count = need;
	}
	return (int)TRYST_MIN(d->count - page * TRYST_DICTIONARY_PAGE, cache->count);
}

int
tryst_dictionary_ips(const struct tryst_dictionary *d, const uint32_t *codes, uint32_t count,
                     struct tryst_ip *ips, struct tryst_dictionary_cache *cache,
                     struct tryst_error *err)
{
	for (uint32_t i = 0; i < count; i++) {
		int n;

		if (codes[i] >= d->count)
			return tryst_error_set(err, TRYST_ERR_FORMAT,
			                       "dictionary: code %u of %u addresses", codes[i],
			                       d->count);
		n = cache_page(d, codes[i] / TRYST_DICTIONARY_PAGE,
		               codes[i] % TRYST_DICTIONARY_PAGE + 1, cache, err);
		if (n < 0)
			return n;
		ips[i] = cache->ips[codes[i] % TRYST_DICTIONARY_PAGE];
	}
	return 0;
}

/* How many pages, from `from` on, begin at or before the address; they stand together. */
static uint32_t
pages_until(const struct tryst_dictionary *d, uint32_t from, struct tryst_ip ip)
{
	uint32_t low = from, high = from, step = 1;

	/* In steps that double: the ranges come in order, so the next page is near. */
	while (high < d->pages && tryst_ip_compare(page_first(d, high), ip) <= 0) {
		low = high + 1;
		high = d->pages - high > step ? high + step : d->pages;
		step *= 2;
	}
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (tryst_ip_compare(page_first(d, middle), ip) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low - from;
}

/* How many of n sorted addresses are before ip, or with `too` before or equal. */
static uint32_t
count_before(const struct tryst_ip *ips, uint32_t n, struct tryst_ip ip, bool too)
{
	uint32_t low = 0;

	while (n) {
		uint32_t half = n / 2;

		if (tryst_ip_compare(ips[low + half], ip) < too) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return low;
}

/*
 * How many codes are of addresses before ip (or equal).  *page is a page before which no address of
 * interest is; it moves up.
 */
static int
codes_before(const struct tryst_dictionary *d, struct tryst_ip ip, bool too, uint32_t *page,
             struct tryst_dictionary_cache *cache, uint32_t *out, struct tryst_error *err)
{
	uint32_t until = *page + pages_until(d, *page, ip);
	int n;

	*out = 0;
	if (until == 0)
		return 0;
	*page = until - 1;
	n = cache_page(d, *page, TRYST_DICTIONARY_PAGE, cache, err);
	if (n < 0)
		return n;
	*out = *page * TRYST_DICTIONARY_PAGE + count_before(cache->ips, (uint32_t)n, ip, too);
	return 0;
}

static int
ranges_add(struct tryst_code_ranges *r, uint32_t first, uint32_t last, struct tryst_error *err)
{
	if (r->count == r->room) {
		size_t room = TRYST_MAX(r->room * 2, (size_t)64);
		struct tryst_code_range *list = reallocarray(r->list, room, sizeof(*list));

		if (!list)
			return tryst_error_nomem(err);
		r->list = list;
		r->room = room;
	}
	r->list[r->count++] = (struct tryst_code_range){ first, last };
	return 0;
}

int
tryst_dictionary_ranges(const struct tryst_dictionary *d, const struct tryst_ip_range *ranges,
                        size_t count, struct tryst_code_ranges *out, struct tryst_error *err)
{
	struct tryst_dictionary_cache cache = { 0 };
	uint32_t page = 0;
	int rc = 0;

	out->count = 0;
	for (size_t i = 0; i < count && d->count && rc == 0; i++) {
		uint32_t first, end;

		/* Nothing at or before the last address: nor is there for a page to be read. */
		if (page == 0 && tryst_ip_compare(ranges[i].last, page_first(d, 0)) < 0)
			continue;
		rc = codes_before(d, ranges[i].first, false, &page, &cache, &first, err);
		if (rc == 0)
			rc = codes_before(d, ranges[i].last, true, &page, &cache, &end, err);
		if (rc == 0 && first < end)
			rc = ranges_add(out, first, end - 1, err);
	}
	return rc;
}

void
tryst_code_ranges_fini(struct tryst_code_ranges *ranges)
{
	free(ranges->list);
	*ranges = (struct tryst_code_ranges){ 0 };
}

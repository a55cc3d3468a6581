/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk over the records of a block: the inner loop of a hunt.  It touches the lengths, the
 * times, the counters and the addresses of every record, and remembers the few that may be wanted.
 */
#include "read/nfdump.h"

#include <stdlib.h>

/* Counts what stays of a block behind a place where its chain of records breaks. */
static void
broken(struct nf_reading *r, const uint8_t *data, const uint8_t *at, size_t left)
{
	struct tryst_health *h = &r->sink->health;

	h->damaged_blocks++;
	h->damaged_bytes += left;
	tryst_health_note(
		h, r->offset, 0,
		"block at offset %llu: no record at byte %zu of it, the %zu bytes behind are lost",
		(unsigned long long)r->offset, r->before + (size_t)(at - data), left);
}

static void
damaged_record(struct nf_reading *r, const uint8_t *data, const uint8_t *at, const char *why)
{
	struct tryst_health *h = &r->sink->health;

	h->damaged_records++;
	tryst_health_note(h, r->offset, 0, "block at offset %llu: record at byte %zu of it %s",
	                  (unsigned long long)r->offset, r->before + (size_t)(at - data), why);
}

static inline bool
wanted_address(const struct nf_layout *l, const uint8_t *p, const struct tryst_request *req)
{
	if (TRYST_LIKELY(l->src4_at)) {
		uint32_t src = tryst_load_le32(p + l->src4_at);
		uint32_t dst = tryst_load_le32(p + l->dst4_at);

		return tryst_ipset_contains_v4(req->addresses, src) ||
		       tryst_ipset_contains_v4(req->addresses, dst) ||
		       (req->sample && tryst_sampler_wants_v4(req->sample, src, dst));
	}
	return tryst_request_wants(req,
	                           (struct tryst_ip){ tryst_load_le64(p + l->src6_at),
	                                              tryst_load_le64(p + l->src6_at + 8) },
	                           (struct tryst_ip){ tryst_load_le64(p + l->dst6_at),
	                                              tryst_load_le64(p + l->dst6_at + 8) });
}

/* The sums of one walk, a local of it so that they stay in registers. */
struct tally {
	uint64_t flows; /* of the part so far */
	uint64_t bad_times;
	int64_t first_ms, last_ms;
	/* The exporter of the records since flows and bad_times were these. */
	uint32_t exporter;
	uint64_t flows_before, bad_before;
};

static struct tally
tally_init(const struct nf_reading *r)
{
	return (struct tally){
		.flows = r->sink->health.flows,
		.first_ms = INT64_MAX,
		.last_ms = INT64_MIN,
		.flows_before = r->sink->health.flows,
	};
}

/* The records from now on are another exporter's. */
static __attribute__((noinline)) void
tally_exporter(struct tally *t, struct nf_reading *r, uint32_t exporter)
{
	tryst_nf_counted_add(&r->counted, (uint16_t)t->exporter, t->flows - t->flows_before,
	                     t->bad_times - t->bad_before);
	t->exporter = exporter;
	t->flows_before = t->flows;
	t->bad_before = t->bad_times;
}

static void
tally_book(struct tally *t, struct nf_reading *r)
{
	struct tryst_health *h = &r->sink->health;

	tally_exporter(t, r, 0);
	h->flows = t->flows;
	h->bad_times += t->bad_times;
	tryst_health_time(h, t->first_ms, t->last_ms);
}

static int
pick(struct nf_reading *r, unsigned layout, const uint8_t *p, uint64_t index,
     struct tryst_error *err)
{
	int rc;

	if (r->picks == TRYST_BATCH_ROWS) {
		rc = tryst_nf_decode(r, err);
		if (rc < 0)
			return rc;
	}
	r->pick[r->picks] = p;
	r->pick_index[r->picks] = (uint32_t)index;
	r->pick_layout[r->picks] = (uint8_t)layout;
	r->picks++;
	return 0;
}

/* How many flows an aggregated record stands for beside one. */
static uint64_t
more_flows(const struct nf_layout *l, const uint8_t *p)
{
	uint64_t flows = l->flows_short ? tryst_load_le32(p + l->flows_at)
	                                : tryst_load_le64(p + l->flows_at);

	return flows ? flows - 1 : 0;
}

/* Books a flow record and picks it if it may be wanted.  Negative: stop. */
static inline __attribute__((always_inline)) int
take_flow(struct nf_reading *r, struct tally *t, const struct nf_layout *l, const uint8_t *p,
          int64_t start_ms, int64_t end_ms, struct tryst_error *err)
{
	const struct tryst_request *req = &r->source->request;
	uint64_t index = t->flows++;
	bool absurd = tryst_time_absurd(start_ms) || tryst_time_absurd(end_ms);

	if (TRYST_UNLIKELY(l->flows_at))
		r->more_flows += more_flows(l, p);
	t->bad_times += (end_ms < start_ms) | absurd;
	if (TRYST_LIKELY(!absurd)) {
		t->first_ms = TRYST_MIN(t->first_ms, start_ms);
		t->last_ms = TRYST_MAX(t->last_ms, end_ms);
	}
	if (end_ms < req->from_ms || start_ms > req->to_ms)
		return 0;
	if (req->addresses && !wanted_address(l, p, req))
		return 0;
	return pick(r, (unsigned)(l - r->layout), p, index, err);
}

/* Room for one more layout: when there is none, what is picked is copied and all are forgotten. */
static int
layout_room(struct nf_reading *r, struct tryst_error *err)
{
	int rc;

	if (r->layouts < NF_LAYOUTS_MAX)
		return 0;
	rc = tryst_nf_decode(r, err);
	r->layouts = 0;
	return rc;
}

/*
 * What to do with a record that is not like the one before: 1 it is a flow and r->last its layout,
 * 0 it is dealt with, negative: stop.
 */
static int
turn(struct nf_reading *r, const uint8_t *data, const uint8_t *p, uint16_t size,
     struct tryst_error *err)
{
	int rc;

	if (tryst_load_le16(p) != NF_RECORD_V3)
		return tryst_nf_other_record(r, tryst_load_le16(p), p, size, err);
	for (unsigned i = 0; i < r->layouts; i++) {
		if (r->layout[i].size == size && tryst_nf_layout_is_v3(&r->layout[i], p)) {
			r->last = i;
			return 1;
		}
	}
	rc = layout_room(r, err);
	if (rc < 0)
		return rc;
	if (!tryst_nf_layout_v3(&r->layout[r->layouts], p, size)) {
		damaged_record(r, data, p, "has elements that do not fit it");
		return 0;
	}
	r->last = r->layouts++;
	return 1;
}

/* Walks the records, at most `most` flows of them (0: all); *len becomes the bytes walked. */
static inline __attribute__((always_inline)) int
walk_v3(struct nf_reading *r, const uint8_t *data, size_t *len, unsigned most,
        struct tryst_error *err)
{
	const uint8_t *p = data, *end = data + *len;
	const struct nf_layout *l = NULL;
	struct tally t = tally_init(r);
	uint64_t events = 0, stop = t.flows + most;
	uint16_t size;
	int rc = 0;

	for (; p < end && rc >= 0 && (!most || t.flows < stop); p += size) {
		if (TRYST_LIKELY(l && l->size <= end - p && tryst_nf_layout_is_v3(l, p))) {
			size = l->size;
		} else {
			size = (size_t)(end - p) < 4 ? 0 : tryst_load_le16(p + 2);
			if (size < 4 || size > end - p) {
				broken(r, data, p, (size_t)(end - p));
				p = end;
				break;
			}
			rc = turn(r, data, p, size, err);
			l = rc == 1 ? &r->layout[r->last] : NULL;
			if (!l)
				continue;
		}
		events += p[10] & NF_V3_EVENT;
		if (TRYST_UNLIKELY(tryst_load_le16(p + 8) != t.exporter))
			tally_exporter(&t, r, tryst_load_le16(p + 8));
		rc = take_flow(r, &t, l, p, (int64_t)tryst_load_le64(p + l->start_at),
		               (int64_t)tryst_load_le64(p + l->start_at + 8), err);
	}
	r->sink->health.events += events;
	tally_book(&t, r);
	*len = (size_t)(p - data);
	return rc < 0 ? rc : tryst_nf_decode(r, err);
}

int
tryst_nf_walk_v3(struct nf_reading *r, const uint8_t *data, size_t len, struct tryst_error *err)
{
	return walk_v3(r, data, &len, 0, err);
}

int
tryst_nf_walk_unit(struct nf_reading *r, const uint8_t *data, size_t *len, struct tryst_error *err)
{
	return walk_v3(r, data, len, TRYST_NF_UNIT_ROWS, err);
}

/* Room for a map of this id in the list, where it is looked up by its id; NULL: no memory. */
static struct nf_map *
map_add(struct nf_reading *r, uint16_t id)
{
	struct nf_map *maps;

	if (!r->map_places)
		r->map_places = calloc(UINT16_MAX + 1, sizeof(*r->map_places));
	if (!r->map_places)
		return NULL;
	maps = reallocarray(r->maps, r->map_count + 1, sizeof(*maps));
	if (!maps)
		return NULL;
	r->maps = maps;
	r->map_places[id] = ++r->map_count;
	return &maps[r->map_count - 1];
}

static struct nf_map *
map_find(const struct nf_reading *r, uint16_t id)
{
	unsigned place = r->map_places ? r->map_places[id] : 0;

	return place ? &r->maps[place - 1] : NULL;
}

/* Takes an extension map in; one that comes again with other contents replaces the first. */
static int
take_map(struct nf_reading *r, const uint8_t *p, size_t size, struct tryst_error *err)
{
	struct tryst_cursor c = tryst_cursor_init(p, size);
	struct nf_map map = { 0 }, *place;
	int rc;

	tryst_cursor_skip(&c, 4);
	map.id = tryst_cursor_le16(&c);
	tryst_cursor_skip(&c, 2);
	while (map.count < TRYST_ARRAY_SIZE(map.ext) && tryst_cursor_left(&c) >= 2) {
		uint16_t ext = tryst_cursor_le16(&c);

		if (ext)
			map.ext[map.count++] = ext;
	}
	place = map_find(r, map.id);
	if (!place) {
		place = map_add(r, map.id);
		if (!place)
			return tryst_error_nomem(err);
	} else {
		/* Layouts made of the old one must go, after what was picked by them. */
		rc = tryst_nf_decode(r, err);
		if (rc < 0)
			return rc;
		r->layouts = 0;
	}
	*place = map;
	return 0;
}

/* The layout of a common record: 1 found, 0 its map is unknown or unusable, negative: stop. */
static int
find_layout_v1(struct nf_reading *r, const uint8_t *p, uint16_t type, struct tryst_error *err)
{
	uint32_t key = (uint32_t)tryst_load_le16(p + 6) << 16 | (uint32_t)p[4] << 8 | type;
	const struct nf_map *map;
	int rc;

	if (r->layouts && r->layout[r->last].key == key)
		return 1;
	for (unsigned i = 0; i < r->layouts; i++) {
		if (r->layout[i].key == key) {
			r->last = i;
			return 1;
		}
	}
	map = map_find(r, (uint16_t)(key >> 16));
	if (!map)
		return 0;
	rc = layout_room(r, err);
	if (rc < 0)
		return rc;
	if (!tryst_nf_layout_v1(&r->layout[r->layouts], map, type, p[4]))
		return 0;
	r->last = r->layouts++;
	return 1;
}

static int
take_common(struct nf_reading *r, struct tally *t, const uint8_t *data, const uint8_t *p,
            uint16_t type, uint16_t size, struct tryst_error *err)
{
	uint32_t exporter;
	int rc;

	/* The fixed part with addresses and counters; what follows is checked with the layout. */
	if (size < 44) {
		damaged_record(r, data, p, "is too short");
		return 0;
	}
	rc = find_layout_v1(r, p, type, err);
	if (rc == 0)
		damaged_record(r, data, p, "names no known extension map");
	if (rc <= 0)
		return rc;
	if (size < r->layout[r->last].size) {
		damaged_record(r, data, p, "is shorter than its extension map says");
		return 0;
	}
	if (p[4] & 0x40)
		r->sink->health.events++;
	exporter = type == NF_RECORD_V0 ? p[5] : tryst_load_le16(p + 28);
	if (TRYST_UNLIKELY(exporter != t->exporter))
		tally_exporter(t, r, exporter);
	return take_flow(r, t, &r->layout[r->last], p,
	                 (int64_t)tryst_load_le32(p + 12) * 1000 + tryst_load_le16(p + 8),
	                 (int64_t)tryst_load_le32(p + 16) * 1000 + tryst_load_le16(p + 10), err);
}

int
tryst_nf_walk_v1(struct nf_reading *r, const uint8_t *data, size_t len, struct tryst_error *err)
{
	const uint8_t *p = data, *end = data + len;
	struct tally t = tally_init(r);
	int rc = 0;

	for (uint16_t size; p < end && rc >= 0; p += size) {
		uint16_t type = (size_t)(end - p) < 4 ? 0 : tryst_load_le16(p);

		size = (size_t)(end - p) < 4 ? 0 : tryst_load_le16(p + 2);
		if (size < 4 || size > end - p) {
			broken(r, data, p, (size_t)(end - p));
			break;
		}
		if (type == NF_RECORD_COMMON || type == NF_RECORD_V0) {
			rc = take_common(r, &t, data, p, type, size, err);
		} else if (type == NF_RECORD_MAP) {
			r->sink->health.other_records++;
			rc = take_map(r, p, size, err);
		} else {
			rc = tryst_nf_other_record(r, type, p, size, err);
		}
	}
	tally_book(&t, r);
	return rc < 0 ? rc : tryst_nf_decode(r, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "read/fixed.h"

#include "read/file.h"

#define PART_BYTES (1u << 20)
#define CHUNK_BYTES (1u << 16)

uint64_t
tryst_fixed_uint(const uint8_t *p, unsigned size, bool big)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < size; i++)
		v = v << 8 | p[big ? i : size - 1 - i];
	return v;
}

void
tryst_fixed_begin(struct tryst_fixed_reading *r, const struct tryst_fixed *fixed,
                  struct tryst_source *source, struct tryst_sink *sink)
{
	*r = (struct tryst_fixed_reading){ .fixed = fixed, .source = source, .sink = sink };
	tryst_tally_init(&r->tally, source->input);
}

int
tryst_fixed_end(struct tryst_fixed_reading *r, int rc, struct tryst_error *err)
{
	return tryst_tally_end(&r->tally, rc, err);
}

static void
load_columns(const struct tryst_fixed *f, const uint8_t *record, struct tryst_row *row)
{
	row->known = 0;
	for (unsigned i = 0; i < f->layout->count; i++) {
		const struct tryst_fixed_column *c = &f->layout->columns[i];
		const uint8_t *p = record + c->at;

		if (c->load == TRYST_FIXED_UINT)
			row->number[c->field] = tryst_fixed_uint(p, c->size, f->big);
		else if (c->load == TRYST_FIXED_IP4)
			row->ip[c->field] = tryst_ip_v4((uint32_t)tryst_fixed_uint(p, 4, f->big));
		else
			row->ip[c->field] = (struct tryst_ip){ tryst_fixed_uint(p, 8, true),
				                               tryst_fixed_uint(p + 8, 8, true) };
		row->known |= 1ULL << c->field;
	}
}

static void
add_icmp(struct tryst_row *row)
{
	uint64_t proto = row->number[TRYST_FIELD_proto], port = row->number[TRYST_FIELD_dst_port];

	if (proto != 1 && proto != 58)
		return;
	TRYST_ROW_NUMBER(row, icmp_type, port >> 8);
	TRYST_ROW_NUMBER(row, icmp_code, port & 0xff);
}

static void
count_exporter(struct tryst_fixed_reading *r, bool bad_time)
{
	const struct tryst_row *row = &r->row;
	uint64_t domain = row->known & TRYST_BIT(domain) ? row->number[TRYST_FIELD_domain] : 0;

	if (row->known & TRYST_BIT(exporter))
		tryst_tally_flow(&r->tally, row->ip[TRYST_FIELD_exporter], (uint32_t)domain,
		                 bad_time);
}

static bool
wanted(const struct tryst_request *req, const struct tryst_row *row)
{
	if ((int64_t)row->number[TRYST_FIELD_end_ms] < req->from_ms ||
	    (int64_t)row->number[TRYST_FIELD_start_ms] > req->to_ms)
		return false;
	return tryst_request_wants(req, row->ip[TRYST_FIELD_src], row->ip[TRYST_FIELD_dst]);
}

/* Counts the flow in r->row and stores it if it is wanted. */
static int
take_row(struct tryst_fixed_reading *r, struct tryst_error *err)
{
	struct tryst_health *h = &r->sink->health;
	int64_t start_ms = (int64_t)r->row.number[TRYST_FIELD_start_ms];
	int64_t end_ms = (int64_t)r->row.number[TRYST_FIELD_end_ms];

	add_icmp(&r->row);
	h->bad_times += end_ms < start_ms;
	count_exporter(r, end_ms < start_ms);
	if (wanted(&r->source->request, &r->row))
		return tryst_row_put(&r->row, r->sink, err);
	h->flows++;
	tryst_health_time(h, start_ms, end_ms);
	return 0;
}

int
tryst_fixed_take(struct tryst_fixed_reading *r, const uint8_t *data, size_t len, uint64_t at,
                 unsigned stride, struct tryst_error *err)
{
	size_t size = r->fixed->layout->size, count = len / size;
	int rc = 0;

	assert(len % size == 0);
	for (size_t i = 0; i < count && rc == 0; i++) {
		const char *fault;

		load_columns(r->fixed, data + i * size, &r->row);
		fault = r->fixed->finish(r->fixed, data + i * size, &r->row);
		if (TRYST_LIKELY(!fault)) {
			rc = take_row(r, err);
			continue;
		}
		r->sink->health.damaged_records++;
		tryst_health_note(&r->sink->health, at + i * stride, 0,
		                  "offset %llu: a record whose %s",
		                  (unsigned long long)(at + i * stride), fault);
	}
	if (rc == 0 && atomic_load_explicit(r->sink->stop, memory_order_relaxed))
		rc = tryst_error_set(err, TRYST_ERR_INTERRUPTED, "interrupted");
	return rc;
}

/* The bytes of a part: whole records. */
static uint64_t
part_size(const struct tryst_fixed_layout *l)
{
	return PART_BYTES / l->size * l->size;
}

size_t
tryst_fixed_parts(const struct tryst_fixed_layout *l, const struct tryst_file *file, uint64_t bytes,
                  struct tryst_health *health)
{
	uint64_t piece = bytes % l->size;

	if (piece) {
		health->damaged_records++;
		health->damaged_bytes += piece;
		tryst_health_note(health, file->size - piece, 0,
		                  "offset %llu: the file ends inside a record",
		                  (unsigned long long)(file->size - piece));
	}
	return (size_t)((bytes - piece + part_size(l) - 1) / part_size(l));
}

int
tryst_fixed_part(struct tryst_fixed_reading *r, const struct tryst_file *file, uint64_t from,
                 size_t part, struct tryst_error *err)
{
	const struct tryst_fixed_layout *l = r->fixed->layout;
	uint64_t at = from + part * part_size(l), end = TRYST_MIN(at + part_size(l), file->size);
	size_t chunk = CHUNK_BYTES / l->size * l->size;
	uint8_t *data = tryst_sink_scratch(r->sink, 0, chunk);
	int rc = 0;

	if (!data)
		return tryst_error_nomem(err);
	while (rc == 0 && end - at >= l->size) {
		size_t want = (size_t)TRYST_MIN(end - at, (uint64_t)chunk) / l->size * l->size;
		ssize_t got = tryst_file_read(file, at, data, want, err);

		if (got < 0)
			return (int)got;
		if ((size_t)got < want)
			return tryst_error_set(err, TRYST_ERR_IO,
			                       "offset %llu: the file became shorter",
			                       (unsigned long long)at);
		rc = tryst_fixed_take(r, data, want, at, l->size, err);
		at += want;
	}
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/provenance.h"

#include <stdlib.h>
#include <string.h>

#include "store/sum.h"

#define HEAD 8 /* checksum, number of inputs */

/* The counters in the order in which they are written, which is for good: new ones go to the end.
 */
static const size_t counters[] = {
#define AT(name) offsetof(struct tryst_health, name)
	AT(flows),
	AT(events),
	AT(other_records),
	AT(skipped_records),
	AT(damaged_records),
	AT(damaged_blocks),
	AT(damaged_bytes),
	AT(bad_times),
	AT(sequence_lost),
	AT(sequence_late),
	AT(sequence_duplicate),
	AT(exporter_restarts),
	AT(undecodable_sets),
	AT(undecodable_bytes),
	AT(first_ms),
	AT(last_ms),
	AT(notes_total),
#undef AT
};
#define COUNTERS TRYST_ARRAY_SIZE(counters)

static void
put_u32(struct tryst_buf *out, uint32_t v)
{
	uint8_t b[4];

	tryst_store_le32(b, v);
	tryst_buf_add(out, b, sizeof(b));
}

static void
put_u64(struct tryst_buf *out, uint64_t v)
{
	uint8_t b[8];

	tryst_store_le64(b, v);
	tryst_buf_add(out, b, sizeof(b));
}

static void
put_text(struct tryst_buf *out, const char *text, size_t len)
{
	uint8_t b[2];

	len = TRYST_MIN(len, (size_t)UINT16_MAX);
	tryst_store_le16(b, (uint16_t)len);
	tryst_buf_add(out, b, sizeof(b));
	tryst_buf_add(out, text, len);
}

void
tryst_provenance_begin(struct tryst_buf *out)
{
	tryst_buf_clear(out);
	put_u64(out, 0);
}

void
tryst_provenance_end(struct tryst_buf *out)
{
	uint8_t *p = (uint8_t *)out->data;

	if (!out->failed)
		tryst_store_le32(p, tryst_store_sum(p + 4, out->len - 4));
}

static void
count_input(struct tryst_buf *out, uint32_t n)
{
	uint8_t *p = (uint8_t *)out->data + 4;

	if (!out->failed)
		tryst_store_le32(p, tryst_load_le32(p) + n);
}

void
tryst_provenance_add(struct tryst_buf *out, const struct tryst_input *in)
{
	const struct tryst_health *h = &in->health;

	count_input(out, 1);
	put_text(out, in->path, strlen(in->path));
	put_text(out, in->format ? in->format : "", in->format ? strlen(in->format) : 0);
	put_u64(out, in->size);
	put_u32(out, COUNTERS);
	for (size_t i = 0; i < COUNTERS; i++) {
		uint64_t v;

		memcpy(&v, (const char *)h + counters[i], sizeof(v));
		put_u64(out, v);
	}
	put_u32(out, h->note_count);
	for (uint32_t i = 0; i < h->note_count; i++) {
		put_u64(out, h->notes[i].at);
		put_u64(out, h->notes[i].line);
		put_text(out, h->notes[i].text, strlen(h->notes[i].text));
	}
	put_u32(out, (uint32_t)in->exporter_count);
	for (size_t i = 0; i < in->exporter_count; i++) {
		const struct tryst_exporter *e = in->exporters[i];
		uint8_t ip[16];

		tryst_ip_to_bytes(e->ip, ip);
		tryst_buf_add(out, ip, sizeof(ip));
		put_u32(out, e->domain);
		put_u32(out, e->sampling);
		put_u32(out, e->protocols);
		put_u32(out, TRYST_EXPORTER_COUNTS);
		for (unsigned n = 0; n < TRYST_EXPORTER_COUNTS; n++)
			put_u64(out, e->counts[n]);
	}
}

bool
tryst_provenance_copy(struct tryst_buf *out, const uint8_t *data, size_t size)
{
	if (size < HEAD || tryst_load_le32(data) != tryst_store_sum(data + 4, size - 4))
		return false;
	count_input(out, tryst_load_le32(data + 4));
	tryst_buf_add(out, data + HEAD, size - HEAD);
	return true;
}

static const char *
take_text(struct tryst_cursor *c, size_t *len)
{
	*len = tryst_cursor_le16(c);
	return (const char *)tryst_cursor_take(c, *len);
}

static void
take_notes(struct tryst_cursor *c, struct tryst_health *h)
{
	uint32_t count = tryst_cursor_le32(c);

	for (uint32_t i = 0; i < count && !c->failed; i++) {
		uint64_t at = tryst_cursor_le64(c), line = tryst_cursor_le64(c);
		size_t len;
		const char *text = take_text(c, &len);

		if (text)
			tryst_health_note(h, at, line, "%.*s", (int)len, text);
	}
}

static void
take_exporter(struct tryst_cursor *c, struct tryst_exporter *e)
{
	const uint8_t *ip = tryst_cursor_take(c, 16);
	uint32_t counts;

	*e = (struct tryst_exporter){ 0 };
	if (ip)
		e->ip = tryst_ip_from_bytes(ip);
	e->domain = tryst_cursor_le32(c);
	e->sampling = tryst_cursor_le32(c);
	e->protocols = tryst_cursor_le32(c);
	counts = tryst_cursor_le32(c);
	for (uint32_t i = 0; i < counts && !c->failed; i++) {
		uint64_t v = tryst_cursor_le64(c);

		if (i < TRYST_EXPORTER_COUNTS)
			e->counts[i] = v;
	}
}

static void
take_health(struct tryst_cursor *c, struct tryst_health *h)
{
	uint32_t count = tryst_cursor_le32(c);
	uint64_t total;

	tryst_health_init(h);
	for (uint32_t i = 0; i < count && !c->failed; i++) {
		uint64_t v = tryst_cursor_le64(c);

		if (i < COUNTERS)
			memcpy((char *)h + counters[i], &v, sizeof(v));
	}
	total = h->notes_total;
	take_notes(c, h);
	h->notes_total = total;
}

int
tryst_provenance_next(const uint8_t *data, size_t size, struct tryst_cursor *c,
                      struct tryst_origin *o)
{
	if (!c->pos) {
		if (size < HEAD || tryst_load_le32(data) != tryst_store_sum(data + 4, size - 4))
			return -1;
		*c = tryst_cursor_init(data + HEAD, size - HEAD);
	}
	if (tryst_cursor_left(c) == 0)
		return c->failed ? -1 : 0;
	o->path = take_text(c, &o->path_len);
	o->format = take_text(c, &o->format_len);
	o->size = tryst_cursor_le64(c);
	take_health(c, &o->health);
	o->exporters = tryst_cursor_le32(c);
	o->exporter = *c;
	for (uint32_t i = 0; i < o->exporters && !c->failed; i++) {
		struct tryst_exporter ignored;

		take_exporter(c, &ignored);
	}
	return c->failed ? -1 : 1;
}

bool
tryst_origin_exporter(struct tryst_origin *o, struct tryst_exporter *out)
{
	if (!o->exporters)
		return false;
	o->exporters--;
	take_exporter(&o->exporter, out);
	return true;
}

/* The flows and times are those of the rows, which are counted as they are read. */
static void
tell_origin(struct tryst_origin *o, struct tryst_input *in)
{
	struct tryst_health h = o->health;
	struct tryst_exporter e;

	h.flows = 0;
	h.first_ms = INT64_MAX;
	h.last_ms = INT64_MIN;
	h.notes_total -= TRYST_MIN((uint64_t)h.note_count, h.notes_total);
	h.note_count = 0;
	tryst_health_add(&in->health, &h);
	for (uint32_t i = 0; i < o->health.note_count; i++)
		tryst_health_note(&in->health, 0, 0, "%.*s: %s", (int)o->path_len, o->path,
		                  o->health.notes[i].text);
	while (tryst_origin_exporter(o, &e))
		(void)tryst_input_exporter(in, &e, NULL);
}

bool
tryst_provenance_tell(const uint8_t *data, size_t size, struct tryst_input *in)
{
	struct tryst_cursor c = { 0 };
	struct tryst_origin o;
	int rc;

	while ((rc = tryst_provenance_next(data, size, &c, &o)) == 1)
		tell_origin(&o, in);
	return rc == 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/about.h"

/* Every counter of a health; what is added there must be added here, and the versions of the
 * formats that hold these bytes raised. */
static const size_t counters[] = {
	offsetof(struct tryst_health, flows),
	offsetof(struct tryst_health, events),
	offsetof(struct tryst_health, other_records),
	offsetof(struct tryst_health, skipped_records),
	offsetof(struct tryst_health, damaged_records),
	offsetof(struct tryst_health, damaged_blocks),
	offsetof(struct tryst_health, damaged_bytes),
	offsetof(struct tryst_health, bad_times),
	offsetof(struct tryst_health, sequence_lost),
	offsetof(struct tryst_health, sequence_late),
	offsetof(struct tryst_health, sequence_duplicate),
	offsetof(struct tryst_health, exporter_restarts),
	offsetof(struct tryst_health, undecodable_sets),
	offsetof(struct tryst_health, undecodable_bytes),
	offsetof(struct tryst_health, notes_total),
};

/* skipped_by_index is of a run, not of an input; notes_total stands behind the times. */
_Static_assert(offsetof(struct tryst_health, first_ms) ==
                       TRYST_ARRAY_SIZE(counters) * sizeof(uint64_t),
               "every counter of a health is in the table");

static uint64_t *
counter_at(struct tryst_health *h, size_t i)
{
	return (uint64_t *)(void *)((char *)h + counters[i]);
}

void
tryst_number_put(struct tryst_buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		tryst_buf_char(out, (char)(uint8_t)(v | 0x80));
	tryst_buf_char(out, (char)v);
}

uint64_t
tryst_number_get(struct tryst_cursor *c)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = tryst_cursor_u8(c);

		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return v;
	}
	c->failed = true;
	return 0;
}

static void
write_health(const struct tryst_health *health, struct tryst_buf *out)
{
	struct tryst_health h = *health;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(counters); i++)
		tryst_number_put(out, *counter_at(&h, i));
	tryst_number_put(out, (uint64_t)h.first_ms);
	tryst_number_put(out, (uint64_t)h.last_ms);
	tryst_number_put(out, h.note_count);
	for (uint32_t i = 0; i < h.note_count; i++) {
		size_t len = strnlen(h.notes[i].text, sizeof(h.notes[i].text) - 1);

		tryst_number_put(out, h.notes[i].at);
		tryst_number_put(out, h.notes[i].line);
		tryst_number_put(out, len);
		tryst_buf_add(out, h.notes[i].text, len);
	}
}

static void
read_health(struct tryst_health *health, struct tryst_cursor *c)
{
	struct tryst_health h;
	uint64_t notes;

	tryst_health_init(&h);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(counters); i++)
		*counter_at(&h, i) = tryst_number_get(c);
	h.first_ms = (int64_t)tryst_number_get(c);
	h.last_ms = (int64_t)tryst_number_get(c);
	notes = tryst_number_get(c);
	c->failed |= notes > TRYST_HEALTH_NOTES;
	h.note_count = (uint32_t)notes;
	for (uint32_t i = 0; i < h.note_count && !c->failed; i++) {
		struct tryst_note *note = &h.notes[i];
		const uint8_t *text;
		size_t len;

		note->at = tryst_number_get(c);
		note->line = tryst_number_get(c);
		len = tryst_number_get(c);
		text = len < sizeof(note->text) ? tryst_cursor_take(c, len) : NULL;
		c->failed |= !text;
		if (text)
			memcpy(note->text, text, len);
	}
	if (!c->failed)
		tryst_health_add(health, &h);
}

static void
write_exporter(const struct tryst_exporter *e, struct tryst_buf *out)
{
	uint8_t ip[16];

	tryst_ip_to_bytes(e->ip, ip);
	tryst_buf_add(out, ip, sizeof(ip));
	tryst_number_put(out, e->domain);
	tryst_number_put(out, e->sampling);
	tryst_number_put(out, e->protocols);
	for (unsigned i = 0; i < TRYST_EXPORTER_COUNTS; i++)
		tryst_number_put(out, e->counts[i]);
}

static struct tryst_exporter
read_exporter(struct tryst_cursor *c)
{
	const uint8_t *ip = tryst_cursor_take(c, 16);
	struct tryst_exporter e = { 0 };

	if (ip)
		e.ip = tryst_ip_from_bytes(ip);
	e.domain = (uint32_t)tryst_number_get(c);
	e.sampling = (uint32_t)tryst_number_get(c);
	e.protocols = (uint32_t)tryst_number_get(c);
	for (unsigned i = 0; i < TRYST_EXPORTER_COUNTS; i++)
		e.counts[i] = tryst_number_get(c);
	return e;
}

void
tryst_about_write(const struct tryst_input *in, struct tryst_buf *out)
{
	write_health(&in->health, out);
	tryst_number_put(out, in->exporter_count);
	for (size_t i = 0; i < in->exporter_count; i++)
		write_exporter(in->exporters[i], out);
	tryst_number_put(out, in->exporters_left);
	if (in->exporters_left)
		write_exporter(&in->exporter_rest, out);
}

int
tryst_about_read(struct tryst_input *in, struct tryst_cursor *c, struct tryst_error *err)
{
	uint64_t count;
	int rc = 0;

	read_health(&in->health, c);
	count = tryst_number_get(c);
	for (uint64_t i = 0; i < count && !c->failed && rc == 0; i++) {
		struct tryst_exporter e = read_exporter(c);

		rc = c->failed ? 0 : tryst_input_exporter(in, &e, err);
	}
	if (rc == 0 && tryst_number_get(c)) {
		struct tryst_exporter e = read_exporter(c);

		tryst_exporter_add(&in->exporter_rest, &e);
		in->exporters_left = true;
	}
	if (rc == 0 && c->failed)
		rc = tryst_error_set(err, TRYST_ERR_FORMAT,
		                     "what was found in an input is damaged");
	return rc;
}

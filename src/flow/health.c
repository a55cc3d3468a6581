/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/health.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
tryst_health_init(struct tryst_health *h)
{
	*h = (struct tryst_health){ .first_ms = INT64_MAX, .last_ms = INT64_MIN };
}

/* Before in the input, and among notes of one place by their text. */
static bool
note_before(const struct tryst_note *a, const struct tryst_note *b)
{
	if (a->at != b->at)
		return a->at < b->at;
	return strcmp(a->text, b->text) < 0;
}

/* Keeps the notes sorted and only the first ones. */
static void
note_insert(struct tryst_health *h, const struct tryst_note *note)
{
	uint32_t at = h->note_count;

	while (at > 0 && note_before(note, &h->notes[at - 1]))
		at--;
	if (at == TRYST_HEALTH_NOTES)
		return;
	if (h->note_count < TRYST_HEALTH_NOTES)
		h->note_count++;
	memmove(&h->notes[at + 1], &h->notes[at], (h->note_count - at - 1) * sizeof(h->notes[0]));
	h->notes[at] = *note;
}

void
tryst_health_note(struct tryst_health *h, uint64_t at, uint64_t line, const char *fmt, ...)
{
	struct tryst_note note = { .at = at, .line = line };
	va_list ap;

	h->notes_total++;
	va_start(ap, fmt);
	(void)vsnprintf(note.text, sizeof(note.text), fmt, ap);
	va_end(ap);
	note_insert(h, &note);
}

void
tryst_health_add(struct tryst_health *a, const struct tryst_health *b)
{
	a->flows += b->flows;
	a->skipped_by_index += b->skipped_by_index;
	a->events += b->events;
	a->other_records += b->other_records;
	a->skipped_records += b->skipped_records;
	a->damaged_records += b->damaged_records;
	a->damaged_blocks += b->damaged_blocks;
	a->damaged_bytes += b->damaged_bytes;
	a->bad_times += b->bad_times;
	a->sequence_lost += b->sequence_lost;
	a->sequence_late += b->sequence_late;
	a->sequence_duplicate += b->sequence_duplicate;
	a->exporter_restarts += b->exporter_restarts;
	a->undecodable_sets += b->undecodable_sets;
	a->undecodable_bytes += b->undecodable_bytes;
	a->first_ms = TRYST_MIN(a->first_ms, b->first_ms);
	a->last_ms = TRYST_MAX(a->last_ms, b->last_ms);
	a->notes_total += b->notes_total;
	for (uint32_t i = 0; i < b->note_count; i++)
		note_insert(a, &b->notes[i]);
}

bool
tryst_health_damaged(const struct tryst_health *h)
{
	return h->damaged_records || h->damaged_blocks || h->damaged_bytes || h->undecodable_sets;
}

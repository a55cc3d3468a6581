/* SPDX-License-Identifier: Apache-2.0 */
/* What the page looks up: which conversations it holds, their meetings, and whose a record is. */
#include <stdlib.h>
#include <string.h>

#include "report/html.h"
#include "report/text.h"

static int
record_compare(const void *a, const void *b)
{
	const struct tryst_html_record *x = a, *y = b;

	if (x->input != y->input)
		return x->input < y->input ? -1 : 1;
	if (x->record != y->record)
		return x->record < y->record ? -1 : 1;
	return x->sighting < y->sighting ? -1 : x->sighting > y->sighting;
}

static int
index_records(struct tryst_html *h, struct tryst_error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < h->c->sighting_count; i++)
		n += h->c->sightings[i].ref_count;
	h->records = calloc(n + 1, sizeof(*h->records));
	if (!h->records)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < h->c->sighting_count; i++) {
		const struct tryst_sighting *s = &h->c->sightings[i];

		for (uint32_t k = 0; k < s->ref_count; k++)
			h->records[h->record_count++] =
				(struct tryst_html_record){ s->refs[k].input, (uint32_t)i,
				                            s->refs[k].record };
	}
	qsort(h->records, h->record_count, sizeof(*h->records), record_compare);
	return 0;
}

const struct tryst_sighting *
tryst_html_sighting(const struct tryst_html *h, const struct tryst_record_ref *ref)
{
	struct tryst_html_record key = { ref->input, 0, ref->record };
	size_t low = 0, high = h->record_count;

	while (low < high) {
		size_t at = low + (high - low) / 2;

		if (record_compare(&h->records[at], &key) < 0)
			low = at + 1;
		else
			high = at;
	}
	if (low < h->record_count && h->records[low].input == ref->input &&
	    h->records[low].record == ref->record)
		return &h->c->sightings[h->records[low].sighting];
	return NULL;
}

/*
 * Marks at most max conversations with the bit: those of meetings that chance does not explain
 * first, then those of the others, then the rest; each by time.
 */
static size_t
keep(struct tryst_html *h, uint8_t bit, size_t max)
{
	size_t kept = 0;

	for (int turn = 0; turn < 3; turn++) {
		for (size_t i = 0; i < h->c->sighting_count && kept < max; i++) {
			uint32_t m = h->meeting_of[i];
			int own = !m ? 2 : h->c->meetings[m - 1].judgement.grade == 'D';

			if (own != turn)
				continue;
			h->kept[i] |= bit;
			kept++;
		}
	}
	return kept;
}

static bool
one_day(const struct tryst_case *c)
{
	char first[TRYST_TIME_TEXT_MAX], last[TRYST_TIME_TEXT_MAX];

	if (!c->sighting_count || tryst_time_format_short(c->sightings[0].first_ms, first) != 19)
		return false;
	for (size_t i = 0; i < c->sighting_count; i++) {
		if (tryst_time_format_short(c->sightings[i].last_ms, last) != 19 ||
		    strncmp(first, last, TRYST_DATE_LEN) != 0)
			return false;
	}
	return true;
}

int
tryst_html_init(struct tryst_html *h, const struct tryst_case *c,
                const struct tryst_report_options *options, struct tryst_buf *out,
                struct tryst_error *err)
{
	*h = (struct tryst_html){ .c = c, .options = options, .out = out, .one_day = one_day(c) };
	h->meeting_of = calloc(c->sighting_count + 1, sizeof(*h->meeting_of));
	h->kept = calloc(c->sighting_count + 1, sizeof(*h->kept));
	if (!h->meeting_of || !h->kept)
		return tryst_error_nomem(err);
	for (size_t i = c->meeting_count; i-- > 0;) {
		const struct tryst_meeting *m = &c->meetings[i];

		for (uint32_t k = 0; k < m->sighting_count; k++)
			h->meeting_of[m->sightings[k] - 1] = (uint32_t)i + 1;
	}
	h->rows = keep(h, TRYST_HTML_ROW, TRYST_HTML_ROWS_MAX);
	h->data = keep(h, TRYST_HTML_DATA, TRYST_HTML_DATA_MAX);
	return index_records(h, err);
}

void
tryst_html_fini(struct tryst_html *h)
{
	tryst_buf_fini(&h->tmp);
	free(h->meeting_of);
	free(h->kept);
	free(h->records);
}

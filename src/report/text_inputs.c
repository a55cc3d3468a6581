/* SPDX-License-Identifier: Apache-2.0 */
/* What the answer rests on: inputs and lists, and what of them could not be used. */
#include "report/text.h"

#include <string.h>

#define INPUTS_MAX 12
#define TROUBLED_MAX 30
#define REMARKS_MAX 10
#define PATH_MAX_COLUMNS 200
#define EXPORTERS_SHOWN 5 /* of an input, with trouble of their own */

uint32_t
tryst_text_lost_by(const struct tryst_input *in)
{
	uint32_t protocols = 0;

	for (size_t i = 0; i < in->exporter_count; i++) {
		if (in->exporters[i]->counts[TRYST_EXPORTER_SEQUENCE_LOST])
			protocols |= in->exporters[i]->protocols;
	}
	return protocols;
}

void
tryst_text_lost(struct tryst_buf *b, uint64_t count, const char *are, uint32_t protocols)
{
	const char *unit = NULL;

	for (unsigned i = 0; i < TRYST_PROTOCOL_COUNT; i++) {
		if (protocols >> i & 1)
			unit = unit && strcmp(unit, tryst_protocols[i].unit) != 0
			               ? "item"
			               : tryst_protocols[i].unit;
	}
	tryst_layout_number(b, count);
	tryst_buf_printf(b, " %s%s%s", are, unit ? unit : "flow", count == 1 ? "" : "s");
}

static bool
troubled(const struct tryst_input *in)
{
	const struct tryst_health *h = &in->health;

	return in->error.code || tryst_health_damaged(h) || h->skipped_records || h->bad_times ||
	       h->sequence_lost || h->sequence_late || h->sequence_duplicate ||
	       h->exporter_restarts || h->notes_total;
}

void
tryst_text_trouble(struct tryst_buf *b, uint64_t count, const char *what)
{
	if (!count)
		return;
	tryst_buf_str(b, b->len ? ", " : "");
	tryst_layout_count(b, count, what);
}

static void
trouble_lost(struct tryst_buf *b, uint64_t count, uint32_t protocols)
{
	if (!count)
		return;
	tryst_buf_str(b, b->len ? ", " : "");
	tryst_text_lost(b, count, "lost ", protocols);
}

static void
input_notes(struct tryst_page *p, struct tryst_buf *b, const struct tryst_health *h)
{
	for (uint32_t i = 0; i < h->note_count; i++) {
		if (h->notes[i].line)
			tryst_buf_printf(b, "line %llu: ", (unsigned long long)h->notes[i].line);
		else if (h->notes[i].at != UINT64_MAX && !strstr(h->notes[i].text, "offset"))
			/* Most readers name the place in their own words; some notes have none. */
			tryst_buf_printf(b, "byte %llu: ", (unsigned long long)h->notes[i].at);
		tryst_buf_safe(b, h->notes[i].text, strlen(h->notes[i].text));
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 4, b);
	}
	if (h->notes_total > h->note_count) {
		tryst_layout_number(b, h->notes_total - h->note_count);
		tryst_buf_str(b, " more like these");
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 4, b);
	}
}

static void
exporter_name(struct tryst_buf *b, const struct tryst_exporter *e)
{
	char text[TRYST_IP_TEXT_MAX];
	const char *between = " (";

	tryst_buf_str(b, "from ");
	if (e->ip.hi || e->ip.lo)
		tryst_buf_add(b, text, tryst_ip_format(e->ip, text));
	else
		tryst_buf_str(b, "an exporter without an address");
	if (e->domain)
		tryst_buf_printf(b, " domain %u", e->domain);
	for (unsigned i = 0; i < TRYST_PROTOCOL_COUNT; i++) {
		if (!(e->protocols >> i & 1))
			continue;
		tryst_buf_printf(b, "%s%s", between, tryst_protocols[i].title);
		between = ", ";
	}
	tryst_buf_str(b, e->protocols ? "): " : ": ");
}

static void
exporter(struct tryst_page *p, struct tryst_buf *b, struct tryst_buf *list,
         const struct tryst_exporter *e)
{
	const uint64_t *n = e->counts;

	tryst_text_trouble(list, n[TRYST_EXPORTER_UNDECODABLE_SETS], "undecodable data set");
	tryst_text_trouble(list, n[TRYST_EXPORTER_DAMAGED_RECORDS], "damaged record");
	tryst_text_trouble(list, n[TRYST_EXPORTER_DAMAGED_BLOCKS], "damaged block");
	tryst_text_trouble(list, n[TRYST_EXPORTER_SKIPPED_RECORDS], "skipped record");
	tryst_text_trouble(list, n[TRYST_EXPORTER_BAD_TIMES], "impossible time");
	trouble_lost(list, n[TRYST_EXPORTER_SEQUENCE_LOST], e->protocols);
	tryst_text_trouble(list, n[TRYST_EXPORTER_SEQUENCE_LATE], "late datagram");
	tryst_text_trouble(list, n[TRYST_EXPORTER_SEQUENCE_DUPLICATE], "repeated datagram");
	tryst_text_trouble(list, n[TRYST_EXPORTER_RESTARTS], "restart");
	tryst_text_trouble(list, n[TRYST_EXPORTER_SEQUENCE_GAPS], "sequence gap");
	p->out->failed |= list->failed;
	if (list->failed || !list->len)
		return;
	exporter_name(b, e);
	tryst_buf_str(b, list->data);
	tryst_buf_str(b, "; ");
	tryst_layout_count(b, n[TRYST_EXPORTER_FLOWS], "flow");
	tryst_buf_str(b, " read");
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 4, b);
	tryst_buf_clear(list);
}

/* The first few by address that have trouble. */
static size_t
exporters_shown(struct tryst_page *p, struct tryst_buf *b, const struct tryst_input *in)
{
	struct tryst_buf list = { 0 };
	size_t shown = 0;

	for (size_t i = 0; i < in->exporter_count && shown < EXPORTERS_SHOWN; i++) {
		if (!tryst_exporter_troubled(in->exporters[i]))
			continue;
		exporter(p, b, &list, in->exporters[i]);
		shown++;
	}
	tryst_buf_fini(&list);
	return shown;
}

/* Whose trouble it is, where more than one exporter may be meant; and how many others there are. */
static void
input_exporters(struct tryst_page *p, struct tryst_buf *b, const struct tryst_input *in)
{
	size_t wrong = 0, counted = 0, shown = 0;

	if (in->exporter_count < 2)
		return;
	for (size_t i = 0; i < in->exporter_count; i++) {
		wrong += tryst_exporter_troubled(in->exporters[i]);
		counted += tryst_exporter_counted(in->exporters[i]);
	}
	shown = exporters_shown(p, b, in);
	if (wrong > shown) {
		tryst_layout_count(b, wrong - shown, "more exporter");
		tryst_buf_str(b, " with trouble: -o json or --save CASE.json has them all");
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 4, b);
	}
	if (wrong && counted > wrong) {
		tryst_layout_count(b, counted - wrong, "exporter");
		tryst_buf_str(b, " without trouble");
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 4, b);
	}
	if (in->exporters_left) {
		tryst_buf_str(b, "only the first ");
		tryst_layout_number(b, TRYST_EXPORTERS_MAX);
		tryst_buf_str(b, " exporters by address are told apart");
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 4, b);
	}
}

static void
input_trouble(struct tryst_page *p, struct tryst_buf *b, const struct tryst_input *in)
{
	const struct tryst_health *h = &in->health;

	if (in->error.code) {
		tryst_buf_str(b, "NOT READ: ");
		tryst_buf_safe(b, in->error.text, strlen(in->error.text));
		tryst_text_paragraph(p, TRYST_TONE_ALARM, 4, b);
	}
	tryst_text_trouble(b, h->damaged_records, "damaged record");
	tryst_text_trouble(b, h->damaged_blocks, "damaged block");
	tryst_text_trouble(b, h->damaged_bytes, "damaged byte");
	tryst_text_trouble(b, h->undecodable_sets, "undecodable data set");
	tryst_text_paragraph(p, TRYST_TONE_ALARM, 4, b);
	tryst_text_trouble(b, h->skipped_records, "skipped record");
	tryst_text_trouble(b, h->bad_times, "impossible time");
	trouble_lost(b, h->sequence_lost, tryst_text_lost_by(in));
	tryst_text_trouble(b, h->sequence_late, "late datagram");
	tryst_text_trouble(b, h->sequence_duplicate, "repeated datagram");
	tryst_text_trouble(b, h->exporter_restarts, "exporter restart");
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 4, b);
	input_exporters(p, b, in);
	input_notes(p, b, h);
}

static void
input(struct tryst_page *p, struct tryst_buf *b, const struct tryst_input *in)
{
	tryst_layout_clip(b, in->path, PATH_MAX_COLUMNS);
	if (in->format) {
		tryst_buf_printf(b, ": %s, ", in->format);
		tryst_layout_count(b, in->size, "byte");
		tryst_buf_str(b, ", ");
		tryst_layout_count(b, in->health.flows, "flow");
		if (in->health.first_ms <= in->health.last_ms) {
			tryst_buf_str(b, ", ");
			tryst_text_span(b, in->health.first_ms, in->health.last_ms, " to ");
		}
	}
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 2, b);
	input_trouble(p, b, in);
}

void
tryst_text_inputs(struct tryst_page *p)
{
	const struct tryst_case *c = p->c;
	bool all = c->input_count <= INPUTS_MAX;
	size_t wanted = 0, shown = 0;
	struct tryst_buf b = { 0 };
	uint64_t skipped = 0;

	for (size_t i = 0; i < c->input_count; i++) {
		wanted += all || troubled(c->inputs[i]);
		skipped += c->inputs[i]->health.skipped_by_index;
	}
	tryst_text_heading(p, "INPUTS", NULL);
	for (size_t i = 0; i < c->input_count && shown < TROUBLED_MAX; i++) {
		if (!all && !troubled(c->inputs[i]))
			continue;
		input(p, &b, c->inputs[i]);
		shown++;
	}
	if (wanted > shown) {
		tryst_layout_number(&b, wanted - shown);
		tryst_buf_str(&b, " more with trouble: -o json or --save CASE.json has them all.");
		tryst_text_paragraph(p, TRYST_TONE_ALARM, 2, &b);
	}
	if (c->input_count > wanted) {
		tryst_layout_count(&b, c->input_count - wanted, "input");
		tryst_buf_str(&b, " read without trouble.");
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 2, &b);
	}
	if (skipped) {
		tryst_layout_number(&b, skipped);
		tryst_buf_str(&b,
		              " of the flows were not looked at: by the index they cannot match.");
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 2, &b);
	}
	tryst_buf_fini(&b);
}

static void
list_remarks(struct tryst_page *p, struct tryst_buf *b)
{
	const struct tryst_list_remark *remarks;
	size_t count = tryst_watchlist_remarks(p->c->watchlist, &remarks);

	for (size_t i = 0; i < count && i < REMARKS_MAX; i++) {
		tryst_layout_clip(b, tryst_watchlist_list(p->c->watchlist, remarks[i].list)->path,
		                  PATH_MAX_COLUMNS);
		tryst_buf_printf(b, ":%u: %s", remarks[i].line,
		                 remarks[i].rejected ? "rejected: " : "");
		tryst_buf_safe(b, remarks[i].text, strlen(remarks[i].text));
		tryst_text_paragraph(p, remarks[i].rejected ? TRYST_TONE_ALARM : TRYST_TONE_PLAIN,
		                     4, b);
	}
	if (count > REMARKS_MAX) {
		tryst_layout_number(b, count - REMARKS_MAX);
		tryst_buf_str(b, " more remarks: `tryst lists check` shows them.");
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 4, b);
	}
}

void
tryst_text_watchlists(struct tryst_page *p)
{
	const struct tryst_watchlist *w = p->c->watchlist;
	struct tryst_buf b = { 0 };

	tryst_text_heading(p, "WATCHLISTS", NULL);
	for (uint32_t i = 0; i < tryst_watchlist_lists(w); i++) {
		const struct tryst_list_info *info = tryst_watchlist_list(w, i);

		tryst_layout_clip(&b, info->path, PATH_MAX_COLUMNS);
		tryst_buf_str(&b, ": ");
		tryst_layout_count(&b, info->indicators, "entry");
		if (strcmp(info->format, "plain") != 0)
			tryst_buf_printf(&b, " (%s)", info->format);
		if (info->rejected) {
			tryst_buf_str(&b, ", ");
			tryst_layout_count(&b, info->rejected, "line");
			tryst_buf_str(&b, " rejected");
		}
		if (info->skipped) {
			tryst_buf_str(&b, ", ");
			tryst_layout_number(&b, info->skipped);
			tryst_buf_str(&b, " skipped");
		}
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 2, &b);
	}
	list_remarks(p, &b);
	tryst_buf_fini(&b);
}

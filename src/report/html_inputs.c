/* SPDX-License-Identifier: Apache-2.0 */
/* What was read: inputs and lists, and what of them could not be used. */
#include <string.h>

#include "report/html.h"
#include "report/layout.h"
#include "report/text.h"

static void
troubles(struct tryst_html *h, const struct tryst_input *in)
{
	const struct tryst_health *k = &in->health;

	if (in->error.code) {
		tryst_html_put(h, "<strong>not read: ");
		tryst_markup_str(h->out, in->error.text);
		tryst_html_put(h, "</strong>");
		return;
	}
	tryst_text_trouble(&h->tmp, k->damaged_records, "damaged record");
	tryst_text_trouble(&h->tmp, k->damaged_blocks, "damaged block");
	tryst_text_trouble(&h->tmp, k->damaged_bytes, "damaged byte");
	tryst_text_trouble(&h->tmp, k->undecodable_sets, "undecodable data set");
	tryst_text_trouble(&h->tmp, k->skipped_records, "skipped record");
	tryst_text_trouble(&h->tmp, k->bad_times, "impossible time");
	tryst_text_trouble(&h->tmp, k->sequence_lost, "lost item");
	tryst_text_trouble(&h->tmp, k->sequence_late, "late datagram");
	tryst_text_trouble(&h->tmp, k->sequence_duplicate, "repeated datagram");
	tryst_text_trouble(&h->tmp, k->exporter_restarts, "exporter restart");
	if (!h->tmp.len)
		tryst_html_put(h, "none");
	tryst_markup_take(h->out, &h->tmp);
}

static void
notes(struct tryst_html *h, const struct tryst_health *k)
{
	if (!k->note_count)
		return;
	tryst_html_put(h, "<ul>");
	for (uint32_t i = 0; i < k->note_count; i++) {
		tryst_html_put(h, "<li>");
		if (k->notes[i].line)
			tryst_html_putf(h, "line %llu: ", (unsigned long long)k->notes[i].line);
		tryst_markup_str(h->out, k->notes[i].text);
		tryst_html_put(h, "</li>");
	}
	if (k->notes_total > k->note_count) {
		tryst_html_put(h, "<li>");
		tryst_html_number(h, k->notes_total - k->note_count);
		tryst_html_put(h, " more like these</li>");
	}
	tryst_html_put(h, "</ul>");
}

static void
exporters(struct tryst_html *h, const struct tryst_input *in)
{
	struct tryst_ip last = { 0 };
	unsigned shown = 0;

	for (size_t i = 0; i < in->exporter_count; i++) {
		struct tryst_ip ip = in->exporters[i]->ip;

		if (!(ip.hi || ip.lo) || tryst_ip_equal(ip, last))
			continue;
		last = ip;
		if (shown == 4) {
			tryst_html_put(h, " \xe2\x80\xa6");
			return;
		}
		tryst_html_put(h, shown++ ? " " : "");
		tryst_markup_ip(h->out, ip);
	}
}

static void
input_row(struct tryst_html *h, const struct tryst_input *in)
{
	const struct tryst_health *k = &in->health;

	tryst_html_put(h, "<tr><th scope=\"row\" class=\"t path\">");
	tryst_markup_short(h->out, in->path, 240);
	if (in->sha256[0]) {
		tryst_html_put(h, "<span class=\"hash\"><abbr title=\"SHA-256\">");
		tryst_markup_str(h->out, in->sha256);
		tryst_html_put(h, "</abbr></span>");
	}
	tryst_html_put(h, "</th><td class=\"t\">");
	tryst_markup_str(h->out, in->format ? in->format : "");
	tryst_html_put(h, "</td><td class=\"n\">");
	tryst_html_number(h, in->size);
	tryst_html_put(h, "</td><td class=\"n\">");
	tryst_html_number(h, k->flows);
	tryst_html_put(h, "</td><td class=\"d\">");
	if (k->first_ms <= k->last_ms)
		tryst_html_time(h, k->first_ms, true);
	tryst_html_put(h, "</td><td class=\"d\">");
	if (k->first_ms <= k->last_ms)
		tryst_html_time(h, k->last_ms, true);
	tryst_html_put(h, "</td><td class=\"t a\">");
	exporters(h, in);
	tryst_html_put(h, "</td><td class=\"t v\">");
	troubles(h, in);
	notes(h, k);
	tryst_html_put(h, "</td></tr>\n");
}

/* All where they fit, else those with trouble first. */
static void
input_rows(struct tryst_html *h)
{
	const struct tryst_case *c = h->c;
	size_t shown = 0;

	for (int turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < c->input_count && shown < TRYST_HTML_INPUTS_MAX; i++) {
			const struct tryst_input *in = c->inputs[i];
			bool bad = in->error.code || tryst_health_damaged(&in->health) ||
			           in->health.notes_total || in->health.sequence_lost;

			if (bad == (turn > 0))
				continue;
			input_row(h, in);
			shown++;
		}
	}
	tryst_html_table_end(h);
	tryst_html_more(h, shown, c->input_count, "input");
}

static void
skipped(struct tryst_html *h)
{
	uint64_t count = 0;

	for (size_t i = 0; i < h->c->input_count; i++)
		count += h->c->inputs[i]->health.skipped_by_index;
	if (!count)
		return;
	tryst_html_put(h, "<p class=\"more\">");
	tryst_html_number(h, count);
	tryst_html_put(h,
	               " of the flows were not looked at: by the index they cannot match.</p>\n");
}

static void
list_row(struct tryst_html *h, const struct tryst_list_info *info)
{
	tryst_html_put(h, "<tr><th scope=\"row\" class=\"t path\">");
	tryst_markup_short(h->out, info->path, 240);
	if (info->title && info->title[0]) {
		tryst_html_put(h, " <span class=\"q\">");
		tryst_markup_short(h->out, info->title, 120);
		tryst_html_put(h, "</span>");
	}
	tryst_html_put(h, "</th><td class=\"t\">");
	tryst_markup_str(h->out, info->format ? info->format : "");
	tryst_html_put(h, "</td><td class=\"d\">");
	if (info->made_ms != TRYST_TIME_MIN)
		tryst_html_time(h, info->made_ms, true);
	tryst_html_put(h, "</td><td class=\"n\">");
	tryst_html_number(h, info->indicators);
	tryst_html_put(h, "</td><td class=\"n\">");
	tryst_html_number(h, info->rejected);
	tryst_html_put(h, "</td><td class=\"n\">");
	tryst_html_number(h, info->skipped);
	tryst_html_put(h, "</td><td class=\"t hash\">");
	tryst_markup_str(h->out, info->sha256);
	tryst_html_put(h, "</td></tr>\n");
}

static void
list_remarks(struct tryst_html *h)
{
	const struct tryst_watchlist *w = h->c->watchlist;
	const struct tryst_list_remark *remarks;
	size_t count = tryst_watchlist_remarks(w, &remarks);

	if (!count)
		return;
	tryst_html_put(h, "<ul class=\"remarks\">\n");
	for (size_t i = 0; i < count && i < TRYST_HTML_REMARKS_MAX; i++) {
		tryst_html_put(h, "<li>");
		tryst_markup_short(h->out, tryst_watchlist_list(w, remarks[i].list)->path, 120);
		tryst_html_putf(h, ":%u: %s", remarks[i].line,
		                remarks[i].rejected ? "rejected: " : "");
		tryst_markup_str(h->out, remarks[i].text);
		tryst_html_put(h, "</li>\n");
	}
	tryst_html_put(h, "</ul>\n");
	tryst_html_more(h, TRYST_HTML_REMARKS_MAX, count, "remark");
}

void
tryst_html_inputs(struct tryst_html *h)
{
	static const struct tryst_html_column inputs[] = {
		{ "Input", 't', NULL },
		{ "Format", 't', NULL },
		{ "Bytes", 'n', NULL },
		{ "Flows", 'n', NULL },
		{ "First, <span class=\"zn\">UTC</span>", 'd', NULL },
		{ "Last, <span class=\"zn\">UTC</span>", 'd', NULL },
		{ "Exporters", 't', NULL },
		{ "Trouble", 't', NULL },
	};
	static const struct tryst_html_column lists[] = {
		{ "List", 't', NULL },
		{ "Format", 't', NULL },
		{ "Made, <span class=\"zn\">UTC</span>", 'd', NULL },
		{ "Entries", 'n', NULL },
		{ "Rejected", 'n', NULL },
		{ "Skipped", 'n', NULL },
		{ "SHA-256", 't', NULL },
	};
	uint32_t count = (uint32_t)tryst_watchlist_lists(h->c->watchlist);

	tryst_html_put(h, "<h3 id=\"inputs\">What was read</h3>\n");
	tryst_html_table(h, "inputs-t", "Flow logs");
	tryst_html_head(h, inputs, TRYST_ARRAY_SIZE(inputs));
	input_rows(h);
	skipped(h);
	if (!count || h->c->search.made)
		return;
	tryst_html_table(h, "lists-t", "Watchlists");
	tryst_html_head(h, lists, TRYST_ARRAY_SIZE(lists));
	for (uint32_t i = 0; i < count && i < TRYST_HTML_INPUTS_MAX; i++)
		list_row(h, tryst_watchlist_list(h->c->watchlist, i));
	tryst_html_table_end(h);
	tryst_html_more(h, TRYST_HTML_INPUTS_MAX, count, "list");
	list_remarks(h);
}

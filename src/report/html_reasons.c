/* SPDX-License-Identifier: Apache-2.0 */
/* What a judgement rests on: hypotheses as bars, reasons with their weights and records. */
#include <math.h>

#include "report/html.h"

#define WEIGHT_MAX 12.0 /* a longer bar is cut there; the number says what it is */

void
tryst_html_hypothesis(struct tryst_html *h, double p, const char *name, bool best)
{
	tryst_html_putf(
		h,
		"<tr%s><th scope=\"row\">%s</th><td class=\"track\"><svg viewBox=\"0 0 100 "
		"8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"rail\" "
		"width=\"100\" height=\"8\"/><rect class=\"fill\" width=\"",
		best ? " class=\"best\"" : "", name);
	tryst_markup_unit(h->out, TRYST_MAX(100 * p, 0.4));
	tryst_html_put(h, "\" height=\"8\"/></svg></td><td class=\"n\">");
	if (p < 0.01)
		tryst_html_put(h, "&lt;\xe2\x80\xaf"
		                  "1\xe2\x80\xaf%");
	else
		tryst_html_putf(h, "%.0f\xe2\x80\xaf%%", 100 * p);
	tryst_html_put(h, "</td></tr>\n");
}

/* From the middle to the right what speaks for it, to the left what speaks against. */
static void
weight(struct tryst_html *h, const struct tryst_evidence *e)
{
	double llr = TRYST_MAX(-WEIGHT_MAX, TRYST_MIN(e->llr, WEIGHT_MAX));
	double width = fabs(llr) / WEIGHT_MAX * 50;

	if (!e->scored || isnan(e->llr)) {
		tryst_html_put(h, "<td class=\"w\"><span class=\"q\">told</span></td>");
		return;
	}
	tryst_html_put(h,
	               "<td class=\"w\"><svg viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" "
	               "aria-hidden=\"true\"><path class=\"zero\" d=\"M50 0V8\"/><rect class=\"");
	tryst_html_putf(h, "%s\" x=\"", llr < 0 ? "minus" : "plus");
	tryst_markup_unit(h->out, llr < 0 ? 50 - width : 50);
	tryst_html_put(h, "\" width=\"");
	tryst_markup_unit(h->out, width);
	tryst_html_putf(h, "\" y=\"1\" height=\"6\"/></svg><span class=\"n\">%s%.1f</span></td>",
	                llr < -0.05 ? "\xe2\x88\x92" : "+", fabs(e->llr));
}

static void
reason(struct tryst_html *h, const struct tryst_evidence *e, bool refs)
{
	tryst_html_put(h, "<tr>");
	weight(h, e);
	tryst_html_put(h, "<td class=\"why\">");
	tryst_markup_str(h->out, e->text);
	if (refs) {
		tryst_html_put(h, "</td><td class=\"refs\">");
		tryst_html_records(h, e->refs,
		                   TRYST_MIN(e->ref_count, (uint32_t)TRYST_HTML_REFS_MAX),
		                   e->ref_count);
	}
	tryst_html_put(h, "</td></tr>\n");
}

/* What weighs comes first, the heaviest on top; then what is told, in its order. */
void
tryst_html_reasons(struct tryst_html *h, const struct tryst_evidence_list *list,
                   const char *caption)
{
	double below = INFINITY;
	bool refs = false;

	if (!list->count)
		return;
	for (uint32_t i = 0; i < list->count; i++)
		refs |= list->list[i].ref_count > 0;
	tryst_html_put(h, "<table class=\"reasons\"><caption>");
	tryst_markup_str(h->out, caption);
	tryst_html_putf(h,
	                "</caption>\n<thead><tr><th scope=\"col\">Weight</th><th "
	                "scope=\"col\">Reason</th>%s</tr></thead>\n<tbody>\n",
	                refs ? "<th scope=\"col\">Records</th>" : "");
	for (;;) {
		double next = -INFINITY;

		for (uint32_t i = 0; i < list->count; i++) {
			double w = fabs(list->list[i].llr);

			if (list->list[i].scored && w < below && w > next)
				next = w;
		}
		if (isinf(next))
			break;
		for (uint32_t i = 0; i < list->count; i++) {
			if (list->list[i].scored && fabs(list->list[i].llr) == next)
				reason(h, &list->list[i], refs);
		}
		below = next;
	}
	for (uint32_t i = 0; i < list->count; i++) {
		if (!list->list[i].scored || isnan(list->list[i].llr))
			reason(h, &list->list[i], refs);
	}
	tryst_html_put(h, "</tbody></table>\n");
}

void
tryst_html_changes(struct tryst_html *h, const char *const *changes, uint32_t count)
{
	if (!count)
		return;
	tryst_html_put(h, "<p class=\"note\"><strong>What would change this:</strong> ");
	for (uint32_t i = 0; i < count; i++) {
		tryst_html_put(h, i ? "; " : "");
		tryst_markup_str(h->out, changes[i]);
	}
	tryst_html_put(h, ".</p>\n");
}

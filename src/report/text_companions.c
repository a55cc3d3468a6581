/* SPDX-License-Identifier: Apache-2.0 */
/* Unlisted hosts that behave like the listed ones, for a person. */
#include "report/text.h"

#define COMPANIONS_MAX 15

/* "controller_candidate" -> "controller candidate" */
static void
cell_direction(struct tryst_table *t, const char *direction)
{
	char text[40];
	size_t n = 0;

	for (; direction && direction[n] && n + 1 < sizeof(text); n++)
		text[n] = direction[n] == '_' ? ' ' : direction[n];
	text[n] = '\0';
	tryst_table_cell(t, "%s", text);
}

static void
row(const struct tryst_page *p, struct tryst_table *t, const struct tryst_companion *k)
{
	char ip[TRYST_IP_TEXT_MAX], power[TRYST_POWER_TEXT_MAX];

	(void)tryst_ip_format(k->ip, ip);
	tryst_table_cell(t, "%s", ip);
	tryst_table_cell(t, "%c", k->grade);
	tryst_text_cell_tone(p, t, tryst_text_grade(k->grade));
	tryst_table_cell(t, "%+.1f", k->llr);
	tryst_table_number(t, k->meeting_count);
	if (k->lead_known) {
		tryst_table_cell(t, "%.0f", (double)k->lead_ms / 1000);
		tryst_table_cell(t, "%s", tryst_power_text(k->log10_p_lead, power));
	} else {
		tryst_table_cell(t, "%s", "");
		tryst_table_cell(t, "%s", "");
	}
	cell_direction(t, k->direction);
}

void
tryst_text_companions(struct tryst_page *p)
{
	static const struct tryst_table_column columns[] = {
		{ "Address", false, NULL },   { "Grade", false, NULL },  { "LLR", true, NULL },
		{ "Meetings", true, NULL },   { "Lead, s", true, NULL }, { "p(lead)", true, NULL },
		{ "Direction", false, NULL },
	};
	const struct tryst_case *c = p->c;
	size_t shown = TRYST_MIN(c->companion_count, (size_t)COMPANIONS_MAX);
	struct tryst_table t;

	if (!shown)
		return;
	tryst_text_heading(
		p, "COMPANIONS",
		"Unlisted hosts that touched the same endpoints as the listed ones, more "
		"than they touch others. A lead, not a proof: addresses can be forged.");
	tryst_table_init(&t, columns, TRYST_ARRAY_SIZE(columns));
	for (size_t i = 0; i < shown; i++)
		row(p, &t, &c->companions[i]);
	tryst_table_print(&t, p->out, p->width, 2);
	tryst_table_fini(&t);
	tryst_text_more(p, shown, c->companion_count);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of meetings, listed hosts and companions. */
#include <string.h>

#include "report/html.h"
#include "report/layout.h"

static void
meeting_row(struct tryst_html *h, size_t index)
{
	const struct tryst_meeting *m = &h->c->meetings[index];
	bool told = index < TRYST_HTML_FINDINGS_MAX && m->judgement.grade != 'D';

	tryst_html_putf(h, "<tr id=\"r%zu\"><td class=\"t\">", index + 1);
	tryst_html_grade(h, m->judgement.grade);
	tryst_html_put(h, "</td><th scope=\"row\" class=\"t a\">");
	if (told)
		tryst_html_putf(h, "<a href=\"#m%zu\">", index + 1);
	tryst_html_endpoint(h, m);
	tryst_html_put(h, told ? "</a></th>" : "</th>");
	tryst_html_put(h, "<td class=\"t s\">");
	tryst_markup_str(h->out, m->service ? m->service : "");
	tryst_html_put(h, "</td><td class=\"n\">");
	tryst_html_number(h, m->host_count);
	tryst_html_put(h, "</td><td class=\"n\">");
	if (!m->chance.untested)
		tryst_html_putf(h, "%.2g", m->chance.expected);
	tryst_html_put(h, "</td><td class=\"n\">");
	tryst_html_leads(h, m->sighting_count, "meeting", index);
	tryst_html_put(h, "</td><td class=\"n\">");
	tryst_html_number(h, m->answered);
	tryst_html_put(h, "</td><td class=\"d\">");
	tryst_html_time(h, m->first_ms, false);
	tryst_html_put(h, "</td><td class=\"d\">");
	tryst_html_time(h, m->last_ms, false);
	tryst_html_put(h, "</td>");
	tryst_html_counted(h, m->bytes_in, m->uncounted, m->sighting_count);
	tryst_html_counted(h, m->bytes_out, m->uncounted, m->sighting_count);
	tryst_html_put(h, "<td class=\"t v\">");
	tryst_markup_str(h->out, m->judgement.verdict);
	tryst_html_put(h, "</td></tr>\n");
}

void
tryst_html_meetings(struct tryst_html *h)
{
	static const struct tryst_html_column columns[] = {
		{ "Grade", 't', NULL },
		{ "Endpoint", 't', NULL },
		{ "Service", 't', NULL },
		{ "Met", 'n', "Listed" },
		{ "by chance", 'n', "Listed" },
		{ "All", 'n', "Conversations" },
		{ "answered", 'n', "Conversations" },
		{ "First", 'd', "Time, <span class=\"zn\">UTC</span>" },
		{ "Last", 'd', "Time, <span class=\"zn\">UTC</span>" },
		{ "in", 'n', "Bytes" },
		{ "out", 'n', "Bytes" },
		{ "Verdict", 't', NULL },
	};
	size_t shown = TRYST_MIN(h->c->meeting_count, (size_t)TRYST_HTML_MEETINGS_MAX);

	if (!shown)
		return;
	tryst_html_section(
		h, "meetings", "All meetings",
		"Endpoints that two or more listed hosts met. \xe2\x80\x9cIn\xe2\x80\x9d "
		"is from the listed hosts; an arrow marks a port on their side.");
	tryst_html_table(h, "meetings-t", "Meetings, most listed hosts first");
	tryst_html_head(h, columns, TRYST_ARRAY_SIZE(columns));
	for (size_t i = 0; i < shown; i++)
		meeting_row(h, i);
	tryst_html_table_end(h);
	tryst_html_more(h, shown, h->c->meeting_count, "meeting");
	tryst_html_put(h, "</section>\n");
}

/* Everything the lists say of the host; an entry that is more than the address itself by its text.
 */
static void
host_entries(struct tryst_html *h, const struct tryst_listed_host *host)
{
	char ip[TRYST_IP_TEXT_MAX];
	uint32_t lists;

	(void)tryst_ip_format(host->ip, ip);
	for (uint32_t i = 0; i < host->indicator_count && i < 4; i++) {
		const struct tryst_indicator *ind =
			tryst_watchlist_indicator(h->c->watchlist, host->indicators[i]);
		bool other = strcmp(ip, ind->text) != 0;

		tryst_html_put(h, i ? "; " : "");
		if (other)
			tryst_markup_short(h->out, ind->text, 60);
		tryst_html_put(h, other && ind->label[0] ? " " : "");
		tryst_markup_short(h->out, ind->label, 120);
	}
	if (host->indicator_count > 4)
		tryst_html_putf(h, "; +%u", host->indicator_count - 4);
	lists = tryst_watchlist_listed_by(h->c->watchlist, host->indicators, host->indicator_count);
	if (lists > 1)
		tryst_html_putf(h, " (listed by %u)", lists);
}

static void
host_ports(struct tryst_html *h, const struct tryst_listed_host *host)
{
	for (uint32_t i = 0; i < host->port_count && i < 6; i++)
		tryst_html_putf(h, "%s%u", i ? " " : "", host->ports[i]);
	if (host->port_count > 6)
		tryst_html_putf(h, " +%u", host->port_count - 6);
}

static void
host_sources(struct tryst_html *h, const struct tryst_spoof *s)
{
	static const char *const words[] = {
		[TRYST_SPOOF_UNDECIDABLE] = "cannot be told",
		[TRYST_SPOOF_GENUINE] = "genuine",
		[TRYST_SPOOF_PROBABLE] = "probably forged",
		[TRYST_SPOOF_SPOOFED] = "forged",
	};

	if (!s->untested)
		tryst_html_put(h, words[s->grade]);
}

/* Whether the lists say anything of any host but its address. */
static bool
any_entry(const struct tryst_case *c)
{
	char ip[TRYST_IP_TEXT_MAX];

	for (size_t i = 0; i < c->host_count; i++) {
		(void)tryst_ip_format(c->hosts[i].ip, ip);
		for (uint32_t k = 0; k < c->hosts[i].indicator_count; k++) {
			const struct tryst_indicator *ind =
				tryst_watchlist_indicator(c->watchlist, c->hosts[i].indicators[k]);

			if (ind->label[0] || strcmp(ind->text, ip) != 0)
				return true;
		}
	}
	return false;
}

static void
host_row(struct tryst_html *h, size_t index, bool entries)
{
	const struct tryst_listed_host *host = &h->c->hosts[index];
	uint32_t worked = 0;

	for (int v = 0; v < TRYST_VERDICT_COUNT; v++) {
		if (tryst_mark_of((enum tryst_verdict)v) <= TRYST_MARK_ANSWERED)
			worked += host->verdicts[v];
	}
	tryst_html_putf(h, "<tr id=\"h%zu\">", index + 1);
	if (entries) {
		tryst_html_put(h, "<td class=\"t l\">");
		host_entries(h, host);
		if (host->outdated) {
			tryst_html_number(h, host->outdated);
			tryst_html_put(h, " out of date");
		}
		tryst_html_put(h, "</td>");
	}
	tryst_html_put(h, "<th scope=\"row\" class=\"t a\">");
	tryst_markup_ip(h->out, host->ip);
	tryst_html_put(h, "</th>");
	tryst_html_put(h, "<td class=\"n\">");
	tryst_html_leads(h, host->conversations, "host", index);
	tryst_html_put(h, "</td><td class=\"n\">");
	tryst_html_number(h, worked);
	tryst_html_put(h, "</td><td class=\"d\">");
	tryst_html_time(h, host->first_ms, false);
	tryst_html_put(h, "</td><td class=\"d\">");
	tryst_html_time(h, host->last_ms, false);
	tryst_html_put(h, "</td>");
	tryst_html_counted(h, host->packets_in, host->uncounted, host->conversations);
	tryst_html_counted(h, host->packets_out, host->uncounted, host->conversations);
	tryst_html_counted(h, host->bytes_in, host->uncounted, host->conversations);
	tryst_html_counted(h, host->bytes_out, host->uncounted, host->conversations);
	tryst_html_put(h, "<td class=\"t\">");
	host_ports(h, host);
	tryst_html_put(h, "</td><td class=\"t\">");
	host_sources(h, &host->spoof);
	tryst_html_put(h, "</td></tr>\n");
}

void
tryst_html_hosts(struct tryst_html *h)
{
	static const struct tryst_html_column columns[] = {
		{ "On the list as", 't', NULL },
		{ "Address", 't', NULL },
		{ "All", 'n', "Conversations" },
		{ "answered", 'n', "Conversations" },
		{ "First", 'd', "Time, <span class=\"zn\">UTC</span>" },
		{ "Last", 'd', "Time, <span class=\"zn\">UTC</span>" },
		{ "in", 'n', "Packets" },
		{ "out", 'n', "Packets" },
		{ "in", 'n', "Bytes" },
		{ "out", 'n', "Bytes" },
		{ "Ports", 't', NULL },
		{ "Sources", 't', NULL },
	};
	bool entries = h->c->outdated || any_entry(h->c);
	size_t shown = TRYST_MIN(h->c->host_count, (size_t)TRYST_HTML_HOSTS_MAX);

	if (!shown)
		return;
	tryst_html_section(h, "hosts", "Listed hosts", NULL);
	tryst_html_table(h, "hosts-t", "Listed hosts that were seen, most conversations first");
	tryst_html_head(h, columns + !entries, TRYST_ARRAY_SIZE(columns) - !entries);
	for (size_t i = 0; i < shown; i++)
		host_row(h, i, entries);
	tryst_html_table_end(h);
	tryst_html_more(h, shown, h->c->host_count, "listed host");
	tryst_html_put(h, "</section>\n");
}

/* "controller_candidate" as words. */
static void
words(struct tryst_html *h, const char *key)
{
	for (; key && *key; key++)
		tryst_buf_char(&h->tmp, *key == '_' ? ' ' : *key);
	tryst_markup_take(h->out, &h->tmp);
}

static void
companion_row(struct tryst_html *h, const struct tryst_companion *k)
{
	tryst_html_put(h, "<tr><td class=\"t\">");
	tryst_html_grade(h, k->grade);
	tryst_html_put(h, "</td><th scope=\"row\" class=\"t a\">");
	tryst_markup_ip(h->out, k->ip);
	tryst_html_putf(h, "</th><td class=\"n\">%+.1f</td><td class=\"t\">", k->llr);
	for (uint32_t i = 0; i < k->meeting_count && i < 4; i++) {
		const struct tryst_meeting *m = &h->c->meetings[k->meetings[i]];

		tryst_html_putf(h, "%s<a href=\"#r%u\">", i ? ", " : "", k->meetings[i] + 1);
		tryst_html_endpoint(h, m);
		tryst_html_put(h, "</a>");
	}
	if (k->meeting_count > 4)
		tryst_html_putf(h, " +%u", k->meeting_count - 4);
	tryst_html_put(h, "</td><td class=\"n\">");
	if (k->lead_known)
		tryst_html_putf(h, "%.0f", (double)k->lead_ms / 1000);
	tryst_html_put(h, "</td><td class=\"t\">");
	words(h, k->direction);
	tryst_html_put(h, "</td><td class=\"t v\">");
	for (uint32_t i = 0; i < k->evidence.count; i++) {
		tryst_html_put(h, i ? " " : "");
		tryst_markup_str(h->out, k->evidence.list[i].text);
	}
	tryst_html_put(h, "</td></tr>\n");
}

void
tryst_html_companions(struct tryst_html *h)
{
	static const struct tryst_html_column columns[] = {
		{ "Grade", 't', NULL },
		{ "Address", 't', NULL },
		{ "Weight", 'n', NULL },
		{ "Endpoints shared", 't', NULL },
		{ "Seconds before the listed", 'n', NULL },
		{ "Role", 't', NULL },
		{ "Why", 't', NULL },
	};

	if (!h->c->companion_count)
		return;
	tryst_html_section(h, "companions", "Who else",
	                   "Hosts that are on no list and behave like those that are.");
	tryst_html_table(h, "companions-t", "Unlisted companions, the likeliest first");
	tryst_html_head(h, columns, TRYST_ARRAY_SIZE(columns));
	for (size_t i = 0; i < h->c->companion_count; i++)
		companion_row(h, &h->c->companions[i]);
	tryst_html_table_end(h);
	tryst_html_put(h, "</section>\n");
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page: a case as one HTML file that opens anywhere and asks for nothing (docs/page.md).  The
 * content security policy names the hashes of the only style and the only script (CSP Level 3,
 * 8.3); without the script everything is there, with it charts zoom and tables sort.
 */
#include "report/html.h"

#include "report/asset.h"
#include "report/renderers.h"

static void
head(struct tryst_html *h)
{
	tryst_html_put(h,
	               "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	tryst_html_put(h, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
	                  "&#39;none&#39;; style-src &#39;");
	tryst_html_put(h, tryst_asset_style.hash);
	if (tryst_asset_script.len) {
		tryst_html_put(h, "&#39;; script-src &#39;");
		tryst_html_put(h, tryst_asset_script.hash);
	}
	tryst_html_put(h, "&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;\">\n"
	                  "<meta name=\"viewport\" content=\"width=device-width, "
	                  "initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
	                  "<meta name=\"color-scheme\" content=\"light dark\">\n"
	                  "<meta name=\"generator\" content=\"tryst " TRYST_VERSION "\">\n<title>");
	tryst_html_headline(&h->tmp, h->c);
	tryst_markup_take(h->out, &h->tmp);
	tryst_html_put(h, "</title>\n<style>");
	tryst_buf_add(h->out, tryst_asset_style.text, tryst_asset_style.len);
	tryst_html_put(h, "</style>\n</head>\n");
}

/* The switch works without the script: the style asks which of the three is checked. */
static void
top(struct tryst_html *h)
{
	static const struct {
		const char *href, *title;
	} links[] = {
		{ "answer", "Answer" }, { "when", "When" },
		{ "who", "Who" },       { "findings", "Findings" },
		{ "hosts", "Hosts" },   { "conversations", "Conversations" },
		{ "method", "Method" },
	};
	static const char *const themes[] = { "Auto", "Light", "Dark" };

	tryst_html_put(h, "<body>\n<a class=\"skip\" href=\"#answer\">Skip to the answer</a>\n"
	                  "<header class=\"bar\">\n<nav aria-label=\"Sections\">");
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(links); i++) {
		bool there = i < 1 || i > 5 || h->c->sighting_count;

		if ((there && (i != 3 || h->c->meeting_count)) || (i == 3 && h->c->finding_count))
			tryst_html_putf(h, "<a href=\"#%s\">%s</a>", links[i].href, links[i].title);
	}
	tryst_html_put(h, "</nav>\n<div class=\"tools\"><span id=\"zone\"></span>"
	                  "<fieldset class=\"theme\"><legend>Colours</legend>");
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(themes); i++)
		tryst_html_putf(h,
		                "<label><input type=\"radio\" name=\"theme\" id=\"theme-%zu\"%s>"
		                "<span>%s</span></label>",
		                i, i ? "" : " checked", themes[i]);
	tryst_html_put(h, "</fieldset></div>\n</header>\n");
	tryst_html_marks(h);
	tryst_html_put(h, "<main>\n");
}

static void
foot(struct tryst_html *h)
{
	char text[TRYST_TIME_TEXT_MAX];

	(void)tryst_time_format(h->c->created_ms, text);
	tryst_html_putf(h,
	                "</main>\n<footer><p>Made by tryst " TRYST_VERSION
	                " from a case of <time datetime=\"%s\">%s</time>. Nothing on this page "
	                "asks for anything from a network.</p></footer>\n",
	                text, text);
	if (tryst_asset_script.len) {
		tryst_html_data(h);
		tryst_html_put(h, "<script>");
		tryst_buf_add(h->out, tryst_asset_script.text, tryst_asset_script.len);
		tryst_html_put(h, "</script>\n");
	}
	tryst_html_put(h, "</body>\n</html>\n");
}

/* The sections that only a hunt has. */
static void
hunted(struct tryst_html *h)
{
	tryst_html_answer(h);
	tryst_html_timeline(h);
	tryst_html_graph(h);
	tryst_html_findings(h);
	tryst_html_meetings(h);
	tryst_html_hosts(h);
	tryst_html_companions(h);
	tryst_html_sightings(h);
}

static int
render(const struct tryst_case *c, const struct tryst_report_options *options,
       struct tryst_buf *out, struct tryst_error *err)
{
	struct tryst_html h;
	int rc = tryst_html_init(&h, c, options, out, err);

	if (rc == 0) {
		head(&h);
		top(&h);
		if (c->search.made)
			tryst_html_search(&h);
		else
			hunted(&h);
		tryst_html_method(&h);
		foot(&h);
	}
	tryst_html_fini(&h);
	return rc == 0 && out->failed ? tryst_error_nomem(err) : rc;
}

const struct tryst_renderer tryst_renderer_html = {
	.name = "html",
	.help = "a page for a browser, one file",
	.render = render,
};

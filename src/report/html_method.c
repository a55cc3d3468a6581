/* SPDX-License-Identifier: Apache-2.0 */
/* How the answer was made, and what it does not say: method, caveats, the exact command. */
#include <string.h>

#include "report/html.h"
#include "report/layout.h"
#include "report/sentence.h"

#define HUNT                                                                                       \
	" Records were joined to conversations; home endpoints that two or more listed hosts had " \
	"conversations with are meetings. Each was tested against chance where other hosts were "  \
	"recorded, its sources against being forged, and five explanations were weighed by all "   \
	"that is known.</p>\n"
#define SEARCH                                                                                     \
	" No list was given: every pair of a client and an endpoint was looked at for what is "    \
	"regular, long, rare or in vain, and what else each finding can be was weighed beside "    \
	"it.</p>\n"

static const struct {
	const char *word, *meaning;
} words[] = {
	{ "listed host", "an address that an entry of the watchlist holds" },
	{ "home", "the networks that the investigator answers for; without them, whichever side is "
	          "not listed" },
	{ "conversation", "all flow records of one pair of addresses, ports and protocol, both "
	                  "directions, without what several exporters saw twice" },
	{ "meeting",
	  "an endpoint (address, protocol and service port) that two or more listed hosts "
	  "had conversations with" },
	{ "answered", "the side that was asked answered, as far as records say" },
	{ "expected by chance",
	  "how many listed hosts would have come to this endpoint if they chose "
	  "endpoints as other hosts of their activity do" },
	{ "false discovery rate", "of endpoints called findings at this threshold, the share that "
	                          "chance explains" },
	{ "forged sources",
	  "somebody else sent the packets in the listed hosts\xe2\x80\x99 names" },
};

static void
caveats(struct tryst_html *h)
{
	const struct tryst_case *c = h->c;

	if (!c->caveat_count)
		return;
	tryst_html_put(h, "<h3>Caveats</h3>\n<ul class=\"caveats\">\n");
	for (size_t i = 0; i < c->caveat_count; i++) {
		tryst_html_put(h, "<li>");
		tryst_markup_str(h->out, c->caveats[i]);
		tryst_html_put(h, "</li>\n");
	}
	tryst_html_put(h, "</ul>\n");
}

static void
glossary(struct tryst_html *h)
{
	tryst_html_put(h, "<h3>Words</h3>\n<dl class=\"words\">\n");
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(words); i++)
		tryst_html_putf(h, "<div><dt>%s</dt><dd>%s</dd></div>\n", words[i].word,
		                words[i].meaning);
	tryst_html_put(h, "</dl>\n");
}

/* A word as a shell reads it back, escaped by the caller. */
static void
shell_word(struct tryst_buf *b, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "%+,-./:=@_";

	if (word[0] && word[strspn(word, plain)] == '\0') {
		tryst_buf_str(b, word);
		return;
	}
	tryst_buf_char(b, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			tryst_buf_str(b, "'\\''");
		else
			tryst_buf_char(b, *word);
	}
	tryst_buf_char(b, '\'');
}

static void
command(struct tryst_html *h)
{
	if (!h->c->argc)
		return;
	tryst_html_put(h, "<h3>The exact command</h3>\n<pre><code>");
	for (int i = 0; i < h->c->argc; i++) {
		struct tryst_buf word = { 0 };

		tryst_html_put(h, i ? " <span>" : "<span>");
		shell_word(&word, h->c->argv[i]);
		h->out->failed |= word.failed;
		if (!word.failed)
			tryst_markup_text(h->out, word.data, word.len);
		tryst_html_put(h, "</span>");
		tryst_buf_fini(&word);
	}
	tryst_html_put(h, "</code></pre>\n");
}

static void
background(struct tryst_html *h)
{
	const struct tryst_background *k = &h->c->background;

	if (!k->known)
		return;
	tryst_html_put(h, "<p>Chance was measured against ");
	tryst_html_count(h, k->hosts, "unlisted host");
	tryst_html_put(h, " at ");
	tryst_html_count(h, k->endpoints, "home endpoint");
	if (k->one_in > 1) {
		tryst_html_put(h, ", one in ");
		tryst_html_number(h, k->one_in);
		tryst_html_put(h, " of all");
	}
	tryst_html_put(h, "; ");
	tryst_html_number(h, k->scanners);
	tryst_html_put(h, " of them behave as scanners.</p>\n");
}

static void
home(struct tryst_html *h)
{
	char text[TRYST_PREFIX_TEXT_MAX];

	if (!h->c->home_count) {
		tryst_html_put(h, "<p>No home networks were named: the side of a flow that is not "
		                  "listed is called home.</p>\n");
		return;
	}
	tryst_html_put(h, "<p>Home: ");
	for (size_t i = 0; i < h->c->home_count && i < 20; i++) {
		(void)tryst_prefix_format(h->c->home[i], text);
		tryst_html_putf(h, "%s<span class=\"a\">%s</span>", i ? ", " : "", text);
	}
	if (h->c->home_count > 20)
		tryst_html_putf(h, " and %zu more", h->c->home_count - 20);
	tryst_html_put(h, ".</p>\n");
}

void
tryst_html_method(struct tryst_html *h)
{
	tryst_html_section(h, "method", "Method and caveats", NULL);
	tryst_html_put(h, "<div class=\"prose\">\n<p>");
	tryst_sentence_read(&h->tmp, h->c);
	if (tryst_sentence_is_narrowed(h->c))
		tryst_buf_char(&h->tmp, ' ');
	tryst_sentence_asked(&h->tmp, h->c);
	tryst_html_said(h);
	tryst_html_put(h, h->c->search.made ? SEARCH : HUNT);
	background(h);
	home(h);
	caveats(h);
	if (!h->c->search.made)
		glossary(h);
	command(h);
	tryst_html_put(h, "</div>\n");
	tryst_html_inputs(h);
	tryst_html_put(h, "</section>\n");
}

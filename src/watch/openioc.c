/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenIOC 1.0 (<ioc>) and 1.1 (<OpenIOC>): indicator items whose search term is an address.
 *
 * Items under OR are taken.  Under AND an address is taken only if nothing but a port stands beside
 * it: the rest could not be seen in flows, and half a condition is not the indicator.
 */
#include "watch/columns.h"
#include "watch/xml.h"

#define LEVELS_MAX 16
#define PENDING_MAX 16
#define VALUE_BYTES 256

/* The terms that are addresses and ports of the peer. */
static const struct {
	const char *term;
	bool port;
} terms[] = {
	{ "PortItem/remoteIP", false },
	{ "PortItem/localIP", false },
	{ "RouteEntryItem/Destination", false },
	{ "DnsEntryItem/RecordData/IPv4Address", false },
	{ "DnsEntryItem/RecordData/IPv6Address", false },
	{ "Network/RemoteIP", false },
	{ "PortItem/remotePort", true },
};

/* An item, or an address that waits for the end of its AND. */
struct item {
	char value[VALUE_BYTES];
	size_t len;
	uint32_t line;
};

/* An <Indicator>. */
struct level {
	bool and;
	unsigned others; /* conditions that flows do not show, and indicators inside */
	uint16_t port;
	struct item pending[PENDING_MAX];
	size_t pending_count;
};

struct reader {
	struct tryst_watchlist *w;
	struct tryst_xml x;
	struct level levels[LEVELS_MAX];
	size_t depth;
	/* The <IndicatorItem> that is open: */
	bool in_item, negated, in_content, in_title;
	int term; /* index of terms, -1: another */
	struct item item;
	char title[VALUE_BYTES];
	size_t title_len;
};

static int
address_add(struct reader *r, const struct item *item, uint16_t port)
{
	struct tryst_list_entry e;

	tryst_list_entry_init(&e);
	e.label = (struct tryst_slice){ r->title, r->title_len };
	e.form.port = port;
	return tryst_list_take(r->w, item->line, &e,
	                       (struct tryst_slice){ item->value, item->len });
}

/* Whether an address at the innermost level depends on anything outside of it. */
static bool
under_and(const struct reader *r)
{
	for (size_t i = 0; i + 1 < r->depth; i++) {
		if (r->levels[i].and)
			return true;
	}
	return false;
}

static int
item_end(struct reader *r)
{
	struct level *level = r->depth ? &r->levels[r->depth - 1] : NULL;
	struct tryst_slice value = { r->item.value, r->item.len };
	uint64_t port;

	r->in_item = false;
	if (!level)
		return 0;
	if (r->term < 0) {
		level->others++;
		return level->and
		               ? 0
		               : tryst_list_skip(r->w, r->item.line, tryst_slice_of("other terms"));
	}
	if (r->negated) {
		level->others++;
		return tryst_list_reject(r->w, r->item.line,
		                         "a condition other than is and contains", value);
	}
	if (terms[r->term].port) {
		if (tryst_slice_number(value, 65535, &port) && !level->port)
			level->port = (uint16_t)port;
		else
			level->others++;
		return 0;
	}
	if (!level->and &&!under_and(r))
		return address_add(r, &r->item, 0);
	if (level->pending_count == PENDING_MAX)
		return tryst_list_reject(r->w, r->item.line, "too many conditions joined by AND",
		                         value);
	level->pending[level->pending_count++] = r->item;
	return 0;
}

static int
indicator_end(struct reader *r)
{
	struct level *level = &r->levels[r->depth - 1];
	bool whole = level->pending_count == 1 && !level->others && !under_and(r);
	int rc = 0;

	if (r->depth > 1)
		r->levels[r->depth - 2].others++;
	r->depth--;
	for (size_t i = 0; rc == 0 && i < level->pending_count; i++) {
		const struct item *p = &level->pending[i];

		rc = whole ? address_add(r, p, level->port)
		           : tryst_list_reject(r->w, p->line,
		                               "counts only together with other conditions (AND)",
		                               (struct tryst_slice){ p->value, p->len });
	}
	return rc;
}

static int
element_open(struct reader *r)
{
	struct tryst_slice v;

	if (tryst_slice_is(r->x.name, "Indicator")) {
		if (r->depth == LEVELS_MAX) {
			r->x.why = "nested too deeply";
			r->x.pos = r->x.end;
			return 0;
		}
		r->levels[r->depth] = (struct level){ .and = false };
		if (tryst_xml_attribute(&r->x, "operator", &v))
			r->levels[r->depth].and = tryst_slice_like(v, "AND");
		r->depth++;
	} else if (tryst_slice_is(r->x.name, "IndicatorItem")) {
		r->in_item = true;
		r->term = -1;
		r->item = (struct item){ .line = r->x.at_line };
		r->negated = tryst_xml_attribute(&r->x, "condition", &v) &&
		             !tryst_slice_like(v, "is") && !tryst_slice_like(v, "contains");
		r->negated = r->negated || (tryst_xml_attribute(&r->x, "negate", &v) &&
		                            tryst_slice_like(v, "true"));
	} else if (r->in_item && tryst_slice_is(r->x.name, "Context") &&
	           tryst_xml_attribute(&r->x, "search", &v)) {
		for (size_t i = 0; i < TRYST_ARRAY_SIZE(terms); i++)
			r->term = tryst_slice_like(v, terms[i].term) ? (int)i : r->term;
	} else if (r->in_item && tryst_slice_is(r->x.name, "Content")) {
		r->in_content = true;
	} else if (tryst_slice_is(r->x.name, "short_description")) {
		r->in_title = true;
	}
	return 0;
}

static int
element_close(struct reader *r)
{
	if (tryst_slice_is(r->x.name, "Content"))
		r->in_content = false;
	else if (tryst_slice_is(r->x.name, "short_description"))
		r->in_title = false;
	else if (tryst_slice_is(r->x.name, "IndicatorItem") && r->in_item)
		return item_end(r);
	else if (tryst_slice_is(r->x.name, "Indicator") && r->depth)
		return indicator_end(r);
	return 0;
}

static void
text_add(const struct reader *r, char *to, size_t *len)
{
	*len += tryst_xml_unescape(r->x.text, r->x.raw, to + *len, VALUE_BYTES - *len);
}

static int
openioc_read(struct tryst_watchlist *w, const char *data, size_t len)
{
	struct reader r = { .w = w };
	enum tryst_xml_event event;
	int rc = 0;

	tryst_list_called(w, "OpenIOC");
	tryst_xml_init(&r.x, data, len);
	while (rc == 0 && (event = tryst_xml_next(&r.x)) != TRYST_XML_END) {
		if (event == TRYST_XML_OPEN)
			rc = element_open(&r);
		else if (event == TRYST_XML_CLOSE)
			rc = element_close(&r);
		else if (r.in_content)
			text_add(&r, r.item.value, &r.item.len);
		else if (r.in_title)
			text_add(&r, r.title, &r.title_len);
	}
	if (rc == 0 && r.x.why)
		rc = tryst_list_reject(w, r.x.at_line, r.x.why, (struct tryst_slice){ 0 });
	return rc;
}

static bool
openioc_probe(const char *data, size_t len)
{
	struct tryst_slice t = tryst_slice_trim((struct tryst_slice){ data, len }, " \t\r\n");

	return tryst_slice_begins(t, "<?xml") || tryst_slice_begins(t, "<!") ||
	       tryst_slice_begins(t, "<ioc") || tryst_slice_begins(t, "<OpenIOC");
}

const struct tryst_list_format tryst_list_openioc = {
	.name = "openioc",
	.help = "OpenIOC 1.0 and 1.1",
	.probe = openioc_probe,
	.read = openioc_read,
};

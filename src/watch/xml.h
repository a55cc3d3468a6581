/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small pull parser for XML 1.0 in memory: elements with their attributes, and text.  Comments,
 * processing instructions and the XML declaration are passed over.  There are no entities but the
 * five predefined ones and numeric ones, and a document type declaration ends the reading: nothing
 * is ever fetched or expanded.  It does not validate: end tags are only counted.
 */
#ifndef TRYST_WATCH_XML_H
#define TRYST_WATCH_XML_H

#include "watch/slice.h"

enum tryst_xml_event { TRYST_XML_END, TRYST_XML_OPEN, TRYST_XML_CLOSE, TRYST_XML_TEXT };

struct tryst_xml {
	const char *pos, *end;
	uint32_t line;   /* of pos */
	unsigned depth;  /* elements that are open */
	const char *why; /* what ended the reading, NULL at the true end */
	/* The last event: */
	uint32_t at_line;
	struct tryst_slice name;       /* of OPEN and CLOSE, without its prefix */
	struct tryst_slice attributes; /* of OPEN */
	struct tryst_slice text;       /* of TEXT, as it stands */
	bool raw;                      /* TEXT from a CDATA section: no entities in it */
	bool closed;                   /* OPEN of <x/>; its CLOSE follows */
};

void tryst_xml_init(struct tryst_xml *x, const char *data, size_t len);
enum tryst_xml_event tryst_xml_next(struct tryst_xml *x);

/* The value of an attribute of the element that was opened last; false when it has none. */
bool tryst_xml_attribute(const struct tryst_xml *x, const char *name, struct tryst_slice *value);

/* The text with its entities resolved, at most `size` bytes of it; returns how many. */
size_t tryst_xml_unescape(struct tryst_slice t, bool raw, char *out, size_t size);

#endif

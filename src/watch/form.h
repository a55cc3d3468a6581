/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The written forms of an indicator: one piece of text -> a range of addresses and a port.
 */
#ifndef TRYST_WATCH_FORM_H
#define TRYST_WATCH_FORM_H

#include "base/ip.h"

struct tryst_form {
	struct tryst_ip_range range;
	size_t used;   /* characters of the text, from its beginning */
	uint16_t port; /* 0: none given */
	bool masked;   /* bits below the prefix length were set */
	bool zone;     /* a zone id was dropped */
};

/*
 * Reads the indicator that begins the (refanged) text: an address, a prefix, `addr netmask`, a
 * range, a wildcard, an address with a port, or a URL whose host is an address;
 * docs/formats/watchlist.md lists them.  It must end at the end of the text, a blank or a
 * separator.
 *
 * Returns false when there is none.  Then *why is NULL when the text does not begin like one; else
 * it says what is wrong with it and out->used how long it is.
 */
bool tryst_form_parse(const char *text, size_t len, struct tryst_form *out, const char **why);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses that are somebody's mistake on a list of suspects, or dangerous to act upon.
 */
#ifndef TRYST_WATCH_SPECIAL_H
#define TRYST_WATCH_SPECIAL_H

#include "base/ip.h"

struct tryst_special {
	struct tryst_prefix prefix;
	const char *kind; /* one word: "private", "documentation", ... */
	const char *name; /* "private use (RFC 1918)" */
};

/*
 * The special-purpose blocks that a range overlaps, one a call, in order of their addresses, NULL
 * behind the last; *at is 0 at first.
 */
const struct tryst_special *tryst_special_next(struct tryst_ip_range r, size_t *at);

/*
 * Why a range deserves a warning: it overlaps a special-purpose block (IANA registries, RFC 6890),
 * or is wider than an IPv4 /8 or an IPv6 /19, the widest that anybody was given.  NULL: it deserves
 * none.
 */
const char *tryst_special_find(struct tryst_ip_range r);

#endif

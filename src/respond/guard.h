/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must not be null-routed: the user's own networks, who exports the flows and routes the
 * packets, the servers that the Internet rests on, and addresses that mean nobody or everybody.
 *
 * Every guard has a class, by whose name the user may overrule it (--allow-special=CLASS), but for
 * the default route, which nobody may.  Special-purpose blocks are those of watch/special.h; root
 * servers, public resolvers and content networks those of watch/known.h.
 */
#ifndef TRYST_RESPOND_GUARD_H
#define TRYST_RESPOND_GUARD_H

#include "base/ip.h"

struct tryst_guard {
	struct tryst_prefix prefix;
	const char *kind; /* the name of its class */
	const char *what; /* "DNS root server k" */
};

/* A class that can be overruled. */
struct tryst_guard_class {
	const char *name;
	const char *help;
};

/* All of them, ended by a row without name. */
extern const struct tryst_guard_class tryst_guard_classes[];

/* The class of that name, or NULL. */
const struct tryst_guard_class *tryst_guard_class_find(const char *name);

/* Whether a prefix is of IPv4; ::/0 and the like hold its mapped form, but route none of it. */
static inline bool
tryst_prefix_is_v4(struct tryst_prefix p)
{
	return p.len >= 96 && tryst_ip_is_v4(p.ip);
}

/* Whether two prefixes of one family have an address in common. */
static inline bool
tryst_prefix_overlaps(struct tryst_prefix a, struct tryst_prefix b)
{
	if (tryst_prefix_is_v4(a) != tryst_prefix_is_v4(b))
		return false;
	return a.len <= b.len ? tryst_prefix_contains(a, b.ip) : tryst_prefix_contains(b, a.ip);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses that are somebody's mistake on a list of suspects, or dangerous to act upon.
 */
#ifndef TRYST_WATCH_SPECIAL_H
#define TRYST_WATCH_SPECIAL_H

#include "base/ip.h"

/*
 * Why a range deserves a warning: it overlaps a special-purpose block (IANA registries, RFC 6890),
 * or is wider than an IPv4 /8 or an IPv6 /19, the widest that anybody was given.  NULL: it deserves
 * none.
 */
const char *tryst_special_find(struct tryst_ip_range r);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses that half the world talks to: on a list of suspects they are most often a mistake, and
 * every client of theirs is then a sighting.
 */
#ifndef TRYST_WATCH_KNOWN_H
#define TRYST_WATCH_KNOWN_H

#include "watch/special.h"

/*
 * Those of them that a range overlaps, one a call, in order of their addresses, NULL behind the
 * last; *at is 0 at first.  Their kinds are "root-server", "resolver", "content".
 */
const struct tryst_special *tryst_known_next(struct tryst_ip_range r, size_t *at);

/* "a public DNS resolver (Quad9)", "a content network (...)", where the range overlaps one; NULL.
 */
const char *tryst_known_find(struct tryst_ip_range r);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STIX 2.1 patterns (part 9 of the specification), as far as they name addresses: comparisons of
 * `ipv4-addr:value`, `ipv6-addr:value` and `network-traffic:{src,dst}_ref.value` with `=`, `==`,
 * IN and ISSUBSET, of `network-traffic:{src,dst}_port` with `=`, of `{src,dst}_ref.type`; AND and
 * OR between them and OR between observations.
 *
 * A pattern is taken whole or not at all: what cannot be expressed as addresses with a port
 * rejects it, with a reason.
 */
#ifndef TRYST_WATCH_STIX_PATTERN_H
#define TRYST_WATCH_STIX_PATTERN_H

#include "watch/form.h"
#include "watch/slice.h"

#define TRYST_STIX_TERMS_MAX 4096 /* addresses of one pattern */

struct tryst_stix_term {
	struct tryst_slice address; /* as the pattern has it, between its quotes */
	uint16_t port;              /* of the address; 0: any */
};

struct tryst_stix_pattern {
	struct tryst_stix_term *terms; /* malloc'ed */
	size_t count;
};

/*
 * Takes a pattern apart.  Returns NULL, or why it is rejected; then there is nothing to free.
 * An empty reason stands for a lack of memory.
 */
const char *tryst_stix_pattern_parse(struct tryst_slice pattern, struct tryst_stix_pattern *out);
void tryst_stix_pattern_fini(struct tryst_stix_pattern *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the STIX 2.1 renderer share. */
#ifndef TRYST_REPORT_STIX_H
#define TRYST_REPORT_STIX_H

#include "base/json.h"
#include "report/exchange.h"
#include "report/traffic.h"

#define TRYST_STIX_ID_MAX 80

/*
 * "ipv4-addr--<uuid>", deterministic by the rules of STIX 2.1, 2.9.  Memory that is out is marked
 * in b.
 */
void tryst_stix_address_id(struct tryst_buf *b, struct tryst_ip ip, char out[TRYST_STIX_ID_MAX]);
void tryst_stix_traffic_id(struct tryst_buf *b, const struct tryst_traffic *g,
                           char out[TRYST_STIX_ID_MAX]);

/*
 * The properties of a network-traffic that make its identifier, in the order of their names: the
 * same text is hashed and, with the others, written.
 */
void tryst_stix_traffic_properties(struct tryst_json *j, const struct tryst_traffic *g);

/* The pattern of an entry of a list. */
void tryst_stix_pattern(struct tryst_buf *out, const struct tryst_indicator *indicator);

#endif

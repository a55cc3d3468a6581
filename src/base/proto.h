/* SPDX-License-Identifier: Apache-2.0 */
/* IP protocol numbers and their names (IANA "Assigned Internet Protocol Numbers", keywords). */
#ifndef TRYST_BASE_PROTO_H
#define TRYST_BASE_PROTO_H

#include "base/buf.h"

/*
 * The number of a protocol by its keyword or a common other name (icmp6, ospf, ...), exactly len
 * characters, letter case ignored; -1 when it is none.  Numbers as text are the caller's business.
 */
int tryst_proto_find(const char *name, size_t len);

/* The IANA keyword, or NULL where the number has none. */
const char *tryst_proto_name(uint8_t proto);

/* Appends "udp", or "proto 250" where the number has no keyword. */
void tryst_buf_proto(struct tryst_buf *b, uint8_t proto);

#endif

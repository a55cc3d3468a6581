/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Community ID version 1: one short name for both directions of a conversation, the same in every
 * program that knows it (Zeek, Suricata, Arkime, Wireshark).
 * Source: corelight/community-id-spec, with its vectors in tests/unit/base.
 */
#ifndef TRYST_BASE_COMMUNITY_ID_H
#define TRYST_BASE_COMMUNITY_ID_H

#include "base/ip.h"

#define TRYST_COMMUNITY_ID_LEN 30 /* "1:" and 28 characters of base64 */

/*
 * Writes TRYST_COMMUNITY_ID_LEN characters, no NUL.  Ports count for TCP, UDP and SCTP; for ICMP
 * and ICMPv6 give type and code as the source and destination port; otherwise they are passed over.
 */
void tryst_community_id(uint16_t seed, struct tryst_ip src, struct tryst_ip dst, uint8_t proto,
                        uint16_t src_port, uint16_t dst_port, char out[TRYST_COMMUNITY_ID_LEN]);

/* The ICMP (proto 1) or ICMPv6 (58) type that answers or asks for this one, or -1. */
int tryst_icmp_counterpart(uint8_t proto, uint8_t type);

#endif

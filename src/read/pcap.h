/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of captures: what its two roles share (docs/formats/pcap.md).
 *
 * A capture holds either export datagrams on their way to a collector, which are decoded, or
 * ordinary traffic, which is metered into flows.
 */
#ifndef TRYST_READ_PCAP_H
#define TRYST_READ_PCAP_H

#include "read/capture.h"
#include "read/packet.h"

#define TRYST_PCAP_ENDPOINTS_MAX 64

extern const struct tryst_reader tryst_reader_pcap;        /* sniffed; chooses between: */
extern const struct tryst_reader tryst_reader_pcap_flows;  /* by name */
extern const struct tryst_reader tryst_reader_pcap_export; /* by name */

/* Where export datagrams are sent to. */
struct tryst_pcap_endpoint {
	struct tryst_ip ip;
	uint16_t port;
};

struct tryst_pcap_endpoints {
	struct tryst_pcap_endpoint list[TRYST_PCAP_ENDPOINTS_MAX];
	size_t count;
};

/* What the beginning of a capture holds. */
struct tryst_pcap_survey {
	uint64_t packets; /* of IP, later fragments left out */
	uint64_t exports; /* of them: UDP payloads that are export datagrams from end to end */
	struct tryst_pcap_endpoints endpoints;
};

/* Whether the packet goes to one of the endpoints, or is an export datagram and makes it one. */
bool tryst_pcap_exports_to(struct tryst_pcap_endpoints *e, const struct tryst_packet *p);

/* Looks at the first frames of a capture.  Damage is somebody else's business. */
int tryst_pcap_survey_file(const struct tryst_file *file, bool inner, struct tryst_pcap_survey *out,
                           struct tryst_error *err);

/* The payload of a UDP packet as far as it was captured. */
static inline const uint8_t *
tryst_pcap_payload(const struct tryst_packet *p, size_t *len)
{
	*len = p->body_len - TRYST_MIN(p->body_len, p->payload);
	return p->body + (p->body_len - *len);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/community.h"

#include <netinet/in.h>

bool
tryst_sighting_community_id(const struct tryst_sighting *s, char out[TRYST_COMMUNITY_ID_LEN])
{
	bool ports = s->proto == IPPROTO_TCP || s->proto == IPPROTO_UDP || s->proto == IPPROTO_SCTP;
	bool icmp = s->proto == IPPROTO_ICMP || s->proto == IPPROTO_ICMPV6;
	struct tryst_ip src = s->home, dst = s->peer;
	uint16_t src_port = s->home_port, dst_port = s->peer_port;

	if ((ports && (!s->home_port_known || !s->peer_port_known)) || (icmp && !s->icmp_known))
		return false;
	if (icmp) {
		/* The first record's type, so its sender's: one without an answer has a direction.
		 */
		src = s->home_first ? s->home : s->peer;
		dst = s->home_first ? s->peer : s->home;
		src_port = s->icmp >> 8;
		dst_port = s->icmp & 0xff;
	}
	tryst_community_id(0, src, dst, s->proto, src_port, dst_port, out);
	return true;
}

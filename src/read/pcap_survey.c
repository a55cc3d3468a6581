/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells export datagrams from other traffic by their content, whatever their port.
 *
 * Every version says in some way how long it is; a payload counts only when that fits to the byte.
 */
#include "read/pcap.h"

#include "read/export.h"

#define SURVEY_FRAMES 4096
#define PROTO_UDP 17

bool
tryst_pcap_exports_to(struct tryst_pcap_endpoints *e, const struct tryst_packet *p)
{
	const uint8_t *data;
	size_t len;

	if (p->proto != PROTO_UDP || !(p->known & TRYST_BIT(dst_port)))
		return false;
	for (size_t i = 0; i < e->count; i++) {
		if (e->list[i].port == p->dst_port && tryst_ip_equal(e->list[i].ip, p->dst))
			return true;
	}
	data = tryst_pcap_payload(p, &len);
	if (len == 0 || tryst_export_length(data, len) != len)
		return false;
	if (e->count < TRYST_PCAP_ENDPOINTS_MAX)
		e->list[e->count++] = (struct tryst_pcap_endpoint){ p->dst, p->dst_port };
	return true;
}

int
tryst_pcap_survey_file(const struct tryst_file *file, bool inner, struct tryst_pcap_survey *out,
                       struct tryst_error *err)
{
	struct tryst_capture capture;
	struct tryst_frame frame;
	struct tryst_health health;
	int rc = tryst_capture_open(&capture, file, err);

	*out = (struct tryst_pcap_survey){ 0 };
	if (rc < 0)
		return rc;
	tryst_health_init(&health);
	for (unsigned i = 0; i < SURVEY_FRAMES; i++) {
		struct tryst_packet p;

		rc = tryst_capture_next(&capture, &frame, &health, err);
		if (rc != 1)
			break;
		if (tryst_packet_parse(frame.link, frame.data, frame.len, frame.wire_len, inner,
		                       &p) != TRYST_PACKET_IP ||
		    p.fragment_at)
			continue;
		out->packets++;
		out->exports += tryst_pcap_exports_to(&out->endpoints, &p);
	}
	tryst_capture_close(&capture);
	return rc < 0 ? rc : 0;
}

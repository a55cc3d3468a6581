/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells export datagrams from other traffic by their content, whatever their port.
 *
 * Every version says in some way how long it is; a payload counts only when that fits to the byte.
 */
#include "read/pcap.h"

#include "read/export.h"
#include "read/fragment.h"

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

/* A packet, or a fragment: 1 when it is whole (now). */
static int
whole(struct tryst_fragment_joins *joins, struct tryst_packet *p, const struct tryst_frame *frame,
      struct tryst_error *err)
{
	struct tryst_health health;

	if (!tryst_packet_is_fragment(p))
		return 1;
	tryst_health_init(&health); /* what is damaged is counted when it is read */
	return tryst_fragment_joins_add(joins, p, frame->time_ms, frame->at, &health, err);
}

static int
survey(struct tryst_capture *capture, struct tryst_fragment_joins *joins, bool inner,
       struct tryst_pcap_survey *out, struct tryst_error *err)
{
	struct tryst_frame frame;
	struct tryst_health health;
	int rc = 1;

	tryst_health_init(&health);
	for (unsigned i = 0; i < SURVEY_FRAMES && rc >= 0; i++) {
		struct tryst_packet p;

		rc = tryst_capture_next(capture, &frame, &health, err);
		if (rc != 1)
			break;
		if (tryst_packet_parse(frame.link, frame.data, frame.len, frame.wire_len, inner,
		                       &p) != TRYST_PACKET_IP)
			continue;
		rc = whole(joins, &p, &frame, err);
		if (rc == 1) {
			out->packets++;
			out->exports += tryst_pcap_exports_to(&out->endpoints, &p);
		}
	}
	return TRYST_MIN(rc, 0);
}

int
tryst_pcap_survey_file(const struct tryst_file *file, bool inner, struct tryst_pcap_survey *out,
                       struct tryst_error *err)
{
	struct tryst_fragment_joins *joins = tryst_fragment_joins_new();
	struct tryst_capture capture;
	int rc;

	*out = (struct tryst_pcap_survey){ 0 };
	if (!joins)
		return tryst_error_nomem(err);
	rc = tryst_capture_open(&capture, file, err);
	if (rc == 0) {
		rc = survey(&capture, joins, inner, out, err);
		tryst_capture_close(&capture);
	}
	tryst_fragment_joins_free(joins);
	return rc;
}

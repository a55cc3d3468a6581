/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of captures.  One part: both a meter and a decoder of exports must see packets in
 * their order.
 */
#include "read/pcap.h"

#include <stdlib.h>
#include <string.h>

#include "read/export.h"
#include "read/fragment.h"
#include "read/meter.h"
#include "read/row.h"

#define EXPORT_SHARE 3 /* so much of the packets (one in ...) makes a capture one of exports */
#define LINKS_NOTED 16

enum role { ROLE_FLOWS, ROLE_EXPORT };

struct pcap_source {
	struct tryst_source base; /* first */
	struct tryst_file file;
	enum role role;
	bool inner;
	struct tryst_pcap_survey survey;
};

/* The part being read. */
struct reading {
	struct pcap_source *s;
	struct tryst_sink *sink;
	struct tryst_frame frame;
	uint32_t links[LINKS_NOTED]; /* link types that were noted as not read */
	unsigned link_count;
	struct tryst_row row;
	/* Of the role of flows: */
	struct tryst_meter *meter;
	struct tryst_fragment_ports *ports;
	/* Of the role of exports: */
	struct tryst_pcap_endpoints endpoints;
	struct tryst_fragment_joins *joins;
	struct tryst_export *decoder;
};

static int
put_metered(void *ctx, const struct tryst_metered *f, struct tryst_error *err)
{
	static const uint64_t optional = TRYST_BIT(src_port) | TRYST_BIT(dst_port) |
	                                 TRYST_BIT(tcp_flags) | TRYST_BIT(icmp_type) |
	                                 TRYST_BIT(icmp_code) | TRYST_BIT(vlan) | TRYST_BIT(ip_id) |
	                                 TRYST_BIT(first_flags);
	struct reading *r = ctx;
	struct tryst_row *row = &r->row;

	row->known = 0;
	TRYST_ROW_NUMBER(row, start_ms, f->start_ms);
	TRYST_ROW_NUMBER(row, end_ms, f->end_ms);
	TRYST_ROW_IP(row, src, f->src);
	TRYST_ROW_IP(row, dst, f->dst);
	TRYST_ROW_NUMBER(row, src_port, f->src_port);
	TRYST_ROW_NUMBER(row, dst_port, f->dst_port);
	TRYST_ROW_NUMBER(row, proto, f->proto);
	TRYST_ROW_NUMBER(row, tcp_flags, f->tcp_flags);
	TRYST_ROW_NUMBER(row, first_flags, f->first_flags);
	TRYST_ROW_NUMBER(row, tos, f->tos);
	TRYST_ROW_NUMBER(row, icmp_type, f->icmp_type);
	TRYST_ROW_NUMBER(row, icmp_code, f->icmp_code);
	TRYST_ROW_NUMBER(row, packets, f->packets);
	TRYST_ROW_NUMBER(row, bytes, f->bytes);
	TRYST_ROW_NUMBER(row, vlan, f->vlan);
	TRYST_ROW_NUMBER(row, min_ttl, f->min_ttl);
	TRYST_ROW_NUMBER(row, max_ttl, f->max_ttl);
	TRYST_ROW_NUMBER(row, ip_id, f->ip_id);
	TRYST_ROW_NUMBER(row, end_reason, f->end_reason);
	row->known = (row->known & ~optional) | (f->known & optional);
	return tryst_row_put(row, r->sink, err);
}

static void
note_link(struct reading *r)
{
	for (unsigned i = 0; i < r->link_count; i++) {
		if (r->links[i] == r->frame.link)
			return;
	}
	if (r->link_count < LINKS_NOTED)
		r->links[r->link_count++] = r->frame.link;
	tryst_health_note(&r->sink->health, r->frame.at, 0, "frames of link type %u are not read",
	                  r->frame.link);
}

/* Counts a frame that holds no packet for us. */
static void
count_other(struct reading *r, enum tryst_packet_kind kind)
{
	struct tryst_health *h = &r->sink->health;

	switch (kind) {
	case TRYST_PACKET_OTHER:
		h->other_records++;
		break;
	case TRYST_PACKET_LINK:
		h->skipped_records++;
		note_link(r);
		break;
	case TRYST_PACKET_SHORT:
		h->skipped_records++;
		tryst_health_note(h, r->frame.at, 0,
		                  "frame at offset %llu: %u of %u bytes were captured, too few",
		                  (unsigned long long)r->frame.at, r->frame.len, r->frame.wire_len);
		break;
	default:
		h->damaged_records++;
		tryst_health_note(h, r->frame.at, 0,
		                  "frame at offset %llu: no IP packet is like this",
		                  (unsigned long long)r->frame.at);
		break;
	}
}

static int
take_export(struct reading *r, struct tryst_packet *p, struct tryst_error *err)
{
	struct tryst_datagram d = {
		.exporter = p->src,
		.received_ms = r->frame.time_ms,
		.at = r->frame.at,
	};
	int rc;

	if (tryst_packet_is_fragment(p)) {
		rc = tryst_fragment_joins_add(r->joins, p, r->frame.time_ms, r->frame.at,
		                              &r->sink->health, err);
		if (rc != 1)
			return rc;
	}
	if (!tryst_pcap_exports_to(&r->endpoints, p)) {
		r->sink->health.other_records++;
		return 0;
	}
	d.port = p->src_port;
	d.data = tryst_pcap_payload(p, &d.len);
	return tryst_export_decode(r->decoder, &d, r->sink, err);
}

static int
take_frame(struct reading *r, struct tryst_error *err)
{
	const struct tryst_frame *f = &r->frame;
	struct tryst_packet p;
	enum tryst_packet_kind kind;

	kind = tryst_packet_parse(f->link, f->data, f->len, f->wire_len, r->s->inner, &p);
	if (kind != TRYST_PACKET_IP) {
		count_other(r, kind);
		return 0;
	}
	if (r->s->role == ROLE_EXPORT)
		return take_export(r, &p, err);
	if (tryst_packet_is_fragment(&p))
		tryst_fragment_ports_see(r->ports, &p, f->time_ms);
	return tryst_meter_add(r->meter, &p, f->time_ms, err);
}

static int
reading_init(struct reading *r, struct pcap_source *s, struct tryst_sink *sink,
             struct tryst_error *err)
{
	int rc = 0;

	r->s = s;
	r->sink = sink;
	if (s->role == ROLE_FLOWS) {
		r->ports = tryst_fragment_ports_new();
		rc = tryst_meter_new(&r->meter, TRYST_METER_FLOWS_MAX, put_metered, r, err);
	} else {
		r->endpoints = s->survey.endpoints;
		r->joins = tryst_fragment_joins_new();
		rc = tryst_export_new(&r->decoder, s->base.input, err);
	}
	if (rc == 0 && !r->ports && !r->joins)
		rc = tryst_error_nomem(err);
	return rc;
}

static void
reading_free(struct reading *r)
{
	if (!r)
		return;
	tryst_meter_free(r->meter);
	tryst_fragment_ports_free(r->ports);
	tryst_fragment_joins_free(r->joins);
	tryst_export_free(r->decoder);
	free(r);
}

static int
reading_finish(struct reading *r, struct tryst_error *err)
{
	struct tryst_health *h = &r->sink->health;
	uint64_t evicted;
	int rc;

	if (r->s->role == ROLE_EXPORT) {
		tryst_fragment_joins_finish(r->joins, h);
		return tryst_export_finish(r->decoder, h, err);
	}
	rc = tryst_meter_finish(r->meter, err);
	evicted = tryst_meter_evicted(r->meter);
	if (evicted)
		tryst_health_note(h, r->frame.at, 0,
		                  "%llu flows ended early (end reason 5): more than %u at once",
		                  (unsigned long long)evicted, TRYST_METER_FLOWS_MAX);
	return rc;
}

static int
read_frames(struct reading *r, struct tryst_capture *capture, struct tryst_error *err)
{
	const atomic_bool *stop = r->sink->stop;
	int rc;

	for (uint64_t i = 1;; i++) {
		rc = tryst_capture_next(capture, &r->frame, &r->sink->health, err);
		if (rc == 1)
			rc = take_frame(r, err);
		else
			return rc;
		if (rc < 0)
			return rc;
		if (TRYST_UNLIKELY(i % 8192 == 0 && stop &&
		                   atomic_load_explicit(stop, memory_order_relaxed)))
			return tryst_error_set(err, TRYST_ERR_INTERRUPTED, "interrupted");
	}
}

static int
pcap_read(struct tryst_source *base, size_t part, struct tryst_sink *sink, struct tryst_error *err)
{
	struct pcap_source *s = (struct pcap_source *)base;
	struct reading *r = calloc(1, sizeof(*r));
	struct tryst_capture capture;
	int rc;

	(void)part;
	if (!r)
		return tryst_error_nomem(err);
	rc = reading_init(r, s, sink, err);
	if (rc == 0)
		rc = tryst_capture_open(&capture, &s->file, err);
	if (rc == 0) {
		rc = read_frames(r, &capture, err);
		tryst_capture_close(&capture);
	}
	if (rc == 0)
		rc = reading_finish(r, err);
	reading_free(r);
	return rc;
}

static void
pcap_close(struct tryst_source *base)
{
	struct pcap_source *s = (struct pcap_source *)base;

	tryst_file_close(&s->file);
	free(s);
}

static const struct tryst_source_ops pcap_ops = {
	.read = pcap_read,
	.close = pcap_close,
};

/* By what the first packets are. */
static enum role
choose_role(const struct tryst_pcap_survey *survey, struct tryst_health *h)
{
	if (survey->exports * EXPORT_SHARE >= survey->packets && survey->exports > 0)
		return ROLE_EXPORT;
	if (survey->exports > 0)
		tryst_health_note(
			h, 0, 0,
			"%llu of the first %llu packets are export datagrams; the capture "
			"was read as ordinary traffic, --format pcap-export decodes them",
			(unsigned long long)survey->exports, (unsigned long long)survey->packets);
	return ROLE_FLOWS;
}

static const char role_flows[] = "pcap-flows", role_export[] = "pcap-export";

static int
pcap_open(const struct tryst_file *file, struct tryst_input *in, const struct tryst_request *req,
          const struct tryst_read_options *options, struct tryst_source **out,
          struct tryst_error *err)
{
	struct pcap_source *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return tryst_error_nomem(err);
	s->base =
		(struct tryst_source){ .ops = &pcap_ops, .input = in, .request = *req, .parts = 1 };
	s->inner = options->inner;
	rc = tryst_pcap_survey_file(file, s->inner, &s->survey, err);
	if (rc < 0) {
		free(s);
		return rc;
	}
	if (options->format && strcmp(options->format, role_export) == 0)
		s->role = ROLE_EXPORT;
	else if (options->format && strcmp(options->format, role_flows) == 0)
		s->role = ROLE_FLOWS;
	else
		s->role = choose_role(&s->survey, &in->health);
	in->format = s->role == ROLE_EXPORT ? role_export : role_flows;
	s->file = *file;
	*out = &s->base;
	return 0;
}

static int
pcap_probe(const struct tryst_probe *p)
{
	return tryst_capture_is(p->text, p->text_len) ? 100 : 0;
}

/* The two below are only ever asked for by name. */
static int
pcap_probe_never(const struct tryst_probe *p)
{
	(void)p;
	return 0;
}

const struct tryst_reader tryst_reader_pcap = {
	.name = "pcap",
	.help = "captures (pcap, pcapng): of exports, or metered into flows",
	.probe = pcap_probe,
	.open = pcap_open,
};

const struct tryst_reader tryst_reader_pcap_flows = {
	.name = role_flows,
	.help = "captures, every packet metered into flows",
	.probe = pcap_probe_never,
	.open = pcap_open,
};

const struct tryst_reader tryst_reader_pcap_export = {
	.name = role_export,
	.help = "captures, export datagrams decoded and nothing else",
	.probe = pcap_probe_never,
	.open = pcap_open,
};

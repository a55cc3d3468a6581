/* SPDX-License-Identifier: Apache-2.0 */
/* The datagram and its samples. */
#include "read/sflow_impl.h"

#include <stdlib.h>

#define VERSION 5
#define SAMPLES_MAX 1024 /* in a datagram of 64 KB no more have room */

enum { SAMPLE_FLOW = 1, SAMPLE_COUNTERS = 2, SAMPLE_FLOW_WIDE = 3, SAMPLE_COUNTERS_WIDE = 4 };

/* The kinds of interface number; NONE and 0 name no interface. */
enum { PORT_INDEX = 0, PORT_DISCARDED = 1 };
#define PORT_NONE 0x3fffffffu
#define STATUS_DROPPED 128 /* forwarding status (IPFIX element 89) */

int
tryst_sflow_new(struct tryst_sflow **out, struct tryst_tally *tally, struct tryst_error *err)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return tryst_error_nomem(err);
	(*out)->tally = tally;
	return 0;
}

void
tryst_sflow_free(struct tryst_sflow *x)
{
	free(x);
}

struct tryst_ip
tryst_sflow_address(struct tryst_cursor *c)
{
	const uint8_t *bytes;

	switch (tryst_cursor_be32(c)) {
	case 0: /* unknown, and nothing follows */
		return (struct tryst_ip){ 0 };
	case 1:
		return tryst_ip_v4(tryst_cursor_be32(c));
	case 2:
		bytes = tryst_cursor_take(c, 16);
		return bytes ? tryst_ip_from_bytes(bytes) : (struct tryst_ip){ 0 };
	default:
		c->failed = true;
		return (struct tryst_ip){ 0 };
	}
}

static void
damaged(const struct sflow_message *m, size_t bytes, const char *what)
{
	struct tryst_health *h = &m->sink->health;

	h->damaged_records++;
	h->damaged_bytes += bytes;
	tryst_health_note(h, m->d->at, 0, "sFlow datagram at offset %llu: %s",
	                  (unsigned long long)m->d->at, what);
}

struct port {
	uint32_t format;
	uint32_t value;
};

static struct port
take_port(struct tryst_cursor *c, bool wide)
{
	uint32_t first = tryst_cursor_be32(c);

	if (wide)
		return (struct port){ first, tryst_cursor_be32(c) };
	return (struct port){ first >> 30, first & 0x3fffffff };
}

static bool
is_interface(struct port p)
{
	return p.format == PORT_INDEX && p.value != 0 && p.value != PORT_NONE &&
	       p.value != UINT32_MAX;
}

/* Books what became of the datagram for the agent that sent it. */
static void
book(const struct sflow_message *m, const struct tryst_exporter_mark *mark)
{
	struct tryst_exporter *e = tryst_tally_at(m->x->tally, m->agent, m->sub_agent);

	e->protocols |= 1U << TRYST_PROTOCOL_SFLOW;
	e->sampling = TRYST_MAX(e->sampling, m->rate);
	e->counts[TRYST_EXPORTER_DATAGRAMS]++;
	tryst_exporter_since(e, mark, &m->sink->health);
}

static void
row_begin(const struct sflow_message *m, uint32_t rate, struct port in, struct port out)
{
	struct tryst_row *row = &m->x->row;

	row->known = 0;
	if (m->d->received_ms) {
		TRYST_ROW_NUMBER(row, start_ms, m->d->received_ms);
		TRYST_ROW_NUMBER(row, end_ms, m->d->received_ms);
		TRYST_ROW_NUMBER(row, received_ms, m->d->received_ms);
	}
	TRYST_ROW_NUMBER(row, packets, 1);
	TRYST_ROW_IP(row, exporter, m->agent);
	TRYST_ROW_NUMBER(row, domain, m->sub_agent);
	if (rate)
		TRYST_ROW_NUMBER(row, sampling, rate);
	if (is_interface(in))
		TRYST_ROW_NUMBER(row, in_if, in.value);
	if (is_interface(out))
		TRYST_ROW_NUMBER(row, out_if, out.value);
	if (out.format == PORT_DISCARDED)
		TRYST_ROW_NUMBER(row, fwd_status, STATUS_DROPPED);
}

static int
take_flow(struct sflow_message *m, struct tryst_cursor *c, bool wide, struct tryst_error *err)
{
	uint32_t sequence = tryst_cursor_be32(c), class = tryst_cursor_be32(c), source, rate, drops;
	struct port in, out;
	uint32_t records;

	source = wide ? tryst_cursor_be32(c) : class & 0xffffff;
	class = wide ? class : class >> 24;
	rate = tryst_cursor_be32(c);
	tryst_cursor_skip(c, 4); /* the pool that was sampled from */
	drops = tryst_cursor_be32(c);
	in = take_port(c, wide);
	out = take_port(c, wide);
	records = tryst_cursor_be32(c);
	if (c->failed) {
		damaged(m, 0, "a flow sample is too short for its header");
		return 0;
	}
	tryst_sflow_track_sample(m, SFLOW_FLOWS, class, source, sequence, &drops);
	row_begin(m, rate, in, out);
	for (uint32_t i = 0; i < records && !c->failed; i++) {
		uint32_t type = tryst_cursor_be32(c);
		uint32_t len = tryst_cursor_be32(c);
		struct tryst_cursor record = tryst_cursor_sub(c, len);

		tryst_cursor_skip(c, -len & 3u);
		tryst_sflow_record(&m->x->row, type, &record);
		c->failed |= record.failed;
	}
	if (c->failed)
		damaged(m, 0, "a record of a flow sample is cut short");
	if (!(m->x->row.known & TRYST_BIT(src))) {
		m->sink->health.other_records += !c->failed;
		return 0;
	}
	m->sink->health.bad_times += m->d->received_ms == 0;
	m->rate = TRYST_MAX(m->rate, rate);
	return tryst_row_put(&m->x->row, m->sink, err);
}

static void
take_counters(struct sflow_message *m, struct tryst_cursor *c, bool wide)
{
	uint32_t sequence = tryst_cursor_be32(c), class = tryst_cursor_be32(c), source;

	source = wide ? tryst_cursor_be32(c) : class & 0xffffff;
	class = wide ? class : class >> 24;
	if (c->failed) {
		damaged(m, 0, "a counter sample is too short for its header");
		return;
	}
	tryst_sflow_track_sample(m, SFLOW_COUNTERS, class, source, sequence, NULL);
	m->sink->health.other_records++;
}

static int
take_sample(struct sflow_message *m, uint32_t type, struct tryst_cursor *c, struct tryst_error *err)
{
	switch (type) {
	case SAMPLE_FLOW:
	case SAMPLE_FLOW_WIDE:
		return take_flow(m, c, type == SAMPLE_FLOW_WIDE, err);
	case SAMPLE_COUNTERS:
	case SAMPLE_COUNTERS_WIDE:
		take_counters(m, c, type == SAMPLE_COUNTERS_WIDE);
		return 0;
	default:
		m->sink->health.skipped_records++;
		return 0;
	}
}

/* The header up to the number of samples; false when there is none. */
static bool
take_header(struct tryst_cursor *c, struct tryst_ip *agent, uint32_t *sub_agent, uint32_t *sequence,
            uint32_t *uptime, uint32_t *samples)
{
	if (tryst_cursor_be32(c) != VERSION)
		return false;
	*agent = tryst_sflow_address(c);
	*sub_agent = tryst_cursor_be32(c);
	*sequence = tryst_cursor_be32(c);
	*uptime = tryst_cursor_be32(c);
	*samples = tryst_cursor_be32(c);
	return !c->failed && *samples <= SAMPLES_MAX;
}

int
tryst_sflow_decode(struct tryst_sflow *x, const struct tryst_datagram *d, struct tryst_sink *sink,
                   struct tryst_error *err)
{
	struct sflow_message m = { .x = x, .d = d, .sink = sink };
	struct tryst_cursor c = tryst_cursor_init(d->data, d->len);
	struct tryst_exporter_mark mark;
	uint32_t sequence, uptime, samples;
	int rc = 0;

	if (!take_header(&c, &m.agent, &m.sub_agent, &sequence, &uptime, &samples)) {
		damaged(&m, d->len, "expected the header of version 5");
		return 0;
	}
	tryst_exporter_mark(&mark, &sink->health);
	tryst_sflow_track_datagram(&m, sequence, uptime);
	for (uint32_t i = 0; i < samples && rc == 0; i++) {
		size_t left = tryst_cursor_left(&c);
		uint32_t type = tryst_cursor_be32(&c), len = tryst_cursor_be32(&c);
		struct tryst_cursor sample = tryst_cursor_sub(&c, len);

		if (c.failed) {
			damaged(&m, left, "a sample is longer than what is left");
			break;
		}
		rc = take_sample(&m, type, &sample, err);
	}
	book(&m, &mark);
	return rc;
}

void
tryst_sflow_finish(struct tryst_sflow *x, struct tryst_health *h)
{
	if (x->dropped)
		tryst_health_note(h, UINT64_MAX, 0,
		                  "sFlow agents dropped %llu samples for lack of resources",
		                  (unsigned long long)x->dropped);
	if (x->full)
		tryst_health_note(h, UINT64_MAX, 0,
		                  "more than %d sFlow sources: the sequences of some were not "
		                  "followed",
		                  TRYST_SFLOW_TRACKS_MAX);
}

size_t
tryst_sflow_length(const uint8_t *data, size_t len)
{
	struct tryst_cursor c = tryst_cursor_init(data, len);
	uint32_t sub_agent, sequence, uptime, samples;
	struct tryst_ip agent;

	if (!take_header(&c, &agent, &sub_agent, &sequence, &uptime, &samples))
		return 0;
	for (uint32_t i = 0; i < samples; i++) {
		uint32_t size;

		tryst_cursor_skip(&c, 4);
		size = tryst_cursor_be32(&c);
		if (size > UINT16_MAX)
			return 0;
		tryst_cursor_skip(&c, size);
		if (c.failed)
			return len + 1;
	}
	return (size_t)(c.pos - data);
}

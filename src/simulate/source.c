/* SPDX-License-Identifier: Apache-2.0 */
/* A simulation as a source of flow batches: a part is a slice of time. */
#include <stdlib.h>
#include <string.h>

#include "simulate/sim.h"

#define FILLED                                                                                     \
	(TRYST_BIT(start_ms) | TRYST_BIT(end_ms) | TRYST_BIT(src) | TRYST_BIT(dst) |               \
	 TRYST_BIT(src_port) | TRYST_BIT(dst_port) | TRYST_BIT(proto) | TRYST_BIT(tcp_flags) |     \
	 TRYST_BIT(tos) | TRYST_BIT(packets) | TRYST_BIT(bytes) | TRYST_BIT(in_if) |               \
	 TRYST_BIT(out_if) | TRYST_BIT(exporter) | TRYST_BIT(sampling) | TRYST_BIT(min_ttl) |      \
	 TRYST_BIT(max_ttl) | TRYST_BIT(fwd_status) | TRYST_BIT(end_reason) |                      \
	 TRYST_BIT(input_id) | TRYST_BIT(record_no))

struct sim_source {
	struct tryst_source base; /* first */
	const struct tryst_sim *sim;
};

/* 198.19.0.1 and .2: beside the home network. */
static struct tryst_ip
exporter_ip(unsigned exporter)
{
	return tryst_ip_v4((198u << 24 | 19u << 16) + 1 + exporter);
}

static void
fill(struct tryst_batch *b, uint32_t row, const struct tryst_sim_record *r,
     const struct tryst_sim_params *p)
{
	TRYST_SET(b, start_ms, row, r->start_ms);
	TRYST_SET(b, end_ms, row, r->end_ms);
	TRYST_SET(b, src, row, tryst_ip_v4(r->src));
	TRYST_SET(b, dst, row, tryst_ip_v4(r->dst));
	TRYST_SET(b, src_port, row, r->src_port);
	TRYST_SET(b, dst_port, row, r->dst_port);
	TRYST_SET(b, proto, row, r->proto);
	if (r->proto == TRYST_SIM_TCP)
		TRYST_SET(b, tcp_flags, row, r->tcp_flags);
	else if (b->tcp_flags)
		b->tcp_flags[row] = 0;
	TRYST_SET(b, tos, row, r->tos);
	TRYST_SET(b, packets, row, r->packets);
	TRYST_SET(b, bytes, row, r->bytes);
	TRYST_SET(b, in_if, row, r->in_if);
	TRYST_SET(b, out_if, row, r->out_if);
	TRYST_SET(b, exporter, row, exporter_ip(r->exporter));
	TRYST_SET(b, sampling, row, (uint32_t)p->sampling);
	if (p->ttl > 0) {
		TRYST_SET(b, min_ttl, row, r->ttl);
		TRYST_SET(b, max_ttl, row, r->ttl);
	}
	if (p->fwd_status > 0)
		TRYST_SET(b, fwd_status, row, r->fwd_status);
	if (p->end_reason > 0)
		TRYST_SET(b, end_reason, row, r->end_reason);
}

/* What no record here has is 0 in every row; nobody else writes to the batch during a part. */
static void
clear_rest(struct tryst_batch *b, const struct tryst_sim_params *p)
{
	uint64_t rest = b->columns & ~FILLED;

	if (p->ttl == 0)
		rest |= b->columns & (TRYST_BIT(min_ttl) | TRYST_BIT(max_ttl));
	if (p->fwd_status == 0)
		rest |= b->columns & TRYST_BIT(fwd_status);
	if (p->end_reason == 0)
		rest |= b->columns & TRYST_BIT(end_reason);
	for (; rest; rest &= rest - 1) {
		enum tryst_field field = (enum tryst_field)__builtin_ctzll(rest);

		memset(tryst_batch_column(b, field), 0,
		       TRYST_BATCH_ROWS * tryst_field_info(field)->size);
	}
}

static int
sim_read(struct tryst_source *s, size_t part, struct tryst_sink *sink, struct tryst_error *err)
{
	const struct tryst_sim *sim = ((struct sim_source *)s)->sim;
	struct tryst_exporter exporters[2];
	struct tryst_sim_part made;
	int rc = tryst_sim_part_make(sim, part, &made, err);
	uint32_t row;

	for (unsigned e = 0; e < 2; e++)
		exporters[e] = (struct tryst_exporter){ .ip = exporter_ip(e),
			                                .sampling = (uint32_t)sim->w.p.sampling };

	clear_rest(&sink->batch, &sim->w.p);
	for (size_t i = 0; i < made.count && rc == 0; i++) {
		rc = tryst_sink_row(sink, &row, err);
		if (rc < 0)
			break;
		fill(&sink->batch, row, &made.records[i], &sim->w.p);
		TRYST_SET(&sink->batch, input_id, row, sink->input_id);
		TRYST_SET(&sink->batch, record_no, row, sink->record_base | i);
		sink->health.flows++;
		exporters[made.records[i].exporter].counts[TRYST_EXPORTER_FLOWS]++;
		tryst_health_time(&sink->health, made.records[i].start_ms, made.records[i].end_ms);
		tryst_sink_commit(sink);
	}
	for (unsigned e = 0; e < (unsigned)sim->w.p.exporters && rc == 0; e++)
		rc = tryst_input_exporter(s->input, &exporters[e], err);
	free(made.records);
	return rc;
}

static void
sim_close(struct tryst_source *s)
{
	free(s);
}

static const struct tryst_source_ops sim_ops = { .read = sim_read, .close = sim_close };

int
tryst_sim_open(void *ctx, struct tryst_input *in, const struct tryst_request *req,
               struct tryst_source **out, struct tryst_error *err)
{
	const struct tryst_sim *sim = ctx;
	struct sim_source *s = calloc(1, sizeof(*s));

	if (!s)
		return tryst_error_nomem(err);
	in->format = "simulated";
	s->base = (struct tryst_source){
		.ops = &sim_ops,
		.input = in,
		.request = *req,
		.parts = sim->w.slices,
	};
	s->sim = sim;
	*out = &s->base;
	return 0;
}

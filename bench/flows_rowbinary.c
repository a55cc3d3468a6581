/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flow logs as ClickHouse's RowBinary on the standard output, for bench/store: what the peer is
 * loaded with.  A row is start (DateTime), start and end in ms (Int64), src and dst (FixedString of
 * 16), the ports (UInt16), proto and TCP flags (UInt8), packets and bytes (UInt64).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/read.h"

#define ROW 74
#define COLUMNS                                                                                    \
	(TRYST_BIT(start_ms) | TRYST_BIT(end_ms) | TRYST_BIT(src) | TRYST_BIT(dst) |               \
	 TRYST_BIT(src_port) | TRYST_BIT(dst_port) | TRYST_BIT(proto) | TRYST_BIT(tcp_flags) |     \
	 TRYST_BIT(packets) | TRYST_BIT(bytes))

static uint8_t *
put(uint8_t *p, uint64_t v, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		*p++ = (uint8_t)(v >> 8 * i);
	return p;
}

static uint8_t *
put_ip(uint8_t *p, struct tryst_ip ip)
{
	for (unsigned i = 0; i < 8; i++)
		*p++ = (uint8_t)(ip.hi >> (56 - 8 * i));
	for (unsigned i = 0; i < 8; i++)
		*p++ = (uint8_t)(ip.lo >> (56 - 8 * i));
	return p;
}

static int
rows_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	(void)err;
	*state = op;
	return 0;
}

static int
rows_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
          struct tryst_error *err)
{
	static uint8_t out[TRYST_BATCH_ROWS * ROW]; /* there is one thread */
	uint8_t *p = out;

	(void)op;
	(void)state;
	for (uint32_t i = 0; i < b->selected; i++) {
		uint32_t r = b->sel[i];

		p = put(p, (uint64_t)(b->start_ms[r] / 1000), 4);
		p = put(p, (uint64_t)b->start_ms[r], 8);
		p = put(p, (uint64_t)b->end_ms[r], 8);
		p = put_ip(put_ip(p, b->src[r]), b->dst[r]);
		p = put(put(p, b->src_port[r], 2), b->dst_port[r], 2);
		p = put(put(p, b->proto[r], 1), b->tcp_flags[r], 1);
		p = put(put(p, b->packets[r], 8), b->bytes[r], 8);
	}
	if (fwrite(out, 1, (size_t)(p - out), stdout) != (size_t)(p - out))
		return tryst_error_errno(err, "standard output");
	return 0;
}

static int
rows_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	(void)op;
	(void)state;
	(void)err;
	return 0;
}

static const struct tryst_operator_ops rows_ops = {
	.name = "rows",
	.open = rows_open,
	.push = rows_push,
	.merge = rows_merge,
};

int
main(int argc, char **argv)
{
	struct tryst_operator op = { .ops = &rows_ops, .columns = COLUMNS }, *ops[] = { &op };
	struct tryst_read_options options = { .zone = { .kind = TRYST_ZONE_UTC } };
	struct tryst_inputs inputs = { 0 };
	struct tryst_pipeline p = {
		.open = tryst_read_open,
		.open_ctx = &options,
		.request = { .from_ms = TRYST_TIME_MIN, .to_ms = TRYST_TIME_MAX },
		.operators = ops,
		.operator_count = 1,
		.jobs = 1,
	};
	struct tryst_error err = { 0 };
	int rc = tryst_inputs_expand(&inputs, argv + 1, (size_t)argc - 1, &err);

	p.inputs = inputs.list;
	p.input_count = inputs.count;
	if (rc == 0)
		rc = tryst_pipeline_run(&p, &err);
	for (size_t i = 0; rc == 0 && i < inputs.count; i++) {
		if (inputs.list[i]->error.code) {
			err = inputs.list[i]->error;
			rc = err.code;
		}
	}
	if (rc == 0 && fflush(stdout) != 0)
		rc = tryst_error_errno(&err, "standard output");
	if (rc < 0)
		(void)fprintf(stderr, "flows-rowbinary: %s\n", err.text);
	tryst_inputs_free(&inputs);
	return rc < 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of versions, and what every one of them does with a datagram.
 */
#include "read/export_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "read/sflow.h"

static int
decode_sflow(struct ex_message *m, const struct tryst_datagram *d)
{
	struct tryst_export *x = m->x;
	int rc = x->sflow ? 0 : tryst_sflow_new(&x->sflow, x->input, m->err);

	return rc < 0 ? rc : tryst_sflow_decode(x->sflow, d, m->sink, m->err);
}

/*
 * By the first two bytes.  Those of sFlow are 0, its version being 32 bits wide.
 */
static const struct {
	uint16_t version;
	int (*decode)(struct ex_message *m, const struct tryst_datagram *d);
} versions[] = {
	{ 0, decode_sflow },       { 1, tryst_ex_decode_v1 }, { 5, tryst_ex_decode_v5 },
	{ 7, tryst_ex_decode_v7 }, { 9, tryst_ex_decode_v9 }, { 10, tryst_ex_decode_ipfix },
};

int
tryst_export_new(struct tryst_export **out, struct tryst_input *input, struct tryst_error *err)
{
	struct tryst_export *x = calloc(1, sizeof(*x));
	int rc;

	*out = NULL;
	if (!x)
		return tryst_error_nomem(err);
	x->input = input;
	x->held_end = &x->held;
	rc = tryst_ex_data_init(x, err);
	if (rc < 0)
		tryst_export_free(x);
	else
		*out = x;
	return rc;
}

void
tryst_export_free(struct tryst_export *x)
{
	if (!x)
		return;
	while (x->held) {
		struct ex_held *held = x->held;

		x->held = held->next;
		free(held);
	}
	tryst_sflow_free(x->sflow);
	tryst_ex_sessions_free(x);
	tryst_ex_data_fini(x);
	free(x);
}

void
tryst_ex_damaged(struct ex_message *m, size_t bytes, const char *fmt, ...)
{
	struct tryst_health *h = &m->sink->health;
	char what[128];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	h->damaged_blocks++;
	h->damaged_bytes += bytes;
	tryst_health_note(h, m->at, 0, "datagram at offset %llu: %s", (unsigned long long)m->at,
	                  what);
}

void
tryst_ex_at(struct ex_message *m, int64_t export_ms, const struct tryst_datagram *d)
{
	m->export_ms = export_ms;
	m->received_ms = d->received_ms ? d->received_ms : export_ms;
}

int
tryst_ex_begin(struct ex_message *m, const struct tryst_datagram *d, uint32_t domain)
{
	unsigned before = m->x->session_count;
	bool full;

	m->session = tryst_ex_session(m->x, d, tryst_load_be16(d->data), domain, &full, m->err);
	if (full) {
		m->sink->health.undecodable_sets++;
		m->sink->health.undecodable_bytes += d->len;
		tryst_health_note(
			&m->sink->health, m->at, 0,
			"datagram at offset %llu: of an exporter beyond the %d that there "
			"is room for",
			(unsigned long long)m->at, TRYST_EXPORT_SESSIONS_MAX);
		return 0;
	}
	if (!m->session)
		return TRYST_ERR_NOMEM;
	if (m->x->session_count > before) {
		int rc = tryst_ex_exporter(m, 0);

		return rc < 0 ? rc : 1;
	}
	return 1;
}

int
tryst_export_decode(struct tryst_export *x, const struct tryst_datagram *d, struct tryst_sink *sink,
                    struct tryst_error *err)
{
	struct ex_message m = { .x = x, .sink = sink, .err = err, .at = d->at, .len = d->len };
	struct tryst_cursor c = tryst_cursor_init(d->data, d->len);
	uint16_t version = tryst_cursor_be16(&c);

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(versions) && !c.failed; i++) {
		if (versions[i].version == version)
			return versions[i].decode(&m, d);
	}
	if (c.failed)
		tryst_ex_damaged(&m, d->len, "has %zu bytes", d->len);
	else
		tryst_ex_damaged(&m, d->len, "is of version %u, expected 1, 5, 7, 9, 10 or sFlow",
		                 version);
	return 0;
}

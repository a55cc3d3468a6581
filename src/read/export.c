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
	int rc = x->sflow ? 0 : tryst_sflow_new(&x->sflow, &x->tally, m->err);

	return rc < 0 ? rc : tryst_sflow_decode(x->sflow, d, m->sink, m->err);
}

/*
 * By the first two bytes.  Those of sFlow are 0, its version being 32 bits wide.
 */
static const struct {
	uint16_t version;
	uint16_t protocol; /* enum tryst_protocol */
	int (*decode)(struct ex_message *m, const struct tryst_datagram *d);
} versions[] = {
	{ 0, TRYST_PROTOCOL_SFLOW, decode_sflow },
	{ 1, TRYST_PROTOCOL_NETFLOW1, tryst_ex_decode_v1 },
	{ 5, TRYST_PROTOCOL_NETFLOW5, tryst_ex_decode_v5 },
	{ 7, TRYST_PROTOCOL_NETFLOW7, tryst_ex_decode_v7 },
	{ 9, TRYST_PROTOCOL_NETFLOW9, tryst_ex_decode_v9 },
	{ 10, TRYST_PROTOCOL_IPFIX, tryst_ex_decode_ipfix },
};

int
tryst_export_new(struct tryst_export **out, struct tryst_input *input, struct tryst_error *err)
{
	struct tryst_export *x = calloc(1, sizeof(*x));
	int rc;

	*out = NULL;
	if (!x)
		return tryst_error_nomem(err);
	tryst_tally_init(&x->tally, input);
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
	(void)tryst_tally_flush(&x->tally, NULL);
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
	struct tryst_exporter *e;
	bool full;

	m->session = tryst_ex_session(m->x, d, tryst_load_be16(d->data), domain, &full, m->err);
	if (full) {
		e = tryst_tally_at(&m->x->tally, d->exporter, domain);
		e->counts[TRYST_EXPORTER_UNDECODABLE_SETS]++;
		e->counts[TRYST_EXPORTER_UNDECODABLE_BYTES] += d->len;
		m->sink->health.undecodable_sets++;
		m->sink->health.undecodable_bytes += d->len;
		tryst_health_note(
			&m->sink->health, m->at, 0,
			"datagram at offset %llu: of an exporter beyond the %d that there "
			"is room for",
			(unsigned long long)m->at, TRYST_EXPORT_SESSIONS_MAX);
		return 0;
	}
	return m->session ? 1 : TRYST_ERR_NOMEM;
}

/* Books what became of the datagram for the exporter that sent it. */
static void
book(struct ex_message *m, unsigned protocol, const struct tryst_exporter_mark *mark)
{
	struct tryst_exporter *e;

	if (!m->session)
		return;
	e = tryst_ex_exporter(m->x, m->session);
	e->protocols |= 1U << protocol;
	e->counts[TRYST_EXPORTER_DATAGRAMS]++;
	tryst_exporter_since(e, mark, &m->sink->health);
}

int
tryst_export_decode(struct tryst_export *x, const struct tryst_datagram *d, struct tryst_sink *sink,
                    struct tryst_error *err)
{
	struct ex_message m = { .x = x, .sink = sink, .err = err, .at = d->at, .len = d->len };
	struct tryst_cursor c = tryst_cursor_init(d->data, d->len);
	uint16_t version = tryst_cursor_be16(&c);
	struct tryst_exporter_mark mark;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(versions) && !c.failed; i++) {
		int rc;

		if (versions[i].version != version)
			continue;
		tryst_exporter_mark(&mark, &sink->health);
		rc = versions[i].decode(&m, d);
		book(&m, versions[i].protocol, &mark);
		return rc;
	}
	if (c.failed)
		tryst_ex_damaged(&m, d->len, "has %zu bytes", d->len);
	else
		tryst_ex_damaged(&m, d->len, "is of version %u, expected 1, 5, 7, 9, 10 or sFlow",
		                 version);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data sets that came before their templates (RFC 3954, 9; RFC 7011, 8): kept within a bound, the
 * oldest given up first, and decoded when the template comes.
 */
#include "read/export_impl.h"
#include "read/sflow.h"

#include <stdlib.h>

/* Unlinks what *link points to. */
static struct ex_held *
held_take(struct tryst_export *x, struct ex_held **link)
{
	struct ex_held *held = *link;

	*link = held->next;
	if (!held->next)
		x->held_end = link;
	x->held_bytes -= held->len;
	x->held_count--;
	if (--held->session->held_count == 0) {
		free(held->session->held_ids);
		held->session->held_ids = NULL;
	}
	return held;
}

/*
 * Whether sets of the session may wait for a template.  Without that a datagram full of templates
 * would have all that is held looked through for each of them.
 */
static bool
awaited(const struct ex_session *s, uint16_t id)
{
	return s->held_ids && s->held_ids[id / 64] >> id % 64 & 1;
}

static int
await(struct ex_session *s, uint16_t id, struct tryst_error *err)
{
	if (!s->held_ids)
		s->held_ids = calloc((UINT16_MAX + 1) / 64, sizeof(*s->held_ids));
	if (!s->held_ids)
		return tryst_error_nomem(err);
	s->held_ids[id / 64] |= 1ULL << id % 64;
	return 0;
}

static void
give_up(struct tryst_export *x, struct tryst_health *h, const char *why)
{
	struct ex_held *held = held_take(x, &x->held);
	struct tryst_exporter *e = tryst_ex_exporter(x, held->session);

	h->undecodable_sets++;
	h->undecodable_bytes += held->len;
	e->counts[TRYST_EXPORTER_UNDECODABLE_SETS]++;
	e->counts[TRYST_EXPORTER_UNDECODABLE_BYTES] += held->len;
	tryst_health_note(h, held->at, 0, "datagram at offset %llu: %zu bytes of template %u, %s",
	                  (unsigned long long)held->at, held->len, held->template_id, why);
	free(held);
}

int
tryst_ex_hold(struct ex_message *m, uint16_t id, const uint8_t *data, size_t len)
{
	struct tryst_export *x = m->x;
	struct ex_held *held;

	while (x->held && (x->held_bytes + len > TRYST_EXPORT_HELD_MAX ||
	                   x->held_count == TRYST_EXPORT_HELD_SETS_MAX))
		give_up(x, &m->sink->health, "which had not come while there was room to wait");
	if (await(m->session, id, m->err) < 0)
		return TRYST_ERR_NOMEM;
	held = malloc(sizeof(*held) + len);
	if (!held)
		return tryst_error_nomem(m->err);
	*held = (struct ex_held){ .session = m->session,
		                  .template_id = id,
		                  .has_uptime = m->has_uptime,
		                  .uptime = m->uptime,
		                  .export_ms = m->export_ms,
		                  .received_ms = m->received_ms,
		                  .at = m->at,
		                  .len = len };
	memcpy(held->data, data, len);
	*x->held_end = held;
	x->held_end = &held->next;
	x->held_bytes += len;
	x->held_count++;
	m->session->held_count++;
	return 0;
}

int
tryst_ex_release(struct ex_message *m, const struct ex_template *t)
{
	struct ex_held **link = &m->x->held;
	int rc = 0;

	if (!awaited(m->session, t->id))
		return 0;
	while (rc == 0 && m->session->held_count > 0 && *link) {
		struct ex_held *held = *link;
		struct ex_message then = *m;

		if (held->session != m->session || held->template_id != t->id) {
			link = &held->next;
			continue;
		}
		held = held_take(m->x, link);
		then.has_uptime = held->has_uptime;
		then.uptime = held->uptime;
		then.export_ms = held->export_ms;
		then.received_ms = held->received_ms;
		then.at = held->at;
		rc = tryst_ex_data(&then, t, held->data, held->len);
		free(held);
	}
	if (m->session->held_ids)
		m->session->held_ids[t->id / 64] &= ~(1ULL << t->id % 64);
	return rc;
}

int
tryst_export_finish(struct tryst_export *x, struct tryst_health *health, struct tryst_error *err)
{
	while (x->held)
		give_up(x, health, "which never came");
	if (x->sflow)
		tryst_sflow_finish(x->sflow, health);
	return tryst_tally_flush(&x->tally, err);
}

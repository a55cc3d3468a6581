/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NetFlow v9 (RFC 3954) and IPFIX (RFC 7011): messages of sets, which are templates, templates of
 * options, or data.
 */
#include "read/export_impl.h"

#include <stdlib.h>

#define FIELDS_MAX 4096 /* of one template: one that needs more does not fit any record */

/* How the two differ. */
struct dialect {
	uint16_t templates; /* ids of sets */
	uint16_t options;
	bool ipfix;
};

static const struct dialect v9 = { 0, 1, false };
static const struct dialect ipfix = { 2, 3, true };

/* NetFlow v9's scopes as the elements that mean the same. */
static const uint16_t v9_scopes[] = { [2] = 10 };

static struct ex_field
take_field(const struct dialect *dialect, struct tryst_cursor *c, bool scope)
{
	struct ex_field f = { .id = tryst_cursor_be16(c), .len = tryst_cursor_be16(c) };

	if (dialect->ipfix && f.id & 0x8000) {
		f.id &= 0x7fff;
		f.pen = tryst_cursor_be32(c);
	}
	if (!dialect->ipfix && scope) {
		f.id = f.id < TRYST_ARRAY_SIZE(v9_scopes) ? v9_scopes[f.id] : 0;
		f.pen = 0;
	}
	return f;
}

/* Compiles and keeps a template; data that waited for it is decoded. */
static int
define(struct ex_message *m, uint16_t id, bool options, const struct ex_field *fields,
       unsigned count)
{
	const char *why;
	struct ex_template *t = tryst_ex_compile(fields, count, options, &why);
	int rc;

	if (!t && !why)
		return tryst_error_nomem(m->err);
	if (!t) {
		tryst_ex_damaged(m, 0, "template %u %s", id, why);
		tryst_ex_template_drop(m->x, m->session, id);
		return 0;
	}
	t->id = id;
	rc = tryst_ex_template_put(m->x, m->session, t, m->err);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		tryst_health_note(&m->sink->health, m->at, 0,
		                  "datagram at offset %llu: no room for template %u, the exporter "
		                  "has %u",
		                  (unsigned long long)m->at, id, m->session->template_count);
		return 0;
	}
	return tryst_ex_release(m, t);
}

static int
withdraw(struct ex_message *m, const struct dialect *dialect, uint16_t id)
{
	if (id == dialect->templates || id == dialect->options)
		tryst_ex_templates_drop(m->x, m->session, id == dialect->options);
	else
		tryst_ex_template_drop(m->x, m->session, id);
	return 0;
}

/* The head of one record of a template set: its id and how many fields follow. */
struct head {
	uint16_t id;
	unsigned count;
	unsigned scopes;
};

static struct head
take_head(const struct dialect *dialect, bool options, struct tryst_cursor *c)
{
	struct head h = { .id = tryst_cursor_be16(c), .count = tryst_cursor_be16(c) };

	/* A withdrawal has no count of scopes. */
	if (!options || (dialect->ipfix && h.count == 0))
		return h;
	h.scopes = tryst_cursor_be16(c);
	if (!dialect->ipfix) {
		unsigned scope_bytes = h.count;

		h.count = scope_bytes / 4 + h.scopes / 4;
		h.scopes = scope_bytes / 4;
	}
	return h;
}

static int
take_templates(struct ex_message *m, const struct dialect *dialect, bool options,
               struct tryst_cursor *c)
{
	struct ex_field *fields = NULL;
	int rc = 0;

	/* What is less than a head is padding, and so is an id of 0. */
	while (rc == 0 && tryst_cursor_left(c) >= 4 && tryst_load_be16(c->pos) != 0) {
		struct head h = take_head(dialect, options, c);
		bool withdrawn = dialect->ipfix && h.count == 0;

		if (c->failed || h.count > FIELDS_MAX ||
		    (size_t)h.count * 4 > tryst_cursor_left(c) || (h.id < 256 && !withdrawn)) {
			tryst_ex_damaged(m, tryst_cursor_left(c),
			                 "template %u does not fit its set", h.id);
			break;
		}
		if (withdrawn) {
			rc = withdraw(m, dialect, h.id);
			continue;
		}
		if (!fields)
			fields = malloc(FIELDS_MAX * sizeof(*fields));
		if (!fields)
			return tryst_error_nomem(m->err);
		for (unsigned i = 0; i < h.count; i++)
			fields[i] = take_field(dialect, c, i < h.scopes);
		if (c->failed) {
			tryst_ex_damaged(m, 0, "template %u does not fit its set", h.id);
			break;
		}
		rc = define(m, h.id, options, fields, h.count);
	}
	free(fields);
	return rc;
}

static int
take_set(struct ex_message *m, const struct dialect *dialect, uint16_t id, struct tryst_cursor *c)
{
	const struct ex_template *t;

	if (id == dialect->templates || id == dialect->options)
		return take_templates(m, dialect, id == dialect->options, c);
	if (id < 256) {
		m->sink->health.skipped_records++;
		tryst_health_note(&m->sink->health, m->at, 0,
		                  "datagram at offset %llu: a set of the reserved id %u",
		                  (unsigned long long)m->at, id);
		return 0;
	}
	t = tryst_ex_template(m->session, id);
	if (t)
		return tryst_ex_data(m, t, c->pos, tryst_cursor_left(c));
	m->uncounted = true;
	return tryst_ex_hold(m, id, c->pos, tryst_cursor_left(c));
}

static int
take_sets(struct ex_message *m, const struct dialect *dialect, struct tryst_cursor *c)
{
	int rc = 0;

	while (rc == 0 && tryst_cursor_left(c) >= EX_SET_HEADER) {
		size_t left = tryst_cursor_left(c);
		uint16_t id = tryst_cursor_be16(c), len = tryst_cursor_be16(c);
		struct tryst_cursor set;

		if (len < EX_SET_HEADER || len > left) {
			m->uncounted = true;
			tryst_ex_damaged(m, left, "has a set of %u bytes where %zu are left", len,
			                 left);
			break;
		}
		set = tryst_cursor_sub(c, len - EX_SET_HEADER);
		rc = take_set(m, dialect, id, &set);
	}
	return rc;
}

int
tryst_ex_decode_v9(struct ex_message *m, const struct tryst_datagram *d)
{
	struct tryst_cursor c = tryst_cursor_init(d->data, d->len);
	uint32_t seconds, sequence, source;
	int rc;

	tryst_cursor_skip(&c, 4);
	m->uptime = tryst_cursor_be32(&c);
	seconds = tryst_cursor_be32(&c);
	sequence = tryst_cursor_be32(&c);
	source = tryst_cursor_be32(&c);
	if (c.failed) {
		tryst_ex_damaged(m, d->len, "is cut short in its header");
		return 0;
	}
	m->has_uptime = true;
	tryst_ex_at(m, (int64_t)seconds * 1000, d);
	rc = tryst_ex_begin(m, d, source);
	if (rc <= 0)
		return rc;
	/* A restarted exporter may give its ids to other layouts (RFC 3954, 5.1). */
	if (tryst_ex_restarted(m)) {
		tryst_ex_templates_drop(m->x, m->session, false);
		tryst_ex_templates_drop(m->x, m->session, true);
	}
	tryst_ex_sequence(m, &(struct ex_count){ sequence, 1, 1, true, 256 });
	return take_sets(m, &v9, &c);
}

int
tryst_ex_decode_ipfix(struct ex_message *m, const struct tryst_datagram *d)
{
	struct tryst_cursor c = tryst_cursor_init(d->data, d->len), message;
	uint32_t seconds, sequence, domain;
	uint16_t len;
	int rc;

	tryst_cursor_skip(&c, 2);
	len = tryst_cursor_be16(&c);
	seconds = tryst_cursor_be32(&c);
	sequence = tryst_cursor_be32(&c);
	domain = tryst_cursor_be32(&c);
	if (c.failed || len < EX_IPFIX_HEADER) {
		tryst_ex_damaged(m, d->len, "is cut short in its header");
		return 0;
	}
	tryst_ex_at(m, (int64_t)seconds * 1000, d);
	rc = tryst_ex_begin(m, d, domain);
	if (rc <= 0)
		return rc;
	if (len > d->len)
		tryst_ex_damaged(m, 0, "has %zu of %u bytes", d->len, len);
	else if (len < d->len)
		tryst_ex_damaged(m, d->len - len, "has %zu bytes behind its end", d->len - len);
	message = tryst_cursor_sub(&c, TRYST_MIN(len, d->len) - EX_IPFIX_HEADER);
	rc = take_sets(m, &ipfix, &message);
	tryst_ex_sequence(m, &(struct ex_count){ .sequence = sequence,
	                                         .units = m->records,
	                                         .flows = m->records - m->options,
	                                         .known = !m->uncounted && len <= d->len,
	                                         .near = 256 * 32 });
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What depends on several columns of a row, or on the message and the session: times, ICMP,
 * sampling, who sent it, and what the health says of it.
 */
#include "read/export_impl.h"

#define LATEST_MS (10LL * 60000)     /* a flow may end after its export by as much */
#define OLDEST_MS (24LL * 3600000)   /* and before it */
#define LONGEST_MS (50LL * 86400000) /* and have begun before it */
#define DURATION_MAX (1LL << 40)

/* The rows being finished. */
struct rows {
	struct ex_message *m;
	const struct ex_template *t;
	struct tryst_batch *batch;
	uint32_t base;
	uint32_t count;
	uint64_t present;
};

static void *
column(const struct rows *r, unsigned target)
{
	return tryst_ex_column(r->m, target, r->base);
}

static bool
has_target(const struct rows *r, unsigned target)
{
	return r->t->targets >> (target - TRYST_FIELD_COUNT) & 1;
}

/* One of the two times may follow from the other and a duration, or stand for both. */
static void
complete_times(const struct rows *r, int64_t *start, int64_t *end)
{
	const int64_t *duration = has_target(r, EX_DURATION) ? column(r, EX_DURATION) : NULL;
	uint32_t timeless = 0;

	for (uint32_t i = 0; i < r->count; i++) {
		int64_t lasted = 0;

		if (TRYST_LIKELY(start[i] && end[i]))
			continue;
		if (duration && duration[i] > 0 && duration[i] < DURATION_MAX)
			lasted = duration[i];
		if (!start[i] && !end[i]) {
			timeless++;
			end[i] = r->m->export_ms;
		}
		if (!start[i])
			start[i] = end[i] - lasted;
		else if (start[i] < EX_TIME_MAX)
			end[i] = start[i] + lasted;
		else
			end[i] = start[i];
	}
	if (timeless) {
		r->m->sink->health.bad_times += timeless;
		tryst_health_note(
			&r->m->sink->health, r->m->at, 0,
			"datagram at offset %llu: %u records of template %u have no time, "
			"the time of their export stands in",
			(unsigned long long)r->m->at, timeless, r->t->id);
	}
}

static void
finish_times(const struct rows *r, bool timed)
{
	struct tryst_health *h = &r->m->sink->health;
	int64_t *start = column(r, TRYST_FIELD_start_ms), *end = column(r, TRYST_FIELD_end_ms);
	int64_t latest = r->m->export_ms + LATEST_MS, oldest = r->m->export_ms - OLDEST_MS;
	int64_t longest = r->m->export_ms - LONGEST_MS, first = INT64_MAX, last = INT64_MIN;
	uint32_t bad = 0;

	complete_times(r, start, end);
	for (uint32_t i = 0; i < r->count; i++) {
		bad += (end[i] < start[i]) | (end[i] > latest) | (end[i] < oldest) |
		       (start[i] < longest);
		first = TRYST_MIN(first, start[i]);
		last = TRYST_MAX(last, end[i]);
	}
	h->bad_times += timed ? bad : r->count;
	if (bad && timed && !r->m->session->bad_times) {
		r->m->session->bad_times = true; /* one example of each is enough */
		tryst_health_note(h, r->m->at, 0,
		                  "datagram at offset %llu: %u of %u records of template %u end "
		                  "before they start, or far from their export",
		                  (unsigned long long)r->m->at, bad, r->count, r->t->id);
	}
	tryst_health_time(h, first, last);
	if (!timed)
		tryst_health_note(h, r->m->at, 0,
		                  "datagram at offset %llu: uptimes in template %u of an exporter "
		                  "that does not say since when, counted from the export",
		                  (unsigned long long)r->m->at, r->t->id);
}

/* Events of a firewall without counts, and all of address translation, are no flows. */
static void
finish_events(const struct rows *r)
{
	const uint64_t *packets, *bytes;
	const uint8_t *fw, *nat;

	if (!(r->t->fields & (TRYST_BIT(fw_event) | TRYST_BIT(nat_event))))
		return;
	packets = column(r, TRYST_FIELD_packets);
	bytes = column(r, TRYST_FIELD_bytes);
	fw = column(r, TRYST_FIELD_fw_event);
	nat = column(r, TRYST_FIELD_nat_event);
	for (uint32_t i = 0; i < r->count; i++)
		r->m->sink->health.events += nat[i] || (fw[i] && !packets[i] && !bytes[i]);
}

/* Whether any of them is ICMP; without a way out of the loop, so that many are looked at at once.
 */
static bool
any_icmp(const uint8_t *proto, uint32_t count)
{
	unsigned found = 0;

	for (uint32_t i = 0; i < count; i++)
		found |= (proto[i] == 1) | (proto[i] == 58);
	return found;
}

/* Type and code have columns of their own, and stand in the destination port as in NetFlow v5. */
static void
finish_icmp(const struct rows *r)
{
	const uint64_t own = TRYST_BIT(icmp_type) | TRYST_BIT(icmp_code);
	const uint8_t *proto = column(r, TRYST_FIELD_proto);
	uint8_t *type = column(r, TRYST_FIELD_icmp_type), *code = column(r, TRYST_FIELD_icmp_code);
	uint16_t *port = column(r, TRYST_FIELD_dst_port);
	const uint16_t *both = has_target(r, EX_ICMP) ? column(r, EX_ICMP) : NULL;
	uint64_t *present = r->batch->present + r->base;

	if (!(r->t->fields & own) && !any_icmp(proto, r->count))
		return;
	r->m->x->spare_dirty |= own | TRYST_BIT(dst_port);
	for (uint32_t i = 0; i < r->count; i++) {
		if (proto[i] != 1 && proto[i] != 58) {
			type[i] = code[i] = 0;
			present[i] &= ~own;
			continue;
		}
		if (r->t->fields & own)
			port[i] = (uint16_t)(type[i] << 8 | code[i]);
		else if (both && both[i])
			port[i] = both[i];
		type[i] = (uint8_t)(port[i] >> 8);
		code[i] = (uint8_t)port[i];
		if (both || r->t->fields & (own | TRYST_BIT(dst_port)))
			present[i] |= (own | TRYST_BIT(dst_port)) & r->batch->columns;
	}
}

/* The session's interval for a scope; 0: none. */
static uint32_t
interval_of(const struct ex_session *s, enum ex_scope scope, uint32_t id)
{
	for (unsigned i = 0; i < s->sampler_count; i++) {
		if (s->samplers[i].scope == scope && s->samplers[i].id == id)
			return s->samplers[i].interval;
	}
	return 0;
}

/* Without an id in the records, the only sampler there is. */
static uint32_t
interval_default(const struct rows *r)
{
	const struct ex_session *s = r->m->session;
	uint32_t interval = interval_of(s, EX_SCOPE_ALL, 0);

	if (interval || s->sampler_ids != 1 || has_target(r, EX_SAMPLER))
		return interval;
	for (unsigned i = 0; i < s->sampler_count; i++) {
		if (s->samplers[i].scope == EX_SCOPE_SAMPLER)
			interval = s->samplers[i].interval;
	}
	return interval;
}

/* The interface that a record was counted at, and the other one. */
struct ends {
	uint32_t counted, other;
};

/* Where a record was counted: where it came in, unless it says that it was on its way out. */
static struct ends
ends_of(const struct rows *r, uint32_t row)
{
	uint32_t in = ((const uint32_t *)column(r, TRYST_FIELD_in_if))[row];
	uint32_t out = ((const uint32_t *)column(r, TRYST_FIELD_out_if))[row];
	const uint8_t *direction = column(r, TRYST_FIELD_direction);

	return r->t->fields & TRYST_BIT(direction) && direction[row] == 1
	               ? (struct ends){ out, in }
	               : (struct ends){ in, out };
}

/* The intervals of the rows that have none of their own, by interface. */
static void
finish_interfaces(const struct rows *r, uint32_t *sampling)
{
	const struct ex_session *s = r->m->session;
	struct ends last = { 0 };
	uint32_t interval = 0;
	bool known = false;

	/* Others than those of ids are of interfaces, but for the session's own. */
	for (uint32_t i = 0; i < r->count && s->sampler_count > s->sampler_ids; i++) {
		struct ends e = ends_of(r, i);

		if (sampling[i])
			continue;
		if (!known || e.counted != last.counted || e.other != last.other) {
			interval = interval_of(s, EX_SCOPE_INTERFACE, e.counted);
			if (!interval)
				interval = interval_of(s, EX_SCOPE_INTERFACE, e.other);
			last = e;
			known = true;
		}
		sampling[i] = interval;
	}
}

/* The record's own interval, else its sampler's, its interface's, the session's, the header's. */
static void
finish_sampling(const struct rows *r)
{
	const struct ex_session *s = r->m->session;
	uint32_t *sampling = r->batch->sampling ? r->batch->sampling + r->base : NULL;
	uint64_t *present = r->batch->present + r->base;
	const uint32_t *id = has_target(r, EX_SAMPLER) ? column(r, EX_SAMPLER) : NULL;
	uint32_t fallback, last_id = 0, by_id;

	if (!sampling ||
	    (!s->sampler_count && !r->m->sampling && !(r->present & TRYST_BIT(sampling))))
		return;
	fallback = interval_default(r);
	fallback = fallback ? fallback : r->m->sampling;
	by_id = interval_of(s, EX_SCOPE_SAMPLER, 0);
	for (uint32_t i = 0; i < r->count && id; i++) {
		if (id[i] != last_id)
			by_id = interval_of(s, EX_SCOPE_SAMPLER, last_id = id[i]);
		sampling[i] = sampling[i] ? sampling[i] : by_id;
	}
	finish_interfaces(r, sampling);
	for (uint32_t i = 0; i < r->count; i++) {
		sampling[i] = sampling[i] ? sampling[i] : fallback;
		if (sampling[i])
			present[i] |= TRYST_BIT(sampling);
		else
			present[i] &= ~TRYST_BIT(sampling);
	}
}

/* Where a record does not name the exporter itself, it is where the datagram came from. */
static void
finish_exporter(const struct rows *r)
{
	const struct tryst_ip ip = r->m->session->exporter;
	struct tryst_ip *exporter = column(r, TRYST_FIELD_exporter);
	uint64_t *present = r->batch->present + r->base;
	const uint64_t bit = ip.hi || ip.lo ? TRYST_BIT(exporter) : 0;

	if (!exporter)
		return;
	for (uint32_t i = 0; i < r->count; i++) {
		if (exporter[i].hi || (uint32_t)exporter[i].lo)
			continue;
		exporter[i] = ip;
		present[i] = (present[i] & ~TRYST_BIT(exporter)) | bit;
	}
}

/* Where the message says it for all of its records. */
static void
finish_message(const struct rows *r)
{
	struct tryst_batch *b = r->batch;
	uint64_t record = r->m->sink->record_base | r->m->sink->health.flows;
	bool domain = !(r->t->fields & TRYST_BIT(domain));

	for (uint32_t i = 0; domain && b->domain && i < r->count; i++)
		b->domain[r->base + i] = r->m->session->domain;
	for (uint32_t i = 0; b->received_ms && i < r->count; i++) {
		if (!b->received_ms[r->base + i])
			b->received_ms[r->base + i] = r->m->received_ms;
	}
	for (uint32_t i = 0; b->input_id && i < r->count; i++)
		b->input_id[r->base + i] = r->m->sink->input_id;
	for (uint32_t i = 0; b->record_no && i < r->count; i++)
		b->record_no[r->base + i] = record + i;
}

void
tryst_ex_finish_rows(struct ex_message *m, const struct ex_template *t, uint32_t base,
                     uint32_t count, bool timed)
{
	const uint64_t always = TRYST_BIT(start_ms) | TRYST_BIT(end_ms) | TRYST_BIT(received_ms) |
	                        TRYST_BIT(domain) | TRYST_BIT(input_id) | TRYST_BIT(record_no);
	struct tryst_batch *b = &m->sink->batch;
	struct rows r = { m, t, b, base, count, (t->fields | always) & b->columns };

	for (uint32_t i = base; i < base + count; i++)
		b->present[i] = r.present;
	finish_times(&r, timed);
	finish_events(&r);
	finish_icmp(&r);
	finish_sampling(&r);
	finish_exporter(&r);
	finish_message(&r);
	m->sink->health.flows += count;
}

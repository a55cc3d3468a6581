/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/meet_scan.h"

#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/meet_keys.h"

#define TCP_SYN 0x02
#define TCP_RST 0x04
#define STITCH_MS 20000
#define KEPT_OPEN_MS 7200000
#define MOVES 8 /* for each flow, and they are sorted otherwise */
#define TCP_HEADERS 60
#define AHEAD 12 /* keys whose units are fetched before they are looked at */

void
tryst_meet_scan_fini(struct tryst_meet_scan *s)
{
	free(s->units.list);
	free(s->keys);
	free(s->spare);
	free(s->flows);
	free(s->members);
	free(s->visits);
	*s = (struct tryst_meet_scan){ 0 };
}

/* Room for n things of size bytes; the content is kept. */
static int
grow(void *list, size_t *cap, size_t n, size_t size, struct tryst_error *err)
{
	void **at = list;
	size_t more = TRYST_MAX(n, *cap + *cap / 2);
	void *grown;

	if (n <= *cap)
		return 0;
	grown = reallocarray(*at, more, size);
	if (!grown)
		return tryst_error_nomem(err);
	*at = grown;
	*cap = more;
	return 0;
}

static int
flow_order(const void *a, const void *b)
{
	return tryst_meet_flow_compare(a, b);
}

/* Sorts flows: in place when they are nearly in order, as they are but for equal times. */
static void
flows_sort(struct tryst_meet_flow *flows, size_t n)
{
	size_t moves = 0;

	for (size_t i = 1; i < n; i++) {
		size_t at = i;
		struct tryst_meet_flow flow;

		if (tryst_meet_flow_compare(&flows[i - 1], &flows[i]) <= 0)
			continue;
		flow = flows[i];
		for (; at && tryst_meet_flow_compare(&flows[at - 1], &flow) > 0; at--)
			flows[at] = flows[at - 1];
		flows[at] = flow;
		moves += i - at;
		if (moves > MOVES * n) {
			qsort(flows, n, sizeof(*flows), flow_order);
			return;
		}
	}
}

/* Whether flows of one endpoint are in order, by what nearly always tells. */
static bool
in_order(const struct tryst_meet_flow *a, const struct tryst_meet_flow *b)
{
	return a->start_ms < b->start_ms && tryst_ip_equal(a->client, b->client);
}

/*
 * Unpacks the flows of keys [from, to), which are of one endpoint but for hashes that are alike,
 * and sorts them: by client, in the order of their hashes, and by time.
 */
static int
flows_load(struct tryst_meet_scan *s, size_t from, size_t to, struct tryst_error *err)
{
	const struct tryst_meet_key *keys = s->keys + from;
	size_t n = to - from, begin = 0;
	bool several = false, sorted = true;
	int rc = grow(&s->flows, &s->flow_cap, n, sizeof(*s->flows), err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < s->key_count - from)
			__builtin_prefetch(&s->units.list[keys[i + AHEAD].unit]);
		(void)tryst_meet_unpack(&s->units.list[keys[i].unit], &s->flows[i]);
		several |= !tryst_meet_endpoint_equal(&s->flows[0], &s->flows[i]);
	}
	for (size_t i = 1; i <= n; i++) {
		if (i < n && (several || keys[i].key == keys[begin].key)) {
			sorted &= in_order(&s->flows[i - 1], &s->flows[i]);
			continue;
		}
		if (several || !sorted)
			flows_sort(&s->flows[begin], i - begin);
		sorted = true;
		begin = i;
	}
	return 0;
}

/* Whether a flow goes on with a connection. */
static bool
goes_on(const struct tryst_meet_visit *v, const struct tryst_meet_flow *f)
{
	if (v->client_port != f->client_port)
		return false;
	if (f->start_ms <= v->end_ms + STITCH_MS)
		return true;
	return f->proto == IPPROTO_TCP && f->flags && !(f->flags & TCP_SYN) &&
	       f->start_ms <= v->end_ms + KEPT_OPEN_MS;
}

static uint32_t
add_sat(uint32_t a, uint32_t b)
{
	return b > UINT32_MAX - a ? UINT32_MAX : a + b;
}

/* Only a RST, and nothing but headers. */
static bool
is_refusal(const struct tryst_meet_flow *f)
{
	return f->proto == IPPROTO_TCP && f->flags & TCP_RST &&
	       f->bytes <= (uint64_t)f->packets * TCP_HEADERS && f->packets <= 3 &&
	       !(f->flags & 0x01);
}

static void
visit_add(struct tryst_meet_visit *v, const struct tryst_meet_flow *f)
{
	v->end_ms = TRYST_MAX(v->end_ms, f->start_ms + f->duration_ms);
	v->records++;
	if (!f->from_server) {
		v->packets_out = add_sat(v->packets_out, f->packets);
		v->bytes_out = add_sat(v->bytes_out, f->bytes);
		return;
	}
	v->packets_in = add_sat(v->packets_in, f->packets);
	v->bytes_in = add_sat(v->bytes_in, f->bytes);
	if (is_refusal(f))
		v->refused = true;
	else
		v->answered = true;
}

/* Silence within a connection, between what the client sent. */
static void
idle_add(struct tryst_meet_member *m, const struct tryst_meet_visit *v,
         const struct tryst_meet_flow *f)
{
	double idle_s = (double)(f->start_ms - v->end_ms - TRYST_MEET_IDLE_MS) / 1000;

	if (idle_s <= 0)
		return;
	m->idle.n++;
	m->idle.sum += idle_s;
	m->idle.sum_log += log(idle_s);
}

static void
member_sums(struct tryst_meet_member *m, const struct tryst_meet_visit *visits, size_t count)
{
	m->visit_count = (uint32_t)count;
	m->first_ms = INT64_MAX;
	m->last_ms = INT64_MIN;
	for (size_t i = 0; i < count; i++) {
		const struct tryst_meet_visit *v = &visits[i];

		m->first_ms = TRYST_MIN(m->first_ms, v->start_ms);
		m->last_ms = TRYST_MAX(m->last_ms, v->end_ms);
		m->longest_ms = TRYST_MAX(m->longest_ms, v->end_ms - v->start_ms);
		m->answered += v->answered;
		m->refused += v->refused && !v->answered;
		m->records += v->records;
		m->packets_out += v->packets_out;
		m->packets_in += v->packets_in;
		m->bytes_out += v->bytes_out;
		m->bytes_in += v->bytes_in;
	}
}

/* The flows of one client, by time, as its visits. */
static int
member_make(struct tryst_meet_scan *s, const struct tryst_meet_flow *flows, size_t count,
            struct tryst_error *err)
{
	size_t first = s->visit_count;
	struct tryst_meet_member *m;
	int rc = grow(&s->visits, &s->visit_cap, s->visit_count + count, sizeof(*s->visits), err);

	if (rc == 0)
		rc = grow(&s->members, &s->member_cap, s->member_count + 1, sizeof(*s->members),
		          err);
	if (rc < 0)
		return rc;
	m = &s->members[s->member_count++];
	s->serial++;
	*m = (struct tryst_meet_member){ .ip = flows->client,
		                         .flows = flows,
		                         .flow_count = (uint32_t)count,
		                         .home = flows->client_home,
		                         .guessed = true };
	for (size_t i = 0; i < count; i++) {
		const struct tryst_meet_flow *f = &flows[i];
		uint64_t *slot = &s->slots[f->client_port % TRYST_MEET_PORT_SLOTS];
		bool seen = *slot >> 32 == s->serial;
		struct tryst_meet_visit *v = seen ? &s->visits[(uint32_t)*slot] : NULL;

		m->guessed &= f->guessed;
		if (v && goes_on(v, f)) {
			idle_add(m, v, f);
		} else {
			*slot = (uint64_t)s->serial << 32 | s->visit_count;
			v = &s->visits[s->visit_count++];
			*v = (struct tryst_meet_visit){ .start_ms = f->start_ms,
				                        .end_ms = f->start_ms,
				                        .client_port = f->client_port };
		}
		visit_add(v, f);
	}
	member_sums(m, &s->visits[first], s->visit_count - first);
	return 0;
}

/* What was made of the flows of one endpoint. */
static int
endpoint_take(struct tryst_meet_scan *s, const struct tryst_meet_flow *any,
              tryst_meet_endpoint_fn take, void *ctx, struct tryst_error *err)
{
	struct tryst_meet_endpoint e = {
		.ip = any->server,
		.proto = any->proto,
		.port = any->server_port,
		.home = any->server_home,
		.guessed = true,
		.members = s->members,
		.member_count = (uint32_t)s->member_count,
		.visit_count = (uint32_t)s->visit_count,
		.first_ms = INT64_MAX,
		.last_ms = INT64_MIN,
		.level = s->units.level,
	};
	size_t at = 0;
	int rc;

	for (size_t i = 0; i < s->member_count; i++) {
		struct tryst_meet_member *m = &s->members[i];

		m->visits = &s->visits[at];
		at += m->visit_count;
		e.guessed &= m->guessed;
		e.first_ms = TRYST_MIN(e.first_ms, m->first_ms);
		e.last_ms = TRYST_MAX(e.last_ms, m->last_ms);
	}
	rc = take(ctx, &e, err);
	s->member_count = s->visit_count = 0;
	return rc;
}

/* Flows in order, of one endpoint or of several whose hashes are alike. */
static int
run_take(struct tryst_meet_scan *s, size_t count, tryst_meet_endpoint_fn take, void *ctx,
         struct tryst_error *err)
{
	int rc = 0;

	for (size_t from = 0, to; rc >= 0 && from < count; from = to) {
		const struct tryst_meet_flow *f = &s->flows[from];

		for (to = from + 1; to < count; to++) {
			if (!tryst_meet_endpoint_equal(f, &s->flows[to]) ||
			    !tryst_ip_equal(f->client, s->flows[to].client))
				break;
		}
		rc = member_make(s, f, to - from, err);
		if (rc >= 0 && (to == count || !tryst_meet_endpoint_equal(f, &s->flows[to])))
			rc = endpoint_take(s, f, take, ctx, err);
	}
	return rc;
}

int
tryst_meet_scan_part(struct tryst_meet_scan *s, const struct tryst_meet_log *log, unsigned part,
                     size_t memory, tryst_meet_endpoint_fn take, void *ctx, struct tryst_error *err)
{
	size_t max = TRYST_MIN(memory / TRYST_MEET_UNIT_COST, (size_t)UINT32_MAX / 2), n = 0;
	int rc = tryst_meet_log_load(log, part, max, &s->units, err);

	if (rc >= 0)
		rc = tryst_meet_keys_sort(s, &n, err);
	if (rc < 0)
		return rc;
	s->key_count = n;
	for (size_t from = 0, to; rc >= 0 && from < n; from = to) {
		for (to = from + 1; to < n; to++) {
			if (s->keys[to].key >> TRYST_MEET_HALF_BITS !=
			    s->keys[from].key >> TRYST_MEET_HALF_BITS)
				break;
		}
		rc = flows_load(s, from, to, err);
		if (rc >= 0)
			rc = run_take(s, to - from, take, ctx, err);
	}
	return rc;
}

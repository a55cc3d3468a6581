/* SPDX-License-Identifier: Apache-2.0 */
/* The reading of a check: two hunts, and who exported when. */
#include "hunt/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "hunt/check_impl.h"
#include "hunt/visit.h"

/* What one thread keeps. */
struct checking {
	void *states[2]; /* of the hunts */
	struct tryst_check_seen seen;
	uint64_t spanning;
};

static int
seen_init(struct tryst_check_seen *s, struct tryst_error *err)
{
	s->list = calloc(TRYST_CHECK_EXPORTERS_MAX, sizeof(*s->list));
	return s->list ? tryst_intern_init(&s->ips, TRYST_CHECK_EXPORTERS_MAX, err)
	               : tryst_error_nomem(err);
}

static void
seen_fini(struct tryst_check_seen *s)
{
	tryst_intern_fini(&s->ips);
	free(s->list);
}

static struct tryst_checker *
checker_of(struct tryst_operator *op)
{
	return (struct tryst_checker *)op;
}

static int
check_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	struct tryst_checker *k = checker_of(op);
	struct checking *own = calloc(1, sizeof(*own));
	int rc = own ? seen_init(&own->seen, err) : tryst_error_nomem(err);

	for (unsigned i = 0; i < 2 && rc == 0; i++) {
		struct tryst_operator *hunt = tryst_hunt_operator(k->hunts[i]);

		rc = hunt->ops->open(hunt, &own->states[i], err);
	}
	/* Of a hunt that was opened the state is the hunt's to free, by merging it. */
	if (rc < 0 && own && own->states[0]) {
		struct tryst_operator *hunt = tryst_hunt_operator(k->hunts[0]);

		(void)hunt->ops->merge(hunt, own->states[0], NULL);
	}
	if (rc == 0) {
		*state = own;
		return 0;
	}
	if (own)
		seen_fini(&own->seen);
	free(own);
	return rc;
}

/* 0: had ended by the time; 1: began after the slack; -1: neither. */
static int
phase_of(const struct tryst_checker *k, const struct tryst_batch *b, uint32_t row)
{
	bool ends = tryst_batch_known(b, TRYST_FIELD_end_ms, row);
	int64_t start_ms = b->start_ms[row], end_ms = ends ? b->end_ms[row] : start_ms;

	if (TRYST_MAX(start_ms, end_ms) < k->options.since_ms)
		return 0;
	return start_ms >= k->after_ms ? 1 : -1;
}

static struct tryst_check_exporter *
seen_find(struct tryst_check_seen *s, struct tryst_ip ip)
{
	if (s->last < s->ips.count && tryst_ip_equal(s->list[s->last].ip, ip))
		return &s->list[s->last];
	s->last = tryst_intern_find(&s->ips, ip);
	if (s->last == UINT32_MAX && s->ips.count == TRYST_CHECK_EXPORTERS_MAX) {
		s->many = true;
		return NULL;
	}
	if (s->last == UINT32_MAX)
		s->last = tryst_intern_add(&s->ips, ip);
	s->list[s->last].ip = ip;
	return &s->list[s->last];
}

/* The exporter of a row is alive then, and may say where it forwards to. */
static void
seen_add(struct tryst_check_seen *s, const struct tryst_batch *b, uint32_t row, int phase)
{
	bool known = tryst_batch_known(b, TRYST_FIELD_exporter, row);
	struct tryst_check_exporter *e =
		seen_find(s, known ? b->exporter[row] : (struct tryst_ip){ 0, 0 });

	if (!e)
		return;
	e->before += phase == 0;
	e->after += phase == 1;
	e->forwards |= tryst_batch_known(b, TRYST_FIELD_out_if, row) && b->out_if[row];
}

static int
check_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
           struct tryst_error *err)
{
	struct tryst_checker *k = checker_of(op);
	struct checking *own = state;
	uint16_t sel[2][TRYST_BATCH_ROWS];
	struct tryst_batch part[2] = { *b, *b };
	int rc = 0;

	for (unsigned i = 0; i < 2; i++) {
		part[i].sel = sel[i];
		part[i].selected = 0;
	}
	for (uint32_t i = 0; i < b->selected; i++) {
		uint32_t row = b->sel[i];
		int phase = phase_of(k, b, row);

		seen_add(&own->seen, b, row, phase);
		if (!tryst_ipset_contains(k->set, b->src[row]) &&
		    !tryst_ipset_contains(k->set, b->dst[row]))
			continue;
		if (phase < 0)
			own->spanning++;
		else
			sel[phase][part[phase].selected++] = (uint16_t)row;
	}
	for (unsigned i = 0; i < 2 && rc >= 0; i++) {
		struct tryst_operator *hunt = tryst_hunt_operator(k->hunts[i]);

		if (part[i].selected)
			rc = hunt->ops->push(hunt, own->states[i], &part[i], err);
	}
	return rc;
}

static int
check_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct tryst_checker *k = checker_of(op);
	struct checking *own = state;
	int rc = 0;

	for (unsigned i = 0; i < 2; i++) {
		struct tryst_operator *hunt = tryst_hunt_operator(k->hunts[i]);
		int merged = hunt->ops->merge(hunt, own->states[i], err);

		rc = rc < 0 ? rc : merged;
	}
	k->seen.many |= own->seen.many;
	for (size_t i = 0; i < own->seen.ips.count; i++) {
		const struct tryst_check_exporter *from = &own->seen.list[i];
		struct tryst_check_exporter *e = seen_find(&k->seen, from->ip);

		if (!e)
			continue;
		e->before += from->before;
		e->after += from->after;
		e->forwards |= from->forwards;
	}
	k->answer.spanning += own->spanning;
	seen_fini(&own->seen);
	free(own);
	return rc;
}

static const struct tryst_operator_ops check_ops = {
	.name = "check",
	.open = check_open,
	.push = check_push,
	.merge = check_merge,
};

static int
checker_hunts(struct tryst_checker *k, struct tryst_error *err)
{
	const struct tryst_check_options *o = &k->options;
	struct tryst_hunt_options options = {
		.watchlist = o->watchlist,
		.home = o->home,
		.home_count = o->home_count,
		.slack_ms = o->slack_ms,
		.from_ms = TRYST_TIME_MIN,
		.to_ms = TRYST_TIME_MAX,
		.null_ifs = o->null_ifs,
		.null_if_count = o->null_if_count,
		.forwarders = &k->forwarders,
		.jobs = o->jobs,
		.memory = o->memory / 2,
		.temporary = o->temporary,
		.ways = true,
		.counts_only = true,
	};
	int rc = 0;

	for (unsigned i = 0; i < 2 && rc == 0; i++)
		rc = tryst_hunt_new(&k->hunts[i], &options, err);
	return rc;
}

int
tryst_checker_new(struct tryst_checker **out, const struct tryst_check_options *options,
                  struct tryst_error *err)
{
	struct tryst_checker *k = calloc(1, sizeof(*k));
	int rc;

	*out = NULL;
	if (!k)
		return tryst_error_nomem(err);
	k->op.ops = &check_ops;
	k->options = *options;
	k->set = tryst_watchlist_set(options->watchlist);
	k->after_ms = tryst_time_add(options->since_ms, options->slack_ms);
	atomic_init(&k->sampler.ceiling, UINT64_MAX);
	rc = seen_init(&k->seen, err);
	if (rc == 0)
		rc = checker_hunts(k, err);
	if (rc < 0) {
		tryst_checker_free(k);
		return rc;
	}
	k->op.columns = tryst_hunt_operator(k->hunts[0])->columns;
	*out = k;
	return 0;
}

void
tryst_checker_free(struct tryst_checker *k)
{
	if (!k)
		return;
	for (unsigned i = 0; i < 2; i++)
		tryst_hunt_free(k->hunts[i]);
	seen_fini(&k->seen);
	free(k->answer.hosts);
	free(k->forwarding);
	tryst_arena_fini(&k->arena);
	free(k);
}

struct tryst_operator *
tryst_checker_operator(struct tryst_checker *k)
{
	return &k->op;
}

const struct tryst_sampler *
tryst_checker_sampler(const struct tryst_checker *k)
{
	return k->options.listed_only ? NULL : &k->sampler;
}

static int
exporter_compare(const void *va, const void *vb)
{
	return tryst_ip_compare(((const struct tryst_check_exporter *)va)->ip,
	                        ((const struct tryst_check_exporter *)vb)->ip);
}

/* Those that say where they forward to, for both hunts. */
static int
forwarders_make(struct tryst_checker *k, struct tryst_error *err)
{
	k->forwarding = calloc(k->answer.exporter_count + 1, sizeof(*k->forwarding));
	if (!k->forwarding)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < k->answer.exporter_count; i++) {
		if (k->seen.list[i].forwards)
			k->forwarding[k->forwarders.count++] = k->seen.list[i].ip;
	}
	k->forwarders.list = k->forwarding;
	return 0;
}

int
tryst_checker_conclude(struct tryst_checker *k, struct tryst_input **inputs, size_t input_count,
                       struct tryst_check **out, struct tryst_error *err)
{
	int rc;

	qsort(k->seen.list, k->seen.ips.count, sizeof(k->seen.list[0]), exporter_compare);
	k->answer.exporters = k->seen.list;
	k->answer.exporter_count = k->seen.many ? 0 : k->seen.ips.count;
	k->answer.since_ms = k->options.since_ms;
	k->answer.slack_ms = k->options.slack_ms;
	k->answer.others_seen = !k->options.listed_only;
	k->answer.many_exporters = k->seen.many;
	rc = forwarders_make(k, err);
	for (unsigned i = 0; i < 2 && rc >= 0; i++)
		rc = tryst_hunt_find(k->hunts[i], inputs, input_count, err);
	if (rc >= 0)
		rc = tryst_check_hosts(k, err);
	if (rc < 0)
		return rc;
	*out = &k->answer;
	return 0;
}

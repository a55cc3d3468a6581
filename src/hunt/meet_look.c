/* SPDX-License-Identifier: Apache-2.0 */
/* Threads look at the parts of the log; what they found is put together. */
#include <stdlib.h>
#include <string.h>

#include "hunt/meet_find.h"

#define PART_MAX 2048 /* candidates that a part keeps */

static const tryst_meet_look_fn looks[] = {
	tryst_meet_look_beacon,
	tryst_meet_look_long,
	tryst_meet_look_group,
	tryst_meet_look_pairs,
};

/* Where the group stands, or a free place, or TRYST_MEET_CLASSES. */
static unsigned
class_at(const struct tryst_meet_sums *sums, uint32_t group)
{
	unsigned at = (group * 0x9e3779b1u) >> 22;

	for (unsigned n = 0; n < TRYST_MEET_CLASSES; n++, at = (at + 1) % TRYST_MEET_CLASSES) {
		if (!sums->classes[at].group || sums->classes[at].group == group)
			return at;
	}
	return TRYST_MEET_CLASSES;
}

const struct tryst_meet_class *
tryst_meet_class_find(const struct tryst_meet_sums *sums, uint32_t group)
{
	unsigned at = class_at(sums, group);

	return at < TRYST_MEET_CLASSES && sums->classes[at].group ? &sums->classes[at] : NULL;
}

struct tryst_meet_class *
tryst_meet_class_make(struct tryst_meet_sums *sums, uint32_t group)
{
	unsigned at = class_at(sums, group);

	if (at == TRYST_MEET_CLASSES)
		return NULL;
	sums->classes[at].group = group;
	return &sums->classes[at];
}

void
tryst_meet_sums_merge(struct tryst_meet_sums *a, const struct tryst_meet_sums *b)
{
	for (unsigned i = 0; i < TRYST_MEET_CLASSES; i++) {
		const struct tryst_meet_class *from = &b->classes[i];
		struct tryst_meet_class *to;

		if (!from->group)
			continue;
		to = tryst_meet_class_make(a, from->group);
		if (!to)
			continue;
		to->pairs += from->pairs;
		to->endpoints += from->endpoints;
		to->shared += from->shared;
		for (unsigned k = 0; k < TRYST_MEET_BINS; k++)
			to->bins[k] += from->bins[k];
	}
	tryst_distinct_merge(&a->home, &b->home);
	tryst_distinct_merge(&a->outside, &b->outside);
	a->endpoints += b->endpoints;
	a->pairs += b->pairs;
	a->tested += b->tested;
	a->groups += b->groups;
	a->level = TRYST_MAX(a->level, b->level);
}

struct tryst_meet_candidate *
tryst_meet_candidates_grow(struct tryst_meet_candidates *all, struct tryst_error *err)
{
	size_t cap = TRYST_MAX(2 * all->cap, (size_t)64);
	struct tryst_meet_candidate *list;

	if (all->count == all->cap) {
		list = reallocarray(all->list, cap, sizeof(*list));
		if (!list) {
			(void)tryst_error_nomem(err);
			return NULL;
		}
		all->list = list;
		all->cap = cap;
	}
	return &all->list[all->count++];
}

struct tryst_meet_candidate *
tryst_meet_candidate_add(struct tryst_meet_worker *w, enum tryst_meet_kind kind,
                         const struct tryst_meet_endpoint *e, struct tryst_error *err)
{
	struct tryst_meet_candidate *c = tryst_meet_candidates_grow(&w->candidates, err);

	if (!c)
		return NULL;
	memset(c, 0, sizeof(*c));
	c->kind = kind;
	c->ip = e->ip;
	c->proto = e->proto;
	c->port = e->port;
	c->home = e->home;
	c->group = tryst_meet_port_group(w->ports, e->proto, e->port);
	c->class = tryst_meet_class_group(w->ports, e->home, e->proto, e->port);
	c->guessed = e->guessed;
	c->level = e->level;
	c->clients_here = e->member_count;
	c->first_ms = INT64_MAX;
	c->last_ms = INT64_MIN;
	return c;
}

void
tryst_meet_candidate_client(struct tryst_meet_candidate *c, const struct tryst_meet_member *m)
{
	if (c->client_count < TRYST_FINDING_CLIENTS_MAX)
		c->clients[c->client_count++] = m->ip;
	c->clients_total++;
	c->first_ms = TRYST_MIN(c->first_ms, m->first_ms);
	c->last_ms = TRYST_MAX(c->last_ms, m->last_ms);
	c->v[TRYST_MEET_V_VISITS] += m->visit_count;
	c->v[TRYST_MEET_V_ANSWERED] += m->answered;
	c->v[TRYST_MEET_V_REFUSED] += m->refused;
	c->v[TRYST_MEET_V_BYTES_OUT] += (double)m->bytes_out;
	c->v[TRYST_MEET_V_BYTES_IN] += (double)m->bytes_in;
}

int
tryst_meet_candidate_compare(const void *va, const void *vb)
{
	const struct tryst_meet_candidate *a = va, *b = vb;
	int order;

	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = tryst_ip_compare(a->ip, b->ip);
	if (order)
		return order;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	return a->port == b->port ? 0 : a->port < b->port ? -1 : 1;
}

/* Multicast, broadcast and no address at all: nobody is met there (RFC 5771, 919, 4291). */
static bool
is_nobody(struct tryst_ip ip)
{
	uint32_t v4 = (uint32_t)ip.lo;

	if (tryst_ip_is_v4(ip))
		return v4 >> 28 == 0xe || v4 == UINT32_MAX || v4 == 0;
	return ip.hi >> 56 == 0xff || (!ip.hi && !ip.lo);
}

static int
endpoint_look(void *ctx, const struct tryst_meet_endpoint *e, struct tryst_error *err)
{
	struct tryst_meet_worker *w = ctx;
	int rc = 0;

	if (is_nobody(e->ip))
		return 0;
	w->sums->endpoints++;
	w->sums->pairs += e->member_count;
	for (uint32_t i = 0; i < e->member_count; i++) {
		const struct tryst_meet_member *m = &e->members[i];

		/* Who only looks like a client when it is turned round is none for sure. */
		if (!m->guessed)
			tryst_distinct_add(m->home ? &w->sums->home : &w->sums->outside,
			                   tryst_ip_hash(m->ip));
	}
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(looks) && rc >= 0; i++)
		rc = looks[i](w, e, err);
	return rc;
}

int
tryst_meet_look(struct tryst_meet_worker *w, const struct tryst_meet_log *log, unsigned part,
                size_t memory, struct tryst_error *err)
{
	struct tryst_meet_candidates *all = &w->candidates;
	size_t first = all->count;
	int rc = tryst_meet_scan_part(&w->scan, log, part, memory, endpoint_look, w, err);

	w->sums->level = TRYST_MAX(w->sums->level, w->scan.units.level);
	if (rc < 0 || all->count - first <= PART_MAX)
		return rc;
	qsort(all->list + first, all->count - first, sizeof(*all->list),
	      tryst_meet_candidate_compare);
	all->count = first + PART_MAX;
	return 0;
}

void
tryst_meet_worker_fini(struct tryst_meet_worker *w)
{
	tryst_meet_scan_fini(&w->scan);
	tryst_meet_times_fini(&w->times);
	tryst_meet_group_fini(&w->group);
	free(w->beacons);
	free(w->candidates.list);
	for (unsigned i = 0; i < TRYST_MEET_WHATS; i++)
		free(w->contacts[i].list);
}

/*
 * The threads take the parts in turn, as many at once as fit: how much of a part is looked at must
 * not depend on how many threads there are.
 */
struct looking {
	const struct tryst_meet_log *log;
	size_t memory; /* of all */
	size_t held;
	pthread_mutex_t lock;
	pthread_cond_t freed;
	unsigned jobs;
	atomic_uint next;
	atomic_int rc; /* the first failure */
};

struct looker {
	struct looking *shared;
	struct tryst_meet_worker worker;
	struct tryst_error err;
	pthread_t thread;
	bool started, failed;
};

/* What a part will take, once there is room for it. */
static size_t
room_take(struct looking *s, unsigned part)
{
	uint64_t units = TRYST_MIN(s->log->parts[part].units, (uint64_t)UINT32_MAX);
	size_t need = TRYST_MIN((size_t)units * TRYST_MEET_UNIT_COST, s->memory);

	(void)pthread_mutex_lock(&s->lock);
	while (s->held && s->held + need > s->memory)
		(void)pthread_cond_wait(&s->freed, &s->lock);
	s->held += need;
	(void)pthread_mutex_unlock(&s->lock);
	return need;
}

static void
room_give(struct looking *s, size_t need)
{
	(void)pthread_mutex_lock(&s->lock);
	s->held -= need;
	(void)pthread_cond_broadcast(&s->freed);
	(void)pthread_mutex_unlock(&s->lock);
}

static void *
looker_run(void *arg)
{
	struct looker *l = arg;
	struct looking *s = l->shared;
	unsigned part;
	int rc = 0, none = 0;

	while (rc >= 0 && atomic_load(&s->rc) >= 0 &&
	       (part = atomic_fetch_add(&s->next, 1u)) < TRYST_MEET_PARTS) {
		size_t need = room_take(s, part);

		rc = tryst_meet_look(&l->worker, s->log, part, s->memory, &l->err);
		/* Memory that was needed for a large part is not kept for the next. */
		if (need > s->memory / s->jobs)
			tryst_meet_scan_fini(&l->worker.scan);
		room_give(s, need);
	}
	if (rc < 0)
		l->failed = atomic_compare_exchange_strong(&s->rc, &none, rc);
	return NULL;
}

static int
candidates_join(struct tryst_meet_candidates *a, struct tryst_meet_candidates *b,
                struct tryst_error *err)
{
	struct tryst_meet_candidate *list;

	if (!b->count)
		return 0;
	list = reallocarray(a->list, a->count + b->count, sizeof(*list));
	if (!list)
		return tryst_error_nomem(err);
	memcpy(list + a->count, b->list, b->count * sizeof(*list));
	a->list = list;
	a->count += b->count;
	a->cap = a->count;
	return 0;
}

/* Puts together what a thread found. */
static int
looker_end(struct looker *l, struct tryst_meet_sums *sums, struct tryst_meet_candidates *candidates,
           struct tryst_meet_contacts *contacts, struct tryst_error *err)
{
	int rc = 0;

	if (l->worker.sums) {
		tryst_meet_sums_merge(sums, l->worker.sums);
		rc = candidates_join(candidates, &l->worker.candidates, err);
		for (unsigned i = 0; i < TRYST_MEET_WHATS && rc >= 0; i++)
			rc = tryst_meet_contact_join(&contacts[i], &l->worker.contacts[i],
			                             (enum tryst_meet_what)i, err);
	}
	if (l->failed)
		*err = l->err;
	free(l->worker.sums);
	tryst_meet_worker_fini(&l->worker);
	return rc;
}

/* All parts are through, or failed with rc. */
static int
finish(struct tryst_meet_contacts *contacts, const struct tryst_meet_options *options,
       const struct tryst_meet_ports *ports, struct tryst_meet_candidates *candidates, int rc,
       struct tryst_error *err)
{
	if (rc >= 0)
		rc = tryst_meet_finish_game(&contacts[TRYST_MEET_GAMES], candidates, err);
	if (rc >= 0)
		rc = tryst_meet_finish_call(&contacts[TRYST_MEET_CALLS],
		                            &contacts[TRYST_MEET_PROBES], options, ports,
		                            candidates, err);
	if (rc >= 0)
		rc = tryst_meet_finish_overlay(&contacts[TRYST_MEET_PEERS], options, candidates,
		                               err);
	for (unsigned i = 0; i < TRYST_MEET_WHATS; i++)
		free(contacts[i].list);
	return rc;
}

int
tryst_meet_look_all(const struct tryst_meet_options *options, const struct tryst_meet_log *log,
                    const struct tryst_meet_clock *clock, const struct tryst_meet_ports *ports,
                    size_t memory, struct tryst_meet_sums *sums,
                    struct tryst_meet_candidates *candidates, struct tryst_error *err)
{
	unsigned jobs = TRYST_MIN(TRYST_MAX(options->jobs, 1u), (unsigned)TRYST_MEET_PARTS);
	struct looker *all = calloc(jobs, sizeof(*all));
	struct looking shared = { .log = log, .memory = memory, .jobs = jobs };
	struct tryst_meet_contacts contacts[TRYST_MEET_WHATS] = { 0 };
	int rc = all ? 0 : tryst_error_nomem(err);

	(void)pthread_mutex_init(&shared.lock, NULL);
	(void)pthread_cond_init(&shared.freed, NULL);
	atomic_init(&shared.next, 0u);
	atomic_init(&shared.rc, 0);
	for (unsigned i = 0; i < jobs && rc >= 0; i++) {
		struct tryst_meet_worker *w = &all[i].worker;

		all[i].shared = &shared;
		w->options = options;
		w->clock = clock;
		w->ports = ports;
		w->sums = calloc(1, sizeof(*w->sums));
		if (!w->sums)
			rc = tryst_error_nomem(err);
		else if (i)
			all[i].started =
				pthread_create(&all[i].thread, NULL, looker_run, &all[i]) == 0;
	}
	/* This thread looks, too: it alone is enough where no other one can be had. */
	if (rc >= 0)
		(void)looker_run(&all[0]);
	for (unsigned i = 0; all && i < jobs; i++) {
		if (all[i].started)
			(void)pthread_join(all[i].thread, NULL);
	}
	if (rc >= 0)
		rc = atomic_load(&shared.rc);
	for (unsigned i = 0; all && i < jobs; i++) {
		int joined = looker_end(&all[i], sums, candidates, contacts, err);

		rc = rc < 0 ? rc : joined;
	}
	(void)pthread_cond_destroy(&shared.freed);
	(void)pthread_mutex_destroy(&shared.lock);
	free(all);
	rc = finish(contacts, options, ports, candidates, rc, err);
	if (rc >= 0 && candidates->count)
		qsort(candidates->list, candidates->count, sizeof(*candidates->list),
		      tryst_meet_candidate_compare);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/around.h"

#include <stdlib.h>

#include "hunt/build.h"
#include "hunt/visit.h"

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)

/* Records beyond this many tell the statistics nothing more. */
#define RECORDS_MAX ((size_t)2 << 20)

static unsigned
host_level(struct tryst_ip ip)
{
	uint64_t h = tryst_sampler_key(ip);

	return h ? (unsigned)__builtin_clzll(h) : TRYST_AROUND_LEVELS - 1;
}

static int
endpoint_compare(const void *va, const void *vb)
{
	const struct tryst_around_endpoint *a = va, *b = vb;
	int order = tryst_ip_compare(a->ip, b->ip);

	return order ? order : (a->meeting > b->meeting) - (a->meeting < b->meeting);
}

/*
 * From the first to the last contact, and as long before and after, but an hour at least (who came
 * before, and what is usual here) and a day at most.
 */
static void
plan_window(struct tryst_around_plan *p, const struct tryst_case *c)
{
	int64_t span, pad;

	p->from_ms = TRYST_TIME_MAX;
	p->to_ms = TRYST_TIME_MIN;
	for (size_t i = 0; i < p->count; i++) {
		const struct tryst_meeting *m = &c->meetings[p->list[i].meeting];

		p->from_ms = TRYST_MIN(p->from_ms, m->first_ms);
		p->to_ms = TRYST_MAX(p->to_ms, m->last_ms);
	}
	span = p->from_ms < 0 || p->to_ms < 0 ? DAY_MS : p->to_ms - p->from_ms;
	pad = TRYST_MIN(TRYST_MAX(span, HOUR_MS), DAY_MS);
	p->from_ms = tryst_time_add(p->from_ms, -pad);
	p->to_ms = tryst_time_add(p->to_ms, pad);
}

static size_t
address_slot(struct tryst_ip ip)
{
	return tryst_ip_hash(ip) % TRYST_AROUND_SLOTS;
}

/* So that an address that is none of the plan's is mostly told at the first look. */
static void
plan_index(struct tryst_around_plan *p)
{
	for (size_t i = 0; i < p->count; i++) {
		size_t at = address_slot(p->list[i].ip);

		if (i && tryst_ip_equal(p->list[i].ip, p->list[i - 1].ip))
			continue;
		while (p->slots[at])
			at = (at + 1) % TRYST_AROUND_SLOTS;
		p->slots[at] = (uint8_t)(i + 1);
	}
}

/* The first endpoint at the address, or count. */
static size_t
plan_first(const struct tryst_around_plan *p, struct tryst_ip ip)
{
	for (size_t at = address_slot(ip); p->slots[at]; at = (at + 1) % TRYST_AROUND_SLOTS) {
		if (tryst_ip_equal(p->list[p->slots[at] - 1].ip, ip))
			return p->slots[at] - 1u;
	}
	return p->count;
}

static void
plan_make(struct tryst_around_plan *p, const struct tryst_case *c)
{
	p->count = TRYST_MIN(c->meeting_count, (size_t)TRYST_AROUND_MEETINGS_MAX);
	for (size_t i = 0; i < p->count; i++) {
		const struct tryst_meeting *m = &c->meetings[i];

		p->list[i] = (struct tryst_around_endpoint){
			.ip = m->ip,
			.meeting = (uint32_t)i,
			.port = m->port,
			.proto = m->proto,
			.port_known = m->port_known,
			.at_peer = m->at_peer,
		};
	}
	qsort(p->list, p->count, sizeof(*p->list), endpoint_compare);
	plan_index(p);
	plan_window(p, c);
}

uint64_t
tryst_around_match(const struct tryst_around_plan *p, const struct tryst_hunt_record *r,
                   unsigned side)
{
	uint64_t mask = 0;

	for (size_t i = plan_first(p, r->ip[side]);
	     i < p->count && tryst_ip_equal(p->list[i].ip, r->ip[side]); i++) {
		const struct tryst_around_endpoint *e = &p->list[i];
		unsigned port_side = e->at_peer ? !side : side;

		if (e->proto == r->proto &&
		    (!e->port_known ||
		     (r->has & TRYST_HAS_PORT0 << port_side && e->port == r->port[port_side])))
			mask |= 1ULL << i;
	}
	return mask;
}

/* Those endpoints of the mask whose level lets a host of this level in. */
static uint64_t
mask_kept(const struct tryst_around *a, uint64_t mask, unsigned level)
{
	uint64_t kept = 0;

	for (; mask; mask &= mask - 1) {
		unsigned e = (unsigned)__builtin_ctzll(mask);

		if (level >= atomic_load_explicit(&a->level[e], memory_order_relaxed))
			kept |= 1ULL << e;
	}
	return kept;
}

/* Where a record is kept, and the host of that side: its level. */
struct kept {
	uint64_t at[2]; /* endpoints, by each side */
	unsigned level[2];
};

static struct kept
record_kept(const struct tryst_around *a, const struct tryst_hunt_record *r)
{
	struct kept k = { 0 };

	for (unsigned side = 0; side < 2; side++) {
		uint64_t mask =
			r->has & TRYST_LISTED0 << !side ? 0 : tryst_around_match(&a->plan, r, side);

		if (!mask)
			continue;
		k.level[side] = host_level(r->ip[!side]);
		k.at[side] = mask_kept(a, mask, k.level[side]);
	}
	return k;
}

/* Raises the endpoint's level while what came at or above it is more than its share. */
static void
level_fit(struct tryst_around *a, unsigned e)
{
	unsigned level = atomic_load(&a->level[e]);

	for (;;) {
		uint64_t sum = 0;

		for (unsigned l = level; l < TRYST_AROUND_LEVELS; l++)
			sum += atomic_load_explicit(&a->seen[e][l], memory_order_relaxed);
		if (sum <= a->share || level == TRYST_AROUND_LEVELS)
			return;
		/* On failure another thread has raised it: `level` is what it is now. */
		if (atomic_compare_exchange_strong(&a->level[e], &level, level + 1)) {
			level++;
			atomic_fetch_add(&a->raised, 1);
		}
	}
}

struct around_state {
	struct tryst_hunt_records records;
	unsigned raised; /* as it was when the records were last looked through */
};

/* Drops what no endpoint keeps any more. */
static int
records_prune(const struct tryst_around *a, struct tryst_hunt_records *records,
              struct tryst_error *err)
{
	struct tryst_hunt_records kept = { 0 };
	int rc = 0;

	for (struct tryst_hunt_chunk *c = records->chunks, *next; c; c = next) {
		next = c->next;
		for (uint32_t i = 0; i < c->count && rc == 0; i++) {
			struct kept k = record_kept(a, &c->records[i]);
			struct tryst_hunt_record *r;

			if (!(k.at[0] | k.at[1]))
				continue;
			r = tryst_hunt_records_add(&kept);
			if (r)
				*r = c->records[i];
			else
				rc = tryst_error_nomem(err);
		}
		free(c);
	}
	*records = kept;
	return rc;
}

static int
around_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	struct around_state *s = calloc(1, sizeof(*s));

	(void)op;
	*state = s;
	return s ? 0 : tryst_error_nomem(err);
}

static void
record_count(struct tryst_around *a, const struct kept *k)
{
	for (unsigned side = 0; side < 2; side++) {
		for (uint64_t mask = k->at[side]; mask; mask &= mask - 1)
			atomic_fetch_add_explicit(&a->seen[__builtin_ctzll(mask)][k->level[side]],
			                          1, memory_order_relaxed);
	}
}

static int
around_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
            struct tryst_error *err)
{
	struct tryst_around *a = (struct tryst_around *)op;
	struct around_state *s = state;
	uint64_t touched = 0;
	unsigned raised;

	for (uint32_t i = 0; i < b->selected; i++) {
		struct tryst_hunt_record r, *slot;
		uint32_t row = b->sel[i];
		struct kept k;

		tryst_hunt_record_fill(&r, b, row, tryst_ipset_contains(a->listed, b->src[row]),
		                       tryst_ipset_contains(a->listed, b->dst[row]));
		k = record_kept(a, &r);
		if (!(k.at[0] | k.at[1]))
			continue;
		slot = tryst_hunt_records_add(&s->records);
		if (!slot)
			return tryst_error_nomem(err);
		*slot = r;
		record_count(a, &k);
		touched |= k.at[0] | k.at[1];
	}
	for (; touched; touched &= touched - 1)
		level_fit(a, (unsigned)__builtin_ctzll(touched));
	raised = atomic_load(&a->raised);
	if (raised == s->raised)
		return 0;
	s->raised = raised;
	return records_prune(a, &s->records, err);
}

static int
around_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct tryst_around *a = (struct tryst_around *)op;
	struct around_state *s = state;

	(void)err;
	tryst_hunt_records_join(&a->records, &s->records);
	free(s);
	return 0;
}

static int
around_finish(struct tryst_operator *op, struct tryst_error *err)
{
	struct tryst_around *a = (struct tryst_around *)op;

	return atomic_load(&a->raised) ? records_prune(a, &a->records, err) : 0;
}

static const struct tryst_operator_ops around_ops = {
	.name = "around",
	.open = around_open,
	.push = around_push,
	.merge = around_merge,
	.finish = around_finish,
};

/* An address of the plan, and in how many blocks of the indexes it stands. */
struct weighed {
	struct tryst_ip ip;
	uint64_t blocks;
};

static int
weighed_compare(const void *va, const void *vb)
{
	const struct weighed *a = va, *b = vb;

	if (a->blocks != b->blocks)
		return a->blocks < b->blocks ? -1 : 1;
	return tryst_ip_compare(a->ip, b->ip);
}

/* The addresses of the plan, the quietest first. */
static int
plan_weigh(const struct tryst_around_plan *p, const struct tryst_hunt_options *options,
           struct weighed *list, size_t *count, struct tryst_error *err)
{
	struct tryst_ip ips[TRYST_AROUND_MEETINGS_MAX] = { 0 };
	uint64_t blocks[TRYST_AROUND_MEETINGS_MAX] = { 0 };
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < p->count; i++) {
		if (i == 0 || !tryst_ip_equal(p->list[i].ip, p->list[i - 1].ip))
			ips[n++] = p->list[i].ip;
	}
	if (options->weigh && options->sample_level)
		rc = options->weigh(options->weigh_ctx, ips, n, blocks, err);
	for (size_t i = 0; i < n; i++)
		list[i] = (struct weighed){ ips[i], blocks[i] };
	qsort(list, n, sizeof(*list), weighed_compare);
	*count = n;
	return rc;
}

/* Endpoints at busy addresses begin at the level of the sample. */
static void
busy_begin(struct tryst_around *a, unsigned level)
{
	a->sampler.met = a->busy;
	atomic_init(&a->sampler.ceiling, tryst_sampler_ceiling(level));
	for (size_t i = 0; i < a->plan.count; i++) {
		if (tryst_ipset_contains(a->busy, a->plan.list[i].ip))
			atomic_store(&a->level[i], level);
	}
}

/* Divides the addresses: those that are looked at whole, and the busy ones. */
static int
addresses_make(struct tryst_around *a, const struct tryst_hunt_options *options,
               struct tryst_error *err)
{
	struct tryst_ipset_entry entries[TRYST_AROUND_MEETINGS_MAX];
	struct weighed list[TRYST_AROUND_MEETINGS_MAX];
	size_t count, whole = 0;
	uint64_t blocks = 0;
	int rc = plan_weigh(&a->plan, options, list, &count, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++) {
		entries[i] = (struct tryst_ipset_entry){ { list[i].ip, 128 }, 0 };
		blocks += list[i].blocks;
		whole += blocks <= TRYST_AROUND_BLOCKS;
	}
	rc = tryst_ipset_new(&a->addresses, entries, whole, err);
	if (rc < 0 || whole == count)
		return rc;
	rc = tryst_ipset_new(&a->busy, entries + whole, count - whole, err);
	if (rc == 0)
		busy_begin(a, options->sample_level);
	return rc;
}

int
tryst_around_init(struct tryst_around *a, const struct tryst_case *c,
                  const struct tryst_ipset *listed, size_t records_max,
                  const struct tryst_hunt_options *options, struct tryst_error *err)
{
	*a = (struct tryst_around){ .op = { .ops = &around_ops, .columns = TRYST_HUNT_COLUMNS },
		                    .listed = listed };
	plan_make(&a->plan, c);
	if (!a->plan.count)
		return 0;
	a->share = TRYST_MIN(records_max, RECORDS_MAX) / a->plan.count;
	return addresses_make(a, options, err);
}

void
tryst_around_fini(struct tryst_around *a)
{
	tryst_ipset_free(a->addresses);
	tryst_ipset_free(a->busy);
	a->addresses = a->busy = NULL;
	tryst_hunt_records_fini(&a->records);
}

uint64_t
tryst_around_one_in(const struct tryst_around *a, size_t endpoint)
{
	return 1ULL << TRYST_MIN(atomic_load(&a->level[endpoint]), 63u);
}

bool
tryst_around_keeps(const struct tryst_around *a, size_t endpoint, struct tryst_ip host)
{
	return host_level(host) >= atomic_load(&a->level[endpoint]);
}

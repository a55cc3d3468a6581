/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/trace.h"

#include <stdlib.h>
#include <string.h>

#define CLASS_LOCALS_MIN 10 /* services at fewer local hosts are one class, whatever the port */
#define LOCALS_MAX 60000
#define PEERS_MAX 4000000

/* A record as it was read. */
struct tryst_sim_trace_raw {
	struct tryst_ip local, peer;
	int64_t start_ms, end_ms;
	uint64_t packets, bytes;
	uint32_t local_fan, peer_fan; /* hosts that were seen at either end's port */
	uint16_t local_port, peer_port;
	uint8_t proto, tcp_flags, tos;
	bool outward, serves;
};

struct state {
	struct tryst_sim_trace_raw *list;
	size_t count, cap;
	uint64_t elsewhere;
};

static int
trace_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	(void)op;
	*state = calloc(1, sizeof(struct state));
	return *state ? 0 : tryst_error_nomem(err);
}

/* Room for one more; what sorting takes is counted with it. */
static int
trace_grow(struct tryst_sim_trace *t, struct state *s, struct tryst_error *err)
{
	size_t cap = s->cap ? s->cap * 2 : 4096;
	struct tryst_sim_trace_raw *list;
	size_t more = (cap - s->cap) * (2 * sizeof(*list) + sizeof(struct tryst_sim_trace_record));

	if (atomic_fetch_add(&t->used, more) + more > t->memory)
		return tryst_error_set(err, TRYST_ERR_LIMIT,
		                       "the log has more records than the memory allowed holds");
	list = realloc(s->list, cap * sizeof(*list));
	if (!list)
		return tryst_error_nomem(err);
	s->list = list;
	s->cap = cap;
	return 0;
}

static bool
at_home(const struct tryst_sim_trace *t, struct tryst_ip ip)
{
	for (size_t i = 0; i < t->home_count; i++) {
		if (tryst_prefix_contains(t->home[i], ip))
			return true;
	}
	return false;
}

static int
trace_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
           struct tryst_error *err)
{
	struct tryst_sim_trace *t = (struct tryst_sim_trace *)op;
	struct state *s = state;
	int rc = 0;

	for (uint32_t i = 0; i < b->selected && rc == 0; i++) {
		uint32_t row = b->sel[i];
		bool outward = at_home(t, b->src[row]);

		if (outward == at_home(t, b->dst[row]) || tryst_time_absurd(b->start_ms[row]) ||
		    tryst_time_absurd(b->end_ms[row]) || b->end_ms[row] < b->start_ms[row]) {
			s->elsewhere++;
			continue;
		}
		if (s->count == s->cap)
			rc = trace_grow(t, s, err);
		if (rc < 0)
			break;
		s->list[s->count++] = (struct tryst_sim_trace_raw){
			.local = outward ? b->src[row] : b->dst[row],
			.peer = outward ? b->dst[row] : b->src[row],
			.start_ms = b->start_ms[row],
			.end_ms = b->end_ms[row],
			.packets = b->packets[row],
			.bytes = b->bytes[row],
			.local_port = outward ? b->src_port[row] : b->dst_port[row],
			.peer_port = outward ? b->dst_port[row] : b->src_port[row],
			.proto = b->proto[row],
			.tcp_flags = b->tcp_flags[row],
			.tos = b->tos[row],
			.outward = outward,
		};
	}
	return rc;
}

static int
trace_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct tryst_sim_trace *t = (struct tryst_sim_trace *)op;
	struct state *s = state;
	struct tryst_sim_trace_raw *list = t->raw;
	int rc = 0;

	t->elsewhere += s->elsewhere;
	if (s->count) {
		list = realloc(t->raw, (t->raw_count + s->count) * sizeof(*list));
		if (list) {
			memcpy(list + t->raw_count, s->list, s->count * sizeof(*list));
			t->raw = list;
			t->raw_count += s->count;
		} else {
			rc = tryst_error_nomem(err);
		}
	}
	free(s->list);
	free(s);
	return rc;
}

#define COMPARE(x, y)                                                                              \
	do {                                                                                       \
		if ((x) != (y))                                                                    \
			return (x) < (y) ? -1 : 1;                                                 \
	} while (0)

static int
compare_local(const void *x, const void *y)
{
	const struct tryst_sim_trace_raw *a = x, *b = y;
	int c = tryst_ip_compare(a->local, b->local);

	if (c)
		return c;
	COMPARE(a->proto, b->proto);
	COMPARE(a->local_port, b->local_port);
	return tryst_ip_compare(a->peer, b->peer);
}

static int
compare_peer(const void *x, const void *y)
{
	const struct tryst_sim_trace_raw *a = x, *b = y;
	int c = tryst_ip_compare(a->peer, b->peer);

	if (c)
		return c;
	COMPARE(a->proto, b->proto);
	COMPARE(a->peer_port, b->peer_port);
	return tryst_ip_compare(a->local, b->local);
}

static uint16_t
service_port(const struct tryst_sim_trace_raw *r)
{
	return r->serves ? r->local_port : r->peer_port;
}

/* Pair by pair; in a pair by all that a record says, so that the order of reading is nothing. */
static int
compare_pair(const void *x, const void *y)
{
	const struct tryst_sim_trace_raw *a = x, *b = y;
	int c;

	COMPARE(a->serves, b->serves);
	COMPARE(a->proto, b->proto);
	COMPARE(service_port(a), service_port(b));
	c = tryst_ip_compare(a->local, b->local);
	if (c)
		return c;
	c = tryst_ip_compare(a->peer, b->peer);
	if (c)
		return c;
	COMPARE(a->start_ms, b->start_ms);
	COMPARE(a->end_ms, b->end_ms);
	COMPARE(a->outward, b->outward);
	COMPARE(a->local_port, b->local_port);
	COMPARE(a->peer_port, b->peer_port);
	COMPARE(a->packets, b->packets);
	COMPARE(a->bytes, b->bytes);
	COMPARE(a->tcp_flags, b->tcp_flags);
	COMPARE(a->tos, b->tos);
	return 0;
}

static bool
same_pair(const struct tryst_sim_trace_raw *a, const struct tryst_sim_trace_raw *b)
{
	return a->serves == b->serves && a->proto == b->proto &&
	       service_port(a) == service_port(b) && tryst_ip_equal(a->local, b->local) &&
	       tryst_ip_equal(a->peer, b->peer);
}

/* How many hosts each end's port was used with: a service has many, a client's port one. */
static void
count_fans(struct tryst_sim_trace *t, bool local)
{
	struct tryst_sim_trace_raw *raw = t->raw;
	size_t n = t->raw_count, behind;

	qsort(raw, n, sizeof(*raw), local ? compare_local : compare_peer);
	for (size_t i = 0; i < n; i = behind) {
		uint32_t fan = 1;

		for (behind = i + 1; behind < n; behind++) {
			const struct tryst_sim_trace_raw *a = &raw[behind - 1], *b = &raw[behind];

			if (local ? !tryst_ip_equal(a->local, b->local) ||
			                    a->local_port != b->local_port || a->proto != b->proto
			          : !tryst_ip_equal(a->peer, b->peer) ||
			                    a->peer_port != b->peer_port || a->proto != b->proto)
				break;
			fan += local ? !tryst_ip_equal(a->peer, b->peer)
			             : !tryst_ip_equal(a->local, b->local);
		}
		for (size_t k = i; k < behind; k++)
			*(local ? &raw[k].local_fan : &raw[k].peer_fan) = fan;
	}
}

/* The service is where more hosts were seen, then at the lower port, then at home. */
static void
find_services(struct tryst_sim_trace *t)
{
	count_fans(t, false);
	count_fans(t, true);
	for (size_t i = 0; i < t->raw_count; i++) {
		struct tryst_sim_trace_raw *r = &t->raw[i];

		r->serves = r->local_fan != r->peer_fan ? r->local_fan > r->peer_fan
		                                        : r->local_port <= r->peer_port;
	}
	qsort(t->raw, t->raw_count, sizeof(*t->raw), compare_pair);
}

static int
compare_ip(const void *x, const void *y)
{
	return tryst_ip_compare(*(const struct tryst_ip *)x, *(const struct tryst_ip *)y);
}

/* The distinct addresses of an array of n, sorted in place; how many. */
static uint32_t
distinct(struct tryst_ip *list, size_t n)
{
	uint32_t count = 0;

	if (n)
		qsort(list, n, sizeof(*list), compare_ip);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || !tryst_ip_equal(list[i], list[count - 1]))
			list[count++] = list[i];
	}
	return count;
}

static uint32_t
number_of(const struct tryst_ip *list, uint32_t count, struct tryst_ip ip)
{
	const struct tryst_ip *at = bsearch(&ip, list, count, sizeof(ip), compare_ip);

	return (uint32_t)(at - list);
}

/* Peers that come to local services are numbered first. */
static void
number_peers(struct tryst_sim_trace *t, uint32_t *number)
{
	uint32_t other;

	for (uint32_t i = 0; i < t->peers; i++)
		number[i] = 0;
	for (uint32_t i = 0; i < t->pair_count; i++)
		number[t->pairs[i].peer] += t->pairs[i].serves;
	for (uint32_t i = 0; i < t->peers; i++)
		t->visitors += number[i] > 0;
	other = t->visitors;
	for (uint32_t i = 0, visitor = 0; i < t->peers; i++) {
		if (number[i])
			t->degree[visitor] = (uint16_t)TRYST_MIN(number[i], UINT16_MAX);
		number[i] = number[i] ? visitor++ : other++;
	}
	for (uint32_t i = 0; i < t->pair_count; i++)
		t->pairs[i].peer = number[t->pairs[i].peer];
}

/* Pairs and records out of the sorted raw ones. */
static void
make_pairs(struct tryst_sim_trace *t, const struct tryst_ip *locals, const struct tryst_ip *peers)
{
	for (size_t i = 0; i < t->raw_count; i++) {
		const struct tryst_sim_trace_raw *r = &t->raw[i];

		if (i == 0 || !same_pair(r, r - 1))
			t->pairs[t->pair_count++] = (struct tryst_sim_trace_pair){
				.local = number_of(locals, t->locals, r->local),
				.peer = number_of(peers, t->peers, r->peer),
				.port = service_port(r),
				.proto = r->proto,
				.serves = r->serves,
			};
		t->records[t->count++] = (struct tryst_sim_trace_record){
			.start_ms = r->start_ms,
			.end_ms = r->end_ms,
			.packets = r->packets,
			.bytes = r->bytes,
			.pair = t->pair_count - 1,
			.client_port = r->serves ? r->peer_port : r->local_port,
			.tcp_flags = r->tcp_flags,
			.tos = r->tos,
			.outward = r->outward,
		};
		t->first_ms = TRYST_MIN(t->first_ms, r->start_ms);
		t->last_ms = TRYST_MAX(t->last_ms, r->end_ms);
	}
}

/*
 * Classes: a service at enough local hosts is one; the rest of a protocol and a side is another.
 * The pairs of a service stand together, those of one local host within it too.
 */
static void
make_classes(struct tryst_sim_trace *t)
{
	uint32_t placed = 0, behind;

	for (unsigned rest = 0; rest < 2; rest++) {
		const struct tryst_sim_trace_pair *last = NULL;

		for (uint32_t i = 0; i < t->pair_count; i = behind) {
			const struct tryst_sim_trace_pair *p = &t->pairs[i];
			uint32_t locals = 0;

			for (behind = i; behind < t->pair_count; behind++) {
				const struct tryst_sim_trace_pair *q = &t->pairs[behind];

				if (q->serves != p->serves || q->proto != p->proto ||
				    q->port != p->port)
					break;
				locals += behind == i || q->local != q[-1].local;
			}
			if ((locals < CLASS_LOCALS_MIN) != rest)
				continue;
			if (!rest || !last || last->serves != p->serves || last->proto != p->proto)
				t->classes[t->class_count++].first = placed;
			last = p;
			for (uint32_t k = i; k < behind; k++) {
				t->pairs[k].class = t->class_count - 1;
				t->by_class[placed++] = k;
				t->classes[t->class_count - 1].count++;
			}
		}
	}
}

static int
trace_finish(struct tryst_operator *op, struct tryst_error *err)
{
	struct tryst_sim_trace *t = (struct tryst_sim_trace *)op;
	size_t n = t->raw_count + 1;
	struct tryst_ip *locals = malloc(n * sizeof(*locals)), *peers = malloc(n * sizeof(*peers));
	uint32_t *number = NULL;
	int rc = 0;

	t->records = malloc(n * sizeof(*t->records));
	if (!locals || !peers || !t->records) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	if (t->raw_count)
		find_services(t);
	for (size_t i = 0; i < t->raw_count; i++) {
		locals[i] = t->raw[i].local;
		peers[i] = t->raw[i].peer;
	}
	t->locals = distinct(locals, t->raw_count);
	t->peers = distinct(peers, t->raw_count);
	if (t->locals > LOCALS_MAX || t->peers > PEERS_MAX || t->raw_count > UINT32_MAX) {
		rc = tryst_error_set(err, TRYST_ERR_LIMIT,
		                     "the log has more than %d local or %d other hosts", LOCALS_MAX,
		                     PEERS_MAX);
		goto out;
	}
	t->pairs = malloc(n * sizeof(*t->pairs));
	t->by_class = malloc(n * sizeof(*t->by_class));
	t->classes = calloc(n, sizeof(*t->classes));
	t->degree = calloc(t->peers + 1, sizeof(*t->degree));
	number = malloc((t->peers + 1) * sizeof(*number));
	if (!t->pairs || !t->by_class || !t->classes || !t->degree || !number) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	make_pairs(t, locals, peers);
	make_classes(t);
	number_peers(t, number);
	free(TRYST_TAKE(t->raw));
out:
	free(locals);
	free(peers);
	free(number);
	return rc;
}

static const struct tryst_operator_ops trace_ops = {
	.name = "trace",
	.open = trace_open,
	.push = trace_push,
	.merge = trace_merge,
	.finish = trace_finish,
};

int
tryst_sim_trace_new(struct tryst_sim_trace **out, const struct tryst_prefix *home, size_t count,
                    size_t memory, struct tryst_error *err)
{
	struct tryst_sim_trace *t = calloc(1, sizeof(*t));

	if (!t)
		return tryst_error_nomem(err);
	t->op = (struct tryst_operator){ .ops = &trace_ops,
		                         .columns = TRYST_BIT(start_ms) | TRYST_BIT(end_ms) |
		                                    TRYST_BIT(src) | TRYST_BIT(dst) |
		                                    TRYST_BIT(src_port) | TRYST_BIT(dst_port) |
		                                    TRYST_BIT(proto) | TRYST_BIT(tcp_flags) |
		                                    TRYST_BIT(tos) | TRYST_BIT(packets) |
		                                    TRYST_BIT(bytes) };
	t->home = home;
	t->home_count = count;
	t->memory = memory;
	t->first_ms = INT64_MAX;
	t->last_ms = INT64_MIN;
	*out = t;
	return 0;
}

void
tryst_sim_trace_free(struct tryst_sim_trace *t)
{
	if (!t)
		return;
	free(t->raw);
	free(t->records);
	free(t->pairs);
	free(t->by_class);
	free(t->classes);
	free(t->degree);
	free(t);
}

struct tryst_operator *
tryst_sim_trace_operator(struct tryst_sim_trace *t)
{
	return &t->op;
}

uint64_t
tryst_sim_trace_elsewhere(const struct tryst_sim_trace *t)
{
	return t->elsewhere;
}

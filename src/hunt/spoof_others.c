/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other clients of the services that listed hosts met at: what they send, how often they are
 * answered, when they came first.  From the flows of unlisted hosts at the endpoints of the
 * meetings (hunt/around.h), of which whole hosts may be missing, chosen by a hash.
 */
#include <stdlib.h>

#include "hunt/conversation.h"
#include "hunt/service.h"
#include "hunt/spoof.h"

/* A conversation of an unlisted host with a service at home. */
struct client {
	uint32_t group;
	bool silent_single; /* one packet, and no answer */
	bool answered;
	struct tryst_ip ip;
	int64_t first_ms;
};

struct gather {
	const struct tryst_around_plan *plan;
	struct tryst_spoof_class *classes; /* by group; one for each in the plan */
	size_t class_count;
	struct client *clients;
	size_t count, room;
};

/* The side of the conversation that is an endpoint of the plan with a service of its own; -1. */
static int
server_side(const struct tryst_around_plan *p, const struct tryst_hunt_record *r)
{
	for (int side = 0; side < 2; side++) {
		uint64_t mask = tryst_around_match(p, r, (unsigned)side);

		for (size_t i = 0; mask && i < p->count; i++) {
			if (mask >> i & 1 && !p->list[i].at_peer)
				return side;
		}
	}
	return -1;
}

static struct tryst_spoof_class *
class_find(struct gather *g, uint32_t group)
{
	for (size_t i = 0; i < g->class_count; i++) {
		if (g->classes[i].group == group)
			return &g->classes[i];
	}
	return NULL;
}

static void
marks_add(struct tryst_spoof_others *o, const struct tryst_conversation *c, unsigned client)
{
	for (size_t i = 0; i < c->record_count; i++) {
		const struct tryst_hunt_record *r = c->records[i];

		if (r->from != client)
			continue;
		if (r->has & TRYST_HAS_TOS) {
			o->marked_tos++;
			o->tos_counts[r->tos]++;
		}
		if (r->has & TRYST_HAS_MIN_TTL &&
		    (!(r->has & TRYST_HAS_MAX_TTL) || r->min_ttl == r->max_ttl)) {
			o->marked_ttl++;
			o->ttl_counts[r->min_ttl]++;
		}
		return;
	}
}

static void
class_add(struct tryst_spoof_others *o, const struct tryst_conversation *c, unsigned client)
{
	const struct tryst_conversation_half *in = &c->half[client];
	size_t size = (size_t)TRYST_MIN(in->bytes, (uint64_t)TRYST_ARRAY_SIZE(o->size_counts) - 1);

	o->attempts++;
	o->established += !!c->half[!client].records;
	if (c->counts_known && in->packets == 1) {
		o->singles++;
		o->size_counts[size]++;
	}
	marks_add(o, c, client);
}

static int
client_keep(struct gather *g, const struct client *client, struct tryst_error *err)
{
	size_t room = g->room ? 2 * g->room : 256;
	struct client *grown;

	if (g->count == g->room) {
		grown = reallocarray(g->clients, room, sizeof(*grown));
		if (!grown)
			return tryst_error_nomem(err);
		g->clients = grown;
		g->room = room;
	}
	g->clients[g->count++] = *client;
	return 0;
}

/* tryst_conversation_fn */
static int
conversation_add(void *ctx, const struct tryst_conversation *c, struct tryst_error *err)
{
	struct gather *g = ctx;
	int server = server_side(g->plan, c->records[0]);
	struct tryst_spoof_class *class;
	struct client client;

	if (server < 0 || !c->half[!server].records)
		return 0;
	client = (struct client){
		.group = tryst_service_group(c->proto, c->port_known[server] ? c->port[server] : 0),
		.silent_single = c->counts_known && c->half[!server].packets == 1 &&
		                 !c->half[server].records,
		.answered = c->half[server].records,
		.ip = c->ip[!server],
		.first_ms = c->first_ms,
	};
	class = class_find(g, client.group);
	if (!class)
		return 0;
	class_add(&class->others, c, !server);
	return client_keep(g, &client, err);
}

static int
client_compare(const void *va, const void *vb)
{
	const struct client *a = va, *b = vb;
	int order;

	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	order = tryst_ip_compare(a->ip, b->ip);
	return order ? order : (a->first_ms > b->first_ms) - (a->first_ms < b->first_ms);
}

static int
time_compare(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

static void
distinct_add(struct tryst_ip *list, uint32_t *count, struct tryst_ip ip)
{
	if (!*count || !tryst_ip_equal(list[*count - 1], ip))
		list[(*count)++] = ip;
}

/* The distinct hosts of one class, from clients sorted by address and time. */
static int
class_hosts(struct tryst_spoof_others *o, const struct client *list, size_t count,
            struct tryst_error *err)
{
	o->firsts = calloc(count + 1, sizeof(*o->firsts));
	o->sources = calloc(count + 1, sizeof(*o->sources));
	o->answered = calloc(count + 1, sizeof(*o->answered));
	if (!o->firsts || !o->sources || !o->answered)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < count; i++) {
		bool again = i && tryst_ip_equal(list[i].ip, list[i - 1].ip);

		if (!again)
			o->firsts[o->first_count++] = list[i].first_ms;
		if (list[i].silent_single)
			distinct_add(o->sources, &o->source_count, list[i].ip);
		if (list[i].answered)
			distinct_add(o->answered, &o->answered_count, list[i].ip);
	}
	qsort(o->firsts, o->first_count, sizeof(*o->firsts), time_compare);
	return 0;
}

/* One class for each service of the plan. */
static int
classes_make(struct gather *g, struct tryst_error *err)
{
	g->classes = calloc(g->plan->count + 1, sizeof(*g->classes));
	if (!g->classes)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < g->plan->count; i++) {
		const struct tryst_around_endpoint *e = &g->plan->list[i];
		uint32_t group = tryst_service_group(e->proto, e->port_known ? e->port : 0);

		if (!e->at_peer && !class_find(g, group))
			g->classes[g->class_count++].group = group;
	}
	return 0;
}

int
tryst_spoof_others_find(const struct tryst_case_builder *b, struct tryst_spoof_class **out,
                        size_t *count, struct tryst_error *err)
{
	const struct tryst_case *c = b->c;
	struct tryst_conversation_setting setting = {
		.inputs = c->inputs,
		.input_count = c->input_count,
		.null_ifs = b->options ? b->options->null_ifs : NULL,
		.null_if_count = b->options ? b->options->null_if_count : 0,
	};
	struct gather g = { 0 };
	size_t to;
	int rc;

	*out = NULL;
	*count = 0;
	if (!b->around || !b->around_scope)
		return 0;
	g.plan = &b->around_scope->plan;
	rc = classes_make(&g, err);
	if (rc < 0)
		return rc;
	rc = tryst_conversations(b->around, NULL, &setting, conversation_add, &g, err);
	if (g.count)
		qsort(g.clients, g.count, sizeof(*g.clients), client_compare);
	for (size_t from = 0; rc >= 0 && from < g.count; from = to) {
		for (to = from; to < g.count && g.clients[to].group == g.clients[from].group; to++)
			;
		rc = class_hosts(&class_find(&g, g.clients[from].group)->others, g.clients + from,
		                 to - from, err);
	}
	free(g.clients);
	*out = g.classes;
	*count = g.class_count;
	return rc;
}

void
tryst_spoof_others_free(struct tryst_spoof_class *classes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(classes[i].others.firsts);
		free(classes[i].others.sources);
		free(classes[i].others.answered);
	}
	free(classes);
}

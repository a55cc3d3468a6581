/* SPDX-License-Identifier: Apache-2.0 */
/* What must not be blocked, from files, options, this machine's addresses and flows. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>

#include "cli/block.h"
#include "hunt/intern.h"

#define NEXT_HOPS_MAX 4096 /* distinct ones: a router has few */

/* A list that something is kept safe by must be readable to its last line. */
static int
guard_file(struct tryst_block *b, const char *path, const char *kind, struct tryst_error *err)
{
	struct tryst_watchlist *w = NULL;
	const struct tryst_list_remark *remarks;
	int rc = tryst_watchlist_new(&w, err);

	if (rc == 0)
		rc = tryst_watchlist_load(w, path, err);
	for (size_t i = 0, n = rc == 0 ? tryst_watchlist_remarks(w, &remarks) : 0; i < n && rc == 0;
	     i++) {
		if (remarks[i].rejected)
			rc = tryst_error_set(err, TRYST_ERR_FORMAT,
			                     "%s:%u: %s; what is to be kept "
			                     "safe must be readable to the last line",
			                     path, remarks[i].line, remarks[i].text);
	}
	for (size_t i = 0; rc == 0 && i < tryst_watchlist_lists(w); i++) {
		const struct tryst_list_info *info = tryst_watchlist_list(w, (uint32_t)i);

		if (info->ambiguous)
			rc = tryst_error_set(err, TRYST_ERR_FORMAT,
			                     "%s: %u lines have more than one address; what is to "
			                     "be kept safe must stand on a line of its own",
			                     info->path, info->ambiguous);
		else if (info->rejected || info->skipped)
			rc = tryst_error_set(err, TRYST_ERR_FORMAT,
			                     "%s: %u entries are no addresses; what is to be kept "
			                     "safe must be readable to the last line",
			                     info->path, info->rejected + info->skipped);
	}
	if (rc == 0)
		rc = tryst_block_plan_guard_list(b->plan, w, kind, err);
	tryst_watchlist_free(w);
	return rc;
}

static int
guard_ip(struct tryst_block *b, struct tryst_ip ip, const char *kind, const char *what,
         struct tryst_error *err)
{
	if (!ip.hi && !ip.lo)
		return 0;
	return tryst_block_plan_guard(b->plan, (struct tryst_prefix){ ip, 128 }, kind, what, err);
}

/* The collector's own addresses, where it is this machine. */
static int
guard_local(struct tryst_block *b, struct tryst_error *err)
{
	struct ifaddrs *list = NULL;
	int rc = 0;

	if (getifaddrs(&list) != 0)
		return errno == ENOMEM ? tryst_error_nomem(err)
		                       : tryst_error_errno(
						 err, "cannot list the addresses of this machine");
	for (const struct ifaddrs *a = list; a && rc == 0; a = a->ifa_next) {
		char text[INET6_ADDRSTRLEN];
		const void *at = NULL;
		struct sockaddr_in6 in6;
		struct sockaddr_in in4;
		struct tryst_ip ip;

		if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET) {
			memcpy(&in4, a->ifa_addr, sizeof(in4));
			at = &in4.sin_addr;
		} else if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET6) {
			memcpy(&in6, a->ifa_addr, sizeof(in6));
			at = &in6.sin6_addr;
		}
		if (at && inet_ntop(a->ifa_addr->sa_family, at, text, sizeof(text)) &&
		    tryst_ip_parse(text, strlen(text), &ip))
			rc = guard_ip(b, ip, "local", "an address of this machine", err);
	}
	freeifaddrs(list);
	return rc;
}

int
tryst_block_guards(struct tryst_block *b, struct tryst_error *err)
{
	const struct tryst_block_settings *s = &b->s->block;
	int rc = 0;

	for (size_t i = 0; i < s->own.count && rc == 0; i++)
		rc = guard_file(b, s->own.list[i], "own", err);
	for (size_t i = 0; i < s->allowlists.count && rc == 0; i++)
		rc = guard_file(b, s->allowlists.list[i], "allowlist", err);
	for (size_t i = 0; i < s->peers.count && rc == 0; i++) {
		struct tryst_ip ip;

		if (tryst_ip_parse(s->peers.list[i], strlen(s->peers.list[i]), &ip))
			rc = guard_ip(b, ip, "peer", "a BGP peer (--peer)", err);
	}
	if (rc == 0)
		rc = guard_ip(b, b->emit.local, "peer", "the BGP speaker itself (--local-address)",
		              err);
	if (rc == 0)
		rc = guard_ip(b, b->emit.next_hop4, "next-hop", "the next hop to discard by", err);
	if (rc == 0)
		rc = guard_ip(b, b->emit.next_hop6, "next-hop", "the next hop to discard by", err);
	return rc == 0 ? guard_local(b, err) : rc;
}

/* Collects the next hops of all flows. */
struct hops {
	struct tryst_operator op; /* first */
	struct tryst_intern seen;
};

static int
hops_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	struct tryst_intern *own = calloc(1, sizeof(*own));

	(void)op;
	*state = own;
	return own ? tryst_intern_init(own, NEXT_HOPS_MAX + 1, err) : tryst_error_nomem(err);
}

static void
hop_add(struct tryst_intern *seen, struct tryst_ip ip)
{
	if (seen->count <= NEXT_HOPS_MAX || tryst_intern_find(seen, ip) != UINT32_MAX)
		(void)tryst_intern_add(seen, ip);
}

static int
hops_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
          struct tryst_error *err)
{
	struct tryst_ip last = { 0, 0 };

	(void)op;
	(void)err;
	for (uint32_t i = 0; i < b->selected; i++) {
		uint32_t row = b->sel[i];

		if (!tryst_batch_known(b, TRYST_FIELD_next_hop, row) ||
		    tryst_ip_equal(b->next_hop[row], last))
			continue;
		last = b->next_hop[row];
		hop_add(state, last);
	}
	return 0;
}

static int
hops_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct hops *h = (struct hops *)op;
	struct tryst_intern *own = state;

	(void)err;
	for (uint32_t i = 0; i < own->count; i++)
		hop_add(&h->seen, own->keys[i]);
	tryst_intern_fini(own);
	free(own);
	return 0;
}

static const struct tryst_operator_ops hops_ops = {
	.name = "next hops",
	.open = hops_open,
	.push = hops_push,
	.merge = hops_merge,
};

/* 0.0.0.0 is what exporters say where there is none. */
static bool
is_hop(struct tryst_ip ip)
{
	return (ip.hi || ip.lo) && !tryst_ip_equal(ip, tryst_ip_v4(0));
}

static int
guard_seen(struct tryst_block *b, const struct tryst_run *r, const struct hops *h,
           struct tryst_error *err)
{
	int rc = 0;

	for (uint32_t i = 0; i < h->seen.count && rc == 0; i++) {
		if (is_hop(h->seen.keys[i]))
			rc = guard_ip(b, h->seen.keys[i], "next-hop", "a next hop in the flows",
			              err);
	}
	for (size_t i = 0; i < r->inputs.count && rc == 0; i++) {
		const struct tryst_input *in = r->inputs.list[i];

		for (size_t k = 0; k < in->exporter_count && rc == 0; k++) {
			if (is_hop(in->exporters[k]->ip))
				rc = guard_ip(b, in->exporters[k]->ip, "exporter",
				              "an exporter of the flows", err);
		}
	}
	return rc;
}

int
tryst_block_guard_flows(struct tryst_block *b, struct tryst_error *err)
{
	struct hops h = {
		.op = { .ops = &hops_ops, .columns = TRYST_BIT(next_hop) | TRYST_BIT(exporter) },
	};
	struct tryst_run r = { 0 };
	int rc, exit_code;

	if (!b->s->inputs.count)
		return 0;
	rc = tryst_run_init(&r, b->s, NULL, 0, err);
	if (rc == 0)
		rc = tryst_intern_init(&h.seen, NEXT_HOPS_MAX + 1, err);
	if (rc == 0)
		rc = tryst_run_go(&r, &h.op, err);
	if (rc == 0) {
		exit_code = tryst_run_summary(&r, false);
		b->partial |= exit_code != TRYST_EXIT_OK;
		if (exit_code == TRYST_EXIT_NOTHING || r.signal)
			rc = tryst_error_set(err, TRYST_ERR_IO,
			                     "the flows of -r were not read, so exporters and next "
			                     "hops are not known");
		else if (h.seen.count > NEXT_HOPS_MAX)
			rc = tryst_error_set(err, TRYST_ERR_LIMIT,
			                     "the flows of -r name more than %u next hops",
			                     (unsigned)NEXT_HOPS_MAX);
	}
	if (rc == 0)
		rc = guard_seen(b, &r, &h, err);
	tryst_intern_fini(&h.seen);
	tryst_run_fini(&r);
	return rc;
}

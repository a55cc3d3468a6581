/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/meet_refs.h"

#include <stdlib.h>
#include <string.h>

#define KNOWN(b, field, row) (tryst_batch_known(b, TRYST_FIELD_##field, row) ? (b)->field[row] : 0)

#define COLUMNS                                                                                    \
	(TRYST_BIT(start_ms) | TRYST_BIT(end_ms) | TRYST_BIT(src) | TRYST_BIT(dst) |               \
	 TRYST_BIT(src_port) | TRYST_BIT(dst_port) | TRYST_BIT(proto) | TRYST_BIT(input_id) |      \
	 TRYST_BIT(record_no))

static int
finding_order(const void *va, const void *vb)
{
	const struct tryst_finding *a = *(const struct tryst_finding *const *)va;
	const struct tryst_finding *b = *(const struct tryst_finding *const *)vb;
	int order = tryst_ip_compare(a->ip, b->ip);

	if (order)
		return order;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* The first finding about the address, or count. */
static size_t
finding_at(const struct tryst_meet_reader *r, struct tryst_ip ip)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (tryst_ip_compare(r->findings[mid]->ip, ip) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
has_client(const struct tryst_finding *f, struct tryst_ip ip)
{
	for (uint32_t i = 0; i < f->client_count; i++) {
		if (tryst_ip_equal(f->clients[i], ip))
			return true;
	}
	return false;
}

static bool
ref_before(const struct tryst_meet_ref *a, const struct tryst_meet_ref *b)
{
	if (a->start_ms != b->start_ms)
		return a->start_ms < b->start_ms;
	if (a->input != b->input)
		return a->input < b->input;
	return a->record < b->record;
}

static void
ref_add(struct tryst_meet_refs *refs, const struct tryst_meet_ref *ref)
{
	uint32_t at = refs->count;

	if (at == TRYST_EVIDENCE_REFS_MAX) {
		if (!ref_before(ref, &refs->list[at - 1]))
			return;
		at--;
	} else {
		refs->count++;
	}
	for (; at > 0 && ref_before(ref, &refs->list[at - 1]); at--)
		refs->list[at] = refs->list[at - 1];
	refs->list[at] = *ref;
}

/* The row as seen from one of its ends, which may be an endpoint of findings. */
static void
row_add(const struct tryst_meet_reader *r, struct tryst_meet_refs *refs,
        const struct tryst_batch *b, uint32_t row, bool src_serves)
{
	struct tryst_ip server = src_serves ? b->src[row] : b->dst[row];
	struct tryst_ip client = src_serves ? b->dst[row] : b->src[row];
	uint16_t port = src_serves ? KNOWN(b, src_port, row) : KNOWN(b, dst_port, row);
	uint8_t proto = KNOWN(b, proto, row);
	bool start = tryst_batch_known(b, TRYST_FIELD_start_ms, row);
	const struct tryst_meet_ref ref = {
		.start_ms = start ? b->start_ms[row] : b->end_ms[row],
		.record = b->record_no[row],
		.input = b->input_id[row],
	};

	for (size_t i = finding_at(r, server);
	     i < r->count && tryst_ip_equal(r->findings[i]->ip, server); i++) {
		const struct tryst_finding *f = r->findings[i];

		if (f->proto == proto && (!f->port_known || f->port == port) &&
		    has_client(f, client))
			ref_add(&refs[i], &ref);
	}
}

static int
refs_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	const struct tryst_meet_reader *r = (struct tryst_meet_reader *)op;

	*state = calloc(r->count + 1, sizeof(*r->refs));
	return *state ? 0 : tryst_error_nomem(err);
}

static int
refs_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
          struct tryst_error *err)
{
	const struct tryst_meet_reader *r = (struct tryst_meet_reader *)op;

	(void)err;
	for (uint32_t i = 0; i < b->selected; i++) {
		row_add(r, state, b, b->sel[i], false);
		row_add(r, state, b, b->sel[i], true);
	}
	return 0;
}

static int
refs_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct tryst_meet_reader *r = (struct tryst_meet_reader *)op;
	struct tryst_meet_refs *own = state;

	(void)err;
	for (size_t i = 0; i < r->count; i++) {
		for (uint32_t k = 0; k < own[i].count; k++)
			ref_add(&r->refs[i], &own[i].list[k]);
	}
	free(own);
	return 0;
}

static const struct tryst_operator_ops refs_ops = {
	.name = "meet records",
	.open = refs_open,
	.push = refs_push,
	.merge = refs_merge,
};

int
tryst_meet_reader_init(struct tryst_meet_reader *r, const struct tryst_case *c,
                       struct tryst_error *err)
{
	struct tryst_ipset_entry *entries = calloc(c->finding_count + 1, sizeof(*entries));
	int rc = 0;

	*r = (struct tryst_meet_reader){ .op = { .ops = &refs_ops, .columns = COLUMNS } };
	r->findings = calloc(c->finding_count + 1, sizeof(*r->findings));
	r->refs = calloc(c->finding_count + 1, sizeof(*r->refs));
	if (!entries || !r->findings || !r->refs)
		rc = tryst_error_nomem(err);
	for (size_t i = 0; rc == 0 && i < c->finding_count; i++) {
		if (c->findings[i].grade > 'B' || !c->findings[i].evidence.count)
			continue;
		entries[r->count].prefix = (struct tryst_prefix){ c->findings[i].ip, 128 };
		r->findings[r->count++] = &c->findings[i];
	}
	if (rc == 0 && r->count)
		rc = tryst_ipset_new(&r->addresses, entries, r->count, err);
	if (rc == 0 && r->count)
		qsort(r->findings, r->count, sizeof(*r->findings), finding_order);
	free(entries);
	return rc;
}

void
tryst_meet_reader_fini(struct tryst_meet_reader *r)
{
	free(r->findings);
	free(r->refs);
	tryst_ipset_free(r->addresses);
	*r = (struct tryst_meet_reader){ 0 };
}

int
tryst_meet_reader_tell(const struct tryst_meet_reader *r, struct tryst_case *c,
                       struct tryst_arena *arena, struct tryst_error *err)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct tryst_meet_refs *refs = &r->refs[i];
		struct tryst_finding *f = &c->findings[r->findings[i] - c->findings];
		struct tryst_record_ref *list;

		if (!refs->count)
			continue;
		list = tryst_arena_alloc(arena, refs->count * sizeof(*list));
		if (!list)
			return tryst_error_nomem(err);
		for (uint32_t k = 0; k < refs->count; k++) {
			const struct tryst_meet_ref *ref = &refs->list[k];

			list[k] = (struct tryst_record_ref){
				.input = ref->input,
				.record = tryst_input_record(c->inputs[ref->input], ref->record),
			};
		}
		f->evidence.list[0].refs = list;
		f->evidence.list[0].ref_count = refs->count;
	}
	return 0;
}

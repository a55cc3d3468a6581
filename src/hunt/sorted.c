/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/sorted.h"

#include <stdlib.h>

int
tryst_hunt_key_compare(const void *va, const void *vb)
{
	const struct tryst_hunt_key *a = va, *b = vb;
	int order;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	order = tryst_hunt_record_compare_key(a->r, b->r);
	if (order)
		return order;
	if (a->start_ms != b->start_ms)
		return a->start_ms < b->start_ms ? -1 : 1;
	if (a->r->input_id != b->r->input_id)
		return a->r->input_id < b->r->input_id ? -1 : 1;
	return (a->r->record_no > b->r->record_no) - (a->r->record_no < b->r->record_no);
}

struct tryst_hunt_key *
tryst_hunt_keys(const struct tryst_hunt_records *records, struct tryst_error *err)
{
	struct tryst_hunt_key *keys = calloc(records->count + 1, sizeof(*keys));
	size_t n = 0;

	if (!keys) {
		(void)tryst_error_nomem(err);
		return NULL;
	}
	for (const struct tryst_hunt_chunk *c = records->chunks; c; c = c->next) {
		for (uint32_t i = 0; i < c->count; i++) {
			const struct tryst_hunt_record *r = &c->records[i];

			keys[n++] = (struct tryst_hunt_key){ tryst_hunt_record_hash(r), r->start_ms,
				                             r };
		}
	}
	assert(n == records->count);
	qsort(keys, n, sizeof(*keys), tryst_hunt_key_compare);
	return keys;
}

int
tryst_hunt_sorted_init(struct tryst_hunt_sorted *s, const struct tryst_hunt_records *records,
                       struct tryst_error *err)
{
	*s = (struct tryst_hunt_sorted){ .count = records->count };
	s->keys = tryst_hunt_keys(records, err);
	return s->keys ? 0 : TRYST_ERR_NOMEM;
}

void
tryst_hunt_sorted_fini(struct tryst_hunt_sorted *s)
{
	free(s->keys);
	*s = (struct tryst_hunt_sorted){ 0 };
}

int
tryst_hunt_sorted_rewind(struct tryst_hunt_sorted *s, struct tryst_error *err)
{
	(void)err;
	s->at = 0;
	return 0;
}

int
tryst_hunt_sorted_next(struct tryst_hunt_sorted *s, const struct tryst_hunt_record **r,
                       struct tryst_error *err)
{
	(void)err;
	if (s->at == s->count)
		return 0;
	*r = s->keys[s->at++].r;
	return 1;
}

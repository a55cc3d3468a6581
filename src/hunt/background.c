/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/background.h"

#include <stdlib.h>

#include "hunt/record.h"

static int
background_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	struct tryst_contact_table *own = calloc(1, sizeof(*own));
	int rc = own ? tryst_contacts_thread_init(own, err) : tryst_error_nomem(err);

	(void)op;
	if (rc < 0)
		free(own);
	else
		*state = own;
	return rc;
}

static int
background_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
                struct tryst_error *err)
{
	struct tryst_background_reading *r = (struct tryst_background_reading *)op;

	(void)err;
	for (uint32_t i = 0; i < b->selected; i++) {
		uint32_t row = b->sel[i];

		tryst_contacts_add(&r->contacts, state, b, row,
		                   tryst_ipset_contains(r->listed, b->src[row]),
		                   tryst_ipset_contains(r->listed, b->dst[row]));
	}
	return 0;
}

static int
background_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct tryst_background_reading *r = (struct tryst_background_reading *)op;

	(void)err;
	tryst_contacts_fold(&r->contacts, state);
	tryst_contacts_thread_fini(state);
	free(state);
	return 0;
}

static const struct tryst_operator_ops background_ops = {
	.name = "background",
	.open = background_open,
	.push = background_push,
	.merge = background_merge,
};

int
tryst_background_reading_init(struct tryst_background_reading *b, size_t max,
                              const struct tryst_ipset *listed, const struct tryst_ipset *home,
                              struct tryst_error *err)
{
	b->op = (struct tryst_operator){ .ops = &background_ops, .columns = TRYST_HUNT_COLUMNS };
	b->listed = listed;
	return tryst_contacts_init(&b->contacts, max, 0, home, err);
}

void
tryst_background_reading_fini(struct tryst_background_reading *b)
{
	tryst_contacts_fini(&b->contacts);
	b->contacts.table.list = NULL;
}

void
tryst_background_reading_take(struct tryst_background_reading *b, struct tryst_contacts *of)
{
	tryst_contacts_fini(of);
	*of = b->contacts;
	(void)pthread_mutex_init(&of->lock, NULL);
	(void)pthread_mutex_destroy(&b->contacts.lock);
	b->contacts.table.list = NULL;
}

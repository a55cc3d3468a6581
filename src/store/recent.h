/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses seen of late and their provisional ids, in a table that the processor's cache
 * holds: flows that are near each other are mostly between the same hosts, and a dictionary of a
 * million addresses is not.  Belongs to one thread at a time.
 */
#ifndef TRYST_STORE_RECENT_H
#define TRYST_STORE_RECENT_H

#include "flow/batch.h"
#include "store/dictionary.h"

#define TRYST_RECENT_BITS 13u

struct tryst_recent {
	struct tryst_recent_slot {
		struct tryst_ip ip;
		uint32_t id;
		uint32_t block_next; /* the last block it was in + 1; 0: the slot is free */
	} slots[1u << TRYST_RECENT_BITS];
	/* Those that are not in the table, and what becomes their slots. */
	uint32_t missing;
	struct tryst_ip ips[2 * TRYST_BATCH_ROWS];
	uint16_t places[2 * TRYST_BATCH_ROWS];
};

/* Forgets all addresses: whenever the dictionary does. */
void tryst_recent_clear(struct tryst_recent *r);

/*
 * The ids of all addresses of a block's rows: ids, with room for 2 * rows, gets count of them, each
 * at least once a block, in no order.  May be called several times for a block; blocks come in
 * ascending order, as of tryst_postings_add.  Fails as tryst_dictionary_add does.
 */
int tryst_recent_ids(struct tryst_recent *r, struct tryst_dictionary_builder *d, uint32_t block,
                     const struct tryst_batch *rows, uint32_t *ids, uint32_t *count,
                     struct tryst_error *err);

#endif

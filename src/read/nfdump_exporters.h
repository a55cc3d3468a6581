/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exporters of an nfdump file: flow records name theirs by a small number, whose meaning stands
 * in a record of its own (type 7), perhaps in another block; a third kind (type 8) is what the
 * collector counted of each.  So they are put together when all parts have been read.
 */
#ifndef TRYST_READ_NFDUMP_EXPORTERS_H
#define TRYST_READ_NFDUMP_EXPORTERS_H

#include <pthread.h>

#include "flow/exporter.h"

struct nf_exporters {
	pthread_mutex_t lock;
	struct tryst_input *input;
	uint32_t *places; /* by number: where it stands in the list, plus 1; NULL: nobody has */
	struct nf_exporter *list;
	size_t count; /* at most 65,536 */
	size_t room;
};

/* The input gets the exporters; NULL: nobody wants them. */
void tryst_nf_exporters_init(struct nf_exporters *x, struct tryst_input *input);
void tryst_nf_exporters_fini(struct nf_exporters *x);

/* Takes a record of type 7 or 8 in (any thread): 1, or 0 when it makes no sense. */
int tryst_nf_exporters_record(struct nf_exporters *x, uint16_t type, const uint8_t *record,
                              size_t size, struct tryst_error *err);

/* Tells the input what was counted of those whose address is known; when no more will come. */
int tryst_nf_exporters_tell(struct nf_exporters *x, struct tryst_error *err);

#define NF_COUNTED_SLOTS 16

/* What one thread counted by number and has not booked yet. */
struct nf_counted {
	struct nf_exporters *exporters;
	bool failed; /* no memory: flush says so */
	struct nf_counted_slot {
		bool used;
		uint16_t number;
		uint64_t flows;
		uint64_t bad_times;
	} slots[NF_COUNTED_SLOTS];
};

void tryst_nf_counted_add(struct nf_counted *c, uint16_t number, uint64_t flows,
                          uint64_t bad_times);
/* Books everything, whatever the reading ended with; rc, or no memory. */
int tryst_nf_counted_end(struct nf_counted *c, int rc, struct tryst_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unlisted hosts of inputs that have an index.  The first reading looks at the listed ones
 * only, which costs what they cost.  Where they met, all inputs are read for the others: the sample
 * that an index holds of them (docs/formats/store.md) says too little of endpoints that few hosts
 * touch.
 */
#ifndef TRYST_HUNT_BACKGROUND_H
#define TRYST_HUNT_BACKGROUND_H

#include "flow/pipeline.h"
#include "hunt/contact.h"

struct tryst_background_reading {
	struct tryst_operator op; /* first: the pipeline's handle */
	const struct tryst_ipset *listed;
	struct tryst_contacts contacts;
};

/*
 * Ready for a pipeline.  max, home: as tryst_contacts_init; listed is referred to.  Negative
 * without memory, and then there is nothing to free.
 */
int tryst_background_reading_init(struct tryst_background_reading *b, size_t max,
                                  const struct tryst_ipset *listed, const struct tryst_ipset *home,
                                  struct tryst_error *err);
void tryst_background_reading_fini(struct tryst_background_reading *b);

/* All was seen: the contacts take the place of those in *of, which are freed. */
void tryst_background_reading_take(struct tryst_background_reading *b, struct tryst_contacts *of);

#endif

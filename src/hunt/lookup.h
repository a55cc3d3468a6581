/* SPDX-License-Identifier: Apache-2.0 */
/* What a record means by what is known of its exporter. */
#ifndef TRYST_HUNT_LOOKUP_H
#define TRYST_HUNT_LOOKUP_H

#include "hunt/conversation.h"
#include "hunt/exporting.h"

struct tryst_lookup {
	const struct tryst_conversation_setting *setting;
	const struct tryst_exportings *exporters; /* concluded */
	bool looked;
	struct tryst_hunt_record found; /* the last one looked up, with the sampling found */
};

/* N of 1:N, by the record or by what its input knows of its exporter; 0: unknown. */
uint32_t tryst_lookup_sampling(struct tryst_lookup *l, const struct tryst_hunt_record *r);

/* Whether its packets went anywhere: its forwarding status, else its output interface. */
struct tryst_hunt_forwarding tryst_lookup_forwarding(const struct tryst_lookup *l,
                                                     const struct tryst_hunt_record *r);

#endif

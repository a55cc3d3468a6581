/* SPDX-License-Identifier: Apache-2.0 */
/* Who began a conversation, by its own records: docs/conversations.md, "Who began". */
#ifndef TRYST_HUNT_BEGAN_H
#define TRYST_HUNT_BEGAN_H

#include "hunt/observer.h"

/* Log-odds that side 0 began; 0: the records do not say.  All but `began` of *c must be there. */
double tryst_conversation_began(const struct tryst_conversation *c,
                                const struct tryst_observers *o);

#endif

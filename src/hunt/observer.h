/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who saw a conversation, and whose counts stand for it: several exporters, or one at several
 * interfaces, may have recorded the same packets.  docs/conversations.md, "What is counted".
 */
#ifndef TRYST_HUNT_OBSERVER_H
#define TRYST_HUNT_OBSERVER_H

#include "hunt/conversation.h"

/* What one place of observation saw go one way. */
struct tryst_observed {
	uint64_t packets, bytes;
	uint32_t records; /* that say it sent anything, reverse counts included */
	int64_t first_ms, last_ms;
	bool sent;                   /* records of its own, not only reverse counts ... */
	int64_t sent_ms;             /* ... the first of which starts here */
	uint32_t told, dropped, rpf; /* own records that say whether it was forwarded; not; RPF */
	bool taken;                  /* its counts are among those that stand */
};

/* An exporter at one input interface, seeing what comes in or what goes out. */
struct tryst_observer {
	struct tryst_ip ip;
	uint32_t in_if;
	uint32_t sampling; /* N of 1:N, the largest its records tell; 0: unknown */
	uint8_t direction;
	uint32_t has; /* TRYST_HAS_EXPORTER, _IN_IF, _DIRECTION */
	struct tryst_observed side[2];
};

struct tryst_observers {
	struct tryst_observer list[TRYST_CONVERSATION_EXPORTERS_MAX];
	uint32_t count;
};

/* Adds a record; `told` of it, whether it was forwarded, and `sampling` are the caller's to find.
 * What has no room is left out. */
void tryst_observers_add(struct tryst_observers *o, const struct tryst_hunt_record *r,
                         uint32_t sampling, const struct tryst_hunt_forwarding *told);

/* Fills what stands on the observers: counts, times, exporters, sampling, drops. */
void tryst_observers_conclude(struct tryst_observers *o, struct tryst_conversation *c);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about pairs that belong together across the parts of the log: who has which peers, who asks
 * which game servers, who probes and who calls.  Lists that add up in any order; one that grows too
 * long is cut down to those whose key's hash is below a ceiling that halves until they fit, which
 * depends on the flows alone.
 */
#ifndef TRYST_HUNT_MEET_CONTACT_H
#define TRYST_HUNT_MEET_CONTACT_H

#include "base/error.h"
#include "base/ip.h"

enum tryst_meet_what {
	TRYST_MEET_PEERS, /* home hosts and those they exchange with on ports of no service; by peer
	                   */
	TRYST_MEET_GAMES, /* answered clients of home endpoints that may be games; by client */
	TRYST_MEET_PROBES, /* who tried ports in vain: client and port, `count` servers; by client
	                    */
	TRYST_MEET_CALLS,  /* who comes back to home endpoints; by client */
	TRYST_MEET_WHATS,
};

struct tryst_meet_contact {
	struct tryst_ip client, server; /* of probes: server is zero */
	int64_t first_ms;
	uint32_t group; /* protocol and port, or the service's group */
	uint32_t count;
	uint16_t port;
	uint8_t proto;
};

struct tryst_meet_contacts {
	struct tryst_meet_contact *list;
	size_t count, cap;
	unsigned level; /* one key in 2^level is kept */
};

#define TRYST_MEET_CONTACTS_MAX ((size_t)1 << 20)

int tryst_meet_contact_add(struct tryst_meet_contacts *all, enum tryst_meet_what what,
                           const struct tryst_meet_contact *c, struct tryst_error *err);
/* Moves b into a. */
int tryst_meet_contact_join(struct tryst_meet_contacts *a, struct tryst_meet_contacts *b,
                            enum tryst_meet_what what, struct tryst_error *err);

/* By client, group, server and port, or by server, port and client. */
void tryst_meet_contact_by_client(struct tryst_meet_contacts *all);
void tryst_meet_contact_by_server(struct tryst_meet_contacts *all);

/* Probes of one client at one port become one, their counts added. */
void tryst_meet_contact_fold(struct tryst_meet_contacts *all);

#endif

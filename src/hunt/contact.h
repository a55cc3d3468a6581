/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who touched what: one entry for each external host, home address, protocol and ports, made of all
 * their flow records.  It is the background that coincidence, forgery and companions are measured
 * against.
 *
 * Entries add up in any order.  The table holds all contacts of one host in 2^level, chosen by the
 * hash of its address, and level is the smallest at which they fit (hunt/contact.c says how many
 * do): what it holds depends on the records alone, not on threads or order.  A host is the end
 * outside --home.  Without --home it is the end that is not the service, where the ports say which
 * that is; where they do not, both ends are entered as hosts, and the graph (hunt/graph.h) decides.
 *
 * Threads fill small tables of their own and fold them into the one of the hunt.
 */
#ifndef TRYST_HUNT_CONTACT_H
#define TRYST_HUNT_CONTACT_H

#include <pthread.h>

#include "flow/batch.h"
#include "flow/sampler.h"
#include "hunt/service.h"

/* Where the service of a contact is. */
enum tryst_contact_side {
	TRYST_CONTACT_UNDECIDED, /* both ports are kept */
	TRYST_CONTACT_HOME,      /* peer_port was dropped */
	TRYST_CONTACT_PEER,      /* home_port was dropped */
	TRYST_CONTACT_NO_PORTS,
};

/* Counters stop at their largest value. */
struct tryst_contact {
	struct tryst_ip host, home;
	int64_t first_ms, last_ms;
	uint32_t records_in, records_out; /* in: from the host; a biflow record counts both ways */
	uint32_t packets_in, packets_out;
	uint32_t bytes_in, bytes_out;
	uint32_t hours; /* bit h: a record began in hour h of a day, UTC */
	uint16_t home_port, peer_port;
	uint8_t proto;
	uint8_t side;                /* enum tryst_contact_side */
	uint8_t flags_in, flags_out; /* TCP, or-ed */
};

struct tryst_contact_table {
	struct tryst_contact *list; /* in no order */
	uint32_t *slots;            /* of the hash table: index + 1, 0 free */
	size_t count, max;
	size_t slot_mask;
};

/* The table of the hunt. */
struct tryst_contacts {
	struct tryst_contact_table table;
	pthread_mutex_t lock;
	struct tryst_sampler sampler; /* what sources may pass; its ceiling follows the level */
	unsigned level;
	size_t max; /* contacts at level 0 */
	struct tryst_service_ports services;
};

/*
 * A table of at most max entries (at least 1) that begins at a level: hosts below it are never
 * entered.  `home` is referred to, or NULL.  Negative without memory, and then there is nothing to
 * free.
 */
int tryst_contacts_init(struct tryst_contacts *all, size_t max, unsigned level,
                        const struct tryst_ipset *home, struct tryst_error *err);
void tryst_contacts_fini(struct tryst_contacts *all);

/* A thread's own. */
int tryst_contacts_thread_init(struct tryst_contact_table *own, struct tryst_error *err);
void tryst_contacts_thread_fini(struct tryst_contact_table *own);

/*
 * Adds a row of a batch that has TRYST_HUNT_COLUMNS; src_listed and dst_listed say which of its
 * addresses the watchlist holds: they are no background.
 */
void tryst_contacts_add(struct tryst_contacts *all, struct tryst_contact_table *own,
                        const struct tryst_batch *b, uint32_t row, bool src_listed,
                        bool dst_listed);

/* Moves what a thread has into the hunt's table; any thread. */
void tryst_contacts_fold(struct tryst_contacts *all, struct tryst_contact_table *own);

/* Whether a port is well known (< 1024) or in the table of services, below the ephemeral ones. */
bool tryst_contacts_is_service(const struct tryst_contacts *all, uint8_t proto, uint16_t port);

#endif

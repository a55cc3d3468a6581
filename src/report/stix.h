/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the STIX 2.1 renderer share. */
#ifndef TRYST_REPORT_STIX_H
#define TRYST_REPORT_STIX_H

#include "base/json.h"
#include "report/exchange.h"
#include "report/traffic.h"

#define TRYST_STIX_ID_MAX 80

/*
 * "ipv4-addr--<uuid>", deterministic by the rules of STIX 2.1, 2.9.  Memory that is out is marked
 * in b.
 */
void tryst_stix_address_id(struct tryst_buf *b, struct tryst_ip ip, char out[TRYST_STIX_ID_MAX]);
void tryst_stix_traffic_id(struct tryst_buf *b, const struct tryst_traffic *g,
                           char out[TRYST_STIX_ID_MAX]);

/*
 * The properties of a network-traffic that make its identifier, in the order of their names: the
 * same text is hashed and, with the others, written.
 */
void tryst_stix_traffic_properties(struct tryst_json *j, const struct tryst_traffic *g);

/* The pattern of an entry of a list. */
void tryst_stix_pattern(struct tryst_buf *out, const struct tryst_indicator *indicator);

/* How a bundle is marked (STIX 2.1, 7.2.1.4). */
struct tryst_stix_marking {
	const char *id, *name, *tlp;
};

/* A bundle that is being written. */
struct tryst_stix {
	const struct tryst_case *c;
	const struct tryst_stix_marking *marking; /* of everything */
	struct tryst_json j;
	char uuid[TRYST_UUID_TEXT_MAX]; /* of the case */
	char creator[TRYST_STIX_ID_MAX];
	char extension[TRYST_STIX_ID_MAX];
	int64_t created_ms;
	struct tryst_traffics groups; /* of sightings */
	struct tryst_traffics found;  /* by a search without a list */
	int64_t *valid_ms;            /* by indicator: first seen; INT64_MAX: was not */
	struct tryst_ip *ips;         /* of groups, ascending, each once */
	size_t ip_count;
	struct tryst_buf refs; /* identifiers of what the grouping holds, each with a NUL */
};

/*
 * An identifier of ours: of the case and a key; without the case where it is for all of them.
 * Memory that is out is marked in b->refs.
 */
void tryst_stix_own_id(struct tryst_stix *b, const char *type, const char *key, bool of_case,
                       char out[TRYST_STIX_ID_MAX]);
void tryst_stix_indicator_id(struct tryst_stix *b, uint32_t indicator, char out[TRYST_STIX_ID_MAX]);

/* A time that must be there: one without a date becomes the nearest that has one. */
int64_t tryst_stix_dated(int64_t ms);

/*
 * Opens an object, which the caller ends: an observable; of the domain or a relationship, with the
 * properties that these have in common.
 */
void tryst_stix_open(struct tryst_stix *b, const char *type, const char *id);
void tryst_stix_open_domain(struct tryst_stix *b, const char *type, const char *id);
void tryst_stix_marked(struct tryst_stix *b); /* of an observable */

/* Adds an object to what the grouping holds. */
void tryst_stix_remember(struct tryst_stix *b, const char *id);

/* Everything that was observed, of the groups of sightings; of the findings of a search. */
void tryst_stix_observations(struct tryst_stix *b);
void tryst_stix_searched(struct tryst_stix *b);

/*
 * Whether a group says nothing of the listed host: packets in the name of a victim, or of a host
 * that is one elsewhere; outside the time for which the lists give it.
 */
bool tryst_stix_is_void(const struct tryst_stix *b, size_t group);

#endif

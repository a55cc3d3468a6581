/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The case: everything one hunt found.  Every report is rendered from it, and it is what the case
 * file (JSON, schema 1) holds.  Plain data, owned by the case's arena; reports read it and change
 * nothing.
 *
 * "Home" is the side the user answers for.  Without --home the side that is not listed is called
 * home.
 */
#ifndef TRYST_HUNT_CASE_H
#define TRYST_HUNT_CASE_H

#include "base/ip.h"
#include "flow/source.h"
#include "watch/watchlist.h"

enum tryst_initiator { TRYST_INITIATOR_UNKNOWN, TRYST_INITIATOR_HOME, TRYST_INITIATOR_PEER };

/* One flow record that a sighting rests on. */
struct tryst_record_ref {
	uint32_t input;  /* index of case.inputs */
	uint64_t record; /* ordinal in it, from 1 */
};

/* A conversation of a home address with a listed host; "out" is from home to the listed host. */
struct tryst_sighting {
	uint32_t id; /* from 1, by (first, home, peer, ports, proto) */
	struct tryst_ip home;
	struct tryst_ip peer;
	uint32_t host; /* index of case.hosts: the listed host */
	enum tryst_initiator initiator;
	uint8_t proto;
	uint16_t home_port, peer_port;
	bool listed_port; /* the indicator names a port and this is it */
	bool peer_port_known, home_port_known;
	bool counts_known; /* packets and bytes: some logs have none */
	int64_t first_ms, last_ms;
	uint64_t packets_out, bytes_out, packets_in, bytes_in;
	uint8_t flags_out, flags_in;
	bool flags_known;
	uint32_t records_out, records_in;
	struct tryst_record_ref *refs; /* in order of time; at most TRYST_REFS_MAX are kept */
	uint32_t ref_count;
	struct tryst_ip *exporters;
	uint32_t exporter_count;
	const char *service; /* by port, or NULL */
};

#define TRYST_REFS_MAX 64

struct tryst_listed_host {
	struct tryst_ip ip;
	uint32_t *indicators; /* ids in the watchlist, most specific first */
	uint32_t indicator_count;
	uint16_t *ports; /* home-side service ports met, ascending */
	uint32_t port_count;
	int64_t first_ms, last_ms;
	uint32_t conversations;
	uint64_t packets_out, bytes_out, packets_in, bytes_in;
};

/* An endpoint at home met by two or more listed hosts (without home: any unlisted endpoint). */
struct tryst_meeting {
	struct tryst_ip ip;
	uint8_t proto;
	uint16_t port;
	bool port_known;
	const char *service; /* by port, or NULL */
	uint32_t *hosts;     /* indices of case.hosts, by first contact */
	uint32_t host_count; /* listed_met */
	uint32_t *sightings; /* ids, in order of time */
	uint32_t sighting_count;
	uint32_t answered; /* of them with packets both ways */
	int64_t first_ms, last_ms;
	uint64_t packets_out, bytes_out, packets_in, bytes_in;
};

/* A reference event of the user's. */
struct tryst_event {
	char *name;
	int64_t from_ms, to_ms; /* equal for an instant */
};

struct tryst_case {
	int argc; /* the command as typed */
	char *const *argv;
	int64_t created_ms;
	bool complete;             /* false after an interruption */
	int64_t first_ms, last_ms; /* of all flows read; first > last when there were none */
	struct tryst_input **inputs;
	size_t input_count;
	const struct tryst_watchlist *watchlist;
	const struct tryst_prefix *home;
	size_t home_count;
	const struct tryst_event *events;
	size_t event_count;
	uint64_t flows_read, flows_matched;
	uint32_t home_hosts;             /* distinct home addresses in sightings */
	struct tryst_listed_host *hosts; /* by conversations, then address */
	size_t host_count;
	struct tryst_sighting *sightings;
	size_t sighting_count;
	struct tryst_meeting *meetings; /* by listed hosts met, conversations, then endpoint */
	size_t meeting_count;
	char **caveats;
	size_t caveat_count;
};

#endif

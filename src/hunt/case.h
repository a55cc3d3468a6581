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
#include "hunt/answer.h"
#include "watch/watchlist.h"

enum tryst_initiator { TRYST_INITIATOR_UNKNOWN, TRYST_INITIATOR_HOME, TRYST_INITIATOR_PEER };

/* Which side's port names the service of a conversation (docs/conversations.md has the rule). */
enum tryst_service_side { TRYST_SERVICE_NONE, TRYST_SERVICE_HOME, TRYST_SERVICE_PEER };

/* What a conversation's first record from the peer says of the packets themselves. */
struct tryst_marks {
	struct tryst_ip exporter; /* whose in_if it is; zero: not known */
	uint32_t in_if, ip_id;
	uint8_t tos, ttl, fwd_status; /* ttl: where the smallest is the largest */
	bool in_if_known, ip_id_known, tos_known, ttl_known, fwd_status_known;
};

/* Where what home sent was recorded (with tryst_hunt_options.ways). */
struct tryst_way {
	struct tryst_ip exporter; /* zero: not known */
	uint32_t in_if, out_if;
	bool in_if_known, out_if_known;
	enum { TRYST_WAY_UNTOLD, TRYST_WAY_FORWARDED, TRYST_WAY_DROPPED } fate; /* it says */
	uint64_t packets;                                                       /* not scaled */
};

#define TRYST_WAYS_MAX 16

/*
 * A conversation of a home address with its peer, of which at least one is listed; "out" is from
 * home to the peer.  The peer is the listed one unless only the address inside --home is listed.
 */
struct tryst_sighting {
	uint32_t id; /* from 1, by (first, home, peer, ports, proto) */
	struct tryst_ip home;
	struct tryst_ip peer;
	uint32_t host; /* index of case.hosts: the listed host (the peer, where both are) */
	bool home_listed, peer_listed;
	enum tryst_initiator initiator;
	enum tryst_service_side service_side; /* NONE: the protocol has no ports */
	uint8_t proto;
	uint16_t home_port, peer_port;
	bool indicator_port; /* an indicator of the listed host names a port ... */
	bool listed_port;    /* ... and this is it */
	/* No indicator of a listed side was valid at any moment of it: told, but no evidence. */
	bool outside_validity;
	bool peer_port_known, home_port_known;
	bool torn;         /* the other direction seems to stand under a translated address */
	bool counts_known; /* packets and bytes: some logs have none */
	int64_t first_ms, last_ms;
	uint64_t packets_out, bytes_out, packets_in, bytes_in;
	uint8_t flags_out, flags_in;
	bool flags_known;
	uint32_t records_out, records_in; /* that say something went this way */
	uint32_t records;                 /* all */
	struct tryst_record_ref *refs;    /* in order of time; at most TRYST_REFS_MAX are kept */
	uint32_t ref_count;
	struct tryst_ip *exporters;
	uint32_t exporter_count;
	struct tryst_way *ways; /* the first TRYST_WAYS_MAX different ones, in order of time */
	uint32_t way_count;
	const char *service; /* by port, or NULL */
	enum tryst_verdict verdict;
	struct tryst_marks marks;
	bool home_first;              /* the first record was sent by home */
	bool dropped_out, dropped_in; /* an exporter says that it forwarded none of it ... */
	bool rpf_out, rpf_in;         /* ... because nothing leads back to its source */
	bool watched;                 /* records count both directions, so none is none */
	bool icmp_known;
	uint16_t icmp;               /* of the first record: type * 256 + code */
	uint32_t sampling;           /* N of 1:N, the largest of those who counted; 0: unknown */
	double began;                /* log-odds that home did */
	double initiator_confidence; /* 0.5 to 1; 0 where the initiator is unknown */
};

#define TRYST_REFS_MAX 64

struct tryst_listed_host {
	struct tryst_ip ip;
	uint32_t *indicators; /* ids in the watchlist, most specific first */
	uint32_t indicator_count;
	uint16_t *ports; /* service ports of its conversations, ascending */
	uint32_t port_count;
	int64_t first_ms, last_ms;
	uint32_t conversations;
	uint32_t outdated;  /* of them outside the validity of its entries: no evidence */
	uint32_t uncounted; /* of them without packets and bytes: not in the sums */
	uint64_t packets_out, bytes_out, packets_in, bytes_in; /* "in" is from this host */
	uint32_t verdicts[TRYST_VERDICT_COUNT];
	struct tryst_spoof spoof;
	struct tryst_death death;
};

/*
 * A home address (without --home: any unlisted one) that two or more listed hosts met at one
 * service port: its own, or theirs where it was the client (at_peer).
 */
struct tryst_meeting {
	struct tryst_ip ip;
	uint8_t proto;
	uint16_t port;
	bool port_known;
	bool at_peer;        /* the port is the listed hosts' */
	const char *service; /* by port, or NULL */
	uint32_t *hosts;     /* indices of case.hosts, by first contact */
	uint32_t host_count; /* listed_met */
	uint32_t *sightings; /* ids, in order of time */
	uint32_t sighting_count;
	uint32_t answered;  /* of them with records of both directions */
	uint32_t torn;      /* of them whose other direction seems to stand elsewhere */
	uint32_t uncounted; /* of them without packets and bytes: not in the sums */
	int64_t first_ms, last_ms;
	uint64_t packets_out, bytes_out, packets_in, bytes_in;
	uint32_t verdicts[TRYST_VERDICT_COUNT];
	const char *service_evidence; /* a sentence: what the flows' shape says; or NULL */
	struct tryst_chance chance;
	struct tryst_synchrony synchrony;
	struct tryst_event_match *events; /* one for each event and end of the meeting */
	uint32_t event_count;
	struct tryst_changes changes;
	struct tryst_spoof spoof;
	struct tryst_judgement judgement;
};

/* A reference event of the user's. */
struct tryst_event {
	char *name;
	int64_t from_ms, to_ms; /* equal for an instant */
};

/* Who the user says was down from a time on. */
struct tryst_dead {
	char *whom; /* as typed: an address, a prefix, a label of the list, or "all" */
	int64_t at_ms;
	enum { TRYST_DEAD_ALL, TRYST_DEAD_LABEL, TRYST_DEAD_PREFIX } kind;
	struct tryst_prefix prefix; /* of PREFIX */
};

/* How the traffic of all listed hosts lies in time. */
struct tryst_timeline {
	const char *unlooked;     /* NULL: how long was looked is known; else why not, a sentence */
	int64_t begin_ms, end_ms; /* that time */
	int64_t bins_ms;          /* where the first bin begins */
	int64_t bin_ms;           /* how wide they are */
	uint32_t *bins;           /* conversations that began in each */
	uint32_t bin_count;
	struct tryst_changes changes;
	struct tryst_null_route *null_routes;
	uint32_t null_route_count;
};

/* The other hosts that the chance of a meeting was measured against. */
struct tryst_background {
	bool known;         /* false: nothing but the listed hosts was kept */
	uint32_t one_in;    /* of the unlisted hosts, chosen by a hash of their address */
	uint64_t hosts;     /* unlisted hosts kept */
	uint64_t endpoints; /* home endpoints that any host kept touched */
	uint64_t contacts;  /* of a host and an endpoint */
	uint64_t scanners;  /* hosts kept that behave as scanners */
};

/* The second look at the inputs, for the other hosts at the endpoints of the meetings. */
struct tryst_around_scope {
	const char *untested;   /* NULL: looked; else why not, a sentence */
	uint32_t meetings;      /* the first so many of case.meetings were looked at */
	uint64_t records;       /* flows of unlisted hosts there */
	uint64_t one_in;        /* of the unlisted hosts at the busiest of them, by a hash */
	uint32_t sampled;       /* endpoints where not every host was kept */
	int64_t from_ms, to_ms; /* flows that overlap this, within the window of the hunt */
};

/* What the search was narrowed to: flows beyond it were not looked at. */
struct tryst_asked {
	bool from_known, to_known;
	int64_t from_ms, to_ms; /* flows that overlap this, both ends included */
	const char *filter;     /* in canonical words, from outside; NULL: none */
};

struct tryst_case {
	int argc; /* the command as typed */
	char *const *argv;
	int64_t created_ms;
	bool complete;             /* false after an interruption */
	int64_t first_ms, last_ms; /* of all flows read; first > last when there were none */
	struct tryst_asked asked;
	struct tryst_input **inputs;
	size_t input_count;
	const struct tryst_watchlist *watchlist;
	const struct tryst_prefix *home;
	size_t home_count;
	const struct tryst_event *events;
	size_t event_count;
	const struct tryst_dead *dead;
	size_t dead_count;
	int64_t slack_ms; /* what clocks and exports may be late by */
	uint64_t flows_read, flows_matched;
	uint64_t elsewhere; /* conversations of listed hosts that touch no --home: no sightings */
	uint32_t listed_total; /* distinct entries of the watchlist */
	uint32_t listed_seen;  /* of them with a host that was seen while its entries are valid */
	bool listed_single;    /* every entry is one address, so that entries are hosts */
	uint32_t home_hosts;   /* distinct home addresses in sightings within the validity */
	struct tryst_listed_host *hosts; /* by conversations, then address */
	size_t host_count;
	struct tryst_sighting *sightings;
	size_t sighting_count;
	size_t outdated, outdated_hosts; /* sightings outside the validity; hosts with no other */
	struct tryst_meeting *meetings;  /* by listed hosts met, conversations, then endpoint */
	size_t meeting_count;
	struct tryst_deaths deaths;
	struct tryst_timeline timeline;
	struct tryst_background background;
	struct tryst_around_scope around;
	struct tryst_companion *companions; /* by llr, then address */
	size_t companion_count;
	const char *companions_untested; /* NULL: looked for */
	uint32_t companions_crowd; /* hosts among whom only time could tell; 0: contacts could, too
	                            */
	struct tryst_search search;
	struct tryst_finding *findings; /* the best first */
	size_t finding_count;
	char **caveats;
	size_t caveat_count;
};

/* Counts what is outside the validity, of the case and of each host, from its sightings. */
void tryst_case_count_outdated(struct tryst_case *c);

#endif

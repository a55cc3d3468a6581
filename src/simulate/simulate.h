/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks that do not exist, with the truth about them.
 *
 * A simulation is made of parameters and a seed.  It is an input like any other: its parts are
 * slices of time that any threads read in any order (tryst_sim_open is a tryst_open_fn), always
 * with the same records.  What really happened is told beside it: for the whole (struct
 * tryst_sim_truth), and for every record (tryst_sim_part_records).  Nothing here knows how anything
 * is detected: this room includes neither hunt nor stats.
 *
 * docs/simulate.md says what is modelled and how.
 */
#ifndef TRYST_SIMULATE_SIMULATE_H
#define TRYST_SIMULATE_SIMULATE_H

#include "base/buf.h"
#include "flow/pipeline.h"

#define TRYST_SIM_LIST_NAMES "random|active|half-scanners|scanners|gamers|popular|updates"
#define TRYST_SIM_PLANT_NAMES                                                                      \
	"nothing|meeting|forged|twin|decoy|irc|beacon|masters|dead|closed|overlay"

/* Who is listed; the names are TRYST_SIM_LIST_NAMES. */
enum tryst_sim_list_kind {
	TRYST_SIM_LIST_RANDOM,        /* any external hosts */
	TRYST_SIM_LIST_ACTIVE,        /* drawn in proportion to what they visit */
	TRYST_SIM_LIST_HALF_SCANNERS, /* half of them scanners, the rest random */
	TRYST_SIM_LIST_SCANNERS,
	TRYST_SIM_LIST_GAMERS,  /* players of one community */
	TRYST_SIM_LIST_POPULAR, /* popular web servers outside */
	TRYST_SIM_LIST_UPDATES, /* update servers that local hosts poll */
	TRYST_SIM_LIST_KINDS,
};

/* What is planted; the names are TRYST_SIM_PLANT_NAMES. */
enum tryst_sim_plant_kind {
	TRYST_SIM_PLANT_NOTHING,
	TRYST_SIM_PLANT_MEETING, /* listed hosts meet at local game servers */
	TRYST_SIM_PLANT_FORGED,  /* one generator forges queries from them */
	TRYST_SIM_PLANT_TWIN,    /* the same hosts, servers and times, but genuine clients */
	TRYST_SIM_PLANT_DECOY,   /* forged meetings, and an unlisted controller before each */
	TRYST_SIM_PLANT_IRC,     /* local clients stay connected to a listed server */
	TRYST_SIM_PLANT_BEACON,  /* local clients call listed hosts regularly */
	TRYST_SIM_PLANT_MASTERS, /* listed hosts find local clients and call them */
	TRYST_SIM_PLANT_DEAD,    /* listed hosts die; what comes of them then */
	TRYST_SIM_PLANT_CLOSED,  /* a closed circle meets at a local game server, and never plays */
	TRYST_SIM_PLANT_OVERLAY, /* local clients and unlisted peers are one overlay */
	TRYST_SIM_PLANT_KINDS,
};

/* What comes of dead hosts. */
enum tryst_sim_dead {
	TRYST_SIM_DEAD_FORGED, /* their names are used */
	TRYST_SIM_DEAD_LEASED, /* others have their addresses */
	TRYST_SIM_DEAD_ALIVE,  /* they are not dead: the report is wrong */
};

/* Every knob, one number each. */
struct tryst_sim_params {
#define KNOB(id, unit, value, min, max, kind, help) double id;
#include "simulate/knobs.def"
#undef KNOB
};

struct tryst_sim_knob {
	const char *name;
	const char *unit; /* "" for a count or a choice */
	double value;     /* the default */
	double min, max;
	const char *kind; /* "" real, "#" whole, "a|b|c" choices */
	const char *help;
	size_t at; /* offset in struct tryst_sim_params */
};

extern const struct tryst_sim_knob tryst_sim_knobs[];
extern const size_t tryst_sim_knob_count;

/* A scenario is the defaults with some knobs turned. */
struct tryst_sim_scenario {
	const char *name;
	const char *settings; /* "knob=value knob=value" */
	const char *help;
};

/* The table, ended by a row without a name. */
extern const struct tryst_sim_scenario tryst_sim_scenarios[];

/* The parameters of a scenario; TRYST_ERR_USAGE for an unknown name, with the nearest one. */
int tryst_sim_params_init(struct tryst_sim_params *p, const char *scenario,
                          struct tryst_error *err);

/* Turns one knob, by "NAME=VALUE"; TRYST_ERR_USAGE says what was expected. */
int tryst_sim_params_set(struct tryst_sim_params *p, const char *setting, struct tryst_error *err);

/* Writes a value as --set takes it: a name where the knob has names. */
void tryst_sim_knob_format(const struct tryst_sim_knob *k, double value, struct tryst_buf *out);

/* The place of a knob in the parameters. */
static inline double *
tryst_sim_knob_at(struct tryst_sim_params *p, const struct tryst_sim_knob *k)
{
	return (double *)(void *)((char *)p + k->at);
}

/* A watchlist that a simulation draws.  Addresses are IPv4, ascending. */
struct tryst_sim_list {
	struct tryst_ip *hosts;
	size_t count;
};

void tryst_sim_list_fini(struct tryst_sim_list *l);
bool tryst_sim_list_has(const struct tryst_sim_list *l, uint32_t address);
/* As a watchlist file: one address a line. */
void tryst_sim_list_text(const struct tryst_sim_list *l, struct tryst_buf *out);

struct tryst_sim_endpoint {
	struct tryst_ip ip;
	uint8_t proto;
	uint16_t port;
};

/* A moment of the plant: an episode, the time of forged queries, a death. */
struct tryst_sim_event {
	const char *name; /* "episode", "queries", "death" */
	int64_t from_ms, to_ms;
};

/* What really happened.  It belongs to the simulation. */
struct tryst_sim_truth {
	struct tryst_sim_list listed;     /* the watchlist of the scenario */
	struct tryst_sim_list met;        /* those of them that take part, or whose name is used */
	struct tryst_sim_list companions; /* unlisted hosts that take part */
	struct tryst_sim_list clients;    /* local hosts that take part */
	struct tryst_ip controller;       /* all 0: there is none */
	struct tryst_ip forger;           /* who really sends what is forged; all 0: nobody */
	struct tryst_sim_endpoint *endpoints; /* planted */
	size_t endpoint_count;
	struct tryst_sim_event *events; /* by time */
	size_t event_count;
};

/* What a conversation is; the names are in tryst_sim_roles. */
enum tryst_sim_role {
	TRYST_SIM_ROLE_VISIT,
	TRYST_SIM_ROLE_SCAN,
	TRYST_SIM_ROLE_BROWSE,
	TRYST_SIM_ROLE_PLAY,
	TRYST_SIM_ROLE_WEB,
	TRYST_SIM_ROLE_CDN,
	TRYST_SIM_ROLE_DNS,
	TRYST_SIM_ROLE_NTP,
	TRYST_SIM_ROLE_UPDATE,
	TRYST_SIM_ROLE_TORRENT,
	TRYST_SIM_ROLE_CHAT,
	TRYST_SIM_ROLE_LIKE, /* of the log that this is like */
	TRYST_SIM_ROLE_MEETING,
	TRYST_SIM_ROLE_QUERY, /* of the genuine twin */
	TRYST_SIM_ROLE_FORGED,
	TRYST_SIM_ROLE_CONTROL,
	TRYST_SIM_ROLE_IRC,
	TRYST_SIM_ROLE_BEACON,
	TRYST_SIM_ROLE_PROBE, /* of masters that look for clients */
	TRYST_SIM_ROLE_CALL,  /* of masters that found them */
	TRYST_SIM_ROLE_OVERLAY,
	TRYST_SIM_ROLE_POLL, /* of a server of the host's own */
	TRYST_SIM_ROLES,
};

extern const char *const tryst_sim_roles[TRYST_SIM_ROLES];

/* One record with the truth behind it.  Addresses are IPv4 in host order. */
struct tryst_sim_record {
	int64_t start_ms, end_ms;
	uint64_t packets, bytes;
	uint64_t conversation; /* the same for both directions and all their records */
	uint32_t src, dst;
	uint32_t true_src; /* who sent it: another than src where that is forged */
	uint32_t in_if, out_if;
	uint16_t src_port, dst_port;
	uint8_t proto, tcp_flags, tos;
	uint8_t ttl;        /* where the exporter stands */
	uint8_t fwd_status; /* RFC 7270: 64 forwarded, 131 dropped as unroutable */
	uint8_t end_reason; /* IPFIX 136: 1 idle, 2 active timeout, 3 end of the flow */
	uint8_t exporter;   /* 0 or 1 */
	uint8_t role;       /* enum tryst_sim_role */
	bool planted;
	bool delivered; /* it reached the address it was sent to, and that one was in on it */
};

struct tryst_sim;

/*
 * A simulation of these parameters.  Whatever needs to be known of the whole is made here; the
 * records are made when they are read.  Memory: about 20 bytes an external host, and 100 a session
 * of play and a planted conversation.
 */
int tryst_sim_new(struct tryst_sim **out, const struct tryst_sim_params *params, uint64_t seed,
                  struct tryst_error *err);
void tryst_sim_free(struct tryst_sim *sim);

/*
 * A real log to take the background from: an operator that reads it (columns, window and filter are
 * the pipeline's), then any number of simulations.  home outlives it; memory is the most that its
 * records may take, more is TRYST_ERR_LIMIT.
 */
struct tryst_sim_trace;

int tryst_sim_trace_new(struct tryst_sim_trace **out, const struct tryst_prefix *home, size_t count,
                        size_t memory, struct tryst_error *err);
void tryst_sim_trace_free(struct tryst_sim_trace *t);
struct tryst_operator *tryst_sim_trace_operator(struct tryst_sim_trace *t);
/* Records that were left out: with neither or both ends at home, or without usable times. */
uint64_t tryst_sim_trace_elsewhere(const struct tryst_sim_trace *t);

/*
 * The same with the background of a log that has been read, which outlives the simulation: its
 * pairs with their times, gaps and records, but who met whom is drawn anew, each host's number of
 * endpoints and each endpoint's number of hosts kept.  TRYST_ERR_FORMAT where nobody comes from
 * outside.
 */
int tryst_sim_new_like(struct tryst_sim **out, const struct tryst_sim_params *params, uint64_t seed,
                       const struct tryst_sim_trace *trace, struct tryst_error *err);

/* tryst_open_fn: ctx is a struct tryst_sim, which any number of inputs may be read from at once. */
int tryst_sim_open(void *ctx, struct tryst_input *in, const struct tryst_request *req,
                   struct tryst_source **out, struct tryst_error *err);

const struct tryst_sim_params *tryst_sim_parameters(const struct tryst_sim *sim);
const struct tryst_sim_truth *tryst_sim_truth(const struct tryst_sim *sim);
struct tryst_prefix tryst_sim_home(const struct tryst_sim *sim);

/* The whole truth as JSON: scenario (a name to repeat, may be NULL), seed, parameters, what is
 * planted.  docs/simulate.md has the keys. */
void tryst_sim_truth_json(const struct tryst_sim *sim, const char *scenario, struct tryst_buf *out);

/*
 * Draws another list for the same network, with a seed of its own; `count` hosts or fewer where
 * there are not so many.  The caller frees it.  Any thread.
 */
int tryst_sim_list_draw(const struct tryst_sim *sim, enum tryst_sim_list_kind kind, size_t count,
                        uint64_t seed, struct tryst_sim_list *out, struct tryst_error *err);

/*
 * The records of one part, in the order in which the source gives them: record i of a part has the
 * raw record_no (part << 32 | i).  Any thread; the records are valid during the call of `take`.
 */
typedef int (*tryst_sim_take_fn)(void *ctx, const struct tryst_sim_record *records, size_t count,
                                 struct tryst_error *err);
size_t tryst_sim_parts(const struct tryst_sim *sim);
int tryst_sim_part_records(const struct tryst_sim *sim, size_t part, tryst_sim_take_fn take,
                           void *ctx, struct tryst_error *err);

#endif

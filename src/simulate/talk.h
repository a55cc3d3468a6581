/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A talk is what really happened between two hosts: one 5-tuple, both directions.  The exporters
 * make flow records of it.  Direction 0 is from the client to the server.
 */
#ifndef TRYST_SIMULATE_TALK_H
#define TRYST_SIMULATE_TALK_H

#include "simulate/world.h"

#define TRYST_SIM_TCP 6
#define TRYST_SIM_UDP 17

struct tryst_sim_talk {
	uint64_t id;
	int64_t start_ms;
	uint64_t bytes[2];
	uint32_t packets[2]; /* evenly over the duration; 0: none that way */
	uint32_t duration_ms;
	uint32_t lag_ms; /* the server begins so much later */
	uint32_t client, server;
	uint32_t true_src; /* who sends direction 0 where that is not the client, else 0 */
	uint16_t client_port, server_port;
	uint8_t proto;
	uint8_t tcp_flags[2];
	uint8_t tos;
	uint8_t ttl;   /* of direction 0 at the exporter; 0: that of the client's system and path */
	uint8_t in_if; /* where direction 0 comes in; 0: by the client's address */
	uint8_t role;
	bool planted;
};

/* A growing list of talks; `failed` sticks when memory is out, and later additions do nothing. */
struct tryst_sim_talks {
	struct tryst_sim_talk *list;
	size_t count, cap;
	bool failed;
};

/* A new conversation: it gets its id. */
void tryst_sim_talks_add(struct tryst_sim_talks *v, const struct tryst_sim_talk *t);
/* More of the conversation that was added last. */
void tryst_sim_talks_more(struct tryst_sim_talks *v, const struct tryst_sim_talk *t);
void tryst_sim_talks_fini(struct tryst_sim_talks *v);

/* A part being made: records come out of talks. */
struct tryst_sim_part {
	const struct tryst_sim_world *w;
	const struct tryst_sim_list *null_routed; /* NULL: nobody is */
	const struct tryst_sim_list *dead; /* from dead_ms on they are silent; NULL: nobody is */
	int64_t dead_ms;
	size_t slice;
	int64_t from_ms, to_ms; /* of the slice */
	struct tryst_sim_record *records;
	size_t count, cap;
	uint64_t talks; /* of the background, that have an id */
	bool failed;    /* sticks when memory is out */
};

/* Exports a talk of the background; it gets its id. */
void tryst_sim_part_talk(struct tryst_sim_part *part, struct tryst_sim_talk *t);

/* The records of a talk that end in [from_ms, to_ms), by a clock that is right. */
void tryst_sim_export(struct tryst_sim_part *part, const struct tryst_sim_talk *t, int64_t from_ms,
                      int64_t to_ms);

/* Adds a record that was one before: it gets its interfaces, its TTL, and whether it arrives. */
void tryst_sim_part_record(struct tryst_sim_part *part, const struct tryst_sim_record *record);

/* Sorts the records by their end, as exporters send them. */
bool tryst_sim_part_sort(struct tryst_sim_part *part);

/* The port that a client takes: by its system one after the other, or any. */
uint16_t tryst_sim_client_port(const struct tryst_sim_world *w, uint32_t address, int64_t at_ms,
                               struct tryst_sim_rng *r);

/* How a service is used.  Packets and bytes are medians of one side. */
struct tryst_sim_shape {
	uint16_t weight; /* among its table */
	uint8_t proto;
	uint16_t port; /* 0: one of the server's own, above 1024 */
	uint32_t packets[2];
	uint16_t packet_bytes[2];
	uint32_t duration_ms;
	double answered; /* chance */
};

/* One use of a shape: packets, bytes, flags, duration; ports are as the shape says. */
void tryst_sim_talk_shape(const struct tryst_sim_world *w, const struct tryst_sim_shape *s,
                          struct tryst_sim_rng *r, struct tryst_sim_talk *t);

/* A datagram of so many bytes, and an answer of so many (0: none). */
void tryst_sim_talk_query(struct tryst_sim_rng *r, uint32_t bytes, uint32_t answer,
                          struct tryst_sim_talk *t);

/* A game: packets both ways at rates of 10 to 100 a second. */
void tryst_sim_talk_play(struct tryst_sim_rng *r, uint32_t duration_ms, struct tryst_sim_talk *t);

/* A SYN that is refused (RST) or that nobody answers. */
void tryst_sim_talk_syn(struct tryst_sim_rng *r, bool refused, struct tryst_sim_talk *t);

#endif

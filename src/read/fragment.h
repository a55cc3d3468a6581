/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fragments of IP packets need to be understood: the ports, which only the first one carries,
 * and for datagrams that are to be decoded all of the payload.
 *
 * Both tables are bounded and forget after 30 s of capture time (RFC 8200, 4.5, allows 60).
 */
#ifndef TRYST_READ_FRAGMENT_H
#define TRYST_READ_FRAGMENT_H

#include "flow/health.h"
#include "read/packet.h"

#define TRYST_FRAGMENT_TIMEOUT_MS 30000
#define TRYST_FRAGMENT_PORTS_MAX 4096
#define TRYST_FRAGMENT_JOINS_MAX 64

struct tryst_fragment_key {
	struct tryst_ip src, dst;
	uint32_t id;
	uint8_t proto;
};

struct tryst_fragment_ports;

/* NULL: no memory. */
struct tryst_fragment_ports *tryst_fragment_ports_new(void);
void tryst_fragment_ports_free(struct tryst_fragment_ports *f);

/*
 * A fragment passes by: the first one's ports are kept, later ones get them.  Later ones that come
 * before the first, or whose first one was forgotten, stay without.
 */
void tryst_fragment_ports_see(struct tryst_fragment_ports *f, struct tryst_packet *p,
                              int64_t time_ms);

struct tryst_fragment_joins;

struct tryst_fragment_joins *tryst_fragment_joins_new(void);
void tryst_fragment_joins_free(struct tryst_fragment_joins *f);

/*
 * Takes a fragment.  1: the packet is whole now, *p has all of its body until the next call;
 * 0: more must come; negative: no memory.  What is given up is a damaged record of *h.
 */
int tryst_fragment_joins_add(struct tryst_fragment_joins *f, struct tryst_packet *p,
                             int64_t time_ms, uint64_t at, struct tryst_health *h,
                             struct tryst_error *err);

/* No more will come: counts what is not whole. */
void tryst_fragment_joins_finish(struct tryst_fragment_joins *f, struct tryst_health *h);

#endif

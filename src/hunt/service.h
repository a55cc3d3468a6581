/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of services by protocol and port: a hint for people, never evidence, because any program
 * may use any port.
 */
#ifndef TRYST_HUNT_SERVICE_H
#define TRYST_HUNT_SERVICE_H

#include "base/base.h"

/* The service's name, a string constant, or NULL when the table has none. */
const char *tryst_service_name(uint8_t proto, uint16_t port);

/* Whether the port is one that a worm or bot was published to use, and nothing else. */
bool tryst_service_is_malware(uint8_t proto, uint16_t port);

/*
 * Whether a port is more likely a service than one that a client picked: well known (below 1024),
 * or named and below those that systems pick from (32768).
 */
bool tryst_service_is_likely(uint8_t proto, uint16_t port);

/* The ports of which tryst_service_is_likely is true, of TCP and of UDP: asked of every flow. */
struct tryst_service_ports {
	uint64_t bits[2][1024];
};

/* Fills *s, which must be all zero. */
void tryst_service_ports_init(struct tryst_service_ports *s);

/* A number that is the same for all ports of one service; ports without a name stand alone. */
uint32_t tryst_service_group(uint8_t proto, uint16_t port);

#endif

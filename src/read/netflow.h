/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of export datagrams, one behind the other: IPFIX files (RFC 5655), and NetFlow payloads as
 * they came from the network.
 */
#ifndef TRYST_READ_NETFLOW_H
#define TRYST_READ_NETFLOW_H

#include "read/read.h"

extern const struct tryst_reader tryst_reader_ipfix;
extern const struct tryst_reader tryst_reader_netflow;

#endif

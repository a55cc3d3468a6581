/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Export datagrams -> rows: NetFlow v1, v5, v7, v9 (RFC 3954), IPFIX (RFC 7011) and sFlow v5.
 *
 * One decoder for files and for what comes from the network.  It keeps what datagrams leave behind
 * for those after them: templates, samplers, sequence numbers, and data that came before its
 * template.  All of it is kept by session: exporter address, version, source id or observation
 * domain, and in IPFIX the source port (the transport session).
 *
 * Every table is bounded.  What does not fit is counted as undecodable and noted; nothing grows.
 * docs/formats/netflow.md and ipfix.md say how each field is read.
 */
#ifndef TRYST_READ_EXPORT_H
#define TRYST_READ_EXPORT_H

#include "flow/source.h"

#define TRYST_EXPORT_SESSIONS_MAX 4096
#define TRYST_EXPORT_SESSION_TEMPLATES_MAX 1024
#define TRYST_EXPORT_TEMPLATES_MAX 65536 /* of all sessions */
#define TRYST_EXPORT_SAMPLERS_MAX 1024   /* of a session */
#define TRYST_EXPORT_HELD_MAX (4u << 20) /* bytes of data that wait for templates */
#define TRYST_EXPORT_HELD_SETS_MAX 4096

/* One payload of a UDP datagram, or one message of a file. */
struct tryst_datagram {
	struct tryst_ip exporter; /* where it came from; all zero: unknown */
	uint16_t port;            /* from which port */
	int64_t received_ms;      /* 0: unknown, the header's time stands in */
	const uint8_t *data;
	size_t len;
	uint64_t at; /* its place in the input, for notes */
};

struct tryst_export;

/*
 * input, which may be NULL, gets the exporters that are seen with what became of their datagrams,
 * at the latest when the decoder is finished or freed, and must outlive it.  Not for use by two
 * threads at once.
 */
int tryst_export_new(struct tryst_export **out, struct tryst_input *input, struct tryst_error *err);
void tryst_export_free(struct tryst_export *x);

/*
 * Decodes a datagram into rows of the sink and counts in sink->health.  Rows may stay in the
 * sink's batch when it returns.  A datagram that makes no sense is damage, not an error: negative
 * only when the sink failed or memory ran out.
 */
int tryst_export_decode(struct tryst_export *x, const struct tryst_datagram *d,
                        struct tryst_sink *sink, struct tryst_error *err);

/*
 * No more datagrams will come: counts the data that still waits for its template, and forgets it.
 * Negative only when memory ran out.
 */
int tryst_export_finish(struct tryst_export *x, struct tryst_health *health,
                        struct tryst_error *err);

/*
 * How many of the bytes are the first datagram, for files that hold one behind the other: 0 when
 * no datagram that we read begins here, and more than len when its end is not in sight.  NetFlow
 * v9 does not say how long it is: it goes on for as long as flow sets follow each other, and ends
 * where the next header, or the data, does.
 */
size_t tryst_export_length(const uint8_t *data, size_t len);

#endif

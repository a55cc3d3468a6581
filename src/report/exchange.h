/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the exchange formats share: a sighting as one directed conversation, which meeting it
 * belongs to, tables of columns, identifiers, and the escapes of each format.  docs/exchange.md
 * says which field of a case goes where.
 */
#ifndef TRYST_REPORT_EXCHANGE_H
#define TRYST_REPORT_EXCHANGE_H

#include "base/buf.h"
#include "base/json.h"
#include "hunt/case.h"

/*
 * A sighting with its ends as source and destination.  The source is who began it; where that is
 * not known, who sent the first record.
 */
struct tryst_talk {
	struct tryst_ip src, dst;
	uint16_t src_port, dst_port;
	bool src_port_known, dst_port_known;
	bool from_home;                                          /* the source is the home side */
	uint64_t src_packets, src_bytes, dst_packets, dst_bytes; /* where the sighting has counts */
	uint8_t src_flags, dst_flags;
};

void tryst_talk_of(const struct tryst_sighting *s, struct tryst_talk *out);

/* One row of a table: what is not of its kind is NULL. */
struct tryst_row {
	const struct tryst_case *c;
	const struct tryst_sighting *sighting;
	const struct tryst_meeting *meeting; /* or the sighting's, NULL where it is of none */
	const struct tryst_listed_host *host;
	const struct tryst_companion *companion;
	const struct tryst_finding *finding;
	const struct tryst_spoof *source; /* of the sighting: tryst_exchange_source */
	struct tryst_talk talk;           /* of the sighting */
};

/* The rows of all sightings: calls `each` in order, until it fails or *failed is set. */
int tryst_rows_sightings(const struct tryst_case *c,
                         void (*each)(const struct tryst_row *row, void *ctx), void *ctx,
                         struct tryst_error *err);

/*
 * The index of the meeting that each sighting is part of, UINT32_MAX where it is of none; by the
 * index of the sighting, freed by the caller.  NULL without memory.
 */
uint32_t *tryst_sighting_meetings(const struct tryst_case *c);

/* A column: appends its value, or nothing where it is not known. */
struct tryst_column {
	const char *name;
	const char *type; /* Zeek's, NULL elsewhere */
	void (*put)(const struct tryst_row *row, struct tryst_buf *out);
};

/* Values of several formats. */
const char *tryst_exchange_initiator(const struct tryst_sighting *s); /* "home", ... */
const char *tryst_exchange_listed(const struct tryst_sighting *s);    /* "peer", "home", "both" */
const char *tryst_exchange_spoof(
	const struct tryst_spoof *spoof); /* its grade; NULL: untested or NULL */

/*
 * What is known of whether the listed end of a conversation was forged: of its meeting, else of the
 * host.  NULL: not tested, or home began, which nobody forges.
 */
const struct tryst_spoof *tryst_exchange_source(const struct tryst_sighting *s,
                                                const struct tryst_meeting *meeting,
                                                const struct tryst_listed_host *h);

/* Whether that says that it was, so that nobody is told that the listed host was seen. */
bool tryst_exchange_forged(const struct tryst_spoof *source);

/* The IANA keyword in small letters, or the number. */
void tryst_exchange_proto(struct tryst_buf *out, uint8_t proto);

/* The indicator's text; the labels of all its entries, "; " between them; "" without any. */
const char *tryst_exchange_indicator(const struct tryst_case *c, const struct tryst_listed_host *h);
void tryst_exchange_labels(struct tryst_buf *out, const struct tryst_case *c,
                           const struct tryst_listed_host *h);

/* The first entry of the lists that the host is seen by, or NULL. */
const struct tryst_indicator *tryst_exchange_entry(const struct tryst_case *c,
                                                   const struct tryst_listed_host *h);

/* Who may be told of the host: as its entries say, and never more than TRYST_TLP_AMBER. */
enum tryst_tlp tryst_exchange_tlp(const struct tryst_case *c, const struct tryst_listed_host *h);

/* The same of the case: of the entry that fewest may be told of. */
enum tryst_tlp tryst_exchange_case_tlp(const struct tryst_case *c);

/*
 * What the search was narrowed to, for formats that say it in every line: a long filter is cut.
 * Its text is in *filter, which the caller frees behind the last use.
 */
struct tryst_asked tryst_exchange_asked(const struct tryst_case *c, struct tryst_buf *filter);

/* The model's probability of a rendezvous as a whole number of 0 to `of`. */
unsigned tryst_exchange_risk(const struct tryst_meeting *m, unsigned of);

#define TRYST_UUID_TEXT_MAX 37

/* UUID version 5 (RFC 9562): SHA-1 of the namespace and the name; text with its NUL. */
void tryst_uuid5(const uint8_t space[16], const char *name, size_t len,
                 char out[TRYST_UUID_TEXT_MAX]);

/* The namespace of tryst's own identifiers. */
extern const uint8_t tryst_uuid_space[16];

/*
 * What names the case in identifiers: a UUID of its time, command, inputs and lists, so that the
 * same case file always gives the same identifiers.  Memory that is out is marked in b.
 */
void tryst_case_uuid(const struct tryst_case *c, struct tryst_buf *b,
                     char out[TRYST_UUID_TEXT_MAX]);

/* Whether a time has a date that RFC 3339 can write. */
static inline bool
tryst_time_has_date(int64_t ms)
{
	return ms >= 0 && ms <= 253402300799999LL;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the MISP renderer share. */
#ifndef TRYST_REPORT_MISP_H
#define TRYST_REPORT_MISP_H

#include "base/json.h"
#include "base/time.h"
#include "report/exchange.h"
#include "report/traffic.h"

#define TRYST_MISP_NETWORK "Network activity" /* categories */
#define TRYST_MISP_OTHER "Other"

struct tryst_misp {
	const struct tryst_case *c;
	struct tryst_json j;
	char uuid[TRYST_UUID_TEXT_MAX]; /* of the case */
	int64_t made_ms;
	uint32_t *from_peer; /* by host: conversations that the peer began */
	int64_t *seen_ms; /* by host: its last conversation that is evidence: not forged, not out of
	                     date */
};

/* An identifier of ours: of the case, the kind of thing, its number, and a part of it. */
void tryst_misp_uuid(const struct tryst_misp *e, const char *kind, uint64_t number,
                     const char *part, char out[TRYST_UUID_TEXT_MAX]);

/* Numbers are texts; of a time its seconds. */
void tryst_misp_key_number(struct tryst_json *j, const char *key, uint64_t v);
void tryst_misp_key_seconds(struct tryst_json *j, const char *key, int64_t ms);

/* "2003-08-22T19:09:54.000000+00:00" */
void tryst_misp_time_text(int64_t ms, char out[TRYST_TIME_TEXT_MAX]);

/* Traffic number `index`; back: from the destination to the source. */
void tryst_misp_object(struct tryst_misp *e, const struct tryst_traffic *t, size_t index,
                       bool back);

#endif

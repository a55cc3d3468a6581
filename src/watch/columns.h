/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What columns of tables and keys of JSON objects mean, by their names: positions move from one
 * release of a feed to the next, names stay.  A record is one row or object with its values by
 * meaning.
 */
#ifndef TRYST_WATCH_COLUMNS_H
#define TRYST_WATCH_COLUMNS_H

#include "watch/format.h"

enum tryst_column {
	TRYST_COLUMN_NONE,
	TRYST_COLUMN_ADDRESS,
	TRYST_COLUMN_START, /* of a range in two columns */
	TRYST_COLUMN_END,
	TRYST_COLUMN_URL,
	TRYST_COLUMN_HASH, /* of files: not ours, but it shows a table of indicators */
	TRYST_COLUMN_PORT,
	TRYST_COLUMN_PROTO,
	TRYST_COLUMN_KIND,   /* what the address column holds */
	TRYST_COLUMN_TO_IDS, /* MISP: meant for detection */
	TRYST_COLUMN_FIRST,
	TRYST_COLUMN_LAST,
	TRYST_COLUMN_FROM,
	TRYST_COLUMN_UNTIL,
	TRYST_COLUMN_CONFIDENCE,
	TRYST_COLUMN_SOURCE,
	TRYST_COLUMN_TLP,
	TRYST_COLUMN_ACTIVE,
	TRYST_COLUMN_DELETED,
	TRYST_COLUMN_AS,      /* AS numbers are no addresses, but show a feed */
	TRYST_COLUMN_MALWARE, /* from here on: parts of the label, in this order */
	TRYST_COLUMN_THREAT,
	TRYST_COLUMN_NOTE,
	TRYST_COLUMN_TAGS,
	TRYST_COLUMN_ID,
	TRYST_COLUMN_COUNT,
};

struct tryst_list_record {
	struct tryst_slice value[TRYST_COLUMN_COUNT];
};

/* No value at all: every one is an empty text. */
void tryst_list_record_init(struct tryst_list_record *r);

/* The meaning of a name, in any case, blanks and `-` as `_`; NONE when it has none. */
enum tryst_column tryst_column_find(struct tryst_slice name);

/* Whether a text stands for nothing: empty, `-`, `None`, `null`. */
bool tryst_value_is_null(struct tryst_slice t);

/*
 * Adds, skips or rejects the entry of a record; `whole` is what a rejection quotes when there is no
 * address.  `base` has what the list says of all its entries.
 */
int tryst_list_add_record(struct tryst_watchlist *w, uint32_t line,
                          const struct tryst_list_record *r, const struct tryst_list_entry *base,
                          struct tryst_slice whole);

/* What kinds of indicators hold an address. */
enum tryst_kind {
	TRYST_KIND_ADDRESS, /* an address, prefix or range, perhaps with a port */
	TRYST_KIND_PAIR,    /* something|address */
	TRYST_KIND_URL,     /* has a host, which may be an address */
	TRYST_KIND_OTHER,   /* names, hashes, ... */
	TRYST_KIND_UNKNOWN, /* not a kind at all */
};

enum tryst_kind tryst_kind_find(struct tryst_slice kind);

/* `tlp:amber` and the like, or UNKNOWN. */
enum tryst_tlp tryst_tlp_find(struct tryst_slice t);

/* 0..100, or None, Low, Medium, High as STIX 2.1 (appendix A) scales them. */
uint8_t tryst_confidence_find(struct tryst_slice t);

#endif

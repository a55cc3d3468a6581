/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watchlists: files of suspects -> indicators and one address set.
 *
 * All lists of a hunt are one watchlist; every indicator knows its file and line.  Overlapping
 * entries all count.  A line that is no indicator is rejected with file:line and reason, never
 * guessed.  docs/formats/watchlist.md names the formats, which are recognised by their contents.
 */
#ifndef TRYST_WATCH_WATCHLIST_H
#define TRYST_WATCH_WATCHLIST_H

#include "base/ipset.h"

#define TRYST_CONFIDENCE_UNKNOWN 255

/* Who may be told (Traffic Light Protocol); a higher number is told to fewer. */
enum tryst_tlp {
	TRYST_TLP_UNKNOWN,
	TRYST_TLP_CLEAR,
	TRYST_TLP_GREEN,
	TRYST_TLP_AMBER,
	TRYST_TLP_AMBER_STRICT,
	TRYST_TLP_RED,
};

/* The text fields point into the watchlist's memory, NUL-terminated, "" when empty. */
struct tryst_indicator {
	const char *text;   /* as given, refanged */
	const char *label;  /* trailing comment, malware, section: the reason shown in reports */
	const char *source; /* who says so, where the list names somebody */
	struct tryst_ip_range range;
	int64_t first_ms, last_ms; /* when the list's author saw it; TRYST_TIME_MIN: unknown */
	int64_t from_ms, until_ms; /* when it is valid; TRYST_TIME_MIN, TRYST_TIME_MAX: open */
	uint32_t list;             /* which file */
	uint32_t line; /* from 1; of an entry of several, its first; of a binary set the record */
	uint16_t port; /* 0: any */
	uint8_t proto; /* 0: any */
	uint8_t confidence; /* 0..100, or TRYST_CONFIDENCE_UNKNOWN */
	uint8_t tlp;        /* enum tryst_tlp */
};

struct tryst_list_info {
	const char *path;   /* of a member of an archive `archive:member` */
	const char *format; /* "plain", "STIX 2", ... */
	const char *title;  /* what it calls itself, or "" */
	int64_t made_ms;    /* when it says that it was made; TRYST_TIME_MIN: it does not */
	uint32_t indicators;
	uint32_t rejected;
	uint32_t skipped;   /* entries that are names, hashes, withdrawn: no fault of the list */
	uint32_t masked;    /* prefixes with host bits set, which were cleared */
	uint32_t ambiguous; /* lines with more addresses than the one that was taken */
	uint32_t dangerous; /* special-purpose, very wide, well known: hunted, but warned about */
	char sha256[65];    /* of the file, of an archive's member of the archive; "" where not
	                       computed */
};

/* A rejected or doubtful line: the first ones of each list are kept. */
struct tryst_list_remark {
	uint32_t list, line; /* line 1 also for what is about the whole list */
	bool rejected;       /* else a warning */
	char text[160];
};

struct tryst_watchlist_options {
	const char *format; /* a name of tryst_watchlist_format; NULL: recognised */
	bool observables;   /* take STIX observables that no indicator names */
	bool hash;          /* compute the SHA-256 of the files */
};

struct tryst_watchlist;

int tryst_watchlist_new(struct tryst_watchlist **out, struct tryst_error *err);
void tryst_watchlist_free(struct tryst_watchlist *w);

/* For the lists loaded from then on; options->format must outlive them.  TRYST_ERR_USAGE. */
int tryst_watchlist_configure(struct tryst_watchlist *w,
                              const struct tryst_watchlist_options *options,
                              struct tryst_error *err);

/* The names of the formats, in the order of recognition; NULL behind the last. */
const char *tryst_watchlist_format(size_t i);

/* What the format of that number is; it must be there. */
const char *tryst_watchlist_format_help(size_t i);

/*
 * Reads a list: a path, or "-".  Compressed ones are unpacked, the members of a zip archive are
 * lists by themselves; of a directory all files are lists, of a MISP feed (a manifest.json is
 * there) all events.
 *
 * TRYST_ERR_IO, TRYST_ERR_LIMIT above 1 GiB (unpacked), or TRYST_ERR_FORMAT when nothing in it is
 * an indicator; the list and its remarks are then kept, and others may be loaded.  A feed of a
 * known format that is empty today is no error: a remark says so.
 */
int tryst_watchlist_load(struct tryst_watchlist *w, const char *path, struct tryst_error *err);

/* Reads a list from memory (tests, fuzzing); `path` names it. */
int tryst_watchlist_parse(struct tryst_watchlist *w, const char *path, const char *data, size_t len,
                          struct tryst_error *err);

/*
 * After the last load: builds the set.  Then the watchlist is read-only and any thread may ask
 * it.
 */
int tryst_watchlist_seal(struct tryst_watchlist *w, struct tryst_error *err);

/* An indicator of which nothing is known. */
void tryst_indicator_init(struct tryst_indicator *i);

/*
 * The same from what a case file says of it, in its order: a list, whose remarks come next;
 * indicators of the lists there are; nothing is read and nothing checked.  Texts are copied.
 */
int tryst_watchlist_restore_list(struct tryst_watchlist *w, const struct tryst_list_info *info,
                                 struct tryst_error *err);
int tryst_watchlist_restore_remark(struct tryst_watchlist *w,
                                   const struct tryst_list_remark *remark, struct tryst_error *err);
int tryst_watchlist_restore_indicator(struct tryst_watchlist *w,
                                      const struct tryst_indicator *indicator, uint32_t *id,
                                      struct tryst_error *err);

size_t tryst_watchlist_count(const struct tryst_watchlist *w);
const struct tryst_indicator *tryst_watchlist_indicator(const struct tryst_watchlist *w,
                                                        uint32_t id);
size_t tryst_watchlist_lists(const struct tryst_watchlist *w);
const struct tryst_list_info *tryst_watchlist_list(const struct tryst_watchlist *w, uint32_t list);
size_t tryst_watchlist_remarks(const struct tryst_watchlist *w,
                               const struct tryst_list_remark **out);

/* The set of all indicators; its values are indicator ids.  Only once sealed. */
const struct tryst_ipset *tryst_watchlist_set(const struct tryst_watchlist *w);

/* How many different lists the indicators are from, as far as the first 4096 lists of a hunt go. */
uint32_t tryst_watchlist_listed_by(const struct tryst_watchlist *w, const uint32_t *ids,
                                   size_t count);

/* Whether the indicator is valid at some moment of the time given. */
bool tryst_indicator_valid(const struct tryst_indicator *i, int64_t first_ms, int64_t last_ms);

/* "tlp:amber", or NULL where unknown. */
const char *tryst_tlp_name(unsigned tlp);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between a list format and the watchlist: a format reads the bytes of one list and reports what it
 * finds, entry by entry.  The table of formats is in formats.c; the first whose probe says yes
 * reads.
 *
 * To add one: a const struct tryst_list_format in a file of its own, its name in the table, a good
 * and a broken sample in tests/unit/watch/test_feeds.c, a line in docs/formats/watchlist.md.
 */
#ifndef TRYST_WATCH_FORMAT_H
#define TRYST_WATCH_FORMAT_H

#include "base/time.h"
#include "watch/form.h"
#include "watch/slice.h"
#include "watch/watchlist.h"

struct tryst_list_format {
	const char *name; /* as --list-format and reports call it */
	const char *help; /* what it is, a few words */
	/* Whether the list is of this format; NULL: never recognised, only asked for by name. */
	bool (*probe)(const char *data, size_t len);
	/* Returns 0 or a negative code; what is wrong with the list itself are remarks. */
	int (*read)(struct tryst_watchlist *w, const char *data, size_t len);
};

/* The table, ended by NULL; the last claims everything. */
extern const struct tryst_list_format *const tryst_list_formats[];

extern const struct tryst_list_format tryst_list_silk_set;
extern const struct tryst_list_format tryst_list_openioc;
extern const struct tryst_list_format tryst_list_json;
extern const struct tryst_list_format tryst_list_zeek;
extern const struct tryst_list_format tryst_list_ipset;
extern const struct tryst_list_format tryst_list_nftables;
extern const struct tryst_list_format tryst_list_mikrotik;
extern const struct tryst_list_format tryst_list_otx_reputation;
extern const struct tryst_list_format tryst_list_csv;
extern const struct tryst_list_format tryst_list_iprep;
extern const struct tryst_list_format tryst_list_base64;
extern const struct tryst_list_format tryst_list_silk_text;
extern const struct tryst_list_format tryst_list_plain;

/* One entry of a list; tryst_list_entry_init makes all but form and text unknown. */
struct tryst_list_entry {
	struct tryst_form form;
	struct tryst_slice text, label, source;
	int64_t first_ms, last_ms; /* TRYST_TIME_MIN: unknown */
	int64_t from_ms, until_ms; /* TRYST_TIME_MIN, TRYST_TIME_MAX: open */
	uint8_t proto, confidence;
	enum tryst_tlp tlp;
};

void tryst_list_entry_init(struct tryst_list_entry *e);

/* Each is about a line of the list being read.  0 or TRYST_ERR_NOMEM; texts are copied. */

int tryst_list_add(struct tryst_watchlist *w, uint32_t line, const struct tryst_list_entry *e);

/*
 * Reads the address of an entry from a text (defanged or not) that holds nothing else, and adds
 * the entry, or rejects the text.  A port in the text counts before e->form.port.
 */
int tryst_list_take(struct tryst_watchlist *w, uint32_t line, struct tryst_list_entry *e,
                    struct tryst_slice address);

/* `why`, then the beginning of the text in quotes, made safe for a terminal. */
int tryst_list_reject(struct tryst_watchlist *w, uint32_t line, const char *why,
                      struct tryst_slice text);
int tryst_list_warn(struct tryst_watchlist *w, uint32_t line, const char *why,
                    struct tryst_slice text);

/* An entry that is none of tryst's business: a name, a hash, one that was withdrawn. */
int tryst_list_skip(struct tryst_watchlist *w, uint32_t line, struct tryst_slice kind);

/* Takes a range out of this list's entries, wherever they stand in it. */
int tryst_list_except(struct tryst_watchlist *w, struct tryst_ip_range range);

/* What the list says of itself; the first to say it counts. */
int tryst_list_about(struct tryst_watchlist *w, struct tryst_slice title, int64_t made_ms);

/* How many entries have been read, whatever became of them. */
uint64_t tryst_list_read(struct tryst_watchlist *w);

/*
 * A comment of a text list, without its marks: `Last updated: TIME` and what other feeds call it.
 */
int tryst_list_comment(struct tryst_watchlist *w, struct tryst_slice comment);

/* What the reader found the format to be exactly, "Feodo Tracker CSV"; a constant. */
void tryst_list_called(struct tryst_watchlist *w, const char *format);

/* Whether observables are taken as indicators (struct tryst_watchlist_options). */
bool tryst_list_observables(const struct tryst_watchlist *w);

#endif

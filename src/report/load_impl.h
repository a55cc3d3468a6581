/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the loader share: tables that say which key of an object goes where, and the
 * engine that walks them.  A file's part of the tables stands in load_<part>.c.
 */
#ifndef TRYST_REPORT_LOAD_IMPL_H
#define TRYST_REPORT_LOAD_IMPL_H

#include <jansson.h>
#include <setjmp.h>

#include "base/arena.h"
#include "base/buf.h"
#include "report/anonymize.h"
#include "report/load.h"

/* An entry of a list as a host of the case names it; several hosts may name the same one. */
struct tryst_load_entry {
	struct tryst_indicator indicator;
	uint32_t host, place; /* case.hosts[host].indicators[place] */
};

/* Texts -> indices, for references by name.  Sorted, so that a hostile file stays cheap. */
struct tryst_load_name {
	const char *name;
	uint32_t index;
};

struct tryst_load_names {
	struct tryst_load_name *list;
	uint32_t count;
};

struct tryst_load {
	const char *name;                    /* of the file */
	const struct tryst_anonymizer *hide; /* NULL: everything is told */
	struct tryst_case *c;
	struct tryst_watchlist *watchlist; /* of the case, while it is being filled */
	struct tryst_arena *arena;
	struct tryst_buf path; /* of the value being read: meetings[3].endpoint.ip */
	struct tryst_error *err;
	struct tryst_load_entry *entries; /* heap, until they are indicators */
	size_t entry_count, entry_cap;
	struct tryst_load_names hosts, endpoints, events;
};

enum tryst_load_kind {
	TRYST_LOAD_NUMBER,   /* unsigned of `size` bytes */
	TRYST_LOAD_SIGNED,   /* int64_t */
	TRYST_LOAD_REAL,     /* double; null is NaN, of a logarithm minus infinity */
	TRYST_LOAD_LOG10,    /* double: the logarithm of what is written */
	TRYST_LOAD_BOOL,     /* bool */
	TRYST_LOAD_TIME,     /* int64_t, ms */
	TRYST_LOAD_IP,       /* struct tryst_ip */
	TRYST_LOAD_TEXT,     /* const char *: from outside, renderers make it safe */
	TRYST_LOAD_SENTENCE, /* const char *: renderers print it as it is, so it is made safe now */
	TRYST_LOAD_WORD,     /* enum or bool of `size` bytes: which of the words */
	TRYST_LOAD_OBJECT,   /* whose keys go to the struct at `at` */
	TRYST_LOAD_ARRAY,    /* a pointer to elements in the arena, and their count */
	TRYST_LOAD_CUSTOM,   /* `read` does it */
};

struct tryst_load_key {
	const char *key; /* NULL ends a table */
	enum tryst_load_kind kind;
	bool required;
	uint32_t at, size;   /* where in the struct, and how large it (ARRAY: an element) is */
	uint32_t known;      /* 0, or 1 + where a bool says that the key was there */
	uint32_t count;      /* ARRAY: where the count is ... */
	uint32_t count_size; /* ... and its size */
	const struct tryst_load_key *keys; /* OBJECT */
	const struct tryst_load_key *item; /* ARRAY */
	const char *(*word)(unsigned);     /* WORD: NULL behind the last */
	int (*read)(struct tryst_load *l, const json_t *value, void *at);
	/* OBJECT: once its keys are read. */
	int (*done)(struct tryst_load *l, const json_t *value, void *object);
};

#define TRYST_LOAD_AT(T, f) .at = offsetof(T, f), .size = sizeof(((T *)0)->f)
#define TRYST_LOAD_KNOWN(T, f) .known = 1 + offsetof(T, f)
#define TRYST_LOAD_COUNT(T, f) .count = offsetof(T, f), .count_size = sizeof(((T *)0)->f)

/* The key evidence, into the struct tryst_evidence_list at member f of T. */
#define TRYST_LOAD_EVIDENCE(T, f)                                                                  \
	{                                                                                          \
		.key = "evidence", .kind = TRYST_LOAD_ARRAY, TRYST_LOAD_AT(T, f.list),             \
		TRYST_LOAD_COUNT(T, f.count), .item = &tryst_load_evidence_item                    \
	}

/* Reads the keys of an object into the struct at base; negative with the error set. */
int tryst_load_keys(struct tryst_load *l, const struct tryst_load_key *keys, const json_t *object,
                    void *base);

/* One value by its row. */
int tryst_load_value(struct tryst_load *l, const struct tryst_load_key *row, const json_t *value,
                     void *base);

/* TRYST_ERR_FORMAT: "<file>: <path>: <text>". */
int tryst_load_fail(struct tryst_load *l, const char *fmt, ...) TRYST_PRINTF(2, 3);

/* Names one more level of the path, and takes it back. */
size_t tryst_load_enter(struct tryst_load *l, const char *key);
size_t tryst_load_enter_index(struct tryst_load *l, size_t index);
void tryst_load_leave(struct tryst_load *l, size_t mark);

/* count elements of size bytes in the arena, all zero; NULL with the error set. */
void *tryst_load_alloc(struct tryst_load *l, size_t count, size_t size);

/* The text of a string in the arena (safe: fit for a terminal); NULL with the error set. */
char *tryst_load_text(struct tryst_load *l, const json_t *value, bool safe);

/* Room for count names, their order once they are there, and one of them: its index, or -1. */
int tryst_load_names_init(struct tryst_load *l, struct tryst_load_names *names, size_t count);
void tryst_load_names_sort(struct tryst_load_names *names);
int64_t tryst_load_names_find(const struct tryst_load_names *names, const char *name);

/* What jansson allocates from while it decodes, and until the tree is done with. */
struct tryst_load_memory {
	struct tryst_arena arena;
	jmp_buf failed;
	bool decoding;
	bool out; /* it ran out */
};

/* Between the two everything that the thread allocates by jansson is the memory's. */
void tryst_load_memory_begin(struct tryst_load_memory *memory);
void tryst_load_memory_end(struct tryst_load_memory *memory);

/* The tree of a text; NULL with the error set, which names the file and the line. */
json_t *tryst_load_decode(struct tryst_load_memory *memory, const char *name, const char *data,
                          size_t len, struct tryst_error *err);

/*
 * What jansson would lose of a text, put where it does not: load_text.c says what.  The values of
 * strings are then undone by tryst_load_plain, in place.
 */
void tryst_load_prepare(const char *data, size_t len, struct tryst_buf *out);
void tryst_load_plain(char *text);

/* Takes the home network out of everything, by l->hide; negative with the error set. */
int tryst_load_hide(struct tryst_load *l, json_t *root);

/* tryst_case_file_parse of a case, with everything hidden. */
int tryst_load_hidden(struct tryst_case_file **out, const char *data, size_t len,
                      const struct tryst_anonymizer *hide, struct tryst_error *err);

/* The tables of the parts. */
extern const struct tryst_load_key tryst_load_ip_item;       /* an address */
extern const struct tryst_load_key tryst_load_sentence_item; /* made safe for a terminal */
extern const struct tryst_load_key tryst_load_window_keys[]; /* of struct tryst_case */
extern const struct tryst_load_key tryst_load_asked_keys[];  /* of struct tryst_asked */
extern const struct tryst_load_key tryst_load_prefix_item;
extern const struct tryst_load_key tryst_load_event_item;
extern const struct tryst_load_key tryst_load_dead_item;
extern const struct tryst_load_key tryst_load_host_item;
extern const struct tryst_load_key tryst_load_sighting_item;
extern const struct tryst_load_key tryst_load_meeting_item;
extern const struct tryst_load_key tryst_load_companion_item;
extern const struct tryst_load_key tryst_load_evidence_item;
extern const struct tryst_load_key tryst_load_spoof_keys[]; /* of struct tryst_spoof */
extern const struct tryst_load_key tryst_load_judgement_keys[];
extern const struct tryst_load_key tryst_load_death_keys[];
extern const struct tryst_load_key tryst_load_changes_keys[];
extern const struct tryst_load_key tryst_load_match_item;
extern const struct tryst_load_key tryst_load_timeline_keys[]; /* of struct tryst_case */
extern const struct tryst_load_key tryst_load_ref_item;
extern const struct tryst_load_key tryst_load_search_keys[];
extern const struct tryst_load_key tryst_load_finding_item;

#define TRYST_LOAD_ENDPOINT_MAX 80

/* What an endpoint is called in l->endpoints. */
void tryst_load_endpoint_name(const struct tryst_meeting *m, char out[TRYST_LOAD_ENDPOINT_MAX]);

/* How often each verdict was given; at: the counts, by verdict. */
int tryst_load_verdicts(struct tryst_load *l, const json_t *value, void *at);

/* The index of a listed host by its address, or -1. */
int64_t tryst_load_host_find(const struct tryst_load *l, struct tryst_ip ip);

int tryst_load_command(struct tryst_load *l, const json_t *value, void *at);
int tryst_load_search_done(struct tryst_load *l, const json_t *value, void *object);
int tryst_load_grade(struct tryst_load *l, const json_t *value, void *at);
int tryst_load_death_done(struct tryst_load *l, const json_t *value, void *object);
int tryst_load_changes_done(struct tryst_load *l, const json_t *value, void *object);
int tryst_load_inputs(struct tryst_load *l, const json_t *value, void *at);
int tryst_load_watchlists(struct tryst_load *l, const json_t *value, void *at);

/* The entries of all hosts become indicators of the watchlist, which is sealed. */
int tryst_load_entries_finish(struct tryst_load *l);

#endif

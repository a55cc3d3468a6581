/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists in JSON: what the readers of its dialects share.  Each reads the next value of the list's
 * parser; what is no JSON stops them all (`j.why`) and is rejected by json.c.
 */
#ifndef TRYST_WATCH_JSON_LIST_H
#define TRYST_WATCH_JSON_LIST_H

#include "watch/columns.h"
#include "watch/jtext.h"

#define TRYST_JSON_MEMBERS_MAX 64

struct tryst_json_list {
	struct tryst_watchlist *w;
	struct tryst_jtext j;
	struct tryst_buf scratch; /* unescaped strings of one record; reserved, never moved */
	struct tryst_list_entry base;
	/* What the keys of the record before meant, by position: the next has the same, mostly. */
	struct tryst_slice keys[TRYST_JSON_MEMBERS_MAX];
	enum tryst_column columns[TRYST_JSON_MEMBERS_MAX];
	bool named;   /* the dialect has been found out */
	bool records; /* the object before was a record */
};

/* Each returns 0 or TRYST_ERR_NOMEM. */

/* The next object as a flat record of an address. */
int tryst_json_record(struct tryst_json_list *l);

/* A MISP event, or what holds some: {"Event": {...}}, {"response": [...]}. */
int tryst_misp_read(struct tryst_json_list *l);

/* A STIX bundle or envelope, or one STIX object. */
int tryst_stix_read(struct tryst_json_list *l);

/* A pulse of OTX. */
int tryst_otx_read(struct tryst_json_list *l);

/* The string of a value, unescaped into the scratch buffer. */
struct tryst_slice tryst_json_list_string(struct tryst_json_list *l, struct tryst_jvalue v);

/* Of an object inside the document: the string under a key; empty when there is none. */
struct tryst_slice tryst_json_list_member(struct tryst_json_list *l, struct tryst_jvalue object,
                                          const char *key);

/* Begins a record: nothing of the one before is needed any more. */
void tryst_json_list_next(struct tryst_json_list *l);

#endif

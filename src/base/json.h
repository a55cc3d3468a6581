/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A streaming JSON writer (RFC 8259) into a tryst_buf.
 *
 * Keys come out in the order they are written; numbers are exact; text that is not valid UTF-8 is
 * escaped byte by byte as \u00NN so that the output always parses.  `indent` 0 gives one line, n
 * gives n spaces a level.  Misuse (a value without its key, unbalanced ends) asserts.
 */
#ifndef TRYST_BASE_JSON_H
#define TRYST_BASE_JSON_H

#include "base/buf.h"
#include "base/ip.h"

#define TRYST_JSON_DEPTH_MAX 32

struct tryst_json {
	struct tryst_buf *buf;
	unsigned indent;
	unsigned depth;
	uint32_t objects;  /* bit d: level d is an object */
	uint32_t nonempty; /* bit d: level d has something in it */
	bool keyed;        /* a key was written, its value is due */
};

void tryst_json_init(struct tryst_json *j, struct tryst_buf *buf, unsigned indent);

void tryst_json_object(struct tryst_json *j); /* { */
void tryst_json_array(struct tryst_json *j);  /* [ */
void tryst_json_end(struct tryst_json *j);    /* whichever is open */
void tryst_json_key(struct tryst_json *j, const char *key);

void tryst_json_str(struct tryst_json *j, const char *text);
void tryst_json_text(struct tryst_json *j, const char *text, size_t len);
void tryst_json_u64(struct tryst_json *j, uint64_t v);
void tryst_json_i64(struct tryst_json *j, int64_t v);
void tryst_json_real(struct tryst_json *j, double v); /* shortest exact text; NaN, inf: null */
void tryst_json_bool(struct tryst_json *j, bool v);
void tryst_json_ip(struct tryst_json *j, struct tryst_ip ip);
void tryst_json_time(struct tryst_json *j, int64_t ms); /* RFC 3339, UTC, milliseconds */

/* The same with their key, since nearly every value has one. */
void tryst_json_key_object(struct tryst_json *j, const char *key);
void tryst_json_key_array(struct tryst_json *j, const char *key);
void tryst_json_key_str(struct tryst_json *j, const char *key, const char *text);
void tryst_json_key_u64(struct tryst_json *j, const char *key, uint64_t v);
void tryst_json_key_i64(struct tryst_json *j, const char *key, int64_t v);
void tryst_json_key_real(struct tryst_json *j, const char *key, double v);
void tryst_json_key_bool(struct tryst_json *j, const char *key, bool v);
void tryst_json_key_ip(struct tryst_json *j, const char *key, struct tryst_ip ip);
void tryst_json_key_time(struct tryst_json *j, const char *key, int64_t ms);

#endif

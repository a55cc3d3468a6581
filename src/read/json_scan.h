/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scans one JSON object (RFC 8259) and shows its plain values by their paths: the keys that lead to
 * a value, joined by dots, so that {"flow":{"start":1}} and {"flow.start":1} look the same.  Of an
 * array the first value is shown, by the path of the array; objects in arrays are passed over.
 *
 * Nothing is allocated and nothing copied but the path.  Nesting is bounded.
 */
#ifndef TRYST_READ_JSON_SCAN_H
#define TRYST_READ_JSON_SCAN_H

#include "base/base.h"

#define TRYST_JSON_DEPTH_MAX 24
#define TRYST_JSON_PATH_MAX 128 /* longer paths are not shown */

struct tryst_json_value {
	const char *path; /* not ended by a NUL */
	size_t path_len;
	uint32_t path_hash; /* tryst_json_hash of it */
	const char *text;   /* a string without its quotes, or the number or word */
	size_t len;
	bool escaped; /* there are backslashes in it */
};

uint32_t tryst_json_hash(const char *path, size_t len);

/* Whether to go on. */
typedef bool (*tryst_json_visit)(void *ctx, const struct tryst_json_value *value);

/*
 * Scans the object at the beginning of a text.  Returns how long it is; 0 and *expected says what
 * was not there, at offset *at; or SIZE_MAX when visit did not want to go on.
 */
size_t tryst_json_scan(const char *text, size_t len, tryst_json_visit visit, void *ctx,
                       const char **expected, size_t *at);

/*
 * Undoes the escapes of a string that is at most `size` bytes long.  Returns the length, or
 * SIZE_MAX if it does not fit or has a bad escape.  Characters beyond ASCII become `?`.
 */
size_t tryst_json_unescape(const char *text, size_t len, char *out, size_t size);

#endif

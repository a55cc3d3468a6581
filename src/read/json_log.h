/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs of JSON objects: what is the same in all of them (docs/formats/json.md).
 *
 * Objects may stand one on a line, which is read in parts like any log of text, or anywhere (an
 * array, objects over several lines), which is one part.
 */
#ifndef TRYST_READ_JSON_LOG_H
#define TRYST_READ_JSON_LOG_H

#include "read/text_log.h"

struct tryst_json_dialect {
	struct tryst_text_dialect base; /* TRYST_JSON_DIALECT */
	const struct tryst_text_names *names;
	/* Completes a row whose values have been read; NULL: nothing to do. */
	void (*finish)(struct tryst_text_row *row);
	/* Its first object holds one of these keys; ended by NULL. */
	const char *const *marks;
	int score;            /* of the probe */
	bool any_kind;        /* the first object need not be a flow */
	bool ports_hold_icmp; /* dst_port is ICMP's type * 256 + code */
};

int tryst_json_head(struct tryst_text_log *log, const char *head, size_t len,
                    struct tryst_error *err);
enum tryst_text_verdict tryst_json_line(struct tryst_text_part *p,
                                        const struct tryst_text_line *line,
                                        char why[TRYST_TEXT_FAULT_MAX]);
int tryst_json_next(struct tryst_text_part *p, struct tryst_text_lines *l,
                    struct tryst_text_line *line, struct tryst_error *err);
void tryst_json_close(struct tryst_text_log *log);

#define TRYST_JSON_DIALECT                                                                         \
	{                                                                                          \
		.open = tryst_json_head, .line = tryst_json_line, .next = tryst_json_next,         \
		.close = tryst_json_close                                                          \
	}

int tryst_json_probe(const struct tryst_json_dialect *d, const struct tryst_probe *p);

extern const struct tryst_reader tryst_reader_zeek_json;
extern const struct tryst_reader tryst_reader_eve;
extern const struct tryst_reader tryst_reader_nfdump_json;
extern const struct tryst_reader tryst_reader_goflow2;
extern const struct tryst_reader tryst_reader_json;

#endif

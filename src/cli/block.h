/* SPDX-License-Identifier: Apache-2.0 */
/* From the options of `tryst block` to a plan (respond/plan.h), and what the plan is written with.
 */
#ifndef TRYST_CLI_BLOCK_H
#define TRYST_CLI_BLOCK_H

#include "cli/run.h"
#include "report/load.h"
#include "respond/emit.h"

struct tryst_block {
	const struct tryst_settings *s;
	struct tryst_block_plan *plan;
	const struct tryst_emitter *emitter;
	struct tryst_block_options options;
	struct tryst_emit_options emit;
	enum tryst_block_evidence evidence;
	char tag[TRYST_EMIT_TAG_MAX + 1];
	char **inputs;        /* what emit.inputs points to */
	bool exporters_known; /* of a case */
	bool partial;         /* part of a list or of the flows could not be read */
};

/* Reads the options.  Negative with *err; tryst_block_fini is due in any case. */
int tryst_block_init(struct tryst_block *b, const struct tryst_settings *s,
                     struct tryst_error *err);

/* Reads lists, own networks and flows, and seals the plan. */
int tryst_block_plan_make(struct tryst_block *b, struct tryst_error *err);
void tryst_block_fini(struct tryst_block *b);

/* Whether a file is a case: an object whose first key is "schema".  The standard input is a list.
 */
bool tryst_block_is_case(const char *path);

/* Reads a case; TRYST_ERR_FORMAT for an anonymized one.  *out is freed by the caller, also then. */
int tryst_block_case_load(struct tryst_case_file **out, const char *path, struct tryst_error *err);

/* --min-verdict; NULL: the default. */
int tryst_block_evidence_read(const char *wanted, enum tryst_block_evidence *out,
                              struct tryst_error *err);

/* What of the lists and cases is not blocked: a line each. */
void tryst_block_say_left(const struct tryst_block_plan *p);

/* Why nothing is left of the words, and which option would take more; what: "block". */
void tryst_block_say_empty(const struct tryst_block_plan *p, const struct tryst_words *words,
                           const char *what);

/* Guards what --own, --allowlist, --peer, --local-address and --next-hop name, and this machine. */
int tryst_block_guards(struct tryst_block *b, struct tryst_error *err);

/* Guards exporters and next hops of the flows of -r. */
int tryst_block_guard_flows(struct tryst_block *b, struct tryst_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to null-route: from lists or a case to a sorted list of prefixes, or to the reasons why not.
 *
 *   new -> guard ... -> add_list / add_case ... -> seal -> render (respond/emit.h) -> free
 *
 * All or nothing: a plan with one refusal is never rendered.  What is left out (a forged source is
 * a victim, a host that nothing speaks against) is no refusal, but named.  The plan depends on what
 * was added only, not on the order.  docs/block.md states every rule.
 *
 * One thread.  Texts that come from outside are kept as they are; whoever writes them escapes them.
 */
#ifndef TRYST_RESPOND_PLAN_H
#define TRYST_RESPOND_PLAN_H

#include "hunt/case.h"
#include "respond/guard.h"

/* What of a case is evidence enough. */
enum tryst_block_evidence {
	TRYST_BLOCK_PRODUCTIVE, /* a conversation that was answered or exchanged */
	TRYST_BLOCK_ANSWERED,   /* one whose asked side answered in any way */
	TRYST_BLOCK_ANY,        /* every listed host that was seen while its entries are valid */
};

struct tryst_block_options {
	bool no_own_check;          /* go on without any network of the user's own */
	uint64_t limit;             /* prefixes */
	unsigned max4, max6;        /* the shortest prefix length of each family */
	bool aggregate;             /* merge neighbours, where nothing unlisted comes in by it */
	const char *const *allowed; /* classes of guards that are overruled */
	size_t allowed_count;
};

struct tryst_block_entry {
	struct tryst_prefix prefix;
	const char *label;  /* of its indicator; "" */
	const char *source; /* "feed.txt:12", "3 of 4 conversations worked" */
	uint32_t merged;    /* further entries that it stands for */
};

/* An address that the case names and the plan leaves alone. */
struct tryst_block_left {
	struct tryst_ip ip;
	const char *why;
	bool forged;
	bool weak; /* of a host: too little evidence, and less would be enough for another MIN */
};

struct tryst_block_refusal {
	struct tryst_prefix prefix; /* of len 0 and all zero: of the plan as a whole */
	const char *source;         /* of the entry; NULL: of the plan as a whole */
	const char *kind;           /* class that would overrule it, or NULL */
	const char *why;
};

#define TRYST_BLOCK_REFUSALS_MAX 64 /* kept; all are counted */

struct tryst_block_plan {
	struct tryst_block_entry *entries; /* by address: IPv4 first; none overlaps another */
	size_t count, v4_count;
	size_t added;                  /* before duplicates were merged */
	size_t dated;                  /* entries of lists that are not valid for ever */
	size_t with_port;              /* of them named a port, which a route cannot */
	struct tryst_block_left *left; /* by address */
	size_t left_count;
	struct tryst_block_refusal *refusals;
	size_t refusal_count; /* kept */
	uint64_t refused;     /* all */
};

int tryst_block_plan_new(struct tryst_block_plan **out, struct tryst_error *err);
void tryst_block_plan_free(struct tryst_block_plan *p);

/* Guards a prefix; kind is the name of a class, what a few words. */
int tryst_block_plan_guard(struct tryst_block_plan *p, struct tryst_prefix prefix, const char *kind,
                           const char *what, struct tryst_error *err);

/* Guards all that a list names. */
int tryst_block_plan_guard_list(struct tryst_block_plan *p, const struct tryst_watchlist *w,
                                const char *kind, struct tryst_error *err);

/* Adds every indicator of the list that is valid at the time, and leaves out the others. */
int tryst_block_plan_add_list(struct tryst_block_plan *p, const struct tryst_watchlist *w,
                              int64_t at_ms, struct tryst_error *err);

/*
 * Adds the listed hosts of a case that there is evidence enough against, leaves out those whose
 * sources are judged forged, and guards the case's home and exporters.
 */
int tryst_block_plan_add_case(struct tryst_block_plan *p, const struct tryst_case *c,
                              enum tryst_block_evidence evidence, struct tryst_error *err);

/* After the last addition: sorts, merges, and asks every safety rule.  0 also with refusals. */
int tryst_block_plan_seal(struct tryst_block_plan *p, const struct tryst_block_options *options,
                          struct tryst_error *err);

/* Whether a case judges the address forged; after the seal. */
bool tryst_block_plan_is_victim(const struct tryst_block_plan *p, struct tryst_ip ip);

/* A number that equal plans share, for a name of theirs. */
uint32_t tryst_block_plan_number(const struct tryst_block_plan *p);

#endif

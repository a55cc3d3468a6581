/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands that read flows share: from the settings to resolved inputs, window, filter and
 * watchlist; the run itself with its progress and signals; the summary and the exit code.
 */
#ifndef TRYST_CLI_RUN_H
#define TRYST_CLI_RUN_H

#include "cli/cli.h"
#include "flow/pipeline.h"
#include "query/filter.h"
#include "read/read.h"
#include "store/plan.h"
#include "watch/watchlist.h"

struct tryst_asked;

struct tryst_run {
	const struct tryst_settings *s;
	struct tryst_read_options read; /* with the zone */
	tryst_open_fn open;             /* NULL: inputs are files, opened with `read` */
	void *open_ctx;
	int64_t now_ms;
	int64_t from_ms, to_ms;            /* TRYST_TIME_MIN, TRYST_TIME_MAX: open */
	struct tryst_watchlist *watchlist; /* NULL: none was given */
	size_t rejected;                   /* lines of the lists that are no indicators */
	struct tryst_filter *filter;       /* NULL: everything */
	struct tryst_inputs inputs;
	const struct tryst_sampler *sample; /* of hosts beside the listed, or NULL */
	char *cache;                        /* the folder of indexes; NULL: none */
	struct tryst_planner *planner;      /* of what indexes save; NULL: inputs are no files */
	struct tryst_planner_open planned;
	bool background;          /* the command will want a sample */
	bool complained;          /* about the indexes */
	bool streams;             /* rows go to the standard output while it runs */
	bool enough;              /* the command stopped the run itself, content */
	struct tryst_waits waits; /* for pipes */
	atomic_bool stop;
	int signal; /* that ended the run early, or 0 */
	struct tryst_progress progress;
	int64_t elapsed_ms;
	const struct tryst_request *asked; /* while it is explained */
};

/*
 * Resolves everything; `words` are the ones that are inputs or the filter.  Negative with *err,
 * after which tryst_run_fini is still due.
 */
int tryst_run_init(struct tryst_run *r, const struct tryst_settings *s, char *const *words,
                   size_t count, struct tryst_error *err);
void tryst_run_fini(struct tryst_run *r);

/* How everything was understood, as text: --explain, and -v. */
void tryst_run_describe(const struct tryst_run *r, struct tryst_buf *out);

/*
 * What the window and the filter leave, for the case; the filter's words stay in *filter, which the
 * caller ends.
 */
int tryst_run_asked(const struct tryst_run *r, struct tryst_buf *filter, struct tryst_asked *out,
                    struct tryst_error *err);

/* --explain as a command's answer: returns the exit code. */
int tryst_run_explain(struct tryst_run *r);

/*
 * Reads everything into the operator.  0 also after a signal (r->signal says so) and when the
 * operator had enough (r->enough).
 */
int tryst_run_go(struct tryst_run *r, struct tryst_operator *op, struct tryst_error *err);

/* The same with several operators: one reading for all. */
int tryst_run_go_all(struct tryst_run *r, struct tryst_operator **ops, size_t count,
                     struct tryst_error *err);

/*
 * What both readings share: the threads, the progress (of so many bytes), the signals.  The caller
 * fills inputs, request, predicate and operators.
 */
int tryst_run_pipeline(struct tryst_run *r, struct tryst_pipeline *p, uint64_t bytes,
                       struct tryst_error *err);

/* What is read once more: flows from or to the addresses, or that the sampler (or NULL) chooses,
 * that overlap from_ms to to_ms (and the run's window and filter). */
struct tryst_again {
	struct tryst_operator *op;
	const struct tryst_ipset *addresses;
	const struct tryst_sampler *sample;
	int64_t from_ms, to_ms;
	bool in_full; /* without the indexes */
};

/*
 * Reads the inputs once more into the operator.  The inputs are opened afresh, under their ids:
 * their health, and what the summary says, stays that of the first reading.  *why is set to a
 * sentence where that cannot be, or not wholly: the operator has then seen nothing, or not all.
 */
int tryst_run_again(struct tryst_run *r, const struct tryst_again *what, const char **why,
                    struct tryst_error *err);

/* Whether the inputs can be read a second time: the standard input and pipes cannot. */
bool tryst_run_rereads(const struct tryst_run *r);

/* The clock that elapsed_ms is taken from. */
int64_t tryst_run_clock_ms(void);

/*
 * The SHA-256 of the inputs that are files, where they have at most TRYST_RUN_HASH_MAX bytes in all
 * or --hash was given, and where what is written says it; of others there is none, and that is no
 * failure.  After the reading, since an input that grows meanwhile was read as it was.
 */
void tryst_run_hash(struct tryst_run *r);

#define TRYST_RUN_HASH_MAX (256ULL << 20)

/* Whether no input at all could be read, so that a result would mean nothing. */
bool tryst_run_nothing(const struct tryst_run *r);

/* Says what was read and what was not; returns the exit code of a run that found something or not.
 */
int tryst_run_summary(const struct tryst_run *r, bool found);

/* Says why a run failed; returns its exit code. */
int tryst_run_failed(const struct tryst_run *r, const struct tryst_error *err);

/* What lists had that is no indicator, or doubtful: one line each on the standard error. */
void tryst_run_say_remarks(const struct tryst_watchlist *w);

#endif

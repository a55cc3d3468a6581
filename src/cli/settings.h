/* SPDX-License-Identifier: Apache-2.0 */
/* What the options of all commands fill in, and the option groups that commands share. */
#ifndef TRYST_CLI_SETTINGS_H
#define TRYST_CLI_SETTINGS_H

#include "cli/opt.h"

enum tryst_colour { TRYST_COLOUR_AUTO, TRYST_COLOUR_ALWAYS, TRYST_COLOUR_NEVER };

#define TRYST_COUNT_UNSET UINT64_MAX

/* Of block alone. */
struct tryst_block_settings {
	struct tryst_words own;        /* files of the user's own networks */
	struct tryst_words allowlists; /* files of what is never blocked */
	struct tryst_words allowed;    /* classes that are overruled */
	struct tryst_words peers;
	struct tryst_words next_hops;
	const char *local;
	const char *max_prefix;
	const char *evidence;
	const char *name;  /* of the case */
	const char *since; /* with check */
	uint64_t limit;    /* or TRYST_COUNT_UNSET */
	uint64_t asn;
	int64_t expire_ms;
	bool no_own_check, aggregate, undo, check;
};

struct tryst_settings {
	int argc; /* the whole command line as typed */
	char **argv;
	struct tryst_words words;      /* what is no option, in order */
	struct tryst_words inputs;     /* -r, -R */
	struct tryst_words watchlists; /* -w */
	const char *list_format;       /* of the watchlists */
	bool observables;              /* --stix-observables */
	bool ignore_validity;          /* of entries of the watchlists: hunt */
	bool sampled;                  /* an index's sample of other hosts is enough: hunt */
	bool strict;                   /* what a list has that is rejected is fatal */
	struct tryst_words homes;
	struct tryst_words events;
	struct tryst_words dead;
	struct tryst_words null_ifs;
	struct tryst_words known; /* meet --known */
	const char *since;        /* meet */
	bool rita;                /* meet --with-rita-score */
	int64_t slack_ms;
	const char *window;
	const char *zone;
	const char *filter_file;
	const char *format; /* the reader's name */
	bool inner;
	const char *output; /* -o */
	const char *as;     /* export --as */
	const char *save;
	bool anonymize;
	const char *anonymize_key;
	bool hash;                /* hunt, meet */
	const char *report;       /* the page of hunt */
	bool html;                /* report --html */
	struct tryst_words sets;  /* simulate --set */
	struct tryst_words likes; /* simulate --like */
	uint64_t seed;            /* simulate */
	bool list, knobs, force;  /* simulate */
	const char *stat;         /* top -s */
	const char *group;        /* top -A */
	int64_t every_ms;         /* series */
	const char *at;           /* series */
	uint64_t count;           /* -n, or TRYST_COUNT_UNSET */
	unsigned jobs;
	size_t memory; /* bytes */
	unsigned verbose;
	bool quiet;
	bool explain;
	bool no_index;
	struct {
		const char *before;
		int64_t keep_ms; /* 0: not given */
		size_t max_size; /* 0: not given */
		bool remove;
	} store;
	bool beside, check, quick, drop; /* index */
	bool exit_code;
	bool plain; /* -N */
	bool man;   /* help --man */
	bool counts_only;
	enum tryst_colour colour;
	struct tryst_block_settings block;
};

/* The defaults that are not zero: this machine's cores and a quarter of its memory. */
void tryst_settings_init(struct tryst_settings *s);
void tryst_settings_fini(struct tryst_settings *s);

extern const struct tryst_option_group tryst_opts_input;   /* -r -R --format --inner --tz */
extern const struct tryst_option_group tryst_opts_select;  /* -t -f -w --explain */
extern const struct tryst_option_group tryst_opts_hunt;    /* the same with --home --event --dead */
extern const struct tryst_option_group tryst_opts_meet;    /* --home --known --since -t -f */
extern const struct tryst_option_group tryst_opts_lists;   /* how watchlists are read */
extern const struct tryst_option_group tryst_opts_case;    /* -o --save --report --hash */
extern const struct tryst_option_group tryst_opts_run;     /* -j --memory --exit-code -q -v */
extern const struct tryst_option_group tryst_opts_general; /* --color -h */
extern const struct tryst_option_group tryst_opts_help;    /* -h, for commands without colours */

#endif

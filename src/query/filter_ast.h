/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the filter language share: tokens, words, the tree.
 *
 * The way of a filter: filter_lex.c makes tokens, filter_parse.c (tests: filter_test.c, values:
 * filter_value.c, words: filter_words.c) makes a tree, filter_fold.c folds it, filter_kernel.c runs
 * it over batches, filter_explain.c prints it.
 *
 * Invariants of a folded tree: AND and OR have two kids or more and none of their own kind; ANY
 * stands only at the root or under a NOT; ranges are sorted, disjoint and not adjacent.
 */
#ifndef TRYST_QUERY_FILTER_AST_H
#define TRYST_QUERY_FILTER_AST_H

#include "base/buf.h"
#include "base/ipset.h"
#include "flow/batch.h"
#include "query/filter.h"

#define TRYST_FILTER_DEPTH_MAX 200    /* of brackets */
#define TRYST_FILTER_INCLUDES_MAX 100 /* files, in all */
#define TRYST_FILTER_INCLUDE_DEPTH_MAX 10

/* --- tokens --- */

enum tryst_ftoken_kind {
	TRYST_FTOKEN_END,
	TRYST_FTOKEN_WORD,
	TRYST_FTOKEN_AND,
	TRYST_FTOKEN_OR,
	TRYST_FTOKEN_NOT,
	TRYST_FTOKEN_COMPARE,
	TRYST_FTOKEN_OPEN,
	TRYST_FTOKEN_CLOSE,
	TRYST_FTOKEN_OPEN_LIST,
	TRYST_FTOKEN_CLOSE_LIST,
	TRYST_FTOKEN_COMMA,
	TRYST_FTOKEN_OTHER, /* a quoted text or a character that means nothing here */
};

enum tryst_fcompare {
	TRYST_FCOMPARE_EQ,
	TRYST_FCOMPARE_NE,
	TRYST_FCOMPARE_LT,
	TRYST_FCOMPARE_LE,
	TRYST_FCOMPARE_GT,
	TRYST_FCOMPARE_GE,
	TRYST_FCOMPARE_IN,
};

/* A text: the filter itself or a file it includes. */
struct tryst_fsource {
	char *owned; /* NULL for the filter itself */
	char *name;  /* of a file, owned; NULL for the filter itself */
	const char *text;
	size_t len;
	size_t at;     /* where reading goes on */
	size_t parent; /* index of the text that includes this one */
	unsigned depth;
};

struct tryst_ftoken {
	enum tryst_ftoken_kind kind;
	enum tryst_fcompare compare;
	size_t source;
	size_t at; /* offset in its source */
	const char *text;
	size_t len;
};

struct tryst_flexer {
	struct tryst_fsource *sources;
	size_t count;
	size_t current;
	size_t total; /* bytes of all texts */
	const char *origin;
	struct tryst_error *err;
};

int tryst_flexer_init(struct tryst_flexer *lx, const char *text, const char *origin,
                      struct tryst_error *err);
void tryst_flexer_fini(struct tryst_flexer *lx);

/* The next token; negative when an included file cannot be read. */
int tryst_flexer_next(struct tryst_flexer *lx, struct tryst_ftoken *out);

/*
 * TRYST_ERR_USAGE with the message, the line with a caret under the token, and the hint (NULL:
 * none). Both may hold raw text of the filter: it is made safe here.
 */
int tryst_flexer_error(const struct tryst_flexer *lx, const struct tryst_ftoken *at,
                       const char *hint, const char *fmt, ...) TRYST_PRINTF(4, 5);

/* --- words --- */

enum tryst_fword_kind {
	TRYST_FWORD_ANY,
	TRYST_FWORD_SIDE,  /* src dst in out prev next */
	TRYST_FWORD_TERM,  /* a test whose side may be named; arg: row of the table of terms */
	TRYST_FWORD_IP,    /* as TERM, or ip alone, or before a test */
	TRYST_FWORD_FIELD, /* arg: enum tryst_field */
	TRYST_FWORD_RATE,  /* arg: enum tryst_frate */
	TRYST_FWORD_FLAGS,
	TRYST_FWORD_ICMP,   /* arg: enum tryst_field */
	TRYST_FWORD_FAMILY, /* arg: 4 or 6 */
	TRYST_FWORD_PROTO,  /* arg: the number */
	TRYST_FWORD_RANGE,  /* portrange */
	TRYST_FWORD_SIZE,   /* greater, less; arg: enum tryst_fcompare */
	TRYST_FWORD_ROUTER,
	TRYST_FWORD_OBSERVATION,
	TRYST_FWORD_ABSENT, /* what our records do not hold; note says it */
};

enum tryst_fside {
	TRYST_FSIDE_NONE,
	TRYST_FSIDE_SRC,
	TRYST_FSIDE_DST,
	TRYST_FSIDE_EITHER,
	TRYST_FSIDE_BOTH,
	TRYST_FSIDE_IN,
	TRYST_FSIDE_OUT,
	TRYST_FSIDE_PREV,
	TRYST_FSIDE_NEXT,
};

#define TRYST_FILTER_NO_FIELD (-1)

/* A test whose side may be named: the fields of each form, TRYST_FILTER_NO_FIELD where there is
 * none. */
struct tryst_fterm {
	const char *word;
	int8_t any_a, any_b;   /* without a side: either of the two */
	enum tryst_fside side; /* SRC (first is src, second dst) or IN (first is in, second out) */
	int8_t first, second;
};

struct tryst_fword {
	const char *word;
	enum tryst_fword_kind kind;
	int16_t arg;
	const char *note;
};

/* The word, letter case ignored, or NULL. */
const struct tryst_fword *tryst_fword_find(const char *text, size_t len);

/* The field of that name, letter case ignored, or TRYST_FILTER_NO_FIELD. */
int tryst_fword_field(const char *text, size_t len);

/* The word or field nearest to a mistyped one, or NULL when none is near. */
const char *tryst_fword_near(const char *text, size_t len);

/* Whether a token is this word, letter case ignored. */
bool tryst_ftoken_is(const struct tryst_ftoken *t, const char *word);

enum { TRYST_FTERM_IP, TRYST_FTERM_PORT }; /* the rows that are asked for by name */

extern const struct tryst_fterm tryst_fterms[];
extern const size_t tryst_fterm_count;

/* --- the tree --- */

enum tryst_fnode_kind {
	TRYST_FNODE_ANY,
	TRYST_FNODE_AND,
	TRYST_FNODE_OR,
	TRYST_FNODE_NOT,
	TRYST_FNODE_NUMBER,  /* field a (or b) in ranges */
	TRYST_FNODE_ADDRESS, /* field a (or b) in entries */
	TRYST_FNODE_FLAGS,   /* bits of field a */
	TRYST_FNODE_RATE,    /* a computed number in ranges */
	TRYST_FNODE_FAMILY,  /* src and dst are of the family */
};

enum tryst_frate { TRYST_FRATE_DURATION, TRYST_FRATE_PPS, TRYST_FRATE_BPS, TRYST_FRATE_BPP };

struct tryst_frange {
	uint64_t lo;
	uint64_t hi; /* inclusive */
};

struct tryst_fnode;

/* Narrows sel[0..count) to the rows the test holds for and returns how many. */
typedef uint32_t (*tryst_fkernel)(const struct tryst_fnode *n, const struct tryst_batch *b,
                                  uint16_t *sel, uint32_t count);

struct tryst_fnode {
	enum tryst_fnode_kind kind;
	uint32_t count, room; /* of what the union holds */
	union {
		struct tryst_fnode **kids;
		struct tryst_frange *ranges;
		struct tryst_ipset_entry *entries;
	};
	int8_t a, b; /* fields; b is TRYST_FILTER_NO_FIELD where there is one only */
	enum tryst_fcompare compare;
	uint64_t value; /* as compared with; the ranges follow from it */
	enum tryst_frate rate;
	uint8_t mask, high; /* flags: (x & mask) == high, or with any: x & mask */
	bool any;
	uint8_t family; /* 4 or 6 */
	double weight;  /* see filter.c */
	bool dense;     /* see filter_dense.h */
	tryst_fkernel kernel;
	uint64_t *bitmap;        /* of a set of u8 or u16 */
	struct tryst_ipset *set; /* of two addresses or more */
};

/* A node without kids; NULL and *err without memory. */
struct tryst_fnode *tryst_fnode_new(enum tryst_fnode_kind kind, struct tryst_error *err);
void tryst_fnode_free(struct tryst_fnode *n);

/* Appends to the union's array, taking the kid over also on failure. */
int tryst_fnode_add_kid(struct tryst_fnode *n, struct tryst_fnode *kid, struct tryst_error *err);
int tryst_fnode_add_range(struct tryst_fnode *n, uint64_t lo, uint64_t hi, struct tryst_error *err);
int tryst_fnode_add_prefix(struct tryst_fnode *n, struct tryst_prefix p, struct tryst_error *err);

/* Appends the items of a leaf of the same kind. */
int tryst_fnode_add_items(struct tryst_fnode *n, const struct tryst_fnode *from,
                          struct tryst_error *err);

/* Joins two trees, taking both over; either may be NULL, which makes NULL. */
struct tryst_fnode *tryst_fnode_join(enum tryst_fnode_kind kind, struct tryst_fnode *a,
                                     struct tryst_fnode *b, struct tryst_error *err);

/* A copy of a leaf that tests another field. */
struct tryst_fnode *tryst_fnode_copy(const struct tryst_fnode *n, int a, struct tryst_error *err);

/* A leaf `field <compare> value` with its ranges; the value must fit the field. */
struct tryst_fnode *tryst_fnode_number(int a, int b, enum tryst_fcompare compare, uint64_t value,
                                       struct tryst_error *err);

/* The largest value of a field; of a computed rate with TRYST_FILTER_NO_FIELD. */
uint64_t tryst_filter_field_max(int field);

/* Takes a parsed tree over and brings it to the invariants above. */
struct tryst_fnode *tryst_fnode_fold(struct tryst_fnode *n, struct tryst_error *err);

/* The columns a tree looks at. */
uint64_t tryst_fnode_columns(const struct tryst_fnode *n);

/* Chooses kernels and builds sets and bitmaps. */
int tryst_fnode_compile(struct tryst_fnode *n, struct tryst_error *err);

/* The same for all rows of a batch, into sel, whatever it holds. */
uint32_t tryst_fnode_run_all(const struct tryst_fnode *n, const struct tryst_batch *b,
                             uint16_t *sel);

/* Narrows sel[0..count) to the rows that match and returns how many; any thread. */
uint32_t tryst_fnode_run(const struct tryst_fnode *n, const struct tryst_batch *b, uint16_t *sel,
                         uint32_t count);

void tryst_fnode_explain(const struct tryst_fnode *n, struct tryst_buf *out);

/* --- the parser --- */

struct tryst_fparser {
	struct tryst_flexer lx;
	struct tryst_ftoken tok;   /* the token looked at */
	struct tryst_ftoken ahead; /* the one behind it */
	unsigned depth;
	bool negated; /* under an odd number of nots */
	struct tryst_error *err;
};

/* The unfolded tree of a text, or NULL with *err filled. */
struct tryst_fnode *tryst_filter_parse(const char *text, const char *origin,
                                       struct tryst_error *err);

/* The token looked at is done with. */
int tryst_fparser_advance(struct tryst_fparser *p);

/* One level deeper: an error beyond TRYST_FILTER_DEPTH_MAX.  The caller takes it back from depth.
 */
int tryst_fparser_deeper(struct tryst_fparser *p);

/* One test. */
struct tryst_fnode *tryst_fparser_test(struct tryst_fparser *p);

/* What follows the name of an address field: `A`, `A/len`, `A MASK`, `in [ ... ]`. */
struct tryst_fnode *tryst_fparser_addresses(struct tryst_fparser *p, int a, int b);

/* What follows the name of a number: `[cmp] N`, `N-M`, `in [ ... ]`; a FLAGS field also takes
 * letters. */
struct tryst_fnode *tryst_fparser_numbers(struct tryst_fparser *p, int a, int b, const char *name);

/* What follows duration, pps, bps, bpp. */
struct tryst_fnode *tryst_fparser_rate(struct tryst_fparser *p, enum tryst_frate rate,
                                       const char *name);

/* LETTERS, HIGH/MASK or `any LETTERS`. */
struct tryst_fnode *tryst_fparser_flags(struct tryst_fparser *p, int field);

/* Lists: whether one stands there, its opening, and whether another item follows (1; 0 behind the
 * end). */
bool tryst_fparser_at_list(const struct tryst_fparser *p);
int tryst_fparser_list_open(struct tryst_fparser *p);
int tryst_fparser_list_more(struct tryst_fparser *p, uint32_t items);

/* Whether a word can only be an address. */
bool tryst_ftoken_is_address(const struct tryst_ftoken *t);

#endif

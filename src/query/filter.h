/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter language: nfdump's grammar and precedence, tcpdump's common words, compiled to run
 * over columns.  docs/filter.md is its reference.
 *
 * A test of a field that a record does not know is false (so `not` of it is true); but a record
 * that does not say how many flows it is is one.
 */
#ifndef TRYST_QUERY_FILTER_H
#define TRYST_QUERY_FILTER_H

#include "base/buf.h"
#include "base/ipset.h"
#include "flow/operator.h"

struct tryst_filter;

#define TRYST_FILTER_TEXT_MAX (16u << 20) /* all of the text, with what it includes */

/*
 * Compiles text.  `origin` names it in messages ("filter", or a file).  A mistake is
 * TRYST_ERR_USAGE with a text of several lines: what is wrong, the line with a caret under the
 * place, a suggestion. Empty text is `any`.
 */
int tryst_filter_new(struct tryst_filter **out, const char *text, const char *origin,
                     struct tryst_error *err);
void tryst_filter_free(struct tryst_filter *f);

/* The filter as the pipeline takes it; lives as long as the filter. */
const struct tryst_predicate *tryst_filter_predicate(const struct tryst_filter *f);

/* Whether it is `any`. */
bool tryst_filter_is_any(const struct tryst_filter *f);

/* The parsed form, fully bracketed, in canonical words: what --explain prints. */
void tryst_filter_explain(const struct tryst_filter *f, struct tryst_buf *out);

/*
 * A set of addresses such that every matching flow has its src or dst in it, or NULL when the
 * filter implies none: lets a source skip.  It belongs to the filter.
 */
const struct tryst_ipset *tryst_filter_addresses(const struct tryst_filter *f);

#endif

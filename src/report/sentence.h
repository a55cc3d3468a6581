/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a case says, as sentences: the same words in every report for people.  Appended to a buffer
 * whose sticky failure says that memory was out; text from outside is made safe for a terminal
 * (tryst_buf_safe), not yet for HTML.  Pure; any thread.
 */
#ifndef TRYST_REPORT_SENTENCE_H
#define TRYST_REPORT_SENTENCE_H

#include "base/buf.h"
#include "hunt/case.h"

/* "10 of 20 listed hosts"; without the total where entries of the list are not hosts. */
void tryst_sentence_listed(struct tryst_buf *b, const struct tryst_case *c, size_t count);

/* Who sent to whom at a meeting, when, and whether replies were recorded. */
void tryst_sentence_meeting(struct tryst_buf *b, const struct tryst_case *c,
                            const struct tryst_meeting *m);

/* Whether a listed host was seen while the lists give it. */
static inline bool
tryst_sentence_is_seen(const struct tryst_case *c)
{
	return c->sighting_count > c->outdated;
}

/* How many were, in how many conversations; and when that was.  seen: " seen in ". */
void tryst_sentence_seen(struct tryst_buf *b, const struct tryst_case *c, const char *seen);
void tryst_sentence_seen_span(const struct tryst_case *c, int64_t *first_ms, int64_t *last_ms);

/* What lies outside the validity of the lists' entries; nothing where nothing does. */
void tryst_sentence_outdated(struct tryst_buf *b, const struct tryst_case *c);

/* Of a case with sightings and no meeting: how many hosts were seen with how many home hosts. */
void tryst_sentence_sightings(struct tryst_buf *b, const struct tryst_case *c);

/* Of a case without sightings. */
void tryst_sentence_nothing(struct tryst_buf *b, const struct tryst_case *c);

/* Of a search without a list that has no finding or lead: whether there was anything to find. */
void tryst_sentence_no_findings(struct tryst_buf *b, const struct tryst_case *c);

/* How many listed hosts were seen in all. */
void tryst_sentence_totals(struct tryst_buf *b, const struct tryst_case *c);

/* What was read, and what was lost before. */
void tryst_sentence_read(struct tryst_buf *b, const struct tryst_case *c);

/* Whether a window or a filter was asked for, so that not all that was read was looked at. */
bool tryst_sentence_is_narrowed(const struct tryst_case *c);

/* What was looked at, where that is not all; nothing where it is. */
void tryst_sentence_asked(struct tryst_buf *b, const struct tryst_case *c);

/* The same as far as the filter, which is text from outside, with the quote before it. */
void tryst_sentence_asked_begin(struct tryst_buf *b, const struct tryst_case *c);

#define TRYST_SENTENCE_FILTER_MAX 400                /* characters of it */
#define TRYST_SENTENCE_ASKED_END "' were looked at." /* behind the filter */

/* "9 min 54 s": the two largest units. */
void tryst_sentence_duration(struct tryst_buf *b, uint64_t ms);

/* Where the begin or end of a meeting lies beside an event. */
void tryst_sentence_match(struct tryst_buf *b, const struct tryst_case *c,
                          const struct tryst_event_match *e);

/* Whether match i of the meeting is beside the nearer end of its event: the other goes untold. */
bool tryst_event_nearest(const struct tryst_meeting *m, uint32_t i);

/* Whether the reason stands among those for the sources of a meeting before `index`, word for word.
 */
bool tryst_sentence_is_told(const struct tryst_case *c, size_t index,
                            const struct tryst_evidence *e);

/* What the hosts did that were said to be down; ends in a colon where there are readings. */
void tryst_sentence_deaths(struct tryst_buf *b, const struct tryst_deaths *d);

/* What worked before and after a null route. */
void tryst_sentence_null_route(struct tryst_buf *b, const struct tryst_case *c,
                               const struct tryst_null_route *n);

#endif

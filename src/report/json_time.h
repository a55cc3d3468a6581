/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the case file about time.  docs/statistics/timeline.md */
#ifndef TRYST_REPORT_JSON_TIME_H
#define TRYST_REPORT_JSON_TIME_H

#include "base/json.h"
#include "hunt/case.h"

/* Writes the key asked, where the search was narrowed. */
void tryst_json_asked(struct tryst_json *j, const struct tryst_asked *a);

/* Writes the keys dead and slack_ms, where --dead was given. */
void tryst_json_dead(struct tryst_json *j, const struct tryst_case *c);

/* Writes the key death of a host that was said to be down. */
void tryst_json_death(struct tryst_json *j, const struct tryst_death *d);

/* Writes the keys events and rate_changes of a meeting. */
void tryst_json_meeting_time(struct tryst_json *j, const struct tryst_case *c,
                             const struct tryst_meeting *m);

/* Writes the key timeline. */
void tryst_json_timeline(struct tryst_json *j, const struct tryst_case *c);

#endif

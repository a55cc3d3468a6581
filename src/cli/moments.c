/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `TIME[/TIME] NAME` and `TIME WHOM`.  The time is the longest beginning of the text that is one,
 * since there may be a blank between a date and its clock.
 */
#include "cli/moments.h"

#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"

/* TIME, or TIME/TIME, of exactly len characters. */
static bool
event_time(const struct tryst_run *r, const char *text, size_t len, int64_t *from_ms,
           int64_t *to_ms)
{
	const struct tryst_zone *zone = &r->read.zone;
	const char *slash = memchr(text, '/', len);
	size_t left = slash ? (size_t)(slash - text) : len;

	/* nfdump's dates have slashes of their own. */
	if (tryst_time_parse_relative(text, len, zone, r->now_ms, from_ms)) {
		*to_ms = *from_ms;
		return true;
	}
	return slash && tryst_time_parse_relative(text, left, zone, r->now_ms, from_ms) &&
	       tryst_time_parse_relative(slash + 1, len - left - 1, zone, r->now_ms, to_ms) &&
	       *from_ms <= *to_ms;
}

/* What stands behind the time, or NULL where there is no time or nothing behind it. */
static const char *
behind_time(const struct tryst_run *r, const char *text, int64_t *from_ms, int64_t *to_ms)
{
	for (size_t len = strlen(text); len > 0; len--) {
		const char *rest = text + len + strspn(text + len, " ");

		if (text[len] == ' ' && *rest && event_time(r, text, len, from_ms, to_ms))
			return rest;
	}
	return NULL;
}

static int
event_read(const struct tryst_run *r, const char *text, struct tryst_event *e,
           struct tryst_error *err)
{
	const char *name = behind_time(r, text, &e->from_ms, &e->to_ms);

	if (!name)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "--event: '%s': expected 'TIME NAME' or 'TIME/TIME NAME', "
		                       "such as '2003-08-22T19:00Z/2003-08-22T22:00Z worm window'",
		                       text);
	e->name = strdup(name);
	return e->name ? 0 : tryst_error_nomem(err);
}

/* Whether any entry of the list has an address in the prefix. */
static bool
prefix_listed(const struct tryst_watchlist *w, struct tryst_prefix p)
{
	struct tryst_ip_range range = tryst_prefix_range(p);

	for (size_t i = 0; i < tryst_watchlist_count(w); i++) {
		const struct tryst_indicator *ind = tryst_watchlist_indicator(w, (uint32_t)i);

		if (tryst_ip_compare(ind->range.first, range.last) <= 0 &&
		    tryst_ip_compare(range.first, ind->range.last) <= 0)
			return true;
	}
	return false;
}

/* 0 when an entry has the label; else an error that suggests the nearest. */
static int
label_find(const struct tryst_watchlist *w, const char *label, struct tryst_error *err)
{
	struct tryst_suggest near;

	tryst_suggest_init(&near, label, strlen(label));
	for (size_t i = 0; i < tryst_watchlist_count(w); i++) {
		const char *name = tryst_watchlist_indicator(w, (uint32_t)i)->label;

		if (strcmp(name, label) == 0)
			return 0;
		if (*name)
			tryst_suggest_try(&near, name);
	}
	(void)tryst_suggest_error(&near, "address, prefix or label", err);
	tryst_error_prefix(err, "--dead");
	return TRYST_ERR_USAGE;
}

static int
dead_whom(const struct tryst_run *r, struct tryst_dead *d, struct tryst_error *err)
{
	if (strcmp(d->whom, "all") == 0) {
		d->kind = TRYST_DEAD_ALL;
		return 0;
	}
	if (tryst_prefix_parse(d->whom, strlen(d->whom), &d->prefix, NULL)) {
		d->kind = TRYST_DEAD_PREFIX;
		if (r->watchlist && !prefix_listed(r->watchlist, d->prefix))
			return tryst_error_set(err, TRYST_ERR_USAGE,
			                       "--dead: no entry of the watchlist is in '%s'",
			                       d->whom);
		return 0;
	}
	d->kind = TRYST_DEAD_LABEL;
	return r->watchlist ? label_find(r->watchlist, d->whom, err) : 0;
}

static int
dead_read(const struct tryst_run *r, const char *text, struct tryst_dead *d,
          struct tryst_error *err)
{
	int64_t to_ms;
	const char *whom = behind_time(r, text, &d->at_ms, &to_ms);

	if (!whom || to_ms != d->at_ms)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "--dead: '%s': expected 'TIME WHOM', WHOM an address, a "
		                       "prefix, a label of the list or all, such as "
		                       "'2003-08-22T19:00Z all'",
		                       text);
	d->whom = strdup(whom);
	return d->whom ? dead_whom(r, d, err) : tryst_error_nomem(err);
}

int
tryst_moments_read(struct tryst_moments *m, const struct tryst_run *r, struct tryst_error *err)
{
	const struct tryst_words *events = &r->s->events, *dead = &r->s->dead;
	int rc = 0;

	m->events = calloc(events->count + 1, sizeof(*m->events));
	m->dead = calloc(dead->count + 1, sizeof(*m->dead));
	if (!m->events || !m->dead)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < events->count && rc == 0; i++)
		rc = event_read(r, events->list[i], &m->events[m->event_count++], err);
	for (size_t i = 0; i < dead->count && rc == 0; i++)
		rc = dead_read(r, dead->list[i], &m->dead[m->dead_count++], err);
	return rc;
}

void
tryst_moments_fini(struct tryst_moments *m)
{
	for (size_t i = 0; i < m->event_count; i++)
		free(m->events[i].name);
	for (size_t i = 0; i < m->dead_count; i++)
		free(m->dead[i].whom);
	free(m->events);
	free(m->dead);
}

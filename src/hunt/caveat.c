/* SPDX-License-Identifier: Apache-2.0 */
/* What the reader of a case must know before acting on it: one sentence each, only where it
 * applies. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hunt/build.h"

#define CAVEATS_MAX 24

/* What the sentences depend on. */
struct facts {
	uint64_t unanswered, uncounted, named, torn, untested, outside;
	uint32_t sampling; /* the largest 1:N of any exporter */
};

static struct facts
facts_find(const struct tryst_case *c)
{
	struct facts f = { 0 };

	for (size_t i = 0; i < c->sighting_count; i++) {
		f.unanswered += !c->sightings[i].records_in || !c->sightings[i].records_out;
		f.uncounted += !c->sightings[i].counts_known;
		f.named += c->sightings[i].service != NULL;
		f.torn += c->sightings[i].torn;
		f.outside += c->sightings[i].outside_validity;
	}
	for (size_t i = 0; i < c->meeting_count; i++)
		f.untested += c->meetings[i].chance.untested != NULL;
	for (size_t i = 0; i < c->input_count; i++) {
		for (size_t k = 0; k < c->inputs[i]->exporter_count; k++)
			f.sampling = TRYST_MAX(f.sampling, c->inputs[i]->exporters[k]->sampling);
	}
	return f;
}

static int TRYST_PRINTF(3, 4)
	caveat(struct tryst_case_builder *b, struct tryst_error *err, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	char *copy;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	copy = tryst_arena_text(b->arena, text, strlen(text));
	if (!copy)
		return tryst_error_nomem(err);
	assert(b->c->caveat_count < CAVEATS_MAX);
	b->c->caveats[b->c->caveat_count++] = copy;
	return 0;
}

/* About what was seen. */
static int
caveats_sightings(struct tryst_case_builder *b, const struct facts *f, struct tryst_error *err)
{
	const struct tryst_case *c = b->c;
	int rc = 0;

	if (f->untested)
		rc = caveat(b, err,
		            "Whether so many listed hosts at one place are more than chance could "
		            "not be tested for %" PRIu64
		            " of %zu meetings. Anyone may use a public "
		            "service.",
		            f->untested, c->meeting_count);
	if (rc >= 0 && f->outside)
		rc = caveat(b, err,
		            "Outside the time for which a list gives the host are %" PRIu64
		            " of %zu conversations. They are told as out of date and are no "
		            "evidence, since the address may have been somebody else's then. "
		            "Where the list gives the time of its writing, not of the host's "
		            "doings, --ignore-validity counts them.",
		            f->outside, c->sighting_count);
	if (rc >= 0 && b->ignored_outdated)
		rc = caveat(b, err,
		            "Outside the time for which a list gives the host are %" PRIu64
		            " of %zu conversations. They count like the others "
		            "(--ignore-validity): the address may have been somebody else's then.",
		            b->ignored_outdated, c->sighting_count);
	if (rc >= 0 && f->unanswered)
		rc = caveat(b, err,
		            "No reply recorded does not mean that none was sent: it may have "
		            "left by another way, or been dropped before it was counted.");
	if (rc >= 0 && f->unanswered)
		rc = caveat(b, err,
		            "The source address of traffic without a reply can be forged: it "
		            "does not prove that the listed host sent it.");
	if (rc >= 0 && f->named)
		rc = caveat(b, err,
		            "Services are named by port number; what the flows look like is said "
		            "beside it where it could be told. Flow records hold no content.");
	if (rc >= 0 && c->sighting_count)
		rc = caveat(b, err,
		            "An address is not a person or a machine: it can be leased, shared "
		            "or translated, and a list can be old.");
	return rc;
}

/* About what is known of the other hosts. */
static int
caveats_around(struct tryst_case_builder *b, struct tryst_error *err)
{
	const struct tryst_case *c = b->c;
	const struct tryst_around_scope *a = &c->around;
	int rc = 0;

	if (!c->meeting_count)
		return 0;
	if (a->untested)
		return caveat(b, err, "Who else was at the meetings' endpoints is not known. %s",
		              a->untested);
	if (c->meeting_count > a->meetings)
		rc = caveat(b, err,
		            "Who else was there is known of the first %" PRIu32
		            " meetings only, of %zu.",
		            a->meetings, c->meeting_count);
	if (rc >= 0 && a->sampled)
		rc = caveat(b, err,
		            "At %" PRIu32 " %s came more other hosts than were kept: at the "
		            "busiest 1 in %" PRIu64 ", chosen by a hash.",
		            a->sampled,
		            a->sampled == 1 ? "endpoint of meetings" : "endpoints of meetings",
		            a->one_in);
	return rc;
}

/* An index has few of the other hosts, so that less can be told from chance. */
static int
caveats_sample(struct tryst_case_builder *b, struct tryst_error *err)
{
	const struct tryst_background *g = &b->c->background;

	if (!b->sample_only || !g->known || g->one_in <= 1)
		return 0;
	return caveat(
		b, err,
		"The other hosts are the sample of an index or a store, 1 in %" PRIu32
		": among all of them (without --sampled) more may stand out from chance, more "
		"sources be judged, and grades be higher.",
		g->one_in);
}

/* About the search for companions. */
static int
caveats_companions(struct tryst_case_builder *b, struct tryst_error *err)
{
	const struct tryst_case *c = b->c;
	int rc = 0;

	if (c->companions_crowd)
		rc = caveat(b, err,
		            "One endpoint is confirmed, and %" PRIu32
		            " other hosts were there: who "
		            "of them belongs to the listed, only the times they came can tell.",
		            c->companions_crowd);
	if (rc < 0 || !c->companion_count || c->background.one_in <= 1)
		return rc;
	if (c->around.untested)
		return caveat(b, err,
		              "Companions were looked for among 1 in %" PRIu32
		              " of the other hosts.",
		              c->background.one_in);
	return caveat(b, err,
	              "How active a host is is known of 1 in %" PRIu32
	              " of the others: companions beyond them are compared with any host.",
	              c->background.one_in);
}

/* About how it was counted. */
static int
caveats_counts(struct tryst_case_builder *b, const struct facts *f, struct tryst_error *err)
{
	const struct tryst_case *c = b->c;
	int rc = 0;

	if (f->torn)
		rc = caveat(
			b, err,
			"Conversations that address translation seems to have torn in two: %" PRIu64
			". Each half is counted as one, and as unanswered, at its own home "
			"address.",
			f->torn);
	if (rc >= 0 && f->uncounted)
		rc = caveat(b, err,
		            "Conversations whose records have no packet and byte counts: %" PRIu64
		            " of %zu. The sums leave them out.",
		            f->uncounted, c->sighting_count);
	if (rc >= 0 && b->several_observers)
		rc = caveat(b, err,
		            "Conversations that several exporters saw: %" PRIu64
		            ". Each direction counts "
		            "what the exporter that saw most of it says, not the sum.",
		            b->several_observers);
	if (rc >= 0 && b->several_interfaces)
		rc = caveat(
			b, err,
			"Conversations that one exporter recorded at several interfaces: %" PRIu64
			". Each direction is counted once.",
			b->several_interfaces);
	if (rc >= 0 && f->sampling > 1)
		rc = caveat(b, err,
		            "An exporter samples 1 packet in %" PRIu32
		            ": small flows are missing, and "
		            "counts are not scaled up.",
		            f->sampling);
	if (rc >= 0 && c->elsewhere)
		rc = caveat(b, err,
		            "Conversations with listed hosts that touch no home network (--home): "
		            "%" PRIu64 ". They are left out.",
		            c->elsewhere);
	if (rc >= 0 && !c->home_count && c->sighting_count)
		rc = caveat(b, err,
		            "No --home was given: \"home\" is the side that is not listed, "
		            "wherever it is.");
	return rc;
}

int
tryst_case_caveats(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct facts f = facts_find(b->c);
	int rc;

	b->c->caveats = tryst_case_alloc(b, CAVEATS_MAX, sizeof(char *), err);
	if (!b->c->caveats)
		return TRYST_ERR_NOMEM;
	rc = caveats_sightings(b, &f, err);
	if (rc >= 0)
		rc = caveats_around(b, err);
	if (rc >= 0)
		rc = caveats_sample(b, err);
	if (rc >= 0)
		rc = caveats_companions(b, err);
	return rc < 0 ? rc : caveats_counts(b, &f, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What was read and what was not, and the exit code that follows. */
#include <inttypes.h>
#include <string.h>

#include "cli/put.h"
#include "cli/run.h"
#include "cli/say.h"
#include "report/layout.h"
#include "report/text.h"

#define TROUBLE_LINES_MAX 20 /* without -v */

struct tally {
	struct tryst_health health;
	size_t unreadable;
	size_t skipped;
	size_t damaged;
	size_t unopened; /* after an early end */
	uint64_t bytes;
	uint32_t lost_by; /* protocols whose numbers say that something is missing */
};

static struct tally
tally(const struct tryst_run *r)
{
	struct tally t = { 0 };

	tryst_health_init(&t.health);
	for (size_t i = 0; i < r->inputs.count; i++) {
		const struct tryst_input *in = r->inputs.list[i];

		tryst_health_add(&t.health, &in->health);
		t.lost_by |= tryst_text_lost_by(in);
		t.skipped += in->skipped;
		t.unreadable += in->error.code && !in->skipped;
		t.damaged += !in->error.code && tryst_health_damaged(&in->health);
		t.unopened += !in->error.code && !in->format;
		t.bytes += in->error.code || !in->format ? 0 : in->size;
	}
	return t;
}

/* "path: what", unless the text names the path already. */
static void
say_error(const struct tryst_input *in)
{
	size_t len = strlen(in->path);

	if (strncmp(in->error.text, in->path, len) == 0 && in->error.text[len] == ':')
		tryst_say("%s", in->error.text);
	else
		tryst_say("%s: %s", in->path, in->error.text);
}

static void
say_note(const struct tryst_input *in, const struct tryst_note *note, const char *more)
{
	if (note->line)
		tryst_say("%s:%" PRIu64 ": %s%s", in->path, note->line, note->text, more);
	else
		tryst_say("%s: %s%s", in->path, note->text, more);
}

static void
say_damage(const struct tryst_input *in)
{
	const struct tryst_health *h = &in->health;

	tryst_say("%s: damaged: %" PRIu64 " blocks, %" PRIu64 " records, %" PRIu64
	          " bytes; %" PRIu64 " flows were read",
	          in->path, h->damaged_blocks, h->damaged_records, h->damaged_bytes, h->flows);
}

/* One line, or with -v all that is known. */
static void
say_trouble(const struct tryst_input *in, bool verbose)
{
	const struct tryst_health *h = &in->health;
	uint32_t notes = verbose ? h->note_count : TRYST_MIN(h->note_count, 1u);
	char more[64] = "";

	if (in->error.code)
		say_error(in);
	if (h->notes_total > notes && notes) {
		char *p = stpcpy(more, " (and ");

		p = put_u64(p, h->notes_total - notes);
		(void)stpcpy(p, " more like it)");
	}
	for (uint32_t i = 0; i < notes; i++)
		say_note(in, &h->notes[i], i + 1 == notes ? more : "");
	if (tryst_health_damaged(h) && (verbose || !notes))
		say_damage(in);
}

static void
say_troubles(const struct tryst_run *r)
{
	size_t said = 0, hidden = 0;

	for (size_t i = 0; i < r->inputs.count; i++) {
		const struct tryst_input *in = r->inputs.list[i];

		if (!in->error.code && !in->health.notes_total &&
		    !tryst_health_damaged(&in->health))
			continue;
		if (in->skipped && !r->s->verbose)
			continue;
		if (!r->s->verbose && said == TROUBLE_LINES_MAX) {
			hidden++;
			continue;
		}
		say_trouble(in, r->s->verbose);
		said++;
	}
	if (hidden)
		tryst_say("%zu more inputs with trouble; -v names them", hidden);
}

/* ", 2 damaged blocks": nothing for 0. */
static void
add_count(struct tryst_buf *b, uint64_t n, const char *one, const char *behind)
{
	if (!n)
		return;
	tryst_buf_str(b, ", ");
	tryst_layout_count(b, n, one);
	tryst_buf_str(b, behind);
}

static void
say_totals(const struct tryst_run *r, const struct tally *t)
{
	const struct tryst_health *h = &t->health;
	char size[PUT_MAX], time[PUT_MAX];
	struct tryst_buf b = { 0 };

	*tryst_put_bytes(size, (double)t->bytes) = '\0';
	*tryst_put_seconds(time, (uint64_t)r->elapsed_ms) = '\0';
	tryst_buf_str(&b, "read ");
	tryst_layout_count(&b, h->flows, "flow");
	tryst_buf_str(&b, ", ");
	tryst_layout_number(&b, atomic_load(&r->progress.matched));
	tryst_buf_str(&b, " matched; ");
	tryst_layout_count(&b, r->inputs.count - t->unreadable - t->skipped - t->unopened, "input");
	tryst_buf_printf(&b, ", %s, %s s", size, time);
	add_count(&b, r->inputs.repeated, "input", " named more than once and read once");
	add_count(&b, t->skipped, "file", " of other kinds in directories");
	add_count(&b, t->unreadable, "unreadable input", "");
	add_count(&b, t->damaged, "damaged input", "");
	add_count(&b, h->damaged_blocks, "damaged block", "");
	add_count(&b, h->damaged_records, "damaged record", "");
	add_count(&b, h->damaged_bytes, "damaged byte", "");
	add_count(&b, h->skipped_records, "record", " of a kind that cannot be used");
	add_count(&b, h->events, "event record", "");
	add_count(&b, h->bad_times, "flow", " with impossible times");
	if (h->sequence_lost) {
		tryst_buf_str(&b, ", ");
		tryst_text_lost(&b, h->sequence_lost, "", t->lost_by);
		tryst_buf_str(&b, " lost on the way from exporters");
	}
	add_count(&b, t->unopened, "input", " not looked at");
	if (r->signal)
		tryst_buf_str(&b, "; stopped early, the rest was not read");
	else if (r->enough)
		tryst_buf_str(&b, "; stopped at the number asked for");
	tryst_say_long(b.failed ? "out of memory" : b.data);
	tryst_buf_fini(&b);
}

static void
say_nothing(const struct tally *t)
{
	struct tryst_buf b = { 0 };

	tryst_layout_count(&b, t->skipped, "file");
	tryst_say("no flow log found, only %s of other kinds; -v names them",
	          b.failed ? "" : b.data);
	tryst_buf_fini(&b);
}

bool
tryst_run_nothing(const struct tryst_run *r)
{
	struct tally t = tally(r);

	return t.unreadable + t.skipped == r->inputs.count;
}

int
tryst_run_summary(const struct tryst_run *r, bool found)
{
	struct tally t = tally(r);
	bool nothing = tryst_run_nothing(r);

	say_troubles(r);
	if (nothing && t.skipped)
		say_nothing(&t);
	if (!r->s->quiet)
		say_totals(r, &t);
	if (r->signal)
		return 128 + r->signal;
	if (nothing)
		return TRYST_EXIT_NOTHING;
	if (t.unreadable || t.damaged || r->rejected)
		return TRYST_EXIT_PARTIAL;
	return r->s->exit_code && found ? TRYST_EXIT_FOUND : TRYST_EXIT_OK;
}

int
tryst_run_failed(const struct tryst_run *r, const struct tryst_error *err)
{
	tryst_say("%s", err->text);
	if (r->signal)
		return 128 + r->signal;
	if (err->code == TRYST_ERR_BUSY)
		return TRYST_EXIT_LATER;
	return err->code == TRYST_ERR_USAGE ? TRYST_EXIT_USAGE : TRYST_EXIT_NOTHING;
}

void
tryst_run_say_remarks(const struct tryst_watchlist *w)
{
	const struct tryst_list_remark *remarks;
	size_t count = tryst_watchlist_remarks(w, &remarks);

	for (size_t i = 0; i < count; i++) {
		const struct tryst_list_remark *m = &remarks[i];

		tryst_say("%s:%u: %s%s", tryst_watchlist_list(w, m->list)->path, m->line,
		          m->rejected ? "rejected: " : "", m->text);
	}
	for (size_t i = 0; i < tryst_watchlist_lists(w); i++) {
		const struct tryst_list_info *list = tryst_watchlist_list(w, (uint32_t)i);

		if (list->rejected)
			tryst_say("%s: %u of %u entries rejected", list->path, list->rejected,
			          list->rejected + list->indicators);
	}
}

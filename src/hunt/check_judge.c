/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Works, leaks, or cannot tell: rules in an order, of which the first that fits speaks.  What is
 * seen to go out comes before what is seen to be dropped, and both come before the test, which is
 * asked only where no exporter says what became of the packets.
 */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "hunt/check.h"

#define SIGNIFICANT -1.30103 /* log10 of 0.05 */
#define WHY_MAX 400

static const struct {
	const char *name, *word;
} verdicts[] = {
	[TRYST_CHECK_CANNOT_TELL] = { "cannot_tell", "cannot tell" },
	[TRYST_CHECK_WORKS] = { "works", "works" },
	[TRYST_CHECK_LEAKS] = { "leaks", "leaks" },
};

const char *
tryst_check_verdict_name(enum tryst_check_verdict v)
{
	return verdicts[v].name;
}

const char *
tryst_check_verdict_word(enum tryst_check_verdict v)
{
	return verdicts[v].word;
}

/* What a rule looks at, and its sentence. */
struct judging {
	const struct tryst_check_host *h;
	const struct tryst_ip *silent;
	char why[WHY_MAX];
};

static TRYST_PRINTF(2, 3) void say(struct judging *j, const char *fmt, ...)
{
	size_t len = strlen(j->why);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(j->why + len, WHY_MAX - len, fmt, ap);
	va_end(ap);
}

static void
say_way(struct judging *j, const struct tryst_check_leak *leak)
{
	const struct tryst_way *w = &leak->way;
	char ip[TRYST_IP_TEXT_MAX] = "an exporter that is not named";

	if (w->exporter.hi || w->exporter.lo)
		(void)tryst_ip_format(w->exporter, ip);
	say(j, "%s", ip);
	if (w->out_if_known && w->out_if)
		say(j, " interface %" PRIu32, w->out_if);
	else if (w->in_if_known && w->in_if)
		say(j, ", in by interface %" PRIu32, w->in_if);
	say(j, " (%" PRIu32 " conversation%s, %" PRIu64 " packet%s)", leak->conversations,
	    leak->conversations == 1 ? "" : "s", w->packets, w->packets == 1 ? "" : "s");
}

static bool
leaks(struct judging *j)
{
	const struct tryst_check_host *h = j->h;
	const struct tryst_check_phase *a = &h->after;
	uint32_t out = a->delivered + a->forwarded;

	if (!out)
		return false;
	say(j, "%" PRIu32 " of %" PRIu32 " conversations that went to it since then got out", out,
	    a->went);
	if (a->delivered)
		say(j, ", %" PRIu32 " of them were answered by it", a->delivered);
	else
		say(j, ", none of them was answered by it");
	for (uint32_t i = 0; i < h->leak_count && i < 3; i++) {
		say(j, i ? "; " : ": by ");
		say_way(j, &h->leaks[i]);
	}
	if (h->leak_count > 3)
		say(j, "; and %" PRIu32 " more places", h->leak_count - 3);
	if (a->dropped)
		say(j, ". %" PRIu32 " were dropped", a->dropped);
	say(j, ".");
	return true;
}

static bool
silence(struct judging *j)
{
	char ip[TRYST_IP_TEXT_MAX] = "An exporter that is not named";

	if (!j->silent)
		return false;
	if (j->silent->hi || j->silent->lo)
		(void)tryst_ip_format(*j->silent, ip);
	say(j, "%s carried packets to it before and exports no flow of anybody since then.", ip);
	return true;
}

static bool
nothing_after(struct judging *j)
{
	const struct tryst_check_phase *b = &j->h->before;

	if (j->h->after.conversations)
		return false;
	say(j, "No traffic with it since then, in either direction: nobody tried");
	if (b->sampling > 1)
		say(j, ", or what there was is not among the 1 in %" PRIu32 " packets sampled",
		    b->sampling);
	say(j, " (before: %" PRIu32 " conversation%s).", b->conversations,
	    b->conversations == 1 ? "" : "s");
	return true;
}

static bool
dropped(struct judging *j)
{
	const struct tryst_check_phase *a = &j->h->after;

	if (!a->dropped)
		return false;
	say(j, "Exporters dropped %s%" PRIu32 " of %" PRIu32 " conversations that went to it",
	    a->dropped == a->went ? "all " : "", a->dropped, a->went);
	if (a->untold)
		say(j, "; of %" PRIu32 " nobody says what became of it, and none was answered",
		    a->untold);
	if (a->replies_dropped)
		say(j, "; %" PRIu32 " of them were replies", a->replies_dropped);
	if (a->sampling > 1)
		say(j, "; this is of 1 in %" PRIu32 " packets sampled", a->sampling);
	say(j, ".");
	return true;
}

/* From here on no exporter says whether anything was forwarded: what is left is whether it works.
 */
static bool
nothing_to_compare(struct judging *j)
{
	const struct tryst_check_phase *b = &j->h->before, *a = &j->h->after;

	if (j->h->tested && b->worked)
		return false;
	say(j, "No exporter says whether it forwards or drops, and ");
	if (!b->conversations)
		say(j, "there was no traffic with it before to compare with.");
	else if (!a->judged || !b->judged)
		say(j, "whether conversations %s were answered cannot be seen here%s.",
		    a->judged ? "before" : "since then",
		    TRYST_MAX(a->sampling, b->sampling) > 1 ? ", since packets are sampled" : "");
	else
		say(j, "nothing worked before either (0 of %" PRIu32 ").", b->judged);
	return true;
}

static void
say_shares(struct judging *j)
{
	const struct tryst_check_phase *b = &j->h->before, *a = &j->h->after;

	say(j,
	    "%" PRIu32 " of %" PRIu32 " conversations worked since then, %" PRIu32 " of %" PRIu32
	    " before (Fisher's exact test: p = %.2g)",
	    a->worked, a->judged, b->worked, b->judged, pow(10, j->h->log10_p));
}

static bool
still_works(struct judging *j)
{
	if (!j->h->after.worked)
		return false;
	say(j, "No exporter says whether it forwards or drops, and ");
	say_shares(j);
	say(j, ": whether what home sent got there is not seen.");
	return true;
}

static bool
works_no_longer(struct judging *j)
{
	if (j->h->log10_p > SIGNIFICANT)
		return false;
	say_shares(j);
	say(j, ", though no exporter says what it dropped.");
	return true;
}

static bool
too_few(struct judging *j)
{
	say_shares(j);
	say(j, ": too few to tell from chance.");
	return true;
}

static const struct {
	enum tryst_check_verdict verdict;
	bool (*fits)(struct judging *j);
} rules[] = {
	{ TRYST_CHECK_LEAKS, leaks },
	{ TRYST_CHECK_CANNOT_TELL, silence },
	{ TRYST_CHECK_CANNOT_TELL, nothing_after },
	{ TRYST_CHECK_WORKS, dropped },
	{ TRYST_CHECK_CANNOT_TELL, nothing_to_compare },
	{ TRYST_CHECK_CANNOT_TELL, still_works },
	{ TRYST_CHECK_WORKS, works_no_longer },
	{ TRYST_CHECK_CANNOT_TELL, too_few },
};

int
tryst_check_judge(struct tryst_check_host *h, const struct tryst_ip *silent,
                  struct tryst_arena *arena, struct tryst_error *err)
{
	struct judging j = { .h = h, .silent = silent };
	size_t i = 0;

	while (!rules[i].fits(&j))
		i++;
	h->verdict = rules[i].verdict;
	h->why = tryst_arena_text(arena, j.why, strlen(j.why));
	return h->why ? 0 : tryst_error_nomem(err);
}

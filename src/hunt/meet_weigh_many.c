/* SPDX-License-Identifier: Apache-2.0 */
/* What speaks for and against findings about many: game servers, masters, overlays. */
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "hunt/meet_judge.h"
#include "hunt/service.h"

#define VISITS_MIN 20
#define CLOSED .05
#define NEARLY .15
#define OPEN .3
#define SHARED_HABIT .01

static void
weigh_play(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;
	double plays = c->v[TRYST_MEET_V_PLAYS], queries = c->v[TRYST_MEET_V_QUERIES];
	double class_played = c->v[TRYST_MEET_V_CLASS_PLAYED];

	if (plays > 0)
		tryst_meet_reason(
			s, "play", -3, 0, 0,
			"%.0f visits are play: two minutes or more of 10 to 100 packets a "
			"second both ways.",
			plays);
	else if (c->v[TRYST_MEET_V_VISITS] < VISITS_MIN)
		tryst_meet_reason(s, "play", 0, 0, 0,
		                  "Nobody plays there, but %.0f visits are few.",
		                  c->v[TRYST_MEET_V_VISITS]);
	else if (isnan(class_played))
		tryst_meet_reason(
			s, "play", .5, 0, 0,
			"Nobody plays there (%.0f of %.0f visits are queries); there is no "
			"other such server to compare with.",
			queries, c->v[TRYST_MEET_V_VISITS]);
	else
		tryst_meet_reason(
			s, "play", 2 * class_played, 0, 0,
			"Nobody plays there (%.0f of %.0f visits are queries), as they do on "
			"%.0f %% of the other servers of its kind.",
			queries, c->v[TRYST_MEET_V_VISITS], 100 * class_played);
}

static void
weigh_closed(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;
	double rate = c->v[TRYST_MEET_V_NEW_RATE];
	double weight = rate <= CLOSED ? 2 : rate <= NEARLY ? 1 : rate > OPEN ? -2 : 0;

	if (c->v[TRYST_MEET_V_VISITS] < VISITS_MIN)
		weight = TRYST_MIN(weight, 0);
	tryst_meet_reason(s, "membership", weight, 0, 0,
	                  "%u clients make %.0f visits; in the second half of them %.0f %% are of "
	                  "somebody new.",
	                  c->clients_total, c->v[TRYST_MEET_V_VISITS], 100 * rate);
}

static void
weigh_coverage(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;
	double share = c->v[TRYST_MEET_V_COVERAGE], browsers = c->v[TRYST_MEET_V_BROWSERS];

	if (isnan(share)) {
		tryst_meet_reason(
			s, "coverage", 0, 0, 0,
			"There are not enough servers of its kind to tell who looks at all "
			"of them.");
		return;
	}
	if (browsers > 0)
		tryst_meet_reason(
			s, "browsers", browsers > .2 * c->clients_total ? -3 : -.5, 0, 0,
			"%.0f of its clients are server browsers: they ask 60 %% or more of "
			"the %.0f servers of its kind.",
			browsers, c->v[TRYST_MEET_V_CLASS]);
	tryst_meet_reason(s, "coverage",
	                  share <= .3   ? 2
	                  : share >= .6 ? -2
	                                : 0,
	                  0, 0,
	                  "Its clients visit %.0f %% of the %.0f servers of its kind in the mean.",
	                  100 * share, c->v[TRYST_MEET_V_CLASS]);
}

void
tryst_meet_weigh_game(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;
	const char *name = tryst_service_name(c->proto, c->port);
	double log10_p = c->v[TRYST_MEET_V_GAME_TOGETHER], rhythm = c->v[TRYST_MEET_V_RHYTHM];
	char p[TRYST_POWER_TEXT_MAX];

	weigh_closed(s);
	weigh_play(s);
	weigh_coverage(s);
	if (!isnan(log10_p))
		tryst_meet_reason(s, "together", TRYST_MIN(TRYST_MAX(-log10_p - 1, 0), 3), 0, 0,
		                  "That its clients come at the same times has p = %s by chance.",
		                  tryst_power_text(log10_p, p));
	if (!isnan(rhythm))
		tryst_meet_reason(
			s, "rhythm",
			rhythm < .3   ? .5
			: rhythm > .7 ? -.5
				      : 0,
			0, 0, "Its hours of the day go with those of its kind: correlation %.2f.",
			rhythm);
	if (name && strstr(name, "master"))
		tryst_meet_reason(s, "port", -4, 0, 0,
		                  "The port is that of a master server, which hands out lists.");
	if (!c->group)
		tryst_meet_reason(
			s, "port", -2.5, 0, 0,
			"The port is no game's that is known: a service of some other kind "
			"has its own circle.");
	s->verdict = c->v[TRYST_MEET_V_PLAYS] > 0
	                     ? "A server that people play on."
	                     : "A closed circle comes to a server on which nobody plays.";
	/* That it is played on was seen. */
	s->holds = c->v[TRYST_MEET_V_PLAYS] > 0 ? 0 : TRYST_MEET_HOLDS_COVERT;
	tryst_meet_change(s, "whether the machine runs a game, and for whom");
	if (s->clients && c->v[TRYST_MEET_V_VISITS] < VISITS_MIN)
		tryst_meet_change(s, "a longer log");
}

void
tryst_meet_weigh_direction(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;
	double masters = c->v[TRYST_MEET_V_MASTERS], found = c->v[TRYST_MEET_V_FOUND];
	double shared = c->v[TRYST_MEET_V_SHARED];

	tryst_meet_reason(
		s, "fan_out", 1.5, 0, 0,
		"%.0f hosts outside tried this port at up to %.0f home hosts in vain, and "
		"came back to the %.0f that answered.",
		masters, c->v[TRYST_MEET_V_PROBED], found);
	if (masters >= 2 && found >= 2)
		tryst_meet_reason(s, "shared", shared >= .6 ? 3 : 0, 0, 0,
		                  "%.0f %% of the pairs of such a host and a found one meet: %s.",
		                  100 * shared,
		                  shared >= .6 ? "they know the same clients"
		                               : "they do not share what they find");
	if (c->group && strcmp("SOCKS", tryst_service_name(c->proto, c->port)
	                                        ? tryst_service_name(c->proto, c->port)
	                                        : "") != 0)
		tryst_meet_reason(s, "port", -3, 0, 0,
		                  "The port is that of a service that is searched and tried by "
		                  "everyone.");
	s->verdict =
		"Hosts outside searched the network for those that answer, and call them since: "
		"the masters find the clients.";
	s->holds = TRYST_MEET_HOLDS_COVERT;
	tryst_meet_change(s, "what listens on that port of the found hosts");
}

void
tryst_meet_weigh_overlay(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;
	double peers = c->v[TRYST_MEET_V_PEERS], mean = c->v[TRYST_MEET_V_OVERLAY_DEGREE];
	double excess = fmin(fmax(-c->log10_p * M_LN10, 0), 10);
	char p[TRYST_POWER_TEXT_MAX];

	tryst_meet_reason(s, "excess", excess, excess, 0,
	                  "%u home hosts share %.0f peers, the best two of them more than hosts "
	                  "with as many peers would with p = %s (over all pairs of hosts).",
	                  c->clients_total, peers, tryst_power_text(c->log10_p, p));
	if (c->clients_total >= 3)
		tryst_meet_reason(s, "members", 1, 0, 0, "It has %u members here.",
		                  c->clients_total);
	tryst_meet_reason(s, "closed", peers / fmax(mean, 1) >= .5 && mean < 200 ? 2 : 0, 0, 0,
	                  "They have %.0f peers each, in the mean: %s.", mean,
	                  peers / fmax(mean, 1) >= .5 && mean < 200
	                          ? "few, and mostly the same"
	                          : "a swarm, as of file sharing");
	s->verdict = "Hosts that belong to one network of peers: an overlay, as of a botnet or of "
		     "file sharing.";
	s->holds = TRYST_MEET_HOLDS_REAL;
	tryst_meet_change(s, "which program uses these ports");
}

void
tryst_meet_weigh_shared(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;
	const struct tryst_meet_class *class = tryst_meet_class_find(s->sums, c->class);
	double share =
		class && class->endpoints ? (double)class->shared / (double)class->endpoints : 0;

	tryst_meet_reason(s, "shared", c->clients_total >= 3 ? 1 : 0, 0, 0,
	                  "%u clients come back to it, %.0f times in all, and nobody else comes.",
	                  c->clients_total, c->v[TRYST_MEET_V_VISITS]);
	tryst_meet_weigh_rare(s);
	tryst_meet_reason(s, "service", share >= SHARED_HABIT ? -3 : 1, 0, 0,
	                  "%.2f %% of the endpoints of its kind have such a circle.", 100 * share);
	s->worst = 'C';
	s->verdict = "A few clients share a destination that nobody else has.";
	tryst_meet_change(s, "who runs the server (then --known)");
	tryst_meet_change(s, "whether these clients share an owner or a program");
}

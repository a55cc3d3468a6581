/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What speaks for and against a finding.  The weights are judgement, held against simulated
 * networks (docs/meet.md has the rates of error); to add a kind: a row of the table, and what it
 * weighs.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "hunt/meet_judge.h"
#include "hunt/service.h"

#define REGULAR_MAX 10.
#define CLASS_MIN 20     /* pairs, for a habit of the service to be known */
#define LOG10_Q_MAX -1.3 /* 0.05: beyond it is chance */
#define HABIT .05
#define NO_HABIT .01
#define HOUR_MS 3600000.

/* Services that call, or hold on, by design. */
static const char *const periodic[] = {
	"NTP",           "SNMP",      "syslog",        "BGP",  "IKE",        "IPsec NAT-T",
	"OpenVPN",       "WireGuard", "STUN",          "SIP",  "XMPP",       "MQTT",
	"IMAP over TLS", "IMAP",      "POP3 over TLS", "POP3", "BitTorrent", "RADIUS",
	"DHCP",          "mDNS",      "SSDP",          "RIP",
};
static const char *const lasting[] = {
	"SSH",  "IRC",  "IRC over TLS", "BGP",        "OpenVPN",     "WireGuard",     "IPsec NAT-T",
	"IKE",  "PPTP", "L2TP",         "XMPP",       "MQTT",        "IMAP over TLS", "IMAP",
	"RDP",  "VNC",  "X11",          "MySQL",      "PostgreSQL",  "DNS",           "SSDP",
	"mDNS", "NTP",  "DHCP",         "Apple push", "Google push", "RADIUS",        "NFS",
	"SMB",  "LDAP", "MS SQL",       "TeamSpeak",  "Half-Life",   "Minecraft",
};

static bool
named(const struct tryst_meet_candidate *c, const char *const *names, size_t count)
{
	const char *name = tryst_service_name(c->proto, c->port);

	for (size_t i = 0; name && i < count; i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

static void
weigh_regular(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;
	double weight = fmin(fmax(-s->log10_q * M_LN10, 0), REGULAR_MAX);
	char p[TRYST_POWER_TEXT_MAX], rita[48] = "";

	if (!isnan(c->v[TRYST_MEET_V_RITA]))
		(void)snprintf(rita, sizeof(rita), " RITA's score of it is %.2f.",
		               c->v[TRYST_MEET_V_RITA]);
	tryst_meet_reason(s, "regularity", weight, weight, 0,
	                  "Every %.1f s%s, by %.0f gaps: by chance so regular with p = %s, rate of "
	                  "false discovery 10^%.1f over all pairs (shape of the gaps %.1f; 1 is "
	                  "chance).%s",
	                  (double)c->period_ms / 1000,
	                  c->v[TRYST_MEET_V_SKIPS] > 0 ? " or whole multiples of it" : "",
	                  c->v[TRYST_MEET_V_GAPS], tryst_power_text(c->log10_p, p), s->log10_q,
	                  c->v[TRYST_MEET_V_KAPPA], rita);
}

/* Whether it is the way of this service to be called so. */
static void
weigh_class(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;
	const struct tryst_meet_class *class = tryst_meet_class_find(s->sums, c->class);
	double bin = fmin(-c->log10_p / TRYST_MEET_BIN, TRYST_MEET_BINS - 1), share;
	uint64_t as_regular = 0, others;

	for (unsigned b = (unsigned)bin; class && b < TRYST_MEET_BINS; b++)
		as_regular += class->bins[b];
	/* Its own callers are no evidence of what others do. */
	others = class ? class->pairs - TRYST_MIN(class->pairs, (uint64_t)c->clients_total) : 0;
	as_regular -= TRYST_MIN(as_regular, (uint64_t)c->clients_total);
	share = others ? (double)as_regular / (double)others : 0;
	if (others < CLASS_MIN) {
		tryst_meet_reason(s, "service", 0, 0, 0,
		                  "Only %llu other pairs use such a service often: what is usual "
		                  "for it is not known.",
		                  (unsigned long long)others);
	} else if (share >= HABIT) {
		tryst_meet_reason(s, "service", -4, 0, 0,
		                  "%.0f %% of the other %llu pairs of this service are as regular: "
		                  "that is its way.",
		                  100 * share, (unsigned long long)others);
	} else if (share < NO_HABIT) {
		tryst_meet_reason(s, "service", 1, 0, 1,
		                  "%.1f %% of the other %llu pairs of this service are as regular.",
		                  100 * share, (unsigned long long)others);
	}
	if (named(c, periodic, TRYST_ARRAY_SIZE(periodic)))
		tryst_meet_reason(s, "port", -2.5, 0, 0,
		                  "The port is that of a service that is called regularly by "
		                  "design.");
}

static void
weigh_callers(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;
	double weight = c->clients_total >= 3 ? 2 : 1;

	if (c->clients_total < 2)
		return;
	if (c->v[TRYST_MEET_V_PERIOD_SPREAD] > 1.25) {
		tryst_meet_reason(s, "callers", 0, 0, 0,
		                  "%u clients call it regularly, each at a pace of its own.",
		                  c->clients_total);
		return;
	}
	tryst_meet_reason(s, "callers", weight, 0, -1,
	                  "%u clients call it at the same pace: one program on several hosts.",
	                  c->clients_total);
}

static void
weigh_worked(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;
	double visits = c->v[TRYST_MEET_V_VISITS], answered = c->v[TRYST_MEET_V_ANSWERED];
	double in = c->v[TRYST_MEET_V_BYTES_IN] / fmax(answered, 1);

	if (c->kind == TRYST_MEET_REFUSED) {
		tryst_meet_reason(s, "productivity", 0, 0, 0,
		                  "%.0f of %.0f visits were answered, %.0f were refused: a "
		                  "controller that is gone, or peers and servers that are.",
		                  answered, visits, c->v[TRYST_MEET_V_REFUSED]);
		return;
	}
	if (in > 100000)
		tryst_meet_reason(s, "productivity", -.5, .5, 0,
		                  "%.0f of %.0f visits were answered, with %.0f bytes each: more "
		                  "than orders take.",
		                  answered, visits, in);
	else
		tryst_meet_reason(s, "productivity", .5, .5, 0,
		                  "%.0f of %.0f visits were answered, with %.0f bytes each.",
		                  answered, visits, in);
}

static void
weigh_lasted(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;
	double length = fmax((double)(s->last_ms - s->first_ms), 1);
	double share = (double)(c->last_ms - c->first_ms) / length;

	tryst_meet_reason(s, "duration", share >= .5 ? .5 : 0, 0, 0,
	                  "It went on for %.1f of the %.1f hours of the log.",
	                  (double)(c->last_ms - c->first_ms) / HOUR_MS, length / HOUR_MS);
}

void
tryst_meet_weigh_beacon(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;

	weigh_regular(s);
	tryst_meet_weigh_rare(s);
	weigh_class(s);
	weigh_callers(s);
	weigh_worked(s);
	weigh_lasted(s);
	if (c->home)
		tryst_meet_reason(s, "direction", -2, 0, 0,
		                  "The endpoint is at home: hosts outside poll it, as monitors and "
		                  "server lists do.");
	/* Regularity alone is no malice, and who refuses gives no orders. */
	if (c->kind == TRYST_MEET_REFUSED)
		s->worst = 'C';
	s->verdict = c->kind == TRYST_MEET_REFUSED
	                     ? "Called at a steady pace, in vain."
	                     : "Called at a steady pace, as malware calls its controller, and "
	                       "much software its makers.";
	s->holds = TRYST_MEET_HOLDS_REAL;
	if (s->log10_q > LOG10_Q_MAX)
		s->worst = 'D';
	tryst_meet_change(s, "who runs the server, and whether it belongs to software you know "
	                     "(then --known)");
	tryst_meet_change(s, "which program on the client makes the connections");
	if (s->log10_q > -4)
		tryst_meet_change(s, "a longer log");
}

void
tryst_meet_weigh_long(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;
	double hours = c->v[TRYST_MEET_V_LONGEST] / HOUR_MS;

	tryst_meet_reason(s, "duration", fmin(log2(fmax(hours, 1)), 4) / 2, 0, 0,
	                  "A connection lasted %.1f hours, with %.2f packets a second of %.0f "
	                  "bytes.",
	                  hours, c->v[TRYST_MEET_V_RATE], c->v[TRYST_MEET_V_PACKET]);
	tryst_meet_weigh_rare(s);
	if (named(c, lasting, TRYST_ARRAY_SIZE(lasting)))
		tryst_meet_reason(s, "port", -2.5, 0, 0,
		                  "The port is that of a service whose connections last.");
	if (c->v[TRYST_MEET_V_RATE] > 5)
		tryst_meet_reason(s, "rate", -1, 0, 0,
		                  "It is busier than orders need: a transfer, play or a stream.");
	s->worst = 'C';
	s->verdict = "A connection that was held open for long.";
	tryst_meet_change(s, "who runs the server (then --known)");
}

/* How surely they act together, as a weight. */
static double
together(double log10_p)
{
	return fmin(fmax(-log10_p * M_LN10 - 4, 0), 6);
}

void
tryst_meet_weigh_irc(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;
	const char *service = tryst_service_name(c->proto, c->port);
	double members = c->v[TRYST_MEET_V_MEMBERS], log10_p = c->v[TRYST_MEET_V_TOGETHER];
	char p[TRYST_POWER_TEXT_MAX];

	tryst_meet_reason(s, "held", members >= 3 ? 2 : .5, 0, 0,
	                  "%.0f clients hold on to it, for up to %.1f hours, with little in it.",
	                  members, c->v[TRYST_MEET_V_HOURS]);
	tryst_meet_reason(s, "keepalive", 1.5, 0, 0,
	                  "What passes is mostly keepalives, every %.0f s (shape of the silence "
	                  "%.0f; people who talk have about 1).",
	                  c->v[TRYST_MEET_V_KEEPALIVE] / 1000, c->v[TRYST_MEET_V_KEEPALIVE_KAPPA]);
	if (isnan(log10_p))
		tryst_meet_reason(s, "together", 0, 0, 0,
		                  "Whether they act together cannot be told: too little happens.");
	else
		tryst_meet_reason(
			s, "together", together(log10_p), 0, 0,
			"What is not keepalive comes to them within %.0f s of one another "
			"with p = %s by chance.",
			c->v[TRYST_MEET_V_WINDOW] / 1000, tryst_power_text(log10_p, p));
	tryst_meet_weigh_rare(s);
	if (named(c, lasting, TRYST_ARRAY_SIZE(lasting)) && strncmp("IRC", service, 3) != 0)
		tryst_meet_reason(s, "port", -2, 0, 0,
		                  "The port is that of a service whose connections last.");
	s->verdict =
		"Several clients wait at it for hours, as bots wait for orders, and people for "
		"messages.";
	tryst_meet_change(s, "which programs hold the connections");
	tryst_meet_change(s, "who runs the server (then --known)");
}

void
tryst_meet_weigh_group(struct tryst_meet_scales *s)
{
	const struct tryst_meet_candidate *c = s->c;
	double weight = fmin(fmax(-s->log10_q * M_LN10, 0), REGULAR_MAX);
	char p[TRYST_POWER_TEXT_MAX];

	tryst_meet_reason(s, "together", weight, weight, 0,
	                  "%.0f clients come within %.0f s of one another with p = %s by chance, "
	                  "daily rhythm taken out (rate of false discovery 10^%.1f).",
	                  c->v[TRYST_MEET_V_MEMBERS], c->v[TRYST_MEET_V_WINDOW] / 1000,
	                  tryst_power_text(c->log10_p, p), s->log10_q);
	tryst_meet_weigh_rare(s);
	if (c->v[TRYST_MEET_V_MEMBERS] < c->clients_here)
		tryst_meet_reason(s, "others", -1, 0, -1, "%u other clients use it, too.",
		                  c->clients_here - (unsigned)c->v[TRYST_MEET_V_MEMBERS]);
	if (s->log10_q > LOG10_Q_MAX)
		s->worst = 'D';
	s->verdict = "Its clients act together, as those do who follow one order, or one clock.";
	s->holds = TRYST_MEET_HOLDS_REAL;
	tryst_meet_change(s, "whether they share a program that works by the clock");
}

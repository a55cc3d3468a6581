/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an endpoint is, from its port and the shape of its conversations together: the port names a
 * service, and the conversations look like one of its uses, like something else, or like nothing
 * that can be told.  docs/statistics/services.md.
 *
 * To add a use: one row.  Sizes are those of whole IPv4 packets, as flow records count them.
 * Sources: the published query formats of the games (Valve's server queries: 5, 9, 25 and 29 bytes
 * behind 28 of headers; GoldSrc's `info` and `ping`: 9; Quake's `status` 11, `getstatus` 13 or 14,
 * `getinfo`; GameSpy's \status\ 8 and its later queries of 7, 10, 11 and 15), RFC 5905 (NTP: 48),
 * RFC 1035, and for the queries that are sent to amplify US-CERT TA14-017A.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "hunt/build.h"

#define TCP IPPROTO_TCP
#define UDP IPPROTO_UDP
#define SIZES_MAX 6
#define TCP_HEADERS 52 /* per packet, at most, of a segment without data */
#define IPV6_LONGER 20
#define USES_TOLD 3
#define DECIDES .5 /* share of the conversations that can be told by their shape */

enum answer { ANY, ANSWERED, SILENT };

/* What a conversation must be like.  Zero limits are none. */
struct use {
	const char *service; /* as tryst_service_name() has it; NULL: any other */
	uint8_t proto;
	const char *says;                  /* what the conversations are then ... */
	const char *instead;               /* ... and what it would be worth to say they are not */
	uint16_t sizes[SIZES_MAX];         /* of the client's packets: all of one of these */
	double octets_min, octets_max;     /* or the mean of them */
	uint64_t packets_min, packets_max; /* of the client */
	double seconds_min, seconds_max;
	double rate_min, rate_max;   /* packets a second, of the client */
	double reply_min, reply_max; /* the server's bytes for one of the client's */
	enum answer answer;
};

#define QUERY(...) .proto = UDP, .packets_max = 3, .seconds_max = 60, .sizes = { __VA_ARGS__ }
#define PLAY                                                                                       \
	.proto = UDP, .says = "play sessions", .seconds_min = 120, .rate_min = 10,                 \
	.rate_max = 100, .octets_min = 40, .octets_max = 250, .answer = ANSWERED
#define STATUS .says = "status queries", .instead = "play"
#define AMPLIFY .says = "queries as they are sent to amplify"
#define MASTER .says = "questions to a master server for its list"

static const struct use uses[] = {
	{ "Half-Life", QUERY(33, 37, 53, 57), STATUS },
	{ "Half-Life", PLAY },
	{ "Half-Life master", .proto = UDP, MASTER, .packets_max = 200, .octets_min = 37,
	  .octets_max = 250 },
	{ "Quake", QUERY(40, 39, 37), STATUS },
	{ "Quake", PLAY },
	{ "QuakeWorld", QUERY(39, 38, 41), STATUS },
	{ "QuakeWorld", PLAY },
	{ "Quake II", QUERY(39, 38, 41), STATUS },
	{ "Quake II", PLAY },
	{ "Quake III", QUERY(41, 42, 43, 39, 40), STATUS },
	{ "Quake III", PLAY },
	{ "Quake III master", .proto = UDP, MASTER, .packets_max = 20, .octets_min = 40,
	  .octets_max = 90 },
	{ "Unreal", QUERY(33, 34, 36, 37), STATUS },
	{ "Unreal", PLAY },
	{ "GameSpy", QUERY(34, 35, 36, 38, 39, 43), STATUS },
	{ "GameSpy", .proto = TCP, MASTER, .packets_min = 3, .answer = ANSWERED },
	{ "GameSpy", .proto = UDP, .says = "announcements of game servers", .octets_min = 29,
	  .octets_max = 500, .rate_max = 1 },
	{ "Battlefield", QUERY(36, 35, 38, 43), STATUS },
	{ "Battlefield", PLAY },
	{ "Minecraft", QUERY(35, 39, 43, 61), STATUS },
	{ "Minecraft", .proto = TCP, .says = "play sessions", .seconds_min = 120, .rate_min = 1,
	  .answer = ANSWERED },
	{ "Minecraft", .proto = TCP, .says = "status queries", .instead = "play", .packets_min = 4,
	  .packets_max = 12, .seconds_max = 30, .answer = ANSWERED },
	{ "TeamSpeak", .proto = UDP, .says = "voice sessions", .seconds_min = 60, .rate_min = .3,
	  .octets_min = 29, .octets_max = 600, .answer = ANSWERED },

	{ "DNS", .proto = UDP, .says = "questions and answers", .packets_max = 4, .octets_min = 45,
	  .octets_max = 540, .seconds_max = 60, .answer = ANSWERED },
	{ "DNS", .proto = UDP, .says = "questions without an answer", .packets_max = 8,
	  .octets_min = 45, .octets_max = 540, .answer = SILENT },
	{ "DNS", .proto = TCP, .says = "questions and answers over TCP", .packets_min = 3,
	  .seconds_max = 300, .answer = ANSWERED },
	{ "NTP", .proto = UDP, .says = "time requests", .sizes = { 76, 96, 100 },
	  .reply_max = 1.4 },
	{ "NTP", QUERY(36, 40, 220), AMPLIFY },
	{ "chargen", QUERY(28, 29, 30, 36), AMPLIFY },
	{ "QOTD", QUERY(28, 29, 30, 36), AMPLIFY },
	{ "portmapper", QUERY(68, 69), AMPLIFY },
	{ "NetBIOS", QUERY(78, 96), .says = "name queries" },
	{ "CLDAP", QUERY(66, 67, 80), AMPLIFY },
	{ "RIP", QUERY(52), AMPLIFY },
	{ "MS SQL Browser", QUERY(29, 30), AMPLIFY },
	{ "SSDP", .proto = UDP, .says = "searches for devices", .packets_max = 10, .octets_min = 90,
	  .octets_max = 330 },
	{ "WS-Discovery", .proto = UDP, AMPLIFY, .packets_max = 10, .octets_max = 800 },
	{ "SNMP", .proto = UDP, .says = "queries", .octets_min = 60, .octets_max = 200 },
	{ "mDNS", .proto = UDP, .says = "questions", .octets_min = 45, .octets_max = 540 },
	{ "memcached", QUERY(43, 44, 49, 50, 53), AMPLIFY },
	{ "STUN", .proto = UDP, .says = "address requests", .packets_max = 20, .octets_min = 48,
	  .octets_max = 200 },
	{ "TFTP", .proto = UDP, .says = "transfers", .octets_min = 32, .octets_max = 80 },

	{ "IRC", .proto = TCP, .says = "chat: long, small and slow", .seconds_min = 3600,
	  .octets_min = 40, .octets_max = 200, .rate_max = .2, .answer = ANSWERED },
	{ "IRC over TLS", .proto = TCP, .says = "chat: long, small and slow", .seconds_min = 3600,
	  .octets_min = 40, .octets_max = 250, .rate_max = .2, .answer = ANSWERED },
	{ "XMPP", .proto = TCP, .says = "chat: long, small and slow", .seconds_min = 600,
	  .octets_min = 40, .octets_max = 400, .rate_max = 1, .answer = ANSWERED },
	{ "HTTP", .proto = TCP, .says = "requests with larger answers", .packets_min = 3,
	  .reply_min = 1, .answer = ANSWERED },
	{ "HTTP", .proto = TCP, .says = "uploads", .packets_min = 5, .octets_min = 400,
	  .answer = ANSWERED },
	{ "HTTPS", .proto = TCP, .says = "requests with larger answers", .packets_min = 4,
	  .reply_min = 1, .answer = ANSWERED },
	{ "HTTPS", .proto = TCP, .says = "uploads", .packets_min = 6, .octets_min = 400,
	  .answer = ANSWERED },
	{ "QUIC", .proto = UDP, .says = "sessions", .packets_min = 2, .octets_min = 40,
	  .answer = ANSWERED },
	{ "SMTP", .proto = TCP, .says = "deliveries of mail", .packets_min = 6, .reply_max = 1.5,
	  .answer = ANSWERED },
	{ "SMTP submission", .proto = TCP, .says = "deliveries of mail", .packets_min = 6,
	  .reply_max = 2, .answer = ANSWERED },
	{ "SMTP over TLS", .proto = TCP, .says = "deliveries of mail", .packets_min = 6,
	  .reply_max = 2, .answer = ANSWERED },
	{ "POP3", .proto = TCP, .says = "mail fetched", .packets_min = 5, .answer = ANSWERED },
	{ "POP3 over TLS", .proto = TCP, .says = "mail fetched", .packets_min = 5,
	  .answer = ANSWERED },
	{ "IMAP", .proto = TCP, .says = "mail read", .packets_min = 5, .answer = ANSWERED },
	{ "IMAP over TLS", .proto = TCP, .says = "mail read", .packets_min = 5,
	  .answer = ANSWERED },
	{ "SSH", .proto = TCP, .says = "sessions or logins", .packets_min = 8, .answer = ANSWERED },
	{ "BitTorrent", .proto = TCP, .says = "exchange between peers", .packets_min = 4,
	  .answer = ANSWERED },
	{ "BitTorrent", .proto = UDP, .says = "exchange between peers", .octets_min = 48,
	  .answer = ANSWERED },
	{ "Gnutella", .proto = TCP, .says = "exchange between peers", .packets_min = 4,
	  .answer = ANSWERED },
	{ "eDonkey", .proto = TCP, .says = "exchange between peers", .packets_min = 4,
	  .answer = ANSWERED },

	/* Where the port says nothing, or something else. */
	{ NULL, .proto = TCP, .says = "chat as on IRC: long, small and slow", .seconds_min = 3600,
	  .octets_min = 60, .octets_max = 200, .rate_max = .2, .answer = ANSWERED },
	{ NULL, .proto = UDP, .says = "play sessions of a game", .seconds_min = 120, .rate_min = 10,
	  .rate_max = 100, .octets_min = 60, .octets_max = 250, .answer = ANSWERED },
	{ NULL, QUERY(37, 53), .says = "queries of the length of a game's status query" },
	{ NULL, .proto = TCP, .says = "requests with much larger answers, as on the web",
	  .packets_min = 4, .reply_min = 5, .answer = ANSWERED },
	{ NULL, .proto = TCP, .says = "transfers to the server, as of mail or files",
	  .packets_min = 6, .reply_max = .2, .octets_min = 400, .answer = ANSWERED },
};

/* A conversation as its client and server see it. */
struct talk {
	uint64_t packets, reply_packets;
	double octets;    /* a packet of the client */
	double octets_v4; /* the same with the shorter header of IPv4, as the table has it */
	double reply;     /* the server's bytes for one of the client's */
	double seconds;
	uint8_t proto;
};

static struct talk
talk_of(const struct tryst_sighting *s, bool at_peer)
{
	uint64_t packets = at_peer ? s->packets_out : s->packets_in;
	uint64_t bytes = at_peer ? s->bytes_out : s->bytes_in;

	double octets = packets ? (double)bytes / (double)packets : 0;

	return (struct talk){
		.packets = packets,
		.reply_packets = at_peer ? s->packets_in : s->packets_out,
		.octets = octets,
		.octets_v4 = tryst_ip_is_v4(s->peer) ? octets : octets - IPV6_LONGER,
		.reply = bytes ? (double)(at_peer ? s->bytes_in : s->bytes_out) / (double)bytes : 0,
		.seconds = ((double)s->last_ms - (double)s->first_ms) / 1000,
		.proto = s->proto,
	};
}

/* Nothing but attempts to connect, or answers alone: every service would look like this. */
static bool
talk_tells(const struct talk *t)
{
	double reply = t->reply * t->octets * (double)t->packets;

	if (t->proto != TCP)
		return t->packets;
	return t->packets >= 3 && t->reply_packets >= 2 &&
	       (t->octets > TCP_HEADERS || reply > TCP_HEADERS * (double)t->reply_packets);
}

static bool
within(double value, double least, double most)
{
	return value >= least && (most <= 0 || value <= most);
}

static bool
size_fits(const struct use *u, double octets)
{
	if (!u->sizes[0])
		return within(octets, u->octets_min, u->octets_max);
	for (size_t i = 0; i < SIZES_MAX && u->sizes[i]; i++) {
		if (octets == u->sizes[i])
			return true;
	}
	return false;
}

static bool
use_fits(const struct use *u, const struct talk *t)
{
	double rate = t->seconds > 0 ? (double)t->packets / t->seconds : 0;

	return u->proto == t->proto && size_fits(u, t->octets_v4) &&
	       within((double)t->packets, (double)u->packets_min, (double)u->packets_max) &&
	       within(t->seconds, u->seconds_min, u->seconds_max) &&
	       within(rate, u->rate_min, u->rate_max) &&
	       within(t->reply, u->reply_min, u->reply_max) &&
	       (u->answer == ANY || (u->answer == ANSWERED) == !!t->reply_packets);
}

/* What the conversations of one endpoint look like. */
struct tally {
	uint32_t talks, telling;
	uint32_t fits[TRYST_ARRAY_SIZE(uses)];
	uint32_t own, other; /* of them, uses of the service, and uses for any port */
	bool one;            /* of the service's own uses there is one only */
	bool known;          /* the table has uses of the service */
	/* Of the client's packets: the fewest and most in a conversation, and their mean sizes. */
	uint64_t packets_min, packets_max;
	double octets_min, octets_max, seconds_max;
	uint32_t answered;
};

static bool
use_concerns(const struct use *u, const char *service)
{
	return u->service == service || (u->service && service && !strcmp(u->service, service));
}

static void
tally_add(struct tally *t, const struct talk *talk, const char *service)
{
	bool first = !t->telling;

	if (!talk_tells(talk))
		return;
	t->telling++;
	t->answered += !!talk->reply_packets;
	t->packets_min = first ? talk->packets : TRYST_MIN(t->packets_min, talk->packets);
	t->packets_max = TRYST_MAX(t->packets_max, talk->packets);
	t->octets_min = first ? talk->octets : TRYST_MIN(t->octets_min, talk->octets);
	t->octets_max = TRYST_MAX(t->octets_max, talk->octets);
	t->seconds_max = TRYST_MAX(t->seconds_max, talk->seconds);
	for (unsigned round = 0; round < 2; round++) {
		/* The service's own uses first; then what goes with any port. */
		for (size_t i = 0; i < TRYST_ARRAY_SIZE(uses); i++) {
			if (use_concerns(&uses[i], round ? NULL : service) &&
			    use_fits(&uses[i], talk)) {
				t->fits[i]++;
				return;
			}
		}
	}
}

static struct tally
tally_make(const struct tryst_case *c, const struct tryst_meeting *m)
{
	struct tally t = { 0 };

	for (size_t i = 0; m->service && i < TRYST_ARRAY_SIZE(uses); i++)
		t.known |= use_concerns(&uses[i], m->service) && uses[i].proto == m->proto;
	for (uint32_t i = 0; i < m->sighting_count; i++) {
		const struct tryst_sighting *s = &c->sightings[m->sightings[i] - 1];
		struct talk talk = talk_of(s, m->at_peer);

		if (!s->counts_known)
			continue;
		t.talks++;
		tally_add(&t, &talk, m->service);
	}
	return t;
}

/* "1 packet of 37 bytes", "2 to 9 packets of 60 to 80 bytes" */
static void
tally_describe(const struct tally *t, char *out, size_t size)
{
	char packets[48], octets[48];

	if (t->packets_min == t->packets_max)
		(void)snprintf(packets, sizeof(packets), "%ju packet%s", (uintmax_t)t->packets_min,
		               t->packets_min == 1 ? "" : "s");
	else
		(void)snprintf(packets, sizeof(packets), "%ju to %ju packets",
		               (uintmax_t)t->packets_min, (uintmax_t)t->packets_max);
	if (t->octets_max - t->octets_min < .5)
		(void)snprintf(octets, sizeof(octets), "%.0f bytes", t->octets_min);
	else
		(void)snprintf(octets, sizeof(octets), "%.0f to %.0f bytes", t->octets_min,
		               t->octets_max);
	(void)snprintf(out, size, "%s of %s from the client, %u of %u answered, the longest %.0f s",
	               packets, octets, t->answered, t->telling, t->seconds_max);
}

/* "UDP port 27015 says Half-Life" */
static void
port_describe(const struct tryst_meeting *m, char *out, size_t size)
{
	const char *proto = m->proto == TCP ? "TCP" : "UDP";

	if (m->service)
		(void)snprintf(out, size, "%s port %u says %s", proto, m->port, m->service);
	else
		(void)snprintf(out, size, "%s port %u has no service of its own", proto, m->port);
}

/* "status queries (7 of 8), play sessions (1 of 8)": uses of the service, or for any port. */
static void
uses_describe(const struct tally *t, bool own, char *out, size_t size)
{
	uint32_t last = UINT32_MAX;
	size_t last_at = 0, len = 0, told = 0;

	for (out[0] = '\0'; told < USES_TOLD; told++) {
		size_t best = TRYST_ARRAY_SIZE(uses);

		for (size_t i = 0; i < TRYST_ARRAY_SIZE(uses); i++) {
			bool before = t->fits[i] > last || (t->fits[i] == last && i <= last_at);

			if (!uses[i].service == own || !t->fits[i] || (told && before))
				continue;
			if (best == TRYST_ARRAY_SIZE(uses) || t->fits[i] > t->fits[best])
				best = i;
		}
		if (best == TRYST_ARRAY_SIZE(uses) || len >= size)
			break;
		last = t->fits[best];
		last_at = best;
		len += (size_t)snprintf(
			out + len, size - len, "%s%s%s%s (%u of %u)", told ? ", " : "",
			uses[best].says, own && t->one && uses[best].instead ? ", not " : "",
			own && t->one && uses[best].instead ? uses[best].instead : "",
			t->fits[best], t->telling);
	}
}

/* Counts the fits of the service's own uses, and of those for any port. */
static void
tally_sum(struct tally *t)
{
	uint32_t kinds = 0;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(uses); i++) {
		if (uses[i].service)
			t->own += t->fits[i];
		else
			t->other += t->fits[i];
		kinds += uses[i].service && t->fits[i];
	}
	t->one = kinds == 1;
}

static const char *
tally_tell(struct tryst_case_builder *b, const struct tryst_meeting *m, struct tally *t,
           struct tryst_error *err)
{
	char port[80], shape[200], what[240];
	bool mostly_own, mostly_other;

	port_describe(m, port, sizeof(port));
	if (!t->telling)
		return tryst_case_text(b, err, "%s; the shape says nothing: %s.", port,
		                       t->talks ? "attempts and bare answers look alike for all"
		                                : "no packets and bytes are recorded");
	tally_sum(t);
	tally_describe(t, shape, sizeof(shape));
	mostly_own = t->own >= DECIDES * t->telling;
	mostly_other = !mostly_own && t->other >= DECIDES * t->telling;
	uses_describe(t, !mostly_other, what, sizeof(what));
	if (!what[0])
		return tryst_case_text(b, err, "%s; the flows look like nothing known here%s: %s.",
		                       port, t->known ? ", which contradicts it" : "", shape);
	return tryst_case_text(b, err, "%s; the flows look like %s%s: %s.", port, what,
	                       mostly_other && t->known ? ", which contradicts it"
	                       : mostly_own || mostly_other
	                               ? ""
	                               : ", and others like nothing known here",
	                       shape);
}

int
tryst_case_services(struct tryst_case_builder *b, struct tryst_error *err)
{
	for (size_t i = 0; i < b->c->meeting_count; i++) {
		struct tryst_meeting *m = &b->c->meetings[i];
		struct tally t;

		if (!m->port_known || (m->proto != TCP && m->proto != UDP))
			continue;
		t = tally_make(b->c, m);
		m->service_evidence = tally_tell(b, m, &t, err);
		if (!m->service_evidence)
			return TRYST_ERR_NOMEM;
	}
	return 0;
}

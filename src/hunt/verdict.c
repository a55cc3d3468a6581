/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/verdict.h"

#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#define VISIBLE_MIN 0.2
#define MISS_MAX 0.05
#define FLOOD_PACKETS 1000
#define FLOOD_PPS 1000
#define FLOOD_ONE_WAY 0.01
#define FLOOD_RATE_ONE_WAY 0.1
#define HANDSHAKE_PAYLOAD 24

/* Headers without and with TCP's usual options, which every segment but the first carries or not;
 * `opening` is what a SYN has more than that. */
struct headers {
	uint32_t plain, options;
	uint32_t opening_plain, opening_options;
};

static const struct headers tcp4 = { 40, 52, 20, 8 };
static const struct headers tcp6 = { 60, 72, 20, 8 };
static const struct headers udp4 = { 28, 28, 0, 0 };
static const struct headers udp6 = { 48, 48, 0, 0 };
static const struct headers other4 = { 20, 20, 0, 0 };
static const struct headers other6 = { 40, 40, 0, 0 };

static bool
is_tcp(const struct tryst_verdict_facts *f)
{
	return f->proto == IPPROTO_TCP;
}

/* What lies above the headers, as far as sums over packets tell. */
static uint64_t
payload(const struct tryst_verdict_facts *f, const struct tryst_verdict_half *h)
{
	const struct headers *hdr = is_tcp(f)                 ? f->v6 ? &tcp6 : &tcp4
	                            : f->proto == IPPROTO_UDP ? f->v6 ? &udp6 : &udp4
	                            : f->v6                   ? &other6
	                                                      : &other4;
	bool options = h->packets && h->bytes / h->packets >= hdr->options;
	uint64_t each = options ? hdr->options : hdr->plain, headers;

	if (__builtin_mul_overflow(h->packets, each, &headers))
		return 0;
	if (h->flags & TH_SYN)
		headers += options ? hdr->opening_options : hdr->opening_plain;
	return h->bytes > headers ? h->bytes - headers : 0;
}

double
tryst_sampling_miss(uint32_t sampling, double packets)
{
	return sampling > 1 ? exp(packets * log1p(-1.0 / sampling)) : 0;
}

/* Nothing came back, in any form. */
static bool
no_reverse(const struct tryst_verdict_facts *f)
{
	return !f->reverse.seen && !f->unreachable;
}

/*
 * Whether the reverse would have been recorded, had there been one.  An answer has about as many
 * packets as what it answers; of x recorded ones there were N x.
 */
static bool
reverse_visible(const struct tryst_verdict_facts *f)
{
	double asked = f->counts_known && f->forward.packets ? (double)f->forward.packets : 1;

	if (f->torn)
		return false;
	/* One side of TCP does not send data and acknowledge it all by itself. */
	if (is_tcp(f) && f->flags_known && !f->reverse_watched && f->forward.flags & TH_ACK &&
	    f->forward.flags & (TH_PUSH | TH_FIN))
		return false;
	if (tryst_sampling_miss(f->sampling, asked * f->sampling) > MISS_MAX)
		return false;
	return f->reverse_watched || f->visibility < 0 || f->visibility >= VISIBLE_MIN;
}

static bool
dropped(const struct tryst_verdict_facts *f)
{
	return f->forward.dropped;
}

static bool
not_delivered(const struct tryst_verdict_facts *f)
{
	return f->reverse.seen && f->reverse.dropped;
}

/* Answers to what nobody here asked. */
static bool
backscatter(const struct tryst_verdict_facts *f)
{
	uint8_t flags = f->forward.flags;
	bool icmp, tcp;

	icmp = f->icmp_known && ((f->proto == IPPROTO_ICMP &&
	                          (f->icmp_type == 0 || f->icmp_type == 3 || f->icmp_type == 11)) ||
	                         (f->proto == IPPROTO_ICMPV6 &&
	                          (f->icmp_type == 1 || f->icmp_type == 3 || f->icmp_type == 129)));
	tcp = is_tcp(f) && f->flags_known &&
	      (flags == (TH_SYN | TH_ACK) || flags == (TH_RST | TH_ACK) || flags == TH_RST);
	return (icmp || tcp) && no_reverse(f) && reverse_visible(f);
}

/* Much more one way than anyone answers.  A fast TCP transfer that both sides acknowledge is none,
 * and forged packets cannot get there. */
static bool
flood(const struct tryst_verdict_facts *f)
{
	double sent = (double)f->forward.packets, back = (double)f->reverse.packets;
	double seconds = (double)f->duration_ms / 1000;

	if (!f->counts_known || f->forward.packets < FLOOD_PACKETS)
		return false;
	if (is_tcp(f) && f->forward.flags & f->reverse.flags & TH_ACK)
		return false;
	if (!f->reverse.seen && !reverse_visible(f))
		return false;
	return back / sent < FLOOD_ONE_WAY ||
	       (back / sent < FLOOD_RATE_ONE_WAY && sent > FLOOD_PPS * TRYST_MAX(seconds, 1.0));
}

static bool
attempt(const struct tryst_verdict_facts *f)
{
	return no_reverse(f) && reverse_visible(f);
}

/* After the rules for what is one way: nothing came back that could be seen here. */
static bool
unknown(const struct tryst_verdict_facts *f)
{
	return no_reverse(f);
}

static bool
refused(const struct tryst_verdict_facts *f)
{
	if (!f->reverse.seen)
		return f->unreachable;
	if (!is_tcp(f) || !f->flags_known || !(f->reverse.flags & TH_RST))
		return false;
	if (!f->counts_known)
		return !(f->reverse.flags & ~(TH_RST | TH_ACK));
	return payload(f, &f->reverse) == 0;
}

static bool
handshake(const struct tryst_verdict_facts *f)
{
	if (!is_tcp(f) || !f->flags_known || !(f->forward.flags & f->reverse.flags & TH_ACK))
		return false;
	return !f->counts_known ||
	       payload(f, &f->forward) + payload(f, &f->reverse) <= HANDSHAKE_PAYLOAD;
}

static bool
one_sided(const struct tryst_verdict_facts *f)
{
	return f->counts_known && !payload(f, &f->forward) != !payload(f, &f->reverse);
}

static bool
exchanged(const struct tryst_verdict_facts *f)
{
	if (!f->counts_known || f->reverse.packets < 2)
		return false;
	if (!is_tcp(f))
		return f->forward.packets >= 2;
	return f->forward.packets >= 3 && payload(f, &f->forward) && payload(f, &f->reverse);
}

static bool
anything(const struct tryst_verdict_facts *f)
{
	(void)f;
	return true;
}

static const struct {
	enum tryst_verdict verdict;
	bool (*fits)(const struct tryst_verdict_facts *f);
} rules[] = {
	{ TRYST_VERDICT_DROPPED, dropped },         { TRYST_VERDICT_NOT_DELIVERED, not_delivered },
	{ TRYST_VERDICT_BACKSCATTER, backscatter }, { TRYST_VERDICT_FLOOD, flood },
	{ TRYST_VERDICT_ATTEMPT, attempt },         { TRYST_VERDICT_UNKNOWN, unknown },
	{ TRYST_VERDICT_REFUSED, refused },         { TRYST_VERDICT_HANDSHAKE, handshake },
	{ TRYST_VERDICT_ONE_SIDED, one_sided },     { TRYST_VERDICT_EXCHANGED, exchanged },
	{ TRYST_VERDICT_ANSWERED, anything },
};

enum tryst_verdict
tryst_verdict_of(const struct tryst_verdict_facts *f)
{
	size_t i = 0;

	while (!rules[i].fits(f))
		i++;
	return rules[i].verdict;
}

static const struct {
	const char *name, *word;
	bool answered;
} verdicts[TRYST_VERDICT_COUNT] = {
	[TRYST_VERDICT_UNKNOWN] = { "unknown", "unknown", false },
	[TRYST_VERDICT_DROPPED] = { "dropped", "dropped", false },
	[TRYST_VERDICT_NOT_DELIVERED] = { "answered_not_delivered", "undelivered", false },
	[TRYST_VERDICT_BACKSCATTER] = { "backscatter", "backscatter", false },
	[TRYST_VERDICT_FLOOD] = { "flood", "flood", false },
	[TRYST_VERDICT_ATTEMPT] = { "attempt", "attempt", false },
	[TRYST_VERDICT_REFUSED] = { "refused", "refused", false },
	[TRYST_VERDICT_HANDSHAKE] = { "handshake", "handshake", true },
	[TRYST_VERDICT_ONE_SIDED] = { "one_sided", "one-sided", true },
	[TRYST_VERDICT_ANSWERED] = { "answered", "answered", true },
	[TRYST_VERDICT_EXCHANGED] = { "exchanged", "exchanged", true },
};

const char *
tryst_verdict_name(enum tryst_verdict v)
{
	return verdicts[v].name;
}

const char *
tryst_verdict_word(enum tryst_verdict v)
{
	return verdicts[v].word;
}

bool
tryst_verdict_worked(enum tryst_verdict v)
{
	return v == TRYST_VERDICT_ANSWERED || v == TRYST_VERDICT_EXCHANGED;
}

bool
tryst_verdict_answered(enum tryst_verdict v)
{
	return verdicts[v].answered;
}

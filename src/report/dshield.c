/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines as reports to the DShield project (SANS ISC) have them: who sent what here, nine fields
 * with tabs between.  Only what came from outside and asked for something: conversations that home
 * began, answers, and TCP without SYN (backscatter) are left out, as DShield's own clients do, and
 * what was sent in the names of listed hosts, as far as that is known, and what is out of date.
 * Nothing is sent;
 * --anonymize hides the targets.  docs/exchange.md
 *
 * Source: the format as three independent clients write it; isc.sans.edu/specs
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "base/proto.h"
#include "base/time.h"
#include "report/exchange.h"
#include "report/renderers.h"

static bool
wanted(const struct tryst_row *row)
{
	const struct tryst_sighting *s = row->sighting;

	if (s->initiator == TRYST_INITIATOR_HOME || s->outside_validity || !s->peer_listed ||
	    !s->records_in || s->verdict == TRYST_VERDICT_BACKSCATTER ||
	    tryst_exchange_forged(row->source) || !tryst_time_has_date(s->first_ms))
		return false;
	return s->proto != IPPROTO_TCP || !s->flags_known || (s->flags_in & TH_SYN);
}

/* "2003-08-22 19:09:54 +00:00" */
static void
put_time(struct tryst_buf *out, int64_t ms)
{
	char text[TRYST_TIME_TEXT_MAX];

	(void)tryst_time_format_short(ms, text);
	tryst_buf_printf(out, "%s +00:00", text);
}

static void
put_end(struct tryst_buf *out, struct tryst_ip ip, bool known, unsigned port)
{
	char text[TRYST_IP_TEXT_MAX];

	(void)tryst_ip_format(ip, text);
	tryst_buf_printf(out, "\t%s\t", text);
	if (known)
		tryst_buf_u64(out, port);
}

static void
put_proto(struct tryst_buf *out, uint8_t proto)
{
	tryst_buf_char(out, '\t');
	if (proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_ICMP)
		tryst_buf_str(out, tryst_proto_name(proto));
	else
		tryst_buf_u64(out, proto);
}

static void
put_flags(struct tryst_buf *out, const struct tryst_sighting *s)
{
	static const struct {
		uint8_t flag;
		char letter;
	} letters[] = { { TH_SYN, 'S' }, { TH_ACK, 'A' },  { TH_FIN, 'F' },
		        { TH_RST, 'R' }, { TH_PUSH, 'P' }, { TH_URG, 'U' } };

	tryst_buf_char(out, '\t');
	for (size_t i = 0; s->proto == IPPROTO_TCP && i < TRYST_ARRAY_SIZE(letters); i++) {
		if (s->flags_in & letters[i].flag)
			tryst_buf_char(out, letters[i].letter);
	}
}

static void
each(const struct tryst_row *row, void *ctx)
{
	const struct tryst_sighting *s = row->sighting;
	bool icmp = s->proto == IPPROTO_ICMP || s->proto == IPPROTO_ICMPV6;
	struct tryst_buf *out = ctx;

	if (!wanted(row))
		return;
	put_time(out, s->first_ms);
	tryst_buf_str(out, "\t0\t"); /* the sender's number: anonymous */
	tryst_buf_u64(out, s->counts_known ? s->packets_in : s->records_in);
	put_end(out, s->peer, icmp ? s->icmp_known : s->peer_port_known,
	        icmp ? s->icmp >> 8 : s->peer_port);
	put_end(out, s->home, icmp ? s->icmp_known : s->home_port_known,
	        icmp ? s->icmp & 0xff : s->home_port);
	put_proto(out, s->proto);
	put_flags(out, s);
	tryst_buf_char(out, '\n');
}

static int
render(const struct tryst_case *c, const struct tryst_report_options *options,
       struct tryst_buf *out, struct tryst_error *err)
{
	int rc;

	(void)options;
	rc = tryst_rows_sightings(c, each, out, err);
	return rc == 0 && out->failed ? tryst_error_nomem(err) : rc;
}

const struct tryst_renderer tryst_renderer_dshield = {
	.name = "dshield",
	.help = "lines of a report to DShield: what listed hosts sent here",
	.nothing = "only what listed hosts began and sent here, unforged and not out of date",
	.render = render,
};

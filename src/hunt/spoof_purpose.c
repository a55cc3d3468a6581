/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To what end sources are forged, where the records carry it: reflection at the sources' owners
 * (small queries of one size to a service that answers with more), or a flood.  That forgery is
 * meant to mislead is an intention, which no flow record shows: "decoy" is never said.
 */
#include <stdio.h>

#include "hunt/spoof.h"

#include <netinet/in.h>

#define CLOSED_FLOWS 1.5 /* flows a source: more come from a list, not from thin air */

/* Services that answer a small query with more: US-CERT TA14-017A; Half-Life and Quake: PivX, 2003,
 * and CVE-2003-1354.  A row a service. */
static const struct amplifier {
	const char *name;
	uint16_t first, last; /* UDP ports */
} amplifiers[] = {
	{ "QOTD", 17, 17 },
	{ "chargen", 19, 19 },
	{ "DNS", 53, 53 },
	{ "TFTP", 69, 69 },
	{ "portmapper", 111, 111 },
	{ "NTP", 123, 123 },
	{ "NetBIOS", 137, 137 },
	{ "SNMP", 161, 161 },
	{ "CLDAP", 389, 389 },
	{ "RIP", 520, 520 },
	{ "MS SQL Browser", 1434, 1434 },
	{ "SSDP", 1900, 1900 },
	{ "STUN", 3478, 3478 },
	{ "WS-Discovery", 3702, 3702 },
	{ "mDNS", 5353, 5353 },
	{ "Unreal query", 7777, 7788 },
	{ "TeamSpeak", 8767, 8767 },
	{ "TeamSpeak", 9987, 9987 },
	{ "memcached", 11211, 11211 },
	{ "Battlefield query", 14567, 14567 },
	{ "Quake status", 26000, 26000 },
	{ "Half-Life status", 27000, 27050 },
	{ "Quake status", 27500, 27500 },
	{ "Quake status", 27910, 27910 },
	{ "Quake status", 27960, 27970 },
};

static const char *
amplifier_find(uint8_t proto, uint16_t port)
{
	for (size_t i = 0; proto == IPPROTO_UDP && i < TRYST_ARRAY_SIZE(amplifiers); i++) {
		if (port >= amplifiers[i].first && port <= amplifiers[i].last)
			return amplifiers[i].name;
	}
	return NULL;
}

/* Whether the next conversation goes where one of the earlier went; enough to know one from
 * several. */
static bool
same_endpoint(const struct tryst_sighting *a, const struct tryst_sighting *b)
{
	return tryst_ip_equal(a->home, b->home) && a->home_port == b->home_port;
}

void
tryst_spoof_aim_find(const struct tryst_spoof_set *set, struct tryst_spoof_aim *out)
{
	const struct tryst_sighting *first = tryst_spoof_sighting(set, 0),
				    *seen[TRYST_SPOOF_ENDPOINTS_MAX];
	bool varies = false;
	uint32_t k;

	*out = (struct tryst_spoof_aim){
		.amplifier = amplifier_find(first->proto, first->home_port),
		.flows = set->count,
		.sources = set->source_count,
	};
	for (uint32_t i = 0; i < set->count; i++) {
		const struct tryst_sighting *s = tryst_spoof_sighting(set, i);
		uint64_t octets =
			s->counts_known && s->packets_in ? s->bytes_in / s->packets_in : 0;

		for (k = 0; k < out->endpoints && !same_endpoint(seen[k], s); k++)
			;
		if (k == out->endpoints && k < TRYST_ARRAY_SIZE(seen))
			seen[out->endpoints++] = s;
		varies |= !octets || (out->query_octets && out->query_octets != octets) ||
		          s->bytes_in % s->packets_in;
		out->query_octets = octets;
		out->floods += s->verdict == TRYST_VERDICT_FLOOD;
		if (!s->records_out)
			continue;
		out->answered++;
		out->octets_in += s->bytes_in;
		out->octets_out += s->bytes_out;
	}
	if (varies)
		out->query_octets = 0;
}

static int
reflection_tell(struct tryst_case_builder *b, const struct tryst_spoof_aim *aim,
                struct tryst_evidence *e, struct tryst_error *err)
{
	char how[80] = "no answer is recorded, so that this is likely, not proven";

	if (aim->answered)
		(void)snprintf(how, sizeof(how), "answers were %.1f times as large",
		               (double)aim->octets_out / (double)aim->octets_in);
	e->text = tryst_case_text(b, err,
	                          "%u flows of %ju-byte queries to %s%u server%s of a service "
	                          "that answers with more (%s), in the name of %u sources: the "
	                          "answers would hit the sources' owners; %s.",
	                          aim->flows, (uintmax_t)aim->query_octets,
	                          aim->endpoints == TRYST_SPOOF_ENDPOINTS_MAX ? "at least " : "",
	                          aim->endpoints, aim->endpoints == 1 ? "" : "s", aim->amplifier,
	                          aim->sources, how);
	return e->text ? 0 : TRYST_ERR_NOMEM;
}

int
tryst_spoof_purpose(struct tryst_case_builder *b, const struct tryst_spoof_aim *aim,
                    struct tryst_spoof *spoof, struct tryst_evidence *e, struct tryst_error *err)
{
	bool closed =
		b->c->listed_single || (double)aim->flows >= CLOSED_FLOWS * (double)aim->sources;

	spoof->purpose = NULL;
	if (spoof->grade != TRYST_SPOOF_PROBABLE && spoof->grade != TRYST_SPOOF_SPOOFED)
		return 0;
	if (aim->amplifier && aim->query_octets && closed &&
	    (aim->answered ? aim->octets_out > aim->octets_in
	                   : spoof->one_generator && aim->endpoints > 1)) {
		spoof->purpose = "reflection";
		return reflection_tell(b, aim, e, err);
	}
	if (2 * aim->floods < aim->flows)
		return 0;
	spoof->purpose = "flood";
	e->text = tryst_case_text(b, err, "%u of %u conversations are floods.", aim->floods,
	                          aim->flows);
	return e->text ? 0 : TRYST_ERR_NOMEM;
}

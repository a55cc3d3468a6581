/* SPDX-License-Identifier: Apache-2.0 */
#include "report/exchange.h"

#include <math.h>
#include <nettle/sha1.h>
#include <stdlib.h>
#include <string.h>

#include "base/proto.h"
#include "report/layout.h"
#include "report/sentence.h"

/* UUIDv5 of the DNS namespace and "tryst.invalid": a name that nobody can register. */
const uint8_t tryst_uuid_space[16] = { 0xcf, 0x88, 0x59, 0x7e, 0xcf, 0xe1, 0x52, 0x53,
	                               0x85, 0x60, 0x39, 0x92, 0x4e, 0x1d, 0xba, 0x72 };

void
tryst_talk_of(const struct tryst_sighting *s, struct tryst_talk *out)
{
	bool from_home = s->initiator == TRYST_INITIATOR_HOME ||
	                 (s->initiator == TRYST_INITIATOR_UNKNOWN && s->home_first);

	*out = (struct tryst_talk){
		.src = s->home,
		.dst = s->peer,
		.src_port = s->home_port,
		.dst_port = s->peer_port,
		.src_port_known = s->home_port_known,
		.dst_port_known = s->peer_port_known,
		.from_home = true,
		.src_packets = s->packets_out,
		.src_bytes = s->bytes_out,
		.dst_packets = s->packets_in,
		.dst_bytes = s->bytes_in,
		.src_flags = s->flags_out,
		.dst_flags = s->flags_in,
	};
	if (from_home)
		return;
	*out = (struct tryst_talk){
		.src = out->dst,
		.dst = out->src,
		.src_port = out->dst_port,
		.dst_port = out->src_port,
		.src_port_known = out->dst_port_known,
		.dst_port_known = out->src_port_known,
		.src_packets = out->dst_packets,
		.src_bytes = out->dst_bytes,
		.dst_packets = out->src_packets,
		.dst_bytes = out->src_bytes,
		.src_flags = out->dst_flags,
		.dst_flags = out->src_flags,
	};
}

uint32_t *
tryst_sighting_meetings(const struct tryst_case *c)
{
	uint32_t *list = malloc((c->sighting_count + 1) * sizeof(*list));

	if (!list)
		return NULL;
	for (size_t i = 0; i < c->sighting_count; i++)
		list[i] = UINT32_MAX;
	for (size_t m = c->meeting_count; m-- > 0;) {
		for (uint32_t i = 0; i < c->meetings[m].sighting_count; i++)
			list[c->meetings[m].sightings[i] - 1] = (uint32_t)m;
	}
	return list;
}

int
tryst_rows_sightings(const struct tryst_case *c,
                     void (*each)(const struct tryst_row *row, void *ctx), void *ctx,
                     struct tryst_error *err)
{
	uint32_t *meetings = tryst_sighting_meetings(c);

	if (!meetings)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < c->sighting_count; i++) {
		const struct tryst_sighting *s = &c->sightings[i];
		struct tryst_row row = {
			.c = c,
			.sighting = s,
			.meeting = meetings[i] == UINT32_MAX ? NULL : &c->meetings[meetings[i]],
			.host = &c->hosts[s->host],
		};

		row.source = tryst_exchange_source(s, row.meeting, row.host);
		tryst_talk_of(s, &row.talk);
		each(&row, ctx);
	}
	free(meetings);
	return 0;
}

const char *
tryst_exchange_initiator(const struct tryst_sighting *s)
{
	static const char *const words[] = {
		[TRYST_INITIATOR_UNKNOWN] = "unknown",
		[TRYST_INITIATOR_HOME] = "home",
		[TRYST_INITIATOR_PEER] = "peer",
	};

	return words[s->initiator];
}

const char *
tryst_exchange_listed(const struct tryst_sighting *s)
{
	return !s->home_listed ? "peer" : !s->peer_listed ? "home" : "both";
}

const char *
tryst_exchange_spoof(const struct tryst_spoof *spoof)
{
	static const char *const words[] = {
		[TRYST_SPOOF_UNDECIDABLE] = "undecidable",
		[TRYST_SPOOF_GENUINE] = "genuine",
		[TRYST_SPOOF_PROBABLE] = "probably_spoofed",
		[TRYST_SPOOF_SPOOFED] = "spoofed",
	};

	return !spoof || spoof->untested ? NULL : words[spoof->grade];
}

const struct tryst_spoof *
tryst_exchange_source(const struct tryst_sighting *s, const struct tryst_meeting *meeting,
                      const struct tryst_listed_host *h)
{
	const struct tryst_spoof *spoof = meeting ? &meeting->spoof : &h->spoof;

	return s->initiator == TRYST_INITIATOR_HOME || spoof->untested ? NULL : spoof;
}

bool
tryst_exchange_forged(const struct tryst_spoof *source)
{
	return source && !source->untested &&
	       (source->grade == TRYST_SPOOF_SPOOFED || source->grade == TRYST_SPOOF_PROBABLE);
}

void
tryst_exchange_proto(struct tryst_buf *out, uint8_t proto)
{
	const char *name = tryst_proto_name(proto);

	if (!name)
		tryst_buf_u64(out, proto);
	for (; name && *name; name++)
		tryst_buf_char(out,
		               (char)(*name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name));
}

const char *
tryst_exchange_indicator(const struct tryst_case *c, const struct tryst_listed_host *h)
{
	return h->indicator_count ? tryst_watchlist_indicator(c->watchlist, h->indicators[0])->text
	                          : "";
}

void
tryst_exchange_labels(struct tryst_buf *out, const struct tryst_case *c,
                      const struct tryst_listed_host *h)
{
	bool any = false;

	for (uint32_t i = 0; i < h->indicator_count; i++) {
		const char *label =
			tryst_watchlist_indicator(c->watchlist, h->indicators[i])->label;

		if (!label[0])
			continue;
		tryst_buf_str(out, any ? "; " : "");
		tryst_buf_str(out, label);
		any = true;
	}
}

const struct tryst_indicator *
tryst_exchange_entry(const struct tryst_case *c, const struct tryst_listed_host *h)
{
	return h->indicator_count ? tryst_watchlist_indicator(c->watchlist, h->indicators[0])
	                          : NULL;
}

enum tryst_tlp
tryst_exchange_tlp(const struct tryst_case *c, const struct tryst_listed_host *h)
{
	enum tryst_tlp tlp = TRYST_TLP_AMBER;

	for (uint32_t i = 0; i < h->indicator_count; i++) {
		const struct tryst_indicator *entry =
			tryst_watchlist_indicator(c->watchlist, h->indicators[i]);

		tlp = TRYST_MAX(tlp, (enum tryst_tlp)entry->tlp);
	}
	return tlp;
}

enum tryst_tlp
tryst_exchange_case_tlp(const struct tryst_case *c)
{
	enum tryst_tlp tlp = TRYST_TLP_AMBER;

	for (size_t i = 0; i < c->host_count; i++)
		tlp = TRYST_MAX(tlp, tryst_exchange_tlp(c, &c->hosts[i]));
	return tlp;
}

struct tryst_asked
tryst_exchange_asked(const struct tryst_case *c, struct tryst_buf *filter)
{
	struct tryst_asked asked = c->asked;

	if (asked.filter)
		tryst_layout_clip(filter, asked.filter, TRYST_SENTENCE_FILTER_MAX);
	asked.filter = filter->len && !filter->failed ? filter->data : NULL;
	return asked;
}

unsigned
tryst_exchange_risk(const struct tryst_meeting *m, unsigned of)
{
	double p = m->judgement.posterior[TRYST_HYPOTHESIS_RENDEZVOUS];

	/* A case file may say anything; NaN is no number at all. */
	return p > 0 ? (unsigned)lround(of * TRYST_MIN(p, 1.0)) : 0;
}

void
tryst_uuid5(const uint8_t space[16], const char *name, size_t len, char out[TRYST_UUID_TEXT_MAX])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t hash[SHA1_DIGEST_SIZE];
	struct sha1_ctx sha1;
	char *p = out;

	sha1_init(&sha1);
	sha1_update(&sha1, 16, space);
	sha1_update(&sha1, len, (const uint8_t *)name);
	sha1_digest(&sha1, sizeof(hash), hash);
	hash[6] = (hash[6] & 0x0f) | 0x50;
	hash[8] = (hash[8] & 0x3f) | 0x80;
	for (unsigned i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[hash[i] >> 4];
		*p++ = digits[hash[i] & 15];
	}
	*p = '\0';
}

void
tryst_case_uuid(const struct tryst_case *c, struct tryst_buf *b, char out[TRYST_UUID_TEXT_MAX])
{
	struct tryst_buf name = { 0 };
	struct tryst_json j;

	tryst_json_init(&j, &name, 0);
	tryst_json_array(&j);
	tryst_json_i64(&j, c->created_ms);
	for (int i = 0; i < c->argc; i++)
		tryst_json_str(&j, c->argv[i]);
	for (size_t i = 0; i < c->input_count; i++) {
		tryst_json_str(&j, c->inputs[i]->path);
		tryst_json_u64(&j, c->inputs[i]->size);
		tryst_json_u64(&j, c->inputs[i]->health.flows);
	}
	for (uint32_t i = 0; i < tryst_watchlist_lists(c->watchlist); i++) {
		tryst_json_str(&j, tryst_watchlist_list(c->watchlist, i)->path);
		tryst_json_u64(&j, tryst_watchlist_list(c->watchlist, i)->indicators);
	}
	tryst_json_u64(&j, c->flows_matched);
	tryst_json_u64(&j, c->sighting_count);
	tryst_json_end(&j);
	b->failed |= name.failed;
	tryst_uuid5(tryst_uuid_space, name.failed ? "" : name.data, name.failed ? 0 : name.len,
	            out);
	tryst_buf_fini(&name);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sequence numbers.  An agent (with its sub-agent) numbers its datagrams; each of its sources
 * numbers its flow samples and its counter samples.  A lost datagram loses the samples in it, so
 * a gap among samples counts only where no datagram was lost since the source's last one.
 */
#include "read/sflow_impl.h"

#define RECENT 64u     /* so far back a datagram is late, or came twice */
#define FAR (1u << 20) /* so far ahead it is another count */
#define RESTART_SLACK_MS 60000

static uint32_t
hash_of(const struct sflow_track *key)
{
	uint64_t h = tryst_ip_hash(key->agent);

	h = (h ^ key->sub_agent) * 0x9e3779b97f4a7c15ULL;
	h = (h ^ h >> 29 ^ key->source) * 0xd6e8feb86659fd93ULL;
	h = (h ^ h >> 32 ^ key->source_class << 8 ^ key->kind) * 0x9e3779b97f4a7c15ULL;
	return (uint32_t)(h >> 40);
}

static bool
key_equal(const struct sflow_track *a, const struct sflow_track *b)
{
	return a->kind == b->kind && a->source == b->source && a->source_class == b->source_class &&
	       a->sub_agent == b->sub_agent && tryst_ip_equal(a->agent, b->agent);
}

/* The track of the key, a new one if need be (*fresh); NULL: there is no room. */
static struct sflow_track *
find(struct tryst_sflow *x, const struct sflow_track *key, bool *fresh)
{
	enum { PROBES = 64 };
	uint32_t at = hash_of(key);

	*fresh = false;
	for (unsigned i = 0; i < PROBES; i++) {
		struct sflow_track *t = &x->tracks[(at + i) % TRYST_SFLOW_TRACKS_MAX];

		if (t->kind == 0) {
			*t = *key;
			*fresh = true;
			return t;
		}
		if (key_equal(t, key))
			return t;
	}
	x->full = true;
	return NULL;
}

/* A datagram behind the last one: whether it was here before says its bit. */
static void
behind(struct sflow_track *t, uint64_t bit, struct tryst_health *h)
{
	if (t->recent & bit) {
		h->sequence_duplicate++;
		return;
	}
	t->recent |= bit;
	h->sequence_late++;
	if (t->losses > 0 && h->sequence_lost > 0) {
		t->losses--;
		h->sequence_lost--;
	}
}

void
tryst_sflow_track_datagram(struct sflow_message *m, uint32_t sequence, uint32_t uptime)
{
	struct sflow_track key = {
		.agent = m->agent,
		.sub_agent = m->sub_agent,
		.kind = SFLOW_DATAGRAMS,
	};
	struct tryst_health *h = &m->sink->health;
	bool fresh;
	struct sflow_track *t = m->track = find(m->x, &key, &fresh);
	uint32_t ahead = t ? sequence - t->next : 0;

	if (!t)
		return;
	if (fresh || ahead == 0) {
		t->next = sequence + 1;
		ahead = 0;
	} else if (ahead < FAR) {
		h->sequence_lost += ahead;
		t->losses += ahead;
		t->next = sequence + 1;
	} else if (-ahead <= RECENT && uptime + RESTART_SLACK_MS >= t->uptime) {
		behind(t, 1ULL << (-ahead - 1), h);
		return;
	} else {
		h->exporter_restarts++;
		t->next = sequence + 1;
		t->losses++; /* its sources count anew, too */
		t->recent = 0;
		ahead = 0;
	}
	t->recent = ahead < RECENT - 1 ? t->recent << (ahead + 1) | 1 : 1;
	t->uptime = uptime;
}

void
tryst_sflow_track_sample(struct sflow_message *m, enum sflow_track_kind kind, uint32_t source_class,
                         uint32_t source, uint32_t sequence, const uint32_t *drops)
{
	struct sflow_track key = {
		.agent = m->agent,
		.sub_agent = m->sub_agent,
		.source_class = source_class,
		.source = source,
		.kind = (uint8_t)kind,
	};
	uint64_t losses = m->track ? m->track->losses : 0;
	bool fresh;
	struct sflow_track *t = find(m->x, &key, &fresh);
	uint32_t ahead = t ? sequence - t->next : 0;

	if (!t)
		return;
	if (!fresh && ahead > 0 && ahead < FAR && t->losses == losses)
		m->sink->health.sequence_lost += ahead;
	if (fresh || ahead < FAR || -ahead > RECENT)
		t->next = sequence + 1;
	t->losses = losses;
	if (drops) {
		if (t->drops_known && *drops > t->drops && *drops - t->drops < FAR)
			m->x->dropped += *drops - t->drops;
		t->drops = *drops;
		t->drops_known = true;
	}
}

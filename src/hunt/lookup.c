/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/lookup.h"

#define FWD_CLASS 0xc0
#define FWD_DROPPED 0x80
#define FWD_DROPPED_RPF 140

/* The first exporter of the input that is not before the key. */
static size_t
exporter_place(const struct tryst_input *in, const struct tryst_exporter *key)
{
	size_t from = 0, to = in->exporter_count;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (tryst_exporter_compare(in->exporters[mid], key) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return to;
}

/* What the input knows of the exporter: of its domain, or else the coarsest of any; 0: nothing. */
static uint32_t
sampling_find(const struct tryst_input *in, const struct tryst_hunt_record *r)
{
	bool named = r->has & TRYST_HAS_EXPORTER;
	struct tryst_exporter key = { .ip = r->exporter, .domain = r->domain };
	size_t at = exporter_place(in, &key);
	uint32_t n = 0;

	if (r->has & TRYST_HAS_DOMAIN && at < in->exporter_count &&
	    !tryst_exporter_compare(in->exporters[at], &key))
		return in->exporters[at]->sampling;
	key.domain = 0;
	for (size_t i = named ? exporter_place(in, &key) : 0; i < in->exporter_count; i++) {
		if (named && !tryst_ip_equal(in->exporters[i]->ip, r->exporter))
			break;
		n = TRYST_MAX(n, in->exporters[i]->sampling);
	}
	return n;
}

uint32_t
tryst_lookup_sampling(struct tryst_lookup *l, const struct tryst_hunt_record *r)
{
	const uint32_t identity = TRYST_HAS_EXPORTER | TRYST_HAS_DOMAIN;
	const struct tryst_hunt_record *last = &l->found;

	if (r->has & TRYST_HAS_SAMPLING)
		return r->sampling;
	if (r->input_id >= l->setting->input_count)
		return 0;
	if (!l->looked || last->input_id != r->input_id || last->domain != r->domain ||
	    ((last->has ^ r->has) & identity) || !tryst_ip_equal(last->exporter, r->exporter)) {
		l->looked = true;
		l->found = *r;
		l->found.sampling = sampling_find(l->setting->inputs[r->input_id], r);
	}
	return l->found.sampling;
}

/* Whether the exporter names the interfaces it forwards to, by its records or by the setting. */
static bool
forwards(const struct tryst_lookup *l, const struct tryst_hunt_record *r)
{
	const struct tryst_exporting *e = tryst_exportings_find(l->exporters, r);
	size_t from = 0, to = l->setting->forwarder_count;

	if (e && e->forwards)
		return true;
	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (tryst_ip_compare(l->setting->forwarders[mid], r->exporter) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from < l->setting->forwarder_count && r->has & TRYST_HAS_EXPORTER &&
	       tryst_ip_equal(l->setting->forwarders[from], r->exporter);
}

struct tryst_hunt_forwarding
tryst_lookup_forwarding(const struct tryst_lookup *l, const struct tryst_hunt_record *r)
{
	const struct tryst_conversation_setting *set = l->setting;
	bool null = false;

	if (r->has & TRYST_HAS_FWD_STATUS && r->fwd_status & FWD_CLASS)
		return (struct tryst_hunt_forwarding){ true,
			                               (r->fwd_status & FWD_CLASS) == FWD_DROPPED,
			                               r->fwd_status == FWD_DROPPED_RPF };
	if (!(r->has & TRYST_HAS_OUT_IF))
		return (struct tryst_hunt_forwarding){ 0 };
	for (size_t i = 0; i < set->null_if_count; i++)
		null |= set->null_ifs[i] == r->out_if;
	if (!set->null_if_count && !r->out_if)
		null = forwards(l, r);
	/* What is 0 and means unknown tells nothing. */
	return (struct tryst_hunt_forwarding){ null || r->out_if, null, false };
}

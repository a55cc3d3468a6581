/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the case file about the hosts that are not listed. */
#include "report/json_companions.h"

#include "report/json_judgement.h"

/* What was read of them. */
static void
around(struct tryst_json *j, const struct tryst_around_scope *a)
{
	tryst_json_key_object(j, "around");
	if (a->untested) {
		tryst_json_key_str(j, "untested", a->untested);
	} else {
		tryst_json_key_u64(j, "meetings", a->meetings);
		tryst_json_key_time(j, "from", a->from_ms);
		tryst_json_key_time(j, "to", a->to_ms);
		tryst_json_key_u64(j, "flows", a->records);
		tryst_json_key_u64(j, "one_in", a->one_in);
		tryst_json_key_u64(j, "sampled", a->sampled);
	}
	tryst_json_end(j);
}

static void
companion(struct tryst_json *j, const struct tryst_case *c, const struct tryst_companion *k)
{
	char grade[2] = { k->grade, '\0' };

	tryst_json_object(j);
	tryst_json_key_ip(j, "ip", k->ip);
	tryst_json_key_real(j, "llr", k->llr);
	tryst_json_key_array(j, "endpoints");
	for (uint32_t i = 0; i < k->meeting_count; i++) {
		const struct tryst_meeting *m = &c->meetings[k->meetings[i]];

		tryst_json_object(j);
		tryst_json_key_ip(j, "ip", m->ip);
		tryst_json_key_u64(j, "proto", m->proto);
		if (m->port_known) {
			tryst_json_key_u64(j, "port", m->port);
			tryst_json_key_str(j, "port_side", m->at_peer ? "peer" : "home");
		}
		tryst_json_end(j);
	}
	tryst_json_end(j);
	if (k->lead_known) {
		tryst_json_key_i64(j, "lead_ms", k->lead_ms);
		tryst_json_key_real(j, "log10_p_lead", k->log10_p_lead);
	}
	if (k->direction)
		tryst_json_key_str(j, "direction", k->direction);
	tryst_json_key_str(j, "grade", grade);
	tryst_json_evidence(j, &k->evidence);
	tryst_json_end(j);
}

void
tryst_json_companions(struct tryst_json *j, const struct tryst_case *c)
{
	around(j, &c->around);
	tryst_json_key_array(j, "companions");
	for (size_t i = 0; i < c->companion_count; i++)
		companion(j, c, &c->companions[i]);
	tryst_json_end(j);
	if (c->companions_untested)
		tryst_json_key_str(j, "companions_untested", c->companions_untested);
}

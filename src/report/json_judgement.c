/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json_judgement.h"

static const char *const hypotheses[] = {
	[TRYST_HYPOTHESIS_RENDEZVOUS] = "rendezvous", [TRYST_HYPOTHESIS_SPOOFED] = "spoofed",
	[TRYST_HYPOTHESIS_POPULAR] = "popular",       [TRYST_HYPOTHESIS_SCANNERS] = "scanners",
	[TRYST_HYPOTHESIS_TAKEDOWN] = "takedown",
};

void
tryst_json_evidence(struct tryst_json *j, const struct tryst_evidence_list *evidence)
{
	tryst_json_key_array(j, "evidence");
	for (uint32_t i = 0; i < evidence->count; i++) {
		const struct tryst_evidence *e = &evidence->list[i];

		tryst_json_object(j);
		tryst_json_key_str(j, "family", e->family);
		if (e->scored)
			tryst_json_key_real(j, "llr", e->llr);
		tryst_json_key_str(j, "text", e->text);
		tryst_json_key_array(j, "records");
		for (uint32_t k = 0; k < e->ref_count; k++) {
			tryst_json_object(j);
			tryst_json_key_u64(j, "input", e->refs[k].input);
			tryst_json_key_u64(j, "record", e->refs[k].record);
			tryst_json_end(j);
		}
		tryst_json_end(j);
		tryst_json_end(j);
	}
	tryst_json_end(j);
}

void
tryst_json_judgement(struct tryst_json *j, const struct tryst_judgement *judgement)
{
	char grade[2] = { judgement->grade, '\0' };

	tryst_json_key_object(j, "hypotheses");
	for (size_t h = 0; h < TRYST_HYPOTHESIS_COUNT; h++)
		tryst_json_key_real(j, hypotheses[h], judgement->posterior[h]);
	tryst_json_end(j);
	tryst_json_key_str(j, "grade", grade);
	tryst_json_key_str(j, "verdict", judgement->verdict);
	if (judgement->missing)
		tryst_json_key_str(j, "missing", judgement->missing);
	tryst_json_key_array(j, "changes");
	for (uint32_t i = 0; i < judgement->change_count; i++)
		tryst_json_str(j, judgement->changes[i]);
	tryst_json_end(j);
	tryst_json_evidence(j, &judgement->evidence);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json_spoof.h"

#include "report/json_judgement.h"

void
tryst_json_spoof(struct tryst_json *j, const struct tryst_spoof *spoof)
{
	static const char *const grades[] = {
		[TRYST_SPOOF_UNDECIDABLE] = "undecidable",
		[TRYST_SPOOF_GENUINE] = "genuine",
		[TRYST_SPOOF_PROBABLE] = "probably_spoofed",
		[TRYST_SPOOF_SPOOFED] = "spoofed",
	};

	tryst_json_key_object(j, "spoof");
	if (spoof->untested) {
		tryst_json_key_str(j, "untested", spoof->untested);
		tryst_json_end(j);
		return;
	}
	tryst_json_key_real(j, "llr", spoof->llr);
	tryst_json_key_str(j, "grade", grades[spoof->grade]);
	tryst_json_key_u64(j, "families", spoof->families);
	tryst_json_key_bool(j, "one_generator", spoof->one_generator);
	if (spoof->purpose)
		tryst_json_key_str(j, "purpose", spoof->purpose);
	tryst_json_evidence(j, &spoof->evidence);
	tryst_json_end(j);
}

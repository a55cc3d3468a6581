/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the case file about the hosts that are not listed. */
#include "report/json_companions.h"

/* What was read of them. */
static void
around(struct tryst_json *j, const struct tryst_around_scope *a)
{
	tryst_json_key(j, "around");
	tryst_json_object(j);
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

void
tryst_json_companions(struct tryst_json *j, const struct tryst_case *c)
{
	around(j, &c->around);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipset: one set a family and case, for `ipset restore` (ipset(8)).  What is in it is made new at
 * each run; rules that refer to it stay.
 */
#include "respond/emitters.h"

#define MAXELEM_DEFAULT 65536

static void
add(const struct tryst_emit *e)
{
	bool timed = e->options->expire_ms > 0;

	for (int v6 = 0; v6 < 2; v6++) {
		if (!tryst_emit_count(e, v6))
			continue;
		tryst_emit_form(e, NULL, v6, "create tryst%f-%t hash:net family ");
		tryst_buf_printf(e->out, "%s comment counters maxelem %zu", v6 ? "inet6" : "inet",
		                 TRYST_MAX(tryst_emit_count(e, v6), (size_t)MAXELEM_DEFAULT));
		tryst_emit_form(e, NULL, v6, timed ? " timeout %x -exist\n" : " -exist\n");
		tryst_emit_form(e, NULL, v6, "flush tryst%f-%t\n");
		tryst_emit_each(e, v6, true,
		                timed ? "add tryst%f-%t %p timeout %x comment \"tryst-%t\" -exist\n"
		                      : "add tryst%f-%t %p comment \"tryst-%t\" -exist\n");
	}
}

static void
take_away(const struct tryst_emit *e)
{
	for (int v6 = 0; v6 < 2; v6++) {
		if (tryst_emit_count(e, v6))
			tryst_emit_form(e, NULL, v6, "destroy tryst%f-%t\n");
	}
}

const struct tryst_emitter tryst_emitter_ipset = {
	.name = "ipset",
	.title = "ipset",
	.comment = '#',
	.tested = true,
	.inbound = true,
	.expires = true,
	.expire_max_s = 2147483, /* ipset(8) */
	.load = "ipset restore < FILE; then, once, rules that use the sets, for what comes and "
		"goes:\n"
		"iptables -t raw -I PREROUTING -m set --match-set tryst4-%t src -j DROP\n"
		"iptables -t raw -I PREROUTING -m set --match-set tryst4-%t dst -j DROP\n"
		"iptables -t raw -I OUTPUT -m set --match-set tryst4-%t dst -j DROP\n"
		"and the same with ip6tables and tryst6-%t\n",
	.undo = "delete those rules (-D for -I), then ipset restore < FILE.undo\n",
	.add = add,
	.remove = take_away,
};

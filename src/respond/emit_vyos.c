/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VyOS: static blackhole routes as set commands (VyOS documentation, "Static"; the XML of vyos-1x).
 */
#include "respond/emitters.h"

static void
add(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, true, "set protocols static route %p blackhole tag 666\n");
	tryst_emit_each(e, true, true, "set protocols static route6 %p blackhole tag 666\n");
}

static void
take_away(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, false, "delete protocols static route %p\n");
	tryst_emit_each(e, true, false, "delete protocols static route6 %p\n");
}

const struct tryst_emitter tryst_emitter_vyos = {
	.name = "vyos",
	.title = "VyOS",
	.comment = '#',
	.load = "configure, paste, commit-confirm 10, then confirm and save\n",
	.undo = "configure, paste FILE.undo, commit, save\n",
	.also = "loose uRPF on the interfaces that packets come in by (ethN):\n"
		"  set interfaces ethernet ethN ip source-validation loose\n"
		"  set interfaces ethernet ethN ipv6 source-validation loose\n",
	.add = add,
	.remove = take_away,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Juniper Junos: static discard routes as set commands (Junos CLI Reference, "static (Protocols)").
 */
#include "respond/emitters.h"

static void
add(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, true,
	                "set routing-options static route %p discard\nset routing-options static "
	                "route %p tag 666\n");
	tryst_emit_each(e, true, true,
	                "set routing-options rib inet6.0 static route %p discard\nset "
	                "routing-options rib inet6.0 static route %p tag 666\n");
}

static void
take_away(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, false, "delete routing-options static route %p\n");
	tryst_emit_each(e, true, false, "delete routing-options rib inet6.0 static route %p\n");
}

const struct tryst_emitter tryst_emitter_junos = {
	.name = "junos",
	.title = "Juniper Junos",
	.comment = '#',
	.load = "configure exclusive, load set FILE, commit confirmed 10, then commit\n",
	.undo = "configure exclusive, load set FILE.undo, commit\n",
	.also = "loose uRPF on the interfaces that packets come in by (IFD, UNIT):\n"
		"  set interfaces IFD unit UNIT family inet rpf-check mode loose\n"
		"  set forwarding-options rpf-loose-mode-discard family inet\n"
		"and the same with inet6\n",
	.add = add,
	.remove = take_away,
};

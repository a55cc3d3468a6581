/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cisco NX-OS: static routes to Null0 (Nexus 9000 NX-OS Unicast Routing Configuration Guide).
 */
#include "respond/emitters.h"

static void
add(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, true, "ip route %p Null0 name tryst-%t tag 666\n");
	tryst_emit_each(e, true, true, "ipv6 route %p Null0 name tryst-%t tag 666\n");
}

static void
take_away(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, false, "no ip route %p Null0 name tryst-%t tag 666\n");
	tryst_emit_each(e, true, false, "no ipv6 route %p Null0 name tryst-%t tag 666\n");
}

const struct tryst_emitter tryst_emitter_nxos = {
	.name = "nxos",
	.title = "Cisco NX-OS",
	.comment = '!',
	.load = "checkpoint before-tryst-%t, configure terminal, paste\n"
		"back if it went wrong: rollback running-config checkpoint before-tryst-%t\n",
	.undo = "configure terminal, paste FILE.undo\n",
	.also = "loose uRPF on the interfaces that packets come in by:\n"
		"  ip verify unicast source reachable-via any\n"
		"  ipv6 verify unicast source reachable-via any\n",
	.add = add,
	.remove = take_away,
};

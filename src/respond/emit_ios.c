/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cisco IOS and IOS-XE: static routes to Null0 (Cisco IOS IP Routing: Protocol-Independent Command
 * Reference, "ip route", "ipv6 route").
 */
#include "respond/emitters.h"

static void
add(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, true, "ip route %a %m Null0 tag 666 name tryst-%t\n");
	tryst_emit_each(e, true, true, "ipv6 route %p Null0 tag 666\n");
}

static void
take_away(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, false, "no ip route %a %m Null0\n");
	tryst_emit_each(e, true, false, "no ipv6 route %p Null0\n");
}

const struct tryst_emitter tryst_emitter_ios = {
	.name = "ios",
	.title = "Cisco IOS and IOS-XE",
	.comment = '!',
	.load = "configure terminal revert timer 10 (IOS-XE with an archive), paste, configure "
		"confirm\n",
	.undo = "configure terminal, paste FILE.undo\n",
	.also = "loose uRPF on the interfaces that packets come in by:\n"
		"  ip verify unicast source reachable-via any\n"
		"  ipv6 verify unicast source reachable-via any\n"
		"and once, against a flood of ICMP errors: interface Null0, no ip unreachables\n",
	.add = add,
	.remove = take_away,
};

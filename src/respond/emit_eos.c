/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arista EOS: static routes to Null0 (EOS User Manual, "ip route", "ipv6 route").
 */
#include "respond/emitters.h"

static void
add(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, true, "ip route %p Null0 tag 666 name tryst-%t\n");
	tryst_emit_each(e, true, true, "ipv6 route %p Null0 tag 666 name tryst-%t\n");
}

static void
take_away(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, false, "no ip route %p Null0\n");
	tryst_emit_each(e, true, false, "no ipv6 route %p Null0\n");
}

const struct tryst_emitter tryst_emitter_eos = {
	.name = "eos",
	.title = "Arista EOS",
	.comment = '!',
	.load = "configure session tryst-%t, paste, commit timer 00:10:00, then commit in the same "
		"session\n",
	.undo = "configure session tryst-%t-undo, paste FILE.undo, commit\n",
	.also = "loose uRPF on the interfaces that packets come in by:\n"
		"  ip verify unicast source reachable-via any\n"
		"  ipv6 verify unicast source reachable-via any\n",
	.add = add,
	.remove = take_away,
};

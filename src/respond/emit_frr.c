/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FRR: static blackhole routes (FRR User Manual, "STATIC").
 */
#include "respond/emitters.h"

static void
add(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, true, "ip route %p blackhole tag 666\n");
	tryst_emit_each(e, true, true, "ipv6 route %p blackhole tag 666\n");
}

static void
take_away(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, false, "no ip route %p blackhole tag 666\n");
	tryst_emit_each(e, true, false, "no ipv6 route %p blackhole tag 666\n");
}

const struct tryst_emitter tryst_emitter_frr = {
	.name = "frr",
	.title = "FRR (vtysh), static routes",
	.comment = '!',
	.tested = true,
	.load = "vtysh -C -f FILE (checks it), vtysh -f FILE\n",
	.undo = "vtysh -f FILE.undo\n",
	.also = "loose uRPF is the kernel's: sysctl -w net.ipv4.conf.IF.rp_filter=2 (IPv4), or for "
		"both families\n"
		"  nft add rule inet raw prerouting fib saddr oif missing counter drop\n",
	.add = add,
	.remove = take_away,
};

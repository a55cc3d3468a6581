/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GoBGP: routes into its global RIB by its command line client, as a shell script (GoBGP
 * documentation, "cli-command-syntax").
 */
#include "respond/emitters.h"

static void
add(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, true,
	                "gobgp global rib add -a ipv4 %p nexthop %n community blackhole,no-export "
	                "local-pref 200\n");
	tryst_emit_each(e, true, true,
	                "gobgp global rib add -a ipv6 %p nexthop %n community blackhole,no-export "
	                "local-pref 200\n");
}

static void
take_away(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, false, "gobgp global rib del -a ipv4 %p\n");
	tryst_emit_each(e, true, false, "gobgp global rib del -a ipv6 %p\n");
}

const struct tryst_emitter tryst_emitter_gobgp = {
	.name = "gobgp",
	.title = "GoBGP (a shell script)",
	.comment = '#',
	.tested = true,
	.bgp = true,
	.load = "sh -e FILE, where gobgpd has iBGP neighbours only\n",
	.undo = "sh -e FILE.undo\n",
	.also = "on every edge router, once: a discard route for the next hops (192.0.2.1/32 and\n"
		"100::/64 unless --next-hop names others), and loose uRPF on the interfaces that\n"
		"packets come in by: then what comes from these addresses is dropped too\n",
	.add = add,
	.remove = take_away,
};

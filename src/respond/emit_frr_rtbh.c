/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FRR as a trigger router for source RTBH (RFC 5635): the blackhole routes are announced by iBGP
 * with a next hop that the edges discard.  A route-map of its own and `network` statements, so that
 * what the router redistributes otherwise stays as it is.
 */
#include "respond/emitters.h"

static void
add(const struct tryst_emit *e)
{
	for (int v6 = 0; v6 < 2; v6++) {
		const char *ip = v6 ? "ipv6" : "ip";

		if (!tryst_emit_count(e, v6))
			continue;
		tryst_emit_form(e, NULL, v6,
		                "route-map TRYST%f-%t permit 10\n"
		                " set community blackhole no-export additive\n");
		tryst_emit_form(e, NULL, v6,
		                v6 ? " set ipv6 next-hop global %n\n" : " set ip next-hop %n\n");
		tryst_buf_str(e->out, " set local-preference 200\nexit\n");
		tryst_emit_each(e, v6, true,
		                v6 ? "ipv6 route %p blackhole tag 666\n"
		                   : "ip route %p blackhole tag 666\n");
		tryst_emit_form(e, NULL, v6, "router bgp %A\n");
		tryst_buf_printf(e->out, " address-family %s unicast\n", v6 ? ip : "ipv4");
		tryst_emit_each(e, v6, false, "  network %p route-map TRYST%f-%t\n");
		tryst_buf_str(e->out, " exit-address-family\nexit\n");
	}
}

static void
take_away(const struct tryst_emit *e)
{
	for (int v6 = 0; v6 < 2; v6++) {
		if (!tryst_emit_count(e, v6))
			continue;
		tryst_emit_form(e, NULL, v6, "router bgp %A\n");
		tryst_buf_printf(e->out, " address-family %s unicast\n", v6 ? "ipv6" : "ipv4");
		tryst_emit_each(e, v6, false, "  no network %p route-map TRYST%f-%t\n");
		tryst_buf_str(e->out, " exit-address-family\nexit\n");
		tryst_emit_each(e, v6, false,
		                v6 ? "no ipv6 route %p blackhole tag 666\n"
		                   : "no ip route %p blackhole tag 666\n");
		tryst_emit_form(e, NULL, v6, "no route-map TRYST%f-%t\n");
	}
}

const struct tryst_emitter tryst_emitter_frr_rtbh = {
	.name = "frr-rtbh",
	.title = "FRR (vtysh) as an RTBH trigger",
	.comment = '!',
	.tested = true,
	.bgp = true,
	.needs = TRYST_EMIT_ASN,
	.load = "router bgp %A is there already; vtysh -C -f FILE (checks it), vtysh -f FILE\n",
	.undo = "vtysh -f FILE.undo\n",
	.also = "on every edge router, once: a discard route for the next hops (192.0.2.1/32 and\n"
		"100::/64 unless --next-hop names others), and loose uRPF on the interfaces that\n"
		"packets come in by: then what comes from these addresses is dropped too\n",
	.add = add,
	.remove = take_away,
};

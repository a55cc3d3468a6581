/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linux: blackhole routes of protocol number 250, which nobody else uses, and metric 1
 * (ip-route(8)). Run again it replaces its own routes; the removal takes exactly these.
 */
#include "respond/emitters.h"

static void
add(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, true, "route replace blackhole %p proto 250 metric 1\n");
	tryst_emit_each(e, true, true, "route replace blackhole %p proto 250 metric 1\n");
}

static void
take_away(const struct tryst_emit *e)
{
	tryst_emit_each(e, false, false, "route del blackhole %p proto 250 metric 1\n");
	tryst_emit_each(e, true, false, "route del blackhole %p proto 250 metric 1\n");
}

const struct tryst_emitter tryst_emitter_linux = {
	.name = "linux",
	.title = "Linux (ip -batch)",
	.comment = '#',
	.tested = true,
	.load = "ip -batch FILE\n",
	.undo = "ip -force -batch FILE.undo\n"
		"all of every case: ip route flush type blackhole proto 250, and ip -6 ...\n",
	.also = "to show it by name: echo \"250 tryst\" > /etc/iproute2/rt_protos.d/tryst.conf\n"
		"what comes in: sysctl -w net.ipv4.conf.IF.rp_filter=2 (loose; IPv4 only), or for "
		"both families\n"
		"  nft add rule inet raw prerouting fib saddr oif missing counter drop\n",
	.add = add,
	.remove = take_away,
};

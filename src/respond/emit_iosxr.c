/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cisco IOS XR: static routes to Null0 (Routing Command Reference for Cisco ASR 9000, "router
 * static").
 */
#include "respond/emitters.h"

static void
add(const struct tryst_emit *e)
{
	tryst_buf_str(e->out, "router static\n");
	if (tryst_emit_count(e, false)) {
		tryst_buf_str(e->out, " address-family ipv4 unicast\n");
		tryst_emit_each(e, false, true, "  %p Null0 tag 666 description tryst-%t\n");
		tryst_buf_str(e->out, " !\n");
	}
	if (tryst_emit_count(e, true)) {
		tryst_buf_str(e->out, " address-family ipv6 unicast\n");
		tryst_emit_each(e, true, true, "  %p Null0 tag 666 description tryst-%t\n");
		tryst_buf_str(e->out, " !\n");
	}
	tryst_buf_str(e->out, "!\n");
}

static void
take_away(const struct tryst_emit *e)
{
	tryst_buf_str(e->out, "router static\n");
	if (tryst_emit_count(e, false)) {
		tryst_buf_str(e->out, " address-family ipv4 unicast\n");
		tryst_emit_each(e, false, false, "  no %p Null0\n");
		tryst_buf_str(e->out, " !\n");
	}
	if (tryst_emit_count(e, true)) {
		tryst_buf_str(e->out, " address-family ipv6 unicast\n");
		tryst_emit_each(e, true, false, "  no %p Null0\n");
		tryst_buf_str(e->out, " !\n");
	}
	tryst_buf_str(e->out, "!\n");
}

const struct tryst_emitter tryst_emitter_iosxr = {
	.name = "iosxr",
	.title = "Cisco IOS XR",
	.comment = '!',
	.load = "configure, load FILE, commit confirmed minutes 10, then commit\n",
	.undo = "configure, load FILE.undo, commit\n",
	.also = "loose uRPF on the interfaces that packets come in by:\n"
		"  ipv4 verify unicast source reachable-via any\n"
		"  ipv6 verify unicast source reachable-via any\n",
	.add = add,
	.remove = take_away,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BIRD 2: static protocols with blackhole routes, as a file that bird.conf includes (BIRD User's
 * Guide, "Static").  The removal is a file without them.
 */
#include "respond/emitters.h"

static void
add(const struct tryst_emit *e)
{
	for (int v6 = 0; v6 < 2; v6++) {
		if (!tryst_emit_count(e, v6))
			continue;
		tryst_emit_form(e, NULL, v6, "protocol static tryst%f_%u {\n\tipv%f;\n");
		tryst_emit_each(e, v6, true,
		                "\troute %p blackhole { bgp_community.add((65535,666)); "
		                "bgp_community.add((65535,65281)); };\n");
		tryst_buf_str(e->out, "}\n");
	}
}

static void
take_away(const struct tryst_emit *e)
{
	(void)e; /* the comments are all there is */
}

const struct tryst_emitter tryst_emitter_bird = {
	.name = "bird",
	.title = "BIRD 2, static routes",
	.comment = '#',
	.tested = true,
	.load = "bird.conf has: include \"/etc/bird/tryst/*.conf\"; put FILE there as %t.conf,\n"
		"birdc configure check, birdc configure timeout 300, birdc configure confirm\n",
	.undo = "put FILE.undo in its place, or delete it; birdc configure\n",
	.also = "the kernel protocol must export these routes; an iBGP session that exports them "
		"says\n"
		"BLACKHOLE and NO_EXPORT to the others.  Keep them from every eBGP session.\n"
		"Loose uRPF is the kernel's: sysctl -w net.ipv4.conf.IF.rp_filter=2 (IPv4), or for "
		"both\n"
		"families nft add rule inet raw prerouting fib saddr oif missing counter drop\n",
	.add = add,
	.remove = take_away,
};

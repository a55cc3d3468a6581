/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nftables: a table of its own for each case, with a set a family and rules for both directions
 * before anything else (nft(8)).  One transaction that replaces what an earlier run left.
 */
#include "respond/emitters.h"

static void
drop_table(const struct tryst_emit *e)
{
	tryst_emit_form(e, NULL, false,
	                "add table inet tryst_%u\n"
	                "delete table inet tryst_%u\n");
}

static void
family(const struct tryst_emit *e, bool v6)
{
	const char *ip = v6 ? "ip6" : "ip";
	bool timed = e->options->expire_ms > 0;

	if (!tryst_emit_count(e, v6))
		return;
	tryst_emit_form(e, NULL, v6,
	                "add set inet tryst_%u bad%f { type ipv%f_addr; flags interval");
	tryst_buf_str(e->out, timed ? ", timeout; }\n" : "; }\n");
	for (int dst = 0; dst < 2; dst++) {
		tryst_emit_form(e, NULL, v6, "add rule inet tryst_%u pre ");
		tryst_buf_printf(e->out, "%s %s ", ip, dst ? "daddr" : "saddr");
		tryst_emit_form(e, NULL, v6, "@bad%f counter drop\n");
		/* What this machine sends itself does not pass prerouting. */
		tryst_emit_form(e, NULL, v6, dst ? "add rule inet tryst_%u out " : "");
		if (dst) {
			tryst_buf_printf(e->out, "%s daddr ", ip);
			tryst_emit_form(e, NULL, v6, "@bad%f counter drop\n");
		}
	}
	tryst_emit_each(e, v6, true,
	                timed ? "add element inet tryst_%u bad%f { %p timeout %xs comment "
	                        "\"tryst-%t\" }\n"
	                      : "add element inet tryst_%u bad%f { %p comment \"tryst-%t\" }\n");
}

static void
add(const struct tryst_emit *e)
{
	drop_table(e);
	tryst_emit_form(e, NULL, false,
	                "add table inet tryst_%u\n"
	                "add chain inet tryst_%u pre { type filter hook prerouting priority raw; "
	                "policy accept; }\n"
	                "add chain inet tryst_%u out { type filter hook output priority raw; "
	                "policy accept; }\n");
	family(e, false);
	family(e, true);
}

const struct tryst_emitter tryst_emitter_nftables = {
	.name = "nftables",
	.title = "nftables",
	.comment = '#',
	.tested = true,
	.inbound = true,
	.expires = true,
	.load = "nft -c -f FILE (checks it), nft -f FILE\n",
	.undo = "nft -f FILE.undo\n",
	.add = add,
	.remove = drop_table,
};

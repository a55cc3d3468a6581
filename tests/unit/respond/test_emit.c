/* SPDX-License-Identifier: Apache-2.0 */
/* The emitters as text; tests/diff/test_block.py shows them to the programs they are for. */
#include "planned.h"

#include "respond/emit.h"

static const struct tryst_emit_options everything = {
	.tag = "case-42",
	.created_ms = 1795683600000,
	.expire_ms = 3600000,
	.asn = 64500,
	.peer = { 0, 0xffff05060701 },
	.local = { 0, 0xffff05060702 },
	.next_hop4 = { 0, 0xffffc0000201 },
	.next_hop6 = { 0x0100000000000000, 1 },
};

/* Lines that begin with the comment character, and the others. */
static void
split(const char *text, char comment, struct tryst_buf *comments, struct tryst_buf *rest)
{
	while (*text) {
		size_t len = strcspn(text, "\n") + 1;

		tryst_buf_add(*text == comment ? comments : rest, text, len);
		text += len;
	}
	assert_false(comments->failed || rest->failed);
}

static void
lines_of_families(void **state)
{
	static const struct {
		const char *name, *add, *undo;
	} cases[] = {
		{ "ios",
		  "ip route 9.9.8.0 255.255.255.128 Null0 tag 666 name tryst-case-42\n"
		  "ipv6 route 2a00::1/128 Null0 tag 666\n",
		  "no ip route 9.9.8.0 255.255.255.128 Null0\nno ipv6 route 2a00::1/128 Null0\n" },
		{ "iosxr",
		  "router static\n address-family ipv4 unicast\n"
		  "  9.9.8.0/25 Null0 tag 666 description tryst-case-42\n"
		  " address-family ipv6 unicast\n"
		  "  2a00::1/128 Null0 tag 666 description tryst-case-42\n",
		  "router static\n address-family ipv4 unicast\n  no 9.9.8.0/25 Null0\n"
		  " address-family ipv6 unicast\n  no 2a00::1/128 Null0\n" },
		{ "junos",
		  "set routing-options static route 9.9.8.0/25 discard\n"
		  "set routing-options static route 9.9.8.0/25 tag 666\n"
		  "set routing-options rib inet6.0 static route 2a00::1/128 discard\n"
		  "set routing-options rib inet6.0 static route 2a00::1/128 tag 666\n",
		  "delete routing-options static route 9.9.8.0/25\n"
		  "delete routing-options rib inet6.0 static route 2a00::1/128\n" },
		{ "routeros",
		  "/ip route remove [find comment=\"tryst:case-42\"]\n"
		  "/ipv6 route remove [find comment=\"tryst:case-42\"]\n"
		  "/ip route add blackhole dst-address=9.9.8.0/25 comment=\"tryst:case-42\"\n"
		  "/ipv6 route add blackhole dst-address=2a00::1/128 comment=\"tryst:case-42\"\n",
		  "/ip route remove [find comment=\"tryst:case-42\"]\n"
		  "/ipv6 route remove [find comment=\"tryst:case-42\"]\n" },
		{ "linux",
		  "route replace blackhole 9.9.8.0/25 proto 250 metric 1\n"
		  "route replace blackhole 2a00::1/128 proto 250 metric 1\n",
		  "route del blackhole 9.9.8.0/25 proto 250 metric 1\n"
		  "route del blackhole 2a00::1/128 proto 250 metric 1\n" },
		{ "exabgp-api",
		  "neighbor 5.6.7.1 announce route 9.9.8.0/25 next-hop 192.0.2.1 community "
		  "[65535:666 65535:65281] local-preference 200\n"
		  "neighbor 5.6.7.1 announce route 2a00::1/128 next-hop 100::1 community "
		  "[65535:666 65535:65281] local-preference 200\n",
		  "neighbor 5.6.7.1 withdraw route 9.9.8.0/25 next-hop 192.0.2.1\n"
		  "neighbor 5.6.7.1 withdraw route 2a00::1/128 next-hop 100::1\n" },
		{ "list", "9.9.8.0/25\n2a00::1/128\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		const struct tryst_emitter *m = tryst_emitter_find(cases[i].name);
		struct tryst_block_plan *p = plan_of("2a00::1\n9.9.8.0/25\n", options_plain());
		struct tryst_buf out = { 0 }, comments = { 0 }, rest = { 0 }, undo = { 0 };

		assert_non_null(m);
		tryst_emit_add(m, p, &everything, &out);
		split(out.data, m->comment, &comments, &rest);
		/* " !" of IOS XR is a comment, too. */
		for (char *at; m->comment == '!' && (at = strstr(rest.data, " !\n"));)
			memmove(at, at + 3, strlen(at + 3) + 1);
		assert_string_equal(rest.data, cases[i].add);
		tryst_buf_clear(&out);
		tryst_emit_remove(m, p, &everything, &out);
		split(out.data, m->comment, &comments, &undo);
		for (char *at; undo.data && m->comment == '!' && (at = strstr(undo.data, " !\n"));)
			memmove(at, at + 3, strlen(at + 3) + 1);
		assert_string_equal(undo.data ? undo.data : "", cases[i].undo);
		tryst_block_plan_free(p);
		tryst_buf_fini(&out);
		tryst_buf_fini(&comments);
		tryst_buf_fini(&rest);
		tryst_buf_fini(&undo);
	}
}

/* What every file says at its top, and that the untested ones say so. */
static void
headers(void **state)
{
	struct tryst_block_plan *p = plan_of("2a00::1\n9.9.8.0/25\n", options_plain());

	(void)state;
	for (size_t i = 0; tryst_emitters[i]; i++) {
		const struct tryst_emitter *m = tryst_emitters[i];
		struct tryst_buf out = { 0 };

		assert_ptr_equal(tryst_emitter_find(m->name), m);
		tryst_emit_add(m, p, &everything, &out);
		assert_int_equal(out.data[0], m->comment);
		assert_non_null(strstr(out.data, m->title));
		assert_non_null(strstr(out.data, "case case-42, made 2026-11-26T"));
		assert_non_null(strstr(out.data, ": 2 prefixes (1 IPv4, 1 IPv6)\n"));
		assert_non_null(strstr(out.data, "expires "));
		assert_non_null(strstr(out.data, "undo:\n"));
		assert_true(!strstr(out.data, "from documentation, not run") == m->tested);
		assert_true(!strstr(out.data, "still\n") == m->inbound);
		assert_null(strchr(out.data, '%'));
		tryst_buf_fini(&out);
	}
	tryst_block_plan_free(p);
}

/* Hostile labels and list names: no line of a file is anything but a comment or ours. */
static void
labels_cannot_leave_their_comment(void **state)
{
	static const char hostile[] =
		"9.9.8.1 # \x1b[2J\x0b}; */ `id` $(id) \"'\\ ! \xe2\x80\xae | "
		"route 0.0.0.0/0 {\n";
	struct tryst_block_plan *p = plan_of(hostile, options_plain());
	struct tryst_block_plan *plain = plan_of("9.9.8.1\n", options_plain());
	static const char *const inputs[] = { "evil\nno ip route; $(id)\x1b[0m" };
	struct tryst_emit_options o = everything;

	(void)state;
	o.inputs = inputs;
	o.input_count = 1;
	for (size_t i = 0; tryst_emitters[i]; i++) {
		const struct tryst_emitter *m = tryst_emitters[i];
		struct tryst_buf out = { 0 }, want = { 0 }, comments = { 0 }, a = { 0 }, b = { 0 };

		tryst_emit_add(m, p, &o, &out);
		tryst_emit_remove_comment(m, p, &o, &out);
		tryst_emit_add(m, plain, &o, &want);
		split(out.data, m->comment, &comments, &a);
		split(want.data, m->comment, &comments, &b);
		assert_string_equal(a.data, b.data);
		for (const char *c = comments.data; *c; c++)
			assert_true(*c == '\n' || *c == '\t' || (*c >= 0x20 && *c < 0x7f));
		assert_null(strstr(comments.data, "$(id)"));
		assert_null(strstr(comments.data, "*/"));
		tryst_buf_fini(&out);
		tryst_buf_fini(&want);
		tryst_buf_fini(&comments);
		tryst_buf_fini(&a);
		tryst_buf_fini(&b);
	}
	tryst_block_plan_free(p);
	tryst_block_plan_free(plain);
}

/* Nothing to block: comments, and no half of a configuration. */
static void
nothing_is_comments_only(void **state)
{
	struct tryst_block_options o = options_plain();
	struct tryst_block_plan *p = NULL;

	(void)state;
	assert_int_equal(tryst_block_plan_new(&p, NULL), 0);
	assert_int_equal(tryst_block_plan_seal(p, &o, NULL), 0);
	for (size_t i = 0; tryst_emitters[i]; i++) {
		struct tryst_buf out = { 0 }, comments = { 0 }, rest = { 0 };

		tryst_emit_add(tryst_emitters[i], p, &everything, &out);
		tryst_emit_remove(tryst_emitters[i], p, &everything, &out);
		split(out.data, tryst_emitters[i]->comment, &comments, &rest);
		assert_int_equal(rest.len, 0);
		tryst_buf_fini(&out);
		tryst_buf_fini(&comments);
		tryst_buf_fini(&rest);
	}
	tryst_block_plan_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_families),
		cmocka_unit_test(headers),
		cmocka_unit_test(labels_cannot_leave_their_comment),
		cmocka_unit_test(nothing_is_comments_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

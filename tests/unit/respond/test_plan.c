/* SPDX-License-Identifier: Apache-2.0 */
#include "planned.h"

#include <stdio.h>
#include <stdlib.h>

#include "watch/known.h"
#include "watch/special.h"

#define MANY 4096

/* All prefixes of a plan in one line. */
static const char *
prefixes(const struct tryst_block_plan *p, char out[MANY])
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < p->count; i++) {
		char text[TRYST_PREFIX_TEXT_MAX];

		(void)tryst_prefix_format(p->entries[i].prefix, text);
		len += (size_t)snprintf(out + len, MANY - len, "%s%s", i ? " " : "", text);
	}
	return out;
}

static void
sorted_once_and_none_in_another(void **state)
{
	static const struct {
		const char *list, *want;
		bool aggregate;
	} cases[] = {
		{ "9.9.9.8\n2a00::1\n9.9.9.1\n9.9.9.8\n", "9.9.9.1 9.9.9.8 2a00::1", false },
		{ "9.9.7.8\n9.9.7.0/24\n9.9.10.1\n", "9.9.7.0/24 9.9.10.1", false },
		{ "9.9.8.4-9.9.8.6\n", "9.9.8.4/31 9.9.8.6", false },
		{ "9.9.8.4\n9.9.8.5\n9.9.8.6\n", "9.9.8.4/31 9.9.8.6", true },
		{ "9.9.8.5\n9.9.8.6\n", "9.9.8.5 9.9.8.6", true },
		{ "9.9.6.0/25\n9.9.6.128/25\n9.9.7.0/24\n", "9.9.6.0/24 9.9.7.0/24", true },
		{ "2a00::0\n2a00::1\n2a00::2\n2a00::3\n", "2a00::/126", true },
	};
	char text[MANY];

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_block_options o = options_plain();
		struct tryst_block_plan *p;

		o.aggregate = cases[i].aggregate;
		p = plan_of(cases[i].list, o);
		assert_int_equal(p->refused, 0);
		assert_string_equal(prefixes(p, text), cases[i].want);
		tryst_block_plan_free(p);
	}
}

/* Random addresses, aggregated: the union is the same, whatever their order. */
static void
aggregation_covers_what_was_listed(void **state)
{
	struct tryst_block_options o = options_plain();
	struct tryst_block_plan *p, *back;
	char list[64 * 20] = "", reversed[64 * 20] = "", line[24];
	bool listed[256] = { 0 };
	uint32_t seed = 7;

	(void)state;
	o.aggregate = true;
	for (int i = 0; i < 64; i++) {
		seed = seed * 1664525u + 1013904223u;
		listed[seed >> 24] = true;
		(void)snprintf(line, sizeof(line), "9.9.8.%u\n", seed >> 24);
		strncat(list, line, sizeof(list) - strlen(list) - 1);
		memmove(reversed + strlen(line), reversed, strlen(reversed) + 1);
		memcpy(reversed, line, strlen(line));
	}
	p = plan_of(list, o);
	back = plan_of(reversed, o);
	assert_int_equal(p->count, back->count);
	assert_int_equal(tryst_block_plan_number(p), tryst_block_plan_number(back));
	for (uint32_t host = 0; host < 256; host++) {
		bool covered = false;

		for (size_t i = 0; i < p->count; i++)
			covered |= tryst_prefix_contains(p->entries[i].prefix,
			                                 tryst_ip_v4(0x09090800 + host));
		assert_int_equal(covered, listed[host]);
	}
	tryst_block_plan_free(p);
	tryst_block_plan_free(back);
}

static const struct {
	const char *entry, *kind, *why;
} refused[] = {
	{ "0.0.0.0/0", NULL, "default route" },
	{ "::/0", NULL, "default route" },
	{ "9.9.0.0/16", NULL, "wider than --max-prefix allows: a /24" },
	{ "2a00::/47", NULL, "wider than --max-prefix allows: a /48" },
	{ "5.6.7.8", "own", "5.6.0.0/16" },
	{ "5.7.1.0/24", "own", "5.7.1.9" },
	{ "2a01::9", "own", "2a01::/32" },
	{ "7.7.7.7", "allowlist", "7.7.7.7" },
	{ "7.7.7.1", "exporter", "exporter" },
	{ "7.7.7.2", "next-hop", "hop" },
	{ "7.7.7.3", "peer", "peer" },
	{ "7.7.7.4", "local", "machine" },
	{ "193.0.14.129", "root-server", "DNS root server (k)" },
	{ "193.0.14.0/24", "root-server", "DNS root server (k)" },
	{ "2001:7fd::1", "root-server", "DNS root server (k)" },
	{ "8.8.8.8", "resolver", "public DNS resolver (Google)" },
	{ "2606:4700:4700::1111", "resolver", "Cloudflare" },
	{ "199.9.14.201", "root-server", "until 2023" },
	{ "104.16.0.1", "content", "Cloudflare" },
	{ "2a04:4e42::1", "content", "Fastly" },
	{ "10.1.2.3", "private", "RFC 1918" },
	{ "100.64.0.1", "private", "RFC 6598" },
	{ "fd00::1", "private", "RFC 4193" },
	{ "127.0.0.1", "loopback", "loopback" },
	{ "::1", "loopback", "loopback" },
	{ "169.254.1.1", "link-local", "RFC 3927" },
	{ "fe80::1", "link-local", "RFC 4291" },
	{ "203.0.113.7", "documentation", "RFC 5737" },
	{ "2001:db8::7", "documentation", "RFC 3849" },
	{ "198.18.0.1", "documentation", "RFC 2544" },
	{ "224.0.0.5", "multicast", "RFC 5771" },
	{ "ff02::1", "multicast", "RFC 4291" },
	{ "0.1.2.3", "reserved", "RFC 791" },
	{ "255.255.255.255", "reserved", "broadcast" },
	{ "100::1", "reserved", "RFC 6666" },
	{ "192.0.0.9", "protocol", "RFC 6890" },
	{ "192.88.99.1", "protocol", "6to4" },
	{ "2001:1::1", "protocol", "RFC 2928" },
	{ "64:ff9b::1.2.3.4", "protocol", "RFC 6052" },
};

static const struct tryst_guard guards[] = {
	{ { { 0, 0xffff05060000 }, 112 }, "own", "5.6/16" },
	{ { { 0, 0xffff05070109 }, 128 }, "own", "one" },
	{ { { 0x2a01000000000000, 0 }, 32 }, "own", "v6" },
	{ { { 0, 0xffff07070707 }, 128 }, "allowlist", "listed" },
	{ { { 0, 0xffff07070701 }, 128 }, "exporter", "an exporter" },
	{ { { 0, 0xffff07070702 }, 128 }, "next-hop", "a hop" },
	{ { { 0, 0xffff07070703 }, 128 }, "peer", "a peer" },
	{ { { 0, 0xffff07070704 }, 128 }, "local", "this machine" },
};

static void
each_rule_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(refused); i++) {
		for (int overruled = 0; overruled < 2; overruled++) {
			struct tryst_block_options o = options_plain();
			struct tryst_block_plan *p = plan_open(refused[i].entry);

			for (size_t k = 0; k < TRYST_ARRAY_SIZE(guards); k++)
				assert_int_equal(tryst_block_plan_guard(p, guards[k].prefix,
				                                        guards[k].kind,
				                                        guards[k].what, NULL),
				                 0);
			o.allowed = &refused[i].kind;
			o.allowed_count = overruled && refused[i].kind;
			assert_int_equal(tryst_block_plan_seal(p, &o, NULL), 0);
			if (overruled && refused[i].kind) {
				assert_int_equal(p->refused, 0);
				assert_int_equal(p->count, 1);
			} else {
				assert_true(p->refused >= 1);
				assert_non_null(strstr(p->refusals[0].why, refused[i].why));
				assert_string_equal(p->refusals[0].source, "list:1");
				if (refused[i].kind)
					assert_string_equal(p->refusals[0].kind, refused[i].kind);
				else
					assert_null(p->refusals[0].kind);
			}
			tryst_block_plan_free(p);
		}
	}
}

static void
own_networks_are_asked_for(void **state)
{
	struct tryst_block_options o = options_plain();
	struct tryst_block_plan *p;

	(void)state;
	o.no_own_check = false;
	p = plan_of("9.9.9.1\n", o);
	assert_int_equal(p->refused, 1);
	assert_null(p->refusals[0].source);
	assert_non_null(strstr(p->refusals[0].why, "--own"));
	tryst_block_plan_free(p);

	p = plan_open("9.9.9.1\n");
	assert_int_equal(
		tryst_block_plan_guard(p, prefix_of("5.6.0.0/16"), "own", "own.txt:1", NULL), 0);
	assert_int_equal(tryst_block_plan_seal(p, &o, NULL), 0);
	assert_int_equal(p->refused, 0);
	tryst_block_plan_free(p);
}

static void
too_many_are_refused_not_cut(void **state)
{
	struct tryst_block_options o = options_plain();
	struct tryst_block_plan *p;

	(void)state;
	o.limit = 2;
	p = plan_of("9.9.9.1\n9.9.9.3\n9.9.9.5\n", o);
	assert_int_equal(p->refused, 1);
	assert_non_null(strstr(p->refusals[0].why, "3 prefixes are more than --limit 2"));
	tryst_block_plan_free(p);
	p = plan_of("9.9.9.1\n9.9.9.3\n9.9.9.3\n", o);
	assert_int_equal(p->refused, 0);
	tryst_block_plan_free(p);
}

/* Every listed line that is refused is named, also inside a wider one, up to a bound. */
static void
refusals_are_all_counted(void **state)
{
	char list[100 * 16] = "9.8.0.0/16\n";
	struct tryst_block_plan *p;

	(void)state;
	p = plan_of("10.0.0.0/8\n10.1.2.3\n", options_plain());
	assert_int_equal(p->refused, 3); /* wide and private, private */
	tryst_block_plan_free(p);
	for (int i = 0; i < 90; i++) {
		char line[16];

		(void)snprintf(line, sizeof(line), "10.9.0.%d\n", i);
		strncat(list, line, sizeof(list) - strlen(list) - 1);
	}
	p = plan_of(list, options_plain());
	assert_int_equal(p->refused, 91);
	assert_int_equal(p->refusal_count, TRYST_BLOCK_REFUSALS_MAX);
	tryst_block_plan_free(p);
}

/* ::/0 and its like hold the mapped form of IPv4 addresses, but route none. */
static void
families_are_apart(void **state)
{
	struct tryst_block_plan *p = plan_of("::/0\n9.9.9.1\n", options_plain());

	(void)state;
	assert_int_equal(p->refused, 1);
	assert_int_equal(p->count, 2);
	assert_int_equal(p->v4_count, 1);
	tryst_block_plan_free(p);
}

static void
every_special_block_has_a_class(void **state)
{
	struct tryst_ip_range all = { { 0, 0 }, { UINT64_MAX, UINT64_MAX } };
	const struct tryst_special *special;
	size_t at = 0, count = 0;

	(void)state;
	while ((special = tryst_special_next(all, &at)) != NULL) {
		assert_non_null(tryst_guard_class_find(special->kind));
		count++;
	}
	assert_true(count >= 28);
	at = 0;
	while ((special = tryst_known_next(all, &at)) != NULL)
		assert_non_null(tryst_guard_class_find(special->kind));
	assert_null(tryst_guard_class_find("default"));
}

/* A case by hand: hosts with verdicts, one judged forged, two that met at a forged meeting. */
struct made {
	struct tryst_watchlist *w;
	uint32_t ids[5], met[2];
	struct tryst_listed_host hosts[5];
	struct tryst_meeting meeting;
	struct tryst_prefix home;
	struct tryst_exporter exporter, *exporters;
	struct tryst_input in, *inputs;
	struct tryst_case c;
};

static void
made_init(struct made *m)
{
	static char path[] = "flows";

	*m = (struct made){ .met = { 2, 3 }, .home = prefix_of("5.6.0.0/16") };
	m->w = list_of("9.9.9.1 # one\n9.9.9.2\n9.9.9.3\n9.9.9.4\n9.9.9.5\n");
	m->meeting = (struct tryst_meeting){ .ip = tryst_ip_v4(0x05060708),
		                             .hosts = m->met,
		                             .host_count = 2,
		                             .judgement = { .best = TRYST_HYPOTHESIS_SPOOFED,
		                                            .grade = 'B' } };
	m->exporter.ip = tryst_ip_v4(0x05060701);
	m->exporters = &m->exporter;
	m->in.path = path;
	m->in.exporters = &m->exporters;
	m->in.exporter_count = 1;
	m->inputs = &m->in;
	for (uint32_t i = 0; i < 5; i++) {
		m->ids[i] = i;
		m->hosts[i].ip = tryst_ip_v4(0x09090901 + i);
		m->hosts[i].indicators = &m->ids[i];
		m->hosts[i].indicator_count = 1;
		m->hosts[i].conversations = 4;
		m->hosts[i].verdicts[TRYST_VERDICT_EXCHANGED] = 3;
		m->hosts[i].verdicts[TRYST_VERDICT_ATTEMPT] = 1;
	}
	m->hosts[1].spoof = (struct tryst_spoof){ .llr = 8, .grade = TRYST_SPOOF_SPOOFED };
	m->hosts[3].spoof = (struct tryst_spoof){ .llr = -8, .grade = TRYST_SPOOF_GENUINE };
	m->hosts[4].verdicts[TRYST_VERDICT_EXCHANGED] = 0;
	m->hosts[4].verdicts[TRYST_VERDICT_HANDSHAKE] = 1;
	m->c = (struct tryst_case){ .watchlist = m->w,
		                    .hosts = m->hosts,
		                    .host_count = 5,
		                    .meetings = &m->meeting,
		                    .meeting_count = 1,
		                    .home = &m->home,
		                    .home_count = 1,
		                    .inputs = &m->inputs,
		                    .input_count = 1 };
}

/* The plan of the case, and of a list beside it (or NULL). */
static struct tryst_block_plan *
plan_case(const struct made *m, enum tryst_block_evidence evidence, const struct tryst_watchlist *w)
{
	struct tryst_block_options o = options_plain();
	struct tryst_block_plan *p = NULL;

	o.no_own_check = false; /* the case has a home */
	assert_int_equal(tryst_block_plan_new(&p, NULL), 0);
	assert_int_equal(tryst_block_plan_add_case(p, &m->c, evidence, NULL), 0);
	if (w)
		assert_int_equal(tryst_block_plan_add_list(p, w, 0, NULL), 0);
	assert_int_equal(tryst_block_plan_seal(p, &o, NULL), 0);
	return p;
}

static void
forged_and_unproven_hosts_are_left_out(void **state)
{
	struct made m;
	struct tryst_block_plan *p;
	char text[MANY];

	(void)state;
	made_init(&m);
	p = plan_case(&m, TRYST_BLOCK_PRODUCTIVE, NULL);
	assert_int_equal(p->refused, 0);
	assert_string_equal(prefixes(p, text), "9.9.9.1 9.9.9.4");
	assert_string_equal(p->entries[0].label, "one");
	assert_string_equal(p->entries[0].source, "case: 3 of 4 conversations worked");
	assert_int_equal(p->left_count, 3);
	assert_true(p->left[0].forged && strstr(p->left[0].why, "victim"));
	assert_true(p->left[1].forged && strstr(p->left[1].why, "5.6.7.8"));
	assert_false(p->left[2].forged);
	assert_string_equal(p->left[2].why, "0 of 4 conversations worked");
	tryst_block_plan_free(p);
	tryst_watchlist_free(m.w);
}

/* A list beside the case does not bring the victims back, nor does a wider entry. */
static void
forged_hosts_are_safe_from_lists(void **state)
{
	struct tryst_watchlist *wide = list_of("9.9.9.0/29\n5.6.7.1\n");
	struct made m;
	struct tryst_block_plan *p;
	char text[MANY];

	(void)state;
	made_init(&m);
	p = plan_case(&m, TRYST_BLOCK_ANSWERED, m.w);
	assert_int_equal(p->refused, 0);
	assert_string_equal(prefixes(p, text), "9.9.9.1 9.9.9.4 9.9.9.5");
	tryst_block_plan_free(p);
	p = plan_case(&m, TRYST_BLOCK_ANY, wide);
	assert_int_equal(p->refused, 4); /* home and exporter; two victims */
	assert_string_equal(p->refusals[0].kind, "exporter");
	assert_string_equal(p->refusals[1].kind, "own");
	assert_null(p->refusals[2].kind);
	assert_non_null(strstr(p->refusals[2].why, "it holds 9.9.9.2"));
	tryst_block_plan_free(p);
	tryst_watchlist_free(wide);
	tryst_watchlist_free(m.w);
}

/* Who is left out of the case, but in an entry of a list beside it, of either family, is not told;
 * who lies between entries, or behind a narrower one that begins later, is. */
static void
left_out_but_listed_is_blocked(void **state)
{
	static const struct {
		const char *list;
		bool told;
	} cases[] = {
		{ "9.9.9.4/30\n2001:db9::/48\n", false },
		{ "9.9.9.4/30\n9.9.9.4\n8.8.4.0/24\n2001:db9::/48\n", false },
		{ "9.9.9.4\n9.9.9.6\n8.8.4.0/24\n2001:db9::/48\n", true },
		{ "2001:db9::/48\n", true },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_watchlist *w = list_of(cases[i].list);
		struct tryst_block_plan *p;
		struct made m;
		bool told = false;

		made_init(&m);
		m.hosts[0].ip = prefix_of("2001:db9::7/128").ip;
		m.hosts[0].verdicts[TRYST_VERDICT_EXCHANGED] = 0;
		p = plan_case(&m, TRYST_BLOCK_PRODUCTIVE, w);
		for (size_t k = 0; k < p->left_count; k++) {
			told |= tryst_ip_equal(p->left[k].ip, m.hosts[4].ip);
			assert_false(tryst_ip_equal(p->left[k].ip, m.hosts[0].ip));
		}
		assert_int_equal(told, cases[i].told);
		assert_true(tryst_block_plan_is_victim(p, m.hosts[1].ip));
		assert_false(tryst_block_plan_is_victim(p, m.hosts[4].ip));
		tryst_block_plan_free(p);
		tryst_watchlist_free(m.w);
		tryst_watchlist_free(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorted_once_and_none_in_another),
		cmocka_unit_test(aggregation_covers_what_was_listed),
		cmocka_unit_test(each_rule_refuses),
		cmocka_unit_test(own_networks_are_asked_for),
		cmocka_unit_test(too_many_are_refused_not_cut),
		cmocka_unit_test(refusals_are_all_counted),
		cmocka_unit_test(families_are_apart),
		cmocka_unit_test(every_special_block_has_a_class),
		cmocka_unit_test(forged_and_unproven_hosts_are_left_out),
		cmocka_unit_test(forged_hosts_are_safe_from_lists),
		cmocka_unit_test(left_out_but_listed_is_blocked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

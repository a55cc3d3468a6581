/* SPDX-License-Identifier: Apache-2.0 */
/* The order of contacts, by keys that often are the same, against comparing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hunt/meet_contact.h"

#define CONTACTS 20000

static uint64_t
next(uint64_t *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return *state >> 33;
}

/* Before, among and behind the IPv4 ones. */
static struct tryst_ip
some_ip(uint64_t *state, uint32_t range)
{
	const struct tryst_ip v6[] = {
		{ 0, 1 },
		{ 0, UINT64_MAX - 1 },
		{ 0, UINT64_MAX },
		{ 1, 0 },
		{ 0x20010db800000000ULL, next(state) % range },
		{ 0x20010db800000001ULL, 0 },
	};

	if (next(state) % 4)
		return tryst_ip_v4((uint32_t)(next(state) % range) * 0x01010101u);
	return v6[next(state) % TRYST_ARRAY_SIZE(v6)];
}

static void
fill(struct tryst_meet_contacts *all, uint32_t range)
{
	uint64_t state = range;
	struct tryst_error err = { 0 };

	for (unsigned i = 0; i < CONTACTS; i++) {
		struct tryst_meet_contact c = {
			.client = some_ip(&state, range),
			.server = some_ip(&state, range),
			.first_ms = (int64_t)(next(&state) % 1000),
			.group = (uint32_t)next(&state) % 3 + (next(&state) % 2 ? 1u << 31 : 0),
			.count = 1,
			.port = (uint16_t)(next(&state) % 3),
		};

		assert_int_equal(tryst_meet_contact_add(all, TRYST_MEET_CALLS, &c, &err), 0);
	}
}

static int
number_order(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int
order(const struct tryst_meet_contact *a, const struct tryst_meet_contact *b, bool by_server)
{
	const int client[] = {
		tryst_ip_compare(a->client, b->client), number_order(a->group, b->group),
		tryst_ip_compare(a->server, b->server), number_order(a->port, b->port),
		number_order(a->first_ms, b->first_ms),
	};
	const int server[] = { client[2], client[1], client[3], client[0], client[4] };

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(client); i++) {
		if ((by_server ? server : client)[i])
			return (by_server ? server : client)[i];
	}
	return 0;
}

static void
test_order(void **state)
{
	const uint32_t ranges[] = { 1, 7, 250 };

	(void)state;
	for (size_t r = 0; r < TRYST_ARRAY_SIZE(ranges); r++) {
		struct tryst_meet_contacts all = { 0 };

		fill(&all, ranges[r]);
		for (unsigned by_server = 0; by_server < 2; by_server++) {
			if (by_server)
				tryst_meet_contact_by_server(&all);
			else
				tryst_meet_contact_by_client(&all);
			assert_int_equal(all.count, CONTACTS);
			for (size_t i = 1; i < all.count; i++)
				assert_true(order(&all.list[i - 1], &all.list[i], by_server) <= 0);
		}
		tryst_meet_contact_fold(&all);
		for (size_t i = 1; i < all.count; i++)
			assert_true(all.list[i - 1].group != all.list[i].group ||
			            !tryst_ip_equal(all.list[i - 1].client, all.list[i].client));
		free(all.list);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_order) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

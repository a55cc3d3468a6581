/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/contact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ROOM 100 /* contacts that fit */

static void
fold(struct tryst_contacts *all, const uint32_t *hosts, size_t count)
{
	struct tryst_contact_table own;
	struct tryst_error err;

	assert_int_equal(tryst_contacts_thread_init(&own, &err), 0);
	for (size_t i = 0; i < count; i++)
		own.list[own.count++] = (struct tryst_contact){ .host = tryst_ip_v4(hosts[i]),
			                                        .home = tryst_ip_v4(1),
			                                        .records_in = 1 };
	tryst_contacts_fold(all, &own);
	tryst_contacts_thread_fini(&own);
}

/* So many hosts of the half that level 1 keeps, or of the other one. */
static void
hosts_find(uint32_t *out, size_t count, bool kept)
{
	uint64_t ceiling = tryst_sampler_ceiling(1);

	for (uint32_t ip = 0x0b000001; count; ip++) {
		if ((tryst_sampler_key(tryst_ip_v4(ip)) <= ceiling) == kept)
			out[--count] = ip;
	}
}

/* The hosts of level 1 just fit: whether the others come before or after them is all one. */
static void
just_full(void **state)
{
	uint32_t kept[ROOM], others[ROOM / 2];
	struct tryst_contacts a, b;
	struct tryst_error err;

	(void)state;
	hosts_find(kept, TRYST_ARRAY_SIZE(kept), true);
	hosts_find(others, TRYST_ARRAY_SIZE(others), false);
	assert_int_equal(tryst_contacts_init(&a, ROOM, 0, NULL, &err), 0);
	assert_int_equal(tryst_contacts_init(&b, ROOM, 0, NULL, &err), 0);
	fold(&a, kept, TRYST_ARRAY_SIZE(kept));
	fold(&a, others, TRYST_ARRAY_SIZE(others));
	fold(&b, others, TRYST_ARRAY_SIZE(others));
	fold(&b, kept, TRYST_ARRAY_SIZE(kept));
	assert_int_equal(a.level, 1);
	assert_int_equal(b.level, 1);
	assert_int_equal(a.table.count, ROOM);
	assert_int_equal(b.table.count, ROOM);
	tryst_contacts_fini(&a);
	tryst_contacts_fini(&b);
}

/* One more of them does not fit, in any order. */
static void
one_more(void **state)
{
	uint32_t kept[ROOM + 1];
	struct tryst_contacts a, b;
	struct tryst_error err;

	(void)state;
	hosts_find(kept, TRYST_ARRAY_SIZE(kept), true);
	assert_int_equal(tryst_contacts_init(&a, ROOM, 0, NULL, &err), 0);
	assert_int_equal(tryst_contacts_init(&b, ROOM, 0, NULL, &err), 0);
	fold(&a, kept, TRYST_ARRAY_SIZE(kept));
	for (size_t i = TRYST_ARRAY_SIZE(kept); i-- > 0;)
		fold(&b, &kept[i], 1);
	assert_int_equal(a.level, 2);
	assert_int_equal(b.level, 2);
	assert_int_equal(a.table.count, b.table.count);
	tryst_contacts_fini(&a);
	tryst_contacts_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(just_full),
		cmocka_unit_test(one_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the hunt keeps of a row: every field, and whether the row said it. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "flow/source.h"
#include "hunt/record.h"

struct fixture {
	struct tryst_batch b;
	struct tryst_hunt_record r;
};

static int
setup(void **state)
{
	static struct fixture f;
	struct tryst_error err;

	memset(&f, 0, sizeof(f));
	assert_int_equal(tryst_batch_init(&f.b, TRYST_HUNT_COLUMNS, &err), 0);
	TRYST_SET(&f.b, start_ms, 0, 5);
	TRYST_SET(&f.b, proto, 0, 17);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	tryst_batch_fini(&((struct fixture *)*state)->b);
	return 0;
}

/* Fills the record, which must have exactly these bits more than a bare one. */
static void
fill(struct fixture *f, uint32_t has)
{
	tryst_hunt_record_fill(&f->r, &f->b, 0, false, false);
	assert_int_equal(f->r.has, has);
}

#define CASE(field, value, bit)                                                                    \
	static void test_##field(void **state)                                                     \
	{                                                                                          \
		struct fixture *f = *state;                                                        \
                                                                                                   \
		fill(f, 0);                                                                        \
		assert_int_equal(f->r.field, 0);                                                   \
		TRYST_SET(&f->b, field, 0, value);                                                 \
		fill(f, bit);                                                                      \
		assert_int_equal(f->r.field, value);                                               \
	}

CASE(in_if, 70000, TRYST_HAS_IN_IF)
CASE(out_if, 70001, TRYST_HAS_OUT_IF)
CASE(tos, 8, TRYST_HAS_TOS)
CASE(fwd_status, 140, TRYST_HAS_FWD_STATUS)
CASE(min_ttl, 112, TRYST_HAS_MIN_TTL)
CASE(max_ttl, 113, TRYST_HAS_MAX_TTL)
CASE(ip_id, 39936, TRYST_HAS_IP_ID)
CASE(end_reason, 2, TRYST_HAS_END_REASON)
CASE(direction, 1, TRYST_HAS_DIRECTION)
CASE(sampling, 1000, TRYST_HAS_SAMPLING)
CASE(domain, 7, TRYST_HAS_DOMAIN)

/* A field that says 0 is known to be 0. */
static void
test_known_zero(void **state)
{
	struct fixture *f = *state;

	TRYST_SET(&f->b, out_if, 0, 0);
	TRYST_SET(&f->b, direction, 0, 0);
	fill(f, TRYST_HAS_OUT_IF | TRYST_HAS_DIRECTION);
}

/* The type of an ICMP message, from its own field or from where the destination port is. */
static void
test_icmp(void **state)
{
	struct fixture *f = *state;

	TRYST_SET(&f->b, proto, 0, 1);
	fill(f, 0);
	TRYST_SET(&f->b, dst_port, 0, 0x0303);
	fill(f, TRYST_HAS_ICMP);
	assert_int_equal(f->r.icmp, 0x0303);
	TRYST_SET(&f->b, icmp_type, 0, 11);
	fill(f, TRYST_HAS_ICMP);
	assert_int_equal(f->r.icmp, 0x0b00);
	TRYST_SET(&f->b, icmp_code, 0, 1);
	fill(f, TRYST_HAS_ICMP);
	assert_int_equal(f->r.icmp, 0x0b01);
	TRYST_SET(&f->b, proto, 0, 17);
	fill(f, f->r.from ? TRYST_HAS_PORT0 : TRYST_HAS_PORT1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_if),   TEST(out_if),     TEST(tos),        TEST(fwd_status), TEST(min_ttl),
		TEST(max_ttl), TEST(ip_id),      TEST(end_reason), TEST(direction),  TEST(sampling),
		TEST(domain),  TEST(known_zero), TEST(icmp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

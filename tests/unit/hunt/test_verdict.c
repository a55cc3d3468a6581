/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule of docs/statistics/verdicts.md where it begins and where it ends. */
#include "hunt/verdict.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define S 0x02
#define SA 0x12
#define AC 0x10
#define PA 0x18
#define SPA 0x1a
#define FPA 0x19
#define R 0x04
#define RA 0x14
#define SR 0x06
#define SAR 0x16

#define TCP .proto = 6, .flags_known = true
#define UDP .proto = 17
#define ICMP(type) .proto = 1, .icmp_known = true, .icmp_type = type
#define COUNTS .counts_known = true
/* packets, bytes, flags */
#define FWD(p, b, f) .forward = { .seen = true, .packets = p, .bytes = b, .flags = f }
#define REV(p, b, f) .reverse = { .seen = true, .packets = p, .bytes = b, .flags = f }
#define V(v) .visibility = v
#define ANY V(TRYST_VISIBILITY_UNDECIDED)

struct row {
	const char *name;
	struct tryst_verdict_facts facts;
	const char *want;
};

/* clang-format off */
static const struct row rows[] = {
	{ "forwarded nowhere", { UDP, COUNTS, ANY, .forward = { true, true, 0, 1, 37 } }, "dropped" },
	{ "dropped, though an answer came", { UDP, COUNTS, ANY, .forward = { true, true, 0, 1, 37 }, REV(1, 90, 0) }, "dropped" },
	{ "the answer was dropped", { UDP, COUNTS, ANY, FWD(1, 37, 0), .reverse = { true, true, 0, 1, 90 } }, "answered_not_delivered" },
	{ "no answer to be dropped", { UDP, COUNTS, ANY, FWD(1, 37, 0), .reverse = { false, true, 0, 0, 0 } }, "attempt" },

	{ "SYN+ACK that nobody asked for", { TCP, COUNTS, ANY, FWD(1, 44, SA) }, "backscatter" },
	{ "RST", { TCP, COUNTS, ANY, FWD(1, 40, R) }, "backscatter" },
	{ "RST+ACK", { TCP, COUNTS, ANY, FWD(1, 40, RA) }, "backscatter" },
	{ "a SYN that was reset by who sent it", { TCP, COUNTS, ANY, FWD(2, 80, SR) }, "attempt" },
	{ "SYN, ACK, RST of one client", { TCP, COUNTS, ANY, FWD(3, 120, SAR) }, "attempt" },
	{ "SYN+ACK with its SYN", { TCP, COUNTS, ANY, FWD(1, 44, SA), REV(1, 44, S) }, "answered" },
	{ "SYN+ACK where the SYN cannot be seen", { TCP, COUNTS, V(0.1), FWD(1, 44, SA) }, "unknown" },
	{ "echo reply", { ICMP(0), COUNTS, ANY, FWD(1, 84, 0) }, "backscatter" },
	{ "unreachable", { ICMP(3), COUNTS, ANY, FWD(1, 56, 0) }, "backscatter" },
	{ "time exceeded", { ICMP(11), COUNTS, ANY, FWD(1, 56, 0) }, "backscatter" },
	{ "echo request", { ICMP(8), COUNTS, ANY, FWD(1, 84, 0) }, "attempt" },
	{ "echo and reply", { ICMP(8), COUNTS, ANY, FWD(1, 84, 0), REV(1, 84, 0) }, "answered" },
	{ "ICMP of an unknown type", { .proto = 1, COUNTS, ANY, FWD(1, 84, 0) }, "attempt" },
	{ "ICMPv6 unreachable", { .proto = 58, .v6 = true, .icmp_known = true, .icmp_type = 1, COUNTS, ANY, FWD(1, 96, 0) }, "backscatter" },

	{ "a thousand packets without an answer", { UDP, COUNTS, ANY, FWD(1000, 60000, 0), .duration_ms = 100000 }, "flood" },
	{ "one less", { UDP, COUNTS, ANY, FWD(999, 60000, 0), .duration_ms = 100000 }, "attempt" },
	{ "answered a little", { UDP, COUNTS, ANY, FWD(1000, 60000, 0), REV(9, 900, 0), .duration_ms = 100000 }, "flood" },
	{ "answered 1 in 100", { UDP, COUNTS, ANY, FWD(1000, 60000, 0), REV(10, 900, 0), .duration_ms = 100000 }, "exchanged" },
	{ "fast, and answered less than 1 in 10", { UDP, COUNTS, ANY, FWD(2001, 120000, 0), REV(200, 9000, 0), .duration_ms = 2000 }, "flood" },
	{ "no faster than that", { UDP, COUNTS, ANY, FWD(2000, 120000, 0), REV(199, 9000, 0), .duration_ms = 2000 }, "exchanged" },
	{ "a fast transfer", { TCP, COUNTS, ANY, FWD(90000, 130000000, SPA), REV(500, 21000, SPA), .duration_ms = 1000 }, "exchanged" },
	{ "a SYN flood", { TCP, COUNTS, ANY, FWD(9000, 360000, S), REV(80, 3200, SA), .duration_ms = 9000 }, "flood" },
	{ "one way of a transfer that is half seen", { TCP, COUNTS, V(0.1), FWD(90000, 130000000, SPA), .duration_ms = 1000 }, "unknown" },

	{ "no answer", { UDP, COUNTS, ANY, FWD(1, 37, 0) }, "attempt" },
	{ "no answer, nor counts", { UDP, ANY, .forward = { .seen = true } }, "attempt" },
	{ "answers of that network are seen here", { UDP, COUNTS, V(0.2), FWD(1, 37, 0) }, "attempt" },
	{ "they are not", { UDP, COUNTS, V(0.19), FWD(1, 37, 0) }, "unknown" },
	{ "but the exporter counts both ways", { UDP, COUNTS, V(0.0), FWD(1, 37, 0), .reverse_watched = true }, "attempt" },
	{ "TCP that must have been answered", { TCP, COUNTS, V(0.9), FWD(3, 400, PA) }, "unknown" },
	{ "that closed", { TCP, COUNTS, V(0.9), FWD(3, 120, 0x11) }, "unknown" },
	{ "a bare ACK", { TCP, COUNTS, V(0.9), FWD(1, 40, AC) }, "attempt" },
	{ "the exporter says there was no answer", { TCP, COUNTS, V(0.9), FWD(3, 400, PA), .reverse_watched = true }, "attempt" },
	{ "torn by translation", { UDP, COUNTS, ANY, FWD(1, 37, 0), .torn = true }, "unknown" },
	{ "torn, and the exporter counts both ways", { UDP, COUNTS, ANY, FWD(1, 37, 0), .torn = true, .reverse_watched = true }, "unknown" },
	{ "one sampled packet", { UDP, COUNTS, ANY, FWD(1, 37, 0), .sampling = 1000 }, "unknown" },
	{ "two sampled packets", { UDP, COUNTS, ANY, FWD(2, 74, 0), .sampling = 1000 }, "unknown" },
	{ "three: an answer would have been seen too", { UDP, COUNTS, ANY, FWD(3, 111, 0), .sampling = 1000 }, "attempt" },
	{ "sampling 1:1 is none", { UDP, COUNTS, ANY, FWD(1, 37, 0), .sampling = 1 }, "attempt" },

	{ "port closed", { TCP, COUNTS, ANY, FWD(1, 60, S), REV(1, 40, RA) }, "refused" },
	{ "port closed, no counts", { TCP, ANY, FWD(0, 0, S), REV(0, 0, RA) }, "refused" },
	{ "accepted, then reset", { TCP, COUNTS, ANY, FWD(3, 160, SPA), REV(2, 100, SAR) }, "refused" },
	{ "reset after data", { TCP, COUNTS, ANY, FWD(5, 700, SPA), REV(4, 900, 0x1e) }, "exchanged" },
	{ "an ICMP error came back", { UDP, COUNTS, ANY, FWD(1, 37, 0), .unreachable = true }, "refused" },

	{ "connected and closed", { TCP, COUNTS, ANY, FWD(4, 216, 0x13), REV(3, 164, 0x13) }, "handshake" },
	{ "24 octets", { TCP, COUNTS, ANY, FWD(3, 3 * 40 + 24, PA), REV(2, 80, AC) }, "handshake" },
	{ "25 octets", { TCP, COUNTS, ANY, FWD(3, 3 * 40 + 25, PA), REV(2, 80, AC) }, "one_sided" },
	{ "both acknowledged, no counts", { TCP, ANY, FWD(0, 0, SPA), REV(0, 0, SPA) }, "handshake" },
	{ "SYN and SYN+ACK only", { TCP, COUNTS, ANY, FWD(1, 60, S), REV(1, 60, SA) }, "answered" },
	{ "no flags", { .proto = 6, COUNTS, ANY, FWD(3, 120, 0), REV(2, 80, 0) }, "answered" },

	{ "IPv6 headers are longer", { TCP, COUNTS, ANY, .v6 = true, FWD(3, 3 * 60 + 24, PA), REV(2, 120, AC) }, "handshake" },
	{ "a query of no octets", { UDP, COUNTS, ANY, FWD(1, 28, 0), REV(1, 60, 0) }, "one_sided" },
	{ "data one way", { TCP, COUNTS, ANY, FWD(9, 5000, SPA), REV(6, 240, AC) }, "one_sided" },

	{ "TCP exchange", { TCP, COUNTS, ANY, FWD(3, 400, SPA), REV(2, 900, SPA) }, "exchanged" },
	{ "TCP with two packets", { TCP, COUNTS, ANY, FWD(2, 400, PA), REV(2, 900, PA) }, "answered" },
	{ "UDP exchange", { UDP, COUNTS, ANY, FWD(2, 74, 0), REV(2, 180, 0) }, "exchanged" },
	{ "UDP query and answer", { UDP, COUNTS, ANY, FWD(1, 37, 0), REV(1, 90, 0) }, "answered" },
	{ "UDP both ways without counts", { UDP, ANY, FWD(0, 0, 0), REV(0, 0, 0) }, "answered" },
	{ "more packets than there are", { UDP, COUNTS, ANY, FWD(UINT64_MAX, UINT64_MAX, 0), REV(UINT64_MAX, UINT64_MAX, 0) }, "exchanged" },
};
/* clang-format on */

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(rows); i++) {
		const char *got = tryst_verdict_name(tryst_verdict_of(&rows[i].facts));

		if (strcmp(got, rows[i].want))
			fail_msg("%s: %s, not %s", rows[i].name, got, rows[i].want);
	}
}

static void
test_words(void **state)
{
	(void)state;
	for (unsigned v = 0; v < TRYST_VERDICT_COUNT; v++) {
		assert_non_null(tryst_verdict_name(v));
		assert_true(strlen(tryst_verdict_word(v)) <= 11);
		assert_int_equal(tryst_verdict_answered(v), v >= TRYST_VERDICT_HANDSHAKE);
	}
}

/* 0.99^100 and the limit e^-1, from their definition. */
static void
test_miss(void **state)
{
	(void)state;
	assert_true(fabs(tryst_sampling_miss(100, 100) - 0.36603234127322950) < 1e-12);
	assert_true(fabs(tryst_sampling_miss(1000000000, 1e9) - 0.36787944117144233) < 1e-8);
	assert_true(tryst_sampling_miss(0, 5) == 0);
	assert_true(tryst_sampling_miss(1, 5) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_miss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

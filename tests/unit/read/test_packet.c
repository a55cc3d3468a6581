/* SPDX-License-Identifier: Apache-2.0 */
/* The dissector: frames made by hand, as a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "read/packet.h"

#define MACS "020000000001 020000000002 "
/* 192.0.2.1 -> 192.0.2.2, id 0x1234, TTL 64 */
#define IP4(total, frag, proto) "4500" total "1234" frag "40" proto "0000 c0000201 c0000202 "
#define UDP "0035 1388 000c 0000 61626364 "                    /* 53 -> 5000, 4 bytes */
#define TCP "0016 c000 00000001 00000002 5012 ffff 0000 0000 " /* 22 -> 49152, SYN ACK */
#define IP4_UDP IP4("0020", "0000", "11") UDP
#define A6 "20010db8000000000000000000000001 20010db8000000000000000000000002 "
#define IP6(payload, next) "60100000" payload next "3f" A6

#define SAID_UDP "192.0.2.1 192.0.2.2 17 53>5000 32"

struct frame_case {
	uint32_t link;
	const char *hex;
	const char *expected;
	size_t missing; /* bytes that were on the wire and not captured */
};

static size_t
unhex(const char *hex, uint8_t *out, size_t room)
{
	size_t n = 0;
	unsigned byte;

	for (; *hex; hex += 2) {
		while (*hex == ' ')
			hex++;
		if (!*hex)
			break;
		assert_true(n < room);
		assert_int_equal(sscanf(hex, "%2x", &byte), 1);
		out[n++] = (uint8_t)byte;
	}
	return n;
}

static void
describe(enum tryst_packet_kind kind, const struct tryst_packet *p, char out[256])
{
	static const char *const kinds[] = { "ip", "other", "link", "short", "damaged" };
	char src[TRYST_IP_TEXT_MAX], dst[TRYST_IP_TEXT_MAX];
	int n;

	if (kind != TRYST_PACKET_IP) {
		(void)snprintf(out, 256, "%s", kinds[kind]);
		return;
	}
	(void)tryst_ip_format(p->src, src);
	(void)tryst_ip_format(p->dst, dst);
	n = snprintf(out, 256, "%s %s %u", src, dst, p->proto);
	if (p->known & TRYST_BIT(src_port))
		n += snprintf(out + n, 256 - (size_t)n, " %u>%u", p->src_port, p->dst_port);
	n += snprintf(out + n, 256 - (size_t)n, " %u", p->bytes);
	if (p->known & TRYST_BIT(tcp_flags))
		n += snprintf(out + n, 256 - (size_t)n, " flags=%02x", p->tcp_flags);
	if (p->known & TRYST_BIT(icmp_type))
		n += snprintf(out + n, 256 - (size_t)n, " icmp=%u.%u", p->icmp_type, p->icmp_code);
	if (p->known & TRYST_BIT(vlan))
		n += snprintf(out + n, 256 - (size_t)n, " vlan=%u", p->vlan);
	if (p->fragment_at || p->more_fragments)
		(void)snprintf(out + n, 256 - (size_t)n, " at=%u%s", p->fragment_at,
		               p->more_fragments ? "+" : "");
}

static void
check_frames(const struct frame_case *cases, size_t count, bool inner)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t *data = malloc(2048), *exact;
		size_t len = unhex(cases[i].hex, data, 2048);
		struct tryst_packet p;
		char text[256];

		/* Exactly the frame, so that a sanitizer sees a read behind it. */
		exact = malloc(len + 1);
		memcpy(exact, data, len);
		exact = realloc(exact, len ? len : 1);
		describe(tryst_packet_parse(cases[i].link, exact, len, len + cases[i].missing,
		                            inner, &p),
		         &p, text);
		if (strcmp(text, cases[i].expected) != 0)
			fail_msg("%s: %s, expected %s", cases[i].hex, text, cases[i].expected);
		free(exact);
		free(data);
	}
}

static void
test_links(void **state)
{
	static const struct frame_case cases[] = {
		{ 1, MACS "0800" IP4_UDP, SAID_UDP, 0 },
		{ 1, MACS "8100 2064 0800" IP4_UDP, SAID_UDP " vlan=100", 0 },
		{ 1, MACS "88a8 0065 8100 0064 0800" IP4_UDP, SAID_UDP " vlan=101", 0 },
		{ 1, MACS "9100 0066 8100 0064 0800" IP4_UDP, SAID_UDP " vlan=102", 0 },
		{ 1,
		  MACS "894f 0fc6 0101 00000000"
		       "0000000000000000 0000000000000000" IP4_UDP,
		  SAID_UDP, 0 },
		{ 1, MACS "894f 0fc2 0203 00000000" MACS "0800" IP4_UDP, SAID_UDP, 0 },
		{ 1, MACS "8909 0101 0001 0002 0800" IP4_UDP, SAID_UDP, 0 },
		{ 1, MACS "8847 00010040 00020140" IP4_UDP, SAID_UDP, 0 },
		{ 1, MACS "8847 00020140 00000000" MACS "0800" IP4_UDP, SAID_UDP, 0 },
		{ 1, MACS "8864 1100 0001 0022 0021" IP4_UDP, SAID_UDP, 0 },
		{ 1, MACS "8863 1109 0001 0000", "other", 0 },
		{ 1, MACS "0028 aaaa03 000000 0800" IP4_UDP, SAID_UDP, 0 },
		{ 1, MACS "0023 060603" IP4_UDP, SAID_UDP, 0 },
		{ 1, MACS "0026 424203 00000000", "other", 0 },
		{ 1, MACS "0806 0001 0800 0604 0001", "other", 0 },
		{ 113, "0000 0001 0006 020000000001 0000 0800" IP4_UDP, SAID_UDP, 0 },
		{ 113, "0000 0001 0006 020000000001 0000 8100 0007 0800" IP4_UDP,
		  SAID_UDP " vlan=7", 0 },
		{ 276, "0800 0000 00000001 0001 00 06 0200000000010000" IP4_UDP, SAID_UDP, 0 },
		{ 101, IP4_UDP, SAID_UDP, 0 },
		{ 12, IP4_UDP, SAID_UDP, 0 },
		{ 228, IP4_UDP, SAID_UDP, 0 },
		{ 0, "02000000" IP4_UDP, SAID_UDP, 0 },
		{ 0, "00000002" IP4_UDP, SAID_UDP, 0 },
		{ 108, "00000002" IP4_UDP, SAID_UDP, 0 },
		{ 0, "07000000" IP4_UDP, "other", 0 },
		{ 9, "ff03 0021" IP4_UDP, SAID_UDP, 0 },
		{ 9, "21" IP4_UDP, SAID_UDP, 0 },
		{ 9, "ff03 c021 0101", "other", 0 },
		{ 50, "0f00 0800" IP4_UDP, SAID_UDP, 0 },
		{ 104, "0f00 0800" IP4_UDP, SAID_UDP, 0 },
		{ 107, "1841 03 cc" IP4_UDP, SAID_UDP, 0 },
		{ 10, "50" MACS "aaaa03 000000 0800" IP4_UDP, SAID_UDP, 0 },
		{ 107, "1841 0800" IP4_UDP, SAID_UDP, 0 },
		{ 107, "1841 03 00 80 000000 0800" IP4_UDP, SAID_UDP, 0 },
		{ 219, "00020140" IP4_UDP, SAID_UDP, 0 },
		{ 239, "0200 0000 0500 0a00 61000000 2400 0900" IP4_UDP, SAID_UDP, 0 },
		{ 239, "0200 0000 0000 0a00", "other", 0 },
		{ 105, "0800", "link", 0 },
	};

	(void)state;
	check_frames(cases, TRYST_ARRAY_SIZE(cases), false);
}

static void
test_packets(void **state)
{
	static const struct frame_case cases[] = {
		{ 101, IP4("0028", "4000", "06") TCP, "192.0.2.1 192.0.2.2 6 22>49152 40 flags=12",
		  0 },
		{ 101, IP4("001c", "0000", "01") "0301 0000 00000000",
		  "192.0.2.1 192.0.2.2 1 0>769 28 icmp=3.1", 0 },
		{ 101, IP4("0020", "0000", "84") "0b59 0b5a 00000000 00000000",
		  "192.0.2.1 192.0.2.2 132 2905>2906 32", 0 },
		{ 101, IP4("0018", "0000", "2f") "0000 0800", "192.0.2.1 192.0.2.2 47 24", 0 },
		/* Fragments: the first has ports, a later one has not. */
		{ 101, IP4("05dc", "2000", "11") UDP, "192.0.2.1 192.0.2.2 17 53>5000 1500 at=0+",
		  1468 },
		{ 101, IP4("0020", "0002", "11") UDP, "192.0.2.1 192.0.2.2 17 32 at=16", 0 },
		/* Options, and padding behind the packet. */
		{ 101, "46000024 12340000 40110000 c0000201 c0000202 01010101" UDP,
		  "192.0.2.1 192.0.2.2 17 53>5000 36", 0 },
		{ 101, IP4_UDP "00000000", SAID_UDP, 0 },
		/* A length of 0: as long as the frame was. */
		{ 101, IP4("0000", "0000", "11") UDP, "192.0.2.1 192.0.2.2 17 53>5000 3032", 3000 },
		/* Cut by the capture: what is there counts. */
		{ 101, IP4("0028", "4000", "06") "0016 c000 00000001",
		  "192.0.2.1 192.0.2.2 6 22>49152 40", 12 },
		{ 101, IP4("0028", "4000", "06") "0016", "192.0.2.1 192.0.2.2 6 40", 18 },
		{ 101, "4500 0028", "short", 36 },
		{ 1, MACS "08", "short", 40 },
		/* Never whole. */
		{ 101, "4500 0028", "damaged", 0 },
		{ 101, "", "damaged", 0 },
		{ 101, "4400 0028 1234 0000 4006 0000 c0000201 c0000202", "damaged", 0 },
		{ 101, IP4("0010", "0000", "11") UDP, "damaged", 0 },
		{ 101, "1500 0028 1234 0000 4006 0000 c0000201 c0000202", "damaged", 0 },
		{ 1, MACS "08", "damaged", 0 },
		/* IPv6. */
		{ 229, IP6("000c", "11") UDP, "2001:db8::1 2001:db8::2 17 53>5000 52", 0 },
		{ 229, IP6("0014", "3a") "8000 0000 00000000 6162636465666768 00000000",
		  "2001:db8::1 2001:db8::2 58 0>32768 60 icmp=128.0", 0 },
		{ 229, IP6("001c", "00") "3c 00 0104 00000000 11 00 0104 00000000" UDP,
		  "2001:db8::1 2001:db8::2 17 53>5000 68", 0 },
		{ 229, IP6("0014", "2c") "11 00 0001 0000beef" UDP,
		  "2001:db8::1 2001:db8::2 17 53>5000 60 at=0+", 0 },
		{ 229, IP6("0014", "2c") "11 00 0009 0000beef" UDP,
		  "2001:db8::1 2001:db8::2 17 60 at=8+", 0 },
		{ 229, IP6("0008", "00") "3b 00 0104 00000000", "2001:db8::1 2001:db8::2 59 48",
		  0 },
		/* An extension header that claims more than there is. */
		{ 229, IP6("0008", "00") "11 ff 0104 00000000", "2001:db8::1 2001:db8::2 0 48", 0 },
		{ 229, "6000 0000 0008", "damaged", 0 },
	};

	(void)state;
	check_frames(cases, TRYST_ARRAY_SIZE(cases), false);
}

/* 198.51.100.1 -> 198.51.100.2 */
#define OUTER(total, proto) "4500" total "0001 0000 40" proto "0000 c6336401 c6336402 "
#define VIA_UDP(port, total, len) OUTER(total, "11") "c000" port len "0000 "

static void
test_tunnels(void **state)
{
	static const struct frame_case cases[] = {
		{ 101, OUTER("0034", "04") IP4_UDP, SAID_UDP, 0 },
		{ 101, OUTER("0048", "29") IP6("000c", "11") UDP,
		  "2001:db8::1 2001:db8::2 17 53>5000 52", 0 },
		{ 101, OUTER("0038", "2f") "0000 0800" IP4_UDP, SAID_UDP, 0 },
		{ 101, OUTER("0044", "2f") "b000 0800 00000000 00000001 00000002" IP4_UDP, SAID_UDP,
		  0 },
		{ 101,
		  OUTER("0048", "2f") "3081 880b 0022 0001 00000001 00000002 ff03 0021" IP4_UDP,
		  SAID_UDP, 0 },
		{ 101, OUTER("0046", "2f") "0000 6558" MACS "0800" IP4_UDP, SAID_UDP, 0 },
		{ 101, OUTER("0046", "2f") "0000 88be" MACS "0800" IP4_UDP, SAID_UDP, 0 },
		{ 101,
		  OUTER("0052", "2f") "1000 88be 00000007 1000 0000 00000000" MACS "0800" IP4_UDP,
		  SAID_UDP, 0 },
		{ 101,
		  OUTER("005e", "2f") "1000 22eb 00000007 2000 0000 00000000 00000001"
		                      "0000000000000000" MACS "0800" IP4_UDP,
		  SAID_UDP, 0 },
		{ 101, VIA_UDP("12b5", "0052", "003e") "08000000 00002a00" MACS "0800" IP4_UDP,
		  SAID_UDP, 0 },
		{ 101,
		  VIA_UDP("17c1", "0056", "0042") "0100 6558 00002a00 00000000" MACS "0800" IP4_UDP,
		  SAID_UDP, 0 },
		{ 101, VIA_UDP("0868", "0044", "0030") "30 ff 0020 00000001" IP4_UDP, SAID_UDP, 0 },
		{ 101,
		  VIA_UDP("0868", "004c",
		          "0038") "34 ff 0028 00000001 0000 00 85 01 0000 00" IP4_UDP,
		  SAID_UDP, 0 },
		{ 101, VIA_UDP("12b6", "0044", "0030") "0c000001 00002a00" IP4_UDP, SAID_UDP, 0 },
		/* A tunnel in a tunnel. */
		{ 101, OUTER("0048", "04") OUTER("0034", "04") IP4_UDP, SAID_UDP, 0 },
		/* What is inside is no IP, or cut: the outer packet. */
		{ 101, VIA_UDP("0868", "0024", "0010") "30 01 0000 00000000",
		  "198.51.100.1 198.51.100.2 17 49152>2152 36", 0 },
		{ 101, OUTER("0034", "04") "4500 0020", "198.51.100.1 198.51.100.2 4 52", 28 },
		{ 101, OUTER("0020", "2f") "0007 0800" IP4_UDP, "198.51.100.1 198.51.100.2 47 32",
		  0 },
	};

	(void)state;
	check_frames(cases, TRYST_ARRAY_SIZE(cases), true);
}

/* Nothing that a frame says makes the dissector read outside of it. */
static void
test_cut_everywhere(void **state)
{
	static const char *const frames[] = {
		MACS "88a8 0065 8100 0064 8847 00010040 00020140" IP4_UDP,
		MACS "86dd" IP6("0024", "00") "3c 00 0104 00000000 2c 00 0104 00000000 "
					      "11 00 0001 0000beef" UDP,
		MACS "0800" OUTER("0052", "2f") "1000 88be 00000007 1000 0000 00000000" MACS
						"0800" IP4_UDP,
		MACS "0800" VIA_UDP("0868", "004c",
		                    "0038") "34 ff 0028 00000001 0000 00 85 01 0000 00" IP4_UDP,
	};
	static const uint32_t links[] = { 0,   1,   9,   12,  14,  50,  51,  101, 104,
		                          107, 108, 113, 219, 228, 229, 239, 276 };

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(frames); i++) {
		uint8_t data[256];
		size_t len = unhex(frames[i], data, sizeof(data));

		for (size_t cut = 0; cut <= len; cut++) {
			uint8_t *exact = malloc(cut ? cut : 1);
			struct tryst_packet p;

			memcpy(exact, data, cut);
			for (size_t l = 0; l < TRYST_ARRAY_SIZE(links); l++) {
				(void)tryst_packet_parse(links[l], exact, cut, len, true, &p);
				if (p.body)
					assert_true(p.body + p.body_len <= exact + cut);
			}
			free(exact);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_packets),
		cmocka_unit_test(test_tunnels),
		cmocka_unit_test(test_cut_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

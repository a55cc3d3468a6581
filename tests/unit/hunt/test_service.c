/* SPDX-License-Identifier: Apache-2.0 */
/* What an endpoint is, by port and shape together. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "stage.h"
#include "hunt/service.h"

static struct stage stage;

/* Conversations that are all alike. */
struct like {
	uint8_t proto;
	uint16_t port;
	uint64_t packets, bytes, reply_packets, reply_bytes;
	int64_t duration_ms;
};

/* The sentence about eight of them. */
static const char *
sentence(const struct like *l)
{
	stage_init(&stage, 86400000, 1);
	stage.meeting.proto = l->proto;
	stage.meeting.port = l->port;
	stage.meeting.port_known = true;
	stage.meeting.service = tryst_service_name(l->proto, l->port);
	for (uint32_t i = 0; i < 8; i++) {
		struct tryst_sighting *s = stage_flow(&stage, 1000 * i, i, 1, 1024 + i);

		s->proto = l->proto;
		s->home_port = l->port;
		s->last_ms = s->first_ms + l->duration_ms;
		s->packets_in = l->packets;
		s->bytes_in = l->bytes;
		s->packets_out = l->reply_packets;
		s->bytes_out = l->reply_bytes;
		s->counts_known = l->packets;
		stage.ids[i] = i + 1;
	}
	stage.meeting.sighting_count = 8;
	assert_int_equal(tryst_case_services(&stage.b, &stage.error), 0);
	return stage.meeting.service_evidence;
}

static void
shapes(void **state)
{
	static const struct {
		struct like like;
		const char *says;
	} known[] = {
		{ { 17, 27015, 1, 37, 0, 0, 0 },
		  "UDP port 27015 says Half-Life; the flows look like status queries, not play (8 "
		  "of 8): "
		  "1 packet of 37 bytes from the client, 0 of 8 answered, the longest 0 s." },
		{ { 17, 27015, 1, 53, 1, 120, 40 },
		  "look like status queries, not play (8 of 8): 1 packet of 53" },
		{ { 17, 27015, 30000, 2400000, 28000, 4200000, 1000000 },
		  "look like play sessions (8 of 8)" },
		{ { 17, 27015, 40, 40 * 1200, 0, 0, 5000 },
		  "Half-Life; the flows look like nothing known here, which contradicts it" },
		{ { 17, 27960, 1, 41, 1, 900, 50 }, "Quake III; the flows look like status" },
		{ { 17, 27900, 1, 36, 0, 0, 0 }, "GameSpy; the flows look like status" },
		{ { 17, 27950, 2, 110, 3, 2000, 80 }, "master server" },
		{ { 17, 123, 1, 76, 1, 76, 30 }, "NTP; the flows look like time requests" },
		{ { 17, 123, 1, 36, 100, 48200, 300 }, "sent to amplify" },
		{ { 17, 53, 1, 68, 1, 240, 20 }, "DNS; the flows look like questions and" },
		{ { 17, 53, 4000, 4000 * 1200, 900, 90000, 600000 },
		  "DNS; the flows look like nothing known here, which" },
		{ { 6, 6667, 700, 56000, 650, 70000, 7200000 }, "IRC; the flows look like chat" },
		{ { 6, 443, 700, 56000, 650, 70000, 7200000 }, "HTTPS; the flows look like requ" },
		{ { 6, 443, 700, 66000, 650, 60000, 7200000 },
		  "HTTPS; the flows look like chat as on IRC: long, small and slow (8 of 8), "
		  "which contradicts it" },
		{ { 6, 443, 20, 2400, 30, 40000, 2000 }, "HTTPS; the flows look like requests" },
		{ { 6, 443, 1, 60, 0, 0, 0 }, "the shape says nothing: attempts and bare answers" },
		{ { 6, 25, 30, 30000, 20, 1600, 3000 }, "SMTP; the flows look like deliveries" },
		{ { 6, 12345, 700, 56000, 650, 70000, 7200000 },
		  "TCP port 12345 has no service of its own; the flows look like chat" },
		{ { 17, 40000, 30000, 2400000, 28000, 4200000, 1000000 },
		  "look like play sessions" },
		{ { 17, 27015, 0, 0, 0, 0, 0 }, "no packets and bytes are recorded" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(known); i++) {
		const char *text = sentence(&known[i].like);

		assert_non_null(text);
		if (!strstr(text, known[i].says))
			fail_msg("%s\nlacks: %s", text, known[i].says);
		stage_fini(&stage);
	}
}

static void
names(void **state)
{
	(void)state;
	assert_string_equal(tryst_service_name(17, 27011), "Half-Life master");
	assert_string_equal(tryst_service_name(17, 27950), "Quake III master");
	assert_string_equal(tryst_service_name(6, 28910), "GameSpy");
	assert_int_equal(tryst_service_group(17, 27015), tryst_service_group(17, 27045));
	assert_int_not_equal(tryst_service_group(17, 27015), tryst_service_group(6, 27015));
	assert_int_not_equal(tryst_service_group(17, 40000), tryst_service_group(17, 40001));
}

/* The bits of the ports say what is said of each of them. */
static void
ports(void **state)
{
	struct tryst_service_ports p = { 0 };

	(void)state;
	tryst_service_ports_init(&p);
	for (uint32_t port = 0; port < 65536; port++) {
		bool tcp = p.bits[0][port / 64] >> port % 64 & 1;
		bool udp = p.bits[1][port / 64] >> port % 64 & 1;

		assert_int_equal(tcp, tryst_service_is_likely(6, (uint16_t)port));
		assert_int_equal(udp, tryst_service_is_likely(17, (uint16_t)port));
	}
}

static void
founding_case(void **state)
{
	struct fixture_setup setup = { .list = fixture_sobig_list };
	struct fixture f;

	(void)state;
	fixture_hunt(&f, &setup, fixture_sobig, fixture_sobig_count);
	for (size_t i = 0; i < f.c->meeting_count; i++) {
		const struct tryst_meeting *m = &f.c->meetings[i];

		assert_non_null(m->service_evidence);
		assert_non_null(strstr(m->service_evidence,
		                       m->port == 27015 ? "status queries, not play"
		                                        : "no packets and bytes are recorded"));
	}
	fixture_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes),
		cmocka_unit_test(names),
		cmocka_unit_test(ports),
		cmocka_unit_test(founding_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

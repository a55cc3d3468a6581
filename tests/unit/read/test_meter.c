/* SPDX-License-Identifier: Apache-2.0 */
/* The meter: packets in, flows out, and why each of them ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "read/fragment.h"
#include "read/meter.h"

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define ACK 0x10

#define TCP_BITS (TRYST_BIT(src_port) | TRYST_BIT(dst_port) | TRYST_BIT(tcp_flags))

struct output {
	char text[4096];
	size_t len;
	unsigned flows;
	uint64_t packets;
	uint8_t first[8]; /* first_flags of the first flows */
};

static int
emit(void *ctx, const struct tryst_metered *f, struct tryst_error *err)
{
	struct output *o = ctx;

	(void)err;
	if (o->flows < TRYST_ARRAY_SIZE(o->first))
		o->first[o->flows] = f->known & TRYST_BIT(first_flags) ? f->first_flags : 0xff;
	o->flows++;
	o->packets += f->packets;
	if (o->len < sizeof(o->text) - 128)
		o->len += (size_t)snprintf(o->text + o->len, 128,
		                           "%u.%u %lld-%lld p=%llu b=%llu f=%02x ttl=%u-%u e=%u\n",
		                           (unsigned)f->src.lo & 0xff, f->src_port,
		                           (long long)f->start_ms, (long long)f->end_ms,
		                           (unsigned long long)f->packets,
		                           (unsigned long long)f->bytes, f->tcp_flags, f->min_ttl,
		                           f->max_ttl, f->end_reason);
	return 0;
}

/* host -> the other of 1 and 2, TCP; 100 bytes a packet. */
struct step {
	int64_t time_ms;
	uint8_t host;
	uint16_t port; /* the client's; the server is host 2, port 80 */
	uint8_t flags;
	uint8_t ttl;
};

static struct tryst_packet
packet_of(const struct step *s)
{
	struct tryst_packet p = { .known = TCP_BITS, .bytes = 100, .proto = 6 };

	p.src = tryst_ip_v4(s->host);
	p.dst = tryst_ip_v4(s->host == 2 ? 1 : 2);
	p.src_port = s->host == 2 ? 80 : s->port;
	p.dst_port = s->host == 2 ? s->port : 80;
	p.tcp_flags = s->flags;
	p.ttl = s->ttl;
	return p;
}

static void
run(const struct step *steps, size_t count, uint32_t size, struct output *o)
{
	struct tryst_error err;
	struct tryst_meter *m;

	*o = (struct output){ 0 };
	assert_int_equal(tryst_meter_new(&m, size, emit, o, &err), 0);
	for (size_t i = 0; i < count; i++) {
		struct tryst_packet p = packet_of(&steps[i]);

		assert_int_equal(tryst_meter_add(m, &p, steps[i].time_ms, &err), 0);
	}
	assert_int_equal(tryst_meter_finish(m, &err), 0);
	tryst_meter_free(m);
}

static void
check(const struct step *steps, size_t count, const char *expected)
{
	struct output o;

	run(steps, count, 16, &o);
	assert_string_equal(o.text, expected);
}

#define CHECK(steps, expected) check(steps, TRYST_ARRAY_SIZE(steps), expected)

static void
test_directions(void **state)
{
	static const struct step steps[] = {
		{ 1000, 1, 5000, SYN, 64 },
		{ 1001, 2, 5000, SYN | ACK, 60 },
		{ 1500, 1, 5000, ACK, 63 },
	};

	(void)state;
	CHECK(steps, "2.80 1001-1001 p=1 b=100 f=12 ttl=60-60 e=4\n"
	             "1.5000 1000-1500 p=2 b=200 f=12 ttl=63-64 e=4\n");
}

static void
test_timeouts(void **state)
{
	static const struct step idle[] = {
		{ 0, 1, 5000, ACK, 64 },
		{ 60000, 1, 5000, ACK, 64 },
		{ 120001, 1, 5000, ACK, 64 },
	};
	static const struct step idle_by_other[] = {
		{ 0, 1, 5000, ACK, 64 },
		{ 60001, 1, 5001, ACK, 64 },
	};
	static const struct step active[] = {
		{ 0, 1, 5000, ACK, 64 },      { 60000, 1, 5000, ACK, 64 },
		{ 120000, 1, 5000, ACK, 64 }, { 180000, 1, 5000, ACK, 64 },
		{ 240000, 1, 5000, ACK, 64 }, { 300000, 1, 5000, ACK, 64 },
		{ 300001, 1, 5000, ACK, 64 },
	};
	/* A clock that was set back must not keep flows open for ever. */
	static const struct step back[] = {
		{ 10000000, 1, 5000, ACK, 64 },
		{ 0, 1, 5001, ACK, 64 },
		{ 1, 1, 5000, ACK, 64 },
	};
	static const struct step disorder[] = {
		{ 1000, 1, 5000, ACK, 64 },
		{ 990, 1, 5000, ACK, 64 },
	};

	(void)state;
	CHECK(idle, "1.5000 0-60000 p=2 b=200 f=10 ttl=64-64 e=1\n"
	            "1.5000 120001-120001 p=1 b=100 f=10 ttl=64-64 e=4\n");
	CHECK(idle_by_other, "1.5000 0-0 p=1 b=100 f=10 ttl=64-64 e=1\n"
	                     "1.5001 60001-60001 p=1 b=100 f=10 ttl=64-64 e=4\n");
	CHECK(active, "1.5000 0-300000 p=6 b=600 f=10 ttl=64-64 e=2\n"
	              "1.5000 300001-300001 p=1 b=100 f=10 ttl=64-64 e=4\n");
	CHECK(back, "1.5000 10000000-10000000 p=1 b=100 f=10 ttl=64-64 e=1\n"
	            "1.5001 0-0 p=1 b=100 f=10 ttl=64-64 e=4\n"
	            "1.5000 1-1 p=1 b=100 f=10 ttl=64-64 e=4\n");
	CHECK(disorder, "1.5000 990-1000 p=2 b=200 f=10 ttl=64-64 e=4\n");
}

static void
test_tcp_end(void **state)
{
	/* The last ACK belongs to the connection that it ends. */
	static const struct step fins[] = {
		{ 0, 1, 5000, SYN, 64 },       { 1, 2, 5000, SYN | ACK, 64 },
		{ 2, 1, 5000, FIN | ACK, 64 }, { 3, 2, 5000, FIN | ACK, 64 },
		{ 4, 1, 5000, ACK, 64 },       { 5005, 1, 6000, SYN, 64 },
	};
	/* One FIN ends nothing: the other direction may go on. */
	static const struct step one_fin[] = {
		{ 0, 1, 5000, FIN | ACK, 64 },
		{ 1, 2, 5000, ACK, 64 },
		{ 20000, 2, 5000, ACK, 64 },
	};
	static const struct step reset[] = {
		{ 0, 1, 5000, SYN, 64 },
		{ 1, 2, 5000, RST | ACK, 64 },
		{ 10, 1, 5000, SYN, 64 },
		{ 11, 2, 5000, RST | ACK, 64 },
	};

	(void)state;
	CHECK(fins, "2.80 1-3 p=2 b=200 f=13 ttl=64-64 e=3\n"
	            "1.5000 0-4 p=3 b=300 f=13 ttl=64-64 e=3\n"
	            "1.6000 5005-5005 p=1 b=100 f=02 ttl=64-64 e=4\n");
	CHECK(one_fin, "1.5000 0-0 p=1 b=100 f=11 ttl=64-64 e=4\n"
	               "2.80 1-20000 p=2 b=200 f=10 ttl=64-64 e=4\n");
	CHECK(reset, "1.5000 0-0 p=1 b=100 f=02 ttl=64-64 e=3\n"
	             "2.80 1-11 p=2 b=200 f=14 ttl=64-64 e=3\n"
	             "1.5000 10-10 p=1 b=100 f=02 ttl=64-64 e=3\n");
}

/* The flags of the first packet tell who began, when those of all do not. */
static void
test_first_flags(void **state)
{
	static const struct step steps[] = {
		{ 0, 1, 5000, SYN, 64 },       { 1, 2, 5000, SYN | ACK, 64 },
		{ 2, 1, 5000, ACK, 64 },       { 3, 2, 5000, FIN | ACK, 64 },
		{ 4, 1, 5000, FIN | ACK, 64 }, { 70000, 1, 5000, ACK, 64 },
	};
	struct output o;

	(void)state;
	run(steps, TRYST_ARRAY_SIZE(steps), 16, &o);
	assert_string_equal(o.text, "1.5000 0-4 p=3 b=300 f=13 ttl=64-64 e=3\n"
	                            "2.80 1-3 p=2 b=200 f=13 ttl=64-64 e=3\n"
	                            "1.5000 70000-70000 p=1 b=100 f=10 ttl=64-64 e=4\n");
	assert_int_equal(o.first[0], SYN);
	assert_int_equal(o.first[1], SYN | ACK);
	assert_int_equal(o.first[2], ACK);
}

/* A full table gives up the flow that was without packets for longest. */
static void
test_full(void **state)
{
	struct step steps[20];
	struct output o;

	(void)state;
	for (unsigned i = 0; i < TRYST_ARRAY_SIZE(steps); i++)
		steps[i] = (struct step){ i, 1, (uint16_t)(5000 + i % 5), ACK, 64 };
	run(steps, 6, 4, &o);
	assert_string_equal(o.text, "1.5000 0-0 p=1 b=100 f=10 ttl=64-64 e=5\n"
	                            "1.5001 1-1 p=1 b=100 f=10 ttl=64-64 e=5\n"
	                            "1.5002 2-2 p=1 b=100 f=10 ttl=64-64 e=4\n"
	                            "1.5003 3-3 p=1 b=100 f=10 ttl=64-64 e=4\n"
	                            "1.5004 4-4 p=1 b=100 f=10 ttl=64-64 e=4\n"
	                            "1.5000 5-5 p=1 b=100 f=10 ttl=64-64 e=4\n");
	run(steps, 20, 4, &o);
	assert_int_equal(o.packets, 20);
	assert_int_equal(o.flows, 20);
}

/* Whatever comes, every packet comes out once. */
static void
test_conserves(void **state)
{
	uint64_t seed = 1;
	struct output o = { 0 };
	struct tryst_error err;
	struct tryst_meter *m;

	(void)state;
	assert_int_equal(tryst_meter_new(&m, 64, emit, &o, &err), 0);
	for (unsigned i = 0; i < 200000; i++) {
		struct step s;
		struct tryst_packet p;

		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		s = (struct step){ (int64_t)(i * 7 + (seed >> 60) * 20),
			           (uint8_t)(1 + (seed >> 40) % 2), (uint16_t)(seed >> 48) % 100,
			           (uint8_t)(seed >> 32 & 0x17), 64 };
		p = packet_of(&s);
		assert_int_equal(tryst_meter_add(m, &p, s.time_ms, &err), 0);
	}
	assert_int_equal(tryst_meter_finish(m, &err), 0);
	assert_int_equal(o.packets, 200000);
	assert_true(tryst_meter_evicted(m) > 0);
	tryst_meter_free(m);
}

static struct tryst_packet
fragment(uint32_t id, uint32_t at, bool more, const char *body)
{
	return (struct tryst_packet){
		.src = tryst_ip_v4(1),
		.dst = tryst_ip_v4(2),
		.ip_id = id,
		.proto = 17,
		.fragment_at = at,
		.more_fragments = more,
		.body = (const uint8_t *)body,
		.body_len = (uint32_t)strlen(body),
		.body_wire = (uint32_t)strlen(body),
	};
}

static void
test_fragment_ports(void **state)
{
	struct tryst_fragment_ports *f = tryst_fragment_ports_new();
	struct tryst_packet p = fragment(7, 0, true, "");

	(void)state;
	assert_non_null(f);
	p.known = TRYST_BIT(src_port) | TRYST_BIT(dst_port) | TRYST_BIT(ip_id);
	p.src_port = 53;
	p.dst_port = 5000;
	tryst_fragment_ports_see(f, &p, 0);
	p = fragment(7, 8, false, "");
	tryst_fragment_ports_see(f, &p, TRYST_FRAGMENT_TIMEOUT_MS);
	assert_int_equal(p.src_port, 53);
	assert_int_equal(p.dst_port, 5000);
	assert_true(p.known & TRYST_BIT(dst_port));
	p = fragment(8, 8, false, "");
	tryst_fragment_ports_see(f, &p, 0);
	assert_int_equal(p.known, 0);
	p = fragment(7, 8, false, "");
	tryst_fragment_ports_see(f, &p, TRYST_FRAGMENT_TIMEOUT_MS + 1);
	assert_int_equal(p.known, 0);
	tryst_fragment_ports_free(f);
}

static void
test_fragment_joins(void **state)
{
	struct tryst_fragment_joins *f = tryst_fragment_joins_new();
	struct tryst_health h;
	struct tryst_error err;
	struct tryst_packet p;

	(void)state;
	assert_non_null(f);
	tryst_health_init(&h);
	/* In any order, and one of them twice; the port fields stand in the first. */
	p = fragment(1, 16, false, "end");
	assert_int_equal(tryst_fragment_joins_add(f, &p, 0, 0, &h, &err), 0);
	p = fragment(1, 0, true, "\x01\x02\x03\x04\x05\x13zz");
	assert_int_equal(tryst_fragment_joins_add(f, &p, 1, 0, &h, &err), 0);
	p = fragment(1, 0, true, "\x01\x02\x03\x04\x05\x13zz");
	assert_int_equal(tryst_fragment_joins_add(f, &p, 1, 0, &h, &err), 0);
	p = fragment(1, 8, true, "middle..");
	assert_int_equal(tryst_fragment_joins_add(f, &p, 2, 0, &h, &err), 1);
	assert_int_equal(p.body_len, 19);
	assert_memory_equal(p.body + 8, "middle..end", 11);
	assert_int_equal(p.src_port, 0x0102);
	assert_false(tryst_packet_is_fragment(&p));
	assert_int_equal(h.damaged_records, 0);
	/* Out of bounds, then never whole, then too many at once. */
	p = fragment(2, 65528, true, "12345678");
	assert_int_equal(tryst_fragment_joins_add(f, &p, 2, 0, &h, &err), 0);
	p = fragment(2, 65528, false, "123456789");
	assert_int_equal(tryst_fragment_joins_add(f, &p, 2, 0, &h, &err), 0);
	assert_int_equal(h.damaged_records, 1);
	for (uint32_t i = 0; i <= TRYST_FRAGMENT_JOINS_MAX; i++) {
		p = fragment(100 + i, 0, true, "12345678");
		assert_int_equal(tryst_fragment_joins_add(f, &p, 10 + i, 0, &h, &err), 0);
	}
	assert_int_equal(h.damaged_records, 2);
	tryst_fragment_joins_finish(f, &h);
	assert_int_equal(h.damaged_records, 2 + TRYST_FRAGMENT_JOINS_MAX);
	tryst_fragment_joins_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_directions),     cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_tcp_end),        cmocka_unit_test(test_full),
		cmocka_unit_test(test_conserves),      cmocka_unit_test(test_fragment_ports),
		cmocka_unit_test(test_fragment_joins), cmocka_unit_test(test_first_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

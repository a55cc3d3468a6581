/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast export datagrams in memory become rows: NetFlow v5, and v9 and IPFIX with a template of
 * 20 fields, in datagrams of at most 1,400 bytes.
 *
 *     bench_export [records] [rounds]
 *
 * Prints a table (Markdown): records a second when the 20 fields are wanted and when all columns
 * are, what that is of the speed at which the same bytes are copied, and, where libfixbuf was there
 * at build time, how fast it reads the same records, as IPFIX, into a struct.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef HAVE_FIXBUF
#include <fixbuf/public.h>
#endif

#include "read/export.h"

#define DATAGRAM_MAX 1400u
#define EXPORT_S 1700000000u
#define UPTIME 100000000u

/* Datagrams, one behind the other. */
struct load {
	const char *name;
	uint8_t *data;
	size_t len, cap;
	uint32_t *lengths;
	size_t datagrams, records;
};

/* The template: element, length, and the first value. */
static const struct field {
	uint16_t id[2]; /* in IPFIX, and in NetFlow v9 where it differs */
	uint16_t len;
	uint64_t value;
} fields[] = {
	{ { 8 }, 4, 0x0a000001 },
	{ { 12 }, 4, 0xc0000201 },
	{ { 7 }, 2, 1024 },
	{ { 11 }, 2, 53 },
	{ { 4 }, 1, 17 },
	{ { 6 }, 1, 0x1b },
	{ { 5 }, 1, 0 },
	{ { 2 }, 8, 3 },
	{ { 1 }, 8, 1234 },
	{ { 152, 22 }, 8, EXPORT_S * 1000ULL - 60000 },
	{ { 153, 21 }, 8, EXPORT_S * 1000ULL - 1000 },
	{ { 10 }, 4, 1 },
	{ { 14 }, 4, 2 },
	{ { 16 }, 4, 64500 },
	{ { 17 }, 4, 64501 },
	{ { 15 }, 4, 0xc0000202 },
	{ { 9 }, 1, 24 },
	{ { 13 }, 1, 16 },
	{ { 136 }, 1, 3 },
	{ { 58 }, 2, 100 },
};

/* Of this thread alone: what else the machine does should not count. */
static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void
put(struct load *l, uint64_t value, unsigned bytes)
{
	if (l->cap - l->len < 8) {
		l->cap = l->cap ? 2 * l->cap : 1 << 20;
		l->data = realloc(l->data, l->cap);
		if (!l->data)
			abort();
	}
	while (bytes-- > 0)
		l->data[l->len++] = (uint8_t)(value >> (8 * bytes));
}

static void
put_at(struct load *l, size_t at, size_t value)
{
	l->data[at] = (uint8_t)(value >> 8);
	l->data[at + 1] = (uint8_t)value;
}

static void
end_datagram(struct load *l, size_t from, size_t records)
{
	l->lengths = realloc(l->lengths, (l->datagrams + 1) * sizeof(*l->lengths));
	if (!l->lengths)
		abort();
	l->lengths[l->datagrams++] = (uint32_t)(l->len - from);
	l->records += records;
}

static struct load
make_v5(size_t records)
{
	struct load l = { .name = "NetFlow v5" };

	while (l.records < records) {
		size_t from = l.len;

		put(&l, 5, 2);
		put(&l, 29, 2);
		put(&l, UPTIME, 4);
		put(&l, EXPORT_S, 4);
		put(&l, 0, 4);
		put(&l, l.records, 4);
		put(&l, 0, 4);
		for (unsigned i = 0; i < 29; i++) {
			put(&l, 0x0a000001 + l.records + i, 4);
			put(&l, 0xc0000201, 4);
			put(&l, 0xc0000202, 4);
			put(&l, 0x00010002, 4);
			put(&l, 3, 4);
			put(&l, 1234, 4);
			put(&l, UPTIME - 60000, 4);
			put(&l, UPTIME - 1000, 4);
			put(&l, 0x04000035, 4);
			put(&l, 0x001b1100, 4);
			put(&l, 0xfbf4fbf5, 4);
			put(&l, 0x18100000, 4);
		}
		end_datagram(&l, from, 29);
	}
	return l;
}

/* NetFlow v9 has no times since 1970 in these elements, but uptimes of 4 bytes. */
static unsigned
length_of(const struct field *f, bool ipfix)
{
	return !ipfix && f->id[1] ? 4 : f->len;
}

static void
put_template(struct load *l, bool ipfix)
{
	put(l, ipfix ? 2 : 0, 2);
	put(l, 8 + 4 * TRYST_ARRAY_SIZE(fields), 2);
	put(l, 256, 2);
	put(l, TRYST_ARRAY_SIZE(fields), 2);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(fields); i++) {
		put(l, !ipfix && fields[i].id[1] ? fields[i].id[1] : fields[i].id[0], 2);
		put(l, length_of(&fields[i], ipfix), 2);
	}
}

static void
put_record(struct load *l, bool ipfix, size_t number)
{
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(fields); i++) {
		uint64_t v = fields[i].value;

		if (!ipfix && fields[i].id[1])
			v = v - EXPORT_S * 1000ULL + UPTIME;
		put(l, i == 0 ? v + number : v, length_of(&fields[i], ipfix));
	}
}

static struct load
make_sets(size_t records, bool ipfix)
{
	struct load l = { .name = ipfix ? "IPFIX" : "NetFlow v9" };
	size_t size = 0, datagram = 0;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(fields); i++)
		size += length_of(&fields[i], ipfix);
	for (; l.records < records; datagram++) {
		size_t from = l.len, set, count = 0;

		put(&l, ipfix ? 10 : 9, 2);
		put(&l, 0, 2);
		if (!ipfix)
			put(&l, UPTIME, 4);
		put(&l, EXPORT_S, 4);
		put(&l, ipfix ? l.records : datagram, 4);
		put(&l, 1, 4);
		if (datagram == 0)
			put_template(&l, ipfix);
		set = l.len;
		put(&l, 256, 2);
		put(&l, 0, 2);
		for (; l.len - from + size <= DATAGRAM_MAX; count++)
			put_record(&l, ipfix, l.records + count);
		put_at(&l, set + 2, l.len - set);
		put_at(&l, from + 2, ipfix ? l.len - from : count);
		end_datagram(&l, from, count);
	}
	return l;
}

static void
load_free(struct load *l)
{
	free(l->data);
	free(l->lengths);
}

static int
forget(struct tryst_sink *sink, struct tryst_error *err)
{
	(void)err;
	sink->batch.rows = 0;
	return 0;
}

/* Seconds to decode it all once; exits when anything went wrong. */
static double
decode(const struct load *l, uint64_t columns)
{
	struct tryst_sink sink = { .flush = forget };
	struct tryst_error err = { 0 };
	struct tryst_export *x = NULL;
	const uint8_t *at = l->data;
	double from;

	tryst_health_init(&sink.health);
	if (tryst_batch_init(&sink.batch, columns, &err) < 0 ||
	    tryst_export_new(&x, NULL, &err) < 0)
		abort();
	from = now();
	for (size_t i = 0; i < l->datagrams; at += l->lengths[i++]) {
		struct tryst_datagram d = { .data = at, .len = l->lengths[i] };

		if (tryst_export_decode(x, &d, &sink, &err) < 0)
			abort();
	}
	from = now() - from;
	if (sink.health.flows != l->records || sink.health.bad_times || sink.health.sequence_lost) {
		(void)fprintf(stderr, "bench_export: %s: %llu of %zu records\n", l->name,
		              (unsigned long long)sink.health.flows, l->records);
		exit(1);
	}
	tryst_export_free(x);
	tryst_batch_fini(&sink.batch);
	return from;
}

/* Seconds to copy it all once, datagram by datagram into one place. */
static double
copy(const struct load *l)
{
	static uint8_t to[1 << 16];
	const uint8_t *at = l->data;
	double from = now();

	for (size_t i = 0; i < l->datagrams; at += l->lengths[i++]) {
		memcpy(to, at, l->lengths[i]);
		__asm__ volatile("" : : "r"(to) : "memory");
	}
	return now() - from;
}

#ifdef HAVE_FIXBUF
/* The template as a struct without holes, in the same order of fields but for alignment. */
struct record {
	uint64_t packets, bytes, start, end;
	uint32_t src, dst, in_if, out_if, src_as, dst_as, next_hop;
	uint16_t src_port, dst_port, vlan;
	uint8_t proto, flags, tos, src_mask, dst_mask, reason;
	uint8_t pad[4];
};

static fbInfoElementSpec_t specs[] = {
	{ (char *)(uintptr_t) "packetDeltaCount", 8, 0 },
	{ (char *)(uintptr_t) "octetDeltaCount", 8, 0 },
	{ (char *)(uintptr_t) "flowStartMilliseconds", 8, 0 },
	{ (char *)(uintptr_t) "flowEndMilliseconds", 8, 0 },
	{ (char *)(uintptr_t) "sourceIPv4Address", 4, 0 },
	{ (char *)(uintptr_t) "destinationIPv4Address", 4, 0 },
	{ (char *)(uintptr_t) "ingressInterface", 4, 0 },
	{ (char *)(uintptr_t) "egressInterface", 4, 0 },
	{ (char *)(uintptr_t) "bgpSourceAsNumber", 4, 0 },
	{ (char *)(uintptr_t) "bgpDestinationAsNumber", 4, 0 },
	{ (char *)(uintptr_t) "ipNextHopIPv4Address", 4, 0 },
	{ (char *)(uintptr_t) "sourceTransportPort", 2, 0 },
	{ (char *)(uintptr_t) "destinationTransportPort", 2, 0 },
	{ (char *)(uintptr_t) "vlanId", 2, 0 },
	{ (char *)(uintptr_t) "protocolIdentifier", 1, 0 },
	{ (char *)(uintptr_t) "tcpControlBits", 1, 0 },
	{ (char *)(uintptr_t) "ipClassOfService", 1, 0 },
	{ (char *)(uintptr_t) "sourceIPv4PrefixLength", 1, 0 },
	{ (char *)(uintptr_t) "destinationIPv4PrefixLength", 1, 0 },
	{ (char *)(uintptr_t) "flowEndReason", 1, 0 },
	{ (char *)(uintptr_t) "paddingOctets", 4, 0 },
	FB_IESPEC_NULL,
};

static void
fixbuf_failed(GError *error)
{
	(void)fprintf(stderr, "bench_export: libfixbuf: %s\n", error ? error->message : "?");
	exit(1);
}

/* Seconds for libfixbuf to read the same messages into a struct. */
static double
decode_fixbuf(const struct load *l)
{
	fbInfoModel_t *model = fbInfoModelAlloc();
	fbSession_t *session = fbSessionAlloc(model);
	fbTemplate_t *template = fbTemplateAlloc(model);
	fBuf_t *buffer = fBufAllocForCollection(session, NULL);
	GError *error = NULL;
	uint8_t *at = l->data;
	size_t records = 0;
	double from;

	if (!fbTemplateAppendSpecArray(template, specs, UINT32_MAX, &error) ||
	    !fbSessionAddTemplate(session, TRUE, 0xa000, template, &error))
		fixbuf_failed(error);
	from = now();
	for (size_t i = 0; i < l->datagrams; at += l->lengths[i++]) {
		struct record r;
		size_t len;

		fBufSetBuffer(buffer, at, l->lengths[i]);
		if (i == 0 && !fBufSetInternalTemplate(buffer, 0xa000, &error))
			fixbuf_failed(error);
		for (len = sizeof(r); fBufNext(buffer, (uint8_t *)&r, &len, &error);
		     len = sizeof(r)) {
			__asm__ volatile("" : : "r"(&r) : "memory");
			records++;
		}
		g_clear_error(&error);
	}
	from = now() - from;
	if (records != l->records) {
		(void)fprintf(stderr, "bench_export: libfixbuf read %zu of %zu records\n", records,
		              l->records);
		exit(1);
	}
	fBufFree(buffer);
	fbInfoModelFree(model);
	return from;
}
#endif

static uint64_t
wanted_columns(void)
{
	return TRYST_BIT(src) | TRYST_BIT(dst) | TRYST_BIT(src_port) | TRYST_BIT(dst_port) |
	       TRYST_BIT(proto) | TRYST_BIT(tcp_flags) | TRYST_BIT(tos) | TRYST_BIT(packets) |
	       TRYST_BIT(bytes) | TRYST_BIT(start_ms) | TRYST_BIT(end_ms) | TRYST_BIT(in_if) |
	       TRYST_BIT(out_if) | TRYST_BIT(src_as) | TRYST_BIT(dst_as) | TRYST_BIT(next_hop) |
	       TRYST_BIT(src_mask) | TRYST_BIT(dst_mask) | TRYST_BIT(end_reason) | TRYST_BIT(vlan) |
	       TRYST_BIT(record_no) | TRYST_BIT(input_id);
}

/*
 * The best of the rounds; the peers take turns in each.  libfixbuf reads the IPFIX messages, which
 * hold the same records.
 */
static void
measure(const struct load *l, const struct load *ipfix, unsigned rounds)
{
	double ours = 1e9, plain = 1e9, all = 1e9, theirs = 1e9;

	for (unsigned i = 0; i < rounds; i++) {
		ours = TRYST_MIN(ours, decode(l, wanted_columns()));
		all = TRYST_MIN(all, decode(l, TRYST_BITS_ALL));
		plain = TRYST_MIN(plain, copy(l));
#ifdef HAVE_FIXBUF
		theirs = TRYST_MIN(theirs, decode_fixbuf(ipfix));
#endif
	}
	(void)ipfix;
	printf("| %s | %.1f M | %.1f M | %.1f GB/s | %.1f %% |", l->name,
	       (double)l->records / ours * 1e-6, (double)l->records / all * 1e-6,
	       (double)l->len / ours * 1e-9, 100 * plain / ours);
	if (theirs < 1e9)
		printf(" %.1f M | **%.1f** | %.1f |", (double)l->records / theirs * 1e-6,
		       theirs / ours, theirs / all);
	printf("\n");
}

int
main(int argc, char **argv)
{
	size_t records = argc > 1 ? strtoul(argv[1], NULL, 10) : 50000;
	unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 100;
	struct load loads[3];

	if (!records || !rounds) {
		(void)fprintf(stderr, "usage: bench_export [records] [rounds]\n");
		return 2;
	}
	loads[0] = make_v5(records);
	loads[1] = make_sets(records, false);
	loads[2] = make_sets(records, true);
	printf("| | records/s | with all columns | bytes | of memcpy |");
#ifdef HAVE_FIXBUF
	printf(" libfixbuf | times as fast | with all columns |\n|---|---|---|");
#else
	printf("\n|");
#endif
	printf("---|---|---|---|---|\n");
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(loads); i++)
		measure(&loads[i], &loads[2], rounds);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(loads); i++)
		load_free(&loads[i]);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libfixbuf reads in IPFIX messages, the second opinion of test_fixbuf.py:
 *
 *     fixbuf_read FILE
 *
 * Prints a heading and one line of comma-separated values a flow record, in the order of the file.
 * Times are milliseconds since 1970; uptimes (IE 22 and 21) are counted from IE 160, which the
 * exporter must have sent before in an options record.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <fixbuf/public.h>

#define FLOW_TEMPLATE 0xa000
#define OPTIONS_TEMPLATE 0xa001
#define NAME(text) ((char *)(uintptr_t)(text))

struct flow {
	uint64_t packets, bytes, start_ms, end_ms;
	uint8_t src6[16], dst6[16];
	uint32_t src4, dst4, start_uptime, end_uptime, in_if, out_if;
	uint16_t src_port, dst_port, icmp4, icmp6;
	uint8_t proto, tos, icmp4_type, icmp4_code, icmp6_type, icmp6_code, padding[6];
};

static fbInfoElementSpec_t flow_specs[] = {
	{ NAME("packetDeltaCount"), 8, 0 },      { NAME("octetDeltaCount"), 8, 0 },
	{ NAME("flowStartMilliseconds"), 8, 0 }, { NAME("flowEndMilliseconds"), 8, 0 },
	{ NAME("sourceIPv6Address"), 16, 0 },    { NAME("destinationIPv6Address"), 16, 0 },
	{ NAME("sourceIPv4Address"), 4, 0 },     { NAME("destinationIPv4Address"), 4, 0 },
	{ NAME("flowStartSysUpTime"), 4, 0 },    { NAME("flowEndSysUpTime"), 4, 0 },
	{ NAME("ingressInterface"), 4, 0 },      { NAME("egressInterface"), 4, 0 },
	{ NAME("sourceTransportPort"), 2, 0 },   { NAME("destinationTransportPort"), 2, 0 },
	{ NAME("icmpTypeCodeIPv4"), 2, 0 },      { NAME("icmpTypeCodeIPv6"), 2, 0 },
	{ NAME("protocolIdentifier"), 1, 0 },    { NAME("ipClassOfService"), 1, 0 },
	{ NAME("icmpTypeIPv4"), 1, 0 },          { NAME("icmpCodeIPv4"), 1, 0 },
	{ NAME("icmpTypeIPv6"), 1, 0 },          { NAME("icmpCodeIPv6"), 1, 0 },
	{ NAME("paddingOctets"), 6, 0 },         FB_IESPEC_NULL,
};

static fbInfoElementSpec_t options_specs[] = {
	{ NAME("systemInitTimeMilliseconds"), 8, 0 },
	FB_IESPEC_NULL,
};

static fbInfoElementSpec_t uptime_spec = { NAME("flowStartSysUpTime"), 4, 0 };
static fbInfoElementSpec_t src4_spec = { NAME("sourceIPv4Address"), 4, 0 };

static void
die(const char *what, const GError *error)
{
	(void)fprintf(stderr, "fixbuf_read: %s: %s\n", what, error ? error->message : "?");
	exit(1);
}

static void
add_template(fbSession_t *session, fbInfoModel_t *model, fbInfoElementSpec_t *specs, uint16_t id)
{
	fbTemplate_t *t = fbTemplateAlloc(model);
	GError *error = NULL;

	if (!fbTemplateAppendSpecArray(t, specs, UINT32_MAX, &error) ||
	    !fbSessionAddTemplate(session, TRUE, id, t, &error))
		die("template", error);
}

/* Type * 256 + code, from whichever of the elements has them. */
static unsigned
icmp_of(const struct flow *f)
{
	return f->icmp4 | f->icmp6 | f->icmp4_type << 8 | f->icmp4_code | f->icmp6_type << 8 |
	       f->icmp6_code;
}

static void
print_flow(const struct flow *f, bool v4, uint64_t start_ms, uint64_t end_ms)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	uint32_t src4 = htonl(f->src4), dst4 = htonl(f->dst4);

	if (!inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? (const void *)&src4 : f->src6, src,
	               sizeof(src)) ||
	    !inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? (const void *)&dst4 : f->dst6, dst,
	               sizeof(dst)))
		exit(1);
	printf("%s,%s,%u,%u,%u,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%u,%u,%u\n", src,
	       dst, f->src_port, f->dst_port, f->proto, f->tos, f->packets, f->bytes, start_ms,
	       end_ms, f->in_if, f->out_if, icmp_of(f));
}

/* One record whose template has come; false: none is left. */
static bool
read_record(fBuf_t *buffer, fbTemplate_t *t, uint64_t *init_ms, GError **error)
{
	bool options = fbTemplateGetOptionsScope(t) > 0;
	struct flow f;
	uint64_t init;
	size_t len = options ? sizeof(init) : sizeof(f);

	if (!fBufSetInternalTemplate(buffer, options ? OPTIONS_TEMPLATE : FLOW_TEMPLATE, error) ||
	    !fBufNext(buffer, options ? (uint8_t *)&init : (uint8_t *)&f, &len, error))
		return false;
	if (options) {
		*init_ms = init ? init : *init_ms;
		return true;
	}
	if (fbTemplateContainsElementByName(t, &uptime_spec)) {
		f.start_ms = *init_ms + f.start_uptime;
		f.end_ms = *init_ms + f.end_uptime;
	}
	print_flow(&f, fbTemplateContainsElementByName(t, &src4_spec), f.start_ms, f.end_ms);
	return true;
}

int
main(int argc, char **argv)
{
	fbInfoModel_t *model = fbInfoModelAlloc();
	fbSession_t *session = fbSessionAlloc(model);
	GError *error = NULL;
	fbCollector_t *collector;
	fbTemplate_t *t;
	fBuf_t *buffer;
	uint64_t init_ms = 0;
	uint16_t id;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: fixbuf_read FILE\n");
		return 2;
	}
	add_template(session, model, flow_specs, FLOW_TEMPLATE);
	add_template(session, model, options_specs, OPTIONS_TEMPLATE);
	collector = fbCollectorAllocFile(NULL, argv[1], &error);
	if (!collector)
		die(argv[1], error);
	buffer = fBufAllocForCollection(session, collector);
	printf("src,dst,src_port,dst_port,proto,tos,packets,bytes,start,end,in_if,out_if,"
	       "icmp\n");
	while ((t = fBufNextCollectionTemplate(buffer, &id, &error)) &&
	       read_record(buffer, t, &init_ms, &error))
		;
	if (!g_error_matches(error, FB_ERROR_DOMAIN, FB_ERROR_EOF))
		die(argv[1], error);
	g_clear_error(&error);
	fBufFree(buffer);
	fbInfoModelFree(model);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identifiers and patterns of the STIX renderer.
 *
 * Identifiers of observables are UUIDs of version 5 over the canonical JSON (RFC 8785) of those of
 * their properties that the specification names, so that everyone gives the same address the same
 * identifier.  What is hashed here is ASCII text and small whole numbers, for which canonical means
 * no blanks and keys in order.
 *
 * Source: STIX 2.1 (OASIS Standard, 10 June 2021), 2.9, 6.4, 6.11, 9.
 */
#include <netinet/in.h>
#include <stdio.h>

#include "report/stix.h"

/* 00abedb4-aa42-466c-9c01-fed23315a9b7 */
static const uint8_t observables[16] = { 0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c,
	                                 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7 };

static void
identifier(struct tryst_buf *b, const char *type, const struct tryst_buf *name,
           char out[TRYST_STIX_ID_MAX])
{
	char uuid[TRYST_UUID_TEXT_MAX];

	tryst_uuid5(observables, name->failed ? "" : name->data, name->failed ? 0 : name->len,
	            uuid);
	(void)snprintf(out, TRYST_STIX_ID_MAX, "%s--%s", type, uuid);
	b->failed |= name->failed;
}

void
tryst_stix_address_id(struct tryst_buf *b, struct tryst_ip ip, char out[TRYST_STIX_ID_MAX])
{
	struct tryst_buf name = { 0 };
	struct tryst_json j;

	tryst_json_init(&j, &name, 0);
	tryst_json_object(&j);
	tryst_json_key_ip(&j, "value", ip);
	tryst_json_end(&j);
	identifier(b, tryst_ip_is_v4(ip) ? "ipv4-addr" : "ipv6-addr", &name, out);
	tryst_buf_fini(&name);
}

static void
key_hex(struct tryst_json *j, const char *key, unsigned v)
{
	char text[8];

	(void)snprintf(text, sizeof(text), "%02x", v);
	tryst_json_key_str(j, key, text);
}

static void
extensions(struct tryst_json *j, const struct tryst_traffic *g)
{
	bool tcp = g->proto == IPPROTO_TCP && g->flags_known;

	if (!tcp && !g->icmp_known)
		return;
	tryst_json_key_object(j, "extensions");
	tryst_json_key_object(j, tcp ? "tcp-ext" : "icmp-ext");
	if (tcp) {
		key_hex(j, "dst_flags_hex", g->dst_flags);
		key_hex(j, "src_flags_hex", g->src_flags);
	} else {
		key_hex(j, "icmp_code_hex", g->icmp & 0xff);
		key_hex(j, "icmp_type_hex", g->icmp >> 8);
	}
	tryst_json_end(j);
	tryst_json_end(j);
}

void
tryst_stix_traffic_properties(struct tryst_json *j, const struct tryst_traffic *g)
{
	struct tryst_buf proto = { 0 };
	char id[TRYST_STIX_ID_MAX];

	if (g->dst_port_known)
		tryst_json_key_u64(j, "dst_port", g->dst_port);
	tryst_stix_address_id(j->buf, g->dst, id);
	tryst_json_key_str(j, "dst_ref", id);
	if (tryst_time_has_date(g->last_ms))
		tryst_json_key_time(j, "end", g->last_ms);
	extensions(j, g);
	tryst_json_key_array(j, "protocols");
	tryst_json_str(j, tryst_ip_is_v4(g->src) && tryst_ip_is_v4(g->dst) ? "ipv4" : "ipv6");
	tryst_exchange_proto(&proto, g->proto);
	tryst_json_str(j, proto.failed ? "" : proto.data);
	j->buf->failed |= proto.failed;
	tryst_buf_fini(&proto);
	tryst_json_end(j);
	if (g->src_port_known)
		tryst_json_key_u64(j, "src_port", g->src_port);
	tryst_stix_address_id(j->buf, g->src, id);
	tryst_json_key_str(j, "src_ref", id);
	if (tryst_time_has_date(g->first_ms))
		tryst_json_key_time(j, "start", g->first_ms);
}

void
tryst_stix_traffic_id(struct tryst_buf *b, const struct tryst_traffic *g,
                      char out[TRYST_STIX_ID_MAX])
{
	struct tryst_buf name = { 0 };
	struct tryst_json j;

	tryst_json_init(&j, &name, 0);
	tryst_json_object(&j);
	tryst_stix_traffic_properties(&j, g);
	tryst_json_end(&j);
	identifier(b, "network-traffic", &name, out);
	tryst_buf_fini(&name);
}

#define COVER_MAX 254

void
tryst_stix_pattern(struct tryst_buf *out, const struct tryst_indicator *indicator)
{
	struct tryst_prefix cover[COVER_MAX];
	size_t count = tryst_ip_range_cover(indicator->range, cover, COVER_MAX);
	char text[TRYST_PREFIX_TEXT_MAX];

	for (size_t i = 0; i < count; i++) {
		const char *op = cover[i].len == 128 ? "=" : "ISSUBSET";
		const char *type = tryst_ip_is_v4(cover[i].ip) && cover[i].len >= 96 ? "ipv4-addr"
		                                                                     : "ipv6-addr";

		(void)tryst_prefix_format(cover[i], text);
		tryst_buf_str(out, i ? " OR [" : "[");
		if (indicator->port)
			tryst_buf_printf(out,
			                 "network-traffic:dst_ref.type = '%s' AND "
			                 "network-traffic:dst_ref.value %s '%s' AND "
			                 "network-traffic:dst_port = %u",
			                 type, op, text, indicator->port);
		else
			tryst_buf_printf(out, "%s:value %s '%s'", type, op, text);
		tryst_buf_char(out, ']');
	}
}

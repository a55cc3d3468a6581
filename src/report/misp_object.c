/* SPDX-License-Identifier: Apache-2.0 */
/* MISP's objects "netflow" (template version 2): what was observed, one a direction. */
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/community_id.h"
#include "report/misp.h"

#define NETFLOW "bf148c58-3e7e-414e-8de8-5d96379ca77e"
#define NETFLOW_VERSION "2"

/* An attribute of an object. */
struct related {
	const char *relation, *type, *category;
	char value[TRYST_IP_TEXT_MAX];
};

static struct related *
relate(struct related *r, const char *relation, const char *type, const char *category)
{
	*r = (struct related){ .relation = relation, .type = type, .category = category };
	return r;
}

static struct related *
relate_number(struct related *r, const char *relation, const char *type, const char *category,
              uint64_t v)
{
	(void)snprintf(relate(r, relation, type, category)->value, sizeof(r->value), "%" PRIu64, v);
	return r + 1;
}

static struct related *
relate_ip(struct related *r, const char *relation, struct tryst_ip ip)
{
	(void)tryst_ip_format(ip, relate(r, relation, relation, TRYST_MISP_NETWORK)->value);
	return r + 1;
}

static struct related *
relate_time(struct related *r, const char *relation, int64_t ms)
{
	if (!tryst_time_has_date(ms))
		return r;
	tryst_misp_time_text(ms, relate(r, relation, "datetime", TRYST_MISP_OTHER)->value);
	return r + 1;
}

static struct related *
relate_text(struct related *r, const char *relation, const char *type, const char *text)
{
	(void)snprintf(relate(r, relation, type, TRYST_MISP_NETWORK)->value, sizeof(r->value), "%s",
	               text);
	return r + 1;
}

static struct related *
relate_flags(struct related *r, uint8_t flags)
{
	static const char letters[] = "FSRPAU"; /* by bit */
	char text[sizeof(letters)] = "";
	size_t len = 0;

	for (unsigned i = 0; i < sizeof(letters) - 1; i++) {
		if (flags >> i & 1)
			text[len++] = letters[i];
	}
	text[len] = '\0';
	return len ? relate_text(r, "tcp-flags", "text", text) : r;
}

/* Where it is one conversation. */
static struct related *
relate_community(struct related *r, const struct tryst_traffic *t)
{
	char id[TRYST_COMMUNITY_ID_LEN + 1] = "";

	if (t->conversations != 1 || !t->src_port_known || !t->dst_port_known)
		return r;
	tryst_community_id(0, t->src, t->dst, t->proto, t->src_port, t->dst_port, id);
	return relate_text(r, "community-id", "community-id", id);
}

static const char *
proto_word(uint8_t proto)
{
	return proto == IPPROTO_TCP                               ? "TCP"
	       : proto == IPPROTO_UDP                             ? "UDP"
	       : proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6 ? "ICMP"
	                                                          : "IP";
}

#define RELATED_MAX 20

/* One direction; back: from the destination to the source.  Returns how many there are. */
static size_t
netflow(struct related list[RELATED_MAX], const struct tryst_misp *e, const struct tryst_traffic *t,
        bool back)
{
	bool known[2] = { t->src_port_known, t->dst_port_known };
	uint16_t ports[2] = { t->src_port, t->dst_port };
	bool searched = t->host == UINT32_MAX;
	bool in = !searched && tryst_ip_equal(back ? t->dst : t->src, e->c->hosts[t->host].ip);
	struct related *r = list;

	r = relate_ip(r, "ip-src", back ? t->dst : t->src);
	r = relate_ip(r, "ip-dst", back ? t->src : t->dst);
	if (known[back])
		r = relate_number(r, "src-port", "port", TRYST_MISP_NETWORK, ports[back]);
	if (known[!back])
		r = relate_number(r, "dst-port", "port", TRYST_MISP_NETWORK, ports[!back]);
	r = relate_text(r, "protocol", "text", proto_word(t->proto));
	r = relate_number(r, "ip-protocol-number", "size-in-bytes", TRYST_MISP_OTHER, t->proto);
	if (t->proto == IPPROTO_TCP && t->flags_known)
		r = relate_flags(r, back ? t->dst_flags : t->src_flags);
	if (t->icmp_known)
		r = relate_number(r, "icmp-type", "text", TRYST_MISP_NETWORK, t->icmp >> 8);
	r = relate_time(r, "first-packet-seen", t->first_ms);
	r = relate_time(r, "last-packet-seen", t->last_ms);
	if (t->counts_known) {
		r = relate_number(r, "byte-count", "counter", TRYST_MISP_OTHER,
		                  back ? t->dst_bytes : t->src_bytes);
		r = relate_number(r, "packet-count", "counter", TRYST_MISP_OTHER,
		                  back ? t->dst_packets : t->src_packets);
	}
	if (t->conversations)
		r = relate_number(r, "flow-count", "counter", TRYST_MISP_OTHER, t->conversations);
	if (!searched)
		r = relate_text(r, "direction", "text", in ? "Ingress" : "Egress");
	r = relate_community(r, t);
	return (size_t)(r - list);
}

void
tryst_misp_object(struct tryst_misp *e, const struct tryst_traffic *t, size_t index, bool back)
{
	const char *comment = t->meeting == UINT32_MAX ? ""
	                      : t->host == UINT32_MAX
	                              ? e->c->findings[t->meeting].verdict
	                              : e->c->meetings[t->meeting].judgement.verdict;
	struct related list[RELATED_MAX];
	size_t count = netflow(list, e, t, back);
	char uuid[TRYST_UUID_TEXT_MAX];
	struct tryst_json *j = &e->j;

	tryst_misp_uuid(e, back ? "back" : "there", index, "", uuid);
	tryst_json_object(j);
	tryst_json_key_str(j, "uuid", uuid);
	tryst_json_key_str(j, "name", "netflow");
	tryst_json_key_str(j, "meta-category", "network");
	tryst_json_key_str(j, "template_uuid", NETFLOW);
	tryst_json_key_str(j, "template_version", NETFLOW_VERSION);
	tryst_misp_key_seconds(j, "timestamp", e->made_ms);
	tryst_json_key_str(j, "distribution", "5");
	tryst_json_key_str(j, "comment", comment);
	tryst_json_key_array(j, "Attribute");
	for (size_t i = 0; i < count; i++) {
		tryst_misp_uuid(e, back ? "back" : "there", index, list[i].relation, uuid);
		tryst_json_object(j);
		tryst_json_key_str(j, "uuid", uuid);
		tryst_json_key_str(j, "object_relation", list[i].relation);
		tryst_json_key_str(j, "type", list[i].type);
		tryst_json_key_str(j, "category", list[i].category);
		tryst_json_key_str(j, "value", list[i].value);
		tryst_json_key_bool(j, "to_ids", false);
		tryst_misp_key_seconds(j, "timestamp", e->made_ms);
		tryst_json_key_str(j, "distribution", "5");
		tryst_json_end(j);
	}
	tryst_json_end(j);
	tryst_json_end(j);
}

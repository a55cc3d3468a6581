/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elastic Common Schema, a JSON object a line.  Keys come in the order of the table; what is
 * unknown is absent; what the schema has no name for stands under `tryst`, by our own names.
 *
 * Source: elastic/ecs, field sets event, source, destination, network, observer, related.
 */
#include "base/proto.h"
#include "cli/rows.h"

#define ECS_VERSION "8.11.0"
#define NS_PER_MS 1000000u

/* What a row takes beyond its values: the keys, the constants, and the longest value of all. */
#define KEYS_MAX 4096

#define B(name) TRYST_BIT(name)
#define PORTS (B(src_port) | B(dst_port) | B(icmp_type) | B(icmp_code))

static char *
put_text(char *p, const char *text)
{
	return mempcpy(p, text, strlen(text));
}

static char *
put_duration(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)column;
	return put_u64(p, tryst_cell_duration(b, row) * NS_PER_MS);
}

static char *
put_type(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)column;
	return put_text(p, tryst_ip_is_v4(b->src[row]) && tryst_ip_is_v4(b->dst[row]) ? "ipv4"
	                                                                              : "ipv6");
}

/* The keyword of the IANA, in small letters; a number where there is none. */
static char *
put_transport(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	const char *name = tryst_proto_name(b->proto[row]);

	(void)column;
	if (!name)
		return put_u64(p, b->proto[row]);
	for (; *name; name++)
		*p++ = (char)(*name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name);
	return p;
}

/* Both directions; the reverse one is 0 when unknown. */
static char *
put_bytes(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)column;
	return put_u64(p, b->bytes[row] + b->rev_bytes[row]);
}

static char *
put_packets(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)column;
	return put_u64(p, b->packets[row] + b->rev_packets[row]);
}

static char *
put_direction(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)column;
	return put_text(p, b->direction[row] == 0   ? "ingress"
	                   : b->direction[row] == 1 ? "egress"
	                                            : "unknown");
}

static char *
put_community(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)column;
	return tryst_put_community_id(p, b, row);
}

static char *
put_related(char *p, const void *column, const struct tryst_batch *b, uint32_t row)
{
	(void)column;
	p = put_ip(put_text(p, "[\""), b->src[row]);
	if (!tryst_ip_equal(b->src[row], b->dst[row]))
		p = put_ip(put_text(p, "\",\""), b->dst[row]);
	return put_text(p, "\"]");
}

/* A field as csv and json show it; as a keyword, which is text; a value made of fields. */
#define PLAIN(id) { NULL, TRYST_FIELD_##id, 0, NULL, false, 0 }, NULL
#define KEYWORD(id) { NULL, TRYST_FIELD_##id, 0, NULL, true, 0 }, NULL
#define MADE(needs, put, text, uses) { NULL, TRYST_FIELD_start_ms, needs, put, text, uses }, NULL
#define CONSTANT(text) { NULL, TRYST_FIELD_start_ms, 0, NULL, false, 0 }, text
#define OWN(id)                                                                                    \
	{                                                                                          \
		"tryst." #id, PLAIN(id)                                                            \
	}

/* clang-format off */
static const struct key {
	const char *path;
	struct tryst_cell cell;
	const char *constant; /* JSON */
} keys[] = {
	{ "@timestamp", PLAIN(start_ms) },
	{ "ecs.version", CONSTANT("\"" ECS_VERSION "\"") },
	{ "event.kind", CONSTANT("\"event\"") },
	{ "event.category", CONSTANT("[\"network\"]") },
	{ "event.type", CONSTANT("[\"connection\"]") },
	{ "event.module", CONSTANT("\"tryst\"") },
	{ "event.dataset", CONSTANT("\"tryst.flow\"") },
	{ "event.id", CONSTANT("") },
	{ "event.created", PLAIN(received_ms) },
	{ "event.start", PLAIN(start_ms) },
	{ "event.end", PLAIN(end_ms) },
	{ "event.duration", MADE(B(start_ms) | B(end_ms), put_duration, false, 0) },
	{ "source.ip", PLAIN(src) },
	{ "source.port", PLAIN(src_port) },
	{ "source.bytes", PLAIN(bytes) },
	{ "source.packets", PLAIN(packets) },
	{ "source.as.number", PLAIN(src_as) },
	{ "source.nat.ip", PLAIN(nat_src) },
	{ "source.nat.port", PLAIN(nat_src_port) },
	{ "destination.ip", PLAIN(dst) },
	{ "destination.port", PLAIN(dst_port) },
	{ "destination.bytes", PLAIN(rev_bytes) },
	{ "destination.packets", PLAIN(rev_packets) },
	{ "destination.as.number", PLAIN(dst_as) },
	{ "destination.nat.ip", PLAIN(nat_dst) },
	{ "destination.nat.port", PLAIN(nat_dst_port) },
	{ "network.type", MADE(B(src) | B(dst), put_type, true, 0) },
	{ "network.transport", MADE(B(proto), put_transport, true, 0) },
	{ "network.iana_number", KEYWORD(proto) },
	{ "network.bytes", MADE(B(bytes), put_bytes, false, B(rev_bytes)) },
	{ "network.packets", MADE(B(packets), put_packets, false, B(rev_packets)) },
	{ "network.direction", MADE(B(direction), put_direction, true, 0) },
	{ "network.community_id", MADE(B(src) | B(dst) | B(proto), put_community, true, PORTS) },
	{ "network.vlan.id", KEYWORD(vlan) },
	{ "observer.ip", PLAIN(exporter) },
	{ "observer.ingress.interface.id", KEYWORD(in_if) },
	{ "observer.egress.interface.id", KEYWORD(out_if) },
	{ "related.ip", MADE(B(src) | B(dst), put_related, false, 0) },
	OWN(tcp_flags),
	OWN(rev_tcp_flags),
	OWN(first_flags),
	OWN(tos),
	OWN(icmp_type),
	OWN(icmp_code),
	OWN(flows),
	OWN(next_hop),
	OWN(src_mask),
	OWN(dst_mask),
	OWN(min_ttl),
	OWN(max_ttl),
	OWN(ip_id),
	OWN(fwd_status),
	OWN(end_reason),
	OWN(fw_event),
	OWN(nat_event),
	OWN(domain),
	OWN(sampling),
	OWN(record_no),
};
/* clang-format on */

_Static_assert(TRYST_ARRAY_SIZE(keys) <= TRYST_SLOTS_MAX, "a slot a key");

static int
ecs_open(struct tryst_rows *rows, const char *arg, struct tryst_error *err)
{
	int rc = 0;

	(void)arg;
	rows->more = KEYS_MAX;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(keys) && rc == 0; i++) {
		struct tryst_cell cell = keys[i].cell;

		if (!cell.put && !keys[i].constant) {
			tryst_cell_of(cell.field, &cell);
			cell.text |= keys[i].cell.text;
		}
		rc = tryst_rows_slot(rows, &cell, "", 0, err);
	}
	return rc;
}

/*
 * From the place behind a value to the one for the next: closes the objects that the next path is
 * not in, opens those that it is, and writes its key.
 */
static char *
put_key(char *p, const char *last, const char *path)
{
	size_t same = 0;

	for (size_t i = 0; last[i] && last[i] == path[i]; i++) {
		if (path[i] == '.')
			same = i + 1;
	}
	for (const char *rest = last + same; (rest = strchr(rest, '.')) != NULL; rest++)
		*p++ = '}';
	*p++ = *last ? ',' : '{';
	for (path += same;;) {
		size_t len = strcspn(path, ".");

		*p++ = '"';
		p = mempcpy(p, path, len);
		p = put_text(p, "\":");
		if (!path[len])
			return p;
		*p++ = '{';
		path += len + 1;
	}
}

static char *
ecs_row(const struct tryst_rows *rows, char *p, const void *const *columns,
        const struct tryst_batch *b, uint32_t row)
{
	const char *last = "";

	for (unsigned i = 0; i < rows->count; i++) {
		const struct tryst_slot *slot = &rows->slots[i];
		const char *constant = keys[i].constant;

		if (!constant && !tryst_slot_known(slot, b, row))
			continue;
		if (slot->cell.put == put_community && !tryst_community_known(b, row))
			continue;
		p = put_key(p, last, keys[i].path);
		last = keys[i].path;
		if (constant && *constant) {
			p = put_text(p, constant);
			continue;
		}
		if (constant || slot->cell.text)
			*p++ = '"';
		p = constant ? tryst_put_uid(p, rows, b, row)
		             : slot->cell.put(p, columns[i], b, row);
		if (constant || slot->cell.text)
			*p++ = '"';
	}
	for (const char *rest = last; (rest = strchr(rest, '.')) != NULL; rest++)
		*p++ = '}';
	return put_text(p, "}\n");
}

const struct tryst_row_format tryst_out_ecs = {
	.name = "ecs",
	.open = ecs_open,
	.row = ecs_row,
};

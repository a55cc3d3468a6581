/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/columns.h"

#include <ctype.h>
#include <stdio.h>

#include "base/proto.h"

#define NAME_MAX_BYTES 32

/* Names of every feed that docs/formats/watchlist.md lists, and what people call them. */
static const struct {
	const char *name;
	enum tryst_column column;
} names[] = {
	{ "ip", TRYST_COLUMN_ADDRESS },
	{ "ip_address", TRYST_COLUMN_ADDRESS },
	{ "ipaddress", TRYST_COLUMN_ADDRESS },
	{ "ipaddr", TRYST_COLUMN_ADDRESS },
	{ "dst_ip", TRYST_COLUMN_ADDRESS },
	{ "dstip", TRYST_COLUMN_ADDRESS },
	{ "dest_ip", TRYST_COLUMN_ADDRESS },
	{ "src_ip", TRYST_COLUMN_ADDRESS },
	{ "srcip", TRYST_COLUMN_ADDRESS },
	{ "source_ip", TRYST_COLUMN_ADDRESS },
	{ "ip_dst", TRYST_COLUMN_ADDRESS },
	{ "ip_src", TRYST_COLUMN_ADDRESS },
	{ "address", TRYST_COLUMN_ADDRESS },
	{ "addr", TRYST_COLUMN_ADDRESS },
	{ "value", TRYST_COLUMN_ADDRESS },
	{ "ioc", TRYST_COLUMN_ADDRESS },
	{ "ioc_value", TRYST_COLUMN_ADDRESS },
	{ "indicator", TRYST_COLUMN_ADDRESS },
	{ "indicator_value", TRYST_COLUMN_ADDRESS },
	{ "host", TRYST_COLUMN_ADDRESS },
	{ "cidr", TRYST_COLUMN_ADDRESS },
	{ "prefix", TRYST_COLUMN_ADDRESS },
	{ "ip_prefix", TRYST_COLUMN_ADDRESS },
	{ "ip_range", TRYST_COLUMN_ADDRESS },
	{ "network", TRYST_COLUMN_ADDRESS },
	{ "netblock", TRYST_COLUMN_ADDRESS },
	{ "subnet", TRYST_COLUMN_ADDRESS },
	{ "start", TRYST_COLUMN_START },
	{ "start_ip", TRYST_COLUMN_START },
	{ "first_ip", TRYST_COLUMN_START },
	{ "range_start", TRYST_COLUMN_START },
	{ "end", TRYST_COLUMN_END },
	{ "end_ip", TRYST_COLUMN_END },
	{ "last_ip", TRYST_COLUMN_END },
	{ "range_end", TRYST_COLUMN_END },
	{ "url", TRYST_COLUMN_URL },
	{ "md5", TRYST_COLUMN_HASH },
	{ "md5_hash", TRYST_COLUMN_HASH },
	{ "sha1", TRYST_COLUMN_HASH },
	{ "sha1_hash", TRYST_COLUMN_HASH },
	{ "sha256", TRYST_COLUMN_HASH },
	{ "sha256_hash", TRYST_COLUMN_HASH },
	{ "port", TRYST_COLUMN_PORT },
	{ "dst_port", TRYST_COLUMN_PORT },
	{ "dstport", TRYST_COLUMN_PORT },
	{ "dest_port", TRYST_COLUMN_PORT },
	{ "proto", TRYST_COLUMN_PROTO },
	{ "protocol", TRYST_COLUMN_PROTO },
	{ "ioc_type", TRYST_COLUMN_KIND },
	{ "type", TRYST_COLUMN_KIND },
	{ "indicator_type", TRYST_COLUMN_KIND },
	{ "to_ids", TRYST_COLUMN_TO_IDS },
	{ "first_seen", TRYST_COLUMN_FIRST },
	{ "first_seen_utc", TRYST_COLUMN_FIRST },
	{ "firstseen", TRYST_COLUMN_FIRST },
	{ "dateadded", TRYST_COLUMN_FIRST },
	{ "date_added", TRYST_COLUMN_FIRST },
	{ "listingdate", TRYST_COLUMN_FIRST },
	{ "created", TRYST_COLUMN_FIRST },
	{ "date", TRYST_COLUMN_FIRST },
	{ "last_seen", TRYST_COLUMN_LAST },
	{ "last_seen_utc", TRYST_COLUMN_LAST },
	{ "last_online", TRYST_COLUMN_LAST },
	{ "lastonline", TRYST_COLUMN_LAST },
	{ "lastseen", TRYST_COLUMN_LAST },
	{ "lastreportedat", TRYST_COLUMN_LAST },
	{ "valid_from", TRYST_COLUMN_FROM },
	{ "validfrom", TRYST_COLUMN_FROM },
	{ "valid_until", TRYST_COLUMN_UNTIL },
	{ "validuntil", TRYST_COLUMN_UNTIL },
	{ "expiration", TRYST_COLUMN_UNTIL },
	{ "expiration_date", TRYST_COLUMN_UNTIL },
	{ "expires", TRYST_COLUMN_UNTIL },
	{ "confidence_level", TRYST_COLUMN_CONFIDENCE },
	{ "confidence", TRYST_COLUMN_CONFIDENCE },
	{ "score", TRYST_COLUMN_CONFIDENCE },
	{ "abuseconfidencescore", TRYST_COLUMN_CONFIDENCE },
	{ "reputation", TRYST_COLUMN_CONFIDENCE },
	{ "source", TRYST_COLUMN_SOURCE },
	{ "reporter", TRYST_COLUMN_SOURCE },
	{ "feed", TRYST_COLUMN_SOURCE },
	{ "provider", TRYST_COLUMN_SOURCE },
	{ "tlp", TRYST_COLUMN_TLP },
	{ "is_active", TRYST_COLUMN_ACTIVE },
	{ "deleted", TRYST_COLUMN_DELETED },
	{ "revoked", TRYST_COLUMN_DELETED },
	{ "asn", TRYST_COLUMN_AS },
	{ "malware", TRYST_COLUMN_MALWARE },
	{ "malware_printable", TRYST_COLUMN_MALWARE },
	{ "threat", TRYST_COLUMN_THREAT },
	{ "threat_type", TRYST_COLUMN_THREAT },
	{ "listingreason", TRYST_COLUMN_THREAT },
	{ "description", TRYST_COLUMN_NOTE },
	{ "comment", TRYST_COLUMN_NOTE },
	{ "name", TRYST_COLUMN_NOTE },
	{ "label", TRYST_COLUMN_NOTE },
	{ "reason", TRYST_COLUMN_NOTE },
	{ "tags", TRYST_COLUMN_TAGS },
	{ "labels", TRYST_COLUMN_TAGS },
	{ "sblid", TRYST_COLUMN_ID },
	{ "attacks", TRYST_COLUMN_ID },
	{ "event_info", TRYST_COLUMN_ID },
	{ "event_source_org", TRYST_COLUMN_SOURCE },
	{ "attribute_tag", TRYST_COLUMN_TAGS },
};

/* ThreatFox, MISP, OTX, Zeek and STIX. */
static const struct {
	const char *name;
	enum tryst_kind kind;
} kinds[] = {
	{ "ip:port", TRYST_KIND_ADDRESS },
	{ "ip", TRYST_KIND_ADDRESS },
	{ "ipv4", TRYST_KIND_ADDRESS },
	{ "ipv6", TRYST_KIND_ADDRESS },
	{ "ipv4-addr", TRYST_KIND_ADDRESS },
	{ "ipv6-addr", TRYST_KIND_ADDRESS },
	{ "ip-src", TRYST_KIND_ADDRESS },
	{ "ip-dst", TRYST_KIND_ADDRESS },
	{ "ip-src|port", TRYST_KIND_ADDRESS },
	{ "ip-dst|port", TRYST_KIND_ADDRESS },
	{ "cidr", TRYST_KIND_ADDRESS },
	{ "subnet", TRYST_KIND_ADDRESS },
	{ "netblock", TRYST_KIND_ADDRESS },
	{ "address", TRYST_KIND_ADDRESS },
	{ "intel::addr", TRYST_KIND_ADDRESS },
	{ "intel::subnet", TRYST_KIND_ADDRESS },
	{ "domain|ip", TRYST_KIND_PAIR },
	{ "url", TRYST_KIND_URL },
	{ "uri", TRYST_KIND_URL },
	{ "domain", TRYST_KIND_OTHER },
	{ "hostname", TRYST_KIND_OTHER },
	{ "fqdn", TRYST_KIND_OTHER },
	{ "email", TRYST_KIND_OTHER },
	{ "md5", TRYST_KIND_OTHER },
	{ "sha1", TRYST_KIND_OTHER },
	{ "sha256", TRYST_KIND_OTHER },
	{ "md5_hash", TRYST_KIND_OTHER },
	{ "sha1_hash", TRYST_KIND_OTHER },
	{ "sha256_hash", TRYST_KIND_OTHER },
	{ "sha3_384_hash", TRYST_KIND_OTHER },
	{ "sha384", TRYST_KIND_OTHER },
	{ "sha512", TRYST_KIND_OTHER },
	{ "ssdeep", TRYST_KIND_OTHER },
	{ "imphash", TRYST_KIND_OTHER },
	{ "filename", TRYST_KIND_OTHER },
	{ "file", TRYST_KIND_OTHER },
	{ "mutex", TRYST_KIND_OTHER },
	{ "regkey", TRYST_KIND_OTHER },
	{ "yara", TRYST_KIND_OTHER },
	{ "cve", TRYST_KIND_OTHER },
	{ "as", TRYST_KIND_OTHER },
	{ "asn", TRYST_KIND_OTHER },
};

/* Beginnings of the names of kinds that come in families. */
static const char *const kind_families[] = { "filehash-", "filename|", "email-",
	                                     "intel::", "x509-" };

void
tryst_list_record_init(struct tryst_list_record *r)
{
	for (size_t i = 0; i < TRYST_COLUMN_COUNT; i++)
		r->value[i] = (struct tryst_slice){ "", 0 };
}

enum tryst_column
tryst_column_find(struct tryst_slice name)
{
	char word[NAME_MAX_BYTES];

	name = tryst_slice_trim(name, " \t\"");
	if (!name.len || name.len >= sizeof(word))
		return TRYST_COLUMN_NONE;
	for (size_t i = 0; i < name.len; i++) {
		char c = (char)tolower((unsigned char)name.data[i]);

		word[i] = c == ' ' || c == '-' ? '_' : c;
	}
	word[name.len] = '\0';
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(names); i++) {
		if (names[i].name[0] == word[0] && strcmp(names[i].name, word) == 0)
			return names[i].column;
	}
	return TRYST_COLUMN_NONE;
}

bool
tryst_value_is_null(struct tryst_slice t)
{
	if (t.len > 4)
		return false;
	return !t.len || tryst_slice_is(t, "-") || tryst_slice_like(t, "none") ||
	       tryst_slice_like(t, "null") || tryst_slice_like(t, "nan");
}

enum tryst_kind
tryst_kind_find(struct tryst_slice kind)
{
	if (!kind.len)
		return TRYST_KIND_UNKNOWN;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(kinds); i++) {
		if (tryst_slice_like(kind, kinds[i].name))
			return kinds[i].kind;
	}
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(kind_families); i++) {
		if (tryst_slice_begins(kind, kind_families[i]))
			return TRYST_KIND_OTHER;
	}
	return TRYST_KIND_UNKNOWN;
}

enum tryst_tlp
tryst_tlp_find(struct tryst_slice t)
{
	static const struct {
		const char *name;
		enum tryst_tlp tlp;
	} levels[] = {
		{ "white", TRYST_TLP_CLEAR }, { "clear", TRYST_TLP_CLEAR },
		{ "green", TRYST_TLP_GREEN }, { "amber+strict", TRYST_TLP_AMBER_STRICT },
		{ "amber", TRYST_TLP_AMBER }, { "red", TRYST_TLP_RED },
	};

	if (!t.len)
		return TRYST_TLP_UNKNOWN;
	if (tryst_slice_begins(t, "tlp:"))
		t = tryst_slice_from(t, 4);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(levels); i++) {
		if (tryst_slice_like(t, levels[i].name))
			return levels[i].tlp;
	}
	return TRYST_TLP_UNKNOWN;
}

uint8_t
tryst_confidence_find(struct tryst_slice t)
{
	static const struct {
		const char *name;
		uint8_t value;
	} words[] = { { "low", 15 }, { "medium", 50 }, { "med", 50 }, { "high", 85 } };
	struct tryst_slice fraction = t, whole = tryst_slice_cut(&fraction, '.');
	uint64_t n;

	if (tryst_slice_number(whole, 100, &n))
		return (uint8_t)n;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(words); i++) {
		if (tryst_slice_like(t, words[i].name))
			return words[i].value;
	}
	return TRYST_CONFIDENCE_UNKNOWN;
}

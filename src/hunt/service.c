/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To add a service: one row, anywhere.  The first row that fits names it.
 *
 * Sources: the IANA service name and port number registry; for games the vendors' server
 * documentation (Valve: 27000-27050 UDP, id Software: 27910, 27960, GameSpy: 28900, 29900); for
 * sobig-f the published analyses of August 2003 (update requests to UDP 8998, listening on UDP
 * 995-999).
 */
#include "hunt/service.h"

#include <netinet/in.h>
#include <string.h>

#define TCP IPPROTO_TCP
#define UDP IPPROTO_UDP
#define BOTH 0
#define WELL_KNOWN 1024
#define EPHEMERAL 32768

struct service {
	const char *name;
	uint8_t proto; /* BOTH: TCP and UDP */
	uint16_t first, last;
};

static const struct service services[] = {
	{ "Half-Life master", UDP, 27010, 27012 },
	{ "Half-Life", UDP, 27000, 27050 },
	{ "Half-Life", TCP, 27015, 27015 },
	{ "Quake", UDP, 26000, 26000 },
	{ "QuakeWorld", UDP, 27500, 27500 },
	{ "Quake II", UDP, 27910, 27910 },
	{ "Quake III master", UDP, 27950, 27950 },
	{ "Quake III", UDP, 27960, 27970 },
	{ "Unreal", UDP, 7777, 7788 },
	{ "GameSpy", TCP, 28900, 28900 },
	{ "GameSpy", TCP, 28910, 28910 },
	{ "GameSpy", UDP, 27900, 27901 },
	{ "GameSpy", TCP, 29900, 29901 },
	{ "Battlefield", UDP, 14567, 14567 },
	{ "Minecraft", BOTH, 25565, 25565 },
	{ "TeamSpeak", UDP, 8767, 8767 },
	{ "TeamSpeak", UDP, 9987, 9987 },
	{ "sobig-f", UDP, 8998, 8998 },
	{ "IRC", TCP, 6660, 6669 },
	{ "IRC", TCP, 7000, 7000 },
	{ "IRC over TLS", TCP, 6697, 6697 },
	{ "QOTD", BOTH, 17, 17 },
	{ "chargen", BOTH, 19, 19 },
	{ "FTP", TCP, 20, 21 },
	{ "SSH", TCP, 22, 22 },
	{ "Telnet", TCP, 23, 23 },
	{ "SMTP", TCP, 25, 25 },
	{ "DNS", BOTH, 53, 53 },
	{ "DHCP", UDP, 67, 68 },
	{ "TFTP", UDP, 69, 69 },
	{ "HTTP", TCP, 80, 80 },
	{ "Kerberos", BOTH, 88, 88 },
	{ "POP3", TCP, 110, 110 },
	{ "portmapper", BOTH, 111, 111 },
	{ "NNTP", TCP, 119, 119 },
	{ "NTP", UDP, 123, 123 },
	{ "Windows RPC", BOTH, 135, 135 },
	{ "NetBIOS", BOTH, 137, 139 },
	{ "IMAP", TCP, 143, 143 },
	{ "SNMP", UDP, 161, 162 },
	{ "BGP", TCP, 179, 179 },
	{ "LDAP", TCP, 389, 389 },
	{ "CLDAP", UDP, 389, 389 },
	{ "HTTPS", TCP, 443, 443 },
	{ "QUIC", UDP, 443, 443 },
	{ "SMB", TCP, 445, 445 },
	{ "SMTP over TLS", TCP, 465, 465 },
	{ "IKE", UDP, 500, 500 },
	{ "syslog", UDP, 514, 514 },
	{ "RIP", UDP, 520, 520 },
	{ "SMTP submission", TCP, 587, 587 },
	{ "LDAP over TLS", TCP, 636, 636 },
	{ "DNS over TLS", TCP, 853, 853 },
	{ "rsync", TCP, 873, 873 },
	{ "IMAP over TLS", TCP, 993, 993 },
	{ "POP3 over TLS", TCP, 995, 995 },
	{ "SOCKS", TCP, 1080, 1080 },
	{ "OpenVPN", BOTH, 1194, 1194 },
	{ "MS SQL", TCP, 1433, 1433 },
	{ "MS SQL Browser", UDP, 1434, 1434 },
	{ "L2TP", UDP, 1701, 1701 },
	{ "PPTP", TCP, 1723, 1723 },
	{ "RADIUS", UDP, 1812, 1813 },
	{ "MQTT", TCP, 1883, 1883 },
	{ "SSDP", UDP, 1900, 1900 },
	{ "NFS", BOTH, 2049, 2049 },
	{ "HTTP proxy", TCP, 3128, 3128 },
	{ "MySQL", TCP, 3306, 3306 },
	{ "RDP", BOTH, 3389, 3389 },
	{ "STUN", UDP, 3478, 3478 },
	{ "WS-Discovery", UDP, 3702, 3702 },
	{ "IPsec NAT-T", UDP, 4500, 4500 },
	{ "SIP", BOTH, 5060, 5061 },
	{ "XMPP", TCP, 5222, 5222 },
	{ "Apple push", TCP, 5223, 5223 },
	{ "Google push", TCP, 5228, 5230 },
	{ "mDNS", UDP, 5353, 5353 },
	{ "PostgreSQL", TCP, 5432, 5432 },
	{ "ADB", TCP, 5555, 5555 },
	{ "VNC", TCP, 5900, 5909 },
	{ "X11", TCP, 6000, 6009 },
	{ "Redis", TCP, 6379, 6379 },
	{ "Gnutella", BOTH, 6346, 6347 },
	{ "eDonkey", BOTH, 4662, 4672 },
	{ "BitTorrent", BOTH, 6881, 6889 },
	{ "HTTP (8080)", TCP, 8080, 8080 },
	{ "HTTPS (8443)", TCP, 8443, 8443 },
	{ "Bitcoin", TCP, 8333, 8333 },
	{ "Elasticsearch", TCP, 9200, 9200 },
	{ "Tor", TCP, 9001, 9001 },
	{ "memcached", BOTH, 11211, 11211 },
	{ "MongoDB", TCP, 27017, 27017 },
	{ "WireGuard", UDP, 51820, 51820 },
};

static const struct service *
service_find(uint8_t proto, uint16_t port)
{
	if (proto != TCP && proto != UDP)
		return NULL;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(services); i++) {
		const struct service *s = &services[i];

		if (port >= s->first && port <= s->last && (s->proto == BOTH || s->proto == proto))
			return s;
	}
	return NULL;
}

bool
tryst_service_is_malware(uint8_t proto, uint16_t port)
{
	/* Names of the table above. */
	static const char *const names[] = { "sobig-f" };
	const struct service *s = service_find(proto, port);

	for (size_t i = 0; s && i < TRYST_ARRAY_SIZE(names); i++) {
		if (!strcmp(s->name, names[i]))
			return true;
	}
	return false;
}

const char *
tryst_service_name(uint8_t proto, uint16_t port)
{
	const struct service *s = service_find(proto, port);

	return s ? s->name : NULL;
}

uint32_t
tryst_service_group(uint8_t proto, uint16_t port)
{
	const struct service *s = service_find(proto, port);

	return (uint32_t)proto << 16 | (s ? s->first : port);
}

bool
tryst_service_is_likely(uint8_t proto, uint16_t port)
{
	return port && (port < WELL_KNOWN || (port < EPHEMERAL && service_find(proto, port)));
}

static void
ports_add(uint64_t bits[1024], uint32_t first, uint32_t last)
{
	for (uint32_t port = first; port <= last; port++)
		bits[port / 64] |= 1ULL << port % 64;
}

void
tryst_service_ports_init(struct tryst_service_ports *s)
{
	ports_add(s->bits[0], 1, WELL_KNOWN - 1);
	ports_add(s->bits[1], 1, WELL_KNOWN - 1);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(services); i++) {
		const struct service *row = &services[i];

		if (row->first >= EPHEMERAL)
			continue;
		if (row->proto != UDP)
			ports_add(s->bits[0], row->first, TRYST_MIN(row->last, EPHEMERAL - 1));
		if (row->proto != TCP)
			ports_add(s->bits[1], row->first, TRYST_MIN(row->last, EPHEMERAL - 1));
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/proto.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *const keywords[256] = {
	/* clang-format off */
	[0] = "HOPOPT", [1] = "ICMP", [2] = "IGMP", [3] = "GGP", [4] = "IPv4", [5] = "ST",
	[6] = "TCP", [7] = "CBT", [8] = "EGP", [9] = "IGP", [10] = "BBN-RCC-MON", [11] = "NVP-II",
	[12] = "PUP", [13] = "ARGUS", [14] = "EMCON", [15] = "XNET", [16] = "CHAOS", [17] = "UDP",
	[18] = "MUX", [19] = "DCN-MEAS", [20] = "HMP", [21] = "PRM", [22] = "XNS-IDP",
	[23] = "TRUNK-1", [24] = "TRUNK-2", [25] = "LEAF-1", [26] = "LEAF-2", [27] = "RDP",
	[28] = "IRTP", [29] = "ISO-TP4", [30] = "NETBLT", [31] = "MFE-NSP", [32] = "MERIT-INP",
	[33] = "DCCP", [34] = "3PC", [35] = "IDPR", [36] = "XTP", [37] = "DDP", [38] = "IDPR-CMTP",
	[39] = "TP++", [40] = "IL", [41] = "IPv6", [42] = "SDRP", [43] = "IPv6-Route",
	[44] = "IPv6-Frag", [45] = "IDRP", [46] = "RSVP", [47] = "GRE", [48] = "DSR", [49] = "BNA",
	[50] = "ESP", [51] = "AH", [52] = "I-NLSP", [53] = "SWIPE", [54] = "NARP", [55] = "MOBILE",
	[56] = "TLSP", [57] = "SKIP", [58] = "IPv6-ICMP", [59] = "IPv6-NoNxt", [60] = "IPv6-Opts",
	[62] = "CFTP", [64] = "SAT-EXPAK", [65] = "KRYPTOLAN", [66] = "RVD", [67] = "IPPC",
	[69] = "SAT-MON", [70] = "VISA", [71] = "IPCV", [72] = "CPNX", [73] = "CPHB", [74] = "WSN",
	[75] = "PVP", [76] = "BR-SAT-MON", [77] = "SUN-ND", [78] = "WB-MON", [79] = "WB-EXPAK",
	[80] = "ISO-IP", [81] = "VMTP", [82] = "SECURE-VMTP", [83] = "VINES", [84] = "TTP",
	[85] = "NSFNET-IGP", [86] = "DGP", [87] = "TCF", [88] = "EIGRP", [89] = "OSPFIGP",
	[90] = "Sprite-RPC", [91] = "LARP", [92] = "MTP", [93] = "AX.25", [94] = "IPIP",
	[95] = "MICP", [96] = "SCC-SP", [97] = "ETHERIP", [98] = "ENCAP", [100] = "GMTP",
	[101] = "IFMP", [102] = "PNNI", [103] = "PIM", [104] = "ARIS", [105] = "SCPS",
	[106] = "QNX", [107] = "A/N", [108] = "IPComp", [109] = "SNP", [110] = "Compaq-Peer",
	[111] = "IPX-in-IP", [112] = "VRRP", [113] = "PGM", [115] = "L2TP", [116] = "DDX",
	[117] = "IATP", [118] = "STP", [119] = "SRP", [120] = "UTI", [121] = "SMP", [122] = "SM",
	[123] = "PTP", [124] = "ISIS", [125] = "FIRE", [126] = "CRTP", [127] = "CRUDP",
	[128] = "SSCOPMCE", [129] = "IPLT", [130] = "SPS", [131] = "PIPE", [132] = "SCTP",
	[133] = "FC", [134] = "RSVP-E2E-IGNORE", [135] = "Mobility", [136] = "UDPLite",
	[137] = "MPLS-in-IP", [138] = "manet", [139] = "HIP", [140] = "Shim6", [141] = "WESP",
	[142] = "ROHC", [143] = "Ethernet", [144] = "AGGFRAG", [145] = "NSH",
	/* clang-format on */
};

/* What other programs say: /etc/protocols, tcpdump, nfdump's short forms.  A keyword always wins.
 */
static const struct {
	const char *name;
	uint8_t proto;
} aliases[] = {
	{ "icmpv6", 58 },  { "ipv6icmp", 58 },  { "ipencap", 4 },
	{ "ip-encap", 4 }, { "udp-lite", 136 }, { "mobility-header", 135 },
	{ "bbn", 10 },     { "nvpii", 11 },     { "encom", 14 },
	{ "dcn", 19 },     { "xns", 22 },       { "trnk1", 23 },
	{ "trnk2", 24 },   { "leaf1", 25 },     { "leaf2", 26 },
	{ "iso-4", 29 },   { "netbk", 30 },     { "mfesp", 31 },
	{ "meinp", 32 },   { "rte6", 43 },      { "frag6", 44 },
	{ "mhrp", 48 },    { "inlsp", 52 },     { "mobil", 55 },
	{ "icmp6", 58 },   { "nohe6", 59 },     { "opts6", 60 },
	{ "satnt", 64 },   { "klan", 65 },      { "satm", 69 },
	{ "bsatm", 76 },   { "sunnd", 77 },     { "wbmon", 78 },
	{ "wbexp", 79 },   { "isoip", 80 },     { "svmtp", 82 },
	{ "nsigp", 85 },   { "ospf", 89 },      { "s-rpc", 90 },
	{ "sccsp", 96 },   { "ethip", 97 },     { "ipcmp", 108 },
	{ "cpqpp", 110 },  { "ipxip", 111 },    { "0hop", 114 },
	{ "isis4", 124 },  { "mhead", 135 },    { "udp-l", 136 },
	{ "mpls", 137 },
};

static bool
same(const char *name, size_t len, const char *keyword)
{
	return strlen(keyword) == len && strncasecmp(name, keyword, len) == 0;
}

int
tryst_proto_find(const char *name, size_t len)
{
	if (len == 0 || memchr(name, '\0', len))
		return -1;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(keywords); i++) {
		if (keywords[i] && same(name, len, keywords[i]))
			return (int)i;
	}
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(aliases); i++) {
		if (same(name, len, aliases[i].name))
			return aliases[i].proto;
	}
	return -1;
}

const char *
tryst_proto_name(uint8_t proto)
{
	return keywords[proto];
}

void
tryst_buf_proto(struct tryst_buf *b, uint8_t proto)
{
	const char *name = tryst_proto_name(proto);

	if (!name)
		tryst_buf_printf(b, "proto %u", proto);
	for (; name && *name; name++)
		tryst_buf_char(b, (char)tolower((unsigned char)*name));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends a synthetic network's flows as NetFlow v5 and v9 datagrams to a collector on this machine,
 * so that a real collector writes the files that tests, the demo and the benchmark read.
 *
 * The same seed gives the same flows.  Most conversations are two records, one a direction; the
 * peers follow Zipf's law over a million addresses, so that some are met all day and most once.
 * IPv6 and an eighth of IPv4 go out as version 9, the rest as version 5.  Nothing is lost: the
 * receive queue of the collector's socket is watched in /proc/net/udp (proc(5)) and the sender
 * waits for it to drain.
 *
 * Formats: NetFlow v5 as in Cisco's "NetFlow Export Datagram Format", v9 as in RFC 3954.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define V5_HEADER 24
#define V5_RECORD 48
#define V5_RECORDS_MAX 30
#define V9_HEADER 20
#define V9_BYTES_MAX 1400
#define DATAGRAM_MAX 1500
#define BURST 24              /* datagrams handed to the kernel at once */
#define QUEUE_BYTES_MAX 65536 /* a third of what Linux gives a socket that asks for nothing */
#define PEERS 1000000         /* addresses of the outside world */
#define HOME_HOSTS 4096
#define PLANTED_MAX 4096
#define UPTIME_MS 3600000 /* the exporters started an hour before the first flow */

struct flow {
	bool v6;
	uint8_t src[16]; /* IPv4: the first four bytes */
	uint8_t dst[16];
	uint16_t src_port, dst_port;
	uint8_t proto, flags, tos;
	uint32_t packets, bytes;
	uint32_t first_ms, last_ms; /* since the exporters started */
	bool outgoing;
};

/* What hosts do.  `weight` in thousandths; `packets` is the most that a conversation sends. */
struct service {
	unsigned weight;
	uint8_t proto;
	uint16_t port;
	uint32_t packets;
	uint16_t bytes_out, bytes_in; /* a packet, at most */
	bool answered;
	bool incoming; /* the outside world calls */
};

static const struct service services[] = {
	{ 400, 6, 443, 4000, 400, 1460, true, false }, /* web */
	{ 70, 6, 80, 2000, 400, 1460, true, false },
	{ 210, 17, 53, 1, 80, 300, true, false }, /* names */
	{ 100, 17, 443, 3000, 600, 1350, true, false },
	{ 40, 17, 123, 1, 76, 76, true, false },
	{ 20, 1, 8, 4, 84, 84, true, false }, /* ping */
	{ 20, 6, 993, 300, 300, 1400, true, false },
	{ 30, 6, 25, 100, 1400, 200, true, true }, /* mail comes in */
	{ 30, 6, 22, 2000, 300, 600, true, true },
	{ 30, 17, 27015, 800, 120, 400, true, true }, /* games */
	{ 30, 6, 445, 1, 44, 44, false, true },       /* scans */
	{ 20, 6, 23, 1, 40, 40, false, true },
};

/* One export stream: datagrams of one version under construction. */
struct exporter {
	uint8_t data[DATAGRAM_MAX];
	size_t len;
	unsigned records;
	uint32_t sequence; /* v5 counts flows, v9 datagrams */
	size_t set;        /* v9: where the open data set starts, 0 none */
	bool set_v6;
};

struct generator {
	uint64_t random;
	uint64_t flows, sent; /* wanted, made so far */
	uint64_t start_ms;    /* of the exporters */
	uint64_t window_ms;
	struct flow planted[PLANTED_MAX]; /* only v6 and src are set */
	unsigned planted_count;
	uint64_t hits, hit;
	struct exporter v5, v9;
	struct mmsghdr messages[BURST];
	struct iovec vectors[BURST];
	uint8_t datagrams[BURST][DATAGRAM_MAX];
	unsigned waiting; /* datagrams not yet handed over */
	uint32_t now_ms;
	int socket;
	int proc; /* /proc/net/udp */
	uint16_t port;
};

static void
die(const char *what)
{
	fprintf(stderr, "gen_flows: %s\n", what);
	exit(1);
}

/* splitmix64 (Steele, Lea, Flood 2014): also the hash that makes an address of a rank. */
static uint64_t
mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static uint64_t
random_u64(struct generator *g)
{
	return mix(g->random += 0x9e3779b97f4a7c15ULL);
}

static double
random_unit(struct generator *g)
{
	return (double)(random_u64(g) >> 11) * 0x1p-53;
}

static uint32_t
random_below(struct generator *g, uint32_t n)
{
	return (uint32_t)(((random_u64(g) >> 32) * n) >> 32);
}

/* 1..max with many small and few large values. */
static uint32_t
random_skewed(struct generator *g, uint32_t max)
{
	double u = random_unit(g);

	return (uint32_t)exp(u * u * log(max + 0.999));
}

static uint8_t *
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *
put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v >> 16), v & 0xffff);
}

/*
 * The receive queue of the collector's socket in bytes, and what it had to drop; false while nobody
 * listens there.
 */
static bool
queue_look(struct generator *g, unsigned long *queued, unsigned long *drops)
{
	char text[65536];
	ssize_t len = pread(g->proc, text, sizeof(text) - 1, 0);
	bool found = false;

	*queued = *drops = 0;
	if (len < 0)
		die("cannot read /proc/net/udp");
	text[len] = 0;
	for (char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
		unsigned long port, rx, lost;

		if (sscanf(line,
		           " %*u: %*8s:%4lx %*s %*s %*8s:%8lx %*s %*s %*s %*s %*s %*s %*s %lu",
		           &port, &rx, &lost) != 3)
			continue;
		if (port == g->port) {
			found = true;
			*queued += rx;
			*drops += lost;
		}
	}
	return found;
}

static void
queue_wait(struct generator *g, unsigned long most)
{
	const struct timespec pause = { .tv_nsec = 30000 };
	unsigned long queued, drops;

	for (;;) {
		if (!queue_look(g, &queued, &drops))
			die("the collector has gone");
		if (drops)
			die("the collector's socket dropped datagrams");
		if (queued <= most)
			return;
		nanosleep(&pause, NULL);
	}
}

static void
burst_send(struct generator *g)
{
	unsigned done = 0;

	while (done < g->waiting) {
		int n = sendmmsg(g->socket, g->messages + done, g->waiting - done, 0);

		if (n < 0)
			die("cannot send");
		done += (unsigned)n;
	}
	g->waiting = 0;
	queue_wait(g, QUEUE_BYTES_MAX);
}

static void
datagram_send(struct generator *g, struct exporter *e)
{
	memcpy(g->datagrams[g->waiting], e->data, e->len);
	g->vectors[g->waiting].iov_base = g->datagrams[g->waiting];
	g->vectors[g->waiting].iov_len = e->len;
	g->messages[g->waiting].msg_hdr.msg_iov = &g->vectors[g->waiting];
	g->messages[g->waiting].msg_hdr.msg_iovlen = 1;
	e->len = 0;
	e->records = 0;
	e->set = 0;
	if (++g->waiting == BURST)
		burst_send(g);
}

static void
v5_flush(struct generator *g)
{
	struct exporter *e = &g->v5;
	uint64_t now = g->start_ms + g->now_ms;
	uint8_t *p = e->data;

	if (!e->records)
		return;
	p = put16(put16(p, 5), e->records);
	p = put32(p, g->now_ms);
	p = put32(p, (uint32_t)(now / 1000));
	p = put32(p, (uint32_t)(now % 1000) * 1000000);
	p = put32(p, e->sequence);
	put32(p, 0);
	e->sequence += e->records;
	datagram_send(g, e);
}

static void
v5_add(struct generator *g, const struct flow *f)
{
	struct exporter *e = &g->v5;
	uint8_t *p;

	if (!e->len)
		e->len = V5_HEADER;
	p = e->data + e->len;
	memset(p, 0, V5_RECORD);
	memcpy(p, f->src, 4);
	memcpy(p + 4, f->dst, 4);
	put16(put16(p + 12, f->outgoing ? 1 : 2), f->outgoing ? 2 : 1);
	put32(put32(put32(put32(p + 16, f->packets), f->bytes), f->first_ms), f->last_ms);
	put16(put16(p + 32, f->src_port), f->dst_port);
	p[37] = f->flags;
	p[38] = f->proto;
	p[39] = f->tos;
	e->len += V5_RECORD;
	if (++e->records == V5_RECORDS_MAX)
		v5_flush(g);
}

static void
v9_set_close(struct exporter *e)
{
	if (!e->set)
		return;
	while (e->len % 4)
		e->data[e->len++] = 0;
	put16(e->data + e->set + 2, (uint32_t)(e->len - e->set));
	e->set = 0;
}

static void
v9_flush(struct generator *g)
{
	struct exporter *e = &g->v9;
	uint8_t *p = e->data;

	if (!e->records)
		return;
	v9_set_close(e);
	p = put16(put16(p, 9), e->records);
	p = put32(p, g->now_ms);
	p = put32(p, (uint32_t)((g->start_ms + g->now_ms) / 1000));
	p = put32(p, e->sequence++);
	put32(p, 1);
	datagram_send(g, e);
}

/* RFC 3954, 8: type and length of each field, in the order in which v9_add writes them. */
static void
v9_templates(struct exporter *e)
{
	static const uint16_t tail[][2] = { { 7, 2 }, { 11, 2 }, { 4, 1 },  { 6, 1 },
		                            { 5, 1 }, { 61, 1 }, { 10, 2 }, { 14, 2 },
		                            { 2, 4 }, { 1, 4 },  { 22, 4 }, { 21, 4 } };
	const unsigned fields = 2 + sizeof(tail) / sizeof(tail[0]);

	for (unsigned v6 = 0; v6 < 2; v6++) {
		uint8_t *p = e->data + e->len;

		p = put16(put16(p, 0), 8 + 4 * fields);
		p = put16(put16(p, 256 + v6), fields);
		p = put16(put16(p, v6 ? 27 : 8), v6 ? 16 : 4);
		p = put16(put16(p, v6 ? 28 : 12), v6 ? 16 : 4);
		for (unsigned i = 0; i < fields - 2; i++)
			p = put16(put16(p, tail[i][0]), tail[i][1]);
		e->len = (size_t)(p - e->data);
		e->records++;
	}
}

static void
v9_add(struct generator *g, const struct flow *f)
{
	struct exporter *e = &g->v9;
	size_t address = f->v6 ? 16 : 4;
	uint8_t *p;

	if (e->len + 2 * address + 40 > V9_BYTES_MAX)
		v9_flush(g);
	if (!e->len) {
		e->len = V9_HEADER;
		if (e->sequence % 256 == 0)
			v9_templates(e);
	}
	if (e->set && e->set_v6 != f->v6)
		v9_set_close(e);
	if (!e->set) {
		e->set = e->len;
		e->set_v6 = f->v6;
		put16(e->data + e->len, 256 + f->v6);
		e->len += 4;
	}
	p = e->data + e->len;
	memcpy(p, f->src, address);
	memcpy(p + address, f->dst, address);
	p = put16(put16(p + 2 * address, f->src_port), f->dst_port);
	*p++ = f->proto;
	*p++ = f->flags;
	*p++ = f->tos;
	*p++ = f->outgoing;
	p = put16(put16(p, f->outgoing ? 1 : 2), f->outgoing ? 2 : 1);
	p = put32(put32(put32(put32(p, f->packets), f->bytes), f->first_ms), f->last_ms);
	e->len = (size_t)(p - e->data);
	e->records++;
}

static void
flow_send(struct generator *g, const struct flow *f)
{
	if (g->sent == g->flows)
		return;
	g->sent++;
	g->now_ms = f->last_ms > g->now_ms ? f->last_ms : g->now_ms;
	if (f->v6 || (f->src_port ^ f->dst_port) % 8 == 0)
		v9_add(g, f);
	else
		v5_add(g, f);
}

/* By Zipf's law with exponent 1: the logarithm of the rank 1..n is uniform. */
static uint32_t
random_rank(struct generator *g, uint32_t n)
{
	return (uint32_t)exp(random_unit(g) * log(n));
}

/* 10.20.0.0/20 and 2001:db8:20::/48, some hosts busier than others. */
static void
home_address(struct generator *g, bool v6, uint8_t out[16])
{
	uint32_t host = random_rank(g, HOME_HOSTS);

	memset(out, 0, 16);
	if (v6) {
		put32(put32(out, 0x20010db8), 0x00200000);
		put32(out + 12, host);
	} else {
		put32(out, 0x0a140000 + host);
	}
}

/*
 * A peer: IPv4 in 128.0.0.0 to 168.255.255.255, IPv6 in 2001:db8:8000::/33.
 */
static void
peer_address(struct generator *g, bool v6, uint8_t out[16])
{
	uint64_t h = mix(random_rank(g, PEERS) * 0x9e3779b97f4a7c15ULL);

	memset(out, 0, 16);
	if (v6) {
		put32(put32(out, 0x20010db8), 0x80000000 | (uint32_t)(h >> 32));
		put32(out + 12, (uint32_t)h);
	} else {
		out[0] = (uint8_t)(128 + (h >> 32) % 41);
		out[1] = (uint8_t)(h >> 16);
		out[2] = (uint8_t)(h >> 8);
		out[3] = (uint8_t)h;
	}
}

/* Flows start in order, spread evenly over the window. */
static uint32_t
start_time(struct generator *g)
{
	return UPTIME_MS + (uint32_t)(g->window_ms * g->sent / g->flows);
}

static const struct service *
service_choose(struct generator *g)
{
	uint32_t x = random_below(g, 1000);
	unsigned i = 0;

	while (x >= services[i].weight)
		x -= services[i++].weight;
	return &services[i];
}

/* The other direction of a flow. */
static struct flow
flow_reply(const struct flow *f)
{
	struct flow r = *f;

	memcpy(r.src, f->dst, 16);
	memcpy(r.dst, f->src, 16);
	r.src_port = f->dst_port;
	r.dst_port = f->src_port;
	r.outgoing = !f->outgoing;
	if (f->proto == IPPROTO_ICMP)
		r.src_port = r.dst_port = 0;
	return r;
}

static void
conversation(struct generator *g)
{
	const struct service *s = service_choose(g);
	struct flow f = { .v6 = random_below(g, 10) == 0, .proto = s->proto };
	struct flow r;

	home_address(g, f.v6, s->incoming ? f.dst : f.src);
	peer_address(g, f.v6, s->incoming ? f.src : f.dst);
	f.outgoing = !s->incoming;
	f.src_port = (uint16_t)(1024 + random_below(g, 64512));
	f.dst_port = s->port;
	if (f.proto == IPPROTO_ICMP) {
		f.proto = f.v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
		f.src_port = 0;
		f.dst_port = (uint16_t)(f.v6 ? 128 << 8 : 8 << 8);
	}
	if (f.proto == IPPROTO_TCP)
		f.flags = s->answered ? 0x1b : 0x02;
	f.packets = random_skewed(g, s->packets);
	f.bytes = f.packets * (40 + random_below(g, s->bytes_out - 39u));
	f.first_ms = start_time(g);
	f.last_ms = f.first_ms + (f.packets > 1 ? random_skewed(g, 120000) : 0);
	flow_send(g, &f);
	if (!s->answered || random_below(g, 50) == 0)
		return;
	r = flow_reply(&f);
	r.bytes = r.packets * (40 + random_below(g, s->bytes_in - 39u));
	r.first_ms += random_below(g, 100);
	r.last_ms = r.last_ms > r.first_ms ? r.last_ms : r.first_ms;
	flow_send(g, &r);
}

/*
 * A listed host appears: three times in four as one query to a game server, else a home host asks
 * it on UDP port 8998, as in the founding case.
 */
static void
plant(struct generator *g)
{
	struct flow f = g->planted[g->hit % g->planted_count];
	struct flow r;

	f.proto = IPPROTO_UDP;
	f.src_port = (uint16_t)(1024 + random_below(g, 64512));
	f.packets = 1;
	f.bytes = 37;
	f.first_ms = f.last_ms = start_time(g);
	if (f.v6) {
		put32(put32(f.dst, 0x20010db8), 0x00200000);
		put32(f.dst + 12, 27);
	} else {
		put32(f.dst, 0x0a14001b);
	}
	f.dst_port = 27015;
	if (g->hit % 4 == 3) {
		f.dst_port = f.src_port;
		f.src_port = 8998;
		f.dst[3 + 12 * f.v6] = (uint8_t)(100 + g->hit / 4 % 5);
		r = flow_reply(&f);
		f = r;
	}
	g->hit++;
	flow_send(g, &f);
}

static void
planted_read(struct generator *g, const char *path)
{
	char line[256];
	FILE *f = fopen(path, "r");

	if (!f)
		die("cannot open the file of --plant");
	while (fgets(line, sizeof(line), f) && g->planted_count < PLANTED_MAX) {
		struct flow *p = &g->planted[g->planted_count];

		line[strcspn(line, " \t#\r\n")] = 0;
		p->v6 = strchr(line, ':') != NULL;
		if (inet_pton(p->v6 ? AF_INET6 : AF_INET, line, p->src) == 1)
			g->planted_count++;
	}
	fclose(f);
	if (!g->planted_count)
		die("no address in the file of --plant");
}

/* Waits until the collector listens. */
static void
connect_collector(struct generator *g)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(g->port) };
	const struct timespec pause = { .tv_nsec = 10000000 };
	unsigned long queued, drops;
	unsigned tries = 0;

	g->proc = open("/proc/net/udp", O_RDONLY);
	if (g->proc < 0)
		die("cannot open /proc/net/udp");
	while (!queue_look(g, &queued, &drops)) {
		if (++tries == 1000)
			die("nobody listens on the port");
		nanosleep(&pause, NULL);
	}
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	g->socket = socket(AF_INET, SOCK_DGRAM, 0);
	if (g->socket < 0 || connect(g->socket, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("cannot make a socket");
}

static void
usage(void)
{
	fputs("usage: gen_flows --port PORT [--flows N] [--seed N] [--start EPOCH] [--seconds N]\n"
	      "                 [--plant FILE --hits N]\n"
	      "Sends N synthetic flows as NetFlow to a collector on this machine.\n",
	      stderr);
	exit(2);
}

static void
options_read(struct generator *g, int argc, char **argv)
{
	static const struct option options[] = {
		{ "port", 1, NULL, 'p' },    { "flows", 1, NULL, 'n' },
		{ "seed", 1, NULL, 's' },    { "start", 1, NULL, 't' },
		{ "plant", 1, NULL, 'l' },   { "hits", 1, NULL, 'k' },
		{ "seconds", 1, NULL, 'd' }, { 0 },
	};
	uint64_t start = 1795305600; /* 2026-11-22 00:00 UTC */
	int c;

	g->flows = 1000000;
	g->window_ms = 86400000;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		uint64_t v = optarg ? strtoull(optarg, NULL, 10) : 0;

		switch (c) {
		case 'p':
			g->port = (uint16_t)v;
			break;
		case 'n':
			g->flows = v;
			break;
		case 's':
			g->random = mix(v + 1);
			break;
		case 't':
			start = v;
			break;
		case 'd':
			g->window_ms = v * 1000;
			break;
		case 'l':
			planted_read(g, optarg);
			break;
		case 'k':
			g->hits = v;
			break;
		default:
			usage();
		}
	}
	if (!g->port || !g->flows || optind != argc || !g->planted_count != !g->hits)
		usage();
	g->start_ms = start * 1000 - UPTIME_MS;
}

int
main(int argc, char **argv)
{
	static struct generator g;

	options_read(&g, argc, argv);
	connect_collector(&g);
	while (g.sent < g.flows) {
		if (g.hit < g.hits && g.sent >= (2 * g.hit + 1) * g.flows / (2 * g.hits))
			plant(&g);
		else
			conversation(&g);
	}
	v5_flush(&g);
	v9_flush(&g);
	burst_send(&g);
	queue_wait(&g, 0);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who met whom: listed hosts on the left, home endpoints on the right, a line for each pair that
 * has conversations.  Only endpoints of meetings have nodes of their own; what one listed host
 * alone did, and what has no room, is summed up in one node on each side.  The order that crosses
 * few lines is found by barycentres (Sugiyama, Tagawa, Toda 1981), a fixed number of sweeps.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"
#include "report/layout.h"

#define WIDTH 1000.0
#define RIGHT 630.0
#define ROW 22.0
#define TOP 34.0
#define SWEEPS 6
#define LABEL_CHARS 22
#define STROKE_MAX 7.0

struct edge {
	uint32_t host, end; /* nodes: their number, the last of each side being the others */
	uint32_t conversations, worked;
	uint64_t bytes;
};

struct side {
	uint32_t count;                           /* with the node of the others, if there is one */
	bool others;                              /* the last is that */
	uint32_t *of;                             /* what each node is: index of host or meeting */
	uint32_t place[TRYST_HTML_NODES_MAX + 1]; /* row of each node */
};

struct graph {
	struct side hosts, ends;
	double left; /* x of the hosts: room for their names, and for labels if there are any */
	uint32_t *host_node;    /* by host */
	uint32_t *meeting_node; /* by meeting */
	struct edge *edges;
	size_t edge_count;
	size_t rest_hosts, rest_ends; /* how many the others are */
};

static bool
graph_alloc(struct graph *g, const struct tryst_case *c)
{
	size_t cells = (size_t)(TRYST_HTML_NODES_MAX + 1) * (TRYST_HTML_NODES_MAX + 1);

	g->hosts.of = calloc(TRYST_HTML_NODES_MAX + 1, sizeof(uint32_t));
	g->ends.of = calloc(TRYST_HTML_NODES_MAX + 1, sizeof(uint32_t));
	g->host_node = calloc(c->host_count + 1, sizeof(uint32_t));
	g->meeting_node = calloc(c->meeting_count + 1, sizeof(uint32_t));
	g->edges = calloc(cells, sizeof(*g->edges));
	return g->hosts.of && g->ends.of && g->host_node && g->meeting_node && g->edges;
}

static void
graph_free(struct graph *g)
{
	free(g->hosts.of);
	free(g->ends.of);
	free(g->host_node);
	free(g->meeting_node);
	free(g->edges);
}

/* Which meetings have nodes: the first ones.  Hosts: those that meet there, then the busiest. */
static void
graph_nodes(struct graph *g, const struct tryst_case *c)
{
	uint32_t none = TRYST_HTML_NODES_MAX + 1;

	for (size_t i = 0; i < c->host_count; i++)
		g->host_node[i] = none;
	for (uint32_t i = 0; i < c->meeting_count && i < TRYST_HTML_NODES_MAX; i++) {
		g->ends.of[g->ends.count++] = i;
		for (uint32_t k = 0; k < c->meetings[i].host_count; k++) {
			uint32_t host = c->meetings[i].hosts[k];

			if (g->host_node[host] == none && g->hosts.count < TRYST_HTML_NODES_MAX) {
				g->host_node[host] = g->hosts.count;
				g->hosts.of[g->hosts.count++] = host;
			}
		}
	}
	for (uint32_t i = 0; i < c->host_count && g->hosts.count < TRYST_HTML_NODES_MAX; i++) {
		if (g->host_node[i] == none) {
			g->host_node[i] = g->hosts.count;
			g->hosts.of[g->hosts.count++] = i;
		}
	}
	g->rest_hosts = c->host_count - g->hosts.count;
	g->hosts.others = g->rest_hosts > 0;
	for (size_t i = 0; i < c->host_count; i++)
		g->host_node[i] = TRYST_MIN(g->host_node[i], g->hosts.count);
	for (size_t i = 0; i < c->meeting_count; i++)
		g->meeting_node[i] = (uint32_t)TRYST_MIN(i, (size_t)g->ends.count);
	g->rest_ends = c->meeting_count - g->ends.count;
	g->hosts.count += g->hosts.others;
}

/* An IPv4 address, or IPv6 and a label. */
static void
graph_left(struct graph *g, const struct tryst_case *c)
{
	size_t longest = g->hosts.others ? 24 : 15, label = 0;
	char ip[TRYST_IP_TEXT_MAX];

	for (uint32_t i = 0; i < g->hosts.count - g->hosts.others; i++) {
		const struct tryst_listed_host *h = &c->hosts[g->hosts.of[i]];

		longest = TRYST_MAX(longest, tryst_ip_format(h->ip, ip));
		if (h->indicator_count)
			label = TRYST_MAX(label, strlen(tryst_watchlist_indicator(c->watchlist,
			                                                          h->indicators[0])
			                                        ->label));
	}
	g->left = 20 + 7.0 * (double)longest +
	          (label ? 12 + 5.8 * (double)TRYST_MIN(label, (size_t)LABEL_CHARS) : 0);
	g->left = TRYST_MIN(g->left, RIGHT - 150);
}

/* Adds up the conversations of each pair of nodes; whether any is at no meeting's node. */
static void
graph_edges(struct graph *g, const struct tryst_html *h)
{
	uint32_t columns = g->ends.count + 1;
	bool others = false;

	for (size_t i = 0; i < h->c->sighting_count; i++) {
		const struct tryst_sighting *s = &h->c->sightings[i];
		uint32_t m = h->meeting_of[i], host = g->host_node[s->host];
		uint32_t end = m ? g->meeting_node[m - 1] : g->ends.count;
		struct edge *e = &g->edges[host * columns + end];

		e->host = host;
		e->end = end;
		e->conversations++;
		e->worked +=
			!s->outside_validity && tryst_mark_of(s->verdict) <= TRYST_MARK_ANSWERED;
		e->bytes += s->bytes_in + s->bytes_out;
		others |= end == g->ends.count;
	}
	g->ends.others = others;
	for (size_t i = 0; i < (size_t)g->hosts.count * columns; i++) {
		if (g->edges[i].conversations)
			g->edges[g->edge_count++] = g->edges[i];
	}
	g->ends.count += others;
}

struct weight {
	double mean;
	uint32_t node;
};

static int
weight_compare(const void *a, const void *b)
{
	const struct weight *x = a, *y = b;

	if (x->mean != y->mean)
		return x->mean < y->mean ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

/* Orders one side by the mean place of the other side's nodes that each has lines to. */
static void
sweep(struct side *side, const struct side *other, const struct graph *g, bool hosts)
{
	struct weight w[TRYST_HTML_NODES_MAX + 1];
	uint32_t n[TRYST_HTML_NODES_MAX + 1] = { 0 };

	for (uint32_t i = 0; i < side->count; i++)
		w[i] = (struct weight){ 0, i };
	for (size_t i = 0; i < g->edge_count; i++) {
		uint32_t here = hosts ? g->edges[i].host : g->edges[i].end;
		uint32_t there = hosts ? g->edges[i].end : g->edges[i].host;

		w[here].mean += (other->place[there] + 0.5) / other->count;
		n[here]++;
	}
	for (uint32_t i = 0; i < side->count; i++)
		w[i].mean = n[i] ? w[i].mean / n[i] : 1;
	if (side->others)
		w[side->count - 1].mean = 2; /* at the bottom */
	qsort(w, side->count, sizeof(*w), weight_compare);
	for (uint32_t i = 0; i < side->count; i++)
		side->place[w[i].node] = i;
}

static void
graph_order(struct graph *g)
{
	for (uint32_t i = 0; i < g->hosts.count; i++)
		g->hosts.place[i] = i;
	for (uint32_t i = 0; i < g->ends.count; i++)
		g->ends.place[i] = i;
	for (int i = 0; i < SWEEPS; i++) {
		sweep(&g->hosts, &g->ends, g, true);
		sweep(&g->ends, &g->hosts, g, false);
	}
	sweep(&g->hosts, &g->ends, g, true);
}

/* The shorter side stands in the middle of the longer. */
static double
node_y(const struct graph *g, const struct side *side, uint32_t node)
{
	double all = TRYST_MAX(g->hosts.count, g->ends.count) * ROW;

	return TOP + (side->place[node] + 0.5) * all / side->count;
}

static void
edge_draw(struct tryst_html *h, const struct graph *g, const struct edge *e, uint32_t most)
{
	double y = node_y(g, &g->hosts, e->host), y2 = node_y(g, &g->ends, e->end);
	double middle = (g->left + RIGHT) / 2;
	bool rest;
	double stroke = 1 + (STROKE_MAX - 1) * log1p(e->conversations) / log1p(most);

	rest = (g->hosts.others && e->host == g->hosts.count - 1) ||
	       (g->ends.others && e->end == g->ends.count - 1);
	tryst_html_putf(h, "<path class=\"edge %s%s\" data-edge=\"%u:%u\"",
	                e->worked ? "worked" : "vain", rest ? " rest" : "", e->host, e->end);
	if (!rest)
		tryst_html_putf(h, " data-only=\"host:%u meeting:%u\"", g->hosts.of[e->host],
		                g->ends.of[e->end]);
	tryst_html_put(h, " stroke-width=\"");
	tryst_markup_unit(h->out, e->worked ? stroke : TRYST_MIN(stroke, 3.0));
	tryst_html_put(h, "\" d=\"M");
	tryst_markup_unit(h->out, g->left + 6);
	tryst_html_put(h, " ");
	tryst_markup_unit(h->out, y);
	tryst_html_put(h, "C");
	tryst_markup_unit(h->out, middle);
	tryst_html_put(h, " ");
	tryst_markup_unit(h->out, y);
	tryst_html_put(h, " ");
	tryst_markup_unit(h->out, middle);
	tryst_html_put(h, " ");
	tryst_markup_unit(h->out, y2);
	tryst_html_put(h, " ");
	tryst_markup_unit(h->out, RIGHT - 6);
	tryst_html_put(h, " ");
	tryst_markup_unit(h->out, y2);
	tryst_html_put(h, "\"><title>");
	tryst_html_count(h, e->conversations, "conversation");
	tryst_html_putf(h, ", %u answered, ", e->worked);
	tryst_html_count(h, e->bytes, "byte");
	tryst_html_put(h, "</title></path>\n");
}

static void
node_open(struct tryst_html *h, const char *class, const char *href, uint32_t number, uint32_t node,
          double x, double y)
{
	tryst_html_putf(h, "<a class=\"%s\" tabindex=\"-1\" data-node=\"%u\"", class, node);
	if (href)
		tryst_html_putf(h, " href=\"#%s%u\"", href, number);
	tryst_html_put(h, "><circle r=\"3.5\" cx=\"");
	tryst_markup_unit(h->out, x);
	tryst_html_put(h, "\" cy=\"");
	tryst_markup_unit(h->out, y);
	tryst_html_put(h, "\"/><text x=\"");
	tryst_markup_unit(h->out, x < WIDTH / 2 ? x - 12 : x + 12);
	tryst_html_put(h, "\" y=\"");
	tryst_markup_unit(h->out, y + 4);
	tryst_html_put(h, "\">");
}

static void
host_node(struct tryst_html *h, const struct graph *g, uint32_t node)
{
	const struct tryst_case *c = h->c;
	bool others = g->hosts.others && node == g->hosts.count - 1;
	double y = node_y(g, &g->hosts, node);
	char ip[TRYST_IP_TEXT_MAX];

	node_open(h, "host", others ? NULL : "h", others ? 0 : g->hosts.of[node] + 1, node, g->left,
	          y);
	if (others) {
		tryst_html_put(h, "<tspan class=\"label\">");
		tryst_html_count(h, g->rest_hosts, "other listed host");
		tryst_html_put(h, "</tspan>");
	} else {
		const struct tryst_listed_host *host = &c->hosts[g->hosts.of[node]];
		const char *label =
			host->indicator_count
				? tryst_watchlist_indicator(c->watchlist, host->indicators[0])
					  ->label
				: "";

		(void)tryst_ip_format(host->ip, ip);
		if (label[0]) {
			tryst_html_put(h, "<tspan class=\"label\">");
			tryst_markup_short(h->out, label, LABEL_CHARS);
			tryst_html_put(h, "</tspan>\xc2\xa0 ");
		}
		tryst_markup_str(h->out, ip);
	}
	tryst_html_put(h, "</text></a>\n");
}

static void
end_node(struct tryst_html *h, const struct graph *g, uint32_t node)
{
	bool others = g->ends.others && node == g->ends.count - 1;
	double y = node_y(g, &g->ends, node);

	node_open(h, "end", others ? NULL : "r", others ? 0 : g->ends.of[node] + 1, node, RIGHT, y);
	if (others) {
		tryst_html_putf(h, "<tspan class=\"label\">%s</tspan>",
		                g->rest_ends ? "endpoints further down the list"
		                             : "endpoints met by one listed host");
	} else {
		const struct tryst_meeting *m = &h->c->meetings[g->ends.of[node]];

		tryst_html_putf(h, "<tspan class=\"gr\">%c</tspan>\xc2\xa0 ", m->judgement.grade);
		tryst_html_endpoint(h, m);
		if (m->service) {
			tryst_html_put(h, "\xc2\xa0 <tspan class=\"label\">");
			tryst_markup_short(h->out, m->service, 18);
			tryst_html_put(h, "</tspan>");
		}
	}
	tryst_html_put(h, "</text></a>\n");
}

static void
graph_draw(struct tryst_html *h, const struct graph *g)
{
	double height = TOP + TRYST_MAX(g->hosts.count, g->ends.count) * ROW + 4;
	unsigned n = ++h->figures;
	uint32_t most = 1;

	for (size_t i = 0; i < g->edge_count; i++)
		most = TRYST_MAX(most, g->edges[i].conversations);
	tryst_html_putf(h,
	                "<div class=\"scroll chart\" tabindex=\"0\" role=\"region\" "
	                "aria-labelledby=\"f%u\"><svg id=\"graph\" viewBox=\"0 0 %.0f %.0f\" "
	                "role=\"img\" aria-labelledby=\"f%u\"><title id=\"f%u\">Which listed host "
	                "had conversations with which home endpoint</title>\n",
	                n, WIDTH, height, n, n);
	tryst_html_putf(h,
	                "<text class=\"side\" x=\"%.0f\" y=\"16\" text-anchor=\"end\">Listed "
	                "hosts</text><text class=\"side\" x=\"%.0f\" y=\"16\">Home "
	                "endpoints</text>\n<g class=\"edges\">\n",
	                g->left, RIGHT);
	for (size_t i = 0; i < g->edge_count; i++)
		edge_draw(h, g, &g->edges[i], most);
	tryst_html_put(h, "</g>\n");
	for (uint32_t i = 0; i < g->hosts.count; i++)
		host_node(h, g, i);
	for (uint32_t i = 0; i < g->ends.count; i++)
		end_node(h, g, i);
	tryst_html_put(h, "</svg></div>\n");
}

void
tryst_html_graph(struct tryst_html *h)
{
	struct graph g = { 0 };

	if (!h->c->sighting_count)
		return;
	if (!graph_alloc(&g, h->c)) {
		h->out->failed = true;
		goto out;
	}
	graph_nodes(&g, h->c);
	graph_left(&g, h->c);
	graph_edges(&g, h);
	graph_order(&g);
	tryst_html_section(
		h, "who", "Who met whom",
		"A line is thicker the more conversations it stands for. Solid: at least "
		"one was answered. Dashed: none was.");
	graph_draw(h, &g);
	tryst_html_put(h, "</section>\n");
out:
	graph_free(&g);
}

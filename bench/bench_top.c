/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What grouping costs a flow: top over addresses whose popularity is Zipf's (and, as the worst
 * case, even), without any reading.
 *
 *     bench_top [flows per thread] [threads]
 *
 * Prints for each number of addresses the groups found, the time in push in ns a flow (a flow is
 * two keys for `ip`), and the time of merging and of ranking the best ten in ms.
 */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "query/top.h"

#define THREADS_MAX 64

struct load {
	const char *words;
	const char *popularity;
	double addresses;
};

struct worker {
	pthread_t thread;
	const struct load *load;
	struct tryst_operator *op;
	void *state;
	uint64_t flows;
	uint64_t seed;
	double push_s;
	int ret;
	struct tryst_error err;
};

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t
draw(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Zipf's law of exponent 1 by inversion: the rank n^u.  A product spreads ranks over addresses. */
static struct tryst_ip
draw_ip(const struct load *load, uint64_t *seed)
{
	double u = (double)(draw(seed) >> 11) * 0x1p-53;
	double rank = *load->popularity == 'Z' ? pow(load->addresses, u) : load->addresses * u;

	return tryst_ip_v4((uint32_t)rank * 2654435761u);
}

static void
batch_draw(struct tryst_batch *b, struct worker *w)
{
	b->rows = (uint32_t)TRYST_MIN(w->flows, TRYST_BATCH_ROWS);
	w->flows -= b->rows;
	for (uint32_t i = 0; i < b->rows; i++) {
		if (b->src)
			b->src[i] = draw_ip(w->load, &w->seed);
		if (b->dst)
			b->dst[i] = draw_ip(w->load, &w->seed);
		b->packets[i] = 3;
		b->bytes[i] = draw(&w->seed) % 1500;
		b->start_ms[i] = 1600000000000 + (int64_t)(draw(&w->seed) % 86400000);
		b->end_ms[i] = b->start_ms[i] + 1000;
		b->present[i] = b->columns & ~TRYST_BIT(flows);
	}
	tryst_batch_select_all(b);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct tryst_batch b;

	w->ret = tryst_batch_init(&b, w->op->columns, &w->err);
	while (w->ret == 0 && w->flows) {
		double from;

		batch_draw(&b, w);
		from = now();
		w->ret = w->op->ops->push(w->op, w->state, &b, &w->err);
		w->push_s += now() - from;
	}
	tryst_batch_fini(&b);
	return NULL;
}

/* Runs the threads to their end, then merges their states. */
static int
run(struct tryst_operator *op, const struct load *load, uint64_t flows, unsigned threads,
    double *push_s, double *merge_s, struct tryst_error *err)
{
	struct worker workers[THREADS_MAX] = { 0 };
	unsigned started = 0;
	double from;
	int ret = 0;

	for (; started < threads && ret == 0; started++) {
		struct worker *w = &workers[started];

		*w = (struct worker){ .load = load, .op = op, .flows = flows, .seed = started + 1 };
		ret = op->ops->open(op, &w->state, err);
		if (ret)
			break;
		if (pthread_create(&w->thread, NULL, work, w) != 0)
			abort();
	}
	for (unsigned i = 0; i < started; i++)
		(void)pthread_join(workers[i].thread, NULL);
	from = now();
	for (unsigned i = 0; i < started; i++) {
		int merged = op->ops->merge(op, workers[i].state, err);

		*push_s += workers[i].push_s;
		if (workers[i].ret)
			*err = workers[i].err;
		ret = ret ? ret : workers[i].ret ? workers[i].ret : merged;
	}
	*merge_s = now() - from;
	return ret;
}

static int
measure(const struct load *load, uint64_t flows, unsigned threads, struct tryst_error *err)
{
	double push_s = 0, merge_s = 0, rank_s;
	struct tryst_top_row *rows = NULL;
	struct tryst_top *t = NULL;
	struct tryst_top_spec spec;
	uint64_t groups;
	size_t count;
	int ret;

	ret = tryst_top_spec_parse(&spec, 'w', load->words, err);
	if (ret)
		return ret;
	ret = tryst_top_new(&t, &spec, threads, (size_t)8 << 30, err);
	if (ret)
		return ret;
	ret = run(tryst_top_operator(t), load, flows, threads, &push_s, &merge_s, err);
	if (ret)
		goto out;
	rank_s = now();
	ret = tryst_top_rows(t, 10, &rows, &count, err);
	if (ret)
		goto out;
	rank_s = now() - rank_s;
	(void)tryst_top_total(t, &groups);
	printf("%-18s %-5s %9.0f %9llu %9.1f %9.1f %9.1f\n", load->words, load->popularity,
	       load->addresses, (unsigned long long)groups,
	       push_s * 1e9 / (double)(flows * threads), merge_s * 1e3, rank_s * 1e3);
out:
	free(rows);
	tryst_top_free(t);
	return ret;
}

int
main(int argc, char **argv)
{
	static const struct load loads[] = {
		{ "ip by bytes", "Zipf", 1e5 },  { "ip by bytes", "Zipf", 1e6 },
		{ "ip by bytes", "Zipf", 5e6 },  { "ip by bytes", "even", 1e6 },
		{ "src by bytes", "Zipf", 1e6 }, { "src,dst by bytes", "Zipf", 1e6 },
	};
	uint64_t flows = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
	unsigned threads = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
	struct tryst_error err = { 0 };

	if (!flows || !threads || threads > THREADS_MAX) {
		(void)fprintf(stderr, "usage: bench_top [flows per thread] [threads, at most %d]\n",
		              THREADS_MAX);
		return 2;
	}
	printf("%llu flows in each of %u threads\n", (unsigned long long)flows, threads);
	printf("%-18s %-5s %9s %9s %9s %9s %9s\n", "key", "", "addresses", "groups", "ns/flow",
	       "merge ms", "rank ms");
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(loads); i++) {
		if (measure(&loads[i], flows, threads, &err)) {
			(void)fprintf(stderr, "bench_top: %s\n", err.text);
			return 1;
		}
	}
	return 0;
}

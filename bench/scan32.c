/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast this machine filters two plain columns of 32 bits in memory: scan32 [THREADS] counts the
 * rows of 64 million with a > A and b == B, with that many threads, eight times, and prints the
 * best in rows a second.  It is the yardstick of the full scan of bench/store.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROWS ((size_t)64 << 20)
#define THREADS_MAX 256
#define ROUNDS 8

struct share {
	const uint32_t *a, *b;
	size_t count;
	uint64_t found;
};

#ifdef __x86_64__
#define WIDEST __attribute__((target_clones("avx2", "default")))
#else
#define WIDEST
#endif

WIDEST static uint64_t
scan(const uint32_t *a, const uint32_t *b, size_t count)
{
	uint64_t found = 0;

	/* Counts of 32 bits, so that a sum has eight lanes. */
	for (size_t i = 0; i < count; i += 1 << 16) {
		size_t n = count - i < 1 << 16 ? count - i : 1 << 16;
		uint32_t some = 0;

		for (size_t k = 0; k < n; k++)
			some += (a[i + k] > 1000000) & (b[i + k] == 443);
		found += some;
	}
	return found;
}

static void *
share_scan(void *arg)
{
	struct share *s = arg;

	s->found = scan(s->a, s->b, s->count);
	return NULL;
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* One pass; 0 on failure. */
static double
measure(const uint32_t *a, const uint32_t *b, size_t threads, uint64_t *found)
{
	struct share shares[THREADS_MAX];
	pthread_t ids[THREADS_MAX];
	size_t count = ROWS / threads;
	double start = seconds();

	for (size_t i = 0; i < threads; i++) {
		shares[i] = (struct share){ a + i * count, b + i * count, count, 0 };
		if (pthread_create(&ids[i], NULL, share_scan, &shares[i]) != 0)
			return 0;
	}
	for (size_t i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		*found += shares[i].found;
	}
	return (double)(count * threads) / (seconds() - start);
}

int
main(int argc, char **argv)
{
	size_t threads = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	uint32_t *a = malloc(ROWS * sizeof(*a)), *b = malloc(ROWS * sizeof(*b));
	uint64_t found = 0;
	double best = 0;

	if (!a || !b || threads < 1 || threads > THREADS_MAX) {
		fprintf(stderr, "usage: scan32 [THREADS], with half a gigabyte to spare\n");
		return 2;
	}
	for (size_t i = 0; i < ROWS; i++) {
		a[i] = (uint32_t)(i * 2654435761u);
		b[i] = (uint32_t)(i % 1009);
	}
	for (int round = 0; round < ROUNDS; round++) {
		double speed = measure(a, b, threads, &found);

		best = speed > best ? speed : best;
	}
	printf("%.0f\n", best);
	free(a);
	free(b);
	return found == 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast this machine reads memory: membw [THREADS] sums a gigabyte with that many threads, eight
 * times, and prints the best in bytes a second.  It is the yardstick of bench/hunt.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOTAL ((size_t)1 << 30)
#define THREADS_MAX 256
#define ROUNDS 8

struct share {
	const uint64_t *from;
	size_t count;
	uint64_t sum;
};

/* Eight sums, so that adding never waits for the addition before it. */
static void *
share_sum(void *arg)
{
	struct share *s = arg;
	uint64_t sums[8] = { 0 };

	for (size_t i = 0; i + 8 <= s->count; i += 8) {
		for (size_t k = 0; k < 8; k++)
			sums[k] += s->from[i + k];
	}
	for (size_t k = 0; k < 8; k++)
		s->sum += sums[k];
	return NULL;
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* One pass over the memory; 0 on failure.  The sum goes to *check so that nothing is optimised
 * away. */
static double
measure(const uint64_t *memory, size_t threads, uint64_t *check)
{
	struct share shares[THREADS_MAX];
	pthread_t ids[THREADS_MAX];
	size_t count = TOTAL / sizeof(*memory) / threads;
	double start = seconds();

	for (size_t i = 0; i < threads; i++) {
		shares[i] = (struct share){ .from = memory + i * count, .count = count };
		if (pthread_create(&ids[i], NULL, share_sum, &shares[i]) != 0)
			return 0;
	}
	for (size_t i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		*check += shares[i].sum;
	}
	return (double)(count * threads * sizeof(*memory)) / (seconds() - start);
}

int
main(int argc, char **argv)
{
	size_t threads = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	uint64_t *memory = malloc(TOTAL), check = 0;
	double best = 0;

	if (!memory || threads < 1 || threads > THREADS_MAX) {
		fprintf(stderr, "usage: membw [THREADS], with a gigabyte to spare\n");
		return 2;
	}
	memset(memory, 1, TOTAL);
	for (int round = 0; round < ROUNDS; round++) {
		double speed = measure(memory, threads, &check);

		best = speed > best ? speed : best;
	}
	printf("%.0f\n", best);
	free(memory);
	return check == 0;
}

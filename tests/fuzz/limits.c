/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one file may take: 2 s of processor time, 100 MB of memory.
 *
 * Memory is what becomes resident, at its highest since the first file: reserved and never touched
 * costs nothing.  A file that never ends is stopped by the alarm.
 */
#include "replay.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SECONDS_MAX 2.0
/* The address sanitizer's shadow and red zones are not the reader's. */
#if defined(__SANITIZE_ADDRESS__)
#define BYTES_MAX (512ULL << 20)
#else
#define BYTES_MAX (100ULL << 20)
#endif
#define ALARM_S 60

#if defined(__SANITIZE_ADDRESS__)
const char *__asan_default_options(void);

/* What was freed is kept for a while, to see it used: little of it, for our measure's sake. */
const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=16";
}
#endif

static double began_s;
static uint64_t resident_before;
static char said[128];

static double
processor_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t
resident(void)
{
	struct rusage r;

	(void)getrusage(RUSAGE_SELF, &r);
	return (uint64_t)r.ru_maxrss << 10;
}

void
limits_begin(void)
{
	if (!resident_before)
		resident_before = resident();
	began_s = processor_s();
	(void)alarm(ALARM_S);
}

const char *
limits_end(void)
{
	double seconds = processor_s() - began_s;
	uint64_t bytes = resident() - resident_before;

	(void)alarm(0);
	if (seconds <= SECONDS_MAX && bytes <= BYTES_MAX)
		return NULL;
	(void)snprintf(said, sizeof(said), "took %.1f s and %llu MB, more than %.0f s or %llu MB",
	               seconds, (unsigned long long)(bytes >> 20), SECONDS_MAX, BYTES_MAX >> 20);
	return said;
}

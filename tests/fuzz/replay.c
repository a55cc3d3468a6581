/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives fuzz targets without libFuzzer, the same way every time:
 *
 *   replay [--runs N] [--limits] TARGET|readers PATH...
 *
 * Every file of the paths is run as it is, within limits if asked for, and then N changed ones.
 * `readers` is every reader in turn, each with all files (another reader's are garbage to it); its
 * changes start from the files in the directories that have its name, if there are any.  Prints one
 * line of TAP a target.  What ends the program badly is left behind in the file `fuzz-crash`.
 */
#include "replay.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
/* As in sanitizer/common_interface_defs.h, which gcc of Debian 12 does not bring. */
void __sanitizer_set_death_callback(void (*callback)(void));
#endif

#define CRASH_PATH "fuzz-crash"
#define SEED 0x22082003u

static struct {
	unsigned long runs;
	bool limits;
	unsigned tests, failures;
	const char *target;
	const char *path; /* NULL: a change */
	const uint8_t *data;
	size_t size;
} replay;

static void
say(const char *text)
{
	(void)!write(STDERR_FILENO, text, strlen(text));
}

/* Only what a signal handler may call. */
static void
keep_crash(void)
{
	int fd;

	say("\nTARGET ");
	say(replay.target ? replay.target : "?");
	say(replay.path ? ", file " : ", a changed file: see " CRASH_PATH);
	say(replay.path ? replay.path : "");
	say("\n");
	fd = open(CRASH_PATH, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0) {
		(void)!write(fd, replay.data, replay.size);
		(void)close(fd);
	}
}

static void
on_signal(int number)
{
	if (number == SIGALRM)
		say("\nit does not end\n");
	keep_crash();
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

static void
watch_crashes(void)
{
	static const int signals[] = {
		SIGABRT,
		SIGALRM,
		SIGFPE,
#if !defined(__SANITIZE_ADDRESS__)
		SIGSEGV,
		SIGBUS,
		SIGILL
#endif
	};

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(signals); i++)
		(void)signal(signals[i], on_signal);
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_set_death_callback(keep_crash);
#endif
}

static void
run_one(const char *path, const uint8_t *data, size_t size)
{
	const char *why = NULL;

	replay.path = path;
	replay.data = data;
	replay.size = size;
	if (replay.limits)
		limits_begin();
	fuzz_run(data, size);
	if (replay.limits)
		why = limits_end();
	if (!why)
		return;
	(void)printf("# %s: %s %s\n", replay.target, path, why);
	replay.failures++;
}

/* Whether a directory on the way to the file has the name. */
static bool
is_below(const char *path, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		if (strncmp(p + 1, name, len) == 0 && p[1 + len] == '/')
			return true;
	}
	return false;
}

/* The samples of a reader; all of them when it has none of its own. */
static struct samples
own_samples(const struct samples *all, const char *name)
{
	struct samples own = { calloc(all->count, sizeof(*own.list)), 0, 0 };

	FUZZ_CHECK(own.list);
	for (size_t i = 0; i < all->count; i++) {
		if (is_below(all->list[i].path, name))
			own.list[own.count++] = all->list[i];
	}
	if (own.count == 0) {
		memcpy(own.list, all->list, all->count * sizeof(*own.list));
		own.count = all->count;
	}
	return own;
}

static void
run_target(const char *name, const struct samples *all)
{
	struct samples own = own_samples(all, name);
	uint64_t state = fuzz_hash(SEED, name, strlen(name));
	unsigned failures = replay.failures;

	replay.target = name;
	FUZZ_CHECK(fuzz_choose(name));
	for (size_t i = 0; i < all->count; i++)
		run_one(all->list[i].path, all->list[i].data, all->list[i].size);
	for (unsigned long i = 0; i < replay.runs; i++) {
		size_t size;
		uint8_t *data = mutate(&own, &state, &size);

		run_one(NULL, data, size);
		replay.data = NULL; /* what dies after this died of something else */
		replay.size = 0;
		free(data);
	}
	free(own.list);
	(void)printf("%sok %u %s: %zu files, %lu changed ones\n",
	             failures == replay.failures ? "" : "not ", ++replay.tests, name, all->count,
	             replay.runs);
	(void)fflush(stdout);
}

static int
usage(void)
{
	(void)fprintf(stderr, "usage: replay [--runs N] [--limits] TARGET|readers PATH...\n"
	                      "TARGET is one of:\n");
	(void)fflush(stderr);
	fuzz_list();
	return 2;
}

int
main(int argc, char **argv)
{
	struct samples samples = { 0 };
	int at = 1;

	for (; at < argc && argv[at][0] == '-'; at++) {
		if (strcmp(argv[at], "--limits") == 0)
			replay.limits = true;
		else if (strcmp(argv[at], "--runs") == 0 && at + 1 < argc)
			replay.runs = strtoul(argv[++at], NULL, 10);
		else
			return usage();
	}
	if (at + 2 > argc || (strcmp(argv[at], "readers") != 0 && !fuzz_choose(argv[at])))
		return usage();
	for (int i = at + 1; i < argc; i++) {
		if (!samples_add(&samples, argv[i])) {
			(void)fprintf(stderr, "replay: %s cannot be read\n", argv[i]);
			return 2;
		}
	}
	FUZZ_CHECK(samples.count > 0);
	watch_crashes();
	if (strcmp(argv[at], "readers") != 0) {
		run_target(argv[at], &samples);
	} else {
		run_target("sniff", &samples);
		for (size_t i = 0; tryst_readers[i]; i++)
			run_target(tryst_readers[i]->name, &samples);
	}
	(void)printf("1..%u\n", replay.tests);
	samples_fini(&samples);
	return replay.failures > 0;
}

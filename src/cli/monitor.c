/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/monitor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/put.h"
#include "cli/say.h"

#define LIVE_AFTER_MS 500
#define LIVE_EVERY_MS 200
#define LOG_EVERY_MS 30000

/* Whoever makes WAITING something else has the word: the thread BUSY, who stops it DONE. */
enum state { WAITING, BUSY, DONE };

struct tryst_monitor {
	struct tryst_run *run;
	pthread_t thread;
	sigset_t signals;
	sigset_t before; /* the caller's mask */
	atomic_int state;
	atomic_bool left;
	bool live; /* a line that is written over and over */
	bool log;  /* a line now and then */
	bool drawn;
	int64_t started_ms;
	int64_t logged_ms;
};

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
add_bytes(struct tryst_buf *b, uint64_t v)
{
	char text[PUT_MAX];

	tryst_buf_add(b, text, (size_t)(tryst_put_bytes(text, (double)v) - text));
}

static void
add_scaled(struct tryst_buf *b, double v)
{
	char text[PUT_MAX];

	tryst_buf_add(b, text, (size_t)(tryst_put_scaled(text, v) - text));
}

/* `12.3 GB/64.0 GB  1.10 M flows/s  hits 42  ETA 0:47` */
static void
status(const struct tryst_monitor *m, int64_t elapsed_ms, struct tryst_buf *b)
{
	struct tryst_progress *p = &m->run->progress;
	uint64_t total = atomic_load(&p->bytes_total);
	uint64_t done = TRYST_MIN(atomic_load(&p->bytes_done), total);
	uint64_t flows = atomic_load(&p->flows);
	uint64_t left_s = 0;

	/* The size of what comes from a pipe is not known. */
	if (total) {
		add_bytes(b, done);
		tryst_buf_char(b, '/');
		add_bytes(b, total);
		tryst_buf_str(b, "  ");
	}
	add_scaled(b, elapsed_ms ? (double)flows * 1000.0 / (double)elapsed_ms : 0);
	tryst_buf_str(b, " flows/s  hits ");
	tryst_buf_u64(b, atomic_load(&p->matched));
	if (done == 0)
		return;
	left_s = (uint64_t)((double)elapsed_ms * (double)(total - done) / (double)done / 1000.0);
	if (left_s >= 3600)
		tryst_buf_printf(b, "  ETA %u:%02u:%02u", (unsigned)(left_s / 3600),
		                 (unsigned)(left_s / 60 % 60), (unsigned)(left_s % 60));
	else
		tryst_buf_printf(b, "  ETA %u:%02u", (unsigned)(left_s / 60),
		                 (unsigned)(left_s % 60));
}

static void
live_write(struct tryst_monitor *m, const char *text, size_t len)
{
	ssize_t ignored = write(STDERR_FILENO, text, len);

	(void)ignored;
	m->drawn = len > 0;
}

static void
live_clear(struct tryst_monitor *m)
{
	if (m->drawn)
		live_write(m, "\r\033[K", 4);
	m->drawn = false;
}

static void
show(struct tryst_monitor *m, bool asked)
{
	int64_t elapsed_ms = now_ms() - m->started_ms;
	bool due = m->log && now_ms() - m->logged_ms >= LOG_EVERY_MS;
	struct tryst_buf b = { 0 };

	if (asked || due) {
		live_clear(m);
		status(m, elapsed_ms, &b);
		tryst_say("%s", b.failed ? "" : b.data);
		m->logged_ms = now_ms();
	} else if (m->live && elapsed_ms >= LIVE_AFTER_MS) {
		tryst_buf_char(&b, '\r');
		status(m, elapsed_ms, &b);
		tryst_buf_str(&b, "\033[K");
		if (!b.failed)
			live_write(m, b.data, b.len);
	}
	tryst_buf_fini(&b);
}

/* The second request to end is not argued with: as if the signal had never been blocked. */
static void
die(const struct tryst_monitor *m, int sig)
{
	(void)signal(sig, SIG_DFL);
	(void)pthread_sigmask(SIG_UNBLOCK, &m->signals, NULL);
	(void)kill(getpid(), sig);
}

static void
take(struct tryst_monitor *m, int sig)
{
	bool waited;

	if (sig == SIGUSR1) {
		show(m, true);
		return;
	}
	if (m->run->signal)
		die(m, sig);
	m->run->signal = sig;
	/* What a pipe has said until now is worth a result: only the wait for more ends. */
	waited = atomic_load(&m->run->waits.count) > 0;
	atomic_store(&m->run->waits.end, true);
	if (!waited)
		atomic_store(&m->run->stop, true);
	live_clear(m);
	if (!m->run->s->quiet)
		tryst_say("%s; once more to end at once",
		          waited ? "waiting for no more input" : "stopping");
}

/* The second of the thread and who stops it frees. */
static void
leave(struct tryst_monitor *m)
{
	if (atomic_exchange(&m->left, true))
		free(m);
}

static void *
monitor_main(void *arg)
{
	struct tryst_monitor *m = arg;
	const struct timespec wait = { .tv_nsec = LIVE_EVERY_MS * 1000000L };

	for (;;) {
		int sig = sigtimedwait(&m->signals, NULL, &wait), is = WAITING;

		if (!atomic_compare_exchange_strong(&m->state, &is, BUSY)) {
			leave(m);
			/* Too late for the run: for the process. */
			if (sig == SIGINT || sig == SIGTERM)
				(void)kill(getpid(), sig);
			return NULL;
		}
		if (sig > 0)
			take(m, sig);
		else if (!m->run->signal)
			show(m, false);
		atomic_store(&m->state, WAITING);
	}
}

/* A signal that a parent has made us ignore (nohup, a job in the background) stays ignored. */
static void
add_unless_ignored(sigset_t *set, int sig)
{
	struct sigaction now;

	if (sigaction(sig, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
		(void)sigaddset(set, sig);
}

int
tryst_monitor_start(struct tryst_monitor **out, struct tryst_run *r, struct tryst_error *err)
{
	struct tryst_monitor *m = calloc(1, sizeof(*m));
	bool terminal = isatty(STDERR_FILENO);

	if (!m)
		return tryst_error_nomem(err);
	m->run = r;
	m->started_ms = m->logged_ms = now_ms();
	/* Rows that scroll by on the same terminal are progress enough. */
	m->live = terminal && !r->s->quiet && !(r->streams && isatty(STDOUT_FILENO));
	m->log = !terminal && r->s->verbose;
	(void)sigemptyset(&m->signals);
	add_unless_ignored(&m->signals, SIGINT);
	add_unless_ignored(&m->signals, SIGTERM);
	(void)sigaddset(&m->signals, SIGUSR1);
	(void)pthread_sigmask(SIG_BLOCK, &m->signals, &m->before);
	atomic_init(&m->state, WAITING);
	errno = pthread_create(&m->thread, NULL, monitor_main, m);
	if (errno) {
		(void)pthread_sigmask(SIG_SETMASK, &m->before, NULL);
		free(m);
		return tryst_error_errno(err, "cannot start a thread");
	}
	*out = m;
	return 0;
}

/*
 * The thread is told and not waited for: to wake it takes longer than all that a short run does
 * afterwards.  It touches nothing any more but its own memory.
 */
void
tryst_monitor_stop(struct tryst_monitor *m)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	int is = WAITING;

	while (!atomic_compare_exchange_strong(&m->state, &is, DONE)) {
		is = WAITING;
		(void)nanosleep(&moment, NULL);
	}
	live_clear(m);
	(void)pthread_kill(m->thread, SIGUSR1);
	(void)pthread_detach(m->thread);
	(void)pthread_sigmask(SIG_SETMASK, &m->before, NULL);
	leave(m);
}

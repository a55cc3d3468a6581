/* SPDX-License-Identifier: Apache-2.0 */
/* What `tryst store` does, a function a verb; each returns an exit code. */
#ifndef TRYST_CLI_STORE_VERBS_H
#define TRYST_CLI_STORE_VERBS_H

#include "cli/cli.h"
#include "store/segment.h"

int tryst_store_ls(const struct tryst_settings *s, char *const *paths, size_t count);
int tryst_store_info(const struct tryst_settings *s, char *const *paths, size_t count);
int tryst_store_verify(const struct tryst_settings *s, char *const *paths, size_t count);
int tryst_store_compact(const struct tryst_settings *s, char *const *paths, size_t count);
int tryst_store_expire(const struct tryst_settings *s, char *const *paths, size_t count);

/* Says why it failed; returns the exit code. */
int tryst_store_failed(const struct tryst_error *err);

/* Opens the segment at a path, which must outlive it; the caller closes it. */
int tryst_segment_at(const char *path, struct tryst_segment *out, struct tryst_error *err);

/* The segments of a store. */
struct tryst_catalogue {
	char **names; /* sorted by time */
	size_t count;
	struct tryst_catalogue_entry {
		struct tryst_segment_info info;
		struct tryst_error error; /* why it cannot be opened; code 0 if it can */
	} * entries;
};

/* Reads the foot of each segment of a directory. */
int tryst_catalogue_read(struct tryst_catalogue *c, const char *path, struct tryst_error *err);
void tryst_catalogue_fini(struct tryst_catalogue *c);

#endif

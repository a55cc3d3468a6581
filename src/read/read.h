/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers: one per format, in one const table (read/registry.c), found by sniffing.
 *
 * To add one: write read/<format>.c with a `const struct tryst_reader`, name it in the table, and
 * add its page in docs/formats/ and its test in tests/unit/read/.
 */
#ifndef TRYST_READ_READ_H
#define TRYST_READ_READ_H

#include "base/time.h"
#include "flow/pipeline.h"

struct tryst_nf_units; /* read/nfdump_units.h */

/* How the wait for pipes is ended from another thread: what came until then is the input. */
struct tryst_waits {
	atomic_bool end;
	atomic_uint count; /* pipes that are being read to their end */
};

/* What every reader may need to know beside the request. */
struct tryst_read_options {
	struct tryst_zone zone;    /* for times that carry none */
	const char *format;        /* NULL: sniff; else the reader's name */
	bool inner;                /* captures: of tunnels the packets inside */
	struct tryst_waits *waits; /* for pipes that have nothing to say; or NULL */
	/* nfdump files of layout 2: gets the places of all flow records; one thread; or NULL. */
	struct tryst_nf_units *units;
};

/*
 * An input as bytes: always a seekable descriptor.  The standard input and pipes have been spooled
 * to an unlinked temporary file before.
 */
struct tryst_file {
	int fd;
	uint64_t size;
	const char *path; /* as shown */
};

#define TRYST_PROBE_SIZE 4096

/* The beginning of the input, for sniffing. */
struct tryst_probe {
	const struct tryst_file *file;
	const uint8_t *head; /* as stored */
	size_t head_len;
	const uint8_t *text; /* decompressed, where it is compressed; else as head */
	size_t text_len;
};

struct tryst_reader {
	const char *name; /* as in reports and --format */
	const char *help;
	bool seeks; /* reads at any offset: what is compressed is unpacked to a copy for it */
	/* 0: not mine; 1..100: how sure. */
	int (*probe)(const struct tryst_probe *p);
	/*
	 * Makes a source.  Takes over file->fd on success (close() closes it), leaves it alone on
	 * failure.
	 */
	int (*open)(const struct tryst_file *file, struct tryst_input *in,
	            const struct tryst_request *req, const struct tryst_read_options *options,
	            struct tryst_source **out, struct tryst_error *err);
};

/* The table, ended by NULL. */
extern const struct tryst_reader *const tryst_readers[];

/*
 * tryst_open_fn: opens in->path, sniffs, and asks the reader.  ctx is a struct
 * tryst_read_options.
 */
int tryst_read_open(void *ctx, struct tryst_input *in, const struct tryst_request *req,
                    struct tryst_source **out, struct tryst_error *err);

/* The list of inputs that the user's words name, sorted by path. */
struct tryst_inputs {
	struct tryst_input **list;
	size_t count;
	uint64_t bytes;
	size_t repeated; /* files named more than once, kept once */
};

/*
 * Expands words into inputs: files, directories (walked in depth, hidden files and nfcapd's
 * `.nfstat`, `nfcapd.current*` left out), globs that the shell left alone, `-`.  A word that names
 * nothing is an input with an error, so that it is reported with the others.
 */
int tryst_inputs_expand(struct tryst_inputs *out, char *const *words, size_t count,
                        struct tryst_error *err);
void tryst_inputs_free(struct tryst_inputs *inputs);

#endif

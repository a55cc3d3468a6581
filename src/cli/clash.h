/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No file that is written may be one that is read, nor another one that is written: it would be
 * gone when the run ends.  Names do not tell, so device and inode are compared.
 */
#ifndef TRYST_CLI_CLASH_H
#define TRYST_CLI_CLASH_H

#include "cli/settings.h"
#include "read/read.h"

/* A file that is written, and the option that names it. */
struct tryst_clash_output {
	const char *option; /* --save */
	const char *path;   /* NULL or "-": none */
};

/*
 * Compares the outputs with each other and with all that is read: the inputs (or NULL), the words
 * (or NULL), and every file that the settings name.  Devices and pipes clash with nothing.
 * TRYST_ERR_USAGE names the option and the file.
 */
int tryst_clash_check(const struct tryst_clash_output *outputs, size_t count,
                      const struct tryst_settings *s, const struct tryst_inputs *inputs,
                      const struct tryst_words *words, struct tryst_error *err);

/* The same of --save and --report; and TRYST_ERR_IO where there is no directory for one. */
int tryst_clash_check_case(const struct tryst_settings *s, const struct tryst_inputs *inputs,
                           struct tryst_error *err);

#endif

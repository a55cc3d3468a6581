/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the cells of a line end, found many bytes at a time.
 *
 * There is one way that is plain C and, on x86-64, one for AVX2; both give the same.  Which one
 * this machine takes is chosen once a log (tryst_text_cutter).
 */
#ifndef TRYST_READ_TEXT_CUT_H
#define TRYST_READ_TEXT_CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room behind `max` that a cutter may write garbage to. */
#define TRYST_TEXT_CUT_SLACK 80

/* What a cutter says of a line that holds the quote. */
#define TRYST_TEXT_CUT_QUOTED UINT32_MAX

/*
 * Writes the offsets of the separators in line[0..len) in order to ends[] and says how many there
 * are, or TRYST_TEXT_CUT_QUOTED.  Stops soon behind `max` of them; ends[] holds max +
 * TRYST_TEXT_CUT_SLACK.  `quote` is '"', or the separator itself where there is no quoting.  Reads
 * nothing beyond the line.
 */
typedef uint32_t (*tryst_text_cut_fn)(const char *line, size_t len, char separator, char quote,
                                      uint32_t max, uint32_t *ends);

uint32_t tryst_text_cut_plain(const char *line, size_t len, char separator, char quote,
                              uint32_t max, uint32_t *ends);

/* The fastest that this machine has. */
tryst_text_cut_fn tryst_text_cutter(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few macros every file may rely on.  Nothing here has state.
 */
#ifndef TRYST_BASE_BASE_H
#define TRYST_BASE_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRYST_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Hands a pointer over and leaves NULL behind, so that the exit label may free what was not given
 * away.
 */
#define TRYST_TAKE(p)                                                                              \
	({                                                                                         \
		__typeof__(p) tryst_taken_ = (p);                                                  \
		(p) = NULL;                                                                        \
		tryst_taken_;                                                                      \
	})

#define TRYST_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define TRYST_LIKELY(x) __builtin_expect(!!(x), 1)
#define TRYST_UNLIKELY(x) __builtin_expect(!!(x), 0)

#define TRYST_MIN(a, b) ((a) < (b) ? (a) : (b))
#define TRYST_MAX(a, b) ((a) > (b) ? (a) : (b))

#endif

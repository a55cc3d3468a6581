/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the tables of keys (load_impl.h) that are alike: the type, the key, the member. */
#ifndef TRYST_REPORT_LOAD_ROWS_H
#define TRYST_REPORT_LOAD_ROWS_H

#include "report/load_impl.h"

#define TRYST_ROW_NUMBER(T, k, f)                                                                  \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_NUMBER, TRYST_LOAD_AT(T, f)                           \
	}
#define TRYST_ROW_REAL(T, k, f)                                                                    \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_REAL, TRYST_LOAD_AT(T, f)                             \
	}
#define TRYST_ROW_SENTENCE(T, k, f)                                                                \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_SENTENCE, TRYST_LOAD_AT(T, f)                         \
	}
#define TRYST_ROW_BOOL(T, k, f)                                                                    \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_BOOL, TRYST_LOAD_AT(T, f)                             \
	}
#define TRYST_ROW_TIME(T, k, f)                                                                    \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_TIME, TRYST_LOAD_AT(T, f)                             \
	}
/* Times that everything has. */
#define TRYST_ROW_MUST_TIME(T, k, f)                                                               \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_TIME, .required = true, TRYST_LOAD_AT(T, f)           \
	}
#define TRYST_ROW_MUST_IP(T, k, f)                                                                 \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_IP, .required = true, TRYST_LOAD_AT(T, f)             \
	}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for tests, from lists in memory. */
#ifndef TESTS_UNIT_RESPOND_PLANNED_H
#define TESTS_UNIT_RESPOND_PLANNED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "respond/plan.h"

static inline struct tryst_prefix
prefix_of(const char *text)
{
	struct tryst_prefix p;

	assert_true(tryst_prefix_parse(text, strlen(text), &p, NULL));
	return p;
}

static inline struct tryst_watchlist *
list_of(const char *text)
{
	struct tryst_watchlist *w = NULL;

	assert_int_equal(tryst_watchlist_new(&w, NULL), 0);
	assert_int_equal(tryst_watchlist_parse(w, "list", text, strlen(text), NULL), 0);
	return w;
}

/* Everything by default but the own networks, which are not asked for. */
static inline struct tryst_block_options
options_plain(void)
{
	return (struct tryst_block_options){
		.no_own_check = true, .limit = 1000, .max4 = 24, .max6 = 48
	};
}

/* The plan of a list, not sealed. */
static inline struct tryst_block_plan *
plan_open(const char *text)
{
	struct tryst_watchlist *w = list_of(text);
	struct tryst_block_plan *p = NULL;

	assert_int_equal(tryst_block_plan_new(&p, NULL), 0);
	assert_int_equal(tryst_block_plan_add_list(p, w, 0, NULL), 0);
	tryst_watchlist_free(w);
	return p;
}

static inline struct tryst_block_plan *
plan_of(const char *text, struct tryst_block_options options)
{
	struct tryst_block_plan *p = plan_open(text);

	assert_int_equal(tryst_block_plan_seal(p, &options, NULL), 0);
	return p;
}

#endif

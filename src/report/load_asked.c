/* SPDX-License-Identifier: Apache-2.0 */
/* What the case was asked: command, window, filter, home, events, who was said to be down. */
#include <string.h>

#include "report/load_impl.h"

static const struct tryst_load_key text_item = {
	.kind = TRYST_LOAD_TEXT,
	.size = sizeof(char *),
};

/* argv ends in NULL, as everywhere. */
int
tryst_load_command(struct tryst_load *l, const json_t *value, void *at)
{
	size_t count = json_array_size(value);
	struct tryst_case *c = at;
	char **argv = tryst_load_alloc(l, count + 1, sizeof(*argv));
	int rc = 0;

	if (!argv)
		return TRYST_ERR_NOMEM;
	for (size_t i = 0; i < count && rc == 0; i++) {
		size_t mark = tryst_load_enter_index(l, i);

		rc = tryst_load_value(l, &text_item, json_array_get(value, i), &argv[i]);
		tryst_load_leave(l, mark);
	}
	c->argc = (int)TRYST_MIN(count, (size_t)INT32_MAX);
	c->argv = argv;
	return rc;
}

const struct tryst_load_key tryst_load_window_keys[] = {
	{ .key = "first", .kind = TRYST_LOAD_TIME, TRYST_LOAD_AT(struct tryst_case, first_ms) },
	{ .key = "last", .kind = TRYST_LOAD_TIME, TRYST_LOAD_AT(struct tryst_case, last_ms) },
	{ 0 },
};

const struct tryst_load_key tryst_load_asked_keys[] = {
	{ .key = "from",
	  .kind = TRYST_LOAD_TIME,
	  TRYST_LOAD_AT(struct tryst_asked, from_ms),
	  TRYST_LOAD_KNOWN(struct tryst_asked, from_known) },
	{ .key = "to",
	  .kind = TRYST_LOAD_TIME,
	  TRYST_LOAD_AT(struct tryst_asked, to_ms),
	  TRYST_LOAD_KNOWN(struct tryst_asked, to_known) },
	{ .key = "filter", .kind = TRYST_LOAD_TEXT, TRYST_LOAD_AT(struct tryst_asked, filter) },
	{ 0 },
};

static int
read_prefix(struct tryst_load *l, const json_t *value, void *at)
{
	const char *text = json_string_value(value);
	struct tryst_prefix prefix;

	if (!text || !tryst_prefix_parse(text, strlen(text), &prefix, NULL))
		return tryst_load_fail(l, "expected an address or a prefix");
	memcpy(at, &prefix, sizeof(prefix));
	return 0;
}

const struct tryst_load_key tryst_load_prefix_item = {
	.kind = TRYST_LOAD_CUSTOM,
	.size = sizeof(struct tryst_prefix),
	.read = read_prefix,
};

static const struct tryst_load_key event_keys[] = {
	{ .key = "name",
	  .kind = TRYST_LOAD_TEXT,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_event, name) },
	{ .key = "from",
	  .kind = TRYST_LOAD_TIME,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_event, from_ms) },
	{ .key = "to",
	  .kind = TRYST_LOAD_TIME,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_event, to_ms) },
	{ 0 },
};

const struct tryst_load_key tryst_load_event_item = {
	.kind = TRYST_LOAD_OBJECT,
	.size = sizeof(struct tryst_event),
	.keys = event_keys,
};

static const struct tryst_load_key dead_keys[] = {
	{ .key = "at",
	  .kind = TRYST_LOAD_TIME,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_dead, at_ms) },
	{ .key = "whom",
	  .kind = TRYST_LOAD_TEXT,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_dead, whom) },
	{ 0 },
};

/* What `whom` means is told by its form, as on the command line. */
static int
dead_done(struct tryst_load *l, const json_t *value, void *object)
{
	struct tryst_dead *d = object;

	(void)l;
	(void)value;
	d->kind = TRYST_DEAD_LABEL;
	if (!strcmp(d->whom, "all"))
		d->kind = TRYST_DEAD_ALL;
	else if (tryst_prefix_parse(d->whom, strlen(d->whom), &d->prefix, NULL))
		d->kind = TRYST_DEAD_PREFIX;
	return 0;
}

const struct tryst_load_key tryst_load_dead_item = {
	.kind = TRYST_LOAD_OBJECT,
	.size = sizeof(struct tryst_dead),
	.keys = dead_keys,
	.done = dead_done,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* What the case rests on: inputs with their exporters. */
#include "report/load_impl.h"

#include <string.h>

#define HEALTH(k, f)                                                                               \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_NUMBER, TRYST_LOAD_AT(struct tryst_input, health.f)   \
	}

/* A note is kept in place, not in the arena. */
static int
read_note(struct tryst_load *l, const json_t *value, void *at)
{
	static const struct {
		const char *key;
		size_t at;
	} numbers[] = { { "at", offsetof(struct tryst_note, at) },
		        { "line", offsetof(struct tryst_note, line) } };
	struct tryst_note *note = at;
	const char *text;

	note->at = UINT64_MAX;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(numbers); i++) {
		const struct tryst_load_key rows[] = {
			{ .key = numbers[i].key,
			  .kind = TRYST_LOAD_NUMBER,
			  .at = (uint32_t)numbers[i].at,
			  .size = sizeof(uint64_t) },
			{ 0 },
		};
		int rc = tryst_load_keys(l, rows, value, note);

		if (rc < 0)
			return rc;
	}
	text = tryst_load_text(l, json_object_get(value, "text"), false);
	if (!text)
		return l->err->code;
	(void)strncat(note->text, text, sizeof(note->text) - 1);
	return 0;
}

static int
read_notes(struct tryst_load *l, const json_t *value, void *at)
{
	struct tryst_input *in = at;

	if (!json_is_array(value))
		return tryst_load_fail(l, "expected an array");
	for (size_t i = 0; i < json_array_size(value) && i < TRYST_HEALTH_NOTES; i++) {
		size_t mark = tryst_load_enter_index(l, i);
		int rc = read_note(l, json_array_get(value, i), &in->health.notes[i]);

		if (rc < 0)
			return rc;
		in->health.note_count++;
		tryst_load_leave(l, mark);
	}
	return 0;
}

static int
read_error(struct tryst_load *l, const json_t *value, void *at)
{
	struct tryst_input *in = at;
	const char *text = tryst_load_text(l, value, false);

	if (!text)
		return l->err->code;
	in->error.code = TRYST_ERR_FORMAT;
	(void)strncat(in->error.text, text, sizeof(in->error.text) - 1);
	return 0;
}

#define COUNT(k, i)                                                                                \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_NUMBER,                                               \
		TRYST_LOAD_AT(struct tryst_exporter, counts[TRYST_EXPORTER_##i])                   \
	}

static int
read_protocols(struct tryst_load *l, const json_t *value, void *at)
{
	struct tryst_exporter *e = at;

	if (!json_is_array(value))
		return tryst_load_fail(l, "expected an array");
	for (size_t i = 0; i < json_array_size(value); i++) {
		const char *name = json_string_value(json_array_get(value, i));

		for (unsigned p = 0; name && p < TRYST_PROTOCOL_COUNT; p++) {
			if (!strcmp(name, tryst_protocols[p].name))
				e->protocols |= 1U << p;
		}
	}
	return 0;
}

static const struct tryst_load_key exporter_keys[] = {
	{ .key = "ip", .kind = TRYST_LOAD_IP, TRYST_LOAD_AT(struct tryst_exporter, ip) },
	{ .key = "domain",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_exporter, domain) },
	{ .key = "protocols", .kind = TRYST_LOAD_CUSTOM, .read = read_protocols },
	{ .key = "sampling",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(struct tryst_exporter, sampling) },
	COUNT("datagrams", DATAGRAMS),
	COUNT("flows", FLOWS),
	COUNT("damaged", DAMAGED_RECORDS),
	COUNT("damaged_blocks", DAMAGED_BLOCKS),
	COUNT("sequence_lost", SEQUENCE_LOST),
	COUNT("sequence_late", SEQUENCE_LATE),
	COUNT("sequence_duplicate", SEQUENCE_DUPLICATE),
	COUNT("restarts", RESTARTS),
	COUNT("sequence_gaps", SEQUENCE_GAPS),
	COUNT("undecodable_sets", UNDECODABLE_SETS),
	COUNT("undecodable_bytes", UNDECODABLE_BYTES),
	COUNT("skipped_records", SKIPPED_RECORDS),
	COUNT("other_records", OTHER_RECORDS),
	COUNT("events", EVENTS),
	COUNT("bad_times", BAD_TIMES),
	{ 0 },
};

static int
read_exporter_health(struct tryst_load *l, const json_t *value, void *at)
{
	const struct tryst_load_key row = { .kind = TRYST_LOAD_OBJECT, .keys = exporter_keys };

	if (!json_is_array(value))
		return tryst_load_fail(l, "expected an array");
	for (size_t i = 0; i < json_array_size(value); i++) {
		size_t mark = tryst_load_enter_index(l, i);
		struct tryst_exporter e = { 0 };
		int rc = tryst_load_value(l, &row, json_array_get(value, i), &e);

		if (rc == 0)
			rc = tryst_input_exporter(at, &e, l->err);
		if (rc < 0)
			return rc;
		tryst_load_leave(l, mark);
	}
	return 0;
}

static int
read_exporter_rest(struct tryst_load *l, const json_t *value, void *at)
{
	const struct tryst_load_key row = { .kind = TRYST_LOAD_OBJECT, .keys = exporter_keys };
	struct tryst_input *in = at;

	in->exporters_left = true;
	return tryst_load_value(l, &row, value, &in->exporter_rest);
}

static int
read_sha256(struct tryst_load *l, const json_t *value, void *at)
{
	const char *text = json_string_value(value);
	struct tryst_input *in = at;

	if (!text || strlen(text) != sizeof(in->sha256) - 1)
		return tryst_load_fail(l, "expected 64 hexadecimal digits");
	memcpy(in->sha256, text, sizeof(in->sha256));
	return 0;
}

static const struct tryst_load_key input_keys[] = {
	{ .key = "format", .kind = TRYST_LOAD_SENTENCE, TRYST_LOAD_AT(struct tryst_input, format) },
	{ .key = "bytes", .kind = TRYST_LOAD_NUMBER, TRYST_LOAD_AT(struct tryst_input, size) },
	{ .key = "sha256", .kind = TRYST_LOAD_CUSTOM, .read = read_sha256 },
	HEALTH("flows", flows),
	{ .key = "first",
	  .kind = TRYST_LOAD_TIME,
	  TRYST_LOAD_AT(struct tryst_input, health.first_ms) },
	{ .key = "last",
	  .kind = TRYST_LOAD_TIME,
	  TRYST_LOAD_AT(struct tryst_input, health.last_ms) },
	{ .key = "exporter_health", .kind = TRYST_LOAD_CUSTOM, .read = read_exporter_health },
	{ .key = "exporter_health_rest", .kind = TRYST_LOAD_CUSTOM, .read = read_exporter_rest },
	HEALTH("skipped_by_index", skipped_by_index),
	HEALTH("damaged", damaged_records),
	HEALTH("damaged_blocks", damaged_blocks),
	HEALTH("damaged_bytes", damaged_bytes),
	HEALTH("sequence_lost", sequence_lost),
	HEALTH("sequence_late", sequence_late),
	HEALTH("sequence_duplicate", sequence_duplicate),
	HEALTH("exporter_restarts", exporter_restarts),
	HEALTH("undecodable_sets", undecodable_sets),
	HEALTH("undecodable_bytes", undecodable_bytes),
	HEALTH("skipped_records", skipped_records),
	HEALTH("other_records", other_records),
	HEALTH("events", events),
	HEALTH("bad_times", bad_times),
	{ .key = "notes", .kind = TRYST_LOAD_CUSTOM, .read = read_notes },
	HEALTH("notes_total", notes_total),
	{ .key = "error", .kind = TRYST_LOAD_CUSTOM, .read = read_error },
	{ 0 },
};

/* Whether an exporter with that address, or with that sampling, is known already. */
static bool
has_exporter(const struct tryst_input *in, const struct tryst_ip *ip, uint32_t sampling)
{
	for (size_t i = 0; i < in->exporter_count; i++) {
		if (ip ? tryst_ip_equal(in->exporters[i]->ip, *ip)
		       : in->exporters[i]->sampling == sampling)
			return true;
	}
	return false;
}

/* Another exporter that nothing was counted of; its domain is nowhere said, so any will do. */
static int
add_silent(struct tryst_load *l, struct tryst_input *in, struct tryst_ip ip, uint32_t sampling)
{
	struct tryst_exporter e = { .ip = ip, .domain = UINT32_MAX, .sampling = sampling };
	size_t before = in->exporter_count;
	int rc = 0;

	/* The same address and domain would be the same exporter. */
	while (rc == 0 && in->exporter_count == before && before < TRYST_EXPORTERS_MAX) {
		bool taken = false;

		for (size_t i = 0; i < before && !taken; i++)
			taken = !tryst_exporter_compare(in->exporters[i], &e);
		if (!taken)
			rc = tryst_input_exporter(in, &e, l->err);
		e.domain--;
	}
	return rc;
}

/*
 * Exporters of which nothing was counted have no entry of their own: their addresses stand in
 * `exporters`, how many there were in all in `exporters_total`, their sampling in `sampling`.
 */
static int
silent_exporters(struct tryst_load *l, struct tryst_input *in, const json_t *value)
{
	const json_t *ips = json_object_get(value, "exporters");
	const json_t *samplings = json_object_get(value, "sampling");
	json_int_t total = json_integer_value(json_object_get(value, "exporters_total"));
	size_t next = 0, samplings_count = json_array_size(samplings);
	struct tryst_ip ip = { 0, 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_array_size(ips) && i < TRYST_EXPORTERS_MAX; i++) {
		const char *text = json_string_value(json_array_get(ips, i));
		size_t mark = tryst_load_enter_index(l, i);

		if (!text || !tryst_ip_parse(text, strlen(text), &ip))
			return tryst_load_fail(l, "expected an address");
		if (!has_exporter(in, &ip, 0))
			rc = add_silent(l, in, ip, 0);
		tryst_load_leave(l, mark);
	}
	for (; rc == 0 && next < samplings_count && next < TRYST_EXPORTERS_MAX; next++) {
		json_int_t n = json_integer_value(json_array_get(samplings, next));
		size_t i = 0;

		if (n <= 0 || n > UINT32_MAX || has_exporter(in, NULL, (uint32_t)n))
			continue;
		while (i < in->exporter_count &&
		       (in->exporters[i]->sampling || tryst_exporter_counted(in->exporters[i])))
			i++;
		if (i < in->exporter_count)
			in->exporters[i]->sampling = (uint32_t)n;
		else
			rc = add_silent(l, in, ip, (uint32_t)n);
	}
	while (rc == 0 && (json_int_t)in->exporter_count < TRYST_MIN(total, TRYST_EXPORTERS_MAX))
		rc = add_silent(l, in, ip, 0);
	return rc;
}

static int
read_input(struct tryst_load *l, const json_t *value, struct tryst_input *in, uint32_t id)
{
	const struct tryst_load_key row = { .kind = TRYST_LOAD_OBJECT, .keys = input_keys };
	const char *path;
	int rc;

	if (!json_is_object(value))
		return tryst_load_fail(l, "expected an object");
	path = tryst_load_text(l, json_object_get(value, "path"), false);
	if (!path)
		return l->err->code;
	rc = tryst_input_init(in, path, id, l->err);
	if (rc == 0)
		rc = tryst_load_value(l, &row, value, in);
	return rc == 0 ? silent_exporters(l, in, value) : rc;
}

int
tryst_load_inputs(struct tryst_load *l, const json_t *value, void *at)
{
	struct tryst_case *c = at;
	size_t count = json_array_size(value);

	if (!json_is_array(value))
		return tryst_load_fail(l, "expected an array");
	c->inputs = tryst_load_alloc(l, count, sizeof(struct tryst_input *));
	for (size_t i = 0; i < count && c->inputs; i++) {
		size_t mark = tryst_load_enter_index(l, i);
		struct tryst_input *in = tryst_load_alloc(l, 1, sizeof(*in));
		int rc;

		if (!in)
			return TRYST_ERR_NOMEM;
		c->inputs[c->input_count++] = in;
		rc = read_input(l, json_array_get(value, i), in, (uint32_t)i);
		if (rc < 0)
			return rc;
		tryst_load_leave(l, mark);
	}
	return c->inputs ? 0 : TRYST_ERR_NOMEM;
}

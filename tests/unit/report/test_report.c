/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cases rendered and compared with tests/golden/report/.  TRYST_UPDATE=1 writes the golden files
 * anew: look at what git says has changed before committing it.
 */
#include "report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "report/layout.h"
#include "report/load.h"

static char program[] = "tryst", verb[] = "hunt", dash_w[] = "-w", list_name[] = "list.txt";
static char *const command[] = { program, verb, dash_w, list_name };

static void
render(const struct tryst_case *c, const char *format, unsigned width, bool colour,
       struct tryst_buf *out)
{
	struct tryst_report_options options = { .width = width, .colour = colour };
	const struct tryst_renderer *r = tryst_renderer_find(format);
	struct tryst_error err;

	assert_non_null(r);
	assert_int_equal(r->render(c, &options, out, &err), 0);
}

static void
file_write(const char *path, const struct tryst_buf *b)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(b->data, 1, b->len, file), b->len);
	assert_int_equal(fclose(file), 0);
}

static void
file_read(const char *path, struct tryst_buf *b)
{
	FILE *file = fopen(path, "r");
	char chunk[4096];
	size_t n;

	if (!file)
		fail_msg("%s: not there; TRYST_UPDATE=1 writes it", path);
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		tryst_buf_add(b, chunk, n);
	(void)fclose(file);
}

/* Compares one rendering with its golden file, or writes that. */
static void
golden(const struct tryst_case *c, const char *format, unsigned width, const char *name)
{
	struct tryst_buf got = { 0 }, want = { 0 };
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/report/%s", TRYST_GOLDEN, name);
	render(c, format, width, false, &got);
	if (getenv("TRYST_UPDATE"))
		file_write(path, &got);
	file_read(path, &want);
	if (want.len != got.len || memcmp(want.data, got.data, got.len))
		fail_msg("%s differs from:\n%s", path, got.data);
	tryst_buf_fini(&got);
	tryst_buf_fini(&want);
}

/* What the case file says is the case: read back, every report of it is the same. */
static void
round_trip(const struct tryst_case *c)
{
	static const struct {
		const char *format;
		unsigned width;
	} renderings[] = { { "json", 0 }, { "text", 80 }, { "text", 160 } };
	struct tryst_case_file *file = NULL;
	struct tryst_buf saved = { 0 };
	struct tryst_error err;

	render(c, "json", 0, false, &saved);
	if (tryst_case_file_parse(&file, "case.json", saved.data, saved.len, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(renderings); i++) {
		struct tryst_buf want = { 0 }, got = { 0 };

		render(c, renderings[i].format, renderings[i].width, false, &want);
		render(tryst_case_file_case(file), renderings[i].format, renderings[i].width, false,
		       &got);
		assert_string_equal(got.data, want.data);
		tryst_buf_fini(&want);
		tryst_buf_fini(&got);
	}
	tryst_case_file_free(file);
	tryst_buf_fini(&saved);
}

static void
sobig_open(struct fixture *f)
{
	struct fixture_setup setup = {
		.list = fixture_sobig_list,
		.home = { "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24" },
	};

	fixture_hunt(f, &setup, fixture_sobig, fixture_sobig_count);
	f->c->argc = TRYST_ARRAY_SIZE(command);
	f->c->argv = command;
	f->c->created_ms = 1061596800000;
}

static void
test_founding_case(void **state)
{
	struct fixture f;

	(void)state;
	sobig_open(&f);
	golden(f.c, "text", 80, "sobig-f-80.txt");
	golden(f.c, "text", 160, "sobig-f-160.txt");
	golden(f.c, "json", 0, "sobig-f.json");
	round_trip(f.c);
	fixture_close(&f);
}

/* Everything that is not as it should be: damage, forged text, IPv6, several days and exporters. */
static const struct fixture_flow messy[] = {
	{ .src = "2001:db8:bad:ffff:aaaa:bbbb:cccc:1",
	  .src_port = 51234,
	  .dst = "2001:db8::80",
	  .dst_port = 443,
	  .proto = 6,
	  .flags = 0x02,
	  .start = "2026-11-22T23:59:58.250Z",
	  .duration_ms = 3723456,
	  .packets = 1234567,
	  .bytes = 1234567890,
	  .input = 0,
	  .exporter = "198.51.100.1" },
	{ .src = "2001:db8:bad:ffff:aaaa:bbbb:cccc:1",
	  .src_port = 51234,
	  .dst = "2001:db8::80",
	  .dst_port = 443,
	  .proto = 6,
	  .flags = 0x02,
	  .start = "2026-11-22T23:59:58.260Z",
	  .duration_ms = 3723456,
	  .packets = 1234560,
	  .bytes = 1234560000,
	  .input = 0,
	  .exporter = "2001:db8::fe" },
	{ .src = "2001:db8::80",
	  .src_port = 443,
	  .dst = "2001:db8:bad:ffff:aaaa:bbbb:cccc:1",
	  .dst_port = 51234,
	  .proto = 6,
	  .flags = 0x12,
	  .start = "2026-11-22T23:59:58.300Z",
	  .duration_ms = 3723000,
	  .packets = 7,
	  .bytes = 420,
	  .input = 0,
	  .exporter = "198.51.100.1" },
	{ .src = "10.9.9.9",
	  .src_port = 40000,
	  .dst = "2001:db8::80",
	  .dst_port = 443,
	  .proto = 6,
	  .start = "2026-11-23T10:00:00Z",
	  .input = 1 },
	{ .src = "10.9.9.9",
	  .dst = "192.0.2.1",
	  .proto = 1,
	  .icmp = true,
	  .icmp_type = 8,
	  .start = "2026-11-23T11:00:00Z",
	  .packets = 1,
	  .bytes = 84,
	  .input = 1 },
	{ .src = "10.9.9.10",
	  .dst = "192.0.2.1",
	  .proto = 250,
	  .start = "2026-11-23T12:00:00Z",
	  .packets = 1,
	  .bytes = 84,
	  .input = 1 },
	{ .src = "192.0.2.66",
	  .src_port = 6667,
	  .dst = "8.8.8.8",
	  .dst_port = 33000,
	  .proto = 6,
	  .start = "2026-11-23T13:00:00Z",
	  .packets = 3,
	  .bytes = 180,
	  .input = 1 },
	{ .src = "10.9.9.9",
	  .src_port = 1,
	  .dst = "172.16.0.1",
	  .dst_port = 2,
	  .proto = 17,
	  .start = "2026-11-23T14:00:00Z",
	  .packets = 3,
	  .bytes = 180,
	  .input = 1 },
};

static char forged_name[] = "take\033[2Jdown";

static void
messy_open(struct fixture *f)
{
	static const struct tryst_exporter sampled = { .domain = 1, .sampling = 1000 };
	static const uint64_t nothing[TRYST_EXPORTER_COUNTS] = { [TRYST_EXPORTER_FLOWS] = 7 };
	static const uint64_t everything[TRYST_EXPORTER_COUNTS] = { 9, 8,   1, 2, 3,  4, 5,
		                                                    6, 700, 1, 2, 30, 4, 5 };
	static const struct tryst_event event = { forged_name, 1795392000000, 1795395600000 };
	struct fixture_setup setup = {
		.list = "2001:db8:bad::/48 # \033]0;pwned\007 a label that goes on and on and on\n"
			"10.0.0.0/8 # ten\n10.9.9.9 # nine\n192.0.2.66 # ours\nno address\n",
		.home = { "2001:db8::/64", "192.0.2.0/24" },
	};
	struct tryst_health *h;

	fixture_hunt(f, &setup, messy, TRYST_ARRAY_SIZE(messy));
	free(f->inputs[1].path);
	f->inputs[1].path = strdup("logs/evil\n\033[31mname.csv");
	h = &f->inputs[1].health;
	h->damaged_records = 1;
	h->damaged_blocks = 2;
	h->damaged_bytes = 12345;
	h->skipped_records = 3;
	h->bad_times = 1;
	h->sequence_lost = 42;
	tryst_health_note(h, 100, 17, "expected 9 columns, found 3: '\033[H'");
	tryst_health_note(h, 4096, 0, "block does not unpack");
	f->inputs[2].format = NULL;
	(void)tryst_error_set(&f->inputs[2].error, TRYST_ERR_FORMAT,
	                      "university-argus.csv: no flow file that is known");
	assert_int_equal(tryst_input_exporter(&f->inputs[0], &sampled, &f->error), 0);
	/* More with trouble than are shown, one without. */
	for (uint32_t i = 0; i < 8; i++) {
		struct tryst_exporter e = {
			.ip = { 0x20010db800000000, i },
			.domain = 1000000000,
			.sampling = 100,
			.protocols = 1U << i % TRYST_PROTOCOL_COUNT | 1U << (i * i) % 5,
		};

		memcpy(e.counts, i == 3 ? nothing : everything, sizeof(e.counts));
		assert_int_equal(tryst_input_exporter(&f->inputs[1], &e, &f->error), 0);
	}
	f->inputs[1].exporters_left = true;
	f->inputs[1].exporter_rest.counts[TRYST_EXPORTER_FLOWS] = 11;
	f->inputs[1].exporter_rest.counts[TRYST_EXPORTER_SEQUENCE_LOST] = 12;
	/* Once more, now that the inputs say what they say. */
	assert_int_equal(tryst_hunt_case(f->hunt, f->input_list, FIXTURE_INPUTS, &f->c, &f->error),
	                 0);
	f->c->complete = false;
	f->c->events = &event;
	f->c->event_count = 1;
}

static void
test_messy(void **state)
{
	struct fixture f;

	(void)state;
	messy_open(&f);
	golden(f.c, "text", 80, "messy-80.txt");
	golden(f.c, "json", 0, "messy.json");
	round_trip(f.c);
	fixture_close(&f);
}

static void
test_empty(void **state)
{
	static const struct fixture_flow flows[] = {
		{ .src = "192.0.2.5", .dst = "192.0.2.6", .start = "2026-11-23T14:00:00Z" },
	};
	struct fixture_setup setup = { .list = "10.9.9.9\n" };
	struct fixture f;

	(void)state;
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	golden(f.c, "text", 80, "nothing-80.txt");
	golden(f.c, "json", 0, "nothing.json");
	round_trip(f.c);
	fixture_close(&f);
	fixture_hunt(&f, &setup, flows, 0);
	golden(f.c, "text", 80, "no-flows-80.txt");
	round_trip(f.c);
	fixture_close(&f);
}

/* No line wider than asked, none with blanks at its end, nothing a terminal would obey. */
static void
check_lines(const struct tryst_buf *b, unsigned width)
{
	const char *line = b->data, *end;

	for (; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		if (tryst_layout_columns(line, (size_t)(end - line)) > width)
			fail_msg("wider than %u: %.*s", width, (int)(end - line), line);
		if (end > line && end[-1] == ' ')
			fail_msg("trailing blank: %.*s", (int)(end - line), line);
		for (const char *p = line; p < end; p++)
			assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
	}
}

static void
test_widths(void **state)
{
	struct fixture cases[2];

	(void)state;
	sobig_open(&cases[0]);
	messy_open(&cases[1]);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		for (unsigned width = 60; width <= 250; width++) {
			struct tryst_buf b = { 0 };

			render(cases[i].c, "text", width, false, &b);
			check_lines(&b, width);
			tryst_buf_fini(&b);
		}
		fixture_close(&cases[i]);
	}
}

/* Colour adds sequences of ours and nothing else. */
static void
test_colour(void **state)
{
	struct tryst_buf plain = { 0 }, colour = { 0 }, stripped = { 0 };
	struct fixture f;
	size_t sequences = 0;

	(void)state;
	messy_open(&f);
	render(f.c, "text", 80, false, &plain);
	render(f.c, "text", 80, true, &colour);
	for (const char *p = colour.data; *p; p++) {
		if (*p == '\033') {
			p += strcspn(p, "m");
			sequences++;
		} else {
			tryst_buf_char(&stripped, *p);
		}
	}
	assert_true(sequences > 10 && sequences % 2 == 0);
	assert_string_equal(stripped.data, plain.data);
	tryst_buf_fini(&plain);
	tryst_buf_fini(&colour);
	tryst_buf_fini(&stripped);
	fixture_close(&f);
}

/* The same bytes whatever the threads and the order of rows. */
static void
test_same_bytes(void **state)
{
	struct tryst_buf want = { 0 };

	(void)state;
	for (unsigned shuffle = 0; shuffle < 9; shuffle++) {
		struct fixture_setup setup = { .list = fixture_sobig_list,
			                       .threads = 1 + shuffle,
			                       .shuffle = shuffle,
			                       .batch_rows = 1 + shuffle };
		struct tryst_buf got = { 0 };
		struct fixture f;

		fixture_hunt(&f, &setup, fixture_sobig, fixture_sobig_count);
		render(f.c, "json", 0, false, &got);
		if (shuffle == 0)
			tryst_buf_add(&want, got.data, got.len);
		assert_string_equal(got.data, want.data);
		tryst_buf_fini(&got);
		fixture_close(&f);
	}
	tryst_buf_fini(&want);
}

static void
test_find(void **state)
{
	(void)state;
	assert_string_equal(tryst_renderer_find("text")->name, "text");
	assert_string_equal(tryst_renderer_find("json")->name, "json");
	assert_null(tryst_renderer_find("html5"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_founding_case), cmocka_unit_test(test_messy),
		cmocka_unit_test(test_empty),         cmocka_unit_test(test_widths),
		cmocka_unit_test(test_colour),        cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

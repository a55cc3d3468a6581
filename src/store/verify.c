/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/provenance.h"
#include "store/verify_impl.h"

void
verify_find(struct verify *v, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v->found++;
	v->finding(v->ctx, text);
}

static void
check_foot(struct verify *v)
{
	const struct tryst_segment_info *info = &v->segment.info, *seen = &v->seen;

	if (v->whole && (info->rows != seen->rows || info->known != seen->known ||
	                 info->first_ms != seen->first_ms || info->last_ms != seen->last_ms ||
	                 info->sane_first_ms != seen->sane_first_ms ||
	                 info->sane_last_ms != seen->sane_last_ms))
		verify_find(v, "foot: its counts and times are not those of the rows");
}

static void
check_provenance(struct verify *v)
{
	size_t size;
	const uint8_t *data = tryst_segment_section(&v->segment, TRYST_SECTION_PROVENANCE, &size);
	struct tryst_cursor c = { 0 };
	struct tryst_origin o;
	int rc;

	while ((rc = tryst_provenance_next(data, size, &c, &o)) == 1)
		;
	if (rc < 0)
		verify_find(v, "provenance, offset %" PRIu64 ": damaged (checksum)",
		            verify_section_at(v, TRYST_SECTION_PROVENANCE));
}

/* Sections stand one behind the other, so that no byte is under no checksum. */
static void
check_sections(struct verify *v)
{
	uint64_t at = TRYST_SEGMENT_HEAD;

	for (unsigned i = 0; i < TRYST_SECTION_COUNT; i++) {
		if (v->segment.info.sections[i].at != at)
			verify_find(v, "foot: %s do not begin where what is before them ends",
			            tryst_section_names[i]);
		at = verify_section_end(v, i);
	}
	if (at + TRYST_SEGMENT_FOOT != v->segment.info.size)
		verify_find(v, "foot: there is something between the sections and it");
}

static int
prepare(struct verify *v, struct tryst_error *err)
{
	uint32_t count = v->source.addresses.dictionary.count;
	int rc = 0;

	v->source.segment = v->segment;
	v->reading = calloc(1, sizeof(*v->reading));
	v->same = reallocarray(NULL, (size_t)count + 1, sizeof(*v->same));
	if (!v->reading || !v->same)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < count; i++)
		v->same[i] = i;
	v->reading->s = &v->source;
	v->reading->sink = &v->sink;
	tryst_health_init(&v->sink.health);
	rc = tryst_batch_init(&v->sink.batch, TRYST_STORED_BITS, err);
	if (rc == 0)
		rc = tryst_postings_builder_new(&v->postings, err);
	if (rc == 0)
		rc = tryst_sample_builder_new(&v->sample, TRYST_STORED_BITS, v->segment.info.rows,
		                              err);
	tryst_addresses_init(&v->source.addresses);
	return rc == 0 ? tryst_addresses_load(&v->source.addresses, err) : rc;
}

static int
verify_open(struct verify *v, struct tryst_error *err)
{
	int rc;

	v->whole = true;
	v->seen = (struct tryst_segment_info){ .first_ms = INT64_MAX,
		                               .last_ms = INT64_MIN,
		                               .sane_first_ms = INT64_MAX,
		                               .sane_last_ms = INT64_MIN };
	check_sections(v);
	verify_dictionary(v);
	rc = prepare(v, err);
	if (rc == 0)
		rc = verify_blocks(v, err);
	check_foot(v);
	if (rc == 0)
		rc = verify_postings(v, err);
	if (rc == 0)
		rc = verify_sample(v, err);
	check_provenance(v);
	return rc;
}

static void
verify_fini(struct verify *v)
{
	tryst_batch_fini(&v->sink.batch);
	tryst_postings_builder_free(v->postings);
	tryst_sample_builder_free(v->sample);
	tryst_addresses_fini(&v->source.addresses);
	free(v->same);
	free(v->reading);
}

int
tryst_segment_verify(const char *path, tryst_finding_fn finding, void *ctx, uint64_t *rows,
                     struct tryst_error *err)
{
	struct verify v = { .finding = finding, .ctx = ctx };
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	*rows = 0;
	if (fd < 0 || fstat(fd, &st) < 0) {
		rc = tryst_error_errno(err, "%s", path);
		goto out;
	}
	rc = tryst_segment_open(&v.segment, fd, (uint64_t)st.st_size, path, err);
	if (rc == TRYST_ERR_FORMAT || rc == TRYST_ERR_UNSUPPORTED) {
		verify_find(&v, "%s", err->text + TRYST_MIN(strlen(path) + 2, strlen(err->text)));
		rc = 0;
		goto out;
	}
	if (rc < 0)
		goto out;
	*rows = v.segment.info.rows;
	rc = verify_open(&v, err);
	tryst_segment_close(&v.segment);
	verify_fini(&v);
out:
	if (fd >= 0)
		(void)close(fd);
	return rc < 0 ? rc : v.found;
}

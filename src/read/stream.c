/* SPDX-License-Identifier: Apache-2.0 */
/* One loop over the table of codecs (read/codec.h). */
#include "read/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/codec.h"

const char *
tryst_stream_compression(const uint8_t *head, size_t len)
{
	const struct tryst_codec *codec = tryst_codec_find(head, len);

	return codec ? codec->name : NULL;
}

int
tryst_stream_open(struct tryst_stream *s, const struct tryst_file *file, struct tryst_error *err)
{
	uint8_t head[TRYST_CODEC_MAGIC_MAX];
	ssize_t n = tryst_file_read(file, 0, head, sizeof(head), err);
	int rc;

	*s = (struct tryst_stream){ .file = file, .between = true };
	if (n < 0)
		return (int)n;
	s->codec = tryst_codec_find(head, (size_t)n);
	if (!s->codec)
		return 0;
	rc = s->codec->open(&s->state, err);
	if (rc < 0)
		return rc;
	s->window = malloc(TRYST_STREAM_WINDOW + TRYST_STREAM_PLAIN);
	if (!s->window) {
		tryst_stream_close(s);
		return tryst_error_nomem(err);
	}
	s->plain = s->window + TRYST_STREAM_WINDOW;
	return 0;
}

void
tryst_stream_close(struct tryst_stream *s)
{
	if (s->state)
		s->codec->close(s->state);
	s->state = NULL;
	free(s->window);
	s->window = NULL;
}

uint64_t
tryst_stream_offset(const struct tryst_stream *s)
{
	return s->read_at - (s->end - s->pos);
}

static void
damage(struct tryst_stream *s, const char *why)
{
	s->damaged = s->ended = true;
	(void)snprintf(s->damage, sizeof(s->damage),
	               "%s data damaged at offset %llu of the file: %s", s->codec->name,
	               (unsigned long long)tryst_stream_offset(s), why);
}

/* Makes the window hold at least `need` bytes (at most TRYST_CODEC_MAGIC_MAX), fewer only at the
 * end. */
static int
window_fill(struct tryst_stream *s, size_t need, struct tryst_error *err)
{
	ssize_t n;

	if (s->end - s->pos >= need)
		return 0;
	memmove(s->window, s->window + s->pos, s->end - s->pos);
	s->end -= s->pos;
	s->pos = 0;
	n = tryst_file_read(s->file, s->read_at, s->window + s->end, TRYST_STREAM_WINDOW - s->end,
	                    err);
	if (n < 0)
		return (int)n;
	s->end += (size_t)n;
	s->read_at += (size_t)n;
	return 0;
}

/* Between members: ends the stream, or makes ready for the next member.  Zero padding is nothing.
 */
static int
member_begin(struct tryst_stream *s, struct tryst_error *err)
{
	int rc = window_fill(s, TRYST_CODEC_MAGIC_MAX, err);

	while (rc == 0 && s->pos < s->end && s->window[s->pos] == 0) {
		s->pos++;
		rc = window_fill(s, TRYST_CODEC_MAGIC_MAX, err);
	}
	if (rc < 0)
		return rc;
	if (s->pos == s->end) {
		s->ended = true;
	} else if (!s->codec->magic(s->window + s->pos, s->end - s->pos)) {
		damage(s, "something else follows");
	} else if (!s->codec->reset(s->state)) {
		return tryst_error_nomem(err);
	}
	s->between = false;
	return 0;
}

/*
 * One step.  It always has the same room, because how much comes out of damaged data, and where the
 * damage is seen, depends on that in some codecs: it must not depend on who reads.
 */
static int
member_step(struct tryst_stream *s, struct tryst_error *err)
{
	struct tryst_codec_span span = { .out = s->plain, .out_len = TRYST_STREAM_PLAIN };
	int rc = window_fill(s, 1, err);
	bool at_end;
	size_t used;

	if (rc < 0)
		return rc;
	at_end = s->pos == s->end;
	span.in = s->window + s->pos;
	span.in_len = s->end - s->pos;
	rc = (int)s->codec->step(s->state, &span);
	used = (s->end - s->pos) - span.in_len;
	s->pos += used;
	if (rc == TRYST_CODEC_NOMEM)
		return tryst_error_nomem(err);
	if (rc == TRYST_CODEC_BAD)
		damage(s, span.why);
	else if (rc == TRYST_CODEC_DONE)
		s->between = true;
	else if (at_end && span.out_len == TRYST_STREAM_PLAIN)
		damage(s, "the file ends in the middle");
	s->plain_pos = 0;
	s->plain_end = TRYST_STREAM_PLAIN - span.out_len;
	return 0;
}

/* Delivers what is unpacked. */
static size_t
deliver(struct tryst_stream *s, uint8_t *buf, size_t len)
{
	size_t n = TRYST_MIN(len, s->plain_end - s->plain_pos);

	if (n)
		memcpy(buf, s->plain + s->plain_pos, n);
	s->plain_pos += n;
	return n;
}

ssize_t
tryst_stream_read(struct tryst_stream *s, void *buf, size_t len, struct tryst_error *err)
{
	size_t got = 0;
	ssize_t n;
	int rc = 0;

	if (!s->codec) {
		n = tryst_file_read(s->file, s->read_at, buf, len, err);
		s->read_at += n > 0 ? (size_t)n : 0;
		return n;
	}
	for (;;) {
		got += deliver(s, (uint8_t *)buf + got, len - got);
		if (got == len || s->ended || rc < 0)
			break;
		rc = s->between ? member_begin(s, err) : member_step(s, err);
	}
	return rc < 0 ? rc : (ssize_t)got;
}

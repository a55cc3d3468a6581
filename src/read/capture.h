/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capture files as frames: pcap (microseconds, nanoseconds, Kuznetzov's variant; both byte orders)
 * and pcapng (any number of sections, interfaces and link types), compressed or not.
 *
 * A record that cannot be one is searched past: it costs itself and what stands before the next
 * header that holds together.  Why not libpcap: docs/decisions/0004-capture-files.md; the formats:
 * docs/formats/pcap.md.
 */
#ifndef TRYST_READ_CAPTURE_H
#define TRYST_READ_CAPTURE_H

#include "flow/health.h"
#include "read/stream.h"

#define TRYST_CAPTURE_FRAME_MAX 262144
#define TRYST_CAPTURE_WINDOW (2 * TRYST_CAPTURE_FRAME_MAX)
#define TRYST_CAPTURE_INTERFACES_MAX 4096 /* of a section */

/* One captured frame; the bytes are good until the next call. */
struct tryst_frame {
	const uint8_t *data;
	uint32_t len;      /* captured */
	uint32_t wire_len; /* as it was on the wire, at least len */
	uint32_t link;     /* LINKTYPE_* */
	int64_t time_ms;
	uint64_t at; /* where its record begins */
};

struct tryst_capture_interface {
	uint32_t link;
	uint32_t snap_len;  /* 0: no limit */
	uint8_t resolution; /* if_tsresol: 10^-n s, or 2^-n s with the top bit */
	int64_t offset_s;
};

struct tryst_capture {
	struct tryst_stream stream;
	uint8_t *window; /* bytes [pos, end) are still to be used */
	size_t pos;
	size_t end;
	uint64_t at; /* offset of window[0] */
	bool drained;
	bool blocks; /* pcapng */
	bool big_endian;
	bool lengths_swapped; /* pcap before 2.4 may have them the other way round */
	size_t header;        /* bytes before a frame of pcap */
	uint32_t divisor;     /* of pcap's fraction: to milliseconds */
	uint32_t link;        /* of pcap */
	int64_t last_s;       /* of pcap: the last record's time, to find the next after damage */
	struct tryst_capture_interface *interfaces;
	size_t interface_count;
	size_t interface_room;
};

/* Whether a file that begins so is a capture file. */
bool tryst_capture_is(const uint8_t *head, size_t len);

/* The file stays the caller's and must outlive the capture. */
int tryst_capture_open(struct tryst_capture *c, const struct tryst_file *file,
                       struct tryst_error *err);
void tryst_capture_close(struct tryst_capture *c);

/*
 * 1: *frame is the next; 0: there is none; negative: I/O error or no memory.  Damage is counted in
 * *h, blocks that hold no packets are its other_records.
 */
int tryst_capture_next(struct tryst_capture *c, struct tryst_frame *frame, struct tryst_health *h,
                       struct tryst_error *err);

#endif

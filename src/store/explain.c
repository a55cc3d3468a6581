/* SPDX-License-Identifier: Apache-2.0 */
/* What would be read of a segment, in words. */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/segment_source.h"

#define RANGES_MAX 8 /* of block numbers, that are named */

struct explaining {
	struct segment_source s;
	struct tryst_segment_plan plan;
	uint32_t wanted, blocks;
	uint64_t bytes;
	uint32_t ranges, last; /* named so far; the last block of the range */
	struct tryst_buf names;
};

/* Names a block, or makes the last range longer. */
static void
name_block(struct explaining *x, uint32_t block)
{
	bool goes_on = x->wanted && block == x->last + 1;

	if (!goes_on && x->ranges++ < RANGES_MAX)
		tryst_buf_printf(&x->names, "%s%" PRIu32, x->ranges > 1 ? ", " : "", block);
	else if (!goes_on && x->ranges == RANGES_MAX + 1)
		tryst_buf_str(&x->names, ", ...");
	x->last = block;
}

static void
count_blocks(struct explaining *x)
{
	struct tryst_block_entry entries[TRYST_DIRECTORY_PAGE];
	uint32_t pages = tryst_segment_pages(x->blocks);

	for (uint32_t page = 0; page < pages && !x->s.outside; page++) {
		int count =
			tryst_segment_page(&x->s.segment, TRYST_SECTION_DIRECTORY, page, entries);

		for (int i = 0; i < count; i++) {
			uint32_t block = page * TRYST_DIRECTORY_PAGE + (uint32_t)i;

			if (!tryst_segment_wants(&x->s, block, &entries[i]))
				continue;
			name_block(x, block);
			x->wanted++;
			x->bytes += entries[i].values_size + entries[i].addresses_size;
		}
	}
}

/* Why it is these blocks. */
static void
say_why(const struct explaining *x, struct tryst_buf *out)
{
	const struct tryst_request *req = &x->s.base.request;
	bool window = req->from_ms != INT64_MIN || req->to_ms != INT64_MAX;

	if (x->plan.by_address && !x->plan.codes)
		tryst_buf_str(out, "no flow of it has an address that is wanted");
	else if (x->plan.by_address)
		tryst_buf_printf(out, "the index has them for %" PRIu32 " of its addresses",
		                 x->plan.codes);
	else if (req->no_index)
		tryst_buf_str(out, "--no-index");
	else if (!req->addresses)
		tryst_buf_str(out, "no certain address is asked for");
	else if (x->plan.index_damaged)
		tryst_buf_printf(out, "its index is damaged: %s", x->plan.damage.text);
	else
		tryst_buf_str(out, "its sample of other hosts is too small");
	if (window)
		tryst_buf_str(out, ", in the window");
	if (x->plan.sample_rows)
		tryst_buf_printf(out, "; and at most %" PRIu32 " flows of its sample",
		                 x->plan.sample_rows);
}

static void
say(const struct explaining *x, struct tryst_buf *out)
{
	if (x->s.outside) {
		tryst_buf_str(out, "nothing: outside the window");
		return;
	}
	if (!x->wanted && x->plan.by_address && !x->plan.sample_rows) {
		tryst_buf_str(out, x->plan.codes ? "nothing: such flows are outside the window"
		                                 : "nothing: no flow of it has an address that is "
		                                   "wanted");
		return;
	}
	tryst_buf_printf(out, "%" PRIu32 " of %" PRIu32 " blocks, at most %" PRIu64 " bytes (",
	                 x->wanted, x->blocks, x->bytes);
	say_why(x, out);
	tryst_buf_char(out, ')');
	if (x->wanted && x->wanted < x->blocks && x->names.data)
		tryst_buf_printf(out, ": %s", x->names.data);
	out->failed |= x->names.failed;
}

bool
tryst_store_explain(const char *path, const struct tryst_request *req, struct tryst_buf *out)
{
	struct explaining x = { .s.base.request = *req };
	uint64_t size;
	struct tryst_error err;
	int fd = tryst_segment_find(path, &size);

	if (fd < 0)
		return false;
	if (tryst_segment_open(&x.s.segment, fd, size, path, &err) < 0) {
		tryst_buf_str(out, "cannot be read");
	} else {
		x.blocks = x.s.segment.info.blocks;
		if (tryst_segment_choose(&x.s, &x.plan, &err) == 0) {
			count_blocks(&x);
			say(&x, out);
		} else {
			tryst_buf_str(out, "cannot be read");
			out->failed |= err.code == TRYST_ERR_NOMEM;
		}
		tryst_segment_choice_free(&x.s);
		tryst_segment_close(&x.s.segment);
	}
	(void)close(fd);
	tryst_buf_fini(&x.names);
	return true;
}

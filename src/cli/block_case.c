/* SPDX-License-Identifier: Apache-2.0 */
/* Case files among the words of `tryst block`, and what a plan leaves out of them. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/block.h"
#include "cli/say.h"
#include "report/anonymize.h"

/* What is no file is not opened: what is read of a pipe is gone. */
bool
tryst_block_is_case(const char *path)
{
	char begin[256] = "";
	const char *at = begin;
	struct stat st;
	FILE *f;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	f = fopen(path, "re");
	if (!f)
		return false;
	begin[fread(begin, 1, sizeof(begin) - 1, f)] = '\0';
	(void)fclose(f);
	at += strspn(at, " \t\r\n");
	if (*at++ != '{')
		return false;
	at += strspn(at, " \t\r\n");
	return strncmp(at, "\"schema\"", strlen("\"schema\"")) == 0;
}

/* Home and exporters of an anonymized case are not there: nothing of it keeps the real ones safe.
 */
static int
case_check(const char *path, const struct tryst_case *c, struct tryst_error *err)
{
	for (size_t i = 0; i < c->caveat_count; i++) {
		if (strcmp(c->caveats[i], TRYST_ANONYMIZED) == 0)
			return tryst_error_set(err, TRYST_ERR_FORMAT,
			                       "%s: its addresses were replaced (--anonymize), and "
			                       "others have those that stand there: block by the "
			                       "case itself",
			                       path);
	}
	return 0;
}

int
tryst_block_case_load(struct tryst_case_file **out, const char *path, struct tryst_error *err)
{
	int rc = tryst_case_file_load(out, path, err);

	return rc == 0 ? case_check(path, tryst_case_file_case(*out), err) : rc;
}

int
tryst_block_evidence_read(const char *wanted, enum tryst_block_evidence *out,
                          struct tryst_error *err)
{
	static const char *const names[] = {
		[TRYST_BLOCK_PRODUCTIVE] = "productive",
		[TRYST_BLOCK_ANSWERED] = "answered",
		[TRYST_BLOCK_ANY] = "any",
	};

	*out = TRYST_BLOCK_PRODUCTIVE;
	for (unsigned i = 0; i < TRYST_ARRAY_SIZE(names) && wanted; i++) {
		if (strcmp(wanted, names[i]) == 0) {
			*out = (enum tryst_block_evidence)i;
			return 0;
		}
	}
	if (!wanted)
		return 0;
	return tryst_error_set(err, TRYST_ERR_USAGE,
	                       "--min-verdict: '%s' is none of productive, answered, any", wanted);
}

void
tryst_block_say_left(const struct tryst_block_plan *p)
{
	for (size_t i = 0; i < p->left_count; i++) {
		char ip[TRYST_IP_TEXT_MAX];

		(void)tryst_ip_format(p->left[i].ip, ip);
		tryst_say("left out: %s: %s", ip, p->left[i].why);
	}
}

void
tryst_block_say_empty(const struct tryst_block_plan *p, const struct tryst_words *words,
                      const char *what)
{
	const char *of = words->count == 1 ? words->list[0] : "the lists";
	size_t weak = 0;

	tryst_block_say_left(p);
	for (size_t i = 0; i < p->left_count; i++)
		weak += p->left[i].weak;
	if (!p->left_count)
		tryst_say("block: nothing to %s: %s name%s no host that was seen", what, of,
		          words->count == 1 ? "s" : "");
	else if (p->left_count == 1)
		tryst_say("block: nothing to %s: the one host of %s was left out (above)", what,
		          of);
	else
		tryst_say("block: nothing to %s: all %zu hosts of %s were left out (above)", what,
		          p->left_count, of);
	if (weak)
		tryst_say("block: --min-verdict any takes %zu of them, whatever the evidence; "
		          "victims never",
		          weak);
}

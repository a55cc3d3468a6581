/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/clash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AT(member) offsetof(struct tryst_settings, member)

/* What the settings name that is read. */
static const struct {
	size_t at; /* of struct tryst_words */
	const char *what;
} lists[] = {
	{ AT(watchlists), "a watchlist" },  { AT(inputs), "an input" },
	{ AT(likes), "a --like log" },      { AT(known), "a --known file" },
	{ AT(block.own), "an --own file" }, { AT(block.allowlists), "an --allowlist file" },
};

static const struct {
	size_t at; /* of a const char * */
	const char *what;
} singles[] = {
	{ AT(filter_file), "the --filter-file" },
	{ AT(anonymize_key), "the --anonymize-key" },
};

/* Which file a path is; of one that is not there, which it will be: its folder and its name. */
struct identity {
	dev_t dev;
	ino_t ino;
	const char *name; /* NULL: the file is there */
};

static bool
identify(const char *path, struct identity *id)
{
	const char *slash = strrchr(path, '/');
	char *folder;
	struct stat st;
	bool found;

	*id = (struct identity){ 0 };
	if (stat(path, &st) != 0) {
		folder = slash == path ? strdup("/")
		         : slash       ? strndup(path, (size_t)(slash - path))
		                       : strdup(".");
		found = folder && stat(folder, &st) == 0;
		free(folder);
		if (!found)
			return false;
		id->name = slash ? slash + 1 : path;
	} else if (!S_ISREG(st.st_mode)) {
		return false;
	}
	id->dev = st.st_dev;
	id->ino = st.st_ino;
	return true;
}

static bool
same(const struct identity *a, const struct identity *b)
{
	return a->dev == b->dev && a->ino == b->ino && !a->name == !b->name &&
	       (!a->name || strcmp(a->name, b->name) == 0);
}

/* Whether the output, which is there, is what is read by that name. */
static bool
reads(const struct identity *out, const char *path)
{
	struct stat st;

	return (strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &st) : stat(path, &st)) == 0 &&
	       st.st_dev == out->dev && st.st_ino == out->ino;
}

static bool
reads_any(const struct identity *out, const struct tryst_words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		if (reads(out, words->list[i]))
			return true;
	}
	return false;
}

/* What the output is of the run, or NULL: none of what is read. */
static const char *
clash(const struct identity *out, const struct tryst_settings *s, const struct tryst_inputs *inputs,
      const struct tryst_words *words)
{
	const char *settings = (const char *)s;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(lists); i++) {
		if (reads_any(out, (const struct tryst_words *)(settings + lists[i].at)))
			return lists[i].what;
	}
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(singles); i++) {
		const char *path = *(const char *const *)(settings + singles[i].at);

		if (path && reads(out, path))
			return singles[i].what;
	}
	for (size_t i = 0; inputs && i < inputs->count; i++) {
		if (reads(out, inputs->list[i]->path))
			return "an input";
	}
	return words && reads_any(out, words) ? "an input" : NULL;
}

int
tryst_clash_check(const struct tryst_clash_output *outputs, size_t count,
                  const struct tryst_settings *s, const struct tryst_inputs *inputs,
                  const struct tryst_words *words, struct tryst_error *err)
{
	for (size_t i = 0; i < count; i++) {
		const char *path = outputs[i].path, *what;
		struct identity id, other;

		if (!path || strcmp(path, "-") == 0 || !identify(path, &id))
			continue;
		what = id.name ? NULL : clash(&id, s, inputs, words);
		if (what)
			return tryst_error_set(err, TRYST_ERR_USAGE,
			                       "%s: %s is %s of this run: name another file",
			                       outputs[i].option, path, what);
		for (size_t k = 0; k < i; k++) {
			if (outputs[k].path && identify(outputs[k].path, &other) &&
			    same(&id, &other))
				return tryst_error_set(err, TRYST_ERR_USAGE,
				                       "%s: %s is what %s writes: name another "
				                       "file",
				                       outputs[i].option, path, outputs[k].option);
		}
	}
	return 0;
}

/* What is known beforehand to be no place for a file, before hours of reading. */
static int
place_check(const struct tryst_clash_output *o, struct tryst_error *err)
{
	struct identity id;
	struct stat st;

	if (!o->path || strcmp(o->path, "-") == 0)
		return 0;
	if (stat(o->path, &st) == 0)
		return !S_ISDIR(st.st_mode) ? 0
		                            : tryst_error_set(err, TRYST_ERR_IO,
		                                              "%s: %s is a directory: name a file",
		                                              o->option, o->path);
	return identify(o->path, &id)
	               ? 0
	               : tryst_error_set(err, TRYST_ERR_IO,
	                                 "%s: %s: there is no such directory to write it to",
	                                 o->option, o->path);
}

int
tryst_clash_check_case(const struct tryst_settings *s, const struct tryst_inputs *inputs,
                       struct tryst_error *err)
{
	const struct tryst_clash_output outputs[] = { { "--save", s->save },
		                                      { "--report", s->report } };

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(outputs); i++) {
		int rc = place_check(&outputs[i], err);

		if (rc < 0)
			return rc;
	}
	return tryst_clash_check(outputs, TRYST_ARRAY_SIZE(outputs), s, inputs, NULL, err);
}

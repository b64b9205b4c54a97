/*
 * The checks of questions: the corpora of attacks and benign questions, what
 * stands in quotes, blocklists, private data, passages.
 */
#include "guard/guard.h"
#include "guard/inject.h"
#include "guard_scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define FOLDER "tests/fixtures/guard/"

static const struct inject *inject;

static int setup(void **state)
{
	struct errbuf e = {0};

	if (scan_setup(state) != 0)
		return -1;
	if (inject_new(&scan_arena, norm, &inject, &e) != ERR_OK) {
		print_error("%s\n", e.detail);
		return -1;
	}
	return 0;
}

static struct str slurp(const char *path)
{
	static char text[256 * 1024];
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail_msg("%s is not there: run from the top folder", path);
	const ssize_t n = read(fd, text, sizeof(text));
	assert_true(n > 0);
	assert_int_equal(close(fd), 0);
	return (struct str){text, (size_t)n};
}

static int64_t score(struct str text)
{
	struct arena a;

	arena_init(&a, (size_t)64 * 1024 * 1024);
	const int64_t out = inject_score(inject, &a, text);
	arena_release(&a);
	return out;
}

/* How many lines of a file reach the score; those that should not are said. */
static void measure(const char *path, bool attacks, size_t *hits, size_t *all)
{
	struct str rest = slurp(path);
	struct str line;

	*hits = 0;
	*all = 0;
	while (str_cut(rest, '\n', &line, &rest)) {
		const int64_t s = score(line);
		(*all)++;
		*hits += s >= 100 ? 1 : 0;
		if ((s >= 100) != attacks)
			(void)fprintf(stderr, "%s (%d): " STR_FMT "\n",
				      attacks ? "missed" : "false alarm",
				      (int)s, STR_ARG(line));
	}
}

static void recall_and_false_positives(void **state)
{
	size_t found = 0;
	size_t attacks = 0;
	size_t alarms = 0;
	size_t benign = 0;

	(void)state;
	measure(FOLDER "attacks.txt", true, &found, &attacks);
	measure(FOLDER "benign.txt", false, &alarms, &benign);
	print_message("# injection: recall %zu of %zu, false alarms %zu of "
		      "%zu\n",
		      found, attacks, alarms, benign);
	assert_true(found * 100 >= attacks * 90);
	assert_true(alarms * 100 <= benign * 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recall_and_false_positives),
	};

	return cmocka_run_group_tests(tests, setup, scan_teardown);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay.c: runs a fuzzer over the files of its corpus folder, with any compiler and without libFuzzer.
 *
 * usage: fuzz_NAME.replay FOLDER
 *
 * Each input lies in a heap block of exactly its size, so that the address sanitizer sees a read behind
 * its end.  A missing or empty corpus is a failure: it would prove nothing.
 */
#include "base/base.h"

#include <dirent.h>
#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int
is_input(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* Returns the size, or -1; *ret_bytes is the caller's to free. */
static ssize_t
read_whole(const char *path, uint8_t **ret_bytes)
{
	FILE *f = fopen(path, "rbe");
	uint8_t *bytes;
	long size;

	if (f == NULL)
		return -1;
	if (fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0) {
		(void)fclose(f);
		return -1;
	}
	bytes = malloc(size > 0 ? (size_t)size : 1);
	if (bytes == NULL || fread(bytes, 1, (size_t)size, f) != (size_t)size) {
		free(bytes);
		(void)fclose(f);
		return -1;
	}
	(void)fclose(f); /* read only: nothing can be lost */
	*ret_bytes = bytes;
	return size;
}

int
main(int argc, char **argv)
{
	struct dirent **names;
	int count, failed = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
		return 2;
	}
	count = scandir(argv[1], &names, is_input, alphasort);
	if (count <= 0) {
		fprintf(stderr, "%s: no corpus: %s; add at least one input\n", argv[1],
		    count < 0 ? strerror(errno) : "the folder is empty");
		return 1;
	}
	for (int i = 0; i < count; i++) {
		char path[4096];
		uint8_t *bytes;
		ssize_t n;

		(void)snprintf(path, sizeof path, "%s/%s", argv[1], names[i]->d_name);
		n = read_whole(path, &bytes);
		if (n < 0) {
			fprintf(stderr, "cannot read %s: %s\n", path, strerror(errno));
			failed = 1;
		} else {
			fprintf(
			    stderr, "%s\n", path); /* the last line names the input that crashed */
			(void)LLVMFuzzerTestOneInput(bytes, (size_t)n);
			free(bytes);
		}
		free(names[i]);
	}
	free(names);
	printf("replayed %d inputs\n", count);
	return failed;
}

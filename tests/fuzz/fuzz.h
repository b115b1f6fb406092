/* SPDX-License-Identifier: MIT */
/*
 * What the libFuzzer targets share. A target gets its input as a string that ends exactly where
 * its memory ends, so that reading or writing past it is seen; CHECK() is how it says that a
 * promise of pidone.h does not hold.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(promise)                                                                             \
	do {                                                                                       \
		if (!(promise)) {                                                                  \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #promise);      \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input up to its first NUL, in memory of just its size; to be freed. */
static inline char *fuzz_string(const uint8_t *data, size_t size)
{
	size_t len = strnlen((const char *)data, size);
	char *text = malloc(len + 1);

	CHECK(text);
	memcpy(text, data, len);
	text[len] = '\0';
	return text;
}

/* True where all of text is digits, and some. */
static inline int fuzz_digits(const char *text, size_t len)
{
	return len > 0 && strspn(text, "0123456789") >= len;
}

#endif

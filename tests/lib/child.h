/* SPDX-License-Identifier: MIT */
/*
 * Unit tests whose body would disturb Criterion (masks, descriptors, limits, children) run it in a
 * child of the test.
 */
#ifndef CHILD_H
#define CHILD_H

/* prepare(), which may be NULL, and body() in a child. The test fails unless body() returns 0. */
void in_child(void (*prepare)(void), int (*body)(void));

/* In a body: returns n, the number of the check that failed. */
#define CHECK(n, condition)                                                                        \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return n;                                                                  \
	} while (0)

#endif

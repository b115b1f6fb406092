/* SPDX-License-Identifier: MIT */
/* What the processes of tree.c tell the end-to-end fuzzer. */
#ifndef TREE_H
#define TREE_H

enum { TREE_FD = 9 };

enum {
	TREE_MAIN,    /* main is there, and waits for a word */
	TREE_LOGGING, /* main has blocked all signals and reports them */
	TREE_SIGNAL,  /* main took signal `value` */
	TREE_WAITING  /* the sender waits for ever, from now on */
};

struct tree_message {
	int what;
	int value;
};

#endif

/* SPDX-License-Identifier: MIT */
/* parse_status_list: which lists it takes, and just which bits it sets. */
#define _GNU_SOURCE
#include "fuzz.h"
#include "pidone.h"

/* One item, cut out of the list: its bits are set in `set`. False where it is none. */
static bool oracle_item(const char *item, unsigned char set[256])
{
	unsigned long first, last;
	size_t digits = strspn(item, "0123456789");

	if (digits > 0) {
		first = last = strtoul(item, NULL, 10);
		if (item[digits] == '-') {
			if (!fuzz_digits(item + digits + 1, strlen(item + digits + 1)))
				return false;
			last = strtoul(item + digits + 1, NULL, 10);
		} else if (item[digits]) {
			return false;
		}
	} else {
		/* The product's buffer is for a signal's name: what is longer is none. */
		if (strlen(item) >= SIGNAL_NAME_MAX || !signal_number(item))
			return false;
		first = last = 128 + (unsigned long)signal_number(item);
	}
	if (last > 255 || first > last)
		return false;
	memset(set + first, 1, last - first + 1);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The first byte chooses what is set before: an option can be given again. */
	unsigned char before = size ? data[0] : 0;
	char *list = fuzz_string(size ? data + 1 : data, size ? size - 1 : 0);
	char *copy = strdup(list), *rest = copy;
	unsigned char *set = malloc(32), want[256];
	bool good = true;

	CHECK(set && copy);
	memset(set, before, 32);
	for (int status = 0; status < 256; status++)
		want[status] = before >> status % 8 & 1;
	for (char *item; good && (item = strsep(&rest, ","));)
		good = oracle_item(item, want);
	CHECK(parse_status_list(list, set) == good);
	/* Also after a mistake: what stood before it may be set, nothing else. */
	for (int status = 0; status < 256; status++) {
		CHECK((set[status / 8] >> status % 8 & 1) == want[status]);
		if (good)
			CHECK(remap_status(status, set) == (want[status] ? 0 : status));
	}
	free(set);
	free(copy);
	free(list);
	return 0;
}

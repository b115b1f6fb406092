/* SPDX-License-Identifier: MIT */
/* What an ELF file says about itself. Whatever is in it, it cannot make init read out of bounds. */

#define _GNU_SOURCE
#include "pidone.h"

#include <elf.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

ssize_t read_head(int fd, uint64_t offset, char data[HEAD_SIZE])
{
	memset(data, 0, HEAD_SIZE);
	return pread(fd, data, HEAD_SIZE - 1, (off_t)offset);
}

uint64_t number_at(const char *at, size_t bytes, bool big_endian)
{
	uint64_t number = 0;

	for (size_t i = 0; i < bytes; i++)
		number = number << 8 | (unsigned char)at[big_endian ? i : bytes - 1 - i];
	return number;
}

bool is_elf(const char *data)
{
	return strncmp(data, ELFMAG, SELFMAG) == 0;
}

void add_elf_machine(struct text *line, const char *data)
{
	enum { WIDE = ELFCLASS64, NARROW = ELFCLASS32, LITTLE = ELFDATA2LSB, BIG = ELFDATA2MSB };
	static const struct {
		unsigned char number;
		char class, order, name[9];
	} machines[] = {
		{ EM_X86_64, WIDE, LITTLE, "x86-64" }, { EM_386, NARROW, LITTLE, "i386" },
		{ EM_AARCH64, WIDE, LITTLE, "arm64" }, { EM_ARM, NARROW, LITTLE, "arm" },
		{ EM_PPC64, WIDE, LITTLE, "ppc64le" }, { EM_S390, WIDE, BIG, "s390x" },
		{ EM_MIPS, WIDE, LITTLE, "mips64el" }, { EM_MIPS, WIDE, BIG, "mips64" },
		{ 243, WIDE, LITTLE, "riscv64" },
	};
	/* The ELF header of this program, which runs on this machine. */
	extern const char __ehdr_start[] __attribute__((visibility("hidden")));
	static struct utsname this;
	int number = (int)number_at(data + 18, 2, data[EI_DATA] == ELFDATA2MSB);
	size_t i = 0;

	if (strncmp(data, __ehdr_start, EI_VERSION) == 0 && data[18] == __ehdr_start[18] &&
	    data[19] == __ehdr_start[19]) {
		text_add(line, ": it is an ELF file of this machine");
		return;
	}
	while (i < sizeof machines / sizeof machines[0] &&
	       (machines[i].number != number || machines[i].class != data[EI_CLASS] ||
		machines[i].order != data[EI_DATA]))
		i++;
	if (i < sizeof machines / sizeof machines[0])
		text_add(line, ": it is for %s", machines[i].name);
	else
		text_add(line, ": it is for ELF machine %d", number);
	if (uname(&this) == 0)
		text_add(line, ", this machine is %s", this.machine);
}

bool has_elf_loader(struct text *line, int fd, char data[HEAD_SIZE], char name[TEXT_MAX])
{
	bool big = data[EI_DATA] == ELFDATA2MSB;
	size_t wide = data[EI_CLASS] == ELFCLASS64; /* the offsets in both classes: <elf.h> */
	size_t word = 4 + 4 * wide, step = 32 + 24 * wide;
	uint64_t headers = number_at(data + 44 + 12 * wide, 2, big);

	read_head(fd, number_at(data + 28 + 4 * wide, word, big), data);
	for (size_t at = 0; headers-- > 0 && at + step <= HEAD_SIZE; at += step) {
		const char *header = data + at;
		uint64_t len = number_at(header + word * 4, word, big);
		if (number_at(header, 4, big) != PT_INTERP)
			continue;
		memset(name, 0, TEXT_MAX);
		if (len >= TEXT_MAX ||
		    pread(fd, name, (size_t)len, (off_t)number_at(header + word, word, big)) <= 0 ||
		    !*name)
			return false;
		const char *base = base_name(name);
		text_add(line, ": its loader is '%s'%s", name,
			 strncmp(base, "ld-musl-", 8) == 0 ? " (it was built for musl)"
			 : strncmp(base, "ld-linux", 8) == 0 || strncmp(base, "ld64.so.", 8) == 0
				 ? " (it was built for glibc)"
				 : "");
		return true;
	}
	return false;
}

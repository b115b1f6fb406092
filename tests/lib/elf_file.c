/* SPDX-License-Identifier: MIT */
#include "elf_file.h"

#include <stdbool.h>
#include <string.h>

size_t elf_file(unsigned char file[ELF_MAX], int machine, int class, int order, const char *loader)
{
	bool wide = class == ELFCLASS64, big = order == ELFDATA2MSB;
	size_t header = wide ? 64 : 52, step = wide ? 56 : 32, word = wide ? 8 : 4;
	size_t len = loader ? strlen(loader) + 1 : 0, at = header + step;
	const struct {
		size_t at, size, value;
	} numbers[] = {
		{ 16, 2, ET_DYN },
		{ 18, 2, (size_t)machine },
		{ 20, 4, EV_CURRENT },
		{ wide ? 32 : 28, word, header }, /* e_phoff */
		{ wide ? 52 : 40, 2, header },	  /* e_ehsize */
		{ wide ? 54 : 42, 2, step },	  /* e_phentsize */
		{ wide ? 56 : 44, 2, 1 },	  /* e_phnum */
		{ header, 4, loader ? PT_INTERP : PT_LOAD },
		{ header + word, word, at },	  /* p_offset */
		{ header + 4 * word, word, len }, /* p_filesz */
	};

	memset(file, 0, ELF_MAX);
	memcpy(file, ELFMAG, SELFMAG);
	file[EI_CLASS] = (unsigned char)class;
	file[EI_DATA] = (unsigned char)order;
	file[EI_VERSION] = EV_CURRENT;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		for (size_t b = 0; b < numbers[i].size; b++)
			file[numbers[i].at + (big ? numbers[i].size - 1 - b : b)] =
				(unsigned char)(numbers[i].value >> (8 * b));
	if (loader)
		memcpy(file + at, loader, len);
	return at + len;
}

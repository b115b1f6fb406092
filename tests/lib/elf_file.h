/* SPDX-License-Identifier: MIT */
/* ELF files of any machine, made by hand: as much of a program as explain.c looks at. */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include <elf.h>
#include <stddef.h>

enum { ELF_MAX = 1024 };

/*
 * A header and one program header, for the loader where one is given (at most 800 characters).
 * Returns the file's length; class and order are ELFCLASS... and ELFDATA....
 */
size_t elf_file(unsigned char file[ELF_MAX], int machine, int class, int order, const char *loader);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * SCENARIO(name, VARIANTS, sane, fields...) { what is played on stage s }: one Criterion test for
 * each variant, a shell and a mode, and a row of docs/terminal.md.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include "tests/terminal/stage.h"

#include <criterion/criterion.h>
#include <stddef.h>

/* All variants, for the table: a program with the same scenarios prints it. */
extern const struct variant *variants[];
extern size_t variant_count;
void add_variant(const struct variant *variant);

/* Plays it without an init and with pidone, and compares. */
void check(const struct variant *variant);

#define VARIANT(name_, shell_, mode_)                                                              \
	static const struct variant name_##_##shell_##_##mode_ = { &scenario_##name_, #shell_,     \
								   mode_ };                        \
	__attribute__((constructor)) static void add_##name_##_##shell_##_##mode_(void)            \
	{                                                                                          \
		add_variant(&name_##_##shell_##_##mode_);                                          \
	}                                                                                          \
	Test(terminal, name_##_in_##shell_##_as_##mode_, .timeout = 120)                           \
	{                                                                                          \
		check(&name_##_##shell_##_##mode_);                                                \
	}

#define SHELLS(name_, mode_)                                                                       \
	VARIANT(name_, bash, mode_)                                                                \
	VARIANT(name_, dash, mode_)                                                                \
	VARIANT(name_, zsh, mode_)                                                                 \
	VARIANT(name_, ash, mode_)

/* Under a shell, in all shells, and where the shell makes no difference. */
#define JOB(name_) SHELLS(name_, subreaper) SHELLS(name_, pid_1_in_foreign_group)
#define JOB_NOT_PID_1(name_) SHELLS(name_, subreaper)
#define JOB_PID_1(name_) SHELLS(name_, pid_1_in_foreign_group)
#define JOB_IN_BASH(name_)                                                                         \
	VARIANT(name_, bash, subreaper) VARIANT(name_, bash, pid_1_in_foreign_group)
#define JOB_IN_BASH_NOT_PID_1(name_) VARIANT(name_, bash, subreaper)
/* As the session's leader. */
#define LEADER(name_) VARIANT(name_, dash, leader) VARIANT(name_, dash, pid_1_as_leader)
#define LEADER_NOT_PID_1(name_) VARIANT(name_, dash, leader)
#define LEADER_WITH_SHELLS(name_) SHELLS(name_, leader) SHELLS(name_, pid_1_as_leader)

#define SCENARIO(name_, variants_, sane_, ...)                                                     \
	static void play_##name_(struct stage *s);                                                 \
	static const struct scenario scenario_##name_ = {                                          \
		.name = #name_, .play = play_##name_, .sane = sane_, ##__VA_ARGS__                 \
	};                                                                                         \
	variants_(name_) static void play_##name_(struct stage *s)

#endif

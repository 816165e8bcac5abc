// posix_spawn, with what glibc's <spawn.h> shows to those alone who define _GNU_SOURCE, as Swift's import does not.
#pragma once
#include <spawn.h>

int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

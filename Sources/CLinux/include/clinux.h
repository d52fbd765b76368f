// The Linux calls and macros that Swift's Glibc module does not import.
#ifndef CLINUX_H
#define CLINUX_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

// Glibc's module hides GNU extensions: these are the same functions under names of our own.
int clinux_accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
void *clinux_memmem(const void *haystack, size_t haystack_size, const void *needle, size_t needle_size);
int clinux_memfd_create(const char *name, unsigned int flags);
int clinux_pipe2(int descriptors[2], int flags);

#endif

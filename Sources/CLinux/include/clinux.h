// The Linux calls and macros that Swift's Glibc module does not import.
#ifndef CLINUX_H
#define CLINUX_H
// Not _GNU_SOURCE here: it changes the layout names of structures (fd_set, …) that Swift's Glibc module has seen without it.
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

// epoll: the flags are an enum and macros that do not import, and struct epoll_event is packed and holds a union.
static const uint32_t CLINUX_EPOLLIN = EPOLLIN;
static const uint32_t CLINUX_EPOLLOUT = EPOLLOUT;
static const uint32_t CLINUX_EPOLLERR = EPOLLERR;
static const uint32_t CLINUX_EPOLLHUP = EPOLLHUP;
static const uint32_t CLINUX_EPOLLRDHUP = EPOLLRDHUP;
static const uint32_t CLINUX_EPOLLET = EPOLLET;
static const uint32_t CLINUX_EPOLLEXCLUSIVE = EPOLLEXCLUSIVE;

static inline int clinux_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token) {
  struct epoll_event event;
  event.events = events;
  event.data.u64 = token;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

static inline int clinux_epoll_delete(int epoll, int descriptor) {
  return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, 0);
}

static inline uint32_t clinux_epoll_events(const struct epoll_event *event) { return event->events; }
static inline uint64_t clinux_epoll_token(const struct epoll_event *event) { return event->data.u64; }

// malloc.h is not part of Swift's Glibc. Gives free pages back to the system; 1 when there were any.
int clinux_malloc_trim(void);

#endif

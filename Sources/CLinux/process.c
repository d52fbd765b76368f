#define _GNU_SOURCE
#include "clinux_process.h"
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

ssize_t clinux_send_packet(int socket, const void *bytes, size_t size, int descriptor) {
  struct iovec vector = {(void *)bytes, size};
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  struct msghdr message = {0};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.space;
    message.msg_controllen = sizeof control.space;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL);
}

ssize_t clinux_receive_packet(int socket, void *bytes, size_t size, int *descriptor) {
  struct iovec vector = {bytes, size};
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  struct msghdr message = {0};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control.space;
  message.msg_controllen = sizeof control.space;
  *descriptor = -1;
  ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (received < 0) return received;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
      memcpy(descriptor, CMSG_DATA(header), sizeof(int));
  }
  return received;
}

int clinux_die_with_parent(int signal, pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, signal) != 0) return -1;
  // The parent may have ended before the call.
  return getppid() == parent ? 0 : -1;
}

long clinux_peer_user(int socket) {
  struct ucred credentials;
  socklen_t size = sizeof credentials;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return -1;
  return (long)credentials.uid;
}

long clinux_descriptor_limit(pid_t process) {
  struct rlimit limits;
  if (prlimit(process, RLIMIT_NOFILE, NULL, &limits) != 0) return -1;
  return limits.rlim_cur > (rlim_t)INT32_MAX ? INT32_MAX : (long)limits.rlim_cur;
}

static _Bool is_connection(int descriptor) {
  int domain = 0;
  socklen_t size = sizeof domain;
  if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) return 0;
  return (domain == AF_INET || domain == AF_INET6) && (fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
}

void clinux_close_connections(void) {
  // Neither opendir() nor anything else that allocates: another thread may hold the lock of the heap, for ever here.
  int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  struct entry {
    uint64_t node;
    int64_t next;
    uint16_t size;
    uint8_t type;
    char name[];
  };
  _Alignas(struct entry) char buffer[4096];
  long read;
  while ((read = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0) {
    for (long place = 0; place < read;) {
      const struct entry *entry = (const void *)(buffer + place);
      int descriptor = 0;
      const char *digit = entry->name;
      while (*digit >= '0' && *digit <= '9') descriptor = descriptor * 10 + (*digit++ - '0');
      if (digit != entry->name && descriptor != folder && is_connection(descriptor)) close(descriptor);
      place += entry->size;
    }
  }
  close(folder);
}

// What processes need of each other: descriptors over sockets, and a parent's death.
#ifndef CLINUX_PROCESS_H
#define CLINUX_PROCESS_H
#include <stddef.h>
#include <sys/types.h>

// Sends one packet, with a descriptor when it is not -1. Like send(): -1 and errno on failure.
ssize_t clinux_send_packet(int socket, const void *bytes, size_t size, int descriptor);
// Receives one packet; *descriptor is -1 when none came with it. Like recv().
ssize_t clinux_receive_packet(int socket, void *bytes, size_t size, int *descriptor);
// The process is killed when the thread that started it ends (PR_SET_PDEATHSIG); -1 when the parent is gone already.
int clinux_die_with_parent(int signal, pid_t parent);

// The user that the other end of a Unix domain socket runs as; -1 when it cannot be told.
long clinux_peer_user(int socket);

// How many descriptors a process may have open, as it is for itself now; -1 when that cannot be told.
long clinux_descriptor_limit(pid_t process);

// In a child of fork(): closes the connections that its parent has, listening sockets among them, which it would keep open. Those
// that would go to a program the child starts stay. Safe in a child of a process with several threads.
void clinux_close_connections(void);

#endif

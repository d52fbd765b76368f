// Many event streams at once, both ends of them in one process and thread: the upstream that writes the events, each
// with the time at which it was written in its text, and the clients that read them and note how long each was under way.
//
//   streams PORT RATE
//
// listens on PORT of the loopback as the upstream, which answers every request with a stream of chat completion chunks,
// and takes commands from standard input, one a line, each answered with one line:
//
//   open PORT COUNT FILE   opens COUNT streams at PORT by sending the bytes of FILE, and waits for the first event of each
//   run SECONDS            writes RATE events a second into each stream, evenly spread; tells what came through, and when
//   close                  ends all streams as the upstream, and waits until the clients have seen it
//
// It never sleeps while streams run: what it measures must not be its own waking up.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 8192, CARRY = 32, AT_ONCE = 16 };

// Stands before the sixteen hexadecimal digits of the time.
static const char MARK[] = "at time ";

static const char HEAD[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Request-Id: 8c7d1e7a-1f0c-9d0e-b2f1-2d2f0b6a2b11\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";
static const char EVENT[] =
    "data: {\"choices\":[{\"delta\":{\"content\":\"at time %016llx\"},\"finish_reason\":null,\"index\":0,"
    "\"logprobs\":null}],\"object\":\"chat.completion.chunk\",\"usage\":null,\"created\":1760000000,"
    "\"system_fingerprint\":null,\"model\":\"qwen-plus\",\"id\":\"chatcmpl-8c7d1e7a-1f0c-9d0e-b2f1-2d2f0b6a2b11\"}\n\n";
static const char LAST[] =
    "data: {\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"stop\",\"index\":0,\"logprobs\":null}],"
    "\"object\":\"chat.completion.chunk\",\"usage\":null,\"created\":1760000000,\"system_fingerprint\":null,"
    "\"model\":\"qwen-plus\",\"id\":\"chatcmpl-8c7d1e7a-1f0c-9d0e-b2f1-2d2f0b6a2b11\"}\n\n"
    "data: {\"choices\":[],\"object\":\"chat.completion.chunk\",\"usage\":{\"prompt_tokens\":12000,"
    "\"completion_tokens\":200,\"total_tokens\":12200},\"created\":1760000000,\"system_fingerprint\":null,"
    "\"model\":\"qwen-plus\",\"id\":\"chatcmpl-8c7d1e7a-1f0c-9d0e-b2f1-2d2f0b6a2b11\"}\n\ndata: [DONE]\n\n";

enum role { NOBODY, UPSTREAM, CLIENT };

// What is known of a descriptor.
static struct end {
  enum role role;
  int answered;        // upstream: the stream was begun
  size_t head, wanted; // upstream: bytes of the request so far, and of all of it once its head is known
  char *request;       // upstream: its head, as far as it came
  int carried, begun, ended;
  char carry[CARRY];   // client: the last bytes, in which a mark or the end may have been cut
} ends[3 * MOST];

static int poller, streams[MOST], stream_count, begun, ended;
static uint32_t *delays;
static size_t delay_count, delay_capacity;

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void fail(const char *what) {
  printf("failed: %s: %s\n", what, strerror(errno));
  fflush(stdout);
  exit(1);
}

static void watch(int fd, enum role role) {
  if (fd >= 3 * MOST) fail("too many descriptors");
  ends[fd] = (struct end){.role = role};
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
}

// The sockets' buffers are far from full: what cannot be written at once shows that the reader hangs.
static void put(int fd, const char *bytes, size_t count) {
  if (send(fd, bytes, count, MSG_NOSIGNAL) != (ssize_t)count) fail("an upstream's event could not be written");
}

static void put_chunk(int fd, const char *bytes, size_t count, const char *rest) {
  char chunk[2048];
  int length = snprintf(chunk, sizeof chunk, "%zx\r\n%.*s\r\n%s", count, (int)count, bytes, rest);
  put(fd, chunk, (size_t)length);
}

static void put_event(int fd) {
  char event[1024];
  int length = snprintf(event, sizeof event, EVENT, (unsigned long long)now());
  put_chunk(fd, event, (size_t)length, "");
}

// The upstream's side: answers when the request is there.
static void serve(int fd) {
  static char bytes[65536];
  struct end *end = &ends[fd];
  ssize_t count = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    end->role = NOBODY;
    free(end->request);
    close(fd);
    return;
  }
  end->head += (size_t)count;
  if (!end->wanted) {
    if (!end->request) end->request = calloc(1, 16384);
    size_t have = strlen(end->request);
    size_t taken = (size_t)count < 16383 - have ? (size_t)count : 16383 - have;
    memcpy(end->request + have, bytes, taken);
    char *blank = strstr(end->request, "\r\n\r\n");
    if (!blank) return;
    char *length = strcasestr(end->request, "\r\ncontent-length:");
    end->wanted = (size_t)(blank + 4 - end->request) + (length && length < blank ? strtoul(length + 17, NULL, 10) : 0);
    free(end->request);
    end->request = NULL;
  }
  if (end->head < end->wanted || end->answered) return;
  end->answered = 1;
  if (stream_count == MOST) fail("too many streams");
  streams[stream_count++] = fd;
  put(fd, HEAD, sizeof HEAD - 1);
  put_event(fd);
}

static void note(uint64_t delay) {
  if (delay_count == delay_capacity) return;
  delays[delay_count++] = delay > UINT32_MAX ? UINT32_MAX : (uint32_t)delay;
}

// The client's side: finds the times in what comes, and the end.
static void take(int fd) {
  static char bytes[CARRY + 65536 + 1];
  struct end *end = &ends[fd];
  memcpy(bytes, end->carry, (size_t)end->carried);
  ssize_t count = recv(fd, bytes + end->carried, 65536, MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) fail("a client's stream was cut off");
  uint64_t time = now();
  size_t length = (size_t)end->carried + (size_t)count, place = 0;
  bytes[length] = 0;
  if (!end->begun && !end->carried && length >= 12 && strncmp(bytes + 9, "200", 3)) {
    printf("failed: a client got %.*s\n", (int)(length < 800 ? length : 800), bytes);
    exit(1);
  }
  while (1) {
    char *mark = memmem(bytes + place, length - place, MARK, sizeof MARK - 1);
    if (!mark || mark + sizeof MARK - 1 + 16 > bytes + length) break;
    char digits[17] = {0};
    memcpy(digits, mark + sizeof MARK - 1, 16);
    note(time - strtoull(digits, NULL, 16));
    place = (size_t)(mark - bytes) + sizeof MARK - 1 + 16;
    if (!end->begun) {
      end->begun = 1;
      begun++;
    }
  }
  if (length - place >= 5 && !memcmp(bytes + length - 5, "0\r\n\r\n", 5)) {
    end->ended = 1;
    ended++;
    end->role = NOBODY;
    close(fd);
    return;
  }
  size_t left = length - place < CARRY ? length - place : CARRY;
  memcpy(end->carry, bytes + length - left, left);
  end->carried = (int)left;
}

// Handles what is ready; waits so many milliseconds for it.
static void turn(int listener, int patience) {
  struct epoll_event events[AT_ONCE];
  int count = epoll_wait(poller, events, AT_ONCE, patience);
  for (int place = 0; place < count; place++) {
    int fd = events[place].data.fd;
    if (fd == listener) {
      int fresh = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
      if (fresh < 0) fail("accept");
      int yes = 1;
      setsockopt(fresh, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      watch(fresh, UPSTREAM);
    } else if (ends[fd].role == UPSTREAM) {
      serve(fd);
    } else if (ends[fd].role == CLIENT) {
      take(fd);
    }
  }
}

static void open_streams(int listener, int port, int count, const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) fail(path);
  static char request[1 << 20];
  size_t size = fread(request, 1, sizeof request, file);
  fclose(file);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  begun = ended = stream_count = 0;
  uint64_t deadline = now() + 120000000000u;
  for (int opened = 0; begun < count;) {
    // A few at a time, as clients come: all at once would measure the peak of their requests.
    if (opened < count && opened - begun < AT_ONCE) {
      int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      int room = 1 << 20;
      setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
      if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
      watch(fd, CLIENT);
      // One that would block waits for the gateway or, when there is none between, for this very thread.
      size_t sent = 0;
      while (sent < size) {
        ssize_t part = send(fd, request + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (part > 0) sent += (size_t)part;
        else if (part < 0 && errno != EAGAIN) fail("a request could not be written");
        else turn(listener, 1);
      }
      opened++;
    }
    turn(listener, opened < count && opened - begun < AT_ONCE ? 0 : 10);
    if (now() > deadline) {
      errno = ETIMEDOUT;
      fail("not all streams began");
    }
  }
}

static int by_size(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return a < b ? -1 : a > b;
}

static double percentile(double part) {
  return delay_count ? delays[(size_t)((double)(delay_count - 1) * part)] / 1000.0 : 0;
}

static void run(int listener, int rate, double seconds) {
  uint64_t total = (uint64_t)(seconds * rate * stream_count), sent = 0, late = 0;
  delay_capacity = total + 16;
  delays = realloc(delays, delay_capacity * sizeof *delays);
  delay_count = 0;
  uint64_t begin = now();
  double gap = 1e9 / ((double)rate * stream_count);
  while (sent < total) {
    uint64_t time = now();
    // One at a time: what the client has to read waits for one event at most.
    if ((double)(time - begin) >= gap * (double)sent) {
      double behind = (double)(time - begin) - gap * (double)sent;
      if (behind > 1e6) late++;
      put_event(streams[sent++ % (uint64_t)stream_count]);
    }
    turn(listener, 0);
  }
  uint64_t end = now();
  for (uint64_t deadline = end + 5000000000u; delay_count < sent && now() < deadline;) turn(listener, 1);
  qsort(delays, delay_count, sizeof *delays, by_size);
  printf("{\"sent\": %llu, \"received\": %zu, \"seconds\": %.3f, \"late\": %llu, \"p50\": %.1f, \"p90\": %.1f, "
         "\"p99\": %.1f, \"p999\": %.1f, \"most\": %.1f}\n", (unsigned long long)sent, delay_count,
         (double)(end - begin) / 1e9, (unsigned long long)late, percentile(0.5), percentile(0.9), percentile(0.99),
         percentile(0.999), percentile(1));
}

static void close_streams(int listener) {
  int count = stream_count;
  for (int place = 0; place < count; place++) {
    put_chunk(streams[place], LAST, sizeof LAST - 1, "0\r\n\r\n");
    turn(listener, 0);
    ends[streams[place]] = (struct end){.role = UPSTREAM};
  }
  for (uint64_t deadline = now() + 30000000000u; ended < count;) {
    turn(listener, 10);
    if (now() > deadline) {
      errno = ETIMEDOUT;
      fail("not all streams ended");
    }
  }
  stream_count = 0;
  printf("closed\n");
}

int main(int count, char *arguments[]) {
  if (count != 3) return 2;
  int rate = atoi(arguments[2]), yes = 1;
  setvbuf(stdout, NULL, _IOLBF, 0);
  poller = epoll_create1(EPOLL_CLOEXEC);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[1])),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) fail("listen");
  watch(listener, NOBODY);
  delay_capacity = 1 << 16;
  delays = malloc(delay_capacity * sizeof *delays);

  // Commands come while nothing is measured; connections are still served meanwhile.
  fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
  char line[4096];
  size_t length = 0;
  while (1) {
    ssize_t part = read(0, line + length, sizeof line - 1 - length);
    if (part == 0) return 0;
    if (part > 0) length += (size_t)part;
    line[length] = 0;
    if (!strchr(line, '\n')) {
      turn(listener, 5);
      continue;
    }
    length = 0;
    int port, number;
    double seconds;
    char path[4000];
    if (sscanf(line, "open %d %d %3999s", &port, &number, path) == 3) {
      open_streams(listener, port, number, path);
      printf("opened\n");
    } else if (sscanf(line, "run %lf", &seconds) == 1) {
      run(listener, rate, seconds);
    } else if (!strncmp(line, "close", 5)) {
      close_streams(listener);
    } else {
      printf("failed: unknown command %s", line);
    }
  }
}

/*
 * A disk that fails: a library to preload. It counts the calls that change or load files below a folder, and lets one
 * fail.
 *
 *   FAULT_UNDER    the folder
 *   FAULT_COUNTER  a file of four numbers of 8 bytes, in which calls are counted: writes, loads, opens, and those at
 *                  which a fault struck
 *   FAULT_CALLS    which of them FAULT_AT counts: 0 writes, 1 loads (opened for reading, and read), 2 every open
 *   FAULT_AT       the call that fails, from 1 on; 0 for none
 *   FAULT_ERRNO    its error
 *   FAULT_STICKY   1: the calls after it fail too, as on a full disk
 *   FAULT_PARTIAL  1: a write that fails first writes its half
 *   FAULT_SHORT    1: a read gives nothing, as at the end of a file; not of a database, which trusts its disk
 *
 * In place of an error:
 *
 *   FAULT_SIGNAL   the process gets this signal before the call
 *   FAULT_CLOCK    seconds by which the clock of the day is moved from that call on
 *   FAULT_MOVE     this file or folder is moved to FAULT_TO before the call
 *   FAULT_WORKER   1: all of this only in the processes that a supervisor started
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const char *under;
static size_t under_length;
enum calls { WRITES, LOADS, OPENS, STRUCK, KINDS };
static long kind, fail_at, fail_errno, sticky, partial, is_short, shift, signal_number;
static const char *move_from, *move_to;
static long *counter;
static volatile long moved;

#define NEXT(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static long number(const char *name) {
  const char *text = getenv(name);
  return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULT_COUNTER");
  under = getenv("FAULT_UNDER");
  if (!path || !under) return;
  under_length = strlen(under);
  kind = number("FAULT_CALLS");
  fail_at = number("FAULT_AT");
  if (number("FAULT_WORKER") && !getenv("NODE_UNIQUE_ID")) fail_at = 0;
  fail_errno = number("FAULT_ERRNO");
  sticky = number("FAULT_STICKY");
  partial = number("FAULT_PARTIAL");
  is_short = number("FAULT_SHORT");
  shift = number("FAULT_CLOCK");
  signal_number = number("FAULT_SIGNAL");
  move_from = getenv("FAULT_MOVE");
  move_to = getenv("FAULT_TO");
  int file = open(path, O_RDWR);
  if (file < 0) return;
  void *at = mmap(NULL, KINDS * sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (at != MAP_FAILED) counter = at;
}

static int is_under(const char *path) {
  return path && !strncmp(path, under, under_length);
}

static int path_of(int file, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_under(path);
}

static int strike(void) {
  static int (*move)(const char *, const char *);
  if (!move) move = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
  __sync_add_and_fetch(&counter[STRUCK], 1);
  if (move_from) {
    move(move_from, move_to);
    return 0;
  }
  if (shift) {
    moved = shift;
    return 0;
  }
  if (signal_number) {
    kill(getpid(), (int)signal_number);
    return 0;
  }
  errno = (int)fail_errno;
  return 1;
}

/* Counts a call, and says whether it fails. */
static int fails(enum calls of) {
  long n = __sync_add_and_fetch(&counter[of], 1);
  if (of != kind || fail_at == 0 || n < fail_at || (n > fail_at && !sticky)) return 0;
  return strike();
}

static int file_fails(int file) {
  char path[PATH_MAX];
  return counter && path_of(file, path) && fails(WRITES);
}

static int path_fails(const char *path) {
  return counter && is_under(path) && fails(WRITES);
}

/* Whether a read fails (-1), gives nothing (0), or is as usual (1). */
static int reads(int file) {
  char path[PATH_MAX];
  if (!counter || !path_of(file, path) || !fails(LOADS)) return 1;
  if (!is_short) return -1;
  return strstr(path, "multvae.db") || strstr(path, "/locks/") ? 1 : 0;
}

ssize_t write(int file, const void *bytes, size_t count) {
  NEXT(write);
  if (!file_fails(file)) return real(file, bytes, count);
  return partial && count > 1 ? real(file, bytes, count / 2) : -1;
}

#define READ(name, rest, given) \
  ssize_t name rest { \
    NEXT(name); \
    int how = reads(file); \
    return how > 0 ? real given : how; \
  }
READ(read, (int file, void *bytes, size_t count), (file, bytes, count))
READ(pread, (int file, void *bytes, size_t count, off_t at), (file, bytes, count, at))
READ(pread64, (int file, void *bytes, size_t count, off64_t at), (file, bytes, count, at))
READ(readv, (int file, const struct iovec *parts, int count), (file, parts, count))
READ(preadv, (int file, const struct iovec *parts, int count, off_t at), (file, parts, count, at))
READ(preadv64, (int file, const struct iovec *parts, int count, off64_t at),
     (file, parts, count, at))

#define PWRITE(name, offset_type) \
  ssize_t name(int file, const void *bytes, size_t count, offset_type at) { \
    NEXT(name); \
    if (!file_fails(file)) return real(file, bytes, count, at); \
    return partial && count > 1 ? real(file, bytes, count / 2, at) : -1; \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int file, const struct iovec *parts, int count) {
  NEXT(writev);
  return file_fails(file) ? -1 : real(file, parts, count);
}

#define PWRITEV(name, offset_type) \
  ssize_t name(int file, const struct iovec *parts, int count, offset_type at) { \
    NEXT(name); \
    return file_fails(file) ? -1 : real(file, parts, count, at); \
  }
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

#define OF_FILE(name) \
  int name(int file) { \
    NEXT(name); \
    return file_fails(file) ? -1 : real(file); \
  }
OF_FILE(fsync)
OF_FILE(fdatasync)

#define TRUNCATE(name, offset_type) \
  int name(int file, offset_type length) { \
    NEXT(name); \
    return file_fails(file) ? -1 : real(file, length); \
  }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int fallocate(int file, int mode, off_t at, off_t length) {
  NEXT(fallocate);
  return file_fails(file) ? -1 : real(file, mode, at, length);
}

int posix_fallocate(int file, off_t at, off_t length) {
  NEXT(posix_fallocate);
  return file_fails(file) ? errno : real(file, at, length);
}

int rename(const char *from, const char *to) {
  NEXT(rename);
  return path_fails(to) ? -1 : real(from, to);
}

int mkdir(const char *path, mode_t mode) {
  NEXT(mkdir);
  return path_fails(path) ? -1 : real(path, mode);
}

static int open_fails(const char *path, int flags) {
  if (!counter || !is_under(path)) return 0;
  int changes = (flags & O_ACCMODE) != O_RDONLY;
  int fails_as_open = fails(OPENS);
  int fails_as_call = fails(changes ? WRITES : LOADS) && !(is_short && !changes);
  return fails_as_open || fails_as_call;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    NEXT(name); \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
      va_list rest; \
      va_start(rest, flags); \
      mode = va_arg(rest, mode_t); \
      va_end(rest); \
    } \
    if (open_fails(path, flags)) return -1; \
    return real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

int gettimeofday(struct timeval *now, void *zone) {
  static int (*real)(struct timeval *, void *);
  if (!real) real = (int (*)(struct timeval *, void *))dlsym(RTLD_NEXT, "gettimeofday");
  int result = real(now, zone);
  if (result == 0) now->tv_sec += moved;
  return result;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  NEXT(clock_gettime);
  int result = real(clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += moved;
  return result;
}

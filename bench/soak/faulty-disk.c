/*
 * A disk that fails: a library to preload. It counts the calls that change files below a folder, and lets one fail.
 *
 *   FAULT_UNDER    the folder
 *   FAULT_COUNTER  a file of 8 bytes, in which the calls are counted
 *   FAULT_AT       the call that fails, from 1 on; 0 for none
 *   FAULT_ERRNO    its error; 0 kills the process instead, before the call
 *   FAULT_STICKY   1: the calls after it fail too, as on a full disk
 *   FAULT_PARTIAL  1: a write that fails first writes its half
 *   FAULT_CLOCK    seconds by which the clock of the day is moved from that call on, in place of an error
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
static long fail_at, fail_errno, sticky, partial, shift;
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
  fail_at = number("FAULT_AT");
  fail_errno = number("FAULT_ERRNO");
  sticky = number("FAULT_STICKY");
  partial = number("FAULT_PARTIAL");
  shift = number("FAULT_CLOCK");
  int file = open(path, O_RDWR);
  if (file < 0) return;
  void *at = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (at != MAP_FAILED) counter = at;
}

static int is_under(const char *path) {
  return path && !strncmp(path, under, under_length);
}

static int is_file_under(int file) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_under(path);
}

/* Counts a call, and says whether it fails. */
static int fails(void) {
  long n = __sync_add_and_fetch(counter, 1);
  if (fail_at == 0 || n < fail_at || (n > fail_at && !sticky)) return 0;
  if (shift) {
    moved = shift;
    return 0;
  }
  if (fail_errno == 0) kill(getpid(), SIGKILL);
  errno = (int)fail_errno;
  return 1;
}

static int file_fails(int file) {
  return counter && is_file_under(file) && fails();
}

static int path_fails(const char *path) {
  return counter && is_under(path) && fails();
}

ssize_t write(int file, const void *bytes, size_t count) {
  NEXT(write);
  if (!file_fails(file)) return real(file, bytes, count);
  return partial && count > 1 ? real(file, bytes, count / 2) : -1;
}

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
    if ((flags & O_ACCMODE) != O_RDONLY && path_fails(path)) return -1; \
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

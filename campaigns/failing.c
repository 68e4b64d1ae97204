// SPDX-License-Identifier: MIT
// Preloaded, it lets the n-th call after arming fail: an allocation, the start of a
// thread, or a step of writing a file.  For glibc.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);

enum { allocations = 1, threads = 2, files = 3 };

static atomic_long calls;
static atomic_int armed;  // 0, or what fails
static long first;        // call to fail
static int all_after;     // and every later one
enum { most_ranges = 1024 };
static uintptr_t begins[most_ranges], ends[most_ranges];
static int n_ranges;  // of code whose allocations fail

void failing_code(uintptr_t begin, uintptr_t end) {
  if (n_ranges == most_ranges) return;
  begins[n_ranges] = begin;
  ends[n_ranges++] = end;
}

void failing_nowhere(void) { n_ranges = 0; }

void failing_arm(int what, long n, int sticky) {
  first = n;
  all_after = sticky;
  atomic_store(&calls, 0);
  atomic_store(&armed, what);
}

/// Calls since it was armed.
long failing_disarm(void) {
  atomic_store(&armed, 0);
  return atomic_load(&calls);
}

static int fails(void) {
  const long k = atomic_fetch_add(&calls, 1) + 1;
  return all_after ? k >= first : k == first;
}

static int allocation_fails(void* caller) {
  if (atomic_load(&armed) != allocations) return 0;
  const uintptr_t at = (uintptr_t)caller;
  int meant = 0;
  for (int i = 0; i < n_ranges && !meant; ++i) meant = begins[i] <= at && at < ends[i];
  return meant && fails();
}

#define FAIL_HERE (allocation_fails(__builtin_return_address(0)))

void* malloc(size_t size) {
  if (!FAIL_HERE) return __libc_malloc(size);
  errno = ENOMEM;
  return NULL;
}

void* calloc(size_t n, size_t size) {
  if (!FAIL_HERE) return __libc_calloc(n, size);
  errno = ENOMEM;
  return NULL;
}

void* realloc(void* old, size_t size) {
  if (!FAIL_HERE) return __libc_realloc(old, size);
  errno = ENOMEM;
  return NULL;
}

void* aligned_alloc(size_t alignment, size_t size) {
  if (!FAIL_HERE) return __libc_memalign(alignment, size);
  errno = ENOMEM;
  return NULL;
}

int posix_memalign(void** out, size_t alignment, size_t size) {
  if (FAIL_HERE) return ENOMEM;
  *out = __libc_memalign(alignment, size);
  return *out == NULL ? ENOMEM : 0;
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                   void* (*start)(void*), void* argument) {
  static int (*next)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  if (next == NULL) *(void**)&next = dlsym(RTLD_NEXT, "pthread_create");
  if (atomic_load(&armed) == threads && fails()) return EAGAIN;
  return next(thread, attributes, start, argument);
}

static int is_file(int fd) {
  struct stat info;
  return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

/// A full disk takes half of it first.
ssize_t write(int fd, const void* data, size_t n) {
  static ssize_t (*next)(int, const void*, size_t);
  if (next == NULL) *(void**)&next = dlsym(RTLD_NEXT, "write");
  if (atomic_load(&armed) == files && is_file(fd)) {
    const int full = fails();
    if (full && n > 1) return next(fd, data, n / 2);
    if (full) {
      errno = ENOSPC;
      return -1;
    }
    // What comes behind a half is refused.
    if (atomic_load(&calls) == first + 1) {
      errno = ENOSPC;
      return -1;
    }
  }
  return next(fd, data, n);
}

int fsync(int fd) {
  static int (*next)(int);
  if (next == NULL) *(void**)&next = dlsym(RTLD_NEXT, "fsync");
  if (atomic_load(&armed) == files && fails()) {
    errno = EIO;
    return -1;
  }
  return next(fd);
}

int rename(const char* from, const char* to) {
  static int (*next)(const char*, const char*);
  if (next == NULL) *(void**)&next = dlsym(RTLD_NEXT, "rename");
  if (atomic_load(&armed) == files && fails()) {
    errno = EACCES;
    return -1;
  }
  return next(from, to);
}

/* Preloaded into aegisd by the tests of power loss: keeps a journal of everything that it does to files below POWER_ROOT.

   Each operation and its entry in POWER_JOURNAL happen under one lock, so that the journal has the true order, and a sync
   covers exactly what stands before it. Children of aegisd are not watched: after vfork they share its memory, so that
   the process id is compared each time.

   An entry: operation, length of the path, offset (or new length), length of the data; the path; the data. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, SYNC, SYNC_ALL, RENAME, UNLINK, MKDIR };

struct entry { uint32_t operation, path_length; int64_t offset; uint32_t data_length, unused; };

static char root[PATH_MAX];
static size_t root_length;
static int journal = -1;
static pid_t owner;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

__attribute__((constructor)) static void begin(void) {
    const char *place = getenv("POWER_ROOT"), *file = getenv("POWER_JOURNAL");
    unsetenv("LD_PRELOAD");
    if (!place || !file || strlen(place) >= sizeof root) return;
    strcpy(root, place);
    root_length = strlen(root);
    owner = getpid();
    journal = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int watches(void) { return journal >= 0 && getpid() == owner; }

static int is_inside(const char *path) {
    return !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

/* The path of an open file below the root; 0 for any other, and for one that has no name any more. */
static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_inside(path) && !strstr(path, " (deleted)");
}

/* The whole path of `name` relative to the folder `dir`; 0 when it is not below the root. */
static int whole(int dir, const char *name, char *path) {
    char folder[PATH_MAX];
    if (name[0] == '/') snprintf(path, PATH_MAX, "%s", name);
    else {
        if (dir == AT_FDCWD) { if (!getcwd(folder, sizeof folder)) return 0; }
        else if (!path_of(dir, folder)) return 0;
        if (snprintf(path, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX) return 0;
    }
    return is_inside(path);
}

static void note(uint32_t operation, const char *path, int64_t offset, const void *data, size_t length) {
    struct entry entry = {operation, (uint32_t)strlen(path), offset, (uint32_t)length, 0};
    struct iovec parts[] = {{&entry, sizeof entry}, {(void *)path, entry.path_length}, {(void *)data, length}};
    if (writev(journal, parts, 3) != (ssize_t)(sizeof entry + entry.path_length + length)) abort();
}

static int finish_open(int fd, int existed, int flags) {
    char path[PATH_MAX];
    int error = errno;
    if (fd >= 0 && path_of(fd, path)) {
        if ((flags & O_CREAT) && !existed) note(CREATE, path, 0, "", 0);
        else if (flags & O_TRUNC) note(TRUNCATE, path, 0, "", 0);
    }
    errno = error;
    return fd;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(int, #name, const char *, int, ...); \
        va_list rest; va_start(rest, flags); mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; va_end(rest); \
        if (!watches()) return real(path, flags, mode); \
        pthread_mutex_lock(&lock); \
        int existed = (flags & O_CREAT) && !faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW); \
        int fd = finish_open(real(path, flags, mode), existed, flags); \
        pthread_mutex_unlock(&lock); \
        return fd; \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int dir, const char *path, int flags, ...) { \
        REAL(int, #name, int, const char *, int, ...); \
        va_list rest; va_start(rest, flags); mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; va_end(rest); \
        if (!watches()) return real(dir, path, flags, mode); \
        pthread_mutex_lock(&lock); \
        int existed = (flags & O_CREAT) && !faccessat(dir, path, F_OK, AT_SYMLINK_NOFOLLOW); \
        int fd = finish_open(real(dir, path, flags, mode), existed, flags); \
        pthread_mutex_unlock(&lock); \
        return fd; \
    }
OPENAT(openat)
OPENAT(openat64)

/* Runs `call`; where it succeeded and `fd` is a file below the root, `then` sees its path. Any other `fd` takes no lock:
   Python's signal handler writes to a socket, and may have interrupted who holds it. */
#define ON_FD(type, call, then) \
    char path[PATH_MAX]; \
    if (!watches() || !path_of(fd, path)) return call; \
    pthread_mutex_lock(&lock); \
    type result = call; \
    int error = errno; \
    if (result >= 0) { then; } \
    pthread_mutex_unlock(&lock); \
    errno = error; \
    return result

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    ON_FD(ssize_t, real(fd, data, size), note(WRITE, path, lseek(fd, 0, SEEK_CUR) - result, data, (size_t)result));
}

#define PWRITE(name, off) \
    ssize_t name(int fd, const void *data, size_t size, off offset) { \
        REAL(ssize_t, #name, int, const void *, size_t, off); \
        ON_FD(ssize_t, real(fd, data, size, offset), note(WRITE, path, offset, data, (size_t)result)); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define FTRUNCATE(name, off) \
    int name(int fd, off length) { \
        REAL(int, #name, int, off); \
        ON_FD(int, real(fd, length), note(TRUNCATE, path, length, "", 0)); \
    }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

#define SYNCER(name, operation) \
    int name(int fd) { \
        REAL(int, #name, int); \
        ON_FD(int, real(fd), note(operation, path, 0, "", 0)); \
    }
SYNCER(fsync, SYNC)
SYNCER(fdatasync, SYNC)
SYNCER(syncfs, SYNC_ALL)

/* Runs `call`; where it succeeded on a name below the root, `then` sees its whole path. */
#define ON_NAME(dir, name, call, then) \
    if (!watches()) return call; \
    char path[PATH_MAX]; \
    int inside = whole(dir, name, path); \
    pthread_mutex_lock(&lock); \
    int result = call; \
    int error = errno; \
    if (!result && inside) { then; } \
    pthread_mutex_unlock(&lock); \
    errno = error; \
    return result

static void note_rename(const char *path, int dir, const char *name) {
    char other[PATH_MAX];
    if (whole(dir, name, other)) note(RENAME, path, 0, other, strlen(other));
}

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    ON_NAME(AT_FDCWD, from, real(from, to), note_rename(path, AT_FDCWD, to));
}
int renameat(int dir, const char *from, int other, const char *to) {
    REAL(int, "renameat", int, const char *, int, const char *);
    ON_NAME(dir, from, real(dir, from, other, to), note_rename(path, other, to));
}
int unlink(const char *name) {
    REAL(int, "unlink", const char *);
    ON_NAME(AT_FDCWD, name, real(name), note(UNLINK, path, 0, "", 0));
}
int unlinkat(int dir, const char *name, int flags) {
    REAL(int, "unlinkat", int, const char *, int);
    ON_NAME(dir, name, real(dir, name, flags), note(UNLINK, path, 0, "", 0));
}
int rmdir(const char *name) {
    REAL(int, "rmdir", const char *);
    ON_NAME(AT_FDCWD, name, real(name), note(UNLINK, path, 0, "", 0));
}
int mkdir(const char *name, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    ON_NAME(AT_FDCWD, name, real(name, mode), note(MKDIR, path, 0, "", 0));
}
int mkdirat(int dir, const char *name, mode_t mode) {
    REAL(int, "mkdirat", int, const char *, mode_t);
    ON_NAME(dir, name, real(dir, name, mode), note(MKDIR, path, 0, "", 0));
}

/* The head of the one file: unpacks what is appended to it, once, and becomes the program inside.

   What is appended is made by pack.py: entries, deflated, and a trailer that names them by their digest. They go to
   CACHE/DIGEST, first under another name, so that a folder of that name is whole. CACHE is the first of these that is
   safe: $AEGIS_CACHE, $CACHE_DIRECTORY (systemd), $XDG_CACHE_HOME/aegis, ~/.cache/aegis, /var/cache/aegis.

   Safe means that nobody but this user and root could have put anything there: each folder down to it belongs to one of
   them and is writable for no others (or is sticky, as /tmp). Otherwise somebody else's code would run with the rights of
   this user; so there is no way around it.

   A program that runs holds a lock on its folder. Folders of other versions that nobody holds are removed. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <zlib.h>

#define MAGIC "AEGISONE"
#define DIGEST 32
#define CANNOT 69 /* EX_UNAVAILABLE, as aegisctl has it */

struct trailer { uint64_t packed, whole; uint32_t checksum, entries; char digest[DIGEST]; char magic[8]; };
struct entry { uint32_t mode, path; uint64_t size; }; /* then the path, then the data (of a link: its target) */

static char reason[2 * PATH_MAX]; /* why the last place was not taken */

static void fail(const char *format, ...) {
    va_list words;
    va_start(words, format);
    fputs("aegis: ", stderr);
    vfprintf(stderr, format, words);
    fputc('\n', stderr);
    exit(CANNOT);
}

static int refuse(const char *format, ...) {
    va_list words;
    va_start(words, format);
    vsnprintf(reason, sizeof reason, format, words);
    return 0;
}

static void join(char *path, const char *folder, const char *name) {
    if (snprintf(path, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX) fail("a path is too long: %s/%s", folder, name);
}

/* Whether nobody else can have put anything into `folder`, which is a real path. `is_own` says that it is to hold what is
   unpacked; else a folder as /tmp will do, where everybody may make things and nobody may move those of others. */
static int is_safe(const char *folder, int is_own) {
    char path[PATH_MAX];
    struct stat found;
    snprintf(path, sizeof path, "%s", folder);
    for (int is_last = is_own;; is_last = 0) {
        if (lstat(path, &found)) return refuse("%s: %s", path, strerror(errno));
        if (!S_ISDIR(found.st_mode)) return refuse("%s is not a folder", path);
        if (found.st_uid != 0 && found.st_uid != geteuid())
            return refuse("%s belongs to another user (uid %u)", path, (unsigned)found.st_uid);
        if ((found.st_mode & 022) && (is_last || !(found.st_mode & S_ISVTX)))
            return refuse("%s can be written by others (mode %o)", path, (unsigned)(found.st_mode & 07777));
        char *slash = strrchr(path, '/');
        if (!slash || !path[1]) return 1;
        slash[slash == path] = 0;
    }
}

/* Make `path` and the folders that lead there, unless what there is of them is not safe: root makes nothing in the home of
   a user that it was called with. */
static int make_folders(char *path) {
    char real[PATH_MAX];
    char *end = path + strlen(path);
    while (!realpath(path, real)) {
        if (errno != ENOENT) return refuse("%s: %s", path, strerror(errno));
        char *slash = strrchr(path, '/');
        if (!slash) return refuse("/: %s", strerror(errno));
        *slash = 0;
        if (slash == path) { strcpy(real, "/"); break; }
    }
    if (!is_safe(real, 0)) return 0;
    while (path + strlen(path) < end) {
        path[strlen(path)] = '/';
        if (mkdir(path, 0700) && errno != EEXIST) return refuse("%s: %s", path, strerror(errno));
    }
    return 1;
}

/* Whether programs may be run from `folder`, the way there included; `place` becomes its real path. */
static int take_place(const char *folder, char *place) {
    char path[PATH_MAX];
    struct statvfs system;
    if (folder[0] != '/') return refuse("%s is not an absolute path", folder);
    snprintf(path, sizeof path, "%s", folder);
    if (!make_folders(path)) return 0;
    if (!realpath(path, place)) return refuse("%s: %s", folder, strerror(errno));
    if (!is_safe(place, 1)) return 0;
    if (!statvfs(place, &system) && (system.f_flag & ST_NOEXEC))
        return refuse("%s is on a file system that is mounted noexec", place);
    return 1;
}

static int take_first(char *place) {
    const char *given = getenv("AEGIS_CACHE"), *path;
    char folder[PATH_MAX];
    if (given && *given) {
        if (take_place(given, place)) return 1;
        fail("$AEGIS_CACHE cannot be used: %s", reason);
    }
    if ((path = getenv("CACHE_DIRECTORY")) && *path && !strchr(path, ':') && take_place(path, place)) return 1;
    if ((path = getenv("XDG_CACHE_HOME")) && *path) {
        join(folder, path, "aegis");
        if (take_place(folder, place)) return 1;
    }
    if ((path = getenv("HOME")) && *path) {
        join(folder, path, ".cache/aegis");
        if (take_place(folder, place)) return 1;
    }
    return take_place("/var/cache/aegis", place);
}

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *where) {
    (void)found; (void)kind; (void)where;
    return remove(path);
}

static void remove_tree(const char *path) { nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

/* A descriptor that holds `folder`; -1 when it is not there, or somebody is in the way and `how` says not to wait. */
static int hold(const char *folder, int how, int flags) {
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | flags);
    while (fd >= 0 && flock(fd, how)) {
        if (errno == EINTR) continue;
        close(fd);
        return -1;
    }
    return fd;
}

static int is_digest(const char *name) { return strlen(name) == DIGEST && strspn(name, "0123456789abcdef") == DIGEST; }

/* Remove other versions, and what a crash has left half unpacked. */
static void remove_others(const char *place, const char *own) {
    DIR *folder = opendir(place);
    struct dirent *each;
    while (folder && (each = readdir(folder))) {
        char path[PATH_MAX], name[DIGEST + 1] = "";
        memccpy(name, each->d_name, '.', DIGEST);
        if (!is_digest(name) || !strcmp(each->d_name, own)) continue;
        join(path, place, each->d_name);
        int fd = hold(path, LOCK_EX | LOCK_NB, O_CLOEXEC);
        if (fd < 0) continue;
        remove_tree(path);
        close(fd);
    }
    if (folder) closedir(folder);
}

static void read_all(int fd, void *data, size_t size, off_t offset) {
    for (size_t done = 0; done < size;) {
        ssize_t count = pread(fd, (char *)data + done, size - done, offset + (off_t)done);
        if (count <= 0) fail("this file is damaged (it ends too early); copy it again");
        done += (size_t)count;
    }
}

static void write_file(const char *path, mode_t mode, const unsigned char *data, size_t size) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    for (size_t done = 0; fd >= 0 && done < size;) {
        ssize_t count = write(fd, data + done, size - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) { close(fd); fd = -1; break; }
        done += (size_t)count;
    }
    if (fd < 0 || close(fd)) fail("cannot write %s: %s", path, strerror(errno));
}

/* Write the entries into `folder`. Names come from pack.py; one that leads out is damage. */
static void write_entries(const unsigned char *data, size_t size, uint32_t count, const char *folder) {
    const unsigned char *end = data + size;
    while (count--) {
        struct entry entry;
        char name[PATH_MAX], path[PATH_MAX];
        if ((size_t)(end - data) < sizeof entry) fail("this file is damaged; copy it again");
        memcpy(&entry, data, sizeof entry);
        data += sizeof entry;
        if (entry.path >= sizeof name || (uint64_t)(end - data) < entry.path + entry.size)
            fail("this file is damaged; copy it again");
        memcpy(name, data, entry.path);
        name[entry.path] = 0;
        data += entry.path;
        if (name[0] == '/' || strstr(name, "..")) fail("this file is damaged; copy it again");
        join(path, folder, name);
        int error = 0;
        if (S_ISDIR(entry.mode)) error = mkdir(path, 0755);
        else if (S_ISLNK(entry.mode)) {
            char target[PATH_MAX];
            snprintf(target, sizeof target, "%.*s", (int)entry.size, (const char *)data);
            error = symlink(target, path);
        } else write_file(path, entry.mode & 0777, data, entry.size);
        if (error) fail("cannot write %s: %s", path, strerror(errno));
        data += entry.size;
    }
}

static char leftover[PATH_MAX];
static void drop_leftover(void) { if (leftover[0]) remove_tree(leftover); }

/* Make `target` in `place`. Only one at a time does. */
static void unpack(int self, off_t begin, const struct trailer *trailer, const char *place, const char *target) {
    unsigned char *packed = malloc(trailer->packed), *whole = malloc(trailer->whole);
    uLongf size = trailer->whole;
    if (!packed || !whole) fail("not enough memory to unpack");
    read_all(self, packed, trailer->packed, begin);
    if (uncompress(whole, &size, packed, trailer->packed) != Z_OK || size != trailer->whole ||
        crc32(crc32(0, NULL, 0), whole, (uInt)size) != trailer->checksum)
        fail("this file is damaged (its checksum is wrong); copy it again");
    if (snprintf(leftover, sizeof leftover, "%s.new", target) >= PATH_MAX) fail("a path is too long: %s", target);
    remove_tree(leftover);
    if (mkdir(leftover, 0755)) fail("cannot unpack into %s: %s; $AEGIS_CACHE names another folder", place, strerror(errno));
    atexit(drop_leftover);
    write_entries(whole, size, trailer->entries, leftover);
    remove_tree(target); /* what a cleaner of old files has left of it */
    if (rename(leftover, target)) fail("cannot unpack into %s: %s", place, strerror(errno));
    leftover[0] = 0;
    free(packed);
    free(whole);
}

int main(int count, char **words) {
    struct trailer trailer;
    struct stat found;
    char place[PATH_MAX], target[PATH_MAX], program[PATH_MAX], digest[DIGEST + 1] = "";
    (void)count;
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (self < 0 || fstat(self, &found)) fail("cannot read this file: %s (is /proc mounted?)", strerror(errno));
    if (found.st_size < (off_t)sizeof trailer) fail("this file is damaged; copy it again");
    read_all(self, &trailer, sizeof trailer, found.st_size - (off_t)sizeof trailer);
    if (memcmp(trailer.magic, MAGIC, sizeof trailer.magic) || trailer.packed > (uint64_t)found.st_size)
        fail("this file is damaged (nothing is appended to it); copy it again");
    memcpy(digest, trailer.digest, DIGEST);
    if (!is_digest(digest)) fail("this file is damaged; copy it again");
    if (!take_first(place)) fail("no folder to unpack into: %s. Set AEGIS_CACHE to a folder of your own", reason);
    join(target, place, digest);
    join(program, target, "aegis");
    for (int tries = 0; tries < 3; tries++) {
        if (access(program, X_OK)) {
            int alone = hold(place, LOCK_EX, O_CLOEXEC);
            if (access(program, X_OK)) {
                mode_t mask = umask(022);
                unpack(self, found.st_size - (off_t)sizeof trailer - (off_t)trailer.packed, &trailer, place, target);
                remove_others(place, digest);
                umask(mask);
            }
            close(alone);
        }
        int held = hold(target, LOCK_SH, 0); /* stays open until the program inside has ended */
        if (held >= 0 && !access(program, X_OK)) {
            if (!is_safe(target, 1)) fail("%s", reason);
            execv(program, words);
            break;
        }
        close(held);
    }
    fail("cannot start %s: %s; remove %s, or set AEGIS_CACHE to another folder", program, strerror(errno), target);
}

// Loaded before the C library (LD_PRELOAD), records in their order all that a process does to the files under
// RECORDER_ROOT, and what it prints, which is what it acknowledges. One record of RECORDER_LOG:
//
//     operation   1 byte: W write, T truncate, S sync of a file or folder, F sync of the file system,
//                 C create or open for writing, R rename, U unlink, A acknowledgement
//     path        2 bytes of length, bytes
//     offset      8 bytes; the size for T
//     data        4 bytes of length, bytes; the new path for R
//
// Numbers are little-endian. Each operation is done and recorded under one lock, so that the record has one order.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define FILES 4096
static char *paths[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int output = -1;
static const char *root;

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static ssize_t plain_write(int file, const void *bytes, size_t count) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return real(file, bytes, count);
}

__attribute__((constructor)) static void start(void) {
    static int (*real)(const char *, int, ...);
    real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    root = getenv("RECORDER_ROOT");
    const char *log = getenv("RECORDER_LOG");
    if (root && log) output = real(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

// The index in shared memory is not on the disk as far as recovery goes.
static int is_ours(const char *path) {
    if (output < 0 || !path || strncmp(path, root, strlen(root)) != 0) return 0;
    size_t count = strlen(path);
    return count < 4 || strcmp(path + count - 4, "-shm") != 0;
}

static const char *path_of(int file) { return file >= 0 && file < FILES ? paths[file] : NULL; }

static void record(char operation, const char *path, uint64_t offset, const void *data, uint32_t count) {
    uint16_t length = (uint16_t)strlen(path);
    char *bytes = malloc(15 + length + (size_t)count), *end = bytes;
    *end++ = operation;
    memcpy(end, &length, 2); end += 2;
    memcpy(end, path, length); end += length;
    memcpy(end, &offset, 8); end += 8;
    memcpy(end, &count, 4); end += 4;
    if (count) memcpy(end, data, count);
    end += count;
    if (plain_write(output, bytes, (size_t)(end - bytes)) != end - bytes) abort();
    free(bytes);
}

static int note_open(int file, const char *path, int flags) {
    if (file < 0 || file >= FILES) return file;
    free(paths[file]);
    paths[file] = is_ours(path) ? strdup(path) : NULL;
    if (paths[file] && (flags & O_ACCMODE) != O_RDONLY) {
        record('C', path, 0, NULL, 0);
        if (flags & O_TRUNC) record('T', path, 0, NULL, 0);
    }
    return file;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        static int (*real)(const char *, int, ...); \
        if (!real) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        pthread_mutex_lock(&lock); \
        int file = note_open(real(path, flags, mode), path, flags); \
        pthread_mutex_unlock(&lock); \
        return file; \
    }
OPEN(open)
OPEN(open64)

int close(int file) {
    REAL(int, "close", int);
    pthread_mutex_lock(&lock);
    if (file >= 0 && file < FILES) { free(paths[file]); paths[file] = NULL; }
    int result = real(file);
    pthread_mutex_unlock(&lock);
    return result;
}

ssize_t write(int file, const void *bytes, size_t count) {
    pthread_mutex_lock(&lock);
    const char *path = path_of(file);
    off_t offset = path ? lseek(file, 0, SEEK_CUR) : 0;
    ssize_t result = plain_write(file, bytes, count);
    if (path && result > 0) record('W', path, (uint64_t)offset, bytes, (uint32_t)result);
    if (file == 1 && output >= 0 && result > 0) record('A', "", 0, bytes, (uint32_t)result);
    pthread_mutex_unlock(&lock);
    return result;
}

#define PWRITE(name, type) \
    ssize_t name(int file, const void *bytes, size_t count, type offset) { \
        REAL(ssize_t, #name, int, const void *, size_t, type); \
        pthread_mutex_lock(&lock); \
        ssize_t result = real(file, bytes, count, offset); \
        if (path_of(file) && result > 0) record('W', path_of(file), (uint64_t)offset, bytes, (uint32_t)result); \
        pthread_mutex_unlock(&lock); \
        return result; \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define TRUNCATE(name, type) \
    int name(int file, type size) { \
        REAL(int, #name, int, type); \
        pthread_mutex_lock(&lock); \
        int result = real(file, size); \
        if (path_of(file) && result == 0) record('T', path_of(file), (uint64_t)size, NULL, 0); \
        pthread_mutex_unlock(&lock); \
        return result; \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(name, operation) \
    int name(int file) { \
        REAL(int, #name, int); \
        pthread_mutex_lock(&lock); \
        int result = real(file); \
        if (path_of(file) && result == 0) record(operation, path_of(file), 0, NULL, 0); \
        pthread_mutex_unlock(&lock); \
        return result; \
    }
SYNC(fsync, 'S')
SYNC(fdatasync, 'S')
SYNC(syncfs, 'F')

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    pthread_mutex_lock(&lock);
    int result = real(from, to);
    if (is_ours(from) && result == 0) record('R', from, 0, to, (uint32_t)strlen(to));
    pthread_mutex_unlock(&lock);
    return result;
}

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    pthread_mutex_lock(&lock);
    int result = real(path);
    if (is_ours(path) && result == 0) record('U', path, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}

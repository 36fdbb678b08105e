/* SPDX-License-Identifier: Apache-2.0 */
/* A fuzz target without a fuzzer: runs it on every file of the folders given, whole and cut short,
 * so that a corpus is an ordinary test. replay FOLDER...; exits 1 when a folder holds nothing. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lengths at which each input is tried besides its own. */
enum { CUTS = 8 };

static int replay_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return 0;
    uint8_t *data = NULL;
    size_t size = 0;
    if (fseek(file, 0, SEEK_END) == 0 && ftell(file) >= 0) {
        size = (size_t)ftell(file);
        rewind(file);
        data = malloc(size ? size : 1);
        size = data ? fread(data, 1, size, file) : 0;
    }
    (void)fclose(file);
    if (!data)
        return 0;
    for (size_t k = 0; k <= CUTS; k++) {
        /* A block of just that size, so that sanitizers see every byte read behind it. */
        const size_t length = size * k / CUTS;
        uint8_t *piece = malloc(length ? length : 1);
        for (size_t i = 0; piece && i < length; i++)
            piece[i] = data[i];
        if (piece)
            (void)LLVMFuzzerTestOneInput(piece, length);
        free(piece);
    }
    free(data);
    return 1;
}

static int replay_folder(const char *folder) {
    DIR *entries = opendir(folder);
    if (!entries)
        return 0;
    int count = 0;
    for (const struct dirent *entry = readdir(entries); entry; entry = readdir(entries)) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (length > 0 && (size_t)length < sizeof path)
            count += replay_file(path);
    }
    (void)closedir(entries);
    return count;
}

int main(int argc, char **argv) {
    for (int k = 1; k < argc; k++) {
        const int count = replay_folder(argv[k]);
        printf("%s: %d inputs\n", argv[k], count);
        if (count == 0)
            return 1;
    }
    return argc > 1 ? 0 : 1;
}

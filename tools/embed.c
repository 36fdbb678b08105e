/* SPDX-License-Identifier: Apache-2.0 */
/* Build-time tool: write an assembler file that takes a data file into the library byte by byte.
 *
 *   embed SYMBOL INPUT OUTPUT
 *
 * defines SYMBOL (the first byte, 64-byte aligned) and SYMBOL_end (behind the last), both hidden.
 * The assembler copies the bytes itself, so that a network of megabytes costs no compile time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_quoted(FILE *out, const char *path) {
    fputc('"', out);
    for (; *path; path++) {
        if (*path == '"' || *path == '\\') {
            fputc('\\', out);
        }
        fputc(*path, out);
    }
    fputc('"', out);
}

static void write_assembly(FILE *out, const char *symbol, const char *path) {
    fputs("#ifdef __APPLE__\n"
          "#define NAME(x) _##x\n"
          "#define HIDDEN .private_extern\n"
          "    .section __TEXT,__const\n"
          "#else\n"
          "#define NAME(x) x\n"
          "#define HIDDEN .hidden\n"
          "    .section .rodata\n"
          "#endif\n",
          out);
    fprintf(out, "    .globl NAME(%s)\n    HIDDEN NAME(%s)\n", symbol, symbol);
    fprintf(out, "    .globl NAME(%s_end)\n    HIDDEN NAME(%s_end)\n", symbol, symbol);
    fprintf(out, "    .balign 64\nNAME(%s):\n    .incbin ", symbol);
    write_quoted(out, path);
    fprintf(out, "\nNAME(%s_end):\n    .byte 0\n", symbol);
    fputs("#ifdef __ELF__\n    .section .note.GNU-stack,\"\",%progbits\n#endif\n", out);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fputs("usage: embed SYMBOL INPUT OUTPUT\n", stderr);
        return 2;
    }
    char *path = realpath(argv[2], NULL); /* the assembler may run in another folder */
    FILE *out = path ? fopen(argv[3], "w") : NULL;
    if (!out) {
        perror(path ? argv[3] : argv[2]);
        free(path);
        return 1;
    }
    write_assembly(out, argv[1], path);
    free(path);
    if (fclose(out) != 0) {
        perror(argv[3]);
        return 1;
    }
    return 0;
}

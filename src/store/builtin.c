/* SPDX-License-Identifier: Apache-2.0 */
/* The network that is linked into the library, so that a photo needs nothing else. */
#include "store/catalogue.h"

#include "base/status.h"
#include "store/hash.h"

#include <glib.h>
#include <string.h>

#ifdef RL_BUILTIN_NAME

/* From models/, by tools/embed.c. */
extern const uint8_t rl_builtin_onnx[];
extern const uint8_t rl_builtin_onnx_end[];
#if RL_BUILTIN_LICENCE
extern const char rl_builtin_licence_text[]; /* a zero stands behind it */
#else
static const char rl_builtin_licence_text[] = "";
#endif

rl_builtin rl_builtin_network(void) {
    return (rl_builtin){.data = rl_builtin_onnx,
                        .size = (size_t)(rl_builtin_onnx_end - rl_builtin_onnx),
                        .name = RL_BUILTIN_NAME,
                        .licence = rl_builtin_licence_text};
}

#else

rl_builtin rl_builtin_network(void) {
    return (rl_builtin){.name = "", .licence = ""};
}

#endif

bool rl_is_builtin(const char *path) {
    return strcmp(path, RELIEF_BUILTIN) == 0;
}

bool relief_catalogue_builtin(relief_catalogue_entry *entry) {
    static char digits[RL_SHA256_DIGITS + 1];
    static gsize hashed;
    rl_builtin builtin = rl_builtin_network();
    if (!builtin.data || !entry) {
        return false;
    }
    if (g_once_init_enter(&hashed)) {
        rl_sha256(builtin.data, builtin.size, digits);
        g_once_init_leave(&hashed, 1);
    }
    relief_catalogue_entry own = {
        .struct_size = sizeof(own),
        .name = builtin.name,
        .title = "relief's own network, inside the program; the default",
        .url = "",
        .sha256 = digits,
        .licence = *builtin.licence ? "its own" : "",
        .bytes = (int64_t)builtin.size,
        .about_bytes = (int64_t)builtin.size,
        .aliases = "",
        /* Of another network put here at build time nothing is known. */
        .use = strcmp(builtin.name, "relief-small") == 0 ? RELIEF_USE_NON_COMMERCIAL
                                                         : RELIEF_USE_UNKNOWN,
    };
    rl_info_copy(entry, &own, sizeof(own));
    return true;
}

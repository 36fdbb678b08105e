/* SPDX-License-Identifier: Apache-2.0 */
/* The shaders. All programs share the vertex stage and the way to a texel. */
#include "render/render_inside.h"

#include "base/status.h"

/* Interpolated along the surface, (uv * depth, depth) gives after division the UV that is affine in
 * the source picture, whatever the camera: the texel stays on its ray. */
static const char VERTEX[] = "#version 330 core\n"
                             "layout(location = 0) in vec3 position;\n"
                             "layout(location = 1) in vec2 uv;\n"
                             "uniform mat4 matrix;\n"
                             "uniform float plain;\n"
                             "out vec3 on_ray;\n"
                             "out vec3 place;\n"
                             "void main() {\n"
                             "    float depth = mix(-position.z, 1.0, plain);\n"
                             "    on_ray = vec3(uv * depth, depth);\n"
                             "    place = position;\n"
                             "    gl_Position = matrix * vec4(position, 1.0);\n"
                             "}\n";

/* The texture, averaged over a sample's footprint. Where samples are closer than texels, the
 * footprint is a box of its own size in a picture of square texels: a sample inside a texel sees
 * that texel alone, one across a seam a mixture. The samples of a pixel that coincides with a texel
 * then add up to that texel, and between two texels to what bilinear filtering gives. Where texels
 * are closer, mip levels are mixed; of a slanted footprint the level suits the shorter side, as a
 * pixel has more samples than one, and a footprint of one texel counts as fine, whatever the
 * rounding. A texture may be cut into tiles, which are layers. */
static const char TEXEL[] =
    "uniform sampler2DArray atlas;\n"
    "uniform vec2 sides;\n"
    "uniform vec4 cut;\n"         /* inner side, border, last column, last row */
    "uniform vec3 layer_sides;\n" /* width, height, coarsest level */
    "in vec3 on_ray;\n"
    "in vec3 place;\n"
    "vec4 find_texel() {\n"
    "    vec2 at = on_ray.xy / on_ray.z * sides;\n"
    "    vec2 dx = dFdx(at), dy = dFdy(at);\n"
    "    vec2 foot = clamp(abs(dx) + abs(dy), 0.001, 1.0);\n"
    "    vec2 seam = floor(at + 0.5);\n"
    "    vec2 p = seam + clamp((at - seam) / foot, -0.5, 0.5);\n"
    "    float level = 0.0;\n"
    "    if (layer_sides.z > 0.0) {\n"
    "        float a = dot(dx, dx), b = dot(dy, dy);\n"
    "        level = 0.5 * log2(max(min(a, b), 0.25 * max(a, b))) - 0.01;\n"
    "        level = clamp(level, 0.0, layer_sides.z);\n"
    "    }\n"
    "    vec2 margin = min(vec2(0.5 * exp2(ceil(level))), 0.5 * sides);\n"
    "    p = clamp(p, margin, sides - margin);\n"
    "    vec2 tile = clamp(floor(p / cut.x), vec2(0.0), cut.zw);\n"
    "    vec2 local = (p - tile * cut.x + cut.y) / layer_sides.xy;\n"
    "    return textureLod(atlas, vec3(local, tile.y * (cut.z + 1.0) + tile.x), level);\n"
    "}\n";

static const char HEAD[] = "#version 330 core\n"
                           "uniform vec4 tint;\n"
                           "layout(location = 0) out vec4 colour;\n"
                           "layout(location = 1) out vec4 second;\n";

static const char *const MAINS[RL_PROGRAM_COUNT] = {
    [RL_PROGRAM_OPAQUE] = "void main() {\n"
                          "    colour = vec4(find_texel().rgb * tint.rgb, 1.0);\n"
                          "}\n",
    [RL_PROGRAM_MASK] = "void main() {\n"
                        "    vec4 texel = find_texel();\n"
                        "    if (texel.a < 0.5)\n"
                        "        discard;\n"
                        "    colour = vec4(texel.rgb * tint.rgb, 1.0);\n"
                        "}\n",
    /* The target encodes what it is given here, and mixes in linear light. */
    [RL_PROGRAM_BLEND] = "void main() {\n"
                         "    vec4 texel = find_texel();\n"
                         "    vec3 c = texel.rgb * tint.rgb;\n"
                         "    vec3 low = c / 12.92, high = pow((c + 0.055) / 1.055, vec3(2.4));\n"
                         "    colour = vec4(mix(low, high, step(0.04045, c)), texel.a);\n"
                         "}\n",
    [RL_PROGRAM_FLAT] = "in vec3 on_ray;\n"
                        "in vec3 place;\n"
                        "void main() {\n"
                        "    colour = tint;\n"
                        "}\n",
    /* tint: least alpha; 1 for the front, -1 for the rest. */
    [RL_PROGRAM_MEASURE] = "void main() {\n"
                           "    vec2 s = place.xy / -place.z;\n"
                           "    vec2 across = dFdx(s), down = dFdy(s);\n"
                           "    if (find_texel().a < tint.x)\n"
                           "        discard;\n"
                           "    colour = vec4(s, 1.0 / gl_FragCoord.w, -place.z * tint.y);\n"
                           "    second = vec4(across, down);\n"
                           "}\n",
    /* tint: least alpha; 1 / depth of black; what it is more at white. */
    [RL_PROGRAM_NEARNESS] = "void main() {\n"
                            "    if (find_texel().a < tint.x)\n"
                            "        discard;\n"
                            "    float near = (1.0 / -place.z - tint.y) / tint.z;\n"
                            "    colour = vec4(vec3(clamp(near, 0.0, 1.0)), 1.0);\n"
                            "}\n",
};

relief_status rl_gl_check(relief_ctx *ctx, const char *doing) {
    const GLenum error = glGetError();
    if (error == GL_NO_ERROR)
        return RELIEF_OK;
    while (glGetError() != GL_NO_ERROR) {
    }
    if (error == GL_OUT_OF_MEMORY)
        return rl_fail(ctx, RELIEF_ERROR_MEMORY, "the graphics driver is out of memory (%s)",
                       doing);
    return rl_fail(ctx, RELIEF_ERROR_DEVICE, "the graphics driver failed (%s, error %#x)", doing,
                   (unsigned)error);
}

static relief_status compile(relief_ctx *ctx, GLenum kind, const char *const *parts, int count,
                             GLuint *out) {
    char text[256] = "";
    GLint good = GL_FALSE;
    *out = glCreateShader(kind);
    glShaderSource(*out, count, parts, NULL);
    glCompileShader(*out);
    glGetShaderiv(*out, GL_COMPILE_STATUS, &good);
    if (good)
        return RELIEF_OK;
    glGetShaderInfoLog(*out, sizeof text, NULL, text);
    glDeleteShader(*out);
    return rl_fail(ctx, RELIEF_ERROR_DEVICE, "the graphics driver refuses a shader: %s", text);
}

static relief_status link_program(relief_ctx *ctx, GLuint vertex, GLuint fragment, GLuint *out) {
    char text[256] = "";
    GLint good = GL_FALSE;
    *out = glCreateProgram();
    glAttachShader(*out, vertex);
    glAttachShader(*out, fragment);
    glLinkProgram(*out);
    glGetProgramiv(*out, GL_LINK_STATUS, &good);
    if (good)
        return RELIEF_OK;
    glGetProgramInfoLog(*out, sizeof text, NULL, text);
    glDeleteProgram(*out);
    *out = 0;
    return rl_fail(ctx, RELIEF_ERROR_DEVICE, "the graphics driver refuses a program: %s", text);
}

static relief_status build(relief_ctx *ctx, GLuint vertex, rl_program_kind kind, rl_program *out) {
    const char *const parts[] = {HEAD, kind == RL_PROGRAM_FLAT ? "" : TEXEL, MAINS[kind]};
    GLuint fragment;
    relief_status status = compile(ctx, GL_FRAGMENT_SHADER, parts, 3, &fragment);
    if (status)
        return status;
    status = link_program(ctx, vertex, fragment, &out->id);
    glDeleteShader(fragment);
    if (status)
        return status;
    out->matrix = glGetUniformLocation(out->id, "matrix");
    out->plain = glGetUniformLocation(out->id, "plain");
    out->sides = glGetUniformLocation(out->id, "sides");
    out->cut = glGetUniformLocation(out->id, "cut");
    out->layer_sides = glGetUniformLocation(out->id, "layer_sides");
    out->tint = glGetUniformLocation(out->id, "tint");
    return RELIEF_OK;
}

relief_status rl_programs_build(relief_ctx *ctx, relief_renderer *renderer) {
    const char *const parts[] = {VERTEX};
    GLuint vertex;
    relief_status status = compile(ctx, GL_VERTEX_SHADER, parts, 1, &vertex);
    if (status)
        return status;
    for (int kind = 0; kind < RL_PROGRAM_COUNT && !status; kind++)
        status = build(ctx, vertex, (rl_program_kind)kind, &renderer->programs[kind]);
    glDeleteShader(vertex);
    return status ? status : rl_gl_check(ctx, "shaders");
}

void rl_programs_delete(relief_renderer *renderer) {
    for (int kind = 0; kind < RL_PROGRAM_COUNT; kind++)
        glDeleteProgram(renderer->programs[kind].id);
}

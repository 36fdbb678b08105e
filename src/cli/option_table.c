/* SPDX-License-Identifier: Apache-2.0 */
#include "arguments.h"
#include "relief/mesh.h"

/* The manual page and the completions repeat this table; a test compares them. */

#define DEPTH_COMMANDS (COMMAND_CONVERT | COMMAND_MESH | COMMAND_RENDER)
#define SCENE_COMMANDS (DEPTH_COMMANDS | COMMAND_BENCH)
#define PHOTO_COMMANDS (SCENE_COMMANDS | COMMAND_DEPTH)
#define MODEL_COMMANDS (PHOTO_COMMANDS | COMMAND_MODEL_INFO | COMMAND_MODEL_RUN)
#define WRITING_COMMANDS (DEPTH_COMMANDS | COMMAND_DEPTH | COMMAND_MODEL_RUN)
#define STORE_COMMANDS (COMMAND_MODEL_PULL | COMMAND_MODEL_ADD)
#define AT(member) offsetof(rl_cli_options, member)

const rl_cli_option rl_cli_option_table[] = {
    {"output", 'o', VALUE_TEXT, GROUP_OUTPUT, WRITING_COMMANDS, AT(output), 0, 0, NULL, "FILE",
     "Where the result goes; `-` is standard output.\nA folder takes several results."},
    {"input", 0, VALUE_LIST, GROUP_OUTPUT, COMMAND_MODEL_RUN, AT(tensors), 0, 0, NULL,
     "[NAME=]FILE", "Tensor for the network's input NAME, a .npy file;\nonce for every input."},
    {"format", 0, VALUE_WORD, GROUP_OUTPUT, COMMAND_DEPTH, AT(format), 0, 0, "png16|pfm|npy", NULL,
     "File format; without it, OUT's ending decides."},
    {"size", 0, VALUE_SIZE, GROUP_OUTPUT, COMMAND_DEPTH, AT(size), 0, 0, "photo|network",
     "WxH|photo|network", "Size of the map in pixels (photo)."},
    {"quality", 0, VALUE_WORD, GROUP_OUTPUT, COMMAND_DEPTH, AT(quality), 0, 0, "draft|normal|high",
     NULL,
     "draft: edges as smooth as the network draws them;\nnormal: on the photo's edges, at photo "
     "size; high: also\nthe mean of two looks, one in a mirror (normal)."},
    {"size", 0, VALUE_SIZE, GROUP_VIEW, COMMAND_RENDER, AT(size), 0, 0, NULL, "WxH",
     "Size of the view in pixels (the photo's)."},
    {"force", 0, VALUE_FLAG, GROUP_OUTPUT, WRITING_COMMANDS | STORE_COMMANDS, AT(force), 0, 0, NULL,
     NULL, "Replace existing files that relief did not make."},
    {"keep-metadata", 0, VALUE_FLAG, GROUP_OUTPUT, COMMAND_CONVERT | COMMAND_MESH,
     AT(keep_metadata), 0, 0, NULL, NULL,
     "Keep EXIF, GPS position and the like in the texture\n(left out otherwise)."},

    {"depth", 0, VALUE_TEXT, GROUP_SCENE, DEPTH_COMMANDS, AT(depth), 0, 0, NULL, "FILE",
     "Use this map (grey PNG or TIFF, EXR, PFM, NPY)\nin place of a network."},
    {"depth-is", 0, VALUE_WORD, GROUP_SCENE, DEPTH_COMMANDS, AT(depth_is), 0, 0,
     "disparity|depth|metres", NULL,
     "What the map of --depth holds: larger is nearer,\nlarger is farther, or metres."},
    {"fov", 0, VALUE_NUMBER, GROUP_SCENE, SCENE_COMMANDS, AT(fov), 1, 170, NULL, "DEGREES",
     "Field of view on the photo's long side\n(from the photo's EXIF data, else 55)."},
    {"depth-ratio", 0, VALUE_NUMBER, GROUP_SCENE, SCENE_COMMANDS, AT(depth_ratio), 1.01, 1000, NULL,
     "R", "Farthest to nearest distance, for networks that do\nnot give metres (20)."},
    {"strength", 0, VALUE_NUMBER, GROUP_SCENE, SCENE_COMMANDS, AT(strength), 0.01, 10, NULL, "S",
     "Scale the depth about its middle: less than 1 is\nflatter (1)."},
    {"travel", 0, VALUE_NUMBER, GROUP_SCENE, SCENE_COMMANDS, AT(travel), 0.001, 1, NULL, "T",
     "Largest camera movement that the scene is made for,\nas a share of the nearest distance "
     "(0.10)."},
    {"layers", 0, VALUE_INTEGER, GROUP_SCENE, SCENE_COMMANDS, AT(layers), 1, 2, NULL, "1|2",
     "1: what the photo shows (the default); 2: and what\ncomes to light behind it, filled from "
     "the photo."},
    {"quality", 0, VALUE_WORD, GROUP_SCENE, SCENE_COMMANDS, AT(quality), 0, 0, "draft|normal|high",
     NULL,
     "How finely the scene is triangulated: 2, 0.5 or 0.25\npixels of parallax at the largest "
     "movement (normal);\nhigh also takes the mean of two looks of the network."},
    {"error", 0, VALUE_NUMBER, GROUP_SCENE, SCENE_COMMANDS, AT(error), 0.01, 1000, NULL, "PX",
     "The same in pixels, in place of --quality's."},
    {"triangles", 0, VALUE_INTEGER, GROUP_SCENE, SCENE_COMMANDS, AT(triangles), 2, 1e9, NULL, "N",
     "About this many triangles, never more, with the\nsmallest error that they allow."},
    {"max-triangles", 0, VALUE_INTEGER, GROUP_SCENE, SCENE_COMMANDS, AT(max_triangles), 2, 1e9,
     NULL, "N", "Most triangles; the error is raised until they\nsuffice (1000000)."},
    {"grid", 0, VALUE_INTEGER, GROUP_SCENE, SCENE_COMMANDS, AT(grid), 1, RELIEF_MAX_SIDE, NULL, "N",
     "An even grid of N cells on the long side, in place of\nan error bound."},
    {"normals", 0, VALUE_FLAG, GROUP_SCENE, SCENE_COMMANDS, AT(normals), 0, 0, NULL, NULL,
     "Give every vertex a normal."},
    {"points", 0, VALUE_FLAG, GROUP_SCENE, COMMAND_CONVERT | COMMAND_MESH, AT(points), 0, 0, NULL,
     NULL,
     "A point for every pixel in place of triangles, for\n.ply; with --grid, N points on the "
     "long side."},
    {"displace", 0, VALUE_FLAG, GROUP_SCENE, COMMAND_CONVERT | COMMAND_MESH, AT(displace), 0, 0,
     NULL, NULL,
     "A flat grid of 128 cells, or --grid N, and beside it\nthe disparity as -depth.exr to "
     "displace it by."},
    {"base", 0, VALUE_NUMBER, GROUP_SCENE, COMMAND_CONVERT | COMMAND_MESH, AT(base_mm), 0.1,
     RELIEF_MAX_MM, NULL, "MM", "Thickness of the plate that a solid stands on, for\n.stl (2)."},
    {"height", 0, VALUE_NUMBER, GROUP_SCENE, COMMAND_CONVERT | COMMAND_MESH, AT(height_mm), 0.1,
     RELIEF_MAX_MM, NULL, "MM", "Height of what stands on the plate, for .stl (10)."},
    {"plate", 0, VALUE_NUMBER, GROUP_SCENE, COMMAND_CONVERT | COMMAND_MESH, AT(plate_mm), 1,
     RELIEF_MAX_MM, NULL, "MM", "Long side of the plate, for .stl (100)."},
    {"compress", 0, VALUE_FLAG, GROUP_OUTPUT, COMMAND_CONVERT | COMMAND_MESH, AT(compress), 0, 0,
     NULL, NULL, "Smaller .glb and .gltf files, for viewers that know\nEXT_meshopt_compression."},
    {"texture-size", 0, VALUE_INTEGER, GROUP_OUTPUT, COMMAND_CONVERT | COMMAND_MESH,
     AT(texture_size), 16, RELIEF_MAX_SIDE, NULL, "N",
     "Most pixels on a texture's long side (the photo's own,\nwhich then goes in as it is)."},

    {"camera", 0, VALUE_TEXT, GROUP_VIEW, COMMAND_RENDER, AT(camera), 0, 0, NULL, "source|R,U,F",
     "Where the camera stands: moved by this much to the\nright, up and forward, "
     "in shares of the nearest\ndistance (source: where the photo was taken)."},
    {"look-at", 0, VALUE_TEXT, GROUP_VIEW, COMMAND_RENDER, AT(look_at), 0, 0, NULL, "R,U,F",
     "Turn the camera towards this point, told likewise\n(it looks as the photo's did)."},
    {"view-fov", 0, VALUE_NUMBER, GROUP_VIEW, COMMAND_RENDER, AT(view_fov), 1, 170, NULL, "DEGREES",
     "The view's field of view on its long side\n(as much as the photo shows)."},
    {"supersample", 0, VALUE_INTEGER, GROUP_VIEW, COMMAND_RENDER, AT(supersample), 1, 8, NULL, "N",
     "Samples along each side of a pixel (2)."},
    {"wireframe", 0, VALUE_FLAG, GROUP_VIEW, COMMAND_RENDER, AT(wireframe), 0, 0, NULL, NULL,
     "Draw the triangles' edges."},
    {"plain-uvs", 0, VALUE_FLAG, GROUP_VIEW, COMMAND_RENDER, AT(plain_uvs), 0, 0, NULL, NULL,
     "Lay the texture along the surface as other viewers\ndo, not along the photo's rays."},
    {"max-texture", 0, VALUE_INTEGER, GROUP_VIEW, COMMAND_RENDER, AT(max_texture), 128,
     RELIEF_MAX_SIDE, NULL, "N",
     "Cut textures into tiles of at most N texels a side\n(what the "
     "graphics driver takes)."},

    {"model", 0, VALUE_TEXT, GROUP_NETWORK, MODEL_COMMANDS, AT(model), 0, 0, NULL, "NAME|FILE",
     "Depth network: a name of 'relief model list' or an\n.onnx file."},
    {"no-cache", 0, VALUE_FLAG, GROUP_NETWORK, MODEL_COMMANDS, AT(no_cache), 0, 0, NULL, NULL,
     "Neither use nor fill the cache of prepared weights."},
    {"as", 0, VALUE_TEXT, GROUP_NETWORK, COMMAND_MODEL_ADD, AT(as), 0, 0, NULL, "NAME",
     "The name to find the network by."},
    {"link", 0, VALUE_FLAG, GROUP_NETWORK, COMMAND_MODEL_ADD, AT(link), 0, 0, NULL, NULL,
     "Let the name lead to the file where it lies, in place\nof a copy."},
    {"accept-licence", 0, VALUE_FLAG, GROUP_NETWORK, COMMAND_MODEL_PULL, AT(accept_licence), 0, 0,
     NULL, NULL, "Take on a licence that excludes commercial use."},
    {"mirror", 0, VALUE_TEXT, GROUP_NETWORK, COMMAND_MODEL_PULL, AT(mirror), 0, 0, NULL, "URL",
     "Fetch URL/NAME.onnx in place of the published address;\nits SHA-256 must be the published "
     "one."},
    {"timeout", 0, VALUE_INTEGER, GROUP_NETWORK, COMMAND_MODEL_PULL, AT(timeout), 1, 3600, NULL,
     "SECONDS", "Give up when nothing comes for so long (30)."},
    {"like", 0, VALUE_TEXT, GROUP_NETWORK, MODEL_COMMANDS | COMMAND_MODEL_ADD, AT(like), 0, 0, NULL,
     "NAME", "Treat an .onnx file as this network of the list:\nits sizes, colours and output."},
    {"network-size", 0, VALUE_SIZE, GROUP_NETWORK, PHOTO_COMMANDS, AT(network_size), 0, 0, NULL,
     "WxH", "Size at which the network sees the photo\n(the network's own rule)."},
    {"size", 0, VALUE_SIZE, GROUP_NETWORK, COMMAND_BENCH, AT(network_size), 0, 0, NULL, "WxH",
     "The same as --network-size."},
    {"device", 0, VALUE_WORD, GROUP_NETWORK, MODEL_COMMANDS, AT(device), 0, 0, "auto|cpu|cuda",
     NULL, "Where the network runs (auto). This build has no cuda."},
    {"precision", 0, VALUE_WORD, GROUP_NETWORK, MODEL_COMMANDS, AT(precision), 0, 0,
     "auto|f32|bf16|int8", NULL,
     "Numbers the network runs in (auto: bf16 for relative\ndepth where the processor has it, else "
     "f32)."},
    {"backend", 0, VALUE_WORD, GROUP_NETWORK, COMMAND_MODEL_RUN | COMMAND_BENCH, AT(backend), 0, 0,
     "reference|onednn", NULL,
     "Kernels: plain C to compare with, or the fast ones\n(the fastest there is)."},
    {"threads", 0, VALUE_INTEGER, GROUP_NETWORK, COMMAND_ALL, AT(threads), 1, 256, NULL, "N",
     "Threads to work with (all processors)."},

    {"runs", 0, VALUE_INTEGER, GROUP_REPORT, COMMAND_BENCH, AT(runs), 1, 100000, NULL, "N",
     "Measured runs (5 of the whole path, 20 of a network)."},
    {"json", 0, VALUE_FLAG, GROUP_REPORT, COMMAND_ALL, AT(json), 0, 0, NULL, NULL,
     "Print the result as JSON."},
    {"progress", 0, VALUE_WORD, GROUP_REPORT, COMMAND_ALL, AT(progress), 0, 0, "auto|bar|json|none",
     NULL, "Progress on stderr: a bar, or one JSON object a line\n(auto: a bar on a terminal)."},
    {"quiet", 'q', VALUE_FLAG, GROUP_REPORT, COMMAND_ALL, AT(quiet), 0, 0, NULL, NULL,
     "Print nothing but failures."},
    {"verbose", 'v', VALUE_FLAG, GROUP_REPORT, COMMAND_ALL, AT(verbose), 0, 0, NULL, NULL,
     "Print what is done and why."},
    {"help", 'h', VALUE_FLAG, GROUP_REPORT, COMMAND_ALL, AT(help), 0, 0, NULL, NULL,
     "Print help for the command."},
    {"version", 0, VALUE_FLAG, GROUP_REPORT, COMMAND_ALL, AT(version), 0, 0, NULL, NULL,
     "Print version, libraries and instruction set."},
    {.name = NULL},
};

/* SPDX-License-Identifier: Apache-2.0 */
/* A photo and a network in, a scene out:
 *   cc photo_to_glb.c $(pkg-config --cflags --libs relief) -o photo_to_glb
 *   ./photo_to_glb photo.jpg network.onnx scene.glb */
#include <relief/relief.h>

#include <stdio.h>

int main(int argc, char **argv) {
    relief_ctx *ctx = NULL;
    relief_model *model = NULL;
    relief_image *photo = NULL;
    relief_depth *depth = NULL;
    relief_scene *scene = NULL;
    relief_mesh *mesh = NULL;
    if (argc != 4) {
        fprintf(stderr, "usage: photo_to_glb PHOTO NETWORK.onnx SCENE.glb\n");
        return 2;
    }
    /* Every step leaves the next one's input, or a reason in the context; NULL options are
     * defaults. */
    relief_status status = relief_ctx_new(NULL, &ctx);
    if (!status)
        status = relief_model_load(ctx, argv[2], NULL, &model);
    if (!status)
        status = relief_image_load(ctx, argv[1], NULL, &photo);
    if (!status)
        status = relief_depth_estimate(ctx, model, photo, NULL, &depth);
    if (!status)
        status = relief_scene_new(ctx, photo, depth, NULL, &scene);
    if (!status)
        status = relief_mesh_new(ctx, scene, NULL, &mesh);
    if (!status)
        status = relief_mesh_save(ctx, mesh, argv[3], NULL);
    if (status)
        fprintf(stderr, "photo_to_glb: %s\n", ctx ? relief_last_error(ctx) : "out of memory");
    /* Children before what they borrow from; all of these take NULL. */
    relief_mesh_free(mesh);
    relief_scene_free(scene);
    relief_depth_free(depth);
    relief_image_free(photo);
    relief_model_free(model);
    relief_ctx_free(ctx);
    return status != RELIEF_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG photos with a depth picture in them, as phones write them. */
#ifndef RELIEF_TESTS_PHONE_PICTURES_H
#define RELIEF_TESTS_PHONE_PICTURES_H

#include "tests/pictures.h"

#define EXTENSION_NAME "0123456789ABCDEF0123456789ABCDEF"

/* What a depth picture holds at a pixel of the upright map. */
static inline int depth_byte(int x, int y) {
    return (x * 7 + y * 3 + 5) % 256;
}

/* A grey picture of depth_byte(), coded for an orientation; `width` x `height` are upright. */
static inline picture depth_picture(int width, int height, int orientation, const char *suffix) {
    bool swapped = orientation >= 5;
    int coded_width = swapped ? height : width, coded_height = swapped ? width : height;
    uint8_t *bytes = g_malloc((size_t)width * height);
    for (int y = 0; y < coded_height; y++) {
        for (int x = 0; x < coded_width; x++) {
            int upright[2];
            upright_position(orientation, width, height, (const int[]){x, y}, upright);
            bytes[y * coded_width + x] = (uint8_t)depth_byte(upright[0], upright[1]);
        }
    }
    VipsImage *borrowed = vips_image_new_from_memory_copy(
        bytes, (size_t)width * height, coded_width, coded_height, 1, VIPS_FORMAT_UCHAR);
    VipsImage *image = NULL;
    if (vips_copy(borrowed, &image, "interpretation", VIPS_INTERPRETATION_B_W, NULL) != 0) {
        abort();
    }
    g_object_unref(borrowed);
    g_free(bytes);
    return encode(image, suffix);
}

/* XMP with one description, whose attributes and elements are given. For g_free(). */
static inline char *xmp_packet(const char *attributes, const char *elements) {
    return g_strdup_printf("<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                           "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
                           "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
                           "<rdf:Description rdf:about=\"\" %s>%s</rdf:Description>\n"
                           "</rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>",
                           attributes, elements);
}

/* Put a main packet into a JPEG. */
static inline void add_xmp(picture *jpeg, const char *packet) {
    enum { ID = sizeof "http://ns.adobe.com/xap/1.0/" };
    size_t size = ID + strlen(packet);
    char *payload = g_malloc(size);
    memcpy(payload, "http://ns.adobe.com/xap/1.0/", ID);
    memcpy(payload + ID, packet, size - ID);
    add_segment(jpeg, 0xe1, payload, size);
    g_free(payload);
}

/* Put the `size` bytes at `offset` of a packet of `whole` bytes into a JPEG as a piece of an
 * extension. */
static inline void add_piece(picture *jpeg, const char *name, const char *packet,
                             const uint32_t numbers[3]) {
    enum { ID = sizeof "http://ns.adobe.com/xmp/extension/", HEAD = ID + 32 + 8 };
    const uint32_t whole = numbers[0], offset = numbers[1], size = numbers[2];
    uint8_t *payload = g_malloc(HEAD + size);
    memcpy(payload, "http://ns.adobe.com/xmp/extension/", ID);
    memcpy(payload + ID, name, 32);
    put_be32(payload + ID + 32, whole);
    put_be32(payload + ID + 36, offset);
    memcpy(payload + HEAD, packet, size);
    add_segment(jpeg, 0xe1, payload, HEAD + size);
    g_free(payload);
}

#define GDEPTH "xmlns:GDepth=\"http://ns.google.com/photos/1.0/depthmap/\" "
#define RANGE_INVERSE                                                                              \
    GDEPTH "GDepth:Format=\"RangeInverse\" GDepth:Near=\"0.5\" GDepth:Far=\"8.0\" "
#define EXTENDED                                                                                   \
    "xmlns:xmpNote=\"http://ns.adobe.com/xmp/note/\" xmpNote:HasExtendedXMP=\"" EXTENSION_NAME "\" "

/* Attributes with a depth picture as base64 behind them. For g_free(). */
static inline char *with_data(const char *attributes, const picture *depth) {
    char *base64 = g_base64_encode(depth->data, depth->size);
    char *all =
        g_strdup_printf("%s GDepth:Data=\"%s\" GDepth:Mime=\"image/png\"", attributes, base64);
    g_free(base64);
    return all;
}

/* A photo with the depth picture in its main packet. */
static inline picture gdepth_photo(picture photo, const char *attributes, const picture *depth) {
    char *all = with_data(attributes, depth);
    char *packet = xmp_packet(all, "");
    add_xmp(&photo, packet);
    g_free(packet);
    g_free(all);
    return photo;
}

/* A photo with the depth picture in an extension of three pieces, the last first, among which there
 * is a piece of another extension. The prefix is unusual and the main packet uses elements. */
static inline picture extended_photo(picture photo, const picture *depth) {
    char *base64 = g_base64_encode(depth->data, depth->size);
    char *elements = g_strdup_printf("<d:Data>\n%s\n</d:Data>", base64);
    char *extension = xmp_packet("xmlns:d=\"http://ns.google.com/photos/1.0/depthmap/\"", elements);
    uint32_t whole = (uint32_t)strlen(extension), a = whole / 5, b = whole / 2;
    add_piece(&photo, EXTENSION_NAME, extension, (const uint32_t[]){whole, 0, a});
    add_piece(&photo, "FEDCBA98765432100123456789ABCDEF", extension,
              (const uint32_t[]){whole, a, b});
    add_piece(&photo, EXTENSION_NAME, extension + a, (const uint32_t[]){whole, a, b - a});
    add_piece(&photo, EXTENSION_NAME, extension + b, (const uint32_t[]){whole, b, whole - b});
    char *packet =
        xmp_packet("xmlns:n=\"http://ns.adobe.com/xmp/note/\" "
                   "xmlns:q=\"http://ns.google.com/photos/1.0/depthmap/\"",
                   "<q:Format>RangeInverse</q:Format><q:Near> 0.5 </q:Near>"
                   "<q:Far>8</q:Far><n:HasExtendedXMP>" EXTENSION_NAME "</n:HasExtendedXMP>");
    add_xmp(&photo, packet);
    g_free(packet);
    g_free(extension);
    g_free(elements);
    g_free(base64);
    return photo;
}

#define DIRECTORY                                                                                  \
    GDEPTH "GDepth:Format=\"RangeInverse\" GDepth:Near=\"0.5\" GDepth:Far=\"8\" "                  \
           "xmlns:Container=\"http://ns.google.com/photos/1.0/container/\" "                       \
           "xmlns:Item=\"http://ns.google.com/photos/1.0/container/item/\""

/* A photo with a directory in XMP and, as the directory says, `padding` bytes, another picture, the
 * depth picture and then `trailer` bytes behind it. `lengths` replaces the depth picture's length
 * unless NULL. */
static inline picture container_photo(picture photo, const picture *depth, const char *length,
                                      const size_t gaps[2]) {
    picture other = encode(scene_image(8, 8, 3, 8, 1), ".jpg");
    char *own = g_strdup_printf("%zu", depth->size);
    char *items = g_strdup_printf(
        "<Container:Directory><rdf:Seq>"
        "<rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Semantic=\"Primary\" "
        "Item:Mime=\"image/jpeg\" Item:Padding=\"%zu\"/></rdf:li>"
        "<rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Semantic=\"GainMap\" "
        "Item:Mime=\"image/jpeg\" Item:Length=\"%zu\"/></rdf:li>"
        "<rdf:li rdf:parseType=\"Resource\"><Container:Item rdf:parseType=\"Resource\">"
        "<Item:Mime>image/png</Item:Mime><Item:Semantic>Depth</Item:Semantic>"
        "<Item:Length>%s</Item:Length></Container:Item></rdf:li>"
        "</rdf:Seq></Container:Directory>",
        gaps[0], other.size, length ? length : own);
    char *packet = xmp_packet(DIRECTORY, items);
    char *filling = g_strnfill(gaps[0] + gaps[1] + 1, '.');
    add_xmp(&photo, packet);
    append_bytes(&photo, filling, gaps[0]);
    append_bytes(&photo, other.data, other.size);
    append_bytes(&photo, depth->data, depth->size);
    append_bytes(&photo, filling, gaps[1]);
    g_free(filling);
    g_free(packet);
    g_free(items);
    g_free(own);
    g_free(other.data);
    return photo;
}

#endif

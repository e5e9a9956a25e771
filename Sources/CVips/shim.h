#pragma once

#include <vips/vips.h>

/* Functions of libvips that take named options do so as variable arguments, which Swift cannot call.
   Each wrapper fixes the options of one step; all return 0 on success and leave their input to the caller. */

/* Reads the header only; pixels are decoded when they are asked for. */
static inline int gather_vips_header(const void *bytes, size_t count, int *width, int *height) {
    VipsImage *image =
        vips_image_new_from_buffer(bytes, count, "", "access", VIPS_ACCESS_SEQUENTIAL, NULL);
    if (image == NULL) return -1;
    *width = vips_image_get_width(image);
    *height = vips_image_get_page_height(image);
    g_object_unref(image);
    return 0;
}

/* A square from the middle of the first frame, upright by its EXIF, in the colours of sRGB. */
static inline int gather_vips_square(const void *bytes, size_t count, int edge, VipsImage **square) {
    return vips_thumbnail_buffer(
        (void *)bytes, count, square, edge, "height", edge, "size", VIPS_SIZE_BOTH, "crop",
        VIPS_INTERESTING_CENTRE, "export_profile", "srgb", "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
}

/* Three or four bands, also where it was grey. */
static inline int gather_vips_srgb(VipsImage *image, VipsImage **coloured) {
    return vips_colourspace(image, coloured, VIPS_INTERPRETATION_sRGB, NULL);
}

/* Eight bits a band. */
static inline int gather_vips_bytes(VipsImage *image, VipsImage **narrow) {
    return vips_cast_uchar(image, narrow, NULL);
}

/* Without any metadata. The bytes are freed with g_free. */
static inline int gather_vips_png(VipsImage *image, void **bytes, size_t *count) {
    return vips_pngsave_buffer(image, bytes, count, "strip", TRUE, NULL);
}

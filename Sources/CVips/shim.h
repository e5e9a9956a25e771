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

/* A square from the middle of the first frame, upright by its EXIF, in the colours of sRGB. The option "fail_on" of
   vips_thumbnail_buffer does not reach the PNG loader (8.14); in the string it reaches all of them. */
static inline int gather_vips_square(const void *bytes, size_t count, int edge, VipsImage **square) {
    return vips_thumbnail_buffer(
        (void *)bytes, count, square, edge, "height", edge, "size", VIPS_SIZE_BOTH, "crop",
        VIPS_INTERESTING_CENTRE, "export_profile", "srgb", "option_string", "[fail_on=truncated]", NULL);
}

/* Three or four bands, also where it was grey. */
static inline int gather_vips_srgb(VipsImage *image, VipsImage **coloured) {
    return vips_colourspace(image, coloured, VIPS_INTERPRETATION_sRGB, NULL);
}

/* Eight bits a band. */
static inline int gather_vips_bytes(VipsImage *image, VipsImage **narrow) {
    return vips_cast_uchar(image, narrow, NULL);
}

/* Without any metadata; the resolution, which a PNG always tells, is the same for all. Freed with g_free. */
static inline int gather_vips_png(VipsImage *image, void **bytes, size_t *count) {
    VipsImage *same;
    if (vips_copy(image, &same, "xres", 1.0, "yres", 1.0, NULL) != 0) return -1;
    int result = vips_pngsave_buffer(same, bytes, count, "strip", TRUE, NULL);
    g_object_unref(same);
    return result;
}
